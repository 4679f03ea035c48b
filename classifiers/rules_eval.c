#include "classifiers/rules_eval.h"

#include <stdlib.h>

#include "base/err.h"
#include "classifiers/rules_tree.h"

#define TITLE_FACTOR 1.5f

struct use { /* of a hit, by a set */
    uint32_t set;
    uint32_t pattern; /* NO_PATTERN: it does not wait for other groups */
    struct tree_mark mark;
};

enum { NO_PATTERN = UINT32_MAX };

struct groups { /* of a pattern: which of its groups stand in the text of this turn */
    uint32_t turn;
    uint8_t found, all;
};

struct run { /* of a set: its marks */
    uint32_t first, count;
    enum block_grade grade;
    float evidence;
};

struct eval {
    const struct rules *rules;
    const struct matcher_hits *hits; /* of the last run */
    const struct fold *fold;
    struct trees *trees;
    struct run *runs;  /* of each set */
    struct groups *groups; /* of each pattern */
    uint32_t groups_turn;
    uint32_t *touched; /* the sets with marks */
    size_t ntouched;
    float *use_best; /* of each use: largest weight counted so far */
    struct tree_mark *marks; /* by set */
    struct use *uses;        /* as they were found */
    size_t cap;
    uint32_t *sentence; /* of each hit */
    uint32_t *stops;    /* where sentences end */
    size_t stops_cap;   /* also of silent */
    uint64_t *silent;   /* of each sentence: the turn of the set that is vetoed there */
    uint64_t turn;
    size_t hits_cap;
    bool conditions; /* some hit of this text is more than evidence by itself */
};

struct eval *eval_new(const struct rules *rules)
{
    const struct block_header *h = rules->head;
    struct eval *e = calloc(1, sizeof *e);

    if (!e)
        return NULL;
    e->rules = rules;
    e->trees = trees_new(rules);
    e->runs = calloc(h->sets.count + 1, sizeof *e->runs);
    e->groups = calloc(h->patterns.count + 1, sizeof *e->groups);
    e->touched = calloc(h->sets.count + 1, sizeof *e->touched);
    e->use_best = calloc(h->uses.count + 1, sizeof *e->use_best);
    if (!e->trees || !e->runs || !e->groups || !e->touched || !e->use_best) {
        eval_free(e);
        return NULL;
    }
    for (uint32_t i = 0; i < h->patterns.count; i++)
        e->groups[i].all = (uint8_t)((1u << rules->patterns[i].ngroups) - 1);
    return e;
}

void eval_free(struct eval *e)
{
    if (!e)
        return;
    trees_free(e->trees);
    free(e->runs);
    free(e->groups);
    free(e->touched);
    free(e->use_best);
    free(e->marks);
    free(e->uses);
    free(e->sentence);
    free(e->silent);
    free(e->stops);
    free(e);
}

static bool in_field(const struct block_use *u, const struct matcher_hit *h, const struct fold *f)
{
    return u->field == BLOCK_BOTH || (u->field == BLOCK_TITLE) == (h->start < f->title);
}

static int reserve(struct eval *e, size_t n)
{
    size_t cap = e->cap ? e->cap : 256;

    if (n <= e->cap)
        return 0;
    while (cap < n)
        cap *= 2;
    struct tree_mark *marks = realloc(e->marks, cap * sizeof *marks);
    if (!marks)
        return ERR_NOMEM;
    e->marks = marks;
    struct use *uses = realloc(e->uses, cap * sizeof *uses);
    if (!uses)
        return ERR_NOMEM;
    e->uses = uses;
    e->cap = cap;
    return 0;
}

/* A group of a pattern stands in the text. */
static uint32_t note_group(struct eval *e, uint32_t group)
{
    uint32_t pattern = e->rules->groups[group].pattern;
    struct groups *g = &e->groups[pattern];

    if (g->turn != e->groups_turn) {
        g->turn = e->groups_turn;
        g->found = 0;
    }
    g->found |= (uint8_t)(1u << (group - e->rules->patterns[pattern].first_group));
    return pattern;
}

/* The uses of all hits. Terms and uses lie far apart when there are many. */
static int find_uses(struct eval *e, const struct fold *f, const struct matcher_hits *hits,
                     size_t *n)
{
    enum { AHEAD = 8 };
    const struct rules *r = e->rules;

    *n = 0;
    e->groups_turn++;
    for (uint32_t i = 0; i < hits->n; i++) {
        const struct block_term *t = &r->terms[hits->list[i].term];
        if (i + 2 * AHEAD < hits->n)
            __builtin_prefetch(&r->terms[hits->list[i + 2 * AHEAD].term]);
        if (i + AHEAD < hits->n)
            __builtin_prefetch(&r->uses[r->terms[hits->list[i + AHEAD].term].first_use]);
        if (reserve(e, *n + t->nuses))
            return ERR_NOMEM;
        for (uint32_t u = t->first_use; u < t->first_use + t->nuses; u++) {
            const struct block_use *use = &r->uses[u];
            if (use->what == BLOCK_PLACE || !in_field(use, &hits->list[i], f) ||
                !trees_scope(e->trees, use->scope))
                continue;
            e->uses[(*n)++] = (struct use){
                use->set, use->what == BLOCK_GROUP ? note_group(e, use->target) : NO_PATTERN,
                {.hit = i, .use = u, .target = use->target, .root = use->root,
                 .what = use->what, .role = (uint8_t)use->role}};
        }
    }
    return 0;
}

