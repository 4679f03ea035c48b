/* Which addresses are a person's, or a search for words, and so may not be a source. */
#include <ctype.h>
#include <stdbool.h>

#include "feeds/source/source.h"

enum { SEGMENTS_MAX = 32, KEYS_MAX = 64, TEXT_MAX = 4096 };

static const char person[] =
    "像个人主页或单个用户的时间线，信源只能是媒体、部门或公共版块 "
    "(looks like one person's page or time-line; a source is a publisher or a public board)";
static const char search[] =
    "是按词搜索的地址，信源只能是媒体、部门或公共版块 "
    "(a word-search address; a source is a publisher or a public board)";
static const char log_in[] = "地址中带用户名或口令 (the address carries a log-in)";
static const char too_long[] = "地址太长 (the address is too long)";

/* Lower-cased and percent-decoded, so that %75ser is user. */
struct parts {
    char text[TEXT_MAX];
    size_t used;
    struct str host;
    struct str segments[SEGMENTS_MAX];
    size_t nsegments;
    struct {
        struct str key, value;
    } query[KEYS_MAX];
    size_t nquery;
};

/* Hosts where everything, or everything under a path, is people's pages or searches. A leading
 * dot takes sub-domains too; path NULL takes all. First fit. */
static const struct {
    const char *host, *segment, *reason; /* reason NULL: passes */
} hosts[] = {
    {"tieba.baidu.com", "f", NULL}, /* a board's name is its kw; its search is /f/search */
    {"s.weibo.com", NULL, search},
    {"weixin.sogou.com", NULL, search},
    {".weibo.com", NULL, person},
    {".weibo.cn", NULL, person},
    {".qzone.qq.com", NULL, person},
    {"space.bilibili.com", NULL, person},
    {"blog.sina.com.cn", NULL, person},
    {".lofter.com", NULL, person},
    {".twitter.com", NULL, person},
    {".x.com", NULL, person},
    {".instagram.com", NULL, person},
    {".threads.net", NULL, person},
    {".zhihu.com", "people", person},
    {".douban.com", "people", person},
    {".tieba.baidu.com", "home", person},
    {".facebook.com", "people", person},
    {".linkedin.com", "in", person},
    {"tieba.baidu.com", "i", person},
    {"author.baidu.com", NULL, person},
    {"baijiahao.baidu.com", "u", person},
    {".blog.163.com", NULL, person},
    {"blog.csdn.net", NULL, person},
    {"www.tianya.cn", NULL, person},
    {"home.hupu.com", NULL, person},
    {"my.hupu.com", NULL, person},
    {".t.me", NULL, person},
    {".telegram.me", NULL, person},
};

/* Path segments: whole, or up to an extension or parameter (profile.php), and what must follow. */
enum follows { ANYTHING, MORE, NUMBER };

static const struct {
    const char *name;
    enum follows follows;
    const char *reason;
} segments[] = {
    {"u", MORE, person}, {"user", ANYTHING, person}, {"users", ANYTHING, person},
    {"profile", ANYTHING, person}, {"profiles", ANYTHING, person},
    {"profile_ext", ANYTHING, person}, {"viewprofile", ANYTHING, person},
    {"userinfo", ANYTHING, person}, {"userspace", ANYTHING, person},
    {"usercenter", ANYTHING, person}, {"userhome", ANYTHING, person}, {"homepage", MORE, person},
    {"space", NUMBER, person}, {"member", MORE, person}, {"members", MORE, person},
    {"author", MORE, person}, {"authors", MORE, person}, {"search", MORE, search},
    {"uid", MORE, person}, {"keyword", MORE, search},
};

/* Beginnings of segments that go on with digits or a name. */
static const struct {
    const char *start;
    bool digit;
} beginnings[] = {
    {"@", false},     {"~", false},     {"space-uid-", false}, {"space-username-", false},
    {"user-", true},  {"uid-", true},   {"u-", true},          {"space-", true},
    {"profile-", true}, {"member-", true},
};

/* Query keys with a value. `under` names the page that gives the key this sense; NULL: any. */
static const struct {
    const char *key, *under, *reason;
} queries[] = {
    {"uid", NULL, person},         {"userid", NULL, person},      {"user_id", NULL, person},
    {"user", NULL, person},        {"username", NULL, person},    {"user_name", NULL, person},
    {"author", NULL, person},      {"authorid", NULL, person},    {"author_id", NULL, person},
    {"author_name", NULL, person}, {"nickname", NULL, person},    {"nick", NULL, person},
    {"un", NULL, person},          {"uin", NULL, person},         {"screen_name", NULL, person},
    {"openid", NULL, person},      {"memberid", NULL, person},    {"member_id", NULL, person},
    {"u", "member", person},       {"id", "profile", person},     {"id", "space", person},
    {"q", NULL, search},           {"query", NULL, search},       {"keyword", NULL, search},
    {"keywords", NULL, search},    {"kw", NULL, search},          {"wd", NULL, search},
    {"searchword", NULL, search},  {"search", NULL, search},      {"searchtext", NULL, search},
    {"search_query", NULL, search}, {"srchtxt", NULL, search},    {"searchid", NULL, search},
    {"word", "search", search},    {"words", "search", search},   {"key", "search", search},
    {"k", "search", search},       {"p", "search", search},       {"text", "search", search},
    {"term", "search", search},    {"title", "search", search},   {"content", "search", search},
    {"word", "s", search},         {"wd", "s", search},           {"word", "f", search},
    {"word", "ns", search},
};

