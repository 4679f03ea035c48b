/* mark: what an operator says of an item's verdict; items list: which items there are to be said
 * something of; items redact: what must not be read any more. */
#include "alerts/concern.h"
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

static bool is_item(const char *id)
{
    return strlen(id) == 32 && strspn(id, "0123456789abcdef") == 32;
}

int commands_mark(const struct cli_args *args)
{
    const char *id = args->rest[0];
    json_t *body = read_body(args), *answer = NULL;
    struct buf path = BUF_INIT;

    if (!body) {
        cli_error("mark: 应为 ITEM right|wrong|topic T|request R|kind K (expected one of these)");
        return EX_USAGE;
    }
    if (!is_item(id)) {
        cli_error("%s: 应为条目编号，见 items list (expected an item's id, see items list)", id);
        json_decref(body);
        return EX_DATAERR;
    }
    struct client *c = client_open();
    int status = EX_UNAVAILABLE;
    buf_addf(&path, "/api/v1/items/%s/mark", id);
    buf_add_char(&path, '\0');
    if (c)
        status = buf_ok(&path) ? client_put(c, path.data, body, &answer) : EX_OSERR;
    if (!status && cli_value(args, "json")) {
        json_dumpf(answer, stdout, JSON_COMPACT);
        cli_print(STR("\n"));
    } else if (!status) {
        cli_printf("%s 已记下 %s %s (noted)\n", id, human_text(answer, "aspect", NULL),
                   human_text(answer, "value", NULL));
    }
    json_decref(answer);
    json_decref(body);
    buf_free(&path);
    client_close(c);
    return status;
}

int commands_items_redact(const struct cli_args *args)
{
    const char *id = args->rest[0];
    json_t *body, *answer = NULL;
    struct buf path = BUF_INIT;

    if (!is_item(id)) {
        cli_error("%s: 应为条目编号，见 items list (expected an item's id, see items list)", id);
        return EX_DATAERR;
    }
    struct client *c = client_open();
    if (!c)
        return EX_UNAVAILABLE;
    buf_addf(&path, "/api/v1/items/%s/redact", id);
    buf_add_char(&path, '\0');
    body = json_object();
    int status = body && buf_ok(&path) ? client_post(c, path.data, body, &answer) : EX_OSERR;
    if (!status && cli_value(args, "json")) {
        json_dumpf(answer, stdout, JSON_COMPACT);
        cli_print(STR("\n"));
    } else if (!status) {
        cli_printf("%s 已抹去 (redacted)；以前的备份里还有，见 (older backups still hold it, see) "
                   "OPERATING.md\n", id);
    }
    json_decref(answer);
    json_decref(body);
    buf_free(&path);
    client_close(c);
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

int commands_items_list(const struct cli_args *args)
{
    const char *id = args->rest[0];
    struct buf path = BUF_INIT;
    json_t *answer = NULL, *item;
    size_t i;

    if (!concern_parse_id(str_from(id))) {
        cli_error("%s: 应为关切编号，如 c12 (expected a concern's id, like c12)", id);
        return EX_DATAERR;
    }
    struct client *c = client_open();
    if (!c)
        return EX_UNAVAILABLE;
    buf_addf(&path, "/api/v1/concerns/%s", id);
    buf_add_char(&path, '\0');
    int status = buf_ok(&path) ? client_get(c, path.data, &answer) : EX_OSERR;
    const json_t *items = json_object_get(answer, "mentions");
    if (!status && cli_value(args, "json")) {
        json_dumpf(items, stdout, JSON_COMPACT);
        cli_print(STR("\n"));
    } else if (!status) {
        table_row(columns, sizeof columns / sizeof *columns, NULL);
        json_array_foreach(items, i, item)
            table_row(columns, sizeof columns / sizeof *columns, item);
    }
    json_decref(answer);
    buf_free(&path);
    client_close(c);
    return status;
}
