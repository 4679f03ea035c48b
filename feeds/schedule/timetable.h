/* feeds/schedule/timetable.h - what is known of when each source was and is to be polled, in fixed
 * entries of a mapped file, so that a restart goes on where the last run ended. The caller locks
 * it against other threads. */
#ifndef HUIYING_FEEDS_TIMETABLE_H
#define HUIYING_FEEDS_TIMETABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TIMETABLE_HISTORY = 8, TIMETABLE_MAX = 1 << 24 };

/* 112 bytes, as they lie in the file. ms and s count from 1970 on clock_now(). */
struct timetable_entry {
    uint64_t key;       /* hash of the source's id, not 0; 0: a free place */
    int64_t due, last;  /* ms: next and last poll; 0 none */
    uint32_t check;     /* of all the others */
    uint32_t interval;  /* ms */
    uint32_t polls, unchanged;
    uint32_t fresh;     /* s: when it last had news, 0 unknown */
    uint32_t asked;     /* ms that its feed asks to leave between polls, 0 none */
    uint32_t skip;      /* hours (bits 0 to 23) and days (24 to 30) in UTC not to come in */
    uint32_t whole;     /* s: the last answer that was not a 304 */
    uint32_t moved;     /* hash of where a permanent redirect leads, 0 none */
    uint16_t failures;  /* in a row */
    uint8_t conditional; /* 304s in a row */
    uint8_t moved_held : 2; /* polls in a row that were led to `moved`, up to 3 */
    uint8_t owed : 1;   /* its last body may not have been committed yet */
    uint8_t taught : 1; /* a body's items were counted before */
    uint32_t at[TIMETABLE_HISTORY];   /* s: last polls, a ring of which polls % HISTORY is oldest */
    uint16_t what[TIMETABLE_HISTORY]; /* HTTP status, and the outcome times 1024 */
};

struct timetable;

/* The file at path (NULL: memory alone), made when it is absent or its head is damaged; entries
 * whose checksum fails are forgotten. A file that cannot be had is logged and done without. NULL
 * when memory is exhausted. 1,000,000 entries open in well under a second. */
struct timetable *timetable_open(const char *path);
/* Harmless on NULL. */
void timetable_close(struct timetable *t);

/* The place of this key: 0 and *place, and *found when it holds what a run before kept, else it is
 * all zero but the key. ERR_NOMEM or ERR_LIMIT. A key is claimed once. */
int timetable_claim(struct timetable *t, uint64_t key, uint32_t *place, bool *found);
/* All who were there before have claimed: the places of others are free, keys are no longer
 * looked for. */
void timetable_settle(struct timetable *t);
void timetable_release(struct timetable *t, uint32_t place);

/* The entry at a claimed place; it stays where it is. To be changed only between timetable_begin()
 * and timetable_end(), between which the process may be killed without loss of the old entry. */
const struct timetable_entry *timetable_at(const struct timetable *t, uint32_t place);
struct timetable_entry *timetable_begin(struct timetable *t, uint32_t place);
void timetable_end(struct timetable *t, uint32_t place);

#endif
