/* 初报, 续报, 终报 of a concern, filled from the ledger: what was found, what was done since, how it
 * ended. No post's words are in it. */
#include <stdio.h>

#include "alerts/deadlines/clocks.h"
#include "base/clock.h"
#include "base/err.h"
#include "daemon/http/figures.h"
#include "daemon/http/reply.h"
#include "daemon/public/words.h"
#include "daemon/reports/sheet.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

enum report_kind { REPORT_FIRST, REPORT_FOLLOW, REPORT_FINAL };
enum { FOLLOW_HOURS = 24 };

struct report {
    struct sheet s;
    const struct concern *c;
    enum report_kind kind;
    int64_t since; /* steps from then on are told */
    struct buf line;
};

static bool english(const struct report *r)
{
    return r->s.frame.english;
}

static const char *say(const struct report *r, const char *zh, const char *en)
{
    return frame_say(&r->s.frame, zh, en);
}

/* What has no English but its name in the API: that, in words. */
static void add_name(struct report *r, const char *zh, const char *name)
{
    size_t before = r->line.len;

    buf_add_text(&r->line, say(r, zh, name));
    for (size_t i = before; english(r) && i < r->line.len; i++)
        if (r->line.data[i] == '-')
            r->line.data[i] = ' ';
}

static void fact(struct report *r, const char *zh, const char *en)
{
    if (r->line.len)
        sheet_fact(&r->s, zh, en, buf_str(&r->line));
    buf_reset(&r->line);
}

static void fact_text(struct report *r, const char *zh, const char *en, const char *text)
{
    buf_add_text(&r->line, text ? text : "");
    fact(r, zh, en);
}

static void add_time(struct buf *b, int64_t at)
{
    char text[CLOCK_TEXT];

    clock_format(at, text);
    text[10] = ' ';
    buf_add_str(b, (struct str){text, 16});
}

static void fact_time(struct report *r, const char *zh, const char *en, int64_t at)
{
    if (at)
        add_time(&r->line, at);
    fact(r, zh, en);
}

static void put_matter(struct report *r)
{
    const struct concern *c = r->c;
    struct exchange *x = r->s.frame.x;
    char id[24];

    concern_format_id(c->id, id);
    fact_text(r, "编号", "No.", id);
    figures_name(x, STATISTICS_TOPIC, c->topic, english(r), &r->line);
    fact(r, "事项", "Matter");
    words_place(x, c, &r->line);
    fact(r, "地点", "Place");
    fact_text(r, "级别", "Grade",
              say(r, event_grade_zh(c->grade), event_grade_name(c->grade)));
    fact_time(r, "研判时间", "Assessed", c->assessed);
    fact_text(r, "诉求类型", "Request",
              say(r, verdict_request_zh(c->request), verdict_request_name(c->request)));
    fact_time(r, "发现时间", "Found", c->opened);
    buf_addf(&r->line, say(r, "%u 条，来自 %u 个信源", "%u, of %u sources"), c->items, c->sources);
    fact(r, "来帖", "Posts");
    const struct heat_rules *heat = rule_set_town(x->rules)->heat;
    buf_addf(&r->line, say(r, "每小时 %.1f 条", "%.1f an hour"),
             (double)heat_rate(&c->heat, heat_half_life(heat), clock_now()) / HEAT_RATE_UNIT);
    fact(r, "当前热度", "Heat now");
}

static void put_handling(struct report *r)
{
    const struct concern *c = r->c;
    struct exchange *x = r->s.frame.x;
    struct concern_party parties[PARTIES_MAX];
    size_t n = concern_parties(c, parties);

    figures_name(x, STATISTICS_UNIT, c->unit, english(r), &r->line);
    fact(r, "承办单位", "Unit that answers");
    for (size_t i = 0; i < n; i++)
        if (!parties[i].lead && concern_party_active(&parties[i])) {
            buf_add_text(&r->line, r->line.len ? say(r, "、", ", ") : "");
            figures_name(x, STATISTICS_UNIT, parties[i].unit, english(r), &r->line);
        }
    fact(r, "协办单位", "Assisting");
    words_state(c, english(r), &r->line);
    fact(r, "进展", "State");
    fact_time(r, "签收时间", "Accepted", c->accepted);
    fact_time(r, "答复时限（原定）", "Reply due (original)", c->due);
    fact_time(r, "获准延期至", "Extended to", c->extended);
    fact_text(r, "是否按期", "In time", words_timing_text(words_timing(c, clock_now()), english(r)));
}

