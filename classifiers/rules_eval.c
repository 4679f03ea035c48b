#include "classifiers/rules_eval.h"

#include <stdlib.h>

#include "base/err.h"

#define TITLE_FACTOR 1.5f

struct mark { /* one use of one hit */
    uint32_t hit, use;
    bool counts;
};

struct eval {
    const struct rules *rules;
    float *evidence;    /* of each set */
    uint32_t *first;    /* of each set: its run in marks; one more for the end */
    float *use_best;    /* of each use: largest weight counted so far */
    float *pattern_best;
    uint32_t *group_last; /* of each group: 1 + its latest mark */
    struct mark *marks;
    size_t cap;
    uint32_t *sentence; /* of each hit */
    size_t hits_cap;
    bool vetoes; /* some hit of this text silences others */
};

struct eval *eval_new(const struct rules *rules)
{
    const struct block_header *h = rules->head;
    struct eval *e = calloc(1, sizeof *e);

    if (!e)
        return NULL;
    e->rules = rules;
    e->evidence = calloc(h->sets.count + 1, sizeof *e->evidence);
    e->first = calloc(h->sets.count + 2, sizeof *e->first);
    e->use_best = calloc(h->uses.count + 1, sizeof *e->use_best);
    e->pattern_best = calloc(h->patterns.count + 1, sizeof *e->pattern_best);
    e->group_last = calloc(h->groups.count + 1, sizeof *e->group_last);
    if (e->evidence && e->first && e->use_best && e->pattern_best && e->group_last)
        return e;
    eval_free(e);
    return NULL;
}

void eval_free(struct eval *e)
{
    if (!e)
        return;
    free(e->evidence);
    free(e->first);
    free(e->use_best);
    free(e->pattern_best);
    free(e->group_last);
    free(e->marks);
    free(e->sentence);
    free(e);
}

static bool in_field(const struct block_use *u, const struct matcher_hit *h, const struct fold *f)
{
    return u->field == BLOCK_BOTH || (u->field == BLOCK_TITLE) == (h->start < f->title);
}

/* Counting sort of all uses by set; within a set by the start of the hit. */
static int sort_marks(struct eval *e, const struct fold *f, const struct matcher_hits *hits)
{
    const struct rules *r = e->rules;
    uint32_t sets = r->head->sets.count, total = 0;

    e->vetoes = false;
    memset(e->first, 0, (sets + 2) * sizeof *e->first);
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < hits->n; i++) {
            const struct block_term *t = &r->terms[hits->list[i].term];
            for (uint32_t u = t->first_use; u < t->first_use + t->nuses; u++) {
                const struct block_use *use = &r->uses[u];
                if (use->what == BLOCK_PLACE || !in_field(use, &hits->list[i], f))
                    continue;
                e->vetoes |= use->what == BLOCK_NONE;
                if (turn)
                    e->marks[e->first[use->set + 1]++] = (struct mark){(uint32_t)i, u, false};
                else
                    e->first[use->set + 2]++, total++;
            }
        }
        if (turn)
            break;
        for (uint32_t s = 2; s < sets + 2; s++)
            e->first[s] += e->first[s - 1];
        if (total > e->cap) {
            struct mark *more = realloc(e->marks, 2 * (size_t)total * sizeof *more);
            if (!more)
                return ERR_NOMEM;
            e->marks = more;
            e->cap = 2 * (size_t)total;
        }
    }
    return 0;
}

static int number_sentences(struct eval *e, const struct fold *f, const struct matcher_hits *hits)
{
    uint32_t number = 0;
    size_t at = 0;

    if (hits->n > e->hits_cap) {
        uint32_t *more = realloc(e->sentence, 2 * hits->n * sizeof *more);
        if (!more)
            return ERR_NOMEM;
        e->sentence = more;
        e->hits_cap = 2 * hits->n;
    }
    for (size_t i = 0; i < hits->n; i++) {
        for (; at < hits->list[i].start; at++)
            number += fold_is_stop(f->cp[at]);
        e->sentence[i] = number;
    }
    return 0;
}

