/* concerns show: the life of one concern, as a person reads it. */
#include "alerts/concern.h"
#include "daemon/cli/ask.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/criteria.h"
#include "daemon/cli/human.h"

static void line(const char *name, const char *text)
{
    struct buf b = BUF_INIT;

    if (!*text)
        return;
    cli_pad(&b, str_from(name), 10);
    buf_addf(&b, " %s\n", text);
    cli_print(buf_str(&b));
    buf_free(&b);
}

static void time_line(const char *name, const json_t *c, const char *member)
{
    struct buf b = BUF_INIT;

    human_time(&b, human_text(c, member, NULL));
    buf_add_char(&b, '\0');
    line(name, buf_ok(&b) ? b.data : "");
    buf_free(&b);
}

static const char *zh_of_type(const char *name)
{
    int type = event_type_find(str_from(name));

    return type < 0 ? name : event_type_zh((enum event_type)type);
}

static const char *zh_of_act(const char *name)
{
    int act = event_act_find(str_from(name));

    return act < 0 || act == ACT_NONE ? "" : event_act_zh((enum act)act);
}

static void add_part(struct buf *b, const char *before, const char *text)
{
    if (*text)
        buf_addf(b, "%s%s", before, text);
}

static const char *note_of(const json_t *c, json_int_t seq)
{
    const json_t *note;
    size_t i;

    json_array_foreach(json_object_get(c, "notes"), i, note)
        if (json_integer_value(json_object_get(note, "seq")) == seq)
            return human_text(note, "text", NULL);
    return "";
}

/* Why, by what kind of event has such a code. */
static const char *code_zh(enum event_type type, struct str code)
{
    int at = -1;

    if (type == EVENT_DISMISSED || type == EVENT_DISMISSAL_ASKED)
        at = event_dismissal_find(code);
    if (at >= 0)
        return event_dismissal_zh((enum dismissal)at);
    if (type == EVENT_ERASED && (at = event_erasure_find(code)) >= 0)
        return event_erasure_zh((enum erasure)at);
    for (int i = 0; type == EVENT_REPLY_GONE && i < LOSSES; i++)
        if (str_is(code, event_loss_name((enum event_loss)i)))
            return event_loss_zh((enum event_loss)i);
    for (int i = 0; type == EVENT_REOPENED && i < REOPENINGS; i++)
        if (str_is(code, event_reopening_name((enum reopening)i)))
            return event_reopening_zh((enum reopening)i);
    return "";
}

/* What it counted, or the date that a reply promised. */
static void add_figures(struct buf *b, enum event_type type, const json_t *data)
{
    json_int_t before = json_integer_value(json_object_get(data, "before"));
    json_int_t after = json_integer_value(json_object_get(data, "after"));

    if (type == EVENT_EFFECT)
        buf_addf(b, " 答复前 72 小时 (before) %" JSON_INTEGER_FORMAT
                    " 条，后 72 小时 (after) %" JSON_INTEGER_FORMAT " 条", before, after);
    if (type == EVENT_SURVEYED)
        buf_addf(b, " 未解决 (not yet) %" JSON_INTEGER_FORMAT "，已解决 (solved) %"
                    JSON_INTEGER_FORMAT, before, after);
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(data, "criteria"), i, one)
        buf_addf(b, "%s%" JSON_INTEGER_FORMAT, i ? "," : " 标准 (criteria) ",
                 json_integer_value(one));
    if (type == EVENT_ASSESSED && json_object_get(data, "emergency"))
        buf_add_text(b, json_is_true(json_object_get(data, "emergency"))
                            ? " 突发事件 (emergency)" : " 非突发事件 (no emergency)");
    if (type == EVENT_PROMISED) {
        buf_add_text(b, " 应于 (by) ");
        human_time(b, human_text(data, "due", NULL));
    }
}

