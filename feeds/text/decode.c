#define _GNU_SOURCE
#include "feeds/text/decode.h"

#include <endian.h>

#include "base/err.h"
#include "base/utf8.h"
#include "feeds/text/decode_east.h"
#include "feeds/text/decode_jis.h"
#include "feeds/text/decode_tables.h"

bool decode_allowed(uint32_t cp)
{
    if (cp < 0x20)
        return cp == '\t' || cp == '\n';
    return !((cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069) ||
             (cp >= 0xD800 && cp < 0xE000) || (cp & 0xFFFE) == 0xFFFE || cp > 0x10FFFF);
}

enum { WIDE_LEADS = 0x5FF8 }; /* a bit for each low half of a lead */

/* Three-byte forms at the first and fourth byte of w whose leads, E3 to EC and EE, let any trail
 * byte follow and lead to nothing that is refused: nearly all of Chinese text. */
static bool two_wide(uint64_t w)
{
    return (w & 0xC0C0F0C0C0F0u) == 0x8080E08080E0u &&
           WIDE_LEADS >> (w & 15) & WIDE_LEADS >> (w >> 24 & 15) & 1;
}

/* One such at the first byte of w, or one that EF leads, as full-width punctuation. */
static bool one_wide(uint64_t w)
{
    unsigned lead = w & 15;

    return (w & 0xC0C0F0) == 0x8080E0 &&
           (WIDE_LEADS >> lead & 1 || (lead == 15 && (w >> 8 & 0xFF) != 0xBF));
}

/* Eight bytes of ASCII without control characters. */
static bool eight_plain(uint64_t w)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;

    return !((w | (w - ones * 0x20)) & high);
}

static uint64_t eight_at(const unsigned char *p)
{
    uint64_t w;

    memcpy(&w, p, sizeof w);
    return le64toh(w);
}

/* Bytes at p that are clean UTF-8 as they stand. Chinese text and plain ASCII take the short ways;
 * anything rarer ends the run or is looked at in full. */
static size_t clean_run(const unsigned char *p, size_t n)
{
    size_t i = 0;

    while (i < n) {
        unsigned char c = p[i];
        uint64_t w = n - i >= 8 ? eight_at(p + i) : 0;
        if (two_wide(w)) {
            i += 6;
        } else if (w && eight_plain(w)) {
            i += 8;
        } else if (one_wide(w)) {
            i += 3;
        } else if (c < 0x80) {
            if (c < 0x20 && c != '\n' && c != '\t')
                break;
            i++;
        } else {
            size_t at = i;
            uint32_t cp = utf8_next((struct str){(const char *)p, n}, &at);
            if (at == i + 1 || !decode_allowed(cp))
                break;
            i = at;
        }
    }
    return i;
}

bool decode_is_clean(struct str s)
{
    return clean_run((const unsigned char *)s.p, s.n) == s.n;
}

/* Write one code point when it may stand in a text. A CR is seen here only where no LF follows. */
static char *put(char *to, uint32_t cp)
{
    if (cp < 0x80) {
        if (cp >= 0x20 || cp == '\n' || cp == '\t')
            *to++ = (char)cp;
        else if (cp == '\r')
            *to++ = '\n';
        return to;
    }
    if (cp >= 0x2000 && !decode_allowed(cp))
        return to;
    return to + utf8_put(cp, to);
}

static char *decode_utf8(struct str in, char *to, size_t *faults)
{
    const unsigned char *p = (const unsigned char *)in.p;

    for (size_t i = 0; i < in.n;) {
        size_t run = clean_run(p + i, in.n - i);
        memcpy(to, p + i, run);
        to += run;
        i += run;
        if (i == in.n)
            break;
        if (p[i] == '\r' && i + 1 < in.n && p[i + 1] == '\n') {
            i++;
            continue;
        }
        size_t at = i;
        uint32_t cp = utf8_next(in, &at);
        *faults += at == i + 1 && p[i] >= 0x80;
        to = put(to, cp);
        i = at;
    }
    return to;
}

/* Copy ASCII that may stand in a text; where it ends. The room is that of the three bytes which
 * each byte of input could become. */
