#include "alerts/bus/delivery_state.h"

#include <stdlib.h>
#include <zmq.h>

#include "base/err.h"
#include "base/log.h"

enum {
    QUIET_MS = 5000, ACK_GATHER_MS = 2, ACK_PACE_MS = 16, ACK_RETRY_MS = 20, ACK_LOST_MS = 2000
};

static const char revoked[] = "密钥未登记或已撤销 (the key is not enrolled or was revoked)";

struct delivery *delivery_new(const struct delivery_conf *conf)
{
    struct delivery *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    d->ledger = conf->ledger;
    d->epoch = conf->home->epoch;
    d->tally = conf->tally;
    d->link = conf->link;
    d->presence = conf->presence;
    d->snapshot_after = conf->snapshot_after;
    d->peers = peers_new(&conf->link, conf->tally);
    if (d->peers)
        d->serve = serve_new(conf->ledger, conf->home, d->peers, conf->tally);
    d->acks = calloc(PEERS_MAX, sizeof *d->acks);
    if (!d->serve || !d->acks) {
        delivery_free(d);
        return NULL;
    }
    return d;
}

void delivery_free(struct delivery *d)
{
    if (!d)
        return;
    serve_free(d->serve);
    peers_free(d->peers);
    buf_free(&d->out);
    free(d->acks);
    free(d);
}

struct serve *delivery_serve(struct delivery *d)
{
    return d->serve;
}

void delivery_set_now(struct delivery *d, int64_t now)
{
    peers_set_now(d->peers, now);
}

/* For those who have no state here: now or never. */
static void dismiss(struct delivery *d, uint32_t id, const char *reason)
{
    bus_wire_error(&d->out, reason, NULL);
    if (buf_ok(&d->out))
        d->link.send(d->link.arg, id, buf_str(&d->out));
}

void delivery_frame(struct delivery *d, const struct keys *keys, const struct delivery_frame *f)
{
    struct peer *p = peers_find(d->peers, f->id);
    unsigned char raw[32];
    char owner[SLUG_MAX];
    bool dashboard;

    if (!f->key || strlen(f->key) != KEY_TEXT - 1 || !zmq_z85_decode(raw, f->key) ||
        keys_owner(keys, raw, owner, &dashboard)) {
        d->tally->refused_keys++;
        if (p)
            p->gone = true;
        dismiss(d, f->id, revoked);
        d->link.cut(d->link.arg, f->line);
        return;
    }
    if (p && (p->gone || p->state == PEER_IGNORED))
        return;
    if (!p && !(p = peers_add(d->peers, f->id, raw, owner, dashboard))) {
        dismiss(d, f->id, "连接过多 (too many connections)");
        return;
    }
    p->line = f->line;
    delivery_ops_act(d, p, f->body, f->whole);
}

void delivery_canary(struct delivery *d, const char *unit, uint64_t number)
{
    bus_wire_canary(&d->out, number);
    for (struct peer *p = peers_first(d->peers); p; p = p->following)
        if (p->state == PEER_LIVE && !p->gone && !p->dashboard && p->credit && !p->retry_at &&
            !p->backlog.len && strcmp(p->owner, unit) == 0)
            peers_send(d->peers, p, buf_str(&d->out));
}

void delivery_result(struct delivery *d, uint64_t tag, int status, const char *reason,
                     uint64_t seq)
{
    struct peer *p = peers_find(d->peers, (uint32_t)(tag >> 32));

    for (size_t i = 0; p && !p->gone && i < PEER_COMMANDS; i++)
        if (p->commands[i].tag == tag) {
            p->commands[i].tag = 0;
            delivery_ops_result(d, p, str_from(p->commands[i].key), status, reason, seq);
            return;
        }
}

void delivery_acked(struct delivery *d, const char *unit, const char *receiver, uint64_t unitseq)
{
    d->tally->acked++;
    if (d->acks_out && !--d->acks_out)
        d->acks_took = peers_now(d->peers) - d->acks_passed;
    for (struct peer *p = peers_first(d->peers); p; p = p->following)
        if (delivery_ops_serves(p, unit, receiver) && unitseq > p->acked) {
            p->acked = unitseq;
            delivery_ops_acked(d, p);
        }
}

void delivery_recheck(struct delivery *d, const struct keys *keys)
{
    char owner[SLUG_MAX];
    bool dashboard;

    for (struct peer *p = peers_first(d->peers); p; p = p->following)
        if (keys_owner(keys, p->key, owner, &dashboard) || dashboard != p->dashboard ||
            strcmp(owner, p->owner)) {
            log_warn("bus.revoked", "owner=%s receiver=%s", p->owner, p->receiver);
            dismiss(d, p->id, revoked);
            d->link.cut(d->link.arg, p->line);
            p->gone = true;
        }
    peers_reap(d->peers);
}

