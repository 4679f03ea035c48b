#define _GNU_SOURCE
#include "daemon/views/statistics_past.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"

enum { HOURS = 32, FRESH = 0, CLOSES_AT = 8 }; /* HOURS: more than a day of them */

struct entry {
    uint16_t topic; /* in names */
    bool burst;
    uint32_t opened, joined, answered;
};

struct bucket {
    int64_t number; /* of the day or hour; FRESH: of none */
    uint32_t counts[STATISTICS_DEEDS];
    struct entry *list; /* in the order in which they came */
    size_t count;
    struct statistics_burst bursts[STATISTICS_BURSTS];
    uint8_t nbursts;
};

/* As many as there is room for, each at its number modulo that. */
struct ring {
    struct bucket **list; /* made when something happens */
    size_t size;
    int64_t lost; /* number of the latest one of which something is not kept */
};

struct statistics_past {
    struct ring rings[STATISTICS_SPANS];
    char (*names)[SLUG_MAX]; /* of topics */
    size_t nnames;
};

int64_t statistics_day(int64_t at)
{
    return (at + CLOCK_CHINA - CLOSES_AT * (CLOCK_DAY / 24)) / CLOCK_DAY + 1;
}

int64_t statistics_hour(int64_t at)
{
    return at / (CLOCK_DAY / 24);
}

struct statistics_past *statistics_past_new(void)
{
    static const size_t sizes[STATISTICS_SPANS] = {[STATISTICS_DAY] = STATISTICS_DAYS,
                                                   [STATISTICS_HOUR] = HOURS};
    struct statistics_past *p = calloc(1, sizeof *p);

    for (size_t i = 0; p && i < STATISTICS_SPANS; i++) {
        p->rings[i].size = sizes[i];
        p->rings[i].list = calloc(sizes[i], sizeof(struct bucket *));
        if (!p->rings[i].list) {
            statistics_past_free(p);
            return NULL;
        }
    }
    return p;
}

void statistics_past_forget(struct statistics_past *p)
{
    for (size_t i = 0; i < STATISTICS_SPANS; i++) {
        struct ring *r = &p->rings[i];
        for (size_t k = 0; r->list && k < r->size; k++) {
            if (r->list[k])
                free(r->list[k]->list);
            free(r->list[k]);
            r->list[k] = NULL;
        }
        r->lost = FRESH;
    }
    free(p->names);
    p->names = NULL;
    p->nnames = 0;
}

void statistics_past_free(struct statistics_past *p)
{
    if (!p)
        return;
    statistics_past_forget(p);
    for (size_t i = 0; i < STATISTICS_SPANS; i++)
        free(p->rings[i].list);
    free(p);
}

static int name_of(struct statistics_past *p, const char *topic, uint16_t *out)
{
    size_t i = 0;

    while (i < p->nnames && strcmp(p->names[i], topic) != 0)
        i++;
    if (i == UINT16_MAX)
        return ERR_NOMEM;
    if (i == p->nnames) {
        char(*more)[SLUG_MAX] = reallocarray(p->names, i + 1, sizeof *more);
        if (!more)
            return ERR_NOMEM;
        p->names = more;
        memccpy(p->names[i], topic, '\0', SLUG_MAX);
        p->nnames++;
    }
    *out = (uint16_t)i;
    return 0;
}

/* Its bucket, which one of long ago makes room for: NULL without memory, or when the number is
 * older than what is kept (*old). */
static struct bucket *bucket_of(struct ring *r, int64_t number, bool *old)
{
    struct bucket **at = &r->list[(uint64_t)number % r->size];

    *old = *at && (*at)->number > number;
    if (*old && number > r->lost)
        r->lost = number;
    if (*old)
        return NULL;
    if (!*at && !(*at = calloc(1, sizeof **at)))
        return NULL;
    if ((*at)->number != number) {
        if ((*at)->number > r->lost)
            r->lost = (*at)->number;
        free((*at)->list);
        **at = (struct bucket){.number = number};
    }
    return *at;
}

static struct entry *entry_of(struct bucket *b, uint16_t topic)
{
    size_t i = 0;

