#include "daemon/public/listing.h"


#include "base/clock.h"
#include "daemon/http/figures.h"
#include "daemon/routes/query.h"

static const char *const states[] = {"open", "closed", "overdue", NULL};
enum { OVERDUE = 2 };

int64_t listing_begin(int month)
{
    return clock_days(month / 12, month % 12 + 1, 1) * CLOCK_DAY - CLOCK_CHINA;
}

/* No concern has a number under 1: all that follow were opened before that instant. */
static void begin_before(struct listing *l, int month)
{
    l->query.after_key = -listing_begin(month);
    l->query.after_id = 1;
}

/* Those opened before its end; step() ends the walk at its beginning. */
static void begin_month(struct listing *l)
{
    begin_before(l, l->month + 1);
}

void listing_month(struct listing *out, int month, size_t limit)
{
    *out = (struct listing){.query = {.order = STORE_BY_NEWEST}, .month = month, .limit = limit};
    begin_month(out);
}

void listing_before(struct listing *out, int month, size_t limit)
{
    *out = (struct listing){.query = {.order = STORE_BY_NEWEST}, .limit = limit};
    begin_before(out, month);
}

bool listing_next(struct listing *l)
{
    bool more = l->more;

    l->query.after_key = l->last_key;
    l->query.after_id = l->last_id;
    l->more = false;
    return more;
}

/* Of its order. */
static char letter(const struct listing *l)
{
    return l->overdue ? 'd' : 'n';
}

void listing_put_cursor(const struct listing *l, struct buf *out)
{
    query_cursor_put(out, letter(l), l->last_key, l->last_id);
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
    if (query_cursor(exchange_query(x, "cursor"), letter(out), &q->after_key, &q->after_id))
        return "cursor 应来自上一页 (cursor comes from the page before)";
    if (out->month && !out->overdue && !q->after_id)
        begin_month(out);
    out->limit = (size_t)limit;
    return NULL;
}

struct walk {
    struct listing *l;
    int64_t now;
    size_t seen, read; /* given to `each`; read of the store, in this round */
    size_t passed;     /* over, in all */
    int (*each)(void *arg, const struct concern *c);
    void *arg;
};

enum { ENOUGH = 1 };

static int step(void *arg, const struct concern *c)
{
    struct walk *w = arg;
    struct listing *l = w->l;
    bool due = l->overdue;
    bool other = due && l->month && statistics_month(c->opened) != l->month;

    w->read++;
    if ((due && c->due >= w->now) ||
        (!due && l->month && c->opened < listing_begin(l->month)))
        return ENOUGH;
    if (other ? w->passed++ == LISTING_PASSED : w->seen++ == l->limit) {
        l->more = true;
        return ENOUGH;
    }
    l->last_key = due ? c->due : -c->opened;
    l->last_id = c->id;
    if (other)
        return 0;
    l->count++;
    return w->each(w->arg, c);
}

/* The store hands out so many at a time; what is past over does not count towards the limit. */
int listing_each(struct listing *l, struct exchange *x,
                 int (*each)(void *arg, const struct concern *c), void *arg)
{
    struct walk w = {.l = l, .now = clock_now(), .each = each, .arg = arg};
    struct store_query query = l->query;
    int err;

    /* Of overdue ones those of other months lie between; step() ends the walk. */
    query.limit = l->limit < STORE_PAGE_MAX && !(l->overdue && l->month) ? l->limit + 1
                                                                          : STORE_PAGE_MAX;
    do {
        w.read = 0;
        err = store_concerns(x->side->reader, &query, step, &w);
        query.after_key = l->last_key;
        query.after_id = l->last_id;
    } while (!err && w.read == query.limit);
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
    if (next) {
        buf_add_text(out, "&cursor=");
        listing_put_cursor(l, out);
    }
    if (buf_ok(out) && out->len > before) /* the first "&" is none */
        memmove(out->data + before, out->data + before + 1, --out->len - before);
}
