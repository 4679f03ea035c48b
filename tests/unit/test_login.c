/* What it takes to log in and how long that lasts: passwords, lock-out, sessions. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "daemon/http/hasher.h"
#include "daemon/http/lockout.h"
#include "daemon/http/sessions.h"

#define MINUTE (60 * INT64_C(1000))
#define PASSWORD "三号楼 duty officer"

static void sessions_end_by_themselves(void **state)
{
    struct sessions *s = sessions_new(NULL);
    struct account li = {.name = "li", .changed = 7}, other = {.name = "wang"};
    char id[SESSIONS_TOKEN], first[SESSIONS_TOKEN], last[SESSIONS_TOKEN];
    struct session got, opened;
    int64_t now = 1000;

    (void)state;
    sessions_open(s, &li, now, id, &opened);
    assert_int_equal(strlen(id), SESSIONS_TOKEN - 1);
    assert_int_equal(sessions_find(s, "", now, &got), ERR_NOTFOUND);
    assert_int_equal(sessions_find(s, opened.csrf, now, &got), ERR_NOTFOUND);
    assert_int_equal(sessions_find(s, id, now, &got), 0);
    assert_string_equal(got.account, "li");
    assert_string_equal(got.csrf, opened.csrf);
    assert_string_not_equal(got.csrf, id);
    assert_true(got.changed == 7);
    /* used every 29 minutes it lives 12 hours, unused 30 minutes */
    for (; now + 29 * MINUTE < 1000 + 12 * 60 * MINUTE;) {
        now += 29 * MINUTE;
        assert_int_equal(sessions_find(s, id, now, &got), 0);
    }
    assert_int_equal(sessions_find(s, id, 1000 + 12 * 60 * MINUTE, &got), ERR_NOTFOUND);
    assert_int_equal(sessions_count(s), 0);
    sessions_open(s, &li, now, id, &opened);
    assert_true(opened.idle_left == 30 * MINUTE && opened.last_left == 12 * 60 * MINUTE);
    assert_int_equal(sessions_find(s, id, now + 30 * MINUTE, &got), ERR_NOTFOUND);
    /* asking how long it has is no use of it */
    sessions_open(s, &li, now, id, &opened);
    assert_int_equal(sessions_look(s, id, now + 20 * MINUTE, &got), 0);
    assert_true(got.idle_left == 10 * MINUTE && got.last_left == (12 * 60 - 20) * MINUTE);
    assert_int_equal(sessions_find(s, id, now + 29 * MINUTE, &got), 0);
    assert_true(got.idle_left == 30 * MINUTE && got.last_left == (12 * 60 - 29) * MINUTE);
    assert_int_equal(sessions_look(s, id, now + 59 * MINUTE, &got), ERR_NOTFOUND);
    sessions_open(s, &li, now, id, &opened);
    sessions_close(s, id, "li");
    assert_int_equal(sessions_find(s, id, now, &got), ERR_NOTFOUND);
    /* one account cannot push the others out */
    sessions_open(s, &other, now, id, &opened);
    sessions_open(s, &li, now + 1, first, &opened);
    for (int i = 0; i < SESSIONS_EACH; i++)
        sessions_open(s, &li, now + 2 + i, last, &opened);
    assert_int_equal(sessions_count(s), SESSIONS_EACH + 1);
    assert_int_equal(sessions_find(s, first, now + 99, &got), ERR_NOTFOUND);
    assert_int_equal(sessions_find(s, last, now + 99, &got), 0);
    assert_int_equal(sessions_find(s, id, now + 99, &got), 0);
    /* nor do many accounts grow it */
    for (int i = 0; i < SESSIONS_MAX + 10; i++) {
        snprintf(li.name, sizeof li.name, "a-%d", i);
        sessions_open(s, &li, now + 100 + i, last, &opened);
    }
    assert_int_equal(sessions_count(s), SESSIONS_MAX);
    assert_int_equal(sessions_find(s, last, now + 9999, &got), 0);
    sessions_free(s);
}

