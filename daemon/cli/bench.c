#include "daemon/cli/bench.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/problems.h"
#include "daemon/cli/places.h"
#include "daemon/config/config.h"

enum { BENCH_WAIT_MS = 60000 }; /* the worker's CPU limit ends it long before */

struct rules *bench_rules(const char *dir)
{
    return bench_rules_edited(dir, NULL);
}

struct rules *bench_rules_edited(const char *dir, const struct rules_edit *edit)
{
    const struct rules_town town = {.edit = edit};
    struct problems *problems = problems_new();

    places_set_shipped();
    struct rules *rules = problems ? rules_compile_town(dir, &town, problems) : NULL;

    if (problems) {
        problems_sort(problems);
        problems_print(problems, stderr);
    }
    if (!rules && !(problems && problems_count(problems)))
        cli_error("%s: %s", dir, err_text(ERR_NOMEM));
    problems_free(problems);
    return rules;
}

int bench_open(struct bench *b, const char *rules_dir)
{
    char path[PLACES_MAX];
    int err = 0;

    *b = (struct bench){0};
    if (rules_dir && !(b->rules = bench_rules(rules_dir)))
        return EX_CONFIG;
    config_program("huiying-worker", path, sizeof path);
    b->worker = worker_spawn(path, b->rules ? rules_fd(b->rules) : -1, &err);
    if (b->worker)
        return 0;
    cli_error("%s: 启动不了 (cannot start): %s", path, err_text(err));
    bench_close(b);
    return EX_OSERR;
}

int bench_call(struct bench *b, const struct job *job, struct buf *payload, int *job_err)
{
    buf_reset(payload);
    int err = worker_call(b->worker, job, BENCH_WAIT_MS, payload, job_err);
    if (!err)
        return 0;
    const char *death = worker_death(b->worker);
    cli_error("工作进程已终止 (the worker ended): %s", death ? death : err_text(err));
    return EX_SOFTWARE;
}

void bench_close(struct bench *b)
{
    worker_free(b->worker);
    rules_free(b->rules);
    *b = (struct bench){0};
}

int bench_page(const struct cli_args *args, enum job_op op,
               int (*none)(const char *file, struct str payload),
               void (*show)(const struct cli_args *args, struct str payload))
{
    const char *file = cli_file(args, 0);
    struct job job = {.op = op, .kind = SOURCE_NEWS, .url = str_from(cli_value(args, "url")),
                      .mime = str_from(cli_value(args, "type")), .zone_minutes = BENCH_ZONE};
    struct buf body = BUF_INIT, payload = BUF_INIT;
    struct bench bench = {0};
    int job_err = 0, status = cli_read(file, BENCH_PAGE, &body);

    job.body = buf_str(&body);
    job.now = clock_now();
    if (!status)
        status = bench_open(&bench, NULL);
    if (!status)
        status = bench_call(&bench, &job, &payload, &job_err);
    if (!status && job_err == ERR_SYNTAX) {
        status = none(file, buf_str(&payload));
    } else if (!status && job_err) {
        cli_error_at(file, 0, "%s", err_text(job_err));
        status = EX_SOFTWARE;
    } else if (!status) {
        show(args, buf_str(&payload));
    }
    bench_close(&bench);
    buf_free(&payload);
    buf_free(&body);
    return status;
}
