/* feeds/fetch/waitlist.h - pages asked for beside polls: how many may wait, in all and for one
 * domain, and those that are not begun yet. */
#ifndef HUIYING_FEEDS_WAITLIST_H
#define HUIYING_FEEDS_WAITLIST_H

#include "feeds/fetch/fetch.h"

struct waitlist;

/* In all; for one registrable domain: next pages of its lists, which come one after the other, and
 * pages of items, of which few keep a domain busy and many would keep others from their turn. */
enum { WAITLIST_MAX = 4096, WAITLIST_NEXT = 64, WAITLIST_ITEMS = 8 };

/* NULL when memory is exhausted. */
struct waitlist *waitlist_new(void);
/* With the pages that are not begun. Harmless on NULL. */
void waitlist_free(struct waitlist *w);

/* Count a page in: 0, ERR_AGAIN (full), ERR_LIMIT (enough of its domain wait) or ERR_NOMEM. Sets
 * page->share. Any thread. */
int waitlist_enter(struct waitlist *w, struct fetch_page *page);
/* One that was counted in has its outcome, or was lost. Any thread. */
void waitlist_leave(struct waitlist *w, const struct fetch_page *page);
/* Counted in and not out. Any thread. */
uint32_t waitlist_count(const struct waitlist *w);

/* The fetch thread's: one that was counted in is to be begun (takes it); the next, or NULL. */
void waitlist_push(struct waitlist *w, struct fetch_page *page);
struct fetch_page *waitlist_pop(struct waitlist *w);

#endif
