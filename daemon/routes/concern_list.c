/* A page of concerns, written once for all who ask for the same. */
#include <inttypes.h>
#include <stdlib.h>

#include "alerts/units/duty.h"
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
#include "daemon/views/standing.h"
#include "daemon/views/statistics.h"

enum { PAGE_DEFAULT = 50, PAGE_MOST = 200, URGENT = 'u' };

struct page {
    struct buf *b;
    const struct config *config;
    const struct rules *rules;
    const struct units *units;
    const struct calendar *calendar;
    struct exchange *mine; /* NULL, or: only what this caller may see */
    int64_t now;
    size_t count, limit; /* count: of the store's rows, those that are not shown with them */
    enum store_order order;
    char letter; /* of the order, by urgency too, which is none of the store's */
    int64_t last_key;
    uint64_t last_id;
    bool more;
    struct encoding_spell spell;
};

/* Who is on duty (值守) changes with a minute. */
static void note_minute(struct page *page)
{
    enum { MINUTE = 60000 };

    encoding_turn(&page->spell, page->now / MINUTE * MINUTE, page->now);
    encoding_turn(&page->spell, (page->now / MINUTE + 1) * MINUTE, page->now);
}

/* When what is said of it changes though nothing happens: it becomes overdue, and its arrivals, by
 * spans of time, move on. */
static void note_turns(struct page *page, const struct concern *c)
{
    if (c->state != CONCERN_CLOSED)
        encoding_turn(&page->spell, c->due + 1, page->now);
    for (size_t i = 0; i < c->nclocks; i++)
        if (!c->clocks[i].met)
            encoding_turn(&page->spell, c->clocks[i].due + 1, page->now);
    encoding_turn(&page->spell, page->now / HEAT_SPAN * HEAT_SPAN, page->now);
    encoding_turn(&page->spell, (page->now / HEAT_SPAN + 1) * HEAT_SPAN, page->now);
    int lead = units_find(page->units, str_from(c->unit));
    if (lead >= 0 && page->units->list[lead].duty.set)
        note_minute(page);
}

/* One row past the limit is asked for and not shown: it says that there is a next page. */
static int add_concern(void *arg, const struct concern *c)
{
    struct page *page = arg;

    if (page->count == page->limit) {
        page->more = true;
        return 0;
    }
    if (!page->mine || query_own(page->mine, c)) {
        views_concern_open(page->b, page->config, page->rules, page->units, c, page->now);
        views_deputy(page->b, page->units, page->calendar, c, page->now);
        buf_add_char(page->b, '}');
        note_turns(page, c);
    }
    page->count++;
    page->last_key = page->order == STORE_BY_DUE ? c->due : -c->opened;
    page->last_id = c->id;
    return 0;
}

/* *letter: of the order. */
static const char *read_query(struct exchange *x, struct store_query *q, char *letter)
{
    static const char *const states[] = {"open",  "accepted", "closed",
                                         "found", "declined", NULL};
    static const char *const orders[] = {"due", "newest", "urgent", NULL};
    const char *by = exchange_query(x, "order");
    int order = by ? query_choice(by, orders) : 0;
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
    else if (order < 0)
        wrong = "order 应为 due、newest 或 urgent (order is due, newest or urgent)";
    *letter = order < 0 ? '\0' : *orders[order];
    if (!wrong && query_cursor(exchange_query(x, "cursor"), *letter, &q->after_key, &q->after_id))
        wrong = "cursor 应来自同一 order 上一页的 next_cursor (cursor is a next_cursor of ours, of "
                "the same order)";
    bool urgent = *letter == URGENT;
    if (urgent && q->state && strcmp(q->state, "closed") == 0)
        wrong = "urgent 只排未办结的 (urgent is of what is open)";
    if (urgent && caller_own(x) && !q->unit)
        wrong = "urgent 应写明 unit (urgent asks for a unit)";
    q->order = *letter == 'n' ? STORE_BY_NEWEST : STORE_BY_DUE;
    q->limit = (size_t)limit;
    return wrong;
}

