/* daemon/cli/parts.h - the stores that stand beside a backup while it is written. */
#ifndef HUIYING_CLI_PARTS_H
#define HUIYING_CLI_PARTS_H

/* "sqlite:", `file`, `suffix` and our process: a file beside it that nobody else makes; NULL
 * without memory. */
char *parts_beside(const char *file, const char *suffix);
/* Take away those in this folder whose makers were killed: they hold words. */
void parts_sweep(const char *folder);

/* Is there a folder for this new file, that may be written? 0, or the exit status, with what is
 * wrong told. */
int parts_room(const char *file);
/* Is this a file? The same. */
int parts_source(const char *file);

#endif
