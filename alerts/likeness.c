#include "alerts/likeness.h"

#include <string.h>

#include "alerts/group.h"
#include "classifiers/traits.h"

enum { CLASSES = 32 };

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

void likeness_prepare(struct likeness_probe *p, const struct likeness_text *text)
{
    p->text = *text;
    p->n = 0;
    memset(p->at, 0, sizeof p->at);
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
        p->classes[p->at[at] - 1] |= BIT(trait_class(text->traits[i]));
    }
}

struct overlap {
    uint8_t a[CLASSES], b[CLASSES], both[CLASSES]; /* by class */
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
    uint32_t cut_a = cut(a->text.traits), cut_b = cut(b->traits);

    for (size_t i = 0; i < VERDICT_TRAITS && b->traits[i]; i++) {
        uint32_t value = trait_value(b->traits[i]), class = trait_class(b->traits[i]);
        size_t at = home(value);
        o.b[class]++;
        while (a->at[at] && a->values[a->at[at] - 1] != value)
            at = (at + 1) % LIKENESS_TABLE;
        if (a->at[at])
            found[a->at[at] - 1] |= BIT(class);
        else if (!(BIT(class) & RARE) || !is_own_name(b->traits, value)) {
            o.own_b += (BIT(class) & NAMES) != 0;
            count_only(BIT(class), value > cut_a, &o.only_b, &o.words_b);
        }
    }
    for (size_t i = 0; i < a->n; i++) {
        for (int c = TRAIT_ESTATE; c <= TRAIT_BULLETIN; c++)
            o.a[c] += (a->classes[i] & BIT(c)) != 0;
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

/* Points, set by tests/data/pairs*.tsv: the same spot and the same trouble must both be there. */
enum {
    NAME = 30, NAMES_MOST = 2,
    ROAD = -8, /* roads alone: many things stand along one */
    HALF = 24, /* a name in one text, a rare pair in the other */
    TOWN = 16,
    KEYS = 14, MIXED = 11, GRAM = 5,
    GRAMS_MOST = 4,
    OTHER_NAME = -20,
    SPOT = 20,
    SPOT_LEAST = 15, /* … when the trouble is the same in every respect (TROUBLE_MOST) */

    SUBJECT = 18, MENTION = 9, SUBJECTS_MOST = 2,
    OTHER_SUBJECT = -6, /* both have it to say, and of different ones */
    TERM = 5, TERMS_MOST = 5,
    RARER = 4,   /* a rare pair beside those that name the spot */
    CHAR = 4, CHARS_MOST = 4,
    TOPIC = 6,   /* one topic, where not both say what the trouble is; */
    PINNED = 10, /* … and two names in common, as of a crossing */
    AMOUNT = 10, /* the same amount of money, the same count */
    TROUBLE = 10,
    TROUBLE_MOST = 45,
    ENOUGH = 40, /* in all, */
    APART = 12,  /* and more of two that have each a subject, and none in common, */
    STRANGE = 6, /* or no topic */
    MOST = 150,
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

static int same_trouble(const struct overlap *o)
{
    int other = at_most(o->a[TRAIT_SUBJECT] - o->both[TRAIT_SUBJECT],
                        o->b[TRAIT_SUBJECT] - o->both[TRAIT_SUBJECT]);
    int spare = o->rare + (o->names ? o->keys + o->mixed : 0);

    return SUBJECT * at_most(o->subjects, SUBJECTS_MOST) +
           MENTION * at_most(o->mentions, SUBJECTS_MOST) + OTHER_SUBJECT * other +
           TERM * at_most(o->words, TERMS_MOST) + RARER * at_most(spare, GRAMS_MOST) +
           CHAR * chars_shared(o) +
           AMOUNT * at_most(o->both[TRAIT_NUMBER], 1);
}

struct event_likeness likeness_matter(const struct likeness_probe *a,
                                      const struct likeness_text *b, bool same_topic)
{
    const struct event_likeness none = {LIKE_NONE, 0, 0};
    struct overlap o = compare(a, b);
    int spot = same_spot(&o), trouble = same_trouble(&o);
    bool form = group_equal(a->text.sketch, b->sketch) >= FORM;
    bool other = o.a[TRAIT_SUBJECT] && o.b[TRAIT_SUBJECT];
    if (same_topic && !o.subjects && !other)
        trouble += o.names >= NAMES_MOST ? PINNED : TOPIC;
    int more = o.subjects ? 0 : (other ? APART : 0) + (same_topic ? 0 : STRANGE);

    if (spot < (trouble < TROUBLE_MOST ? SPOT : SPOT_LEAST) || trouble < TROUBLE ||
        spot + trouble < ENOUGH + more || places_differ(&o) || villages_differ(&o) ||
        ((form || o.both[TRAIT_BULLETIN]) && numbers_differ(&o)) ||
        ((form || !o.names) && names_differ(&o)) || (form && o.own_a && o.own_b) ||
        (form && !o.names && filled_in(&o)))
        return none;
    int score = at_most(spot + trouble, MOST) * 100 / MOST;
    return (struct event_likeness){LIKE_MATTER, (uint8_t)score, (uint8_t)at_most(o.shared, 255)};
}
