#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "daemon/http/encoding.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/http/route_view.h"
#include "daemon/http/views.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

enum { MENTIONS_MAX = 50 };

struct detail {
    struct buf *b;
    const struct config *config;
    const struct roster *roster;
    const char *epoch;
    struct store *reader;
    uint32_t before, after; /* of the latest effect, when there is one */
    bool effect;
    size_t mentions;
    char last[VIEWS_ITEM]; /* of those that are shown */
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

    if (d->mentions++ == MENTIONS_MAX) /* one more was asked for, to know that there are more */
        return 0;
    views_mention(d->b, d->roster, item);
    views_item_id(item->ident, d->last);
    return 0;
}

/* The newest, and where the others go on (concern_items.c). */
static int put_mentions(struct detail *d, uint64_t concern)
{
    json_out_name(d->b, "mentions");
    buf_add_char(d->b, '[');
    int err = store_concern_items(d->reader, concern, MENTIONS_MAX + 1, add_mention, d);
    buf_add_char(d->b, ']');
    json_out_text(d->b, "mentions_cursor", d->mentions > MENTIONS_MAX ? d->last : NULL);
    return err;
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
    if (!query_reads(x, &c)) {
        concern_clear(&c);
        return reply_not_own(x);
    }
    enum MHD_Result known;
    if (encoding_unchanged(x, &known)) {
        concern_clear(&c);
        return known;
    }
    views_concern_open(&b, d.config, exchange_rules(x), exchange_units(x), &c, clock_now());
    views_deputy(&b, exchange_units(x), query_calendar(x), &c, clock_now());
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
    err = err ? err : put_mentions(&d, x->concern);
    buf_add_char(&b, '}');
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return reply_json(x, &b);
}
