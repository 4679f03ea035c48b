/* A page of concerns, written once for all who ask for the same. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "daemon/http/encoding.h"
#include "daemon/http/json_out.h"
#include "daemon/http/kept.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"
#include "daemon/standing.h"
#include "daemon/statistics.h"

enum { PAGE_DEFAULT = 50, PAGE_MOST = 200 };

struct page {
    struct buf *b;
    const struct config *config;
    const struct rules *rules;
    const struct units *units;
    int64_t now;
    size_t count, limit;
    enum store_order order;
    int64_t last_key;
    uint64_t last_id;
    bool more;
};

/* One row past the limit is asked for and not shown: it says that there is a next page. */
static int add_concern(void *arg, const struct concern *c)
{
    struct page *page = arg;

    if (page->count == page->limit) {
        page->more = true;
        return 0;
    }
    views_concern_open(page->b, page->config, page->rules, page->units, c, page->now);
    buf_add_char(page->b, '}');
    page->count++;
    page->last_key = page->order == STORE_BY_DUE ? c->due : -c->opened;
    page->last_id = c->id;
    return 0;
}

/* By urgency is no order of the store's (*urgent). */
static const char *read_query(struct exchange *x, struct store_query *q, bool *urgent)
{
    static const char *const states[] = {"open",  "accepted", "closed",
                                         "found", "declined", NULL};
    static const char *const orders[] = {"due", "newest", "urgent", NULL};
    enum { NEWEST = 1, URGENT = 2 };
    int order = STORE_BY_DUE;
    uint64_t limit = PAGE_DEFAULT;
    const char *wrong = NULL;

    *q = (struct store_query){.state = exchange_query(x, "state"),
                              .topic = exchange_query(x, "topic"),
                              .unit = exchange_query(x, "unit")};
    if (q->state && query_choice(q->state, states) < 0)
        wrong = "state 应为 open、found、accepted、declined 或 closed (state is open, found, "
                "accepted, declined or closed)";
    else if (!query_slug(q->topic) || !query_slug(q->unit))
        wrong = "topic 和 unit 应为编号 (topic and unit are ids: a-z, 0-9 and -)";
    else if (query_number(exchange_query(x, "limit"), 1, PAGE_MOST, &limit))
        wrong = "limit 应为 1 到 200 (limit is 1 to 200)";
    else if (query_cursor(exchange_query(x, "cursor"), &q->after_key, &q->after_id))
        wrong = "cursor 应来自上一页的 next_cursor (cursor is a next_cursor of ours)";
    else if (exchange_query(x, "order"))
        order = query_choice(exchange_query(x, "order"), orders);
    if (order < 0)
        wrong = "order 应为 due、newest 或 urgent (order is due, newest or urgent)";
    *urgent = order == URGENT;
    if (*urgent && q->state && strcmp(q->state, "closed") == 0)
        wrong = "urgent 只排未办结的 (urgent is of what is open)";
    if (*urgent && caller_own(x) && !q->unit)
        wrong = "urgent 应写明 unit (urgent asks for a unit)";
    q->order = order == NEWEST ? STORE_BY_NEWEST : STORE_BY_DUE;
    q->limit = (size_t)limit;
    return wrong;
}

/* What a unit and those below it have, each of them a walk of its own, merged. */
struct merged {
    struct concern *list;
    size_t count, cap;
};

static int keep_row(void *arg, const struct concern *c)
{
    struct merged *m = arg;

    if (m->count == m->cap) {
        size_t cap = m->cap ? 2 * m->cap : PAGE_DEFAULT;
        struct concern *more = reallocarray(m->list, cap, sizeof *more);
        if (!more)
            return ERR_NOMEM;
        m->list = more;
        m->cap = cap;
    }
    int err = concern_copy(&m->list[m->count], c);
    m->count += !err;
    return err;
}

#define THREE_WAY(a, b) (((a) > (b)) - ((a) < (b)))

static int by_due(const void *a, const void *b)
{
    const struct concern *x = a, *y = b;

    return x->due != y->due ? THREE_WAY(x->due, y->due) : THREE_WAY(x->id, y->id);
}

static int by_newest(const void *a, const void *b)
{
    const struct concern *x = a, *y = b;

    return x->opened != y->opened ? THREE_WAY(y->opened, x->opened) : THREE_WAY(y->id, x->id);
}

/* A concern that several of them have a part in comes once. */
static int add_merged(struct page *page, struct merged *m, size_t limit)
{
    size_t added = 0;
    int err = 0;

    if (m->count)
        qsort(m->list, m->count, sizeof *m->list, page->order == STORE_BY_DUE ? by_due : by_newest);
    for (size_t i = 0; i < m->count && added < limit && !err; i++)
        if (!i || m->list[i].id != m->list[i - 1].id) {
            err = add_concern(page, &m->list[i]);
            added++;
        }
    return err;
}

static int add_below(struct exchange *x, const struct store_query *asked, struct page *page)
{
    const struct units *units = exchange_units(x);
    struct merged m = {0};
    int err = 0;

    for (size_t i = 0; i < units->count && !err; i++) {
        struct store_query q = *asked;
        q.unit = units->list[i].id;
        if (strcmp(q.unit, asked->unit) == 0 ||
            units_below(units, str_from(q.unit), str_from(asked->unit)))
            err = store_concerns(x->side->reader, &q, keep_row, &m);
    }
    err = err ? err : add_merged(page, &m, asked->limit);
    for (size_t i = 0; i < m.count; i++)
        concern_clear(&m.list[i]);
    free(m.list);
    return err;
}

