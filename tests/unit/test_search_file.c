/* The file of the index: what goes leaves no trace in it, and a bad one is made again. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "store/forget.h"
#include "store/search/search_state.h"
#include "store/transfer.h"
#include "tests/unit/seek.h"
#include "tests/unit/store_samples.h"

/* Is the pair in any segment? Reads the whole index. */
static bool holds(struct seek *f, const char *pair)
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

static void read_files(struct seek *f, struct buf *out)
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
static void read_block(struct seek *f, struct buf *out)
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
static bool leaves_trace(struct seek *f, const struct buf *block)
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
    struct seek *f = *state;
    struct buf block = BUF_INIT;
    struct seek_answer a;
    unsigned char gone[1][STORE_IDENT];
    struct store_item items[] = {
        seek_item(1, "甲乙丙丁戊己", "子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒"),
        seek_item(2, "停水三天", "日月盈昃辰宿列张寒来暑往秋收冬藏"),
        seek_item(3, "路灯不亮", "闰余成岁律吕调阳云腾致雨露结为霜"),
    };

    items[2].expires = 5040000;
    seek_put(f, items, 3);
    seek_follow(f, 1000);
    assert_true(holds(f, "甲乙") && holds(f, "路灯"));
    assert_int_equal(f->search->count, 2); /* one of what is kept for long, one of the other */

    read_block(f, &block);
    seek_follow(f, 5040000);
    assert_false(holds(f, "路灯") || leaves_trace(f, &block));
    assert_true(holds(f, "甲乙") && f->search->count == 1);

    buf_reset(&block);
    read_block(f, &block);
    assert_true(leaves_trace(f, &block));
    memcpy(gone[0], items[0].ident, STORE_IDENT);
    struct store_batch b = {.blanks = gone, .nblanks = 1};
    assert_int_equal(store_commit(f->store, &b), 0);
    SEEK_FOUND("甲乙", ""); /* the store has the last word */
    seek_follow(f, 5040001);
    assert_false(holds(f, "甲乙") || holds(f, "玄黄") || leaves_trace(f, &block));
    SEEK_FOUND("停水", "2:停水 ");

    items[1] = seek_item(2, "来水了", "日月盈昃");
    items[1].update = true;
    seek_put(f, &items[1], 1);
    seek_follow(f, 5040002);
    assert_false(holds(f, "停水") || holds(f, "秋收"));
    SEEK_FOUND("来水", "2:来水 ");
    buf_free(&block);
}

static void fill(struct seek *f)
{
    char text[8][3 * 24 + 2];
    struct samples r = seek_random();
    struct store_item items[8];

    for (unsigned i = 0; i < 8; i++) {
        seek_random_text(&r, text[i]);
        items[i] = seek_item(i, "停水", text[i]);
    }
    seek_put(f, items, 8);
    seek_follow(f, 1000);
}

static void reopen(struct seek *f)
{
    struct seek_answer a;

    assert_int_equal(search_open(f->path, f->store, &f->search), 0);
    int err = search_check(f->search);
    if (err) {
        assert_int_equal(err, ERR_CORRUPT);
        assert_int_equal(search_remake(f->search, "damaged"), 0);
    }
    seek_follow(f, 1000);
    assert_string_equal(seek_ask(f, "停水", (struct search_query){.limit = 2}, &a), "7:停水 6:停水 ");
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
    struct seek *f = *state;
    struct stat st;
    struct seek_answer a;
    struct search_words *w;

    fill(f);
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    search_close(f->search); /* gone */
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(search_words_read(STR("停水"), &w), 0);
    struct search_query q = {.words = w, .limit = 5};
    assert_int_equal(search_find(f->path, f->store, &q, seek_note, &a, &a.page), ERR_NOTFOUND);
    reopen(f);
    search_close(f->search); /* of another version: bytes 60 to 63 of a database are user_version */
    alter(f->path, 60, "\0\0\0\7", 4);
    assert_int_equal(search_find(f->path, f->store, &q, seek_note, &a, &a.page), ERR_STALE);
    reopen(f);
    search_close(f->search); /* no database at all */
    alter(f->path, 0, "something else", 14);
    assert_int_equal(search_find(f->path, f->store, &q, seek_note, &a, &a.page), ERR_CORRUPT);
    reopen(f);
    search_close(f->search); /* empty */
    assert_int_equal(truncate(f->path, 0), 0);
    reopen(f);
    search_words_free(w);
}

/* Every page of the file spoilt in turn: it is noticed, or does no harm. */
static void damage_anywhere_is_noticed(void **state)
{
    struct seek *f = *state;
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
    struct seek *f = *state;
    struct store *other;
    struct seek_answer a;
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
    SEEK_FOUND("停水 一一一一一一一一一一一一一一一一", "");
}

/* A copy of a store has its epoch and leaves out what is forgotten: it has other numbers. */
static void a_copy_has_another_index(void **state)
{
    struct seek *f = *state;
    char address[256];
    struct store_item items[8];
    struct store *copy;
    struct transfer_census census;
    enum transfer_kind kind;
    struct seek_answer a;

    for (unsigned i = 0; i < 8; i++)
        items[i] = i < 2 ? seek_item(i, "", "") : seek_item(i, "停水", "");
    for (unsigned i = 0; i < 2; i++) {
        items[i].published = 5;
        items[i].marked = STORE_DATED;
    }
    seek_put(f, items, 3);
    assert_int_equal(store_forget(f->store, STORE_FORGET_SLACK + 5000, 100), 3);
    seek_put(f, &items[3], 2);
    seek_follow(f, 1000);
    SEEK_FOUND("停水", "4:停水 3:停水 2:停水 ");
    seek_put(f, &items[5], 3); /* the index is behind */
    search_close(f->search);
    snprintf(address, sizeof address, "sqlite:%s/copy.db", f->folder);
    assert_int_equal(store_open(address, &copy), 0);
    assert_int_equal(transfer_copy(f->store, copy, 1000, NULL, &census, &kind), 0);
    store_close(f->store);
    f->store = copy;
    assert_int_equal(search_open(f->path, f->store, &f->search), 0);
    seek_follow(f, 1000);
    SEEK_FOUND("停水", "7:停水 6:停水 5:停水 4:停水 3:停水 2:停水 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_goes_leaves_no_trace, seek_open, seek_close),
        cmocka_unit_test_setup_teardown(a_bad_file_is_made_again, seek_open, seek_close),
        cmocka_unit_test_setup_teardown(damage_anywhere_is_noticed, seek_open, seek_close),
        cmocka_unit_test_setup_teardown(another_store_has_another_index, seek_open, seek_close),
        cmocka_unit_test_setup_teardown(a_copy_has_another_index, seek_open, seek_close),
    };
    return cmocka_run_group_tests_name("search_file", tests, NULL, NULL);
}
