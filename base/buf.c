#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"

/* To hold cap bytes. */
static char *grow(struct buf *b, size_t cap)
{
    char *grown = realloc(b->data, cap);

    if (!grown) {
        b->failed = true;
        return NULL;
    }
    b->data = grown;
    b->cap = cap;
    return b->data + b->len;
}

char *buf_reserve(struct buf *b, size_t n)
{
    size_t need, cap = b->cap ? b->cap : 64;

    if (b->failed || __builtin_add_overflow(b->len, n, &need))
        goto fail;
    if (need <= b->cap)
        return b->data + b->len;
    while (cap < need)
        if (__builtin_mul_overflow(cap, (size_t)2, &cap))
            goto fail;
    return grow(b, cap);
fail:
    b->failed = true;
    return NULL;
}

char *buf_reserve_exact(struct buf *b, size_t n)
{
    size_t need;

    if (b->failed || __builtin_add_overflow(b->len, n, &need)) {
        b->failed = true;
        return NULL;
    }
    return need > b->cap ? grow(b, need) : b->data + b->len;
}

int buf_add_growing(struct buf *b, const void *p, size_t n)
{
    if (n == 0)
        return b->failed ? ERR_NOMEM : 0;
    char *to = buf_reserve(b, n);
    if (!to)
        return ERR_NOMEM;
    memcpy(to, p, n);
    b->len += n;
    return 0;
}

/* Formats into the room there is, and again only when that was too little. */
int buf_addf(struct buf *b, const char *format, ...)
{
    size_t room = b->failed ? 0 : b->cap - b->len;
    va_list ap;

    va_start(ap, format);
    int n = vsnprintf(room ? b->data + b->len : NULL, room, format, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n >= room) {
        room = (size_t)n + 1;
        char *to = buf_reserve(b, room);
        va_start(ap, format);
        n = to ? vsnprintf(to, room, format, ap) : -1;
        va_end(ap);
    }
    if (n < 0) {
        b->failed = true;
        return ERR_NOMEM;
    }
    b->len += (size_t)n;
    return 0;
}

int buf_add_decimal(struct buf *b, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + v % 10);
    while (v /= 10);
    return buf_add(b, digits + at, sizeof digits - at);
}

int buf_add_u8(struct buf *b, uint8_t v)
{
    return buf_add(b, &v, 1);
}

static int add_le(struct buf *b, uint64_t v, unsigned bytes)
{
    unsigned char raw[8];

    for (unsigned i = 0; i < bytes; i++)
        raw[i] = (unsigned char)(v >> (8 * i));
    return buf_add(b, raw, bytes);
}

int buf_add_u32(struct buf *b, uint32_t v)
{
    return add_le(b, v, 4);
}

int buf_add_u64(struct buf *b, uint64_t v)
{
    return add_le(b, v, 8);
}

int buf_add_lstr(struct buf *b, struct str s)
{
    if (s.n > UINT32_MAX) {
        b->failed = true;
        return ERR_NOMEM;
    }
    buf_add_u32(b, (uint32_t)s.n);
    return buf_add_str(b, s);
}

int buf_add_json(struct buf *b, struct str s)
{
    static const char hex[] = "0123456789abcdef";
    size_t plain = 0;

    buf_add_char(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
            continue;
        buf_add(b, s.p + plain, i - plain);
        plain = i + 1;
        if (c == '"' || c == '\\') {
            buf_add_char(b, '\\');
            buf_add_char(b, (char)c);
        } else if (c == '\n') {
            buf_add(b, "\\n", 2);
        } else if (c == '\t') {
            buf_add(b, "\\t", 2);
        } else {
            char esc[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
            buf_add(b, esc, 6);
        }
    }
    buf_add(b, s.p + plain, s.n - plain);
    return buf_add_char(b, '"');
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->failed = false;
}

void buf_free(struct buf *b)
{
    free(b->data);
    *b = BUF_INIT;
}

static const unsigned char *take(struct buf_reader *r, size_t n)
{
    if (r->bad || r->left < n) {
        r->bad = true;
        return NULL;
    }
    const unsigned char *p = (const unsigned char *)r->p;
    r->p += n;
    r->left -= n;
    return p;
}

static uint64_t read_le(struct buf_reader *r, unsigned bytes)
{
    const unsigned char *p = take(r, bytes);
    uint64_t v = 0;

    for (unsigned i = 0; p && i < bytes; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

uint8_t buf_read_u8(struct buf_reader *r)
{
    return (uint8_t)read_le(r, 1);
}

uint32_t buf_read_u32(struct buf_reader *r)
{
    return (uint32_t)read_le(r, 4);
}

uint64_t buf_read_u64(struct buf_reader *r)
{
    return read_le(r, 8);
}

struct str buf_read_lstr(struct buf_reader *r)
{
    size_t n = buf_read_u32(r);
    const unsigned char *p = take(r, n);

    return p ? (struct str){(const char *)p, n} : STR_NONE;
}
