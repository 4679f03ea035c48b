/* feeds/pages/page.h - one HTML page as one item. */
#ifndef HUIYING_FEEDS_PAGE_H
#define HUIYING_FEEDS_PAGE_H

#include "feeds/formats/draft.h"

struct pick_watch;

/* Read decoded HTML by the detail selectors of d->req->board, and by extraction what they do not
 * find. 0, ERR_SYNTAX, ERR_NOMEM. `watch` may be NULL. Any thread. */
int page_parse(struct draft *d, struct str html, const struct pick_watch *watch);

#endif
