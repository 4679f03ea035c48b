#include "classifiers/regions/regions.h"

#include "base/err.h"

size_t regions_prefix(struct str code)
{
    size_t n = code.n;

    if (n > 6 && n <= 12) {
        while (n > 6 && memcmp(code.p + n - 3, "000", 3) == 0)
            n -= 3;
    }
    while (n <= 6 && n > 2 && memcmp(code.p + n - 2, "00", 2) == 0)
        n -= 2;
    return n;
}

bool regions_above(struct str a, struct str b)
{
    if (a.p[1] != b.p[1]) /* mostly they are of different provinces */
        return false;
    size_t n = regions_prefix(a);
    return n <= regions_prefix(b) && memcmp(a.p, b.p, n) == 0;
}

size_t regions_city(struct str code)
{
    static const char municipal[][2] = {{'1', '1'}, {'1', '2'}, {'3', '1'}, {'5', '0'}};
    size_t n = regions_prefix(code);

    for (size_t i = 0; i < sizeof municipal / sizeof *municipal; i++)
        if (memcmp(code.p, municipal[i], 2) == 0)
            return 2;
    if (n > 4)
        return code.p[2] == '9' && code.p[3] == '0' ? 6 : 4;
    return n;
}

unsigned regions_nearness(struct str a, struct str b)
{
    size_t city = regions_city(a);

    if (regions_above(a, b) || regions_above(b, a))
        return 3;
    if (city == regions_city(b) && memcmp(a.p, b.p, city) == 0)
        return 2;
    return memcmp(a.p, b.p, 2) == 0;
}

static struct str place_code(const struct rules *r, int64_t place)
{
    return block_str(r, r->places[place].code);
}

/* Does this use make a place of the name? "北京路" is a road, "四川菜" a dish. */
static bool counts(const struct block_use *use, const struct region_mention *m)
{
    return use->what == BLOCK_PLACE && (use->set == NAME_NONE || !m->word[use->set == NAME_FULL]);
}

static bool is_name(const struct rules *r, const struct fold *f, struct region_mention *m)
{
    const struct block_term *t = &r->terms[m->term];
    const struct block_use *uses = &r->uses[t->first_use];
    uint32_t u = 0;

    while (uses[u].what != BLOCK_PLACE)
        u++;
    for (int full = 0; full < 2; full++)
        m->word[full] = regions_word_at(r, f, m->end, full);
    for (; u < t->nuses; u++)
        if (counts(&uses[u], m))
            return true;
    return false;
}

/* Into named[] the hits from *at on that may name a place, at most NAMED of them; *at is moved
 * behind what was looked at: how many. What will be asked of their terms is asked for at once:
 * each lies somewhere else. */
enum { NAMED = 64 };
static size_t gather_named(const struct rules *r, const struct matcher_hits *hits, size_t *at,
                           const struct matcher_hit *named[static NAMED])
{
    size_t n = 0;

    for (; *at < hits->n && n < NAMED; ++*at) {
        const struct matcher_hit *h = &hits->list[*at];
        if (block_names_place(r, h->term)) {
            __builtin_prefetch(&r->terms[h->term]);
            named[n++] = h;
        }
    }
    for (size_t i = 0; i < n; i++)
        __builtin_prefetch(&r->uses[r->terms[named[i]->term].first_use]);
    return n;
}

/* Take one more name; of overlapping ones the longer is meant. How many there are now. */
static size_t take(const struct rules *r, const struct fold *f, const struct matcher_hit *h,
                   struct region_mention out[static REGIONS_MENTIONS], size_t n)
{
    struct region_mention *last = n ? &out[n - 1] : NULL;
    struct region_mention m = {h->term, h->start, h->end, -1, {0}};
    bool overlaps = last && h->start < last->end;

    if ((overlaps && h->end - h->start <= last->end - last->start) || !is_name(r, f, &m))
        return n;
    if (overlaps)
        *last = m;
    else if (n < REGIONS_MENTIONS)
        out[n++] = m;
    return n;
}

/* The names in the text. */
static size_t gather(const struct rules *r, const struct fold *f, const struct matcher_hits *hits,
                     struct region_mention out[static REGIONS_MENTIONS])
{
    const struct matcher_hit *named[NAMED];
    size_t n = 0;

    for (size_t at = 0; at < hits->n;)
        for (size_t i = 0, found = gather_named(r, hits, &at, named); i < found; i++)
            n = take(r, f, named[i], out, n);
    return n;
}

struct choice {
    const struct rules *rules;
    const struct region_mention *all;
    size_t n;
    struct str home, from; /* from: home in every turn */
    bool last; /* turn: the higher of two places, whatever they are to each other */
};

/* How far from mention m the nearest name of a place above `code` stands. */
static uint32_t distance(const struct choice *c, size_t m, struct str code)
{
    uint32_t best = UINT32_MAX;

    for (size_t i = 0; i < c->n; i++) {
        const struct region_mention *a = &c->all[i], *b = &c->all[m];
        if (i == m || a->place < 0 || !regions_above(place_code(c->rules, a->place), code))
            continue;
        uint32_t gap = a->end <= b->start ? b->start - a->end : a->start - b->end + 1;
        best = gap < best ? gap : best;
    }
    return best;
}

/* Right behind the name of a place above it? */
static bool is_behind(const struct choice *c, size_t m, struct str code)
{
    const struct region_mention *before = m ? &c->all[m - 1] : NULL;

    return before && before->place >= 0 && before->end == c->all[m].start &&
           regions_above(place_code(c->rules, before->place), code);
}

