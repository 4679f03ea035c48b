/* 更正与删除: a public form that asks for one, with a reason by code and no words, and the
 * coordinator's list of what was asked for. Nothing is known of who asks. */
#include <jansson.h>

#include "base/err.h"
#include "base/member.h"
#include "daemon/http/json_out.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/public/frame.h"
#include "daemon/routes/body.h"
#include "daemon/routes/form.h"
#include "daemon/routes/routes.h"

static const struct {
    const char *en, *zh, *said;
} wishes[STORE_WISHES] = {[STORE_WISH_CORRECT] = {"correct", "更正", "a correction"},
                          [STORE_WISH_ERASE] = {"erase", "删除", "deletion"}};

static const char *const reasons[ERASURES] = {
    [ERASURE_PERSONAL] = "personal data", [ERASURE_WRONG] = "the content is wrong",
    [ERASURE_SECRET] = "not public by law", [ERASURE_ASKED] = "I wrote it"};

static int wish_find(struct str name)
{
    for (int i = 0; i < STORE_WISHES; i++)
        if (str_is(name, wishes[i].en))
            return i;
    return -1;
}

struct sums {
    uint64_t waiting, granted, refused;
    uint64_t concern;
};

static int add_up(void *arg, const struct store_correction *row)
{
    struct sums *s = arg;

    if (row->concern != s->concern)
        return ERR_LIMIT; /* past it */
    s->waiting += row->waiting;
    s->granted += row->granted;
    s->refused += row->refused;
    return 0;
}

static int sums_of(struct exchange *x, uint64_t concern, struct sums *out)
{
    *out = (struct sums){.concern = concern};
    int err = store_corrections(x->side->reader, concern, 0, 0, STORE_WISHES * ERASURES, add_up,
                                out);
    return err == ERR_LIMIT ? 0 : err;
}

static void put_choice(struct frame *f, const char *name, const char *value, bool first,
                       const char *text)
{
    buf_addf(f->b, "<label><input type=\"radio\" name=\"%s\" value=\"%s\"%s> %s</label>\n",
             name, value, first ? " checked" : "", text);
}

static void put_form(struct frame *f, const char *own)
{
    char token[FORM_TOKEN];

    form_token(f->x->side->reader, "correct", f->x->concern, 0, token);
    buf_add_text(f->b, "<form class=\"asked\" method=\"post\" action=\"");
    frame_href(f, own);
    buf_addf(f->b, "\">\n<input type=\"hidden\" name=\"token\" value=\"%s\">\n"
                   "<fieldset><legend>%s</legend>\n", token, frame_say(f, "希望", "I ask for"));
    for (size_t i = 0; i < STORE_WISHES; i++)
        put_choice(f, "wish", wishes[i].en, !i, frame_say(f, wishes[i].zh, wishes[i].said));
    buf_addf(f->b, "</fieldset>\n<fieldset><legend>%s</legend>\n",
             frame_say(f, "原因", "Because"));
    for (int i = ERASURE_PERSONAL; i < ERASURES; i++)
        put_choice(f, "reason", event_erasure_name((enum erasure)i), i == ERASURE_PERSONAL,
                   frame_say(f, event_erasure_zh((enum erasure)i), reasons[i]));
    buf_addf(f->b, "</fieldset>\n<p><button>%s</button></p>\n</form>\n",
             frame_say(f, "提交", "Send"));
}

static void put_sums(struct frame *f, const char *zh, const char *en, const struct sums *s)
{
    buf_addf(f->b, f->english ? "%s: %ju waiting, %ju granted, %ju refused. "
                              : "%s：待决定 %ju，同意 %ju，不同意 %ju。",
             frame_say(f, zh, en), (uintmax_t)s->waiting, (uintmax_t)s->granted,
             (uintmax_t)s->refused);
}

/* With the form, or where a request led with what becomes of it. */
enum MHD_Result routes_correct(struct exchange *x)
{
    struct sums here, all;
    struct concern c = {0};
    struct buf b = BUF_INIT, title = BUF_INIT;
    char own[40] = "correct/", *id = own + sizeof "correct/" - 1;
    struct frame f;
    int err = store_concern(x->side->reader, x->concern, &c);

    concern_clear(&c);
    err = err ? err : sums_of(x, x->concern, &here);
    err = err ? err : sums_of(x, 0, &all);
    if (err)
        return reply_error(x, err, NULL);
    concern_format_id(x->concern, id);
    frame_read(x, &b, "../", &f);
    f.sends = true;
    buf_addf(&title, "%s %s", frame_say(&f, "更正与删除", "Correction and deletion"), id);
    if (frame_is_done(x)) /* so it is in the other language */
        memcpy(own + strlen(own), "?done=1", sizeof "?done=1");
    frame_begin(&f, buf_str(&title), own);
    buf_free(&title);
    if (frame_is_done(x))
        buf_addf(&b, "<p role=\"status\"><strong>%s</strong></p>\n",
                 frame_say(&f, "已收到，由协调单位决定。", "Received; the coordinating unit decides."));
    else
        put_form(&f, own);
    buf_add_text(&b, "<p>");
    put_sums(&f, "本件", "This matter", &here);
    put_sums(&f, "全部", "All", &all);
    buf_addf(&b, "</p>\n<p>%s</p>\n",
             frame_say(&f, "只计数：不记录谁申请、何处申请。",
                       "Only counts are kept: not who asks, nor from where."));
    frame_end(&f);
    return reply_form(x, 200, &b);
}

