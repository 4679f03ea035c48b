/* 回应公示: one concern, its steps, and the published reply. */
#include <stdio.h>

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "daemon/http/encoding.h"
#include "daemon/http/figures.h"
#include "daemon/http/html_out.h"
#include "daemon/http/reply.h"
#include "daemon/public/frame.h"
#include "daemon/public/words.h"
#include "daemon/routes/routes.h"

enum { LINKS_MAX = 200 };

/* The steps that are told; what else happens is the units' own work. */
static const struct {
    enum event_type type;
    const char *en;
} steps[] = {
    {EVENT_OPENED, "found"},          {EVENT_DISPATCHED, "given to a unit"},
    {EVENT_ACCEPTED, "accepted"},     {EVENT_PROGRESS, "interim reply published"},
    {EVENT_DECLINED, "declined"},     {EVENT_REASSIGNED, "reassigned"},
    {EVENT_HANDED_ON, "handed on"},   {EVENT_ASSISTED, "another unit assists"},
    {EVENT_EXTENDED, "extended"},     {EVENT_OVERDUE, "overdue"},
    {EVENT_ESCALATED, "escalated"},   {EVENT_ANSWERED, "answered"},
    {EVENT_DISMISSED, "nothing to answer"}, {EVENT_HANDED_OUT, "handed to another body"},
    {EVENT_MERGED, "merged"},         {EVENT_CLOSED, "closed"},
    {EVENT_REOPENED, "reopened"},     {EVENT_RETURNED, "returned: the reply does not answer"},
    {EVENT_PROMISED, "a date was promised"}, {EVENT_PROMISE_KEPT, "promise kept"},
    {EVENT_REPLY_GONE, "the published reply is gone"},
};

struct page {
    struct frame f;
    const struct concern *c;
    bool by_source; /* the last answer was found on a source's page */
    bool same;      /* the reply stands on the page of an item */
};

static int put_step(void *arg, const struct event *e)
{
    struct page *p = arg;
    struct buf unit = BUF_INIT, *b = p->f.b;
    size_t i = 0;

    if (e->type == EVENT_ANSWERED && e->act == ACT_REPLY)
        p->by_source = e->source[0] != '\0';
    while (i < sizeof steps / sizeof *steps && steps[i].type != e->type)
        i++;
    if (i == sizeof steps / sizeof *steps)
        return 0;
    buf_addf(b, "<li%s><span class=\"when\">", e->type == EVENT_OVERDUE ? " class=\"late\"" : "");
    html_out_time(b, e->at);
    buf_addf(b, "</span> %s", p->f.english ? steps[i].en : event_type_zh(e->type));
    if (e->type == EVENT_OVERDUE || e->type == EVENT_ESCALATED)
        buf_addf(b, p->f.english ? " (%s)" : "（%s）",
                 p->f.english ? event_act_name(e->act) : event_act_zh(e->act));
    const char *who = e->to[0] ? e->to : e->by[0] ? e->by : e->unit;
    figures_name(p->f.x, STATISTICS_UNIT, who, p->f.english, &unit);
    buf_add_char(b, ' ');
    html_out_str(b, buf_str(&unit));
    if (e->late)
        buf_addf(b, " <strong>%s</strong>", frame_say(&p->f, "（超期）", "(late)"));
    if (e->type == EVENT_EXTENDED || e->type == EVENT_PROMISED) {
        buf_addf(b, " %s ", frame_say(&p->f, "至", "until"));
        html_out_time(b, e->due);
    }
    buf_add_text(b, "</li>\n");
    buf_free(&unit);
    return 0;
}

static struct str without_fragment(struct str url)
{
    size_t at = str_find(url, STR("#"), 0);

    return at == (size_t)-1 ? url : (struct str){url.p, at};
}

static int compare_link(void *arg, const struct store_item *item)
{
    struct page *p = arg;

    p->same = p->same || str_eq(without_fragment(item->link),
                                without_fragment(str_from(p->c->reply_url)));
    return 0;
}

/* A reply may stand under the post that it answers: whoever follows its address reads the post,
 * which no page of ours leads to. What cannot be told in so many looks is not shown either. */
