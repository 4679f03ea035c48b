/* tests/helpers/peer.h - a web server on loopback that answers from a script, well or badly, and
 * remembers what it was asked. */
#ifndef HUIYING_TESTS_PEER_H
#define HUIYING_TESTS_PEER_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum peer_trick {
    PEER_PLAIN,
    PEER_TRUNCATE,     /* promises 100 bytes more than it sends, and hangs up */
    PEER_SLOW,         /* a byte every 20 ms */
    PEER_HUGE,         /* a body without end */
    PEER_ENDLESS_HEAD, /* headers without end */
    PEER_HANG_UP,      /* closes instead of answering */
    PEER_GATED         /* answers after peer_open() */
};

struct peer_answer {
    int status;
    const char *headers; /* whole lines with \r\n, or NULL */
    struct str body;
    const char *etag;    /* sent; a request that brings it gets 304 */
    enum peer_trick trick;
};

struct peer;

/* Listens on a free port of 127.0.0.1; asserts on failure. */
struct peer *peer_start(void);
/* As peer_start(), of ::1. NULL where the machine has no IPv6. */
struct peer *peer_start_six(void);
void peer_stop(struct peer *p);
int peer_port(const struct peer *p);
/* Successive requests for path get successive answers, the last one for ever. Paths without a
 * script get 404. answers and path must outlive the peer. */
void peer_script(struct peer *p, const char *path, const struct peer_answer *answers, size_t n);
/* "http://127.0.0.1:PORT" (or [::1]) + path; free() it. */
char *peer_url(const struct peer *p, const char *path);
void peer_open(struct peer *p);

/* Requests so far (for path, NULL: all). */
size_t peer_count(struct peer *p, const char *path);
/* Wait until there are n of them: 0, or -1 after 60 s. */
int peer_wait(struct peer *p, const char *path, size_t n);
/* The i-th request of all: its head, and clock_mono() at its arrival and at its answer's end. */
const char *peer_request(struct peer *p, size_t i, int64_t *begun, int64_t *ended);
/* Connections taken. */
size_t peer_connections(struct peer *p);

#endif
