#include "daemon/http/json_out.h"

#include <inttypes.h>

#include "base/clock.h"

void json_out_next(struct buf *b)
{
    char last = b->len ? b->data[b->len - 1] : '[';

    if (last != '{' && last != '[')
        buf_add_char(b, ',');
}

void json_out_name(struct buf *b, const char *name)
{
    json_out_next(b);
    buf_add_json(b, str_from(name));
    buf_add_char(b, ':');
}

void json_out_str(struct buf *b, const char *name, struct str value)
{
    json_out_name(b, name);
    buf_add_json(b, value);
}

void json_out_text(struct buf *b, const char *name, const char *value)
{
    if (value)
        json_out_str(b, name, str_from(value));
    else
        json_out_null(b, name);
}

void json_out_int(struct buf *b, const char *name, int64_t value)
{
    json_out_name(b, name);
    buf_addf(b, "%" PRId64, value);
}

void json_out_count(struct buf *b, const char *name, uint64_t value)
{
    json_out_name(b, name);
    buf_addf(b, "%" PRIu64, value);
}

void json_out_bool(struct buf *b, const char *name, bool value)
{
    json_out_name(b, name);
    buf_add_text(b, value ? "true" : "false");
}

void json_out_null(struct buf *b, const char *name)
{
    json_out_name(b, name);
    buf_add_text(b, "null");
}

void json_out_or_null(struct buf *b, const char *name, int64_t value)
{
    if (value)
        json_out_int(b, name, value);
    else
        json_out_null(b, name);
}

void json_out_time(struct buf *b, const char *name, int64_t ms)
{
    char text[CLOCK_TEXT];

    if (ms)
        json_out_text(b, name, clock_format(ms, text));
    else
        json_out_null(b, name);
}
