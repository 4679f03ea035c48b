/* Turns at a publisher: one at a time, spaced, and resting when it asks for that. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "feeds/fetch/cache.h"
#include "feeds/fetch/politeness.h"
#include "feeds/fetch/retry_after.h"

static void cache_keeps_and_drops(void **state)
{
    (void)state;
    struct cache *c = cache_new(100, free);
    char name[16];

    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "n%d", i);
        int *v = malloc(sizeof *v);
        *v = i;
        assert_int_equal(cache_put(c, str_from(name), v, 0, i == 7 ? INT64_MAX : 1000 + i), 0);
    }
    assert_int_equal(cache_count(c), 100);
    assert_int_equal(*(int *)cache_get(c, STR("n999"), 0), 999);
    assert_int_equal(*(int *)cache_get(c, STR("n7"), 99999), 7);
    assert_null(cache_get(c, STR("n5"), 0));
    assert_null(cache_get(c, STR("n999"), 1999));
    cache_until(c, STR("n999"), 5000);
    assert_non_null(cache_get(c, STR("n999"), 1999));
    assert_int_equal(cache_put(c, STR("n999"), calloc(1, sizeof(int)), 0, 9), 0);
    assert_int_equal(*(int *)cache_get(c, STR("n999"), 0), 0);
    cache_free(c);
}

static void one_at_a_time_and_spaced(void **state)
{
    (void)state;
    struct politeness *p = politeness_new(100);
    struct politeness_turn a = {0}, b = {0}, c = {0}, other = {0}, *t;

    assert_int_equal(politeness_due(p), INT64_MAX);
    politeness_wait(p, "x.cn", false, 1000, &a);
    politeness_wait(p, "x.cn", false, 1000, &b);
    politeness_wait(p, "y.cn", false, 1000, &other);
    t = politeness_next(p, 1000);
    struct politeness_turn *u = politeness_next(p, 1000);
    assert_true((t == &a && u == &other) || (t == &other && u == &a));
    assert_null(politeness_next(p, 1000));
    politeness_wait(p, "x.cn", true, 1010, &c);
    assert_int_equal(politeness_due(p), INT64_MAX);
    politeness_done(p, &a, true, 0, 1050);
    assert_int_equal(politeness_due(p), 1150);
    assert_null(politeness_next(p, 1149));
    assert_ptr_equal(politeness_next(p, 1150), &c);
    politeness_done(p, &c, true, 500, 1200);
    assert_null(politeness_next(p, 1699));
    assert_ptr_equal(politeness_next(p, 1700), &b);
    politeness_done(p, &b, true, 0, 1750);
    /* Idle, yet remembered while it rests. */
    politeness_wait(p, "x.cn", false, 1760, &a);
    assert_null(politeness_next(p, 1849));
    assert_ptr_equal(politeness_next(p, 1850), &a);
    /* A turn that asked nothing costs no rest. */
    politeness_done(p, &a, false, 0, 1900);
    politeness_wait(p, "x.cn", false, 1900, &a);
    assert_ptr_equal(politeness_next(p, 1900), &a);
    politeness_free(p);
}

/* What another machine was asked for, before anybody here asks and while somebody does. */
static void a_rest_that_is_handed_on(void **state)
{
    struct politeness *p = politeness_new(100);
    struct politeness_turn a = {0}, b = {0};

    (void)state;
    assert_int_equal(politeness_rest(p, "x.cn", 5000, 1000), 0);
    assert_int_equal(politeness_rest(p, "x.cn", 500, 1000), 0);
    assert_int_equal(politeness_rests(p, "x.cn", 2000), 4000);
    assert_int_equal(politeness_rests(p, "y.cn", 2000), 0);
    assert_int_equal(politeness_wait(p, "x.cn", false, 2000, &a), 0);
    assert_null(politeness_next(p, 5999));
    assert_int_equal(politeness_due(p), 6000);
    assert_int_equal(politeness_rest(p, "x.cn", 6000, 2000), 0); /* while it is waited for */
    assert_null(politeness_next(p, 7999));
    assert_ptr_equal(politeness_next(p, 8000), &a);
    assert_string_equal(politeness_domain(&a), "x.cn");
    assert_int_equal(politeness_rest(p, "x.cn", 1000, 8000), 0); /* while it is asked */
    politeness_done(p, &a, true, 0, 8500);
    assert_int_equal(politeness_wait(p, "x.cn", false, 8500, &b), 0);
    assert_null(politeness_next(p, 8999));
    assert_ptr_equal(politeness_next(p, 9000), &b);
    politeness_done(p, &b, true, 0, 9000);
    assert_int_equal(politeness_rests(p, "x.cn", 9000), 100);
    politeness_free(p);
}

static void thousands_of_domains(void **state)
{
    (void)state;
    enum { N = 5000 };
    struct politeness *p = politeness_new(10);
    struct politeness_turn *turns = calloc(N, sizeof *turns), *t;
    char name[32];
    int given = 0;

    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "d%d.cn", i / 2);
        assert_int_equal(politeness_wait(p, name, false, 0, &turns[i]), 0);
    }
    for (int64_t now = 0; now < 100; now += 5)
        while ((t = politeness_next(p, now))) {
            given++;
            politeness_done(p, t, true, 0, now);
        }
    assert_int_equal(given, N);
    free(turns);
    politeness_free(p);
}

static void retry_after(void **state)
{
    (void)state;
    assert_int_equal(retry_after_ms(NULL, NULL), 0);
    assert_int_equal(retry_after_ms("120", NULL), 120000);
    assert_int_equal(retry_after_ms("99999999", NULL), CLOCK_DAY);
    assert_int_equal(retry_after_ms("-5", NULL), 0);
    assert_int_equal(retry_after_ms("soon", NULL), 0);
    assert_int_equal(retry_after_ms("Fri, 31 Dec 1999 23:59:59 GMT",
                                    "Fri, 31 Dec 1999 23:59:29 GMT"),
                     30000);
    assert_int_equal(retry_after_ms("Fri, 31 Dec 1999 23:59:59 GMT", NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cache_keeps_and_drops),
        cmocka_unit_test(one_at_a_time_and_spaced),
        cmocka_unit_test(a_rest_that_is_handed_on),
        cmocka_unit_test(thousands_of_domains),
        cmocka_unit_test(retry_after),
    };
    return cmocka_run_group_tests_name("polite", tests, NULL, NULL);
}
