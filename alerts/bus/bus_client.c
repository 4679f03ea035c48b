#include "alerts/bus/bus_client.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

#include "alerts/bus/bus_wire.h"
#include "base/clock.h"
#include "base/err.h"

enum {
    WINDOW = 256,        /* events that may be under way */
    PING_MS = 3000,      /* without a word of ours */
    STALE_MS = 10000,    /* nothing heard */
    DEAD_MS = 12000,     /* nothing heard: the line is cut */
    REOPEN_MS = 200,     /* before a cut line is tried again */
    REFUSED_MS = 1000,   /* before a refused key is shown again */
    REPLY_MAX = 1024 * 1024
};

struct bus_client {
    void *context, *socket, *monitor;
    char **endpoints;    /* NULL-ended */
    size_t count, at;    /* of endpoints; the next one */
    char server_public[KEY_TEXT];
    struct key_pair own;
    unsigned opened;     /* sockets so far */
    int64_t reopen_at;   /* clock_mono(); 0: the socket is in use */
    bool cut;            /* what came before the cut is read first */
    int64_t heard_at, said_at, heartbeat;
    int64_t alive_at;    /* as heard_at, but for the connections that said nothing */
    bool greeted, held;
    char receiver[SLUG_MAX], epoch[129];
    uint64_t last, taken; /* place in the ledger; events since credit was last given */
    struct buf out;
};

static const struct {
    int option, value;
} options[] = {
    {ZMQ_LINGER, 500},          {ZMQ_IPV6, 1},
    {ZMQ_SNDHWM, 1000},         {ZMQ_RCVHWM, 1000},
    {ZMQ_RECONNECT_IVL, 100},   {ZMQ_RECONNECT_IVL_MAX, 2000},
    {ZMQ_HEARTBEAT_IVL, 5000},  {ZMQ_HEARTBEAT_TIMEOUT, 15000},
};

static int send_out(struct bus_client *c)
{
    if (!buf_ok(&c->out))
        return ERR_NOMEM;
    if (!c->socket)
        return ERR_CLOSED;
    if (zmq_send(c->socket, c->out.data, c->out.len, ZMQ_DONTWAIT) < 0)
        return ERR_AGAIN;
    c->said_at = clock_mono();
    return 0;
}

static int send_hello(struct bus_client *c)
{
    buf_reset(&c->out);
    buf_add_text(&c->out, "{\"op\":\"hello\",\"receiver\":");
    buf_add_json(&c->out, str_from(c->receiver));
    buf_add_text(&c->out, ",\"epoch\":");
    buf_add_json(&c->out, str_from(c->epoch));
    buf_addf(&c->out, ",\"last\":%" PRIu64 ",\"credit\":%d}", c->last, c->held ? 0 : WINDOW);
    c->taken = c->held ? WINDOW : 0;
    return send_out(c);
}

static void close_socket(struct bus_client *c)
{
    if (c->socket)
        zmq_socket_monitor(c->socket, NULL, 0); /* before its reader: see zap_probe() */
    if (c->monitor)
        zmq_close(c->monitor);
    if (c->socket)
        zmq_close(c->socket);
    c->socket = c->monitor = NULL;
}

static int set_options(struct bus_client *c)
{
    int64_t longest = REPLY_MAX;

    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (zmq_setsockopt(c->socket, options[i].option, &options[i].value, sizeof(int)))
            return ERR_IO;
    return zmq_setsockopt(c->socket, ZMQ_MAXMSGSIZE, &longest, sizeof longest) ||
                   zmq_setsockopt(c->socket, ZMQ_CURVE_SERVERKEY, c->server_public, KEY_TEXT - 1) ||
                   zmq_setsockopt(c->socket, ZMQ_CURVE_PUBLICKEY, c->own.public_key,
                                  KEY_TEXT - 1) ||
                   zmq_setsockopt(c->socket, ZMQ_CURVE_SECRETKEY, c->own.secret_key, KEY_TEXT - 1)
               ? ERR_IO
               : 0;
}

/* With nowhere else to go ZeroMQ goes on trying by itself. */
static int watched(const struct bus_client *c)
{
    return ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
           (c->count > 1 ? ZMQ_EVENT_CONNECT_RETRIED : 0);
}

/* A new connection is a new socket: hello is then surely its first message, and nothing that was
 * queued for the old session reaches the new one. */
