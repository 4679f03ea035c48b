/* base/utf8.h - UTF-8 (RFC 3629): check, read, write, measure. */
#ifndef HUIYING_BASE_UTF8_H
#define HUIYING_BASE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Whole text is well-formed: no overlong forms, surrogates, or values past U+10FFFF. */
bool utf8_valid(struct str s);

/* Read one code point at *at (< s.n) and advance. An ill-formed byte yields U+FFFD and advances
 * by one, so a loop always ends. */
uint32_t utf8_next(struct str s, size_t *at);

/* Write cp; returns 1-4. Surrogates and values past U+10FFFF are written as U+FFFD. */
unsigned utf8_put(uint32_t cp, char out[static 4]);

/* Largest cut <= max bytes that does not split a code point of well-formed text. */
size_t utf8_cut(struct str s, size_t max);

/* Columns on a terminal: East Asian wide and full-width forms count 2, combining marks 0. */
int utf8_width(struct str s);

#endif
