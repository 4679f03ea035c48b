/* feeds/visit.h - one poll from due to outcome: robots.txt, name, request, redirects. Each request
 * waits for its domain's turn. Not thread-shared. */
#ifndef HUIYING_FEEDS_VISIT_H
#define HUIYING_FEEDS_VISIT_H

#include <stdint.h>

#include "feeds/fetch.h"
#include "feeds/guard.h"
#include "feeds/politeness.h"
#include "feeds/resolve.h"
#include "feeds/robots_cache.h"
#include "feeds/transfer.h"

struct visit;

/* What all visits of a thread share. */
struct visit_room {
    const struct fetch_conf *conf;
    struct guard *guard;
    struct politeness *politeness;
    struct resolve *resolve;
    struct robots_cache *robots;
    struct transfer_pool *transfers;
    size_t asking; /* visits that hold a turn: resolving or transferring */
    /* Takes the outcome (its body, mime, validators, final_url, outcome, status, problem and source
     * are set; the hash and the schedule are the caller's).
     * retry_after: ms that the server asked us to stay away, 0 none. */
    void (*finished)(void *arg, struct fetched *f, int64_t retry_after);
    void (*lost)(void *arg, uint32_t source); /* no memory even for the outcome */
    void *arg;
    struct visit *first; /* all of them, for visit_end_all() */
};

/* Begin to poll url for source, with these validators (NULL: none); all are copied.
 * 0, ERR_SYNTAX (no address) or ERR_NOMEM; `finished` then comes later, perhaps before this returns. */
int visit_begin(struct visit_room *room, uint32_t source, const char *url,
                const char *etag, const char *last_modified);
/* The domain's turn has come: resolve and ask. */
void visit_turn(struct visit_room *room, struct politeness_turn *turn);
/* A transfer of a visit has finished; released here. */
void visit_transferred(struct visit_room *room, struct transfer *t);
/* Forget all visits, without outcome. Call after transfers and questions are gone. */
void visit_end_all(struct visit_room *room);

#endif
