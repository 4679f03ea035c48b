/* classifiers/text/codes.h - UTF-8 to code points and where they begin. */
#ifndef HUIYING_CLASSIFIERS_CODES_H
#define HUIYING_CLASSIFIERS_CODES_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#ifdef __x86_64__
#include <emmintrin.h>
#endif

/* Read code points of s from byte *at on, at most max, into cp[], and the bytes where they begin,
 * counted from that *at, into start[]; *at is moved behind them: count. An ill-formed byte is a
 * U+FFFD. */
size_t codes_read(struct str s, size_t *at, uint32_t *cp, uint32_t *start, size_t max);

/* Index of the first of cp[at, n) that is one of those sought, else n. */
enum { CODES_SOUGHT = 3 };
size_t codes_seek(const uint32_t *cp, size_t at, size_t n, const uint32_t what[CODES_SOUGHT]);

/* How many of the CODES_DIGITS code points at cp[] are digits of ASCII, up to the first that is
 * none. */
enum { CODES_DIGITS = 8 };
static inline unsigned codes_digits(const uint32_t *cp)
{
#ifdef __x86_64__
    const __m128i low = _mm_set1_epi32('0' - 1), high = _mm_set1_epi32('9' + 1);
    __m128i a = _mm_loadu_si128((const __m128i *)cp);
    __m128i b = _mm_loadu_si128((const __m128i *)(cp + 4));
    a = _mm_and_si128(_mm_cmpgt_epi32(a, low), _mm_cmpgt_epi32(high, a));
    b = _mm_and_si128(_mm_cmpgt_epi32(b, low), _mm_cmpgt_epi32(high, b));
    __m128i is = _mm_packs_epi16(_mm_packs_epi32(a, b), _mm_setzero_si128());
    return (unsigned)__builtin_ctz(~(unsigned)_mm_movemask_epi8(is));
#else
    unsigned n = 0;

    while (n < CODES_DIGITS && cp[n] - '0' < 10)
        n++;
    return n;
#endif
}

/* Where three in a row have the marks 1, 2 and 4, in this order: indices of the third, of those of
 * cp[from + 2, to), into places[], which has room for all of them: count. marks: a byte for each
 * value of a code point's lower 16 bits, and CODES_SPARE that are not looked at. */
enum { CODES_MARKS = 0x10000, CODES_SPARE = 3 };
size_t codes_in_order(const uint32_t *cp, size_t from, size_t to,
                      const uint8_t marks[static CODES_MARKS + CODES_SPARE], uint32_t *places);

#endif
