#include "alerts/bus/serve.h"

#include <stdlib.h>

#include "alerts/bus/shelf.h"
#include "base/err.h"
#include "base/log.h"

enum { BUCKETS = 256, LEDGER_RETRY_MS = 200 };

struct serve {
    const struct bus_ledger *ledger;
    const struct event_home *home;
    struct peers *peers;
    struct bus_tally *tally;
    struct event *events; /* SERVE_TURN of them */
    struct shelf *shelf;
    size_t left; /* of SERVE_BEHIND in this round */
    struct buf out, brief;
    /* A mark moves the generation on and stamps its units' bucket; a peer looks while the stamp is
     * newer than its last empty look. Units that share a bucket only look in vain. */
    uint64_t generation, all, stamps[BUCKETS];
};

struct serve *serve_new(const struct bus_ledger *ledger, const struct event_home *home,
                        struct peers *peers, struct bus_tally *tally)
{
    struct serve *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->ledger = ledger;
    s->home = home;
    s->peers = peers;
    s->tally = tally;
    s->generation = s->all = 1;
    s->events = calloc(SERVE_TURN, sizeof *s->events);
    s->shelf = shelf_new();
    if (s->events && s->shelf)
        return s;
    serve_free(s);
    return NULL;
}

void serve_free(struct serve *s)
{
    if (!s)
        return;
    buf_free(&s->out);
    buf_free(&s->brief);
    shelf_free(s->shelf);
    free(s->events);
    free(s);
}

static size_t bucket(const char *unit)
{
    uint32_t h = 2166136261u;

    for (; *unit; unit++)
        h = (h ^ (unsigned char)*unit) * 16777619u;
    return h % BUCKETS;
}

void serve_mark(struct serve *s, const char *unit)
{
    s->stamps[bucket(unit)] = ++s->generation;
}

void serve_mark_all(struct serve *s)
{
    s->all = ++s->generation;
}

void serve_begin(struct serve *s)
{
    shelf_clear(s->shelf);
    s->left = SERVE_BEHIND;
}

bool serve_behind(const struct peer *p)
{
    return p->behind || p->snapshot.active || p->range.active;
}

/* What a peer catches up on shall not hold up those who wait for news. */
static size_t portion(struct serve *s, const struct peer *p, size_t want)
{
    if (!serve_behind(p))
        return want;
    want = want < s->left ? want : s->left;
    s->left -= want;
    return want;
}

static bool has_news(const struct serve *s, const struct peer *p)
{
    return s->all > p->looked || s->stamps[bucket(p->owner)] > p->looked;
}

static uint64_t unitseq_of(const struct event *e, const char *unit)
{
    for (size_t i = 0; i < e->naudience; i++)
        if (strcmp(e->audience[i].unit, unit) == 0)
            return e->audience[i].unitseq;
    return 0;
}

/* The ledger cannot be read now: the peer waits, its place unchanged. */
static bool postpone(struct serve *s, struct peer *p, int err)
{
    log_warn("bus.read", "unit=%s error=%s", p->owner, err_name(err));
    p->retry_at = peers_now(s->peers) + LEDGER_RETRY_MS;
    return false;
}

/* With the item's text, if it still has some and the event is not asked for again. */
static int send_own(struct serve *s, struct peer *p, const struct event *e, uint64_t unitseq,
                    struct buf *live)
{
    struct buf *out = live ? live : &s->out;

    buf_reset(&s->brief);
    if (live && e->concern && s->ledger->item_brief(s->ledger->arg, e->concern, &s->brief))
        buf_reset(&s->brief); /* the alert matters more than its text, which may have expired */
    int err = bus_wire_event(out, e, s->home, unitseq, buf_str(&s->brief), NULL);
    if (err) {
        buf_reset(out);
        postpone(s, p, err);
        return ERR_AGAIN;
    }
    return peers_send(s->peers, p, buf_str(out));
}

static void step_on(struct serve *s, struct peer *p, uint64_t unitseq)
{
    p->next = unitseq + 1;
    p->credit--;
    s->tally->delivered++;
}

/* What others of the unit got in this round; false when its turn is over. */
static bool serve_shared(struct serve *s, struct peer *p, size_t want)
{
    while (want--) {
        struct str message = shelf_find(s->shelf, p->owner, p->next);
        if (!message.n)
            return true;
        if (peers_send(s->peers, p, message))
            return false;
        step_on(s, p, p->next);
    }
    return p->credit > 0;
}

static bool serve_read(struct serve *s, struct peer *p, size_t want)
{
    uint64_t generation = s->generation;

    want = portion(s, p, want);
    if (!want)
        return true;
    int got = s->ledger->unit_events_after(s->ledger->arg, p->owner, p->next - 1, s->events, want);
    if (got < 0)
        return postpone(s, p, got);
    for (int i = 0; i < got; i++) {
        uint64_t unitseq = unitseq_of(&s->events[i], p->owner);
        if (unitseq < p->next)
            return postpone(s, p, ERR_CORRUPT);
        if (send_own(s, p, &s->events[i], unitseq, shelf_place(s->shelf, p->owner, unitseq)))
            return false;
        step_on(s, p, unitseq);
    }
    p->behind = (size_t)got == want;
    if (!p->behind) {
        p->looked = generation;
        shelf_end(s->shelf, p->owner, p->next);
    }
    return (size_t)got == want && p->credit > 0;
}

