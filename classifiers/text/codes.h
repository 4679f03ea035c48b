/* classifiers/text/codes.h - UTF-8 to code points and where they begin. */
#ifndef HUIYING_CLASSIFIERS_CODES_H
#define HUIYING_CLASSIFIERS_CODES_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Read code points of s from byte *at on, at most max, into cp[], and the bytes where they begin,
 * counted from that *at, into start[]; *at is moved behind them: count. An ill-formed byte is a
 * U+FFFD. */
size_t codes_read(struct str s, size_t *at, uint32_t *cp, uint32_t *start, size_t max);

/* Index of the first of cp[at, n) that is one of those sought, else n. */
enum { CODES_SOUGHT = 3 };
size_t codes_seek(const uint32_t *cp, size_t at, size_t n, const uint32_t what[CODES_SOUGHT]);

#endif
