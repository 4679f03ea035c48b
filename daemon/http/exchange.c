#include "daemon/http/exchange.h"

#include <sodium.h>
#include <stdlib.h>

#include "base/err.h"
#include "daemon/http/drill_mode.h"
#include "daemon/http/pages.h"
#include "daemon/http/patience.h"
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

static size_t body_max(const struct exchange *x)
{
    return x->route->body_max ? x->route->body_max : EXCHANGE_BODY_MAX;
}

static enum MHD_Result too_large(struct exchange *x)
{
    return reply_problem(x, 413, "too-large",
                         "请求超过这个地址的上限 (the request is over this address's limit)");
}

static bool changes(const char *method)
{
    return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
}

/* Another site's page can make a browser send the cookie along, but cannot read the token. */
static bool forged(struct exchange *x)
{
    const char *token = exchange_header(x, "X-CSRF-Token");
    const char *own = x->caller.session.csrf;

    return !token || strlen(token) != strlen(own) || sodium_memcmp(token, own, strlen(own)) != 0;
}

/* Who asks, and may they? *answered when a reply is queued. */
static enum MHD_Result judge_caller(struct exchange *x, const char *method, bool *answered)
{
    x->access = access_find(x->route->method, x->route->path);
    int err = caller_identify(x, &x->caller);

    *answered = true;
    if (err == ERR_REFUSED)
        return reply_unauthorized(x, "令牌无效、已过期或已撤销 (the token is not valid, or no more)");
    if (err)
        return reply_error(x, err, NULL);
    if (access_may(x->access, x->caller.role) == ACCESS_NEVER)
        return reply_not_role(x);
    const char *drill = drill_mode_refusal(x->route->method, x->route->path);
    if (drill)
        return reply_problem(x, 409, "drill", drill);
    if (x->caller.cookie && changes(method) && !x->route->form && forged(x))
        return reply_problem(x, 403, "csrf",
                             "缺少 X-CSRF-Token 或已失效 (X-CSRF-Token is missing or out of date)");
    *answered = false;
    return MHD_YES;
}

/* Accept names HTML, and JSON later or never; the API speaks to programs alone. */
static bool is_browsed(struct exchange *x, const char *url)
{
    struct str accept = str_from(exchange_header(x, "Accept"));
    size_t html = str_find(accept, STR("text/html"), 0), json = str_find(accept, STR("json"), 0);

    return html != (size_t)-1 && html < json && !str_starts(str_from(url), STR("/api/"));
}

/* What can be said from the head of a request alone; *answered when a reply is queued. */
static enum MHD_Result judge_head(struct exchange *x, const char *url, const char *method,
                                  bool *answered)
{
    const char *host = exchange_header(x, "Host");
    const char *length = exchange_header(x, "Content-Length");
    long long bytes = 0;

    *answered = true;
    x->browsed = is_browsed(x, url);
    if (!x->side->commands &&
        !(host && query_host(host, x->side->port, x->side->http->conf.config->site)))
        return reply_problem(x, 421, "wrong-host",
                             "只接受本机地址 (the Host header must name this machine and port)");
    char allow[ROUTES_ALLOW];
    x->route = routes_find(url, method, &x->concern, x->slug, allow);
    if (!x->route && allow[0])
        return reply_not_allowed(x, allow);
    if (!x->route)
        return reply_problem(x, 404, "not-found", "没有这个地址 (no such address)");
    x->page = pages_find(str_from(url));
    enum MHD_Result refused = judge_caller(x, method, answered);
    if (*answered)
        return refused;
    *answered = true;
    if (length && (str_int(str_from(length), 0, (long long)body_max(x), &bytes) == ERR_LIMIT))
        return too_large(x);
    *answered = false;
    x->judged = true;
    return MHD_YES;
}

/* Bytes follow the head (RFC 9112 §6). */
static bool has_body(struct exchange *x)
{
    const char *length = exchange_header(x, "Content-Length");

    return exchange_header(x, "Transfer-Encoding") || (length && strcmp(length, "0") != 0);
}

/* A body that nobody wants is not waited for, at the price of the connection: libmicrohttpd ends it
 * after an answer that comes so early. */
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
    return has_body(x) ? judge_head(x, url, method, &answered) : MHD_YES;
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

bool exchange_traced(struct exchange *x, enum MHD_Result *result)
{
    struct pending_outcome outcome;
    int err = x->traced || x->pending ? 0 : pending_trail(x);

    if (!x->traced && !err) {
        pending_outcome(x->pending, &outcome);
        *result = MHD_YES;
        if (!outcome.done)
            return false;
        err = outcome.status;
    }
    if (err) {
        *result = reply_error(x, err, NULL);
        return false;
    }
    if (!x->traced)
        pending_leave(x->pending);
    if (!x->traced)
        x->pending = NULL;
    x->traced = true;
    return true;
}

/* What the ledger does not commit itself is in the audit trail before it is begun. */
static enum MHD_Result trace_first(struct exchange *x)
{
    enum MHD_Result result;

    x->traced = x->traced || (x->access->trace == TRACE_TEXTS && !exchange_query(x, "with"));
    return exchange_traced(x, &result) ? x->route->handle(x) : result;
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
    patience_heard(side->http->patience, conn);
    bool answered = false;
    enum MHD_Result refused = x->judged ? MHD_YES : judge_head(x, url, method, &answered);
    if (answered)
        return refused;
    if (x->too_large)
        return too_large(x);
    if (atomic_load(&side->http->stopping))
        return reply_problem(x, 503, "stopping", "正在停止 (the daemon is stopping)");
    bool begins = x->access->trace == TRACE_DONE || x->access->trace == TRACE_SOUND || x->traced;
    return begins ? x->route->handle(x) : trace_first(x);
}

void exchange_completed(void *cls, struct MHD_Connection *conn, void **state,
                        enum MHD_RequestTerminationCode why)
{
    struct exchange *x = *state;

    (void)why;
    patience_answered(((struct http_side *)cls)->http->patience, conn);
    if (!x)
        return;
    pending_leave(x->pending);
    intake_free(x->intake);
    rule_set_release(x->rules);
    buf_free(&x->body);
    buf_free(&x->keep);
    buf_free(&x->link);
    free(x);
    *state = NULL;
}
