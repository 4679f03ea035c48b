#define _GNU_SOURCE
#include "daemon/views/asked.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/queue.h"
#include "classifiers/workbench/explain.h"
#include "daemon/views/asked_rows.h"

enum {
    REST_MS = 1000,     /* between two looks for new items */
    FAILED_MS = 5000,
    BATCH = 256,        /* items at one look */
    START_MOST = 500000 /* items that a start reads back, at most */
};

struct asked {
    const struct config *config;
    struct rulebook *book;
    struct store *reader;  /* the thread's, and so are the next ones */
    struct rule_set *set;  /* whose rules `judge` has */
    struct judge *judge;
    struct arena *arena;
    uint64_t next;         /* number of the item to be read next; 0: the start is to be found */
    bool told;             /* a failure is in the log */
    struct queue *calls;   /* closed: the end */
    pthread_t thread;
    pthread_mutex_t lock;  /* of the rest */
    struct asked_rows *rows;
    bool ready;
    uint64_t mark;
};

static int64_t day_of(int64_t at)
{
    return (at + CLOCK_CHINA) / CLOCK_DAY;
}

/* The judge of the rules in force. */
static int have_judge(struct asked *a)
{
    struct rule_set *now = rulebook_hold(a->book);

    if (a->judge && now == a->set) {
        rule_set_release(now);
        return 0;
    }
    judge_free(a->judge);
    rule_set_release(a->set);
    a->set = now;
    a->judge = judge_new(rule_set_rules(now));
    return a->judge ? 0 : ERR_NOMEM;
}

/* A regex is nothing that people can read. */
static bool is_word(struct str rule)
{
    for (size_t i = 0; i < rule.n; i++)
        if (strchr("\\[](){}|*+?^$", rule.p[i]))
            return false;
    return rule.n > 0;
}

/* The term that says most of what the item is about: the heaviest, of equals the longest. */
static struct str main_term(const struct explanation *e, struct str topic)
{
    const struct explain_hit *best = NULL;

    for (size_t i = 0; i < e->ntopics; i++)
        for (size_t k = 0; str_eq(e->topics[i].id, topic) && k < e->topics[i].nhits; k++) {
            const struct explain_hit *h = &e->topics[i].hits[k];
            if (h->condition || h->fate != EVAL_COUNTS || !is_word(h->rule))
                continue;
            if (!best || h->weight > best->weight ||
                (!(h->weight < best->weight) && h->rule.n > best->rule.n))
                best = h;
        }
    return best ? best->rule : STR_NONE;
}

static int take(void *arg, const struct store_item *item)
{
    struct asked *a = arg;
    const struct judge_context context = {.kind = SOURCE_BOARD, .now = item->found,
                                          .home = str_from(a->config->home_region)};
    struct explanation e;

    if (item->request != REQUEST_ENQUIRY || !item->topic.n || !(item->title.n || item->text.n))
        return 0;
    arena_reset(a->arena);
    int err = explain_text(a->judge, item->title, item->text, item->published, &context, a->arena,
                           &e);
    if (err)
        return err;
    struct str term = main_term(&e, item->topic);
    pthread_mutex_lock(&a->lock);
    asked_rows_add(a->rows, item->topic, term, day_of(item->found), item->concern);
    a->mark++;
    pthread_mutex_unlock(&a->lock);
    return 0;
}

static int note_found(void *arg, const struct store_item *item)
{
    *(int64_t *)arg = item->found;
    return 0;
}

/* The first item of the last days: they were found in the order of their numbers, or nearly so. */
static int find_start(struct asked *a)
{
    int64_t from = clock_now() - ASKED_DAYS * CLOCK_DAY;
    struct store_counts counts;
    int err = store_counts(a->reader, &counts);

    if (err)
        return err;
    uint64_t high = counts.items + 1, low = high > START_MOST ? high - START_MOST : 1;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        int64_t found = 0;
        err = store_numbered(a->reader, middle, note_found, &found);
        if (err && err != ERR_NOTFOUND)
            return err;
        if (found < from)
            low = middle + 1;
        else
            high = middle;
    }
    a->next = low;
    return 0;
}

/* 1: one item further, or past a hole; 0: there is no more; or ERR_*. */
static int step(struct asked *a)
{
    struct store_counts counts;
    int err = store_numbered(a->reader, a->next, take, a);

    if (err == ERR_NOTFOUND) {
        err = store_counts(a->reader, &counts);
        if (!err && a->next > counts.items)
            return 0;
    }
    if (err)
        return err;
    a->next++;
    return 1;
}

/* Items that were read, or ERR_*. */
static int look(struct asked *a)
{
    int err = have_judge(a), n = 0, more = 1;

    if (!err && !a->next)
        err = find_start(a);
    while (!err && n < BATCH && (more = step(a)) > 0)
        n++;
    if (err || more)
        return err ? err : more < 0 ? more : n;
    pthread_mutex_lock(&a->lock);
    a->mark += !a->ready;
    a->ready = true;
    pthread_mutex_unlock(&a->lock);
    return n;
}

static void *run(void *arg)
{
    struct asked *a = arg;
    int pause = 0;
    void *none;

    pthread_setname_np(pthread_self(), "asked");
    while (queue_take(a->calls, &none, 1, pause) >= 0) {
        int n = look(a);
        if (n < 0 && !a->told)
            log_warn("asked.failed", "err=%s", err_name(n));
        a->told = n < 0;
        pause = n < 0 ? FAILED_MS : n == BATCH ? 0 : REST_MS;
    }
    return NULL;
}

static void free_asked(struct asked *a)
{
    judge_free(a->judge);
    rule_set_release(a->set);
    arena_free(a->arena);
    store_close(a->reader);
    asked_rows_free(a->rows);
    queue_free(a->calls);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

struct asked *asked_start(const struct config *config, struct rulebook *book, struct store *writer)
{
    struct asked *a = calloc(1, sizeof *a);

    if (!a)
        return NULL;
    a->config = config;
    a->book = book;
    pthread_mutex_init(&a->lock, NULL);
    a->calls = queue_new(1);
    a->arena = arena_new();
    a->rows = asked_rows_new();
    if (a->calls && a->arena && a->rows && !store_reader(writer, &a->reader) &&
        !pthread_create(&a->thread, NULL, run, a))
        return a;
    free_asked(a);
    return NULL;
}

void asked_stop(struct asked *a)
{
    if (!a)
        return;
    queue_close(a->calls);
    pthread_join(a->thread, NULL);
    free_asked(a);
}

uint64_t asked_mark(struct asked *a)
{
    pthread_mutex_lock(&a->lock);
    uint64_t mark = a->mark;
    pthread_mutex_unlock(&a->lock);
    return mark;
}

int asked_read(struct asked *a, uint32_t least, struct asked_row *out, size_t max)
{
    pthread_mutex_lock(&a->lock);
    int n = a->ready ? asked_rows_read(a->rows, day_of(clock_now()), least, out, max) : ERR_AGAIN;
    pthread_mutex_unlock(&a->lock);
    return n;
}
