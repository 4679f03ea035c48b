/* base/utf8.h - UTF-8 (RFC 3629): check, read, write, measure. */
#ifndef HUIYING_BASE_UTF8_H
#define HUIYING_BASE_UTF8_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Whole text is well-formed: no overlong forms, surrogates, or values past U+10FFFF. */
bool utf8_valid(struct str s);
/* The line, from 1, with the first byte that makes it ill-formed; 0: it is well-formed. */
int utf8_bad_line(struct str s);

/* Read one code point at *at (< s.n) and advance. An ill-formed byte yields U+FFFD and advances
 * by one, so a loop always ends. */
uint32_t utf8_next(struct str s, size_t *at);

/* Do the four bytes at p, of which all must be readable, begin with a code point of three whose
 * first byte is neither E0 nor ED, so that overlong forms and surrogates are not met? Nearly all
 * of a Chinese text are such. */
static inline bool utf8_three(const char *p, uint32_t *cp)
{
    uint32_t four;

    memcpy(&four, p, 4);
    four = le32toh(four);
    *cp = (four & 0x0F) << 12 | (four >> 2 & 0xFC0) | (four >> 16 & 0x3F);
    return (four & 0xC0C0F0) == 0x8080E0 && 0xDFFE >> (four & 0xF) & 1;
}

/* utf8_next(), inline for those and for ASCII. */
static inline uint32_t utf8_read(struct str s, size_t *at)
{
    const unsigned char *p = (const unsigned char *)s.p + *at;
    uint32_t three;

    if (*at + 4 <= s.n && utf8_three(s.p + *at, &three)) {
        *at += 3;
        return three;
    }
    if (p[0] < 0x80) {
        ++*at;
        return p[0];
    }
    size_t next = *at; /* of its own, so that the caller's may stay in a register */
    uint32_t cp = utf8_next(s, &next);
    *at = next;
    return cp;
}

/* Write cp; returns 1-4. Surrogates and values past U+10FFFF are written as U+FFFD. */
unsigned utf8_put(uint32_t cp, char out[static 4]);

/* Largest cut <= max bytes that does not split a code point of well-formed text. */
size_t utf8_cut(struct str s, size_t max);

/* Columns on a terminal: East Asian wide and full-width forms count 2, combining marks 0. */
int utf8_width(struct str s);

#endif
