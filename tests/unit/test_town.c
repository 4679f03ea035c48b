/* What one machine takes over of what all of them go by: keys into its folder, rules out of a
 * block. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "alerts/bus/keys.h"
#include "base/err.h"
#include "base/file.h"
#include "daemon/cluster/keyring.h"
#include "daemon/reload/rules_pack.h"
#include "tests/unit/store_samples.h"

static char key[4][KEY_TEXT];

static int begin(void **state)
{
    char secret[KEY_TEXT];

    (void)state;
    for (int i = 0; i < 4; i++)
        if (zmq_curve_keypair(key[i], secret))
            return -1;
    return 0;
}

static void commit(struct store *s, const char *name, bool dashboard, const char *value, int64_t at)
{
    struct store_shared row = keyring_row(name, dashboard, str_from(value));

    row.at = at;
    assert_int_equal(store_commit(s, &(struct store_batch){.shared = &row, .nshared = 1}), 0);
}

static void assert_owner(const char *dir, const char *name, const char *its)
{
    struct key_pair pair;

    assert_int_equal(keys_read(dir, name, false, &pair), its ? 0 : ERR_NOTFOUND);
    if (its)
        assert_string_equal(pair.public_key, its);
}

static void follow(struct store *s, const char *dir, bool expected)
{
    bool changed;

    assert_int_equal(keyring_follow(s, dir, &changed), 0);
    assert_int_equal(changed, expected);
}

static void keys_of_other_machines(void **state)
{
    char *dir = samples_folder();
    struct store *s;

    (void)state;
    assert_int_equal(store_open("memory:", &s), 0);
    follow(s, dir, false);
    commit(s, "labour", false, key[0], 10);
    commit(s, "water", false, key[1], 11);
    commit(s, "hall", true, key[2], 11);
    follow(s, dir, true);
    follow(s, dir, false);
    assert_owner(dir, "units/labour", key[0]);
    assert_owner(dir, "dashboards/hall", key[2]);
    /* two change keys with each other, one goes */
    commit(s, "labour", false, key[1], 20);
    commit(s, "water", false, key[0], 20);
    commit(s, "hall", true, "", 20);
    follow(s, dir, true);
    assert_owner(dir, "units/water", key[0]);
    assert_owner(dir, "dashboards/hall", NULL);
    /* what is done by hand stays until the key is changed again */
    assert_int_equal(keys_revoke(dir, "water", false), 0);
    assert_int_equal(keys_enrol(dir, "hall", true, str_from(key[3])), 0);
    follow(s, dir, false);
    assert_owner(dir, "units/water", NULL);
    commit(s, "water", false, key[0], 30);
    follow(s, dir, true);
    assert_owner(dir, "units/water", key[0]);
    assert_owner(dir, "dashboards/hall", key[3]);
    /* one who has the key already keeps its secret half */
    assert_int_equal(keys_ensure(dir, "units/own"), 0);
    struct key_pair own;
    assert_int_equal(keys_read(dir, "units/own", true, &own), 0);
    commit(s, "own", false, own.public_key, 40);
    follow(s, dir, false);
    assert_int_equal(keys_read(dir, "units/own", true, &own), 0);
    keys_wipe(&own);
    /* a key that is another's here by hand is not taken from him, and is in nobody's way */
    commit(s, "thief", false, key[3], 50);
    commit(s, "labour", false, "", 51);
    follow(s, dir, true);
    assert_owner(dir, "units/thief", NULL);
    assert_owner(dir, "units/labour", NULL);
    follow(s, dir, false);
    store_close(s);
    samples_remove(dir);
    free(dir);
}

static void put(const char *dir, const char *name, const char *text)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    assert_int_equal(file_make_dirs(path), 0);
    *slash = '/';
    assert_int_equal(file_replace(path, str_from(text), 0600), 0);
}

static void assert_holds(const char *dir, const char *name, const char *text)
{
    struct buf got = BUF_INIT;
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(file_read(path, 1000, &got), 0);
    assert_true(str_is(buf_str(&got), text));
    buf_free(&got);
}

static int entries(const char *dir)
{
    struct dirent *entry;
    DIR *d = opendir(dir);
    int n = 0;

    while (d && (entry = readdir(d)))
        n += entry->d_name[0] != '.';
    if (d)
        closedir(d);
    return n;
}

