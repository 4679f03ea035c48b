/* daemon/workbench/workbench_run.h - one command of the workbench from its start to its end. */
#ifndef HUIYING_DAEMON_WORKBENCH_RUN_H
#define HUIYING_DAEMON_WORKBENCH_RUN_H

#include "daemon/workbench/workbench.h"

struct workbench_run {
    const struct workbench_conf *conf;
    const struct workbench_order *order; /* its topic ends in NUL when there is one */
    int wake;                            /* descriptor: readable when `stop` may have changed */
    bool (*stop)(void *arg);             /* it is to be ended */
    void (*progress)(void *arg, size_t done, size_t total);
    void *arg;
};

/* Run it: NULL, and result has what it says as workbench_result_keep() leaves it; else why not,
 * "zh (en)", or "" when it says so itself in `told`. At most half an hour, 10 minutes of CPU and
 * 2 GiB of memory. */
const char *workbench_run(const struct workbench_run *run, struct buf *result, struct buf *told);

#endif
