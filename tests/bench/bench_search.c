/* Rows "search": what the index of words costs an item, beside storing it and beside SQLite's FTS5
 * over the same pairs of characters, and how long two-character searches take.
 *
 *   bench_search [ITEMS [CONCERNS]]
 *
 * Items of about 1 KB, made up of words by their rank as in Chinese; one in ten is kept for long.
 * Searches of four kinds of words, each over 50 of the kind, a page of 20. And the row "similar
 * concerns" (alike_row.h). */
#define _GNU_SOURCE
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/utf8.h"
#include "classifiers/text/fold.h"
#include "store/search/search.h"
#include "tests/bench/alike_row.h"
#include "tests/bench/phrases.h"

enum { BATCH = 1000, SLICES = 3, SLICE = 340, ASKED = 50, PAGE = 20, YARD_ITEMS = 20000,
       CONCERNS = 110000 };

struct work {
    struct phrases phrases;
    char dir[256], store_path[300], index_path[300];
    struct store *store;
    size_t items;
};

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t draw(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* Pieces of the made-up texts, cut between characters. */
static void make_text(const struct work *w, size_t number, struct buf *out)
{
    uint64_t state = number * 2654435761u + 1;
    struct str all = buf_str(&w->phrases.texts);

    for (int i = 0; i < SLICES; i++) {
        size_t from = draw(&state) % (all.n - SLICE - 8);
        while (((unsigned char)all.p[from] & 0xC0) == 0x80)
            from++;
        struct str rest = {all.p + from, all.n - from};
        buf_add(out, rest.p, utf8_cut(rest, SLICE));
        buf_add_char(out, '\n');
    }
}

static int put_batch(struct work *w, size_t from, size_t n, int64_t now)
{
    struct store_item *items = calloc(n, sizeof *items);
    struct buf *texts = calloc(n, sizeof *texts);
    int err = items && texts ? 0 : ERR_NOMEM;

    for (size_t i = 0; i < n && !err; i++) {
        make_text(w, from + i, &texts[i]);
        items[i] = (struct store_item){.source = STR("bench"),
                                       .link = STR("https://news.example/a"),
                                       .title = {texts[i].data,
                                                 utf8_cut(buf_str(&texts[i]), 60)},
                                       .text = buf_str(&texts[i]),
                                       .found = now,
                                       .expires = now + ((from + i) % 10 ? 7 : 90) * CLOCK_DAY};
        uint64_t ident = (from + i + 1) * UINT64_C(0x9E3779B97F4A7C15);
        memcpy(items[i].ident, &ident, sizeof ident);
    }
    if (!err)
        err = store_commit(w->store, &(struct store_batch){.items = items, .nitems = n});
    for (size_t i = 0; i < n && texts; i++)
        buf_free(&texts[i]);
    free(texts);
    free(items);
    return err;
}

static long long size_of(const char *path)
{
    struct stat st;

    return stat(path, &st) ? 0 : (long long)st.st_size;
}

/* The same pairs as words of an FTS5 table without contents. */
static int fill_yardstick(const struct work *w, size_t n, double *cpu)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *insert = NULL;
    struct buf text = BUF_INIT, pairs = BUF_INIT;
    struct fold fold = FOLD_INIT;
    char path[300];

    snprintf(path, sizeof path, "%s/fts5.db", w->dir);
    int rc = sqlite3_open(path, &db);
    rc |= sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE VIRTUAL "
                           "TABLE t USING fts5(x, content='', detail=none)", NULL, NULL, NULL);
    rc |= sqlite3_prepare_v2(db, "INSERT INTO t (rowid, x) VALUES (?, ?)", -1, &insert, NULL);
    double begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t i = 0; i < n && !rc; i++) {
        if (i % BATCH == 0)
            rc |= sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
        buf_reset(&text);
        buf_reset(&pairs);
        make_text(w, i, &text);
        fold_text(buf_str(&text), SIZE_MAX, &fold);
        for (size_t k = 0; k + 1 < fold.n; k++)
            if (fold_is_han(fold.cp[k]) && fold_is_han(fold.cp[k + 1]))
                buf_addf(&pairs, "%x%x ", fold.cp[k], fold.cp[k + 1]);
        sqlite3_bind_int64(insert, 1, (int64_t)i + 1);
        sqlite3_bind_text(insert, 2, pairs.data, (int)pairs.len, SQLITE_STATIC);
        rc |= sqlite3_step(insert) != SQLITE_DONE;
        sqlite3_reset(insert);
        if (i % BATCH == BATCH - 1 || i + 1 == n)
            rc |= sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    }
    *cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - begin;
    sqlite3_finalize(insert);
    sqlite3_close(db);
    fold_free(&fold);
    buf_free(&text);
    buf_free(&pairs);
    return rc ? ERR_IO : 0;
}

