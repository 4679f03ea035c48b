#define _GNU_SOURCE
#include "base/str.h"

#include "base/err.h"

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower((unsigned char)a.p[i]) != lower((unsigned char)b.p[i]))
            return false;
    return true;
}

bool str_among_nocase(struct str s, const struct str *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].n == s.n && (list[i].p[0] | 32) == (s.p[0] | 32) && str_eq_nocase(s, list[i]))
            return true;
    return false;
}

size_t str_find(struct str hay, struct str needle, size_t from)
{
    if (from > hay.n || needle.n > hay.n - from)
        return (size_t)-1;
    if (needle.n == 0)
        return from;
    const char *hit = memmem(hay.p + from, hay.n - from, needle.p, needle.n);
    return hit ? (size_t)(hit - hay.p) : (size_t)-1;
}

static bool space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
    while (s.n && space(s.p[0]))
        s.p++, s.n--;
    while (s.n && space(s.p[s.n - 1]))
        s.n--;
    return s;
}

int str_int(struct str s, long long min, long long max, long long *out)
{
    bool negative = s.n && s.p[0] == '-';
    size_t i = negative ? 1 : 0;
    long long v = 0;

    if (i == s.n)
        return ERR_SYNTAX;
    for (; i < s.n; i++) {
        int digit = s.p[i] - '0';
        if (digit < 0 || digit > 9)
            return ERR_SYNTAX;
        if (__builtin_mul_overflow(v, 10LL, &v) ||
            __builtin_sub_overflow(v, (long long)digit, &v)) /* negative: holds LLONG_MIN */
            return ERR_LIMIT;
    }
    if (!negative && __builtin_sub_overflow(0LL, v, &v))
        return ERR_LIMIT;
    if (v < min || v > max)
        return ERR_LIMIT;
    *out = v;
    return 0;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool str_unhex(struct str s, unsigned char *out, size_t n)
{
    for (size_t i = 0; s.n == 2 * n && i < n; i++) {
        int high = hex_digit(s.p[2 * i]), low = hex_digit(s.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (unsigned char)(high << 4 | low);
    }
    return s.n == 2 * n;
}
