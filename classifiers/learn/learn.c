#include "classifiers/learn/learn_fit.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "classifiers/workbench/evaluate.h"

struct split { /* rows in an order, and the margins that cross-validation gave them */
    uint32_t *rows;
    size_t n;
    double *margins; /* of rows[i] for label l: margins[i * nlabels + l] */
};

/* splitmix64: the same seed, the same order, on every machine. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static void shuffle(uint32_t *rows, size_t n, uint64_t seed)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = draw(&seed) % i;
        uint32_t keep = rows[i - 1];
        rows[i - 1] = rows[k];
        rows[k] = keep;
    }
}

/* In runs of like labels (a sample of several goes by its first), each run in the order it had. */
static int stratify(const struct samples *s, uint32_t *rows, size_t n)
{
    size_t first[SAMPLES_LABELS_MAX + 2] = {0};
    uint32_t *out = calloc(n + 1, sizeof *out);

    if (!out)
        return ERR_NOMEM;
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < n; i++) {
            uint64_t labels = s->list[rows[i]].labels;
            size_t run = labels ? (size_t)__builtin_ctzll(labels) : SAMPLES_LABELS_MAX;
            if (turn)
                out[first[run]++] = rows[i];
            else
                first[run + 1]++;
        }
        for (size_t k = 1; !turn && k < SAMPLES_LABELS_MAX + 2; k++)
            first[k] += first[k - 1];
    }
    memcpy(rows, out, n * sizeof *rows);
    free(out);
    return 0;
}

/* Every LEARN_FOLDS-th row is asked about, the others are learned from; in turn all. */
static int cross_margins(struct learn_fit *f, struct split *p, uint64_t labels, uint32_t *part)
{
    for (size_t fold = 0; fold < LEARN_FOLDS; fold++) {
        struct learn_model *m;
        size_t n = 0;
        for (size_t i = 0; i < p->n; i++)
            if (i % LEARN_FOLDS != fold)
                part[n++] = p->rows[i];
        int err = learn_fit_run(f, part, n, labels, &m);
        if (err)
            return err;
        for (size_t i = fold; i < p->n; i += LEARN_FOLDS)
            learn_fit_margins(f, m, p->rows[i], p->margins + i * m->nlabels);
        learn_free(m);
    }
    return 0;
}

/* Labels of a row by its margins: the likeliest where each has one, else all from 0.5. */
static uint64_t decide(const struct learn_model *m, uint64_t labels, bool single,
                       const double *margins)
{
    uint64_t given = 0;
    float best = -1;

    for (uint32_t l = 0; labels; labels &= labels - 1, l++) {
        float p = learn_model_sigmoid(&m->labels[l], margins[l]);
        if (single ? p > best : p >= 0.5f) {
            given = single ? labels & -labels : given | (labels & -labels);
            best = p;
        }
    }
    return given;
}

/* Sigmoids and scores from margins that the model's twins gave to what they had not seen. */
static int calibrate(const struct samples *s, const struct split *p, uint64_t labels,
                     struct learn_model *m)
{
    double *margins = calloc(p->n + 1, sizeof *margins);
    bool *is = calloc(p->n + 1, sizeof *is);
    struct evaluate_counts counts[SAMPLES_LABELS_MAX] = {0};
    uint64_t left = labels;
    bool single = samples_single(s);
    int err = margins && is ? 0 : ERR_NOMEM;

    for (uint32_t l = 0; left && !err; left &= left - 1, l++) {
        for (size_t i = 0; i < p->n; i++) {
            margins[i] = p->margins[i * m->nlabels + l];
            is[i] = s->list[p->rows[i]].labels & (left & -left);
        }
        learn_fit_sigmoid(margins, is, p->n, &m->labels[l]);
    }
    for (size_t i = 0; i < p->n && !err; i++) {
        uint64_t given = decide(m, labels, single, p->margins + i * m->nlabels);
        evaluate_count_one(s->list[p->rows[i]].labels, given, s->nlabels, counts);
    }
    left = labels;
    for (uint32_t l = 0; left && !err; left &= left - 1, l++) {
        struct evaluate_counts c = counts[__builtin_ctzll(left)];
        m->labels[l].score = (struct learn_score){(float)evaluate_precision(c),
                                                  (float)evaluate_recall(c),
                                                  (float)evaluate_f1(c)};
    }
    free(margins);
    free(is);
    return err;
}

/* A calibrated model of rows[0..n), which are put in another order. */
static int fit_whole(struct learn_fit *f, const struct samples *s, uint32_t *rows, size_t n,
                     uint64_t labels, struct learn_model **out)
{
    size_t nlabels = (size_t)__builtin_popcountll(labels);
    struct split p = {rows, n, calloc(n * nlabels + 1, sizeof(double))};
    uint32_t *part = calloc(n + 1, sizeof *part);
    int err = p.margins && part ? 0 : ERR_NOMEM;

    shuffle(rows, n, n);
    if (!err && !(err = stratify(s, rows, n)) && !(err = cross_margins(f, &p, labels, part)) &&
        !(err = learn_fit_run(f, rows, n, labels, out))) {
        err = calibrate(s, &p, labels, *out);
        if (err)
            learn_free(*out);
    }
    free(p.margins);
    free(part);
    return err;
}

