/* daemon/cli/top_rows.h - what `huiying top` knows of the daemon: its status, the open concerns by
 * what is due first, and the ids that events told of since they were read. */
#ifndef HUIYING_DAEMON_CLI_TOP_ROWS_H
#define HUIYING_DAEMON_CLI_TOP_ROWS_H

#include "daemon/cli/top_screen.h"

struct client;
struct client_tail;

struct top_rows {
    struct client *client;    /* the caller's, and `named`: a JSON object */
    struct client_tail *tail; /* NULL: cut off */
    json_t *status, *named;   /* named: ids that events told of, as members */
    struct top_row *list;
    size_t count, cap;
    json_int_t items;         /* the ledger's, at status_read */
    int64_t status_read, named_at;
    double intake;            /* items a second; negative: not known yet */
};

/* Everything anew; with `follow`, and events from there on. 0, or the exit status after the reason
 * was told; likewise the others. */
int top_rows_read(struct top_rows *t, bool follow);
/* What events told of since then. */
int top_rows_read_named(struct top_rows *t);
int top_rows_read_status(struct top_rows *t);
/* No more events. */
void top_rows_cut(struct top_rows *t);
/* Leaves the client and what `t` itself lies in. */
void top_rows_clear(struct top_rows *t);

#endif
