#include <inttypes.h>

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "daemon/http/encoding.h"
#include "daemon/http/json_out.h"
#include "daemon/http/kept.h"
#include "daemon/http/reply.h"
#include "daemon/http/route_view.h"
#include "daemon/http/views.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

enum { PAGE_DEFAULT = 50, PAGE_MOST = 200, MENTIONS_MAX = 50 };

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

static const char *read_query(struct exchange *x, struct store_query *q)
{
    static const char *const states[] = {"open",  "accepted", "closed",
                                         "found", "declined", NULL};
    static const char *const orders[] = {"due", "newest", NULL};
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
        wrong = "order 应为 due 或 newest (order is due or newest)";
    q->order = order == 1 ? STORE_BY_NEWEST : STORE_BY_DUE;
    q->limit = (size_t)limit;
    return wrong;
}

/* Appends the page: 0 or ERR_* of the store. */
static int write_page(struct exchange *x, const struct store_query *asked, struct buf *b)
{
    struct store *reader = x->side->reader;
    struct store_query q = *asked;
    struct page page = {.b = b, .config = x->side->http->conf.config, .rules = exchange_rules(x),
                        .units = exchange_units(x), .now = clock_now(), .limit = q.limit,
                        .order = q.order};

    buf_add_char(b, '{');
    json_out_text(b, "epoch", store_epoch(reader));
    json_out_count(b, "head", store_head(reader));
    json_out_time(b, "now", page.now);
    json_out_int(b, "clock_rate", clock_rate());
    json_out_bool(b, "demonstration", clock_rate() != 1);
    json_out_bool(b, "drill", drill_on());
    json_out_name(b, "items");
    buf_add_char(b, '[');
    q.limit++;
    int err = store_concerns(reader, &q, add_concern, &page);
    buf_add_char(b, ']');
    json_out_name(b, "next_cursor");
    if (page.more)
        buf_addf(b, "\"%" PRId64 ".%" PRIu64 "\"", page.last_key, page.last_id);
    else
        buf_add_text(b, "null");
    buf_add_text(b, "}\n");
    return err;
}

/* What a page depends on beside the ledger, the rules and the time: what is asked for. Who asks
 * matters by the unit alone, which is in it. */
static void name_page(const struct store_query *q, const char *epoch, struct buf *key)
{
    const char *const words[] = {epoch, q->state, q->topic, q->unit};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        buf_addf(key, "%s ", words[i] ? words[i] : "*");
    buf_addf(key, "%d %zu %" PRId64 ".%" PRIu64, (int)q->order, q->limit, q->after_key,
             q->after_id);
}

/* The page, written anew unless it is kept. */
static int have_page(struct exchange *x, const struct store_query *q, struct kept_body **out)
{
    struct kept *kept = x->side->kept;
    struct buf key = BUF_INIT, b = BUF_INIT;
    int err = 0;

    name_page(q, store_epoch(x->side->reader), &key);
    kept_at(kept, x->head, x->rules, clock_now());
    *out = buf_ok(&key) ? kept_find(kept, buf_str(&key)) : NULL;
    if (!*out) {
        err = buf_ok(&key) ? write_page(x, q, &b) : ERR_NOMEM;
        if (!err)
            *out = kept_put(kept, buf_str(&key), &b);
        buf_free(&b);
    }
    buf_free(&key);
    return err;
}

enum MHD_Result routes_concerns(struct exchange *x)
{
    struct kept_body *body;
    struct store_query q;
    const char *wrong = read_query(x, &q);

    if (wrong)
        return reply_problem(x, 400, "query", wrong);
    if (caller_own(x) && q.unit && strcmp(q.unit, caller_own(x)) != 0 &&
        !units_below(exchange_units(x), str_from(q.unit), str_from(caller_own(x))))
        return reply_not_own(x);
    if (caller_own(x) && !q.unit)
        q.unit = caller_own(x);
    enum MHD_Result known;
    if (encoding_unchanged(x, &known))
        return known;
    int err = have_page(x, &q, &body);
    return err ? reply_error(x, err, NULL) : reply_kept(x, body);
}

