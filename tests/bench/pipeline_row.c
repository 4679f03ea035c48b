#include "tests/bench/pipeline_row.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "tests/bench/corpus.h"

/* Words that chance puts side by side make a term of topics in one item of so many, at most. */
enum { BY_CHANCE = 1000 };

static double speed(const struct pipeline_result *r)
{
    return r->err || r->cpu <= 0 ? 0 : (double)r->items / r->cpu;
}

static int by_speed(const void *a, const void *b)
{
    double x = speed(a), y = speed(b);

    return (x > y) - (x < y);
}

/* The round in the middle; a round that failed is the slowest of all, and fails the row. */
static const struct pipeline_result *median(struct pipeline_result *rounds, size_t n, int *failed)
{
    qsort(rounds, n, sizeof *rounds, by_speed);
    *failed |= rounds[0].err != 0;
    return &rounds[rounds[0].err ? 0 : n / 2];
}

static void print_side(const char *name, const struct pipeline_result *rounds, size_t n,
                       const struct pipeline_result *r)
{
    printf("\"%s\":{\"items\":%lld,\"tagged\":%lld,\"alerts\":%lld,\"cpu_s\":%.2f,\"wall_s\":%.2f,"
           "\"items_per_core_s\":%.0f,\"rounds\":[",
           name, r->items, r->tagged, r->alerts, r->cpu, r->wall, speed(r));
    for (size_t i = 0; i < n; i++)
        printf("%s%.0f", i ? "," : "", speed(&rounds[i]));
    printf("],\"err\":\"%s\"}", err_name(r->err));
}

static int print_row(const struct pipeline_row *row, const char *name,
                     struct pipeline_result *ours, struct pipeline_result *theirs)
{
    int failed = 0;
    size_t n = row->rounds;
    const struct pipeline_result *a = median(ours, n, &failed), *b = median(theirs, n, &failed);

    printf("{\"row\":\"fetch-to-published-alert%s\",\"alerting_percent\":%u,\"feeds\":%zu,"
           "\"feed_bytes\":%zu,",
           name, 100 / row->alert_every, row->feeds, row->feed_bytes);
    print_side("huiying", ours, n, a);
    printf(",");
    print_side("yardstick", theirs, n, b);
    printf(",\"ratio\":%.2f,\"floor\":{\"items_per_core_s\":10000,\"ratio\":2}}\n",
           failed ? 0 : speed(a) / speed(b));
    fflush(stdout);
    return failed;
}

int pipeline_row_print(const struct pipeline_row *row,
                       struct pipeline_result results[PIPELINE_SIDES][PIPELINE_ROUNDS_MAX])
{
    struct pipeline_result *ours = results[PIPELINE_OURS];
    int failed = print_row(row, "", ours, results[PIPELINE_YARDSTICK]);

    failed |= print_row(row, "-with-duties", ours, results[PIPELINE_DUTIFUL]);
    for (size_t i = 0; i < row->rounds; i++)
        failed |= ours[i].items != (long long)row->feeds * CORPUS_ITEMS ||
                  ours[i].tagged < ours[i].alerts ||
                  ours[i].tagged - ours[i].alerts > ours[i].items / BY_CHANCE;
    return failed;
}
