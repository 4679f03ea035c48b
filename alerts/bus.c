#define _GNU_SOURCE
#include "alerts/bus.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

#include "alerts/bus_mail.h"
#include "alerts/bus_socket.h"
#include "alerts/delivery.h"
#include "alerts/publish.h"
#include "alerts/zap.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

enum {
    UNIT_QUEUE = 256, /* messages that wait in a receiver's pipe; the rest waits in the ledger */
    ZAP_TURN = 64,
    ROUTER_TURN = 256,
    TICK_MS = 1000,
    PROBE_MS = 5000,
    ROUTING_ID = 5, /* bytes of one that the server chose: 0 and a counter */
    ADDRESS_MAX = 256
};

struct bus {
    struct bus_ledger ledger;
    char *epoch, *keys_dir;
    void *context, *zap, *router;
    struct key_pair server;
    struct keys *keys;
    struct delivery *delivery;
    struct publish *publish;
    struct bus_mail *mail;
    struct bus_tally tally;
    _Atomic uint64_t head;
    atomic_bool stop, reload;
    int64_t tick_at;
    pthread_t thread;
    bool running;
};

static int send_to(void *arg, uint32_t id, struct str json)
{
    struct bus *b = arg;
    unsigned char to[ROUTING_ID] = {0, (unsigned char)(id >> 24), (unsigned char)(id >> 16),
                                    (unsigned char)(id >> 8), (unsigned char)id};

    if (zmq_send(b->router, to, sizeof to, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
        return zmq_errno() == EAGAIN || zmq_errno() == EINTR ? ERR_AGAIN : ERR_CLOSED;
    return zmq_send(b->router, json.p, json.n, ZMQ_DONTWAIT) < 0 ? ERR_CLOSED : 0;
}

/* A routing id that the peer chose could be taken over by another key between two sends, and events
 * would go to the wrong unit; ids that the server counts up never come back. */
static void refuse_routing_id(struct bus *b, const void *id, size_t n)
{
    static const char text[] = "{\"op\":\"error\",\"reason\":"
                               "\"不要自设 routing id (do not set a routing id)\"}";

    b->tally.bad_frames++;
    if (zmq_send(b->router, id, n, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0)
        zmq_send(b->router, text, sizeof text - 1, ZMQ_DONTWAIT);
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
    if (n == ROUTING_ID && id[0] == 0)
        delivery_frame(b->delivery, b->keys,
                       (uint32_t)id[1] << 24 | (uint32_t)id[2] << 16 | (uint32_t)id[3] << 8 | id[4],
                       zmq_msg_gets(&body, "User-Id"),
                       (struct str){zmq_msg_data(&body), zmq_msg_size(&body)}, parts == 1);
    else
        refuse_routing_id(b, id, (size_t)n);
    zmq_msg_close(&body);
    return true;
}

static void read_mail(struct bus *b)
{
    for (struct bus_letter *l = bus_mail_take(b->mail), *next; l; l = next) {
        next = l->next;
        if (l->kind == LETTER_RESULT)
            delivery_result(b->delivery, l->tag, l->status, l->reason, l->number);
        else
            delivery_acked(b->delivery, l->unit, l->receiver, l->number);
        bus_mail_discard(l);
    }
}

static void swap_keys(struct bus *b)
{
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
    if (now >= b->tick_at) {
        publish_announce(b->publish);
        delivery_sweep(b->delivery);
        b->tick_at = now + TICK_MS;
    }
    return earlier(due, b->tick_at);
}

static void *run(void *arg)
{
    struct bus *b = arg;
    zmq_pollitem_t items[] = {{.socket = b->zap, .events = ZMQ_POLLIN},
                              {.socket = b->router, .events = ZMQ_POLLIN},
                              {.fd = bus_mail_fd(b->mail), .events = ZMQ_POLLIN}};

    while (!b->stop) {
        int64_t wait = turn(b) - clock_mono();
        zmq_poll(items, 3, wait > 0 ? wait : 0);
    }
    turn(b); /* results that were posted before the stop */
    return NULL;
}

static int open_router(struct bus *b, const char *endpoint)
{
    int on = 1;

    b->router = bus_socket_new(b->context, ZMQ_ROUTER, ZAP_UNITS, &b->server, UNIT_QUEUE);
    if (!b->router)
        return ERR_IO;
    if (zmq_setsockopt(b->router, ZMQ_ROUTER_MANDATORY, &on, sizeof on) ||
        zmq_bind(b->router, endpoint)) {
        log_error("bus.bind", "endpoint=\"%s\" error=\"%s\"", endpoint, zmq_strerror(zmq_errno()));
        return ERR_IO;
    }
    return 0;
}

static int open_sockets(struct bus *b, const struct bus_conf *conf)
{
    b->context = zmq_ctx_new();
    b->zap = b->context ? zap_open(b->context) : NULL;
    if (!b->zap) {
        log_error("bus.zap", "error=\"%s\"", zmq_strerror(zmq_errno()));
        return ERR_IO;
    }
    if (open_router(b, conf->units_endpoint))
        return ERR_IO;
    struct publish_conf pub = {.context = b->context,
                               .endpoint = conf->pub_endpoint,
                               .server = &b->server,
                               .ledger = &b->ledger,
                               .epoch = b->epoch,
                               .serve = delivery_serve(b->delivery),
                               .tally = &b->tally,
                               .published = conf->published};
    b->publish = publish_open(&pub);
    return b->publish ? 0 : ERR_IO;
}

/* A server that lets a stranger in must not start: a missing handler or a changed library would
 * otherwise open the bus without a sign. */
static int self_test(struct bus *b)
{
    char units[ADDRESS_MAX];
    const struct {
        const char *endpoint;
        int type;
    } doors[] = {{units, ZMQ_DEALER}, {publish_endpoint(b->publish), ZMQ_SUB}};
    size_t n = sizeof units;

    if (zmq_getsockopt(b->router, ZMQ_LAST_ENDPOINT, units, &n))
        return ERR_IO;
    for (size_t i = 0; i < 2; i++) {
        int err = zap_probe(b->context, b->zap, b->keys, doors[i].endpoint, doors[i].type,
                            b->server.public_key, PROBE_MS);
        if (err) {
            log_error("bus.selftest", "endpoint=\"%s\" unknown_key=%s", doors[i].endpoint,
                      err == ERR_REFUSED ? "let-in" : err_name(err));
            return ERR_REFUSED;
        }
    }
    return 0;
}

static int load_keys(struct bus *b)
{
    int err = keys_ensure(b->keys_dir, "server");

    if (!err)
        err = keys_read(b->keys_dir, "server", true, &b->server);
    if (!err && !(b->keys = keys_load(b->keys_dir)))
        err = ERR_IO;
    if (err)
        log_error("bus.keys", "dir=\"%s\" error=%s", b->keys_dir, err_name(err));
    return err;
}

/* Signals belong to the main thread. */
static int start_thread(struct bus *b)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(&b->thread, NULL, run, b);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (err)
        return ERR_NOMEM;
    pthread_setname_np(b->thread, "bus");
    b->running = true;
    return 0;
}

struct bus *bus_start(const struct bus_conf *conf, const struct bus_ledger *ledger)
{
    struct bus *b = calloc(1, sizeof *b);

    if (!b)
        return NULL;
    b->ledger = *ledger;
    b->epoch = strdup(conf->epoch);
    b->keys_dir = strdup(conf->keys_dir);
    b->mail = bus_mail_new();
    if (b->epoch && b->keys_dir && b->mail) {
        struct delivery_conf dc = {&b->ledger, b->epoch, {b, send_to}, &b->tally};
        b->delivery = delivery_new(&dc);
    }
    if (!b->delivery) {
        log_error("bus.start", "error=no-memory");
        goto fail;
    }
    b->head = ledger->head(ledger->arg);
    if (load_keys(b) || open_sockets(b, conf) || self_test(b) || start_thread(b))
        goto fail;
    return b;
fail:
    bus_stop(b);
    return NULL;
}

void bus_stop(struct bus *b)
{
    if (!b)
        return;
    if (b->running) {
        b->stop = true;
        bus_mail_ring(b->mail);
        pthread_join(b->thread, NULL);
    }
    publish_close(b->publish);
    if (b->router)
        zmq_close(b->router);
    if (b->zap)
        zmq_close(b->zap);
    if (b->context)
        zmq_ctx_term(b->context);
    delivery_free(b->delivery);
    bus_mail_free(b->mail);
    keys_free(b->keys);
    keys_wipe(&b->server);
    free(b->epoch);
    free(b->keys_dir);
    free(b);
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

void bus_reload_keys(struct bus *b)
{
    b->reload = true;
    bus_mail_ring(b->mail);
}

void bus_counters(struct bus *b, struct bus_counters *out)
{
    *out = (struct bus_counters){.published = b->tally.published,
                                 .delivered = b->tally.delivered,
                                 .acked = b->tally.acked,
                                 .refused_keys = b->tally.refused_keys,
                                 .bad_frames = b->tally.bad_frames,
                                 .receivers = b->tally.receivers};
}
