/* daemon/cli/carry.h - handing a unit's events on, in order and at least once: a queue, retries
 * with back-off, a pace. What is handed over, and how, is the carrier's. One thread. */
#ifndef HUIYING_DAEMON_CLI_CARRY_H
#define HUIYING_DAEMON_CLI_CARRY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CARRY_MOST = 64 /* events of one delivery */ };

struct carrier {
    size_t most;        /* events that one delivery takes, 1 to CARRY_MOST */
    int64_t gather;     /* ms to wait for more of them, from the first */
    unsigned a_minute;  /* deliveries begun in any 60 s; 0: no limit; at most 60 */
    bool (*wanted)(void *arg, const json_t *event); /* others count as delivered; NULL: all */
    /* Begin: 0, or ERR_* as turn(). The events are borrowed until turn() ends it. */
    int (*start)(void *arg, json_t *const *events, size_t n);
    /* ERR_AGAIN: under way. 0: delivered. Another ERR_*: it failed (and said why), to be tried
     * again after *after ms (0: as the caller likes). */
    int (*turn)(void *arg, int64_t *after);
};

struct carry;
/* NULL when memory is exhausted. Carrier and arg are borrowed. No delivery begins once so many
 * events were delivered (UINT64_MAX: no end). */
struct carry *carry_new(const struct carrier *carrier, void *arg, uint64_t end);
void carry_free(struct carry *c);
/* Queue an event (another reference is taken): 0 or ERR_NOMEM. In the order of their unitseq. */
int carry_take(struct carry *c, json_t *event);
/* Do what is due at `now` (clock_mono()): the unitseq up to which everything is delivered, when
 * that moved, or 0. */
uint64_t carry_turn(struct carry *c, int64_t now);
/* So much waits that no more should be asked for. */
bool carry_full(const struct carry *c);
/* A delivery is under way: turn often. */
bool carry_busy(const struct carry *c);
/* Events delivered so far, those that were not wanted left out. */
uint64_t carry_delivered(const struct carry *c);

#endif
