#define _GNU_SOURCE
#include "tests/unit/bus_rig.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "base/log.h"

enum { PATIENCE_MS = 60000, RAW_MAX = 32 };

static void free_port(char out[64])
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    close(fd);
    snprintf(out, 64, "tcp://127.0.0.1:%u", ntohs(a.sin_port));
}

void rig_enrol(struct rig *r, const char *stem, struct key_pair *out)
{
    assert_int_equal(keys_ensure(r->dir, stem), 0);
    assert_int_equal(keys_read(r->dir, stem, true, out), 0);
}

static void start_bus(struct rig *r)
{
    struct bus_conf conf = {.pub_endpoint = r->pub,
                            .units_endpoint = r->units,
                            .keys_dir = r->dir,
                            .epoch = RIG_EPOCH,
                            .site = RIG_SITE,
                            .snapshot_after = r->snapshot_after,
                            .times = r->times};
    struct bus_ledger face = memory_ledger_face(r->ledger);

    conf.published = face.head(face.arg);
    r->bus = bus_start(&conf, &face);
    assert_non_null(r->bus);
    memory_ledger_attach(r->ledger, r->bus);
}

static void stop_bus(struct rig *r)
{
    memory_ledger_attach(r->ledger, NULL);
    bus_stop(r->bus);
}

int rig_start(void **state)
{
    struct rig *r = calloc(1, sizeof *r);

    log_set_level(LOG_ERROR);
    assert_int_equal(scratch_folder(r->dir, "bus"), 0);
    rig_enrol(r, "server", &r->server);
    rig_enrol(r, "units/wages", &r->wages);
    rig_enrol(r, "units/health", &r->health);
    rig_enrol(r, "dashboards/hall", &r->hall);
    rig_enrol(r, "dashboards/gate", &r->gate);
    assert_int_equal(zmq_curve_keypair(r->stranger.public_key, r->stranger.secret_key), 0);
    free_port(r->pub);
    do
        free_port(r->units);
    while (strcmp(r->pub, r->units) == 0);
    r->times = (struct presence_times){3600000, 3600000, 3600000};
    r->ledger = memory_ledger_new();
    r->context = zmq_ctx_new();
    start_bus(r);
    *state = r;
    return 0;
}

int rig_stop(void **state)
{
    struct rig *r = *state;

    stop_bus(r);
    memory_ledger_free(r->ledger);
    for (size_t i = 0; i < RAW_MAX; i++)
        if (r->raw[i])
            zmq_close(r->raw[i]);
    zmq_ctx_term(r->context);
    int err = scratch_remove(r->dir);
    free(r);
    return err;
}

void rig_restart(struct rig *r)
{
    stop_bus(r);
    start_bus(r);
}

void rig_revoke(struct rig *r, const char *stem)
{
    char path[SCRATCH_PATH + 128];

    snprintf(path, sizeof path, "%s/%s.public", r->dir, stem);
    assert_int_equal(unlink(path), 0);
    bus_reload_keys(r->bus);
}

const char *rig_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

uint64_t rig_number(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

json_t *rig_await(struct bus_client *c, const char *op)
{
    struct buf text = BUF_INIT;
    json_t *doc = NULL;

    while (!doc) {
        assert_int_equal(bus_client_next(c, PATIENCE_MS, &text), 0);
        doc = json_loadb(text.data, text.len, 0, NULL);
        assert_non_null(doc);
        if (strcmp(rig_text(doc, "op"), op)) {
            json_decref(doc);
            doc = NULL;
        }
    }
    buf_free(&text);
    return doc;
}

uint64_t rig_next_event(struct bus_client *c)
{
    json_t *doc = rig_await(c, "event");
    uint64_t unitseq = rig_number(json_object_get(doc, "event"), "unitseq");

    json_decref(doc);
    return unitseq;
}

struct bus_client *rig_client(struct rig *r, const struct key_pair *key, const char *receiver,
                              const char *epoch, uint64_t last, uint64_t *resume)
{
    struct bus_client *c = bus_client_open(r->units, r->server.public_key, key);

    assert_non_null(c);
    assert_int_equal(bus_client_hello(c, receiver, epoch, last), 0);
    json_t *welcome = rig_await(c, "welcome");
    assert_string_equal(rig_text(welcome, "epoch"), RIG_EPOCH);
    if (resume)
        *resume = rig_number(welcome, "resume");
    json_decref(welcome);
    return c;
}

void *rig_raw(struct rig *r, int type, const struct key_pair *key, const char *endpoint)
{
    void *s = zmq_socket(r->context, type);

    assert_non_null(s);
    zmq_setsockopt(s, ZMQ_LINGER, &(int){0}, sizeof(int));
    zmq_setsockopt(s, ZMQ_RECONNECT_IVL, &(int){20}, sizeof(int));
    if (key) {
        zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, r->server.public_key, 40);
        zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, key->public_key, 40);
        zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, key->secret_key, 40);
    }
    if (type == ZMQ_SUB)
        zmq_setsockopt(s, ZMQ_SUBSCRIBE, "", 0);
    if (endpoint)
        assert_int_equal(zmq_connect(s, endpoint), 0);
    size_t i = 0;
    while (r->raw[i])
        assert_true(++i < RAW_MAX);
    r->raw[i] = s;
    return s;
}

void rig_close(struct rig *r, void *socket)
{
    for (size_t i = 0; i < RAW_MAX; i++)
        if (r->raw[i] == socket)
            r->raw[i] = NULL;
    zmq_close(socket);
}

void rig_send(void *socket, const char *text)
{
    assert_int_equal(zmq_send(socket, text, strlen(text), 0), (int)strlen(text));
}

json_t *rig_read(void *socket)
{
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    zmq_msg_t msg;

    assert_int_equal(zmq_poll(&item, 1, PATIENCE_MS), 1);
    zmq_msg_init(&msg);
    assert_true(zmq_msg_recv(&msg, socket, ZMQ_DONTWAIT) >= 0);
    json_t *doc = json_loadb(zmq_msg_data(&msg), zmq_msg_size(&msg), 0, NULL);
    zmq_msg_close(&msg);
    assert_non_null(doc);
    return doc;
}

json_t *rig_expect(void *socket, const char *op)
{
    json_t *doc = rig_read(socket);

    while (strcmp(op, "pong") && strcmp(rig_text(doc, "op"), "pong") == 0) {
        json_decref(doc); /* unasked, after a silence on a slow machine */
        doc = rig_read(socket);
    }
    assert_string_equal(rig_text(doc, "op"), op);
    return doc;
}

void rig_expect_gone(void *socket, const char *op)
{
    json_decref(rig_expect(socket, op));
}

void *rig_watch(struct rig *r, void *socket, int events)
{
    static int count;
    char place[64];

    snprintf(place, sizeof place, "inproc://rig.monitor.%d", ++count);
    assert_int_equal(zmq_socket_monitor(socket, place, events), 0);
    void *monitor = zmq_socket(r->context, ZMQ_PAIR);
    zmq_setsockopt(monitor, ZMQ_RCVTIMEO, &(int){PATIENCE_MS}, sizeof(int));
    assert_int_equal(zmq_connect(monitor, place), 0);
    return monitor;
}

int rig_first_event(void *socket, void *monitor)
{
    unsigned char raw[6];
    uint16_t kind;

    assert_int_equal(zmq_recv(monitor, raw, sizeof raw, 0), 6);
    zmq_socket_monitor(socket, NULL, 0); /* first, or it waits for a reader that has gone */
    zmq_close(monitor);
    memcpy(&kind, raw, sizeof kind);
    return kind;
}
