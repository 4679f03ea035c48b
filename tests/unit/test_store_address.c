/* Where a store is, as it is written: read, copied, and shown without its password. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/err.h"
#include "store/address.h"
#include "store/redis/redis.h"

static void addresses(void **state)
{
    static const struct {
        const char *text, *host, *path, *user, *password, *prefix;
        int port, db;
    } good[] = {
        {"redis://a", "a", NULL, NULL, NULL, "huiying", 6379, 0},
        {"redis://a.b:7000/3?town", "a.b", NULL, NULL, NULL, "town", 7000, 3},
        {"redis://10.0.0.1/?x", "10.0.0.1", NULL, NULL, NULL, "x", 6379, 0},
        {"redis://[::1]:7/2", "::1", NULL, NULL, NULL, "huiying", 7, 2},
        {"redis://:p@ss@h", "h", NULL, NULL, "p@ss", "huiying", 6379, 0},
        {"redis://me:s@h:1", "h", NULL, "me", "s", "huiying", 1, 0},
        {"redis+unix:/run/r.sock?a-b", NULL, "/run/r.sock", NULL, NULL, "a-b", 0, 0},
    };
    static const char *const bad[] = {
        "redis://", "redis://:6379", "redis://h:0", "redis://h:65536", "redis://h:", "redis://h/x",
        "redis://h?", "redis://h?a{b", "redis://h?a b", "redis+unix:", "redis+unix:?a",
        "redis://me@h", "redis://[::1", "redis://[::1]x", "redis://h/99999",
        "redis://h?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "redis+sentinel://h/m", "redis+sentinel://h:1", "redis+sentinel://h:1/",
        "redis+sentinel:///m",
        "redis+sentinel://h:1,/m/x", "redis+sentinel://h:1,k/m", "redis+sentinel://h:1,k:0/m",
        "redis+sentinel://h:1/m/x",
    };
    struct redis_address a;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const char *const want[] = {good[i].host, good[i].path, good[i].user, good[i].password,
                                    good[i].prefix};
        assert_int_equal(redis_address_parse(good[i].text, &a), 0);
        const char *const got[] = {a.host, a.path, a.user, a.password, a.prefix};
        for (size_t k = 0; k < 5; k++) {
            assert_int_equal(!got[k], !want[k]);
            if (got[k])
                assert_string_equal(got[k], want[k]);
        }
        assert_true(a.port == good[i].port && a.db == good[i].db);
        redis_address_free(&a);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (redis_address_parse(bad[i], &a) != ERR_INVALID)
            fail_msg("%s", bad[i]);
        redis_address_free(&a);
    }
}

static void addresses_of_sentinels(void **state)
{
    struct redis_address a, b;

    (void)state;
    assert_int_equal(redis_address_parse("redis+sentinel://:p@s:1,10.0.0.2:26379/town/3?x", &a), 0);
    assert_int_equal(redis_address_copy(&a, &b), 0);
    redis_address_free(&a);
    assert_string_equal(b.sentinels, "s:1,10.0.0.2:26379");
    assert_string_equal(b.master, "town");
    assert_string_equal(b.password, "p");
    assert_string_equal(b.prefix, "x");
    assert_true(!b.host && !b.path && b.db == 3);
    redis_address_free(&b);
}

static void passwords_are_not_shown(void **state)
{
    static const char *const shown[][2] = {
        {"redis://me:p@ss@host:1/2?x", "redis://host:1/2?x"},
        {"redis://host", "redis://host"},
        {"redis+unix:/a@b", "redis+unix:/a@b"},
        {"redis+sentinel://:p@ss@h:1,k:2/m", "redis+sentinel://h:1,k:2/m"},
        {"sqlite:/a@b.db", "sqlite:/a@b.db"},
    };
    char out[ADDRESS_SHOWN];

    (void)state;
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        assert_string_equal(address_shown(shown[i][0], out), shown[i][1]);
    assert_int_equal(address_check("redis://h:x"), ERR_INVALID);
    assert_int_equal(address_check("oracle:x"), ERR_UNSUPPORTED);
    assert_int_equal(address_check("sqlite:"), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(addresses_of_sentinels),
        cmocka_unit_test(passwords_are_not_shown),
    };
    return cmocka_run_group_tests_name("store address", tests, NULL, NULL);
}
