#include "classifiers/rules/rules_eval.h"

#include <stdlib.h>

#include "base/err.h"
#include "classifiers/rules/rules_tree.h"
#include "classifiers/rules/rules_uses.h"

#define TITLE_FACTOR 1.5f

struct eval {
    const struct rules *rules;
    const struct matcher_hits *hits; /* of the last run */
    const struct fold *fold;
    struct trees *trees;
    struct words *words;
    struct voices *voices;
    struct uses *uses;
    struct tree_mark *marks; /* of the uses */
    const struct parts_use *table; /* which marks speak of */
    bool *counted;                /* of each of its uses: it is evidence already */
    uint32_t *others; /* of one set: marks that are more than evidence by themselves */
    size_t nothers, others_cap;
    uint32_t *sentence; /* of each hit */
    uint32_t *stops;    /* where sentences end */
    size_t stops_cap;   /* also of silent */
    uint64_t *silent;   /* of each sentence: the turn of the set that is vetoed there */
    uint64_t turn;
    size_t hits_cap;
};

struct eval *eval_new(const struct rules *rules)
{
    struct eval *e = calloc(1, sizeof *e);

    if (!e)
        return NULL;
    e->rules = rules;
    e->trees = trees_new(rules);
    e->words = words_new(rules);
    e->voices = e->words ? voices_new(rules, e->words) : NULL;
    e->uses = e->voices ? uses_new(rules, e->words, e->voices) : NULL;
    if (!e->trees || !e->uses) {
        eval_free(e);
        return NULL;
    }
    e->table = uses_table(e->uses);
    e->counted = uses_counted(e->uses);
    return e;
}

void eval_free(struct eval *e)
{
    if (!e)
        return;
    trees_free(e->trees);
    uses_free(e->uses);
    voices_free(e->voices);
    words_free(e->words);
    free(e->others);
    free(e->sentence);
    free(e->silent);
    free(e->stops);
    free(e);
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
        e->silent = calloc(2 * f->n + 2, sizeof *e->silent);
        e->stops = calloc(2 * f->n + 2, sizeof *e->stops);
        e->stops_cap = e->silent && e->stops ? 2 * f->n + 1 : 0; /* and one more */
        if (!e->stops_cap)
            return ERR_NOMEM;
    }
    size_t n = fold_stops(f, e->stops);
    uint32_t *const stops = e->stops, *const sentence = e->sentence;
    stops[n] = stops[n + 1] = UINT32_MAX;
    uint32_t stop = stops[0], after = stops[1];
    for (size_t i = 0; i < hits->n; i++) {
        const uint32_t start = hits->list[i].start;
        /* No branch, mostly it is this or nothing; and the next one need not wait for a load. */
        const bool past = stop < start;
        number += past;
        stop ^= (stop ^ after) & -(uint32_t)past;
        after = stops[number + 1];
        for (; stop < start; after = stops[number + 1])
            stop = stops[++number];
        sentence[i] = number;
    }
    trees_sentences(e->trees, e->stops, n, e->sentence);
    return 0;
}

/* Mark the sentences in which something vetoes this set. */
static int silence(struct eval *e, const struct uses_run *run)
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

/* The conditions that were fed: evidence, or a higher grade. */
static void weigh_trees(struct eval *e, uint32_t set)
{
    struct uses_run *run = uses_run(e->uses, set);
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
        trees_count(e->trees, roots[i], e->marks, e->others, e->nothers);
    }
}

/* Each use counts once, as what it weighs most: where it stands first, as the title does; and only
 * if it `counts` at all. No branch: neither that nor which hits are the first of their use can be
 * guessed. */
static inline float count_hit(struct eval *e, struct tree_mark *mark, bool counts, float evidence)
{
    bool title = e->hits->list[mark->hit].start < e->fold->title;
    float weight = e->table[mark->use].weight * (title ? TITLE_FACTOR : 1);
    bool *before = &e->counted[mark->use], first = counts & !*before;

    mark->counts = counts;
    *before |= counts;
    return evidence + weight * (float)first;
}

static int reserve_others(struct eval *e, size_t n)
{
    if (n <= e->others_cap)
        return 0;
    uint32_t *more = realloc(e->others, 2 * n * sizeof *more);
    if (!more)
        return ERR_NOMEM;
    e->others = more;
    e->others_cap = 2 * n;
    return 0;
}

/* Hits, vetoes and conditions as they stand in the text. */
static int weigh_marks(struct eval *e, struct uses_run *run)
{
    uint32_t end = run->first + run->count;
    const bool veto = run->traits & PARTS_VETO;
    float evidence = run->evidence;

    e->turn++;
    if (reserve_others(e, run->count) || (veto && silence(e, run)))
        return ERR_NOMEM;
    trees_turn(e->trees);
    uint32_t *const others = e->others;
    size_t n = 0;
    for (uint32_t m = run->first; m < end; m++) {
        struct tree_mark *mark = &e->marks[m];
        mark->silent = veto && e->silent[e->sentence[mark->hit]] == e->turn;
        bool heard = !mark->silent & (mark->role != ROLE_NONE), any = mark->what == BLOCK_ANY;
        evidence = count_hit(e, mark, heard & any, evidence);
        others[n] = m;
        n += !any;
    }
    run->evidence = evidence;
    e->nothers = n;
    return trees_feed_heard(e->trees, e->marks, e->others, e->nothers);
}

