#include "feeds/text/link.h"

#include "base/err.h"

static bool scheme_char(char c, bool first)
{
    bool alpha = (c | 32) >= 'a' && (c | 32) <= 'z';

    return alpha || (!first && ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'));
}

/* Cut *s at the first '#', at the first '?' when `query` and at the first '/' when `slash`. */
static struct str upto(struct str *s, bool slash, bool query)
{
    size_t i = 0;

    while (i < s->n && s->p[i] != '#' && !(query && s->p[i] == '?') && !(slash && s->p[i] == '/'))
        i++;
    struct str head = {s->p, i};
    *s = (struct str){s->p + i, s->n - i};
    return head;
}

struct link link_split(struct str s)
{
    struct link l = {0};
    size_t i = 0;

    while (i < s.n && scheme_char(s.p[i], i == 0))
        i++;
    if (i && i < s.n && s.p[i] == ':') {
        l.scheme = (struct str){s.p, i};
        s = (struct str){s.p + i + 1, s.n - i - 1};
    }
    if (str_starts(s, STR("//"))) {
        s = (struct str){s.p + 2, s.n - 2};
        l.has_authority = true;
        l.authority = upto(&s, true, true);
    }
    l.path = upto(&s, false, true);
    if (s.n && s.p[0] == '?') {
        s = (struct str){s.p + 1, s.n - 1};
        l.has_query = true;
        l.query = upto(&s, false, false);
    }
    if (s.n) {
        l.has_fragment = true;
        l.fragment = (struct str){s.p + 1, s.n - 1};
    }
    return l;
}

void link_join(const struct link *l, struct buf *out)
{
    if (l->scheme.n) {
        buf_add_str(out, l->scheme);
        buf_add_char(out, ':');
    }
    if (l->has_authority) {
        buf_add(out, "//", 2);
        buf_add_str(out, l->authority);
    }
    buf_add_str(out, l->path);
    if (l->has_query) {
        buf_add_char(out, '?');
        buf_add_str(out, l->query);
    }
    if (l->has_fragment) {
        buf_add_char(out, '#');
        buf_add_str(out, l->fragment);
    }
}

/* RFC 3986 §5.2.4, on the path that begins at out->data + from. */
static void remove_dots(struct str path, struct buf *out, size_t from)
{
    for (size_t i = 0; i < path.n;) {
        size_t end = i + 1;
        while (end < path.n && path.p[end] != '/')
            end++;
        struct str one = {path.p + i, end - i}; /* "/segment" */
        bool last = end == path.n;
        if (str_is(one, "/.") || str_is(one, "/..")) {
            if (one.n == 3) {
                while (out->len > from && out->data[out->len - 1] != '/')
                    out->len--;
                out->len -= out->len > from;
            }
            if (last)
                buf_add_char(out, '/');
        } else {
            buf_add_str(out, one);
        }
        i = end;
    }
}

int link_resolve(struct str base, struct str ref, struct buf *out)
{
    struct link r = link_split(ref), b = link_split(base), t = r;
    struct buf path = BUF_INIT, flat = BUF_INIT;

    if (r.scheme.n || !b.scheme.n) {
        link_join(&r, out);
        return buf_ok(out) ? 0 : ERR_NOMEM;
    }
    t.scheme = b.scheme;
    if (!r.has_authority) {
        t.has_authority = b.has_authority;
        t.authority = b.authority;
        if (!r.path.n) {
            buf_add_str(&path, b.path);
            if (!r.has_query) {
                t.has_query = b.has_query;
                t.query = b.query;
            }
        } else if (r.path.p[0] == '/') {
            buf_add_str(&path, r.path);
        } else {
            size_t keep = b.path.n;
            while (keep && b.path.p[keep - 1] != '/')
                keep--;
            buf_add_str(&path, (struct str){b.path.p, keep});
            if (!keep)
                buf_add_char(&path, '/');
            buf_add_str(&path, r.path);
        }
    } else {
        buf_add_str(&path, r.path);
    }
    if (path.len && path.data[0] == '/')
        remove_dots(buf_str(&path), &flat, 0);
    else
        buf_add_str(&flat, buf_str(&path));
    t.path = buf_str(&flat);
    link_join(&t, out);
    int err = buf_ok(&path) && buf_ok(&flat) && buf_ok(out) ? 0 : ERR_NOMEM;
    buf_free(&path);
    buf_free(&flat);
    return err;
}

static bool begins(struct str s, const char *prefix)
{
    size_t n = strlen(prefix);

    return s.n > n && str_eq_nocase((struct str){s.p, n}, str_from(prefix));
}

static bool is_web(struct str url)
{
    struct link l = link_split(url);

    return l.authority.n && (begins(url, "http://") || begins(url, "https://"));
}

int link_web(struct str base, struct str ref, struct buf *out)
{
    enum { LONGEST = 4096 };
    struct buf plain = BUF_INIT;
    size_t start = out->len;

    ref = str_trim(ref);
    if (!ref.n || ref.n > LONGEST)
        return ERR_UNSUPPORTED;
    if (begins(ref, "feed:")) {
        ref = (struct str){ref.p + 5, ref.n - 5};
        if (str_starts(ref, STR("//")))
            buf_add_text(&plain, "http:");
    }
    for (size_t i = 0; i < ref.n; i++) {
        if (ref.p[i] == ' ')
            buf_add_text(&plain, "%20");
        else if ((unsigned char)ref.p[i] > ' ' && ref.p[i] != 0x7F)
            buf_add_char(&plain, ref.p[i]);
    }
    int err = buf_ok(&plain) ? link_resolve(base, buf_str(&plain), out) : ERR_NOMEM;
    buf_free(&plain);
    struct str url = {out->data + start, out->len - start};
    if (!err && (url.n > LONGEST || !is_web(url)))
        err = ERR_UNSUPPORTED;
    if (err)
        out->len = start;
    return err;
}
