/* daemon/views/standing.h - what is open, by urgency: the graver ones first, of those and of the
 * others what has to be done next. A view that statistics.c keeps. One thread at a time. */
#ifndef HUIYING_DAEMON_STANDING_H
#define HUIYING_DAEMON_STANDING_H

#include "alerts/concern.h"

struct standing;

struct standing_query {
    const char *topic, *unit; /* NULL: any; of the unit is what it leads and what it assists in */
    int state;                /* enum concern_state; -1: any that is open */
    int64_t after_key;        /* of the last row of the page before, with its id */
    uint64_t after_id;        /* 0: from the start */
    size_t limit;
};
struct standing_row {
    int64_t key; /* rising */
    uint64_t id;
};

struct standing *standing_new(void); /* NULL without memory */
void standing_free(struct standing *s); /* harmless on NULL */
void standing_forget(struct standing *s);
/* As it is now: 0 or ERR_NOMEM (it is left out then). A closed one is taken out. */
int standing_put(struct standing *s, const struct concern *c);
/* It is no more. */
void standing_drop(struct standing *s, uint64_t id);
size_t standing_count(const struct standing *s);
/* Up to q->limit rows into out, in order: how many. */
size_t standing_page(const struct standing *s, const struct standing_query *q,
                     struct standing_row *out);

/* How much of each topic is open, and how much of that is overdue: with a clock that is not met and
 * has been announced as overdue. */
typedef void standing_topic(void *arg, const char *topic, size_t open, size_t overdue);
/* Topics of which nothing is open are left out; in no order. */
void standing_topics(const struct standing *s, standing_topic *each, void *arg);

#endif
