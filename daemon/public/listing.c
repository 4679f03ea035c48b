#include "daemon/public/listing.h"

#include <inttypes.h>

#include "base/clock.h"
#include "daemon/http/figures.h"
#include "daemon/routes/query.h"

static const char *const states[] = {"open", "closed", "overdue", NULL};
enum { OVERDUE = 2 };

/* The instant (ms) at which a month begins in China. */
static int64_t begin_of(int month)
{
    return clock_days(month / 12, month % 12 + 1, 1) * CLOCK_DAY - CLOCK_CHINA;
}

/* Those opened before its end; step() ends the walk at its beginning. */
static void begin_month(struct listing *l)
{
    l->query.after_key = -begin_of(l->month + 1);
    l->query.after_id = 1; /* no concern has a lower number: all were opened before that instant */
}

void listing_month(struct listing *out, int month, size_t limit)
{
    *out = (struct listing){.query = {.order = STORE_BY_NEWEST}, .month = month, .limit = limit};
    begin_month(out);
}

const char *listing_read(struct exchange *x, size_t most, struct listing *out)
{
    const char *state = exchange_query(x, "state"), *month = exchange_query(x, "month");
    int which = state && *state ? query_choice(state, states) : -1;
    uint64_t limit = most;
    struct store_query *q = &out->query;

    *out = (struct listing){.overdue = which == OVERDUE};
    *q = (struct store_query){.topic = exchange_query(x, "topic"),
                              .unit = exchange_query(x, "unit"),
                              .order = out->overdue ? STORE_BY_DUE : STORE_BY_NEWEST};
    /* A form sends what was left open as empty. */
    q->topic = q->topic && *q->topic ? q->topic : NULL;
    q->unit = q->unit && *q->unit ? q->unit : NULL;
    if (which >= 0)
        q->state = out->overdue ? "open" : states[which];
    else if (state && *state)
        return "state 应为 open、closed 或 overdue (state is open, closed or overdue)";
    if (!query_slug(q->topic) || !query_slug(q->unit))
        return "topic 和 unit 应为编号 (topic and unit are ids: a-z, 0-9 and -)";
    if (month && *month && !(out->month = figures_month_read(month)))
        return "month 应为 2026-11 的形式 (month is of the form 2026-11)";
    if (query_number(exchange_query(x, "limit"), 1, most, &limit))
        return "limit 过大或不是数 (limit is no number, or too high)";
    if (query_cursor(exchange_query(x, "cursor"), &q->after_key, &q->after_id))
        return "cursor 应来自上一页 (cursor comes from the page before)";
    if (out->month && !out->overdue && !q->after_id)
        begin_month(out);
    out->limit = (size_t)limit;
    return NULL;
}

struct walk {
    struct listing *l;
    int64_t now;
    size_t seen;
    int (*each)(void *arg, const struct concern *c);
    void *arg;
};

enum { ENOUGH = 1 };

static int step(void *arg, const struct concern *c)
{
    struct walk *w = arg;
    struct listing *l = w->l;
    bool due = l->overdue;

    if ((due && c->due >= w->now) ||
        (!due && l->month && c->opened < begin_of(l->month)))
        return ENOUGH;
    if (w->seen++ == l->limit) {
        l->more = true;
        return ENOUGH;
    }
    l->last_key = due ? c->due : -c->opened;
    l->last_id = c->id;
    if (due && l->month && statistics_month(c->opened) != l->month)
        return 0;
    l->count++;
    return w->each(w->arg, c);
}

int listing_each(struct listing *l, struct exchange *x,
                 int (*each)(void *arg, const struct concern *c), void *arg)
{
    struct walk w = {l, clock_now(), 0, each, arg};

    l->query.limit = l->limit + 1;
    int err = store_concerns(x->side->reader, &l->query, step, &w);
    return err == ENOUGH ? 0 : err;
}

void listing_put_query(const struct listing *l, struct exchange *x, bool next, struct buf *out)
{
    const struct store_query *q = &l->query;
    const char *state = exchange_query(x, "state");
    char month[FIGURES_MONTH];
    size_t before = out->len;

    if (q->topic)
        buf_addf(out, "&topic=%s", q->topic);
    if (q->unit)
        buf_addf(out, "&unit=%s", q->unit);
    if (state && *state)
        buf_addf(out, "&state=%s", state);
    if (l->month)
        buf_addf(out, "&month=%s", figures_month(l->month, month));
    if (next)
        buf_addf(out, "&cursor=%" PRId64 ".%" PRIu64, l->last_key, l->last_id);
    if (buf_ok(out) && out->len > before) /* the first "&" is none */
        memmove(out->data + before, out->data + before + 1, --out->len - before);
}