static int open_socket(struct bus_client *c)
{
    const char *endpoint = c->endpoints[c->at];
    char place[64];

    c->at = (c->at + 1) % c->count;
    snprintf(place, sizeof place, "inproc://huiying.bus.monitor.%u", ++c->opened);
    c->reopen_at = 0;
    c->cut = false;
    c->heard_at = c->said_at = clock_mono();
    c->socket = zmq_socket(c->context, ZMQ_DEALER);
    c->monitor = zmq_socket(c->context, ZMQ_PAIR);
    if (!c->socket || !c->monitor || set_options(c) ||
        zmq_socket_monitor(c->socket, place, watched(c)) ||
        zmq_connect(c->monitor, place) || zmq_connect(c->socket, endpoint)) {
        close_socket(c);
        c->reopen_at = clock_mono() + REFUSED_MS;
        return ERR_IO;
    }
    return c->greeted ? send_hello(c) : 0;
}

static int read_endpoints(struct bus_client *c, struct str list)
{
    c->endpoints = calloc(list.n + 2, sizeof *c->endpoints);
    while (c->endpoints && list.n) {
        size_t comma = str_find(list, STR(","), 0), n = comma == (size_t)-1 ? list.n : comma;
        if (!(c->endpoints[c->count] = strndup(list.p, n)))
            return ERR_NOMEM;
        c->count++;
        n += n < list.n;
        list = (struct str){list.p + n, list.n - n};
    }
    return c->count ? 0 : ERR_INVALID;
}

struct bus_client *bus_client_open(const char *endpoints, const char *server_public,
                                   const struct key_pair *mine)
{
    struct bus_client *c = strlen(server_public) == KEY_TEXT - 1 ? calloc(1, sizeof *c) : NULL;

    if (!c)
        return NULL;
    memcpy(c->server_public, server_public, KEY_TEXT);
    c->own = *mine;
    c->context = zmq_ctx_new();
    c->alive_at = clock_mono();
    c->heartbeat = PING_MS;
    if (read_endpoints(c, str_from(endpoints)) || !c->context || open_socket(c)) {
        bus_client_close(c);
        return NULL;
    }
    return c;
}

void bus_client_close(struct bus_client *c)
{
    if (!c)
        return;
    close_socket(c);
    if (c->context)
        zmq_ctx_term(c->context);
    keys_wipe(&c->own);
    buf_free(&c->out);
    for (size_t i = 0; i < c->count; i++)
        free(c->endpoints[i]);
    free(c->endpoints);
    free(c);
}

int bus_client_hello(struct bus_client *c, const char *receiver, const char *epoch, uint64_t last)
{
    if (strlen(receiver) >= sizeof c->receiver || strlen(epoch) >= sizeof c->epoch)
        return ERR_LIMIT;
    memcpy(c->receiver, receiver, strlen(receiver) + 1);
    memcpy(c->epoch, epoch, strlen(epoch) + 1);
    c->last = last;
    c->greeted = true;
    return send_hello(c);
}

int bus_client_ack(struct bus_client *c, uint64_t unitseq)
{
    buf_reset(&c->out);
    buf_addf(&c->out, "{\"op\":\"ack\",\"unitseq\":%" PRIu64 "}", unitseq);
    return send_out(c);
}

int bus_client_command(struct bus_client *c, const char *act, const char *concern,
                       const char *members, const char *key)
{
    size_t n = members ? strlen(members) : 0;

    buf_reset(&c->out);
    buf_add_text(&c->out, "{\"op\":\"command\",\"key\":");
    buf_add_json(&c->out, str_from(key));
    buf_add_text(&c->out, ",\"act\":");
    buf_add_json(&c->out, str_from(act));
    buf_add_text(&c->out, ",\"concern\":");
    buf_add_json(&c->out, str_from(concern));
    if (n > 2) { /* the members between its braces */
        buf_add_char(&c->out, ',');
        buf_add_str(&c->out, (struct str){members + 1, n - 1});
    } else {
        buf_add_char(&c->out, '}');
    }
    return send_out(c);
}

static void give_credit(struct bus_client *c)
{
    if (c->held || c->taken < WINDOW / 2)
        return;
    buf_reset(&c->out);
    buf_addf(&c->out, "{\"op\":\"credit\",\"add\":%" PRIu64 "}", c->taken);
    if (send_out(c) == 0)
        c->taken = 0;
}

/* The place to go on from after a cut, and the credit that an event used up. */
static void note(struct bus_client *c, const char *op, const json_t *doc)
{
    if (strcmp(op, "welcome") == 0) {
        const char *epoch = json_string_value(json_object_get(doc, "epoch"));
        if (epoch && strlen(epoch) < sizeof c->epoch)
            memcpy(c->epoch, epoch, strlen(epoch) + 1);
        c->last = (uint64_t)json_integer_value(json_object_get(doc, "resume"));
        int64_t heartbeat = json_integer_value(json_object_get(doc, "heartbeat"));
        c->heartbeat = heartbeat > 0 && heartbeat < PING_MS ? heartbeat : PING_MS;
    } else if (strcmp(op, "snapshot-end") == 0) {
        c->last = (uint64_t)json_integer_value(json_object_get(doc, "unitseq"));
    } else if (strcmp(op, "event") == 0 || strcmp(op, "concern") == 0) {
        const json_t *event = json_object_get(doc, "event");
        if (event)
            c->last = (uint64_t)json_integer_value(json_object_get(event, "unitseq"));
        c->taken++;
        give_credit(c);
    }
}

