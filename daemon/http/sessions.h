/* daemon/http/sessions.h - who is logged in, and of a session's id nothing but a hash. In memory
 * only: a restart logs everybody out. Of several machines on one Redis, in that, for a while
 * (cluster_keep()): who is logged in at one is at all of them, through their restarts. Any thread;
 * times are clock_mono(), among several machines those of Redis. */
#ifndef HUIYING_DAEMON_HTTP_SESSIONS_H
#define HUIYING_DAEMON_HTTP_SESSIONS_H

#include "store/account.h"

struct sessions;

enum {
    SESSIONS_MAX = 1024,
    SESSIONS_EACH = 8,         /* of one account; past either the one used longest ago goes, among
                                  several machines the one begun longest ago */
    SESSIONS_IDLE_MS = 30 * 60 * 1000,
    SESSIONS_LAST_MS = 12 * 3600 * 1000,
    SESSIONS_TOKEN = 44        /* text of an id or a CSRF token, with its NUL */
};

struct session {
    char account[SLUG_MAX];
    int64_t changed; /* of the account, when it logged in: later changes end the session */
    char csrf[SESSIONS_TOKEN];
    int64_t opened, used;
    int64_t idle_left, last_left; /* ms: until it ends when nobody uses it, and in any case */
};

struct cluster_conf;
/* NULL without memory. `among`: of several machines, or NULL; copied. */
struct sessions *sessions_new(const struct cluster_conf *among);
void sessions_free(struct sessions *s);
/* Begin one: its id for the cookie into `id`, its CSRF token into *out. 0; among several machines
 * also as a reading call of store.h. */
int sessions_open(struct sessions *s, const struct account *a, int64_t now,
                  char id[static SESSIONS_TOKEN], struct session *out);
/* The session of a cookie, which counts as used now: 0, ERR_NOTFOUND (none, idle for 30 minutes, or
 * 12 hours old); among several machines also as a reading call of store.h, and with what is left of
 * its times only. */
int sessions_find(struct sessions *s, const char *id, int64_t now, struct session *out);
/* The same of who but asks how long it has: it does not count as used. */
int sessions_look(struct sessions *s, const char *id, int64_t now, struct session *out);
/* End it, if there is one. `account`: whose it is, as sessions_find() has it. */
void sessions_close(struct sessions *s, const char *id, const char *account);
/* Of this machine. */
unsigned sessions_count(struct sessions *s);

#endif