static bool may_link(struct page *p)
{
    const char *url = p->c->reply_url;
    struct str site = str_from(p->f.x->side->http->conf.config->public_url);

    if (!url)
        return false;
    if (str_starts(str_from(url), site))
        return true;
    if (p->by_source && p->c->items > LINKS_MAX)
        return false;
    return !store_concern_items(p->f.x->side->reader, p->c->id, LINKS_MAX, compare_link, p) &&
           !p->same;
}

static void put_reply(struct page *p)
{
    const struct concern *c = p->c;
    bool linked = may_link(p);
    struct buf *b = p->f.b;

    if (!c->reply_url && c->outcome != OUTCOME_ANSWERED)
        return;
    frame_fact(&p->f, "公开答复", "Published reply");
    if (linked) {
        buf_add_text(b, "<a rel=\"noreferrer nofollow\" href=\"");
        html_out_text(b, c->reply_url);
        buf_addf(b, "\">%s</a>", frame_say(&p->f, "查看答复", "read it"));
    } else if (c->reply_url) {
        buf_add_text(b, frame_say(&p->f, "已在提出处公开答复，此处不链接到来帖。",
                                  "Published where it was raised; no post is linked here."));
    }
    if (c->outcome == OUTCOME_ANSWERED && c->scope != SCOPE_FULL) {
        buf_addf(b, " %s", p->f.english ? scope_name((enum scope)c->scope)
                                        : scope_zh((enum scope)c->scope));
        if (c->article)
            buf_addf(b, " %s", p->f.english
                                   ? scope_article_name((enum scope_article)c->article)
                                   : scope_article_zh((enum scope_article)c->article));
    }
    frame_close_fact(&p->f);
}

static void put_survey(struct page *p)
{
    struct store_survey s = {0};
    char path[40];
    char id[24];

    if (p->c->state != CONCERN_CLOSED || p->c->outcome != OUTCOME_ANSWERED || drill_on())
        return;
    store_survey(p->f.x->side->reader, p->c->id, p->c->round, &s);
    concern_format_id(p->c->id, id);
    snprintf(path, sizeof path, "survey/%s", id);
    frame_fact(&p->f, "回访", "Survey");
    buf_addf(p->f.b, p->f.english ? "yes %u, not yet %u. " : "是 %u，还没有 %u。", s.solved,
             s.not_yet);
    frame_link(&p->f, path,
               str_from(frame_say(&p->f, "解决了吗？", "Did it solve the matter?")));
    frame_close_fact(&p->f);
}

static void put_time(struct page *p, const char *zh, const char *en, int64_t at)
{
    if (!at)
        return;
    frame_fact(&p->f, zh, en);
    html_out_time(p->f.b, at);
    frame_close_fact(&p->f);
}

/* Its number, as a link; 0: there is none. */
static void put_other(struct page *p, const char *zh, const char *en, uint64_t concern)
{
    char path[40] = "ledger/";

    if (!concern)
        return;
    concern_format_id(concern, path + sizeof "ledger/" - 1);
    frame_fact(&p->f, zh, en);
    frame_link(&p->f, path, str_from(path + sizeof "ledger/" - 1));
    frame_close_fact(&p->f);
}

static void put_named(struct page *p, const char *zh, const char *en, const struct buf *text)
{
    frame_fact(&p->f, zh, en);
    html_out_str(p->f.b, buf_str(text));
    frame_close_fact(&p->f);
}

static void put_units(struct page *p)
{
    struct concern_party parties[PARTIES_MAX];
    struct buf lead = BUF_INIT, others = BUF_INIT;
    size_t n = concern_parties(p->c, parties);

    figures_name(p->f.x, STATISTICS_UNIT, p->c->unit, p->f.english, &lead);
    put_named(p, "承办单位", "Unit that answers", &lead);
    for (size_t i = 0; i < n; i++) {
        if (parties[i].lead || !concern_party_active(&parties[i]))
            continue;
        if (others.len)
            buf_add_text(&others, p->f.english ? ", " : "、");
        figures_name(p->f.x, STATISTICS_UNIT, parties[i].unit, p->f.english, &others);
    }
    if (others.len)
        put_named(p, "协办", "Assisting", &others);
    buf_free(&lead);
    buf_free(&others);
}

