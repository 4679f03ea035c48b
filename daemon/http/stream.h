/* daemon/http/stream.h - server-sent events: the ledger's tail over HTTP (WHATWG HTML §9.2). */
#ifndef HUIYING_DAEMON_HTTP_STREAM_H
#define HUIYING_DAEMON_HTTP_STREAM_H

#include "daemon/http/exchange.h"

enum {
    STREAMS_MAX = 500, /* of a side: accounts cannot shut out the socket */
    STREAMS_EACH = 32  /* of an account: one cannot shut out the others */
};

struct streams;

/* Starts the thread that wakes idle streams. NULL when memory or a thread is refused. */
struct streams *streams_start(uint64_t head);
/* Events up to head are committed. Any thread; never blocks. */
void streams_committed(struct streams *s, uint64_t head);
/* Somebody's right may have ended: streams whose caller is no longer who it was end. Each looks by
 * itself, too, every 15 s. Any thread; never blocks. */
void streams_review(struct streams *s);
/* End every stream: their connections are resumed and close. No new ones after. */
void streams_end(struct streams *s);
/* After both MHD daemons have stopped. */
void streams_free(struct streams *s);

struct stream_filter {
    char topic[SLUG_MAX], unit[SLUG_MAX]; /* empty: any */
};

/* A response that replays events with seq > after and then follows the ledger: each event as
 * `id:`, `event:`, `data:`; after the replay, and every 15 s while idle, so that clients that
 * left are noticed, a comment `: told SEQ`: all up to there was sent or does not pass `filter`.
 * NULL with *err ERR_LIMIT (the caller's account has its STREAMS_EACH), ERR_AGAIN (STREAMS_MAX),
 * ERR_CLOSED or ERR_NOMEM. MHD thread. */
struct MHD_Response *stream_open(struct streams *s, struct exchange *x, uint64_t after,
                                 const struct stream_filter *filter, int *err);

#endif
