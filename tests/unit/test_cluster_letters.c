/* store/cluster.h on a real Redis: what machines tell each other, and keep for each other. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "tests/helpers/redis_server.h"
#include "tests/unit/crew.h"

static void letters_are_heard_in_order(void **state)
{
    char *where = crew_address(), last[CLUSTER_ENTRY] = "", late[CLUSTER_ENTRY] = "", text[64] = "";
    struct cluster *a = crew_join(where, "a", 60000);
    const struct str letters[] = {STR("one"), STR("two"), STR("three")};

    (void)state;
    crew_lead(a);
    assert_int_equal(cluster_hear(a, last, 10, crew_note, text), 0);
    assert_int_equal(cluster_say(a, cluster_token(a), letters, 3), 0);
    assert_int_equal(cluster_hear(a, late, 10, crew_note, text), 0); /* came after that */
    assert_int_equal(cluster_hear(a, last, 2, crew_note, text), 2);
    assert_int_equal(cluster_hear(a, last, 2, crew_note, text), 1);
    assert_string_equal(text, "one two three ");
    assert_int_equal(cluster_say(a, cluster_token(a), letters, 1), 0);
    assert_int_equal(cluster_hear(a, late, 10, crew_note, text), 1);
    assert_int_equal(cluster_hear(a, last, 10, crew_note, text), 1);
    assert_int_equal(cluster_hear(a, last, 10, crew_note, text), 0);
    cluster_close(a);
    free(where);
}

static void count_one(void *arg, struct str letter)
{
    (void)letter;
    ++*(size_t *)arg;
}

/* Who was away for more than are kept is told so, however many are left. */
static void missed_letters_are_told(void **state)
{
    enum { MANY = 300, KEPT = 10000 };
    char *where = crew_address(), last[CLUSTER_ENTRY] = "", away[CLUSTER_ENTRY], *key;
    struct cluster *a = crew_join(where, "a", 60000);
    struct str letters[MANY];
    size_t n = 0, heard = 0;

    (void)state;
    for (size_t i = 0; i < MANY; i++)
        letters[i] = STR("letter");
    crew_lead(a);
    assert_int_equal(cluster_say(a, cluster_token(a), letters, 1), 0);
    assert_int_equal(cluster_hear(a, last, 10, count_one, &heard), 0);
    memcpy(away, last, sizeof away);
    for (; n < KEPT + MANY; n += MANY) {
        assert_int_equal(cluster_say(a, cluster_token(a), letters, MANY), 0);
        assert_int_equal(cluster_hear(a, last, MANY, count_one, &heard), MANY);
    }
    assert_int_equal(heard, n);
    assert_int_equal(cluster_hear(a, last, 10, count_one, &heard), 0);
    assert_int_equal(cluster_hear(a, away, 10, count_one, &heard), ERR_STALE);
    *away = '\0';
    assert_int_equal(cluster_hear(a, away, 10, count_one, &heard), 0);
    assert_int_equal(cluster_say(a, cluster_token(a), letters, 2), 0);
    assert_int_equal(cluster_hear(a, away, 10, count_one, &heard), 2);
    assert_int_equal(heard, n + 2);
    /* The stream is lost. */
    assert_true(asprintf(&key, "{%s}:letters", strrchr(where, '?') + 1) > 0);
    free(redis_server_say(crew_server(), (const char *[]){"DEL", key, NULL}));
    assert_int_equal(cluster_hear(a, away, 10, count_one, &heard), ERR_STALE);
    free(key);
    cluster_close(a);
    free(where);
}

static void note(void *arg, struct str text)
{
    buf_addf(arg, "%.*s,", STR_ARG(text));
}

static void mail_is_read_once(void **state)
{
    char *where = crew_address();
    struct cluster *a = crew_join(where, "a", 60000), *b = crew_join(where, "b", 60000);
    struct buf got = BUF_INIT;

    (void)state;
    assert_int_equal(cluster_collect(b, 10, note, &got), 0);
    assert_int_equal(cluster_mail(a, "b", str_from("1")), 0);
    assert_int_equal(cluster_mail(b, "b", str_from("2")), 0);
    assert_int_equal(cluster_mail(a, "b", str_from("3")), 0);
    assert_int_equal(cluster_collect(a, 10, note, &got), 0);
    assert_int_equal(cluster_collect(b, 2, note, &got), 2);
    assert_int_equal(cluster_collect(b, 2, note, &got), 1);
    assert_int_equal(cluster_collect(b, 2, note, &got), 0);
    assert_true(str_is(buf_str(&got), "1,2,3,"));
    for (int i = 0; i < CLUSTER_MAIL; i++)
        assert_int_equal(cluster_mail(a, "b", str_from("x")), 0);
    assert_int_equal(cluster_mail(a, "b", str_from("x")), ERR_LIMIT);
    assert_int_equal(cluster_collect(b, CLUSTER_MAIL + 2, note, &got), CLUSTER_MAIL);
    cluster_close(a);
    cluster_close(b);
    buf_free(&got);
    free(where);
}

