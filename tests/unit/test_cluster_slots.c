/* store/cluster.h on a real Redis: who holds which slots, and what passes with them. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "tests/helpers/redis_server.h"
#include "tests/unit/crew.h"

static unsigned held(const struct cluster_beat *b)
{
    unsigned n = 0;

    for (int i = 0; i < CLUSTER_SLOTS; i++)
        n += b->holds[i];
    return n;
}

/* Each slot has one holder at any time, and in the end each machine its share. */
static void slots_are_shared(void **state)
{
    char *where = crew_address();
    struct cluster *c[3] = {crew_join(where, "a", 60000), crew_join(where, "b", 60000),
                            crew_join(where, "c", CREW_LEASE)};
    struct cluster_beat of[3];
    int64_t until = clock_mono() + CREW_WAIT_MS;

    (void)state;
    of[0] = crew_beat(c[0]);
    assert_int_equal(held(&of[0]), CLUSTER_SLOTS);
    of[1] = crew_beat(c[1]);
    assert_int_equal(held(&of[1]), 0); /* nothing is free */
    of[0] = crew_beat(c[0]);
    assert_int_equal(of[0].share, CLUSTER_SLOTS / 2);
    bool gives[CLUSTER_SLOTS] = {false};
    for (unsigned i = 0; i < CLUSTER_SLOTS - of[0].share; i++)
        gives[2 * i] = true;
    assert_int_equal(cluster_beat(c[0], gives, &of[0]), 0);
    of[1] = crew_beat(c[1]);
    for (int i = 0; i < CLUSTER_SLOTS; i++)
        assert_true(of[0].holds[i] != of[1].holds[i]);
    assert_int_equal(held(&of[1]), CLUSTER_SLOTS / 2);
    of[2] = crew_beat(c[2]);
    assert_int_equal(held(&of[2]), 0);
    memcpy(gives, of[1].holds, sizeof gives);
    assert_int_equal(cluster_beat(c[1], gives, &of[1]), 0); /* takes its share of them again */
    of[2] = crew_beat(c[2]);
    assert_int_equal(held(&of[1]), of[1].share);
    assert_int_equal(held(&of[2]), CLUSTER_SLOTS / 2 - of[1].share);
    /* c is killed: after its lease the others have all. */
    do {
        clock_sleep(CREW_LOOK_MS);
        of[1] = crew_beat(c[1]);
    } while (held(&of[1]) < CLUSTER_SLOTS / 2 && clock_mono() < until);
    for (int i = 0; i < CLUSTER_SLOTS; i++)
        assert_true(of[0].holds[i] != of[1].holds[i]);
    for (int i = 0; i < 3; i++)
        cluster_close(c[i]);
    free(where);
}

static bool note_due(void *arg, const struct cluster_due *due)
{
    char *text = arg;
    size_t at = strlen(text);

    snprintf(text + at, 256 - at, "%u:%.*s=%jd/%jd ", due->slot, STR_ARG(due->source),
             (intmax_t)due->at, (intmax_t)due->due);
    return !str_is(due->source, "gone");
}

