/* feeds/guard.h - which network addresses may be fetched from: public ones, and the allowed. */
#ifndef HUIYING_FEEDS_GUARD_H
#define HUIYING_FEEDS_GUARD_H

#include <stdbool.h>
#include <sys/socket.h>

struct guard;

/* allow: NULL-ended "10.1.0.0/16", "fd00::/8" or single addresses; may be NULL. NULL when memory is
 * exhausted or one is ill-formed (logged). */
struct guard *guard_new(const char *const *allow);
void guard_free(struct guard *g);

/* May a connection go to this address? Loopback, private, link-local, shared (RFC 6598), multicast,
 * reserved, and forms that carry another address inside (mapped, NAT64, 6to4, Teredo) may not
 * unless a listed block holds them (RFC 6890). Other families may not. Any thread. */
bool guard_allows(const struct guard *g, const struct sockaddr *address);

/* Is text a block that guard_new() takes? */
bool guard_valid(const char *text);

#endif
