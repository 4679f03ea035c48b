#define _GNU_SOURCE
#include "alerts/deadlines/deadline_form.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/err.h"

enum { OFFICE_CLOSE = (17 * 60 + 30) * 60 * 1000 };

static const char *const clocks[] = {"wall", "workday", NULL};
static const char *const acts[] = {"accept", "first-info", "briefing", "reply", "assess", NULL};
static const char *const triggers[] = {"found", "dispatched", "accepted", "assessed", NULL};

static const struct conf_key rule_keys[] = {
    {"id", CONF_SLUG, true, NULL, NULL, NULL, 0, 0, NULL},
    {"clock", CONF_CHOICE, true, NULL, NULL, clocks, 0, 0, NULL},
    {"within", CONF_DURATION, false, NULL, NULL, NULL, 60e3, 366 * 86400e3, NULL},
    {"days", CONF_INT, false, NULL, NULL, NULL, 1, 366, NULL},
    {"act", CONF_CHOICE, true, NULL, NULL, acts, 0, 0, NULL},
    {"starts", CONF_CHOICE, false, NULL, NULL, triggers, 0, 0, NULL},
    {"grade", CONF_CHOICE, false, NULL, NULL, deadline_grades, 0, 0, NULL},
    {"emergency", CONF_BOOL, false, NULL, NULL, NULL, 0, 0, NULL},
    {"basis", CONF_TEXT, true, NULL, NULL, NULL, 0, 0, NULL},
    {NULL, 0, false, NULL, NULL, NULL, 0, 0, NULL},
};
static const struct conf_key rule_element = {NULL, CONF_MAP, true, rule_keys, NULL, NULL, 0, 0,
                                             NULL};
static const struct conf_key step_element = {NULL, CONF_DURATION, true, NULL, NULL, NULL, 0,
                                             366 * 86400e3, NULL};
static const struct conf_key file_keys[] = {
    {"office_close", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"escalation", CONF_LIST, false, NULL, &step_element, NULL, 0, 0, NULL},
    {"rules", CONF_LIST, true, NULL, &rule_element, NULL, 0, 0, NULL},
    {"choose", CONF_LIST, false, NULL, &deadline_choice_element, NULL, 0, 0, NULL},
    {"reopen", CONF_MAP, false, deadline_reopen_keys, NULL, NULL, 0, 0, NULL},
    {NULL, 0, false, NULL, NULL, NULL, 0, 0, NULL},
};

/* "17:30" -> ms since midnight. */
static int64_t read_close(const struct conf_node *node, struct problems *problems)
{
    struct str s = conf_text(node);
    long long hour, minute;

    if (!node)
        return OFFICE_CLOSE;
    if (s.n == 5 && s.p[2] == ':' && !str_int((struct str){s.p, 2}, 0, 23, &hour) &&
        !str_int((struct str){s.p + 3, 2}, 0, 59, &minute))
        return (hour * 60 + minute) * 60000;
    if (s.n)
        conf_problem(problems, node,
                     "下班时间 “%.*s” 无效，应为 \"17:30\" 的形式 (office_close: expected HH:MM)",
                     STR_ARG(s));
    return OFFICE_CLOSE;
}

/* When an overdue act is 督办, and how often; each time one level up the tree. */
static void read_escalation(struct deadlines *d, const struct conf_node *list,
                            struct problems *problems)
{
    static const int64_t usual[] = {0, CLOCK_DAY, 3 * CLOCK_DAY};

    if (!list) {
        memcpy(d->escalation, usual, sizeof usual);
        d->nescalations = sizeof usual / sizeof *usual;
        return;
    }
    if (!conf_count(list) || conf_count(list) > DEADLINE_ESCALATIONS_MAX)
        conf_problem(problems, list, "escalation: 应有 1 至 %d 个时间 (1 to %d times)",
                     DEADLINE_ESCALATIONS_MAX, DEADLINE_ESCALATIONS_MAX);
    for (size_t i = 0; i < conf_count(list) && i < DEADLINE_ESCALATIONS_MAX; i++) {
        d->escalation[i] = conf_int(conf_at(list, i), 0);
        if (i && d->escalation[i] <= d->escalation[i - 1])
            conf_problem(problems, conf_at(list, i),
                         "escalation: 应逐个加长 (each must be longer than the one before)");
        d->nescalations++;
    }
}

