#include "feeds/charset.h"

#include "base/err.h"
#include "base/utf8.h"
#include "feeds/decode.h"
#include "feeds/decode_tables.h"

struct charset {
    const char *name;
    enum decode_kind kind;
    const uint16_t *single;
    const char *labels; /* blank-separated, lower case */
};

/* Labels of the WHATWG Encoding Standard, §4.2. */
static const struct charset charsets[] = {
    {"UTF-8", DECODE_UTF8, NULL,
     "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8"},
    {"gb18030", DECODE_GB18030, NULL, "gb18030"},
    {"GBK", DECODE_GB18030, NULL,
     "gbk gb2312 chinese csgb2312 csiso58gb231280 gb_2312 gb_2312-80 iso-ir-58 x-gbk cp936 936"},
    {"Big5", DECODE_BIG5, NULL, "big5 big5-hkscs cn-big5 csbig5 x-x-big5 cp950"},
    {"UTF-16LE", DECODE_UTF16LE, NULL,
     "utf-16le utf-16 unicode ucs-2 csunicode iso-10646-ucs-2 unicodefeff"},
    {"UTF-16BE", DECODE_UTF16BE, NULL, "utf-16be unicodefffe"},
    {"windows-1252", DECODE_SINGLE, decode_windows_1252,
     "windows-1252 iso-8859-1 iso8859-1 iso88591 iso_8859-1 latin1 l1 ascii us-ascii cp1252 "
     "x-cp1252 cp819 ibm819 iso-ir-100 csisolatin1 ansi_x3.4-1968 x-user-defined"},
    {"windows-1250", DECODE_SINGLE, decode_windows_1250, "windows-1250 cp1250 x-cp1250"},
    {"windows-1251", DECODE_SINGLE, decode_windows_1251, "windows-1251 cp1251 x-cp1251"},
    {"windows-1253", DECODE_SINGLE, decode_windows_1253, "windows-1253 cp1253 x-cp1253"},
    {"windows-1254", DECODE_SINGLE, decode_windows_1254,
     "windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 iso_8859-9 latin5 l5"},
    {"windows-1257", DECODE_SINGLE, decode_windows_1257, "windows-1257 cp1257 x-cp1257"},
    {"windows-874", DECODE_SINGLE, decode_windows_874,
     "windows-874 tis-620 iso-8859-11 iso8859-11 dos-874"},
    {"ISO-8859-2", DECODE_SINGLE, decode_iso_8859_2,
     "iso-8859-2 iso8859-2 iso88592 iso_8859-2 latin2 l2"},
    {"ISO-8859-5", DECODE_SINGLE, decode_iso_8859_5,
     "iso-8859-5 iso8859-5 iso88595 iso_8859-5 cyrillic"},
    {"ISO-8859-7", DECODE_SINGLE, decode_iso_8859_7,
     "iso-8859-7 iso8859-7 iso88597 iso_8859-7 greek"},
    {"ISO-8859-15", DECODE_SINGLE, decode_iso_8859_15,
     "iso-8859-15 iso8859-15 iso885915 iso_8859-15 latin9 l9"},
    {"KOI8-R", DECODE_SINGLE, decode_koi8_r, "koi8-r koi8 koi koi8_r cskoi8r"},
};

enum { CS_UTF8 = 0, CS_GB18030 = 1, CS_BIG5 = 3, CS_UTF16LE = 4, CS_UTF16BE = 5, CS_LATIN = 6 };
enum { PRESCAN = 1024 };

const struct charset *charset_find(struct str label)
{
    label = str_trim(label);
    for (size_t i = 0; label.n && i < sizeof charsets / sizeof *charsets; i++) {
        const char *at = charsets[i].labels;
        while (*at) {
            size_t n = strcspn(at, " ");
            if (str_eq_nocase(label, (struct str){at, n}))
                return &charsets[i];
            at += n + (at[n] == ' ');
        }
    }
    return NULL;
}

struct str charset_name(const struct charset *cs)
{
    return str_from(cs->name);
}

static bool space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t find_nocase(struct str hay, const char *word, size_t from)
{
    size_t n = strlen(word);

    for (size_t i = from; i + n <= hay.n; i++)
        if (str_eq_nocase((struct str){hay.p + i, n}, (struct str){word, n}))
            return i;
    return (size_t)-1;
}

/* The value of `key = value` at or after from, quoted or bare; empty when there is none. */
static struct str value_after(struct str s, const char *key, size_t from)
{
    for (size_t at; (at = find_nocase(s, key, from)) != (size_t)-1; from = at + 1) {
        size_t i = at + strlen(key);
        while (i < s.n && space(s.p[i]))
            i++;
        if (i == s.n || s.p[i] != '=')
            continue;
        i++;
        while (i < s.n && space(s.p[i]))
            i++;
        if (i < s.n && (s.p[i] == '"' || s.p[i] == '\'')) {
            const char *end = memchr(s.p + i + 1, s.p[i], s.n - i - 1);
            return end ? (struct str){s.p + i + 1, (size_t)(end - s.p) - i - 1} : STR_NONE;
        }
        size_t start = i;
        while (i < s.n && !space(s.p[i]) && s.p[i] != ';' && s.p[i] != '>' && s.p[i] != '"' &&
               s.p[i] != '\'')
            i++;
        return (struct str){s.p + start, i - start};
    }
    return STR_NONE;
}

