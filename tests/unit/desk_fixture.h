/* tests/unit/desk_fixture.h - a town of five units and three topics, the third of which waits
 * for 研判, for the desk's tests. */
#ifndef HUIYING_TESTS_DESK_FIXTURE_H
#define HUIYING_TESTS_DESK_FIXTURE_H

#include "alerts/desk/desk.h"

#define HOUR (3600 * INT64_C(1000))

/* A table in place of compiled rules, so that the desk is tested without the matcher. */
struct rules {
    struct rules_topic topics[4];
    size_t count;
};

struct town {
    struct desk_conf conf;
    struct rules rules;
    struct units *units;
    struct deadlines *deadlines;
};

/* units: YAML, NULL for the usual town. window: ms. */
void town_open(struct town *t, const char *units, int64_t window);
void town_close(struct town *t);
/* The one of a test with these as its set-up and tear-down: the usual one, a day. */
extern struct town town;
int town_set_up(void **state);
int town_tear_down(void **state);
#define TOWN_TEST(test) cmocka_unit_test_setup_teardown(test, town_set_up, town_tear_down)

/* A verdict with one tag and a sketch made from `seed`, whose last `unequal` slots are other. */
struct verdict_box {
    struct verdict v;
    struct verdict_tag tag;
    struct verdict_region region;
};
struct verdict *town_verdict(struct verdict_box *box, const char *topic, const char *region,
                             uint32_t seed, int unequal);
/* Monday 2026-03-02 09:00 +08:00, in ms. */
int64_t town_morning(void);

#endif
