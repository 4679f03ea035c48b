#define _GNU_SOURCE
#include "feeds/fence.h"

#include "base/utf8.h"
#include "feeds/entity.h"

enum { TAG_BYTES = 65536, TAG_ATTRIBUTES = 256, SHORT_TEXT = 32 };

static bool letter(char c)
{
    return ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
}

static bool name_char(char c)
{
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
}

/* Name of the tag whose name begins at `at`, without its prefix. */
static struct str local_name(struct str s, size_t at)
{
    size_t start = at;

    for (; at < s.n && name_char(s.p[at]); at++)
        if (s.p[at] == ':')
            start = at + 1;
    return (struct str){s.p + start, at - start};
}

static bool names_item(struct str name)
{
    return str_is(name, "item") || str_is(name, "entry");
}

/* End of the tag at `at` (behind its '>'), or 0 with *bad for one past the limits or 0 alone for
 * a '<' that is text. */
static size_t tag_end(struct str s, size_t at, bool *bad)
{
    size_t limit = s.n - at > TAG_BYTES ? at + TAG_BYTES : s.n, equals = 0;

    for (size_t i = at + 1; i < limit; i++) {
        char c = s.p[i];
        if (c == '>')
            return i + 1;
        if (c == '<')
            return 0;
        if (c == '=' && ++equals > TAG_ATTRIBUTES)
            break;
        if (c != '"' && c != '\'')
            continue;
        const char *close = memchr(s.p + i + 1, c, limit - i - 1);
        if (!close || memchr(s.p + i + 1, '<', (size_t)(close - s.p) - i - 1))
            return 0;
        i = (size_t)(close - s.p);
    }
    *bad = limit < s.n || equals > TAG_ATTRIBUTES;
    return 0;
}

/* As str_find(), from one rare byte of the needle to the next: several times as fast. */
static size_t find_by(struct str s, struct str needle, size_t rare, size_t from)
{
    for (size_t at = from + rare; at < s.n; at++) {
        const char *hit = memchr(s.p + at, needle.p[rare], s.n - at);
        if (!hit)
            break;
        at = (size_t)(hit - s.p);
        if (s.n - (at - rare) >= needle.n && memcmp(hit - rare, needle.p, needle.n) == 0)
            return at - rare;
    }
    return (size_t)-1;
}

/* A section that ran over the end of an item was never closed by its publisher. */
static bool ran_over(struct str section)
{
    size_t again = find_by(section, STR("<![CDATA["), 2, 0);

    return again != (size_t)-1 &&
           (memmem(section.p, again, "</item>", 7) || memmem(section.p, again, "</entry>", 8));
}

/* The next `close` at or behind `from`, s.n when there is none. What was found is kept, so that
 * many sections that never close cost one search. */
static size_t find_close(struct fence *f, unsigned kind, const char *close, size_t from)
{
    if (!f->found[kind] || from < f->sought[kind] || from > f->found[kind]) {
        size_t at = find_by(f->text, str_from(close), 0, from);
        f->found[kind] = at == (size_t)-1 ? f->text.n : at;
        f->sought[kind] = from;
    }
    return f->found[kind];
}

/* Markup that begins at '<': its end, or 0 with *stop. */
static size_t skip_markup(struct fence *f, size_t at, enum fence_stop *stop)
{
    struct str s = f->text, rest = {s.p + at, s.n - at};
    size_t end;
    bool bad = false;

    *stop = FENCE_BAD;
    if (str_starts(rest, STR("<![CDATA["))) {
        end = find_close(f, 0, "]]>", at + 9);
        if (end == s.n || ran_over((struct str){rest.p + 9, end - at - 9}))
            return 0;
        return end + 3;
    }
    if (str_starts(rest, STR("<!--"))) {
        end = find_close(f, 1, "-->", at + 4);
        return end == s.n ? 0 : end + 3;
    }
    if (rest.n > 2 && rest.p[1] == '?' && letter(rest.p[2])) {
        end = find_close(f, 2, "?>", at + 2);
        return end == s.n ? 0 : end + 2;
    }
    if (rest.n > 2 && (letter(rest.p[1]) || (rest.p[1] == '/' && letter(rest.p[2])))) {
        end = tag_end(s, at, &bad);
        if (end)
            return end;
    }
    *stop = bad ? FENCE_BAD : FENCE_LESS;
    return 0;
}

/* The reference at `at`: true when the parser takes it as it is. */
static bool plain_reference(struct fence *f, size_t at, enum fence_stop *stop)
{
    struct str rest = {f->text.p + at, f->text.n - at < 40 ? f->text.n - at : 40};
    size_t i = 1;

    if (str_starts(rest, STR("&lt;")) || str_starts(rest, STR("&gt;")) ||
        str_starts(rest, STR("&amp;")) || str_starts(rest, STR("&quot;")) ||
        str_starts(rest, STR("&apos;")))
        return true;
    *stop = FENCE_AMPERSAND;
    if (rest.n > 3 && rest.p[1] == '#') {
        f->length = entity_read(rest, &f->code);
        if (!f->length || rest.p[f->length - 1] != ';')
            return false;
        *stop = FENCE_ENTITY; /* decoded here, so that no forbidden character gets through */
        return f->code == '<' || f->code == '&' || f->code == '>' || f->code == '"' ||
               f->code == '\'';
    }
    while (i < rest.n && name_char(rest.p[i]))
        i++;
    if (i < 2 || i >= rest.n || rest.p[i] != ';')
        return false;
    f->code = entity_named((struct str){rest.p + 1, i - 1});
    f->length = i + 1;
    if (f->code)
        *stop = f->code == '<' || f->code == '&' ? FENCE_AMPERSAND : FENCE_ENTITY;
    return false;
}

