#define _GNU_SOURCE
#include "feeds/people/ident.h"

#include "base/err.h"
#include "feeds/people/person.h"
#include "feeds/text/decode.h"
#include "feeds/text/link.h"

static bool all_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

/* Hosts whose first path segment is the account: weibo.com/1234567890/Abc. */
static bool account_first(struct str host)
{
    static const struct str hosts[] = {
        {"weibo.com", 9}, {"www.weibo.com", 13}, {"m.weibo.cn", 10}, {"weibo.cn", 8},
        {"twitter.com", 11}, {"x.com", 5}, {"www.facebook.com", 16}, {"user.qzone.qq.com", 17},
        {"space.bilibili.com", 18},
    };

    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (str_eq_nocase(host, hosts[i]))
            return true;
    return false;
}

/* Words that stand where an account would, on those hosts. */
static bool common_word(struct str s)
{
    static const char *const words[] = {"status", "detail", "tv", "ttarticle", "p", "article", "i"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(s, words[i]))
            return true;
    return false;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum { PLAIN_MAX = 256 };

/* What a piece of an address says without its percent signs (%75ser is user); itself when it is too
 * long to be a word. */
static struct str plain_piece(struct str s, char out[PLAIN_MAX])
{
    size_t n = 0;

    if (s.n > PLAIN_MAX || !s.n || !memchr(s.p, '%', s.n))
        return s;
    for (size_t i = 0; i < s.n; i++) {
        bool escape = s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0;
        out[n++] = escape ? (char)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2])) : s.p[i];
        i += escape ? 2 : 0;
    }
    return (struct str){out, n};
}

static bool prefixed(struct str s, const char *prefix)
{
    size_t n = strlen(prefix);

    return s.n > n && str_eq_nocase((struct str){s.p, n}, str_from(prefix));
}

static bool named_segment(struct str s)
{
    return person_file(s) || (memchr(s.p ? s.p : "", '@', s.n) && person_mail(s));
}

/* A segment pair "u/NAME": the short or ambiguous words need something that looks like an account
 * behind them, so that /n/2024/0101/ and /home/news/ stay. */
static bool names_next(struct str word, struct str next)
{
    if (!person_segment(word) || !next.n)
        return false;
    if (str_is(word, "n") || str_is(word, "i") || str_is(word, "home"))
        return next.p[0] == '@' || (all_digits(next) && next.n >= 9);
    return true;
}

/* Copy a path without its user segments; also ";jsessionid=…". True when something went. */
static bool clean_path(struct str path, bool first_is_account, struct buf *out)
{
    bool gone = false;
    size_t count = 0;

    for (size_t i = 0; i < path.n;) {
        bool slash = path.p[i] == '/';
        size_t start = i + slash, end = start;
        while (end < path.n && path.p[end] != '/')
            end++;
        struct str seg = {path.p + start, end - start};
        size_t nend = end < path.n ? end + 1 : end, nstart = nend;
        while (nend < path.n && path.p[nend] != '/')
            nend++;
        struct str next = {path.p + nstart, nend - nstart};
        char room[PLAIN_MAX];
        struct str word = plain_piece(seg, room);
        bool account = first_is_account && count == 0 && !common_word(word) &&
                       !person_segment(word) && seg.n;
        count += seg.n > 0;
        if (names_next(word, next)) {
            gone = true;
            i = nend;
            continue;
        }
        if (named_segment(word) || account) {
            gone = true;
            i = end;
            continue;
        }
        const char *semi = seg.n ? memchr(seg.p, ';', seg.n) : NULL;
        if (semi && prefixed((struct str){semi, (size_t)(seg.p + seg.n - semi)}, ";jsessionid=")) {
            gone = true;
            seg.n = (size_t)(semi - seg.p);
        }
        if (slash)
            buf_add_char(out, '/');
        buf_add_str(out, seg);
        i = end;
    }
    return gone;
}

/* Copy a query without personal parameters; handles "&amp;" as left by sloppy publishers. */
static bool clean_query(struct str query, struct buf *out)
{
    bool gone = false, any = false;

    for (size_t i = 0; i < query.n;) {
        struct str seam = {i ? query.p + i - 1 : "&", 1};
        if (i && seam.p[0] == '&' && prefixed((struct str){query.p + i, query.n - i}, "amp;")) {
            seam.n = 5;
            i += 4;
        }
        size_t end = i;
        while (end < query.n && query.p[end] != '&' && query.p[end] != ';')
            end++;
        struct str one = {query.p + i, end - i};
        const char *eq = one.n ? memchr(one.p, '=', one.n) : NULL;
        struct str name = {one.p, eq ? (size_t)(eq - one.p) : one.n};
        char room[PLAIN_MAX], whole[PLAIN_MAX];
        struct str said = plain_piece(one, whole);
        bool space = str_is(said, "mod=space");
        if (person_parameter(plain_piece(name, room)) || space || person_mail(said)) {
            gone = true;
        } else if (one.n) {
            if (any)
                buf_add_str(out, seam);
            buf_add_str(out, one);
            any = true;
        }
        i = end + 1;
    }
    return gone;
}

