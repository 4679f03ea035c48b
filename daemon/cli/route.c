/* route explain: where a concern goes, why, and which clocks start, without a daemon. */
#include <stdio.h>
#include <unistd.h>

#include "alerts/deadlines/clocks.h"
#include "alerts/units/place.h"
#include "alerts/units/routes.h"
#include "base/clock.h"
#include "base/err.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/places.h"
#include "daemon/config/config.h"
#include "daemon/http/json_out.h"

struct way {
    const struct config *config;
    struct rules_topic topic;
    struct routes_case what;
    enum verdict_request request;
    enum source_kind kind;
    int64_t from;
    struct routes_way chosen;
    struct concern concern; /* as it would be opened */
    struct buf *out;        /* JSON; NULL: for people */
};

static const char *const bys[] = {
    [ROUTES_BY_ROUTE] = "route", [ROUTES_BY_ROLE] = "role", [ROUTES_LAST_RESORT] = "last-resort"};

/* --config, else the daemon's, else that of the example town. */
static const char *config_path(const struct cli_args *args, char out[static PLACES_MAX])
{
    const char *given = cli_value(args, "config");

    snprintf(out, PLACES_MAX, "%s", given ? given : "/etc/huiying/huiying.yaml");
    if (!given && access(out, R_OK))
        snprintf(out, PLACES_MAX, "%s/examples/town/huiying.yaml", config_datadir());
    return out;
}

/* Index of the option's value among n names, `absent` when it was not given, -1 (told) when it is
 * none of them. */
static int choose(const struct cli_args *args, const char *option, int n, int absent,
                  const char *(*name)(int))
{
    const char *value = cli_value(args, option);

    if (!value)
        return absent;
    for (int i = 0; i < n; i++)
        if (!strcmp(value, name(i)))
            return i;
    cli_error("--%s %s: 没有这个值，可用的有 (no such value; there are):", option, value);
    for (int i = 0; i < n; i++)
        cli_error("  %s", name(i));
    return -1;
}

static const char *grade_name(int i)
{
    return event_grade_name((enum grade)i);
}

static const char *request_name(int i)
{
    return verdict_request_name((enum verdict_request)i);
}

static const char *kind_name(int i)
{
    return source_kind_name((enum source_kind)i);
}

static int read_topic(const struct cli_args *args, struct way *w)
{
    const char *id = cli_value(args, "topic");
    int at = id ? rules_find(w->config->rules, str_from(id)) : -1;

    if (at < 0) {
        cli_error(id ? "%s: 没有这个事项 (no such topic)"
                     : "route explain: 缺少 --topic (--topic is required)%s", id ? id : "");
        return id ? EX_DATAERR : EX_USAGE;
    }
    w->topic = rules_topic(w->config->rules, (size_t)at);
    return 0;
}

static int read_case(const struct cli_args *args, struct way *w)
{
    const char *from = cli_value(args, "from"), *region = cli_value(args, "region");
    int status = read_topic(args, w);
    int grade = status ? 0 : choose(args, "grade", GRADE_GRAVE + 1,
                                    event_grade_find(w->topic.grade), grade_name);
    int request = choose(args, "request", REQUEST_REPORT + 1, REQUEST_HELP, request_name);
    int kind = choose(args, "source-kind", SOURCE_OFFICIAL + 1, SOURCE_BOARD, kind_name);

    if (status)
        return status;
    w->from = clock_now();
    if (from && clock_parse(str_from(from), &w->from)) {
        cli_error("%s: 应为 RFC 3339 时间 (expected RFC 3339)", from);
        return EX_DATAERR;
    }
    /* What names no place is taken to be raised where the town is, as the daemon does. */
    w->what = (struct routes_case){w->topic.id, w->topic.role,
                                   str_from(region ? region : w->config->home_region),
                                   grade < 0 ? GRADE_ORDINARY : (enum grade)grade};
    if (w->what.region.n && !place_is_code(w->what.region)) {
        cli_error("--region %s: 应为 6、9 或 12 位区划代码 (expected a division code)", region);
        return EX_DATAERR;
    }
    /* Gazetteers end with streets: a village is taken on its street's word. */
    struct str street = {w->what.region.p, w->what.region.n < 9 ? w->what.region.n : 9};
    if (region && !rules_region_name(w->config->rules, street).n) {
        cli_error("--region %s: 没有这个区划 (no such division)", region);
        return EX_DATAERR;
    }
    if (request < 0 || kind < 0 || (cli_value(args, "grade") && grade < 0))
        return EX_DATAERR;
    w->request = (enum verdict_request)request;
    w->kind = (enum source_kind)kind;
    return 0;
}

