#include "feeds/fetch/hop.h"

#include "base/err.h"

bool hop_redirects(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool hop_permanent(int status)
{
    return status == 301 || status == 308;
}

const char *hop_follow(const struct address *from, const char *location, struct address *to)
{
    int err = location ? address_join(from, location, to) : ERR_SYNTAX;

    if (err == ERR_UNSUPPORTED)
        return "转向到不允许的协议 (redirected to a scheme that is not allowed)";
    if (err)
        return "转向地址不对 (the redirect leads nowhere)";
    if (from->https && !to->https) {
        address_clear(to);
        return "从 https 转向 http，不予跟随 (redirected from https to http)";
    }
    return NULL;
}

/* First row that fits; statuses are [from, to]. */
static const struct {
    int from, to;
    enum fetch_outcome outcome;
    const char *problem;
} answers[] = {
    {200, 200, FETCH_BODY, NULL},
    {203, 203, FETCH_BODY, NULL},
    {304, 304, FETCH_UNCHANGED, NULL},
    {401, 401, FETCH_FAILED, "需要登录，不取 (it asks for a log-in, which is never given)"},
    {404, 404, FETCH_GONE, "页面不存在 (not found)"},
    {410, 410, FETCH_GONE, "页面已撤下 (gone)"},
    {429, 429, FETCH_FAILED, "服务器要求放慢 (the server asks to slow down)"},
    {503, 503, FETCH_FAILED, "服务器忙 (the server is busy)"},
    {400, 499, FETCH_FAILED, "服务器拒绝了请求 (the server rejects the request)"},
    {500, 599, FETCH_FAILED, "服务器出错 (the server has an error)"},
};

enum fetch_outcome hop_outcome(int status, const char **problem)
{
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (status < answers[i].from || status > answers[i].to)
            continue;
        *problem = answers[i].problem;
        return answers[i].outcome;
    }
    *problem = "服务器的应答不合用 (an answer of no use)";
    return FETCH_FAILED;
}

bool hop_header_allowed(const char *line)
{
    static const char *const refused[] = {
        "cookie", "authorization", "proxy-authorization", "user-agent", "from", "referer",
        "forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via", "host",
        "connection", "content-length", "transfer-encoding", "te", "upgrade", "expect", "range",
        "accept-encoding", "if-none-match", "if-modified-since",
    };
    const char *colon = strchr(line, ':');
    struct str name = str_trim((struct str){line, colon ? (size_t)(colon - line) : 0});

    for (const char *p = line; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return false;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (str_eq_nocase(name, str_from(refused[i])))
            return false;
    return name.n > 0;
}
