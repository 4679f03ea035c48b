/* tests/unit/desk_rig.h - one desk in the usual town, and steps of it; what is not as it should be
 * fails the test. */
#ifndef HUIYING_TESTS_DESK_RIG_H
#define HUIYING_TESTS_DESK_RIG_H

#include "tests/unit/desk_fixture.h"
#include "tests/unit/unit.h"

enum { DESK_RIG_WINDOW = 7 * 24 * 3600 * 1000 }; /* ms, in which copies join */

extern struct desk_rig {
    struct town town;
    struct desk *desk;
    struct changes changes; /* of the last step */
} desk_rig;

/* Set-up and tear-down of each test. */
int desk_rig_open(void **state);
int desk_rig_close(void **state);
#define DESK_RIG_TEST(test) cmocka_unit_test_setup_teardown(test, desk_rig_open, desk_rig_close)

/* The concern that the item joined or opened, or 0. */
uint64_t desk_rig_item_of(struct verdict *v, uint64_t source, int64_t now);
/* Of a verdict as by town_verdict(), from source 1. */
uint64_t desk_rig_item(const char *topic, const char *region, uint32_t seed, int unequal,
                       int64_t now);
/* As desk_command(): it gives a reason or succeeds, and what it refuses leaves no event. */
int desk_rig_command(enum command_act act, uint64_t concern, const char *by, const char *url,
                     int64_t now);
void desk_rig_tick(int64_t now);
/* The last step's event i; audience: "UNIT:UNITSEQ …". */
void desk_rig_check_event(size_t i, enum event_type type, enum act act, int percent,
                          const char *audience);

#endif
