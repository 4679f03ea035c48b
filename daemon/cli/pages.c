/* feeds try and extract: what the worker makes of a page, for whoever writes a source. */
#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/cli/bench.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/get.h"
#include "daemon/cli/source_file.h"
#include "daemon/cli/try_show.h"

/* What the worker finds on one page: *found, or the exit status after the reason was told. */
static int try_body(struct bench *bench, const struct source *s, enum job_op op,
                    const struct page_got *page, json_t **found)
{
    struct buf payload = BUF_INIT;
    struct job job = {.op = op, .kind = s->kind, .body = buf_str(&page->body),
                      .url = str_from(page->url ? page->url : s->url), .mime = str_from(page->mime),
                      .zone_minutes = s->zone_minutes, .now = clock_now()};
    int job_err = 0;

    if (s->extras)
        job.board = s->extras->board;
    int status = bench_call(bench, &job, &payload, &job_err);
    if (!status && job_err && job_err != ERR_SYNTAX) {
        cli_error("%s", err_text(job_err));
        status = EX_SOFTWARE;
    }
    if (!status) {
        *found = json_loadb(payload.data, payload.len, 0, NULL);
        status = *found ? 0 : EX_SOFTWARE;
    }
    buf_free(&payload);
    return status;
}

static int try_page(struct bench *bench, const struct source *s, enum job_op op, const char *file,
                    json_t **found)
{
    struct page_got page = {0};
    int status = cli_read(file, BENCH_PAGE, &page.body);

    if (!status)
        status = try_body(bench, s, op, &page, found);
    page_got_clear(&page);
    return status;
}

/* The page at url, NULL for the list's own, fetched as the daemon would. */
static int try_fetched(struct bench *bench, const struct cli_args *args, const struct source *s,
                       const char *url, json_t **found)
{
    const char *contact = cli_value(args, "contact");
    struct page_got page = {0};

    if (!contact) {
        cli_error("没有 --page 时要有 --contact，它写进 User-Agent "
                  "(without --page, --contact is needed: sources are told whom to ask)");
        return EX_USAGE;
    }
    int status = cli_get(s, url, contact, cli_value(args, "allow"), &page);
    if (!status)
        status = try_body(bench, s, url ? JOB_TRY_PAGE : JOB_TRY, &page, found);
    page_got_clear(&page);
    return status;
}

/* The list, and the page of its first item. */
static int try_site(struct bench *bench, const struct cli_args *args, const struct source *s,
                    json_t **list, json_t **detail)
{
    enum { SPACING_MS = 1000 }; /* as long as a daemon leaves a site alone between two requests */
    int status = try_fetched(bench, args, s, NULL, list);
    const char *url = status ? NULL : page_get_first(s, *list);

    if (url) {
        clock_sleep(SPACING_MS);
        status = try_fetched(bench, args, s, url, detail);
    }
    return status;
}

static int show(const struct cli_args *args, const struct source *s, json_t *list, json_t *detail)
{
    int status = EX_OK;

    if (cli_value(args, "json")) {
        json_t *all = json_pack("{s:s, s:o*, s:o*}", "source", s->id, "list", json_incref(list),
                                "detail", json_incref(detail));
        char *text = json_dumps(all, JSON_COMPACT);
        if (text)
            cli_printf("%s\n", text);
        free(text);
        json_decref(all);
    } else {
        if (list)
            try_show(list, false);
        if (detail)
            try_show(detail, true);
    }
    if ((list && !json_array_size(json_object_get(list, "items"))) ||
        (detail && !try_show_kept(detail)) || (list && !try_show_kept(list)))
        status = EX_DATAERR;
    return status;
}

int commands_feeds_try(const struct cli_args *args)
{
    const char *page = cli_value(args, "page"), *detail = cli_value(args, "detail");
    struct source *source = NULL;
    struct bench bench = {0};
    json_t *list = NULL, *one = NULL;

    int status = source_file_load(args->rest[0], &source);
    if (!status)
        status = bench_open(&bench, NULL);
    if (!status && page)
        status = try_page(&bench, source, JOB_TRY, page, &list);
    else if (!status && !detail)
        status = try_site(&bench, args, source, &list, &one);
    if (!status && detail)
        status = try_page(&bench, source, JOB_TRY_PAGE, detail, &one);
    if (!status || list) {
        int shown = show(args, source, list, one);
        status = status ? status : shown;
    }
    json_decref(list);
    json_decref(one);
    bench_close(&bench);
    free(source);
    return status;
}

/* Title, blank line, paragraphs. */
static void print_article(const json_t *feed)
{
    const json_t *item = json_array_get(json_object_get(feed, "items"), 0);
    const char *title = json_string_value(json_object_get(item, "title"));
    const char *text = json_string_value(json_object_get(item, "content_text"));

    if (title && *title)
        cli_printf("%s\n\n", title);
    cli_printf("%s\n", text ? text : "");
}

static int tell_no_text(const char *file, struct str payload)
{
    (void)payload;
    cli_error_at(file, 0, "没有找到正文 (no main text)");
    return EX_DATAERR;
}

static void show_article(const struct cli_args *args, struct str payload)
{
    if (cli_value(args, "json")) {
        cli_print(str_trim(payload));
        cli_print(STR("\n"));
        return;
    }
    json_t *feed = json_loadb(payload.p, payload.n, 0, NULL);
    print_article(feed);
    json_decref(feed);
}

int commands_extract(const struct cli_args *args)
{
    return bench_page(args, JOB_EXTRACT, tell_no_text, show_article);
}