static int choice_in(struct str s, const char *const *names)
{
    for (int i = 0; names[i]; i++)
        if (str_is(s, names[i]))
            return i;
    return -1;
}

/* What besides the time a rule asks for. */
static void read_terms(struct deadline_rule *rule, const struct conf_node *node,
                       struct problems *problems)
{
    int act = event_act_find(conf_text(conf_get(node, "act")));
    int trigger = choice_in(conf_text(conf_get(node, "starts")), triggers);
    int grade = event_grade_find(conf_text(conf_get(node, "grade")));

    rule->act = act < 0 ? ACT_NONE : (enum act)act;
    rule->trigger = trigger < 0 ? DEADLINE_FOUND : (enum deadline_trigger)trigger;
    rule->by_grade = grade >= 0;
    rule->grade = grade < 0 ? GRADE_ORDINARY : (enum grade)grade;
    rule->emergency = conf_bool(conf_get(node, "emergency"), false);
    if (rule->emergency && !rule->by_grade)
        conf_problem(problems, conf_get(node, "emergency"),
                     "emergency 只与 grade 同用 (goes with a grade: what is chosen has it anyway)");
    if (rule->act == ACT_REPLY && rule->trigger != DEADLINE_FOUND)
        conf_problem(problems, conf_get(node, "starts"),
                     "答复时限从发现起算 (the clock of a reply starts when the concern is found)");
}

static int read_rule(struct deadlines *d, const struct conf_node *node, struct problems *problems)
{
    struct deadline_rule *rule = &d->list[d->count];
    const struct conf_node *within = conf_get(node, "within"), *days = conf_get(node, "days");
    struct str id = conf_text(conf_get(node, "id")), basis = conf_text(conf_get(node, "basis")),
               clock = conf_text(conf_get(node, "clock"));

    if (!id.n || id.n >= sizeof rule->id)
        return 0;
    if (str_is(id, "chosen"))
        conf_problem(problems, node, "“chosen” 指按 choose 选用，不能作 id (reserved word)");
    if (deadline_find(d, id))
        conf_problem(problems, node, "时限 “%.*s” 重复 (duplicate deadline id)", STR_ARG(id));
    memcpy(rule->id, id.p, id.n);
    rule->workdays = str_is(clock, "workday");
    if ((rule->workdays || str_is(clock, "wall")) &&
        (!(rule->workdays ? days : within) || (rule->workdays ? within : days)))
        conf_problem(problems, node, "时限 “%.*s”：%s (%s)", STR_ARG(id),
                     rule->workdays ? "workday 用 days，不用 within" : "wall 用 within，不用 days",
                     rule->workdays ? "a workday clock takes `days`, not `within`"
                                    : "a wall clock takes `within`, not `days`");
    rule->amount = conf_int(rule->workdays ? days : within, 1);
    read_terms(rule, node, problems);
    rule->basis = strndup(basis.n ? basis.p : "", basis.n);
    if (!rule->basis)
        return ERR_NOMEM;
    d->count++;
    return 0;
}

struct deadlines *deadline_load(const char *path, const char *calendar_dir,
                                struct problems *problems)
{
    size_t before = problems_count(problems);
    struct conf_doc *doc = conf_load(path, file_keys, problems);
    const struct conf_node *rules = conf_get(conf_root(doc), "rules");
    struct deadlines *d = calloc(1, sizeof *d);
    int err = d ? 0 : ERR_NOMEM;

