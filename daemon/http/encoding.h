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
/* The tags and the kept body (keeping.h) of this view follow from `mark`, too: another one when
 * something in it changed that the ledger does not tell of, or tells of before it is counted. To be
 * called before the two below and keeping_known(). */
void encoding_also(struct exchange *x, uint64_t mark);
/* The weak tag of a view into x->etag, which goes with the answer. It follows from the ledger's
 * head, the rules, the caller, and the minute, for what counts down or is read again by the clock.
 * True: the client has this view; *answered is its 304. */
bool encoding_unchanged(struct exchange *x, enum MHD_Result *answered);

/* From when until when (ms) a view says the same unless the ledger grows. What it tells of the very
 * instant, such as the seconds that are left, is as of the time that it gives, and counts for
 * nothing. */
struct encoding_spell {
    int64_t since, until;
};
#define ENCODING_ALWAYS {0, INT64_MAX}
/* Something in the view changes at `at`; it is made at `now`. */
void encoding_turn(struct encoding_spell *spell, int64_t at, int64_t now);
/* As encoding_unchanged(), for a view whose tag says its spell in place of the minute. When it is
 * false, encoding_tag() is to be called before the answer. */
bool encoding_current(struct exchange *x, enum MHD_Result *answered);
void encoding_tag(struct exchange *x, const struct encoding_spell *spell);
/* As encoding_unchanged(), for what no mark stands for: the tag of `said`, which is all that the
 * answer tells but the time at which it does. Spares the line, and no work. */
bool encoding_same(struct exchange *x, struct str said, enum MHD_Result *answered);

#endif
