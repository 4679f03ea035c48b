#include "alerts/group/likeness.h"

#include <string.h>

#include "alerts/group/group.h"
#include "alerts/group/likeness_weights.h"
#include "classifiers/likeness/traits.h"

#define BIT(class) (1u << (class))
#define NAMES (BIT(TRAIT_KEY) - BIT(TRAIT_ESTATE))
#define RARE (BIT(TRAIT_KEY) | BIT(TRAIT_GRAM))
#define ABOUT (BIT(TRAIT_SUBJECT) | BIT(TRAIT_MENTION))
#define WORDS (RARE | BIT(TRAIT_TERM))

static size_t home(uint32_t value)
{
    return (value * 0x9E3779B1u) >> 25;
}
_Static_assert(LIKENESS_TABLE == 128, "home() gives seven bits");

/* Of a text with many rare pairs only those of the least hashes are held: what lies above cannot
 * be missed. */
static uint32_t cut(const uint32_t *traits)
{
    uint32_t last = 0;
    size_t n = 0;

    for (size_t i = 0; i < VERDICT_TRAITS && traits[i]; i++)
        if (trait_class(traits[i]) == TRAIT_GRAM) {
            last = trait_value(traits[i]);
            n++;
        }
    return n < TRAITS_GRAMS ? UINT32_MAX : last;
}

/* The place of a value in values[], from 1, or 0. */
static uint8_t find(const struct likeness_probe *p, uint32_t value)
{
    size_t at = home(value);

    while (p->at[at] && p->values[p->at[at] - 1] != value)
        at = (at + 1) % LIKENESS_TABLE;
    return p->at[at];
}

void likeness_prepare(struct likeness_probe *p, const struct likeness_text *text)
{
    p->text = *text;
    p->n = 0;
    p->cut = cut(text->traits);
    memset(p->at, 0, sizeof p->at);
    memset(p->has, 0, sizeof p->has);
    for (size_t i = 0; i < VERDICT_TRAITS && text->traits[i]; i++) {
        uint32_t value = trait_value(text->traits[i]);
        size_t at = home(value);
        while (p->at[at] && p->values[p->at[at] - 1] != value)
            at = (at + 1) % LIKENESS_TABLE;
        if (!p->at[at]) {
            p->values[p->n] = value;
            p->classes[p->n] = 0;
            p->at[at] = ++p->n;
        }
        uint32_t *classes = &p->classes[p->at[at] - 1], class = trait_class(text->traits[i]);
        p->has[class] += !(*classes & BIT(class));
        *classes |= BIT(class);
    }
}

struct overlap {
    uint8_t a[LIKENESS_CLASSES], b[LIKENESS_CLASSES], both[LIKENESS_CLASSES]; /* by class */
    uint8_t names, roads;     /* in both, whatever their class */
    uint8_t half;             /* a name in one, a rare pair in the other */
    uint8_t keys, mixed, rare; /* rare pairs: of the title or said again in both, in one, in none */
    uint8_t words;            /* what it is about */
    uint8_t subjects, mentions; /* the same trouble; one only mentions it */
    uint8_t own_a, own_b;     /* names that the other lacks */
    uint8_t only_a, only_b;   /* names and rare pairs that the other surely lacks */
    uint8_t words_a, words_b; /* the same of words */
    int shared;
};

static void count_shared(struct overlap *o, uint32_t a, uint32_t b)
{
    o->shared++;
    if ((a & NAMES) && (b & NAMES)) {
        o->names++;
        o->roads += ((a | b) & NAMES) == BIT(TRAIT_ROAD);
    } else if (((a | b) & NAMES) && (a & (NAMES | RARE)) && (b & (NAMES | RARE))) {
        o->half++;
    } else if ((a & RARE) && (b & RARE)) {
        if ((a & b) & BIT(TRAIT_KEY))
            o->keys++;
        else if ((a | b) & BIT(TRAIT_KEY))
            o->mixed++;
        else
            o->rare++;
    } else if ((a & WORDS) && (b & WORDS)) {
        o->words++;
    } else if ((a & ABOUT) && (b & ABOUT)) {
        o->subjects += (a & b & BIT(TRAIT_SUBJECT)) != 0;
        o->mentions += (a & b & BIT(TRAIT_SUBJECT)) == 0;
    }
    for (int c = TRAIT_ESTATE; c <= TRAIT_BULLETIN; c++)
        o->both[c] += (a & b & BIT(c)) != 0;
}

