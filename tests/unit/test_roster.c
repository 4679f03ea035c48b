/* The roster: numbers that stay, ids and addresses that are there once, readers beside the writer.
 */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/err.h"
#include "feeds/source/roster.h"

static int add(struct roster *r, const char *id, const char *url, uint32_t *index)
{
    struct source s = {.id = (char *)id, .name = (char *)"新闻", .url = (char *)url};

    return roster_add(r, &s, index);
}

static void keeps_packed_copies(void **state)
{
    char header[] = "Accept-Language: zh-CN", proxy[] = "http://127.0.0.1:3128",
         *headers[] = {header, NULL};
    struct source_extras extras = {.board = {.item = STR("li"), .detail_text = STR("div.main")},
                                   .pages = 3, .headers = headers, .proxy = proxy};
    struct source s = {.id = (char *)"a",
                       .name = (char *)"甲",
                       .url = (char *)"HTTP://A.example:80/x#y",
                       .category = (char *)"新闻/本地",
                       .extras = &extras,
                       .full_text = true};
    struct roster *r = roster_new();
    uint32_t at = 9;

    (void)state;
    assert_int_equal(roster_add(r, &s, &at), 0);
    header[0] = proxy[0] = '?';
    const struct source *kept = roster_get(r, at);
    assert_int_equal(at, 0);
    assert_string_equal(kept->url, "http://a.example/x");
    assert_string_equal(kept->category, "新闻/本地");
    assert_null(kept->region);
    assert_string_equal(kept->extras->headers[0], "Accept-Language: zh-CN");
    assert_null(kept->extras->headers[1]);
    assert_string_equal(kept->extras->proxy, "http://127.0.0.1:3128");
    assert_true(str_is(source_board(kept)->detail_text, "div.main"));
    assert_int_equal(kept->extras->pages, 3);
    assert_true(kept->full_text);
    roster_free(r);
}

static void ids_and_addresses_are_there_once(void **state)
{
    struct source moved = {
        .id = (char *)"a", .name = (char *)"甲", .url = (char *)"http://c.example/"};
    struct roster *r = roster_new();
    uint32_t a, b, other = 9;

    (void)state;
    assert_int_equal(add(r, "a", "http://a.example/", &a), 0);
    assert_int_equal(add(r, "b", "http://b.example/", &b), 0);
    assert_int_equal(add(r, "a", "http://x.example/", &other), ERR_EXISTS);
    assert_int_equal(other, a);
    assert_int_equal(add(r, "x", "http://B.example:80/#top", &other), ERR_EXISTS);
    assert_int_equal(other, b);
    assert_int_equal(add(r, "x", "mailto:b.example", &other), ERR_SYNTAX);
    const struct source *before = roster_get(r, a);
    assert_int_equal(roster_replace(r, a, &moved), 0);
    assert_string_equal(before->url, "http://a.example/");
    assert_string_equal(roster_get(r, a)->url, "http://c.example/");
    assert_int_equal(add(r, "x", "http://c.example/", &other), ERR_EXISTS);
    moved.url = (char *)"http://b.example/";
    assert_int_equal(roster_replace(r, a, &moved), ERR_EXISTS);
    assert_int_equal(roster_size(r), 2);
    roster_remove(r, b);
    roster_remove(r, b);
    assert_int_equal(roster_size(r), 1);
    assert_false(roster_live(r, b));
    assert_string_equal(roster_get(r, b)->id, "b");
    assert_false(roster_find(r, STR("b"), &other));
    assert_int_equal(add(r, "b", "http://b.example/", &other), 0);
    assert_int_equal(other, 2);
    assert_true(roster_find(r, STR("b"), &other));
    assert_int_equal(other, 2);
    roster_free(r);
}

enum { MANY = 20000 };

struct reading {
    struct roster *roster;
    atomic_bool done;
};

static void *reader(void *arg)
{
    struct reading *reading = arg;
    uint32_t at;
    char id[16];

    while (!reading->done) {
        uint32_t n = roster_count(reading->roster);
        for (uint32_t i = n > 100 ? n - 100 : 0; i < n; i++) {
            snprintf(id, sizeof id, "s%u", i);
            if (strcmp(roster_get(reading->roster, i)->id, id) != 0 ||
                !roster_find(reading->roster, str_from(id), &at) || at != i)
                return "a reader saw another source";
        }
    }
    return NULL;
}

static void readers_need_not_wait(void **state)
{
    struct reading reading = {.roster = roster_new()};
    char id[16], url[64];
    pthread_t thread;
    void *fault;
    uint32_t at;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, reader, &reading), 0);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(id, sizeof id, "s%u", i);
        snprintf(url, sizeof url, "http://h%u.example/rss", i);
        assert_int_equal(add(reading.roster, id, url, &at), 0);
        assert_int_equal(at, i);
    }
    reading.done = true;
    pthread_join(thread, &fault);
    assert_null(fault);
    roster_free(reading.roster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_packed_copies),
        cmocka_unit_test(ids_and_addresses_are_there_once),
        cmocka_unit_test(readers_need_not_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