/* Who takes a slot finds when its sources are due, by whom ever they were polled. */
static void dues_pass_with_their_slot(void **state)
{
    char *where = crew_address(), text[256] = "";
    struct cluster *a = crew_join(where, "a", 60000), *b = crew_join(where, "b", 60000);
    const struct cluster_due one = {3, STR("one"), 5, 8}, later = {3, STR("one"), 8, 11};
    const struct cluster_due some[] = {{255, STR("two"), 0, INT64_MAX}, {3, STR("gone"), 1, 2},
                                       {4, STR("three"), 1, 2}};
    bool slots[CLUSTER_SLOTS] = {[3] = true, [255] = true};

    (void)state;
    assert_int_equal(cluster_dues(b, slots, note_due, text), 0);
    assert_string_equal(text, "");
    assert_int_equal(cluster_offer(a, &one, STR("m"), STR("v")), 0);
    assert_int_equal(cluster_dues(b, slots, note_due, text), 0);
    assert_string_equal(text, "3:one=5/8 ");
    assert_int_equal(cluster_polled(a, some, 3), 0);
    assert_int_equal(cluster_polled(b, &later, 1), 0);
    assert_int_equal(cluster_polled(a, &one, 1), 0); /* it was cut off, and tells now */
    assert_int_equal(cluster_offer(a, &one, STR("m"), STR("v")), 0);
    *text = '\0';
    assert_int_equal(cluster_dues(b, slots, note_due, text), 0);
    assert_non_null(strstr(text, "3:one=8/11 "));
    assert_non_null(strstr(text, "3:gone=1/2 "));
    assert_non_null(strstr(text, "255:two=0/9223372036854775807 "));
    *text = '\0';
    assert_int_equal(cluster_dues(b, slots, note_due, text), 0);
    assert_string_equal(text, "3:one=8/11 255:two=0/9223372036854775807 ");
    /* What could not be offered was not polled. */
    for (int i = 2; i < CLUSTER_WAITING; i++)
        assert_int_equal(cluster_offer(a, NULL, STR("m"), STR("v")), 0);
    assert_int_equal(cluster_offer(a, &one, STR("m"), STR("v")), ERR_LIMIT);
    *text = '\0';
    assert_int_equal(cluster_dues(b, slots, note_due, text), 0);
    assert_string_equal(text, "3:one=8/11 255:two=0/9223372036854775807 ");
    cluster_close(a);
    cluster_close(b);
    free(where);
}

/* Who shows them has all of a page at once, in the order in which he asks. */
static void next_polls_are_shown(void **state)
{
    char *where = crew_address();
    struct cluster *a = crew_join(where, "a", 60000);
    const struct cluster_due some[] = {{3, STR("one"), 5, 8}, {255, STR("two"), 0, INT64_MAX}};
    struct cluster_due list[] = {{255, STR("two"), 7, 7}, {4, STR("one"), 7, 7},
                                 {3, STR("one"), 7, 7}, {3, STR("none"), 7, 7}};
    struct store *s, *memory;

    (void)state;
    crew_lead(a);
    assert_int_equal(store_lead(where, cluster_token(a), 0, &s), 0);
    assert_int_equal(cluster_polled(a, some, 2), 0);
    assert_int_equal(store_next_polls(s, list, 4), 0);
    assert_true(list[0].at == 0 && list[0].due == INT64_MAX);
    assert_true(list[1].at == 0 && list[1].due == 0); /* another slot's */
    assert_true(list[2].at == 5 && list[2].due == 8);
    assert_true(list[3].at == 0 && list[3].due == 0);
    assert_int_equal(store_next_polls(s, list, 0), 0);
    assert_int_equal(store_open("memory:", &memory), 0);
    assert_int_equal(store_next_polls(memory, list, 4), ERR_UNSUPPORTED);
    store_close(memory);
    /* what is no time is nothing; what is no hash is told */
    char *key = NULL;
    assert_true(asprintf(&key, "{%s}:polled:3", strrchr(where, '?') + 1) > 0);
    free(redis_server_say(crew_server(), (const char *[]){"HSET", key, "one", "soon", NULL}));
    assert_int_equal(store_next_polls(s, list, 4), 0);
    assert_true(list[2].at == 0 && list[2].due == 0 && list[0].due == INT64_MAX);
    free(redis_server_say(crew_server(), (const char *[]){"SET", key, "text", NULL}));
    assert_int_not_equal(store_next_polls(s, list, 4), 0);
    free(key);
    store_close(s);
    cluster_close(a);
    free(where);
}

struct owed {
    char text[64];
    bool obey;
};

static bool obey_one(void *arg, struct str letter)
{
    struct owed *o = arg;

    crew_note(o->text, letter);
    return o->obey;
}

