/* feeds/politeness.h - one request at a time to one registrable domain, with a pause after each.
 * All times are clock_mono() ms: other people's servers live in real time. Not thread-shared. */
#ifndef HUIYING_FEEDS_POLITENESS_H
#define HUIYING_FEEDS_POLITENESS_H

#include <stdbool.h>
#include <stdint.h>

struct politeness;
struct politeness_domain;

/* A place in the queue of one domain; its owner embeds it. */
struct politeness_turn {
    struct politeness_turn *next;
    struct politeness_domain *domain;
};

/* spacing: ms from the end of one request to the start of the next. NULL without memory. */
struct politeness *politeness_new(int64_t spacing);
/* Turns still waiting are forgotten. Harmless on NULL. */
void politeness_free(struct politeness *p);

/* Queue for the domain, ahead of the others when `ahead` (the next step of something begun):
 * 0 or ERR_NOMEM. */
int politeness_wait(struct politeness *p, const char *domain, bool ahead, int64_t now,
                    struct politeness_turn *turn);
/* The turn whose domain is free and rested, which is now busy; NULL: none yet. */
struct politeness_turn *politeness_next(struct politeness *p, int64_t now);
/* When politeness_next() may give a turn, INT64_MAX: not before a politeness_done(). */
int64_t politeness_due(const struct politeness *p);
/* The request of a given turn has ended; `asked` is false when it was never sent. The domain rests
 * for the spacing, or for `rest` ms where that is longer. */
void politeness_done(struct politeness *p, struct politeness_turn *turn, bool asked, int64_t rest,
                     int64_t now);

#endif
