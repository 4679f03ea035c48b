#include "alerts/delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

#include "base/err.h"
#include "base/log.h"

enum { QUIET_MS = 10000, ACK_RETRY_MS = 20, COMMAND_KEY_MAX = SLUG_MAX + WIRE_KEY_MAX + 1 };

static const char no_hello[] = "先发送 hello (say hello first)";
static const char not_yours[] = "此密钥无权使用 (this key may not do that)";
static const char ignored[] =
    "错误过多, 重新连接前不再处理 (too many errors: ignored until you reconnect)";

struct delivery {
    const struct bus_ledger *ledger;
    const char *epoch;
    struct bus_tally *tally;
    struct peers_link link;
    struct peers *peers;
    struct serve *serve;
    struct buf out;
};

struct delivery *delivery_new(const struct delivery_conf *conf)
{
    struct delivery *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    d->ledger = conf->ledger;
    d->epoch = conf->epoch;
    d->tally = conf->tally;
    d->link = conf->link;
    d->peers = peers_new(&conf->link, conf->tally);
    if (d->peers)
        d->serve = serve_new(conf->ledger, conf->epoch, d->peers, conf->tally);
    if (!d->serve) {
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

static void say(struct delivery *d, struct peer *p)
{
    if (buf_ok(&d->out))
        peers_say(d->peers, p, buf_str(&d->out));
}

static void say_error(struct delivery *d, struct peer *p, const char *reason)
{
    bus_wire_error(&d->out, reason);
    say(d, p);
}

static void strike(struct delivery *d, struct peer *p, const char *reason)
{
    d->tally->bad_frames++;
    if (++p->strikes < PEER_STRIKES) {
        say_error(d, p, reason);
        return;
    }
    log_warn("bus.ignored", "owner=%s receiver=%s strikes=%u", p->owner, p->receiver, p->strikes);
    p->state = PEER_IGNORED;
    p->range.active = false;
    memset(p->commands, 0, sizeof p->commands);
    say_error(d, p, ignored);
}

/* A receiver may still be acking what it got before a restart, or before it said hello anew: it is
 * told, and nothing is held against it. */
static void stale(struct delivery *d, struct peer *p, const char *reason)
{
    d->tally->bad_frames++;
    say_error(d, p, reason);
}

static uint64_t head_of(const struct delivery *d, const struct peer *p)
{
    return p->dashboard ? d->ledger->head(d->ledger->arg)
                        : d->ledger->unit_head(d->ledger->arg, p->owner);
}

static bool same_receiver(const struct peer *p, const char *unit, const char *receiver)
{
    return p->state == PEER_LIVE && !p->gone && !p->dashboard && strcmp(p->owner, unit) == 0 &&
           strcmp(p->receiver, receiver) == 0;
}

/* A receiver has one session: after a cut line its new connection would otherwise share the cursor
 * with a ghost. */
static void supersede(struct delivery *d, const struct peer *by)
{
    for (struct peer *p = peers_first(d->peers); p; p = p->following)
        if (p != by && same_receiver(p, by->owner, by->receiver)) {
            say_error(d, p, "同名接收端已在别处上线 (this receiver said hello elsewhere)");
            p->state = PEER_NEW;
        }
}

/* Where delivery goes on: after what the receiver has when it speaks of this ledger, after the
 * durable cursor when it has no memory, else from the start. */
static uint64_t resume_after(const struct delivery *d, const struct peer *p,
                             const struct wire_request *r, uint64_t head)
{
    if (r->epoch.n == 0 && r->last == 0)
        return p->acked;
    return str_is(r->epoch, d->epoch) && r->last <= head ? r->last : 0;
}

static void on_hello(struct delivery *d, struct peer *p, const struct wire_request *r)
{
    const struct bus_ledger *l = d->ledger;
    uint64_t head = head_of(d, p), resume = head;

    memcpy(p->receiver, r->receiver.p, r->receiver.n);
    p->receiver[r->receiver.n] = '\0';
    if (!p->dashboard) {
        p->acked = p->ack_wanted = p->ack_sent = l->cursor(l->arg, p->owner, p->receiver);
        resume = resume_after(d, p, r, head);
        supersede(d, p);
    }
    p->state = PEER_LIVE;
    p->next = resume + 1;
    p->credit = r->credit < PEER_CREDIT_MAX ? r->credit : PEER_CREDIT_MAX;
    p->looked = 0;
    p->range.active = false;
    log_info("bus.hello", "owner=%s receiver=%s resume=%llu", p->owner, p->receiver,
             (unsigned long long)resume);
    bus_wire_welcome(&d->out, d->epoch, head, p->owner, resume);
    say(d, p);
}

static void say_acked(struct delivery *d, struct peer *p)
{
    bus_wire_acked(&d->out, p->acked);
    say(d, p);
}

static void on_ack(struct delivery *d, struct peer *p, const struct wire_request *r)
{
    if (r->unitseq >= p->next) {
        stale(d, p, "确认了未送达的事件 (ack of an event that was not delivered)");
    } else if (r->unitseq <= p->acked) {
        say_acked(d, p);
    } else if (r->unitseq > p->ack_wanted) {
        p->ack_wanted = r->unitseq;
    }
}

static void on_credit(struct delivery *d, struct peer *p, const struct wire_request *r)
{
    uint64_t room = PEER_CREDIT_MAX - p->credit;

    (void)d;
    p->credit += r->add < room ? r->add : room;
}

static void say_result(struct delivery *d, struct peer *p, struct str key, int status,
                       const char *reason, uint64_t seq)
{
    bus_wire_result(&d->out, key, status, reason, seq);
    say(d, p);
}

/* The ledger's idempotency keys are one space: the unit's name in front keeps one unit from
 * finding, or spending, another's. */
static void on_command(struct delivery *d, struct peer *p, const struct wire_request *r)
{
    struct peer_command *slot = NULL;
    char key[COMMAND_KEY_MAX];

    for (size_t i = 0; i < PEER_COMMANDS && !slot; i++)
        if (!p->commands[i].tag)
            slot = &p->commands[i];
    if (!slot) {
        say_result(d, p, r->key, ERR_AGAIN, "未决命令过多 (too many commands under way)", 0);
        return;
    }
    int n = snprintf(key, sizeof key, "%s/%.*s", p->owner, STR_ARG(r->key));
    struct command c = {.act = r->act,
                        .concern = r->concern,
                        .by = str_from(p->owner),
                        .url = r->url,
                        .key = {key, (size_t)n}};
    /* Its connection is in the tag, so that a result finds its way or, the peer gone, nobody. */
    uint64_t tag = (uint64_t)p->id << 32 | ++p->last_tag;
    slot->tag = tag;
    memcpy(slot->key, r->key.p, r->key.n);
    slot->key[r->key.n] = '\0';
    int err = d->ledger->command(d->ledger->arg, &c, tag);
    if (err) {
        slot->tag = 0;
        say_result(d, p, r->key, err, NULL, 0);
    }
}

static void on_events(struct delivery *d, struct peer *p, const struct wire_request *r)
{
    uint64_t head = head_of(d, p);

    if (p->range.active) {
        say_error(d, p, "上一个 events 尚未结束 (the last events request is not finished)");
        return;
    }
    p->range = (struct peer_range){.active = true,
                                   .next = r->from ? r->from : 1,
                                   .to = r->to < head ? r->to : head};
    if (p->range.next <= p->range.to)
        return;
    p->range.active = false;
    bus_wire_events_end(&d->out, p->range.to);
    say(d, p);
}

static void on_ping(struct delivery *d, struct peer *p, const struct wire_request *r)
{
    (void)r;
    bus_wire_pong(&d->out, head_of(d, p));
    say(d, p);
}

static const struct {
    void (*act)(struct delivery *d, struct peer *p, const struct wire_request *r);
    bool dashboards;   /* they may ask it too */
    bool unit_greeted; /* units must have said hello */
} rooms[WIRE_OPS] = {
    [WIRE_HELLO] = {on_hello, true, false},   [WIRE_ACK] = {on_ack, false, true},
    [WIRE_CREDIT] = {on_credit, false, true}, [WIRE_COMMAND] = {on_command, false, true},
    [WIRE_EVENTS] = {on_events, true, true},  [WIRE_PING] = {on_ping, true, false},
};

static void act_on(struct delivery *d, struct peer *p, struct str body, bool whole)
{
    struct wire_request r;
    const char *reason = "应为一帧 (one frame expected)";

    if (!whole || bus_wire_parse(body, &r, &reason)) {
        strike(d, p, reason);
        return;
    }
    if (p->dashboard && !rooms[r.op].dashboards)
        strike(d, p, not_yours);
    else if (!p->dashboard && rooms[r.op].unit_greeted && p->state != PEER_LIVE)
        (r.op == WIRE_ACK || r.op == WIRE_CREDIT ? stale : strike)(d, p, no_hello);
    else
        rooms[r.op].act(d, p, &r);
    bus_wire_clear(&r);
}

/* For those who have no state here: now or never. */
static void dismiss(struct delivery *d, uint32_t id, const char *reason)
{
    bus_wire_error(&d->out, reason);
    if (buf_ok(&d->out))
        d->link.send(d->link.arg, id, buf_str(&d->out));
}

void delivery_frame(struct delivery *d, const struct keys *keys, uint32_t id, const char *key,
                    struct str body, bool whole)
{
    struct peer *p = peers_find(d->peers, id);
    unsigned char raw[32];
    char owner[SLUG_MAX];
    bool dashboard;

    if (!key || strlen(key) != KEY_TEXT - 1 || !zmq_z85_decode(raw, key) ||
        keys_owner(keys, raw, owner, &dashboard)) {
        d->tally->refused_keys++;
        if (p)
            p->gone = true;
        dismiss(d, id, "密钥未登记或已撤销 (the key is not enrolled or was revoked)");
        return;
    }
    if (p && (p->gone || p->state == PEER_IGNORED))
        return;
    if (!p && !(p = peers_add(d->peers, id, raw, owner, dashboard))) {
        dismiss(d, id, "连接过多 (too many connections)");
        return;
    }
    act_on(d, p, body, whole);
}

void delivery_result(struct delivery *d, uint64_t tag, int status, const char *reason,
                     uint64_t seq)
{
    struct peer *p = peers_find(d->peers, (uint32_t)(tag >> 32));

    for (size_t i = 0; p && !p->gone && i < PEER_COMMANDS; i++)
        if (p->commands[i].tag == tag) {
            p->commands[i].tag = 0;
            say_result(d, p, str_from(p->commands[i].key), status, reason, seq);
            return;
        }
}

void delivery_acked(struct delivery *d, const char *unit, const char *receiver, uint64_t unitseq)
{
    d->tally->acked++;
    for (struct peer *p = peers_first(d->peers); p; p = p->following)
        if (same_receiver(p, unit, receiver) && unitseq > p->acked) {
            p->acked = unitseq;
            say_acked(d, p);
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
            p->gone = true;
        }
    peers_reap(d->peers);
}

/* Acks that arrive while one is on its way to the disk become one. */
static void pass_ack(struct delivery *d, struct peer *p)
{
    const struct bus_ledger *l = d->ledger;

    if (p->gone || p->state != PEER_LIVE || p->ack_wanted <= p->ack_sent)
        return;
    if (l->ack(l->arg, p->owner, p->receiver, p->ack_wanted))
        p->retry_at = peers_now(d->peers) + ACK_RETRY_MS;
    else
        p->ack_sent = p->ack_wanted;
}

int64_t delivery_turn(struct delivery *d)
{
    bool more = false;

    for (struct peer *p = peers_first(d->peers); p; p = p->following) {
        more |= serve_turn(d->serve, p);
        pass_ack(d, p);
    }
    peers_reap(d->peers);
    return more ? peers_now(d->peers) : peers_retry_at(d->peers);
}

void delivery_sweep(struct delivery *d)
{
    for (struct peer *p = peers_first(d->peers); p; p = p->following) {
        if (p->gone || peers_now(d->peers) - p->said_at < QUIET_MS)
            continue;
        if (p->state == PEER_IGNORED)
            say_error(d, p, ignored);
        else
            on_ping(d, p, NULL);
    }
    peers_reap(d->peers);
}
