/* 回访: the ledger asks whether a reply solved the matter. No text, no account, no address, no
 * cookie; a token in the form, made for the concern, the round and the day, keeps out what posts
 * blindly, and what is sent twice. */
#include "base/err.h"
#include "daemon/http/figures.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/public/frame.h"
#include "daemon/routes/form.h"
#include "daemon/routes/routes.h"
#include "daemon/views/statistics.h"

static bool is_asked(const struct concern *c)
{
    return c->state == CONCERN_CLOSED && c->outcome == OUTCOME_ANSWERED;
}

static void put_form(struct frame *f, const struct concern *c, const char *own)
{
    char token[FORM_TOKEN];

    form_token(f->x->side->reader, "survey", c->id, c->round, token);
    buf_add_text(f->b, "<form class=\"asked\" method=\"post\" action=\"");
    frame_href(f, own);
    buf_addf(f->b, "\">\n<p>%s</p>\n<input type=\"hidden\" name=\"token\" value=\"%s\">\n"
                   "<p><button name=\"solved\" value=\"yes\">%s</button>\n"
                   "<button name=\"solved\" value=\"no\">%s</button></p>\n</form>\n",
             frame_say(f, "解决了吗？", "Did it solve the matter?"), token,
             frame_say(f, "是", "Yes"), frame_say(f, "还没有", "Not yet"));
}

static void put_page(struct frame *f, const struct concern *c, const struct store_survey *s,
                     const char *said)
{
    struct buf title = BUF_INIT;
    char own[40] = "survey/", matter[40] = "ledger/", *id = own + sizeof "survey/" - 1;

    concern_format_id(c->id, id);
    buf_addf(&title, f->english ? "%s %s: " : "%s %s：", frame_say(f, "回访", "Survey"), id);
    if (said) /* so it is in the other language */
        memcpy(own + strlen(own), "?done=1", sizeof "?done=1");
    figures_name(f->x, STATISTICS_TOPIC, c->topic, f->english, &title);
    frame_begin(f, buf_str(&title), own);
    buf_free(&title);
    if (is_asked(c)) { /* whose page knows whether the reply may be linked: no post is */
        concern_format_id(c->id, matter + sizeof "ledger/" - 1);
        buf_add_text(f->b, "<p>");
        frame_link(f, matter, str_from(frame_say(f, "办理经过和公开答复", "Its steps and reply")));
        buf_add_text(f->b, "</p>\n");
    }
    if (said)
        buf_addf(f->b, "<p role=\"status\"><strong>%s</strong></p>\n", said);
    else if (is_asked(c))
        put_form(f, c, own);
    else
        buf_addf(f->b, "<p>%s</p>\n", frame_say(f, "这件事项现在没有待回访的答复。",
                                               "There is no reply to ask about now."));
    buf_addf(f->b, f->english ? "<p>So far: yes %u, not yet %u.</p>\n"
                              : "<p>到现在：是 %u，还没有 %u。</p>\n", s->solved, s->not_yet);
    buf_addf(f->b, "<p>%s</p>\n",
             frame_say(f, "只计数：不记录谁作答、何处作答。",
                       "Only counts are kept: not who answers, nor from where."));
    frame_end(f);
}

/* With the form, or where an answer led with its thanks. */
enum MHD_Result routes_survey(struct exchange *x)
{
    struct store_survey s = {0};
    struct buf b = BUF_INIT;
    struct concern c = {0};
    struct frame f;
    int err = store_concern(x->side->reader, x->concern, &c);

    if (!err)
        err = store_survey(x->side->reader, x->concern, c.round, &s);
    if (!err || err == ERR_NOTFOUND)
        err = c.id ? 0 : ERR_NOTFOUND;
    frame_read(x, &b, "../", &f);
    f.sends = true;
    if (!err)
        put_page(&f, &c, &s, frame_is_done(x) ? frame_say(&f, "已记下，谢谢。", "Counted, thank you.")
                                               : NULL);
    concern_clear(&c);
    return err ? reply_error(x, err, NULL) : reply_form(x, 200, &b);
}

static enum MHD_Result thank(struct exchange *x)
{
    char own[40] = "survey/";

    concern_format_id(x->concern, own + sizeof "survey/" - 1);
    return frame_done(x, own);
}

static enum MHD_Result tell(struct exchange *x, struct str token)
{
    struct pending_outcome outcome;

    pending_outcome(x->pending, &outcome);
    if (!outcome.status)
        statistics_surveyed(x->side->http->conf.statistics, x->concern);
    if (!outcome.status)
        return thank(x);
    form_give_back(token);
    if (outcome.status == ERR_AGAIN)
        return reply_next_hour(x, outcome.reason);
    return reply_error(x, outcome.status, outcome.reason);
}

enum MHD_Result routes_survey_answer(struct exchange *x)
{
    struct str body = buf_str(&x->body), solved = form_member(body, "solved");
    struct str token = form_member(body, "token");
    struct concern c = {0};

    if (x->pending)
        return tell(x, token);
    int err = store_concern(x->side->reader, x->concern, &c);
    uint16_t round = c.round;
    concern_clear(&c);
    if (err)
        return reply_error(x, err, NULL);
    if (form_is_foreign(exchange_header(x, "Sec-Fetch-Site")) ||
        !form_token_fits(x->side->reader, "survey", x->concern, round, token))
        return reply_problem(x, 422, "token",
                             "表单已过期，请重新打开页面 (the form is out of date: open the page again)");
    if (!str_is(solved, "yes") && !str_is(solved, "no"))
        return reply_problem(x, 422, err_name(ERR_INVALID), "solved 应为 yes 或 no (yes or no)");
    if (!form_take(token))
        return thank(x);
    err = pending_survey(x, x->concern, round, str_is(solved, "yes"));
    if (err)
        form_give_back(token);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}
