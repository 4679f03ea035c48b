/* feeds/datewords.h - dates told from today: 刚刚, 2小时前, 昨天 10:30. */
#ifndef HUIYING_FEEDS_DATEWORDS_H
#define HUIYING_FEEDS_DATEWORDS_H

#include <stdint.h>

#include "feeds/datescan.h"

/* Such a date at c, told from now (ms) in the zone: 0 and *ms, or ERR_SYNTAX. */
int datewords_relative(struct datescan c, int zone, int64_t now, int64_t *ms);

#endif
