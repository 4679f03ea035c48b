/* alerts/desk/outbox.h - numbers events: seq of the ledger, unitseq of each unit that gets them. */
#ifndef HUIYING_ALERTS_OUTBOX_H
#define HUIYING_ALERTS_OUTBOX_H

#include "alerts/desk/desk.h"

struct outbox_unit {
    char unit[SLUG_MAX];
    uint64_t unitseq;
    bool offline; /* as told last */
};

struct outbox {
    uint64_t head;
    struct outbox_unit *units; /* in order of id */
    size_t count, cap;
    const struct deadlines *deadlines; /* their calendar tells who is on duty; may be NULL */
};

void outbox_clear(struct outbox *o);
/* Know the unit: its counter, or NULL when memory is exhausted. Valid until the next call. */
struct outbox_unit *outbox_know(struct outbox *o, const char *unit);
/* Room in `out` for this many more events, OUTBOX_CONCERNS more concerns and OUTBOX_TEXTS more
 * texts of replies, which is what one step touches at most: 0 or ERR_NOMEM. */
enum { OUTBOX_CONCERNS = COMMAND_ITEMS + 4, OUTBOX_TEXTS = 4 };
int outbox_reserve(struct changes *out, size_t events);

/* Append the next event about the concern; the caller has reserved its room, and every unit of the
 * tree and the concern's own are known. Its parties hear of it, and the coordinating unit of what
 * concerns it: of everything while it is the one who must act. act, due, percent and late of the
 * result (borrowed until the next call) are the caller's to set: they are ACT_NONE, the reply's due
 * time, 0 and false. */
struct event *outbox_emit(struct outbox *o, const struct units *units, const struct concern *c,
                          enum event_type type, int64_t now, struct changes *out);
/* One more unit, which is known, hears of the event. */
void outbox_address(struct outbox *o, struct event *e, const char *unit);
/* The same, unless a reload took it out of the tree. */
void outbox_address_known(struct outbox *o, const struct units *units, struct event *e,
                          const char *unit);
/* The same about a clock that has run so far: of 研判 the coordinating unit is told, and
 * EVENT_ESCALATED goes to the clock's level-th unit above as well, which `to` names: parent,
 * grandparent … the top one, the coordinating unit where there is none above. */
struct event *outbox_emit_clock(struct outbox *o, const struct units *units,
                                const struct concern *c, const struct concern_clock *clock,
                                enum event_type type, int64_t now, struct changes *out);
/* The same, heard by nobody: what came with its answer calls no one. */
struct event *outbox_record(struct outbox *o, const struct concern *c, enum event_type type,
                            int64_t now, struct changes *out);
/* The same about a source (id of less than SLUG_MAX bytes), or with an empty id about something
 * else that is no concern, for the coordinating unit. */
struct event *outbox_emit_source(struct outbox *o, const struct units *units, struct str source,
                                 enum event_type type, int64_t now, struct changes *out);

#endif