static int weigh_set(struct eval *e, uint32_t set)
{
    struct uses_run *run = uses_run(e->uses, set);
    uint32_t end = run->first + run->count;
    float evidence = run->evidence;

    run->grade = (enum block_grade)e->rules->sets[set].grade;
    if (!trees_scope(e->trees, e->rules->sets[set].scope))
        return 0;
    if (run->traits & PARTS_CONDITION) {
        int err = weigh_marks(e, run);
        if (!err)
            weigh_trees(e, set);
        return err;
    }
    for (uint32_t m = run->first; m < end; m++)
        evidence = count_hit(e, &e->marks[m], true, evidence);
    run->evidence = evidence;
    return 0;
}

/* What the cues begin with. */
static void hear_voices(struct eval *e, const struct uses_text *text)
{
    float sum[BLOCK_CUES];

    voices_sum(e->voices, text->words, text->hits, text->fold->title, TITLE_FACTOR, sum);
    for (uint32_t cue = 0; cue < BLOCK_CUES; cue++)
        uses_run(e->uses, e->rules->head->ntopics + cue)->evidence = sum[cue];
}

int eval_run(struct eval *e, const struct fold *f, const struct matcher_hits *hits,
             const struct eval_about *about)
{
    struct words_found words;
    const struct uses_text text = {f, hits, &words, e->trees};
    const uint32_t *sets;

    e->hits = hits;
    e->fold = f;
    trees_item(e->trees, f, hits, about);
    if (words_gather(e->words, hits, &words) || uses_gather(e->uses, &text) ||
        (uses_conditions(e->uses) && number_sentences(e, f, hits)))
        return ERR_NOMEM;
    e->marks = uses_marks(e->uses);
    hear_voices(e, &text);
    for (size_t i = 0, n = uses_sets(e->uses, &sets); i < n; i++)
        if (weigh_set(e, sets[i]))
            return ERR_NOMEM;
    return 0;
}

enum eval_fate eval_fate(const struct eval *e, uint32_t hit, uint32_t use)
{
    const struct block_use *u = &e->rules->uses[use];
    const struct uses_run *run = uses_run(e->uses, u->set);

    if (!trees_scope(e->trees, u->scope) || !trees_scope(e->trees, e->rules->sets[u->set].scope))
        return EVAL_SCOPE;
    for (uint32_t m = run->first; m < run->first + run->count; m++) {
        const struct tree_mark *mark = &e->marks[m];
        if (mark->hit != hit || uses_number(e->uses, mark->use) != use)
            continue;
        return mark->role == ROLE_NONE ? EVAL_VETO
               : mark->counts          ? EVAL_COUNTS
               : mark->silent          ? EVAL_SILENT
                                       : EVAL_UNMET;
    }
    if (voices_takes(e->voices, u))
        return EVAL_COUNTS;
    return u->what == BLOCK_GROUP && uses_in_field(u, &e->hits->list[hit], e->fold) ? EVAL_UNMET
                                                                               : EVAL_FIELD;
}

size_t eval_sets(const struct eval *e, const uint32_t **sets)
{
    return uses_sets(e->uses, sets);
}

float eval_evidence(const struct eval *e, uint32_t set)
{
    return uses_run(e->uses, set)->evidence;
}

bool eval_in_scope(const struct eval *e, uint32_t set)
{
    return trees_scope(e->trees, e->rules->sets[set].scope);
}

enum block_grade eval_grade(const struct eval *e, uint32_t set)
{
    return uses_run(e->uses, set)->grade;
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
    const struct uses_run *run = uses_run(e->uses, set);
    const struct tree_found *found;
    const struct matcher_hit *hits = e->hits->list;
    size_t n = 0, finds = trees_finds(e->trees, &found);
    uint32_t last = UINT32_MAX;

    /* Each term lies somewhere else: all are asked for before the first is looked at. Until then a
     * reason's `start` is the number of its hit. */
    for (uint32_t m = run->first; m < run->first + run->count && n < max; m++) {
        const struct tree_mark *mark = &e->marks[m];
        bool another = mark->counts & (mark->hit != last);
        last = mark->counts ? mark->hit : last;
        __builtin_prefetch(&r->terms[hits[mark->hit].term].text);
        why[n].start = mark->hit;
        n += another;
    }
    for (size_t i = 0; i < n; i++) {
        const struct matcher_hit *hit = &hits[why[i].start];
        why[i] = (struct eval_reason){block_str(r, r->terms[hit->term].text), hit->start,
                                      hit->end};
    }
    for (size_t i = 0; i < finds && max; i++) {
        const struct block_regex *x = &r->regexes[found[i].regex];
        if (found[i].counts && r->roots[r->nodes[x->node].root].set == set)
            n = insert(why, n, max, (struct eval_reason){block_str(r, x->written), found[i].start,
                                                         found[i].end});
    }
    return n;
}
