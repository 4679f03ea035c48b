/* feeds list and feeds show. */
#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/feeds.h"
#include "daemon/cli/human.h"
#include "daemon/cli/table.h"

struct word {
    const char *name, *zh;
};

static const struct word states[] = {
    {"active", "正常"},  {"failing", "故障"}, {"silent", "无内容"}, {"quarantined", "隔离"},
    {"paused", "已暂停"}, {"retired", "已停用"}, {0},
};
static const struct word outcomes[] = {
    {"body", "有内容"},       {"unchanged", "无变化"}, {"gone", "已不在"},
    {"disallowed", "不许抓取"}, {"refused", "拒绝"},     {"failed", "失败"}, {0},
};
static const struct word kinds[] = {
    {"news", "新闻"}, {"board", "留言板"}, {"official", "政府"}, {0},
};

static const char *in_chinese(const struct word *words, const char *name)
{
    for (; words->name; words++)
        if (strcmp(words->name, name) == 0)
            return words->zh;
    return name;
}

static void add_seconds(struct buf *out, long long s)
{
    static const struct {
        long long seconds;
        const char *unit;
    } units[] = {{86400, "天"}, {3600, "时"}, {60, "分"}, {1, "秒"}};
    size_t i = 0;

    while (i < 3 && (s < units[i].seconds || (s % units[i].seconds && s < 10 * units[i].seconds)))
        i++;
    buf_addf(out, "%lld%s", s / units[i].seconds, units[i].unit);
}

static void cell_id(struct buf *out, const json_t *s)
{
    buf_add_text(out, human_text(s, "id", NULL));
}

static void cell_state(struct buf *out, const json_t *s)
{
    buf_add_text(out, in_chinese(states, human_text(s, "state", NULL)));
}

static void cell_kind(struct buf *out, const json_t *s)
{
    buf_add_text(out, in_chinese(kinds, human_text(s, "kind", NULL)));
}

static void cell_interval(struct buf *out, const json_t *s)
{
    add_seconds(out, json_integer_value(json_object_get(s, "interval_seconds")));
}

static void cell_last(struct buf *out, const json_t *s)
{
    human_time(out, human_text(s, "last_poll", NULL));
}

static void cell_next(struct buf *out, const json_t *s)
{
    human_time(out, human_text(s, "next_poll", NULL));
}

static void cell_since(struct buf *out, const json_t *s)
{
    human_time(out, human_text(s, "since", NULL));
}

static void cell_moved(struct buf *out, const json_t *s)
{
    human_time(out, human_text(s, "moved_at", NULL));
}

static void cell_outcome(struct buf *out, const json_t *s)
{
    buf_add_text(out, in_chinese(outcomes, human_text(s, "last_outcome", NULL)));
}

static void cell_name(struct buf *out, const json_t *s)
{
    buf_add_text(out, human_text(s, "name", NULL));
}