static void start_clocks(struct way *w)
{
    struct concern *c = &w->concern;

    *c = (struct concern){.id = 1, .grade = w->what.grade, .proposed = w->what.grade,
                          .request = w->request, .kind = (uint8_t)w->kind, .opened = w->from};
    if (w->topic.id.n < SLUG_MAX)
        memcpy(c->topic, w->topic.id.p, w->topic.id.n);
    clocks_start(c, w->config->town->deadlines, w->config->rules, w->from, true);
}

static const struct unit *unit_at(const struct way *w, int at)
{
    return &w->config->town->units->list[at];
}

static void candidate_place(const struct routes_candidate *c, struct buf *out)
{
    if (c->route)
        buf_addf(out, "%s:%d", c->route->file, c->route->line);
    else
        buf_add_text(out, c->by == ROUTES_BY_ROLE ? "职责 role" : "协调单位 coordinator");
    buf_add_char(out, '\0');
}

static void list_units(const struct way *w, const int *units, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        if (w->out) {
            json_out_next(out);
            buf_add_json(out, str_from(unit_at(w, units[i])->id));
        } else {
            buf_addf(out, "%s%s %s", i ? "，" : "", unit_at(w, units[i])->name_zh,
                     unit_at(w, units[i])->id);
        }
    }
}

static void tell(void *arg, const struct routes_candidate *c)
{
    struct way *w = arg;
    struct buf place = BUF_INIT, units = BUF_INIT;

    candidate_place(c, &place);
    list_units(w, c->route ? c->route->units : &c->unit, c->route ? c->route->nunits : 1, &units);
    if (!buf_ok(&place) || !buf_ok(&units))
        return;
    if (w->out) {
        json_out_next(w->out);
        buf_add_char(w->out, '{');
        json_out_text(w->out, "by", bys[c->by]);
        json_out_text(w->out, "at", c->route ? place.data : NULL);
        json_out_name(w->out, "units");
        buf_addf(w->out, "[%.*s]", STR_ARG(buf_str(&units)));
        json_out_text(w->out, "fate", routes_fate_name(c->fate));
        buf_add_char(w->out, '}');
    } else {
        cli_printf("%s %s  %.*s  %s\n", c->fate == ROUTES_WINS ? "→" : "·", place.data,
                   STR_ARG(buf_str(&units)), routes_fate_zh(c->fate));
    }
    buf_free(&place);
    buf_free(&units);
}

static void show_clock(const struct way *w, const struct concern_clock *clock)
{
    const struct deadline_rule *rule =
        deadline_find(w->config->town->deadlines, str_from(clock->rule));
    char due[CLOCK_TEXT];

    if (!w->out) {
        cli_printf("  %s  %s  %s%s  %s\n", clock_format(clock->due, due),
                   event_act_zh(clock->act), clock->rule,
                   clock->provisional ? " (暂定 provisional)" : "", rule->basis);
        return;
    }
    json_out_next(w->out);
    buf_add_char(w->out, '{');
    json_out_text(w->out, "rule", clock->rule);
    json_out_text(w->out, "act", event_act_name(clock->act));
    json_out_text(w->out, "clock", rule->workdays ? "workday" : "wall");
    json_out_text(w->out, "starts", deadline_trigger_name(rule->trigger));
    json_out_time(w->out, "from", clock->started);
    json_out_time(w->out, "due", clock->due);
    json_out_bool(w->out, "provisional", clock->provisional);
    json_out_text(w->out, "basis", rule->basis);
    buf_add_char(w->out, '}');
}

/* The grade would start the rule's clock, were it an emergency. */
static bool held_back(const struct way *w, const struct deadline_rule *rule)
{
    return deadline_by_grade(rule, w->what.grade, false) &&
           !deadline_by_grade(rule, w->what.grade, w->topic.no_emergency);
}