static void put_facts(struct page *p)
{
    const struct concern *c = p->c;
    enum words_timing timing = words_timing(c, clock_now());
    struct buf place = BUF_INIT, state = BUF_INIT;
    char day[WORDS_DAY];

    buf_add_text(p->f.b, "<dl class=\"facts\">\n");
    words_place(p->f.x, c, &place);
    words_state(c, p->f.english, &state);
    if (place.len)
        put_named(p, "地点", "Place", &place);
    frame_fact(&p->f, "提出", "Raised");
    buf_addf(p->f.b, p->f.english ? "%s, in %u items of %u sources" : "%s，%u 条，来自 %u 个信源",
             words_day(c->opened, day), c->items, c->sources);
    frame_close_fact(&p->f);
    put_units(p);
    put_named(p, "进展", "State", &state);
    put_other(p, "并入", "Merged into", c->merged);
    put_other(p, "再次反映", "Raises again", c->related);
    put_time(p, "答复时限（原定）", "Due (originally)", c->due);
    put_time(p, "获准延期至", "Extended until", c->extended);
    put_time(p, "答复时间", "Answered", c->answered);
    frame_fact(&p->f, "是否按期", "In time?");
    buf_addf(p->f.b, "<span class=\"%s\">%s</span>", words_timing_name(timing),
             words_timing_text(timing, p->f.english));
    frame_close_fact(&p->f);
    frame_fact(&p->f, "轮次", "Round");
    buf_addf(p->f.b, "%u", c->round + 1u);
    if (c->misses)
        buf_addf(p->f.b, p->f.english ? " (%u before it missed)" : "（此前 %u 轮未按期）", c->misses);
    frame_close_fact(&p->f);
    put_reply(p);
    put_survey(p);
    buf_add_text(p->f.b, "</dl>\n");
    buf_free(&place);
    buf_free(&state);
}

/* The steps are read first: they say where the answer was found. */
static int put_page(struct page *p)
{
    struct buf steps_of = BUF_INIT, title = BUF_INIT, *b = p->f.b;
    char own[40] = "ledger/";

    p->f.b = &steps_of;
    int err = store_concern_events(p->f.x->side->reader, p->c->id, put_step, p);
    p->f.b = b;
    concern_format_id(p->c->id, own + sizeof "ledger/" - 1);
    words_title(p->f.x, p->c, p->f.english, &title);
    buf_addf(&title, " %s", own + sizeof "ledger/" - 1);
    frame_begin(&p->f, buf_str(&title), own);
    put_facts(p);
    buf_addf(b, "<h2>%s</h2>\n<ol class=\"steps\">\n", frame_say(&p->f, "办理经过", "Steps"));
    buf_add_str(b, buf_str(&steps_of));
    b->failed = b->failed || steps_of.failed;
    buf_add_text(b, "</ol>\n");
    if (!drill_on())
        buf_addf(b, "<p><a href=\"../correct/%s\">%s</a></p>\n", own + sizeof "ledger/" - 1,
                 frame_say(&p->f, "更正或删除", "Ask for a correction or deletion"));
    frame_end(&p->f);
    buf_free(&steps_of);
    buf_free(&title);
    return err;
}

enum MHD_Result routes_ledger_concern(struct exchange *x)
{
    struct concern c = {0};
    struct buf b = BUF_INIT;
    struct page p = {.c = &c};
    enum MHD_Result known;
    int err = store_concern(x->side->reader, x->concern, &c);

    if (err)
        return reply_error(x, err, err == ERR_NOTFOUND ? "没有这件事项 (no such matter)" : NULL);
    if (encoding_unchanged(x, &known)) {
        concern_clear(&c);
        return known;
    }
    frame_read(x, &b, "../", &p.f);
    err = put_page(&p);
    concern_clear(&c);
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return frame_send(&p.f);
}
