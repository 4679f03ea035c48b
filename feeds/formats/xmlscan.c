#define _GNU_SOURCE
#include "feeds/formats/xmlscan.h"

#include "base/utf8.h"
#include "feeds/text/entity.h"

#define ILL_FORMED "XML 写法不对 (the XML is not well-formed)"
#define LESS_THAN "小于号之后不是标记 (a less-than sign that begins no markup)"
#define ENDLESS "标记没有结束，或超过上限 (markup that does not end or is past the limits)"

enum { SPACE = 1, NAME = 2, FIRST = 4, WIDE = 8, STOP = 16, SKIPPED = -1 };

/* Control characters are no part of decoded text, but for these two. */
static const unsigned char classes[256] = {
    ['\t'] = SPACE, ['\n'] = SPACE, [' '] = SPACE, ['0' ... '9'] = NAME, ['-'] = NAME, ['.'] = NAME,
    [':'] = NAME, ['A' ... 'Z'] = NAME | FIRST, ['a' ... 'z'] = NAME | FIRST, ['_'] = NAME | FIRST,
    [0x80 ... 0xFF] = NAME | WIDE, ['<'] = STOP, ['>'] = STOP, ['"'] = STOP, ['\''] = STOP,
};

static bool is(char c, unsigned what)
{
    return classes[(unsigned char)c] & what;
}

static const char *run(const char *p, const char *end, unsigned what)
{
    while (p < end && is(*p, what))
        p++;
    return p;
}

/* To the next byte that means something in a tag. */
static const char *run_on(const char *p, const char *end)
{
    while (p < end && !is(*p, STOP))
        p++;
    return p;
}

static struct str between(const char *p, const char *end)
{
    return (struct str){p, (size_t)(end - p)};
}

int xmlscan_line(struct xmlscan *s, size_t at)
{
    for (; s->counted < at; s->counted++) {
        const char *nl = memchr(s->text.p + s->counted, '\n', at - s->counted);
        if (!nl)
            break;
        s->counted = (size_t)(nl - s->text.p);
        s->lines++;
    }
    for (; s->counted > at; s->counted--)
        s->lines -= s->text.p[s->counted - 1] == '\n';
    s->counted = at;
    return (int)s->lines + 1;
}

void xmlscan_problem(struct xmlscan *s, const char *p, const char *what)
{
    if (s->draft)
        draft_problem(s->draft, xmlscan_line(s, (size_t)(p - s->text.p)), what);
}

size_t xmlscan_resolve(struct str raw, char *to, const char **bad)
{
    const char *p = raw.p, *end = p + raw.n;
    char *start = to, scrap[4];
    uint32_t cp;

    *bad = NULL;
    for (;;) {
        const char *amp = p < end ? memchr(p, '&', (size_t)(end - p)) : NULL;
        if (to)
            to = mempcpy(to, p, (size_t)((amp ? amp : end) - p));
        if (!amp)
            return to ? (size_t)(to - start) : 0;
        size_t used = entity_read(between(amp, end), &cp);
        if (used && amp[used - 1] == ';') {
            unsigned n = cp ? utf8_put(cp, to ? to : scrap) : 0;
            to = to ? to + n : NULL;
            p = amp + used;
        } else {
            *bad = *bad ? *bad : amp;
            if (to)
                *to++ = '&';
            p = amp + 1;
        }
    }
}

struct str xmlscan_value(struct str raw, struct buf *out)
{
    bool refs = raw.n && memchr(raw.p, '&', raw.n), blanks = false;
    const char *bad;

    for (size_t i = 0; i < raw.n && !blanks; i++)
        blanks = raw.p[i] == '\n' || raw.p[i] == '\t';
    char *to = refs || blanks ? buf_reserve(out, 2 * raw.n) : NULL;
    if (!to)
        return refs || blanks ? STR_NONE : raw;
    for (size_t i = 0; i < raw.n; i++)
        to[i] = raw.p[i] == '\n' || raw.p[i] == '\t' ? ' ' : raw.p[i];
    size_t n = xmlscan_resolve((struct str){to, raw.n}, to + raw.n, &bad);
    out->len += raw.n + n;
    return (struct str){to + raw.n, n};
}

void xmlscan_check(struct xmlscan *s, struct str raw)
{
    const char *bad;

    if (!raw.n || !memchr(raw.p, '&', raw.n))
        return;
    xmlscan_resolve(raw, NULL, &bad);
    if (bad)
        xmlscan_problem(s, bad, XMLSCAN_AMPERSAND);
}

/* As memmem(), by way of a first byte that is rare in texts: several times as fast. */
static const char *find(const char *p, const char *end, struct str what)
{
    for (; (p = memchr(p, what.p[0], (size_t)(end - p))); p++)
        if (str_starts(between(p, end), what))
            return p;
    return NULL;
}

