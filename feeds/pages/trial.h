/* feeds/pages/trial.h - what a board's selectors find, beside what the page shows (`huiying feeds
 * try`). */
#ifndef HUIYING_FEEDS_TRIAL_H
#define HUIYING_FEEDS_TRIAL_H

#include "base/buf.h"
#include "feeds/formats/parse.h"

/* Read req as parse_feed() does, or with `page` as parse_page(), and append JSON:
 * {format, encoding, title, next, few_authors, problems[{line,text}], items[{line, shown, kept,
 *  title, url, text, reply, reply_unit, date_published, reply_time, missing[], undated[]}]}.
 * `shown` is the text of the item's part of the page, without its authors; `missing` names the
 * selectors that are given and match nothing there, `undated` those that find no date that can be
 * read. At most 500 items, texts cut to 2,000 bytes, all through `mask` (may be NULL). 0,
 * ERR_SYNTAX (what was found is appended all the same) or ERR_NOMEM. Any thread. */
int trial_write(const struct parse_request *req, bool page,
                void (*mask)(void *arg, struct buf *text), void *arg, struct buf *out);

#endif
