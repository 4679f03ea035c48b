/* base/str.h - text as pointer + length; it owns nothing and need not end in NUL. */
#ifndef HUIYING_BASE_STR_H
#define HUIYING_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
    const char *p; /* may be NULL only when n is 0 */
    size_t n;      /* bytes */
};

#define STR(lit) ((struct str){(lit), sizeof(lit) - 1})
#define STR_NONE ((struct str){NULL, 0})
/* For printf("%.*s", STR_ARG(s)). */
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct str str_from(const char *c)
{
    return (struct str){c, c ? strlen(c) : 0};
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *c)
{
    return str_eq(a, str_from(c));
}

static inline bool str_starts(struct str a, struct str prefix)
{
    return a.n >= prefix.n && (prefix.n == 0 || memcmp(a.p, prefix.p, prefix.n) == 0);
}

/* Order of bytes, a prefix first: below, at or above 0. */
static inline int str_order(struct str a, struct str b)
{
    size_t shared = a.n < b.n ? a.n : b.n;
    int order = shared ? memcmp(a.p, b.p, shared) : 0;

    return order ? order : (a.n > b.n) - (a.n < b.n);
}

/* ASCII case folded comparison; other bytes must be equal. */
bool str_eq_nocase(struct str a, struct str b);
/* Is s one of the n in the list, in that sense? None of them may be empty. */
bool str_among_nocase(struct str s, const struct str *list, size_t n);

/* Byte offset of the first needle in hay at or after from, or (size_t)-1. */
size_t str_find(struct str hay, struct str needle, size_t from);

/* Bytes from exactly 2n hexadecimal digits, of which the letters are small: false when s is
 * something else; out is undefined then. */
bool str_unhex(struct str s, unsigned char *out, size_t n);

/* Without leading and trailing ASCII white space. */
struct str str_trim(struct str s);

/* Whole decimal number within [min, max], nothing beside it: 0, or ERR_SYNTAX / ERR_LIMIT. */
int str_int(struct str s, long long min, long long max, long long *out);

#endif
