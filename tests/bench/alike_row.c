/* Concerns with a name and rare pairs of their own, in words that many have. Of some an old one is
 * raised again in other words: the same name, pairs and trouble. */
#define _GNU_SOURCE
#include "tests/bench/alike_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "alerts/group/likeness.h"
#include "base/clock.h"
#include "base/err.h"
#include "classifiers/likeness/traits.h"
#include "store/search/search.h"

enum { BATCH = 1000, ASKED = 50, LATEST = 300, NAMED = 1000, OF_NAMED = 200,
       OWN = 4 /* rare pairs of a concern alone */, SUBJECTS = 80 };

struct work {
    struct store *store;
    char index[300];
    size_t concerns;
    uint64_t random;
    uint64_t asked[ASKED], twins[ASKED];
};

/* The nearest one of those that were compared. */
struct comparing {
    struct likeness_probe probe;
    const struct concern *of;
    uint64_t best;
    uint8_t score;
};

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint32_t draw(struct work *w, uint32_t below)
{
    w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((w->random >> 32) * below >> 32);
}

static int rising(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* `spot` decides on the name, the pairs and the trouble. */
static void make(struct work *w, uint64_t spot, uint64_t id, struct concern *c)
{
    static const struct {
        enum trait_class class;
        uint32_t n, of;
    } parts[] = {{TRAIT_ROAD, 1, 2000},
                 {TRAIT_GRAM, TRAITS_GRAMS - OWN, 40000},
                 {TRAIT_TERM, TRAITS_TERMS, 400},
                 {TRAIT_CHAR, 4, 600}};
    uint64_t own = spot * UINT64_C(0x9E3779B97F4A7C15);
    uint32_t *t = c->traits, mask = (1u << TRAIT_SHIFT) - 1;
    size_t n = 0;

    *c = (struct concern){.id = id, .opened = (int64_t)id, .updated = (int64_t)id,
                          .due = (int64_t)id, .topic = "water", .unit = "town",
                          .region = "350102", .items = 1, .sources = 1,
                          .state = id + 10000 < w->concerns ? CONCERN_CLOSED : CONCERN_OPEN};
    t[n++] = (uint32_t)TRAIT_ESTATE << TRAIT_SHIFT | ((uint32_t)own & mask);
    t[n++] = (uint32_t)TRAIT_SUBJECT << TRAIT_SHIFT | (uint32_t)(spot % SUBJECTS);
    for (uint32_t i = 0; i < OWN; i++)
        t[n++] = (uint32_t)TRAIT_KEY << TRAIT_SHIFT | ((uint32_t)(own >> (9 * i + 5)) & mask);
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        for (uint32_t i = 0; i < parts[k].n; i++)
            t[n++] = (uint32_t)parts[k].class << TRAIT_SHIFT | draw(w, parts[k].of);
    qsort(t, n, sizeof *t, rising);
    for (size_t i = 0; i < VERDICT_SKETCH; i++)
        c->sketch[i] = draw(w, UINT32_MAX);
}

static int put_batch(struct work *w, size_t from, size_t n)
{
    struct concern *concerns = calloc(n, sizeof *concerns);
    const struct concern **list = calloc(n, sizeof *list);
    struct event *events = calloc(n, sizeof *events);
    int err = concerns && list && events ? 0 : ERR_NOMEM;

    for (size_t i = 0; i < n && !err; i++) {
        uint64_t id = from + i + 1, spot = id;
        size_t again = w->concerns - id;
        if (again < ASKED) { /* the last ones, one by one in the oldest half */
            spot = 1 + draw(w, (uint32_t)(w->concerns / 2));
            w->asked[again] = id;
            w->twins[again] = spot;
        }
        make(w, spot, id, &concerns[i]);
        list[i] = &concerns[i];
        events[i] = (struct event){.seq = id, .at = (int64_t)id, .concern = id,
                                   .type = EVENT_OPENED, .act = ACT_NONE};
    }
    struct store_batch batch = {.events = events, .nevents = n, .concerns = list, .nconcerns = n};
    err = err ? err : store_commit(w->store, &batch);
    free(events);
    free(list);
    free(concerns);
    return err;
}

static int compare(void *arg, const struct concern *c)
{
    struct comparing *p = arg;
    const struct likeness_text text = {c->sketch, c->traits};

    if (c->id == p->of->id)
        return 0;
    uint8_t score = likeness_near(&p->probe, &text, true).score;
    if (score > p->score) {
        p->score = score;
        p->best = c->id;
    }
    return 0;
}

static int by_latest(struct work *w, struct comparing *p)
{
    struct store_query q = {.topic = "water", .order = STORE_BY_NEWEST, .limit = LATEST};
    int err = store_concerns(w->store, &q, compare, p);

    q.topic = NULL;
    q.state = "open";
    return err ? err : store_concerns(w->store, &q, compare, p);
}

/* As GET /api/v1/concerns/{id}/similar does. */
static int by_index(struct work *w, struct comparing *p)
{
    uint64_t numbers[NAMED], behind;
    const struct search_alike of = {p->of->traits, p->of->id};
    int n = search_alike(w->index, w->store, &of, numbers, NAMED, &behind);
    size_t most = n < OF_NAMED ? (size_t)n : OF_NAMED;
    int err = n < 0 ? n : store_concerns_of(w->store, numbers, most, compare, p);

    return err ? err : by_latest(w, p);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct way {
    int (*find)(struct work *w, struct comparing *p);
    double median_ms, worst_ms;
    size_t found;
};

static int measure(struct work *w, struct way *way)
{
    double ms[ASKED];
    int err = 0;

    for (size_t i = 0; i < ASKED && !err; i++) {
        struct concern of;
        struct comparing p = {.of = &of};
        err = store_concern(w->store, w->asked[i], &of);
        if (err)
            break;
        const struct likeness_text text = {of.sketch, of.traits};
        double began = seconds(CLOCK_MONOTONIC);
        likeness_prepare(&p.probe, &text);
        err = way->find(w, &p);
        ms[i] = (seconds(CLOCK_MONOTONIC) - began) * 1e3;
        way->found += p.best == w->twins[i];
        concern_clear(&of);
    }
    qsort(ms, ASKED, sizeof *ms, by_value);
    way->median_ms = ms[ASKED / 2];
    way->worst_ms = ms[ASKED - 1];
    return err;
}

static int run(struct work *w)
{
    struct way index = {.find = by_index}, latest = {.find = by_latest};
    struct search *x = NULL;
    struct stat st = {0};
    int n = 1, err = 0;

    for (size_t i = 0; i < w->concerns && !err; i += BATCH)
        err = put_batch(w, i, w->concerns - i < BATCH ? w->concerns - i : BATCH);
    double began = seconds(CLOCK_PROCESS_CPUTIME_ID);
    if (!err)
        err = search_open(w->index, w->store, &x);
    while (!err && n > 0) {
        n = search_follow(x, clock_now());
        err = n < 0 ? n : 0;
    }
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - began;
    search_close(x);
    stat(w->index, &st);
    if (!err)
        err = measure(w, &index);
    if (!err)
        err = measure(w, &latest);
    printf("{\"row\":\"similar concerns\",\"concerns\":%zu,\"asked\":%d,\"found\":%zu,"
           "\"median_ms\":%.2f,\"worst_ms\":%.2f,\"index_cpu_us\":%.1f,\"index_bytes\":%lld,"
           "\"yardstick\":{\"what\":\"the 600 latest\",\"found\":%zu,\"median_ms\":%.2f,"
           "\"worst_ms\":%.2f},\"ceiling\":{\"worst_ms\":50},\"err\":\"%s\"}\n",
           w->concerns, ASKED, index.found, index.median_ms, index.worst_ms,
           cpu * 1e6 / (double)w->concerns, (long long)st.st_size / (long long)w->concerns,
           latest.found, latest.median_ms, latest.worst_ms, err_name(err));
    return err;
}

int alike_row(const char *folder, size_t concerns)
{
    struct work w = {.concerns = concerns, .random = 1};
    char address[320];

    snprintf(w.index, sizeof w.index, "%s/alike.db", folder);
    snprintf(address, sizeof address, "sqlite:%s/concerns.db", folder);
    int err = concerns > 2 * ASKED ? store_open(address, &w.store) : ERR_INVALID;
    if (!err)
        err = run(&w);
    store_close(w.store);
    return err;
}
