/* feeds/text/decode.h - bytes of a known character encoding to clean UTF-8. */
#ifndef HUIYING_FEEDS_DECODE_H
#define HUIYING_FEEDS_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum decode_kind {
    DECODE_UTF8,
    DECODE_GB18030, /* also GBK and GB2312 */
    DECODE_BIG5,
    DECODE_UTF16LE,
    DECODE_UTF16BE,
    DECODE_SINGLE, /* a 128-entry table */
    DECODE_EUC_JP,
    DECODE_SHIFT_JIS,
    DECODE_EUC_KR, /* also its extension UHC */
    DECODE_ISO_2022_JP,
    DECODE_REPLACEMENT /* encodings that can hide markup in ASCII: one U+FFFD, and nothing of it */
};

/* Append `in` to out as valid UTF-8 without NUL, C0 controls but \t and \n, bidi overrides or
 * U+FFFE/FFFF; CR LF and CR become \n. Each ill-formed sequence becomes U+FFFD and adds one to
 * *faults. `single` is the upper half for DECODE_SINGLE. Follows the WHATWG Encoding Standard's
 * decoders. 0 or ERR_NOMEM. Any thread. */
int decode_text(enum decode_kind kind, const uint16_t *single, struct str in, struct buf *out,
                size_t *faults);

/* The text already has the form that decode_text() gives. */
bool decode_is_clean(struct str utf8);

/* May this code point stand in our texts? */
bool decode_allowed(uint32_t cp);

#endif
