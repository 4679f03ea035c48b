/* tests/unit/batch_bench.h - batches over the memory store, with a desk that knows no topics. */
#ifndef HUIYING_TESTS_BATCH_BENCH_H
#define HUIYING_TESTS_BATCH_BENCH_H

#include "daemon/ledger/batch.h"

struct batch_bench {
    struct config config;
    struct unit office;
    struct units units;
    struct roster *roster;
    struct store *store;
    struct source_table *table;
    struct batch *batch;
    struct desk *desk;
    uint32_t count;
    int64_t now;
};

void batch_bench_open(struct batch_bench *t);
void batch_bench_close(struct batch_bench *t);
/* One more source, of the next index. */
void batch_bench_add(struct batch_bench *t, const char *id, enum source_kind kind);
/* Begin a transaction for a few of each, and commit what it came to. */
void batch_bench_begin(struct batch_bench *t);
void batch_bench_commit(struct batch_bench *t);

#endif
