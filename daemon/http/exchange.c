#include "daemon/http/exchange.h"

#include <stdlib.h>

#include "base/err.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/routes/intake.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

/* So far past the limit the connection is cut instead of answered. */
enum { EXCHANGE_DRAIN_MAX = 1024 * 1024 };

const char *exchange_query(struct exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->conn, MHD_GET_ARGUMENT_KIND, name);
}

const char *exchange_header(struct exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->conn, MHD_HEADER_KIND, name);
}

const struct rules *exchange_rules(struct exchange *x)
{
    if (!x->rules)
        x->rules = rulebook_hold(x->side->http->conf.rules);
    return rule_set_rules(x->rules);
}

const struct units *exchange_units(struct exchange *x)
{
    exchange_rules(x);
    return rule_set_town(x->rules)->units;
}

static bool reads(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static size_t body_max(const struct exchange *x)
{
    return x->route->body_max ? x->route->body_max : EXCHANGE_BODY_MAX;
}

static enum MHD_Result too_large(struct exchange *x)
{
    return reply_problem(x, 413, "too-large",
                         "请求超过这个地址的上限 (the request is over this address's limit)");
}

/* What can be said from the head of a request alone; *answered when a reply is queued. */
static enum MHD_Result judge_head(struct exchange *x, const char *url, const char *method,
                                  bool *answered)
{
    const char *host = exchange_header(x, "Host");
    const char *length = exchange_header(x, "Content-Length");
    long long bytes = 0;

    *answered = true;
    if (!x->side->commands && !(host && query_host(host, x->side->port)))
        return reply_problem(x, 421, "wrong-host",
                             "只接受本机地址 (the Host header must name this machine and port)");
    if (!x->side->commands && !reads(method))
        return reply_not_allowed(x, "GET, HEAD");
    char allow[ROUTES_ALLOW];
    x->route = routes_find(url, method, &x->concern, x->slug, allow);
    if (!x->route && allow[0])
        return reply_not_allowed(x, allow);
    if (!x->route)
        return reply_problem(x, 404, "not-found", "没有这个地址 (no such address)");
    if (length && (str_int(str_from(length), 0, (long long)body_max(x), &bytes) == ERR_LIMIT))
        return too_large(x);
    *answered = false;
    return MHD_YES;
}

static enum MHD_Result begin(struct http_side *side, struct MHD_Connection *conn, const char *url,
                             const char *method, void **state)
{
    struct exchange *x = calloc(1, sizeof *x);
    bool answered;

    if (!x)
        return MHD_NO;
    x->side = side;
    x->conn = conn;
    *state = x;
    return judge_head(x, url, method, &answered);
}

static enum MHD_Result collect(struct exchange *x, const char *upload, size_t *size)
{
    size_t n = *size;

    *size = 0;
    if (x->body.len + n > body_max(x))
        x->too_large = true;
    x->body.len += x->too_large ? n : 0;
    if (x->too_large)
        return x->body.len > body_max(x) + EXCHANGE_DRAIN_MAX ? MHD_NO : MHD_YES;
    return buf_add(&x->body, upload, n) ? MHD_NO : MHD_YES;
}

enum MHD_Result exchange_handle(void *cls, struct MHD_Connection *conn, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_size, void **state)
{
    struct http_side *side = cls;
    struct exchange *x = *state;

    (void)version;
    if (!x)
        return begin(side, conn, url, method, state);
    if (*upload_size)
        return collect(x, upload, upload_size);
    if (x->too_large)
        return too_large(x);
    if (atomic_load(&side->http->stopping))
        return reply_problem(x, 503, "stopping", "正在停止 (the daemon is stopping)");
    return x->route->handle(x);
}

void exchange_completed(void *cls, struct MHD_Connection *conn, void **state,
                        enum MHD_RequestTerminationCode why)
{
    struct exchange *x = *state;

    (void)cls;
    (void)conn;
    (void)why;
    if (!x)
        return;
    pending_leave(x->pending);
    intake_free(x->intake);
    rule_set_release(x->rules);
    buf_free(&x->body);
    free(x);
    *state = NULL;
}
