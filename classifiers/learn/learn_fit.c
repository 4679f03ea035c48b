#include "classifiers/learn/learn_fit.h"

#include <linear.h>
#include <math.h>
#include <stdlib.h>

#include "base/err.h"

/* By ten 80/20 splits of the labelled board posts the mean macro-F1 is 0.81 without the ratios,
 * 0.84 with them whole and 0.85 with half of them; a C five times smaller or larger costs 0.004. */
static const double ratio_share = 0.5, ratio_prior = 1, cost = 1;

struct entry {
    uint32_t key; /* index */
    float tf;
};

struct row {
    struct entry *list;
    size_t n;
};

struct tally { /* of a key in the rows learned from */
    uint32_t items, nsources;
    uint64_t source[2]; /* the first two; a third need not be remembered */
    uint32_t column;    /* 1 + feature; 0: not kept */
};

struct learn_fit {
    const struct samples *s;
    struct arena *arena;
    uint64_t *keys;
    size_t nkeys, cap;
    struct row *rows;
    struct tally *tallies;
};

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void sort_keys(struct learn_fit *f)
{
    size_t n = 0;

    if (f->nkeys)
        qsort(f->keys, f->nkeys, sizeof *f->keys, by_value);
    for (size_t i = 0; i < f->nkeys; i++)
        if (!n || f->keys[n - 1] != f->keys[i])
            f->keys[n++] = f->keys[i];
    f->nkeys = n;
}

static int add_keys(struct learn_fit *f, const struct features *x)
{
    if (f->nkeys + x->n > f->cap) {
        sort_keys(f); /* what came twice makes room */
        size_t cap = 2 * (f->nkeys + x->n) + 65536;
        uint64_t *more = realloc(f->keys, cap * sizeof *more);
        if (!more)
            return ERR_NOMEM;
        f->keys = more;
        f->cap = cap;
    }
    for (size_t i = 0; i < x->n; i++)
        f->keys[f->nkeys++] = x->list[i].key;
    return 0;
}

static int fill_row(struct learn_fit *f, const struct features *x, struct row *row)
{
    row->list = arena_alloc(f->arena, x->n + 1, sizeof *row->list);
    if (!row->list)
        return ERR_NOMEM;
    for (row->n = 0; row->n < x->n; row->n++) {
        const uint64_t *key = bsearch(&x->list[row->n].key, f->keys, f->nkeys, sizeof *f->keys,
                                      by_value);
        row->list[row->n] = (struct entry){(uint32_t)(key - f->keys),
                                           learn_model_tf(x->list[row->n].count)};
    }
    return 0;
}

struct learn_fit *learn_fit_new(const struct samples *s)
{
    struct learn_fit *f = calloc(1, sizeof *f);
    struct features x = {0};
    int err = f ? 0 : ERR_NOMEM;

    if (f) {
        f->s = s;
        f->arena = arena_new();
        f->rows = f->arena ? arena_alloc(f->arena, s->n + 1, sizeof *f->rows) : NULL;
        err = f->rows ? 0 : ERR_NOMEM;
    }
    for (size_t i = 0; i < s->n && !err; i++)
        if (!(err = features_take(&x, s->list[i].title, s->list[i].text)))
            err = add_keys(f, &x);
    if (!err)
        sort_keys(f);
    for (size_t i = 0; i < s->n && !err; i++)
        if (!(err = features_take(&x, s->list[i].title, s->list[i].text)))
            err = fill_row(f, &x, &f->rows[i]);
    if (!err && !(f->tallies = calloc(f->nkeys + 1, sizeof *f->tallies)))
        err = ERR_NOMEM;
    features_free(&x);
    if (!err)
        return f;
    learn_fit_free(f);
    return NULL;
}

void learn_fit_free(struct learn_fit *f)
{
    if (!f)
        return;
    arena_free(f->arena);
    free(f->keys);
    free(f->tallies);
    free(f);
}