/* All hear that there is something, and it waits for a holder: one that comes after that, too. */
static void what_is_owed_to_a_slot_waits(void **state)
{
    char *where = crew_address(), last[CLUSTER_ENTRY] = "", heard[64] = "", key[32];
    struct cluster *a = crew_join(where, "a", 60000), *b = crew_join(where, "b", 60000);
    struct owed o = {0};

    (void)state;
    crew_lead(a);
    assert_int_equal(cluster_hear(b, last, 10, crew_note, heard), 0);
    assert_int_equal(cluster_owe(a, cluster_token(a), 9, STR("page"), STR("9")), 0);
    assert_int_equal(cluster_owe(a, cluster_token(a), 9, STR("page"), STR("9")), 0);
    assert_int_equal(cluster_owe(a, cluster_token(a), 10, STR("other"), STR("10")), 0);
    assert_int_equal(cluster_hear(b, last, 10, crew_note, heard), 3);
    assert_string_equal(heard, "9 9 10 ");
    assert_int_equal(cluster_owed(b, 9, obey_one, &o), 0);
    assert_string_equal(o.text, "page ");
    snprintf(key, sizeof key, "{%s}:owed:9", strrchr(where, '?') + 1);
    char *left = redis_server_say(crew_server(), (const char *[]){"PTTL", key, NULL});
    assert_in_range(strtol(left, NULL, 10), CLUSTER_OWED_MS / 2, CLUSTER_OWED_MS);
    free(left);
    o = (struct owed){.obey = true};
    assert_int_equal(cluster_owed(b, 9, obey_one, &o), 0);
    assert_string_equal(o.text, "page ");
    assert_int_equal(cluster_owed(b, 9, obey_one, &o), 0);
    assert_int_equal(cluster_owed(b, 11, obey_one, &o), 0);
    assert_string_equal(o.text, "page ");
    assert_int_equal(cluster_owed(a, 10, obey_one, &o), 0);
    assert_string_equal(o.text, "page other ");
    cluster_close(a);
    cluster_close(b);
    free(where);
}

static int note_rest(void *arg, const struct cluster_rest *rest)
{
    char *text = arg;
    size_t at = strlen(text);

    snprintf(text + at, 256 - at, "%u %.*s %jd;", rest->slot, STR_ARG(rest->domain),
             (intmax_t)rest->until);
    return 0;
}

/* The longest of a domain is kept until it is over. */
static void rests_pass_with_their_slot(void **state)
{
    char *where = crew_address(), text[256] = "";
    struct cluster *a = crew_join(where, "a", 60000), *b = crew_join(where, "b", 60000);
    const struct cluster_rest rests[] = {
        {3, STR("x.cn"), 5000, 60000}, {3, STR("x.cn"), 9000, 90000}, {3, STR("x.cn"), 2000, 30000},
        {3, STR("y.cn"), 2000, 30000}, {4, STR("z.cn"), 2500, 40000}};
    bool slots[CLUSTER_SLOTS] = {[3] = true, [5] = true};

    (void)state;
    assert_int_equal(cluster_rests(b, slots, 0, note_rest, text), 0);
    assert_string_equal(text, "");
    assert_int_equal(cluster_rest(a, rests, 5, 1000), 0);
    assert_int_equal(cluster_rests(b, slots, 1000, note_rest, text), 0);
    assert_string_equal(text, "3 y.cn 2000;3 x.cn 9000;");
    text[0] = '\0';
    slots[4] = true;
    assert_int_equal(cluster_rests(b, slots, 2001, note_rest, text), 0);
    assert_string_equal(text, "3 x.cn 9000;4 z.cn 2500;");
    cluster_close(a);
    cluster_close(b);
    free(where);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_shared),
        cmocka_unit_test(dues_pass_with_their_slot),
        cmocka_unit_test(rests_pass_with_their_slot),
        cmocka_unit_test(next_polls_are_shown),
        cmocka_unit_test(what_is_owed_to_a_slot_waits),
    };
    return cmocka_run_group_tests_name("cluster_slots", tests, crew_begin, crew_end);
}
