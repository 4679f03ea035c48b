/* Publishing in bursts, as after a commit: the bus beside a bare CURVE PUB socket that sends the
 * same bytes to one subscriber. One JSON line.
 *   bus_publish [ROUNDS] */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "alerts/keys.h"
#include "base/log.h"
#include "tests/helpers/memory_ledger.h"

enum { BURST = 10000, QUEUE = 20000 };

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *subscriber(void *context, const char *endpoint, const struct key_pair *server,
                        const struct key_pair *own)
{
    void *s = zmq_socket(context, ZMQ_SUB);

    zmq_setsockopt(s, ZMQ_RCVHWM, &(int){0}, sizeof(int));
    zmq_setsockopt(s, ZMQ_LINGER, &(int){0}, sizeof(int));
    zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, server->public_key, KEY_TEXT - 1);
    zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, own->public_key, KEY_TEXT - 1);
    zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, own->secret_key, KEY_TEXT - 1);
    zmq_setsockopt(s, ZMQ_SUBSCRIBE, "concern/", 8);
    zmq_setsockopt(s, ZMQ_SUBSCRIBE, "head", 4);
    zmq_connect(s, endpoint);
    return s;
}

/* Take `count` events, announcements apart; the size of the last one's frames. */
static size_t take(void *sub, int count, char topic[static 256], char body[static 4096],
                   size_t *len)
{
    size_t n = 0;

    while (count) {
        n = (size_t)zmq_recv(sub, topic, 256, 0);
        *len = (size_t)zmq_recv(sub, body, 4096, 0);
        count -= n != 4;
    }
    return n;
}

/* The clock starts at the commit: what the ledger does before is another row's. */
static double run_bus(struct memory_ledger *m, struct bus *b, void *sub, int rounds, char *topic,
                      size_t *topic_len, char *body, size_t *body_len)
{
    double spent = 0;

    for (int i = 0; i < rounds; i++) {
        uint64_t head = memory_ledger_add_many(m, "wage-arrears", "wages", BURST);
        double from = now();
        bus_committed(b, head);
        *topic_len = take(sub, BURST, topic, body, body_len);
        spent += now() - from;
    }
    return spent;
}

static double run_raw(void *context, const struct key_pair *server, const struct key_pair *own,
                      int rounds, const char *topic, size_t topic_len, const char *body,
                      size_t body_len)
{
    char at[128], got[256], text[4096];
    size_t n = sizeof at, len;
    double spent = 0;
    void *pub = zmq_socket(context, ZMQ_PUB);

    zmq_setsockopt(pub, ZMQ_SNDHWM, &(int){QUEUE}, sizeof(int));
    zmq_setsockopt(pub, ZMQ_CURVE_SERVER, &(int){1}, sizeof(int));
    zmq_setsockopt(pub, ZMQ_CURVE_SECRETKEY, server->secret_key, KEY_TEXT - 1);
    zmq_bind(pub, "tcp://127.0.0.1:*");
    zmq_getsockopt(pub, ZMQ_LAST_ENDPOINT, at, &n);
    void *own_context = zmq_ctx_new();
    void *sub = subscriber(own_context, at, server, own);
    zmq_pollitem_t item = {.socket = sub, .events = ZMQ_POLLIN};
    do { /* until the subscription stands */
        zmq_send(pub, "head", 4, ZMQ_SNDMORE);
        zmq_send(pub, "", 0, 0);
    } while (zmq_poll(&item, 1, 10) < 1);
    for (int i = 0; i < rounds; i++) {
        double from = now();
        for (int j = 0; j < BURST; j++) {
            zmq_send(pub, topic, topic_len, ZMQ_SNDMORE);
            zmq_send(pub, body, body_len, 0);
        }
        take(sub, BURST, got, text, &len);
        spent += now() - from;
    }
    zmq_close(sub);
    zmq_close(pub);
    zmq_ctx_term(own_context);
    return spent;
}

static int measure(const char *dir, int rounds)
{
    struct key_pair server, own;
    char topic[256], body[4096];
    size_t topic_len, body_len;
    struct memory_ledger *m = memory_ledger_new();
    struct bus_ledger face = memory_ledger_face(m);
    char pub[160], units[160];

    if (keys_ensure(dir, "server") || keys_read(dir, "server", true, &server) ||
        keys_ensure(dir, "dashboards/hall") || keys_read(dir, "dashboards/hall", true, &own))
        return 1;
    snprintf(units, sizeof units, "ipc://%s/units", dir);
    snprintf(pub, sizeof pub, "tcp://127.0.0.1:%d", 20000 + getpid() % 20000);
    struct bus_conf conf = {
        .pub_endpoint = pub, .units_endpoint = units, .keys_dir = dir, .epoch = "bench"};
    struct bus *b = bus_start(&conf, &face);
    if (!b)
        return 1;
    void *context = zmq_ctx_new();
    void *sub = subscriber(context, pub, &server, &own);
    zmq_recv(sub, topic, sizeof topic, 0); /* the first announcement: it stands */
    zmq_recv(sub, body, sizeof body, 0);
    double ours = run_bus(m, b, sub, rounds, topic, &topic_len, body, &body_len);
    void *raw_context = zmq_ctx_new();
    double raw = run_raw(raw_context, &server, &own, rounds, topic, topic_len, body, body_len);
    double n = (double)rounds * BURST / 1e6;
    printf("{\"row\":\"publish\",\"messages\":%d,\"bytes\":%zu,\"us_each\":%.2f,"
           "\"raw_curve_pub_us_each\":%.2f,\"ratio\":%.2f}\n",
           rounds * BURST, topic_len + body_len, ours / n, raw / n, ours / raw);
    zmq_ctx_term(raw_context);
    zmq_close(sub);
    zmq_ctx_term(context);
    bus_stop(b);
    memory_ledger_free(m);
    return 0;
}

int main(int argc, char **argv)
{
    char dir[] = "/tmp/huiying-bench.XXXXXX", command[64];
    int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 20;

    log_set_level(LOG_WARN);
    if (!mkdtemp(dir))
        return 1;
    int err = measure(dir, rounds > 0 ? rounds : 1);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command) || err;
}