static const struct table_column columns[] = {
    {"编号 ID", 28, cell_id},      {"状态", 6, cell_state},     {"类别", 6, cell_kind},
    {"间隔", 6, cell_interval},    {"上次 Last", 11, cell_last}, {"结果", 8, cell_outcome},
    {"下次 Next", 11, cell_next},  {"名称 Name", 0, cell_name},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

int feeds_each_page(struct client *c, const struct cli_args *args,
                    int (*page)(void *arg, const json_t *items), void *arg)
{
    static const struct {
        const char *option, *query;
    } filters[] = {{"state", "state"}, {"kind", "kind"}, {"id", "q"}, {"category", "category"}};
    json_t *answer = NULL;
    const char *cursor = NULL;
    int status = 0;

    do {
        struct buf path = BUF_INIT;
        json_t *next = NULL;
        buf_add_text(&path, "/api/v1/sources?limit=200");
        for (size_t i = 0; args && i < sizeof filters / sizeof *filters; i++)
            client_add_query(&path, filters[i].query, cli_value(args, filters[i].option));
        client_add_query(&path, "cursor", cursor);
        buf_add_char(&path, '\0');
        status = buf_ok(&path) ? client_get(c, path.data, &next) : EX_OSERR;
        buf_free(&path);
        json_decref(answer);
        answer = next;
        if (!status)
            status = page(arg, json_object_get(answer, "items"));
        cursor = json_string_value(json_object_get(answer, "next_cursor"));
    } while (!status && cursor);
    json_decref(answer);
    return status;
}

struct listing {
    bool json;
    size_t shown;
};

static int show_page(void *arg, const json_t *items)
{
    struct listing *l = arg;
    const json_t *s;
    size_t i;

    json_array_foreach(items, i, s) {
        if (l->json) {
            cli_print(l->shown++ ? STR(",\n") : STR("\n"));
            json_dumpf(s, stdout, JSON_COMPACT);
            continue;
        }
        if (!l->shown++)
            table_row(columns, COLUMNS, NULL);
        table_row(columns, COLUMNS, s);
    }
    return 0;
}

int commands_feeds_list(const struct cli_args *args)
{
    struct listing l = {.json = cli_value(args, "json") != NULL};
    struct client *c = client_open();

    if (!c)
        return EX_UNAVAILABLE;
    if (l.json)
        cli_print(STR("{\"items\":["));
    int status = feeds_each_page(c, args, show_page, &l);
    if (l.json)
        cli_print(STR("]}\n"));
    else if (!status && !l.shown)
        cli_printf("没有信源 (no sources)\n");
    else if (!status)
        cli_printf("共 %zu 个信源 (sources)\n", l.shown);
    client_close(c);
    return status;
}

static void print_line(const char *title, struct str text)
{
    struct buf line = BUF_INIT;

    if (!text.n)
        return;
    cli_pad(&line, str_from(title), 18);
    buf_add_char(&line, ' ');
    buf_add_str(&line, text);
    buf_add_char(&line, '\n');
    cli_print(buf_str(&line));
    buf_free(&line);
}

/* A line by a cell of the table, or by a member. */
static const struct {
    const char *title, *member;
    void (*cell)(struct buf *out, const json_t *s);
} lines[] = {
    {"编号 ID", "id", NULL},           {"名称 Name", "name", NULL},
    {"状态 State", NULL, cell_state},  {"自 Since", NULL, cell_since},
    {"类别 Kind", NULL, cell_kind},    {"分类 Category", "category", NULL},
    {"网址 URL", "url", NULL},         {"原址 Moved from", "moved_from", NULL},
    {"迁址 Moved at", NULL, cell_moved}, {"间隔 Interval", NULL, cell_interval},
    {"上次 Last poll", NULL, cell_last}, {"下次 Next poll", NULL, cell_next},
    {"问题 Problem", "problem", NULL}, {"隔离至 Until", "quarantine_until", NULL},
    {"隔离原因 Why", "quarantine_reason", NULL},
};

static void print_counts(const json_t *s)
{
    struct buf text = BUF_INIT;

    buf_addf(&text, "抓取 %" JSON_INTEGER_FORMAT " 次，无变化 %" JSON_INTEGER_FORMAT
             " 次，连续失败 %" JSON_INTEGER_FORMAT " 次 (polls, unchanged, failures in a row)",
             json_integer_value(json_object_get(s, "polls")),
             json_integer_value(json_object_get(s, "unchanged")),
             json_integer_value(json_object_get(s, "failures")));
    print_line("次数 Counts", buf_str(&text));
    buf_free(&text);
}

static void print_history(const json_t *history)
{
    const json_t *poll;
    size_t i;

    json_array_foreach(history, i, poll) {
        struct buf text = BUF_INIT;
        json_int_t http = json_integer_value(json_object_get(poll, "status"));
        human_time(&text, human_text(poll, "at", NULL));
        buf_addf(&text, "  %s", in_chinese(outcomes, human_text(poll, "outcome", NULL)));
        if (http)
            buf_addf(&text, " (HTTP %" JSON_INTEGER_FORMAT ")", http);
        print_line(i ? "" : "近次 History", buf_str(&text));
        buf_free(&text);
    }
}

static void print_source(const json_t *s)
{
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct buf text = BUF_INIT;
        if (lines[i].cell)
            lines[i].cell(&text, s);
        else
            buf_add_text(&text, human_text(s, lines[i].member, NULL));
        print_line(lines[i].title, buf_str(&text));
        buf_free(&text);
    }
    print_counts(s);
    print_history(json_object_get(s, "history"));
}

int commands_feeds_show(const struct cli_args *args)
{
    struct buf path = BUF_INIT;
    json_t *answer = NULL;
    int status = feeds_path(args->rest[0], NULL, &path);
    struct client *c = status ? NULL : client_open();

    if (!status)
        status = c ? 0 : EX_UNAVAILABLE;
    if (!status) {
        client_about(c, args->rest[0]);
        status = client_get(c, path.data, &answer);
    }
    if (!status && cli_value(args, "json")) {
        cli_json(answer);
    } else if (!status) {
        print_source(answer);
    }
    json_decref(answer);
    buf_free(&path);
    client_close(c);
    return status;
}
