#include "daemon/ledger/bus_ledger.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/utf8.h"

enum {
    EXCERPT_MAX = 600, /* bytes of text that a unit is shown beside the title */
    CURSORS = 128      /* handed over at a time */
};

struct bus_ledger_view {
    struct store *reader; /* bus thread only */
    struct ledger *ledger;
    pthread_mutex_t lock; /* of bus: results come from the ledger thread */
    struct bus *bus;
    bool replicated;
    atomic_uint_fast64_t told; /* seq of the last event that the ledger told of */
};

/* How many of them may be passed on. */
static int settled(const struct bus_ledger_view *v, const struct event *list, int n)
{
    uint64_t last = v->told;

    while (v->replicated && n > 0 && list[n - 1].seq > last)
        n--;
    return n;
}

static int events_after(void *arg, uint64_t after, struct event *out, size_t max)
{
    const struct bus_ledger_view *v = arg;

    return settled(v, out, store_events_after(v->reader, after, out, max));
}

static int unit_events_after(void *arg, const char *unit, uint64_t after, struct event *out,
                             size_t max)
{
    const struct bus_ledger_view *v = arg;

    return settled(v, out, store_unit_events_after(v->reader, unit, after, out, max));
}

static int write_brief(void *arg, const struct store_item *item)
{
    struct buf *out = arg;

    if (!item->title.n && !item->text.n)
        return 0;
    buf_add_text(out, "{\"title\":");
    buf_add_json(out, item->title);
    buf_add_text(out, ",\"excerpt\":");
    buf_add_json(out, (struct str){item->text.p, utf8_cut(item->text, EXCERPT_MAX)});
    buf_add_text(out, ",\"link\":");
    buf_add_json(out, item->link);
    buf_add_char(out, '}');
    return 1; /* the newest that still has text is enough */
}

static int item_brief(void *arg, uint64_t concern, struct buf *out)
{
    struct bus_ledger_view *v = arg;
    int err = store_concern_items(v->reader, concern, 16, write_brief, out);

    return err > 0 ? 0 : err;
}

struct walk {
    struct bus_place *place;
    uint64_t last; /* event that may be told of; a concern has the number of its first one */
    int (*each)(void *arg, const struct concern *c);
    void *arg;
    int passed;
};

static int pass_concern(void *arg, const struct concern *c)
{
    struct walk *w = arg;

    if (c->id <= w->last && w->each(w->arg, c))
        return 1;
    *w->place = (struct bus_place){-c->opened, c->id};
    w->passed++;
    return 0;
}

/* By the time of opening, which never changes. */
static int open_concerns(void *arg, const char *unit, struct bus_place *place, size_t max,
                         int (*each)(void *each_arg, const struct concern *c), void *each_arg)
{
    const struct bus_ledger_view *v = arg;
    struct walk w = {place, v->replicated ? v->told : UINT64_MAX, each, each_arg, 0};
    struct store_query q = {.state = "open", .unit = unit, .order = STORE_BY_NEWEST,
                            .after_key = place->key, .after_id = place->id, .limit = max};
    int err = store_concerns(v->reader, &q, pass_concern, &w);

    return err < 0 ? err : w.passed;
}

static uint64_t head(void *arg)
{
    const struct bus_ledger_view *v = arg;
    uint64_t stored = store_head(v->reader);

    return v->replicated && stored > v->told ? v->told : stored;
}

static int unit_head(void *arg, const char *unit, uint64_t *out)
{
    const struct bus_ledger_view *v = arg;
    int err = store_read_unit_head(v->reader, unit, out);
    struct event e;

    while (!err && v->replicated && *out) {
        int n = store_unit_events_after(v->reader, unit, *out - 1, &e, 1);
        if (n == 1 && settled(v, &e, 1))
            break;
        err = n < 0 ? n : 0;
        *out -= n == 1;
        if (!n)
            break;
    }
    return err;
}

static int cursor(void *arg, const char *unit, const char *receiver, uint64_t *out)
{
    return store_read_cursor(((struct bus_ledger_view *)arg)->reader, unit, receiver, out);
}

