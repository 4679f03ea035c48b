/* store/varint.h - whole numbers in as few bytes as they need: seven bits each, the low ones first.
 * Private to this folder. */
#ifndef HUIYING_STORE_VARINT_H
#define HUIYING_STORE_VARINT_H

#include "base/buf.h"

static inline void varint_put(struct buf *b, uint64_t v)
{
    char bytes[10];
    size_t n = 0;

    for (; v >= 0x80; v >>= 7)
        bytes[n++] = (char)(v | 0x80);
    bytes[n++] = (char)v;
    buf_add(b, bytes, n);
}

/* Small ones of either sign are short. */
static inline void varint_put_signed(struct buf *b, int64_t v)
{
    varint_put(b, ((uint64_t)v << 1) ^ (uint64_t)(v >> 63));
}

/* Damaged bytes latch `bad` and give 0. */
struct varint_reader {
    const unsigned char *at, *end;
    bool bad;
};

static inline uint64_t varint_get(struct varint_reader *r)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64 && r->at < r->end; shift += 7) {
        unsigned char byte = *r->at++;
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return v;
    }
    r->bad = true;
    return 0;
}

static inline int64_t varint_get_signed(struct varint_reader *r)
{
    uint64_t v = varint_get(r);

    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

#endif
