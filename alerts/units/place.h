/* alerts/units/place.h - division codes of China as a tree of prefixes (GB/T 2260, 国家统计局区划代码). */
#ifndef HUIYING_ALERTS_PLACE_H
#define HUIYING_ALERTS_PLACE_H

#include <stdbool.h>

#include "base/str.h"

/* 6, 9 or 12 digits. */
bool place_is_code(struct str code);
/* The part of a 6-, 9- or 12-digit code that says something: "330100" -> "3301" (a city),
 * "330105003000" -> "330105003" (a street). Points into code. Any thread. */
struct str place_stem(struct str code);
/* `inner` lies in `outer` or is the same place; everything lies in the empty code. */
bool place_within(struct str inner, struct str outer);
/* One lies in the other: both codes can mean the place of one matter. */
bool place_compatible(struct str a, struct str b);

#endif
