/* daemon/house_rules.h - the rules that a house begins with. */
#ifndef HUIYING_DAEMON_HOUSE_RULES_H
#define HUIYING_DAEMON_HOUSE_RULES_H

#include "daemon/reload/town_rules.h"

/* Among several machines (`among`) those that were loaded last at any of them, whatever the folder
 * here says. Else, where there are none yet (rules->none), the configuration's with what was
 * changed on the page (topic_edits.h); where they cannot be had (logged), without. Rules and town
 * of `own` are those that were read, which *rules owns. 0 with a book of them, or ERR_NOMEM. */
int house_rules_open(struct config *own, struct store *store, bool among, struct town_rules *rules,
                     struct rulebook **book);

#endif
