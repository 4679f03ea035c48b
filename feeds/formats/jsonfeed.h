/* feeds/formats/jsonfeed.h - JSON Feed 1.0 and 1.1. */
#ifndef HUIYING_FEEDS_JSONFEED_H
#define HUIYING_FEEDS_JSONFEED_H

#include "feeds/formats/draft.h"

/* Parse decoded text. A document that is no JSON is searched for the items in it that are. 0,
 * ERR_SYNTAX when it is no JSON Feed, ERR_NOMEM. Any thread. www.jsonfeed.org/version/1.1 */
int jsonfeed_parse(struct draft *d, struct str text);

#endif