/* What the other text lacks: a name counts as the two pairs that it mostly brings. */
static void count_only(uint32_t classes, bool above, uint8_t *only, uint8_t *words)
{
    enum { NAME_PAIRS = 2 };

    if (classes & NAMES)
        *only += NAME_PAIRS;
    else if (classes & RARE)
        *only += !above;
    else
        *words += (classes & BIT(TRAIT_TERM)) != 0;
}

static bool is_own_name(const uint32_t *traits, uint32_t value)
{
    for (size_t i = 0; i < VERDICT_TRAITS && trait_is_name(traits[i]); i++)
        if (trait_value(traits[i]) == value)
            return true;
    return false;
}

static struct overlap compare(const struct likeness_probe *a, const struct likeness_text *b)
{
    struct overlap o = {0};
    uint32_t found[VERDICT_TRAITS] = {0}; /* classes in b, by place in a->values */
    uint32_t cut_b = cut(b->traits);

    memcpy(o.a, a->has, sizeof o.a);
    for (size_t i = 0; i < VERDICT_TRAITS && b->traits[i]; i++) {
        uint32_t value = trait_value(b->traits[i]), class = trait_class(b->traits[i]);
        uint8_t at = find(a, value);
        o.b[class]++;
        if (at)
            found[at - 1] |= BIT(class);
        else if (!(BIT(class) & RARE) || !is_own_name(b->traits, value)) {
            o.own_b += (BIT(class) & NAMES) != 0;
            count_only(BIT(class), value > a->cut, &o.only_b, &o.words_b);
        }
    }
    for (size_t i = 0; i < a->n; i++) {
        if (found[i]) {
            count_shared(&o, a->classes[i], found[i]);
            continue;
        }
        o.own_a += (a->classes[i] & NAMES) != 0;
        count_only(a->classes[i], a->values[i] > cut_b, &o.only_a, &o.words_a);
    }
    if (o.a[TRAIT_TERM] == TRAITS_TERMS)
        o.words_b = 0;
    if (o.b[TRAIT_TERM] == TRAITS_TERMS)
        o.words_a = 0;
    return o;
}

/* Each has one that the other lacks. A text that was cut or has a line more is no such case. */
static bool numbers_differ(const struct overlap *o)
{
    int only_a = 0, only_b = 0;

    for (int c = TRAIT_NUMBER; c <= TRAIT_DATE; c++) {
        only_a += o->a[c] - o->both[c];
        only_b += o->b[c] - o->both[c];
    }
    return only_a && only_b;
}

static int differ(const struct overlap *o, int from, int to)
{
    int n = 0;

    for (int c = from; c <= to; c++)
        n += o->a[c] && o->b[c] && !o->both[c];
    return n;
}

/* Classes in which both have names, and none the same. */
static int names_differ(const struct overlap *o)
{
    return differ(o, TRAIT_ESTATE, TRAIT_SITE);
}

static bool places_differ(const struct overlap *o)
{
    return differ(o, TRAIT_CITY, TRAIT_TOWN) != 0;
}

/* Another village or community, and nothing in common that stands in one place only: a road, a line
 * or a river runs through many, and every one has its site (工地). */
static bool villages_differ(const struct overlap *o)
{
    static const int unique[] = {TRAIT_ESTATE, TRAIT_SCHOOL, TRAIT_CLINIC, TRAIT_FIRM};

    for (size_t i = 0; i < sizeof unique / sizeof *unique; i++)
        if (o->both[unique[i]])
            return false;
    return differ(o, TRAIT_VILLAGE, TRAIT_VILLAGE) != 0;
}

/* What a name or a rare pair in common says of the spot; of more than these nothing is added. */
enum {
    NAME = 30, NAMES_MOST = 2,
    ROAD = -8, /* roads alone: many things stand along one */
    HALF = 24, /* a name in one text, a rare pair in the other */
    TOWN = 16,
    KEYS = 14, MIXED = 11, GRAM = 5,
    GRAMS_MOST = 4,
    OTHER_NAME = -20,
    SPOT_LEAST = 20, /* less is no spot */
    CHARS_MOST = 4,
    FORM = 4, /* slots of the sketch: a form that is filled in again has so many */
    TOUCHED = 2, /* names and rare pairs of its own that a form filled in elsewhere has */
};

