#include "feeds/fetch/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"

/* Nothing begins while MOST wait, or as many as the queue has room for. Each handing over wakes the
 * taker, which costs a quarter of a poll and more. A full queue has no descriptor for "no longer
 * full": it is looked at again every BLOCKED_MS. Bodies past RIPE_BYTES would only push each other
 * out of the processor's caches. */
enum { MOST = 192, RIPE = 128, RIPE_BYTES = 512 * 1024, RIPE_MS = 4, BLOCKED_MS = 20 };

struct outbox {
    struct queue *out;
    struct fetched **list; /* oldest first */
    size_t n, cap, bytes;  /* of their bodies */
    int64_t since; /* of the oldest */
    bool stuck;    /* out was full at the last try */
    size_t room;   /* of out when this turn of the loop began, at least: nobody else fills it */
};

struct outbox *outbox_new(struct queue *out)
{
    struct outbox *o = calloc(1, sizeof *o);

    if (o)
        o->out = out;
    return o;
}

void outbox_free(struct outbox *o)
{
    if (!o)
        return;
    for (size_t i = 0; i < o->n; i++)
        fetch_fetched_free(o->list[i]);
    free(o->list);
    free(o);
}

int outbox_put(struct outbox *o, struct fetched *f, int64_t now)
{
    if (o->n == o->cap) {
        size_t cap = o->cap ? 2 * o->cap : MOST;
        struct fetched **more = reallocarray(o->list, cap, sizeof *more);
        if (!more)
            return ERR_NOMEM;
        o->list = more;
        o->cap = cap;
    }
    if (!o->n)
        o->since = now;
    o->list[o->n++] = f;
    o->bytes += f->body.len;
    return 0;
}

void outbox_look(struct outbox *o)
{
    o->room = queue_room(o->out);
}

void outbox_send(struct outbox *o, bool idle)
{
    bool closed = false;

    bool few = o->n < RIPE && o->bytes < RIPE_BYTES && o->n < o->room - o->room / 4 && !idle;
    if (!o->n || (few && clock_mono() - o->since < RIPE_MS))
        return;
    size_t sent = queue_try_push_all(o->out, (void *const *)o->list, o->n, &closed);
    for (size_t i = 0; closed && i < sent; i++)
        fetch_fetched_free(o->list[i]);
    o->n -= sent;
    o->room -= sent < o->room ? sent : o->room;
    o->stuck = o->n > 0;
    if (sent && o->n)
        memmove(o->list, o->list + sent, o->n * sizeof *o->list);
    o->bytes = 0;
    for (size_t i = 0; i < o->n; i++)
        o->bytes += o->list[i]->body.len;
}

bool outbox_blocked(const struct outbox *o)
{
    return o->stuck || o->n >= MOST || o->n >= o->room;
}

int outbox_wait_ms(const struct outbox *o, int most)
{
    int ms = outbox_blocked(o) ? BLOCKED_MS : o->n ? RIPE_MS : most;

    return ms < most ? ms : most;
}
