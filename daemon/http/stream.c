#include "daemon/http/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

enum {
    STREAM_BEAT_MS = 15000,
    STREAM_BATCH = 64,    /* events read at a time */
    STREAM_SCAN = 16,     /* batches of events that no filter lets pass, before others get a turn */
    STREAM_BLOCK = 16384
};

struct stream {
    struct streams *all;
    struct http_side *side;
    struct MHD_Connection *conn;
    struct exchange *x; /* outlives it; its MHD thread's */
    unsigned reviewed;  /* reviews at the last look at its right; written like `after` */
    int64_t review_at;  /* clock_mono() of the next in any case */
    char account[SLUG_MAX]; /* whose it is; empty: nobody's */
    struct stream_filter filter;
    uint64_t after;   /* seq of the last event read; written only while not suspended */
    uint64_t tried;   /* announced head at the last read that found nothing */
    struct buf out;   /* being sent; MHD thread only, like the four above and `told` */
    size_t sent;
    bool told;        /* that all up to the head was read */
    int64_t beat_at;  /* clock_mono() of the next comment */
    bool suspended;   /* guarded by all->lock */
    struct stream *prev, *next;
};

struct streams {
    pthread_mutex_t lock;
    pthread_t waker;
    int bell; /* eventfd */
    atomic_uint_fast64_t head;
    atomic_uint reviews; /* times that rights have changed */
    bool ended;
    struct stream *list;
};

/* The counter of an eventfd cannot fill up here: a failed ring means that it rings already. */
static void ring(struct streams *s)
{
    uint64_t one = 1;

    while (write(s->bell, &one, sizeof one) < 0 && errno == EINTR)
        continue;
}

/* With the lock held. */
static void resume(struct stream *st)
{
    if (!st->suspended)
        return;
    st->suspended = false;
    MHD_resume_connection(st->conn);
}

/* With the lock held: has it something to do, of those that are suspended? */
static bool is_due(const struct streams *s, const struct stream *st, int64_t now)
{
    return st->after < atomic_load(&s->head) || st->reviewed != atomic_load(&s->reviews) ||
           now >= st->beat_at || now >= st->review_at;
}

static void *wake_streams(void *arg)
{
    struct streams *s = arg;
    bool idle = true, ended = false;

    while (!ended) {
        struct pollfd bell = {.fd = s->bell, .events = POLLIN};
        uint64_t rung;
        if (poll(&bell, 1, idle ? -1 : 1000) > 0 && read(s->bell, &rung, sizeof rung) < 0)
            continue;
        int64_t now = clock_mono();
        pthread_mutex_lock(&s->lock);
        for (struct stream *st = s->list; st; st = st->next)
            if (s->ended || (st->suspended && is_due(s, st, now)))
                resume(st);
        idle = !s->list;
        ended = s->ended;
        pthread_mutex_unlock(&s->lock);
    }
    return NULL;
}

struct streams *streams_start(uint64_t head)
{
    struct streams *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    atomic_init(&s->head, head);
    atomic_init(&s->reviews, 0);
    s->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->bell < 0)
        goto fail;
    pthread_mutex_init(&s->lock, NULL);
    if (pthread_create(&s->waker, NULL, wake_streams, s))
        goto fail_lock;
    return s;
fail_lock:
    pthread_mutex_destroy(&s->lock);
    close(s->bell);
fail:
    free(s);
    return NULL;
}

void streams_committed(struct streams *s, uint64_t head)
{
    atomic_store(&s->head, head);
    ring(s);
}

void streams_review(struct streams *s)
{
    atomic_fetch_add(&s->reviews, 1);
    ring(s);
}

void streams_end(struct streams *s)
{
    pthread_mutex_lock(&s->lock);
    s->ended = true;
    pthread_mutex_unlock(&s->lock);
    ring(s);
    pthread_join(s->waker, NULL);
}

void streams_free(struct streams *s)
{
    if (!s)
        return;
    pthread_mutex_destroy(&s->lock);
    close(s->bell);
    free(s);
}

static bool passes(const struct stream_filter *f, const struct event *e)
{
    if (f->topic[0] && strcmp(f->topic, e->topic) != 0)
        return false;
    if (!f->unit[0] || strcmp(f->unit, e->unit) == 0)
        return true;
    for (size_t i = 0; i < e->naudience; i++)
        if (strcmp(f->unit, e->audience[i].unit) == 0)
            return true;
    return false;
}

static void add_event(struct stream *st, const struct event *e)
{
    buf_addf(&st->out, "id: %" PRIu64 "\nevent: %s\ndata: ", e->seq, event_type_name(e->type));
    if (event_write_json(e, store_epoch(st->side->reader), 0, STR_NONE, &st->out))
        st->out.failed = true;
    buf_add_text(&st->out, "\n\n");
}

/* Read on from st->after into st->out: events read in the last batch, or ERR_*. */
static int read_on(struct stream *st)
{
    struct event events[STREAM_BATCH];
    uint64_t head = atomic_load(&st->all->head); /* what comes after it may be lost yet */
    int n = STREAM_BATCH;

    for (int scan = 0; scan < STREAM_SCAN && n == STREAM_BATCH && !st->out.len; scan++) {
        n = store_events_after(st->side->reader, st->after, events, STREAM_BATCH);
        while (n > 0 && events[n - 1].seq > head)
            n--;
        for (int i = 0; i < n; i++) {
            st->after = events[i].seq;
            if (passes(&st->filter, &events[i]))
                add_event(st, &events[i]);
        }
    }
    if (n == STREAM_BATCH && !st->out.len)
        buf_add_text(&st->out, ":\n\n");
    return st->out.failed ? ERR_NOMEM : n;
}