/* Most words of patterns stand in texts that lack the pattern's other groups, and are left out
 * before they cost more. The rest is counted by set. */
static size_t count_uses(struct eval *e, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        const struct use *use = &e->uses[i];
        if (use->pattern != NO_PATTERN &&
            e->groups[use->pattern].found != e->groups[use->pattern].all)
            continue;
        if (!e->runs[use->set].count++)
            e->touched[e->ntouched++] = use->set;
        e->conditions |= use->mark.what != BLOCK_ANY;
        e->uses[kept++] = *use;
    }
    return kept;
}

/* Counting sort of all uses by set; within a set by the start of the hit. Only the sets with a
 * use are touched: there may be a thousand others. */
static int sort_marks(struct eval *e, const struct fold *f, const struct matcher_hits *hits)
{
    uint32_t first = 0;
    size_t n;

    for (size_t i = 0; i < e->ntouched; i++)
        e->runs[e->touched[i]] = (struct run){0};
    e->ntouched = 0;
    e->conditions = false;
    if (find_uses(e, f, hits, &n))
        return ERR_NOMEM;
    n = count_uses(e, n);
    for (size_t i = 0; i < e->ntouched; i++) {
        struct run *run = &e->runs[e->touched[i]];
        run->first = first;
        first += run->count;
        run->count = 0;
    }
    for (size_t i = 0; i < n; i++) {
        struct run *run = &e->runs[e->uses[i].set];
        e->marks[run->first + run->count++] = e->uses[i].mark;
    }
    return 0;
}

static int number_sentences(struct eval *e, const struct fold *f, const struct matcher_hits *hits)
{
    uint32_t number = 0;

    if (hits->n > e->hits_cap) {
        uint32_t *more = realloc(e->sentence, 2 * hits->n * sizeof *more);
        if (!more)
            return ERR_NOMEM;
        e->sentence = more;
        e->hits_cap = 2 * hits->n;
    }
    if (f->n + 1 > e->stops_cap) { /* at most so many sentences */
        free(e->silent);
        free(e->stops);
        e->silent = calloc(2 * f->n + 1, sizeof *e->silent);
        e->stops = calloc(2 * f->n + 1, sizeof *e->stops);
        e->stops_cap = e->silent && e->stops ? 2 * f->n + 1 : 0;
        if (!e->stops_cap)
            return ERR_NOMEM;
    }
    size_t n = fold_stops(f, e->stops);
    for (size_t i = 0; i < hits->n; i++) {
        while (number < n && e->stops[number] < hits->list[i].start)
            number++;
        e->sentence[i] = number;
    }
    trees_sentences(e->trees, e->stops, n, e->sentence);
    return 0;
}

/* Mark the sentences in which something vetoes this set. */
static int silence(struct eval *e, const struct run *run)
{
    const uint32_t *roots;
    uint32_t m = run->first, end = run->first + run->count;
    bool title;

    while (m < end) {
        uint32_t sentence = e->sentence[e->marks[m].hit];
        trees_turn(e->trees);
        for (; m < end && e->sentence[e->marks[m].hit] == sentence; m++) {
            if (e->marks[m].what == BLOCK_NONE)
                e->silent[sentence] = e->turn;
            else if (e->marks[m].role == ROLE_NONE && trees_feed(e->trees, e->marks, m))
                return ERR_NOMEM;
        }
        for (size_t i = 0, n = trees_touched(e->trees, &roots); i < n; i++)
            if (trees_met(e->trees, roots[i], &title))
                e->silent[sentence] = e->turn;
    }
    return 0;
}

static void count_more(float *best, float weight, float *evidence)
{
    if (weight > *best) {
        *evidence += weight - *best;
        *best = weight;
    }
}

/* The conditions that were fed: evidence, or a higher grade. */
static void weigh_trees(struct eval *e, uint32_t set)
{
    struct run *run = &e->runs[set];
    const uint32_t *roots;
    bool title;

    for (size_t i = 0, n = trees_touched(e->trees, &roots); i < n; i++) {
        const struct block_root *root = &e->rules->roots[roots[i]];
        if (!trees_met(e->trees, roots[i], &title))
            continue;
        if (root->role == ROLE_GRADE) {
            if (root->grade > run->grade)
                run->grade = (enum block_grade)root->grade;
            continue;
        }
        run->evidence += root->weight * (title ? TITLE_FACTOR : 1);
        trees_count(e->trees, roots[i], e->marks, run->first, run->first + run->count);
    }
}

