/* Streets and towns in a text: looked up only where it names their county or city, or home is
 * there. */
#include "base/utf8.h"
#include "classifiers/match/matcher_tables.h"
#include "classifiers/regions/regions.h"

/* Where streets count. What the text names goes before home, a county before a city. */
struct area {
    struct str code; /* the digits that count */
    uint32_t start, end; /* of the mention */
    bool home;
};

enum { AREAS = REGIONS_MENTIONS + 2, BARE_MAX = 5, COUNTY = 6 };

struct search {
    const struct rules *rules;
    const struct fold *fold;
    struct area areas[AREAS];
    size_t nareas;
    struct region_mention *all;
    size_t n;
};

struct rank { /* of an area for a street: smaller is better */
    bool home;
    size_t wide;
    uint32_t gap;
};

bool regions_word_at(const struct rules *r, const struct fold *f, uint32_t at, bool full)
{
    uint32_t last = r->head->nnotbefore, first = at < f->n ? regions_first(f->cp[at]) : 0;

    char head[4]; /* how the word must begin: most do not */

    if (at >= f->n || !(r->head->firsts[full][first / 64] >> first % 64 & 1))
        return false;
    unsigned nhead = utf8_put(f->cp[at], head);
    for (uint32_t i = full ? last : 0; i < (full ? r->head->notbefore.count : last); i++) {
        struct str word = block_str(r, r->notbefore[i]);
        size_t read = nhead, k = at + 1;
        bool same = word.n >= nhead && word.p[nhead - 1] == head[nhead - 1] &&
                    memcmp(word.p, head, nhead) == 0;
        while (same && read < word.n)
            same = k < f->n && utf8_next(word, &read) == f->cp[k++];
        if (same)
            return true;
    }
    return false;
}

static struct str place_code(const struct search *s, int64_t place)
{
    return block_str(s->rules, s->rules->places[place].code);
}

static void add_area(struct search *s, struct str code, size_t digits, uint32_t start,
                     uint32_t end, bool home)
{
    if (digits > COUNTY)
        digits = COUNTY;
    if (s->nareas < AREAS && digits >= 2 && digits >= regions_city(code) &&
        (digits > 2 || regions_city(code) == 2) && regions_prefix(code) >= digits)
        s->areas[s->nareas++] = (struct area){{code.p, digits}, start, end, home};
}

static void add_areas(struct search *s, struct str home)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct region_mention *m = &s->all[i];
        struct str code = m->place < 0 ? STR_NONE : place_code(s, m->place);
        if (code.n && (regions_prefix(code) > 2 || regions_city(code) == 2))
            add_area(s, code, regions_prefix(code), m->start, m->end, false);
    }
    if (!home.n || (regions_prefix(home) == 2 && regions_city(home) != 2))
        return;
    add_area(s, home, regions_prefix(home), 0, 0, true);
    if (regions_prefix(home) > regions_city(home))
        add_area(s, home, regions_city(home), 0, 0, true);
}

/* The first with this hash. */
static const struct block_street *find_hash(const struct rules *r, uint64_t hash)
{
    uint32_t bucket = (uint32_t)(hash >> BLOCK_BUCKET_SHIFT);

    for (uint32_t i = r->buckets[bucket]; i < r->buckets[bucket + 1]; i++)
        if (r->streets[i].hash == hash)
            return &r->streets[i];
    return NULL;
}

static int order(const struct rank *a, const struct rank *b)
{
    if (a->home != b->home)
        return a->home ? -1 : 1;
    if (a->wide != b->wide)
        return a->wide > b->wide ? 1 : -1;
    return a->gap == b->gap ? 0 : a->gap < b->gap ? 1 : -1;
}

/* The best area for a street with this code whose name stands there; false: none. */
static bool best_area(const struct search *s, struct str code, uint32_t start, uint32_t end,
                      struct rank *best)
{
    bool any = false;

    for (size_t i = 0; i < s->nareas; i++) {
        const struct area *a = &s->areas[i];
        if (!str_starts(code, a->code))
            continue;
        uint32_t gap = a->home ? 0 : a->end <= start ? start - a->end
                                 : a->start >= end   ? a->start - end + 1 : 0;
        struct rank rank = {a->home, a->code.n, gap};
        if (!any || order(&rank, best) > 0)
            *best = rank;
        any = true;
    }
    return any;
}

