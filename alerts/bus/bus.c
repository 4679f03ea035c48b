#define _GNU_SOURCE
#include "alerts/bus/bus.h"

#include <stdio.h>
#include <zmq.h>

#include "alerts/bus/bus_state.h"
#include "alerts/bus/zap.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/pulse.h"

enum {
    ZAP_TURN = 64,
    ROUTER_TURN = 256,
};

/* A routing id that the peer chose could be taken over by another key between two sends, and events
 * would go to the wrong unit; ids that the server counts up never come back. */
static void refuse_routing_id(struct bus *b, const void *id, size_t n, struct line_mark line)
{
    static const char text[] = "{\"op\":\"error\",\"reason\":"
                               "\"不要自设 routing id (do not set a routing id)\"}";

    b->tally.bad_frames++;
    if (zmq_send(b->router, id, n, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0)
        zmq_send(b->router, text, sizeof text - 1, ZMQ_DONTWAIT);
    bus_lines_cut(b->lines, line, clock_mono());
}

static bool receive(struct bus *b)
{
    unsigned char id[256];
    zmq_msg_t body, rest;
    int n = zmq_recv(b->router, id, sizeof id, ZMQ_DONTWAIT);
    int parts = 1;

    if (n < 0)
        return false;
    zmq_msg_init(&body);
    zmq_msg_recv(&body, b->router, 0);
    for (bool more = zmq_msg_more(&body); more; parts++) {
        zmq_msg_init(&rest);
        zmq_msg_recv(&rest, b->router, 0);
        more = zmq_msg_more(&rest);
        zmq_msg_close(&rest);
    }
    struct delivery_frame f = {
        .id = (uint32_t)id[1] << 24 | (uint32_t)id[2] << 16 | (uint32_t)id[3] << 8 | id[4],
        .key = zmq_msg_gets(&body, "User-Id"),
        .line = bus_lines_mark(&body),
        .body = {zmq_msg_data(&body), zmq_msg_size(&body)},
        .whole = parts == 1,
    };
    if (n == BUS_ROUTING_ID && id[0] == 0)
        delivery_frame(b->delivery, b->keys, &f);
    else
        refuse_routing_id(b, id, (size_t)n, f.line);
    zmq_msg_close(&body);
    return true;
}

static void read_mail(struct bus *b)
{
    for (struct bus_letter *l = bus_mail_take(b->mail), *next; l; l = next) {
        next = l->next;
        if (l->kind == LETTER_RESULT)
            delivery_result(b->delivery, l->tag, l->status, l->reason, l->number);
        else if (l->kind == LETTER_ACKED)
            delivery_acked(b->delivery, l->unit, l->receiver, l->number);
        else
            presence_elsewhere(b->presence, l->unit, clock_mono());
        bus_mail_discard(l);
    }
}

static void swap_keys(struct bus *b)
{
    b->keys_stamp = keys_stamp(b->keys_dir);
    struct keys *now = keys_load(b->keys_dir);

    if (!now) {
        log_error("bus.keys", "dir=\"%s\" kept=old", b->keys_dir);
        return;
    }
    struct keys *before = b->keys;
    b->keys = now;
    delivery_recheck(b->delivery, now);
    if (keys_lost_dashboard(before, now))
        publish_rebind(b->publish);
    keys_free(before);
    if (bus_state_watch(b))
        log_error("bus.keys", "error=no-memory");
}

static void name_unit(void *arg, const char *unit)
{
    struct buf *out = arg;

    if (out->len)
        buf_add_char(out, ' ');
    buf_add_text(out, unit);
}

static void tell_reach(struct bus *b, int64_t now)
{
    struct buf names = BUF_INIT;

    presence_each(b->presence, now, name_unit, &names);
    if (names.len && buf_ok(&names))
        b->ledger.reach(b->ledger.arg, buf_str(&names));
    buf_free(&names);
}

static void tick(struct bus *b, int64_t now)
{
    struct presence_counts n;

    publish_announce(b->publish);
    delivery_sweep(b->delivery);
    presence_turn(b->presence, now);
    if (b->ledger.reach)
        tell_reach(b, now);
    presence_counts(b->presence, &n);
    b->tally.canaries = n.canaries;
    b->tally.canaries_missed = n.missed;
    b->tally.units_expected = n.expected;
    b->tally.units_offline = n.offline;
    b->tick_at = now + b->tick;
    if (now < b->keys_at)
        return;
    b->keys_at = now + BUS_KEYS_MS; /* a file removed by hand is a revocation too */
    if (keys_stamp(b->keys_dir) != b->keys_stamp)
        b->reload = true;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Everything that can be done now, in bounded portions: when the next turn is due. */
static int64_t turn(struct bus *b)
{
    int64_t now = clock_mono();
    int err = 0;

    delivery_set_now(b->delivery, now);
    for (int i = 0; i < ZAP_TURN && (err = zap_answer(b->zap, b->keys)) != ERR_AGAIN; i++)
        b->tally.refused_keys += err == ERR_REFUSED;
    if (atomic_exchange(&b->reload, false))
        swap_keys(b);
    for (int i = 0; i < ROUTER_TURN && receive(b); i++)
        ;
    read_mail(b);
    int64_t due = publish_turn(b->publish, b->head, now);
    due = earlier(due, delivery_turn(b->delivery));
    due = earlier(due, bus_lines_turn(b->lines, now));
    if (now >= b->tick_at)
        tick(b, now);
    return earlier(due, b->tick_at);
}

void *bus_state_run(void *arg)
{
    struct bus *b = arg;
    struct pulse *pulse = pulse_start("bus");
    zmq_pollitem_t items[] = {{.socket = b->zap, .events = ZMQ_POLLIN},
                              {.socket = b->router, .events = ZMQ_POLLIN},
                              {.fd = bus_mail_fd(b->mail), .events = ZMQ_POLLIN},
                              {.socket = bus_lines_monitor(b->lines), .events = ZMQ_POLLIN}};

    while (!b->stop) {
        pulse_beat(pulse);
        int64_t wait = turn(b) - clock_mono();
        zmq_poll(items, sizeof items / sizeof *items, wait > 0 ? wait : 0);
    }
    turn(b); /* results that were posted before the stop */
    pulse_stop(pulse);
    return NULL;
}

void bus_committed(struct bus *b, uint64_t head)
{
    uint64_t seen = b->head;

    while (seen < head && !atomic_compare_exchange_weak(&b->head, &seen, head))
        ;
    bus_mail_ring(b->mail);
}

void bus_result(struct bus *b, uint64_t tag, int status, const char *reason, uint64_t seq)
{
    struct bus_letter l = {.kind = LETTER_RESULT,
                           .tag = tag,
                           .number = seq,
                           .status = status,
                           .reason = (char *)(uintptr_t)reason};

    bus_mail_post(b->mail, &l);
}

void bus_acked(struct bus *b, const char *unit, const char *receiver, uint64_t unitseq)
{
    struct bus_letter l = {.kind = LETTER_ACKED, .number = unitseq};

    snprintf(l.unit, sizeof l.unit, "%s", unit);
    snprintf(l.receiver, sizeof l.receiver, "%s", receiver);
    bus_mail_post(b->mail, &l);
}

void bus_reached(struct bus *b, const char *unit)
{
    struct bus_letter l = {.kind = LETTER_REACHED};

    snprintf(l.unit, sizeof l.unit, "%s", unit);
    bus_mail_post(b->mail, &l);
}

void bus_reload_keys(struct bus *b)
{
    b->reload = true;
    bus_mail_ring(b->mail);
}

void bus_counters(struct bus *b, struct bus_counters *out)
{
    const struct bus_lines_counts *units = &b->units_lines, *pub = &b->pub_lines;

    *out = (struct bus_counters){.published = b->tally.published,
                                 .delivered = b->tally.delivered,
                                 .acked = b->tally.acked,
                                 .refused_keys = b->tally.refused_keys,
                                 .bad_frames = b->tally.bad_frames,
                                 .oversized = b->tally.oversized,
                                 .receivers = b->tally.receivers,
                                 .lines_accepted = units->accepted,
                                 .lines_greeted = units->greeted,
                                 .lines_ended = units->ended,
                                 .lines_cut = units->cut,
                                 .pub_accepted = pub->accepted,
                                 .pub_greeted = pub->greeted,
                                 .pub_ended = pub->ended,
                                 .canaries = b->tally.canaries,
                                 .canaries_missed = b->tally.canaries_missed,
                                 .units_expected = b->tally.units_expected,
                                 .units_offline = b->tally.units_offline};
}