static enum MHD_Result received(struct exchange *x)
{
    char own[40] = "correct/";

    concern_format_id(x->concern, own + sizeof "correct/" - 1);
    return frame_done(x, own);
}

static enum MHD_Result tell_asked(struct exchange *x, struct str token)
{
    struct pending_outcome outcome;

    pending_outcome(x->pending, &outcome);
    if (!outcome.status)
        return received(x);
    form_give_back(token);
    if (outcome.status == ERR_AGAIN)
        return reply_next_hour(x, outcome.reason);
    return reply_error(x, outcome.status, outcome.reason);
}

enum MHD_Result routes_correct_ask(struct exchange *x)
{
    struct str body = buf_str(&x->body), token = form_member(body, "token");
    int wish = wish_find(form_member(body, "wish"));
    int reason = event_erasure_find(form_member(body, "reason"));
    struct batch_correction what = {.act = BATCH_CORRECTION_ASK, .concern = x->concern};

    if (x->pending)
        return tell_asked(x, token);
    if (form_is_foreign(exchange_header(x, "Sec-Fetch-Site")) ||
        !form_token_fits(x->side->reader, "correct", x->concern, 0, token))
        return reply_problem(x, 422, "token",
                             "表单已过期，请重新打开页面 (the form is out of date: open the page again)");
    if (wish < 0 || reason <= 0)
        return reply_problem(x, 422, err_name(ERR_INVALID),
                             "应选择希望和原因 (choose what for, and why)");
    what.wish = (enum store_wish)wish;
    what.reason = (enum erasure)reason;
    if (!form_take(token))
        return received(x);
    int err = pending_correct(x, &what);
    if (err)
        form_give_back(token);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}

struct list {
    struct buf *b;
    struct store_correction last;
    size_t n;
};

static int add_row(void *arg, const struct store_correction *row)
{
    struct list *l = arg;
    char id[24];

    l->last = *row;
    l->n++;
    if (!row->concern || !row->waiting)
        return 0;
    concern_format_id(row->concern, id);
    json_out_next(l->b);
    buf_add_char(l->b, '{');
    json_out_text(l->b, "concern", id);
    json_out_text(l->b, "wish", wishes[row->wish].en);
    json_out_text(l->b, "wish_zh", wishes[row->wish].zh);
    json_out_text(l->b, "code", event_erasure_name((enum erasure)row->reason));
    json_out_text(l->b, "code_zh", event_erasure_zh((enum erasure)row->reason));
    json_out_count(l->b, "waiting", row->waiting);
    json_out_time(l->b, "since", row->since);
    buf_add_char(l->b, '}');
    return 0;
}

enum MHD_Result routes_corrections(struct exchange *x)
{
    struct buf b = BUF_INIT;
    struct list l = {.b = &b, .n = STORE_PAGE_MAX};
    struct sums all;
    int err = sums_of(x, 0, &all);

    buf_add_char(&b, '{');
    json_out_count(&b, "waiting", all.waiting);
    json_out_count(&b, "granted", all.granted);
    json_out_count(&b, "refused", all.refused);
    json_out_name(&b, "corrections");
    buf_add_char(&b, '[');
    while (!err && l.n == STORE_PAGE_MAX) {
        struct store_correction from = l.last;
        l.n = 0;
        err = store_corrections(x->side->reader, from.concern, from.wish,
                                (uint8_t)(from.reason + (from.concern != 0)), 0, add_row, &l);
    }
    buf_add_text(&b, "]}");
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return reply_json(x, &b);
}

static bool read_decision(const json_t *object, struct batch_correction *out)
{
    struct str decision = member_get(object, "decision");
    int wish = wish_find(member_get(object, "wish"));
    int reason = event_erasure_find(member_get(object, "code"));

    *out = (struct batch_correction){.act = str_is(decision, "grant") ? BATCH_CORRECTION_GRANT
                                                                      : BATCH_CORRECTION_REFUSE,
                                     .concern = concern_parse_id(member_get(object, "concern"))};
    if (!out->concern || wish < 0 || reason <= 0 || json_object_size(object) != 4 ||
        (out->act == BATCH_CORRECTION_REFUSE && !str_is(decision, "refuse")))
        return false;
    out->wish = (enum store_wish)wish;
    out->reason = (enum erasure)reason;
    return true;
}

static enum MHD_Result tell_decided(struct exchange *x)
{
    struct pending_outcome outcome;
    struct buf b = BUF_INIT;

    pending_outcome(x->pending, &outcome);
    if (outcome.status)
        return reply_error(x, outcome.status, outcome.reason);
    buf_add_text(&b, "{\"status\":\"ok\"}");
    return reply_json(x, &b);
}

enum MHD_Result routes_corrections_decide(struct exchange *x)
{
    struct batch_correction what;

    if (x->pending)
        return tell_decided(x);
    json_t *object = body_read(x);
    bool ok = json_is_object(object) && read_decision(object, &what);
    json_decref(object);
    if (!ok)
        return reply_problem(x, 422, err_name(ERR_INVALID),
                             "应为 concern、wish (correct、erase)、code 和 decision (grant、refuse) "
                             "(these four are expected)");
    int err = pending_correct(x, &what);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}