static void tally_row(struct learn_fit *f, uint32_t row)
{
    uint64_t source = f->s->list[row].source;

    for (size_t i = 0; i < f->rows[row].n; i++) {
        struct tally *t = &f->tallies[f->rows[row].list[i].key];
        t->items++;
        if (!source || t->nsources > 2 || (t->nsources > 0 && t->source[0] == source) ||
            (t->nsources > 1 && t->source[1] == source))
            continue;
        if (t->nsources < 2)
            t->source[t->nsources] = source;
        t->nsources++;
    }
}

/* Count the keys, keep the common ones as columns: how many. */
static uint32_t choose_columns(struct learn_fit *f, const uint32_t *train, size_t n)
{
    uint32_t columns = 0;

    memset(f->tallies, 0, f->nkeys * sizeof *f->tallies);
    for (size_t i = 0; i < n; i++)
        tally_row(f, train[i]);
    for (size_t k = 0; k < f->nkeys; k++)
        if (samples_common(f->s, f->tallies[k].items, f->tallies[k].nsources))
            f->tallies[k].column = ++columns;
    return columns;
}

static double row_scale(const struct learn_fit *f, const struct learn_model *m, uint32_t row)
{
    double square = 0;

    for (size_t i = 0; i < f->rows[row].n; i++) {
        const struct entry *e = &f->rows[row].list[i];
        uint32_t column = f->tallies[e->key].column;
        double value = column ? (double)(e->tf * m->idf[column - 1]) : 0;
        square += value * value;
    }
    return square > 0 ? 1 / sqrt(square) : 0;
}

/* Log of how much likelier a feature is with the label than without, for each column. */
static void find_ratios(const struct learn_fit *f, const uint32_t *train, size_t n, uint64_t label,
                        uint32_t columns, double *ratio, double *without)
{
    double all_with = 0, all_without = 0;

    for (uint32_t c = 0; c < columns; c++)
        ratio[c] = without[c] = ratio_prior;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < f->rows[train[i]].n; k++) {
            uint32_t column = f->tallies[f->rows[train[i]].list[k].key].column;
            if (column)
                (f->s->list[train[i]].labels & label ? ratio : without)[column - 1]++;
        }
    for (uint32_t c = 0; c < columns; c++) {
        all_with += ratio[c];
        all_without += without[c];
    }
    for (uint32_t c = 0; c < columns; c++)
        ratio[c] = 1 - ratio_share +
                   ratio_share * (log(ratio[c] / all_with) - log(without[c] / all_without));
}

struct table { /* what liblinear reads */
    struct feature_node *nodes, **x;
    double *y, *ratio, *without;
};

/* Rows scaled by the label's ratios, each with a last column that is always 1: the bias. */
static void fill_table(const struct learn_fit *f, const struct learn_model *m,
                       const uint32_t *train, size_t n, uint64_t label, struct table *t)
{
    struct feature_node *node = t->nodes;

    for (size_t i = 0; i < n; i++) {
        const struct row *row = &f->rows[train[i]];
        double scale = row_scale(f, m, train[i]);
        t->x[i] = node;
        t->y[i] = f->s->list[train[i]].labels & label ? 1 : -1;
        for (size_t k = 0; k < row->n; k++) {
            uint32_t c = f->tallies[row->list[k].key].column;
            if (c)
                *node++ = (struct feature_node){
                    (int)c, (double)(row->list[k].tf * m->idf[c - 1]) * scale * t->ratio[c - 1]};
        }
        *node++ = (struct feature_node){(int)m->nfeatures + 1, 1};
        *node++ = (struct feature_node){-1, 0};
    }
}

static void be_silent(const char *text)
{
    (void)text;
}

