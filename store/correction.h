/* store/correction.h - what people ask to be corrected or erased: counts, nothing of who asks. */
#ifndef HUIYING_STORE_CORRECTION_H
#define HUIYING_STORE_CORRECTION_H

#include <stdint.h>

#include "alerts/event.h"

enum store_wish { /* stored as numbers: new ones stand at the end */
    STORE_WISH_CORRECT, /* 更正 */
    STORE_WISH_ERASE,   /* 删除 */
    STORE_WISHES
};

/* Of one concern, by what is asked for and why. That of concern 0 (wish and reason 0) has the sums
 * of all of them. */
struct store_correction {
    uint64_t concern;
    uint8_t wish, reason; /* enum store_wish, erasure */
    uint32_t waiting;     /* requests that nobody decided yet */
    uint32_t granted, refused;
    int64_t since;        /* ms: the first of those that wait; 0: none waits */
    int64_t decided;      /* ms: of the last decision; 0: none */
    int64_t hour;         /* number of the hour (ms / 3,600,000) of the last request */
    uint32_t in_hour;     /* so many in that hour */
};

#endif
