#include "daemon/cluster/fields.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/member.h"

void fields_put(json_t *o, const char *name, int64_t value)
{
    if (value)
        json_object_set_new(o, name, json_integer(value));
}

void fields_put_str(json_t *o, const char *name, struct str s)
{
    if (s.n)
        json_object_set_new(o, name, json_stringn(s.p, s.n));
}

void fields_put_text(json_t *o, const char *name, const char *text)
{
    fields_put_str(o, name, str_from(text));
}

json_t *fields_hex(const unsigned char *bytes, size_t n)
{
    char text[2 * FIELDS_HEX + 1];

    assert(n <= FIELDS_HEX);
    sodium_bin2hex(text, sizeof text, bytes, n);
    return json_string(text);
}

int64_t fields_get(const json_t *o, const char *name)
{
    return json_integer_value(json_object_get(o, name));
}

struct str fields_get_str(const json_t *o, const char *name)
{
    return member_get(o, name);
}

int fields_get_code(const json_t *o, const char *name, int64_t max, int64_t *out)
{
    *out = fields_get(o, name);
    return *out >= 0 && *out <= max ? 0 : ERR_CORRUPT;
}

int fields_get_text(const json_t *o, const char *name, char *to, size_t size)
{
    struct str s = fields_get_str(o, name);

    if (s.n >= size || (s.n && memchr(s.p, '\0', s.n)))
        return ERR_CORRUPT;
    snprintf(to, size, "%.*s", STR_ARG(s));
    return 0;
}

int fields_get_hex(const json_t *s, unsigned char *to, size_t n)
{
    size_t length;
    const char *text = json_string_value(s);

    return text && !sodium_hex2bin(to, n, text, strlen(text), NULL, &length, NULL) && length == n
               ? 0 : ERR_CORRUPT;
}

/* A number of 1, 2, 4 or 8 bytes. */
static int64_t load(const unsigned char *from, size_t size)
{
    uint16_t two;
    uint32_t four;
    int64_t eight;

    switch (size) {
    case sizeof two:
        memcpy(&two, from, sizeof two);
        return two;
    case sizeof four:
        memcpy(&four, from, sizeof four);
        return four;
    case sizeof eight:
        memcpy(&eight, from, sizeof eight);
        return eight;
    default:
        assert(size == 1);
        return *from;
    }
}

static void keep(unsigned char *to, size_t size, int64_t value)
{
    uint16_t two = (uint16_t)value;
    uint32_t four = (uint32_t)value;

    switch (size) {
    case sizeof two:
        memcpy(to, &two, sizeof two);
        return;
    case sizeof four:
        memcpy(to, &four, sizeof four);
        return;
    case sizeof value:
        memcpy(to, &value, sizeof value);
        return;
    default:
        assert(size == 1);
        *to = (unsigned char)value;
    }
}

void fields_write(json_t *o, const struct fields_row *rows, const void *from)
{
    for (const struct fields_row *row = rows; row->name; row++) {
        const unsigned char *at = (const unsigned char *)from + row->at;
        struct str s;
        switch (row->kind) {
        case FIELDS_STR:
            memcpy(&s, at, sizeof s);
            fields_put_str(o, row->name, s);
            break;
        case FIELDS_TEXT:
            fields_put_text(o, row->name, (const char *)at);
            break;
        case FIELDS_BYTES:
            json_object_set_new(o, row->name, fields_hex(at, row->size));
            break;
        default:
            fields_put(o, row->name, load(at, row->size));
        }
    }
}

static int read_number(const json_t *o, const struct fields_row *row, unsigned char *to)
{
    int64_t value = fields_get(o, row->name);

    if (row->kind == FIELDS_BOOL)
        value = value != 0;
    else if (row->kind == FIELDS_CODE && fields_get_code(o, row->name, row->max, &value))
        return ERR_CORRUPT;
    keep(to, row->size, value);
    return 0;
}

int fields_read(const json_t *o, const struct fields_row *rows, void *to)
{
    int err = 0;

    for (const struct fields_row *row = rows; row->name && !err; row++) {
        unsigned char *at = (unsigned char *)to + row->at;
        struct str s;
        switch (row->kind) {
        case FIELDS_STR:
            s = fields_get_str(o, row->name);
            memcpy(at, &s, sizeof s);
            break;
        case FIELDS_TEXT:
            err = fields_get_text(o, row->name, (char *)at, row->size);
            break;
        case FIELDS_BYTES:
            err = fields_get_hex(json_object_get(o, row->name), at, row->size);
            break;
        default:
            err = read_number(o, row, at);
        }
    }
    return err;
}