static bool vetoed(const struct eval *e, uint32_t set, uint32_t hit)
{
    for (uint32_t m = e->first[set]; m < e->first[set + 1]; m++)
        if (e->rules->uses[e->marks[m].use].what == BLOCK_NONE &&
            e->sentence[e->marks[m].hit] == e->sentence[hit])
            return true;
    return false;
}

static void count_more(float *best, float weight, float *evidence)
{
    if (weight > *best) {
        *evidence += weight - *best;
        *best = weight;
    }
}

/* A group was met: do the latest hits of all groups of its pattern stand near enough? Looking
 * at the latest ones finds every smallest window. */
static void try_pattern(struct eval *e, uint32_t set, uint32_t mark, const struct fold *f,
                        const struct matcher_hits *hits)
{
    const struct rules *r = e->rules;
    uint32_t group = r->uses[e->marks[mark].use].target, index = r->groups[group].pattern;
    const struct block_pattern *p = &r->patterns[index];
    uint32_t start = UINT32_MAX, end = 0;

    e->group_last[group] = mark + 1;
    for (uint32_t g = p->first_group; g < p->first_group + p->ngroups; g++) {
        if (!e->group_last[g])
            return;
        const struct matcher_hit *h = &hits->list[e->marks[e->group_last[g] - 1].hit];
        start = h->start < start ? h->start : start;
        end = h->end > end ? h->end : end;
    }
    if (end - start > p->within)
        return;
    for (uint32_t g = p->first_group; g < p->first_group + p->ngroups; g++)
        e->marks[e->group_last[g] - 1].counts = true;
    count_more(&e->pattern_best[index], p->weight * (end <= f->title ? TITLE_FACTOR : 1),
               &e->evidence[set]);
}

static void reset_set(struct eval *e, uint32_t set)
{
    const struct rules *r = e->rules;

    for (uint32_t m = e->first[set]; m < e->first[set + 1]; m++) {
        const struct block_use *u = &r->uses[e->marks[m].use];
        e->use_best[e->marks[m].use] = 0;
        if (u->what != BLOCK_GROUP)
            continue;
        const struct block_pattern *p = &r->patterns[r->groups[u->target].pattern];
        e->pattern_best[r->groups[u->target].pattern] = 0;
        memset(e->group_last + p->first_group, 0, p->ngroups * sizeof *e->group_last);
    }
}

static void weigh_set(struct eval *e, uint32_t set, const struct fold *f,
                      const struct matcher_hits *hits)
{
    const struct rules *r = e->rules;
    bool has_veto = false;

    e->evidence[set] = 0;
    reset_set(e, set);
    for (uint32_t m = e->first[set]; m < e->first[set + 1]; m++)
        has_veto |= r->uses[e->marks[m].use].what == BLOCK_NONE;
    for (uint32_t m = e->first[set]; m < e->first[set + 1]; m++) {
        struct mark *mark = &e->marks[m];
        const struct block_use *u = &r->uses[mark->use];
        if (u->what == BLOCK_NONE || (has_veto && vetoed(e, set, mark->hit)))
            continue;
        if (u->what == BLOCK_GROUP) {
            try_pattern(e, set, m, f, hits);
            continue;
        }
        bool title = hits->list[mark->hit].start < f->title;
        mark->counts = true;
        count_more(&e->use_best[mark->use], u->weight * (title ? TITLE_FACTOR : 1),
                   &e->evidence[set]);
    }
}

int eval_run(struct eval *e, const struct fold *f, const struct matcher_hits *hits)
{
    if (sort_marks(e, f, hits) || (e->vetoes && number_sentences(e, f, hits)))
        return ERR_NOMEM;
    for (uint32_t set = 0; set < e->rules->head->sets.count; set++)
        weigh_set(e, set, f, hits);
    return 0;
}

float eval_evidence(const struct eval *e, uint32_t set)
{
    return e->evidence[set];
}

size_t eval_why(const struct eval *e, uint32_t set, uint32_t *hits, size_t max)
{
    size_t n = 0;

    for (uint32_t m = e->first[set]; m < e->first[set + 1] && n < max; m++)
        if (e->marks[m].counts && (!n || hits[n - 1] != e->marks[m].hit))
            hits[n++] = e->marks[m].hit;
    return n;
}
