/* mark: what an operator says of an item's verdict; items list: which items there are to be said
 * something of; items redact: what must not be read any more. */
#include <stdio.h>

#include "daemon/cli/ask.h"
#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/human.h"
#include "daemon/cli/table.h"

/* `right` and `wrong` stand alone; the others name what is corrected. */
static json_t *read_body(const struct cli_args *args)
{
    static const char *const aspects[] = {"topic", "request", "kind"};
    const char *first = args->rest[1];

    if (args->count == 2 && (!strcmp(first, "right") || !strcmp(first, "wrong")))
        return json_pack("{ss}", "mark", first);
    for (size_t i = 0; i < sizeof aspects / sizeof *aspects; i++)
        if (args->count == 3 && !strcmp(first, aspects[i]))
            return json_pack("{ss}", first, args->rest[2]);
    return NULL;
}

static void tell_mark(const struct cli_args *args, const json_t *answer)
{
    cli_printf("%s 已记下 %s %s (noted)\n", args->rest[0], human_text(answer, "aspect", NULL),
               human_text(answer, "value", NULL));
}

int commands_mark(const struct cli_args *args)
{
    json_t *body = read_body(args);
    int status = EX_DATAERR;

    if (!body) {
        cli_error("mark: 应为 ITEM right|wrong|topic T|request R|kind K (expected one of these)");
        return EX_USAGE;
    }
    if (ask_is_item(args->rest[0]))
        status = ask(args, &(struct ask){.how = ASK_PUT, .body = body, .tell = tell_mark},
                     "/api/v1/items/%s/mark", args->rest[0]);
    json_decref(body);
    return status;
}

static void tell_redacted(const struct cli_args *args, const json_t *answer)
{
    (void)answer;
    cli_printf("%s 已抹去 (redacted)；以前的备份里还有，见 (older backups still hold it, see) "
               "OPERATING.md\n", args->rest[0]);
}

int commands_items_redact(const struct cli_args *args)
{
    json_t *body;

    if (!ask_is_item(args->rest[0]))
        return EX_DATAERR;
    body = json_object();
    int status = ask(args, &(struct ask){.how = ASK_POST, .body = body, .tell = tell_redacted},
                     "/api/v1/items/%s/redact", args->rest[0]);
    json_decref(body);
    return status;
}

static void cell_id(struct buf *out, const json_t *item)
{
    buf_add_text(out, human_text(item, "id", NULL));
}

static void cell_request(struct buf *out, const json_t *item)
{
    buf_add_text(out, human_text(item, "request_zh", NULL));
}

static void cell_kind(struct buf *out, const json_t *item)
{
    buf_add_text(out, human_text(item, "kind", NULL));
}

static void cell_source(struct buf *out, const json_t *item)
{
    buf_add_text(out, human_text(item, "source", "name", NULL));
}

static void cell_title(struct buf *out, const json_t *item)
{
    bool expired = json_is_true(json_object_get(item, "expired"));

    buf_add_text(out, expired ? "（已到期 expired）" : human_text(item, "title", NULL));
}

static const struct table_column columns[] = {
    {"编号 ID", 33, cell_id},       {"诉求 Request", 13, cell_request}, {"类别 Kind", 10, cell_kind},
    {"信源 Source", 20, cell_source}, {"标题 Title", 0, cell_title},
};

/* Onto `all`, a page after the other. */
static int read_items(struct client *c, const char *concern, json_t *all)
{
    char path[128], cursor[64] = "";
    int status = EX_OK;

    do {
        json_t *page = NULL;
        snprintf(path, sizeof path, "/api/v1/concerns/%s/items%s%s", concern,
                 *cursor ? "?cursor=" : "", cursor);
        status = client_get(c, path, &page);
        if (!status && json_array_extend(all, json_object_get(page, "items")))
            status = EX_PROTOCOL;
        const char *next = json_string_value(json_object_get(page, "next_cursor"));
        snprintf(cursor, sizeof cursor, "%s", next ? next : "");
        json_decref(page);
    } while (!status && *cursor);
    return status;
}

int commands_items_list(const struct cli_args *args)
{
    if (!ask_is_concern(args->rest[0]))
        return EX_DATAERR;
    struct client *c = client_open();
    json_t *all = json_array();
    int status = c ? read_items(c, args->rest[0], all) : EX_UNAVAILABLE;

    if (!status && cli_value(args, "json"))
        cli_json(all);
    else if (!status)
        table_rows(columns, sizeof columns / sizeof *columns, all);
    json_decref(all);
    client_close(c);
    return status;
}
