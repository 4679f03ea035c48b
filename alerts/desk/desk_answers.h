/* alerts/desk/desk_answers.h - steps that publish something. For the desk's own files only. Each: 0
 * or ERR_NOMEM. */
#ifndef HUIYING_ALERTS_DESK_ANSWERS_H
#define HUIYING_ALERTS_DESK_ANSWERS_H

#include "alerts/desk/desk_state.h"

/* The concern's address of what was published last is the command's. */
int desk_answers_keep_url(struct desk_act *a);
int desk_answers_progress(struct desk_act *a);
int desk_answers_keep_promise(struct desk_act *a);
/* Answered, published at this address, and closed: EVENT_ANSWERED, EVENT_CLOSED. */
int desk_answers_at(struct desk_act *a, struct str url);
int desk_answers_give(struct desk_act *a);
/* What was published in parts answers it as a whole from the moment that somebody says so. */
int desk_answers_close(struct desk_act *a);
int desk_answers_part(struct desk_act *a);

#endif
