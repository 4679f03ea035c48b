/* daemon/cluster/fields.h - members of the JSON that machines write to each other. What is zero or
 * empty is left out, and read as that. Pure; any thread. */
#ifndef HUIYING_DAEMON_FIELDS_H
#define HUIYING_DAEMON_FIELDS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { FIELDS_HEX = 64 /* bytes that are written as hexadecimal, at most */ };

void fields_put(json_t *o, const char *name, int64_t value);
void fields_put_str(json_t *o, const char *name, struct str s);
void fields_put_text(json_t *o, const char *name, const char *text);
json_t *fields_hex(const unsigned char *bytes, size_t n); /* a new reference */

int64_t fields_get(const json_t *o, const char *name);
/* Borrowed from o. */
struct str fields_get_str(const json_t *o, const char *name);
/* A number from 0 to max: 0 or ERR_CORRUPT. */
int fields_get_code(const json_t *o, const char *name, int64_t max, int64_t *out);
/* Into a buffer of this size, with its NUL: 0, ERR_CORRUPT (longer, or with a NUL inside). */
int fields_get_text(const json_t *o, const char *name, char *to, size_t size);
/* Exactly n bytes: 0 or ERR_CORRUPT. */
int fields_get_hex(const json_t *s, unsigned char *to, size_t n);

enum fields_kind {
    FIELDS_NUMBER, /* of 8 bytes */
    FIELDS_CODE,   /* of 1, 2 or 4 bytes, from 0 to `max` */
    FIELDS_BOOL,
    FIELDS_STR,    /* struct str, borrowed as by fields_get_str() */
    FIELDS_TEXT,   /* a buffer with its NUL */
    FIELDS_BYTES   /* written as hexadecimal; must be there */
};

/* A struct's members under their names: one table says what is written and what is read. */
struct fields_row {
    const char *name; /* NULL: the table ends */
    enum fields_kind kind;
    size_t at, size;
    int64_t max; /* of a FIELDS_CODE */
};
#define FIELDS_ROW(name, kind, type, member, ...)                                                  \
    {name, kind, offsetof(type, member), sizeof((type *)0)->member, __VA_ARGS__ + 0}
#define FIELDS_END {.name = NULL}

void fields_write(json_t *o, const struct fields_row *rows, const void *from);
/* 0 or ERR_CORRUPT, with some of the members read. */
int fields_read(const json_t *o, const struct fields_row *rows, void *to);

#endif
