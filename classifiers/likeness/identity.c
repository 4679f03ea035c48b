#include "classifiers/likeness/identity.h"

#include <stdio.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"

/* Bytes of title and text from which on two posts are not the same by chance: about 13 characters.
 */
enum { TELLING = 40 };

/* Query parameters that say how a reader came, not what is read. */
static const char *const trackers[] = {"utm_", "spm=", "from=", "share", "ref=", "source=",
                                       "fbclid=", "isappinstalled=", "scene=", "timestamp=",
                                       NULL};

static bool is_tracker(struct str parameter)
{
    for (size_t i = 0; trackers[i]; i++)
        if (str_starts(parameter, str_from(trackers[i])))
            return true;
    return false;
}

static void add_query(struct buf *out, struct str query)
{
    const char *sep = "?";

    for (size_t at = 0; at < query.n;) {
        size_t end = str_find(query, STR("&"), at);
        end = end == (size_t)-1 ? query.n : end;
        struct str one = {query.p + at, end - at};
        if (one.n && !is_tracker(one)) {
            buf_add_text(out, sep);
            buf_add_str(out, one);
            sep = "&";
        }
        at = end + 1;
    }
}

/* The same page has one spelling: no scheme (http and https), lower-case host without default
 * port, no fragment, no tracking parameters, no closing slash. */
static int normalise(struct str url, struct buf *out)
{
    size_t cut = str_find(url, STR("#"), 0), scheme = str_find(url, STR("://"), 0);
    struct str s = {url.p, cut == (size_t)-1 ? url.n : cut};

    if (scheme != (size_t)-1 && scheme + 3 <= s.n)
        s.p += scheme + 3, s.n -= scheme + 3;
    size_t query = str_find(s, STR("?"), 0);
    struct str path = {s.p, query == (size_t)-1 ? s.n : query};
    size_t host = str_find(path, STR("/"), 0);
    host = host == (size_t)-1 ? path.n : host;
    struct str name = {path.p, host};
    size_t port = str_find(name, STR(":"), 0);
    if (port != (size_t)-1 && (str_is((struct str){name.p + port, name.n - port}, ":80") ||
                               str_is((struct str){name.p + port, name.n - port}, ":443")))
        name.n = port;
    for (size_t i = 0; i < name.n; i++)
        buf_add_char(out, name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] + 32)
                                                               : name.p[i]);
    while (path.n > host && path.p[path.n - 1] == '/')
        path.n--;
    if (path.n > host)
        buf_add(out, path.p + host, path.n - host);
    if (query != (size_t)-1)
        add_query(out, (struct str){s.p + query + 1, s.n - query - 1});
    return buf_ok(out) ? 0 : ERR_NOMEM;
}

int identity_link(struct str url, struct arena *arena, struct str *out)
{
    struct buf link = BUF_INIT;
    int err = normalise(url, &link);

    if (!err)
        *out = arena_str(arena, (struct str){link.data, utf8_cut(buf_str(&link),
                                                                 VERDICT_LINK_MAX)});
    buf_free(&link);
    return err || !out->p ? ERR_NOMEM : 0;
}

/* A short text ("求助") tells an item only together with its date. */
static uint64_t content_key(const struct verdict *v)
{
    if (v->title.n + v->text.n >= TELLING)
        return v->content | 1;
    return v->published ? XXH3_64bits_withSeed(&v->published, sizeof v->published, v->content) | 1
                        : 0;
}

int identity_fill(const struct feed_item *item, struct arena *arena, struct verdict *v)
{
    char hex[17];
    int err = 0;

    if (item->url.n)
        err = identity_link(item->url, arena, &v->alt_link);
    if (err)
        return err;
    if (item->id.n) {
        v->identity = (struct str){item->id.p, utf8_cut(item->id, VERDICT_LINK_MAX)};
    } else if (v->alt_link.n) {
        v->identity = v->alt_link;
        v->alt_link = STR_NONE; /* it is the first one already */
    } else {
        snprintf(hex, sizeof hex, "%016llx", (unsigned long long)v->content);
        v->identity = (struct str){hex, 16};
    }
    v->identity = arena_str(arena, v->identity);
    v->alt_content = content_key(v);
    return v->identity.p ? 0 : ERR_NOMEM;
}

/* The items of a feed by one key: the first that had it, and whether another did. */
struct parting {
    uint64_t key; /* 0: free */
    size_t first;
};

/* False when the key was there: *first is its item. */
static bool part(struct parting *table, size_t mask, uint64_t key, size_t item, size_t *first)
{
    size_t at = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 20) & mask;

    while (table[at].key && table[at].key != key)
        at = (at + 1) & mask;
    if (table[at].key) {
        *first = table[at].first;
        return false;
    }
    table[at] = (struct parting){key, item};
    return true;
}

int identity_part(struct verdicts *v)
{
    size_t size = 16, first;

    while (size < 4 * v->count)
        size *= 2;
    struct parting *table = arena_alloc(v->arena, size, sizeof *table);
    if (!table)
        return ERR_NOMEM;
    for (size_t i = 0; i < v->count; i++) {
        struct verdict *one = &v->list[i];
        uint64_t link =
            one->alt_link.n ? XXH3_64bits(one->alt_link.p, one->alt_link.n) & ~UINT64_C(1) : 0;
        /* Links have even keys, texts odd ones. */
        if (link && !part(table, size - 1, link, i, &first))
            one->alt_link = v->list[first].alt_link = STR_NONE;
        if (one->alt_content && !part(table, size - 1, one->alt_content, i, &first))
            one->alt_content = v->list[first].alt_content = 0;
    }
    return 0;
}
