#include "base/err.h"
#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/human.h"
#include "daemon/cli/table.h"

static void cell_id(struct buf *out, const json_t *c)
{
    buf_add_text(out, human_text(c, "id", NULL));
}

static void cell_state(struct buf *out, const json_t *c)
{
    buf_add_text(out, human_text(c, "state_zh", NULL));
}

static void cell_topic(struct buf *out, const json_t *c)
{
    buf_add_text(out, human_text(c, "topic", "name", NULL));
}

static void cell_unit(struct buf *out, const json_t *c)
{
    buf_add_text(out, human_text(c, "unit", "name", NULL));
}

static void cell_region(struct buf *out, const json_t *c)
{
    buf_add_text(out, human_text(c, "region", "name", NULL));
}

static void cell_grade(struct buf *out, const json_t *c)
{
    buf_add_text(out, human_text(c, "grade_zh", NULL));
}

static void cell_items(struct buf *out, const json_t *c)
{
    buf_addf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(c, "items")));
}

static void cell_due(struct buf *out, const json_t *c)
{
    human_time(out, human_text(c, "due", NULL));
}

/* The clock that runs out first is what a duty desk looks at; a closed one shows its reply. */
static void cell_left(struct buf *out, const json_t *c)
{
    const json_t *next = json_object_get(c, "next");

    if (json_is_object(next)) {
        buf_addf(out, "%s ", human_text(next, "act_zh", NULL));
        human_left(out, json_integer_value(json_object_get(next, "seconds_left")));
    } else if (json_is_integer(json_object_get(c, "seconds_left"))) {
        human_left(out, json_integer_value(json_object_get(c, "seconds_left")));
    }
    buf_add_text(out, human_text(c, "reply_url", NULL));
    if (json_is_true(json_object_get(c, "escalated")) && json_is_object(next))
        buf_add_text(out, " 督办");
}

static const struct table_column columns[] = {
    {"编号 ID", 9, cell_id},      {"状态", 8, cell_state},  {"等级", 9, cell_grade},
    {"事项 Topic", 14, cell_topic}, {"地点 Place", 18, cell_region},
    {"单位 Unit", 22, cell_unit}, {"条数", 5, cell_items},
    {"答复期限", 12, cell_due},   {"下一步 Next", 0, cell_left},
};

static void print_table(const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items"), *concern;
    struct buf clock = BUF_INIT;
    size_t i;

    human_clock(&clock, answer);
    cli_print(buf_str(&clock));
    buf_free(&clock);
    if (!json_array_size(items)) {
        cli_printf("没有关切 (no concerns)\n");
        return;
    }
    table_row(columns, sizeof columns / sizeof *columns, NULL);
    json_array_foreach(items, i, concern)
        table_row(columns, sizeof columns / sizeof *columns, concern);
}

/* Follow next_cursor to the last page; *answer becomes the first page with the items of all. */
static int get_all(struct client *c, const struct cli_args *args, json_t **answer)
{
    static const char *const filters[] = {"state", "topic", "unit"};
    const char *cursor = NULL;
    json_t *page = NULL;
    int status = 0;

    for (bool more = true; more && !status;) {
        struct buf path = BUF_INIT;
        buf_add_text(&path, "/api/v1/concerns?limit=200");
        for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
            client_add_query(&path, filters[i], cli_value(args, filters[i]));
        client_add_query(&path, "cursor", cursor);
        buf_add_char(&path, '\0');
        json_t *next = NULL;
        status = buf_ok(&path) ? client_get(c, path.data, &next) : EX_OSERR;
        buf_free(&path);
        if (!status && *answer)
            json_array_extend(json_object_get(*answer, "items"), json_object_get(next, "items"));
        else if (!status)
            *answer = json_incref(next);
        json_decref(page);
        page = next;
        cursor = json_string_value(json_object_get(page, "next_cursor"));
        more = cursor != NULL;
    }
    json_decref(page);
    if (*answer)
        json_object_del(*answer, "next_cursor");
    return status;
}

int commands_concerns(const struct cli_args *args)
{
    struct client *c = client_open();
    json_t *answer = NULL;

    if (!c)
        return EX_UNAVAILABLE;
    int status = get_all(c, args, &answer);
    if (!status && cli_value(args, "json")) {
        json_dumpf(answer, stdout, JSON_COMPACT);
        cli_print(STR("\n"));
    } else if (!status) {
        print_table(answer);
    }
    json_decref(answer);
    client_close(c);
    return status;
}