/* One step: when, what, of which clock, who to whom, whether late, and what was said. */
static void step_line(const json_t *c, const json_t *e)
{
    const json_t *data = json_object_get(e, "data");
    int found = event_type_find(str_from(human_text(e, "type", NULL)));
    enum event_type type = found < 0 ? EVENT_TYPES : (enum event_type)found;
    struct buf b = BUF_INIT;

    buf_add_text(&b, "  ");
    human_time(&b, human_text(e, "time", NULL));
    buf_add_text(&b, "  ");
    cli_pad(&b, str_from(zh_of_type(human_text(e, "type", NULL))), 12);
    add_part(&b, " ", zh_of_act(human_text(data, "act", NULL)));
    if (json_is_integer(json_object_get(data, "percent")) &&
        json_integer_value(json_object_get(data, "percent")))
        buf_addf(&b, " %" JSON_INTEGER_FORMAT " %%",
                 json_integer_value(json_object_get(data, "percent")));
    add_part(&b, " ", human_text(data, "by", NULL));
    add_part(&b, " → ", human_text(data, "to", NULL));
    add_part(&b, " ⇄ ", human_text(data, "other", NULL));
    add_part(&b, " ", code_zh(type, str_from(human_text(data, "code", NULL))));
    add_figures(&b, type, data);
    if (json_is_true(json_object_get(data, "late")))
        buf_add_text(&b, " 逾期 (late)");
    const char *note = note_of(c, json_integer_value(json_object_get(e, "seq")));
    if (*note)
        buf_addf(&b, " “%s”", note);
    buf_add_char(&b, '\n');
    cli_print(buf_str(&b));
    buf_free(&b);
}

static void party_line(const json_t *c, const json_t *p)
{
    struct buf b = BUF_INIT;

    (void)c;
    buf_addf(&b, "  %s ", json_is_true(json_object_get(p, "lead"))     ? "主办"
                          : !strcmp(human_text(p, "state", NULL), "left") ? "原主办" /* it led */
                                                                          : "协办");
    cli_pad(&b, str_from(human_text(p, "unit", "name", NULL)), 28);
    buf_addf(&b, " %s\n", human_text(p, "state_zh", NULL));
    cli_print(buf_str(&b));
    buf_free(&b);
}

static void clock_line(const json_t *c, const json_t *k)
{
    const json_t *left = json_object_get(k, "seconds_left");
    struct buf b = BUF_INIT;

    (void)c;
    buf_add_text(&b, "  ");
    cli_pad(&b, str_from(human_text(k, "act_zh", NULL)), 10);
    buf_add_text(&b, " 期限 ");
    human_time(&b, human_text(k, "due", NULL));
    if (*human_text(k, "met", NULL)) {
        bool late = json_is_true(json_object_get(k, "overdue"));
        buf_add_text(&b, !json_is_true(json_object_get(k, "ended")) ? "  办于 "
                         : late                                     ? "  未做，随研判终止于 "
                                                                    : "  随研判搁置于 ");
        human_time(&b, human_text(k, "met", NULL));
    } else if (json_is_integer(left)) {
        buf_add_text(&b, "  ");
        human_left(&b, json_integer_value(left));
    }
    if (json_is_true(json_object_get(k, "overdue")))
        buf_add_text(&b, " 超期");
    if (json_is_true(json_object_get(k, "provisional")))
        buf_add_text(&b, " 暂定 (provisional)");
    buf_addf(&b, "  [%s]\n", human_text(k, "rule", NULL));
    cli_print(buf_str(&b));
    buf_free(&b);
}

static void each(const json_t *c, const char *member, const char *title,
                 void (*print)(const json_t *c, const json_t *row))
{
    const json_t *list = json_object_get(c, member), *row;
    size_t i;

    if (!json_array_size(list))
        return;
    cli_printf("%s\n", title);
    json_array_foreach(list, i, row)
        print(c, row);
}

static void survey_line(const json_t *survey)
{
    json_int_t solved = json_integer_value(json_object_get(survey, "solved"));
    json_int_t not_yet = json_integer_value(json_object_get(survey, "not_yet"));

    if (solved || not_yet)
        cli_printf("回访 (did it solve the matter?)：是 %" JSON_INTEGER_FORMAT
                   "，还没有 %" JSON_INTEGER_FORMAT "\n", solved, not_yet);
}

/* What waits for 审签, for who is to read it. */
static void draft_lines(const json_t *draft)
{
    if (!json_is_object(draft))
        return;
    cli_printf("待审签 (waits for its approval)：--draft %" JSON_INTEGER_FORMAT " %s\n",
               json_integer_value(json_object_get(draft, "seq")), human_text(draft, "by", NULL));
    cli_printf("%s\n", human_text(draft, "text", NULL));
}

