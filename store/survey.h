/* store/survey.h - what people said of a reply (回访): counts, and nothing of who said it. */
#ifndef HUIYING_STORE_SURVEY_H
#define HUIYING_STORE_SURVEY_H

#include <stdint.h>

/* Of one round of a concern. */
struct store_survey {
    uint64_t concern;
    uint16_t round;          /* 0 the first */
    uint32_t solved, not_yet; /* 解决了, 还没有 */
    int64_t hour;            /* number of the hour (ms / 3,600,000) of the last one */
    uint32_t in_hour;        /* so many in that hour */
};

#endif
