/* base/buf.h - a growable byte buffer. Not shared between threads. */
#ifndef HUIYING_BASE_BUF_H
#define HUIYING_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Zero-initialise with BUF_INIT. `failed` latches the first allocation failure, so that a
 * run of buf_add() calls can be checked once at its end with buf_ok(). */
struct buf {
    char *data;
    size_t len;
    size_t cap;
    bool failed;
};

#define BUF_INIT ((struct buf){0})

/* Room for n more bytes: pointer to the free tail, or NULL (failed latched). */
char *buf_reserve(struct buf *b, size_t n);
/* The same, and none to spare: for what is all that will come. */
char *buf_reserve_exact(struct buf *b, size_t n);
/* Append; 0 or ERR_NOMEM. Where there is room, as nearly always, it is a copy in line: events are
 * written from many small pieces, most of them of a length that the compiler knows. */
int buf_add_growing(struct buf *b, const void *p, size_t n);
static inline int buf_add(struct buf *b, const void *p, size_t n)
{
    if (b->failed || n == 0 || n > b->cap - b->len)
        return buf_add_growing(b, p, n);
    memcpy(b->data + b->len, p, n);
    b->len += n;
    return 0;
}
static inline int buf_add_str(struct buf *b, struct str s)
{
    return buf_add(b, s.p, s.n);
}
static inline int buf_add_text(struct buf *b, const char *c)
{
    return buf_add(b, c, strlen(c));
}
static inline int buf_add_char(struct buf *b, char c)
{
    return buf_add(b, &c, 1);
}
int buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A whole number in decimal: what buf_addf("%" PRIu64) gives, at a tenth of its cost. */
int buf_add_decimal(struct buf *b, uint64_t v);
/* Little-endian fixed-width integers, and a string as u32 length + bytes: the wire forms. */
int buf_add_u8(struct buf *b, uint8_t v);
int buf_add_u32(struct buf *b, uint32_t v);
int buf_add_u64(struct buf *b, uint64_t v);
int buf_add_lstr(struct buf *b, struct str s);
/* A JSON string literal with its quotes; input must be valid UTF-8. */
int buf_add_json(struct buf *b, struct str s);
/* Drop the content, keep the memory, clear `failed`. */
void buf_reset(struct buf *b);
/* Free the memory; harmless on BUF_INIT. */
void buf_free(struct buf *b);

static inline bool buf_ok(const struct buf *b)
{
    return !b->failed;
}

static inline struct str buf_str(const struct buf *b)
{
    return (struct str){b->data, b->len};
}

/* Cursor over received bytes. A read past the end latches `bad` and yields 0 / an empty str. */
struct buf_reader {
    const char *p;
    size_t left;
    bool bad;
};

uint8_t buf_read_u8(struct buf_reader *r);
uint32_t buf_read_u32(struct buf_reader *r);
uint64_t buf_read_u64(struct buf_reader *r);
/* Points into the reader's bytes. */
struct str buf_read_lstr(struct buf_reader *r);

#endif