/* Another name stands in the same words; the one of two that is an ordinary word may be no name. */
static bool filled_in(const struct overlap *o)
{
    return (o->only_a >= TOUCHED && o->only_b + o->words_b) ||
           (o->only_b >= TOUCHED && o->only_a + o->words_a);
}

struct event_likeness likeness_copy(const struct likeness_probe *a, const struct likeness_text *b)
{
    const struct event_likeness none = {LIKE_NONE, 0, 0};
    int equal = group_equal(a->text.sketch, b->sketch);

    if (equal < GROUP_THRESHOLD)
        return none;
    struct overlap o = compare(a, b);
    if (numbers_differ(&o) || names_differ(&o) || places_differ(&o) || filled_in(&o))
        return none;
    return (struct event_likeness){LIKE_COPY, (uint8_t)(equal * 100 / VERDICT_SKETCH),
                                   (uint8_t)equal};
}

static int at_most(int n, int most)
{
    return n < most ? n : most;
}

static int same_spot(const struct overlap *o)
{
    int points = NAME * at_most(o->names, NAMES_MOST) + HALF * at_most(o->half, NAMES_MOST) +
                 KEYS * at_most(o->keys, GRAMS_MOST) + MIXED * at_most(o->mixed, GRAMS_MOST) +
                 GRAM * at_most(o->rare, GRAMS_MOST) + OTHER_NAME * names_differ(o);

    points += TOWN * at_most(o->both[TRAIT_TOWN], 1);
    return points + (o->names && o->names == o->roads ? ROAD : 0);
}

/* Characters in common that the names in common do not bring. */
static int chars_shared(const struct overlap *o)
{
    int run = o->keys + o->mixed; /* pairs of one name in a row */
    int chars = o->both[TRAIT_CHAR] - 2 * (o->names + o->half) - (run ? run + 1 : 0);

    return chars < 0 ? 0 : at_most(chars, CHARS_MOST);
}

/* Where one of the two says what the trouble is, or both do and differ, less is believed. */
static void compare_subjects(const struct overlap *o, int8_t *e)
{
    int lacked_a = o->b[TRAIT_SUBJECT] - o->both[TRAIT_SUBJECT];
    int lacked_b = o->a[TRAIT_SUBJECT] - o->both[TRAIT_SUBJECT];
    bool a = o->a[TRAIT_SUBJECT], b = o->b[TRAIT_SUBJECT];

    e[LIKENESS_SUBJECTS] = (int8_t)o->subjects;
    e[LIKENESS_MENTIONS] = (int8_t)o->mentions;
    e[LIKENESS_CONTRARY] = a && b && !o->subjects;
    e[LIKENESS_BESIDE] = (int8_t)(lacked_a < lacked_b ? lacked_a : lacked_b);
    e[LIKENESS_SILENT] = a != b;
}

static bool kept_apart(const struct overlap *o, bool form, int spot)
{
    return spot < SPOT_LEAST || places_differ(o) || villages_differ(o) ||
           ((form || o->both[TRAIT_BULLETIN]) && numbers_differ(o)) ||
           ((form || !o->names) && names_differ(o)) || (form && o->own_a && o->own_b) ||
           (form && !o->names && filled_in(o));
}

static void weigh(const struct overlap *o, bool same_topic, int8_t e[LIKENESS_EVIDENCE])
{
    memset(e, 0, LIKENESS_EVIDENCE);
    e[LIKENESS_SPOT] = (int8_t)at_most(same_spot(o), INT8_MAX);
    e[LIKENESS_NAMES] = (int8_t)o->names;
    compare_subjects(o, e);
    e[LIKENESS_WORDS] = (int8_t)o->words;
    e[LIKENESS_SPARE] = (int8_t)(o->rare + (o->names ? o->keys + o->mixed : 0));
    e[LIKENESS_CHARS] = (int8_t)chars_shared(o);
    e[LIKENESS_TOPIC] = same_topic;
    e[LIKENESS_COUNT] = (int8_t)o->both[TRAIT_NUMBER];
}

