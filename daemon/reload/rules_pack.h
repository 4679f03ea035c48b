/* daemon/reload/rules_pack.h - all that a load of rules reads, in one block: the folder of rules,
 * places, units, routes, deadlines, grades and calendars, as one machine hands them to the
 * others. */
#ifndef HUIYING_DAEMON_RULES_PACK_H
#define HUIYING_DAEMON_RULES_PACK_H

#include "base/buf.h"
#include "daemon/config/config.h"

enum { RULES_PACK_NAME = 33 };

/* Append the block of this folder and the other files that `c` names: 0, ERR_LIMIT (64 MB), ERR_IO,
 * ERR_NOMEM. The same files give the same block. */
int rules_pack_write(const struct config *c, const char *folder, struct buf *out);
/* Its hash: blocks with the same name are the same. */
void rules_pack_name(struct str pack, char out[static RULES_PACK_NAME]);

/* The text of this file of it, or of its topics; without p: it has none. Borrowed from it. */
struct str rules_pack_file(struct str pack, struct str name);
struct str rules_pack_topic(struct str pack, struct str file);
/* Each file that one of two blocks has otherwise than the other, those that are gone last: 0, what
 * `each` returned when it ended that, or ERR_CORRUPT. A text without p: it has no such file. */
int rules_pack_compare(struct str before, struct str after,
                       int (*each)(void *arg, struct str name, struct str was, struct str text),
                       void *arg);
/* Replace the block by one with this text in the place of that file of its topics; an empty text:
 * without the file. Neither is borrowed from the block. 0, ERR_CORRUPT, ERR_INVALID (no name of
 * such a file), ERR_LIMIT, ERR_NOMEM: it is as it was. */
int rules_pack_put_topic(struct buf *pack, struct str file, struct str text);

/* `c` with the paths of files that were laid out from a block; clear it. */
struct rules_pack_files {
    struct config there;
    char *folder; /* what was laid out, which stays when this is cleared */
};
/* Lay it out under c->cache, in a folder of its name, which is all of it or as it was: 0,
 * ERR_CORRUPT (no such block), ERR_IO, ERR_NOMEM. What was laid out there before for other blocks
 * is removed by rules_pack_tidy(). */
int rules_pack_lay_out(const struct config *c, struct str pack, struct rules_pack_files *out);
void rules_pack_clear(struct rules_pack_files *f);
/* The path within it of a file that was laid out; any other path as it is. */
const char *rules_pack_within(const char *path);
/* Remove what was laid out, but for the block of this name. */
void rules_pack_tidy(const struct config *c, const char *name);

#endif
