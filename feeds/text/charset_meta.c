#include "feeds/text/charset_list.h"

/* Where the prescan stands. Past the end of the text everything is over: `cut`. */
struct prescan {
    const char *p, *end;
    bool cut;
};

struct attribute {
    struct str name, value;
};

static bool space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static bool letter(char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static bool ended(struct prescan *s)
{
    s->cut |= s->p >= s->end;
    return s->cut;
}

static void skip_spaces(struct prescan *s)
{
    while (s->p < s->end && space(*s->p))
        s->p++;
}

static bool quoted_value(struct prescan *s, struct str *value)
{
    const char *close = memchr(s->p + 1, *s->p, (size_t)(s->end - s->p) - 1);

    if (!close) {
        s->cut = true;
        return false;
    }
    *value = (struct str){s->p + 1, (size_t)(close - s->p) - 1};
    s->p = close + 1;
    return true;
}

/* "Get an attribute". False at the '>' of the tag, or where the text is cut off. */
static bool next_attribute(struct prescan *s, struct attribute *a)
{
    while (s->p < s->end && (space(*s->p) || *s->p == '/'))
        s->p++;
    if (ended(s) || *s->p == '>')
        return false;
    const char *start = s->p++;
    while (s->p < s->end && !space(*s->p) && *s->p != '=' && *s->p != '/' && *s->p != '>')
        s->p++;
    *a = (struct attribute){{start, (size_t)(s->p - start)}, STR_NONE};
    skip_spaces(s);
    if (ended(s))
        return false;
    if (*s->p != '=')
        return true;
    s->p++;
    skip_spaces(s);
    if (ended(s))
        return false;
    if (*s->p == '"' || *s->p == '\'')
        return quoted_value(s, &a->value);
    start = s->p;
    while (s->p < s->end && !space(*s->p) && *s->p != '>')
        s->p++;
    a->value = (struct str){start, (size_t)(s->p - start)};
    return !ended(s);
}

/* "Extract a character encoding from a meta element": of "text/html; charset=x". */
static const struct charset *from_content(struct str s)
{
    for (size_t i = 0; i + 7 <= s.n; i++) {
        if (!str_eq_nocase((struct str){s.p + i, 7}, STR("charset")))
            continue;
        size_t at = i + 7;
        while (at < s.n && space(s.p[at]))
            at++;
        if (at == s.n || s.p[at] != '=')
            continue;
        at++;
        while (at < s.n && space(s.p[at]))
            at++;
        struct str rest = {s.p + at, s.n - at};
        if (rest.n && (rest.p[0] == '"' || rest.p[0] == '\'')) {
            const char *close = memchr(rest.p + 1, rest.p[0], rest.n - 1);
            return close ? charset_find((struct str){rest.p + 1, (size_t)(close - rest.p) - 1})
                         : NULL;
        }
        size_t n = 0;
        while (n < rest.n && !space(rest.p[n]) && rest.p[n] != ';')
            n++;
        return charset_find((struct str){rest.p, n});
    }
    return NULL;
}

/* The attributes of a <meta>; only the first of a name counts. */
static const struct charset *read_meta(struct prescan *s)
{
    const struct charset *cs = NULL;
    bool pragma = false, needs_pragma = false, named = false;
    bool seen_equiv = false, seen_content = false, seen_charset = false;
    struct attribute a;

    while (next_attribute(s, &a)) {
        if (str_eq_nocase(a.name, STR("http-equiv")) && !seen_equiv) {
            seen_equiv = true;
            pragma = str_eq_nocase(a.value, STR("content-type"));
        } else if (str_eq_nocase(a.name, STR("content")) && !seen_content) {
            seen_content = true;
            const struct charset *of = named ? NULL : from_content(a.value);
            if (of) {
                cs = of;
                needs_pragma = named = true;
            }
        } else if (str_eq_nocase(a.name, STR("charset")) && !seen_charset) {
            seen_charset = named = true;
            cs = charset_find(a.value);
            needs_pragma = false;
        }
    }
    return s->cut || (needs_pragma && !pragma) ? NULL : cs;
}

static bool at_meta(const struct prescan *s)
{
    return s->end - s->p > 5 && str_eq_nocase((struct str){s->p, 5}, STR("<meta")) &&
           (space(s->p[5]) || s->p[5] == '/');
}

static void pass_comment(struct prescan *s)
{
    size_t end = str_find((struct str){s->p, (size_t)(s->end - s->p)}, STR("-->"), 2);

    s->cut |= end == (size_t)-1;
    s->p += s->cut ? 0 : end + 2;
}

static void pass_tag(struct prescan *s)
{
    struct attribute a;

    while (s->p < s->end && !space(*s->p) && *s->p != '>')
        s->p++;
    while (next_attribute(s, &a))
        ;
}

const struct charset *charset_told(struct str label)
{
    const struct charset *cs = charset_find(label);

    return cs && (cs->kind == DECODE_UTF16LE || cs->kind == DECODE_UTF16BE)
               ? &charset_list[CS_UTF8]
               : cs;
}

const struct charset *charset_meta(struct str head)
{
    struct prescan s = {.p = head.p, .end = head.p + head.n};

    for (; !s.cut && s.p < s.end; s.p++) {
        const char *lt = memchr(s.p, '<', (size_t)(s.end - s.p));
        if (!lt)
            break;
        s.p = lt;
        char next = s.p + 1 < s.end ? s.p[1] : 0, third = s.p + 2 < s.end ? s.p[2] : 0;
        if (str_starts((struct str){s.p, (size_t)(s.end - s.p)}, STR("<!--"))) {
            pass_comment(&s);
        } else if (at_meta(&s)) {
            s.p += 5;
            const struct charset *cs = read_meta(&s);
            if (cs)
                return charset_told(str_from(cs->name));
        } else if (letter(next) || (next == '/' && letter(third))) {
            pass_tag(&s);
        } else if (next == '!' || next == '/' || next == '?') {
            const char *gt = memchr(s.p, '>', (size_t)(s.end - s.p));
            s.cut |= !gt;
            s.p = gt ? gt : s.p;
        }
    }
    return NULL;
}
