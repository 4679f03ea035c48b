/* What each request of a peer does. */
#include "alerts/bus/delivery_state.h"
#include "base/err.h"
#include "base/log.h"

static const char no_hello[] = "先发送 hello (say hello first)";
static const char not_yours[] = "此密钥无权使用 (this key may not do that)";
static const char ignored[] = "错误过多, 连接即将断开 (too many errors: this connection ends)";

static void say(struct delivery *d, struct peer *p)
{
    if (buf_ok(&d->out))
        peers_say(d->peers, p, buf_str(&d->out));
}

void delivery_ops_error(struct delivery *d, struct peer *p, const char *reason)
{
    bus_wire_error(&d->out, reason, NULL);
    say(d, p);
}

/* What it sent before the end is not read any more. */
static void end_line(struct delivery *d, struct peer *p, const char *reason)
{
    log_warn("bus.cut", "owner=%s receiver=%s strikes=%u", p->owner, p->receiver, p->strikes);
    p->state = PEER_IGNORED;
    p->range.active = p->snapshot.active = false;
    memset(p->commands, 0, sizeof p->commands);
    delivery_ops_error(d, p, reason);
    d->link.cut(d->link.arg, p->line);
}

/* key: of the command that it is about, so that it can be told from others under way. */
static void strike(struct delivery *d, struct peer *p, const char *reason, const char *key)
{
    d->tally->bad_frames++;
    if (++p->strikes >= PEER_STRIKES) {
        end_line(d, p, ignored);
        return;
    }
    bus_wire_error(&d->out, reason, key);
    say(d, p);
}

static int head_of(const struct delivery *d, const struct peer *p, uint64_t *out)
{
    if (!p->dashboard)
        return d->ledger->unit_head(d->ledger->arg, p->owner, out);
    *out = d->ledger->head(d->ledger->arg);
    return 0;
}

static void unreadable(struct delivery *d, struct peer *p)
{
    delivery_ops_error(d, p, "台账暂时读不出 (the ledger cannot be read now)");
}

bool delivery_ops_serves(const struct peer *p, const char *unit, const char *receiver)
{
    return p->state == PEER_LIVE && !p->gone && !p->dashboard && strcmp(p->owner, unit) == 0 &&
           strcmp(p->receiver, receiver) == 0;
}

/* A receiver has one session: after a cut line its new connection would otherwise share the cursor
 * with a ghost. */
