/* tests/unit/judged.h - a judge by the rules of a folder of the source tree. */
#ifndef HUIYING_TESTS_JUDGED_H
#define HUIYING_TESTS_JUDGED_H

#include "classifiers/judge.h"

struct judged {
    struct rules *rules;
    struct judge *judge;
    struct arena *arena; /* of what it says */
};

/* Of a folder under the source folder; what is wrong with it is told on standard error: 0 or -1, as
 * cmocka's set-up. judged_tear_down() it either way. */
int judged_set_up(struct judged *j, const char *folder);
int judged_tear_down(struct judged *j);
/* By the example town's rules, for the whole of a cmocka group. */
extern struct judged judged_town;
int judged_begin(void **state);
int judged_end(void **state);
/* Its verdict, until the next one. */
struct verdict judged_text(const struct judged *j, struct str title, struct str text,
                           const struct judge_context *context);

#endif