/* From p, where '<' may have been found to be no markup, to the next '<'. */
static int read_text(struct xmlscan *s, const char *p)
{
    const char *end = s->text.p + s->text.n;
    const char *lt = p + 1 < end ? memchr(p + 1, '<', (size_t)(end - p) - 1) : NULL;

    s->data = between(p, lt ? lt : end);
    s->at += s->data.n;
    if (*p == '<')
        xmlscan_problem(s, p, LESS_THAN);
    const char *close = find(p, p + s->data.n, STR("]]>"));
    if (close)
        xmlscan_problem(s, close, ILL_FORMED);
    return XMLSCAN_TEXT;
}

/* A section that ran over the end of an item was never closed by its publisher. */
static bool ran_over(struct str section)
{
    const char *again = memmem(section.p, section.n, "<![CDATA[", 9);
    size_t n = again ? (size_t)(again - section.p) : 0;

    return memmem(section.p, n, "</item>", 7) || memmem(section.p, n, "</entry>", 8);
}

enum { CDATA, COMMENT, INSTRUCTION };

static const struct {
    struct str open, close;
} sections[XMLSCAN_SECTIONS] = {[CDATA] = {{"<![CDATA[", 9}, {"]]>", 3}},
                                [COMMENT] = {{"<!--", 4}, {"-->", 3}},
                                [INSTRUCTION] = {{"<?", 2}, {"?>", 2}}};

/* The end of the section of a kind whose content begins at `from`; the end of the text when it has
 * none. What was found is kept, so that many sections that never close cost one search. */
static size_t find_close(struct xmlscan *s, unsigned kind, size_t from)
{
    if (s->found[kind] < from) {
        const char *p = find(s->text.p + from, s->text.p + s->text.n, sections[kind].close);
        s->found[kind] = p ? (size_t)(p - s->text.p) : s->text.n;
    }
    return s->found[kind];
}

/* What the internal subset of a DOCTYPE declares is nothing to us: only its end is looked for. */
static int pass_doctype(struct xmlscan *s, const char *p)
{
    const char *end = s->text.p + s->text.n;
    size_t depth = 0;

    for (p += 9; p < end && (*p != '>' || depth); p++) {
        const char *close = NULL;
        if (*p == '[')
            depth++;
        else if (*p == ']' && depth)
            depth--;
        else if (*p == '"' || *p == '\'')
            close = memchr(p + 1, *p, (size_t)(end - p) - 1);
        else if (*p == '<' && str_starts(between(p, end), STR("<!--")))
            close = s->text.p + find_close(s, COMMENT, (size_t)(p - s->text.p) + 4);
        else if (*p == '<' && str_starts(between(p, end), STR("<!ENTITY")))
            s->entities = (size_t)(p - s->text.p);
        p = close && close < end ? close : p;
    }
    s->at = (size_t)(p - s->text.p) + (p < end);
    return SKIPPED;
}

/* At "<!" or "<?". One that does not end loses its opening: what follows is read as if the opening
 * were not there, up to the end of the item it is in. */
static int read_section(struct xmlscan *s, const char *p)
{
    struct str rest = between(p, s->text.p + s->text.n);
    size_t k = 0;

    while (k < XMLSCAN_SECTIONS && !str_starts(rest, sections[k].open))
        k++;
    if (k == XMLSCAN_SECTIONS && !s->begun && rest.n > 9 &&
        str_eq_nocase((struct str){p, 9}, STR("<!DOCTYPE")))
        return pass_doctype(s, p);
    if (k == XMLSCAN_SECTIONS || (k == INSTRUCTION && (rest.n < 3 || !is(p[2], FIRST | WIDE))))
        return read_text(s, p);
    size_t from = s->at + sections[k].open.n, close = find_close(s, k, from);
    s->data = (struct str){s->text.p + from, close - from};
    s->at = from;
    if (close == s->text.n || (k == CDATA && ran_over(s->data))) {
        xmlscan_problem(s, p, ENDLESS);
        return SKIPPED;
    }
    s->at += s->data.n + sections[k].close.n;
    if (k == CDATA)
        return XMLSCAN_CDATA;
    if (k == COMMENT ? memmem(s->data.p, s->data.n, "--", 2) != NULL
                     : s->begun && str_eq_nocase(between(p + 2, run(p + 2, p + 6, NAME)),
                                                 STR("xml")))
        xmlscan_problem(s, p, ILL_FORMED);
    return SKIPPED;
}

/* Behind the quoted value that begins at p. One with a '<' in it, against the rules, is believed
 * when it is short and what follows could follow a value. NULL: the quote does not close. */
