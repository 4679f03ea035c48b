/* feeds/schedule/rounds.h - which source is polled when: what outcomes, lessons and letters do to
 * the schedule, to what is known of a source and to its place in the timetable. The fetch
 * thread's, but for rounds_note(), rounds_state() and rounds_counters(). */
#ifndef HUIYING_FEEDS_ROUNDS_H
#define HUIYING_FEEDS_ROUNDS_H

#include "feeds/fetch/fetch.h"
#include "feeds/fetch/visit.h"

struct rounds;

/* timetable: a file's path or NULL. NULL when memory is exhausted. */
struct rounds *rounds_new(const struct roster *roster, const char *timetable);
/* Harmless on NULL. */
void rounds_free(struct rounds *r);

/* Before anything is taken: what the store remembers of a source: 0 or ERR_NOMEM. */
int rounds_recall(struct rounds *r, uint32_t source, const struct fetch_memory *memory);
/* Schedule every live source that is not paused; nothing is recalled after this. 0 or ERR_NOMEM. */
int rounds_start(struct rounds *r);

/* The letters of feeds/fetch/fetch.h. */
void rounds_add(struct rounds *r, uint32_t source);
void rounds_drop(struct rounds *r, uint32_t source);
void rounds_soon(struct rounds *r, uint32_t source);
void rounds_hold(struct rounds *r, uint32_t source, int64_t until);
void rounds_forget(struct rounds *r, uint32_t source);
void rounds_whole(struct rounds *r, uint32_t source);
void rounds_learn(struct rounds *r, uint32_t source, const struct fetch_lesson *lesson);
/* rounds_soon() of one that is not asked here: to be asked at once should its part be taken over
 * before its holder has obeyed. */
void rounds_call(struct rounds *r, uint32_t source, unsigned part);
/* fetch_begin_parts(): each goes on where its last holder was. */
void rounds_begin_parts(struct rounds *r, const struct fetch_parts *parts);

/* Take a source that is due, with what to ask of it: false when none is. It is under way until
 * rounds_done(), rounds_postpone(), rounds_pass() or rounds_lost(). */
bool rounds_take(struct rounds *r, int64_t now, struct visit_task *task);
/* Validators of one that was taken, borrowed until the next call; NULL: none. */
void rounds_validators(const struct rounds *r, uint32_t source, const char **etag,
                       const char **last_modified);
/* Its outcome: sets what feeds/fetch/fetch.h says of it beyond the answer. False when the source
 * was dropped meanwhile, and nobody is to hear of it. */
bool rounds_done(struct rounds *r, struct fetched *f, const struct visit_news *news);
/* It was not asked: again in `pause` real ms. */
void rounds_postpone(struct rounds *r, uint32_t source, int64_t pause);
/* It is not asked here: it waits until this part is taken over, or it is added anew. */
void rounds_pass(struct rounds *r, uint32_t source, unsigned part);
/* It could not be asked for want of memory. */
void rounds_lost(struct rounds *r, uint32_t source);

/* When rounds_take() may give one: false when nothing waits. */
bool rounds_next(const struct rounds *r, int64_t *when);
/* Look whether the clock was set back. To be called at least once a second. */
void rounds_watch_clock(struct rounds *r);

/* fetch_note(). Any thread. */
void rounds_note(struct rounds *r, uint32_t source, const char *note);
/* Any thread; zero for a source that was never scheduled. */
void rounds_state(struct rounds *r, uint32_t source, struct fetch_state *out);
/* Any thread; waiting_pages is left alone. */
void rounds_counters(struct rounds *r, struct fetch_counters *out);

#endif
