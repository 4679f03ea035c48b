/* alerts/desk/steps_needs.h - what an act must have, beside its state and who takes it. */
#ifndef HUIYING_ALERTS_STEPS_NEEDS_H
#define HUIYING_ALERTS_STEPS_NEEDS_H

#include "alerts/command.h"
#include "alerts/concern.h"
#include "alerts/units/units.h"

enum { /* beside what command_check() looks at */
    URL = 1,           /* a public address */
    ASSESSED = 2,      /* 研判 was done */
    NOTHING_ASKED = 4, /* one request at a time */
    IN_TIME = 8,       /* the original due time is not past, or an extension becomes shorter */
    LATER = 16,        /* until: later than it, and than an earlier extension */
    MENDED = 1 << 27,  /* until: later than it, and another than the earlier extension */
    BOUNDED = 1 << 28, /* until: within a year from now */
    UNITS = 32,        /* known, none twice */
    ONE = 64,          /* unit */
    NEW_LEAD = 128,    /* not the one that leads already */
    BELOW = 256,       /* units below the one that acts */
    NEW = 512,         /* units that do not have to do with it yet */
    ROOM = 1024,       /* for as many parties */
    PART = 2048,       /* a unit has answered its part already: first information is no answer */
    ANSWERED = 4096,   /* closed by a published reply */
    UNMERGED = 8192,   /* not closed by 并单 */
    OTHER = 16384,     /* another concern that there is */
    OTHER_LIVE = 32768, /* and that is not closed */
    AS_FAR = 65536,    /* which is dispatched, if this one is */
    OWN = 131072,      /* items of the concern, none twice */
    LEFT = 262144,     /* of which one stays at least */
    PUBLISHED = 524288, /* not withheld */
    OTHER_UNMERGED = 1 << 20, /* which did not go into a third one */
    REASON = 1 << 21,  /* a note, where only this row asks for it */
    SECOND = 1 << 22,  /* another one than wrote the text */
    PERSON = 1 << 24,  /* and not the same hand in another name */
    DECIDER = 1 << 25, /* not who only groups */
    LISTED = 1 << 26,  /* the public channel of a body that units.yaml lists under `outside` */
    NAMED = 1 << 23    /* draft: the very text that waits, for another may have taken its place */
};

/* The first of these needs that is not met: ERR_REFUSED or ERR_INVALID with a static *reason; or 0.
 * `other` as for steps_decide(). Pure. */
int steps_needs(unsigned needs, const struct concern *c, const struct concern *other,
                const struct command *command, const struct units *units, int64_t now,
                const char **reason);

/* The unit's record, active or not, among the listed parties; NULL: none. */
const struct concern_party *steps_part(const struct concern *c, struct str unit);
/* The unit that acts, as the tree knows it: for the coordinating unit, who sits at the socket. An
 * index of units->list, or -1. */
int steps_hand(const struct units *units, struct str by);

#endif