bool likeness_evidence(const struct likeness_probe *a, const struct likeness_text *b,
                       bool same_topic, int8_t e[LIKENESS_EVIDENCE])
{
    struct overlap o = compare(a, b);

    weigh(&o, same_topic, e);
    return !kept_apart(&o, group_equal(a->text.sketch, b->sketch) >= FORM, e[LIKENESS_SPOT]);
}

/* No less than same_spot() gives, for what one look at the values tells: most candidates have a
 * word or two in common with a text, and are told apart by this. */
static int spot_at_most(const struct likeness_probe *a, const struct likeness_text *b)
{
    int points = 0;

    for (size_t i = 0; i < VERDICT_TRAITS && b->traits[i]; i++) {
        uint32_t class = BIT(trait_class(b->traits[i]));
        if (!(class & (NAMES | RARE | BIT(TRAIT_TOWN))))
            continue;
        uint8_t at = find(a, trait_value(b->traits[i]));
        uint32_t other = at ? a->classes[at - 1] : 0;
        if (class & other & BIT(TRAIT_TOWN))
            points += TOWN;
        else if (!(class & (NAMES | RARE)) || !(other & (NAMES | RARE)))
            continue;
        else if ((class | other) & NAMES)
            points += NAME;
        else
            points += (class | other) & BIT(TRAIT_KEY) ? KEYS : GRAM;
    }
    return points;
}

struct event_likeness likeness_matter(const struct likeness_probe *a,
                                      const struct likeness_text *b, bool same_topic)
{
    enum { SURE = 100 };
    const struct event_likeness none = {LIKE_NONE, 0, 0};
    int8_t e[LIKENESS_EVIDENCE];

    if (spot_at_most(a, b) < SPOT_LEAST) /* as kept_apart() would say */
        return none;
    struct overlap o = compare(a, b);
    weigh(&o, same_topic, e);
    int over = likeness_points(e) - LIKENESS_ENOUGH;
    /* The sketch comes last: for most candidates its memory is never touched. */
    if (over < 0 || kept_apart(&o, false, e[LIKENESS_SPOT]) ||
        kept_apart(&o, group_equal(a->text.sketch, b->sketch) >= FORM, e[LIKENESS_SPOT]))
        return none;
    int score = at_most(LIKENESS_EVEN + over / 2, SURE);
    return (struct event_likeness){LIKE_MATTER, (uint8_t)score, (uint8_t)at_most(o.shared, 255)};
}

unsigned likeness_worth(uint32_t trait)
{
    static const uint8_t worth[LIKENESS_CLASSES] = {
        [TRAIT_KEY] = KEYS,    [TRAIT_GRAM] = GRAM,   [TRAIT_TERM] = 12,
        [TRAIT_SUBJECT] = 28, [TRAIT_MENTION] = 17, [TRAIT_TOWN] = TOWN,
    }; /* those of words as likeness_weights.c has them */

    return trait_is_name(trait) ? NAME : worth[trait_class(trait)];
}

struct likeness_near likeness_near(const struct likeness_probe *a, const struct likeness_text *b,
                                   bool same_topic)
{
    const struct event_likeness none = {LIKE_NONE, 0, 0};
    struct overlap o = compare(a, b);
    int8_t e[LIKENESS_EVIDENCE];
    struct likeness_near near = {.names = o.names,
                                 .pairs = (uint8_t)(o.keys + o.mixed + o.rare + o.half),
                                 .subjects = (uint8_t)(o.subjects + o.mentions),
                                 .words = o.words,
                                 .numbers = o.both[TRAIT_NUMBER]};
    struct event_likeness like = group_blank(a->text.sketch) ? none : likeness_copy(a, b);

    near.copy = like.by == LIKE_COPY;
    if (!like.by)
        like = likeness_matter(a, b, same_topic);
    if (like.by) {
        near.score = like.score;
    } else if (near.names + near.pairs + near.subjects + near.words) {
        weigh(&o, same_topic, e);
        int score = LIKENESS_EVEN + (likeness_points(e) - LIKENESS_ENOUGH) / 2;
        near.score = (uint8_t)(score < 1 ? 1 : at_most(score, LIKENESS_EVEN - 1));
    }
    return near;
}
