/* daemon/http/repeats.h - what became of the latest commands to the sources, by idempotency key, so
 * that one sent again while the first is under way is told so, and one that is done is answered
 * from memory. The ledger keeps the outcomes for longer, over a restart too. */
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

/* `hash` stands for the whole request, the key is this person's (command_person()). Any thread. */
enum repeat repeats_begin(uint64_t person, const char *key, uint64_t hash, int **each,
                          size_t *count);
/* The outcome; a status other than 0 forgets the key, so that it may be tried again. Any thread. */
void repeats_finish(uint64_t person, const char *key, int status, const int *each, size_t count);

#endif
