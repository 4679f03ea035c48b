/* feeds/text/decode_tables.h - decoding indexes of the WHATWG Encoding Standard, generated at build
 * time by feeds/text/gen_charset.c. 0 (single bytes: U+FFFD) where a sequence means nothing. */
#ifndef HUIYING_FEEDS_DECODE_TABLES_H
#define HUIYING_FEEDS_DECODE_TABLES_H

#include <stdint.h>

extern const uint16_t decode_gb2[126 * 190]; /* lead 0x81.., trail 0x40.. without 0x7f */
extern const uint16_t decode_gb4[39420];     /* four-byte sequences of the BMP, by pointer */
extern const uint32_t decode_big5[126 * 157];
extern const uint16_t decode_windows_1250[128], decode_windows_1251[128], decode_windows_1252[128],
    decode_windows_1253[128], decode_windows_1254[128], decode_windows_1257[128],
    decode_windows_874[128], decode_iso_8859_2[128], decode_iso_8859_5[128],
    decode_iso_8859_7[128], decode_iso_8859_15[128], decode_koi8_r[128],
    decode_windows_1255[128], decode_windows_1256[128], decode_windows_1258[128],
    decode_iso_8859_3[128], decode_iso_8859_4[128], decode_iso_8859_6[128],
    decode_iso_8859_8[128], decode_iso_8859_10[128], decode_iso_8859_13[128],
    decode_iso_8859_14[128], decode_iso_8859_16[128], decode_koi8_u[128], decode_ibm866[128],
    decode_macintosh[128], decode_mac_cyrillic[128];
/* Lead and trail from 0xa1; the second is what 0x8f comes before. */
extern const uint16_t decode_jis0208[94 * 94], decode_jis0212[94 * 94];
extern const uint16_t decode_shift_jis[60 * 188]; /* leads 81-9f e0-fc, trails 40-7e 80-fc */
extern const uint16_t decode_euc_kr[126 * 190];   /* lead 0x81.., trail 0x41.. */

#endif