static size_t ack(void *arg, const struct bus_ack *acks, size_t n)
{
    struct bus_ledger_view *v = arg;
    struct store_cursor cursors[CURSORS];
    size_t taken = 0, some;

    for (size_t from = 0; from < n && taken == from; from += some) {
        some = n - from < CURSORS ? n - from : CURSORS;
        for (size_t i = 0; i < some; i++) {
            struct store_cursor *c = &cursors[i];
            c->unitseq = acks[from + i].unitseq;
            snprintf(c->unit, sizeof c->unit, "%s", acks[from + i].unit);
            snprintf(c->receiver, sizeof c->receiver, "%s", acks[from + i].receiver);
        }
        taken += ledger_cursors(v->ledger, cursors, some);
    }
    return taken;
}

struct asked {
    struct bus_ledger_view *view;
    uint64_t tag;
};

static void done(void *arg, int status, const char *reason, uint64_t seq)
{
    struct asked *a = arg;

    pthread_mutex_lock(&a->view->lock);
    if (a->view->bus)
        bus_result(a->view->bus, a->tag, status, reason, seq);
    pthread_mutex_unlock(&a->view->lock);
    free(a);
}

static int command(void *arg, const struct command *c, uint64_t tag)
{
    struct bus_ledger_view *v = arg;
    struct asked *a = malloc(sizeof *a);

    if (!a)
        return ERR_AGAIN;
    *a = (struct asked){v, tag};
    int err = ledger_command(v->ledger, c, done, a);
    if (err)
        free(a);
    return err ? ERR_AGAIN : 0;
}

static int line(void *arg, const char *unit, bool offline, uint32_t missed)
{
    return ledger_line(((struct bus_ledger_view *)arg)->ledger, unit, offline, missed) ? ERR_AGAIN
                                                                                       : 0;
}

static void reach(void *arg, struct str units)
{
    ledger_reach(((struct bus_ledger_view *)arg)->ledger, units);
}

/* From the ledger thread, after each commit. */
static void committed(void *arg, uint64_t seq)
{
    struct bus_ledger_view *v = arg;

    v->told = seq;
    pthread_mutex_lock(&v->lock);
    if (v->bus)
        bus_committed(v->bus, seq);
    pthread_mutex_unlock(&v->lock);
}

static void acked(void *arg, const struct store_cursor *c)
{
    struct bus_ledger_view *v = arg;

    pthread_mutex_lock(&v->lock);
    if (v->bus)
        bus_acked(v->bus, c->unit, c->receiver, c->unitseq);
    pthread_mutex_unlock(&v->lock);
}

static void reached(void *arg, const char *unit)
{
    struct bus_ledger_view *v = arg;

    pthread_mutex_lock(&v->lock);
    if (v->bus)
        bus_reached(v->bus, unit);
    pthread_mutex_unlock(&v->lock);
}

struct bus_ledger_view *bus_ledger_open(struct store *store, struct ledger *ledger,
                                        const struct bus_ledger_conf *conf,
                                        struct bus_ledger *out)
{
    struct bus_ledger_view *v = calloc(1, sizeof *v);

    if (!v || store_reader(store, &v->reader)) {
        free(v);
        return NULL;
    }
    v->ledger = ledger;
    v->replicated = conf->replicated;
    v->told = conf->told;
    pthread_mutex_init(&v->lock, NULL);
    *out = (struct bus_ledger){v,    events_after, unit_events_after, item_brief, open_concerns,
                               head, unit_head,    cursor,            ack,        command,
                               line, conf->follows ? reach : NULL};
    ledger_add_watch(ledger, &(struct ledger_watch){committed, acked, v, reached});
    return v;
}

void bus_ledger_attach(struct bus_ledger_view *v, struct bus *bus)
{
    pthread_mutex_lock(&v->lock);
    v->bus = bus;
    pthread_mutex_unlock(&v->lock);
}

void bus_ledger_detach(struct bus_ledger_view *v)
{
    bus_ledger_attach(v, NULL);
}

void bus_ledger_close(struct bus_ledger_view *v)
{
    if (!v)
        return;
    store_close(v->reader);
    pthread_mutex_destroy(&v->lock);
    free(v);
}
