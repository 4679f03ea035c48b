#include "classifiers/likeness/traits.h"

#include <stdlib.h>
#include <string.h>
#include <uchar.h>

#include "base/utf8.h"
#include "classifiers/likeness/traits_words.h"
#include "classifiers/rules/rules_block.h"

enum { NAMES_MAX = 6, NUMBERS_MAX = 5, SUBJECTS_MAX = 3,
       MENTIONS_MAX = 2, CHARS_MAX = 4, PLACES_MAX = 2 };
enum {
    LOOK = 160,            /* code points that are looked at: what it is about is said early */
    TABLE = 1024,          /* a power of two, well above what is gathered */
    TABLE_USED = 3 * LOOK, /* a pair, a character and words of subjects at each place */
};
enum { TITLE_COUNT = 2 }; /* what the title says counts as often as twice in the text */
_Static_assert(NAMES_MAX + TRAITS_KEYS + TRAITS_GRAMS + TRAITS_TERMS + SUBJECTS_MAX + MENTIONS_MAX +
                       CHARS_MAX + PLACES_MAX + NUMBERS_MAX + 1 == VERDICT_TRAITS,
               "each class has its places");

enum { /* of a code point */
    MARK_TERM = 1, /* a term holds it */
    MARK_WITH = 2, /* the same term holds the next one too */
    MARK_NAME = 4, /* what a name ends in, and what stands before its two characters */
    MARK_COMMON = 16, /* part of a pair that every second complaint has */
    MARK_PLACE = 8, /* the regions say it */
};

struct gram { /* of the table */
    uint32_t trait;
    uint16_t count, round; /* of another round: free */
};

struct traits {
    uint8_t marks[LOOK], kinds[LOOK]; /* of folded code points: MARK_*, CHAR_* */
    uint8_t pairs[LOOK];              /* of one and the next: PAIR_* */
    struct gram table[TABLE];
    uint16_t used[TABLE_USED]; /* places in it */
    size_t nused;
    uint16_t round;
    struct traits_words words;
};

struct traits *traits_new(void)
{
    struct traits *t = calloc(1, sizeof *t);

    if (t)
        traits_words_fill(&t->words);
    return t;
}

void traits_free(struct traits *t)
{
    free(t);
}

struct taking {
    struct traits *s;
    const struct fold *f;
    uint32_t *out;
    size_t n, names, numbers, places;
    bool bulletin;
};

static bool known(const struct taking *t, uint32_t trait)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->out[i] == trait)
            return true;
    return false;
}

static void add(struct taking *t, uint32_t trait, size_t *count, size_t max)
{
    if (*count < max && !known(t, trait)) {
        t->out[t->n++] = trait;
        (*count)++;
    }
}

/* Names of places and words of cues are terms too, but say nothing of the trouble. */
static void mark_terms(struct taking *t, const struct rules *r, const struct matcher_hits *hits)
{
    uint8_t *marks = t->s->marks;

    for (size_t i = 0; i < hits->n && hits->list[i].start < t->f->n; i++) {
        const struct block_term *term = &r->terms[hits->list[i].term];
        if (!term->ntopics)
            continue;
        for (uint32_t k = hits->list[i].start; k < hits->list[i].end && k < t->f->n; k++)
            marks[k] |= MARK_TERM | (k + 1 < hits->list[i].end ? MARK_WITH : 0);
    }
}

/* Places in the text that bear this name, with or without its last character (市, 区 …). */
static void mark_place(struct taking *t, struct str name)
{
    uint32_t cp[16];
    size_t n = 0;

    for (size_t at = 0; at < name.n && n < sizeof cp / sizeof *cp;)
        cp[n++] = utf8_next(name, &at);
    if (n > 2)
        n--;
    for (size_t i = 0; n >= 2 && i + n <= t->f->n; i++)
        if (t->f->cp[i] == cp[0] && !memcmp(t->f->cp + i, cp, n * sizeof *cp))
            for (size_t k = 0; k < n; k++)
                t->s->marks[i + k] |= MARK_PLACE;
}

static bool stands(const struct fold *f, size_t at, const struct traits_word *w)
{
    if (at + w->n > f->n)
        return false;
    for (size_t i = 2; i < w->n; i++)
        if (f->cp[at + i] != w->text[i])
            return false;
    return true;
}

/* The word of a subject that stands at `at`, after `last`; NULL: none. */
static const struct traits_word *next_subject(const struct taking *t, size_t at,
                                              const struct traits_word *last)
{
    const struct traits_words *words = &t->s->words;
    uint32_t a = t->f->cp[at], b = t->f->cp[at + 1];
    const struct traits_word *w = last ? last + 1 : traits_words_first(words, a, b);

    for (; w && w < words->words + words->nwords && w->text[0] == a && w->text[1] == b; w++)
        if (stands(t->f, at, w))
            return w;
    return NULL;
}