static bool deputises(const struct units *units, size_t i, const char *unit, struct page *page)
{
    const struct duty *duty = &units->list[i].duty;

    if (!duty->set || duty->deputy < 0 || strcmp(units->list[duty->deputy].id, unit) != 0)
        return false;
    note_minute(page);
    return duty_deputy(units, (int)i, page->calendar, page->now) >= 0;
}

/* What a unit and those below it have, and what those lead whose deputy it is now. */
static int add_below(struct exchange *x, const struct store_query *asked, struct page *page)
{
    const struct units *units = exchange_units(x);
    const char **below = calloc(units->count + 1, sizeof *below);
    struct store_query q = *asked;

    if (!below)
        return ERR_NOMEM;
    below[q.nunits++] = asked->unit;
    for (size_t i = 0; i < units->count; i++)
        if (units_below(units, str_from(units->list[i].id), str_from(asked->unit)))
            below[q.nunits++] = units->list[i].id;
        else if (deputises(units, i, asked->unit, page))
            below[q.nunits++] = units->list[i].id;
    page->mine = x;
    q.units = below;
    int err = store_concerns(x->side->reader, &q, add_concern, page);
    free(below);
    return err;
}

static void begin_page(struct exchange *x, const struct store_query *q, struct page *page,
                       struct buf *b)
{
    struct store *reader = x->side->reader;

    *page = (struct page){.b = b, .config = x->side->http->conf.config, .rules = exchange_rules(x),
                          .units = exchange_units(x), .calendar = query_calendar(x),
                          .now = clock_now(), .limit = q->limit,
                          .order = q->order, .letter = q->order == STORE_BY_DUE ? 'd' : 'n',
                          .spell = ENCODING_ALWAYS};
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
    if (page->more) {
        buf_add_char(page->b, '"');
        query_cursor_put(page->b, page->letter, page->last_key, page->last_id);
        buf_add_char(page->b, '"');
    } else {
        buf_add_text(page->b, "null");
    }
    buf_add_char(page->b, '}');
}

/* Appends the page, and tells when it changes: 0 or ERR_* of the store. */
static int write_page(struct exchange *x, const struct store_query *asked, bool below,
                      struct buf *b, struct encoding_spell *spell)
{
    struct store_query q = *asked;
    struct page page;

    begin_page(x, asked, &page, b);
    q.limit++;
    int err = below ? add_below(x, &q, &page)
                    : store_concerns(x->side->reader, &q, add_concern, &page);
    end_page(&page);
    buf_add_char(b, '\n');
    *spell = page.spell;
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
    struct encoding_spell spell;
    int err = 0;

    name_page(q, below, store_epoch(x->side->reader), &key);
    kept_at(kept, x->head, x->rules, clock_now());
    *out = buf_ok(&key) ? kept_find(kept, buf_str(&key)) : NULL;
    if (!*out) {
        err = buf_ok(&key) ? write_page(x, q, below, &b, &spell) : ERR_NOMEM;
        if (!err)
            *out = kept_put(kept, buf_str(&key), &b, reply_json_mime);
        if (!err && *out)
            *kept_spell(*out) = spell;
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

    if (!statistics || statistics_counting(statistics))
        return reply_error(x, ERR_AGAIN, NULL);
    begin_page(x, q, &page, &b);
    page.letter = URGENT;
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
    char letter;
    const char *wrong = read_query(x, &q, &letter);

    if (wrong)
        return reply_problem(x, 400, "query", wrong);
    if (caller_own(x) && q.unit && strcmp(q.unit, caller_own(x)) != 0 &&
        !units_below(exchange_units(x), str_from(q.unit), str_from(caller_own(x))))
        return reply_not_own(x);
    bool below = caller_own(x) && !q.unit; /* all that it may see */
    if (below)
        q.unit = caller_own(x);
    if (letter == URGENT)
        return reply_urgent(x, &q);
    enum MHD_Result known;
    if (encoding_current(x, &known))
        return known;
    int err = have_page(x, &q, below, &body);
    if (!err && body)
        encoding_tag(x, kept_spell(body));
    return err ? reply_error(x, err, NULL) : reply_kept(x, body);
}
