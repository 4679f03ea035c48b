/* feeds/pages/board.h - items of an HTML page, found by selectors. */
#ifndef HUIYING_FEEDS_BOARD_H
#define HUIYING_FEEDS_BOARD_H

#include "feeds/formats/draft.h"

struct pick_watch;

/* Read decoded HTML by d->req->board. 0, ERR_SYNTAX when a selector does not compile or no item is
 * found, ERR_NOMEM. `watch` may be NULL. Any thread. */
int board_parse(struct draft *d, struct str html, const struct pick_watch *watch);

#endif
