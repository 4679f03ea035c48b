/* Pages of published replies: read when a unit publishes one, and again a day, a week, a month and
 * a quarter later. What a page says is kept as its title and a sketch; its words are not. */
#include <string.h>
#include <xxhash.h>

#include "alerts/command_json.h"
#include "alerts/group/group.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/utf8.h"
#include "daemon/ledger/batch_state.h"

#define MINUTE (60 * INT64_C(1000))
#define STRIKE_AGAIN (30 * MINUTE) /* between the first reading that missed it and the second */
#define FAILED_AGAIN (10 * MINUTE) /* doubling */

enum {
    STRIKES = 2,
    TRIES_MAX = 8, /* failures in a row, spread over about two days, that end one reading */
    PAGES_MAX = 32, /* that a concern has */
    LIKE_LEAST = 4 /* slots of the sketch, of 16: fewer and it is another text */
};

/* Days after it was published here. */
static const int schedule[] = {0, 1, 7, 30, 90};
enum { STEPS = sizeof schedule / sizeof *schedule };

uint64_t batch_reply_address(struct str url)
{
    return XXH3_64bits(url.p, url.n);
}

bool batch_replies_public(const struct batch *b, struct str url)
{
    return guard_allows_url(b->guard, url);
}

static struct store_reply *find(struct batch *b, uint64_t concern, uint64_t address)
{
    struct store_reply *list = (struct store_reply *)b->replies.data;

    for (size_t i = 0; i < b->replies.len / sizeof *list; i++)
        if (list[i].concern == concern && list[i].address == address)
            return &list[i];
    return NULL;
}

static int put(struct batch *b, const struct store_reply *reply)
{
    struct store_reply *there = find(b, reply->concern, reply->address);

    if (!there)
        return buf_add(&b->replies, reply, sizeof *reply);
    *there = *reply;
    return 0;
}

/* The page of this address among those that a concern has, and the oldest of the others. */
struct pages {
    uint64_t address;
    bool found;
    struct store_reply reply, oldest;
    size_t others;
};

static int take(void *arg, const struct store_reply *reply)
{
    struct pages *p = arg;

    if (reply->address == p->address) {
        p->reply = *reply;
        p->found = true;
    } else if (!p->others++) {
        p->oldest = *reply;
    }
    return 0;
}

/* Where the schedule goes on; the readings that were missed meanwhile are passed over. */
static void next_step(struct store_reply *r, int64_t now)
{
    r->tries = r->strikes = 0;
    do
        r->step++;
    while (r->step < STEPS && r->since + schedule[r->step] * CLOCK_DAY <= now);
    r->due = r->step < STEPS ? r->since + schedule[r->step] * CLOCK_DAY : 0;
}

/* One that was found on a board's page has just been read there. What replied before it is read on:
 * it was published, whatever became of the concern since. */
static int want(struct batch *b, const struct event *e)
{
    const struct concern *c = desk_concern(b->desk, e->concern);
    struct store_reply r = {.concern = e->concern, .since = b->now, .due = b->now};
    struct str url = c ? str_from(c->reply_url) : STR_NONE;

    if (!url.n || url.n >= sizeof r.url || c->edition) /* withheld, or published here */
        return 0;
    struct pages pages = {.address = batch_reply_address(url)};
    r.address = pages.address;
    r.round = c->round;
    memcpy(r.url, url.p, url.n);
    int err = store_replies(b->conf.store, e->concern, take, &pages);
    if (err || (pages.found && pages.reply.due && pages.reply.round == c->round))
        return err; /* first information that is the answer by now */
    if (*e->source)
        next_step(&r, b->now);
    if (pages.others >= PAGES_MAX) {
        pages.oldest.drop = true;
        err = put(b, &pages.oldest);
    }
    return err ? err : put(b, &r);
}

int batch_replies_want(struct batch *b)
{
    int err = batch_texts_promise(b);

    for (size_t i = 0; i < b->changes.nevents && !err; i++) {
        const struct event *e = &b->changes.events[i];
        if (e->type == EVENT_ANSWERED || e->type == EVENT_PROMISE_KEPT ||
            e->type == EVENT_PROGRESS)
            err = want(b, e);
    }
    return err;
}

static int tell(struct batch *b, const struct store_reply *r, enum event_type type,
                enum event_loss loss)
{
    int err = batch_state_recall(b, r->concern);

    return err ? err : desk_reply_page(b->desk, r->concern, r->round, type, loss, b->now,
                                       &b->changes);
}

static bool sketched(const uint32_t sketch[static VERDICT_SKETCH])
{
    for (size_t i = 0; i < VERDICT_SKETCH; i++)
        if (sketch[i])
            return true;
    return false;
}

/* Beyond recognition: what a deleted page's address leads to, or a notice in its place. */
static bool is_other(const struct store_reply *r, const struct verdict *v)
{
    return v && sketched(r->sketch) && sketched(v->sketch) &&
           group_equal(r->sketch, v->sketch) < LIKE_LEAST;
}

