#include "daemon/cli/due.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/places.h"

struct deadlines *due_load(const char *dir)
{
    char path[PLACES_MAX + 32], calendars[PLACES_MAX + 32];
    struct problems *problems = problems_new();

    snprintf(path, sizeof path, "%s/deadlines.yaml", dir);
    snprintf(calendars, sizeof calendars, "%s/calendars", dir);
    struct deadlines *d = problems ? deadline_load(path, calendars, problems) : NULL;
    if (problems) {
        problems_sort(problems);
        problems_print(problems, stderr);
    }
    problems_free(problems);
    return d;
}

static void list_rules(const struct deadlines *d)
{
    for (size_t i = 0; i < d->count; i++)
        cli_error("  %s", d->list[i].id);
}

static int show(const struct deadlines *d, const struct deadline_rule *rule, int64_t from,
                bool json)
{
    struct buf out = BUF_INIT;
    bool provisional = false;
    char start[CLOCK_TEXT], end[CLOCK_TEXT];

    if (!json) {
        int64_t due = deadline_due(d, rule, from, &provisional);
        cli_printf("%s: %s → %s  %s%s  %s\n", rule->id, clock_format(from, start),
                   clock_format(due, end), event_act_zh(rule->act),
                   provisional ? " (暂定 provisional)" : "", rule->basis ? rule->basis : "");
        return EX_OK;
    }
    int err = deadline_write_json(d, rule, from, &out);
    if (err)
        cli_error("%s", err_text(err));
    else
        cli_printf("%.*s\n", STR_ARG(buf_str(&out)));
    buf_free(&out);
    return err ? EX_OSERR : EX_OK;
}

static void put_rule(const struct deadline_rule *rule)
{
    enum { MINUTE = 60000, HOUR = 60 * MINUTE };
    bool hours = rule->amount % HOUR == 0;
    int64_t n = rule->workdays ? rule->amount : rule->amount / (hours ? HOUR : MINUTE);

    cli_printf("%-18s %3jd %s  %s  %s%s%s\n", rule->id, (intmax_t)n,
               rule->workdays ? "个工作日" : hours ? "小时" : "分钟", event_act_zh(rule->act),
               rule->by_grade ? event_grade_zh(rule->grade) : "",
               rule->emergency ? "以上突发事件  " : rule->by_grade ? "以上  " : "",
               rule->basis ? rule->basis : "");
}

static int list(const struct deadlines *d, bool json)
{
    struct buf out = BUF_INIT;

    for (size_t i = 0; i < d->count; i++) {
        if (!json) {
            put_rule(&d->list[i]);
            continue;
        }
        deadline_write_rule(&d->list[i], &out);
        buf_add_char(&out, '\n');
    }
    bool ok = buf_ok(&out);
    if (ok)
        cli_printf("%.*s", STR_ARG(buf_str(&out)));
    buf_free(&out);
    return ok ? EX_OK : EX_OSERR;
}

static int list_all(const struct cli_args *args)
{
    char dir[PLACES_MAX];
    struct deadlines *d = due_load(places_rules(args, dir));
    int status = d ? list(d, cli_value(args, "json") != NULL) : EX_CONFIG;

    deadline_free(d);
    return status;
}

int commands_due(const struct cli_args *args)
{
    const char *id = cli_value(args, "rule"), *from = cli_value(args, "from");
    char dir[PLACES_MAX];
    int64_t start = 0;

    if (cli_value(args, "list") && !id && !from)
        return list_all(args);
    if (!id || !from) {
        cli_error("due: 缺少 --rule 或 --from，或 --list (--rule and --from, or --list)");
        return EX_USAGE;
    }
    if (clock_parse(str_from(from), &start)) {
        cli_error("%s: 应为 RFC 3339 时间，如 2026-01-02T09:00:00+08:00 (expected RFC 3339)", from);
        return EX_DATAERR;
    }
    struct deadlines *d = due_load(places_rules(args, dir));
    if (!d)
        return EX_CONFIG;
    const struct deadline_rule *rule = deadline_find(d, str_from(id));
    int status = EX_DATAERR;
    if (rule) {
        status = show(d, rule, start, cli_value(args, "json") != NULL);
    } else {
        cli_error("%s: 没有这条时限规则，可用的有 (no such deadline rule; there are):", id);
        list_rules(d);
    }
    deadline_free(d);
    return status;
}
