/* daemon/reload/rules_pack_inside.h - what the files of a block of rules share, for these alone. */
#ifndef HUIYING_DAEMON_RULES_PACK_INSIDE_H
#define HUIYING_DAEMON_RULES_PACK_INSIDE_H

#include "daemon/reload/rules_pack.h"

/* Its names and texts in turn, behind its mark; bad: it has none. */
struct buf_reader rules_pack_files_of(struct str pack);
/* Is it a name that rules_pack_write() gives? It leads nowhere else. */
bool rules_pack_leads_below(struct str name);

#endif
