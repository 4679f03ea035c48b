#include "base/utf8.h"

#include <utf8proc.h>

/* Length of the well-formed sequence at p (left bytes remain), 0 when there is none.
 * The bounds on the second byte are Table 3-7 of the Unicode Standard. */
static unsigned sequence(const unsigned char *p, size_t left)
{
    unsigned char c = p[0], low = 0x80, high = 0xBF;
    unsigned n;

    if (c < 0x80)
        return 1;
    if (c < 0xC2 || c > 0xF4)
        return 0;
    n = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if (left < n)
        return 0;
    if (c == 0xE0)
        low = 0xA0;
    else if (c == 0xED)
        high = 0x9F;
    else if (c == 0xF0)
        low = 0x90;
    else if (c == 0xF4)
        high = 0x8F;
    if (p[1] < low || p[1] > high)
        return 0;
    for (unsigned i = 2; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return n;
}

/* Two three-byte sequences in the first six of eight bytes, as most of a Chinese text is: E1 to EC,
 * EE and EF lead them without a further bound. (The bytes are compared in memory order.) */
static bool two_threes(uint64_t eight)
{
    static const unsigned char shape[8] = {0xE0, 0x80, 0x80, 0xE0, 0x80, 0x80, 0, 0},
                               bits[8] = {0xF0, 0xC0, 0xC0, 0xF0, 0xC0, 0xC0, 0, 0},
                               lead[8] = {0x0F, 0, 0, 0x0F, 0, 0, 0, 0},
                               surrogate[8] = {0x0D, 0, 0, 0x0D, 0, 0, 0, 0};
    uint64_t want, mask, low, d;

    memcpy(&want, shape, 8);
    memcpy(&mask, bits, 8);
    if ((eight & mask) != want)
        return false;
    memcpy(&mask, lead, 8);
    memcpy(&d, surrogate, 8);
    low = eight & mask;
    d ^= low; /* a lead nibble is zero in `low` for E0, in `d` for ED */
    /* Nibbles are 15 at most: adding 0x7F lifts any but zero into the top bit of its byte. */
    memcpy(&want, (const unsigned char[8]){0x7F, 0, 0, 0x7F}, 8);
    memcpy(&mask, (const unsigned char[8]){0x80, 0, 0, 0x80}, 8);
    return ((low + want) & (d + want) & mask) == mask;
}

bool utf8_valid(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;

    for (size_t at = 0; at < s.n;) {
        uint64_t eight;
        if (s.n - at >= 8) {
            memcpy(&eight, p + at, 8);
            if (!(eight & 0x8080808080808080u)) {
                at += 8;
                continue;
            }
            if (two_threes(eight)) {
                at += 6;
                continue;
            }
        }
        unsigned n = sequence(p + at, s.n - at);
        if (!n)
            return false;
        at += n;
    }
    return true;
}

int utf8_bad_line(struct str s)
{
    int line = 1;

    for (size_t at = 0; at < s.n; line++) {
        size_t end = str_find(s, STR("\n"), at);
        end = end < s.n ? end + 1 : s.n;
        if (!utf8_valid((struct str){s.p + at, end - at}))
            return line;
        at = end;
    }
    return 0;
}

uint32_t utf8_next(struct str s, size_t *at)
{
    const unsigned char *p = (const unsigned char *)s.p + *at;
    unsigned n = sequence(p, s.n - *at);

    *at += n ? n : 1;
    switch (n) {
    case 1: return p[0];
    case 2: return (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3F);
    case 3: return (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    case 4:
        return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 |
               (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
    default: return 0xFFFD;
    }
}

unsigned utf8_put(uint32_t cp, char out[static 4])
{
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp < 0xE000))
        cp = 0xFFFD;
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    unsigned n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    for (unsigned i = n; --i; cp >>= 6)
        out[i] = (char)(0x80 | (cp & 0x3F));
    out[0] = (char)((0xF00u >> n & 0xF0u) | cp);
    return n;
}

size_t utf8_cut(struct str s, size_t max)
{
    if (s.n <= max)
        return s.n;
    while (max && ((unsigned char)s.p[max] & 0xC0) == 0x80)
        max--;
    return max;
}

int utf8_width(struct str s)
{
    int width = 0;

    for (size_t at = 0; at < s.n;)
        width += utf8proc_charwidth((utf8proc_int32_t)utf8_next(s, &at));
    return width;
}
