/* feeds/fetch/visit.h - one poll from due to outcome, or one page: robots.txt, name, request,
 * redirects. Each request waits for its domain's turn. Not thread-shared. */
#ifndef HUIYING_FEEDS_VISIT_H
#define HUIYING_FEEDS_VISIT_H

#include <stdint.h>

#include "feeds/fetch/fetch.h"
#include "feeds/fetch/guard.h"
#include "feeds/fetch/politeness.h"
#include "feeds/fetch/resolve.h"
#include "feeds/fetch/robots_cache.h"
#include "feeds/fetch/transfer.h"

struct visit;

/* What is to be asked. */
struct visit_task {
    uint32_t source;
    bool whole;              /* without validators */
    bool soon;               /* it will be polled again while a connection could be kept */
    int64_t due;             /* ms on clock_now() */
    struct fetch_page *page; /* NULL: the source's own address; else owned by the visit */
};

/* What an outcome says beside what goes out. */
struct visit_news {
    int64_t retry_after; /* real ms that the server asked us to stay away, 0 none */
    int64_t cached;      /* real ms for which its cache headers call the answer fresh, 0 none */
    const char *moved;   /* where the permanent redirects at the head of the way led, or NULL */
};

/* What all visits of a thread share. */
struct visit_room {
    const struct fetch_conf *conf;
    const struct roster *roster;
    struct guard *guard;
    struct politeness *politeness;
    struct resolve *resolve;
    struct robots_cache *robots;
    struct transfer_pool *transfers;
    size_t asking; /* visits that hold a turn: resolving or transferring */
    size_t visits; /* in being */
    /* clock_mono() and clock_now() a moment ago: read by whoever calls in, once for many. */
    int64_t now, wall;
    /* What a source's answer is to be compared with; NULL: nothing. Borrowed for one request. */
    void (*validators)(void *arg, uint32_t source, const char **etag, const char **last_modified);
    /* Takes the outcome (source, page, outcome, status, problem, body, mime, validators and
     * final_url are set). */
    void (*finished)(void *arg, struct fetched *f, const struct visit_news *news);
    /* A poll was not begun, because its domain will not be free for another `pause` real ms. */
    void (*postponed)(void *arg, uint32_t source, int64_t pause);
    /* No memory even for the outcome; page may be NULL, else it is the taker's. */
    void (*lost)(void *arg, uint32_t source, struct fetch_page *page);
    void *arg;
    struct visit *first; /* all of them, for visit_end_all() */
};

/* Begin; `finished`, `postponed` or `lost` then comes once, perhaps before this returns. */
void visit_begin(struct visit_room *room, struct visit_task *task);
/* The domain's turn has come: resolve and ask. */
void visit_turn(struct visit_room *room, struct politeness_turn *turn);
/* Whose it is: a source's, or a page's, which then is what is asked for. */
void visit_asks(const struct politeness_turn *turn, uint32_t *source,
                const struct fetch_page **page);
/* The turn is given back, and the visit ends without outcome; its page is freed. */
void visit_withdraw(struct visit_room *room, struct politeness_turn *turn);
/* A transfer of a visit has finished; released here. */
void visit_transferred(struct visit_room *room, struct transfer *t);
/* Forget all visits, without outcome. Call after transfers and questions are gone. */
void visit_end_all(struct visit_room *room);

#endif
