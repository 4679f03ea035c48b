/* parse and classify: the worker's own code, inside the worker's sandbox. */
#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/cli/bench.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/human.h"
#include "daemon/cli/lines.h"
#include "daemon/cli/places.h"

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

static void show_feed(const struct cli_args *args, struct str payload)
{
    (void)args;
    cli_print(str_trim(payload));
    cli_print(STR("\n"));
}

int commands_parse(const struct cli_args *args)
{
    return bench_page(args, JOB_PARSE, tell_not_a_feed, show_feed);
}

static int classify_lines(struct bench *bench, struct lines *lines)
{
    struct buf payload = BUF_INIT;
    struct str line;
    int status = EX_OK, job_err;

    while (status != EX_SOFTWARE && lines_next(lines, &line)) {
        struct job job = {.op = JOB_CLASSIFY, .kind = SOURCE_NEWS, .body = line,
                          .zone_minutes = BENCH_ZONE, .now = clock_now()};
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
    int cut = lines_close(&lines);
    return cut ? cut : status;
}