/* Rules of emergencies that do not hold here, and why. */
static void show_held_back(struct way *w)
{
    const struct deadlines *d = w->config->town->deadlines;

    for (size_t i = 0; i < d->count; i++) {
        if (!held_back(w, &d->list[i]))
            continue;
        if (w->out) {
            json_out_next(w->out);
            buf_add_json(w->out, str_from(d->list[i].id));
        } else {
            cli_printf("  不起算：事项不属突发事件 (does not start: the topic says emergency: false)  %s  %s\n",
                       event_act_zh(d->list[i].act), d->list[i].id);
        }
    }
}

static void show_json(struct way *w)
{
    struct buf *b = w->out;
    int deputy = duty_deputy(w->config->town->units, w->chosen.units[0],
                             w->config->town->deadlines->calendar, w->from);

    buf_add_char(b, '{');
    json_out_str(b, "topic", w->topic.id);
    json_out_str(b, "role", w->topic.role);
    json_out_str(b, "region", w->what.region);
    json_out_text(b, "grade", event_grade_name(w->what.grade));
    json_out_text(b, "request", verdict_request_name(w->request));
    json_out_text(b, "source_kind", source_kind_name(w->kind));
    json_out_time(b, "from", w->from);
    json_out_name(b, "candidates");
    buf_add_char(b, '[');
    routes_explain(w->config->town->units, &w->what, tell, w);
    buf_add_char(b, ']');
    json_out_text(b, "by", bys[w->chosen.by]);
    json_out_name(b, "units");
    buf_add_char(b, '[');
    list_units(w, w->chosen.units, w->chosen.count, b);
    buf_add_char(b, ']');
    json_out_text(b, "deputy", deputy < 0 ? NULL : unit_at(w, deputy)->id);
    json_out_name(b, "clocks");
    buf_add_char(b, '[');
    for (size_t i = 0; i < w->concern.nclocks; i++)
        show_clock(w, &w->concern.clocks[i]);
    buf_add_char(b, ']');
    json_out_bool(b, "emergency", !w->topic.no_emergency);
    json_out_name(b, "held_back");
    buf_add_char(b, '[');
    show_held_back(w);
    buf_add_text(b, "]}\n");
}

static void show(struct way *w)
{
    struct buf units = BUF_INIT;
    int deputy = duty_deputy(w->config->town->units, w->chosen.units[0],
                             w->config->town->deadlines->calendar, w->from);

    cli_printf("%.*s %.*s · %s · %.*s · %s · %s\n", STR_ARG(w->topic.name_zh),
               STR_ARG(w->topic.id), w->what.region.n ? w->what.region.p : "地点不明 (no place)",
               STR_ARG(str_from(event_grade_zh(w->what.grade))), verdict_request_zh(w->request),
               source_kind_name(w->kind));
    routes_explain(w->config->town->units, &w->what, tell, w);
    list_units(w, w->chosen.units, w->chosen.count, &units);
    cli_printf("承办 (goes to): %.*s\n", STR_ARG(buf_str(&units)));
    if (deputy >= 0)
        cli_printf("此时不在值守时间，同时送，可代签收 (off duty now; told too, and may accept): %s %s\n",
                   unit_at(w, deputy)->name_zh, unit_at(w, deputy)->id);
    cli_printf("时限 (clocks):\n");
    for (size_t i = 0; i < w->concern.nclocks; i++)
        show_clock(w, &w->concern.clocks[i]);
    show_held_back(w);
    buf_free(&units);
}

int commands_route_explain(const struct cli_args *args)
{
    char path[PLACES_MAX];
    struct buf out = BUF_INIT;
    struct way w = {.config = config_load_told(config_path(args, path))};
    int status = w.config ? read_case(args, &w) : EX_CONFIG;

    if (!status) {
        routes_decide(w.config->town->units, &w.what, &w.chosen);
        start_clocks(&w);
        w.out = cli_value(args, "json") ? &out : NULL;
        if (w.out)
            show_json(&w);
        else
            show(&w);
        status = buf_ok(&out) ? EX_OK : EX_OSERR;
    }
    if (out.len && !status)
        cli_print(buf_str(&out));
    buf_free(&out);
    config_free((struct config *)w.config);
    return status;
}