/* The solver works on the primal problem: it draws no lots, so that a model can be made again. */
static int fit_label(const struct learn_model *m, size_t n, size_t with, struct table *t,
                     uint32_t l, struct learn_model *out)
{
    int sides[] = {1, -1};
    double weight[] = {(double)n / (2.0 * (double)with), (double)n / (2.0 * (double)(n - with))};
    struct problem problem = {.l = (int)n, .n = (int)m->nfeatures + 1, .y = t->y, .x = t->x,
                              .bias = 1};
    struct parameter parameter = {.solver_type = L2R_L2LOSS_SVC, .eps = 0.01, .C = cost,
                                  .nr_weight = 2, .weight_label = sides, .weight = weight};

    set_print_string_function(be_silent);
    struct model *fitted = train(&problem, &parameter);
    if (!fitted)
        return ERR_NOMEM;
    double sign = fitted->label[0] == 1 ? 1 : -1;
    for (uint32_t c = 0; c < m->nfeatures; c++)
        out->weights[(size_t)c * m->nlabels + l] = (float)(sign * fitted->w[c] * t->ratio[c]);
    out->labels[l].bias = (float)(sign * fitted->w[m->nfeatures]);
    free_and_destroy_model(&fitted);
    return 0;
}

static int fit_labels(struct learn_fit *f, const uint32_t *train, size_t n, uint64_t labels,
                      struct learn_model *m)
{
    size_t nodes = 0;
    int err = 0;

    for (size_t i = 0; i < n; i++)
        nodes += f->rows[train[i]].n + 2;
    struct table t = {.nodes = calloc(nodes + 1, sizeof *t.nodes),
                      .x = calloc(n + 1, sizeof *t.x),
                      .y = calloc(n + 1, sizeof *t.y),
                      .ratio = calloc(m->nfeatures + (size_t)1, sizeof *t.ratio),
                      .without = calloc(m->nfeatures + (size_t)1, sizeof *t.without)};
    if (!t.nodes || !t.x || !t.y || !t.ratio || !t.without)
        err = ERR_NOMEM;
    for (uint32_t l = 0; labels && !err; labels &= labels - 1, l++) {
        uint64_t label = labels & -labels;
        size_t with = 0;
        for (size_t i = 0; i < n; i++)
            with += (f->s->list[train[i]].labels & label) != 0;
        m->labels[l].name = arena_str(m->arena, f->s->labels[__builtin_ctzll(label)]);
        m->labels[l].slope = -1;
        err = m->labels[l].name.p ? 0 : ERR_NOMEM;
        if (err || !with || with == n) { /* nothing to tell apart in this part: margin 0 */
            m->labels[l].bias = with ? 1 : -1;
            continue;
        }
        find_ratios(f, train, n, label, m->nfeatures, t.ratio, t.without);
        fill_table(f, m, train, n, label, &t);
        err = fit_label(m, n, with, &t, l, m);
    }
    free(t.nodes);
    free(t.x);
    free(t.y);
    free(t.ratio);
    free(t.without);
    return err;
}

int learn_fit_run(struct learn_fit *f, const uint32_t *train, size_t n, uint64_t labels,
                  struct learn_model **out)
{
    struct learn_model *m = learn_model_new((uint32_t)__builtin_popcountll(labels),
                                            choose_columns(f, train, n));

    if (!m)
        return ERR_NOMEM;
    for (size_t k = 0; k < f->nkeys; k++) {
        const struct tally *t = &f->tallies[k];
        if (!t->column)
            continue;
        m->keys[t->column - 1] = f->keys[k];
        m->idf[t->column - 1] = (float)log((1.0 + (double)n) / (1.0 + t->items)) + 1;
    }
    int err = fit_labels(f, train, n, labels, m);
    if (err)
        learn_free(m);
    else
        *out = m;
    return err;
}

void learn_fit_margins(const struct learn_fit *f, const struct learn_model *m, uint32_t row,
                       double *margins)
{
    double scale = row_scale(f, m, row);

    for (uint32_t l = 0; l < m->nlabels; l++)
        margins[l] = (double)m->labels[l].bias;
    for (size_t i = 0; i < f->rows[row].n; i++) {
        const struct entry *e = &f->rows[row].list[i];
        uint32_t c = f->tallies[e->key].column;
        if (!c)
            continue;
        double value = (double)(e->tf * m->idf[c - 1]) * scale;
        for (uint32_t l = 0; l < m->nlabels; l++)
            margins[l] += value * (double)m->weights[(size_t)(c - 1) * m->nlabels + l];
    }
}
