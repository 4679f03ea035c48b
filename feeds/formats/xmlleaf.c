#include "feeds/formats/xmlleaf.h"

#include "feeds/formats/xmlnames.h"
#include "feeds/text/tag.h"

void xmlleaf_begin(struct xmlleaf *l, bool xhtml)
{
    l->plain = STR_NONE;
    buf_reset(&l->text);
    l->stray = 0;
    l->xhtml = xhtml;
    l->was_markup = false;
}

static struct buf *buffer(struct xmlleaf *l)
{
    buf_add_str(&l->text, l->plain);
    l->plain = STR_NONE;
    return &l->text;
}

struct str xmlleaf_text(const struct xmlleaf *l)
{
    return l->plain.n ? l->plain : buf_str(&l->text);
}

/* Add text as HTML that means it. */
static void add_escaped(struct buf *out, struct str s, bool in_tag)
{
    size_t plain = 0;

    for (size_t i = 0; i < s.n; i++) {
        const char *ref = s.p[i] == '&'              ? "&amp;"
                          : s.p[i] == '<' && !in_tag ? "&lt;"
                          : s.p[i] == '"' && in_tag  ? "&quot;"
                                                     : NULL;
        if (!ref)
            continue;
        buf_add(out, s.p + plain, i - plain);
        buf_add_text(out, ref);
        plain = i + 1;
    }
    buf_add(out, s.p + plain, s.n - plain);
}

static struct str resolve(struct xmlscan *s, struct buf *out)
{
    const char *bad = NULL;
    char *to = buf_reserve(out, s->data.n);
    size_t n = to ? xmlscan_resolve(s->data, to, &bad) : 0;

    if (bad)
        xmlscan_problem(s, bad, XMLSCAN_AMPERSAND);
    out->len += n;
    return (struct str){to, n};
}

void xmlleaf_add(struct xmlleaf *l, struct xmlscan *s, bool literal)
{
    struct str t = s->data;
    bool refs = !literal && memchr(t.p, '&', t.n);

    if (l->xhtml) {
        buf_reset(&l->scratch);
        add_escaped(buffer(l), refs ? resolve(s, &l->scratch) : t, false);
    } else if (refs) {
        resolve(s, buffer(l));
    } else if (!l->text.len && (!l->plain.n || l->plain.p + l->plain.n == t.p)) {
        l->plain = (struct str){l->plain.n ? l->plain.p : t.p, l->plain.n + t.n};
    } else {
        buf_add_str(buffer(l), t);
    }
}

/* Atom's xhtml stands in a <div> that is no part of it (RFC 4287 §3.1.1.3). */
static bool wrapper(const struct xmlleaf *l, struct str name, int depth)
{
    return l->xhtml && depth == 1 && str_is(name, "div");
}

static void write_end(struct buf *out, struct str name)
{
    buf_add(out, "</", 2);
    buf_add_str(out, name);
    buf_add_char(out, '>');
}

void xmlleaf_start(struct xmlleaf *l, struct xmlscan *s, int depth)
{
    struct str name = xmlnames_local(s->name);
    uint64_t key;

    if (wrapper(l, name, depth))
        return;
    struct buf *out = buffer(l);
    l->was_markup = true;
    buf_add_char(out, '<');
    buf_add_str(out, name);
    for (size_t i = 0; i < s->nattributes; i++) {
        if (xmlnames_declares(s->attributes[i].name))
            continue;
        buf_reset(&l->scratch);
        buf_add_char(out, ' ');
        buf_add_str(out, xmlnames_local(s->attributes[i].name));
        buf_add(out, "=\"", 2);
        add_escaped(out, xmlscan_value(s->attributes[i].value, &l->scratch), true);
        buf_add_char(out, '"');
    }
    buf_add_char(out, '>');
    if (s->empty && !(tag_kind(name, &key) & TAG_VOID))
        write_end(out, name);
}

void xmlleaf_end(struct xmlleaf *l, struct xmlscan *s, int depth)
{
    struct str name = xmlnames_local(s->name);

    if (!wrapper(l, name, depth))
        write_end(buffer(l), name);
}

void xmlleaf_stray(struct xmlleaf *l, struct xmlscan *s, bool direct)
{
    struct buf *out = buffer(l);

    if (direct && !l->stray)
        l->stray = out->len + 1;
    l->was_markup = true;
    write_end(out, xmlnames_local(s->name));
}

void xmlleaf_cut(struct xmlleaf *l)
{
    buffer(l)->len = l->stray - 1;
}

bool xmlleaf_ok(const struct xmlleaf *l)
{
    return buf_ok(&l->text) && buf_ok(&l->scratch);
}

void xmlleaf_free(struct xmlleaf *l)
{
    buf_free(&l->text);
    buf_free(&l->scratch);
}
