/* feeds/fetch/idna.h - host names in any script to the ASCII form that DNS and TLS use. */
#ifndef HUIYING_FEEDS_IDNA_H
#define HUIYING_FEEDS_IDNA_H

#include "base/buf.h"

/* Append host, case-folded and NFKC, labels outside ASCII as xn-- (RFC 3492): 0, ERR_SYNTAX (not
 * UTF-8, or a label past 63 octets) or ERR_NOMEM. libcurl does this by the locale, which a daemon
 * has none of. Pure; any thread. */
int idna_ascii(struct str host, struct buf *out);

#endif
