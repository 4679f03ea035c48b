#include "alerts/bus/zap.h"

#include <stdint.h>
#include <stdio.h>
#include <zmq.h>

#include "base/clock.h"
#include "base/err.h"

enum {
    ENFORCE_DOMAIN = 93, /* ZMQ_ZAP_ENFORCE_DOMAIN, which zmq.h shows to draft builds only */
    FRAMES = 7,          /* of a CURVE request */
    FRAME_MAX = 256
};

enum { AT_VERSION, AT_ID, AT_DOMAIN, AT_ADDRESS, AT_IDENTITY, AT_MECHANISM, AT_KEY };

struct request {
    char data[FRAMES][FRAME_MAX];
    struct str frame[FRAMES];
    bool bad;
};

void *zap_open(void *context)
{
    void *handler = zmq_socket(context, ZMQ_REP);

    if (!handler)
        return NULL;
    if (zmq_setsockopt(handler, ZMQ_LINGER, &(int){0}, sizeof(int)) ||
        zmq_bind(handler, "inproc://zeromq.zap.01")) {
        zmq_close(handler);
        return NULL;
    }
    return handler;
}

int zap_guard(void *socket, const char *domain, const struct key_pair *server)
{
    int on = 1;

    return zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, domain, strlen(domain)) ||
                   zmq_setsockopt(socket, ENFORCE_DOMAIN, &on, sizeof on) ||
                   zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &on, sizeof on) ||
                   zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, server->secret_key, KEY_TEXT - 1)
               ? ERR_IO
               : 0;
}

static int receive(void *handler, struct request *r)
{
    int more = 1;

    memset(r, 0, sizeof *r);
    for (int i = 0; more; i++) {
        char spare[1];
        char *to = i < FRAMES ? r->data[i] : spare;
        size_t room = i < FRAMES ? FRAME_MAX : sizeof spare;
        int n = zmq_recv(handler, to, room, ZMQ_DONTWAIT);
        if (n < 0)
            return ERR_AGAIN;
        if (i >= FRAMES || (size_t)n > room)
            r->bad = true;
        else
            r->frame[i] = (struct str){to, (size_t)n};
        zmq_getsockopt(handler, ZMQ_RCVMORE, &more, &(size_t){sizeof more});
        r->bad |= !more && i < FRAMES - 1;
    }
    return 0;
}

static bool allowed(const struct request *r, const struct keys *keys)
{
    char name[SLUG_MAX];
    bool dashboard;

    if (r->bad || !str_is(r->frame[AT_VERSION], "1.0") ||
        !str_is(r->frame[AT_MECHANISM], "CURVE") || r->frame[AT_KEY].n != 32)
        return false;
    if (keys_owner(keys, (const unsigned char *)r->data[AT_KEY], name, &dashboard))
        return false;
    return str_is(r->frame[AT_DOMAIN], ZAP_UNITS) ||
           (str_is(r->frame[AT_DOMAIN], ZAP_DASHBOARDS) && dashboard);
}

int zap_answer(void *handler, const struct keys *keys)
{
    struct request r;
    char user[KEY_TEXT] = "";

    if (receive(handler, &r))
        return ERR_AGAIN;
    bool ok = allowed(&r, keys);
    if (ok)
        zmq_z85_encode(user, (const uint8_t *)r.data[AT_KEY], 32);
    zmq_send(handler, "1.0", 3, ZMQ_SNDMORE);
    zmq_send(handler, r.frame[AT_ID].p, r.frame[AT_ID].n, ZMQ_SNDMORE);
    zmq_send(handler, ok ? "200" : "400", 3, ZMQ_SNDMORE);
    zmq_send(handler, ok ? "OK" : "No", 2, ZMQ_SNDMORE);
    zmq_send(handler, user, strlen(user), ZMQ_SNDMORE);
    zmq_send(handler, "", 0, 0);
    return ok ? 0 : ERR_REFUSED;
}

static void *stranger(void *context, int type, const char *server_public)
{
    void *s = zmq_socket(context, type);
    struct key_pair own;
    int none = 0, never = -1;

    if (!s)
        return NULL;
    if (zmq_curve_keypair(own.public_key, own.secret_key) ||
        zmq_setsockopt(s, ZMQ_LINGER, &none, sizeof none) ||
        zmq_setsockopt(s, ZMQ_IPV6, &(int){1}, sizeof(int)) ||
        zmq_setsockopt(s, ZMQ_RECONNECT_IVL, &never, sizeof never) ||
        zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, server_public, KEY_TEXT - 1) ||
        zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, own.public_key, KEY_TEXT - 1) ||
        zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, own.secret_key, KEY_TEXT - 1)) {
        zmq_close(s);
        s = NULL;
    }
    keys_wipe(&own);
    return s;
}

/* Next handshake outcome of a monitor: 0 refused, ERR_REFUSED let in, ERR_AGAIN none yet. */
static int outcome(void *monitor)
{
    unsigned char event[6];
    char address[FRAME_MAX];
    uint16_t kind;

    if (zmq_recv(monitor, event, sizeof event, ZMQ_DONTWAIT) != sizeof event)
        return ERR_AGAIN;
    zmq_recv(monitor, address, sizeof address, 0);
    memcpy(&kind, event, sizeof kind);
    return kind == ZMQ_EVENT_HANDSHAKE_SUCCEEDED ? ERR_REFUSED : 0;
}

static int await_outcome(void *monitor, void *handler, const struct keys *keys, int wait_ms)
{
    int64_t until = clock_mono() + wait_ms, left;
    zmq_pollitem_t items[] = {{.socket = monitor, .events = ZMQ_POLLIN},
                              {.socket = handler, .events = ZMQ_POLLIN}};
    int found = ERR_AGAIN;

    while (found == ERR_AGAIN && (left = until - clock_mono()) > 0) {
        if (zmq_poll(items, handler ? 2 : 1, left) > 0 && handler)
            while (zap_answer(handler, keys) != ERR_AGAIN)
                ;
        found = outcome(monitor);
    }
    return found == ERR_AGAIN ? ERR_TIMEOUT : found;
}

int zap_probe(void *context, void *handler, const struct keys *keys, const char *endpoint, int type,
              const char *server_public, int wait_ms)
{
    static _Atomic unsigned probes; /* a monitor's address stays taken a while after its end */
    char place[64];
    void *s = stranger(context, type, server_public);
    void *monitor = s ? zmq_socket(context, ZMQ_PAIR) : NULL;
    int err = ERR_IO;

    snprintf(place, sizeof place, "inproc://huiying.zap.probe.%u", ++probes);
    if (monitor &&
        !zmq_socket_monitor(s, place,
                            ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) &&
        !zmq_connect(monitor, place) && !zmq_connect(s, endpoint))
        err = await_outcome(monitor, handler, keys, wait_ms);
    if (s)
        /* Before its reader goes: an event that nobody reads holds a lock. */
        zmq_socket_monitor(s, NULL, 0);
    if (monitor)
        zmq_close(monitor);
    if (s)
        zmq_close(s);
    return err;
}
