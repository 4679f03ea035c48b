#include "feeds/text/charset.h"

#include "base/err.h"
#include "base/utf8.h"
#include "feeds/text/charset_list.h"

/* HTML looks for its <meta> in the first KiB, and its parser takes a later one too. */
enum { PRESCAN = 1024, LATE = 65536 };

static bool space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t find_nocase(struct str hay, struct str word)
{
    for (size_t i = 0; i + word.n <= hay.n; i++)
        if (str_eq_nocase((struct str){hay.p + i, word.n}, word))
            return i;
    return (size_t)-1;
}

/* The value of `key = value`, quoted or bare; empty when there is none. */
static struct str value_of(struct str s, struct str key)
{
    for (size_t at; (at = find_nocase(s, key)) != (size_t)-1;) {
        s = (struct str){s.p + at + key.n, s.n - at - key.n};
        struct str rest = str_trim(s);
        if (!rest.n || rest.p[0] != '=')
            continue;
        rest = str_trim((struct str){rest.p + 1, rest.n - 1});
        if (rest.n && (rest.p[0] == '"' || rest.p[0] == '\'')) {
            const char *end = memchr(rest.p + 1, rest.p[0], rest.n - 1);
            return end ? (struct str){rest.p + 1, (size_t)(end - rest.p) - 1} : STR_NONE;
        }
        size_t n = 0;
        while (n < rest.n && !space(rest.p[n]) && rest.p[n] != ';' && rest.p[n] != '>' &&
               rest.p[n] != '"' && rest.p[n] != '\'')
            n++;
        return (struct str){rest.p, n};
    }
    return STR_NONE;
}

static const struct charset *from_bom(struct str body, size_t *bom)
{
    static const struct {
        struct str mark;
        unsigned cs;
    } marks[] = {{{"\xEF\xBB\xBF", 3}, CS_UTF8}, {{"\xFE\xFF", 2}, CS_UTF16BE},
                 {{"\xFF\xFE", 2}, CS_UTF16LE}};

    *bom = 0;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (str_starts(body, marks[i].mark)) {
            *bom = marks[i].mark.n;
            return &charset_list[marks[i].cs];
        }
    return NULL;
}

/* The XML declaration at the start of the body; *behind is what follows it. */
static struct str declaration(struct str body, struct str *behind)
{
    struct str head = str_trim((struct str){body.p, body.n < PRESCAN ? body.n : PRESCAN});

    *behind = body;
    if (!str_starts(head, STR("<?xml")))
        return STR_NONE;
    size_t end = str_find(head, STR("?>"), 0);
    head.n = end == (size_t)-1 ? head.n : end;
    const char *after = head.p + head.n;
    *behind = (struct str){after, (size_t)(body.p + body.n - after)};
    return head;
}

static bool feed_root(struct str tag)
{
    static const struct str roots[] = {{"<rss", 4}, {"<rdf:RDF", 8}, {"<feed", 5},
                                       {"<atom:feed", 10}, {"<opml", 5}, {"<urlset", 7},
                                       {"<sitemapindex", 13}};

    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (tag.n > roots[i].n && str_eq_nocase((struct str){tag.p, roots[i].n}, roots[i]))
            return true;
    return false;
}

/* Whether a <meta> may speak for the document: not in JSON, and not one inside the items of a
 * feed. */
static bool may_be_html(struct str rest, struct str mime)
{
    bool html = find_nocase(mime, STR("html")) != (size_t)-1;
    struct str s = str_trim((struct str){rest.p, rest.n < PRESCAN ? rest.n : PRESCAN});

    if (!html && (find_nocase(mime, STR("xml")) != (size_t)-1 ||
                  find_nocase(mime, STR("json")) != (size_t)-1))
        return false;
    if (s.n && (s.p[0] == '{' || s.p[0] == '['))
        return false;
    for (const char *p = s.p, *end = s.p + s.n; s.n && (p = memchr(p, '<', (size_t)(end - p))); p++)
        if (p + 1 < end && ((p[1] | 32) >= 'a' && (p[1] | 32) <= 'z'))
            return !feed_root((struct str){p, (size_t)(end - p)});
    return true;
}

const struct charset *charset_declared(struct str body, struct str mime, size_t *bom)
{
    struct str rest;
    const struct charset *cs = from_bom(body, bom);

    if (!cs)
        cs = charset_find(value_of(mime, STR("charset")));
    if (cs)
        return cs;
    if (str_starts(body, (struct str){"<\0?\0", 4}))
        return &charset_list[CS_UTF16LE];
    if (str_starts(body, (struct str){"\0<\0?", 4}))
        return &charset_list[CS_UTF16BE];
    cs = charset_told(value_of(declaration(body, &rest), STR("encoding")));
    if (cs || !may_be_html(rest, mime))
        return cs;
    return charset_meta((struct str){rest.p, rest.n < LATE ? rest.n : LATE});
}

/* How a body looks as two-byte Chinese: pairs, and those in the block of everyday characters. */
struct pairs {
    size_t all, common, bad, low;
};

static struct pairs count_pairs(struct str s, unsigned first, unsigned last, bool gb)
{
    const unsigned char *p = (const unsigned char *)s.p;
    struct pairs n = {0};

