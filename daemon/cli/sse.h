/* daemon/cli/sse.h - server-sent events out of a byte stream (WHATWG HTML §9.2.6). */
#ifndef HUIYING_DAEMON_CLI_SSE_H
#define HUIYING_DAEMON_CLI_SSE_H

#include "base/buf.h"

/* Zero-initialise, then set event and arg. */
struct sse {
    int (*event)(void *arg, struct str data); /* non-zero stops */
    void *arg;
    struct buf line, data;
    bool has_data, after_cr;
};

/* Take the next bytes, cut anywhere: 0, what `event` returned when it stopped, or ERR_NOMEM or
 * ERR_LIMIT (an event over 1 MiB). */
int sse_feed(struct sse *s, struct str bytes);
void sse_free(struct sse *s);

#endif
