/* Publishing in bursts, as after a commit: the bus beside a bare CURVE PUB socket that sends the
 * same bytes to one subscriber, round by round in turn; medians. One JSON line.
 *   bus_publish [ROUNDS] */
#define _GNU_SOURCE
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "alerts/bus/keys.h"
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

enum { ROUNDS_MAX = 1000 };

/* Seconds of each round. */
struct side {
    double wall[ROUNDS_MAX], cpu[ROUNDS_MAX];
};

static double cpu(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct frames {
    char topic[256], body[4096];
    size_t topic_len, body_len;
};

/* The clock starts at the commit: what the ledger does before is another row's. */
static void burst_ours(struct memory_ledger *m, struct bus *b, void *sub, struct frames *f,
                       struct side *spent, int round)
{
    uint64_t head = memory_ledger_add_many(m, "wage-arrears", "wages", BURST);
    double wall = now(), used = cpu();

    bus_committed(b, head);
    f->topic_len = take(sub, BURST, f->topic, f->body, &f->body_len);
    spent->wall[round] = now() - wall;
    spent->cpu[round] = cpu() - used;
}

struct raw {
    void *pub, *sub, *context, *own_context;
};

static void open_raw(struct raw *r, const struct key_pair *server, const struct key_pair *own)
{
    char at[128];
    size_t n = sizeof at;

    r->context = zmq_ctx_new();
    r->own_context = zmq_ctx_new();
    r->pub = zmq_socket(r->context, ZMQ_PUB);
    zmq_setsockopt(r->pub, ZMQ_SNDHWM, &(int){QUEUE}, sizeof(int));
    zmq_setsockopt(r->pub, ZMQ_CURVE_SERVER, &(int){1}, sizeof(int));
    zmq_setsockopt(r->pub, ZMQ_CURVE_SECRETKEY, server->secret_key, KEY_TEXT - 1);
    zmq_bind(r->pub, "tcp://127.0.0.1:*");
    zmq_getsockopt(r->pub, ZMQ_LAST_ENDPOINT, at, &n);
    r->sub = subscriber(r->own_context, at, server, own);
    zmq_pollitem_t item = {.socket = r->sub, .events = ZMQ_POLLIN};
    do { /* until the subscription stands */
        zmq_send(r->pub, "head", 4, ZMQ_SNDMORE);
        zmq_send(r->pub, "", 0, 0);
    } while (zmq_poll(&item, 1, 10) < 1);
}

static void close_raw(struct raw *r)
{
    zmq_close(r->sub);
    zmq_close(r->pub);
    zmq_ctx_term(r->own_context);
    zmq_ctx_term(r->context);
}

struct sender {
    struct raw *raw;
    const struct frames *frames;
};

/* A thread of its own, as the bus has one. */
static void *send_burst(void *arg)
{
    const struct sender *s = arg;

    for (int j = 0; j < BURST; j++) {
        zmq_send(s->raw->pub, s->frames->topic, s->frames->topic_len, ZMQ_SNDMORE);
        zmq_send(s->raw->pub, s->frames->body, s->frames->body_len, 0);
    }
    return NULL;
}

static void burst_raw(struct raw *r, const struct frames *f, struct side *spent, int round)
{
    struct sender sender = {r, f};
    struct frames got;
    double wall = now(), used = cpu();
    pthread_t thread;

    pthread_create(&thread, NULL, send_burst, &sender);
    take(r->sub, BURST, got.topic, got.body, &got.body_len);
    pthread_join(thread, NULL);
    spent->wall[round] = now() - wall;
    spent->cpu[round] = cpu() - used;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, by_value);
    return values[n / 2];
}

/* Each round's two halves ran side by side: their ratio is what the machine's other work leaves. */
static double ratio(const double *ours, const double *raw, int n)
{
    static double each[ROUNDS_MAX];

    for (int i = 0; i < n; i++)
        each[i] = ours[i] / raw[i];
    return median(each, n);
}

static void report(struct side *ours, struct side *raw, const struct frames *f, int rounds)
{
    double wall = ratio(ours->wall, raw->wall, rounds), cpus = ratio(ours->cpu, raw->cpu, rounds);

    printf("{\"row\":\"publish\",\"messages\":%d,\"bytes\":%zu,\"us_each\":%.2f,"
           "\"raw_curve_pub_us_each\":%.2f,\"ratio\":%.2f,\"cpu_us_each\":%.2f,"
           "\"raw_cpu_us_each\":%.2f,\"cpu_ratio\":%.2f}\n",
           rounds * BURST, f->topic_len + f->body_len, median(ours->wall, rounds) * 1e6 / BURST,
           median(raw->wall, rounds) * 1e6 / BURST, wall, median(ours->cpu, rounds) * 1e6 / BURST,
           median(raw->cpu, rounds) * 1e6 / BURST, cpus);
}

/* One that nobody listens at. */
static void free_endpoint(char out[static 160])
{
    void *context = zmq_ctx_new(), *s = zmq_socket(context, ZMQ_PUB);
    size_t n = 160;

    zmq_bind(s, "tcp://127.0.0.1:*");
    zmq_getsockopt(s, ZMQ_LAST_ENDPOINT, out, &n);
    zmq_close(s);
    zmq_ctx_term(context);
}

static int measure(const char *dir, int rounds)
{
    struct key_pair server, own;
    struct frames f;
    static struct side ours, raw;
    struct raw bare;
    struct memory_ledger *m = memory_ledger_new();
    struct bus_ledger face = memory_ledger_face(m);
    char pub[160], units[160];

    if (keys_ensure(dir, "server") || keys_read(dir, "server", true, &server) ||
        keys_ensure(dir, "dashboards/hall") || keys_read(dir, "dashboards/hall", true, &own))
        return 1;
    snprintf(units, sizeof units, "ipc://%s/desks", dir);
    free_endpoint(pub);
    struct bus_conf conf = {
        .pub_endpoint = pub, .units_endpoint = units, .keys_dir = dir, .epoch = "bench",
        .site = "https://huiying.example.gov.cn"};
    struct bus *b = bus_start(&conf, &face);
    if (!b)
        return 1;
    void *context = zmq_ctx_new();
    void *sub = subscriber(context, pub, &server, &own);
    zmq_recv(sub, f.topic, sizeof f.topic, 0); /* the first announcement: it stands */
    zmq_recv(sub, f.body, sizeof f.body, 0);
    open_raw(&bare, &server, &own);
    burst_ours(m, b, sub, &f, &ours, 0); /* once to warm up */
    burst_raw(&bare, &f, &raw, 0);
    for (int i = 0; i < rounds; i++) { /* who comes first changes, too */
        if (i % 2)
            burst_raw(&bare, &f, &raw, i);
        burst_ours(m, b, sub, &f, &ours, i);
        if (i % 2 == 0)
            burst_raw(&bare, &f, &raw, i);
    }
    report(&ours, &raw, &f, rounds);
    close_raw(&bare);
    zmq_close(sub);
    zmq_ctx_term(context);
    bus_stop(b);
    memory_ledger_free(m);
    return 0;
}

int main(int argc, char **argv)
{
    char dir[60], command[100];
    const char *tmp = getenv("TMPDIR");
    int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 40;

    log_set_level(LOG_WARN);
    /* Sockets lie in it, whose paths are short. */
    snprintf(dir, sizeof dir, "%s/huiying-bench.XXXXXX", tmp && strlen(tmp) < 36 ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return 1;
    int err = measure(dir, rounds < 1 ? 1 : rounds > ROUNDS_MAX ? ROUNDS_MAX : rounds);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command) || err;
}
