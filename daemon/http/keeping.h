/* daemon/http/keeping.h - whole answers of a route that say the same to all who may ask, kept for
 * the next one who does (kept.h). */
#ifndef HUIYING_DAEMON_HTTP_KEEPING_H
#define HUIYING_DAEMON_HTTP_KEEPING_H

#include "daemon/http/exchange.h"

enum { KEEPING_KEY = 512 }; /* bytes; what asks for more is never kept */

/* Is the answer kept? True: it is queued, *answered. Else the text or page that the route answers
 * 200 with is kept. The route's answer follows from its path, the query, the ledger and its
 * statistics, the rules and the clock, and from nothing of who asks. Call it when the query is
 * found good, after encoding_unchanged() where the route has a tag. */
bool keeping_known(struct exchange *x, enum MHD_Result *answered);
/* The body of the exchange's answer, which is taken over; NULL without memory. For reply.c, when
 * x->keep is set. */
struct kept_body *keeping_put(struct exchange *x, struct buf *body, const char *mime);

#endif