/* Labels that enough samples have, and enough lack. */
static uint64_t learnable(const struct samples *s)
{
    uint64_t labels = 0;

    for (size_t k = 0; k < s->nlabels; k++) {
        size_t with = 0;
        for (size_t i = 0; i < s->n; i++)
            with += s->list[i].labels >> k & 1;
        if (with >= SAMPLES_ITEMS_LEAST && s->n - with >= SAMPLES_ITEMS_LEAST)
            labels |= UINT64_C(1) << k;
    }
    return labels;
}

static uint32_t count_sources(const struct samples *s)
{
    uint32_t n = 0;

    for (size_t i = 0; i < s->n; i++) {
        bool new = s->list[i].source != 0;
        for (size_t k = 0; new && k < i; k++)
            new = s->list[k].source != s->list[i].source;
        n += new;
    }
    return n;
}

static int begin(const struct samples *s, uint64_t *labels, struct learn_fit **f, uint32_t **rows)
{
    *f = NULL;
    *rows = NULL;
    if (s->n > LEARN_SAMPLES_MAX)
        return ERR_LIMIT;
    *labels = learnable(s);
    if (!(*labels & (*labels - 1)))
        return ERR_INVALID;
    *f = learn_fit_new(s);
    *rows = calloc(s->n + 1, sizeof **rows);
    if (!*f || !*rows)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < s->n; i++)
        (*rows)[i] = i;
    return 0;
}

int learn_train(const struct samples *s, int64_t now, struct learn_model **out)
{
    struct learn_fit *f;
    uint32_t *rows;
    uint64_t labels;
    int err = begin(s, &labels, &f, &rows);

    if (!err && !(err = fit_whole(f, s, rows, s->n, labels, out))) {
        (*out)->date = now;
        (*out)->nsamples = (uint32_t)s->n;
        (*out)->nsources = count_sources(s);
        err = learn_model_index(*out);
        if (err)
            learn_free(*out);
    }
    learn_fit_free(f);
    free(rows);
    return err;
}

/* Put a fifth of every run of like labels at the end: how many stay before it. */
static size_t split_off(const struct samples *s, uint32_t *rows, size_t n, uint32_t *held)
{
    size_t kept = 0, nheld = 0;

    for (size_t i = 0, run; i < n; i += run) {
        uint64_t first = s->list[rows[i]].labels & -s->list[rows[i]].labels;
        for (run = 0; i + run < n; run++) {
            uint64_t labels = s->list[rows[i + run]].labels;
            if ((labels & -labels) != first)
                break;
        }
        size_t out = (run + 2) / 5;
        for (size_t k = 0; k < run; k++) {
            if (k < out)
                held[nheld++] = rows[i + k];
            else
                rows[kept++] = rows[i + k];
        }
    }
    memcpy(rows + kept, held, nheld * sizeof *rows);
    return kept;
}

static int one_split(struct learn_fit *f, const struct samples *s, uint32_t *rows, uint64_t labels,
                     uint64_t seed, double *f1)
{
    struct evaluate_counts counts[SAMPLES_LABELS_MAX] = {0};
    uint32_t *held = calloc(s->n + 1, sizeof *held);
    struct learn_model *m;
    double margins[SAMPLES_LABELS_MAX], sum = 0;
    size_t kept, present = 0;

    shuffle(rows, s->n, seed);
    int err = held ? stratify(s, rows, s->n) : ERR_NOMEM;
    if (!err) {
        kept = split_off(s, rows, s->n, held);
        err = fit_whole(f, s, rows, kept, labels, &m);
    }
    free(held);
    if (err)
        return err;
    for (size_t i = kept; i < s->n; i++) {
        learn_fit_margins(f, m, rows[i], margins);
        evaluate_count_one(s->list[rows[i]].labels,
                           decide(m, labels, samples_single(s), margins), s->nlabels, counts);
    }
    learn_free(m);
    for (size_t k = 0; k < s->nlabels; k++) {
        present += counts[k].right + counts[k].wrong + counts[k].missed > 0;
        sum += evaluate_f1(counts[k]);
    }
    *f1 = present ? sum / (double)present : 0;
    return 0;
}

int learn_cross(const struct samples *s, unsigned seeds,
                void (*progress)(size_t done, size_t total), double *mean, double *deviation)
{
    struct learn_fit *f;
    uint32_t *rows;
    uint64_t labels;
    double sum = 0, squares = 0, f1;
    int err = begin(s, &labels, &f, &rows);

    for (unsigned seed = 0; seed < seeds && !err; seed++) {
        for (uint32_t i = 0; i < s->n; i++)
            rows[i] = i;
        err = one_split(f, s, rows, labels, seed, &f1);
        sum += f1;
        squares += f1 * f1;
        if (progress)
            progress(seed + 1, seeds);
    }
    learn_fit_free(f);
    free(rows);
    if (err)
        return err;
    *mean = seeds ? sum / seeds : 0;
    *deviation = seeds > 1 ? sqrt(fmax(0, (squares - sum * sum / seeds) / (seeds - 1))) : 0;
    return 0;
}
