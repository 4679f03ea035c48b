/* daemon/http/caller.h - who asks: the socket, a script's token, a session's cookie, or nobody. */
#ifndef HUIYING_DAEMON_HTTP_CALLER_H
#define HUIYING_DAEMON_HTTP_CALLER_H

#include <stdbool.h>

#include "base/buf.h"
#include "daemon/http/access.h"
#include "daemon/http/sessions.h"
#include "store/trail.h"

struct exchange;
struct http;

struct caller {
    enum access_role role;
    char name[SLUG_MAX]; /* of the account, or empty */
    char unit[SLUG_MAX]; /* of ACCESS_UNIT */
    unsigned uid;        /* of ACCESS_SOCKET: the OS user at its other end */
    bool known;          /* uid is */
    bool cookie;         /* a page's: what changes something needs the session's CSRF token too */
    struct session session;
};

/* Read it off the request: 0, ERR_REFUSED (a token that is none of ours, expired or revoked) or
 * what the store said. At the socket, too, who has a token is who it is of. MHD thread. */
int caller_identify(struct exchange *x, struct caller *out);
/* Is who asked, of an answer that is still being sent, who it was then: the account in use, the
 * token or the session not ended? What the store cannot say now is no end. MHD thread. */
bool caller_lasts(struct exchange *x);
/* Name of the session's cookie: with a site that TLS protects, one that no other host can set. */
const char *caller_cookie(const struct http *h);
/* The value of the Set-Cookie that carries this id, or with an empty one ends it. */
void caller_set_cookie(const struct http *h, const char *id, struct buf *out);
/* The same of another cookie of ours. */
void caller_put_cookie(const struct http *h, const char *name, const char *value, struct buf *out);

/* The unit to which this request is confined, or NULL: the caller may all of the route. */
const char *caller_own(const struct exchange *x);
/* A number for who acts (command_person()), or 0. */
uint64_t caller_person(const struct caller *c);
/* Who does what by this request, for the audit trail; false: it leaves no row. */
bool caller_sign(const struct exchange *x, struct trail_row *row);
/* The hash of a token by which it is stored: false, it has not the form of one. */
bool caller_token_hash(const char *token, unsigned char hash[static ACCOUNT_TOKEN]);
enum { CALLER_TOKEN = 47 }; /* "hy_" and 43 characters, with the NUL */
/* Make one. */
void caller_token_new(char token[static CALLER_TOKEN], unsigned char hash[static ACCOUNT_TOKEN]);

#endif
