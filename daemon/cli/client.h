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
/* Whom the next requests are about ("xinhua-2"): it leads in what is told of their failure.
 * Borrowed; NULL: nobody in particular. */
void client_about(struct client *c, const char *subject);

/* GET a server-sent event stream: `event` is called with each event's data (a line of JSON) until
 * it returns non-zero or the stream ends. *status receives the HTTP status, 0 when nobody answered;
 * a problem's text goes to *detail, when there is one. */
void client_stream(struct client *c, const char *path, int (*event)(void *arg, struct str data),
                   void *arg, long *status, struct buf *detail);

/* Append name=value, percent-encoded, after '?' or '&'; nothing when value is NULL. */
void client_add_query(struct buf *path, const char *name, const char *value);

#endif