static const char *value_end(const char *p, const char *end)
{
    enum { SHORT = 1024 };
    const char *q = p + 1, *lt = NULL;

    for (; q < end && *q != *p; q++) {
        if (*q == '<' && !lt) {
            lt = q;
            end = end - q > SHORT ? q + SHORT : end;
        }
    }
    if (q >= end || (lt && (q + 1 == end || !(is(q[1], SPACE) || q[1] == '/' || q[1] == '>'))))
        return NULL;
    return q + 1;
}

/* The '>' of the tag that is open at p; NULL when a '<' or the end of the text comes before. A
 * quote that does not close is none. */
static const char *tag_end(const char *p, const char *end)
{
    while (p < end) {
        if (*p == '>' || *p == '<')
            return *p == '>' ? p : NULL;
        const char *behind = *p == '"' || *p == '\'' ? value_end(p, end) : NULL;
        p = behind ? behind : run_on(p + 1, end);
    }
    return NULL;
}

/* The value behind a '=' and its blanks at p; returns what is behind it. */
static const char *read_value(struct xmlscan *s, const char *p, const char *end, struct str *value)
{
    const char *close = p < end && (*p == '"' || *p == '\'')
                            ? memchr(p + 1, *p, (size_t)(end - p) - 1)
                            : NULL;

    if (close) {
        *value = between(p + 1, close);
        return close + 1;
    }
    xmlscan_problem(s, p, "属性值没有引号 (an attribute value has no quotes)");
    for (close = p; close < end && !is(*close, SPACE);)
        close++;
    *value = between(p, close);
    return close;
}

static void keep_attribute(struct xmlscan *s, struct xmlscan_attribute a)
{
    for (size_t i = 0; i < s->nattributes; i++)
        if (str_eq(s->attributes[i].name, a.name)) {
            xmlscan_problem(s, a.name.p, "同一属性出现两次 (an attribute is given twice)");
            return;
        }
    s->attributes[s->nattributes++] = a;
    const char *lt = a.value.n ? memchr(a.value.p, '<', a.value.n) : NULL;
    if (lt)
        xmlscan_problem(s, lt, LESS_THAN);
    xmlscan_check(s, a.value);
}

static void read_attributes(struct xmlscan *s, const char *p, const char *end)
{
    if (end - p > XMLSCAN_TAG) {
        xmlscan_problem(s, p, ENDLESS);
        return;
    }
    while (p < end) {
        const char *start = run(p, end, SPACE);
        if (start == end)
            return;
        const char *stop = run(start, end, NAME);
        if (start == p || stop == start)
            xmlscan_problem(s, p, ILL_FORMED);
        if (stop == start) {
            p = start + 1;
            continue;
        }
        if (s->nattributes == XMLSCAN_ATTRIBUTES) {
            xmlscan_problem(s, start, ENDLESS);
            return;
        }
        struct xmlscan_attribute a = {between(start, stop), STR_NONE};
        p = run(stop, end, SPACE);
        if (p < end && *p == '=') {
            p = read_value(s, run(p + 1, end, SPACE), end, &a.value);
        } else {
            xmlscan_problem(s, start, "属性没有值 (an attribute has no value)");
            p = stop;
        }
        keep_attribute(s, a);
    }
}

/* A tag whose name begins at `name`. */
static int read_tag(struct xmlscan *s, const char *p, const char *name)
{
    const char *text_end = s->text.p + s->text.n, *stop = run(name, text_end, NAME);
    const char *end = tag_end(stop, text_end);

    if (!end)
        return read_text(s, p);
    s->name = between(name, stop);
    s->at = (size_t)(end - s->text.p) + 1;
    s->nattributes = 0;
    if (name[-1] == '/') {
        if (run(stop, end, SPACE) != end)
            xmlscan_problem(s, p, ILL_FORMED);
        return XMLSCAN_END;
    }
    s->begun = true;
    s->empty = end > stop && end[-1] == '/';
    if (end > stop)
        read_attributes(s, stop, end - s->empty);
    return XMLSCAN_START;
}

enum xmlscan_event xmlscan_next(struct xmlscan *s)
{
    int event = SKIPPED;

    while (event == SKIPPED && s->at < s->text.n) {
        const char *p = s->text.p + s->at;
        size_t left = s->text.n - s->at;
        unsigned first = FIRST | (s->leaf ? 0 : WIDE);
        s->mark = s->at;
        if (*p != '<' || left < 3)
            event = read_text(s, p);
        else if (is(p[1], first))
            event = read_tag(s, p, p + 1);
        else if (p[1] == '/' && is(p[2], first))
            event = read_tag(s, p, p + 2);
        else if (p[1] == '!' || p[1] == '?')
            event = read_section(s, p);
        else
            event = read_text(s, p);
    }
    return event == SKIPPED ? XMLSCAN_DONE : (enum xmlscan_event)event;
}
