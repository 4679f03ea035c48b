/* tests/unit/batch_rig.h - a ledger's batches onto a store in a file, with one concern of the
 * labour unit in it. The units are office (coordinating), labour and health. */
#ifndef HUIYING_TESTS_BATCH_RIG_H
#define HUIYING_TESTS_BATCH_RIG_H

#include "daemon/ledger/batch.h"

#define BATCH_RIG_HOUR (3600 * INT64_C(1000))
#define BATCH_RIG_URL "https://www.example.gov.cn/hf/1.html"

struct batch_rig {
    struct config config;
    struct unit list[3];
    struct units units;
    struct roster *roster;
    struct source_table *table;
    struct desk_conf conf;
    char *folder, *address;
    struct store *store;
    struct batch *batch;
    struct desk *desk;
    int64_t now;
    uint64_t concern, seq; /* the one that commands are about; of the last command's event */
    const char *reason;
};

/* cmocka's set-up and tear-down of a test whose *state is a struct batch_rig. */
int batch_rig_set_up(void **state);
int batch_rig_tear_down(void **state);
/* As a process that ends and begins again on the same file. */
void batch_rig_restart(struct batch_rig *t);
/* One command, of t->concern, in a transaction of its own; its status. */
int batch_rig_do(struct batch_rig *t, const struct command *c);

#endif
