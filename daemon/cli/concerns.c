#include <stdlib.h>

#include "base/err.h"
#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/filters.h"
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
    const json_t *items = json_object_get(answer, "items");
    struct buf clock = BUF_INIT;

    human_clock(&clock, answer);
    cli_print(buf_str(&clock));
    buf_free(&clock);
    if (!json_array_size(items)) {
        cli_printf("没有关切 (no concerns)\n");
        return;
    }
    table_rows(columns, sizeof columns / sizeof *columns, items);
}

/* Follow next_cursor to the last page; *answer becomes the first page with the items of all. */
static int get_all(struct client *c, const struct cli_args *args, const char *state,
                   json_t **answer)
{
    static const char *const filters[] = {"state", "topic", "unit"};
    const char *cursor = NULL;
    json_t *page = NULL;
    int status = 0;

    for (bool more = true; more && !status;) {
        struct buf path = BUF_INIT;
        buf_add_text(&path, "/api/v1/concerns?limit=200");
        for (size_t i = 0; args && i < sizeof filters / sizeof *filters; i++)
            client_add_query(&path, filters[i], cli_value(args, filters[i]));
        client_add_query(&path, "state", state);
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
    int status = get_all(c, args, NULL, &answer);
    if (!status && !json_array_size(json_object_get(answer, "items")))
        status = filters_known(c, args);
    if (!status && cli_value(args, "json")) {
        cli_json(answer);
    } else if (!status) {
        print_table(answer);
    }
    json_decref(answer);
    client_close(c);
    return status;
}

static void cell_rate(struct buf *out, const json_t *c)
{
    buf_addf(out, "%.2f", json_number_value(json_object_get(c, "rate")));
}

static void cell_sources(struct buf *out, const json_t *c)
{
    buf_addf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(c, "sources")));
}

static void cell_proposed(struct buf *out, const json_t *c)
{
    const char *more = human_text(c, "proposed_zh", NULL);
    bool waits = json_is_null(json_object_get(c, "assessed"));

    buf_add_text(out, *more ? more : waits ? "待研判" : "");
}

static const struct table_column heat_columns[] = {
    {"编号 ID", 9, cell_id},          {"每小时 /h", 10, cell_rate}, {"条数", 5, cell_items},
    {"信源", 5, cell_sources},        {"等级", 9, cell_grade},      {"建议", 9, cell_proposed},
    {"事项 Topic", 14, cell_topic},   {"地点 Place", 18, cell_region},
    {"单位 Unit", 0, cell_unit},
};

static int hotter(const void *a, const void *b)
{
    double x = json_number_value(json_object_get(*(json_t *const *)a, "rate"));
    double y = json_number_value(json_object_get(*(json_t *const *)b, "rate"));

    return x < y ? 1 : x > y ? -1 : 0;
}

/* The concerns in place of the answer's items, the hottest first. */
static int sort_by_heat(json_t *answer)
{
    json_t *items = json_object_get(answer, "items"), *sorted = json_array(), *concern;
    size_t n = json_array_size(items), i;
    json_t **list = calloc(n + 1, sizeof *list);

    if (list && sorted) {
        json_array_foreach(items, i, concern)
            list[i] = concern;
        qsort(list, n, sizeof *list, hotter);
        for (i = 0; i < n; i++)
            json_array_append(sorted, list[i]);
    }
    bool ok = list && sorted && json_array_size(sorted) == n;
    if (ok)
        json_object_set(answer, "items", sorted);
    json_decref(sorted);
    free(list);
    return ok ? 0 : EX_OSERR;
}

int commands_heat(const struct cli_args *args)
{
    struct client *c = client_open();
    json_t *answer = NULL;

    if (!c)
        return EX_UNAVAILABLE;
    int status = get_all(c, NULL, "open", &answer);
    if (!status)
        status = sort_by_heat(answer);
    if (!status && cli_value(args, "json")) {
        cli_json(answer);
    } else if (!status) {
        table_rows(heat_columns, sizeof heat_columns / sizeof *heat_columns,
                   json_object_get(answer, "items"));
    }
    json_decref(answer);
    client_close(c);
    return status;
}
