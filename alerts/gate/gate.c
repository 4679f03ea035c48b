#define _GNU_SOURCE
#include "alerts/gate/gate.h"

#include "alerts/gate/gate_match.h"
#include "base/err.h"
#include "base/utf8.h"
#include "classifiers/mask/mask.h"

enum { TEXT_MAX = 200, URL_MAX = 2000 };

static size_t characters(struct str s)
{
    size_t n = 0;

    for (size_t at = 0; at < s.n; n++)
        utf8_next(s, &at);
    return n;
}

/* Line breaks and tabs are text; other control characters only disturb logs and terminals. */
static bool printable(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7f)
            return false;
    }
    return true;
}

static int pass(struct str text, size_t most, const char *too_long, struct buf *out,
                const char **reason)
{
    size_t start = out->len;
    int err;

    if (!utf8_valid(text) || !printable(text)) {
        *reason = "不是 UTF-8 文本 (not UTF-8 text)";
        return ERR_SYNTAX;
    }
    if (characters(text) > most) {
        *reason = too_long;
        return ERR_LIMIT;
    }
    err = gate_match(text, reason);
    if (!err)
        err = buf_add_str(out, text);
    if (!err && text.n)
        mask_text(out->data + start, text.n);
    return err;
}

int gate_text(struct str text, struct buf *out, const char **reason)
{
    return pass(text, TEXT_MAX, "超过 200 字 (longer than 200 characters)", out, reason);
}

static bool blank(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!strchr(" \t\r\n", s.p[i]))
            return false;
    return true;
}

int gate_reply(struct str text, struct buf *out, const char **reason)
{
    if (blank(text)) {
        *reason = "答复没有内容 (the reply says nothing)";
        return ERR_INVALID;
    }
    return pass(text, GATE_REPLY_MAX, "超过 2000 字 (longer than 2000 characters)", out, reason);
}

/* What names a person or a private view of a page in an address (law 1). `part` is
 * compared with ASCII case folded, in the path and query. */
static const char *const private_parts[] = {
    "/u/", "/@", "/people/", "/user/", "/users/", "/profile/", "space-uid", "uid=", "userid=",
    "user_id=", "username=", "share_token", "sharetoken", "share_from", "access_token", "sessionid",
    "jsessionid", "phpsessid",
};

static bool holds_nocase(struct str s, const char *part)
{
    struct str p = str_from(part);

    for (size_t i = 0; i + p.n <= s.n; i++)
        if (str_eq_nocase((struct str){s.p + i, p.n}, p))
            return true;
    return false;
}

static bool host_ok(struct str host)
{
    struct str port = STR_NONE;
    long long number;
    bool v6 = host.n && host.p[0] == '[';
    size_t colon = str_find(host, v6 ? STR("]:") : STR(":"), 0);

    if (colon != (size_t)-1) {
        size_t skip = colon + (v6 ? 2 : 1);
        port = (struct str){host.p + skip, host.n - skip};
        host.n = colon + (v6 ? 1 : 0);
        if (str_int(port, 1, 65535, &number))
            return false;
    }
    for (size_t i = 0; i < host.n; i++) {
        unsigned char c = (unsigned char)host.p[i];
        bool word = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c >= 0x80;
        if (!word && !(i && (c == '.' || c == '-')) && !(v6 && strchr("[]:", c)))
            return false;
    }
    return host.n > 0;
}

static bool spaced(struct str url)
{
    for (size_t i = 0; i < url.n; i++) {
        unsigned char c = (unsigned char)url.p[i];
        if (c <= 0x20 || c == 0x7f || strchr("\"<>\\^`{|}", c))
            return true;
    }
    return false;
}

int gate_reply_url(struct str url, const char **reason)
{
    static const char *const schemes[] = {"https://", "http://"};
    struct str rest = STR_NONE;
    size_t host = 0;

    *reason = "答复地址应为 http(s) 公开网页 (the reply's address must be a public http(s) page)";
    for (size_t i = 0; i < 2 && !rest.p; i++) {
        size_t n = strlen(schemes[i]);
        if (url.n > n && str_eq_nocase((struct str){url.p, n}, str_from(schemes[i])))
            rest = (struct str){url.p + n, url.n - n};
    }
    if (!rest.p || url.n > URL_MAX || !utf8_valid(url) || spaced(url))
        return ERR_INVALID;
    while (host < rest.n && !strchr("/?#", rest.p[host]))
        host++;
    if (!host_ok((struct str){rest.p, host}))
        return ERR_INVALID;
    *reason = "答复地址含个人账号或私人链接 (the address names a person's account or a private link)";
    for (size_t i = 0; i < sizeof private_parts / sizeof *private_parts; i++)
        if (holds_nocase((struct str){rest.p + host, rest.n - host}, private_parts[i]))
            return ERR_INVALID;
    *reason = NULL;
    return 0;
}
