#include "daemon/cli/sse.h"

#include "base/err.h"

enum { SSE_EVENT_MAX = 1024 * 1024 };

/* A field's value begins after the colon and one optional space. Only `data` matters here: the
 * event's type and number are in its JSON. */
static void take_field(struct sse *s, struct str line)
{
    struct str value = {line.p, line.n};

    if (str_eq(line, STR("data")))
        value.n = 0;
    else if (str_starts(line, STR("data:")))
        value = (struct str){line.p + 5, line.n - 5};
    else
        return;
    if (value.n && value.p[0] == ' ')
        value = (struct str){value.p + 1, value.n - 1};
    if (s->has_data)
        buf_add_char(&s->data, '\n');
    buf_add_str(&s->data, value);
    s->has_data = true;
}

static int end_line(struct sse *s)
{
    int stop = 0;

    if (s->line.len) {
        take_field(s, buf_str(&s->line));
    } else if (s->has_data) {
        stop = s->event(s->arg, buf_str(&s->data));
        buf_reset(&s->data);
        s->has_data = false;
    }
    buf_reset(&s->line);
    return stop;
}

int sse_feed(struct sse *s, struct str bytes)
{
    int stop = 0;

    for (size_t i = 0; i < bytes.n && !stop; i++) {
        char c = bytes.p[i];
        bool second = c == '\n' && s->after_cr;
        s->after_cr = c == '\r';
        if (second)
            continue;
        if (c == '\r' || c == '\n')
            stop = end_line(s);
        else
            buf_add_char(&s->line, c);
        if (!buf_ok(&s->line) || !buf_ok(&s->data))
            return ERR_NOMEM;
        if (s->line.len + s->data.len > SSE_EVENT_MAX)
            return ERR_LIMIT;
    }
    return stop;
}

void sse_free(struct sse *s)
{
    buf_free(&s->line);
    buf_free(&s->data);
}
