#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "alerts/bus/keys.h"
#include "base/err.h"
#include "base/file.h"
#include "tests/unit/scratch.h"

static char dir[SCRATCH_PATH];

static int make_dir(void **state)
{
    (void)state;
    return scratch_folder(dir, "keys");
}

static int remove_dir(void **state)
{
    (void)state;
    return scratch_remove(dir);
}

static const char *at(const char *name)
{
    static char path[SCRATCH_PATH + 64];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void put(const char *name, const char *text)
{
    assert_int_equal(file_replace(at(name), str_from(text), 0600), 0);
}

static void made_once(void **state)
{
    (void)state;
    struct key_pair first, again;
    struct stat st;

    assert_int_equal(keys_ensure(dir, "units/wages"), 0);
    assert_int_equal(keys_read(dir, "units/wages", true, &first), 0);
    assert_int_equal(strlen(first.public_key), 40);
    assert_int_equal(keys_ensure(dir, "units/wages"), 0);
    assert_int_equal(keys_read(dir, "units/wages", true, &again), 0);
    assert_memory_equal(&first, &again, sizeof first);
    assert_int_equal(stat(at("units/wages.secret"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    keys_wipe(&first);
    assert_int_equal(first.secret_key[0], 0);
}

static void half_pairs(void **state)
{
    (void)state;
    struct key_pair a, b;

    assert_int_equal(keys_ensure(dir, "server"), 0);
    assert_int_equal(keys_read(dir, "server", true, &a), 0);
    assert_int_equal(unlink(at("server.public")), 0);
    assert_int_equal(keys_ensure(dir, "server"), 0);
    assert_int_equal(keys_read(dir, "server", true, &b), 0);
    assert_string_equal(a.public_key, b.public_key);
    /* Enrolled from outside: only the public half is here, and no secret is invented for it. */
    assert_int_equal(unlink(at("server.secret")), 0);
    assert_int_equal(keys_ensure(dir, "server"), 0);
    assert_int_equal(keys_read(dir, "server", false, &b), 0);
    assert_int_equal(keys_read(dir, "server", true, &b), ERR_NOTFOUND);
    assert_int_equal(b.public_key[0], 0);
}

static void contradictions(void **state)
{
    (void)state;
    struct key_pair pair, other;

    assert_int_equal(keys_ensure(dir, "x"), 0);
    assert_int_equal(keys_ensure(dir, "y"), 0);
    assert_int_equal(keys_read(dir, "y", true, &other), 0);
    put("x.public", other.public_key);
    assert_int_equal(keys_ensure(dir, "x"), ERR_CORRUPT);
    put("x.public", "not a key\n");
    assert_int_equal(keys_ensure(dir, "x"), ERR_CORRUPT);
    assert_int_equal(keys_read(dir, "x", false, &pair), ERR_CORRUPT);
    assert_int_equal(keys_read(dir, "none", false, &pair), ERR_NOTFOUND);
}

static void raw_of(const char *stem, unsigned char raw[32])
{
    struct key_pair pair;
    assert_int_equal(keys_read(dir, stem, false, &pair), 0);
    assert_non_null(zmq_z85_decode(raw, pair.public_key));
}

static void owners(void **state)
{
    (void)state;
    unsigned char raw[32];
    char name[SLUG_MAX];
    bool dashboard;

    assert_int_equal(keys_ensure(dir, "server"), 0);
    assert_int_equal(keys_ensure(dir, "units/wages"), 0);
    assert_int_equal(keys_ensure(dir, "units/health"), 0);
    assert_int_equal(keys_ensure(dir, "dashboards/hall"), 0);
    put("units/broken.public", "0123\n");
    put("units/Upper.public", "0123\n");
    put("units/readme.txt", "hello\n");
    struct keys *k = keys_load(dir);
    assert_non_null(k);
    raw_of("units/health", raw);
    assert_int_equal(keys_owner(k, raw, name, &dashboard), 0);
    assert_string_equal(name, "health");
    assert_false(dashboard);
    raw_of("dashboards/hall", raw);
    assert_int_equal(keys_owner(k, raw, name, &dashboard), 0);
    assert_string_equal(name, "hall");
    assert_true(dashboard);
    raw_of("server", raw);
    assert_int_equal(keys_owner(k, raw, name, &dashboard), ERR_NOTFOUND);
    keys_free(k);
    keys_free(NULL);
}

static void shared_key_is_nobodys(void **state)
{
    (void)state;
    struct key_pair pair;
    unsigned char raw[32];
    char name[SLUG_MAX];
    bool dashboard;

    assert_int_equal(keys_ensure(dir, "units/wages"), 0);
    assert_int_equal(keys_read(dir, "units/wages", false, &pair), 0);
    put("units/health.public", pair.public_key);
    raw_of("units/wages", raw);
    struct keys *k = keys_load(dir);
    assert_non_null(k);
    assert_int_equal(keys_owner(k, raw, name, &dashboard), ERR_NOTFOUND);
    keys_free(k);
}

static void loss_of_a_dashboard(void **state)
{
    (void)state;

    assert_int_equal(keys_ensure(dir, "units/wages"), 0);
    assert_int_equal(keys_ensure(dir, "dashboards/hall"), 0);
    struct keys *all = keys_load(dir);
    assert_int_equal(unlink(at("units/wages.public")), 0);
    struct keys *no_unit = keys_load(dir);
    assert_int_equal(unlink(at("dashboards/hall.public")), 0);
    struct keys *none = keys_load(dir);
    assert_false(keys_lost_dashboard(all, all));
    assert_false(keys_lost_dashboard(all, no_unit));
    assert_true(keys_lost_dashboard(no_unit, none));
    assert_false(keys_lost_dashboard(none, all));
    keys_free(all);
    keys_free(no_unit);
    keys_free(none);
}

static void the_servers_secret_may_be_a_credential(void **state)
{
    (void)state;
    struct key_pair kept, read;
    char moved[SCRATCH_PATH + 64], *found;

    assert_int_equal(keys_ensure(dir, "server"), 0);
    assert_int_equal(keys_read(dir, "server", true, &kept), 0);
    snprintf(moved, sizeof moved, "%s/credentials", dir);
    assert_int_equal(file_make_dirs(moved), 0);
    snprintf(moved, sizeof moved, "%s/credentials/server.secret", dir);
    assert_int_equal(rename(at("server.secret"), moved), 0);
    setenv("CREDENTIALS_DIRECTORY", at("credentials"), 1);
    assert_int_equal(keys_ensure(dir, "server"), 0); /* and makes no other */
    assert_int_equal(keys_read(dir, "server", true, &read), 0);
    assert_string_equal(read.secret_key, kept.secret_key);
    assert_int_equal(access(at("server.secret"), F_OK), -1);
    assert_null(file_credential("server.public"));
    assert_null(file_credential("../server.public"));
    assert_non_null(found = file_credential("server.secret"));
    assert_string_equal(found, moved);
    free(found);
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_null(file_credential("server.secret"));
}

int main(void)
{
#define HERE(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        HERE(made_once), HERE(half_pairs),           HERE(contradictions),
        HERE(owners),    HERE(shared_key_is_nobodys), HERE(loss_of_a_dashboard),
        HERE(the_servers_secret_may_be_a_credential),
    };
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
