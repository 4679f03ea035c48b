/* The index of words, against what the items really hold. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/utf8.h"
#include "store/search/search_state.h"
#include "tests/unit/seek.h"
#include "tests/unit/store_samples.h"

static void words_are_found(void **state)
{
    struct seek *f = *state;
    struct seek_answer a;
    struct store_item items[] = {
        seek_item(1, "停水三天", "小区停水，物业说管网抢修。"),
        seek_item(2, "關於電梯維修", "電梯壞了半年，請維修。"),
        seek_item(3, "ＫＴＶ噪音", "楼下 KTV 凌晨还在唱，Wi-Fi 也断"),
        seek_item(4, "停\xC2\xA0水又来了", "抢\n修拖了很久"),
        seek_item(5, "水停在路上", "5G网络差，路灯不亮"),
        seek_item(6, "KTVs 招牌", "A股与b超"),
    };

    items[1].topic = STR("housing-property");
    seek_put(f, items, 6);
    seek_follow(f, 2000);
    SEEK_FOUND("停水", "4:停\xC2\xA0水 1:停水 ");
    SEEK_FOUND("电梯", "2:電梯 ");
    SEEK_FOUND("電梯", "2:電梯 ");
    SEEK_FOUND("电梯 维修", "2:電梯 ");
    SEEK_FOUND("停水 抢修", "4:停\xC2\xA0水 1:停水 ");
    SEEK_FOUND("停水　物业", "1:停水 ");
    SEEK_FOUND("停水 电梯", "");
    SEEK_FOUND("抢修", "4:抢\n修 1:抢修 ");
    SEEK_FOUND("ktv", "3:ＫＴＶ "); /* a whole word: not the sixth */
    SEEK_FOUND("ＫＴＶ 凌晨", "3:ＫＴＶ ");
    SEEK_FOUND("5g网络", "5:5G网络 ");
    SEEK_FOUND("g网络", "");
    SEEK_FOUND("a股", "6:A股 ");
    SEEK_FOUND("wi-fi", "3:Wi-Fi ");
    SEEK_FOUND("物业说管网", "1:物业说管网 ");
    SEEK_FOUND("物业管网", ""); /* each pair of it stands there, the word does not */
    SEEK_FOUND("天小", "");     /* of a title's end and a text's beginning */
    assert_string_equal(seek_ask(f, "维修", (struct search_query){.topic = "epidemic"}, &a), "");
    assert_string_equal(seek_ask(f, "维修", (struct search_query){.topic = "housing-property"}, &a),
                        "2:維修 ");
    assert_string_equal(seek_ask(f, "停水", (struct search_query){.since = 1002}, &a),
                        "4:停\xC2\xA0水 ");
    assert_string_equal(seek_ask(f, "停水", (struct search_query){.limit = 1}, &a), "4:停\xC2\xA0水 ");
    assert_true(a.page.next == 4);
    assert_string_equal(seek_ask(f, "停水", (struct search_query){.limit = 1, .before = 4}, &a),
                        "1:停水 ");
    assert_true(a.page.next == 0 && a.page.behind == 0);

    struct store_item late = seek_item(7, "停水", "");
    seek_put(f, &late, 1);
    SEEK_FOUND("停水", "4:停\xC2\xA0水 1:停水 ");
    assert_true(a.page.behind == 1);
}

static void some_words_are_refused(void **state)
{
    static const struct {
        const char *text;
        int err;
    } cases[] = {
        {"水", ERR_INVALID},        {"a", ERR_INVALID},       {"停水 水", ERR_INVALID},
        {"", ERR_SYNTAX},           {" 　\t", ERR_SYNTAX},    {"，，", ERR_INVALID},
        {"水\xE2\x80\x8B", ERR_INVALID},
        {"aa bb cc dd ee ff gg hh ii", ERR_LIMIT},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ERR_LIMIT},
    };
    struct search_words *w;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(search_words_read(str_from(cases[i].text), &w), cases[i].err);
        assert_null(w);
    }
}

enum { WORLD = 400 };

struct thing {
    bool there;
    int64_t expires;
    char text[3 * 24 + 2];
};