void bus_client_hold(struct bus_client *c, bool on)
{
    c->held = on;
    if (c->greeted)
        give_credit(c);
}

/* One waiting message: 0 with its text, ERR_AGAIN when none waits or it was for us alone. */
static int receive(struct bus_client *c, struct buf *json)
{
    zmq_msg_t msg;
    int err = ERR_AGAIN;

    zmq_msg_init(&msg);
    if (zmq_msg_recv(&msg, c->socket, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&msg);
        return ERR_TIMEOUT;
    }
    c->heard_at = c->alive_at = clock_mono();
    json_t *doc = json_loadb(zmq_msg_data(&msg), zmq_msg_size(&msg), 0, NULL);
    const char *op = json_string_value(json_object_get(doc, "op"));
    if (op && strcmp(op, "canary") == 0) {
        bus_wire_canary(&c->out, (uint64_t)json_integer_value(json_object_get(doc, "number")));
        send_out(c);
    } else if (op && strcmp(op, "pong")) {
        buf_reset(json);
        err = buf_add(json, zmq_msg_data(&msg), zmq_msg_size(&msg));
        note(c, op, doc);
    }
    json_decref(doc);
    zmq_msg_close(&msg);
    return err;
}

static int read_monitor(struct bus_client *c)
{
    unsigned char event[6];
    char address[256];
    uint16_t kind;

    while (zmq_recv(c->monitor, event, sizeof event, ZMQ_DONTWAIT) == sizeof event) {
        zmq_recv(c->monitor, address, sizeof address, 0);
        memcpy(&kind, event, sizeof kind);
        if (kind == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
            close_socket(c);
            c->reopen_at = clock_mono() + REFUSED_MS;
            return ERR_CLOSED;
        }
        c->cut = true;
    }
    return 0;
}

static void check_line(struct bus_client *c, int64_t now)
{
    if (now - c->heard_at >= DEAD_MS)
        c->cut = true;
    if (c->cut || now - c->said_at < c->heartbeat)
        return;
    c->said_at = now;
    buf_reset(&c->out);
    buf_add_text(&c->out, "{\"op\":\"ping\"}");
    send_out(c);
}

/* Wait at most wait_ms for something to happen. */
static int await(struct bus_client *c, int64_t wait_ms)
{
    zmq_pollitem_t items[] = {{.socket = c->socket, .events = ZMQ_POLLIN},
                              {.socket = c->monitor, .events = ZMQ_POLLIN}};
    int64_t now = clock_mono();

    if (c->reopen_at && c->reopen_at <= now)
        open_socket(c);
    if (!c->socket) {
        int64_t left = c->reopen_at - now;
        return zmq_poll(NULL, 0, left < wait_ms ? left : wait_ms) < 0 ? ERR_TIMEOUT : 0;
    }
    if (zmq_poll(items, 2, wait_ms < c->heartbeat ? wait_ms : c->heartbeat) < 0)
        return zmq_errno() == EINTR ? ERR_TIMEOUT : ERR_IO;
    return 0;
}

/* Something to hand over, or ERR_AGAIN. */
static int look(struct bus_client *c, struct buf *json)
{
    int err;

    if (!c->socket)
        return ERR_AGAIN;
    do
        err = receive(c, json);
    while (err == ERR_AGAIN);
    if (err != ERR_TIMEOUT)
        return err;
    if (c->cut) {
        close_socket(c);
        c->reopen_at = clock_mono() + REOPEN_MS;
        return ERR_AGAIN;
    }
    return read_monitor(c) ? ERR_CLOSED : ERR_AGAIN;
}

bool bus_client_stale(const struct bus_client *c)
{
    return clock_mono() - c->alive_at >= STALE_MS;
}

int bus_client_snapshot(struct bus_client *c)
{
    buf_reset(&c->out);
    buf_add_text(&c->out, "{\"op\":\"snapshot\"}");
    return send_out(c);
}

int bus_client_next(struct bus_client *c, int wait_ms, struct buf *json)
{
    int64_t until = clock_mono() + wait_ms;

    for (;;) {
        int err = look(c, json);
        if (err != ERR_AGAIN)
            return err;
        int64_t now = clock_mono();
        if (c->cut && c->socket)
            continue; /* what arrived before the cut was noticed is still to be read */
        if (now >= until)
            return ERR_TIMEOUT;
        err = await(c, until - now);
        if (err)
            return err;
        if (c->socket)
            check_line(c, clock_mono());
    }
}