static bool fragment_names(struct str f)
{
    return f.n && (f.p[0] == '/' || f.p[0] == '!' || memchr(f.p, '@', f.n) ||
                   memchr(f.p, '=', f.n) ||
                   prefixed(f, "uid") || prefixed(f, "user"));
}

bool ident_clean(struct str url, struct buf *out, bool *changed)
{
    struct link l = link_split(str_trim(url));
    struct buf path = BUF_INIT, query = BUF_INIT;
    const char *at = l.authority.n ? memrchr(l.authority.p, '@', l.authority.n) : NULL;
    bool gone = at != NULL, path_gone, query_gone;

    if (at)
        l.authority = (struct str){at + 1, (size_t)(l.authority.p + l.authority.n - at) - 1};
    path_gone = clean_path(l.path, account_first(l.authority), &path);
    query_gone = clean_query(l.query, &query);
    if (l.has_fragment && fragment_names(l.fragment)) {
        l.has_fragment = false;
        gone = true;
    }
    gone = gone || path_gone || query_gone;
    l.path = buf_str(&path);
    l.query = buf_str(&query);
    l.has_query = l.has_query && l.query.n;
    bool bare = (path_gone || (query_gone && person_address(url))) && l.path.n <= 1 && !l.query.n;
    if (l.has_authority && !l.authority.n) /* no host, or nothing but a log-in name */
        bare = true;
    if (person_address(url) && !l.query.n && query_gone)
        bare = true;
    if (!bare)
        link_join(&l, out);
    *changed = gone;
    buf_free(&path);
    buf_free(&query);
    return !bare;
}

static bool web(struct str url)
{
    return prefixed(url, "http://") || prefixed(url, "https://") || prefixed(url, "//");
}

/* What begins with a '<' is markup that ran into the address, not a part of it (RFC 3986 §2). */
static struct str before_markup(struct str ref)
{
    const char *lt = ref.n ? memchr(ref.p, '<', ref.n) : NULL;

    return str_trim(lt ? (struct str){ref.p, (size_t)(lt - ref.p)} : ref);
}

/* Spaces and controls have no place in an address; other bytes stay as published. */
static void strip(struct str ref, struct buf *out)
{
    ref = before_markup(ref);
    for (size_t i = 0; i < ref.n; i++) {
        unsigned char c = (unsigned char)ref.p[i];
        if (c == ' ')
            buf_add(out, "%20", 3);
        else if (c > ' ' && c != 0x7F)
            buf_add_char(out, ref.p[i]);
    }
}

struct str ident_link(struct arena *arena, struct str base, struct str ref)
{
    struct buf plain = BUF_INIT, full = BUF_INIT, clean = BUF_INIT;
    struct str out = STR_NONE;
    bool changed;

    if (!ref.n || ref.n > 8192 || !decode_is_clean(ref))
        return STR_NONE;
    strip(ref, &plain);
    link_resolve(base, buf_str(&plain), &full);
    struct link l = link_split(buf_str(&full));
    bool other = l.scheme.n && !web(buf_str(&full));
    if (plain.len && !other && buf_ok(&plain) && buf_ok(&full) &&
        ident_clean(buf_str(&full), &clean, &changed) && buf_ok(&clean) && clean.len)
        out = arena_str(arena, buf_str(&clean));
    buf_free(&plain);
    buf_free(&full);
    buf_free(&clean);
    return out;
}

struct str ident_guid(struct arena *arena, struct str guid)
{
    struct buf clean = BUF_INIT;
    struct str out = STR_NONE;
    bool changed;

    guid = before_markup(guid);
    if (!guid.n || guid.n > 8192)
        return STR_NONE;
    if (!web(guid) && (guid.p[0] == '@' || person_mail(guid)))
        return STR_NONE;
    if (ident_clean(guid, &clean, &changed) && clean.len && buf_ok(&clean) &&
        !person_mail(buf_str(&clean)))
        out = arena_str(arena, buf_str(&clean));
    buf_free(&clean);
    return out;
}
