/* `bench_match [TERMS]`: MB/s of finding every occurrence of many terms in texts of 2 KB, ours and
 * Vectorscan's by turns in one run, medians of CPU time. Both are paid for the same UTF-8 bytes.
 * Ours runs on the folded code points that rules need anyway, and says where a hit begins; the row
 * tells its speed with that folding too. Vectorscan is in block mode and tells ends only, its
 * fastest form. Both must find the same number of hits. */
#define _GNU_SOURCE
#include <hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "classifiers/match/matcher.h"
#include "classifiers/text/fold.h"
#include "tests/bench/phrases.h"

enum { ROUNDS = 9 };

struct contest {
    const struct phrases *p;
    struct buf tables;
    hs_database_t *db;
    hs_scratch_t *scratch;
    struct fold *folds; /* of each text */
    struct fold again;
    struct matcher_hits list;
    size_t hits;
};

static struct str text_at(const struct contest *c, size_t i)
{
    size_t from = i ? c->p->end[i - 1] : 0;

    return (struct str){c->p->texts.data + from, c->p->end[i] - from};
}

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                    void *count)
{
    (void)id, (void)from, (void)to, (void)flags;
    ++*(size_t *)count;
    return 0;
}

static void run_theirs(struct contest *c, size_t i)
{
    struct str s = text_at(c, i);

    hs_scan(c->db, s.p, (unsigned)s.n, 0, c->scratch, on_match, &c->hits);
}

static void run_ours(struct contest *c, size_t i)
{
    c->list.n = 0;
    matcher_scan(c->tables.data, c->folds[i].cp, c->folds[i].n, &c->list);
    c->hits += c->list.n;
}

