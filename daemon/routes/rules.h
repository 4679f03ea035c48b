/* daemon/routes/rules.h - what the routes of rules share. */
#ifndef HUIYING_DAEMON_ROUTES_RULES_H
#define HUIYING_DAEMON_ROUTES_RULES_H

#include "daemon/http/exchange.h"

/* Answer a load of rules that pending_rules() began and that is over. */
enum MHD_Result rules_outcome(struct exchange *x);

#endif