static int hex(char c)
{
    return isdigit((unsigned char)c)    ? c - '0'
           : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10
                                        : -1;
}

/* The piece goes to p->text, which holds any address that is not refused for its length. */
static struct str decode(struct parts *p, struct str s)
{
    size_t from = p->used;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0) {
            c = (char)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2]));
            i += 2;
        }
        p->text[p->used++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    return (struct str){p->text + from, p->used - from};
}

/* Take what stands before the first of `ends`, and that byte; s keeps the rest. */
static struct str cut(struct str *s, const char *ends)
{
    size_t n = 0;

    while (n < s->n && (!s->p[n] || !strchr(ends, s->p[n])))
        n++;
    struct str out = {s->p, n};
    size_t gone = n + (n < s->n);
    s->p += gone;
    s->n -= gone;
    return out;
}

static void split(struct str url, struct parts *p)
{
    size_t mark = str_find(url, STR("://"), 0);
    struct str rest = mark == (size_t)-1 ? url : (struct str){url.p + mark + 3, url.n - mark - 3};

    rest = cut(&rest, "#");
    struct str path = rest, authority = cut(&path, "/?");
    bool query_only = authority.n < rest.n && rest.p[authority.n] == '?';
    struct str query = path;
    struct str host = authority;
    p->host = decode(p, cut(&host, ":"));
    while (p->host.n && p->host.p[p->host.n - 1] == '.')
        p->host.n--;
    path = query_only ? STR_NONE : cut(&query, "?");
    while (path.n && p->nsegments < SEGMENTS_MAX) {
        struct str segment = cut(&path, "/");
        if (segment.n)
            p->segments[p->nsegments++] = decode(p, segment);
    }
    while (query.n && p->nquery < KEYS_MAX) {
        struct str value = cut(&query, "&;"), key = cut(&value, "=");
        p->query[p->nquery].key = decode(p, key);
        p->query[p->nquery++].value = decode(p, value);
    }
}

static bool named(struct str segment, const char *name)
{
    struct str s = segment;

    return str_is(segment, name) || str_is(cut(&s, ".;"), name);
}

static bool has_segment(const struct parts *p, const char *name)
{
    for (size_t i = 0; i < p->nsegments; i++)
        if (named(p->segments[i], name))
            return true;
    return false;
}

static bool host_is(struct str host, const char *pattern)
{
    struct str want = str_from(pattern);

    if (pattern[0] != '.')
        return str_eq(host, want);
    return str_eq(host, (struct str){want.p + 1, want.n - 1}) ||
           (host.n > want.n && str_eq((struct str){host.p + host.n - want.n, want.n}, want));
}

/* Whether the host decides; *reason is then what it says, NULL for a pass. */
static bool by_host(const struct parts *p, const char **reason)
{
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        if (!host_is(p->host, hosts[i].host))
            continue;
        if (hosts[i].segment && (!p->nsegments || !str_is(p->segments[0], hosts[i].segment)))
            continue;
        if (!hosts[i].reason && p->nsegments != 1)
            continue;
        *reason = hosts[i].reason;
        return true;
    }
    return false;
}

static bool follows_is(const struct parts *p, size_t i, enum follows follows)
{
    return follows == ANYTHING ||
           (i < p->nsegments &&
            (follows == MORE || isdigit((unsigned char)p->segments[i].p[0])));
}

static const char *by_segment(const struct parts *p)
{
    for (size_t i = 0; i < p->nsegments; i++) {
        struct str s = p->segments[i];
        for (size_t j = 0; j < sizeof segments / sizeof *segments; j++)
            if (named(s, segments[j].name) && follows_is(p, i + 1, segments[j].follows))
                return segments[j].reason;
        for (size_t j = 0; j < sizeof beginnings / sizeof *beginnings; j++) {
            struct str start = str_from(beginnings[j].start);
            if (str_starts(s, start) && s.n > start.n &&
                (!beginnings[j].digit || isdigit((unsigned char)s.p[start.n])))
                return person;
        }
    }
    return NULL;
}

static const char *by_query(const struct parts *p)
{
    for (size_t i = 0; i < p->nquery; i++) {
        struct str key = p->query[i].key, value = p->query[i].value;
        if (!value.n)
            continue;
        for (size_t j = 0; j < sizeof queries / sizeof *queries; j++)
            if (str_is(key, queries[j].key) &&
                (!queries[j].under || has_segment(p, queries[j].under)))
                return queries[j].reason;
        if (str_is(key, "mod") && str_is(value, "space"))
            return person;
        if (str_is(key, "mode") && str_is(value, "viewprofile"))
            return person;
        /* WordPress searches at its root; ThinkPHP puts a path there. */
        if (str_is(key, "s") && value.p[0] != '/' && (!p->nsegments || has_segment(p, "index")))
            return search;
    }
    return NULL;
}

const char *source_refusal(struct str url)
{
    struct parts p = {.used = 0};
    struct str rest = url;
    const char *reason = NULL;
    size_t mark = str_find(url, STR("://"), 0);

    if (url.n > TEXT_MAX)
        return too_long;
    if (mark != (size_t)-1) {
        rest.p += mark + 3;
        rest.n -= mark + 3;
    }
    struct str authority = cut(&rest, "/?#");
    if (authority.n && memchr(authority.p, '@', authority.n))
        return log_in;
    split(url, &p);
    if (by_host(&p, &reason))
        return reason;
    reason = by_segment(&p);
    return reason ? reason : by_query(&p);
}
