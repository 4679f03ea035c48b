/* tests/unit/life_fixture.h - a desk in a deeper town, and commands with what they need. */
#ifndef HUIYING_TESTS_LIFE_FIXTURE_H
#define HUIYING_TESTS_LIFE_FIXTURE_H

#include "tests/unit/desk_fixture.h"

#define LIFE_URL "https://www.example.gov.cn/hf/1.html"
#define LIFE_TEXT "经核查，拖欠的工资已全部支付。联系电话 13812345678。"

/* city above office (the coordinator) and hr; hr above hr-west above hr-desk; health below office;
 * roads, water and parks below city. What hr-west writes hr approves. A concern of wage-arrears at
 * 330106 is hr-west's. */
struct life {
    struct town town;
    struct desk *desk;
    struct changes out; /* of the last step */
    uint64_t id;        /* of the concern that commands go to */
    uint64_t other;     /* of the one that they name besides; 0: one that there is not */
    uint32_t seed;      /* of the sketch of the item that came last */
    struct command_found found; /* what commands are told of one item */
    int64_t now;
    const char *reason; /* of the last command */
};

/* The one of a test. */
extern struct life life;

/* A test's set-up and tear-down: it is opened, and closed. */
int life_set_up(void **state);
int life_tear_down(void **state);
#define LIFE_TEST(test) cmocka_unit_test_setup_teardown(test, life_set_up, life_tear_down)
/* life_act() on it, which has to succeed. */
void life_ok(enum command_act act, const char *by, const char *first, const char *second);

void life_open(struct life *l);
void life_close(struct life *l);
/* A desk without concerns again. */
void life_clear(struct life *l);
/* A new concern of the topic. */
void life_item(struct life *l, const char *topic);
/* Another item like the one that came last, from another source: it joins. */
void life_copy(struct life *l);
/* A command with whatever it must have: LIFE_URL, a note, the units (each may be NULL), grade
 * larger, until an hour past the due time in force, code old-news, LIFE_TEXT, the text that
 * waits, the other concern, an item of which `found` is known. Its status. */
int life_act(struct life *l, enum command_act act, const char *by, const char *first,
             const char *second);
int life_do(struct life *l, const struct command *c); /* .concern is filled in */
const struct concern *life_concern(const struct life *l);
/* The last step's event i, which the unit must have heard, or must not. */
const struct event *life_event(const struct life *l, size_t i, enum event_type type);
bool life_heard(const struct event *e, const char *unit);
const struct concern_party *life_party(const struct life *l, const char *unit); /* or NULL */

#endif