static void naive(const struct thing *things, const char *a, const char *b, int64_t now, char *out,
                  size_t size)
{
    size_t at = 0;

    out[0] = '\0';
    for (int i = WORLD - 1; i >= 0; i--)
        if (things[i].there && things[i].expires > now && strstr(things[i].text, a) &&
            strstr(things[i].text, b))
            at += (size_t)snprintf(out + at, size - at, "%d ", i);
}

static int note_number(void *arg, const struct store_item *item, const struct search_hit *hits,
                       size_t n)
{
    char *said = arg;
    size_t at = strlen(said);

    assert_true(hits && n > 0);
    snprintf(said + at, 8192 - at, "%u ", item->sketch[3]);
    return 0;
}

static void compare(struct seek *f, const struct thing *things, struct samples *r, int64_t now)
{
    static char want[8192], got[8192];
    char a[80], b[80], both[200];
    struct search_query q = {.limit = 1 + samples_random(r, 30)};
    struct search_words *w;
    struct search_page page;
    size_t at = 0, n = 2 + samples_random(r, 2);

    for (size_t i = 0; i < n; i++)
        at += utf8_put(0x4e00 + samples_random(r, SEEK_LETTERS), a + at);
    a[at] = '\0';
    at = utf8_put(0x4e00 + samples_random(r, SEEK_LETTERS), b);
    at += utf8_put(0x4e00 + samples_random(r, SEEK_LETTERS), b + at);
    b[at] = '\0';
    snprintf(both, sizeof both, "%s %s", a, samples_random(r, 2) ? b : a);
    naive(things, a, strchr(both, ' ') + 1, now, want, sizeof want);
    assert_int_equal(search_words_read(str_from(both), &w), 0);
    q.words = w;
    got[0] = '\0';
    do {
        assert_int_equal(search_find(f->path, f->store, &q, note_number, got, &page), 0);
        q.before = page.next;
    } while (page.next);
    assert_string_equal(got, want);
    search_words_free(w);
}

static void change_one(struct seek *f, struct thing *things, unsigned *made, struct samples *r,
                       int64_t now)
{
    unsigned what = samples_random(r, 10), i = *made ? samples_random(r, *made) : 0;
    unsigned char gone[1][STORE_IDENT];

    if (what < 6 && *made < WORLD)
        i = (*made)++;
    struct store_item item = seek_item(i, "", "");
    if (what == 9) {
        struct store_batch b = {.blanks = gone, .nblanks = 1};
        memcpy(gone[0], item.ident, STORE_IDENT);
        things[i].text[0] = '\0';
        assert_int_equal(store_commit(f->store, &b), 0);
        return;
    }
    seek_random_text(r, things[i].text);
    things[i].there = true;
    things[i].expires = now + (int64_t)(1 + samples_random(r, 60)) * CLOCK_DAY;
    item.text = str_from(things[i].text);
    item.update = true;
    item.found = now;
    item.expires = things[i].expires;
    seek_put(f, &item, 1);
}

/* Items come, change, go and expire; passes and merges come between. */
static void finds_what_is_there(void **state)
{
    struct seek *f = *state;
    struct samples r = seek_random();
    struct thing *things = calloc(WORLD, sizeof *things);
    unsigned made = 0;
    int64_t now = CLOCK_DAY;

    for (int round = 0; round < 150; round++) {
        for (unsigned n = samples_random(&r, 12); n > 0; n--)
            change_one(f, things, &made, &r, now);
        if (samples_random(&r, 10) == 0)
            now += (int64_t)samples_random(&r, 6) * CLOCK_DAY;
        assert_true(store_expire(f->store, now, 1000) >= 0);
        seek_follow(f, now);
        for (int i = 0; i < 4; i++)
            compare(f, things, &r, now);
        if (samples_random(&r, 20) == 0) { /* and after a restart */
            search_close(f->search);
            assert_int_equal(search_open(f->path, f->store, &f->search), 0);
        }
    }
    assert_true(f->search->count <= 2 * 3 * 8);
    assert_int_equal(search_check(f->search), 0);
    assert_int_equal(search_remake(f->search, "test"), 0);
    seek_follow(f, now);
    for (int i = 0; i < 20; i++)
        compare(f, things, &r, now);
    free(things);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(words_are_found, seek_open, seek_close),
        cmocka_unit_test(some_words_are_refused),
        cmocka_unit_test_setup_teardown(finds_what_is_there, seek_open, seek_close),
    };
    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
