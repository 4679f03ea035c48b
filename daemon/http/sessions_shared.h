/* daemon/http/sessions_shared.h - inside of sessions.h: sessions of several machines, in their
 * Redis. Any thread: one after the other. */
#ifndef HUIYING_DAEMON_HTTP_SESSIONS_SHARED_H
#define HUIYING_DAEMON_HTTP_SESSIONS_SHARED_H

#include "daemon/http/sessions.h"

enum { SESSIONS_HASH = 32 }; /* of an id */

struct sessions_shared;

/* 0, or as cluster_open(). */
int sessions_shared_new(const struct cluster_conf *conf, struct sessions_shared **out);
void sessions_shared_free(struct sessions_shared *s); /* harmless on NULL */
/* 0, ERR_NOTFOUND, or as a reading call of store.h; of *out the account, its `changed` and what is
 * left. `use`: it counts as used. */
int sessions_shared_open(struct sessions_shared *s, const unsigned char hash[static SESSIONS_HASH],
                         const struct session *session);
int sessions_shared_find(struct sessions_shared *s, const unsigned char hash[static SESSIONS_HASH],
                         bool use, struct session *out);
/* What cannot be ended now (logged) ends by itself. */
void sessions_shared_close(struct sessions_shared *s,
                           const unsigned char hash[static SESSIONS_HASH], const char *account);

#endif