/* From one passing to the next: acks have the disk half of the time at most, so that commands find
 * it free; where it is slow, they need not wait for ever. */
static int64_t ack_pace(const struct delivery *d)
{
    return d->acks_took < ACK_PACE_MS / 2 ? 2 * d->acks_took : ACK_PACE_MS;
}

void delivery_want_ack(struct delivery *d, struct peer *p, uint64_t unitseq)
{
    if (unitseq <= p->ack_wanted)
        return;
    p->ack_wanted = unitseq;
    if (d->acks_due)
        return;
    int64_t soon = peers_now(d->peers) + ACK_GATHER_MS, paced = d->acks_passed + ack_pace(d);
    d->acks_due = soon > paced ? soon : paced;
}

/* What the ledger took and never said to be durable is passed again. */
static void forget_acks(struct delivery *d)
{
    for (struct peer *p = peers_first(d->peers); p; p = p->following)
        p->ack_sent = p->acked;
    d->acks_out = 0;
    d->acks_due = peers_now(d->peers);
}

static size_t gather_acks(struct delivery *d)
{
    size_t n = 0;

    for (struct peer *p = peers_first(d->peers); p; p = p->following)
        if (!p->gone && p->state == PEER_LIVE && p->ack_wanted > p->ack_sent)
            d->acks[n++] = (struct bus_ack){p->owner, p->receiver, p->ack_wanted};
    return n;
}

/* A transaction for each ack would keep the disk busy with nothing else, and commands waiting:
 * those of all receivers that come within a moment, or while others are on their way to the disk,
 * become one. */
static int64_t pass_acks(struct delivery *d)
{
    const struct bus_ledger *l = d->ledger;
    int64_t now = peers_now(d->peers);

    if (d->acks_out && d->acks_lost <= now)
        forget_acks(d);
    if (d->acks_out)
        return d->acks_lost;
    if (!d->acks_due || d->acks_due > now)
        return d->acks_due ? d->acks_due : INT64_MAX;
    size_t n = gather_acks(d), taken = n ? l->ack(l->arg, d->acks, n) : 0, i = 0;
    for (struct peer *p = peers_first(d->peers); p && i < taken; p = p->following)
        if (p->receiver == d->acks[i].receiver) {
            p->ack_sent = d->acks[i].unitseq;
            i++;
        }
    d->acks_out = taken;
    d->acks_passed = now;
    d->acks_lost = now + ACK_LOST_MS;
    d->acks_due = taken < n ? now + ACK_RETRY_MS : 0;
    return taken ? d->acks_lost : d->acks_due ? d->acks_due : INT64_MAX;
}

/* Those up to `end`, which may be NULL. */
static bool catch_up(struct delivery *d, struct peer *p, const struct peer *end, bool *begun)
{
    bool more = false;

    for (; p && p != end; p = p->following) {
        if (!serve_behind(p))
            continue;
        if (!*begun)
            d->behind_at = p->id;
        *begun = true;
        more |= serve_turn(d->serve, p);
    }
    return more;
}

/* Who is up to date first; then, beginning with another one each time, who has to catch up. */
static bool serve_all(struct delivery *d)
{
    struct peer *first = peers_first(d->peers), *last = peers_find(d->peers, d->behind_at);
    struct peer *from = last ? last->following : NULL;
    bool more = false, begun = false;

    serve_begin(d->serve);
    for (struct peer *p = first; p; p = p->following)
        if (!serve_behind(p))
            more |= serve_turn(d->serve, p);
    more |= catch_up(d, from, NULL, &begun);
    return catch_up(d, first, from, &begun) || more;
}

int64_t delivery_turn(struct delivery *d)
{
    bool more = serve_all(d);
    int64_t due = pass_acks(d), retry_at = peers_retry_at(d->peers);
    peers_reap(d->peers);
    due = retry_at < due ? retry_at : due;
    return more ? peers_now(d->peers) : due;
}

void delivery_sweep(struct delivery *d)
{
    for (struct peer *p = peers_first(d->peers); p; p = p->following) {
        if (p->gone || peers_now(d->peers) - p->said_at < QUIET_MS)
            continue;
        delivery_ops_pong(d, p);
    }
    peers_reap(d->peers);
}