    for (size_t i = 0; i < s.n; i++) {
        if (p[i] < 0x80)
            continue;
        unsigned t = i + 1 < s.n ? p[i + 1] : 0;
        bool pair = p[i] > 0x80 && p[i] < 0xFF && t >= 0x40 && t < 0xFF && t != 0x7F;
        if (gb && !pair && t >= 0x30 && t <= 0x39 && i + 3 < s.n) {
            i += 3; /* a four-byte form says nothing either way */
            continue;
        }
        n.all++;
        n.bad += !pair;
        n.low += pair && t < 0x80;
        n.common += pair && p[i] >= first && p[i] <= last && (!gb || t >= 0xA1);
        i += pair;
    }
    return n;
}

/* Sequences of two bytes and more in what may be UTF-8, and bytes that fit none. */
struct sequences {
    size_t all, wide, bad;
};

static struct sequences count_sequences(struct str s)
{
    struct sequences n = {0};

    for (size_t i = 0; i < s.n;) {
        if ((unsigned char)s.p[i] < 0x80) {
            i++;
            continue;
        }
        size_t at = i;
        utf8_next(s, &at);
        n.all += at > i + 1;
        n.wide += at > i + 2;
        n.bad += at == i + 1;
        i = at;
    }
    return n;
}

/* A document in UTF-8 may be cut in a character, or hold a few bytes of another encoding. */
static bool is_utf8(struct str body)
{
    if (utf8_valid(body))
        return true;
    struct sequences n = count_sequences(body);
    return n.bad * 5 <= n.wide;
}

static bool has_high(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return true;
    return false;
}

static const struct charset *by_zeros(struct str head)
{
    size_t zeros[2] = {0};

    if (!head.n || !memchr(head.p, 0, head.n))
        return NULL;
    for (size_t i = 0; i < head.n; i++)
        zeros[i & 1] += head.p[i] == 0;
    if (zeros[1] > head.n / 8 && zeros[0] < zeros[1] / 4)
        return &charset_list[CS_UTF16LE];
    if (zeros[0] > head.n / 8 && zeros[1] < zeros[0] / 4)
        return &charset_list[CS_UTF16BE];
    return NULL;
}

const struct charset *charset_detect(struct str body)
{
    struct str head = {body.p, body.n < 65536 ? body.n : 65536};
    const struct charset *wide = by_zeros(head);

    if (wide || is_utf8(body))
        return wide ? wide : &charset_list[CS_UTF8];
    struct pairs gb = count_pairs(head, 0xB0, 0xD7, true);
    struct pairs five = count_pairs(head, 0xA4, 0xC6, false);
    if (gb.bad * 20 > gb.all && five.bad * 20 > five.all)
        return &charset_list[CS_LATIN];
    /* Half of Big5's second bytes are ASCII; simplified Chinese in GBK has next to none. */
    if (five.low * 8 > five.all && five.bad <= gb.bad + five.all / 50 &&
        five.common * 10 > five.all * 6 && gb.common * 10 < gb.all * 8)
        return &charset_list[CS_BIG5];
    /* Single accented letters, each with the plain one after it. */
    if (gb.low * 4 > gb.all * 3 && gb.common * 4 < gb.all)
        return &charset_list[CS_LATIN];
    return &charset_list[CS_GB18030];
}

/* The encoding that the bytes are plainly in although `said` is another in which they mean
 * something too, as nearly all bytes do in those of one byte a character; NULL: none. */
static const struct charset *plainly(struct str body, const struct charset *said)
{
    bool single = said->kind == DECODE_SINGLE;

    if (said->kind == DECODE_UTF8 || said->kind == DECODE_UTF16LE || said->kind == DECODE_UTF16BE)
        return NULL;
    if (utf8_valid(body)) { /* ends early where it is not */
        struct sequences n = count_sequences(body);
        if (single ? n.all > 0 : n.wide >= 3 && n.wide * 2 >= n.all)
            return &charset_list[CS_UTF8];
    }
    if (said != &charset_list[CS_LATIN])
        return NULL;
    struct pairs gb = count_pairs(body, 0xB0, 0xD7, true);
    return gb.all >= 4 && !gb.bad && gb.common * 10 >= gb.all * 8 ? &charset_list[CS_GB18030]
                                                                  : NULL;
}

/* What the bytes are in when it is not what they were said to be; NULL when it may be. */
static const struct charset *overruling(struct str body, const struct charset *said, size_t faults)
{
    bool high = has_high(body);
    const struct charset *cs = high ? plainly(body, said) : NULL;

    /* All of seven bits, these would show as text what their escapes hide from a reader. */
    if (!high && (said->kind == DECODE_ISO_2022_JP || said->kind == DECODE_REPLACEMENT))
        return NULL;
    if (cs || !faults)
        return cs;
    cs = charset_detect(body);
    return cs->kind == said->kind || cs->kind == DECODE_SINGLE ? NULL : cs;
}

int charset_to_utf8(struct str body, struct str mime, struct buf *out, const struct charset **cs,
                    size_t *faults, bool *overruled)
{
    size_t bom, start = out->len;
    const struct charset *said = charset_declared(body, mime, &bom);

    *overruled = false;
    *faults = 0;
    *cs = said ? said : charset_detect(body);
    struct str rest = {body.p + bom, body.n - bom};
    if (decode_text((*cs)->kind, (*cs)->single, rest, out, faults))
        return ERR_NOMEM;
    const struct charset *seen = said && !bom ? overruling(rest, said, *faults) : NULL;
    if (!seen)
        return 0;
    struct buf second = BUF_INIT;
    size_t other = 0;
    int err = decode_text(seen->kind, seen->single, rest, &second, &other);
    if (!err && other * 10 <= *faults) {
        out->len = start;
        err = buf_add_str(out, buf_str(&second));
        *cs = seen;
        *faults = other;
        *overruled = true;
    }
    buf_free(&second);
    return err;
}
