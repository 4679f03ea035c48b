/* store/polled.h - what is known of a source by its polls. */
#ifndef HUIYING_STORE_POLLED_H
#define HUIYING_STORE_POLLED_H

#include <stdint.h>

#include "base/str.h"

enum store_source_state {
    STORE_SOURCE_ACTIVE,
    STORE_SOURCE_PAUSED,     /* by an operator */
    STORE_SOURCE_RETIRED,    /* 410 Gone */
    STORE_SOURCE_QUARANTINED /* one or two people's page (law 2) */
};

enum { STORE_SILENT = 2 }; /* strikes that make a source silent; no more are counted */

/* Parts of a stored row that an upsert leaves as they are. */
enum {
    STORE_KEEP_POLL = 1, /* etag, last_modified, polled */
    STORE_KEEP_MOVE = 2, /* moved_from, moved_to, moved_at */
    STORE_KEEP_SINCE = 4 /* since */
};

/* What a poll or an operator changed of a source; unchanged polls are not written. */
struct store_source {
    struct str id;
    struct str etag, last_modified;
    int64_t polled, quarantine_until;
    int failures;
    struct str reason;
    uint8_t state;   /* enum store_source_state */
    uint8_t strikes; /* polls in a row that found no feed, or selected nothing */
    uint8_t owed;    /* depth of the next page of its list that is to be read yet; 0: none */
    bool owed_first; /* that was at its first poll */
    struct str moved_from, moved_to; /* normal addresses; polled at moved_to while it is told to be
                                        at moved_from; empty: it has not moved */
    int64_t moved_at; /* when it moved; 0: not, or not known */
    int64_t since;    /* when it became what it is: paused, retired, quarantined, silent or none of
                         them; 0: it never was, or not known */
    uint8_t keep;    /* on input: STORE_KEEP_*; parts that a new row then has empty */
};

#endif