static const unsigned char *put_plain(const unsigned char *p, const unsigned char *end, char **to)
{
    for (; end - p >= 8 && eight_plain(eight_at(p)); p += 8, *to += 8)
        memcpy(*to, p, 8);
    for (; p < end && *p >= 0x20 && *p < 0x80; p++)
        *(*to)++ = (char)*p;
    return p;
}

/* Most of Chinese text: code points of three bytes that are refused nowhere. */
static bool wide(uint32_t cp)
{
    return cp - 0x3000 < 0xD800 - 0x3000;
}

/* Writes one byte too many, for which there is room. */
static char *put_wide(char *to, uint32_t cp)
{
    uint32_t three = htole32(0x8080E0 | cp >> 12 | (cp >> 6 & 0x3F) << 8 | (cp & 0x3F) << 16);

    memcpy(to, &three, sizeof three);
    return to + 3;
}

/* Decode pairs of bytes beyond ASCII for as long as they are wide; where that ends. How far to go
 * does not wait for what the table says, so that its loads overlap. */
static const unsigned char *put_pairs(const unsigned char *p, const unsigned char *end, char **to)
{
    for (; end - p >= 2 && (uint8_t)(p[0] - 0x81) < 126 && (uint8_t)(p[1] - 0x80) < 127; p += 2) {
        uint32_t cp = decode_gb2[(p[0] - 0x81u) * 190 + p[1] - 0x41u];
        if (!wide(cp))
            break;
        *to = put_wide(*to, cp);
    }
    return p;
}

/* A four-byte form at p, or 0. */
static uint32_t gb_four(const unsigned char *p, size_t left)
{
    if (left < 4 || p[1] < 0x30 || p[1] > 0x39 || p[2] < 0x81 || p[2] > 0xFE || p[3] < 0x30 ||
        p[3] > 0x39)
        return 0;
    uint32_t at = (((p[0] - 0x81u) * 10 + p[1] - 0x30u) * 126 + p[2] - 0x81u) * 10 + p[3] - 0x30u;
    if (at < 39420)
        return decode_gb4[at];
    return at >= 189000 && at - 189000 < 0x100000 ? at - 189000 + 0x10000 : 0;
}

static char *decode_gb18030(struct str in, char *to, size_t *faults)
{
    const unsigned char *p = (const unsigned char *)in.p, *end = p + in.n;

    while ((p = put_pairs(p, end, &to)) < end) {
        uint32_t cp = 0;
        unsigned used = 1;
        if (*p < 0x80) {
            const unsigned char *q = put_plain(p, end, &to);
            if (q == p) {
                to = *p == '\r' && p + 1 < end && p[1] == '\n' ? to : put(to, *p);
                q++;
            }
            p = q;
            continue;
        }
        if (*p == 0x80) {
            cp = 0x20AC;
        } else if (*p < 0xFF && end - p >= 2) {
            unsigned t = p[1];
            used = t >= 0x80 ? 2 : 1; /* an ASCII byte is not swallowed by a broken pair */
            if (t >= 0x40 && t < 0xFF && t != 0x7F) {
                cp = decode_gb2[(*p - 0x81u) * 190 + t - (t < 0x7F ? 0x40 : 0x41)];
                used = cp ? 2 : used;
            } else {
                cp = gb_four(p, (size_t)(end - p));
                used = cp ? 4 : used;
            }
        }
        *faults += !cp;
        to = put(to, cp ? cp : 0xFFFD);
        p += used;
    }
    return to;
}

