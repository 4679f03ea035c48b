/* feeds discover: what feeds a page names. */
#include "base/clock.h"
#include "base/err.h"
#include "daemon/cli/bench.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/feeds.h"
#include "daemon/cli/feeds_send.h"
#include "daemon/cli/feeds_slug.h"
#include "daemon/cli/get.h"
#include "daemon/cli/human.h"
#include "daemon/cli/table.h"

enum { PAGE_MAX = 8 * 1024 * 1024 };

static void cell_type(struct buf *out, const json_t *feed)
{
    buf_add_text(out, human_text(feed, "type", NULL));
}

static void cell_title(struct buf *out, const json_t *feed)
{
    buf_add_text(out, human_text(feed, "title", NULL));
}

static void cell_url(struct buf *out, const json_t *feed)
{
    buf_add_text(out, human_text(feed, "url", NULL));
}

static const struct table_column columns[] = {
    {"类型 Type", 22, cell_type}, {"标题 Title", 30, cell_title}, {"网址 URL", 0, cell_url}};

/* Ask the worker, in its sandbox: 0 and *out, or the exit status, told. */
static int find(const char *name, struct str body, const char *url, const char *mime, json_t **out)
{
    struct bench bench;
    struct buf payload = BUF_INIT;
    int job_err = 0;
    const struct job job = {.op = JOB_DISCOVER, .kind = SOURCE_NEWS, .body = body,
                            .url = str_from(url), .mime = str_from(mime)};
    int status = bench_open(&bench, NULL);

    if (status)
        return status;
    status = bench_call(&bench, &job, &payload, &job_err);
    if (!status && (job_err || !(*out = json_loadb(payload.data, payload.len, 0, NULL)))) {
        cli_error_at(name, 0, "%s", err_text(job_err));
        status = EX_SOFTWARE;
    }
    buf_free(&payload);
    bench_close(&bench);
    return status;
}

static int add_all(const struct cli_args *args, const json_t *found)
{
    struct feeds_send send;
    struct client *c = client_open();
    const json_t *feed;
    size_t i;
    int status = c ? feeds_send_begin(&send, c, args->rest[0], json_array_size(found))
                   : EX_UNAVAILABLE;

    if (status) {
        client_close(c);
        return status;
    }
    json_array_foreach(found, i, feed) {
        const char *title = human_text(feed, "title", NULL), *url = human_text(feed, "url", NULL);
        char host[FEEDS_SLUG] = "";
        if (!*title && feeds_host(url, host))
            title = host;
        json_t *source = json_pack("{s:s, s:s, s:s}", "name", title, "url", url, "kind", "news");
        if (source)
            feeds_set_options(args, source);
        status = source ? feeds_send_one(&send, source) : EX_OSERR;
        if (status)
            break;
    }
    if (!status)
        status = feeds_send_rest(&send);
    if (!status)
        cli_printf("新增 %zu，已有 %zu，不接受 %zu (added, there already, refused)\n", send.added,
                   send.existing, send.refused);
    if (!status && send.refused)
        status = EX_DATAERR;
    feeds_send_end(&send);
    client_close(c);
    return status;
}

/* On standard error: what is left out is no part of the answer. */
static void tell_refused(const char *name, const json_t *refused)
{
    const json_t *one;
    size_t i;

    json_array_foreach(refused, i, one)
        cli_error_at(name, 0, "%lld 个地址未列出 (not listed): %s",
                     (long long)json_integer_value(json_object_get(one, "count")),
                     human_text(one, "text", NULL));
}

static int show(const struct cli_args *args, const json_t *found)
{
    if (cli_value(args, "json")) {
        cli_json(found);
        return 0;
    }
    if (!json_array_size(found)) {
        cli_error_at(args->rest[0], 0, "没有找到信源 (names no feed)");
        return EX_DATAERR;
    }
    table_rows(columns, 3, found);
    return 0;
}

/* Fetch the page with the manners that the daemon has. */
static int find_at(const struct cli_args *args, char *url, json_t **out)
{
    static char name[] = "discover";
    const struct source page = {.id = name, .name = name, .url = url, .interval = CLOCK_DAY,
                                .least = CLOCK_DAY, .most = CLOCK_DAY};
    const char *contact = cli_value(args, "contact"), *refusal = source_refusal(str_from(url));
    struct page_got got;

    if (!contact) {
        cli_error("取网页要有 --contact，它写进 User-Agent "
                  "(--contact is needed to fetch a page: sites are told whom to ask)");
        return EX_USAGE;
    }
    if (refusal) {
        cli_error("%s", refusal);
        return EX_DATAERR;
    }
    int status = cli_get(&page, NULL, contact, cli_value(args, "allow"), &got);
    if (status)
        return status;
    status = find(url, buf_str(&got.body), got.url ? got.url : url, got.mime, out);
    page_got_clear(&got);
    return status;
}

static int find_in(const struct cli_args *args, json_t **out)
{
    struct buf body = BUF_INIT;
    int status = cli_read(args->rest[0], PAGE_MAX, &body);

    if (!status)
        status = find(args->rest[0], buf_str(&body), cli_value(args, "url"), NULL, out);
    buf_free(&body);
    return status;
}

int commands_feeds_discover(const struct cli_args *args)
{
    char *where = args->rest[0];
    json_t *answer = NULL;
    int status = feeds_is_address(where) ? find_at(args, where, &answer) : find_in(args, &answer);
    const json_t *found = json_object_get(answer, "feeds");

    if (!status)
        tell_refused(where, json_object_get(answer, "refused"));
    if (!status)
        status = show(args, found);
    if (!status && cli_value(args, "add"))
        status = add_all(args, found);
    json_decref(answer);
    return status;
}