/* Live and replay are one: what follows p->next, in unitseq order, as far as credit goes. */
static bool serve_live(struct serve *s, struct peer *p)
{
    if (!p->credit || !has_news(s, p))
        return false;
    size_t want = p->credit < SERVE_TURN ? (size_t)p->credit : SERVE_TURN;
    uint64_t from = p->next;
    if (!serve_shared(s, p, want))
        return false;
    want -= (size_t)(p->next - from);
    if (!want)
        return true;
    if (!shelf_ended(s->shelf, p->owner, p->next))
        return serve_read(s, p, want);
    p->looked = s->generation;
    p->behind = false;
    return false;
}

/* A dashboard sees what PUB carries: one message for each unit of the audience. */
static int send_public(struct serve *s, struct peer *p, const struct event *e)
{
    while (p->range.part < e->naudience) {
        const struct event_audience *to = &e->audience[p->range.part];
        char topic[2 * SLUG_MAX + 16];
        topic[event_pub_topic(e, to->unit, topic)] = '\0';
        int err = bus_wire_event(&s->out, e, s->home, to->unitseq, STR_NONE, topic);
        if (!err)
            err = peers_send(s->peers, p, buf_str(&s->out));
        if (err)
            return err;
        p->range.part++;
    }
    return 0;
}

static int send_ranged(struct serve *s, struct peer *p, const struct event *e, uint64_t seq)
{
    int err = p->dashboard ? send_public(s, p, e) : send_own(s, p, e, seq, NULL);

    if (err)
        return err;
    p->range.next = seq + 1;
    p->range.part = 0;
    return 0;
}

static void end_range(struct serve *s, struct peer *p)
{
    p->range.active = false;
    bus_wire_events_end(&s->out, p->range.to);
    peers_say(s->peers, p, buf_str(&s->out));
}

static bool serve_range(struct serve *s, struct peer *p)
{
    const struct bus_ledger *l = s->ledger;

    if (!p->range.active)
        return false;
    uint64_t after = p->range.next - 1;
    size_t want = portion(s, p, SERVE_TURN);
    if (!want)
        return true;
    int got = p->dashboard ? l->events_after(l->arg, after, s->events, want)
                           : l->unit_events_after(l->arg, p->owner, after, s->events, want);
    if (got < 0)
        return postpone(s, p, got);
    for (int i = 0; i < got; i++) {
        uint64_t seq = p->dashboard ? s->events[i].seq : unitseq_of(&s->events[i], p->owner);
        if (seq < p->range.next)
            return postpone(s, p, ERR_CORRUPT);
        if (seq > p->range.to)
            break;
        if (send_ranged(s, p, &s->events[i], seq))
            return false;
    }
    if ((size_t)got == want && p->range.next <= p->range.to)
        return true;
    end_range(s, p);
    return false;
}

struct walk {
    struct serve *serve;
    struct peer *peer;
};

static int send_concern(void *arg, const struct concern *c)
{
    const struct walk *w = arg;
    struct serve *s = w->serve;
    struct peer *p = w->peer;

    buf_reset(&s->brief);
    if (!p->dashboard && s->ledger->item_brief(s->ledger->arg, c->id, &s->brief))
        buf_reset(&s->brief);
    bus_wire_concern(&s->out, c, buf_str(&s->brief));
    if (!buf_ok(&s->out) || peers_send(s->peers, p, buf_str(&s->out)))
        return 1;
    p->credit--;
    p->snapshot.as_of.count++;
    return 0;
}

/* A row may be newer than the snapshot's place in the ledger: what made it so follows as an event.
 */
static void end_snapshot(struct serve *s, struct peer *p)
{
    p->snapshot.active = false;
    bus_wire_snapshot_end(&s->out, &p->snapshot.as_of);
    peers_say(s->peers, p, buf_str(&s->out));
    p->next = p->snapshot.as_of.unitseq + 1;
    p->looked = 0;
}

static bool serve_snapshot(struct serve *s, struct peer *p)
{
    struct walk w = {s, p};
    size_t want = p->credit < SERVE_TURN ? (size_t)p->credit : SERVE_TURN;

    if (!want)
        return false;
    want = portion(s, p, want);
    if (!want)
        return true;
    int got = s->ledger->open_concerns(s->ledger->arg, p->dashboard ? NULL : p->owner,
                                       &p->snapshot.place, want, send_concern, &w);
    if (got < 0)
        return postpone(s, p, got);
    if (p->gone || p->retry_at || (size_t)got == want)
        return !p->gone && !p->retry_at && p->credit > 0;
    end_snapshot(s, p);
    return true;
}

bool serve_turn(struct serve *s, struct peer *p)
{
    bool more = false;

    if (p->gone || p->state == PEER_IGNORED || p->retry_at > peers_now(s->peers))
        return false;
    p->retry_at = 0;
    if (!peers_flush(s->peers, p))
        return false;
    if (p->snapshot.active)
        more = serve_snapshot(s, p);
    else if (p->state == PEER_LIVE && !p->dashboard)
        more = serve_live(s, p);
    if (!p->gone && !p->retry_at)
        more |= serve_range(s, p);
    return more && !p->gone && !p->retry_at;
}
