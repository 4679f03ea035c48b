/* What the leader has yet to say: in order, all of it, and there until it was said. */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "daemon/cluster/letterbox.h"

enum { MANY = 50000, SOME = 32 };

static void put_number(struct letterbox *o, int i)
{
    char text[16];

    snprintf(text, sizeof text, "%d", i);
    assert_int_equal(letterbox_put(o, str_from(text), i % 3 ? LETTERBOX_ALL : i % 256), 0);
}

static void it_stays_until_it_was_said(void **state)
{
    struct letterbox *o = letterbox_new();
    struct letterbox_item first[SOME];

    (void)state;
    assert_int_equal(letterbox_first(o, first, SOME), 0);
    for (int i = 0; i < 3; i++)
        put_number(o, i);
    assert_int_equal(letterbox_first(o, first, 2), 2);
    assert_int_equal(letterbox_first(o, first, SOME), 3);
    assert_true(str_is(first[0].text, "0") && first[0].slot == 0);
    assert_true(str_is(first[2].text, "2") && first[2].slot == LETTERBOX_ALL);
    letterbox_sent(o, 2);
    assert_int_equal(letterbox_first(o, first, SOME), 1);
    assert_true(str_is(first[0].text, "2"));
    letterbox_sent(o, 1);
    put_number(o, 4); /* behind what was emptied */
    assert_int_equal(letterbox_first(o, first, SOME), 1);
    assert_true(str_is(first[0].text, "4"));
    letterbox_free(o); /* with what is unsent */
}

static void *write_many(void *arg)
{
    for (int i = 0; i < MANY; i++)
        put_number(arg, i);
    return NULL;
}

/* However many come while nothing can be said, and while it is said. */
static void none_is_dropped(void **state)
{
    struct letterbox *o = letterbox_new();
    struct letterbox_item first[SOME];
    pthread_t writer;

    (void)state;
    write_many(o);
    assert_int_equal(letterbox_unsent(o), MANY);
    assert_int_equal(pthread_create(&writer, NULL, write_many, o), 0);
    for (int next = 0; next < 2 * MANY;) {
        size_t n = letterbox_first(o, first, SOME);
        for (size_t i = 0; i < n; i++, next++) {
            char text[16];
            snprintf(text, sizeof text, "%d", next % MANY);
            assert_true(str_is(first[i].text, text));
        }
        letterbox_sent(o, n);
    }
    pthread_join(writer, NULL);
    assert_int_equal(letterbox_unsent(o), 0);
    letterbox_free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_stays_until_it_was_said),
        cmocka_unit_test(none_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
