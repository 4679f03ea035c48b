#include "feeds/text/htmltext.h"

#include "base/err.h"
#include "base/utf8.h"
#include "feeds/people/ident.h"
#include "feeds/people/person.h"
#include "feeds/text/decode.h"
#include "feeds/text/entity.h"
#include "feeds/text/link.h"
#include "feeds/text/tag.h"

enum gap { GAP_NONE, GAP_SPACE, GAP_LINE };

struct reader {
    struct htmltext *out;
    struct str in;
    char *start, *to; /* text is written here; it never outgrows its input */
    struct buf base, address; /* out->base as an attribute has it; scratch */
    const char *copied; /* the input before this is in out->html, or is left out of it */
    enum gap gap;
    bool keep_lines;
    struct tag_scan scan;
    bool cutting;
    uint64_t cut_key;
    size_t cut_depth, cut_others;
};

/* Bytes at which a run of text ends; a C2 may begin a no-break space. */
static const unsigned char stops[256] = {
    [0 ... 0x20] = 1, ['<'] = 1, ['&'] = 1, [0xC2] = 1,
};

static void close_gap(struct reader *r)
{
    if (r->gap != GAP_NONE && r->to > r->start)
        *r->to++ = r->gap == GAP_LINE ? '\n' : ' ';
    r->gap = GAP_NONE;
}

static void open_gap(struct reader *r, enum gap gap)
{
    r->gap = gap > r->gap ? gap : r->gap;
}

/* What stands before `upto` goes into the HTML as it is, but for what is being cut; instead of what
 * stands from there to `next` goes `s`. */
static void replace_html(struct reader *r, const char *upto, const char *next, struct str s)
{
    if (r->out->html && !r->cutting) {
        buf_add(r->out->html, r->copied, (size_t)(upto - r->copied));
        buf_add_str(r->out->html, s);
    }
    r->copied = next;
}

static void put_code(struct reader *r, uint32_t cp)
{
    if (cp == ' ' || cp == '\t' || cp == '\n' || cp == 0xA0 || cp == 0x3000) {
        open_gap(r, cp == '\n' && r->keep_lines ? GAP_LINE : GAP_SPACE);
        return;
    }
    if (cp == 0x200B || cp == 0xFEFF || cp == 0xAD)
        return; /* invisible: it only splits words from a matcher */
    close_gap(r);
    r->to += utf8_put(cp, r->to);
}

static bool address_attribute(struct str name)
{
    static const struct str names[] = {{"href", 4}, {"src", 3}, {"data-src", 8},
                                       {"data-original", 13}, {"poster", 6}, {"cite", 4},
                                       {"data-url", 8}, {"action", 6}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq_nocase(name, names[i]))
            return true;
    return false;
}

/* An attribute that may not be copied: it is code, or it names a person. */
static bool refused(struct str name, struct str value)
{
    if (name.n > 2 && (name.p[0] | 32) == 'o' && (name.p[1] | 32) == 'n')
        return true;
    return person_attribute_dropped(name) || (memchr(value.p ? value.p : "", '@', value.n) &&
                                              (person_mail(value) || value.p[0] == '@'));
}

/* Write an address, whole and without user parts, into a value that stands in double quotes. */
static void add_address(struct reader *r, struct str value, bool *changed)
{
    struct buf *html = r->out->html;
    struct str base = buf_str(&r->base);
    bool relative = base.n && value.p[0] != '#' && !link_split(str_trim(value)).scheme.n;

    buf_reset(&r->address);
    if (relative)
        link_resolve(base, str_trim(value), &r->address);
    struct str whole = relative ? buf_str(&r->address) : value;
    html->failed |= !buf_ok(&r->address);
    size_t start = html->len;
    ident_clean(whole, html, changed);
    /* It may have stood in single quotes. */
    for (size_t i = start; i < html->len; i++)
        if (html->data[i] == '"')
            html->data[i] = '\'';
    *changed |= relative;
}

