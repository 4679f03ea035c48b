/* daemon/public/listing.h - which concerns a page, feed or table of the public ledger shows. */
#ifndef HUIYING_DAEMON_PUBLIC_LISTING_H
#define HUIYING_DAEMON_PUBLIC_LISTING_H

#include "daemon/http/exchange.h"

enum { LISTING_PASSED = 10000 }; /* concerns of other months that one request looks at */

struct listing {
    struct store_query query;
    int month;     /* as figures_month_read(), or 0: any */
    bool overdue;  /* of the open ones those past the original due time, the oldest first */
    size_t limit;
    /* Set by listing_each(). */
    size_t count;
    bool more;
    int64_t last_key;
    uint64_t last_id;
};

/* ?topic, unit, state (open, closed, overdue), month, cursor and limit (at most `most`): NULL, or
 * what is wrong, as "zh (en)". */
const char *listing_read(struct exchange *x, size_t most, struct listing *out);
/* The concerns opened in a month, whatever the request asks for. */
void listing_month(struct listing *out, int month, size_t limit);
/* Those opened before a month began. */
void listing_before(struct listing *out, int month, size_t limit);
/* Make it the page after the one that listing_each() just went through; false: there is none. */
bool listing_next(struct listing *l);
/* The instant (ms) at which a month begins in China. */
int64_t listing_begin(int month);
/* The concerns, newest first. Among many overdue ones of other months there may be fewer than the
 * limit, and `more` all the same. 0, what the store said, or what `each` returned. */
int listing_each(struct listing *l, struct exchange *x,
                 int (*each)(void *arg, const struct concern *c), void *arg);
/* The query of the same list, without "?": with the cursor of the page after it, or from the
 * start. Made of what was read alone. */
void listing_put_query(const struct listing *l, struct exchange *x, bool next, struct buf *out);
/* Where the next page begins. */
void listing_put_cursor(const struct listing *l, struct buf *out);

#endif
