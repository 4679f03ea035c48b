/* daemon/drill/drill_play.h - a recorded day is published again: each item is given to the workers
 * when the clock reaches the time at which it was found, as if its source had just been polled. */
#ifndef HUIYING_DAEMON_DRILL_PLAY_H
#define HUIYING_DAEMON_DRILL_PLAY_H

#include "daemon/config/config.h"
#include "feeds/source/roster.h"

struct drill_play;

/* Start the thread, which pushes struct fetched to `bodies`. What is past already comes at once:
 * the ledger knows what it was told before. config->drill and the roster outlive it. NULL without
 * memory. */
struct drill_play *drill_play_start(const struct config *config, const struct roster *roster,
                                    struct queue *bodies);
/* Once `bodies` is closed. Harmless on NULL. */
void drill_play_stop(struct drill_play *p);
/* How many items were given out. Any thread. */
size_t drill_play_count(const struct drill_play *p);

#endif
