/* feeds/fetch/guard.h - which network addresses may be fetched from: public ones, and the
 * allowed. */
#ifndef HUIYING_FEEDS_GUARD_H
#define HUIYING_FEEDS_GUARD_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/str.h"

struct guard;

/* allow: NULL-ended "10.1.0.0/16", "fd00::/8" or single addresses; may be NULL. NULL when memory is
 * exhausted or one is ill-formed (logged). */
struct guard *guard_new(const char *const *allow);
/* Close, whatever is allowed, what this program itself serves. own: NULL-ended "127.0.0.1:8420" or
 * "tcp://[::1]:8421"; a host that is no address ("*") stands for all of this machine's; may be
 * NULL. Once, before the guard is shared: 0, ERR_INVALID (logged), ERR_NOMEM or ERR_IO. */
int guard_close(struct guard *g, const char *const *own);
void guard_free(struct guard *g);

/* May a connection go to this address? Loopback, private, link-local, shared (RFC 6598), multicast,
 * reserved, and forms that carry another address inside (mapped, NAT64, 6to4, Teredo) may not
 * unless a listed block holds them (RFC 6890). Where this program listens may not in any case, nor
 * may other families. Any thread. */
bool guard_allows(const struct guard *g, const struct sockaddr *address);

/* May a web address be fetched from, as far as it tells itself? Names but localhost are the
 * resolver's to know, and what is no web address is another's to refuse: both may. Any thread. */
bool guard_allows_url(const struct guard *g, struct str url);

/* Is text a block that guard_new() takes? */
bool guard_valid(const char *text);

#endif
