/* What operators do to sources. Only the Unix socket takes these. */
#include <stdlib.h>
#include <xxhash.h>

#include "base/err.h"
#include "daemon/http/json_out.h"
#include "daemon/http/pending.h"
#include "daemon/http/repeats.h"
#include "daemon/http/reply.h"
#include "daemon/routes/intake.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"
#include "feeds/fetch/address.h"

/* What a source that got as far as the ledger is told. */
struct verdict_text {
    const char *code, *detail;
};

static struct verdict_text existing(const struct roster *roster, const struct intake_entry *e)
{
    uint32_t at;
    struct address a;

    if (!roster_find(roster, str_from(e->source->id), &at))
        return (struct verdict_text){"address-exists",
                                     "另一个信源已有这个地址 (another source has this address)"};
    bool same = !address_parse(e->source->url, &a) &&
                strcmp(a.url, roster_get(roster, at)->url) == 0;
    address_clear(&a);
    return same ? (struct verdict_text){"exists", "已有这个信源 (it is there already)"}
                : (struct verdict_text){"id-exists", "这个编号属于另一个信源 "
                                                     "(this id is another source's)"};
}

static struct verdict_text why_not(const struct roster *roster, const struct intake_entry *e,
                                   int err)
{
    if (err == ERR_EXISTS)
        return existing(roster, e);
    return (struct verdict_text){err_name(err), err_text(err)};
}

static void errors_view(struct buf *b, const struct intake_entry *e)
{
    json_out_name(b, "errors");
    buf_add_char(b, '[');
    for (size_t i = 0; i < e->nerrors; i++) {
        json_out_next(b);
        buf_add_char(b, '{');
        json_out_text(b, "field", e->errors[i].field[0] ? e->errors[i].field : NULL);
        json_out_text(b, "detail", e->errors[i].detail);
        buf_add_char(b, '}');
    }
    buf_add_char(b, ']');
}

/* The members of the problem of one refused source; its HTTP status. */
static unsigned problem_members(struct buf *b, const struct roster *roster,
                                const struct intake_entry *e, int err)
{
    if (!e->source) {
        reply_problem_members(b, 422, e->code, e->nerrors ? e->errors[0].detail : NULL);
        errors_view(b, e);
        return 422;
    }
    struct verdict_text why = why_not(roster, e, err);
    unsigned status = reply_status(err);
    reply_problem_members(b, status, why.code, why.detail);
    return status;
}

static void result_view(struct buf *b, const struct roster *roster, const struct intake_entry *e,
                        int err)
{
    bool added = e->source && !err;

    json_out_next(b);
    buf_add_char(b, '{');
    json_out_text(b, "id", e->id[0] ? e->id : NULL);
    json_out_text(b, "status", added ? "added" : "refused");
    if (!added) {
        json_out_name(b, "problem");
        buf_add_char(b, '{');
        problem_members(b, roster, e, err);
        buf_add_char(b, '}');
    }
    buf_add_char(b, '}');
}

/* each[]: outcomes of the good ones, in their order. */
static enum MHD_Result tell_added(struct exchange *x, const int *each)
{
    const struct roster *roster = x->side->http->conf.roster;
    const struct intake *in = x->intake;
    struct buf b = BUF_INIT;
    size_t at = 0, added = 0;

    for (size_t i = 0; i < in->good; i++)
        added += each[i] == 0;
    buf_add_char(&b, '{');
    if (in->single && !added) {
        unsigned status = problem_members(&b, roster, &in->entries[0], in->good ? each[0] : 0);
        buf_add_char(&b, '}');
        return reply_problem_body(x, status, &b);
    }
    json_out_count(&b, "added", added);
    json_out_count(&b, "refused", in->count - added);
    json_out_name(&b, "results");
    buf_add_char(&b, '[');
    for (size_t i = 0; i < in->count; i++) {
        int err = in->entries[i].source ? each[at++] : 0;
        result_view(&b, roster, &in->entries[i], err);
    }
    buf_add_text(&b, "]}");
    return reply_json(x, &b);
}

static enum MHD_Result tell_pending(struct exchange *x)
{
    struct pending_outcome outcome;
    size_t count = 0;

    pending_outcome(x->pending, &outcome);
    const int *each = pending_each(x->pending, &count);
    if (outcome.status || !each || count != x->intake->good)
        return reply_error(x, outcome.status ? outcome.status : ERR_IO, outcome.reason);
    return tell_added(x, each);
}

