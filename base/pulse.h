/* base/pulse.h - which thread has stood still, so that a supervisor can start the daemon anew. */
#ifndef HUIYING_BASE_PULSE_H
#define HUIYING_BASE_PULSE_H

#include <stdint.h>

struct pulse;

/* A thread that is to beat from now on. name: static, for the log. NULL when memory is short. */
struct pulse *pulse_start(const char *name);
/* It is alive. Once around its loop, which must come round within seconds. Harmless on NULL. */
void pulse_beat(struct pulse *p);
/* It has ended well and is not asked for any more. Harmless on NULL. Any thread. */
void pulse_stop(struct pulse *p);
/* The name of a thread that has not beaten for so many milliseconds, or NULL. Any thread. */
const char *pulse_still(int64_t ms);

#endif
