/* daemon/cli/listen.h - the two ways that `huiying listen` receives. */
#ifndef HUIYING_DAEMON_CLI_LISTEN_H
#define HUIYING_DAEMON_CLI_LISTEN_H

#include <jansson.h>

#include "base/buf.h"

struct listen {
    const char *topic;    /* NULL: any */
    const char *unit, *receiver, *keys; /* bus only */
    bool since_given;
    uint64_t since;
    uint64_t left;        /* events until it ends by itself; UINT64_MAX: never */
};

enum listen_step { LISTEN_PRINT, LISTEN_REPEATED, LISTEN_GAP, LISTEN_OTHER };

/* What a bus event is to a receiver that has shown *last (a unitseq), when *known; else to one
 * that knows nothing. Moves *last when it is the next event, or the first. Pure. */
enum listen_step listen_judge(const json_t *event, uint64_t *last, bool *known);

/* Print one event as one line and flush. True when that was the last one wanted. */
bool listen_print(struct listen *l, struct str json);

int listen_http(struct listen *l);
int listen_bus(struct listen *l);

#endif
