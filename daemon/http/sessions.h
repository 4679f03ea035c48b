/* daemon/http/sessions.h - who is logged in. In memory only: a restart logs everybody out, and of a
 * session's id nothing but a hash is kept. Any thread; times are clock_mono(). */
#ifndef HUIYING_DAEMON_HTTP_SESSIONS_H
#define HUIYING_DAEMON_HTTP_SESSIONS_H

#include "store/account.h"

struct sessions;

enum {
    SESSIONS_MAX = 1024,
    SESSIONS_EACH = 8,         /* of one account; past either the one used longest ago goes */
    SESSIONS_IDLE_MS = 30 * 60 * 1000,
    SESSIONS_LAST_MS = 12 * 3600 * 1000,
    SESSIONS_TOKEN = 44        /* text of an id or a CSRF token, with its NUL */
};

struct session {
    char account[SLUG_MAX];
    int64_t changed; /* of the account, when it logged in: later changes end the session */
    char csrf[SESSIONS_TOKEN];
    int64_t opened, used;
};

struct sessions *sessions_new(void);
void sessions_free(struct sessions *s);
/* Begin one: its id for the cookie into `id`, its CSRF token into *out. */
void sessions_open(struct sessions *s, const struct account *a, int64_t now,
                   char id[static SESSIONS_TOKEN], struct session *out);
/* The session of a cookie, which counts as used now: 0, ERR_NOTFOUND (none, idle for 30 minutes, or
 * 12 hours old). */
int sessions_find(struct sessions *s, const char *id, int64_t now, struct session *out);
/* End it, if there is one. */
void sessions_close(struct sessions *s, const char *id);
unsigned sessions_count(struct sessions *s);

#endif
