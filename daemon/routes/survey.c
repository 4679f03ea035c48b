/* 回访: the ledger asks whether a reply solved the matter. No text, no account, no address, no
 * cookie; a token in the form, made for the concern, the round and the day, keeps out what posts
 * blindly. */
#include "base/err.h"
#include "daemon/http/html_out.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/routes/form.h"
#include "daemon/routes/routes.h"
#include "daemon/statistics.h"

static bool is_asked(const struct concern *c)
{
    return c->state == CONCERN_CLOSED && c->outcome == OUTCOME_ANSWERED;
}

static struct str topic_name(struct exchange *x, const char *id)
{
    int at = rules_find(exchange_rules(x), str_from(id));

    return at >= 0 ? rules_topic(exchange_rules(x), (size_t)at).name_zh : str_from(id);
}

static void put_form(struct exchange *x, struct buf *b, const struct concern *c)
{
    char token[FORM_TOKEN], id[24];

    concern_format_id(c->id, id);
    form_token(x->side->reader, "survey", c->id, c->round, token);
    buf_addf(b, "<form method=\"post\" action=\"%s\">\n<p>解决了吗？(Did it solve the matter?)</p>\n"
                "<input type=\"hidden\" name=\"token\" value=\"%s\">\n"
                "<button name=\"solved\" value=\"yes\">是 (yes)</button>\n"
                "<button name=\"solved\" value=\"no\">还没有 (not yet)</button>\n</form>\n",
             id, token);
}

static void put_page(struct exchange *x, struct buf *b, const struct concern *c,
                     const struct store_survey *s, const char *said)
{
    struct buf title = BUF_INIT;
    char id[24];

    concern_format_id(c->id, id);
    buf_addf(&title, "回访 %s：", id);
    buf_add_str(&title, topic_name(x, c->topic));
    html_out_begin(b, buf_str(&title));
    buf_free(&title);
    if (c->reply_url && is_asked(c)) {
        buf_add_text(b, "<p><a rel=\"noreferrer nofollow\" href=\"");
        html_out_text(b, c->reply_url);
        buf_add_text(b, "\">公开答复 (the published reply)</a></p>\n");
    }
    if (said) {
        buf_add_text(b, "<p><strong>");
        html_out_text(b, said);
        buf_add_text(b, "</strong></p>\n");
    } else if (is_asked(c)) {
        put_form(x, b, c);
    } else {
        buf_add_text(b, "<p>这件关切现在没有待回访的答复。(No reply is asked about now.)</p>\n");
    }
    buf_addf(b, "<p>到现在 (so far)：是 %u，还没有 %u。</p>\n"
                "<p>只计数：不记录谁作答、何处作答。(Only counts are kept.)</p>\n",
             s->solved, s->not_yet);
    html_out_end(b, x->side->http->conf.config->operator_name);
}

static enum MHD_Result show(struct exchange *x, unsigned status, const char *said)
{
    struct store_survey s = {0};
    struct buf b = BUF_INIT;
    struct concern c = {0};
    int err = store_concern(x->side->reader, x->concern, &c);

    if (!err)
        err = store_survey(x->side->reader, x->concern, c.round, &s);
    if (!err || err == ERR_NOTFOUND)
        err = c.id ? 0 : ERR_NOTFOUND;
    if (!err)
        put_page(x, &b, &c, &s, said);
    concern_clear(&c);
    return err ? reply_error(x, err, NULL) : reply_form(x, status, &b);
}

enum MHD_Result routes_survey(struct exchange *x)
{
    return show(x, 200, NULL);
}

static enum MHD_Result tell(struct exchange *x)
{
    struct pending_outcome outcome;

    pending_outcome(x->pending, &outcome);
    if (!outcome.done)
        return reply_error(x, ERR_CLOSED, NULL);
    if (!outcome.status)
        statistics_surveyed(x->side->http->conf.statistics, x->concern);
    if (!outcome.status)
        return show(x, 200, "已记下，谢谢。(Counted, thank you.)");
    if (outcome.status == ERR_AGAIN)
        return reply_problem(x, 429, err_name(ERR_AGAIN), outcome.reason);
    return reply_error(x, outcome.status, outcome.reason[0] ? outcome.reason : NULL);
}

enum MHD_Result routes_survey_answer(struct exchange *x)
{
    struct str body = buf_str(&x->body), solved = form_member(body, "solved");
    struct concern c = {0};

    if (x->pending)
        return tell(x);
    int err = store_concern(x->side->reader, x->concern, &c);
    uint16_t round = c.round;
    concern_clear(&c);
    if (err)
        return reply_error(x, err, NULL);
    if (form_is_foreign(exchange_header(x, "Sec-Fetch-Site")) ||
        !form_token_fits(x->side->reader, "survey", x->concern, round,
                         form_member(body, "token")))
        return reply_problem(x, 422, "token",
                             "表单已过期，请重新打开页面 (the form is out of date: open the page again)");
    if (!str_is(solved, "yes") && !str_is(solved, "no"))
        return reply_problem(x, 422, err_name(ERR_INVALID), "solved 应为 yes 或 no (yes or no)");
    err = pending_survey(x, x->concern, round, str_is(solved, "yes"));
    return err ? reply_error(x, err, NULL) : MHD_YES;
}
