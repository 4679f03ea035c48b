/* rules review: the stored items that rules and model are least sure of, to be marked. */
#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/human.h"
#include "daemon/cli/table.h"

static void cell_id(struct buf *out, const json_t *item)
{
    buf_add_text(out, human_text(item, "id", NULL));
}

static void cell_doubt(struct buf *out, const json_t *item)
{
    buf_addf(out, "%.2f", json_number_value(json_object_get(item, "doubt")));
}

static void cell_topic(struct buf *out, const json_t *item)
{
    const char *topic = human_text(item, "topic", "id", NULL);
    const char *proposed = human_text(item, "proposed", "id", NULL);

    buf_add_text(out, *topic ? topic : "—");
    if (*proposed)
        buf_addf(out, " ← %s?", proposed);
}

static void cell_kind(struct buf *out, const json_t *item)
{
    buf_add_text(out, human_text(item, "kind", NULL));
}

static void cell_title(struct buf *out, const json_t *item)
{
    const char *title = human_text(item, "title", NULL);

    buf_add_text(out, *title ? title : human_text(item, "excerpt", NULL));
}

static const struct table_column columns[] = {
    {"编号 ID", 33, cell_id},
    {"存疑 Doubt", 11, cell_doubt},
    {"事项 Topic（← 模型 model）", 34, cell_topic},
    {"类别 Kind", 10, cell_kind},
    {"标题 Title", 0, cell_title},
};

int commands_rules_review(const struct cli_args *args)
{
    struct client *c = client_open();
    struct buf path = BUF_INIT;
    json_t *answer = NULL;

    if (!c)
        return EX_UNAVAILABLE;
    buf_add_text(&path, "/api/v1/review");
    client_add_query(&path, "limit", cli_value(args, "limit"));
    buf_add_char(&path, '\0');
    int status = buf_ok(&path) ? client_get(c, path.data, &answer) : EX_OSERR;
    const json_t *items = json_object_get(answer, "items");
    if (!status && cli_value(args, "json")) {
        cli_json(items);
    } else if (!status && !json_array_size(items)) {
        cli_printf("没有存疑的条目 (nothing is in doubt)\n");
    } else if (!status) {
        table_rows(columns, sizeof columns / sizeof *columns, items);
        cli_printf("huiying mark ID right|wrong|topic T (说对错或更正 say what they are)\n");
    }
    json_decref(answer);
    buf_free(&path);
    client_close(c);
    return status;
}
