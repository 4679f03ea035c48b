/* What a source may add to its requests: headers that neither log in nor disguise, and the
 * operator's own proxy (law 2). */
#define _GNU_SOURCE
#include "feeds/source/source_parts.h"

#include <stdlib.h>

#include "base/err.h"
#include "feeds/fetch/address.h"

enum { HEADERS = 16, VALUE_MAX = 1024 };

static const char log_in[] = "是登录或会话凭据，信源必须无需登录即可公开读到 "
                             "(a log-in or session; a source is read by the public without one)";
static const char disguise[] = "会掩盖抓取者的身份，User-Agent 须写明运营者 "
                               "(hides who asks; the user agent names the operator)";
static const char ours[] = "由程序自己设置 (set by the program itself)";

/* Names in lower case; `part` refuses every name that holds it. First fit. */
static const struct {
    const char *name;
    bool part;
    const char *reason;
} refused[] = {
    {"user-agent", false, disguise},    {"from", false, disguise},
    {"referer", false, disguise},       {"origin", false, disguise},
    {"forwarded", true, disguise},      {"via", false, disguise},
    {"-ip", true, disguise},            {"sec-", true, disguise},
    {"requested-with", true, disguise}, {"cookie", true, log_in},
    {"authoriz", true, log_in},         {"auth", true, log_in},
    {"token", true, log_in},            {"session", true, log_in},
    {"api-key", true, log_in},          {"apikey", true, log_in},
    {"access-key", true, log_in},       {"secret", true, log_in},
    {"password", true, log_in},         {"csrf", true, log_in},
    {"xsrf", true, log_in},             {"ticket", true, log_in},
    {"credential", true, log_in},       {"signature", true, log_in},
    {"host", false, ours},              {"content-length", false, ours},
    {"transfer-encoding", false, ours}, {"connection", false, ours},
    {"accept-encoding", false, ours},   {"if-none-match", false, ours},
    {"if-modified-since", false, ours}, {"range", false, ours},
    {"te", false, ours},                {"upgrade", false, ours},
    {"expect", false, ours},            {"content-type", false, ours},
};

/* Into lower case; false when it is no field name (RFC 9110 §5.1). */
static bool fold_name(struct str name, char out[static 65])
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    if (!name.n || name.n > 64)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool upper = c >= 'A' && c <= 'Z';
        if (!upper && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
            !memchr(others, c, sizeof others - 1))
            return false;
        out[i] = upper ? (char)(c | 32) : c;
    }
    out[name.n] = '\0';
    return true;
}

static const char *refusal_of(struct str name)
{
    char lower[65];

    if (!fold_name(name, lower))
        return "不是请求头名称 (not a header's name)";
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (refused[i].part ? strstr(lower, refused[i].name) != NULL
                            : strcmp(lower, refused[i].name) == 0)
            return refused[i].reason;
    return NULL;
}

static bool value_fits(struct str value)
{
    for (size_t i = 0; i < value.n; i++)
        if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7F)
            return false;
    return value.n > 0 && value.n <= VALUE_MAX;
}

int source_parts_headers(const struct conf_node *map, struct source_extras *x,
                         struct problems *problems)
{
    size_t n = conf_count(map);

    if (!n)
        return 0;
    if (n > HEADERS)
        conf_problem(problems, map, "headers: 最多 %d 个 (at most %d headers)", HEADERS, HEADERS);
    x->headers = calloc(n + 1, sizeof *x->headers);
    if (!x->headers)
        return ERR_NOMEM;
    for (size_t i = 0; i < n; i++) {
        struct str name = conf_key_at(map, i), value = conf_text(conf_at(map, i));
        const char *reason = refusal_of(name);
        if (!reason && !value_fits(value))
            reason = "值应为一行文字，不超过 1024 字节 (the value is one line of up to 1024 bytes)";
        if (reason)
            conf_problem(problems, conf_at(map, i), "headers.%.*s: %s", STR_ARG(name), reason);
        if (asprintf(&x->headers[i], "%.*s: %.*s", STR_ARG(name), STR_ARG(value)) < 0) {
            x->headers[i] = NULL;
            return ERR_NOMEM;
        }
    }
    return 0;
}

int source_parts_proxy(const struct conf_node *node, struct source_extras *x,
                       struct problems *problems)
{
    static const char *const schemes[] = {"http://", "socks5h://", NULL};
    struct str text = conf_text(node), rest = STR_NONE;
    struct address parsed = {0};
    char *as_http = NULL;
    int err = 0;

    if (!text.n)
        return 0;
    for (size_t i = 0; schemes[i]; i++)
        if (str_starts(text, str_from(schemes[i])))
            rest = (struct str){text.p + strlen(schemes[i]), text.n - strlen(schemes[i])};
    if (rest.n && memchr(rest.p, '@', rest.n)) {
        conf_problem(problems, node, "proxy: 地址中不能带用户名或口令 (must not carry a log-in)");
    } else if (!rest.n || memchr(rest.p, '/', rest.n) || memchr(rest.p, '?', rest.n) ||
               memchr(rest.p, '#', rest.n) || !memchr(rest.p, ':', rest.n)) {
        err = ERR_SYNTAX;
    } else {
        if (asprintf(&as_http, "http://%.*s/", STR_ARG(rest)) < 0)
            return ERR_NOMEM;
        err = address_parse(as_http, &parsed);
        address_clear(&parsed);
        free(as_http);
    }
    if (err == ERR_NOMEM)
        return err;
    if (err)
        conf_problem(problems, node, "proxy: 应如 http://127.0.0.1:3128 或 socks5h://主机:端口 "
                                     "(expected http://host:port or socks5h://host:port)");
    x->proxy = strndup(text.p, text.n);
    return x->proxy ? 0 : ERR_NOMEM;
}
