/* group: which items are one concern, decided by the desk itself on a memory of its own. */
#define _GNU_SOURCE
#include "daemon/cli/group.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#include "alerts/desk/desk.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/member.h"
#include "daemon/cli/bench.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/due.h"
#include "daemon/cli/lines.h"
#include "daemon/cli/places.h"
#include "daemon/http/json_out.h"

struct grouping {
    struct bench bench;
    struct lines lines;
    struct units *units;
    struct deadlines *deadlines;
    struct desk *desk;
    struct changes changes;
    int64_t now;
    struct buf payload;
    bool why;
};

enum { GROUP_WINDOW_DAYS = 30 };

static int fail_line(struct grouping *g, const char *why)
{
    cli_error_at(g->lines.name, g->lines.number, "%s", why);
    return EX_DATAERR;
}

/* The classified form of a plain line, from the worker. */
static int classify(struct grouping *g, struct str line, json_t **out)
{
    struct job job = {.op = JOB_CLASSIFY, .kind = SOURCE_BOARD, .body = line, .now = g->now};
    int job_err = 0;
    int died = bench_call(&g->bench, &job, &g->payload, &job_err);

    if (died)
        return died;
    if (job_err && g->payload.len)
        cli_error_at(g->lines.name, g->lines.number, "%.*s", STR_ARG(buf_str(&g->payload)));
    else if (job_err)
        cli_error_at(g->lines.name, g->lines.number, "%s", err_text(job_err));
    if (job_err)
        return EX_DATAERR;
    *out = json_loadb(g->payload.data, g->payload.len, 0, NULL);
    return *out ? 0 : EX_SOFTWARE;
}

/* The worker sketches what a poll brings, so the text goes to it as a feed of one item. */
static int sketch(struct grouping *g, const json_t *item, struct verdict *v)
{
    static const char *const members[] = {"title", "content_text"};
    struct buf feed = BUF_INIT;
    struct verdicts *verdicts = NULL;
    int job_err = 0;

    buf_add_text(&feed, "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"\","
                        "\"items\":[{\"id\":\"1\"");
    for (size_t i = 0; i < 2; i++) {
        const json_t *text = json_object_get(item, members[i]);
        if (json_is_string(text))
            json_out_str(&feed, members[i], member_str(text));
    }
    buf_add_text(&feed, "}]}");
    struct job job = {.op = JOB_POLL, .kind = SOURCE_BOARD, .body = buf_str(&feed),
                      .mime = STR("application/feed+json"), .now = g->now};
    int status = buf_ok(&feed) ? bench_call(&g->bench, &job, &g->payload, &job_err) : EX_OSERR;
    if (!status && !job_err && job_read_verdicts(buf_str(&g->payload), &verdicts) == 0 &&
        verdicts->count == 1) {
        memcpy(v->sketch, verdicts->list[0].sketch, sizeof v->sketch);
        memcpy(v->traits, verdicts->list[0].traits, sizeof v->traits);
    }
    verdict_free(verdicts);
    buf_free(&feed);
    return status;
}

static void move_clock(struct grouping *g, const json_t *item)
{
    int64_t at;

    /* The desk's time only goes forward; lines may come in any order. */
    if (clock_parse(member_get(item, "date_published"), &at) == 0 && at > g->now)
        g->now = at;
}

/* Why it joined, if it did. */
static void add_why(struct buf *out, const struct changes *changes)
{
    for (size_t i = 0; i < changes->nevents; i++) {
        const struct event_likeness *like = &changes->events[i].likeness;
        if (like->by)
            buf_addf(out, ",\"why\":{\"by\":\"%s\",\"score\":%u,\"shared\":%u}",
                     event_like_name((enum event_like)like->by), like->score, like->shared);
    }
}

/* Of plain lines it is asked what in them is one matter, whether they raise or report it and
 * whether a topic takes it or not: what none takes goes under the first there is, which nothing
 * shows. */
static void take_any(const struct grouping *g, struct verdict *v, struct verdict_tag *tag)
{
    v->kind = VERDICT_RAISED;
    if (v->ntags || !rules_topics(g->bench.rules))
        return;
    *tag = (struct verdict_tag){.topic = rules_topic(g->bench.rules, 0).id};
    v->tags = tag;
    v->ntags = 1;
}

