/* tests/bench/pipeline_row.h - what the contestants of the pipeline bench did, as a row of JSON. */
#ifndef HUIYING_BENCH_PIPELINE_ROW_H
#define HUIYING_BENCH_PIPELINE_ROW_H

#include <stddef.h>

enum { PIPELINE_ROUNDS_MAX = 99 };

enum pipeline_side {
    PIPELINE_OURS,
    PIPELINE_YARDSTICK,
    PIPELINE_DUTIFUL, /* the yardstick with duties.h */
    PIPELINE_SIDES
};

/* One round of one contestant; of `items` some topic was found in `tagged`. */
struct pipeline_result {
    long long items, alerts, tagged;
    double cpu, wall; /* seconds */
    int err;
};

struct pipeline_row {
    unsigned alert_every; /* items, one that alerts */
    size_t feeds, feed_bytes, rounds;
};

/* Print a row against the yardstick and one against the yardstick with duties, of the medians of
 * all rounds; orders the lists. Non-zero when a round failed, or when ours did not store every
 * item, or found topics in others than those that alert. */
int pipeline_row_print(const struct pipeline_row *row,
                       struct pipeline_result results[PIPELINE_SIDES][PIPELINE_ROUNDS_MAX]);

#endif
