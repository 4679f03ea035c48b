/* daemon/http/pending_state.h - inside of the requests that wait, for their own files only. */
#ifndef HUIYING_DAEMON_HTTP_PENDING_STATE_H
#define HUIYING_DAEMON_HTTP_PENDING_STATE_H

#include "daemon/http/pending.h"

/* Two owners, the request and the ledger, each of which may leave first. */
struct pending {
    struct http *http;
    struct MHD_Connection *conn; /* suspended; NULL once resumed or gone */
    bool request, ledger;        /* owners left */
    struct pending_outcome outcome;
    int *each; /* of the sources of a command */
    size_t count;
    struct buf answer;
    char key[STORE_KEY_MAX]; /* to remember it by, or empty */
    uint64_t person;         /* whose key it is */
    struct trail_row row;    /* what it leaves in the audit trail, if `traced` */
    bool traced;
    struct batch_access access; /* what waits for its hash */
    struct account account;     /* whose password is checked */
    struct pending *prev, *next;
};

/* A suspended exchange with its two owners, in the list: 0, or ERR_* with nothing suspended. */
int pending_suspend(struct exchange *x, struct pending **out);
/* ledger_done: the second owner has done its part. */
void pending_finished(void *arg, int status, const char *reason, uint64_t seq);

#endif
