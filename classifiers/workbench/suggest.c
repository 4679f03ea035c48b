#define _GNU_SOURCE
#include "classifiers/workbench/suggest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/err.h"
#include "base/utf8.h"
#include "classifiers/rules/draft.h"
#include "classifiers/rules/rules_block.h"
#include "classifiers/text/fold.h"

enum { GRAM_LEAST = 2, GRAM_MOST = 6, WORD_MOST = 24, MASKED = 0x3007, RANKED = 600 };

/* Weight of the prior, in samples: small beside the counts of any useful set. */
static const double prior_samples = 6, z_least = 1.96;
/* Two terms within each other are one when the shorter has at most so many more samples. */
static const double nearly_equal = 0.9;

struct gram {
    uint64_t hash; /* 0: free */
    uint32_t with, without, nsources;
    uint64_t source[2];
    uint32_t sample, latest; /* where it stands first; 1 + the sample counted last */
    uint32_t at, n;          /* there, in folded code points */
};

struct grams {
    struct gram *table;
    size_t n, cap; /* cap: a power of two */
    bool closed;   /* unknown ones are passed over */
};

static int grow(struct grams *g)
{
    size_t cap = g->cap ? 2 * g->cap : 1 << 16;
    struct gram *table = calloc(cap, sizeof *table);

    if (!table)
        return ERR_NOMEM;
    for (size_t i = 0; i < g->cap; i++) {
        size_t k = g->table[i].hash & (cap - 1);
        if (!g->table[i].hash)
            continue;
        while (table[k].hash)
            k = (k + 1) & (cap - 1);
        table[k] = g->table[i];
    }
    free(g->table);
    g->table = table;
    g->cap = cap;
    return 0;
}

static int count(struct grams *g, const struct fold *f, size_t at, size_t n, uint32_t sample,
                 uint64_t source, bool with)
{
    uint64_t hash = XXH3_64bits(f->cp + at, n * sizeof *f->cp) | 1;

    if (g->n * 2 >= g->cap && grow(g))
        return ERR_NOMEM;
    size_t k = hash & (g->cap - 1);
    while (g->table[k].hash && g->table[k].hash != hash)
        k = (k + 1) & (g->cap - 1);
    struct gram *x = &g->table[k];
    if (!x->hash) {
        if (g->closed)
            return 0;
        *x = (struct gram){.hash = hash, .sample = sample, .at = (uint32_t)at, .n = (uint32_t)n};
        g->n++;
    }
    if (x->latest == sample + 1)
        return 0;
    x->latest = sample + 1;
    x->with += with;
    x->without += !with;
    if (with && source && x->nsources < 3 && !(x->nsources > 0 && x->source[0] == source) &&
        !(x->nsources > 1 && x->source[1] == source)) {
        if (x->nsources < 2)
            x->source[x->nsources] = source;
        x->nsources++;
    }
    return 0;
}

static bool is_han(uint32_t cp)
{
    return cp != MASKED && fold_is_han(cp);
}

static int count_sample(struct grams *g, const struct fold *f, uint32_t i, uint64_t source,
                        bool with)
{
    int err = 0;

    for (size_t at = 0; at < f->n && !err; at++) {
        size_t n = 0;
        if (is_han(f->cp[at])) {
            for (n = 1; n < GRAM_MOST && at + n < f->n && is_han(f->cp[at + n]) && !err;)
                if (++n >= GRAM_LEAST)
                    err = count(g, f, at, n, i, source, with);
            continue;
        }
        bool letters = true;
        for (; at + n < f->n && fold_is_latin(f->cp[at + n]); n++)
            letters &= f->cp[at + n] < '0' || f->cp[at + n] > '9';
        if (letters && n >= GRAM_LEAST && n <= WORD_MOST)
            err = count(g, f, at, n, i, source, with);
        at += n ? n - 1 : 0;
    }
    return err;
}

