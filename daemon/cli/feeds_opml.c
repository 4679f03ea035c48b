/* feeds import and feeds export: lists of feeds as other programs keep them. */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/drill.h"
#include "base/err.h"
#include "base/file.h"
#include "daemon/cli/bench.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/feeds.h"
#include "daemon/cli/feeds_send.h"
#include "daemon/cli/feeds_slug.h"
#include "daemon/cli/human.h"
#include "daemon/cli/table.h"
#include "feeds/formats/opml.h"

enum { TOLD_MOST = 20 };

static void tell_problems(const char *file, const json_t *problems)
{
    const json_t *problem;
    size_t i;

    json_array_foreach(problems, i, problem) {
        const char *text = human_text(problem, "text", NULL);
        if (i == TOLD_MOST) {
            cli_error_at(file, 0, "其余不再列出 (the rest is not listed)");
            return;
        }
        cli_error_at(file, (int)json_integer_value(json_object_get(problem, "line")),
                     "%s", text);
    }
}

/* Read the list in the worker's sandbox: 0 and *out, or the exit status, told. */
static int read_list(const char *file, json_t **out)
{
    struct bench bench = {0};
    struct buf body = BUF_INIT, payload = BUF_INIT;
    int job_err = 0;
    int status = cli_read(file, OPML_BYTES, &body);

    if (!status)
        status = bench_open(&bench, NULL);
    if (!status) {
        const struct job job = {.op = JOB_OPML, .kind = SOURCE_NEWS, .body = buf_str(&body)};
        status = bench_call(&bench, &job, &payload, &job_err);
        bench_close(&bench);
    }
    buf_free(&body);
    if (!status && payload.len)
        *out = json_loadb(payload.data, payload.len, 0, NULL);
    buf_free(&payload);
    if (!status && job_err) {
        tell_problems(file, json_object_get(*out, "problems"));
        status = EX_DATAERR;
    }
    return status;
}

static json_t *source_of(const struct cli_args *args, const json_t *feed)
{
    const char *title = human_text(feed, "title", NULL), *url = human_text(feed, "url", NULL);
    const char *category = human_text(feed, "category", NULL);
    json_t *source = json_object();
    char host[FEEDS_SLUG] = "";

    if (!*title && feeds_host(url, host))
        title = host;
    json_object_set_new(source, "name", json_string(title));
    json_object_set_new(source, "url", json_string(url));
    json_object_set_new(source, "kind", json_string("news"));
    if (*category)
        json_object_set_new(source, "category", json_string(category));
    feeds_set_options(args, source);
    return source;
}

static void cell_id(struct buf *out, const json_t *s)
{
    buf_add_text(out, human_text(s, "id", NULL));
}

static void cell_category(struct buf *out, const json_t *s)
{
    buf_add_text(out, human_text(s, "category", NULL));
}

static void cell_url(struct buf *out, const json_t *s)
{
    buf_add_text(out, human_text(s, "url", NULL));
}

static const struct table_column planned[] = {
    {"编号 ID", 36, cell_id}, {"分类 Category", 20, cell_category}, {"网址 URL", 0, cell_url}};

static int send_all(const struct cli_args *args, const json_t *feeds, struct feeds_send *send)
{
    bool show = !send->client && !cli_value(args, "json");
    const json_t *feed;
    size_t i;
    int status = 0;

    if (show)
        table_row(planned, 3, NULL);
    json_array_foreach(feeds, i, feed) {
        json_t *source = source_of(args, feed), *kept = json_incref(source);
        status = source ? feeds_send_one(send, source) : EX_OSERR;
        if (!status && show)
            table_row(planned, 3, kept);
        json_decref(kept);
        if (status)
            return status;
    }
    return feeds_send_rest(send);
}

