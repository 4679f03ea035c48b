/* daemon/public/refusal.h - what a browser is told that does not get what it asks for, or whose
 * form was not taken: why, what to do, and where to go on; programs get a problem document
 * (reply.h). */
#ifndef HUIYING_DAEMON_PUBLIC_REFUSAL_H
#define HUIYING_DAEMON_PUBLIC_REFUSAL_H

#include "daemon/http/exchange.h"

struct refusal {
    unsigned status;
    const char *detail; /* "zh (en)", of ours; NULL: none */
    const char *allow;  /* the methods that are taken (405); NULL: nothing is said of them */
    int64_t wait_ms;    /* before it is of use to try again; 0: not known */
};

/* Is a page the answer of this status to this request? Outside the API, of each but a 421: its
 * links would lead back to the wrong host. */
bool refusal_wanted(const struct exchange *x, unsigned status);
/* A page without a script, with this status. */
enum MHD_Result refusal_send(struct exchange *x, const struct refusal *why);

#endif
