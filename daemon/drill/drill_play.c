#define _GNU_SOURCE
#include "daemon/drill/drill_play.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/queue.h"
#include "feeds/fetch/fetch.h"

enum { BODY_ITEMS = 100, BODY_BYTES = 2 * 1024 * 1024 };

struct drill_play {
    const struct drill_file *file;
    int64_t until; /* clock_mono() after which its texts may not be kept */
    const struct roster *roster;
    struct queue *bodies;
    struct queue *rest; /* never holds anything: closed, it ends a rest */
    pthread_t thread;
    atomic_size_t given;
};

static void put(struct buf *b, const char *key, struct str value)
{
    buf_add_text(b, key);
    buf_add_json(b, value);
}

/* JSON Feed 1.1, which the worker reads like any other. */
static void put_item(struct buf *b, const struct drill_item *i)
{
    char time[CLOCK_TEXT];

    put(b, "{\"id\":", i->id);
    if (i->link.n)
        put(b, ",\"url\":", i->link);
    if (i->title.n)
        put(b, ",\"title\":", i->title);
    put(b, ",\"content_text\":", i->text);
    if (i->published)
        put(b, ",\"date_published\":", str_from(clock_format(i->published, time)));
    buf_add_char(b, '}');
}

/* What the items from `at` on that were found together make one body: the one past the last. */
static size_t put_body(struct buf *b, const struct drill_file *f, size_t at)
{
    const struct drill_item *first = &f->items[at];
    size_t end = at;

    put(b, "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":",
        f->sources[first->source].id);
    buf_add_text(b, ",\"items\":[");
    for (; end < f->nitems && end - at < BODY_ITEMS && b->len < BODY_BYTES; end++) {
        const struct drill_item *i = &f->items[end];
        if (i->at != first->at || i->source != first->source || i->quiet != first->quiet)
            break;
        if (end > at)
            buf_add_char(b, ',');
        put_item(b, i);
    }
    buf_add_text(b, "]}");
    return end;
}

/* Until the clock says so: false when the play is to stop. */
static bool rest_until(struct drill_play *p, int64_t when)
{
    void *none;

    while (clock_now() < when && clock_mono() < p->until)
        if (queue_take(p->rest, &none, 1, clock_wait_ms(when)) == ERR_CLOSED)
            return false;
    return clock_mono() < p->until;
}

/* One body, taken by a worker: how many items, 0 when the play is to stop. */
static size_t give(struct drill_play *p, size_t at)
{
    const struct drill_item *first = &p->file->items[at];
    struct fetched *f = calloc(1, sizeof *f);
    size_t end = at;

    if (!f || !roster_find(p->roster, p->file->sources[first->source].id, &f->source))
        goto fail;
    end = put_body(&f->body, p->file, at);
    f->mime = strdup("application/feed+json");
    if (!buf_ok(&f->body) || !f->mime)
        goto fail;
    f->outcome = FETCH_BODY;
    f->status = 200;
    f->at = clock_now();
    /* What alerted nobody then is what a source had when it was first seen, or is judged so again:
     * an old one of the first kind must not alert now. */
    f->first = first->quiet;
    if (queue_push(p->bodies, f)) {
        fetch_fetched_free(f);
        return 0;
    }
    return end - at;
fail:
    log_error("drill.item", "at=%zu err=%s", at, err_name(f ? ERR_NOTFOUND : ERR_NOMEM));
    fetch_fetched_free(f);
    return 1; /* the others shall come */
}

static void *play(void *arg)
{
    struct drill_play *p = arg;
    size_t at = 0, n;

    pthread_setname_np(pthread_self(), "drill");
    while (at < p->file->nitems && rest_until(p, p->file->items[at].at) && (n = give(p, at))) {
        at += n;
        p->given = at;
    }
    if (at == p->file->nitems)
        log_info("drill.played", "items=%zu", at);
    while (rest_until(p, INT64_MAX))
        continue;
    if (clock_mono() >= p->until) {
        log_error("drill.expired", "note=\"its texts may not be kept any longer: delete its store "
                  "and its file\"");
        kill(getpid(), SIGTERM);
    }
    return NULL;
}

struct drill_play *drill_play_start(const struct config *config, const struct roster *roster,
                                    struct queue *bodies)
{
    struct drill_play *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->file = config->drill;
    p->until = config->drill_until;
    p->roster = roster;
    p->bodies = bodies;
    p->rest = queue_new(1);
    if (!p->rest || pthread_create(&p->thread, NULL, play, p)) {
        queue_free(p->rest);
        free(p);
        return NULL;
    }
    return p;
}

void drill_play_stop(struct drill_play *p)
{
    if (!p)
        return;
    queue_close(p->rest);
    pthread_join(p->thread, NULL);
    queue_free(p->rest);
    free(p);
}

size_t drill_play_count(const struct drill_play *p)
{
    return p->given;
}