static void put_clocks(struct report *r)
{
    static const char *const columns[][2] = {{"要求", "What is due"}, {"时限", "Due"},
                                             {"完成", "Done"}};

    if (!r->c->nclocks)
        return;
    sheet_heading(&r->s, "时限", "Deadlines");
    sheet_begin_table(&r->s, columns, 3);
    for (size_t i = 0; i < r->c->nclocks; i++) {
        const struct concern_clock *k = &r->c->clocks[i];
        add_name(r, event_act_zh(k->act), event_act_name(k->act));
        sheet_cell(&r->s, buf_str(&r->line));
        buf_reset(&r->line);
        add_time(&r->line, k->due);
        sheet_cell(&r->s, buf_str(&r->line));
        buf_reset(&r->line);
        if (k->shelved && !clocks_done_aside(k))
            buf_add_text(&r->line, clocks_waits(k)
                                      ? say(r, "随研判搁置", "put aside by assessment")
                                      : say(r, "超期未做，随研判终止",
                                            "missed; ended undone by assessment"));
        else if (k->met)
            add_time(&r->line, k->met);
        else
            buf_add_text(&r->line, clock_now() > k->due
                                      ? say(r, "未完成，已超期", "not done, overdue")
                                      : say(r, "未完成", "not done"));
        sheet_cell(&r->s, buf_str(&r->line));
        buf_reset(&r->line);
        sheet_end_row(&r->s);
    }
    sheet_end_table(&r->s);
}

/* Items come by themselves all the time: that is told by their number. What people put together may
 * make it graver, or an emergency, and is a step. */
static bool is_step(const struct event *e)
{
    return e->type != EVENT_REMINDED && (e->type != EVENT_JOINED || e->likeness.by == LIKE_HAND);
}

/* From which other concern, and what it is by that. */
static void add_joined(struct report *r, const struct event *e)
{
    char id[24];

    concern_format_id(e->other, id);
    buf_addf(&r->line, say(r, "（人工，来自 %s；级别：", " (by hand, from %s; grade: "), id);
    add_name(r, event_grade_zh(e->grade), event_grade_name(e->grade));
    if (e->code == EMERGENCY_YES)
        buf_add_text(&r->line, say(r, "，是突发事件", ", an emergency"));
    else if (e->code == EMERGENCY_NO)
        buf_add_text(&r->line, say(r, "，非突发事件", ", no emergency"));
    buf_add_text(&r->line, say(r, "）", ")"));
}

static int put_step(void *arg, const struct event *e)
{
    struct report *r = arg;
    const char *who = e->to[0] ? e->to : e->by[0] ? e->by : e->unit;

    if (!is_step(e) || e->at < r->since)
        return 0;
    add_time(&r->line, e->at);
    sheet_cell(&r->s, buf_str(&r->line));
    buf_reset(&r->line);
    add_name(r, event_type_zh(e->type), strrchr(event_type_name(e->type), '.') + 1);
    if (e->type == EVENT_JOINED) {
        add_joined(r, e);
    } else if (e->act != ACT_NONE) {
        buf_add_text(&r->line, say(r, "（", " ("));
        add_name(r, event_act_zh(e->act), event_act_name(e->act));
        buf_add_text(&r->line, say(r, "）", ")"));
    }
    if (e->late)
        buf_add_text(&r->line, say(r, "，超期", ", late"));
    sheet_cell(&r->s, buf_str(&r->line));
    buf_reset(&r->line);
    figures_name(r->s.frame.x, STATISTICS_UNIT, who, english(r), &r->line);
    sheet_cell(&r->s, buf_str(&r->line));
    buf_reset(&r->line);
    sheet_end_row(&r->s);
    return 0;
}

static int put_steps(struct report *r)
{
    static const char *const columns[][2] = {{"时间", "When"}, {"步骤", "Step"}, {"单位", "Unit"}};

    if (r->kind == REPORT_FOLLOW)
        sheet_heading(&r->s, "近 24 小时的工作", "Work of the last 24 hours");
    else
        sheet_heading(&r->s, "处置经过", "What was done");
    sheet_begin_table(&r->s, columns, 3);
    int err = store_concern_events(r->s.frame.x->side->reader, r->c->id, put_step, r);
    sheet_end_table(&r->s);
    return err;
}

