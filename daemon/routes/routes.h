/* daemon/routes/routes.h - which address is answered by whom. */
#ifndef HUIYING_DAEMON_ROUTES_ROUTES_H
#define HUIYING_DAEMON_ROUTES_ROUTES_H

#include "daemon/http/exchange.h"

struct route {
    const char *method; /* GET answers HEAD too */
    const char *path;   /* "{id}" stands for a concern's id */
    enum MHD_Result (*handle)(struct exchange *x);
};

/* The route of an address: NULL when none; *allow then names the methods that the address has, or
 * stays NULL. *concern receives the number in the path, 0 none. */
const struct route *routes_find(const char *url, const char *method, uint64_t *concern,
                                const char **allow);

/* routes/status.c */
enum MHD_Result routes_status(struct exchange *x);
/* routes/lists.c */
enum MHD_Result routes_sources(struct exchange *x);
enum MHD_Result routes_units(struct exchange *x);
enum MHD_Result routes_topics(struct exchange *x);
/* routes/concerns.c */
enum MHD_Result routes_concerns(struct exchange *x);
enum MHD_Result routes_concern(struct exchange *x);
/* routes/commands.c */
enum MHD_Result routes_accept(struct exchange *x);
enum MHD_Result routes_answer(struct exchange *x);
/* routes/events.c */
enum MHD_Result routes_events(struct exchange *x);
/* routes/page.c */
enum MHD_Result routes_page(struct exchange *x);

#endif
