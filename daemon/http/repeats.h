/* daemon/http/repeats.h - what became of the latest commands to the sources, by idempotency key, so
 * that one sent again is answered and not done again. For the life of the process: adding the same
 * sources once more after a restart is answered "exists". */
#ifndef HUIYING_DAEMON_HTTP_REPEATS_H
#define HUIYING_DAEMON_HTTP_REPEATS_H

#include <stddef.h>
#include <stdint.h>

enum { REPEATS_MAX = 64 };

enum repeat {
    REPEAT_NEW,       /* not seen: it is under way from now on */
    REPEAT_DONE,      /* *each and *count are its outcome (free() it) */
    REPEAT_UNDER_WAY, /* the first one is not done yet */
    REPEAT_OTHER,     /* the key was another request's */
    REPEAT_NOMEM
};

/* `hash` stands for the whole request. Any thread. */
enum repeat repeats_begin(const char *key, uint64_t hash, int **each, size_t *count);
/* The outcome; a status other than 0 forgets the key, so that it may be tried again. Any thread. */
void repeats_finish(const char *key, int status, const int *each, size_t count);

#endif
