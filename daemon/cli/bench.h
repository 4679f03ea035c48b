/* daemon/cli/bench.h - the worker's own code in the worker's own sandbox, for one command. */
#ifndef HUIYING_DAEMON_CLI_BENCH_H
#define HUIYING_DAEMON_CLI_BENCH_H

#include "classifiers/rules/rules.h"
#include "daemon/cli/cli.h"
#include "daemon/workers/worker.h"

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
enum { BENCH_ZONE = 8 * 60, /* minutes, of dates without one */
       BENCH_PAGE = 32 * 1024 * 1024 };
/* The page that the command's FILE, --url and --type name, through the worker and to `show`; to
 * `none`, which tells it and says how to exit, when it is not what was looked for. The command's
 * exit status. */
int bench_page(const struct cli_args *args, enum job_op op,
               int (*none)(const char *file, struct str payload),
               void (*show)(const struct cli_args *args, struct str payload));

/* Compile rules as `rules check` does, telling every problem: NULL when there was one. */
struct rules *bench_rules(const char *dir);
/* The same with a text that stands for a file; NULL: none does. */
struct rules *bench_rules_edited(const char *dir, const struct rules_edit *edit);

#endif
