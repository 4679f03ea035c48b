/* alerts/desk/desk_publish.h - replies that the ledger itself publishes, for units without a site:
 * a text is written, approved by somebody else (审签), and has an address from then on. For the
 * desk's own files only. Each: 0 or ERR_NOMEM. */
#ifndef HUIYING_ALERTS_DESK_PUBLISH_H
#define HUIYING_ALERTS_DESK_PUBLISH_H

#include "alerts/desk/desk_state.h"

/* The command's text waits: EVENT_DRAFTED. */
int desk_publish_draft(struct desk_act *a);
/* It is approved: EVENT_PUBLISHED, and the concern is answered at the ledger's address. */
int desk_publish_answer(struct desk_act *a);
/* The same of a correction: the answer stays as early as it was. */
int desk_publish_correction(struct desk_act *a);
/* A text that waits, if there is one, waits no more. Room was made. */
void desk_publish_drop(struct concern *c, struct changes *out);

#endif