static void run_whole(struct contest *c, size_t i)
{
    fold_text(text_at(c, i), SIZE_MAX, &c->again);
    c->list.n = 0;
    matcher_scan(c->tables.data, c->again.cp, c->again.n, &c->list);
    c->hits += c->list.n;
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* MB/s of passes over all texts for 30 ms or longer. */
static double one_round(struct contest *c, void (*run)(struct contest *, size_t))
{
    double start = seconds(), spent;
    int passes = 0;

    do {
        c->hits = 0;
        for (size_t i = 0; i < c->p->ntexts; i++)
            run(c, i);
        passes++;
        spent = seconds() - start;
    } while (spent < 0.03);
    return passes * (double)c->p->texts.len / spent / 1e6;
}

struct row {
    const char *texts, *kind;
    double floor; /* of the ratio; 0: none */
    double ours_compile, theirs_compile;
};

static int measure(struct contest *c, const struct row *row, size_t nterms)
{
    static void (*const runs[3])(struct contest *, size_t) = {run_ours, run_whole, run_theirs};
    double speed[3][ROUNDS];
    size_t hits[3];

    for (int round = -1; round < ROUNDS; round++) /* the first warms the caches */
        for (int i = 0; i < 3; i++) {
            speed[i][round < 0 ? 0 : round] = one_round(c, runs[i]);
            hits[i] = c->hits;
        }
    for (int i = 0; i < 3; i++)
        qsort(speed[i], ROUNDS, sizeof **speed, by_size);
    double ours = speed[0][ROUNDS / 2], whole = speed[1][ROUNDS / 2], hs = speed[2][ROUNDS / 2];
    printf("{\"row\":\"match\",\"texts\":\"%s\",\"terms\":%zu,\"kind\":\"%s\",\"hits_per_kb\":%.1f,"
           "\"mb_per_s\":%.0f,\"with_folding_mb_per_s\":%.0f,\"compile_s\":%.3f,\"tables_kb\":%zu,"
           "\"yardstick\":{\"vectorscan_mb_per_s\":%.0f,\"compile_s\":%.3f},\"ratio\":%.2f",
           row->texts, nterms, row->kind, (double)hits[0] * 1000 / (double)c->p->texts.len, ours,
           whole, row->ours_compile, c->tables.len / 1000, hs, row->theirs_compile, ours / hs);
    if (row->floor > 0)
        printf(",\"floor\":%.2f", row->floor);
    printf("}\n");
    fflush(stdout);
    if (hits[0] == hits[2] && hits[1] == hits[2])
        return 0;
    fprintf(stderr, "bench_match: hits differ: %zu, with folding %zu, Vectorscan %zu\n", hits[0],
            hits[1], hits[2]);
    return 1;
}

static int compile_ours(struct contest *c, const struct phrase *list, size_t n)
{
    struct matcher_term *terms = calloc(n, sizeof *terms);

    for (size_t i = 0; terms && i < n; i++)
        terms[i] = (struct matcher_term){list[i].cp, list[i].n};
    buf_reset(&c->tables);
    int err = terms ? matcher_build(terms, n, &c->tables) : -1;
    free(terms);
    return err;
}

static int compile_theirs(struct contest *c, const struct phrase *list, size_t n)
{
    char (*utf8)[4 * PHRASE_MAX + 1] = calloc(n, sizeof *utf8);
    const char **terms = calloc(n, sizeof *terms);
    unsigned *flags = calloc(n, sizeof *flags), *ids = calloc(n, sizeof *ids);
    hs_compile_error_t *error = NULL;
    int err = -1;

    if (utf8 && terms && flags && ids) {
        for (size_t i = 0; i < n; i++) {
            char *end = utf8[i];
            for (uint32_t k = 0; k < list[i].n; k++)
                end += utf8_put(list[i].cp[k], end);
            terms[i] = utf8[i];
            ids[i] = (unsigned)i;
        }
        err = hs_compile_multi(terms, flags, ids, (unsigned)n, HS_MODE_BLOCK, NULL, &c->db, &error);
    }
    free(utf8);
    free(terms);
    free(flags);
    free(ids);
    return err || hs_alloc_scratch(c->db, &c->scratch);
}

static int contest(struct contest *c, struct row row, const struct phrase *list, size_t n)
{
    double start = seconds();
    int err = compile_ours(c, list, n);

    row.ours_compile = seconds() - start;
    start = seconds();
    err = err || compile_theirs(c, list, n);
    row.theirs_compile = seconds() - start;
    if (!err)
        err = measure(c, &row, n);
    hs_free_scratch(c->scratch);
    hs_free_database(c->db);
    c->scratch = NULL;
    c->db = NULL;
    return err;
}

static int all_rows(struct contest *c, const char *texts, size_t only)
{
    static const struct {
        size_t terms;
        double sparse, dense;
    } sizes[] = {{100, 0, 0}, {1000, 0.65, 0}, {10000, 1.5, 2.4}, {100000, 5, 5}};
    int err = 0;

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i].terms;
        if (only && only != n)
            continue;
        if (n <= c->p->nrare)
            err |= contest(c, (struct row){texts, "sparse", sizes[i].sparse, 0, 0}, c->p->rare, n);
        if (n <= c->p->nfrequent)
            err |= contest(c, (struct row){texts, "dense", sizes[i].dense, 0, 0}, c->p->frequent,
                           n);
    }
    return err;
}

static int bench(const struct phrases *p, const char *texts, size_t only)
{
    struct contest c = {.p = p, .folds = calloc(p->ntexts, sizeof *c.folds)};
    int err = c.folds ? 0 : 1;

    for (size_t i = 0; i < p->ntexts && !err; i++)
        err = fold_text(text_at(&c, i), SIZE_MAX, &c.folds[i]);
    if (!err)
        err = all_rows(&c, texts, only);
    for (size_t i = 0; c.folds && i < p->ntexts; i++)
        fold_free(&c.folds[i]);
    fold_free(&c.again);
    free(c.folds);
    free(c.list.list);
    buf_free(&c.tables);
    return err;
}

int main(int argc, char **argv)
{
    const char *data = getenv("HUIYING_TEST_DATA");
    size_t only = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    struct phrases p;

    int err = phrases_make(&p) || bench(&p, "made", only);
    phrases_free(&p);
    if (data && *data) {
        err |= phrases_read(data, &p) || bench(&p, "board", only);
        phrases_free(&p);
    }
    return err;
}
