/* Problems (RFC 9457): what is wrong, in the words of the API. */
#include "base/clock.h"
#include "base/err.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/public/refusal.h"
#include "daemon/routes/routes.h"

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
    {ERR_NET, 503},     {ERR_TIMEOUT, 503},  {ERR_REUSED, 422}, {ERR_DENIED, 503},
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

/* Nothing else that was sent is in it. */
void reply_put_path(const struct exchange *x, struct buf *b)
{
    const char *path = x->route ? x->route->path : NULL;
    const char *hole = path ? strchr(path, '{') : NULL;
    char id[24];

    if (!path)
        return;
    if (x->concern)
        concern_format_id(x->concern, id);
    if (hole)
        buf_addf(b, "%.*s%s%s", (int)(hole - path), path, x->concern ? id : x->slug,
                 strchr(hole, '}') + 1);
    else
        buf_add_text(b, path);
}

static void add_instance(const struct exchange *x, struct buf *b)
{
    if (!x->route)
        return;
    json_out_name(b, "instance");
    buf_add_char(b, '"');
    reply_put_path(x, b);
    buf_add_char(b, '"');
}

/* Takes b. */
static struct MHD_Response *problem_from(struct buf *b)
{
    buf_add_char(b, '\n');
    if (!buf_ok(b)) {
        buf_free(b);
        return NULL;
    }
    return reply_from(b, "application/problem+json; charset=utf-8");
}

static struct MHD_Response *problem(const struct exchange *x, unsigned status, const char *code,
                                    const char *detail)
{
    struct buf b = BUF_INIT;

    buf_add_char(&b, '{');
    reply_problem_members(&b, status, code, detail);
    add_instance(x, &b);
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
    if (refusal_wanted(x, status))
        return refusal_send(x, &(struct refusal){.status = status, .detail = detail});
    return reply_send(x, status, problem(x, status, code, detail));
}

enum MHD_Result reply_error(struct exchange *x, int err, const char *detail)
{
    return reply_problem(x, reply_status(err), err_name(err),
                         detail && *detail ? detail : err_text(err));
}

enum MHD_Result reply_unauthorized(struct exchange *x, const char *detail)
{
    return reply_problem(x, 401, "unauthorized", detail);
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
    if (refusal_wanted(x, 429))
        return refusal_send(x, &(struct refusal){429, detail, NULL, wait_ms});
    struct MHD_Response *response = problem(x, 429, code, detail);

    reply_add_wait(response, wait_ms);
    return reply_send(x, 429, response);
}

enum MHD_Result reply_next_hour(struct exchange *x, const char *detail)
{
    enum { HOUR = 3600000 };
    int64_t rest = HOUR - clock_now() % HOUR; /* of a clock that may run fast */

    return reply_later(x, rest / clock_rate() + 1, err_name(ERR_AGAIN), detail);
}

enum MHD_Result reply_not_allowed(struct exchange *x, const char *allow)
{
    const char *detail = "这个地址不接受此方法 (this address does not take this method)";

    if (refusal_wanted(x, 405))
        return refusal_send(x, &(struct refusal){.status = 405, .allow = allow});
    struct MHD_Response *response = problem(x, 405, "method", detail);

    if (response)
        MHD_add_response_header(response, "Allow", allow);
    return reply_send(x, 405, response);
}