    if (!err) {
        d->office_close = read_close(conf_get(conf_root(doc), "office_close"), problems);
        d->calendar = calendar_load(calendar_dir, problems);
        d->list = calloc(conf_count(rules) + 1, sizeof *d->list);
        d->path = strdup(path);
        err = d->list && d->path ? 0 : ERR_NOMEM;
        deadline_read_reopen(&d->reopen, conf_get(conf_root(doc), "reopen"), problems);
        read_escalation(d, conf_get(conf_root(doc), "escalation"), problems);
    }
    if (conf_count(rules) > DEADLINE_RULES_MAX)
        conf_problem(problems, rules, "最多 %d 条时限 (at most %d rules)", DEADLINE_RULES_MAX,
                     DEADLINE_RULES_MAX);
    for (size_t i = 0; !err && i < conf_count(rules); i++)
        err = read_rule(d, conf_at(rules, i), problems);
    if (!err)
        err = deadline_read_choices(d, conf_get(conf_root(doc), "choose"), problems);
    if (err)
        problems_add(problems, path, 0, "%s", err_text(err));
    conf_free(doc);
    if (problems_count(problems) == before)
        return d;
    deadline_free(d);
    return NULL;
}

void deadline_free(struct deadlines *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->count; i++)
        free(d->list[i].basis);
    for (size_t i = 0; i < d->nchoices; i++)
        free(d->choices[i].topics);
    free(d->choices);
    free(d->list);
    free(d->path);
    calendar_free(d->calendar);
    free(d);
}

const struct deadline_rule *deadline_find(const struct deadlines *d, struct str id)
{
    for (size_t i = 0; i < d->count; i++)
        if (str_is(id, d->list[i].id))
            return &d->list[i];
    return NULL;
}

int64_t deadline_due(const struct deadlines *d, const struct deadline_rule *rule, int64_t from,
                     bool *provisional)
{
    if (rule->workdays)
        return calendar_add_workdays(d->calendar, from, (int)rule->amount, d->office_close,
                                     provisional);
    if (provisional)
        *provisional = false;
    return from + rule->amount;
}

const char *deadline_trigger_name(enum deadline_trigger trigger)
{
    return triggers[trigger];
}

int deadline_write_rule(const struct deadline_rule *rule, struct buf *out)
{
    buf_addf(out, "{\"rule\":\"%s\",\"act\":\"%s\",\"act_zh\":\"%s\",\"clock\":\"%s\"", rule->id,
             event_act_name(rule->act), event_act_zh(rule->act),
             rule->workdays ? "workday" : "wall");
    if (rule->workdays)
        buf_addf(out, ",\"seconds\":null,\"workdays\":%jd", (intmax_t)rule->amount);
    else
        buf_addf(out, ",\"seconds\":%jd,\"workdays\":null", (intmax_t)(rule->amount / 1000));
    buf_addf(out, ",\"starts\":\"%s\",\"grade\":", deadline_trigger_name(rule->trigger));
    if (rule->by_grade)
        buf_addf(out, "\"%s\"", event_grade_name(rule->grade));
    else
        buf_add_text(out, "null");
    buf_addf(out, ",\"emergency\":%s,\"basis\":", rule->emergency ? "true" : "false");
    buf_add_json(out, str_from(rule->basis));
    return buf_add_char(out, '}');
}

int deadline_write_json(const struct deadlines *d, const struct deadline_rule *rule, int64_t from,
                        struct buf *out)
{
    char start[CLOCK_TEXT], end[CLOCK_TEXT];
    bool provisional;
    int64_t due = deadline_due(d, rule, from, &provisional);

    buf_addf(out, "{\"rule\":\"%s\",\"from\":\"%s\",\"due\":\"%s\",\"clock\":\"%s\",\"act\":\"%s\"",
             rule->id, clock_format(from, start), clock_format(due, end),
             rule->workdays ? "workday" : "wall", event_act_name(rule->act));
    buf_add_text(out, ",\"basis\":");
    buf_add_json(out, str_from(rule->basis));
    return buf_addf(out, ",\"provisional\":%s}", provisional ? "true" : "false");
}