/* What was sent is not sent again because the answer was lost: who reads it would do it twice. */
static void mail_is_not_read_twice(void **state)
{
    char *where = crew_address();
    struct crew_far far = crew_far_join(where, "a");
    struct cluster *a = far.cluster, *b = crew_join(where, "b", 60000);
    struct buf got = BUF_INIT;

    (void)state;
    assert_int_equal(cluster_mail(a, "b", str_from("1")), 0);
    link_proxy_fail(far.proxy, LINK_SWALLOW);
    assert_int_equal(cluster_mail(a, "b", str_from("2")), ERR_TIMEOUT);
    assert_int_equal(cluster_mail(a, "b", str_from("3")), 0);
    link_proxy_fail(far.proxy, LINK_CUT);
    assert_int_equal(cluster_mail(a, "b", str_from("4")), ERR_TIMEOUT);
    assert_int_equal(cluster_mail(a, "b", str_from("5")), 0);
    assert_int_equal(cluster_collect(b, 10, note, &got), 4);
    assert_true(str_is(buf_str(&got), "1,2,3,5,"));
    cluster_close(b);
    crew_far_end(&far);
    buf_free(&got);
    free(where);
}

static bool is_kept(struct cluster *c, const char *name, const char *value)
{
    struct buf got = BUF_INIT;
    struct cluster_left left = {0};
    int err = cluster_look(c, name, 60000, &left, &got);

    assert_true(err == 0 || err == ERR_NOTFOUND);
    bool there = !err && str_is(buf_str(&got), value);
    buf_free(&got);
    return there;
}

static void what_is_kept_goes(void **state)
{
    char *where = crew_address(), name[16];
    struct cluster *a = crew_join(where, "a", 60000), *b = crew_join(where, "b", 60000);
    struct cluster_kept kept = {"first", "li", STR("v w"), 60000, 60000};

    (void)state;
    assert_false(is_kept(b, "first", "v w"));
    assert_int_equal(cluster_keep(a, &kept), 0);
    assert_true(is_kept(b, "first", "v w") && is_kept(a, "first", "v w"));
    /* of an owner the last eight; others' stay */
    kept.owner = "wang";
    kept.name = "other";
    assert_int_equal(cluster_keep(b, &kept), 0);
    kept.owner = "li";
    for (int i = 0; i < CLUSTER_KEPT_EACH; i++) {
        snprintf(name, sizeof name, "n%d", i);
        kept.name = name;
        assert_true(is_kept(b, "first", "v w"));
        assert_int_equal(cluster_keep(a, &kept), 0);
    }
    assert_false(is_kept(b, "first", "v w"));
    assert_true(is_kept(b, "n0", "v w") && is_kept(b, "n7", "v w") && is_kept(a, "other", "v w"));
    assert_int_equal(cluster_forget(b, "n3", "li"), 0);
    assert_int_equal(cluster_forget(b, "n3", "li"), 0);
    assert_false(is_kept(a, "n3", "v w"));
    /* what was forgotten counts no more, however often */
    for (int i = 0; i < 2 * CLUSTER_KEPT_EACH; i++) {
        kept.name = "brief";
        assert_int_equal(cluster_keep(a, &kept), 0);
        assert_int_equal(cluster_forget(b, "brief", "li"), 0);
    }
    assert_true(is_kept(b, "n0", "v w") && is_kept(b, "n7", "v w"));
    /* by itself: nobody looks at it, or it has lasted long enough, however often somebody does */
    kept = (struct cluster_kept){"idle", "zhou", STR("v"), 20, 60000};
    assert_int_equal(cluster_keep(a, &kept), 0);
    kept.name = "last";
    kept.idle = 60000;
    kept.last = 20;
    assert_int_equal(cluster_keep(a, &kept), 0);
    int64_t until = clock_mono() + 60000;
    while (is_kept(b, "last", "v") && clock_mono() < until)
        ;
    assert_false(is_kept(b, "last", "v"));
    assert_false(is_kept(b, "idle", "v")); /* whose time began before and was as long */
    cluster_close(a);
    cluster_close(b);
    free(where);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_are_heard_in_order),
        cmocka_unit_test(missed_letters_are_told),
        cmocka_unit_test(mail_is_read_once),
        cmocka_unit_test(mail_is_not_read_twice),
        cmocka_unit_test(what_is_kept_goes),
    };
    return cmocka_run_group_tests_name("cluster_letters", tests, crew_begin, crew_end);
}
