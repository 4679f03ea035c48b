#include "alerts/bus/publish.h"

#include <inttypes.h>
#include <stdlib.h>
#include <zmq.h>

#include "alerts/bus/bus_socket.h"
#include "alerts/bus/zap.h"
#include "base/err.h"
#include "base/log.h"

enum { BURST = 512, QUEUE = 20000, BIND_RETRY_MS = 20, READ_RETRY_MS = 200, ADDRESS_MAX = 256 };

struct publish {
    struct publish_conf conf;
    void *socket; /* NULL while unbound, and so is the next */
    struct bus_lines *lines;
    char bound[ADDRESS_MAX];
    uint64_t published, marked;
    int64_t retry_at;
    struct event *events; /* BURST of them */
    struct buf out;
};

static void close_socket(struct publish *p)
{
    bus_lines_free(p->lines);
    if (p->socket)
        zmq_close(p->socket);
    p->lines = NULL;
    p->socket = NULL;
}

static int bind_socket(struct publish *p)
{
    const struct publish_conf *c = &p->conf;
    size_t n = sizeof p->bound;

    p->socket = bus_socket_new(c->context, ZMQ_PUB, ZAP_DASHBOARDS, c->server, QUEUE);
    p->lines = p->socket ? bus_lines_new(c->context, p->socket, c->lines) : NULL;
    if (!p->lines || zmq_bind(p->socket, c->endpoint) ||
        zmq_getsockopt(p->socket, ZMQ_LAST_ENDPOINT, p->bound, &n)) {
        close_socket(p);
        return ERR_IO;
    }
    return 0;
}

struct publish *publish_open(const struct publish_conf *conf)
{
    struct publish *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->conf = *conf;
    p->published = p->marked = conf->published;
    p->events = calloc(BURST, sizeof *p->events);
    if (!p->events || bind_socket(p)) {
        log_error("bus.bind", "endpoint=\"%s\" error=\"%s\"", conf->endpoint,
                  zmq_strerror(zmq_errno()));
        publish_close(p);
        return NULL;
    }
    return p;
}

void publish_close(struct publish *p)
{
    if (!p)
        return;
    close_socket(p);
    buf_free(&p->out);
    free(p->events);
    free(p);
}

const char *publish_endpoint(const struct publish *p)
{
    return p->bound;
}

/* Never blocks: PUB drops for a subscriber whose queue is full, and the subscriber sees the gap in
 * unitseq. */
static void send_event(struct publish *p, const struct event *e)
{
    char topic[2 * SLUG_MAX + 16];

    for (size_t i = 0; i < e->naudience; i++) {
        const struct event_audience *to = &e->audience[i];
        size_t n = event_pub_topic(e, to->unit, topic);
        buf_reset(&p->out);
        if (event_write_addressed(e, p->conf.home, to->unitseq, STR_NONE, &p->out))
            continue;
        zmq_send(p->socket, topic, n, ZMQ_SNDMORE | ZMQ_DONTWAIT);
        zmq_send(p->socket, p->out.data, p->out.len, ZMQ_DONTWAIT);
        p->conf.tally->published++;
        serve_mark(p->conf.serve, to->unit);
    }
}

/* Units do not wait for PUB: while it cannot tell who has news, everyone looks. */
static int64_t stand_by(struct publish *p, uint64_t head, int64_t retry_at)
{
    if (p->marked < head) {
        serve_mark_all(p->conf.serve);
        p->marked = head;
    }
    return p->retry_at = retry_at;
}

int64_t publish_turn(struct publish *p, uint64_t head, int64_t now)
{
    const struct bus_ledger *l = p->conf.ledger;

    if (p->retry_at > now)
        return stand_by(p, head, p->retry_at);
    if (!p->socket && bind_socket(p))
        return stand_by(p, head, now + BIND_RETRY_MS);
    bus_lines_turn(p->lines, now);
    p->retry_at = 0;
    if (p->published >= head)
        return INT64_MAX;
    int got = l->events_after(l->arg, p->published, p->events, BURST);
    if (got <= 0) {
        log_warn("bus.read", "after=%" PRIu64 " error=%s", p->published,
                 got ? err_name(got) : "nothing-there");
        return stand_by(p, head, now + READ_RETRY_MS);
    }
    for (int i = 0; i < got; i++)
        send_event(p, &p->events[i]);
    p->published = p->events[got - 1].seq;
    if (p->marked < p->published)
        p->marked = p->published;
    return p->published < head ? now : INT64_MAX;
}

void publish_rebind(struct publish *p)
{
    close_socket(p);
    p->retry_at = 0;
    log_info("bus.rebind", "endpoint=\"%s\"", p->conf.endpoint);
}

void publish_announce(struct publish *p)
{
    if (!p->socket)
        return;
    buf_reset(&p->out);
    buf_add_text(&p->out, "{\"epoch\":");
    buf_add_json(&p->out, str_from(p->conf.home->epoch));
    buf_addf(&p->out, ",\"head\":%" PRIu64 "}", p->published);
    if (!buf_ok(&p->out))
        return;
    zmq_send(p->socket, "head", 4, ZMQ_SNDMORE | ZMQ_DONTWAIT);
    zmq_send(p->socket, p->out.data, p->out.len, ZMQ_DONTWAIT);
}
