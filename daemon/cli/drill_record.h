/* daemon/cli/drill_record.h - what the ledger has of a stretch of time, and recorded days that are
 * held against it. */
#ifndef HUIYING_DAEMON_CLI_DRILL_RECORD_H
#define HUIYING_DAEMON_CLI_DRILL_RECORD_H

#include "daemon/cli/client.h"
#include "daemon/drill/drill_file.h"

struct drill_recording {
    struct drill_file f; /* with an arena, from and to; the rest is read */
    size_t room_items, room_sources;
    struct str epoch; /* of the ledger */
};

/* All matched items of that time whose texts are kept, by time; there may be none. 0, or the exit
 * status after the reason was told. */
int drill_record_read(struct client *c, struct drill_recording *r);
void drill_record_clear(struct drill_recording *r);

/* Take out of a recorded day what the ledger has no words of any more, and put in its present words
 * where they are others; the file is written anew when something is, and removed when nothing is
 * left. `must`: a daemon that does not answer, or is not the one that it was recorded from, is an
 * error, and else only told. 0, or the exit status after the reason was told. */
int drill_update_file(const char *path, bool must);

#endif