/* How it ended: only the 终报 has it. */
static void put_result(struct report *r)
{
    const struct concern *c = r->c;
    struct store_survey said = {0};

    if (r->kind != REPORT_FINAL)
        return;
    sheet_heading(&r->s, "办理结果", "How it ended");
    sheet_begin_facts(&r->s);
    words_state(c, english(r), &r->line);
    fact(r, "结果", "Outcome");
    fact_time(r, "答复时间", "Answered", c->answered);
    if (c->answered) {
        figures_put_span(&r->line, c->answered - c->opened, english(r));
        fact(r, "自发现起用时", "Time since it was found");
    }
    if (c->outcome == OUTCOME_ANSWERED)
        fact_text(r, "公开范围", "Scope",
                  say(r, scope_zh((enum scope)c->scope), scope_name((enum scope)c->scope)));
    fact_text(r, "公开答复", "Published reply", c->reply_url);
    store_survey(r->s.frame.x->side->reader, c->id, c->round, &said);
    buf_addf(&r->line, say(r, "解决 %u，还没有 %u", "solved %u, not yet %u"), said.solved,
             said.not_yet);
    fact(r, "回访", "Survey");
    buf_addf(&r->line, say(r, "%u（此前未按期 %u 轮）", "%u (%u before it missed)"),
             c->round + 1u, c->misses);
    fact(r, "轮次", "Round");
    sheet_end_facts(&r->s);
}

static int put_report(struct report *r)
{
    static const char *const names[][2] = {{"初报", "First report"}, {"续报", "Follow-up report"},
                                           {"终报", "Final report"}};
    static const char *const asked[] = {"first", "follow", "final"};
    struct buf title = BUF_INIT;
    char id[24], own[64];

    if (english(r)) {
        buf_addf(&title, "%s: ", names[r->kind][1]);
        words_title(r->s.frame.x, r->c, true, &title);
    } else {
        buf_add_text(&title, "关于");
        words_place(r->s.frame.x, r->c, &title);
        buf_add_text(&title, "“");
        figures_name(r->s.frame.x, STATISTICS_TOPIC, r->c->topic, false, &title);
        buf_addf(&title, "”的%s", names[r->kind][0]);
    }
    concern_format_id(r->c->id, id);
    snprintf(own, sizeof own, "reports/%s?kind=%s", id, asked[r->kind]);
    sheet_begin(&r->s, buf_str(&title), own);
    buf_free(&title);
    sheet_begin_facts(&r->s);
    put_matter(r);
    put_handling(r);
    sheet_end_facts(&r->s);
    put_result(r);
    put_clocks(r);
    int err = put_steps(r);
    buf_free(&r->line);
    return err;
}

/* Which one is due: the last when it is closed, the first within a day. */
static enum report_kind kind_of(const struct concern *c)
{
    if (c->state == CONCERN_CLOSED)
        return REPORT_FINAL;
    return clock_now() - c->opened < CLOCK_DAY ? REPORT_FIRST : REPORT_FOLLOW;
}

enum MHD_Result routes_report_concern(struct exchange *x)
{
    static const char *const kinds[] = {"first", "follow", "final", NULL};
    const char *asked = exchange_query(x, "kind"), *wrong;
    int kind = asked ? query_choice(asked, kinds) : 0;
    struct buf b = BUF_INIT;
    struct concern c = {0};
    struct report r = {.c = &c};

    wrong = sheet_read(x, &b, "../", &r.s);
    if (kind < 0)
        wrong = "kind 应为 first、follow 或 final (kind is first, follow or final)";
    if (wrong)
        return reply_problem(x, 400, "query", wrong);
    int err = store_concern(x->side->reader, x->concern, &c);
    if (err)
        return reply_error(x, err, err == ERR_NOTFOUND ? "没有这件关切 (no such concern)" : NULL);
    if (!query_own(x, &c)) {
        concern_clear(&c);
        return reply_not_own(x);
    }
    r.kind = asked ? (enum report_kind)kind : kind_of(&c);
    if (r.kind == REPORT_FINAL && c.state != CONCERN_CLOSED) {
        concern_clear(&c);
        return reply_problem(x, 409, "open", "还没有办结，不能出终报 (it is open: no last report yet)");
    }
    r.since = r.kind == REPORT_FOLLOW ? clock_now() - FOLLOW_HOURS * (CLOCK_DAY / 24) : 0;
    err = put_report(&r);
    concern_clear(&c);
    return sheet_end(&r.s, err);
}