/* Copy a start tag, its addresses cleaned and its personal attributes left out. */
static void copy_tag(struct reader *r, const struct tag *tag)
{
    struct str rest = tag->attributes, name, value, whole;
    struct buf *html = r->out->html;
    const char *behind = tag->whole.p + tag->whole.n;
    bool touched = false;

    replace_html(r, tag->whole.p, behind, STR_NONE);
    size_t mark = html->len;

    buf_add_char(html, '<');
    buf_add_str(html, tag->name);
    while (tag_attribute(&rest, &name, &value, &whole)) {
        bool changed = false;
        if (refused(name, value)) {
            touched = true;
            continue;
        }
        size_t before = html->len;
        if (address_attribute(name) && value.n) {
            buf_add_char(html, ' ');
            buf_add_str(html, name);
            buf_add(html, "=\"", 2);
            add_address(r, value, &changed);
            buf_add_char(html, '"');
            touched = touched || changed;
            if (changed)
                continue;
            html->len = before;
        }
        buf_add_char(html, ' ');
        buf_add_str(html, whole);
    }
    buf_add_text(html, tag->closed ? "/>" : ">");
    if (!touched && buf_ok(html)) {
        html->len = mark;
        r->copied = tag->whole.p;
    }
}

enum { VALUE_MAX = 256 };

/* class="auth&#111;r" says author. */
static struct str plain_value(struct str s, char out[VALUE_MAX])
{
    size_t n = 0;

    if (s.n >= VALUE_MAX || !s.n || !memchr(s.p, '&', s.n))
        return s;
    for (size_t i = 0; i < s.n; i++) {
        uint32_t cp = 0;
        size_t took = s.p[i] == '&' ? entity_read((struct str){s.p + i, s.n - i}, &cp) : 0;
        if (took && cp && cp < 0x80)
            out[n++] = (char)cp;
        else if (!took)
            out[n++] = s.p[i];
        i += took ? took - 1 : 0;
    }
    return (struct str){out, n};
}

static bool is_author(const struct tag *tag)
{
    struct str rest = tag->attributes, name, value;
    char room[VALUE_MAX];

    if (person_element(tag->name))
        return true;
    while (tag_attribute(&rest, &name, &value, NULL))
        if (person_attribute(name, plain_value(value, room)))
            return true;
    return false;
}

static void note_image(struct reader *r, const struct tag *tag)
{
    struct str rest = tag->attributes, name, value;

    while (!r->out->image.n && tag_attribute(&rest, &name, &value, NULL))
        if ((str_eq_nocase(name, STR("src")) || str_eq_nocase(name, STR("data-src"))) && value.n &&
            !str_starts(value, STR("data:")))
            r->out->image = value;
}

/* Inside a subtree that is being cut; true when the tag ended it and is still to be handled. An
 * end tag that was not opened in here closes a parent: the author's own was left out. */
static bool cut_step(struct reader *r, const struct tag *tag)
{
    bool same = tag->key == r->cut_key;

    if (!tag->name.n || tag->kind & TAG_VOID)
        return false;
    if (!tag->end) {
        if (!tag->closed && same)
            r->cut_depth++;
        else if (!tag->closed && !(tag->kind & TAG_OPTIONAL))
            r->cut_others++;
        return false;
    }
    if (same && --r->cut_depth == 0) {
        r->cutting = false;
    } else if (!same && r->cut_others && !(tag->kind & TAG_OPTIONAL)) {
        r->cut_others--;
    } else if (!same && !(tag->kind & TAG_OPTIONAL)) {
        r->cutting = false;
        return true;
    }
    return false;
}

static void start_cut(struct reader *r, const struct tag *tag)
{
    if (tag->kind & TAG_VOID || tag->closed)
        return;
    r->cutting = true;
    r->cut_key = tag->key;
    r->cut_depth = 1;
    r->cut_others = 0;
}

