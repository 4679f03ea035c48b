/* daemon/cli/living.h - a store in Redis whose daemons may go on meanwhile. */
#ifndef HUIYING_CLI_LIVING_H
#define HUIYING_CLI_LIVING_H

#include "store/store.h"

struct living;

/* Open it as it is at one moment (snapshot.h), with room in `folder`; or, where that cannot be, as
 * it is, which its daemons must be stopped for. 0 or the exit status, with the reason told. */
int living_open(const char *address, const char *folder, struct living **out);
/* The same to be read: nobody needs to be stopped, but then it may move on meanwhile. */
int living_look(const char *address, const char *folder, struct living **out);
/* Of living_open() its writer: what is changed in it may be gone with it. */
struct store *living_store(const struct living *l);
/* Harmless on NULL. */
void living_close(struct living *l);

#endif
