/* daemon/rules_pack.h - all that a load of rules reads, in one block: the folder of rules, places,
 * units, routes, deadlines, grades and calendars, as one machine hands them to the others. */
#ifndef HUIYING_DAEMON_RULES_PACK_H
#define HUIYING_DAEMON_RULES_PACK_H

#include "base/buf.h"
#include "daemon/config.h"

enum { RULES_PACK_NAME = 33 };

/* Append the block of this folder and the other files that `c` names: 0, ERR_LIMIT (64 MB), ERR_IO,
 * ERR_NOMEM. The same files give the same block. */
int rules_pack_write(const struct config *c, const char *folder, struct buf *out);
/* Its hash: blocks with the same name are the same. */
void rules_pack_name(struct str pack, char out[static RULES_PACK_NAME]);

/* `c` with the paths of files that were laid out from a block; clear it. */
struct rules_pack_files {
    struct config there;
    char *folder; /* what was laid out, which stays when this is cleared */
};
/* Lay it out under c->cache, in a folder of its name: 0, ERR_CORRUPT (no such block), ERR_IO,
 * ERR_NOMEM. What was laid out there before for other blocks is removed by rules_pack_tidy(). */
int rules_pack_lay_out(const struct config *c, struct str pack, struct rules_pack_files *out);
void rules_pack_clear(struct rules_pack_files *f);
/* Remove what was laid out, but for the block of this name. */
void rules_pack_tidy(const struct config *c, const char *name);

#endif
