/* Handing on: order, retries with back-off, pace and digest, with a carrier that obeys. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/err.h"
#include "daemon/cli/carry.h"

struct van {
    int start, result; /* what start() and turn() return */
    int64_t after;
    uint64_t took[256];
    size_t n, trips, last;
};

static int start(void *arg, json_t *const *events, size_t n)
{
    struct van *v = arg;

    v->trips++;
    v->last = n;
    for (size_t i = 0; i < n; i++)
        v->took[v->n++] = (uint64_t)json_integer_value(json_object_get(events[i], "unitseq"));
    return v->start;
}

static int turn(void *arg, int64_t *after)
{
    struct van *v = arg;

    *after = v->after;
    return v->result;
}

static bool odd(void *arg, const json_t *event)
{
    (void)arg;
    return json_integer_value(json_object_get(event, "unitseq")) % 2 == 1;
}

static void load(struct carry *c, int from, int to)
{
    for (int i = from; i <= to; i++) {
        json_t *event = json_pack("{s:i}", "unitseq", i);
        assert_int_equal(carry_take(c, event), 0);
        json_decref(event);
    }
}

static void one_at_a_time_in_order(void **state)
{
    const struct carrier carrier = {.most = 1, .start = start, .turn = turn};
    struct van v = {.result = ERR_AGAIN};
    struct carry *c = carry_new(&carrier, &v, 3);
    (void)state;

    assert_int_equal(carry_turn(c, 1), 0);
    load(c, 1, 4);
    assert_int_equal(carry_turn(c, 2), 0);
    assert_int_equal(carry_turn(c, 3), 0);
    assert_true(carry_busy(c));
    assert_int_equal(v.n, 1); /* the second waits for the first */
    v.result = 0;
    for (uint64_t i = 1; i <= 3; i++)
        assert_int_equal(carry_turn(c, 4), i);
    assert_false(carry_busy(c)); /* its end: the fourth does not begin */
    assert_int_equal(v.n, 3);
    assert_int_equal(carry_delivered(c), 3);
    carry_free(c);
}

static void a_failure_is_repeated_ever_later(void **state)
{
    const struct carrier carrier = {.most = 1, .start = start, .turn = turn};
    struct van v = {.result = ERR_NET};
    struct carry *c = carry_new(&carrier, &v, UINT64_MAX);
    int64_t now = 1000, pause = 1000;
    (void)state;

    load(c, 1, 2);
    assert_int_equal(carry_turn(c, now), 0);
    for (int i = 1; i <= 12; i++) {
        assert_int_equal(carry_turn(c, now), 0); /* fails */
        assert_int_equal(carry_turn(c, now + pause - 1), 0);
        assert_int_equal(v.n, i);
        now += pause;
        assert_int_equal(carry_turn(c, now), 0);
        assert_int_equal(v.n, i + 1);
        pause = pause * 2 > 300000 ? 300000 : pause * 2;
    }
    for (size_t i = 0; i < v.n; i++)
        assert_int_equal(v.took[i], 1); /* never the next before it */
    v.after = 3600000; /* the other side says how long */
    assert_int_equal(carry_turn(c, now), 0);
    assert_int_equal(carry_turn(c, now + 3599999), 0);
    assert_int_equal(v.n, 13);
    v.result = v.start = ERR_NOMEM; /* nor does one that cannot begin pass */
    assert_int_equal(carry_turn(c, now + 3600000), 0);
    assert_false(carry_busy(c));
    v.result = v.start = 0;
    assert_int_equal(carry_turn(c, now + 3600000 + 300000), 0);
    assert_int_equal(carry_turn(c, now + 3600000 + 300000), 1);
    assert_int_equal(carry_turn(c, now + 3600000 + 300000), 2);
    carry_free(c);
}

static void what_is_not_wanted_is_passed(void **state)
{
    const struct carrier carrier = {.most = 2, .wanted = odd, .start = start, .turn = turn};
    struct van v = {0};
    struct carry *c = carry_new(&carrier, &v, UINT64_MAX);
    (void)state;

    load(c, 2, 2);
    assert_int_equal(carry_turn(c, 1), 2);
    load(c, 3, 8);
    assert_int_equal(carry_turn(c, 1), 0);
    assert_int_equal(v.last, 2);
    assert_int_equal(carry_turn(c, 1), 6); /* 3 and 5; 4 and 6 with them */
    assert_int_equal(carry_turn(c, 1), 8);
    assert_int_equal(v.n, 3);
    assert_int_equal(carry_delivered(c), 3);
    carry_free(c);
}

static void so_many_a_minute(void **state)
{
    const struct carrier carrier = {.most = 1, .a_minute = 20, .start = start, .turn = turn};
    struct van v = {0};
    struct carry *c = carry_new(&carrier, &v, UINT64_MAX);
    (void)state;

    load(c, 1, 100);
    for (int64_t now = 0; now < 60000; now += 100)
        carry_turn(c, now);
    assert_int_equal(v.n, 20);
    for (int64_t now = 60000; now < 120000; now += 100)
        carry_turn(c, now);
    assert_int_equal(v.n, 40);
    carry_free(c);
}

static void a_digest_waits_for_more(void **state)
{
    const struct carrier carrier = {.most = 5, .gather = 60000, .start = start, .turn = turn};
    struct van v = {0};
    struct carry *c = carry_new(&carrier, &v, UINT64_MAX);
    (void)state;

    load(c, 1, 1);
    carry_turn(c, 1000);
    load(c, 2, 2);
    carry_turn(c, 60999);
    assert_int_equal(v.trips, 0);
    carry_turn(c, 61000);
    assert_int_equal(v.last, 2);
    assert_int_equal(carry_turn(c, 61001), 2);
    load(c, 3, 9); /* enough goes at once, the rest waits its time */
    carry_turn(c, 62000);
    assert_int_equal(v.last, 5);
    assert_int_equal(carry_turn(c, 62001), 7);
    carry_turn(c, 62002 + 59998);
    assert_int_equal(v.trips, 2);
    carry_turn(c, 62001 + 60000);
    assert_int_equal(v.trips, 3);
    carry_free(c);
}

static void it_says_when_it_is_full(void **state)
{
    const struct carrier carrier = {.most = 1, .start = start, .turn = turn};
    struct van v = {0};
    struct carry *c = carry_new(&carrier, &v, UINT64_MAX);
    (void)state;

    load(c, 1, 127);
    assert_false(carry_full(c));
    load(c, 128, 128);
    assert_true(carry_full(c));
    carry_turn(c, 1);
    assert_int_equal(carry_turn(c, 1), 1);
    assert_false(carry_full(c));
    carry_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_at_a_time_in_order),
        cmocka_unit_test(a_failure_is_repeated_ever_later),
        cmocka_unit_test(what_is_not_wanted_is_passed),
        cmocka_unit_test(so_many_a_minute),
        cmocka_unit_test(a_digest_waits_for_more),
        cmocka_unit_test(it_says_when_it_is_full),
    };
    return cmocka_run_group_tests_name("carry", tests, NULL, NULL);
}
