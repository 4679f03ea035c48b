#define _GNU_SOURCE
#include "daemon/views/searcher.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/queue.h"

enum {
    REST_MS = 1000,  /* between two looks at the store */
    REST_MAX = 10000,
    REST_SHARE = 4,  /* times as long as the pass before took: the thread leaves others room */
    FAILED_MS = 5000,
    CALLS_MAX = 16
};

struct searcher {
    char *path;
    struct refuse *refuse; /* read-only once it is loaded */
    struct store *reader;  /* the thread's */
    struct search *index;  /* the thread's */
    bool ready, told;      /* the thread's: has caught up once; a failure is in the log */
    atomic_uint_fast64_t mark; /* the event that the index has come to; 0 while there is none */
    struct queue *calls;   /* of readers that found something wrong with the index */
    pthread_t thread;
};

/* The index in hand, or opened again after something went wrong with it. 0 or ERR_*. */
static int have_index(struct searcher *s, bool doubt)
{
    if (s->index && !doubt)
        return 0;
    search_close(s->index);
    s->index = NULL;
    s->ready = false;
    int err = search_open(s->path, s->reader, &s->index);
    if (!err)
        err = search_check(s->index);
    if (err == ERR_CORRUPT)
        err = search_remake(s->index, "damaged");
    return err;
}

/* One pass, or what has to come before it: items looked at, or ERR_*. */
static int work(struct searcher *s, bool doubt)
{
    int n = have_index(s, doubt);

    if (!n)
        n = search_follow(s->index, clock_now());
    if (n == ERR_CORRUPT || n == ERR_STALE) {
        s->ready = false;
        n = search_remake(s->index, n == ERR_STALE ? "behind" : "damaged");
        if (!n)
            n = search_follow(s->index, clock_now());
    }
    if (n < 0 && n != ERR_AGAIN) {
        search_close(s->index);
        s->index = NULL;
    }
    return n;
}

static void tell(struct searcher *s, int n)
{
    if (n < 0 && n != ERR_AGAIN && !s->told) {
        log_warn("search.failed", "err=%s", err_name(n));
        s->told = true;
    }
    if (n == 0 && !s->ready) {
        struct store_counts counts;
        s->ready = true;
        if (!store_counts(s->reader, &counts))
            log_info("search.ready", "items=%llu", (unsigned long long)counts.items);
    }
    if (n >= 0)
        s->told = false;
}

static void *run(void *arg)
{
    struct searcher *s = arg;
    int64_t pause = 0;
    void *calls[CALLS_MAX];
    int called;

    pthread_setname_np(pthread_self(), "search");
    while ((called = queue_take(s->calls, calls, CALLS_MAX, (int)pause)) >= 0) {
        int64_t began = clock_mono();
        int n = work(s, called > 0);
        int64_t took = clock_mono() - began;
        tell(s, n);
        s->mark = s->index ? search_event(s->index) : 0;
        pause = took * REST_SHARE > REST_MS ? took * REST_SHARE : REST_MS;
        pause = pause > REST_MAX ? REST_MAX : pause;
        if (n < 0)
            pause = FAILED_MS;
        else if (n >= STORE_TAIL_MAX || !s->ready)
            pause = 0; /* there is more */
    }
    search_close(s->index);
    return NULL;
}

/* NULL without memory. */
static char *path_in(const char *folder)
{
    char *path = NULL;

    return asprintf(&path, "%s/search.db", folder) < 0 ? NULL : path;
}

static void free_searcher(struct searcher *s)
{
    store_close(s->reader);
    refuse_free(s->refuse);
    free(s->path);
    queue_free(s->calls);
    free(s);
}

struct searcher *searcher_start(const struct config *config, struct store *writer)
{
    struct searcher *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->calls = queue_new(CALLS_MAX);
    s->path = path_in(config->cache);
    s->refuse = refuse_open(config->rules_dir);
    if (s->calls && s->path && s->refuse && !store_reader(writer, &s->reader) &&
        !pthread_create(&s->thread, NULL, run, s))
        return s;
    free_searcher(s);
    return NULL;
}

void searcher_stop(struct searcher *s)
{
    void *call;

    if (!s)
        return;
    queue_close(s->calls);
    while (queue_take(s->calls, &call, 1, 0) > 0)
        ; /* the thread may go at once */
    pthread_join(s->thread, NULL);
    free_searcher(s);
}

int searcher_words(const struct searcher *s, struct str text, struct search_words **out,
                   struct refuse_hit *why)
{
    int err = search_words_read(text, out);

    /* All of it at once: a word may be parted by spaces. */
    if (!err)
        err = refuse_text(s->refuse, text, why);
    if (err) {
        search_words_free(*out);
        *out = NULL;
    }
    return err;
}

/* What is wrong with the index is the thread's to set right. */
static int told_of(struct searcher *s, int err)
{
    if (err != ERR_CORRUPT && err != ERR_STALE && err != ERR_NOTFOUND)
        return err;
    queue_try_push(s->calls, s); /* when it is full, it is known already */
    return ERR_AGAIN;
}

int searcher_find(struct searcher *s, struct store *reader, const struct search_query *query,
                  int (*each)(void *arg, const struct store_item *item,
                              const struct search_hit *hits, size_t nhits),
                  void *arg, struct search_page *page)
{
    int err = search_find(s->path, reader, query, each, arg, page);

    return told_of(s, err);
}

int searcher_alike(struct searcher *s, struct store *reader, const struct search_alike *of,
                   uint64_t *out, size_t max, uint64_t *behind)
{
    return told_of(s, search_alike(s->path, reader, of, out, max, behind));
}

uint64_t searcher_mark(const struct searcher *s)
{
    return s->mark;
}