static void supersede(struct delivery *d, const struct peer *by)
{
    for (struct peer *p = peers_first(d->peers); p; p = p->following)
        if (p != by && delivery_ops_serves(p, by->owner, by->receiver)) {
            delivery_ops_error(d, p, "同名接收端已在别处上线 (this receiver said hello elsewhere)");
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
    bool other = r->epoch.n && !str_is(r->epoch, d->epoch);
    uint64_t head, resume, cursor = 0;
    char receiver[sizeof p->receiver];

    memcpy(receiver, r->receiver.p, r->receiver.n);
    receiver[r->receiver.n] = '\0';
    int err = head_of(d, p, &head);
    if (!err && !p->dashboard)
        err = l->cursor(l->arg, p->owner, receiver, &cursor);
    if (err) { /* as it was: the next pong asks a new one to say hello again */
        unreadable(d, p);
        return;
    }
    resume = head;
    memcpy(p->receiver, receiver, r->receiver.n + 1);
    if (!p->dashboard) {
        p->acked = p->ack_wanted = p->ack_sent = cursor;
        resume = resume_after(d, p, r, head);
        supersede(d, p);
    }
    p->state = PEER_LIVE;
    p->next = resume + 1;
    p->credit = r->credit < PEER_CREDIT_MAX ? r->credit : PEER_CREDIT_MAX;
    p->looked = 0;
    p->behind = head - resume > SERVE_TURN;
    p->range.active = p->snapshot.active = false;
    if (!p->dashboard)
        presence_heard(d->presence, p->owner, peers_now(d->peers));
    log_info("bus.hello", "owner=%s receiver=%s resume=%llu", p->owner, p->receiver,
             (unsigned long long)resume);
    uint64_t behind = head - (p->dashboard && r->last < head ? r->last : resume);
    bus_wire_welcome(&d->out, d->epoch, head, p->owner, resume,
                     other || behind > d->snapshot_after, presence_heartbeat(d->presence));
    say(d, p);
}

void delivery_ops_acked(struct delivery *d, struct peer *p)
{
    bus_wire_acked(&d->out, p->acked);
    say(d, p);
}

/* A receiver may still be acking what it got before a restart, or before it said hello anew: it is
 * told, and nothing is held against it. */
static void stale(struct delivery *d, struct peer *p, const char *reason)
{
    d->tally->bad_frames++;
    delivery_ops_error(d, p, reason);
}

static void on_ack(struct delivery *d, struct peer *p, const struct wire_request *r)
{
    if (r->unitseq >= p->next) {
        stale(d, p, "确认了未送达的事件 (ack of an event that was not delivered)");
    } else if (r->unitseq <= p->acked) {
        delivery_ops_acked(d, p);
    } else {
        delivery_want_ack(d, p, r->unitseq);
    }
}

static void on_credit(struct delivery *d, struct peer *p, const struct wire_request *r)
{
    uint64_t room = PEER_CREDIT_MAX - p->credit;

    (void)d;
    p->credit += r->add < room ? r->add : room;
}

void delivery_ops_result(struct delivery *d, struct peer *p, struct str key, int status,
                       const char *reason, uint64_t seq)
{
    bus_wire_result(&d->out, key, status, reason, seq);
    say(d, p);
}

/* A key is this unit's and this receiver's, as its cursor is: two desks may count from the same
 * number. */
static void on_command(struct delivery *d, struct peer *p, const struct wire_request *r)
{
    struct peer_command *slot = NULL;

    for (size_t i = 0; i < PEER_COMMANDS && !slot; i++)
        if (!p->commands[i].tag)
            slot = &p->commands[i];
    if (!slot) {
        delivery_ops_result(d, p, r->key, ERR_AGAIN, "未决命令过多 (too many commands under way)", 0);
        return;
    }
    struct command c = r->command;
    c.by = str_from(p->owner);
    c.person = command_person(COMMAND_KEY, c.by);
    c.key = r->key;
    c.receiver = str_from(p->receiver);
    /* Its connection is in the tag, so that a result finds its way or, the peer gone, nobody. */
    uint64_t tag = (uint64_t)p->id << 32 | ++p->last_tag;
    slot->tag = tag;
    memcpy(slot->key, r->key.p, r->key.n);
    slot->key[r->key.n] = '\0';
    int err = d->ledger->command(d->ledger->arg, &c, tag);
    if (err) {
        slot->tag = 0;
        delivery_ops_result(d, p, r->key, err, NULL, 0);
    }
}

static void on_events(struct delivery *d, struct peer *p, const struct wire_request *r)
{
    uint64_t head;

    if (head_of(d, p, &head)) {
        unreadable(d, p);
        return;
    }
    if (p->range.active) {
        delivery_ops_error(d, p, "上一个 events 尚未结束 (the last events request is not finished)");
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

/* As of now; what changes while it is sent follows as events. */
static void on_snapshot(struct delivery *d, struct peer *p, const struct wire_request *r)
{
    const struct bus_ledger *l = d->ledger;

    (void)r;
    if (p->snapshot.active) {
        delivery_ops_error(d, p, "上一个 snapshot 尚未结束 (the last snapshot is not finished)");
        return;
    }
    uint64_t unitseq = 0;
    if (!p->dashboard && l->unit_head(l->arg, p->owner, &unitseq)) {
        unreadable(d, p);
        return;
    }
    p->snapshot = (struct peer_snapshot){.active = true};
    p->snapshot.as_of.of_unit = !p->dashboard;
    p->snapshot.as_of.seq = l->head(l->arg);
    p->snapshot.as_of.unitseq = unitseq;
    bus_wire_snapshot(&d->out, d->epoch, &p->snapshot.as_of);
    say(d, p);
}

static void on_canary(struct delivery *d, struct peer *p, const struct wire_request *r)
{
    presence_canary(d->presence, p->owner, r->number);
}

void delivery_ops_pong(struct delivery *d, struct peer *p)
{
    uint64_t head = 0;

    (void)head_of(d, p, &head); /* 0 says nothing of what is there */
    bus_wire_pong(&d->out, head, p->state == PEER_LIVE);
    say(d, p);
}

static void on_ping(struct delivery *d, struct peer *p, const struct wire_request *r)
{
    (void)r;
    delivery_ops_pong(d, p);
}

static const struct {
    void (*act)(struct delivery *d, struct peer *p, const struct wire_request *r);
    bool dashboards;   /* they may ask it too */
    bool unit_greeted; /* units must have said hello */
} rooms[WIRE_OPS] = {
    [WIRE_HELLO] = {on_hello, true, false},   [WIRE_ACK] = {on_ack, false, true},
    [WIRE_CREDIT] = {on_credit, true, true},  [WIRE_COMMAND] = {on_command, false, true},
    [WIRE_EVENTS] = {on_events, true, true},  [WIRE_PING] = {on_ping, true, false},
    [WIRE_SNAPSHOT] = {on_snapshot, true, true}, [WIRE_CANARY] = {on_canary, false, true},
};

/* A command's key is not named: it is not wrong, and comes again behind the hello. */
static void early(struct delivery *d, struct peer *p, const struct wire_request *r)
{
    if (r->op == WIRE_ACK || r->op == WIRE_CREDIT)
        stale(d, p, no_hello);
    else
        strike(d, p, no_hello, NULL);
}

void delivery_ops_act(struct delivery *d, struct peer *p, struct str body, bool whole)
{
    struct wire_request r;
    const char *reason = "应为一帧 (one frame expected)";
    int err = whole ? bus_wire_parse(body, &r, &reason) : ERR_CORRUPT;

    if (err == ERR_CORRUPT) {
        d->tally->bad_frames++;
        d->tally->oversized += body.n > WIRE_REQUEST_MAX;
        end_line(d, p, reason);
    }
    if (err && err != ERR_CORRUPT)
        strike(d, p, reason, r.asked);
    if (err)
        return;
    if (!p->dashboard && p->state == PEER_LIVE)
        presence_heard(d->presence, p->owner, peers_now(d->peers));
    if (p->dashboard && !rooms[r.op].dashboards)
        strike(d, p, not_yours, r.asked);
    else if (!p->dashboard && rooms[r.op].unit_greeted && p->state != PEER_LIVE)
        early(d, p, &r);
    else
        rooms[r.op].act(d, p, &r);
    bus_wire_clear(&r);
}