static int fold_sample(const struct sample *s, struct buf *whole, struct fold *f)
{
    buf_reset(whole);
    buf_add_str(whole, s->title);
    buf_add_char(whole, '\n');
    buf_add_str(whole, s->text);
    return buf_ok(whole) ? fold_text(buf_str(whole), s->title.n, f) : ERR_NOMEM;
}

/* First the samples with the label, of which every gram is counted, then the rest, of which only
 * those are. */
static int count_all(const struct samples *s, uint64_t labels, struct grams *g)
{
    struct fold f = FOLD_INIT;
    struct buf whole = BUF_INIT;
    int err = 0;

    for (int with = 1; with >= 0 && !err; with--) {
        g->closed = !with;
        for (size_t i = 0; i < s->n && !err; i++)
            if (((s->list[i].labels & labels) != 0) == with &&
                !(err = fold_sample(&s->list[i], &whole, &f)))
                err = count_sample(g, &f, (uint32_t)i, s->list[i].source, with);
    }
    buf_free(&whole);
    fold_free(&f);
    return err;
}

static int by_z(const void *a, const void *b)
{
    const struct suggest_term *x = a, *y = b;

    if (x->z != y->z)
        return x->z > y->z ? -1 : 1;
    return str_order(x->text, y->text);
}

/* with, without: all samples of the two sides. */
static double odds(const struct gram *x, double with, double without)
{
    /* Half a sample more keeps what all or none have from being infinitely likely. */
    double prior = prior_samples * (x->with + x->without + 0.5) / (with + without + 1);
    double a = x->with + prior, b = x->without + prior;

    return (log(a / (with + prior_samples - a)) - log(b / (without + prior_samples - b))) /
           sqrt(1 / a + 1 / b);
}

/* The folded spelling of a gram, from the sample where it stands first. */
static int spell(const struct samples *s, const struct gram *x, struct buf *whole, struct fold *f,
                 struct suggest_terms *out, struct str *text)
{
    char bytes[4 * WORD_MOST];
    size_t n = 0;
    int err = fold_sample(&s->list[x->sample], whole, f);

    for (size_t i = 0; i < x->n && !err; i++)
        n += utf8_put(f->cp[x->at + i], bytes + n);
    *text = err ? STR_NONE : arena_str(out->arena, (struct str){bytes, n});
    return text->p ? 0 : ERR_NOMEM;
}

/* What begins or ends with one of these is a piece of a sentence, not a term. */
static bool is_fragment(struct str text)
{
    static const char letters[] =
        "的了着过吗呢吧啊和与及或是在把被让给于为之也都就而且但又很太更最我你您他她它这那其每各个们";
    const struct str particles = {letters, sizeof letters - 1};
    size_t last = text.n;

    while (last > 0 && ((unsigned char)text.p[--last] & 0xC0) == 0x80)
        ;
    for (size_t at = 0; at < particles.n;) {
        size_t start = at;
        utf8_next(particles, &at);
        struct str one = {particles.p + start, at - start};
        if (str_starts(text, one) || str_eq((struct str){text.p + last, text.n - last}, one))
            return true;
    }
    return false;
}

static int rank(const struct samples *s, uint64_t labels, const struct grams *g,
                struct suggest_terms *out)
{
    double with = 0;
    struct fold f = FOLD_INIT;
    struct buf whole = BUF_INIT;
    size_t kept = 0;
    int err = 0;

    for (size_t i = 0; i < g->cap; i++) {
        const struct gram *x = &g->table[i];
        if (!x->hash || !samples_common(s, x->with, x->nsources))
            continue;
        kept++;
    }
    for (size_t i = 0; i < s->n; i++)
        with += (s->list[i].labels & labels) != 0;
    out->list = arena_alloc(out->arena, kept + 1, sizeof *out->list);
    if (!out->list)
        return ERR_NOMEM;
    for (size_t i = 0; i < g->cap && !err; i++) {
        const struct gram *x = &g->table[i];
        if (!x->hash || !samples_common(s, x->with, x->nsources))
            continue;
        double z = odds(x, with, (double)s->n - with);
        if (z < z_least)
            continue;
        struct suggest_term t = {.with = x->with, .without = x->without, .z = z};
        err = spell(s, x, &whole, &f, out, &t.text);
        if (!err && !is_fragment(t.text))
            out->list[out->n++] = t;
    }
    if (out->n)
        qsort(out->list, out->n, sizeof *out->list, by_z);
    out->n = out->n < RANKED ? out->n : RANKED;
    buf_free(&whole);
    fold_free(&f);
    return err;
}