/* The street that this name means there, or -1: none, or more than one. */
static int64_t choose(const struct search *s, uint64_t hash, uint32_t start, uint32_t end)
{
    const struct rules *r = s->rules;
    const struct block_street *at = find_hash(r, hash), *stop = r->streets + r->head->streets.count;
    struct rank best = {0}, rank;
    int64_t place = -1;
    bool tied = false;

    for (; at && at < stop && at->hash == hash; at++) {
        if (at->bare || !best_area(s, place_code(s, at->place), start, end, &rank))
            continue;
        int better = place < 0 ? 1 : order(&rank, &best);
        tied = better ? tied && better < 0 : at->place != place;
        if (better > 0) {
            best = rank;
            place = at->place;
        }
    }
    return tied ? -1 : place;
}

/* Put it in its place by start. What it overlaps and is longer than gives way; else it does. */
static void put(struct search *s, struct region_mention m)
{
    size_t from = 0, to;

    while (from < s->n && s->all[from].end <= m.start)
        from++;
    for (to = from; to < s->n && s->all[to].start < m.end; to++)
        if (s->all[to].end - s->all[to].start >= m.end - m.start)
            return;
    if (to == from && s->n == REGIONS_MENTIONS)
        return;
    memmove(&s->all[from + 1], &s->all[to], (s->n - to) * sizeof *s->all);
    s->all[from] = m;
    s->n = s->n - (to - from) + 1;
}

static bool has_bit(const struct rules *r, uint32_t bit)
{
    return r->ends[bit / 32] >> bit % 32 & 1;
}

/* The longest name of a street that ends with code point `last`. */
static void look_back(struct search *s, uint32_t last)
{
    const uint32_t *cp = s->fold->cp;
    struct region_mention found = {UINT32_MAX, 0, last + 1, -1, {0}};
    uint64_t hash = 0;

    for (uint32_t n = 1; n <= last + 1 && n <= BLOCK_STREET_MAX; n++) {
        uint32_t start = last + 1 - n;
        if (cp[start] < 0x80 && !fold_is_latin(cp[start]))
            break;
        hash = regions_hash(hash, cp[start]);
        if (n > 2 && !has_bit(s->rules, regions_end(hash)))
            break;
        bool whole = n > 1 && has_bit(s->rules, regions_whole(hash));
        int64_t place = whole ? choose(s, hash, start, last + 1) : -1;
        if (place >= 0) {
            found.place = place;
            found.start = start;
        }
    }
    if (found.place >= 0)
        put(s, found);
}

/* 黄兴 for 黄兴镇, right behind its county or city. */
static void look_behind(struct search *s, size_t m)
{
    const struct rules *r = s->rules;
    const struct block_street *stop = r->streets + r->head->streets.count;
    struct region_mention found = {UINT32_MAX, s->all[m].end, 0, -1, {0}};
    struct str parent = place_code(s, s->all[m].place);
    uint32_t limit = m + 1 < s->n ? s->all[m + 1].start : (uint32_t)s->fold->n;

    for (uint32_t n = 2; n <= BARE_MAX && found.start + n <= limit; n++) {
        uint64_t hash = 0;
        for (uint32_t i = n; i-- > 0;)
            hash = regions_hash(hash, s->fold->cp[found.start + i]);
        const struct block_street *at =
            has_bit(r, regions_whole(hash)) ? find_hash(r, hash) : NULL;
        for (; at && at < stop && at->hash == hash; at++) {
            if (!at->bare || memcmp(parent.p, place_code(s, at->place).p, COUNTY) != 0 ||
                regions_word_at(r, s->fold, found.start + n, false))
                continue;
            bool another = found.end == found.start + n && found.place != at->place;
            found.place = another ? -1 : (int64_t)at->place;
            found.end = found.start + n;
        }
    }
    if (found.place >= 0)
        put(s, found);
}

size_t regions_find_streets(const struct rules *r, const struct fold *f, struct str home,
                            struct region_mention all[static REGIONS_MENTIONS], size_t n)
{
    struct search s = {.rules = r, .fold = f, .nareas = 0, .all = all, .n = n};

    if (!r->head->streets.count)
        return n;
    add_areas(&s, home);
    if (!s.nareas)
        return n;
    for (size_t at = 0; at + 1 < f->n;) {
        uint32_t batch[MATCHER_BATCH];
        size_t found = matcher_pairs(r->tails, BLOCK_TAIL_BITS, f->cp, f->n, &at, batch);
        for (size_t i = 0; i < found; i++)
            look_back(&s, batch[i] + 1);
    }
    for (size_t i = 0; i < s.n; i++)
        if (all[i].place >= 0 && all[i].term != UINT32_MAX)
            look_behind(&s, i);
    return s.n;
}