/* A declaration read as ASCII cannot truly be UTF-16; the Standard takes such a one for UTF-8. */
static const struct charset *from_text(struct str label)
{
    const struct charset *cs = charset_find(label);

    return cs && (cs->kind == DECODE_UTF16LE || cs->kind == DECODE_UTF16BE) ? &charsets[CS_UTF8]
                                                                           : cs;
}

/* One tag up to its '>', quotes minded; its end offset. */
static size_t tag_end(struct str s, size_t at)
{
    char quote = 0;

    for (; at < s.n; at++) {
        if (quote)
            quote = s.p[at] == quote ? 0 : quote;
        else if ((s.p[at] == '"' || s.p[at] == '\'') && at && (s.p[at - 1] == '=' ||
                                                             space(s.p[at - 1])))
            quote = s.p[at];
        else if (s.p[at] == '>')
            return at;
    }
    return s.n;
}

/* HTML Standard, "prescan a byte stream to determine its encoding", for the tags that matter. */
static const struct charset *from_meta(struct str s)
{
    for (size_t i = 0; i < s.n;) {
        const char *lt = memchr(s.p + i, '<', s.n - i);
        if (!lt)
            break;
        i = (size_t)(lt - s.p);
        struct str rest = {s.p + i, s.n - i};
        if (str_starts(rest, STR("<!--"))) {
            size_t end = str_find(s, STR("-->"), i + 2);
            if (end == (size_t)-1)
                break;
            i = end + 3;
            continue;
        }
        size_t end = tag_end(s, i);
        struct str tag = {s.p + i, end - i};
        i = end + 1 > i + 1 ? end + 1 : i + 1;
        if (tag.n < 6 || !str_eq_nocase((struct str){tag.p, 5}, STR("<meta")) ||
            !(space(tag.p[5]) || tag.p[5] == '/') || end == s.n)
            continue;
        struct str label = value_after(tag, "charset", 5);
        const struct charset *cs = from_text(label);
        if (cs)
            return cs;
    }
    return NULL;
}

static const struct charset *from_bom(struct str body, size_t *bom)
{
    *bom = 0;
    if (str_starts(body, STR("\xEF\xBB\xBF")))
        return *bom = 3, &charsets[CS_UTF8];
    if (str_starts(body, STR("\xFE\xFF")))
        return *bom = 2, &charsets[CS_UTF16BE];
    if (str_starts(body, STR("\xFF\xFE")))
        return *bom = 2, &charsets[CS_UTF16LE];
    return NULL;
}

const struct charset *charset_declared(struct str body, struct str mime, size_t *bom)
{
    struct str head = {body.p, body.n < PRESCAN ? body.n : PRESCAN};
    const struct charset *cs = from_bom(body, bom);

    if (cs)
        return cs;
    cs = charset_find(value_after(mime, "charset", 0));
    if (cs)
        return cs;
    if (str_starts(head, (struct str){"<\0?\0", 4}))
        return &charsets[CS_UTF16LE];
    if (str_starts(head, (struct str){"\0<\0?", 4}))
        return &charsets[CS_UTF16BE];
    size_t decl = str_find(head, STR("<?xml"), 0);
    if (decl != (size_t)-1 && str_trim((struct str){head.p, decl}).n == 0) {
        size_t end = str_find(head, STR("?>"), decl);
        end = end == (size_t)-1 ? head.n : end;
        cs = from_text(value_after((struct str){head.p + decl, end - decl}, "encoding", 0));
        if (cs)
            return cs;
    }
    return from_meta(head);
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

const struct charset *charset_detect(struct str body)
{
    size_t zeros[2] = {0};
    struct str head = {body.p, body.n < 65536 ? body.n : 65536};

    if (decode_is_clean(body) || utf8_valid(body))
        return &charsets[CS_UTF8];
    for (size_t i = 0; i < head.n; i++)
        zeros[i & 1] += head.p[i] == 0;
    if (zeros[1] > head.n / 8 && zeros[0] < zeros[1] / 4)
        return &charsets[CS_UTF16LE];
    if (zeros[0] > head.n / 8 && zeros[1] < zeros[0] / 4)
        return &charsets[CS_UTF16BE];
    struct pairs gb = count_pairs(head, 0xB0, 0xD7, true);
    struct pairs five = count_pairs(head, 0xA4, 0xC6, false);
    if (gb.bad * 20 > gb.all && five.bad * 20 > five.all)
        return &charsets[CS_LATIN];
    /* Half of Big5's second bytes are ASCII; simplified Chinese in GBK has next to none. */
    if (five.low * 8 > five.all && five.bad <= gb.bad + five.all / 50 &&
        five.common * 10 > five.all * 6 && gb.common * 10 < gb.all * 8)
        return &charsets[CS_BIG5];
    return &charsets[CS_GB18030];
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
    if (!said || bom || !*faults)
        return 0;
    const struct charset *seen = charset_detect(rest);
    size_t other = 0;
    if (seen == said || seen->kind == said->kind || seen->kind == DECODE_SINGLE)
        return 0;
    struct buf second = BUF_INIT;
    if (decode_text(seen->kind, seen->single, rest, &second, &other) == 0 && other == 0) {
        out->len = start;
        buf_add_str(out, buf_str(&second));
        *cs = seen;
        *faults = 0;
        *overruled = true;
    }
    buf_free(&second);
    return buf_ok(out) ? 0 : ERR_NOMEM;
}