static int weigh_set(struct eval *e, uint32_t set, const struct fold *f,
                     const struct matcher_hits *hits)
{
    const struct rules *r = e->rules;
    struct run *run = &e->runs[set];
    uint32_t end = run->first + run->count;
    bool has_veto = false;

    run->grade = (enum block_grade)r->sets[set].grade;
    if (!trees_scope(e->trees, r->sets[set].scope))
        return 0;
    for (uint32_t m = run->first; m < end; m++) {
        e->use_best[e->marks[m].use] = 0;
        has_veto |= e->marks[m].role == ROLE_NONE;
    }
    e->turn++;
    if (has_veto && silence(e, run))
        return ERR_NOMEM;
    trees_turn(e->trees);
    for (uint32_t m = run->first; m < end; m++) {
        struct tree_mark *mark = &e->marks[m];
        mark->silent = has_veto && e->silent[e->sentence[mark->hit]] == e->turn;
        if (mark->silent || mark->role == ROLE_NONE)
            continue;
        if (mark->what != BLOCK_ANY) {
            if (trees_feed(e->trees, e->marks, m))
                return ERR_NOMEM;
            continue;
        }
        bool title = hits->list[mark->hit].start < f->title;
        mark->counts = true;
        count_more(&e->use_best[mark->use], r->uses[mark->use].weight * (title ? TITLE_FACTOR : 1),
                   &run->evidence);
    }
    weigh_trees(e, set);
    return 0;
}

int eval_run(struct eval *e, const struct fold *f, const struct matcher_hits *hits,
             const struct eval_about *about)
{
    e->hits = hits;
    e->fold = f;
    trees_item(e->trees, f, hits, about);
    if (sort_marks(e, f, hits) || (e->conditions && number_sentences(e, f, hits)))
        return ERR_NOMEM;
    for (size_t i = 0; i < e->ntouched; i++)
        if (weigh_set(e, e->touched[i], f, hits))
            return ERR_NOMEM;
    return 0;
}

enum eval_fate eval_fate(const struct eval *e, uint32_t hit, uint32_t use)
{
    const struct block_use *u = &e->rules->uses[use];
    const struct run *run = &e->runs[u->set];

    if (!trees_scope(e->trees, u->scope) || !trees_scope(e->trees, e->rules->sets[u->set].scope))
        return EVAL_SCOPE;
    for (uint32_t m = run->first; m < run->first + run->count; m++) {
        const struct tree_mark *mark = &e->marks[m];
        if (mark->hit != hit || mark->use != use)
            continue;
        return mark->role == ROLE_NONE ? EVAL_VETO
               : mark->counts          ? EVAL_COUNTS
               : mark->silent          ? EVAL_SILENT
                                       : EVAL_UNMET;
    }
    return u->what == BLOCK_GROUP && in_field(u, &e->hits->list[hit], e->fold) ? EVAL_UNMET
                                                                               : EVAL_FIELD;
}

size_t eval_sets(const struct eval *e, const uint32_t **sets)
{
    *sets = e->touched;
    return e->ntouched;
}

float eval_evidence(const struct eval *e, uint32_t set)
{
    return e->runs[set].evidence;
}

enum block_grade eval_grade(const struct eval *e, uint32_t set)
{
    return e->runs[set].grade;
}

uint32_t eval_limits(const struct eval *e)
{
    return trees_limits(e->trees);
}

/* Into its place by start, unless the list is full of earlier ones. */
static size_t insert(struct eval_reason *why, size_t n, size_t max, struct eval_reason one)
{
    size_t at = n < max ? n : max - 1;

    if (n == max && why[at].start <= one.start)
        return n;
    for (; at && why[at - 1].start > one.start; at--)
        why[at] = why[at - 1];
    why[at] = one;
    return n < max ? n + 1 : n;
}

size_t eval_why(const struct eval *e, uint32_t set, struct eval_reason *why, size_t max)
{
    const struct rules *r = e->rules;
    const struct run *run = &e->runs[set];
    const struct tree_found *found;
    const struct matcher_hit *hits = e->hits->list;
    size_t n = 0, finds = trees_finds(e->trees, &found);
    uint32_t last = UINT32_MAX;

    for (uint32_t m = run->first; m < run->first + run->count && n < max; m++) {
        const struct tree_mark *mark = &e->marks[m];
        if (!mark->counts || mark->hit == last)
            continue;
        last = mark->hit;
        why[n++] = (struct eval_reason){block_str(r, r->terms[hits[last].term].text),
                                        hits[last].start, hits[last].end};
    }
    for (size_t i = 0; i < finds && max; i++) {
        const struct block_regex *x = &r->regexes[found[i].regex];
        if (found[i].counts && r->roots[r->nodes[x->node].root].set == set)
            n = insert(why, n, max, (struct eval_reason){block_str(r, x->written), found[i].start,
                                                         found[i].end});
    }
    return n;
}