/* Of a district or county (not a city) in another province than home: there its short name alone
 * is more likely that of something nearer, an estate or a village. */
static bool is_far(const struct choice *c, struct str code)
{
    return c->from.n && regions_prefix(code) == 6 && code.p[4] < '8' &&
           !regions_nearness(c->from, code);
}

struct bearer {
    int64_t place;
    struct str code;
    uint32_t gap;
    unsigned near, level; /* level: the higher, the nearer to the whole country */
};

/* Is `a` a better choice than `b`: 1, 0 neither, -1 worse. */
static int order(const struct choice *c, const struct bearer *a, const struct bearer *b)
{
    bool nested = regions_above(a->code, b->code) || regions_above(b->code, a->code);

    if (a->gap != b->gap)
        return a->gap < b->gap ? 1 : -1;
    if (!nested && a->near != b->near)
        return a->near > b->near ? 1 : -1;
    /* 长沙 is the city before the county in it, 大同 the city before another one's district. */
    return a->level == b->level || !(nested || c->last) ? 0 : a->level > b->level ? 1 : -1;
}

/* The place that mention m names, or -1. */
static int64_t choose(const struct choice *c, size_t m)
{
    const struct block_term *t = &c->rules->terms[c->all[m].term];
    struct bearer best = {.place = -1};
    bool tied = false;
    unsigned bearers = 0;

    for (uint32_t u = 0; u < t->nuses; u++) {
        const struct block_use *use = &c->rules->uses[t->first_use + u];
        if (!counts(use, &c->all[m]))
            continue;
        if (use->set == NAME_NONE)
            return -1;
        struct str code = place_code(c->rules, use->target);
        uint32_t gap = distance(c, m, code);
        if ((use->set == NAME_BEHIND && !is_behind(c, m, code)) ||
            (use->set == NAME_ALIAS && gap == UINT32_MAX && is_far(c, code)))
            continue;
        size_t prefix = regions_prefix(code);
        struct bearer b = {use->target, code, gap,
                           c->home.n ? regions_nearness(c->home, code) : 0,
                           prefix < 6 ? (unsigned)(6 - prefix) : 0};
        int better = bearers++ ? order(c, &b, &best) : 1;
        if (better > 0)
            best = b;
        tied = better ? tied && better < 0 : true;
    }
    return tied ? -1 : best.place;
}

static bool shadowed(const struct rules *r, const struct region_mention *all, size_t n, size_t i)
{
    struct str code = place_code(r, all[i].place);

    for (size_t k = 0; k < n; k++) {
        if (k == i || all[k].place < 0)
            continue;
        struct str other = place_code(r, all[k].place);
        if (all[k].place == all[i].place ? k < i : regions_above(code, other))
            return true;
    }
    return false;
}

/* Names that need no help first, then those whose parent is named, and what may have needed one
 * itself; last those that only home can tell. */
static void settle(struct choice *c, struct region_mention *all, struct str home)
{
    enum { TURNS = 4 };
    bool settled = true; /* in the turn before: only then is there more to learn from another */

    for (int turn = 0; turn < TURNS; turn++) {
        turn = settled ? turn : TURNS - 1;
        c->last = turn == TURNS - 1;
        c->home = c->last ? home : STR_NONE;
        settled = false;
        for (size_t i = 0; i < c->n; i++) {
            if (all[i].place >= 0)
                continue;
            all[i].place = choose(c, i);
            settled |= all[i].place >= 0;
        }
    }
}

static void add_home(const struct rules *r, struct str home, struct arena *arena,
                     struct verdict *v)
{
    int64_t place = home.n ? block_place_find(r, home) : -1;

    if (place < 0)
        return;
    v->regions[0].code = arena_str(arena, home);
    v->regions[0].name = arena_str(arena, block_str(r, r->places[place].name));
    v->nregions = 1;
}

int regions_resolve(const struct rules *r, const struct fold *f, const struct matcher_hits *hits,
                    struct str home, struct arena *arena, struct verdict *v)
{
    struct region_mention all[REGIONS_MENTIONS];
    size_t n = gather(r, f, hits, all);

    if (!regions_is_code(home))
        home = STR_NONE;
    v->nregions = 0;
    v->regions = n || home.n ? arena_alloc(arena, REGIONS_MAX, sizeof *v->regions) : NULL;
    if (!v->regions)
        return n || home.n ? ERR_NOMEM : 0;
    struct choice c = {.rules = r, .from = home, .all = all, .n = n};
    settle(&c, all, home);
    n = regions_find_streets(r, f, home, all, n);
    for (size_t i = 0; i < n && v->nregions < REGIONS_MAX; i++) {
        if (all[i].place < 0 || shadowed(r, all, n, i))
            continue;
        struct verdict_region *region = &v->regions[v->nregions++];
        region->code = arena_str(arena, place_code(r, all[i].place));
        region->name = arena_str(arena, block_str(r, r->places[all[i].place].name));
        if (!region->code.p || !region->name.p)
            return ERR_NOMEM;
    }
    if (!v->nregions)
        add_home(r, home, arena, v);
    return 0;
}

bool regions_elsewhere(const struct verdict *v, struct str home)
{
    if (!home.n || !regions_is_code(home))
        return false;
    for (size_t i = 0; i < v->nregions; i++)
        if (regions_above(home, v->regions[i].code) || regions_above(v->regions[i].code, home))
            return false;
    return v->nregions != 0;
}
