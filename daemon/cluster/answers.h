/* daemon/cluster/answers.h - the side of the leader of what forward.h hands on: mail from the
 * others is given to the ledger, and what became of it goes back. */
#ifndef HUIYING_DAEMON_ANSWERS_H
#define HUIYING_DAEMON_ANSWERS_H

#include "store/cluster.h"

struct answers;
struct ledger;

/* NULL without memory. */
struct answers *answers_new(struct ledger *l);
/* Take what came, send what is done: how many came, or ERR_*. One thread. */
int answers_serve(struct answers *a, struct cluster *c);
/* After the ledger, which calls back. Harmless on NULL. */
void answers_free(struct answers *a);

#endif
