/* Longer than other files: what the bus calls, what the thread answers and what tests turn work on
 * one struct under one lock, which no header has to show. */
#define _GNU_SOURCE
#include "tests/helpers/memory_ledger.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/err.h"

enum { UNITS = 8, CURSORS = 64, JOBS = 1024 };

struct cursor {
    char unit[SLUG_MAX], receiver[SLUG_MAX];
    uint64_t unitseq;
};

struct job {
    bool ack, line, offline;
    uint32_t missed;
    struct cursor cursor;
    enum command_act act;
    uint64_t tag;
    char unit[SLUG_MAX], key[160];
};

struct memory_ledger {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    struct bus *bus;
    struct event *events;
    size_t count, cap;
    struct {
        char name[SLUG_MAX];
        uint64_t head;
    } units[UNITS];
    struct cursor cursors[CURSORS];
    struct job jobs[JOBS];
    size_t first, waiting, accepted, briefs;
    bool held, full, blind, stop;
    char last_key[160];
};

static uint64_t *unit_head(struct memory_ledger *m, const char *unit)
{
    for (size_t i = 0; i < UNITS; i++) {
        if (!m->units[i].name[0])
            snprintf(m->units[i].name, SLUG_MAX, "%s", unit);
        if (strcmp(m->units[i].name, unit) == 0)
            return &m->units[i].head;
    }
    abort();
}

static struct cursor *cursor_of(struct memory_ledger *m, const char *unit, const char *receiver)
{
    for (size_t i = 0; i < CURSORS; i++) {
        struct cursor *c = &m->cursors[i];
        if (!c->unit[0]) {
            snprintf(c->unit, SLUG_MAX, "%s", unit);
            snprintf(c->receiver, SLUG_MAX, "%s", receiver);
        }
        if (strcmp(c->unit, unit) == 0 && strcmp(c->receiver, receiver) == 0)
            return c;
    }
    abort();
}

static void append(struct memory_ledger *m, const char *topic, const char *unit, const char *second)
{
    if (m->count == m->cap) {
        m->cap = m->cap ? m->cap * 2 : 64;
        m->events = reallocarray(m->events, m->cap, sizeof *m->events);
        assert(m->events);
    }
    struct event *e = &m->events[m->count];
    memset(e, 0, sizeof *e);
    e->seq = ++m->count;
    e->at = 1700000000000 + (int64_t)e->seq;
    e->type = EVENT_DISPATCHED;
    e->concern = e->seq;
    e->act = ACT_REPLY;
    e->due = e->at + 48 * 3600000;
    e->items = 1;
    snprintf(e->topic, SLUG_MAX, "%s", topic);
    snprintf(e->unit, SLUG_MAX, "%s", unit);
    snprintf(e->region, REGION_MAX, "%s", "370101");
    const char *to[] = {unit, second};
    for (size_t i = 0; i < 2 && to[i]; i++) {
        snprintf(e->audience[i].unit, SLUG_MAX, "%s", to[i]);
        e->audience[i].unitseq = ++*unit_head(m, to[i]);
        e->naudience++;
    }
}

/* For `office` alone. */
static void append_line(struct memory_ledger *m, const struct job *j)
{
    append(m, "", "office", NULL);
    struct event *e = &m->events[m->count - 1];
    e->type = j->offline ? EVENT_UNIT_OFFLINE : EVENT_UNIT_ONLINE;
    e->concern = 0;
    e->act = ACT_NONE;
    e->items = j->missed;
    snprintf(e->to, SLUG_MAX, "%s", j->unit);
}

/* The ledger's own rule: what it knows already is no event. */
static bool is_news(struct memory_ledger *m, const struct job *j)
{
    bool offline = false;

    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->events[i].to, j->unit) == 0)
            offline = m->events[i].type == EVENT_UNIT_OFFLINE;
    return offline != j->offline;
}

static void do_job(struct memory_ledger *m)
{
    struct job j = m->jobs[m->first];
    struct bus *bus = m->bus;
    bool done = !j.ack && !j.line && j.act == COMMAND_ACCEPT;

    m->first = (m->first + 1) % JOBS;
    m->waiting--;
    if (j.ack)
        cursor_of(m, j.cursor.unit, j.cursor.receiver)->unitseq = j.cursor.unitseq;
    else if (!j.line)
        memcpy(m->last_key, j.key, sizeof j.key);
    if (done)
        append(m, "wage-arrears", j.unit, NULL);
    if (j.line && (done = is_news(m, &j)))
        append_line(m, &j);
    uint64_t head = m->count;
    if (!bus)
        return;
    if (j.ack)
        bus_acked(bus, j.cursor.unit, j.cursor.receiver, j.cursor.unitseq);
    else if (done && !j.line)
        bus_result(bus, j.tag, 0, NULL, head);
    else if (!j.line)
        bus_result(bus, j.tag, ERR_REFUSED, "尚未签收 (not accepted yet)", 0);
    if (done)
        bus_committed(bus, head);
}