static bool within(struct str inner, struct str outer)
{
    return inner.n < outer.n && str_find(outer, inner, 0) != (size_t)-1;
}

/* Says another term the same? A longer one that stands nearly as often; or a shorter one, which
 * finds all that this finds, and is the better. */
static bool redundant(const struct suggest_terms *t, size_t i)
{
    const struct suggest_term *x = &t->list[i];

    for (size_t k = 0; k < t->n; k++) {
        const struct suggest_term *y = &t->list[k];
        if (within(x->text, y->text) && (double)y->with >= nearly_equal * (double)x->with &&
            (double)y->without >= nearly_equal * (double)x->without - 1)
            return true;
        if (k < i && within(y->text, x->text) &&
            (double)x->with < nearly_equal * (double)y->with)
            return true;
    }
    return false;
}

static bool is_place(const struct rules *r, struct str text)
{
    for (uint32_t i = 0; i < r->head->terms.count; i++) {
        const struct block_term *t = &r->terms[i];
        if (!str_eq(block_str(r, t->text), text))
            continue;
        for (uint32_t u = t->first_use; u < t->first_use + t->nuses; u++)
            if (r->uses[u].what == BLOCK_PLACE)
                return true;
    }
    return false;
}

static int choose(struct suggest_terms *t, const struct rules *rules, const char *dir, size_t most)
{
    struct refuse *refuse = refuse_open(dir);
    bool *drop = arena_alloc(t->arena, t->n + 1, sizeof *drop);
    struct refuse_hit why;
    size_t kept = 0;

    if (!refuse || !drop) {
        refuse_free(refuse);
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < t->n; i++)
        drop[i] = redundant(t, i);
    for (size_t i = 0; i < t->n && kept < most; i++)
        if (!drop[i] && !refuse_text(refuse, t->list[i].text, &why) &&
            !is_place(rules, t->list[i].text))
            t->list[kept++] = t->list[i];
    t->n = kept;
    refuse_free(refuse);
    return 0;
}

int suggest_gains(const struct samples *s, uint64_t labels, const struct rules *rules,
                  const char *dir, size_t most, struct suggest_terms *out)
{
    struct grams g = {0};
    int err;

    *out = (struct suggest_terms){.arena = arena_new()};
    if (!out->arena)
        return ERR_NOMEM;
    if (!(err = grow(&g)) && !(err = count_all(s, labels, &g)) && !(err = rank(s, labels, &g, out)))
        err = choose(out, rules, dir, most);
    free(g.table);
    if (err)
        suggest_free(out);
    return err;
}

static bool holds(const struct fold *text, const struct fold *term)
{
    for (size_t at = 0; at + term->n <= text->n; at++)
        if (text->cp[at] == term->cp[0] &&
            !memcmp(text->cp + at, term->cp, term->n * sizeof *term->cp))
            return true;
    return false;
}

int suggest_stands(const struct samples *s, struct str term, bool *stands)
{
    struct fold word = FOLD_INIT, f = FOLD_INIT;
    struct buf whole = BUF_INIT;
    int err = fold_text(term, SIZE_MAX, &word);

    for (size_t i = 0; i < s->n && !err; i++) {
        err = fold_sample(&s->list[i], &whole, &f);
        stands[i] = !err && word.n && holds(&f, &word);
    }
    fold_free(&word);
    fold_free(&f);
    buf_free(&whole);
    return err;
}

void suggest_free(struct suggest_terms *t)
{
    arena_free(t->arena);
    *t = (struct suggest_terms){0};
}
