#include <limits.h>

#include "base/err.h"
#include "daemon/http/reply.h"
#include "daemon/http/stream.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

static void set_slug(char to[static SLUG_MAX], const char *from)
{
    struct str s = str_from(from);

    if (s.n)
        memcpy(to, s.p, s.n);
    to[s.n] = '\0';
}

/* Places come free when gone clients are noticed: at a stream's next beat. */
static enum MHD_Result refuse(struct exchange *x, int err)
{
    enum { BEAT_MS = 15000 };

    if (err == ERR_LIMIT)
        return reply_later(x, BEAT_MS, "streams", "这个账号的订阅已满 32 个 (this account has its 32 "
                                                  "streams)");
    if (err == ERR_AGAIN)
        return reply_problem(x, 503, "streams", "订阅者过多 (too many streams)");
    return reply_problem(x, 503, err_name(err), "服务正在停止或内存不足 (stopping, or out of memory)");
}

/* A browser that reconnects sends Last-Event-ID: it is newer than the address it repeats. */
enum MHD_Result routes_events(struct exchange *x)
{
    const char *topic = exchange_query(x, "topic"), *unit = exchange_query(x, "unit");
    const char *epoch = exchange_query(x, "epoch");
    const char *last = exchange_header(x, "Last-Event-ID");
    struct store *reader = x->side->reader;
    struct stream_filter filter;
    uint64_t since = 0;
    int err;

    if (!query_slug(topic) || !query_slug(unit))
        return reply_problem(x, 400, "query",
                             "topic 和 unit 应为编号 (topic and unit are ids: a-z, 0-9 and -)");
    if (query_number(last ? last : exchange_query(x, "since"), 0, LLONG_MAX, &since))
        return reply_problem(x, 400, "query", "since 应为序号 (since is a sequence number)");
    if (since > store_head(reader) || (epoch && strcmp(epoch, store_epoch(reader)) != 0))
        return reply_problem(x, 409, err_name(ERR_STALE),
                             "台账已更换，请从头读取 (another ledger: read /api/v1/status again)");
    if (caller_own(x) && unit && strcmp(unit, caller_own(x)) != 0)
        return reply_not_own(x);
    if (caller_own(x))
        unit = caller_own(x);
    set_slug(filter.topic, topic);
    set_slug(filter.unit, unit);
    struct MHD_Response *response = stream_open(x->side->http->streams, x, since, &filter, &err);
    if (!response)
        return refuse(x, err);
    MHD_add_response_header(response, "Content-Type", "text/event-stream; charset=utf-8");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Accel-Buffering", "no");
    return reply_send(x, 200, response);
}
