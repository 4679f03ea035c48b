/* Rules measured beside the daemon: begun, looked at, ended. */
#include <jansson.h>

#include "base/err.h"
#include "base/log.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"
#include "daemon/routes/body.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"
#include "daemon/workbench/workbench_result.h"

static const char EXPECTED[] =
    "应为 {\"topic\", \"text\", \"since_days\"}，评测和荐词还可有 {\"marks\", \"samples\", \"map\"}，map 须有 "
    "samples；荐词须有 topic (expected topic, text and since_days; for eval and suggest also marks, "
    "samples and with these map; suggest needs a topic)";

static bool read_text(const json_t *object, const char *name, struct str *out, size_t *known)
{
    bool ok = body_text(object, name, SIZE_MAX, out);

    *known += out->p != NULL;
    return ok && (!out->p || out->n);
}

static bool read_days(const json_t *object, unsigned *out, size_t *known)
{
    const json_t *value = json_object_get(object, "since_days");
    json_int_t days = json_integer_value(value);

    *known += value != NULL;
    *out = (unsigned)(days > 0 && days <= WORKBENCH_DAYS_MAX ? days : 0);
    return !value || *out;
}

/* Without samples marks are meant; a span is one of marks, or of stored items. */
static bool read_marks(const json_t *object, struct workbench_order *o, size_t *known)
{
    const json_t *value = json_object_get(object, "marks");

    *known += value != NULL;
    o->marks = value ? json_is_true(value) : !o->samples.n;
    return (!value || json_is_boolean(value)) && (o->marks || o->samples.n) &&
           (o->marks || !o->since_days);
}

static bool read_order(const json_t *object, enum workbench_verb verb, struct workbench_order *o)
{
    size_t known = 0;
    bool ok = json_is_object(object) && read_text(object, "topic", &o->topic, &known) &&
              read_text(object, "text", &o->text, &known) &&
              read_days(object, &o->since_days, &known);

    o->verb = verb;
    if (ok && verb != WORKBENCH_BACKTEST)
        ok = read_text(object, "samples", &o->samples, &known) &&
             read_text(object, "map", &o->map, &known) && (o->samples.n || !o->map.n) &&
             read_marks(object, o, &known);
    if (!ok || json_object_size(object) != known)
        return false;
    if (o->topic.n && (o->topic.n >= SLUG_MAX || !query_slug(o->topic.p)))
        return false;
    /* Which file a text stands for: without one a topic says nothing, but to suggest for it. */
    return verb == WORKBENCH_SUGGEST ? o->topic.n > 0 : !o->topic.n || o->text.n;
}

static enum MHD_Result begun(struct exchange *x, const char *id)
{
    struct buf b = BUF_INIT;

    buf_add_char(&b, '{');
    json_out_text(&b, "id", id);
    buf_add_char(&b, '}');
    return reply_json(x, &b);
}

static enum MHD_Result begin(struct exchange *x, enum workbench_verb verb)
{
    struct workbench *w = x->side->http->conf.workbench;
    struct workbench_order o = {.by = x->caller.name};
    char id[WORKBENCH_ID];
    json_t *object = body_read(x);
    bool ok = read_order(object, verb, &o);
    enum MHD_Result result = MHD_YES;
    int err = !ok ? ERR_INVALID : w ? workbench_ready(w) : ERR_CLOSED;
    bool traced = !err && exchange_traced(x, &result);

    if (traced)
        err = workbench_begin(w, &o, id);
    json_decref(object);
    if (!err && !traced)
        return result;
    if (!ok)
        return reply_problem(x, 422, err_name(ERR_INVALID), EXPECTED);
    if (err == ERR_AGAIN)
        return reply_problem(x, 409, "busy",
                             "已有一项在算：等它结束，或先取消 (one is running: wait for its end, or cancel "
                             "it)");
    return err ? reply_error(x, err, NULL) : begun(x, id);
}

enum MHD_Result routes_rules_eval(struct exchange *x)
{
    return begin(x, WORKBENCH_EVAL);
}

enum MHD_Result routes_rules_backtest(struct exchange *x)
{
    return begin(x, WORKBENCH_BACKTEST);
}

enum MHD_Result routes_rules_suggest(struct exchange *x)
{
    return begin(x, WORKBENCH_SUGGEST);
}

static void add_one(void *arg, const struct workbench_view *view)
{
    struct buf *b = arg;

    json_out_next(b);
    workbench_result_open(b, view);
    buf_add_char(b, '}');
}

enum MHD_Result routes_rules_jobs(struct exchange *x)
{
    struct workbench *w = x->side->http->conf.workbench;
    struct buf b = BUF_INIT;

    if (!w)
        return reply_error(x, ERR_CLOSED, NULL);
    buf_add_text(&b, "{\"items\":[");
    workbench_each(w, add_one, &b);
    buf_add_text(&b, "]}");
    return reply_json(x, &b);
}

struct told { /* under the workbench's lock no store is asked */
    struct buf b, result;
};

static void note(void *arg, const struct workbench_view *view)
{
    struct told *t = arg;

    workbench_result_open(&t->b, view);
    buf_add_str(&t->result, view->result);
}

static int note_title(void *arg, const struct store_item *item)
{
    return item->title.n ? buf_add_str(arg, item->title) : ERR_NOTFOUND;
}

static bool find_title(void *arg, struct str id, struct buf *out)
{
    const struct exchange *x = arg;
    unsigned char ident[STORE_IDENT];

    return views_item_ident(id, ident) &&
           !store_item(x->side->reader, ident, note_title, out);
}

enum MHD_Result routes_rules_job(struct exchange *x)
{
    struct workbench *w = x->side->http->conf.workbench;
    struct told t = {BUF_INIT, BUF_INIT};
    int err = w ? workbench_see(w, x->slug, note, &t) : ERR_CLOSED;

    if (!err && !buf_ok(&t.result))
        err = ERR_NOMEM;
    if (!err)
        json_out_name(&t.b, "result");
    if (!err && t.result.len)
        err = workbench_result_fill(buf_str(&t.result), find_title, x, &t.b);
    else if (!err)
        buf_add_text(&t.b, "null");
    buf_free(&t.result);
    if (err) {
        buf_free(&t.b);
        return reply_error(x, err, NULL);
    }
    buf_add_char(&t.b, '}');
    return reply_json(x, &t.b);
}

enum MHD_Result routes_rules_job_cancel(struct exchange *x)
{
    struct workbench *w = x->side->http->conf.workbench;
    int err = w ? workbench_cancel(w, x->slug) : ERR_CLOSED;

    return err ? reply_error(x, err, NULL) : begun(x, x->slug);
}