/* The address of one of the concern's items: what stands there is a post, whose words are not kept
 * for good. */
struct posts {
    uint64_t address;
    bool found;
};

static int is_post(void *arg, const struct store_item *item)
{
    struct posts *p = arg;

    p->found = p->found || (item->link.n && batch_reply_address(item->link) == p->address);
    return p->found;
}

static int fill(struct batch *b, struct store_reply *r, const struct verdict *v)
{
    struct posts posts = {.address = r->address};
    size_t n = utf8_cut(v->title, sizeof r->title - 1);
    int err = store_concern_items(b->conf.store, r->concern, STORE_PAGE_MAX, is_post, &posts);

    if (err < 0)
        return err;
    r->untitled = posts.found;
    memset(r->title, 0, sizeof r->title);
    if (n && !r->untitled)
        memcpy(r->title, v->title.p, n);
    r->published = v->published;
    r->content = v->content;
    memcpy(r->sketch, v->sketch, sizeof r->sketch);
    return 0;
}

/* A page that says no date is of the time when it is first read. On the page of a post there are
 * the poster's words too: what the reply beside them promises was found with the reply itself. What
 * was published in an earlier round is promised all the same; first information that came in this
 * one is not read for it. */
static int promise(struct batch *b, const struct store_reply *r, const struct verdict *v)
{
    int64_t at = v->published > 0 && v->published < b->now ? v->published : b->now;
    int err = r->untitled ? 0 : batch_state_recall(b, r->concern);

    const struct concern *c = desk_concern(b->desk, r->concern);
    if (err || r->untitled || !c || (c->round == r->round && c->outcome != OUTCOME_ANSWERED))
        return err;
    return desk_promise(b->desk, r->concern, v->promises, v->npromises, at, b->now, &b->changes);
}

static int strike(struct batch *b, struct store_reply *r, enum event_loss loss)
{
    static const uint8_t states[] = {[LOSS_GONE] = STORE_REPLY_GONE,
                                     [LOSS_CHANGED] = STORE_REPLY_CHANGED};
    bool known = r->state == states[loss];

    r->due = b->now + STRIKE_AGAIN;
    if (!known && ++r->strikes < STRIKES)
        return 0;
    r->state = states[loss];
    next_step(r, b->now);
    return known ? 0 : tell(b, r, EVENT_REPLY_GONE, loss);
}

static int was_read(struct batch *b, struct store_reply *r, const struct verdicts *list)
{
    const struct verdict *v = list->count ? &list->list[0] : NULL;
    bool news = r->state != STORE_REPLY_THERE;
    bool first = v && !r->content;
    int err = 0;

    if (is_other(r, v))
        return strike(b, r, LOSS_CHANGED);
    if (first)
        err = fill(b, r, v);
    r->edited = v && v->content != r->content;
    r->state = STORE_REPLY_THERE;
    r->checked = b->now;
    next_step(r, b->now);
    if (!err && news)
        err = tell(b, r, EVENT_REPLY_CHECKED, LOSS_NONE);
    return err || !first ? err : promise(b, r, v);
}

static void has_failed(struct batch *b, struct store_reply *r)
{
    if (++r->tries >= TRIES_MAX) {
        if (r->state == STORE_REPLY_WAITS)
            r->state = STORE_REPLY_CLOSED;
        next_step(r, b->now);
        return;
    }
    r->due = b->now + (FAILED_AGAIN << (r->tries - 1));
}

/* It cannot be read at all: the guard or a redirect forbids it, or a worker dies of it. */
static void give_up(struct store_reply *r)
{
    r->due = 0;
    if (r->state == STORE_REPLY_WAITS)
        r->state = STORE_REPLY_CLOSED;
}

static int settle(struct batch *b, const struct fetched *meta, struct store_reply *r,
                  const struct verdicts *v, const char *death)
{
    switch (meta->outcome) {
    case FETCH_BODY:
        if (v)
            return was_read(b, r, v);
        if (death)
            give_up(r);
        else
            r->due = b->now + MINUTE; /* found no worker */
        return 0;
    case FETCH_GONE: return strike(b, r, LOSS_GONE);
    case FETCH_REFUSED: give_up(r); return 0;
    default: has_failed(b, r); return 0;
    }
}

int batch_reply(struct batch *b, const struct fetched *meta, const struct verdicts *v,
                const char *death)
{
    struct pages pages = {.address = batch_reply_address(str_from(meta->page->url))};
    int err = store_replies(b->conf.store, meta->page->number, take, &pages);

    if (err || !pages.found || find(b, meta->page->number, pages.address))
        return err; /* forgotten, or given anew in this very batch */
    err = settle(b, meta, &pages.reply, v, death);
    return err ? err : put(b, &pages.reply);
}

static int untitle(void *arg, const struct store_reply *reply)
{
    struct store_reply r = *reply;

    r.untitled = true;
    memset(r.title, 0, sizeof r.title);
    return put(arg, &r);
}

int batch_replies_untitle(struct batch *b, uint64_t concern)
{
    return store_replies(b->conf.store, concern, untitle, b);
}
