/* alerts/steps.h - which act a concern's state allows, who may take it, and what it needs. */
#ifndef HUIYING_ALERTS_STEPS_H
#define HUIYING_ALERTS_STEPS_H

#include "alerts/desk.h"

enum steps_outcome {
    STEPS_DO,     /* changes the concern, makes events */
    STEPS_REPEAT, /* done before: succeeds without an event */
    STEPS_REFUSE
};

/* Decide on a command against a concern. `reason` is set on STEPS_REFUSE and *err then is
 * ERR_REFUSED or ERR_INVALID. Pure. */
enum steps_outcome steps_decide(const struct concern *concern, const struct command *command,
                                const char *coordinator, int *err, const char **reason);

#endif