static void rules_come_out_as_they_went_in(void **state)
{
    char *dir = samples_folder(), cache[4096], rules[4096], units[4096], name[2][RULES_PACK_NAME];
    struct buf pack = BUF_INIT, again = BUF_INIT;
    struct rules_pack_files laid;

    (void)state;
    snprintf(cache, sizeof cache, "%s/cache", dir);
    snprintf(rules, sizeof rules, "%s/rules", dir);
    snprintf(units, sizeof units, "%s/units.yaml", dir);
    put(dir, "rules/topics/a.yaml", "id: a");
    put(dir, "rules/lists/.hidden", "no");
    put(dir, "units.yaml", "units");
    put(dir, "routes.yaml", "routes");
    struct config c = {.cache = cache, .rules_dir = rules, .town_paths = {.units = units}};
    assert_int_equal(rules_pack_write(&c, rules, &pack), 0);
    assert_int_equal(rules_pack_write(&c, rules, &again), 0);
    assert_true(str_eq(buf_str(&pack), buf_str(&again)));
    assert_int_equal(rules_pack_lay_out(&c, buf_str(&pack), &laid), 0);
    assert_holds(laid.there.rules_dir, "topics/a.yaml", "id: a");
    assert_holds(laid.folder, "units/routes.yaml", "routes");
    assert_holds(laid.folder, "units/units.yaml", "units");
    assert_string_equal(laid.there.places, "");
    assert_string_equal(laid.there.town_paths.deadlines, "");
    /* another file, another name; only that one stays */
    put(dir, "routes.yaml", "other");
    buf_reset(&again);
    assert_int_equal(rules_pack_write(&c, rules, &again), 0);
    rules_pack_name(buf_str(&pack), name[0]);
    rules_pack_name(buf_str(&again), name[1]);
    assert_string_not_equal(name[0], name[1]);
    put(cache, "rules-of-mine/x", "stays");
    rules_pack_tidy(&c, name[1]);
    assert_int_not_equal(access(laid.folder, F_OK), 0);
    assert_holds(cache, "rules-of-mine/x", "stays");
    rules_pack_clear(&laid);
    buf_free(&pack);
    buf_free(&again);
    samples_remove(dir);
    free(dir);
}

/* All of the block or what was there before: what a power cut left of it is not mixed in. */
static void a_block_is_laid_out_whole(void **state)
{
    static const char *const left[] = {"rules/topics/b.yaml", "units/units.yaml"};
    char *dir = samples_folder(), cache[2048], rules[2048], path[4096], name[RULES_PACK_NAME];
    struct buf pack = BUF_INIT;
    struct rules_pack_files laid;

    (void)state;
    snprintf(cache, sizeof cache, "%s/cache", dir);
    snprintf(rules, sizeof rules, "%s/rules", dir);
    put(dir, "rules/topics/a.yaml", "id: a");
    struct config c = {.cache = cache, .rules_dir = rules};
    assert_int_equal(rules_pack_write(&c, rules, &pack), 0);
    rules_pack_name(buf_str(&pack), name);
    snprintf(path, sizeof path, "%s/rules-%s", cache, name);
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        put(path, left[i], "half");
    put(path, "rules/topics/a.yaml", "id:");
    assert_int_equal(rules_pack_lay_out(&c, buf_str(&pack), &laid), 0);
    assert_string_equal(laid.folder, path);
    assert_holds(path, "rules/topics/a.yaml", "id: a");
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        snprintf(path, sizeof path, "%s/%s", laid.folder, left[i]);
        assert_int_not_equal(access(path, F_OK), 0);
    }
    assert_string_equal(laid.there.town_paths.units, "");
    rules_pack_clear(&laid);
    /* one that cannot be laid out leaves nothing, nor does what was begun */
    buf_add_lstr(&pack, STR("rules/topics/a.yaml/below"));
    buf_add_lstr(&pack, STR("a file is no folder"));
    assert_int_equal(rules_pack_lay_out(&c, buf_str(&pack), &laid), ERR_IO);
    put(cache, "rules-00000000000000000000000000000000.new/x", "begun");
    rules_pack_tidy(&c, name);
    assert_int_equal(entries(cache), 1);
    buf_free(&pack);
    samples_remove(dir);
    free(dir);
}

static void blocks_that_lead_elsewhere(void **state)
{
    static const char *const names[] = {"", "/etc/x", "../x", "rules/../../x", "rules/.x", "."};
    char *dir = samples_folder();
    struct config c = {.cache = dir};
    struct rules_pack_files laid;
    struct buf pack = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        buf_reset(&pack);
        buf_add_text(&pack, "huiying rules 1\n");
        buf_add_lstr(&pack, str_from(names[i]));
        buf_add_lstr(&pack, STR("text"));
        assert_int_equal(rules_pack_lay_out(&c, buf_str(&pack), &laid), ERR_CORRUPT);
        assert_null(laid.folder);
    }
    for (size_t n = 0; n < pack.len; n++) { /* cut anywhere it is none, or a shorter one */
        int err = rules_pack_lay_out(&c, (struct str){pack.data, n}, &laid);
        assert_int_equal(err, n == 16 ? 0 : ERR_CORRUPT);
        rules_pack_clear(&laid);
    }
    buf_free(&pack);
    samples_remove(dir);
    free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(keys_of_other_machines, begin),
        cmocka_unit_test(rules_come_out_as_they_went_in),
        cmocka_unit_test(a_block_is_laid_out_whole),
        cmocka_unit_test(blocks_that_lead_elsewhere),
    };
    return cmocka_run_group_tests_name("town", tests, NULL, NULL);
}
