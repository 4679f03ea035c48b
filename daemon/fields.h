/* daemon/fields.h - members of the JSON that machines write to each other. What is zero or empty is
 * left out, and read as that. Pure; any thread. */
#ifndef HUIYING_DAEMON_FIELDS_H
#define HUIYING_DAEMON_FIELDS_H

#include <jansson.h>
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

#endif
