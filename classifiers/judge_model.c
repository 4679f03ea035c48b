/* The second opinion: what the model that lies in the rules' block says of an item, beside what the
 * rules said. */
#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "classifiers/judge_scratch.h"
#include "classifiers/learn/learn.h"

struct judge_model {
    struct learn_model *learned;
    struct features features;
    int topics[SAMPLES_LABELS_MAX]; /* of each label, or -1 */
    bool *asked;                    /* of each topic: the model knows it */
};

int judge_model_open(struct judge *j)
{
    const struct rules *r = j->rules;
    struct judge_model *m;
    int err;

    if (!r->head->model.count)
        return 0;
    m = j->model = calloc(1, sizeof *m);
    if (!m || !(m->asked = calloc(r->head->ntopics + (size_t)1, sizeof *m->asked)))
        return ERR_NOMEM;
    err = learn_read((struct str){r->model, r->head->model.count}, &m->learned);
    for (size_t i = 0; !err && i < learn_labels(m->learned); i++) {
        m->topics[i] = rules_find(r, learn_label(m->learned, i));
        if (m->topics[i] >= 0)
            m->asked[m->topics[i]] = true;
    }
    return err;
}

void judge_model_close(struct judge *j)
{
    if (!j->model)
        return;
    learn_free(j->model->learned);
    features_free(&j->model->features);
    free(j->model->asked);
    free(j->model);
}

/* The rules' score on a scale on which every topic's threshold is a half. */
static float even_score(const struct judge *j, uint32_t set)
{
    float score = eval_evidence(j->eval, set) > 0 ? j->scores[set] : 0;
    float threshold = j->rules->sets[set].threshold;

    if (score < threshold)
        return 0.5f * score / threshold;
    return 0.5f + 0.5f * (score - threshold) / (1 - threshold);
}

static void note_doubt(float opinion, struct verdict *out)
{
    float doubt = 1 - 2 * fabsf(opinion - 0.5f);

    if (doubt > out->doubt)
        out->doubt = doubt < 1 ? doubt : 1;
}

static bool is_tagged(const struct verdict *v, struct str topic)
{
    for (size_t i = 0; i < v->ntags; i++)
        if (str_eq(v->tags[i].topic, topic))
            return true;
    return false;
}

static int by_score(const void *a, const void *b)
{
    const struct verdict_tag *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return str_order(x->topic, y->topic);
}

/* Append to a list in the arena, which has no room beyond what it holds. */
static int append(struct verdict_tag **list, size_t *n, const struct verdict_tag *more,
                  struct arena *arena)
{
    struct verdict_tag *all = arena_alloc(arena, *n + 1, sizeof *all);

    if (!all)
        return ERR_NOMEM;
    if (*n)
        memcpy(all, *list, *n * sizeof *all);
    all[(*n)++] = *more;
    *list = all;
    return 0;
}

/* What the model says and no rule: onto the tags where that is enough, else onto the proposals. */
static int place(struct judge *j, struct verdict_tag *said, size_t n, struct arena *arena,
                 struct verdict *out)
{
    qsort(said, n, sizeof *said, by_score);
    for (size_t i = 0; i < n; i++) {
        int set = rules_find(j->rules, said[i].topic);
        bool alone = j->rules->sets[set].learned && out->ntags < VERDICT_TAGS_MAX;
        said[i].topic = arena_str(arena, said[i].topic);
        int err = !said[i].topic.p ? ERR_NOMEM
                  : alone ? append(&out->tags, &out->ntags, &said[i], arena)
                          : append(&out->proposed, &out->nproposed, &said[i], arena);
        if (err)
            return err;
    }
    return 0;
}

static int ask(struct judge *j, struct arena *arena, struct verdict *out)
{
    struct judge_model *m = j->model;
    float likely[SAMPLES_LABELS_MAX];
    struct verdict_tag said[SAMPLES_LABELS_MAX];
    size_t n = 0;
    int err = learn_apply_folded(m->learned, &m->features, &j->fold, likely);

    for (size_t i = 0; !err && i < learn_labels(m->learned); i++) {
        int set = m->topics[i];
        if (set < 0 || !eval_in_scope(j->eval, (uint32_t)set))
            continue;
        struct str topic = block_str(j->rules, j->rules->sets[set].id);
        note_doubt((even_score(j, (uint32_t)set) + likely[i]) / 2, out);
        if (likely[i] >= 0.5f && !is_tagged(out, topic))
            said[n++] = (struct verdict_tag){
                .topic = topic, .score = likely[i], .model = true,
                .grade = str_from(block_grades[j->rules->sets[set].grade])};
    }
    return err || !n ? err : place(j, said, n, arena, out);
}

int judge_model_run(struct judge *j, struct arena *arena, struct verdict *out)
{
    const uint32_t *sets;
    size_t n = eval_sets(j->eval, &sets);

    for (size_t i = 0; i < n; i++)
        if (sets[i] < j->rules->head->ntopics && eval_evidence(j->eval, sets[i]) > 0 &&
            !(j->model && j->model->asked[sets[i]]))
            note_doubt(even_score(j, sets[i]), out);
    return j->model ? ask(j, arena, out) : 0;
}
