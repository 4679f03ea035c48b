/* Commands in the form of the protocol (RESP 2). */
#include "store/redis/redis.h"

/* What the command in the making holds goes behind those that are done. */
static void end(struct redis_args *a)
{
    if (!a->count)
        return;
    buf_add_char(&a->done, '*');
    buf_add_decimal(&a->done, a->count);
    buf_add(&a->done, "\r\n", 2);
    buf_add_str(&a->done, buf_str(&a->values));
    a->done.failed |= a->values.failed;
    buf_reset(&a->values);
    a->count = 0;
}

void redis_begin(struct redis_args *a, const char *command)
{
    end(a);
    redis_put_text(a, command);
}

void redis_put(struct redis_args *a, const void *p, size_t n)
{
    buf_add_char(&a->values, '$');
    buf_add_decimal(&a->values, n);
    buf_add(&a->values, "\r\n", 2);
    if (n)
        buf_add(&a->values, p, n);
    buf_add(&a->values, "\r\n", 2);
    a->count++;
}

void redis_put_str(struct redis_args *a, struct str s)
{
    redis_put(a, s.p, s.n);
}

void redis_put_text(struct redis_args *a, const char *c)
{
    redis_put_str(a, str_from(c));
}

void redis_put_number(struct redis_args *a, uint64_t n)
{
    char digits[24];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + n % 10);
    while (n /= 10);
    redis_put(a, digits + at, sizeof digits - at);
}

struct str redis_args_bytes(struct redis_args *a)
{
    end(a);
    return buf_ok(&a->done) ? buf_str(&a->done) : STR_NONE;
}

void redis_args_reset(struct redis_args *a)
{
    buf_reset(&a->done);
    buf_reset(&a->values);
    a->count = 0;
}

void redis_args_free(struct redis_args *a)
{
    buf_free(&a->done);
    buf_free(&a->values);
    a->count = 0;
}