static int place(struct grouping *g, const json_t *item, const struct verdict *v)
{
    const json_t *id = json_object_get(item, "id");
    const json_t *source = json_object_get(item, "source");
    uint64_t concern = 0;
    char name[24];
    struct buf out = BUF_INIT;
    struct desk_origin from = {0};

    if (json_is_string(source))
        from.source = XXH3_64bits(json_string_value(source), json_string_length(source));
    desk_changes_reset(&g->changes);
    int err = desk_item(g->desk, v, &from, g->now, &g->changes, &concern);
    if (err) {
        cli_error("%s", err_text(err));
        return EX_OSERR;
    }
    if (concern)
        concern_format_id(concern, name);
    buf_add_char(&out, '{');
    json_out_str(&out, "id", member_str(id));
    json_out_text(&out, "concern", concern ? name : NULL);
    if (g->why)
        add_why(&out, &g->changes);
    buf_add_text(&out, "}\n");
    cli_print(buf_str(&out));
    buf_free(&out);
    return 0;
}

static int take_item(struct grouping *g, struct str line, const json_t *item, struct arena *arena)
{
    struct verdict v = {0};
    const char *problem;
    json_t *classified = NULL;
    struct verdict_tag tag;
    bool plain = !json_is_array(json_object_get(item, "tags"));
    bool has_text = json_is_string(json_object_get(item, "title")) ||
                    json_is_string(json_object_get(item, "content_text"));
    int status = 0;

    if (!json_is_string(json_object_get(item, "id")))
        return fail_line(g, "缺少文本 id (the item has no text id)");
    move_clock(g, item);
    if (plain)
        status = classify(g, line, &classified);
    if (status)
        return status;
    const json_t *judged = classified ? classified : item;
    int err = group_read_verdict(judged, arena, &v, &problem);
    group_hit_sketch(judged, v.sketch);
    json_decref(classified);
    if (err == ERR_SYNTAX)
        return fail_line(g, problem);
    if (err)
        return EX_OSERR;
    if (has_text)
        status = sketch(g, item, &v);
    if (status)
        return status;
    if (plain)
        take_any(g, &v, &tag);
    return place(g, item, &v);
}

static int take_line(struct grouping *g, struct str line)
{
    json_t *item = json_loadb(line.p, line.n, 0, NULL);
    struct arena *arena = arena_new();
    int status;

    if (!json_is_object(item))
        status = fail_line(g, "不是 JSON 对象 (not a JSON object)");
    else
        status = arena ? take_item(g, line, item, arena) : EX_OSERR;
    arena_free(arena);
    json_decref(item);
    return status;
}

/* Routing is not asked here: one unit takes everything. */
static struct units *one_unit(void)
{
    struct str text = STR("coordinator: unit\nunits:\n  - id: unit\n    name: {zh: 承办单位}\n");
    struct problems *problems = problems_new();
    struct units *units = NULL;
    char path[32];
    int fd = memfd_create("units.yaml", MFD_CLOEXEC);

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (problems && fd >= 0 && file_write_all(fd, text) == 0)
        units = units_load(path, problems);
    if (fd >= 0)
        close(fd);
    if (!units)
        cli_error("%s", err_text(ERR_NOMEM));
    problems_free(problems);
    return units;
}

/* Clocks do not matter to grouping, but the desk starts those that topics name. */
static int open_desk(struct grouping *g, const char *dir)
{
    int status = bench_open(&g->bench, dir);

    if (status)
        return status;
    g->deadlines = due_load(dir);
    if (!g->deadlines)
        return EX_CONFIG;
    g->units = one_unit();
    struct desk_conf conf = {.units = g->units, .deadlines = g->deadlines,
                             .rules = g->bench.rules,
                             .group_window = GROUP_WINDOW_DAYS * CLOCK_DAY};
    g->desk = g->units ? desk_new(&conf, 0) : NULL;
    return g->desk ? 0 : EX_OSERR;
}

int commands_group(const struct cli_args *args)
{
    char dir[PLACES_MAX];
    struct grouping g = {.why = cli_value(args, "why")};
    struct str line;
    int status = lines_open(&g.lines, cli_file(args, 0)), worst = 0;

    if (status)
        return status;
    status = open_desk(&g, places_rules(args, dir));
    while (!status && lines_next(&g.lines, &line)) {
        status = take_line(&g, line);
        if (status == EX_DATAERR) {
            worst = status;
            status = 0;
        }
    }
    desk_changes_free(&g.changes);
    desk_free(g.desk);
    units_free(g.units);
    deadline_free(g.deadlines);
    buf_free(&g.payload);
    bench_close(&g.bench);
    int cut = lines_close(&g.lines);
    return status ? status : cut ? cut : worst;
}
