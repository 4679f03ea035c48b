/* daemon/cluster/letterbox.h - what the leader has yet to say: letters in the order of their
 * commits, to all machines or to who holds a slot. None is dropped while it leads: they come of
 * commits, so that no more of them come while the store is away. */
#ifndef HUIYING_DAEMON_LETTERBOX_H
#define HUIYING_DAEMON_LETTERBOX_H

#include "base/str.h"

enum { LETTERBOX_ALL = -1 };

struct letterbox;

struct letterbox_item {
    struct str text; /* the letterbox's own, until it is sent */
    int slot;        /* or LETTERBOX_ALL */
};

/* NULL when memory is exhausted. */
struct letterbox *letterbox_new(void);
/* Harmless on NULL. */
void letterbox_free(struct letterbox *o);
/* Any thread. 0 or ERR_NOMEM. */
int letterbox_put(struct letterbox *o, struct str text, int slot);
/* The sender's thread: the first ones, at most max. They stay until letterbox_sent(). */
size_t letterbox_first(struct letterbox *o, struct letterbox_item *out, size_t max);
/* The same: so many of the first have been said. */
void letterbox_sent(struct letterbox *o, size_t n);
/* Any thread: how many wait. */
size_t letterbox_unsent(struct letterbox *o);

#endif
