#include "daemon/fields.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

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
    const json_t *s = json_object_get(o, name);

    return (struct str){json_string_value(s), json_string_length(s)};
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
