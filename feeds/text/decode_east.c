#include "feeds/text/decode_east.h"

#include "base/utf8.h"
#include "feeds/text/decode_tables.h"

/* The code point at p and how many bytes it takes; 0 when they mean none. */
static uint32_t euc_jp(const unsigned char *p, size_t left, unsigned *used)
{
    bool three = *p == 0x8F && left >= 3;
    const unsigned char *q = p + three;

    if (*p == 0x8E && left >= 2 && p[1] >= 0xA1 && p[1] <= 0xDF) {
        *used = 2;
        return 0xFF61u - 0xA1 + p[1];
    }
    if (left < 2 || q[0] < 0xA1 || q[0] > 0xFE || q[1] < 0xA1 || q[1] > 0xFE)
        return 0;
    *used = three ? 3 : 2;
    return (three ? decode_jis0212 : decode_jis0208)[(q[0] - 0xA1u) * 94 + q[1] - 0xA1u];
}

static uint32_t shift_jis(const unsigned char *p, size_t left, unsigned *used)
{
    if (*p == 0x80)
        return *p;
    if (*p >= 0xA1 && *p <= 0xDF)
        return 0xFF61u - 0xA1 + *p;
    if (left < 2 || *p == 0xA0 || *p > 0xFC || p[1] < 0x40 || p[1] == 0x7F || p[1] > 0xFC)
        return 0;
    *used = 2;
    return decode_shift_jis[(*p - (*p < 0xA0 ? 0x81u : 0xC1u)) * 188 + p[1] -
                            (p[1] < 0x7F ? 0x40u : 0x41u)];
}

static uint32_t euc_kr(const unsigned char *p, size_t left, unsigned *used)
{
    if (left < 2 || *p < 0x81 || *p > 0xFE || p[1] < 0x41 || p[1] > 0xFE)
        return 0;
    *used = 2;
    return decode_euc_kr[(*p - 0x81u) * 190 + p[1] - 0x41u];
}

char *decode_east(enum decode_kind kind, struct str in, char *to, size_t *faults)
{
    uint32_t (*const read)(const unsigned char *, size_t, unsigned *) =
        kind == DECODE_EUC_JP ? euc_jp : kind == DECODE_SHIFT_JIS ? shift_jis : euc_kr;
    const unsigned char *p = (const unsigned char *)in.p, *end = p + in.n;

    while (p < end) {
        unsigned used = 1;
        uint32_t cp = *p;
        if (*p == '\r') {
            cp = p + 1 < end && p[1] == '\n' ? 0 : '\n';
        } else if (*p >= 0x80) {
            cp = read(p, (size_t)(end - p), &used);
            if (!cp) { /* an ASCII byte is not swallowed by a broken pair */
                used = used > 1 && p[used - 1] < 0x80 ? used - 1 : used;
                ++*faults;
                cp = 0xFFFD;
            }
        }
        if (cp && decode_allowed(cp))
            to += utf8_put(cp, to);
        p += used;
    }
    return to;
}
