/* feeds/board.h - items of an HTML page, found by selectors. */
#ifndef HUIYING_FEEDS_BOARD_H
#define HUIYING_FEEDS_BOARD_H

#include "feeds/draft.h"

struct _xmlNode;
struct pick;

/* Somebody who looks on: each item's node before it is read, and what was picked after. */
struct board_watch {
    void (*before)(void *arg, struct _xmlNode *item);
    void (*after)(void *arg, const struct pick *pick, bool kept);
    void *arg;
};

/* Read decoded HTML by d->req->board. 0, ERR_SYNTAX when a selector does not compile or no item is
 * found, ERR_NOMEM. `watch` may be NULL. Any thread. */
int board_parse(struct draft *d, struct str html, const struct board_watch *watch);

#endif
