/* daemon/http/lockout.h - how often somebody may try a password: per name, doubling, and of all
 * names together. No visitor's address is known or kept. Any thread; times are clock_mono(). */
#ifndef HUIYING_DAEMON_HTTP_LOCKOUT_H
#define HUIYING_DAEMON_HTTP_LOCKOUT_H

#include <stdbool.h>
#include <stdint.h>

struct lockout;

enum {
    LOCKOUT_TRIES = 5,               /* that are free */
    LOCKOUT_FIRST_MS = 30 * 1000,    /* doubles with each further one */
    LOCKOUT_MOST_MS = 3600 * 1000,
    LOCKOUT_FORGET_MS = 24 * 3600 * 1000,
    LOCKOUT_BURST = 60,              /* tries of any name, and how fast they come back */
    LOCKOUT_EACH_MS = 200
};

struct lockout *lockout_new(void);
void lockout_free(struct lockout *l);
/* May this name be tried now? 0, and the try counts as failed until it passed; else how long to
 * wait (ms). Names that no account has are counted alike. */
int64_t lockout_try(struct lockout *l, const char *name, int64_t now);
/* The try was not looked at after all. */
void lockout_undo(struct lockout *l, const char *name);
/* It failed: does that lock the name? */
bool lockout_failed(struct lockout *l, const char *name, int64_t now);
void lockout_passed(struct lockout *l, const char *name);

#endif
