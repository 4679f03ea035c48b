/* The index of words, against what the items really hold. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/utf8.h"
#include "store/search/search_state.h"
#include "tests/unit/seed.h"
#include "tests/unit/store_samples.h"

enum { DAY = 24 * 3600 * 1000 };

struct fixture {
    char *folder, *path;
    struct store *store;
    struct search *search;
};

static int open_fixture(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    char *address = NULL;

    f->folder = samples_folder();
    if (asprintf(&f->path, "%s/search.db", f->folder) < 0 ||
        asprintf(&address, "sqlite:%s/ledger.db", f->folder) < 0)
        return -1;
    *state = f;
    int err = store_open(address, &f->store);
    free(address);
    return err ? err : search_open(f->path, f->store, &f->search);
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;

    search_close(f->search);
    store_close(f->store);
    samples_remove(f->folder);
    free(f->folder);
    free(f->path);
    free(f);
    return 0;
}

static struct samples randomness(void)
{
    return (struct samples){.random = seed_begin()};
}

static struct store_item item_of(unsigned number, const char *title, const char *text)
{
    struct store_item item = samples_item(number, "");

    item.title = str_from(title);
    item.text = str_from(text);
    item.found = 1000 + number;
    item.expires = 100 * (int64_t)DAY;
    return item;
}

static void put(struct fixture *f, struct store_item *items, size_t n)
{
    struct store_batch b = {.items = items, .nitems = n};

    assert_int_equal(store_commit(f->store, &b), 0);
}

static void follow(struct fixture *f, int64_t now)
{
    int n;

    while ((n = search_follow(f->search, now)) > 0)
        ;
    assert_int_equal(n, 0);
}

struct answer {
    char said[4096];
    struct search_page page;
};

static int note(void *arg, const struct store_item *item, const struct search_hit *hits, size_t n)
{
    struct answer *a = arg;
    size_t at = strlen(a->said);
    struct str in = hits[0].in_title ? item->title : item->text;

    assert_true(n > 0 && hits[0].start < hits[0].end && hits[0].end <= in.n);
    snprintf(a->said + at, sizeof a->said - at, "%u:%.*s ", item->sketch[3],
             (int)(hits[0].end - hits[0].start), in.p + hits[0].start);
    return 0;
}

/* "NUMBER:first hit " of each item of one page. */
static const char *ask(struct fixture *f, const char *words, struct search_query q,
                       struct answer *a)
{
    struct search_words *w;

    a->said[0] = '\0';
    assert_int_equal(search_words_read(str_from(words), &w), 0);
    q.words = w;
    q.limit = q.limit ? q.limit : 100;
    assert_int_equal(search_find(f->path, f->store, &q, note, a, &a->page), 0);
    search_words_free(w);
    return a->said;
}

#define FOUND(words, want)                                                                         \
    assert_string_equal(ask(f, (words), (struct search_query){.limit = 0}, &a), (want))

