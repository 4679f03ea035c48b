/* feeds/fetch/retry_after.h - the Retry-After header (RFC 9110 §10.2.3). */
#ifndef HUIYING_FEEDS_RETRY_AFTER_H
#define HUIYING_FEEDS_RETRY_AFTER_H

#include <stdint.h>

/* Real ms to stay away, 0 when the header is absent (NULL), ill-formed or past; at most a day. A
 * date is counted from the answer's own Date header where there is one, so that neither clock need
 * be right. Pure but for the wall clock without Date; any thread. */
int64_t retry_after_ms(const char *retry_after, const char *date);

#endif
