/* base/near.h - how far one name is from another, for "did you mean". */
#ifndef HUIYING_BASE_NEAR_H
#define HUIYING_BASE_NEAR_H

#include "base/str.h"

enum { NEAR_NAME_MAX = 64, NEAR_NEVER = 99 };

/* Bytes to put in, take out or change, so that a becomes b; NEAR_NEVER when one of them is longer
 * than NEAR_NAME_MAX. Pure. */
size_t near_distance(struct str a, struct str b);

#endif
