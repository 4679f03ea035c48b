/* daemon/cli/ask.h - one request to the daemon, and its answer told. */
#ifndef HUIYING_DAEMON_CLI_ASK_H
#define HUIYING_DAEMON_CLI_ASK_H

#include <stdbool.h>

#include <jansson.h>

#include "daemon/cli/cli.h"

/* How it is sent: client_get(), client_post() or client_put(). */
enum ask_how { ASK_GET, ASK_POST, ASK_PUT };

struct ask {
    enum ask_how how;
    const char *subject; /* client_about(); NULL: nobody in particular */
    json_t *body;        /* not of ASK_GET; stays the caller's */
    const char *member;  /* of the answer, which is told alone; NULL: all of it */
    /* What a person reads: `answer` is the whole of it. */
    void (*tell)(const struct cli_args *args, const json_t *answer);
};

/* Send it to the path that the format makes, and print the answer, or its member, as a line of JSON
 * under --json, else by tell(). 0, or the exit status after the reason was told. */
int ask(const struct cli_args *args, const struct ask *a, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The argument is the number of a concern, or the id of an item; false, told. */
bool ask_is_concern(const char *id);
bool ask_is_item(const char *id);

#endif