    while (i < b->count && b->list[i].topic != topic)
        i++;
    if (i == b->count) {
        struct entry *more = reallocarray(b->list, i + 1, sizeof *more);
        if (!more)
            return NULL;
        b->list = more;
        b->list[b->count++] = (struct entry){.topic = topic};
    }
    return &b->list[i];
}

static void add_burst(struct bucket *b, const struct event *e)
{
    if (b->nbursts == STATISTICS_BURSTS)
        return;
    struct statistics_burst *to = &b->bursts[b->nbursts++];
    memcpy(to->topic, e->topic, SLUG_MAX);
    to->hours = e->items;
    to->expected = e->before;
    to->seen = e->after;
}

/* What it is of its topic's, or of all. */
static enum statistics_deed deed_of(const struct event *e)
{
    switch (e->type) {
    case EVENT_OPENED: return STATISTICS_OPENED;
    case EVENT_JOINED: return STATISTICS_JOINED;
    case EVENT_ANSWERED: return e->act == ACT_REPLY ? STATISTICS_ANSWERED : STATISTICS_DEEDS;
    case EVENT_OVERDUE: return e->act == ACT_REPLY ? STATISTICS_OVERDUE : STATISTICS_DEEDS;
    case EVENT_REOPENED: return STATISTICS_REOPENED;
    case EVENT_DECLINED: return STATISTICS_DECLINED;
    case EVENT_ESCALATED: return STATISTICS_ESCALATED;
    case EVENT_SOURCE_SILENT: return STATISTICS_SILENT;
    case EVENT_SOURCE_QUARANTINED: return STATISTICS_QUARANTINED;
    default: return STATISTICS_DEEDS;
    }
}

static int put(struct statistics_past *p, struct bucket *b, const struct event *e)
{
    enum statistics_deed deed = deed_of(e);
    bool burst = e->type == EVENT_BURST;
    uint16_t topic;

    if (deed != STATISTICS_DEEDS)
        b->counts[deed]++;
    b->counts[STATISTICS_LATE] += deed == STATISTICS_ANSWERED && e->late;
    if (burst)
        add_burst(b, e);
    if (!burst && deed > STATISTICS_ANSWERED)
        return 0;
    int err = name_of(p, e->topic, &topic);
    struct entry *entry = err ? NULL : entry_of(b, topic);
    if (!entry)
        return ERR_NOMEM;
    entry->burst = entry->burst || burst;
    entry->opened += deed == STATISTICS_OPENED;
    entry->joined += deed == STATISTICS_JOINED;
    entry->answered += deed == STATISTICS_ANSWERED;
    return 0;
}

int statistics_past_take(struct statistics_past *p, const struct event *e)
{
    const int64_t numbers[STATISTICS_SPANS] = {[STATISTICS_DAY] = statistics_day(e->at),
                                               [STATISTICS_HOUR] = statistics_hour(e->at)};
    int err = 0;

    if (deed_of(e) == STATISTICS_DEEDS && e->type != EVENT_BURST)
        return 0;
    for (size_t i = 0; i < STATISTICS_SPANS && !err && numbers[i] > FRESH; i++) {
        bool old;
        struct bucket *b = bucket_of(&p->rings[i], numbers[i], &old);
        if (!old)
            err = b ? put(p, b, e) : ERR_NOMEM;
    }
    return err;
}

int statistics_past_read(const struct statistics_past *p, enum statistics_span span, int64_t number,
                         struct statistics_spell *out)
{
    const struct ring *r = &p->rings[span];
    const struct bucket *b = number > FRESH ? r->list[(uint64_t)number % r->size] : NULL;

    memset(out, 0, sizeof *out);
    if (number <= r->lost)
        return ERR_NOTFOUND;
    if (!b || b->number != number)
        return 0;
    memcpy(out->counts, b->counts, sizeof out->counts);
    memcpy(out->bursts, b->bursts, sizeof out->bursts);
    out->nbursts = b->nbursts;
    for (size_t i = 0; i < b->count && i < STATISTICS_TOPICS; i++) {
        const struct entry *e = &b->list[i];
        struct statistics_matter *to = &out->topics[out->ntopics++];
        memcpy(to->topic, p->names[e->topic], SLUG_MAX);
        to->opened = e->opened;
        to->joined = e->joined;
        to->answered = e->answered;
        to->burst = e->burst;
    }
    return 0;
}