struct detail {
    struct buf *b;
    const struct config *config;
    const struct roster *roster;
    const char *epoch;
    struct store *reader;
    uint32_t before, after; /* of the latest effect, when there is one */
    bool effect;
};

static int add_event(void *arg, const struct event *e)
{
    struct detail *d = arg;

    if (e->type == EVENT_EFFECT) {
        d->before = e->before;
        d->after = e->after;
        d->effect = true;
    }
    json_out_next(d->b);
    return event_write_json(e, d->epoch, 0, STR_NONE, d->b);
}

/* 成效: what came of the matter in the 72 h before the latest reply and after it. */
static void put_effect(const struct detail *d)
{
    if (!d->effect) {
        json_out_null(d->b, "effect");
        return;
    }
    json_out_name(d->b, "effect");
    buf_add_char(d->b, '{');
    json_out_count(d->b, "before", d->before);
    json_out_count(d->b, "after", d->after);
    buf_add_char(d->b, '}');
}

static int add_note(void *arg, const struct event *e)
{
    struct detail *d = arg;
    struct buf text = BUF_INIT;
    int err = e->noted ? store_note(d->reader, e->seq, &text) : ERR_NOTFOUND;

    if (!err) {
        json_out_next(d->b);
        buf_add_char(d->b, '{');
        json_out_count(d->b, "seq", e->seq);
        json_out_str(d->b, "text", buf_str(&text));
        buf_add_char(d->b, '}');
    }
    buf_free(&text);
    return err == ERR_NOTFOUND ? 0 : err; /* none, or erased */
}

static int add_mention(void *arg, const struct store_item *item)
{
    struct detail *d = arg;

    views_mention(d->b, d->roster, item);
    return 0;
}

static const char *const reply_states[STORE_REPLY_STATES] = {
    [STORE_REPLY_WAITS] = "waits",     [STORE_REPLY_THERE] = "there",
    [STORE_REPLY_GONE] = "gone",       [STORE_REPLY_CHANGED] = "changed",
    [STORE_REPLY_CLOSED] = "closed",
};

static void put_page(struct buf *b, const struct store_reply *r)
{
    buf_add_char(b, '{');
    json_out_text(b, "url", r->url);
    json_out_count(b, "round", r->round + 1u);
    json_out_text(b, "state", reply_states[r->state]);
    json_out_text(b, "title", *r->title ? r->title : NULL);
    json_out_time(b, "published", r->published);
    json_out_time(b, "checked", r->checked);
    json_out_time(b, "next_check", r->due);
    json_out_bool(b, "edited", r->edited);
    buf_add_char(b, '}');
}

/* The pages that replied to it, and which of them holds now. */
struct pages {
    struct buf *b, now;
    const char *url; /* of its reply, or NULL */
};

static int add_reply(void *arg, const struct store_reply *r)
{
    struct pages *p = arg;

    json_out_next(p->b);
    put_page(p->b, r);
    if (p->url && !strcmp(r->url, p->url))
        put_page(&p->now, r);
    return 0;
}

/* What became of the pages of its published replies; `reply` null when there is none that is read.
 */
static int put_replies(struct store *reader, const struct concern *c, struct buf *b)
{
    struct pages p = {.b = b, .now = BUF_INIT, .url = c->reply_url};

    json_out_name(b, "reply_pages");
    buf_add_char(b, '[');
    int err = store_replies(reader, c->id, add_reply, &p);
    buf_add_char(b, ']');
    if (p.now.len) {
        json_out_name(b, "reply");
        buf_add_str(b, buf_str(&p.now));
    } else {
        json_out_null(b, "reply");
    }
    if (!buf_ok(&p.now))
        err = ERR_NOMEM;
    buf_free(&p.now);
    return err;
}

/* The text that waits for 审签, for who has to do with it. */
struct waiting {
    struct buf *b;
    uint64_t seq;
    bool shown;
};

