/* 初报, 续报, 终报 of a concern, filled from the ledger: what was found, what was done since, how it
 * ended. No post's words are in it. */
#include <stdio.h>

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

static void fact(struct report *r, const char *name)
{
    if (r->line.len)
        sheet_fact(&r->s, name, buf_str(&r->line));
    buf_reset(&r->line);
}

static void fact_text(struct report *r, const char *name, const char *text)
{
    buf_add_text(&r->line, text ? text : "");
    fact(r, name);
}

static void add_time(struct buf *b, int64_t at)
{
    char text[CLOCK_TEXT];

    clock_format(at, text);
    text[10] = ' ';
    buf_add_str(b, (struct str){text, 16});
}

static void fact_time(struct report *r, const char *name, int64_t at)
{
    if (at)
        add_time(&r->line, at);
    fact(r, name);
}

static void put_matter(struct report *r)
{
    const struct concern *c = r->c;
    struct exchange *x = r->s.frame.x;
    char id[24];

    concern_format_id(c->id, id);
    fact_text(r, "编号", id);
    figures_name(x, STATISTICS_TOPIC, c->topic, false, &r->line);
    fact(r, "事项");
    words_place(x, c, &r->line);
    fact(r, "地点");
    fact_text(r, "级别", event_grade_zh(c->grade));
    fact_time(r, "研判时间", c->assessed);
    fact_text(r, "诉求类型", verdict_request_zh(c->request));
    fact_time(r, "发现时间", c->opened);
    buf_addf(&r->line, "%u 条，来自 %u 个信源", c->items, c->sources);
    fact(r, "来帖");
    const struct heat_rules *heat = rule_set_town(x->rules)->heat;
    buf_addf(&r->line, "每小时 %.1f 条",
             (double)heat_rate(&c->heat, heat_half_life(heat), clock_now()) / HEAT_RATE_UNIT);
    fact(r, "当前热度");
}

static void put_handling(struct report *r)
{
    const struct concern *c = r->c;
    struct exchange *x = r->s.frame.x;
    struct concern_party parties[PARTIES_MAX];
    size_t n = concern_parties(c, parties);

    figures_name(x, STATISTICS_UNIT, c->unit, false, &r->line);
    fact(r, "承办单位");
    for (size_t i = 0; i < n; i++)
        if (!parties[i].lead && concern_party_active(&parties[i])) {
            buf_add_text(&r->line, r->line.len ? "、" : "");
            figures_name(x, STATISTICS_UNIT, parties[i].unit, false, &r->line);
        }
    fact(r, "协办单位");
    words_state(c, false, &r->line);
    fact(r, "进展");
    fact_time(r, "签收时间", c->accepted);
    fact_time(r, "答复时限（原定）", c->due);
    fact_time(r, "获准延期至", c->extended);
    fact_text(r, "是否按期", words_timing_text(words_timing(c, clock_now()), false));
}

static void put_clocks(struct report *r)
{
    static const char *const columns[] = {"要求", "时限", "完成"};

    if (!r->c->nclocks)
        return;
    sheet_heading(&r->s, "时限");
    sheet_begin_table(&r->s, columns, 3);
    for (size_t i = 0; i < r->c->nclocks; i++) {
        const struct concern_clock *k = &r->c->clocks[i];
        sheet_cell(&r->s, str_from(event_act_zh(k->act)));
        add_time(&r->line, k->due);
        sheet_cell(&r->s, buf_str(&r->line));
        buf_reset(&r->line);
        if (k->met)
            add_time(&r->line, k->met);
        else
            buf_add_text(&r->line, clock_now() > k->due ? "未完成，已超期" : "未完成");
        sheet_cell(&r->s, buf_str(&r->line));
        buf_reset(&r->line);
        sheet_end_row(&r->s);
    }
    sheet_end_table(&r->s);
}

static int put_step(void *arg, const struct event *e)
{
    struct report *r = arg;
    const char *who = e->to[0] ? e->to : e->by[0] ? e->by : e->unit;

    if (e->type == EVENT_JOINED || e->type == EVENT_REMINDED || e->at < r->since)
        return 0;
    add_time(&r->line, e->at);
    sheet_cell(&r->s, buf_str(&r->line));
    buf_reset(&r->line);
    buf_add_text(&r->line, event_type_zh(e->type));
    if (e->act != ACT_NONE)
        buf_addf(&r->line, "（%s）", event_act_zh(e->act));
    if (e->late)
        buf_add_text(&r->line, "，超期");
    sheet_cell(&r->s, buf_str(&r->line));
    buf_reset(&r->line);
    figures_name(r->s.frame.x, STATISTICS_UNIT, who, false, &r->line);
    sheet_cell(&r->s, buf_str(&r->line));
    buf_reset(&r->line);
    sheet_end_row(&r->s);
    return 0;
}

static int put_steps(struct report *r)
{
    static const char *const columns[] = {"时间", "步骤", "单位"};

    sheet_heading(&r->s, r->kind == REPORT_FOLLOW ? "近 24 小时的工作" : "处置经过");
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
    sheet_heading(&r->s, "办理结果");
    sheet_begin_facts(&r->s);
    words_state(c, false, &r->line);
    fact(r, "结果");
    fact_time(r, "答复时间", c->answered);
    if (c->answered) {
        figures_put_span(&r->line, c->answered - c->opened, false);
        fact(r, "自发现起用时");
    }
    if (c->outcome == OUTCOME_ANSWERED)
        fact_text(r, "公开范围", scope_zh((enum scope)c->scope));
    fact_text(r, "公开答复", c->reply_url);
    store_survey(r->s.frame.x->side->reader, c->id, c->round, &said);
    buf_addf(&r->line, "解决 %u，还没有 %u", said.solved, said.not_yet);
    fact(r, "回访");
    buf_addf(&r->line, "%u（此前未按期 %u 轮）", c->round + 1u, c->misses);
    fact(r, "轮次");
    sheet_end_facts(&r->s);
}

static int put_report(struct report *r)
{
    static const char *const names[] = {"初报", "续报", "终报"};
    struct buf title = BUF_INIT;
    char own[40] = "reports/";

    buf_add_text(&title, "关于");
    words_place(r->s.frame.x, r->c, &title);
    buf_add_text(&title, "“");
    figures_name(r->s.frame.x, STATISTICS_TOPIC, r->c->topic, false, &title);
    buf_addf(&title, "”的%s", names[r->kind]);
    concern_format_id(r->c->id, own + sizeof "reports/" - 1);
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
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return sheet_send(&r.s);
}