static void begin_page(struct exchange *x, const struct store_query *q, struct page *page,
                       struct buf *b)
{
    struct store *reader = x->side->reader;

    *page = (struct page){.b = b, .config = x->side->http->conf.config, .rules = exchange_rules(x),
                          .units = exchange_units(x), .now = clock_now(), .limit = q->limit,
                          .order = q->order};
    buf_add_char(b, '{');
    json_out_text(b, "epoch", store_epoch(reader));
    json_out_count(b, "head", store_head(reader));
    json_out_time(b, "now", page->now);
    json_out_int(b, "clock_rate", clock_rate());
    json_out_bool(b, "demonstration", clock_rate() != 1);
    json_out_bool(b, "drill", drill_on());
    json_out_name(b, "items");
    buf_add_char(b, '[');
}

static void end_page(struct page *page)
{
    buf_add_char(page->b, ']');
    json_out_name(page->b, "next_cursor");
    if (page->more)
        buf_addf(page->b, "\"%" PRId64 ".%" PRIu64 "\"", page->last_key, page->last_id);
    else
        buf_add_text(page->b, "null");
    buf_add_char(page->b, '}');
}

/* Appends the page: 0 or ERR_* of the store. */
static int write_page(struct exchange *x, const struct store_query *asked, bool below,
                      struct buf *b)
{
    struct store_query q = *asked;
    struct page page;

    begin_page(x, asked, &page, b);
    q.limit++;
    int err = below ? add_below(x, &q, &page)
                    : store_concerns(x->side->reader, &q, add_concern, &page);
    end_page(&page);
    buf_add_char(b, '\n');
    return err;
}

/* What a page depends on beside the ledger, the rules and the time: what is asked for. Who asks
 * matters by the unit alone, which is in it. */
static void name_page(const struct store_query *q, bool below, const char *epoch, struct buf *key)
{
    const char *const words[] = {epoch, q->state, q->topic, q->unit};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        buf_addf(key, "%s ", words[i] ? words[i] : "*");
    buf_addf(key, "%d%s %zu %" PRId64 ".%" PRIu64, (int)q->order, below ? "+" : "", q->limit,
             q->after_key, q->after_id);
}

/* The page, written anew unless it is kept. */
static int have_page(struct exchange *x, const struct store_query *q, bool below,
                     struct kept_body **out)
{
    struct kept *kept = x->side->kept;
    struct buf key = BUF_INIT, b = BUF_INIT;
    int err = 0;

    name_page(q, below, store_epoch(x->side->reader), &key);
    kept_at(kept, x->head, x->rules, clock_now());
    *out = buf_ok(&key) ? kept_find(kept, buf_str(&key)) : NULL;
    if (!*out) {
        err = buf_ok(&key) ? write_page(x, q, below, &b) : ERR_NOMEM;
        if (!err)
            *out = kept_put(kept, buf_str(&key), &b);
        buf_free(&b);
    }
    buf_free(&key);
    return err;
}

static int add_urgent(struct exchange *x, const struct store_query *q, struct page *page)
{
    struct standing_query by = {.topic = q->topic, .unit = q->unit, .state = -1,
                                .after_key = q->after_key, .after_id = q->after_id,
                                .limit = q->limit + 1};
    struct standing_row rows[PAGE_MOST + 1];
    int err = 0;

    if (q->state && strcmp(q->state, "open") != 0)
        by.state = concern_state_find(str_from(q->state));
    size_t n = statistics_urgent(x->side->http->conf.statistics, &by, rows);
    page->more = n > q->limit;
    for (size_t i = 0; i < n && i < q->limit && !err; i++) {
        struct concern c;
        err = store_concern(x->side->reader, rows[i].id, &c);
        if (!err) {
            err = c.state == CONCERN_CLOSED ? 0 : add_concern(page, &c);
            concern_clear(&c);
        }
        err = err == ERR_NOTFOUND ? 0 : err; /* gone since, as others were closed */
        page->last_key = rows[i].key;
        page->last_id = rows[i].id;
    }
    return err;
}

/* Some moments old in its order, though not in what it says: it is made for who asks. */
static enum MHD_Result reply_urgent(struct exchange *x, const struct store_query *q)
{
    struct statistics *statistics = x->side->http->conf.statistics;
    struct buf b = BUF_INIT;
    struct page page;
    int err = 0;

    if (!statistics || (!statistics_head(statistics) && store_head(x->side->reader)))
        return reply_error(x, ERR_AGAIN, NULL);
    begin_page(x, q, &page, &b);
    err = add_urgent(x, q, &page);
    end_page(&page);
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return reply_json(x, &b);
}

enum MHD_Result routes_concerns(struct exchange *x)
{
    struct kept_body *body;
    struct store_query q;
    bool urgent;
    const char *wrong = read_query(x, &q, &urgent);

    if (wrong)
        return reply_problem(x, 400, "query", wrong);
    if (caller_own(x) && q.unit && strcmp(q.unit, caller_own(x)) != 0 &&
        !units_below(exchange_units(x), str_from(q.unit), str_from(caller_own(x))))
        return reply_not_own(x);
    bool below = caller_own(x) && !q.unit; /* all that it may see */
    if (below)
        q.unit = caller_own(x);
    if (urgent)
        return reply_urgent(x, &q);
    enum MHD_Result known;
    if (encoding_unchanged(x, &known))
        return known;
    int err = have_page(x, &q, below, &body);
    return err ? reply_error(x, err, NULL) : reply_kept(x, body);
}
