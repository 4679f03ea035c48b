/* alerts/desk/slots.h - the desk's concerns in memory: stable places, found by number. */
#ifndef HUIYING_ALERTS_SLOTS_H
#define HUIYING_ALERTS_SLOTS_H

#include "alerts/concern.h"

enum { SLOT_SOURCES = 64 }; /* distinct sources counted of one concern; more stay at this count */
#define SLOTS_NONE UINT32_MAX

struct slot {
    struct concern concern; /* id 0: free */
    uint64_t source;        /* hash of the first source seen since the desk was made; 0 none */
    uint64_t *sources;      /* the further ones; NULL until there are any */
    uint8_t nsources;
    uint32_t mark;          /* where the concern stands in a step's list of touched ones */
};

struct slots;

struct slots *slots_new(void);
void slots_free(struct slots *s);
/* Make the next slots_add() succeed: 0 or ERR_NOMEM. */
int slots_reserve(struct slots *s);
/* A zeroed slot for the number, which must not be in use. Its address never changes. */
uint32_t slots_add(struct slots *s, uint64_t id);
/* Forget the concern; its index is given out again. */
void slots_drop(struct slots *s, uint32_t at);
struct slot *slots_at(const struct slots *s, uint32_t at);
uint32_t slots_find(const struct slots *s, uint64_t id); /* or SLOTS_NONE */
uint32_t slots_end(const struct slots *s);               /* every index is below it */

/* Count a source (0: unknown, not counted) in the concern's `sources`. After a restart the set is
 * empty while the count is kept, so the count may lag and never runs ahead. 0 or ERR_NOMEM. */
int slots_count_source(struct slot *slot, uint64_t source);

#endif
