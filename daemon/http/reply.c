#include "daemon/http/reply.h"

#include <stdio.h>

#include "base/drill.h"
#include "base/err.h"
#include "daemon/http/drill_mode.h"
#include "daemon/http/encoding.h"
#include "daemon/http/json_out.h"
#include "daemon/http/kept.h"
#include "daemon/routes/routes.h"

struct header {
    const char *name, *value;
};

/* The pages need their own script, style and API only; nothing may frame or embed them. */
static const struct header of_pages = {
    "Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; "
                               "img-src 'self'; connect-src 'self'; manifest-src 'self'; "
                               "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"};
/* What needs no script has none, and asks back here alone. */
static const struct header of_forms = {
    "Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; "
                               "form-action 'self'; frame-ancestors 'none'"};
static const struct header always[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
};
static const struct header of_drills[] = {
    {"X-Huiying-Drill", "true"},
    {"X-Robots-Tag", "noindex, nofollow"},
};

static const struct {
    unsigned status;
    const char *title;
} titles[] = {
    {400, "请求有误 (bad request)"},
    {401, "需要登录 (unauthorized)"},
    {403, "不允许 (forbidden)"},
    {404, "找不到 (not found)"},
    {405, "此处不能用这个方法 (method not allowed)"},
    {409, "与当前状态不符 (conflicts with the present state)"},
    {413, "内容过大 (content too large)"},
    {415, "内容类型不对 (unsupported content type)"},
    {421, "地址不属于本机 (misdirected request)"},
    {422, "内容不合要求 (unprocessable content)"},
    {429, "尝试过多 (too many requests)"},
    {500, "内部错误 (internal error)"},
    {503, "暂时不能办理 (service unavailable)"},
};

static const struct {
    int err;
    unsigned status;
} statuses[] = {
    {0, 200},           {ERR_NOTFOUND, 404}, {ERR_REFUSED, 409}, {ERR_EXISTS, 409},
    {ERR_STALE, 409},   {ERR_INVALID, 422},  {ERR_SYNTAX, 422},  {ERR_LIMIT, 422},
    {ERR_CLOSED, 503},  {ERR_NOMEM, 503},    {ERR_IO, 503},      {ERR_AGAIN, 503},
    {ERR_NET, 503},     {ERR_TIMEOUT, 503},
};

static const char *title_of(unsigned status)
{
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "错误 (error)";
}

unsigned reply_status(int err)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].err == err)
            return statuses[i].status;
    return 500;
}

static enum MHD_Result send_under(struct exchange *x, unsigned status,
                                  struct MHD_Response *response, const struct header *policy)
{
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, policy->name, policy->value);
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        MHD_add_response_header(response, always[i].name, always[i].value);
    for (size_t i = 0; drill_on() && i < sizeof of_drills / sizeof *of_drills; i++)
        MHD_add_response_header(response, of_drills[i].name, of_drills[i].value);
    enum MHD_Result queued = MHD_queue_response(x->conn, status, response);
    MHD_destroy_response(response);
    return queued;
}

enum MHD_Result reply_send(struct exchange *x, unsigned status, struct MHD_Response *response)
{
    return send_under(x, status, response, &of_pages);
}

/* Smaller, if the client takes that: *packed. */
static void pack(struct exchange *x, struct buf *body, bool *packed)
{
    struct buf gzip = BUF_INIT;

    *packed = body->len >= ENCODING_LEAST && encoding_gzip_wanted(x) &&
              encoding_gzip(buf_str(body), &gzip) == 0;
    if (!*packed)
        return;
    buf_free(body);
    *body = gzip;
}

static const char json_mime[] = "application/json; charset=utf-8";

enum MHD_Result reply_not_modified(struct exchange *x)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);

    if (response)
        MHD_add_response_header(response, "ETag", x->etag);
    return reply_send(x, 304, response);
}

