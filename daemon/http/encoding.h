/* daemon/http/encoding.h - what spares the line: gzip bodies, and answers that the client has. */
#ifndef HUIYING_DAEMON_HTTP_ENCODING_H
#define HUIYING_DAEMON_HTTP_ENCODING_H

#include "daemon/http/exchange.h"

enum { ENCODING_LEAST = 1024 }; /* bytes that are worth it */

/* Does the client take gzip (RFC 9110 §12.5.3)? */
bool encoding_gzip_wanted(struct exchange *x);
/* The body as gzip into out: 0, ERR_LIMIT (it is short, or gets no shorter) or ERR_NOMEM; out is
 * empty then. */
int encoding_gzip(struct str body, struct buf *out);

/* Is `etag` among what If-None-Match names (RFC 9110 §13.1.2, weak comparison)? */
bool encoding_known(struct exchange *x, const char *etag);
/* The weak tag of a view into x->etag, which goes with the answer. It follows from the ledger's
 * head, the rules, the caller, and the minute, for what counts down or is read again by the clock.
 * True: the client has this view; *answered is its 304. */
bool encoding_unchanged(struct exchange *x, enum MHD_Result *answered);

#endif