enum wait_outcome { WAIT_SUSPENDED, WAIT_AGAIN, WAIT_BEAT, WAIT_END };

/* Nothing more to read. Deciding and suspending under one lock: a commit between them would be
 * missed otherwise. */
static enum wait_outcome wait_for_more(struct stream *st)
{
    struct streams *s = st->all;
    enum wait_outcome what = WAIT_SUSPENDED;

    pthread_mutex_lock(&s->lock);
    uint64_t head = atomic_load(&s->head);
    if (s->ended) {
        what = WAIT_END;
    } else if (st->reviewed != atomic_load(&s->reviews)) {
        what = WAIT_AGAIN;
    } else if (head > st->after && head > st->tried) {
        st->tried = head;
        what = WAIT_AGAIN;
    } else if (clock_mono() >= st->beat_at) {
        what = WAIT_BEAT;
    } else {
        st->suspended = true;
        MHD_suspend_connection(st->conn);
    }
    pthread_mutex_unlock(&s->lock);
    return what;
}

static ssize_t send_some(struct stream *st, char *to, size_t max)
{
    size_t n = st->out.len - st->sent;

    n = n < max ? n : max;
    memcpy(to, st->out.data + st->sent, n);
    st->sent += n;
    if (st->sent == st->out.len) {
        buf_reset(&st->out);
        st->sent = 0;
    }
    st->beat_at = clock_mono() + STREAM_BEAT_MS;
    return (ssize_t)n;
}

/* Who waits for the replay's end could not tell it from a pause: some events are not for him. */
static void tell_where(struct stream *st)
{
    buf_addf(&st->out, ": told %" PRIu64 "\n\n", st->after);
    st->told = true;
}

/* A stream lasts no longer than the right to it. */
static bool has_right(struct stream *st)
{
    unsigned reviews = atomic_load(&st->all->reviews);
    int64_t now = clock_mono();

    if (st->reviewed == reviews && now < st->review_at)
        return true;
    st->reviewed = reviews;
    st->review_at = now + STREAM_BEAT_MS;
    return caller_lasts(st->x);
}

static ssize_t next_block(void *cls, uint64_t pos, char *to, size_t max)
{
    struct stream *st = cls;

    (void)pos;
    while (!st->out.len) {
        if (!has_right(st))
            return MHD_CONTENT_READER_END_OF_STREAM;
        int n = read_on(st);
        if (n < 0) {
            log_error("http.stream", "err=%s", err_name(n));
            return MHD_CONTENT_READER_END_WITH_ERROR;
        }
        if (!st->out.len && !st->told)
            tell_where(st);
        if (st->out.len)
            break;
        switch (wait_for_more(st)) {
        case WAIT_SUSPENDED: return 0;
        case WAIT_END: return MHD_CONTENT_READER_END_OF_STREAM;
        case WAIT_BEAT: tell_where(st); break;
        case WAIT_AGAIN: break;
        }
    }
    return send_some(st, to, max);
}

static void close_stream(void *cls)
{
    struct stream *st = cls;
    struct streams *s = st->all;

    pthread_mutex_lock(&s->lock);
    if (st->prev)
        st->prev->next = st->next;
    else
        s->list = st->next;
    if (st->next)
        st->next->prev = st->prev;
    pthread_mutex_unlock(&s->lock);
    buf_free(&st->out);
    free(st);
}

/* With the lock held. Each side has places of its own, so that the socket is never shut out. */
static int find_place(const struct streams *s, const struct stream *st)
{
    unsigned side = 0, own = 0;

    for (const struct stream *one = s->list; one; one = one->next) {
        side += one->side == st->side;
        own += st->account[0] && strcmp(one->account, st->account) == 0;
    }
    if (s->ended)
        return ERR_CLOSED;
    if (own >= STREAMS_EACH)
        return ERR_LIMIT;
    return side >= STREAMS_MAX ? ERR_AGAIN : 0;
}

static int join_list(struct streams *s, struct stream *st)
{
    pthread_mutex_lock(&s->lock);
    int err = find_place(s, st);
    if (!err) {
        st->next = s->list;
        if (s->list)
            s->list->prev = st;
        s->list = st;
    }
    pthread_mutex_unlock(&s->lock);
    return err;
}

struct MHD_Response *stream_open(struct streams *s, struct exchange *x, uint64_t after,
                                 const struct stream_filter *filter, int *err)
{
    struct stream *st = calloc(1, sizeof *st);

    *err = ERR_NOMEM;
    if (!st)
        return NULL;
    int64_t beat_at = clock_mono() + STREAM_BEAT_MS;
    *st = (struct stream){.all = s, .side = x->side, .conn = x->conn, .x = x, .filter = *filter,
                          .after = after, .beat_at = beat_at, .review_at = beat_at,
                          .reviewed = atomic_load(&s->reviews)};
    memcpy(st->account, x->caller.name, sizeof st->account);
    /* Something at once, so that clients and proxies see the stream open. */
    buf_addf(&st->out, ": epoch %s\nretry: 2000\n\n", store_epoch(x->side->reader));
    *err = st->out.failed ? ERR_NOMEM : join_list(s, st);
    if (*err)
        goto fail;
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, STREAM_BLOCK, next_block, st, close_stream);
    if (!response) {
        close_stream(st);
        *err = ERR_NOMEM;
        return NULL;
    }
    ring(s);
    return response;
fail:
    buf_free(&st->out);
    free(st);
    return NULL;
}