static void *work(void *arg)
{
    struct memory_ledger *m = arg;

    pthread_mutex_lock(&m->lock);
    while (!m->stop) {
        if (m->waiting && !m->held)
            do_job(m);
        else
            pthread_cond_wait(&m->changed, &m->lock);
    }
    pthread_mutex_unlock(&m->lock);
    return NULL;
}

struct memory_ledger *memory_ledger_new(void)
{
    struct memory_ledger *m = calloc(1, sizeof *m);

    assert(m);
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->changed, NULL);
    pthread_create(&m->thread, NULL, work, m);
    return m;
}

void memory_ledger_free(struct memory_ledger *m)
{
    if (!m)
        return;
    pthread_mutex_lock(&m->lock);
    m->stop = true;
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
    pthread_join(m->thread, NULL);
    pthread_cond_destroy(&m->changed);
    pthread_mutex_destroy(&m->lock);
    free(m->events);
    free(m);
}

void memory_ledger_attach(struct memory_ledger *m, struct bus *b)
{
    pthread_mutex_lock(&m->lock);
    m->bus = b;
    pthread_mutex_unlock(&m->lock);
}

static int events_after(void *arg, uint64_t after, struct event *out, size_t max)
{
    struct memory_ledger *m = arg;
    size_t n = 0;

    pthread_mutex_lock(&m->lock);
    for (; n < max && after + n < m->count; n++)
        out[n] = m->events[after + n];
    pthread_mutex_unlock(&m->lock);
    return (int)n;
}

static int unit_events_after(void *arg, const char *unit, uint64_t after, struct event *out,
                             size_t max)
{
    struct memory_ledger *m = arg;
    size_t n = 0;

    /* The nth of a unit is never before place n, so a long ledger is not walked from its start. */
    pthread_mutex_lock(&m->lock);
    for (size_t i = (size_t)after; i < m->count && n < max; i++)
        for (size_t a = 0; a < m->events[i].naudience; a++)
            if (strcmp(m->events[i].audience[a].unit, unit) == 0 &&
                m->events[i].audience[a].unitseq > after)
                out[n++] = m->events[i];
    pthread_mutex_unlock(&m->lock);
    return (int)n;
}

static int item_brief(void *arg, uint64_t concern, struct buf *out)
{
    struct memory_ledger *m = arg;

    pthread_mutex_lock(&m->lock);
    m->briefs++;
    pthread_mutex_unlock(&m->lock);
    return buf_addf(out, "{\"title\":\"标题 c%" PRIu64 "\",\"excerpt\":\"%2000s\","
                         "\"link\":\"https://example.org/\"}", concern, "x");
}

static uint64_t head(void *arg)
{
    struct memory_ledger *m = arg;

    pthread_mutex_lock(&m->lock);
    uint64_t n = m->count;
    pthread_mutex_unlock(&m->lock);
    return n;
}

static int head_of_unit(void *arg, const char *unit, uint64_t *out)
{
    struct memory_ledger *m = arg;

    pthread_mutex_lock(&m->lock);
    *out = *unit_head(m, unit);
    pthread_mutex_unlock(&m->lock);
    return 0;
}

static int cursor(void *arg, const char *unit, const char *receiver, uint64_t *out)
{
    struct memory_ledger *m = arg;

    pthread_mutex_lock(&m->lock);
    int err = m->blind ? ERR_NET : 0;
    *out = err ? 0 : cursor_of(m, unit, receiver)->unitseq;
    pthread_mutex_unlock(&m->lock);
    return err;
}

static int enqueue(struct memory_ledger *m, const struct job *j)
{
    int err = ERR_AGAIN;

    pthread_mutex_lock(&m->lock);
    if (m->waiting < JOBS && !m->full) {
        m->jobs[(m->first + m->waiting++) % JOBS] = *j;
        m->accepted += !j->line;
        pthread_cond_broadcast(&m->changed);
        err = 0;
    }
    pthread_mutex_unlock(&m->lock);
    return err;
}

static size_t ack(void *arg, const struct bus_ack *acks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct job j = {.ack = true, .cursor.unitseq = acks[i].unitseq};
        snprintf(j.cursor.unit, SLUG_MAX, "%s", acks[i].unit);
        snprintf(j.cursor.receiver, SLUG_MAX, "%s", acks[i].receiver);
        if (enqueue(arg, &j))
            return i;
    }
    return n;
}

