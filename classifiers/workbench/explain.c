#include "classifiers/workbench/explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "classifiers/judge_scratch.h"

static const struct {
    const char *name, *zh;
} fates[] = {
    [EVAL_COUNTS] = {"counts", "计入"},
    [EVAL_VETO] = {"veto", "否决词"},
    [EVAL_SILENT] = {"silenced", "同句有否决词"},
    [EVAL_UNMET] = {"unmet", "组合条件未满足"},
    [EVAL_FIELD] = {"field", "不在所限的标题或正文"},
    [EVAL_SCOPE] = {"scope", "不在所限的来源、地区或日期"},
}, outcomes[] = {
    [EXPLAIN_GIVEN] = {"given", "归入"},
    [EXPLAIN_LOW] = {"below-threshold", "未达阈值"},
    [EXPLAIN_VETO] = {"vetoed", "被否决"},
    [EXPLAIN_SCOPE] = {"out-of-scope", "不在适用范围"},
    [EXPLAIN_UNMET] = {"unmet", "条件未满足"},
};

const char *explain_fate_name(enum eval_fate fate)
{
    return fates[fate].name;
}

const char *explain_fate_zh(enum eval_fate fate)
{
    return fates[fate].zh;
}

const char *explain_outcome_name(enum explain_outcome outcome)
{
    return outcomes[outcome].name;
}

const char *explain_outcome_zh(enum explain_outcome outcome)
{
    return outcomes[outcome].zh;
}

/* The root that a use's condition belongs to; NULL for a term by itself. */
static const struct block_root *root_of(const struct rules *r, const struct block_use *u)
{
    switch (u->what) {
    case BLOCK_GROUP:
        return &r->roots[r->nodes[r->patterns[r->groups[u->target].pattern].node].root];
    case BLOCK_LEAF:
    case BLOCK_NEEDS:
        return &r->roots[r->nodes[u->target].root];
    default:
        return NULL;
    }
}

static size_t count_uses(const struct judge *j, uint32_t set)
{
    size_t n = 0;

    for (size_t i = 0; i < j->hits.n; i++) {
        const struct block_term *t = &j->rules->terms[j->hits.list[i].term];
        for (uint32_t u = t->first_use; u < t->first_use + t->nuses; u++)
            n += j->rules->uses[u].what != BLOCK_PLACE && j->rules->uses[u].set == set;
    }
    return n;
}

static struct explain_hit make_hit(const struct judge *j, struct str whole, uint32_t hit,
                                   uint32_t use)
{
    const struct rules *r = j->rules;
    const struct block_use *u = &r->uses[use];
    const struct block_root *root = root_of(r, u);
    const struct matcher_hit *h = &j->hits.list[hit];

    return (struct explain_hit){.rule = block_str(r, r->terms[h->term].text),
                                .start = j->fold.start[h->start],
                                .end = (uint32_t)fold_end(&j->fold, whole, h->end - 1),
                                .weight = u->what == BLOCK_NONE ? 0
                                          : root                ? root->weight
                                                                : u->weight,
                                .fate = eval_fate(j->eval, hit, use),
                                .condition = root != NULL};
}

static int by_place(const void *a, const void *b)
{
    const struct explain_hit *x = a, *y = b;

    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->end != y->end ? (x->end < y->end ? -1 : 1) : (int)x->fate - (int)y->fate;
}

/* What a regex met is in no term's use: it is told by the evaluation alone. */
static void add_regexes(const struct judge *j, uint32_t set, struct str whole,
                          struct explain_set *out)
{
    struct eval_reason why[VERDICT_HITS_MAX];
    size_t n = eval_why(j->eval, set, why, VERDICT_HITS_MAX), before = out->nhits;

    for (size_t i = 0; i < n; i++) {
        struct explain_hit h = {.rule = why[i].rule, .start = j->fold.start[why[i].start],
                                .end = (uint32_t)fold_end(&j->fold, whole, why[i].end - 1),
                                .fate = EVAL_COUNTS, .condition = true};
        size_t k = 0;
        while (k < before && !(out->hits[k].start == h.start && str_eq(out->hits[k].rule, h.rule)))
            k++;
        if (k == before)
            out->hits[out->nhits++] = h;
    }

}

/* How the text is built, each form at the first place where it is. */
static void add_forms(const struct judge *j, enum block_cue cue, struct str whole,
                      struct explain_set *out)
{
    for (int i = 0; i < BLOCK_FORMS; i++) {
        const struct kind_form *form = &j->forms[i];
        float weight = (float)form->count * j->rules->head->forms[cue][i];
        if (weight > 0)
            out->hits[out->nhits++] = (struct explain_hit){
                .rule = str_from(kind_form_zh((enum block_form)i)),
                .start = j->fold.start[form->start],
                .end = (uint32_t)fold_end(&j->fold, whole, form->end - 1),
                .weight = weight,
                .fate = EVAL_COUNTS};
    }
}

