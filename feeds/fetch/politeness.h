/* feeds/fetch/politeness.h - one request at a time to one registrable domain, with a pause after
 * each, and a long one when the server says that it is busy. Pages wait behind polls, but every
 * fourth turn is a page's. All times are clock_mono() ms: other people's servers live in real
 * time. Not thread-shared. */
#ifndef HUIYING_FEEDS_POLITENESS_H
#define HUIYING_FEEDS_POLITENESS_H

#include <stdbool.h>
#include <stdint.h>

struct fetch_domain;
struct politeness;
struct politeness_domain;

/* A place in the queue of one domain; its owner embeds it. */
struct politeness_turn {
    struct politeness_turn *next;
    struct politeness_domain *domain;
    bool page; /* set by the owner: it waits behind those that are none */
};

/* spacing: ms from the end of one request to the start of the next. NULL without memory. */
struct politeness *politeness_new(int64_t spacing);
/* Spacings of some domains (ended by a NULL name, borrowed). Call before the first turn. */
void politeness_spacings(struct politeness *p, const struct fetch_domain *domains);
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
/* Whether another waits for the domain of a given turn. */
bool politeness_waited_for(const struct politeness_turn *turn);
/* How long (ms) a poll that came now would wait for its turn, roughly; of a `page` only how long
 * the domain rests yet because it said that it is busy. */
int64_t politeness_backlog(struct politeness *p, const char *domain, bool page, int64_t now);
/* Before politeness_done(): the server asked for patience (429, 503). The domain rests for `least`
 * ms, or for a minute that doubles with each such answer in a row up to an hour where that is
 * longer. The rest, in ms. */
int64_t politeness_busy(struct politeness *p, struct politeness_turn *turn, int64_t least,
                        int64_t now);
/* The domain of a given turn: the name is valid until politeness_wait() or politeness_rest(). */
const char *politeness_domain(const struct politeness_turn *turn);
/* How long (ms) a domain rests yet. */
int64_t politeness_rests(struct politeness *p, const char *domain, int64_t now);
/* It rests for so long (ms) at least, because somebody else asked it: 0 or ERR_NOMEM. */
int politeness_rest(struct politeness *p, const char *domain, int64_t rest, int64_t now);
/* Before politeness_done(): take the next of those who wait for the same domain out of its queue;
 * NULL: nobody does. */
struct politeness_turn *politeness_withdraw(struct politeness *p,
                                            const struct politeness_turn *turn);
/* The request of a given turn has ended; `asked` is false when it was never sent. The domain rests
 * for the spacing, or for `rest` ms where that is longer. */
void politeness_done(struct politeness *p, struct politeness_turn *turn, bool asked, int64_t rest,
                     int64_t now);

#endif
