/* 更正与删除: a public form that asks for one, with a reason by code and no words, and the
 * coordinator's list of what was asked for. Nothing is known of who asks. */
#include <jansson.h>

#include "base/err.h"
#include "daemon/http/html_out.h"
#include "daemon/http/json_out.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/routes/form.h"
#include "daemon/routes/routes.h"

static const struct {
    const char *en, *zh;
} wishes[STORE_WISHES] = {[STORE_WISH_CORRECT] = {"correct", "更正"},
                          [STORE_WISH_ERASE] = {"erase", "删除"}};

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

static void put_form(struct exchange *x, struct buf *b, const char *id)
{
    char token[FORM_TOKEN];

    form_token(x->side->reader, "correct", x->concern, 0, token);
    buf_addf(b, "<form method=\"post\" action=\"%s\">\n"
                "<input type=\"hidden\" name=\"token\" value=\"%s\">\n"
                "<fieldset><legend>希望 (what for)</legend>\n", id, token);
    for (size_t i = 0; i < STORE_WISHES; i++)
        buf_addf(b, "<label><input type=\"radio\" name=\"wish\" value=\"%s\"%s> %s</label> ",
                 wishes[i].en, i ? "" : " checked", wishes[i].zh);
    buf_add_text(b, "</fieldset>\n<fieldset><legend>原因 (why)</legend>\n");
    for (int i = ERASURE_PERSONAL; i < ERASURES; i++)
        buf_addf(b, "<label><input type=\"radio\" name=\"reason\" value=\"%s\"%s> %s</label> ",
                 event_erasure_name((enum erasure)i), i == ERASURE_PERSONAL ? " checked" : "",
                 event_erasure_zh((enum erasure)i));
    buf_add_text(b, "</fieldset>\n<button>提交 (send)</button>\n</form>\n");
}

static enum MHD_Result show(struct exchange *x, unsigned status, const char *said)
{
    struct sums here, all;
    struct concern c = {0};
    struct buf b = BUF_INIT, title = BUF_INIT;
    char id[24];
    int err = store_concern(x->side->reader, x->concern, &c);

    concern_clear(&c);
    err = err ? err : sums_of(x, x->concern, &here);
    err = err ? err : sums_of(x, 0, &all);
    if (err)
        return reply_error(x, err, NULL);
    concern_format_id(x->concern, id);
    buf_addf(&title, "更正与删除 %s", id);
    html_out_begin(&b, buf_str(&title));
    buf_free(&title);
    if (said) {
        buf_add_text(&b, "<p><strong>");
        html_out_text(&b, said);
        buf_add_text(&b, "</strong></p>\n");
    } else {
        put_form(x, &b, id);
    }
    buf_addf(&b, "<p>这件关切 (this one)：待决定 %ju，同意 %ju，不同意 %ju。全部 (all)：待决定 %ju，同意 %ju，"
                 "不同意 %ju。</p>\n<p>只计数：不记录谁申请、何处申请。(Only counts are kept.)</p>\n",
             (uintmax_t)here.waiting, (uintmax_t)here.granted, (uintmax_t)here.refused,
             (uintmax_t)all.waiting, (uintmax_t)all.granted, (uintmax_t)all.refused);
    html_out_end(&b, x->side->http->conf.config->operator_name);
    return reply_form(x, status, &b);
}

enum MHD_Result routes_correct(struct exchange *x)
{
    return show(x, 200, NULL);
}

static enum MHD_Result tell_asked(struct exchange *x)
{
    struct pending_outcome outcome;

    pending_outcome(x->pending, &outcome);
    if (!outcome.done)
        return reply_error(x, ERR_CLOSED, NULL);
    if (!outcome.status)
        return show(x, 200, "已收到，由协调单位决定。(Received; the coordinating unit decides.)");
    if (outcome.status == ERR_AGAIN)
        return reply_problem(x, 429, err_name(ERR_AGAIN), outcome.reason);
    return reply_error(x, outcome.status, outcome.reason[0] ? outcome.reason : NULL);
}

enum MHD_Result routes_correct_ask(struct exchange *x)
{
    struct str body = buf_str(&x->body);
    int wish = wish_find(form_member(body, "wish"));
    int reason = event_erasure_find(form_member(body, "reason"));
    struct batch_correction what = {.act = BATCH_CORRECTION_ASK, .concern = x->concern};

    if (x->pending)
        return tell_asked(x);
    if (form_is_foreign(exchange_header(x, "Sec-Fetch-Site")) ||
        !form_token_fits(x->side->reader, "correct", x->concern, 0, form_member(body, "token")))
        return reply_problem(x, 422, "token",
                             "表单已过期，请重新打开页面 (the form is out of date: open the page again)");
    if (wish < 0 || reason <= 0)
        return reply_problem(x, 422, err_name(ERR_INVALID),
                             "应选择希望和原因 (choose what for, and why)");
    what.wish = (enum store_wish)wish;
    what.reason = (enum erasure)reason;
    int err = pending_correct(x, &what);
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

static struct str member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return (struct str){json_string_value(value), json_string_length(value)};
}

static bool read_decision(const json_t *object, struct batch_correction *out)
{
    struct str decision = member(object, "decision");
    int wish = wish_find(member(object, "wish"));
    int reason = event_erasure_find(member(object, "code"));

    *out = (struct batch_correction){.act = str_is(decision, "grant") ? BATCH_CORRECTION_GRANT
                                                                      : BATCH_CORRECTION_REFUSE,
                                     .concern = concern_parse_id(member(object, "concern"))};
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
    if (!outcome.done)
        return reply_error(x, ERR_CLOSED, NULL);
    if (outcome.status)
        return reply_error(x, outcome.status, outcome.reason[0] ? outcome.reason : NULL);
    buf_add_text(&b, "{\"status\":\"ok\"}");
    return reply_json(x, &b);
}

enum MHD_Result routes_corrections_decide(struct exchange *x)
{
    struct batch_correction what;
    json_error_t at;

    if (x->pending)
        return tell_decided(x);
    json_t *object = x->body.len
                         ? json_loadb(x->body.data, x->body.len, JSON_REJECT_DUPLICATES, &at)
                         : NULL;
    bool ok = json_is_object(object) && read_decision(object, &what);
    json_decref(object);
    if (!ok)
        return reply_problem(x, 422, err_name(ERR_INVALID),
                             "应为 concern、wish (correct、erase)、code 和 decision (grant、refuse) "
                             "(these four are expected)");
    int err = pending_correct(x, &what);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}
