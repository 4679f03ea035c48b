#include "classifiers/workbench/evaluate.h"

#include <stdlib.h>

#include "base/err.h"

double evaluate_precision(struct evaluate_counts c)
{
    return c.right + c.wrong ? (double)c.right / (double)(c.right + c.wrong) : 0;
}

double evaluate_recall(struct evaluate_counts c)
{
    return c.right + c.missed ? (double)c.right / (double)(c.right + c.missed) : 0;
}

double evaluate_f1(struct evaluate_counts c)
{
    size_t all = 2 * c.right + c.wrong + c.missed;

    return all ? 2.0 * (double)c.right / (double)all : 0;
}

double evaluate_macro_f1(const struct evaluation *e)
{
    double sum = 0, n = 0;

    for (size_t i = 0; i < e->samples->nlabels; i++)
        if (e->known >> i & 1) {
            sum += evaluate_f1(e->labels[i]);
            n++;
        }
    return n > 0 ? sum / n : 0;
}

void evaluate_count_one(uint64_t labels, uint64_t given, size_t nlabels,
                        struct evaluate_counts counts[SAMPLES_LABELS_MAX])
{
    for (size_t k = 0; k < nlabels; k++) {
        bool is = labels >> k & 1, found = given >> k & 1;
        counts[k].right += is && found;
        counts[k].wrong += !is && found;
        counts[k].missed += is && !found;
    }
}

static int first_label(uint64_t labels)
{
    return labels ? __builtin_ctzll(labels) : -1;
}

/* The tag's terms, in the evaluation's own memory. */
static struct verdict_tag *keep_tag(struct evaluation *e, const struct verdict_tag *tag)
{
    struct verdict_tag *copy = arena_alloc(e->arena, 1, sizeof *copy);

    if (!copy)
        return NULL;
    *copy = (struct verdict_tag){.topic = arena_str(e->arena, tag->topic), .score = tag->score,
                                 .hits = arena_alloc(e->arena, tag->nhits + 1, sizeof *tag->hits),
                                 .nhits = tag->nhits};
    if (!copy->topic.p || !copy->hits)
        return NULL;
    for (size_t i = 0; i < tag->nhits; i++) {
        copy->hits[i] = tag->hits[i];
        if (!(copy->hits[i].term = arena_str(e->arena, tag->hits[i].term)).p)
            return NULL;
    }
    return copy;
}

/* Keep w when it is among the worst: of alarms those that the rules were surest of, of misses those
 * where they saw least. */
static int note_worst(struct evaluation *e, struct evaluate_worst *list, size_t *n,
                      struct evaluate_worst w, const struct verdict_tag *tag)
{
    size_t at = *n < EVALUATE_WORST ? *n : EVALUATE_WORST;

    while (at > 0 && (list == e->misses ? list[at - 1].score > w.score
                                        : list[at - 1].score < w.score))
        at--;
    if (at == EVALUATE_WORST)
        return 0;
    w.tag = tag ? keep_tag(e, tag) : NULL;
    if (tag && !w.tag)
        return ERR_NOMEM;
    size_t last = *n < EVALUATE_WORST ? (*n)++ : EVALUATE_WORST - 1;
    memmove(&list[at + 1], &list[at], (last - at) * sizeof *list);
    list[at] = w;
    return 0;
}

/* Labels of the tags; when only one may be given, of the strongest that stands for any. */
static uint64_t give(const struct evaluation *e, const struct rules *rules,
                     const struct samples_map *map, const struct verdict *v,
                     const struct verdict_tag *by[SAMPLES_LABELS_MAX])
{
    uint64_t given = 0;

    for (size_t i = 0; i < v->ntags; i++) {
        int topic = rules_find(rules, v->tags[i].topic);
        uint64_t labels = topic < 0 ? 0 : map->labels[topic];
        for (uint64_t left = labels & ~given; left; left &= left - 1)
            by[first_label(left)] = &v->tags[i];
        given |= labels;
        if (given && e->single)
            return given & -given;
    }
    return given;
}

static int note(struct evaluation *e, size_t i, const struct verdict_tag **by)
{
    uint64_t is = e->samples->list[i].labels, given = e->found[i];
    int err = 0;

    for (uint64_t left = given & ~is; left && !err; left &= left - 1) {
        int label = first_label(left);
        if (!by[label]) /* nothing was given: that is a miss, and no alarm */
            continue;
        struct evaluate_worst w = {.sample = i, .label = label, .other = first_label(is),
                                   .score = by[label]->score};
        err = note_worst(e, e->alarms, &e->nalarms, w, by[label]);
    }
    for (uint64_t left = is & ~given; left && !err; left &= left - 1) {
        int other = first_label(given);
        other = other < 0 || !by[other] ? -1 : other;
        struct evaluate_worst w = {.sample = i, .label = first_label(left), .other = other,
                                   .score = other < 0 ? 0 : by[other]->score};
        err = note_worst(e, e->misses, &e->nmisses, w, other < 0 ? NULL : by[other]);
    }
    return err;
}

