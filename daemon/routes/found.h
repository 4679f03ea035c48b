/* daemon/routes/found.h - a page of items as a search shows them, and as they are listed without
 * one. */
#ifndef HUIYING_DAEMON_ROUTES_FOUND_H
#define HUIYING_DAEMON_ROUTES_FOUND_H

#include "daemon/http/exchange.h"
#include "store/search/search.h"

enum { FOUND_DEFAULT = 20, FOUND_MOST = 100 }; /* items of a page */

struct found {
    struct exchange *x;
    struct buf *b; /* {"items":[ and those that were put */
    size_t count;
};

/* One item more; arg is a struct found. Without hits the text is shown from its beginning. 0. */
int found_put(void *arg, const struct store_item *item, const struct search_hit *hits, size_t n);
/* Close and send the page, or the error; takes b. What was read is logged, not what was asked. */
enum MHD_Result found_send(struct found *f, int err, const struct search_page *page);

#endif