static void summarise(const struct cli_args *args, const json_t *list, const struct feeds_send *s)
{
    size_t duplicates = (size_t)json_integer_value(json_object_get(list, "duplicates"));
    size_t refused = s->refused + (size_t)json_integer_value(json_object_get(list, "refused"));
    size_t all = json_array_size(json_object_get(list, "feeds")) + duplicates +
                 (refused - s->refused);

    if (cli_value(args, "json")) {
        cli_printf("{\"read\":%zu,\"added\":%zu,\"existing\":%zu,\"duplicates\":%zu,"
                   "\"refused\":%zu,\"dry_run\":%s}\n",
                   all, s->added, s->existing, duplicates, refused, s->client ? "false" : "true");
        return;
    }
    cli_printf("读到 %zu 个地址：%s %zu，已有 %zu，清单内重复 %zu，不接受 %zu\n"
               "(%zu addresses: %zu %s, %zu there already, %zu twice in the list, %zu refused)\n",
               all, s->client ? "新增" : "将新增", s->added, s->existing, duplicates, refused, all,
               s->added, s->client ? "added" : "would be added", s->existing, duplicates, refused);
}

int commands_feeds_import(const struct cli_args *args)
{
    const char *file = cli_file(args, 0);
    bool dry = cli_value(args, "dry-run") != NULL;
    struct client *client = NULL;
    struct feeds_send send = {0};
    json_t *list = NULL;
    int status = read_list(file, &list);

    if (!status)
        tell_problems(file, json_object_get(list, "problems"));
    if (!status && !dry && !(client = client_open()))
        status = EX_UNAVAILABLE;
    const json_t *feeds = json_object_get(list, "feeds");
    if (!status)
        status = feeds_send_begin(&send, client, file, json_array_size(feeds));
    if (!status) {
        status = send_all(args, feeds, &send);
        summarise(args, list, &send);
    }
    if (!status && (send.refused || json_integer_value(json_object_get(list, "refused"))))
        status = EX_DATAERR;
    feeds_send_end(&send);
    client_close(client);
    json_decref(list);
    return status;
}

struct exporting {
    struct arena *arena;
    struct opml_feed *feeds;
    size_t count, room;
};

static int keep_page(void *arg, const json_t *items)
{
    struct exporting *e = arg;
    const json_t *s;
    size_t i;

    json_array_foreach(items, i, s) {
        if (e->count == e->room) {
            size_t room = e->room ? 2 * e->room : 256;
            struct opml_feed *more = reallocarray(e->feeds, room, sizeof *more);
            if (!more)
                return EX_OSERR;
            e->feeds = more;
            e->room = room;
        }
        struct opml_feed *to = &e->feeds[e->count++];
        *to = (struct opml_feed){
            .title = arena_str(e->arena, str_from(human_text(s, "name", NULL))),
            .url = arena_str(e->arena, str_from(human_text(s, "url", NULL))),
            .category = arena_str(e->arena, str_from(human_text(s, "category", NULL))),
        };
        if (!to->title.p || !to->url.p)
            return EX_OSERR;
    }
    return 0;
}

/* To FILE by way of a file beside it, so that what was there stays whole until the new one is. */
static int write_list(const char *file, struct str text)
{
    if (strcmp(file, "-") == 0) {
        cli_print(text);
        return 0;
    }
    int err = file_replace(file, text, 0644);
    if (err)
        cli_error_at(file, 0, "%s", err_text(err));
    return err ? EX_CANTCREAT : 0;
}

int commands_feeds_export(const struct cli_args *args)
{
    struct exporting e = {.arena = arena_new()};
    struct buf out = BUF_INIT;
    struct client *c = client_open();
    int status = !c ? EX_UNAVAILABLE : !e.arena ? EX_OSERR : 0;

    if (!status)
        status = feeds_each_page(c, args, keep_page, &e);
    json_t *about = NULL;
    if (!status)
        status = client_get(c, "/api/v1/status", &about);
    struct str title = human_drill(about) ? STR(DRILL_MARK "回应 huiying") : STR("回应 huiying");
    if (!status && opml_write(title, e.feeds, e.count, &out))
        status = EX_OSERR;
    json_decref(about);
    if (!status)
        status = write_list(cli_file(args, 0), buf_str(&out));
    buf_free(&out);
    free(e.feeds);
    arena_free(e.arena);
    client_close(c);
    return status;
}