/* Whether the clocks of an emergency run from 重大 on, and who says so. */
static void emergency_line(const json_t *c)
{
    bool decided = json_is_true(json_object_get(c, "emergency_decided"));
    const char *grade = human_text(c, "grade", NULL), *proposed = human_text(c, "proposed", NULL);
    bool graver = strcmp(grade, "ordinary") || *proposed;

    if (decided || graver)
        cli_printf("突发事件 (emergency)：%s，%s\n",
                   json_is_true(json_object_get(c, "emergency")) ? "是 yes" : "否 no",
                   decided ? "研判所定 (as decided)"
                           : "依事项或并入的诉求 (as its topic or what was merged into it has it)");
}

/* One page: of which round, what was found there last, and when. */
static void page_line(const json_t *c, const json_t *page)
{
    static const struct {
        const char *state, *zh;
    } names[] = {{"waits", "待读"}, {"there", "在"}, {"gone", "已撤下"}, {"changed", "内容已换"},
                 {"closed", "读不到"}};
    struct buf b = BUF_INIT;

    (void)c;
    buf_addf(&b, "  第 %" JSON_INTEGER_FORMAT " 轮 ",
             json_integer_value(json_object_get(page, "round")));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i].state, human_text(page, "state", NULL)))
            cli_pad(&b, str_from(names[i].zh), 10);
    if (json_is_true(json_object_get(page, "edited")))
        buf_add_text(&b, "有改动 ");
    human_time(&b, human_text(page, "checked", NULL));
    add_part(&b, " ", human_text(page, "title", NULL));
    add_part(&b, " ", human_text(page, "url", NULL));
    buf_add_char(&b, '\n');
    cli_print(buf_str(&b));
    buf_free(&b);
}

static void print_concern(const struct cli_args *args, const json_t *c)
{
    bool ended = *human_text(c, "outcome", NULL);
    struct buf b = BUF_INIT;

    (void)args;
    human_clock(&b, c);
    buf_addf(&b, "%s  %s · %s · %s · %s", human_text(c, "id", NULL),
             human_text(c, "topic", "name", NULL), human_text(c, "region", "name", NULL),
             human_text(c, "grade_zh", NULL), human_text(c, "state_zh", NULL));
    add_part(&b, "：", human_text(c, "outcome_zh", NULL));
    if (ended)
        add_part(&b, "，", human_text(c, "dismissal_zh", NULL));
    add_part(&b, " → ", human_text(c, "merged", NULL));
    buf_add_char(&b, '\n');
    cli_print(buf_str(&b));
    buf_free(&b);
    line("再次反映", human_text(c, "related", NULL));
    line("诉求类型", human_text(c, "request_zh", NULL));
    line("建议级别", human_text(c, "proposed_zh", NULL));
    time_line("发现", c, "opened");
    time_line("答复期限", c, "due");
    if (!ended)
        line("申请无需回应", human_text(c, "dismissal_zh", NULL));
    time_line("申请延至", c, "extension_asked");
    time_line("已延至", c, "extended");
    line("公开答复", human_text(c, "reply_url", NULL));
    line("公开范围", human_text(c, "scope_zh", NULL));
    line("不公开依据", human_text(c, "article_zh", NULL));
    draft_lines(json_object_get(c, "draft"));
    survey_line(json_object_get(c, "survey"));
    each(c, "reply_pages", "答复网页 (pages of replies)", page_line);
    if (json_integer_value(json_object_get(c, "round")) > 1)
        cli_printf("第 %" JSON_INTEGER_FORMAT " 轮 (round)，此前逾期 %" JSON_INTEGER_FORMAT " 轮\n",
                   json_integer_value(json_object_get(c, "round")),
                   json_integer_value(json_object_get(c, "misses")));
    emergency_line(c);
    criteria_print(c);
    each(c, "parties", "单位 (units)", party_line);
    each(c, "clocks", "时限 (clocks)", clock_line);
    each(c, "events", "经过 (what happened)", step_line);
}

int commands_concerns_show(const struct cli_args *args)
{
    const char *id = args->rest[0];

    if (!ask_is_concern(id))
        return EX_DATAERR;
    return ask(args, &(struct ask){.subject = id, .tell = print_concern}, "/api/v1/concerns/%s",
               id);
}
