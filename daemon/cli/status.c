#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/human.h"

enum { LAGS_MS = 5000 };

/* One line of the human form: a title and numbers out of one object of the answer. */
static const struct {
    const char *title, *object;
    struct {
        const char *label, *member;
    } parts[5];
} lines[] = {
    {"关切 Concerns", "store",
     {{"全部", "concerns"}, {"未办结", "open"}, {"超期", "overdue"}}},
    {"台账 Ledger", "store", {{"条目", "items"}, {"事件", "events"}}},
    {"信源 Sources", "sources",
     {{"全部", "total"}, {"正常", "healthy"}, {"故障", "failing"}, {"等待", "waiting"}}},
    {"工作进程 Workers", "workers", {{"在用", "live"}, {"启动", "started"}, {"终止", "killed"}}},
    {"总线 Bus", "bus",
     {{"接收台", "receivers"}, {"发布", "published"}, {"送达", "delivered"}, {"确认", "acked"},
      {"拒绝密钥", "refused_keys"}}},
};

static void print_line(const char *title, const char *text)
{
    struct buf line = BUF_INIT;

    cli_pad(&line, str_from(title), 18);
    buf_addf(&line, " %s\n", text);
    cli_print(buf_str(&line));
    buf_free(&line);
}

static void print_numbers(const json_t *answer)
{
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const json_t *object = json_object_get(answer, lines[i].object);
        struct buf text = BUF_INIT;
        for (size_t k = 0; k < 5 && lines[i].parts[k].label; k++)
            buf_addf(&text, "%s%s %" JSON_INTEGER_FORMAT, k ? "，" : "", lines[i].parts[k].label,
                     json_integer_value(json_object_get(object, lines[i].parts[k].member)));
        buf_add_char(&text, '\0');
        if (buf_ok(&text))
            print_line(lines[i].title, text.data);
        buf_free(&text);
    }
}

static void print_human(const json_t *answer)
{
    struct buf clock = BUF_INIT;
    const char *stalled = human_text(answer, "ledger", "stalled", NULL);

    human_clock(&clock, answer);
    cli_print(buf_str(&clock));
    buf_free(&clock);
    cli_printf("huiying %s · %s · %s\n", human_text(answer, "version", NULL),
               human_text(answer, "place", "name", NULL),
               human_text(answer, "operator", "name", NULL));
    print_line("现在 Now", human_text(answer, "now", NULL));
    print_numbers(answer);
    print_line("规则 Rules", human_text(answer, "rules", "version", NULL));
    human_gone(answer);
    const json_t *missing =
        json_object_get(json_object_get(answer, "deadlines"), "calendar_missing");
    if (json_is_integer(missing))
        cli_printf("提醒 Warning: %" JSON_INTEGER_FORMAT " 年放假安排尚未写入日历，跨入该年的期限为暂定 (no "
                   "calendar of that year; due times in it are provisional)\n",
                   json_integer_value(missing));
    if (!strcmp(human_text(answer, "store", "state", NULL), "away"))
        print_line("存储 Store", "连不上 (away)");
    const char *leader = human_text(answer, "cluster", "leader", NULL);
    if (*leader)
        print_line("主节点 Leader", leader);
    const char *failing = human_text(answer, "cluster", "failing", NULL);
    if (*failing)
        cli_printf("提醒 Warning: Redis 不接受本机的续期：%s (Redis takes no beat of this machine)\n",
                   failing);
    const json_t *replicas = json_object_get(json_object_get(answer, "cluster"), "replicas");
    const json_t *needed = json_object_get(json_object_get(answer, "cluster"), "replicas_needed");
    if (json_integer_value(replicas) < json_integer_value(needed))
        cli_printf("提醒 Warning: Redis 在线副本 %" JSON_INTEGER_FORMAT " 个，提交须 %" JSON_INTEGER_FORMAT
                   " 个 (replicas online, and needed by a commit)\n",
                   json_integer_value(replicas), json_integer_value(needed));
    const json_t *lag = json_object_get(json_object_get(answer, "cluster"), "lag_ms");
    if (json_integer_value(lag) > LAGS_MS)
        cli_printf("提醒 Warning: 本机落后主节点 %" JSON_INTEGER_FORMAT " 秒 (behind the leader by so "
                   "many seconds)\n", json_integer_value(lag) / 1000);
    if (*stalled)
        print_line("台账停写 Stalled", stalled);
}

int commands_status(const struct cli_args *args)
{
    struct client *c = client_open();
    json_t *answer = NULL;

    if (!c)
        return EX_UNAVAILABLE;
    int status = client_get(c, "/api/v1/status", &answer);
    if (!status && cli_value(args, "json")) {
        cli_json(answer);
    } else if (!status) {
        print_human(answer);
    }
    json_decref(answer);
    client_close(c);
    return status;
}
