/* alerts/desk/desk_acts.h - what the steps of a concern's life have in common. For the desk's own
 * files only. */
#ifndef HUIYING_ALERTS_DESK_ACTS_H
#define HUIYING_ALERTS_DESK_ACTS_H

#include "alerts/desk/desk_state.h"

/* The act's event; the coordinating unit hears of whatever anybody does. Room was made. */
struct event *desk_acts_emit(struct desk_act *a, enum event_type type);
/* Of the act's clock that still ran, which it meets; harmless on NULL. */
void desk_acts_name_clock(struct event *e, const struct concern_clock *clock, int64_t now);
/* What was asked for and is not decided falls with what it was asked of, a text that waits for 审签
 * too. Room was made. */
void desk_acts_drop_requests(struct concern *c, struct changes *out);
/* What the grade's clocks missed before they ended just now is told, where no tick has told it.
 * Room was made. */
void desk_acts_tell_missed(struct desk_act *a, struct concern *c);
/* The clock may step back; the window of joining never shrinks. */
void desk_acts_note_update(struct concern *c, int64_t now);

#endif