/* What everybody says of such things, or what is wrong with them, is no name. */
static bool no_name(const struct taking *t, uint32_t trait, size_t at, size_t from, size_t to)
{
    unsigned pair = t->s->pairs[from - 2];
    bool estate = trait_class(trait) == TRAIT_ESTATE && to - at > 1;

    return from == at && ((t->s->marks[from - 2] & MARK_WITH) ||
                          ((pair & PAIR_SUBJECT) && next_subject(t, from - 2, NULL)) ||
                          ((pair & PAIR_COMMON) && !estate && t->f->cp[from - 2] != U'第'));
}

static void take_names(struct taking *t)
{
    const struct fold *f = t->f;

    for (size_t at = 0; at < f->n; at++) {
        size_t from, to;
        uint32_t only = traits_alone(f, at, &to);
        if (only) {
            add(t, only, &t->names, NAMES_MAX);
            for (size_t k = at; k < to; k++)
                t->s->marks[k] |= MARK_NAME;
            continue;
        }
        if (!at)
            continue;
        size_t ending = traits_words_ending(&t->s->words, f->cp[at]);
        uint32_t trait = ending ? traits_name(f, ending - 1, at, &from, &to) : 0;
        if (!trait || (trait_is_name(trait) && no_name(t, trait, at, from, to)))
            continue;
        for (size_t k = from; k < to; k++)
            t->s->marks[k] |= MARK_NAME;
        if (trait_is_name(trait))
            add(t, trait, &t->names, NAMES_MAX);
        else
            add(t, trait, &t->places, PLACES_MAX);
    }
}

static void take_numbers(struct taking *t)
{
    for (size_t at = 0; at < t->f->n;) {
        size_t was = at;
        uint32_t trait = traits_number(t->f, t->s->kinds, &at);
        if (trait_is_name(trait))
            add(t, trait, &t->names, NAMES_MAX);
        else if (trait)
            add(t, trait, &t->numbers, NUMBERS_MAX);
        at += at == was;
    }
}

static void add_gram(struct traits *s, uint32_t trait, bool title)
{
    size_t at = (trait * 0x9E3779B1u) >> 22;

    while (s->table[at].round == s->round && s->table[at].trait != trait)
        at = (at + 1) % TABLE;
    struct gram *g = &s->table[at];
    if (g->round != s->round) {
        if (s->nused == TABLE_USED)
            return;
        *g = (struct gram){trait, 0, s->round};
        s->used[s->nused++] = (uint16_t)at;
    }
    g->count = (uint16_t)(g->count + (title ? TITLE_COUNT : 1));
}

/* Whether any did. */
static bool gather_subjects(struct taking *t, size_t at)
{
    const struct traits_word *w = NULL;

    while ((w = next_subject(t, at, w)))
        add_gram(t->s, trait_make(TRAIT_SUBJECT, w->subject + 1u), at < t->f->title);
    return next_subject(t, at, NULL);
}

static bool tells(const struct taking *t, size_t i)
{
    uint32_t cp = t->f->cp[i];

    return fold_is_han(cp) && cp != 0x3007 && !(t->s->kinds[i] & CHAR_PLAIN) &&
           !(t->s->marks[i] & (MARK_NAME | MARK_PLACE));
}

/* Half in a rule's term, half out of it, a pair is nothing by itself. */
static void gather_pair(struct taking *t, size_t i, bool word)
{
    const uint8_t *marks = t->s->marks;
    bool term = marks[i] & MARK_WITH || word;
    bool half = (marks[i] | marks[i + 1]) & MARK_TERM;

    if ((half && !term) || !tells(t, i) || !tells(t, i + 1))
        return;
    add_gram(t->s, trait_make(term ? TRAIT_TERM : TRAIT_GRAM,
                              (uint64_t)t->f->cp[i] << 21 | t->f->cp[i + 1]), i < t->f->title);
}

/* Those of the title, and how often the text says them again. `title` is a set of them by their
 * last bits. */
static void gather_char(struct taking *t, size_t i, uint64_t *title)
{
    uint64_t bit = UINT64_C(1) << (t->f->cp[i] & 63);

    if (i >= t->f->title && !(*title & bit))
        return;
    if ((t->s->marks[i] & MARK_COMMON) || (t->s->kinds[i] & CHAR_NUMERAL) || !tells(t, i))
        return;
    *title |= bit;
    add_gram(t->s, trait_make(TRAIT_CHAR, t->f->cp[i]), i < t->f->title);
}