static void count(struct evaluate_counts *c, bool is, bool found)
{
    c->right += is && found;
    c->wrong += !is && found;
    c->missed += is && !found;
}

static void note_about(struct evaluation *e, const struct sample_about *is, const struct verdict *v)
{
    if (is->kind >= 0) {
        e->kinds_told++;
        count(&e->raised, is->kind == VERDICT_RAISED, v->kind == VERDICT_RAISED);
    }
    if (is->request < 0)
        return;
    e->requests_told++;
    for (int k = 0; k <= REQUEST_REPORT; k++)
        count(&e->requests[k], is->request == k, (int)v->request == k);
}

/* The label of what has no topic, or 0. */
static uint64_t label_none(const struct samples *s)
{
    for (size_t k = 0; k < s->nlabels; k++)
        if (str_is(s->labels[k], SAMPLES_NONE))
            return UINT64_C(1) << k;
    return 0;
}

/* Which samples are looked at, of which all others have an answer. */
struct again {
    const struct evaluation *before;
    const bool *touches;
};

static int judge_samples(struct evaluation *e, const struct rules *rules,
                         const struct samples_map *map, const struct again *again,
                         void (*progress)(size_t, size_t))
{
    struct judge *j = judge_new(rules);
    struct arena *arena = arena_new();
    int err = j && arena ? 0 : ERR_NOMEM;
    uint64_t none = label_none(e->samples);

    for (size_t i = 0; i < e->samples->n && !err; i++) {
        const struct sample *sample = &e->samples->list[i];
        int from = sample->about.from;
        const struct judge_context context = {.kind = (enum source_kind)(from < 0 ? 0 : from)};
        const struct verdict_tag *by[SAMPLES_LABELS_MAX] = {0};
        struct verdict v;
        if (again && !again->touches[i]) {
            e->found[i] = again->before->found[i];
            continue;
        }
        arena_reset(arena);
        if ((err = judge_text(j, sample->title, sample->text, 0, from < 0 ? NULL : &context,
                              arena, &v)))
            break;
        e->found[i] = give(e, rules, map, &v, by);
        e->found[i] = e->found[i] ? e->found[i] : none;
        if (again)
            continue;
        note_about(e, &sample->about, &v);
        err = note(e, i, by);
        if (progress)
            progress(i + 1, e->samples->n);
    }
    arena_free(arena);
    judge_free(j);
    return err;
}

static void sum_up(struct evaluation *e, const struct samples_map *map)
{
    const struct samples *s = e->samples;

    for (size_t i = 0; i < s->n; i++)
        evaluate_count_one(s->list[i].labels, e->found[i], s->nlabels, e->labels);
    for (size_t i = 0; i < map->ntopics; i++)
        e->known |= map->labels[i];
    for (size_t i = 0; i < s->n; i++)
        e->known |= s->list[i].labels;
    for (size_t k = 0; k < s->nlabels; k++) {
        struct evaluate_counts c = e->labels[k];
        /* A topic that neither stands for a sample's label nor was given says nothing. */
        if (!(c.right + c.wrong + c.missed))
            e->known &= ~(UINT64_C(1) << k);
        e->all.right += c.right;
        e->all.wrong += c.wrong;
        e->all.missed += c.missed;
    }
    for (size_t i = 0; e->single && i < s->n; i++)
        e->confusion[first_label(s->list[i].labels)]
                    [e->found[i] ? (size_t)first_label(e->found[i]) : s->nlabels]++;
}

static int evaluate(const struct rules *rules, const struct samples *s,
                    const struct samples_map *map, const struct again *again,
                    void (*progress)(size_t, size_t), struct evaluation **out)
{
    struct arena *arena = arena_new();
    struct evaluation *e = arena ? arena_alloc(arena, 1, sizeof *e) : NULL;

    if (!e)
        goto fail;
    e->arena = arena;
    e->samples = s;
    e->single = samples_single(s);
    e->found = arena_alloc(arena, s->n + 1, sizeof *e->found);
    if (!e->found || judge_samples(e, rules, map, again, progress))
        goto fail;
    sum_up(e, map);
    *out = e;
    return 0;
fail:
    arena_free(arena);
    return ERR_NOMEM;
}

int evaluate_rules(const struct rules *rules, const struct samples *s,
                   const struct samples_map *map, void (*progress)(size_t done, size_t total),
                   struct evaluation **out)
{
    return evaluate(rules, s, map, NULL, progress, out);
}

int evaluate_again(const struct rules *rules, const struct samples_map *map,
                   const struct evaluation *before, const bool *touches, struct evaluation **out)
{
    return evaluate(rules, before->samples, map, &(struct again){before, touches}, NULL, out);
}

void evaluate_free(struct evaluation *e)
{
    if (e)
        arena_free(e->arena);
}