static void words_are_found(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    struct store_item items[] = {
        item_of(1, "停水三天", "小区停水，物业说管网抢修。"),
        item_of(2, "關於電梯維修", "電梯壞了半年，請維修。"),
        item_of(3, "ＫＴＶ噪音", "楼下 KTV 凌晨还在唱，Wi-Fi 也断"),
        item_of(4, "停\xC2\xA0水又来了", "抢\n修拖了很久"),
        item_of(5, "水停在路上", "5G网络差，路灯不亮"),
        item_of(6, "KTVs 招牌", "A股与b超"),
    };

    items[1].topic = STR("housing-property");
    put(f, items, 6);
    follow(f, 2000);
    FOUND("停水", "4:停\xC2\xA0水 1:停水 ");
    FOUND("电梯", "2:電梯 ");
    FOUND("電梯", "2:電梯 ");
    FOUND("电梯 维修", "2:電梯 ");
    FOUND("停水 抢修", "4:停\xC2\xA0水 1:停水 ");
    FOUND("停水　物业", "1:停水 ");
    FOUND("停水 电梯", "");
    FOUND("抢修", "4:抢\n修 1:抢修 ");
    FOUND("ktv", "3:ＫＴＶ "); /* a whole word: not the sixth */
    FOUND("ＫＴＶ 凌晨", "3:ＫＴＶ ");
    FOUND("5g网络", "5:5G网络 ");
    FOUND("g网络", "");
    FOUND("a股", "6:A股 ");
    FOUND("wi-fi", "3:Wi-Fi ");
    FOUND("物业说管网", "1:物业说管网 ");
    FOUND("物业管网", ""); /* each pair of it stands there, the word does not */
    FOUND("天小", "");     /* of a title's end and a text's beginning */
    assert_string_equal(ask(f, "维修", (struct search_query){.topic = "epidemic"}, &a), "");
    assert_string_equal(ask(f, "维修", (struct search_query){.topic = "housing-property"}, &a),
                        "2:維修 ");
    assert_string_equal(ask(f, "停水", (struct search_query){.since = 1002}, &a),
                        "4:停\xC2\xA0水 ");
    assert_string_equal(ask(f, "停水", (struct search_query){.limit = 1}, &a), "4:停\xC2\xA0水 ");
    assert_true(a.page.next == 4);
    assert_string_equal(ask(f, "停水", (struct search_query){.limit = 1, .before = 4}, &a),
                        "1:停水 ");
    assert_true(a.page.next == 0 && a.page.behind == 0);

    struct store_item late = item_of(7, "停水", "");
    put(f, &late, 1);
    FOUND("停水", "4:停\xC2\xA0水 1:停水 ");
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

/* Is the pair in any segment? Reads the whole index. */
static bool holds(struct fixture *f, const char *pair)
{
    struct search_words *w;
    bool found = false;

    assert_int_equal(search_words_read(str_from(pair), &w), 0);
    for (int i = 0; i < f->search->count; i++) {
        struct segment_reader r;
        int more;
        assert_int_equal(segment_open(&r, f->search->db, &f->search->segments[i]), 0);
        while ((more = segment_next(&r)) > 0)
            found = found || r.gram == w->grams.list[0];
        assert_int_equal(more, 0);
        segment_close(&r);
    }
    search_words_free(w);
    return found;
}

static void read_files(struct fixture *f, struct buf *out)
{
    static const char *const ends[] = {"", "-wal"};

    for (size_t i = 0; i < 2; i++) {
        char *name;
        assert_true(asprintf(&name, "%s%s", f->path, ends[i]) > 0);
        int err = file_read(name, 1 << 28, out);
        assert_true(err == 0 || err == ERR_NOTFOUND);
        free(name);
    }
}

/* The first block of the newest segment. */
static void read_block(struct fixture *f, struct buf *out)
{
    sqlite3_stmt *statement;
    char sql[80];

    snprintf(sql, sizeof sql, "SELECT block FROM s%lld LIMIT 1",
             (long long)f->search->segments[0].id);
    assert_int_equal(sqlite3_prepare_v2(f->search->db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    buf_add(out, sqlite3_column_blob(statement, 0),
            (size_t)sqlite3_column_bytes(statement, 0));
    sqlite3_finalize(statement);
}

/* Does any piece of the block stand in the files? */
static bool leaves_trace(struct fixture *f, const struct buf *block)
{
    enum { PIECE = 24 };
    struct buf files = BUF_INIT;
    bool found = false;

    read_files(f, &files);
    assert_true(files.len > 0 && block->len > 4 * PIECE);
    for (size_t at = 4; at + PIECE <= block->len && !found; at++)
        found = memmem(files.data, files.len, block->data + at, PIECE) != NULL;
    buf_free(&files);
    return found;
}

/* What is edited, blanked or expired is in no block; the blocks that held it are overwritten. */
static void what_goes_leaves_no_trace(void **state)
{
    struct fixture *f = *state;
    struct buf block = BUF_INIT;
    struct answer a;
    unsigned char gone[1][STORE_IDENT];
    struct store_item items[] = {
        item_of(1, "甲乙丙丁戊己", "子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒"),
        item_of(2, "停水三天", "日月盈昃辰宿列张寒来暑往秋收冬藏"),
        item_of(3, "路灯不亮", "闰余成岁律吕调阳云腾致雨露结为霜"),
    };

    items[2].expires = 5040000;
    put(f, items, 3);
    follow(f, 1000);
    assert_true(holds(f, "甲乙") && holds(f, "路灯"));
    assert_int_equal(f->search->count, 2); /* one of what is kept for long, one of the other */

    read_block(f, &block);
    follow(f, 5040000);
    assert_false(holds(f, "路灯") || leaves_trace(f, &block));
    assert_true(holds(f, "甲乙") && f->search->count == 1);

    buf_reset(&block);
    read_block(f, &block);
    assert_true(leaves_trace(f, &block));
    memcpy(gone[0], items[0].ident, STORE_IDENT);
    struct store_batch b = {.blanks = gone, .nblanks = 1};
    assert_int_equal(store_commit(f->store, &b), 0);
    FOUND("甲乙", ""); /* the store has the last word */
    follow(f, 5040001);
    assert_false(holds(f, "甲乙") || holds(f, "玄黄") || leaves_trace(f, &block));
    FOUND("停水", "2:停水 ");

    items[1] = item_of(2, "来水了", "日月盈昃");
    items[1].update = true;
    put(f, &items[1], 1);
    follow(f, 5040002);
    assert_false(holds(f, "停水") || holds(f, "秋收"));
    FOUND("来水", "2:来水 ");
    buf_free(&block);
}

/* --- against a naive search --- */

enum { WORLD = 400, LETTERS = 12 };

struct thing {
    bool there;
    int64_t expires;
    char text[3 * 24 + 2];
};

static void random_text(struct samples *r, char *out)
{
    size_t n = 2 + samples_random(r, 22), at = 0;

    for (size_t i = 0; i < n; i++)
        at += utf8_put(0x4e00 + samples_random(r, LETTERS), out + at);
    out[at] = '\0';
}

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

static void compare(struct fixture *f, const struct thing *things, struct samples *r, int64_t now)
{
    static char want[8192], got[8192];
    char a[80], b[80], both[200];
    struct search_query q = {.limit = 1 + samples_random(r, 30)};
    struct search_words *w;
    struct search_page page;
    size_t at = 0, n = 2 + samples_random(r, 2);

    for (size_t i = 0; i < n; i++)
        at += utf8_put(0x4e00 + samples_random(r, LETTERS), a + at);
    a[at] = '\0';
    at = utf8_put(0x4e00 + samples_random(r, LETTERS), b);
    at += utf8_put(0x4e00 + samples_random(r, LETTERS), b + at);
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

static void change_one(struct fixture *f, struct thing *things, unsigned *made, struct samples *r,
                       int64_t now)
{
    unsigned what = samples_random(r, 10), i = *made ? samples_random(r, *made) : 0;
    unsigned char gone[1][STORE_IDENT];

    if (what < 6 && *made < WORLD)
        i = (*made)++;
    struct store_item item = item_of(i, "", "");
    if (what == 9) {
        struct store_batch b = {.blanks = gone, .nblanks = 1};
        memcpy(gone[0], item.ident, STORE_IDENT);
        things[i].text[0] = '\0';
        assert_int_equal(store_commit(f->store, &b), 0);
        return;
    }
    random_text(r, things[i].text);
    things[i].there = true;
    things[i].expires = now + (int64_t)(1 + samples_random(r, 60)) * DAY;
    item.text = str_from(things[i].text);
    item.update = true;
    item.found = now;
    item.expires = things[i].expires;
    put(f, &item, 1);
}

/* Items come, change, go and expire; passes and merges come between. */
static void finds_what_is_there(void **state)
{
    struct fixture *f = *state;
    struct samples r = randomness();
    struct thing *things = calloc(WORLD, sizeof *things);
    unsigned made = 0;
    int64_t now = DAY;

    for (int round = 0; round < 150; round++) {
        for (unsigned n = samples_random(&r, 12); n > 0; n--)
            change_one(f, things, &made, &r, now);
        if (samples_random(&r, 10) == 0)
            now += (int64_t)samples_random(&r, 6) * DAY;
        assert_true(store_expire(f->store, now, 1000) >= 0);
        follow(f, now);
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
    follow(f, now);
    for (int i = 0; i < 20; i++)
        compare(f, things, &r, now);
    free(things);
}

/* --- a file that is not what it should be --- */

static void fill(struct fixture *f)
{
    char text[8][3 * 24 + 2];
    struct samples r = randomness();
    struct store_item items[8];

    for (unsigned i = 0; i < 8; i++) {
        random_text(&r, text[i]);
        items[i] = item_of(i, "停水", text[i]);
    }
    put(f, items, 8);
    follow(f, 1000);
}

static void reopen(struct fixture *f)
{
    struct answer a;

    assert_int_equal(search_open(f->path, f->store, &f->search), 0);
    int err = search_check(f->search);
    if (err) {
        assert_int_equal(err, ERR_CORRUPT);
        assert_int_equal(search_remake(f->search, "damaged"), 0);
    }
    follow(f, 1000);
    assert_string_equal(ask(f, "停水", (struct search_query){.limit = 2}, &a), "7:停水 6:停水 ");
    assert_int_equal(search_check(f->search), 0);
}

static void alter(const char *path, off_t at, const char *bytes, size_t n)
{
    int fd = open(path, O_WRONLY);

    assert_true(fd >= 0 && pwrite(fd, bytes, n, at) == (ssize_t)n);
    close(fd);
}

static void a_bad_file_is_made_again(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    struct answer a;
    struct search_words *w;

    fill(f);
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    search_close(f->search); /* gone */
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(search_words_read(STR("停水"), &w), 0);
    struct search_query q = {.words = w, .limit = 5};
    assert_int_equal(search_find(f->path, f->store, &q, note, &a, &a.page), ERR_NOTFOUND);
    reopen(f);
    search_close(f->search); /* of another version: bytes 60 to 63 of a database are user_version */
    alter(f->path, 60, "\0\0\0\7", 4);
    assert_int_equal(search_find(f->path, f->store, &q, note, &a, &a.page), ERR_STALE);
    reopen(f);
    search_close(f->search); /* no database at all */
    alter(f->path, 0, "something else", 14);
    assert_int_equal(search_find(f->path, f->store, &q, note, &a, &a.page), ERR_CORRUPT);
    reopen(f);
    search_close(f->search); /* empty */
    assert_int_equal(truncate(f->path, 0), 0);
    reopen(f);
    search_words_free(w);
}

/* Every page of the file spoilt in turn: it is noticed, or does no harm. */
static void damage_anywhere_is_noticed(void **state)
{
    struct fixture *f = *state;
    struct stat st;

    fill(f);
    for (off_t page = 0;; page += 4096) {
        search_close(f->search);
        f->search = NULL;
        assert_int_equal(stat(f->path, &st), 0);
        if (page >= st.st_size)
            break;
        alter(f->path, page + 3900, "!damage!damage!damage!damage!", 29);
        reopen(f);
    }
}

static void another_store_has_another_index(void **state)
{
    struct fixture *f = *state;
    struct store *other;
    struct answer a;
    char address[300];

    fill(f);
    search_close(f->search);
    snprintf(address, sizeof address, "sqlite:%s/other.db", f->folder);
    assert_int_equal(store_open(address, &other), 0);
    assert_int_equal(search_open(f->path, other, &f->search), 0);
    assert_int_equal(f->search->count, 0);
    assert_int_equal(search_follow(f->search, 1000), 0);
    search_close(f->search);
    store_close(other);
    reopen(f);
    FOUND("停水 一一一一一一一一一一一一一一一一", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(words_are_found, open_fixture, close_fixture),
        cmocka_unit_test(some_words_are_refused),
        cmocka_unit_test_setup_teardown(what_goes_leaves_no_trace, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(finds_what_is_there, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_bad_file_is_made_again, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(damage_anywhere_is_noticed, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(another_store_has_another_index, open_fixture,
                                        close_fixture),
    };
    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
