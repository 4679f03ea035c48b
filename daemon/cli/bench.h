/* daemon/cli/bench.h - the worker's own code in the worker's own sandbox, for one command. */
#ifndef HUIYING_DAEMON_CLI_BENCH_H
#define HUIYING_DAEMON_CLI_BENCH_H

#include "classifiers/rules/rules.h"
#include "daemon/worker.h"

struct bench {
    struct rules *rules; /* NULL: none were asked for */
    struct worker *worker;
};

/* Compile rules_dir (NULL: no rules) and start a worker: 0, or the exit status after the reasons
 * were told. */
int bench_open(struct bench *b, const char *rules_dir);
/* Ask the worker: 0 with *job_err and the payload in place of what it held; EX_SOFTWARE, told, when
 * the worker died. */
int bench_call(struct bench *b, const struct job *job, struct buf *payload, int *job_err);
void bench_close(struct bench *b);

/* Compile rules as `rules check` does, telling every problem: NULL when there was one. */
struct rules *bench_rules(const char *dir);
/* The same with a text that stands for a file; NULL: none does. */
struct rules *bench_rules_edited(const char *dir, const struct rules_edit *edit);

#endif