static int index_all(struct work *w, int64_t now)
{
    double stored = seconds(CLOCK_PROCESS_CPUTIME_ID), yard = 0;
    struct search *x = NULL;
    int n = 1, err = 0;

    for (size_t i = 0; i < w->items && !err; i += BATCH)
        err = put_batch(w, i, w->items - i < BATCH ? w->items - i : BATCH, now);
    double began = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
    stored = began - stored;
    if (!err)
        err = search_open(w->index_path, w->store, &x);
    while (!err && n > 0) {
        n = search_follow(x, now);
        err = n < 0 ? n : 0;
    }
    double indexed = seconds(CLOCK_PROCESS_CPUTIME_ID) - began;
    wall = seconds(CLOCK_MONOTONIC) - wall;
    search_close(x);
    size_t few = w->items < YARD_ITEMS ? w->items : YARD_ITEMS;
    if (!err)
        err = fill_yardstick(w, few, &yard);
    printf("{\"row\":\"search: cost per item indexed\",\"items\":%zu,\"cpu_us\":%.1f,"
           "\"wall_us\":%.1f,\"index_bytes\":%lld,\"store_cpu_us\":%.1f,\"store_bytes\":%lld,"
           "\"yardstick\":{\"fts5_cpu_us\":%.1f,\"items\":%zu},\"ratio\":%.2f,\"err\":\"%s\"}\n",
           w->items, indexed * 1e6 / (double)w->items, wall * 1e6 / (double)w->items,
           size_of(w->index_path) / (long long)w->items, stored * 1e6 / (double)w->items,
           size_of(w->store_path) / (long long)w->items, yard * 1e6 / (double)few, few,
           yard / (double)few / (indexed / (double)w->items), err_name(err));
    return err;
}

static int count(void *arg, const struct store_item *item, const struct search_hit *hits, size_t n)
{
    (void)item;
    (void)hits;
    *(size_t *)arg += n > 0;
    return 0;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct kind {
    const char *name;
    const struct phrase *from;
    size_t n, skip;
};

static int measure(struct work *w, const struct kind *kind)
{
    double ms[ASKED];
    size_t asked = 0, found = 0;
    int err = 0;

    for (size_t i = kind->skip; i < kind->n && asked < ASKED && !err; i++) {
        char word[2 * 4];
        size_t at = 0;
        struct search_query q = {.limit = PAGE};
        struct search_words *words;
        struct search_page page;
        if (kind->from[i].n != 2)
            continue;
        for (int k = 0; k < 2; k++)
            at += utf8_put(kind->from[i].cp[k], word + at);
        err = search_words_read((struct str){word, at}, &words);
        q.words = words;
        double began = seconds(CLOCK_MONOTONIC);
        if (!err)
            err = search_find(w->index_path, w->store, &q, count, &found, &page);
        ms[asked++] = (seconds(CLOCK_MONOTONIC) - began) * 1e3;
        search_words_free(words);
    }
    qsort(ms, asked, sizeof *ms, by_value);
    if (asked)
        printf("{\"row\":\"two-character search at %zu items\",\"words\":\"%s\",\"asked\":%zu,"
               "\"found_a_page\":%.1f,\"median_ms\":%.2f,\"worst_ms\":%.2f,"
               "\"ceiling\":{\"worst_ms\":50},\"err\":\"%s\"}\n",
               w->items, kind->name, asked, (double)found / (double)asked, ms[asked / 2],
               ms[asked - 1], err_name(err));
    return err;
}

static int search_all(struct work *w)
{
    struct phrase absent[ASKED];
    const struct kind kinds[] = {
        {"frequent", w->phrases.frequent, w->phrases.nfrequent, 0},
        {"less frequent", w->phrases.frequent, w->phrases.nfrequent, 2000},
        {"rare", w->phrases.rare, w->phrases.nrare, 0},
        {"absent", absent, ASKED, 0},
    };
    int err = 0;

    for (uint32_t i = 0; i < ASKED; i++)
        absent[i] = (struct phrase){{0x9FA0 - i, 0x9F00 + i}, 2, 0};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !err; i++)
        err = measure(w, &kinds[i]);
    return err;
}

int main(int argc, char **argv)
{
    struct work w = {.items = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000};
    char address[320], *remove = NULL;
    const char *tmp = getenv("TMPDIR");

    snprintf(w.dir, sizeof w.dir, "%s/huiying-bench-XXXXXX", tmp ? tmp : "/tmp");
    if (!w.items || !mkdtemp(w.dir) || phrases_make(&w.phrases))
        return 1;
    snprintf(w.store_path, sizeof w.store_path, "%s/ledger.db", w.dir);
    snprintf(w.index_path, sizeof w.index_path, "%s/search.db", w.dir);
    snprintf(address, sizeof address, "sqlite:%s", w.store_path);
    int err = store_open(address, &w.store);
    if (!err)
        err = index_all(&w, clock_now());
    if (!err)
        err = search_all(&w);
    store_close(w.store);
    if (!err)
        err = alike_row(w.dir, argc > 2 ? strtoull(argv[2], NULL, 10) : CONCERNS);
    phrases_free(&w.phrases);
    if (asprintf(&remove, "rm -rf '%s'", w.dir) > 0 && system(remove))
        log_warn("bench.cleanup", "dir=%s", w.dir);
    free(remove);
    return err != 0;
}