/* The first reference in [at, end) that needs help; end when there is none. */
static size_t references(struct fence *f, size_t at, size_t end, enum fence_stop *stop)
{
    while (at < end) {
        const char *amp = memchr(f->text.p + at, '&', end - at);
        if (!amp)
            break;
        at = (size_t)(amp - f->text.p);
        if (!plain_reference(f, at, stop))
            return at;
        at++;
    }
    return end;
}

/* Text that is worth a section of its own. */
static bool long_text(struct str s)
{
    return s.n >= SHORT_TEXT && str_trim(s).n > 0 &&
           find_by(s, STR("]]>"), 0, 0) == (size_t)-1;
}

size_t fence_text(struct str s, struct buf *out)
{
    size_t bad = s.n;
    char *to = buf_reserve(out, s.n + 16); /* no reference is shorter than what it stands for */

    if (!to)
        return bad;
    to = mempcpy(to, "<![CDATA[", 9);
    for (size_t at = 0; at < s.n;) {
        const char *amp = memchr(s.p + at, '&', s.n - at);
        size_t plain = amp ? (size_t)(amp - s.p) - at : s.n - at;
        uint32_t cp;
        to = mempcpy(to, s.p + at, plain);
        at += plain;
        if (!amp)
            break;
        size_t used = entity_read((struct str){amp, s.n - at}, &cp);
        if (used && amp[used - 1] == ';') {
            if (cp)
                to += utf8_put(cp, to);
            at += used;
        } else {
            bad = bad < at ? bad : at;
            *to++ = '&';
            at++;
        }
    }
    to = mempcpy(to, "]]>", 3);
    out->len = (size_t)(to - out->data);
    return bad;
}

size_t fence_next(struct fence *f, enum fence_stop *stop)
{
    struct str s = f->text;

    for (;;) {
        size_t at = references(f, f->at, f->plain_end, stop);
        if (at < f->plain_end) {
            f->at = at + (*stop == FENCE_ENTITY ? f->length : 1);
            return at;
        }
        at = f->at = f->at > f->plain_end ? f->at : f->plain_end;
        if (at >= s.n) {
            *stop = FENCE_END;
            return s.n;
        }
        if (s.p[at] != '<') {
            const char *lt = memchr(s.p + at, '<', s.n - at);
            f->plain_end = lt ? (size_t)(lt - s.p) : s.n;
            if (!long_text((struct str){s.p + at, f->plain_end - at}))
                continue;
            f->length = f->plain_end - at;
            f->at = f->plain_end;
            *stop = FENCE_TEXT;
            return at;
        }
        size_t behind = skip_markup(f, at, stop);
        f->at = at + 1;
        if (!behind)
            return at;
        f->plain_end = behind;
        if (s.p[at + 1] == '!' || s.p[at + 1] == '?') {
            f->at = behind;
        } else if (s.p[at + 1] != '/' && names_item(local_name(s, at + 1))) {
            *stop = FENCE_ITEM;
            return at;
        }
    }
}

size_t fence_item(struct str s, size_t from)
{
    while (from < s.n) {
        const char *lt = memchr(s.p + from, '<', s.n - from);
        if (!lt)
            break;
        from = (size_t)(lt - s.p);
        struct str name = local_name(s, from + 1);
        if (names_item(name) && name.p + name.n < s.p + s.n && !name_char(name.p[name.n]))
            return from;
        from++;
    }
    return s.n;
}

/* End of a DOCTYPE, its internal subset included. */
static size_t doctype_end(struct str s, size_t at, bool *entities)
{
    size_t depth = 0;

    for (size_t i = at; i < s.n; i++) {
        if (s.p[i] == '[')
            depth++;
        else if (s.p[i] == ']' && depth)
            depth--;
        else if (s.p[i] == '>' && !depth)
            return i + 1;
        else if (s.p[i] == '<' && str_starts((struct str){s.p + i, s.n - i}, STR("<!ENTITY")))
            *entities = true;
    }
    return s.n;
}

bool fence_root(struct str s, size_t *start, size_t *end, struct str *name, bool *entities)
{
    struct fence f = {.text = s};

    *entities = false;
    for (size_t at = 0; at < s.n;) {
        const char *lt = memchr(s.p + at, '<', s.n - at);
        if (!lt)
            return false;
        at = (size_t)(lt - s.p);
        struct str rest = {lt, s.n - at};
        enum fence_stop stop;
        if (rest.n > 9 && str_eq_nocase((struct str){rest.p, 9}, STR("<!DOCTYPE"))) {
            at = doctype_end(s, at + 9, entities);
            continue;
        }
        size_t behind = skip_markup(&f, at, &stop);
        if (behind && rest.n > 1 && letter(rest.p[1])) {
            *start = at;
            *end = behind;
            *name = local_name(s, at + 1);
            return true;
        }
        at = behind ? behind : at + 1;
    }
    return false;
}