static char *decode_five(struct str in, char *to, size_t *faults)
{
    /* The four pairs that stand for a letter with a combining mark (WHATWG big5 decoder). */
    static const struct {
        uint16_t pair, letter, mark;
    } doubles[] = {{0x8862, 0xCA, 0x304}, {0x8864, 0xCA, 0x30C}, {0x88A3, 0xEA, 0x304},
                   {0x88A5, 0xEA, 0x30C}};
    const unsigned char *p = (const unsigned char *)in.p, *end = p + in.n;

    while (p < end) {
        uint32_t cp = 0, mark = 0;
        unsigned used = 1;
        if (*p < 0x80) {
            const unsigned char *q = put_plain(p, end, &to);
            if (q == p) {
                to = *p == '\r' && p + 1 < end && p[1] == '\n' ? to : put(to, *p);
                q++;
            }
            p = q;
            continue;
        }
        unsigned t = end - p >= 2 ? p[1] : 0;
        used = t >= 0x80 && *p > 0x80 && *p < 0xFF ? 2 : 1;
        if (*p > 0x80 && *p < 0xFF && ((t >= 0x40 && t < 0x7F) || (t > 0xA0 && t < 0xFF))) {
            cp = decode_big5[(*p - 0x81u) * 157 + t - (t < 0x7F ? 0x40 : 0x62)];
            for (size_t k = 0; *p == 0x88 && k < 4; k++)
                if (doubles[k].pair == (*p << 8 | t)) {
                    cp = doubles[k].letter;
                    mark = doubles[k].mark;
                }
            used = cp ? 2 : used;
        }
        *faults += !cp;
        to = wide(cp) ? put_wide(to, cp) : put(to, cp ? cp : 0xFFFD);
        to = mark ? put(to, mark) : to;
        p += used;
    }
    return to;
}

static char *decode_utf16(struct str in, bool big, char *to, size_t *faults)
{
    const unsigned char *p = (const unsigned char *)in.p;
    uint32_t lead = 0;
    bool cr = false;

    for (size_t i = 0; i + 1 < in.n; i += 2) {
        uint32_t unit = big ? (uint32_t)p[i] << 8 | p[i + 1] : (uint32_t)p[i + 1] << 8 | p[i];
        if (lead && unit >= 0xDC00 && unit < 0xE000) {
            to = put(to, 0x10000 + ((lead - 0xD800) << 10) + unit - 0xDC00);
            lead = 0;
            continue;
        }
        if (lead) {
            ++*faults;
            to = put(to, 0xFFFD);
        }
        lead = unit >= 0xD800 && unit < 0xDC00 ? unit : 0;
        if (lead)
            continue;
        if (unit >= 0xDC00 && unit < 0xE000) {
            ++*faults;
            unit = 0xFFFD;
        }
        if (!(unit == '\n' && cr))
            to = put(to, unit);
        cr = unit == '\r';
    }
    if (lead || in.n % 2) {
        ++*faults;
        to = put(to, 0xFFFD);
    }
    return to;
}

static char *decode_single(struct str in, const uint16_t *table, char *to, size_t *faults)
{
    for (size_t i = 0; i < in.n; i++) {
        unsigned char c = (unsigned char)in.p[i];
        if (c == '\r' && i + 1 < in.n && in.p[i + 1] == '\n')
            continue;
        uint32_t cp = c < 0x80 ? c : table[c - 0x80];
        *faults += cp == 0xFFFD;
        to = put(to, cp);
    }
    return to;
}

static char *decode_nothing(struct str in, char *to, size_t *faults)
{
    *faults += in.n > 0;
    return in.n ? put(to, 0xFFFD) : to;
}

int decode_text(enum decode_kind kind, const uint16_t *single, struct str in, struct buf *out,
                size_t *faults)
{
    size_t room;
    /* No input byte yields more than three bytes of output, plus one U+FFFD at the end. */
    char *to = __builtin_mul_overflow(in.n, (size_t)3, &room) ? NULL : buf_reserve(out, room + 8);

    if (!to)
        return ERR_NOMEM;
    switch (kind) {
    case DECODE_UTF8: to = decode_utf8(in, to, faults); break;
    case DECODE_GB18030: to = decode_gb18030(in, to, faults); break;
    case DECODE_BIG5: to = decode_five(in, to, faults); break;
    case DECODE_UTF16LE: to = decode_utf16(in, false, to, faults); break;
    case DECODE_UTF16BE: to = decode_utf16(in, true, to, faults); break;
    case DECODE_SINGLE: to = decode_single(in, single, to, faults); break;
    case DECODE_EUC_JP:
    case DECODE_SHIFT_JIS:
    case DECODE_EUC_KR: to = decode_east(kind, in, to, faults); break;
    case DECODE_ISO_2022_JP: to = decode_jis(in, to, faults); break;
    case DECODE_REPLACEMENT: to = decode_nothing(in, to, faults); break;
    }
    out->len = (size_t)(to - out->data);
    return 0;
}
