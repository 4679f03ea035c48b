/* daemon/cli/feeds_send.h - many new sources to the daemon, a thousand at a time. */
#ifndef HUIYING_DAEMON_CLI_FEEDS_SEND_H
#define HUIYING_DAEMON_CLI_FEEDS_SEND_H

#include "daemon/cli/client.h"

struct feeds_send {
    struct client *client; /* NULL: nothing is sent, all would be added */
    const char *file;      /* in messages */
    size_t total;          /* expected, for the progress bar */
    size_t done, added, existing, refused;
    json_t *ids;           /* given so far */
    json_t *batch, *again; /* to be sent; refused for their ids alone, to be sent once more */
    size_t bytes;          /* of the batch, about */
};

/* client may be NULL. 0 or EX_OSERR. feeds_send_end() it. */
int feeds_send_begin(struct feeds_send *s, struct client *client, const char *file, size_t total);
/* One source, taken over; an "id" is made from its url unless it has one. 0 or the exit status,
 * told, when nothing more can be sent. What is refused is told (the first of them) and counted. */
int feeds_send_one(struct feeds_send *s, json_t *source);
/* Send what waits. As feeds_send_one(). */
int feeds_send_rest(struct feeds_send *s);
void feeds_send_end(struct feeds_send *s);

#endif