static void tries_cost_more_and_more(void **state)
{
    struct lockout *l = lockout_new();
    int64_t now = 1, wait = 0, before = 0;

    (void)state;
    for (int i = 0; i < LOCKOUT_TRIES; i++) {
        assert_true(lockout_try(l, "li", now) == 0);
        assert_int_equal(lockout_failed(l, "li", now), i == LOCKOUT_TRIES - 1);
    }
    for (int i = 0; i < 10; i++) {
        wait = lockout_try(l, "li", now);
        assert_true(wait > before || wait == LOCKOUT_MOST_MS);
        assert_true(wait <= LOCKOUT_MOST_MS);
        before = wait;
        assert_true(lockout_try(l, "li", now + wait - 1) == 1);
        now += wait;
        assert_true(lockout_try(l, "li", now) == 0);
    }
    assert_true(wait == LOCKOUT_MOST_MS);
    assert_true(lockout_try(l, "wang", now) == 0); /* another name is not locked */
    lockout_passed(l, "li");
    assert_true(lockout_try(l, "li", now) == 0);
    /* what was not looked at does not count */
    for (int i = 0; i < 3 * LOCKOUT_TRIES; i++) {
        assert_true(lockout_try(l, "zhao", now) == 0);
        lockout_undo(l, "zhao");
    }
    lockout_free(l);
    /* all names together */
    l = lockout_new();
    char name[16];
    int passed = 0;
    for (int i = 0; i < 3 * LOCKOUT_BURST; i++) {
        snprintf(name, sizeof name, "n%d", i);
        passed += lockout_try(l, name, now) == 0;
    }
    assert_int_equal(passed, LOCKOUT_BURST);
    assert_true(lockout_try(l, "later", now + LOCKOUT_EACH_MS) == 0);
    lockout_free(l);
}

static void weak_passwords_are_refused(void **state)
{
    static const struct {
        const char *password;
        bool good;
    } cases[] = {
        {"short", false},         {"九个字的密码还不够", false}, {"十个字的密码就够长了呀", true},
        {"1234567890", false},    {"Password123", false},       {"password-of-the-town", true},
        {"aaaaaaaaaaaa", false},  {"abababababab", false},      {"wang-li2024", false},
        {"wang-li and the river", true}, {"correct horse battery", true},
        {"\xff\xfe bad utf-8", false},
        {"qwertyuiop1", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *why = hasher_objection(str_from(cases[i].password), "wang-li");
        if ((why == NULL) != cases[i].good)
            fail_msg("%s: %s", cases[i].password, why ? why : "passes");
    }
}

struct heard {
    pthread_mutex_t lock;
    pthread_cond_t came;
    int err, times;
    char hash[ACCOUNT_HASH];
};

static void hear(void *arg, int err, const char *hash)
{
    struct heard *h = arg;

    pthread_mutex_lock(&h->lock);
    h->err = err;
    h->times++;
    if (hash)
        snprintf(h->hash, sizeof h->hash, "%s", hash);
    pthread_cond_signal(&h->came);
    pthread_mutex_unlock(&h->lock);
}

static int outcome(struct heard *h, int times)
{
    pthread_mutex_lock(&h->lock);
    while (h->times < times)
        pthread_cond_wait(&h->came, &h->lock);
    int err = h->err;
    pthread_mutex_unlock(&h->lock);
    return err;
}

static void hashes_are_made_and_checked(void **state)
{
    struct hasher *hasher = hasher_start();
    struct heard h = {.lock = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER};
    struct str password = STR(PASSWORD);
    int asked = 0, err;

    (void)state;
    assert_int_equal(hasher_make(hasher, password, hear, &h), 0);
    assert_int_equal(outcome(&h, 1), 0);
    assert_int_equal(strncmp(h.hash, "$argon2id$", 10), 0);
    assert_int_equal(hasher_check(hasher, password, h.hash, hear, &h), 0);
    assert_int_equal(outcome(&h, 2), 0);
    assert_int_equal(hasher_check(hasher, STR("another one"), h.hash, hear, &h), 0);
    assert_int_equal(outcome(&h, 3), ERR_REFUSED);
    assert_int_equal(hasher_check(hasher, password, "", hear, &h), 0);
    assert_int_equal(outcome(&h, 4), ERR_REFUSED);
    /* no more wait than there is room for, and who waits at the end is told */
    while ((err = hasher_check(hasher, password, h.hash, hear, &h)) == 0)
        asked++;
    assert_int_equal(err, ERR_AGAIN);
    assert_true(asked >= HASHER_WAITING);
    hasher_stop(hasher);
    assert_int_equal(h.times, 4 + asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_end_by_themselves),
        cmocka_unit_test(tries_cost_more_and_more),
        cmocka_unit_test(weak_passwords_are_refused),
        cmocka_unit_test(hashes_are_made_and_checked),
    };

    assert_true(sodium_init() >= 0);
    return cmocka_run_group_tests_name("login", tests, NULL, NULL);
}
