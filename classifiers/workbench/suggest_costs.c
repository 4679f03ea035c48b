#include "classifiers/workbench/suggest.h"

#include <stdlib.h>

#include "base/err.h"
#include "classifiers/judge.h"

enum { TERMS_MOST = 4096 };

/* Each distinct term of the tag counts once. */
static int count_tag(const struct verdict_tag *tag, bool right, struct suggest_terms *out)
{
    for (size_t h = 0; h < tag->nhits; h++) {
        size_t before = 0, i = 0;
        while (before < h && !str_eq(tag->hits[before].term, tag->hits[h].term))
            before++;
        if (before < h)
            continue;
        while (i < out->n && !str_eq(out->list[i].text, tag->hits[h].term))
            i++;
        if (i == TERMS_MOST)
            continue;
        if (i == out->n) {
            out->list[i].text = arena_str(out->arena, tag->hits[h].term);
            if (!out->list[i].text.p)
                return ERR_NOMEM;
            out->n++;
        }
        out->list[i].with += right;
        out->list[i].without += !right;
    }
    return 0;
}

static int by_cost(const void *a, const void *b)
{
    const struct suggest_term *x = a, *y = b;

    if (x->without != y->without)
        return x->without > y->without ? -1 : 1;
    if (x->with != y->with)
        return x->with < y->with ? -1 : 1;
    return str_order(x->text, y->text);
}

static int judge_all(const struct samples *s, uint64_t labels, const struct rules *rules,
                     struct str topic, struct suggest_terms *out)
{
    struct judge *j = judge_new(rules);
    struct arena *arena = arena_new();
    int err = j && arena ? 0 : ERR_NOMEM;

    for (size_t i = 0; i < s->n && !err; i++) {
        struct verdict v;
        arena_reset(arena);
        err = judge_text(j, s->list[i].title, s->list[i].text, 0, NULL, arena, &v);
        for (size_t t = 0; !err && t < v.ntags; t++)
            if (str_eq(v.tags[t].topic, topic))
                err = count_tag(&v.tags[t], (s->list[i].labels & labels) != 0, out);
    }
    arena_free(arena);
    judge_free(j);
    return err;
}

int suggest_costs(const struct samples *s, uint64_t labels, const struct rules *rules,
                  struct str topic, size_t most, struct suggest_terms *out)
{
    *out = (struct suggest_terms){.arena = arena_new()};
    if (!out->arena)
        return ERR_NOMEM;
    out->list = arena_alloc(out->arena, TERMS_MOST, sizeof *out->list);
    if (!out->list || judge_all(s, labels, rules, topic, out)) {
        suggest_free(out);
        return ERR_NOMEM;
    }
    if (out->n)
        qsort(out->list, out->n, sizeof *out->list, by_cost);
    out->n = out->n < most ? out->n : most;
    while (out->n && !out->list[out->n - 1].without)
        out->n--;
    return 0;
}