static int fill_set(const struct judge *j, uint32_t set, struct str whole, struct arena *arena,
                    struct explain_set *out)
{
    out->hits = arena_alloc(arena, count_uses(j, set) + VERDICT_HITS_MAX + BLOCK_FORMS,
                            sizeof *out->hits);
    if (!out->hits)
        return ERR_NOMEM;
    out->evidence = eval_evidence(j->eval, set);
    out->score = 1 - exp2f(-out->evidence);
    out->threshold = j->rules->sets[set].threshold;
    for (size_t i = 0; i < j->hits.n; i++) {
        const struct block_term *t = &j->rules->terms[j->hits.list[i].term];
        for (uint32_t u = t->first_use; u < t->first_use + t->nuses; u++)
            if (j->rules->uses[u].what != BLOCK_PLACE && j->rules->uses[u].set == set)
                out->hits[out->nhits++] = make_hit(j, whole, (uint32_t)i, u);
    }
    add_regexes(j, set, whole, out);
    if (set >= j->rules->head->ntopics) {
        enum block_cue cue = (enum block_cue)(set - j->rules->head->ntopics);
        out->evidence = judge_cue(j, cue);
        add_forms(j, cue, whole, out);
    }
    if (out->nhits)
        qsort(out->hits, out->nhits, sizeof *out->hits, by_place);
    return 0;
}

static bool has_fate(const struct explain_set *s, enum eval_fate fate)
{
    for (size_t i = 0; i < s->nhits; i++)
        if (s->hits[i].fate == fate)
            return true;
    return false;
}

static enum explain_outcome outcome_of(const struct explain_set *s, bool given)
{
    return given                           ? EXPLAIN_GIVEN
           : s->evidence > 0               ? EXPLAIN_LOW
           : has_fate(s, EVAL_SILENT)      ? EXPLAIN_VETO
           : has_fate(s, EVAL_UNMET)       ? EXPLAIN_UNMET
           : has_fate(s, EVAL_SCOPE)       ? EXPLAIN_SCOPE
                                           : EXPLAIN_UNMET;
}

static int by_weight(const void *a, const void *b)
{
    const struct explain_set *x = a, *y = b;

    if ((x->outcome == EXPLAIN_GIVEN) != (y->outcome == EXPLAIN_GIVEN))
        return x->outcome == EXPLAIN_GIVEN ? -1 : 1;
    if (x->evidence > y->evidence || x->evidence < y->evidence)
        return x->evidence > y->evidence ? -1 : 1;
    return str_order(x->id, y->id);
}

static int fill_topics(const struct judge *j, struct str whole, struct arena *arena,
                       struct explanation *out)
{
    const struct rules *r = j->rules;

    out->topics = arena_alloc(arena, r->head->ntopics + (size_t)1, sizeof *out->topics);
    if (!out->topics)
        return ERR_NOMEM;
    for (uint32_t set = 0; set < r->head->ntopics; set++) {
        struct explain_set s = {.id = block_str(r, r->sets[set].id),
                                .zh = block_str(r, r->sets[set].zh)};
        bool given = false;
        if (fill_set(j, set, whole, arena, &s))
            return ERR_NOMEM;
        for (size_t i = 0; i < out->verdict.ntags; i++)
            given |= !out->verdict.tags[i].model && str_eq(out->verdict.tags[i].topic, s.id);
        s.outcome = outcome_of(&s, given);
        if (s.nhits)
            out->topics[out->ntopics++] = s;
    }
    if (out->ntopics)
        qsort(out->topics, out->ntopics, sizeof *out->topics, by_weight);
    return 0;
}

static int fill_cues(const struct judge *j, struct str whole, struct arena *arena,
                     struct explanation *out)
{
    for (uint32_t cue = 0; cue < BLOCK_CUES; cue++) {
        struct explain_set *s = &out->cues[cue];
        bool request = cue >= BLOCK_REQUESTS;
        enum verdict_request which = (enum verdict_request)(cue - BLOCK_REQUESTS);
        s->id = str_from(request               ? verdict_request_name(which)
                         : cue == BLOCK_RAISED ? "raised"
                                               : "reported");
        s->zh = str_from(request               ? verdict_request_zh(which)
                         : cue == BLOCK_RAISED ? "反映问题"
                                               : "通报消息");
        if (fill_set(j, j->rules->head->ntopics + cue, whole, arena, s))
            return ERR_NOMEM;
        s->outcome = outcome_of(s, s->evidence > 0);
    }
    return 0;
}

int explain_text(struct judge *j, struct str title, struct str text, int64_t published,
                 const struct judge_context *context, struct arena *arena,
                 struct explanation *out)
{
    static const unsigned priors[] = {[SOURCE_NEWS] = JUDGE_NEWS,
                                      [SOURCE_BOARD] = JUDGE_BOARD,
                                      [SOURCE_OFFICIAL] = JUDGE_OFFICIAL};

    *out = (struct explanation){0};
    int err = judge_text(j, title, text, published, context, arena, &out->verdict);
    if (err)
        return err;
    /* The judge keeps both in one piece: title, '\n', text. */
    struct str whole = {out->verdict.title.p, out->verdict.title.n + 1 + out->verdict.text.n};
    if (fill_topics(j, whole, arena, out) || fill_cues(j, whole, arena, out))
        return ERR_NOMEM;
    out->prior = j->rules->head->prior[context ? priors[context->kind] : JUDGE_UNKNOWN];
    out->lean = out->cues[BLOCK_RAISED].evidence - out->cues[BLOCK_REPORTED].evidence + out->prior;
    memcpy(out->request_prior, j->rules->head->request_prior, sizeof out->request_prior);
    return 0;
}
