#include "daemon/cli/filters.h"

#include <string.h>

#include "daemon/cli/known.h"

static const struct filter {
    const char *option, *path, *unknown;
} filters[] = {
    {"topic", "/api/v1/topics", "没有这个事项 (no such topic)"},
    {"unit", "/api/v1/units", "没有这个单位 (no such unit)"},
};

/* What is gone from the files by now may have concerns. */
static int had(struct client *c, const struct filter *f, const char *id, bool *known)
{
    struct buf path = BUF_INIT;
    json_t *answer = NULL;

    buf_add_text(&path, "/api/v1/concerns?limit=1");
    client_add_query(&path, f->option, id);
    buf_add_char(&path, '\0');
    int status = buf_ok(&path) ? client_get(c, path.data, &answer) : EX_OSERR;
    *known = json_array_size(json_object_get(answer, "items")) > 0;
    json_decref(answer);
    buf_free(&path);
    return status;
}

static int check(struct client *c, const struct filter *f, const char *id)
{
    struct buf near = BUF_INIT;
    json_t *answer = NULL;
    int status = client_get(c, f->path, &answer);
    bool known = !status && known_among(json_object_get(answer, "items"), id, &near);

    if (!status && !known)
        status = had(c, f, id, &known);
    if (!status && !known) {
        cli_error("--%s %s: %s%.*s", f->option, id, f->unknown, STR_ARG(buf_str(&near)));
        status = EX_DATAERR;
    }
    buf_free(&near);
    json_decref(answer);
    return status;
}

/* All of them, page by page: one by one, an unknown id would be told as another mistake is. */
static int check_source(struct client *c, const char *id)
{
    struct buf cursor = BUF_INIT;
    bool known = false;
    int status = 0;

    do {
        struct buf path = BUF_INIT;
        json_t *answer = NULL;
        buf_add_text(&path, "/api/v1/sources?limit=200");
        client_add_query(&path, "cursor", cursor.len ? cursor.data : NULL);
        buf_add_char(&path, '\0');
        status = buf_ok(&path) ? client_get(c, path.data, &answer) : EX_OSERR;
        known = known_among(json_object_get(answer, "items"), id, NULL);
        const char *next = json_string_value(json_object_get(answer, "next_cursor"));
        buf_reset(&cursor);
        if (next)
            buf_add(&cursor, next, strlen(next) + 1);
        json_decref(answer);
        buf_free(&path);
    } while (!status && !known && cursor.len);
    buf_free(&cursor);
    if (!status && !known)
        cli_error("--source %s: 没有这个信源 (no such source)", id);
    return status ? status : known ? 0 : EX_DATAERR;
}

int filters_known(struct client *c, const struct cli_args *args)
{
    const char *source = cli_value(args, "source");
    int status = 0;

    for (size_t i = 0; i < sizeof filters / sizeof *filters && !status; i++)
        if (cli_value(args, filters[i].option))
            status = check(c, &filters[i], cli_value(args, filters[i].option));
    return !status && source ? check_source(c, source) : status;
}
