/* feeds/text/decode_jis.h - ISO-2022-JP, whose bytes mean what the escape before them says. */
#ifndef HUIYING_FEEDS_DECODE_JIS_H
#define HUIYING_FEEDS_DECODE_JIS_H

#include "feeds/text/decode.h"

/* As decode_text() for DECODE_ISO_2022_JP, to room for three bytes for each of `in`; where the
 * writing ended. WHATWG Encoding Standard §12.2.1. */
char *decode_jis(struct str in, char *to, size_t *faults);

#endif
