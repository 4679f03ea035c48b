/* feeds/fetch/resolve.h - host names to addresses, in the caller's own loop. Not thread-shared. */
#ifndef HUIYING_FEEDS_RESOLVE_H
#define HUIYING_FEEDS_RESOLVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { RESOLVE_MAX = 8 };

struct resolve_addresses {
    size_t count;
    struct sockaddr_storage list[RESOLVE_MAX]; /* best first (RFC 6724), ports set */
};

struct loop;
struct resolve;

/* servers: "IP:PORT,…" instead of the system's name servers, or NULL. try_ms: how long the first of
 * three tries may take, each next one twice that; 0: 2 s, so that a question whose servers never
 * answer ends with ERR_NET after 14 s. Answers come in loop's loop_wait(); it must outlive this.
 * NULL on failure (logged). */
struct resolve *resolve_new(const char *servers, int try_ms, struct loop *loop);
/* Questions under way are answered with ERR_CLOSED first. Harmless on NULL. */
void resolve_free(struct resolve *r);

/* err is 0, ERR_NOTFOUND (no such name), ERR_NET, ERR_NOMEM or ERR_CLOSED; addresses are the
 * callee's to copy. */
typedef void resolve_done(void *arg, int err, const struct resolve_addresses *addresses);
/* Ask; done is called exactly once, perhaps before this returns. */
void resolve_ask(struct resolve *r, const char *host, uint16_t port, resolve_done *done, void *arg);

/* How long a loop_wait() may last, at most `most` ms. */
int resolve_wait_ms(struct resolve *r, int most);
/* After a loop_wait(): time-outs. */
void resolve_tick(struct resolve *r);

#endif
