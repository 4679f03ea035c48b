/* classifiers/promise_date.h - one date as replies write it, told from the day of the reply. */
#ifndef HUIYING_CLASSIFIERS_PROMISE_DATE_H
#define HUIYING_CLASSIFIERS_PROMISE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct promise_date {
    int64_t day;      /* since 1970-01-01 in UTC+8: the last one of what is named */
    int64_t span;     /* ms from the reply, when it is told in hours; else 0 */
    uint16_t workdays; /* when it is told in working days; else 0 */
    bool limit;       /* it says “by”: 前, 内, 底 … */
};

/* A date at s[*at], told from `today` (days since 1970-01-01): true with *at moved past it and what
 * limits it. It may be past. */
bool promise_date_read(struct str s, size_t *at, int64_t today, struct promise_date *out);

#endif