static int command(void *arg, const struct command *c, uint64_t tag)
{
    struct job j = {.act = c->act, .tag = tag};

    snprintf(j.unit, sizeof j.unit, "%.*s", STR_ARG(c->by));
    snprintf(j.key, sizeof j.key, "%.*s", STR_ARG(c->key));
    return enqueue(arg, &j);
}

static int line(void *arg, const char *unit, bool offline, uint32_t missed)
{
    struct job j = {.line = true, .offline = offline, .missed = missed};

    snprintf(j.unit, sizeof j.unit, "%s", unit);
    return enqueue(arg, &j);
}

/* Every dispatched event is an open concern of its unit. */
static int open_concerns(void *arg, const char *unit, struct bus_place *place, size_t max,
                         int (*each)(void *each_arg, const struct concern *c), void *each_arg)
{
    struct memory_ledger *m = arg;
    int passed = 0;

    for (struct event e; (size_t)passed < max && events_after(m, place->id, &e, 1) == 1;
         place->id = e.seq) {
        struct concern c = {.id = e.concern, .grade = e.grade, .opened = e.at, .due = e.due,
                            .items = 1, .sources = 1};
        if (e.type != EVENT_DISPATCHED || (unit && strcmp(unit, e.unit)))
            continue;
        memcpy(c.topic, e.topic, SLUG_MAX);
        memcpy(c.unit, e.unit, SLUG_MAX);
        if (each(each_arg, &c))
            break;
        passed++;
    }
    return passed;
}

struct bus_ledger memory_ledger_face(struct memory_ledger *m)
{
    return (struct bus_ledger){.arg = m,
                               .events_after = events_after,
                               .unit_events_after = unit_events_after,
                               .item_brief = item_brief,
                               .open_concerns = open_concerns,
                               .head = head,
                               .unit_head = head_of_unit,
                               .cursor = cursor,
                               .ack = ack,
                               .command = command,
                               .line = line};
}

static uint64_t add(struct memory_ledger *m, const char *topic, const char *unit,
                    const char *second, size_t count)
{
    pthread_mutex_lock(&m->lock);
    while (count--)
        append(m, topic, unit, second);
    uint64_t now = m->count;
    if (m->bus)
        bus_committed(m->bus, now);
    pthread_mutex_unlock(&m->lock);
    return now;
}

uint64_t memory_ledger_add(struct memory_ledger *m, const char *topic, const char *unit,
                           const char *second)
{
    return add(m, topic, unit, second, 1);
}

uint64_t memory_ledger_add_many(struct memory_ledger *m, const char *topic, const char *unit,
                                size_t count)
{
    return add(m, topic, unit, NULL, count);
}

static void set(struct memory_ledger *m, bool *flag, bool value)
{
    pthread_mutex_lock(&m->lock);
    *flag = value;
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

void memory_ledger_hold(struct memory_ledger *m, bool held)
{
    set(m, &m->held, held);
}

void memory_ledger_fill(struct memory_ledger *m, bool full)
{
    set(m, &m->full, full);
}

void memory_ledger_blind(struct memory_ledger *m, bool blind)
{
    set(m, &m->blind, blind);
}

void memory_ledger_lose(struct memory_ledger *m)
{
    pthread_mutex_lock(&m->lock);
    size_t kept = 0;
    for (size_t i = 0; i < m->waiting; i++) {
        struct job j = m->jobs[(m->first + i) % JOBS];
        if (!j.ack)
            m->jobs[(m->first + kept++) % JOBS] = j;
    }
    m->waiting = kept;
    pthread_mutex_unlock(&m->lock);
}

bool memory_ledger_await(struct memory_ledger *m, size_t count)
{
    struct timespec until;
    int late = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 60;
    pthread_mutex_lock(&m->lock);
    while (m->accepted < count && !late)
        late = pthread_cond_timedwait(&m->changed, &m->lock, &until);
    bool there = m->accepted >= count;
    pthread_mutex_unlock(&m->lock);
    return there;
}

size_t memory_ledger_briefs(struct memory_ledger *m)
{
    pthread_mutex_lock(&m->lock);
    size_t n = m->briefs;
    pthread_mutex_unlock(&m->lock);
    return n;
}

void memory_ledger_last_key(struct memory_ledger *m, char out[static 160])
{
    pthread_mutex_lock(&m->lock);
    memcpy(out, m->last_key, sizeof m->last_key);
    pthread_mutex_unlock(&m->lock);
}
