#include "classifiers/regions.h"

#include "base/err.h"
#include "base/utf8.h"
#include "classifiers/draft.h"

enum { MENTIONS = 64 };

static const struct conf_key text_key = {.forms = CONF_TEXT};
static const struct conf_key place_keys[] = {
    {.name = "code", .forms = CONF_TEXT, .required = true},
    {.name = "name", .forms = CONF_TEXT, .required = true},
    {.name = "aliases", .forms = CONF_LIST, .element = &text_key},
    {0},
};
static const struct conf_key place_key = {.forms = CONF_MAP, .keys = place_keys};
static const struct conf_key file_keys[] = {
    {.name = "places", .forms = CONF_LIST, .required = true, .element = &place_key},
    {.name = "not_before", .forms = CONF_LIST, .element = &text_key},
    {0},
};

static bool is_code(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n == 6 || s.n == 9 || s.n == 12;
}

static void load_place(struct draft *d, const struct conf_node *node)
{
    const struct conf_node *code = conf_get(node, "code"), *name = conf_get(node, "name");
    const struct conf_node *aliases = conf_get(node, "aliases");

    if (code && !is_code(conf_text(code)))
        conf_problem(d->problems, code, "区划代码 “%.*s” 应为 6、9 或 12 位数字 "
                                        "(a division code has 6, 9 or 12 digits)",
                     STR_ARG(conf_text(code)));
    for (size_t i = 0; i < d->places.n; i++) {
        const struct draft_place *old = DRAFT_AT(d, places, struct draft_place, i);
        /* A town may give a shipped place more aliases, under the same name. */
        if (code && str_eq(old->code, conf_text(code)) && !str_eq(old->name, conf_text(name)))
            conf_problem(d->problems, code, "区划代码 %.*s 重复，另有名称 “%.*s” (duplicate "
                                            "division code under another name)",
                         STR_ARG(old->code), STR_ARG(old->name));
        if (code && str_eq(old->code, conf_text(code)))
            return;
    }
    struct draft_place *p = draft_more(d, &d->places, sizeof *p);
    if (!p)
        return;
    *p = (struct draft_place){arena_str(d->arena, conf_text(code)),
                              arena_str(d->arena, conf_text(name)), conf_line(node)};
    struct block_use use = {.target = (uint32_t)d->places.n - 1, .what = BLOCK_PLACE, .weight = 1};
    if (p->name.n)
        draft_add_text(d, name, p->name, use);
    for (size_t i = 0; i < conf_count(aliases); i++)
        if (conf_text(conf_at(aliases, i)).n)
            draft_add_text(d, conf_at(aliases, i), conf_text(conf_at(aliases, i)), use);
}

void draft_load_places(struct draft *d, const char *path)
{
    struct conf_doc *doc = conf_load(path, file_keys, d->problems);
    const struct conf_node *places = conf_get(conf_root(doc), "places");
    const struct conf_node *notbefore = conf_get(conf_root(doc), "not_before");

    for (size_t i = 0; i < conf_count(places); i++)
        load_place(d, conf_at(places, i));
    for (size_t i = 0; i < conf_count(notbefore); i++) {
        struct str *s = draft_more(d, &d->notbefore, sizeof *s);
        if (s)
            *s = arena_str(d->arena, conf_text(conf_at(notbefore, i)));
    }
    conf_free(doc);
}

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

/* a lies above b, or is it. */
static bool above(struct str a, struct str b)
{
    size_t n = regions_prefix(a);

    return n <= regions_prefix(b) && memcmp(a.p, b.p, n) == 0;
}

struct mention {
    uint32_t term, start, end;
    int64_t place; /* -1: not resolved */
};

/* "北京路" is a street and "四川菜" a dish. */
static bool is_other_name(const struct rules *r, const struct fold *f, uint32_t end)
{
    for (uint32_t i = 0; i < r->head->notbefore.count; i++) {
        struct str word = block_str(r, r->notbefore[i]);
        size_t at = 0, k = end;
        bool same = word.n != 0;
        while (same && at < word.n)
            same = k < f->n && utf8_next(word, &at) == f->cp[k++];
        if (same)
            return true;
    }
    return false;
}

static bool is_place(const struct rules *r, uint32_t term)
{
    const struct block_term *t = &r->terms[term];

    for (uint32_t u = 0; u < t->nuses; u++)
        if (r->uses[t->first_use + u].what == BLOCK_PLACE)
            return true;
    return false;
}

static size_t gather(const struct rules *r, const struct fold *f, const struct matcher_hits *hits,
                     struct mention out[static MENTIONS])
{
    size_t n = 0;

    for (size_t i = 0; i < hits->n; i++) {
        const struct matcher_hit *h = &hits->list[i];
        if (!is_place(r, h->term) || is_other_name(r, f, h->end))
            continue;
        struct mention m = {h->term, h->start, h->end, -1};
        struct mention *last = n ? &out[n - 1] : NULL;
        if (last && h->start < last->end) { /* overlapping names: the longer one is meant */
            if (h->end - h->start > last->end - last->start)
                *last = m;
        } else if (n < MENTIONS) {
            out[n++] = m;
        }
    }
    return n;
}

static struct str place_code(const struct rules *r, int64_t place)
{
    return block_str(r, r->places[place].code);
}

/* The only bearer of a name, or the one that `within` a resolved place, or in `home`; else -1. */
static int64_t choose(const struct rules *r, const struct mention *m, const struct mention *all,
                      size_t n, struct str home)
{
    const struct block_term *t = &r->terms[m->term];
    int64_t only = -1, named = -1, near = -1;
    unsigned bearers = 0;

    for (uint32_t u = 0; u < t->nuses; u++) {
        const struct block_use *use = &r->uses[t->first_use + u];
        if (use->what != BLOCK_PLACE)
            continue;
        struct str code = place_code(r, use->target);
        only = use->target;
        bearers++;
        for (size_t i = 0; i < n; i++)
            if (all[i].place >= 0 && &all[i] != m && above(place_code(r, all[i].place), code))
                named = use->target;
        if (home.n && (above(home, code) || above(code, home) ||
                       (near < 0 && home.n >= 4 && memcmp(home.p, code.p, 4) == 0)))
            near = use->target;
    }
    if (bearers == 1)
        return only;
    return named >= 0 ? named : near;
}

static bool shadowed(const struct rules *r, const struct mention *all, size_t n, size_t i)
{
    struct str code = place_code(r, all[i].place);

    for (size_t k = 0; k < n; k++) {
        if (k == i || all[k].place < 0)
            continue;
        struct str other = place_code(r, all[k].place);
        if (all[k].place == all[i].place ? k < i : above(code, other))
            return true;
    }
    return false;
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
    struct mention all[MENTIONS];
    size_t n = gather(r, f, hits, all);

    if (!is_code(home))
        home = STR_NONE;
    v->nregions = 0;
    v->regions = n || home.n ? arena_alloc(arena, REGIONS_MAX, sizeof *v->regions) : NULL;
    if (!v->regions)
        return n || home.n ? ERR_NOMEM : 0;
    /* Unambiguous names first, then twice the others: a parent may itself have needed one. */
    for (int turn = 0; turn < 3; turn++)
        for (size_t i = 0; i < n; i++)
            if (all[i].place < 0)
                all[i].place = choose(r, &all[i], all, n, turn ? home : STR_NONE);
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