static int add_draft(void *arg, const struct store_publication *p)
{
    struct waiting *w = arg;

    if (p->seq != w->seq)
        return 0;
    json_out_time(w->b, "drafted", p->drafted);
    if (w->shown)
        json_out_str(w->b, "text", p->text);
    return 0;
}

static int put_draft(struct exchange *x, struct buf *b, const struct concern *c)
{
    enum access_role role = x->caller.role;
    struct waiting w = {b, c->draft, role == ACCESS_SOCKET || role == ACCESS_COORDINATOR ||
                                         role == ACCESS_UNIT};

    if (!c->draft) {
        json_out_null(b, "draft");
        return 0;
    }
    json_out_name(b, "draft");
    buf_add_char(b, '{');
    json_out_count(b, "seq", c->draft);
    json_out_text(b, "by", *c->drafter ? c->drafter : NULL);
    int err = store_publications(x->side->reader, c->id, add_draft, &w);
    buf_add_char(b, '}');
    return err;
}

/* What people said of this round's reply (回访). */
static int put_survey(struct store *reader, struct buf *b, const struct concern *c)
{
    struct store_survey s = {0};
    int err = store_survey(reader, c->id, c->round, &s);

    json_out_name(b, "survey");
    buf_add_char(b, '{');
    json_out_count(b, "solved", s.solved);
    json_out_count(b, "not_yet", s.not_yet);
    buf_add_char(b, '}');
    return err == ERR_NOTFOUND ? 0 : err;
}

/* The unit is the approver of the one whose text waits. */
static bool may_sign(struct exchange *x, const struct concern *c)
{
    const struct units *units = exchange_units(x);
    int wrote = *c->drafter ? units_find(units, str_from(c->drafter)) : units->coordinator;
    int approver = c->draft && wrote >= 0 ? units->list[wrote].approver : -1;

    return approver >= 0 && strcmp(units->list[approver].id, caller_own(x)) == 0;
}

enum MHD_Result routes_concern(struct exchange *x)
{
    struct store *reader = x->side->reader;
    struct buf b = BUF_INIT;
    struct detail d = {.b = &b, .config = x->side->http->conf.config,
                       .roster = x->side->http->conf.roster,
                       .epoch = store_epoch(reader),
                       .reader = reader};
    struct concern c = {0};
    int err = store_concern(reader, x->concern, &c);

    if (err)
        return reply_error(x, err, NULL);
    if (!query_own(x, &c) && !may_sign(x, &c)) {
        concern_clear(&c);
        return reply_not_own(x);
    }
    enum MHD_Result known;
    if (encoding_unchanged(x, &known)) {
        concern_clear(&c);
        return known;
    }
    views_concern_open(&b, d.config, exchange_rules(x), exchange_units(x), &c, clock_now());
    views_criteria(&b, rule_set_town(x->rules)->heat, &c, clock_now());
    route_view(&b, exchange_rules(x), exchange_units(x), &c);
    err = put_draft(x, &b, &c);
    err = err ? err : put_survey(reader, &b, &c);
    err = err ? err : put_replies(reader, &c, &b);
    concern_clear(&c);
    json_out_text(&b, "epoch", d.epoch);
    json_out_time(&b, "now", clock_now());
    json_out_int(&b, "clock_rate", clock_rate());
    json_out_bool(&b, "drill", drill_on());
    json_out_name(&b, "events");
    buf_add_char(&b, '[');
    err = err ? err : store_concern_events(reader, x->concern, add_event, &d);
    buf_add_char(&b, ']');
    put_effect(&d);
    json_out_name(&b, "notes");
    buf_add_char(&b, '[');
    err = err ? err : store_concern_events(reader, x->concern, add_note, &d);
    buf_add_char(&b, ']');
    json_out_name(&b, "mentions");
    buf_add_char(&b, '[');
    err = err ? err : store_concern_items(reader, x->concern, MENTIONS_MAX, add_mention, &d);
    buf_add_text(&b, "]}");
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return reply_json(x, &b);
}
