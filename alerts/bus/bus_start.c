#define _GNU_SOURCE
/* How the bus comes up, proves itself and goes down. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <zmq.h>

#include "alerts/bus/bus_socket.h"
#include "alerts/bus/bus_state.h"
#include "alerts/bus/zap.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

enum {
    UNIT_QUEUE = 256, /* messages that wait in a receiver's pipe; the rest waits in the ledger */
    TICK_MS = 1000,
    BEHIND = 10000,   /* events: a snapshot is less than their replay */
    PROBE_MS = 30000, /* a machine that is busy at its start is no attack */
    ADDRESS_MAX = 256
};

static int watch_one(void *arg, const char *name, bool dashboard,
                     const char public_key[static KEY_TEXT])
{
    (void)public_key;
    return dashboard ? 0 : presence_watch(arg, name);
}

int bus_state_watch(struct bus *b)
{
    presence_watch_begin(b->presence);
    int err = keys_each(b->keys, watch_one, b->presence);
    presence_watch_end(b->presence);
    return err;
}

static int send_to(void *arg, uint32_t id, struct str json)
{
    struct bus *b = arg;
    unsigned char to[BUS_ROUTING_ID] = {0, (unsigned char)(id >> 24), (unsigned char)(id >> 16),
                                    (unsigned char)(id >> 8), (unsigned char)id};

    if (zmq_send(b->router, to, sizeof to, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
        return zmq_errno() == EAGAIN || zmq_errno() == EINTR ? ERR_AGAIN : ERR_CLOSED;
    return zmq_send(b->router, json.p, json.n, ZMQ_DONTWAIT) < 0 ? ERR_CLOSED : 0;
}

static void cut_line(void *arg, struct line_mark line)
{
    bus_lines_cut(((struct bus *)arg)->lines, line, clock_mono());
}

static int tell_line(void *arg, const char *unit, bool offline, uint32_t missed)
{
    const struct bus *b = arg;

    return b->ledger.line(b->ledger.arg, unit, offline, missed);
}

static void send_canary(void *arg, const char *unit, uint64_t number)
{
    delivery_canary(((struct bus *)arg)->delivery, unit, number);
}

static int make_parts(struct bus *b, const struct bus_conf *conf)
{
    const struct presence_link link = {b, b->ledger.reach ? NULL : tell_line, send_canary};
    int64_t now = clock_mono();

    if (!b->epoch || (conf->site && !b->site) || !b->keys_dir || !b->mail)
        return ERR_NOMEM;
    b->presence = presence_new(&conf->times, &link, now);
    if (!b->presence)
        return ERR_NOMEM;
    b->tick = conf->times.silent && conf->times.silent < 8 * TICK_MS ? conf->times.silent / 8
                                                                     : TICK_MS;
    b->keys_at = now + BUS_KEYS_MS;
    struct delivery_conf dc = {.ledger = &b->ledger,
                               .home = &b->home,
                               .link = {b, send_to, cut_line},
                               .tally = &b->tally,
                               .presence = b->presence,
                               .snapshot_after = conf->snapshot_after ? conf->snapshot_after
                                                                      : BEHIND};
    b->delivery = delivery_new(&dc);
    return b->delivery ? 0 : ERR_NOMEM;
}

static int open_router(struct bus *b, const char *endpoint)
{
    int on = 1;

    b->router = bus_socket_new(b->context, ZMQ_ROUTER, ZAP_UNITS, &b->server, UNIT_QUEUE);
    b->lines = b->router ? bus_lines_new(b->context, b->router, &b->units_lines) : NULL;
    if (!b->lines)
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
                               .home = &b->home,
                               .serve = delivery_serve(b->delivery),
                               .tally = &b->tally,
                               .lines = &b->pub_lines,
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
    b->keys_stamp = keys_stamp(b->keys_dir);
    if (!err && !(b->keys = keys_load(b->keys_dir)))
        err = ERR_IO;
    if (!err)
        err = bus_state_watch(b);
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
    int err = pthread_create(&b->thread, NULL, bus_state_run, b);
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
    b->site = conf->site ? strdup(conf->site) : NULL;
    b->home = (struct event_home){b->epoch, b->site};
    b->keys_dir = strdup(conf->keys_dir);
    b->mail = bus_mail_new();
    if (make_parts(b, conf)) {
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
    bus_lines_free(b->lines);
    if (b->router)
        zmq_close(b->router);
    if (b->zap)
        zmq_close(b->zap);
    if (b->context)
        zmq_ctx_term(b->context);
    delivery_free(b->delivery);
    presence_free(b->presence);
    bus_mail_free(b->mail);
    keys_free(b->keys);
    keys_wipe(&b->server);
    free(b->epoch);
    free(b->site);
    free(b->keys_dir);
    free(b);
}

