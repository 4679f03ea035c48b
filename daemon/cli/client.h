/* daemon/cli/client.h - the daemon's HTTP API over its Unix socket. */
#ifndef HUIYING_DAEMON_CLI_CLIENT_H
#define HUIYING_DAEMON_CLI_CLIENT_H

#include <jansson.h>

#include "base/buf.h"

struct client;

/* A daemon listens at places_socket(). Tells nothing. */
bool client_running(void);
/* Ready to ask the daemon at places_socket(): NULL, told, when there is no such folder. Nothing is
 * sent yet. */
struct client *client_open(void);
void client_close(struct client *c);

/* GET path and parse the answer into *out (json_decref() it): 0, or the exit status after the
 * reason was told: EX_UNAVAILABLE when no daemon answers, else by the problem it sent. */
int client_get(struct client *c, const char *path, json_t **out);
/* GET path and append what it answers with, which is no JSON, to out. As client_get(). */
int client_bytes(struct client *c, const char *path, struct buf *out);
/* POST body (JSON text) under a fresh idempotency key; a connection lost on the way is tried once
 * more under the same key. As client_get(). */
int client_post(struct client *c, const char *path, const json_t *body, json_t **out);

/* PUT body, which may be repeated. As client_get(). */
int client_put(struct client *c, const char *path, const json_t *body, json_t **out);
/* DELETE path. As client_get(). */
int client_delete(struct client *c, const char *path, json_t **out);
/* Failures are told no more, or again: where a screen is drawn, they would be drawn across it.
 * Answers are then waited for 5 s, not 60. */
void client_hush(struct client *c, bool hushed);
/* Whom the next requests are about ("xinhua-2"): it leads in what is told of their failure.
 * Borrowed; NULL: nobody in particular. */
void client_about(struct client *c, const char *subject);

/* GET a server-sent event stream: `event` is called with each event's data (a line of JSON) until
 * it returns non-zero or the stream ends. *status receives the HTTP status, 0 when nobody answered;
 * a problem's text goes to *detail, when there is one. */
void client_stream(struct client *c, const char *path, int (*event)(void *arg, struct str data),
                   void *arg, long *status, struct buf *detail);

/* A stream beside other work: client_stream() in steps. It has a connection of its own. */
struct client_tail;
enum { CLIENT_TAIL_FDS = 4 };
/* Nothing is sent before the first wait. NULL: no memory, or no folder of a socket (told). */
struct client_tail *client_tail_open(const char *path, int (*event)(void *arg, struct str data),
                                     void *arg);
/* Wait until the stream or one of these descriptors has something to read, at most ms, and call
 * `event` with what came. False: the stream has ended, was refused or was stopped by `event`. */
bool client_tail_wait(struct client_tail *t, const int *fds, size_t n, int ms);
void client_tail_close(struct client_tail *t); /* harmless on NULL */

/* Append name=value, percent-encoded, after '?' or '&'; nothing when value is NULL. */
void client_add_query(struct buf *path, const char *name, const char *value);

#endif
