/* feeds/text/decode_east.h - the Japanese and Korean encodings, which a Chinese press review
 * meets. */
#ifndef HUIYING_FEEDS_DECODE_EAST_H
#define HUIYING_FEEDS_DECODE_EAST_H

#include "feeds/text/decode.h"

/* As decode_text() for DECODE_EUC_JP, DECODE_SHIFT_JIS and DECODE_EUC_KR, to room for three bytes
 * for each of `in`; where the writing ended. */
char *decode_east(enum decode_kind kind, struct str in, char *to, size_t *faults);

#endif