/* The tag at p; returns where reading goes on. */
static const char *read_tag(struct reader *r, const char *p)
{
    const char *end = r->in.p + r->in.n;
    struct tag tag;

    if (!tag_read(&r->scan, (struct str){p, (size_t)(end - p)}, &tag)) {
        if (!r->cutting)
            put_code(r, '<');
        replace_html(r, p, p + 1, STR("&lt;"));
        return p + 1;
    }
    const char *start = p;
    p += tag.whole.n;
    r->out->markup = true;
    if (tag.name.n && tag.kind & TAG_RAW && !tag.end && !tag.closed) {
        open_gap(r, GAP_SPACE);
        p += tag_raw_end((struct str){p, (size_t)(end - p)}, tag.name);
        replace_html(r, start, p, STR_NONE);
        return p;
    }
    if (r->cutting)
        r->copied = start;
    if (!tag.name.n || (r->cutting && !cut_step(r, &tag))) {
        replace_html(r, start, p, STR_NONE);
        return p;
    }
    if (tag.kind & (TAG_BLOCK | TAG_BREAK))
        open_gap(r, GAP_LINE);
    else if (tag.kind & (TAG_CELL | TAG_DROP))
        open_gap(r, GAP_SPACE);
    bool author = !tag.end && (tag.attributes.n ? is_author(&tag) : person_element(tag.name));
    if (author || tag.kind & TAG_DROP) {
        replace_html(r, start, p, STR_NONE);
        if (!tag.end)
            start_cut(r, &tag);
        return p;
    }
    if (tag.end)
        return p;
    if (tag.key == ('i' | 'm' << 8 | 'g' << 16))
        note_image(r, &tag);
    if (r->out->html && tag.attributes.n)
        copy_tag(r, &tag);
    return p;
}

static const char *read_reference(struct reader *r, const char *p)
{
    uint32_t cp;
    size_t used = entity_read((struct str){p, (size_t)(r->in.p + r->in.n - p)}, &cp);

    if (!used)
        replace_html(r, p, p + 1, STR("&amp;"));
    if (!r->cutting && (cp || !used))
        put_code(r, used ? cp : '&');
    return p + (used ? used : 1);
}

/* End of the text that is copied as it is. In valid text two bytes or more follow an E2. */
static const unsigned char *text_run(const unsigned char *p, const unsigned char *end)
{
    while (p < end && !stops[*p]) {
        if (*p < 0xE2 || end - p < 3)
            p++;
        else if (*p == 0xE2 && p[1] == 0x80 && p[2] == 0x8B)
            break; /* a zero-width space */
        else
            p += 3;
    }
    return p;
}

static void read_all(struct reader *r)
{
    const unsigned char *p = (const unsigned char *)r->in.p, *end = p + r->in.n;

    while (p < end) {
        const unsigned char *q = text_run(p, end);
        if (q > p) {
            if (!r->cutting) {
                close_gap(r);
                memcpy(r->to, p, (size_t)(q - p));
                r->to += q - p;
            }
            p = q;
        } else if (*p == '<') {
            p = (const unsigned char *)read_tag(r, (const char *)p);
        } else if (*p == '&') {
            p = (const unsigned char *)read_reference(r, (const char *)p);
        } else {
            size_t at = 0;
            uint32_t cp = utf8_next((struct str){(const char *)p, (size_t)(end - p)}, &at);
            if (!r->cutting)
                put_code(r, cp);
            p += at;
        }
    }
}

int htmltext_read(struct str html, struct htmltext *out)
{
    struct reader r = {.out = out, .in = html, .copied = html.p};

    /* A four-byte character needs a reference of at least six; each gap stands for input. */
    r.to = r.start = buf_reserve(out->text, html.n + 16);
    if (!r.to)
        return ERR_NOMEM;
    out->image = STR_NONE;
    out->markup = false;
    for (size_t i = 0; out->html && i < out->base.n; i++)
        if (out->base.p[i] == '&')
            buf_add_text(&r.base, "&amp;");
        else
            buf_add_char(&r.base, out->base.p[i]);
    r.keep_lines = !html.n || !memchr(html.p, '<', html.n);
    read_all(&r);
    replace_html(&r, html.p + html.n, html.p + html.n, STR_NONE);
    out->text->len += (size_t)(r.to - r.start);
    bool failed = !buf_ok(&r.base);
    buf_free(&r.base);
    buf_free(&r.address);
    return failed || (out->html && !buf_ok(out->html)) ? ERR_NOMEM : 0;
}

struct str htmltext_plain(struct arena *arena, struct str s)
{
    struct buf text = BUF_INIT;
    struct htmltext out = {.text = &text};
    struct str copy = STR_NONE;

    if (htmltext_read(s, &out) == 0)
        copy = arena_str(arena, buf_str(&text));
    buf_free(&text);
    return copy;
}

struct str htmltext_line(struct arena *arena, struct str s)
{
    struct str line = htmltext_plain(arena, s);
    char *p = (char *)line.p;

    for (size_t i = 0; i < line.n; i++)
        if (p[i] == '\n')
            p[i] = ' ';
    return line;
}
