/* feeds/schedule/rounds_inside.h - what the part of the rounds that reads letters (rounds.c)
 * shares with the part that polls (rounds_poll.c). */
#ifndef HUIYING_FEEDS_ROUNDS_INSIDE_H
#define HUIYING_FEEDS_ROUNDS_INSIDE_H

#include <pthread.h>

#include "feeds/schedule/known.h"
#include "feeds/schedule/pace.h"
#include "feeds/schedule/rounds.h"
#include "feeds/schedule/schedule.h"
#include "feeds/schedule/timetable.h"

struct rounds {
    const struct roster *roster;
    struct schedule *schedule;
    uint64_t random;
    int64_t added; /* when the source added last is to be polled first */
    int64_t last_now, last_mono;

    /* Written by the fetch thread under lock, where others read. */
    pthread_mutex_t lock;
    struct knowns *known;
    struct timetable *timetable;
    struct fetch_counters counters;
};

const struct timetable_entry *rounds_entry_of(const struct rounds *r, const struct known *k);
/* The next two bracket each change of an entry; the second takes the due time from the schedule. */
struct timetable_entry *rounds_lock_entry(struct rounds *r, const struct known *k);
void rounds_unlock_entry(struct rounds *r, uint32_t source, const struct known *k,
                         struct timetable_entry *e);
/* After a call to the schedule: let the timetable say the same. */
void rounds_note_due(struct rounds *r, uint32_t source, struct known *k);
/* NULL when it is not scheduled. */
struct known *rounds_there(const struct rounds *r, uint32_t source);
/* It is under way no longer: false when it was dropped while it was asked. */
bool rounds_leave(struct rounds *r, struct known *k);
/* It is quarantined no longer. */
void rounds_release_hold(struct rounds *r, struct known *k);
/* Bounds of this source as it is now. */
struct pace_bounds rounds_bounds_of(const struct rounds *r, uint32_t source);

#endif