static void describe(struct MHD_Response *response, const char *mime)
{
    MHD_add_response_header(response, "Content-Type", mime);
    MHD_add_response_header(response, "Cache-Control", "no-store");
}

/* The memory of `body` goes to the response. */
static struct MHD_Response *from_buf(struct buf *body, const char *mime)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->len, body->data, MHD_RESPMEM_MUST_FREE);

    if (!response) {
        buf_free(body);
        return NULL;
    }
    *body = BUF_INIT;
    describe(response, mime);
    return response;
}

/* Of a view, whose body may have been made smaller; response may be NULL. */
static void describe_view(const struct exchange *x, struct MHD_Response *response, bool packed)
{
    if (!response)
        return;
    if (packed)
        MHD_add_response_header(response, "Content-Encoding", "gzip");
    MHD_add_response_header(response, "Vary", "Accept-Encoding");
    if (x->etag[0])
        MHD_add_response_header(response, "ETag", x->etag);
}

static const char html_mime[] = "text/html; charset=utf-8";

static enum MHD_Result text_under(struct exchange *x, struct buf *body, const char *mime,
                                  const struct header *policy)
{
    if (!strncmp(mime, html_mime, sizeof "text/html" - 1))
        drill_mode_mark(body);
    if (!buf_ok(body)) {
        buf_free(body);
        return reply_error(x, ERR_NOMEM, NULL);
    }
    bool packed;
    pack(x, body, &packed);
    struct MHD_Response *response = from_buf(body, mime);
    describe_view(x, response, packed);
    return send_under(x, 200, response, policy);
}

enum MHD_Result reply_text(struct exchange *x, struct buf *body, const char *mime)
{
    return text_under(x, body, mime, &of_pages);
}

enum MHD_Result reply_page(struct exchange *x, struct buf *body)
{
    return text_under(x, body, html_mime, &of_forms);
}

enum MHD_Result reply_form(struct exchange *x, unsigned status, struct buf *body)
{
    return reply_form_cookie(x, status, body, NULL);
}

enum MHD_Result reply_form_cookie(struct exchange *x, unsigned status, struct buf *body,
                                  const char *cookie)
{
    drill_mode_mark(body);
    if (!buf_ok(body)) {
        buf_free(body);
        return reply_error(x, ERR_NOMEM, NULL);
    }
    struct MHD_Response *response = from_buf(body, html_mime);
    if (response && cookie)
        MHD_add_response_header(response, "Set-Cookie", cookie);
    return send_under(x, status, response, &of_forms);
}

enum MHD_Result reply_see_other(struct exchange *x, const char *to, const char *cookie)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);

    if (response) {
        MHD_add_response_header(response, "Location", to);
        MHD_add_response_header(response, "Cache-Control", "no-store");
    }
    if (response && cookie)
        MHD_add_response_header(response, "Set-Cookie", cookie);
    return send_under(x, 303, response, &of_forms);
}

enum MHD_Result reply_json(struct exchange *x, struct buf *body)
{
    buf_add_char(body, '\n');
    return reply_text(x, body, json_mime);
}

enum MHD_Result reply_kept(struct exchange *x, struct kept_body *body)
{
    if (!body)
        return reply_error(x, ERR_NOMEM, NULL);
    bool packed = encoding_gzip_wanted(x);
    struct str bytes = kept_bytes(body, &packed);
    struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
        bytes.n, (void *)bytes.p, kept_let_go, body);
    if (response)
        describe(response, json_mime);
    else
        kept_let_go(body);
    describe_view(x, response, packed);
    return reply_send(x, 200, response);
}

enum MHD_Result reply_json_cookie(struct exchange *x, struct buf *body, const char *cookie)
{
    buf_add_char(body, '\n');
    if (!buf_ok(body)) {
        buf_free(body);
        return reply_error(x, ERR_NOMEM, NULL);
    }
    struct MHD_Response *response = from_buf(body, json_mime);
    if (response && cookie)
        MHD_add_response_header(response, "Set-Cookie", cookie);
    return reply_send(x, 200, response);
}