/* True when the request was answered, or must not go on, because of its key. */
static bool repeated(struct exchange *x, const struct ledger_once *once,
                     enum MHD_Result *answered)
{
    int *each = NULL;
    size_t count = 0;
    bool done = true;

    switch (repeats_begin(once->person, once->key, once->request, &each, &count)) {
    case REPEAT_NEW: done = false; break;
    case REPEAT_DONE: *answered = tell_added(x, each); break;
    case REPEAT_UNDER_WAY:
        *answered = reply_problem(x, 409, "under-way", "同一请求正在办理 (the same request is "
                                                       "under way)");
        break;
    case REPEAT_OTHER: *answered = reply_error(x, ERR_REUSED, NULL); break;
    case REPEAT_NOMEM: *answered = reply_error(x, ERR_AGAIN, NULL); break;
    }
    free(each);
    return done;
}

enum MHD_Result routes_sources_add(struct exchange *x)
{
    const char *key = exchange_header(x, "Idempotency-Key");
    enum MHD_Result answered = MHD_NO;

    if (x->pending)
        return tell_pending(x);
    if (!query_key(key))
        return reply_problem(x, 422, err_name(ERR_INVALID), QUERY_KEY_WRONG);
    int err = intake_read(buf_str(&x->body), &x->intake);
    if (err == ERR_SYNTAX)
        return reply_problem(x, 400, "json", "请求体不是 JSON 对象或列表 (the body is neither a "
                                             "JSON object nor a list)");
    if (err == ERR_LIMIT)
        return reply_problem(x, 422, "count", "一次 1 到 1000 个信源 (1 to 1000 sources at once)");
    if (err)
        return reply_error(x, err, NULL);
    if (!x->intake->good)
        return tell_added(x, NULL);
    const struct ledger_once once = {key, XXH3_64bits(x->body.data, x->body.len),
                                     caller_person(&x->caller)};
    if (key && repeated(x, &once, &answered))
        return answered;
    err = pending_sources(x, LEDGER_SOURCE_ADD, x->intake->sources, x->intake->good, &once);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}

/* Why a source that is there refuses an act. */
static const char *const refusals[] = {
    [LEDGER_SOURCE_REMOVE] = "写在 huiying.yaml 里的信源要在那里改 (a source of huiying.yaml is changed "
                             "there)",
    [LEDGER_SOURCE_POLL] = "这个信源现在不轮询，先恢复 (it is not polled now: resume it first)",
};

/* One source that is there. */
static enum MHD_Result tell_one(struct exchange *x, enum ledger_source_act act)
{
    struct pending_outcome outcome;
    struct buf b = BUF_INIT;
    size_t count = 0;

    pending_outcome(x->pending, &outcome);
    const int *each = pending_each(x->pending, &count);
    int err = outcome.status ? outcome.status : count == 1 ? each[0] : ERR_IO;
    if (err == ERR_REFUSED && !outcome.reason[0] && act < sizeof refusals / sizeof *refusals)
        return reply_error(x, err, refusals[act]);
    if (err)
        return reply_error(x, err, outcome.reason);
    buf_add_char(&b, '{');
    json_out_text(&b, "status", "ok");
    json_out_text(&b, "source", x->slug);
    buf_add_char(&b, '}');
    return reply_json(x, &b);
}

static enum MHD_Result do_one(struct exchange *x, enum ledger_source_act act)
{
    const struct source named = {.id = x->slug, .name = x->slug, .url = x->slug};

    if (x->pending)
        return tell_one(x, act);
    int err = pending_sources(x, act, &named, 1, &(struct ledger_once){0});
    return err ? reply_error(x, err, NULL) : MHD_YES;
}

enum MHD_Result routes_source_remove(struct exchange *x)
{
    return do_one(x, LEDGER_SOURCE_REMOVE);
}

enum MHD_Result routes_source_pause(struct exchange *x)
{
    return do_one(x, LEDGER_SOURCE_PAUSE);
}

enum MHD_Result routes_source_resume(struct exchange *x)
{
    return do_one(x, LEDGER_SOURCE_RESUME);
}

enum MHD_Result routes_source_poll(struct exchange *x)
{
    return do_one(x, LEDGER_SOURCE_POLL);
}
