/* parse and classify: the worker's own code, inside the worker's sandbox. */
#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/cli/bench.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/human.h"
#include "daemon/cli/lines.h"
#include "daemon/cli/places.h"

enum { PARSE_MAX = 32 * 1024 * 1024, CHINA_MINUTES = 8 * 60 };

static int tell_not_a_feed(const char *file, struct str payload)
{
    json_t *root = payload.n ? json_loadb(payload.p, payload.n, 0, NULL) : NULL;
    const json_t *problems = json_object_get(json_object_get(root, "_huiying"), "problems");
    const json_t *problem;
    size_t i;

    if (!json_array_size(problems))
        cli_error_at(file, 0, "不是信源 (not a feed)");
    json_array_foreach(problems, i, problem)
        cli_error_at(file, (int)json_integer_value(json_object_get(problem, "line")), "%s",
                     human_text(problem, "text", NULL));
    json_decref(root);
    return EX_DATAERR;
}

static int parse_body(const struct cli_args *args, const char *file, struct str body)
{
    struct bench bench;
    struct buf payload = BUF_INIT;
    int job_err = 0;
    struct job job = {.op = JOB_PARSE, .kind = SOURCE_NEWS, .body = body,
                      .url = str_from(cli_value(args, "url")),
                      .mime = str_from(cli_value(args, "type")),
                      .zone_minutes = CHINA_MINUTES, .now = clock_now()};
    int status = bench_open(&bench, NULL);

    if (status)
        return status;
    status = bench_call(&bench, &job, &payload, &job_err);
    if (!status && job_err == ERR_SYNTAX) {
        status = tell_not_a_feed(file, buf_str(&payload));
    } else if (!status && job_err) {
        cli_error_at(file, 0, "%s", err_text(job_err));
        status = EX_SOFTWARE;
    } else if (!status) {
        cli_print(str_trim(buf_str(&payload)));
        cli_print(STR("\n"));
    }
    buf_free(&payload);
    bench_close(&bench);
    return status;
}

int commands_parse(const struct cli_args *args)
{
    const char *file = cli_file(args, 0);
    struct buf body = BUF_INIT;
    int status = cli_read(file, PARSE_MAX, &body);

    if (!status)
        status = parse_body(args, file, buf_str(&body));
    buf_free(&body);
    return status;
}

static int classify_lines(struct bench *bench, struct lines *lines)
{
    struct buf payload = BUF_INIT;
    struct str line;
    int status = EX_OK, job_err;

    while (status != EX_SOFTWARE && lines_next(lines, &line)) {
        struct job job = {.op = JOB_CLASSIFY, .kind = SOURCE_NEWS, .body = line,
                          .zone_minutes = CHINA_MINUTES, .now = clock_now()};
        job_err = 0;
        int died = bench_call(bench, &job, &payload, &job_err);
        if (died) {
            status = died;
        } else if (job_err) {
            struct str why = payload.len ? buf_str(&payload) : str_from(err_text(job_err));
            cli_error_at(lines->name, lines->number, "%.*s", STR_ARG(why));
            status = EX_DATAERR;
        } else {
            cli_print(str_trim(buf_str(&payload)));
            cli_print(STR("\n"));
        }
    }
    buf_free(&payload);
    return status;
}

int commands_classify(const struct cli_args *args)
{
    char dir[PLACES_MAX];
    struct bench bench;
    struct lines lines;
    int status = lines_open(&lines, cli_file(args, 0));

    if (status)
        return status;
    status = bench_open(&bench, places_rules(args, dir));
    if (!status) {
        status = classify_lines(&bench, &lines);
        bench_close(&bench);
    }
    lines_close(&lines);
    return status;
}