void reply_problem_members(struct buf *b, unsigned status, const char *code, const char *detail)
{
    json_out_name(b, "type");
    buf_addf(b, "\"urn:huiying:problem:%s\"", code);
    json_out_text(b, "title", title_of(status));
    json_out_int(b, "status", status);
    json_out_text(b, "code", code);
    if (detail)
        json_out_text(b, "detail", detail);
}

/* The address asked for, put together anew from its route: nothing else that was sent is in it. */
static void instance_of(const struct exchange *x, struct buf *b)
{
    const char *path = x->route ? x->route->path : NULL;
    const char *hole = path ? strchr(path, '{') : NULL;
    char id[24];

    if (!path)
        return;
    if (x->concern)
        concern_format_id(x->concern, id);
    json_out_name(b, "instance");
    if (hole)
        buf_addf(b, "\"%.*s%s%s\"", (int)(hole - path), path, x->concern ? id : x->slug,
                 strchr(hole, '}') + 1);
    else
        buf_addf(b, "\"%s\"", path);
}

/* Takes b. */
static struct MHD_Response *problem_from(struct buf *b)
{
    buf_add_char(b, '\n');
    if (!buf_ok(b)) {
        buf_free(b);
        return NULL;
    }
    return from_buf(b, "application/problem+json; charset=utf-8");
}

static struct MHD_Response *problem(const struct exchange *x, unsigned status, const char *code,
                                    const char *detail)
{
    struct buf b = BUF_INIT;

    buf_add_char(&b, '{');
    reply_problem_members(&b, status, code, detail);
    instance_of(x, &b);
    buf_add_char(&b, '}');
    return problem_from(&b);
}

enum MHD_Result reply_problem_body(struct exchange *x, unsigned status, struct buf *body)
{
    return reply_send(x, status, problem_from(body));
}

enum MHD_Result reply_problem(struct exchange *x, unsigned status, const char *code,
                              const char *detail)
{
    return reply_send(x, status, problem(x, status, code, detail));
}

enum MHD_Result reply_error(struct exchange *x, int err, const char *detail)
{
    return reply_problem(x, reply_status(err), err_name(err), detail ? detail : err_text(err));
}

enum MHD_Result reply_unauthorized(struct exchange *x, const char *detail)
{
    struct MHD_Response *response = problem(x, 401, "unauthorized", detail);

    if (response)
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer realm=\"huiying\"");
    return reply_send(x, 401, response);
}

enum MHD_Result reply_not_role(struct exchange *x)
{
    switch (x->caller.role) {
    case ACCESS_PUBLIC: return reply_unauthorized(x, "请先登录 (log in first)");
    case ACCESS_GUEST:
        return reply_problem(x, 403, "socket-only", "未设账号，此项只能用本机套接字 (there are no "
                                                    "accounts: on the Unix socket only)");
    default:
        return reply_problem(x, 403, "role", "您的职责不包括这一项 (not within your role)");
    }
}

enum MHD_Result reply_not_own(struct exchange *x)
{
    return reply_problem(x, 403, "not-own", "不是本单位主办或协办的 (not what your unit leads or "
                                            "assists in)");
}

enum MHD_Result reply_later(struct exchange *x, int64_t wait_ms, const char *code,
                            const char *detail)
{
    struct MHD_Response *response = problem(x, 429, code, detail);
    char seconds[24];

    snprintf(seconds, sizeof seconds, "%lld", (long long)((wait_ms + 999) / 1000));
    if (response)
        MHD_add_response_header(response, "Retry-After", seconds);
    return reply_send(x, 429, response);
}

enum MHD_Result reply_not_allowed(struct exchange *x, const char *allow)
{
    struct MHD_Response *response = problem(
        x, 405, "method", "这个地址不接受此方法 (this address does not take this method)");

    if (response)
        MHD_add_response_header(response, "Allow", allow);
    return reply_send(x, 405, response);
}