static void gather(struct taking *t)
{
    const struct fold *f = t->f;
    uint64_t title = 0;

    for (size_t i = 0; i + 1 < f->n; i++) {
        unsigned pair = t->s->pairs[i];
        bool subject = (pair & PAIR_SUBJECT) && !(t->s->marks[i] & MARK_NAME) &&
                       gather_subjects(t, i);
        t->bulletin |= pair & PAIR_CUE;
        if (pair & PAIR_COMMON) {
            t->s->marks[i + 1] |= MARK_COMMON;
            continue;
        }
        gather_char(t, i, &title);
        gather_pair(t, i, subject || pair & PAIR_WORD);
    }
}

/* What comes often first, then by hash: the lesser is the better. */
static uint64_t rank(const struct gram *g)
{
    return (uint64_t)(UINT16_MAX - (g->count < 4 ? g->count : 4)) << 32 | g->trait;
}

static enum trait_class class_of(const struct gram *g)
{
    enum trait_class class = trait_class(g->trait);

    if (class == TRAIT_GRAM && g->count >= TITLE_COUNT)
        return TRAIT_KEY;
    return class == TRAIT_SUBJECT && g->count < TITLE_COUNT ? TRAIT_MENTION : class;
}

/* The best of each class, by a place in a short sorted list. */
static void choose_grams(struct taking *t)
{
    enum { CHOSEN = TRAIT_CHAR - TRAIT_KEY + 1, MOST = 9 };
    static const size_t most[CHOSEN] = {TRAITS_KEYS, TRAITS_GRAMS, TRAITS_TERMS,
                                         SUBJECTS_MAX, MENTIONS_MAX, CHARS_MAX};
    uint64_t best[CHOSEN][MOST];
    size_t taken[CHOSEN] = {0};

    for (size_t i = 0; i < t->s->nused; i++) {
        const struct gram *g = &t->s->table[t->s->used[i]];
        int class = (int)class_of(g) - TRAIT_KEY;
        if (trait_class(g->trait) == TRAIT_CHAR && g->count < TITLE_COUNT)
            continue;
        uint64_t is = rank(g), *list = best[class];
        size_t *n = &taken[class], at = *n;
        if (*n == most[class]) {
            if (list[*n - 1] <= is)
                continue;
            at--;
        } else {
            (*n)++;
        }
        for (; at > 0 && list[at - 1] > is; at--)
            list[at] = list[at - 1];
        list[at] = is;
    }
    bool about = taken[TRAIT_SUBJECT - TRAIT_KEY] != 0; /* else all it mentions */
    for (int i = 0; i < CHOSEN; i++) {
        int class = TRAIT_KEY + i - (i + TRAIT_KEY == TRAIT_MENTION && !about);
        for (size_t k = 0; k < taken[i]; k++)
            t->out[t->n++] = (uint32_t)class << TRAIT_SHIFT | trait_value((uint32_t)best[i][k]);
    }
}

/* They are few, and lie in runs that are sorted. */
static void sort(uint32_t *list, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint32_t moved = list[i];
        size_t at = i;
        for (; at > 0 && list[at - 1] > moved; at--)
            list[at] = list[at - 1];
        list[at] = moved;
    }
}

static void begin(struct traits *s, const struct fold *f)
{
    memset(s->marks, 0, f->n);
    for (size_t i = 0; i < f->n; i++)
        s->kinds[i] = traits_words_flags(&s->words, f->cp[i]);
    /* All at once: a look that waits for memory does not wait for what the one before it said. */
    for (size_t i = 0; i + 1 < f->n; i++)
        s->pairs[i] = (uint8_t)traits_words_pair(&s->words, f->cp[i], f->cp[i + 1]);
    s->nused = 0;
    if (++s->round == 0) {
        memset(s->table, 0, sizeof s->table);
        s->round = 1;
    }
}

void traits_take(struct traits *s, const struct rules *r, const struct fold *f,
                 const struct matcher_hits *hits, struct verdict *v)
{
    struct fold look = *f;
    struct taking t = {.s = s, .f = &look, .out = v->traits};

    look.n = f->n < LOOK ? f->n : LOOK;
    memset(v->traits, 0, sizeof v->traits);
    begin(s, &look);
    mark_terms(&t, r, hits);
    for (size_t i = 0; i < v->nregions; i++)
        mark_place(&t, v->regions[i].name);
    take_names(&t);
    take_numbers(&t);
    gather(&t);
    choose_grams(&t);
    if (t.bulletin)
        t.out[t.n++] = trait_make(TRAIT_BULLETIN, 0);
    sort(t.out, t.n);
}
