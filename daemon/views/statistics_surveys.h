/* daemon/views/statistics_surveys.h - how much of what people said of answers (回访) is counted, by
 * concern, so that it can be taken back. One thread at a time. */
#ifndef HUIYING_DAEMON_STATISTICS_SURVEYS_H
#define HUIYING_DAEMON_STATISTICS_SURVEYS_H

#include "alerts/desk/tally.h"

struct statistics_surveys;

struct statistics_survey {
    uint64_t concern; /* not 0 */
    uint16_t solved[TALLY_ROUNDS_MAX], not_yet[TALLY_ROUNDS_MAX];
};

struct statistics_surveys *statistics_surveys_new(void); /* NULL without memory */
void statistics_surveys_free(struct statistics_surveys *s); /* harmless on NULL */
void statistics_surveys_forget(struct statistics_surveys *s);
/* Zeroes when nothing is. */
void statistics_surveys_find(const struct statistics_surveys *s, uint64_t concern,
                             struct statistics_survey *out);
/* In place of what there is: 0 or ERR_NOMEM. */
int statistics_surveys_put(struct statistics_surveys *s, const struct statistics_survey *survey);

#endif
