/* alerts/bus/presence.h - whether a unit can be reached: one of its receivers was heard lately,
 * and it answers canaries. Pure; the bus thread owns it. */
#ifndef HUIYING_ALERTS_PRESENCE_H
#define HUIYING_ALERTS_PRESENCE_H

#include "alerts/event.h"
#include "base/str.h"

enum { PRESENCE_CANARIES = 3 /* unanswered in a row: nothing that is sent arrives */ };

/* ms; 0 stands for the default. */
struct presence_times {
    int64_t silent; /* without a word from any receiver: 8 s, so that it is told within 10 */
    int64_t grace;  /* after the start, until who never came counts as silent: 9 s, told within 10;
                       a receiver of ours is back within 5 s (see bus_client.c) */
    int64_t canary; /* from one round of canaries to the next: 60 s */
};

/* Whom to tell, and whom to send a canary. Returns of tell: 0, or ERR_AGAIN: it will be told again.
 * NULL: nobody, for who is out of reach here may be in reach of another bus of the same ledger,
 * which is told of who is in reach here. */
struct presence_link {
    void *arg;
    int (*tell)(void *arg, const char *unit, bool offline, uint32_t missed);
    void (*canary)(void *arg, const char *unit, uint64_t number);
};

struct presence;

/* now: clock_mono() of the start. NULL when memory is exhausted. */
struct presence *presence_new(const struct presence_times *times, const struct presence_link *link,
                              int64_t now);
void presence_free(struct presence *p);
/* Units expected on the bus: those that have a key. Who is no longer among them counts as gone.
 * One call with begin, one for each, one with end; 0 or ERR_NOMEM. */
void presence_watch_begin(struct presence *p);
int presence_watch(struct presence *p, const char *unit);
void presence_watch_end(struct presence *p);

/* How often a receiver has to say something (ms), so that one lost word is no silence. */
int64_t presence_heartbeat(const struct presence *p);
/* A receiver of the unit that said hello said something. */
void presence_heard(struct presence *p, const char *unit, int64_t now);
/* A receiver of the unit is in reach of another bus, which sends it canaries, too. */
void presence_elsewhere(struct presence *p, const char *unit, int64_t now);
/* Units whose receivers are in reach of this bus, told one by one. */
void presence_each(const struct presence *p, int64_t now,
                   void (*each)(void *arg, const char *unit), void *arg);
/* A receiver answered the canary of this number. */
void presence_canary(struct presence *p, const char *unit, uint64_t number);
/* Look who became silent or came back, at least once a second. A pause of the caller is nobody's
 * silence. */
void presence_turn(struct presence *p, int64_t now);

/* Units that are expected and out of reach; canaries that were not answered, in all. */
struct presence_counts {
    uint32_t expected, offline;
    uint64_t canaries, missed;
};
void presence_counts(const struct presence *p, struct presence_counts *out);

#endif
