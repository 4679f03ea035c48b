/* daemon/routes/session.h - logging in, whatever the answer looks like. */
#ifndef HUIYING_DAEMON_ROUTES_SESSION_H
#define HUIYING_DAEMON_ROUTES_SESSION_H

#include "daemon/http/exchange.h"

/* How an outcome is told. */
struct session_voice {
    /* Logged in as `c`; the cookie is to be set. */
    enum MHD_Result (*welcome)(struct exchange *x, const struct caller *c, const char *cookie);
    enum MHD_Result (*refuse)(struct exchange *x); /* account or password is wrong */
    enum MHD_Result (*later)(struct exchange *x, int64_t wait_ms);
    enum MHD_Result (*fail)(struct exchange *x, int err); /* ERR_*: not for what was sent */
};

/* Check the password of this account (shorter than SLUG_MAX; at most HASHER_PASSWORD bytes) and
 * open a session. Called again, with the same, when the exchange's pending command is done. */
enum MHD_Result session_log_in(struct exchange *x, struct str account, struct str password,
                               const struct session_voice *voice);
/* End the caller's session; the cookie that takes its place is appended, with its NUL. */
void session_log_out(struct exchange *x, struct buf *cookie);

#endif
