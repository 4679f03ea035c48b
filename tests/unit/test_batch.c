/* What a batch makes of the pages of items and of sources that move: over the memory store, with a
 * desk that knows no topics. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/batch.h"

enum { HOUR_MS = 3600000 };

static const unsigned char ident[STORE_IDENT] = "an item";

struct bench {
    struct config config;
    struct unit office;
    struct units units;
    struct roster *roster;
    struct store *store;
    struct source_table *table;
    struct batch *batch;
    struct desk *desk;
    uint32_t count;
    int64_t now;
};

static void add_source(struct bench *t, const char *id, enum source_kind kind)
{
    char url[64];
    uint32_t index;

    snprintf(url, sizeof url, "http://%s.example/", id);
    struct source s = {.id = (char *)id, .name = (char *)id, .url = url, .kind = (uint8_t)kind};
    assert_int_equal(roster_add(t->roster, &s, &index), 0);
    t->count++;
    assert_int_equal(source_table_grow(t->table, t->count), 0);
}

static void open_bench(struct bench *t)
{
    *t = (struct bench){.now = 1800000000000};
    snprintf(t->office.id, sizeof t->office.id, "office");
    t->office.parent = -1;
    t->units = (struct units){.list = &t->office, .count = 1};
    t->config.home_region = (char *)"350199";
    t->roster = roster_new();
    t->table = source_table_new();
    assert_int_equal(store_open("memory:", &t->store), 0);
    const struct desk_conf conf = {.units = &t->units};
    t->desk = desk_new(&conf, 0);
    t->batch = batch_new(&(struct batch_conf){&t->config, t->roster, t->store, t->table});
    assert_non_null(t->batch);
}

static void close_bench(struct bench *t)
{
    batch_free(t->batch);
    desk_free(t->desk);
    store_close(t->store);
    source_table_free(t->table);
    roster_free(t->roster);
}

static void begin(struct bench *t)
{
    const struct batch_bounds bounds = {.polls = 4, .items = 4, .sources = 4};

    assert_int_equal(batch_begin(t->batch, t->desk, t->now, &bounds), 0);
}

static void commit(struct bench *t)
{
    struct store_batch out;

    if (batch_finish(t->batch, &out))
        assert_int_equal(store_commit(t->store, &out), 0);
    batch_applied(t->batch);
}

/* An item of an open concern of source 0, whose page is watched. */
static void store_item_and_page(struct bench *t)
{
    struct store_item item = {.source = STR("board"),
                              .link = STR("http://board.example/1"),
                              .concern = 1,
                              .expires = INT64_MAX,
                              .kind = VERDICT_RAISED};
    struct store_page page = {.due = t->now, .kind = STORE_PAGE_WATCH};

    memcpy(item.ident, ident, STORE_IDENT);
    memcpy(page.ident, ident, STORE_IDENT);
    const struct store_batch batch = {.items = &item, .nitems = 1, .pages = &page, .npages = 1};
    assert_int_equal(store_commit(t->store, &batch), 0);
}

static void page_came_to(struct bench *t, enum fetch_outcome outcome, int status)
{
    struct fetch_page page = {.kind = FETCH_PAGE_ITEM, .number = 1,
                              .url = "http://board.example/1"};
    const struct fetched meta = {.page = &page, .outcome = outcome, .status = status, .at = t->now};

    begin(t);
    assert_int_equal(batch_page(t->batch, &meta, NULL, NULL, ident), 0);
    commit(t);
}

static int take(void *arg, const struct store_page *page)
{
    *(struct store_page *)arg = *page;
    return 0;
}

static struct store_page page_now(struct bench *t)
{
    struct store_page page = {0};

    assert_int_equal(store_page(t->store, ident, take, &page), 0);
    return page;
}

/* While the answer is owed it is asked for again without end, but ever less often: daily
 * at last. */
static void failing_pages_back_off(void **state)
{
    (void)state;
    static const enum fetch_outcome outcomes[] = {FETCH_FAILED, FETCH_DISALLOWED};
    struct bench t;

    for (size_t k = 0; k < 2; k++) {
        int64_t wait = 0, last = 0;
        open_bench(&t);
        add_source(&t, "board", SOURCE_BOARD);
        store_item_and_page(&t);
        for (int i = 0; i < 70; i++) {
            page_came_to(&t, outcomes[k], 0);
            wait = page_now(&t).due - t.now;
            assert_true(wait >= last && wait <= CLOCK_DAY);
            assert_true(wait > last || wait == CLOCK_DAY);
            last = wait;
            t.now += wait;
        }
        assert_int_equal(wait, CLOCK_DAY);
        assert_int_equal(page_now(&t).kind, STORE_PAGE_WATCH);
        /* A person's page, or an address inside: never again. */
        page_came_to(&t, FETCH_REFUSED, 0);
        struct store_page gone;
        assert_int_equal(store_page(t.store, ident, take, &gone), ERR_NOTFOUND);
        close_bench(&t);
    }
}

static void a_page_is_put_off_as_it_is(void **state)
{
    (void)state;
    struct bench t;

    open_bench(&t);
    add_source(&t, "board", SOURCE_BOARD);
    store_item_and_page(&t);
    page_came_to(&t, FETCH_GONE, 404);
    struct store_page before = page_now(&t);
    begin(&t);
    batch_defer_page(t.batch, &before, t.now + HOUR_MS);
    commit(&t);
    struct store_page after = page_now(&t);
    assert_int_equal(after.due, t.now + HOUR_MS);
    assert_int_equal(after.kind, before.kind);
    assert_int_equal(after.tries, before.tries);
    assert_int_equal(after.gone, 1);
    assert_int_equal(after.concern, 1);
    close_bench(&t);
}

static int take_item(void *arg, const struct store_item *item)
{
    *(struct store_item *)arg = *item;
    return 0;
}

/* What somebody corrected stands over an edit, also over one of the same transaction. */
static void a_correction_stands_over_an_edit(void **state)
{
    (void)state;
    struct verdict v = {.title = STR("edited"), .text = STR("edited"), .kind = VERDICT_REPORTED,
                        .request = REQUEST_COMPLAINT};
    struct verdicts edits = {.rules = STR("00000000000000ff"), .list = &v, .count = 1};
    struct fetch_page page = {.kind = FETCH_PAGE_ITEM, .number = 1,
                              .url = "http://board.example/1"};
    struct store_mark marks[] = {{.aspect = STORE_MARK_REQUEST, .value = REQUEST_REPORT},
                                 {.aspect = STORE_MARK_KIND, .value = VERDICT_RAISED},
                                 {.aspect = STORE_MARK_KIND, .value = VERDICT_RAISED}};
    struct store_item item;
    struct bench t;
    uint64_t seq;
    int status;

    open_bench(&t);
    t.config.unmatched_keep = t.config.matched_keep = CLOCK_DAY;
    add_source(&t, "board", SOURCE_BOARD);
    ((struct source *)roster_get(t.roster, 0))->full_text = true;
    store_item_and_page(&t);
    for (uint64_t turn = 1; turn <= 2; turn++) {
        const struct fetched meta = {.page = &page, .outcome = FETCH_BODY, .status = 200,
                                     .at = t.now};
        const struct batch_bounds bounds = {.polls = 4, .items = 4, .sources = 4, .commands = 4};
        assert_int_equal(batch_begin(t.batch, t.desk, t.now, &bounds), 0);
        for (size_t i = 0; i < 3 && turn == 1; i++) {
            memcpy(marks[i].ident, ident, STORE_IDENT);
            assert_int_equal(batch_mark(t.batch, &marks[i], &status, &seq), 0);
            assert_int_equal(status, 0);
        }
        v.content = turn;
        assert_int_equal(batch_page(t.batch, &meta, &edits, NULL, ident), 0);
        struct store_batch out;
        assert_true(batch_finish(t.batch, &out));
        assert_int_equal(out.nmarks, turn == 1 ? 2 : 0); /* the same twice is one */
        assert_int_equal(store_commit(t.store, &out), 0);
        batch_applied(t.batch);
        assert_int_equal(store_item(t.store, ident, take_item, &item), 0);
        assert_int_equal(item.request, REQUEST_REPORT);
        assert_int_equal(item.kind, VERDICT_RAISED);
        assert_int_equal(item.marked, STORE_MARKED_REQUEST | STORE_MARKED_KIND);
        assert_true(item.rules == 0xff);
    }
    assert_int_equal(batch_begin(t.batch, t.desk, t.now, &(struct batch_bounds){.commands = 1}), 0);
    marks[0].ident[0] ^= 1;
    assert_int_equal(batch_mark(t.batch, &marks[0], &status, &seq), 0);
    assert_int_equal(status, ERR_NOTFOUND);
    close_bench(&t);
}

/* Two feeds that are made one: the first to move has the address, of the other nothing is said. */
static void two_move_to_one_address(void **state)
{
    (void)state;
    struct bench t;
    size_t n, moves = 0;

    open_bench(&t);
    add_source(&t, "a", SOURCE_NEWS);
    add_source(&t, "b", SOURCE_NEWS);
    begin(&t);
    struct fetched polls[2];
    for (uint32_t i = 0; i < 2; i++) {
        polls[i] = (struct fetched){.source = i,
                                    .outcome = FETCH_UNCHANGED,
                                    .status = 304,
                                    .at = t.now,
                                    .moved_to = (char *)"http://one.example/feed"};
        assert_int_equal(batch_poll(t.batch, &polls[i], NULL, NULL), 0);
    }
    const struct batch_deed *deeds = batch_deeds(t.batch, &n);
    for (size_t i = 0; i < n; i++)
        moves += deeds[i].kind == BATCH_MOVE;
    assert_int_equal(moves, 1);
    struct store_batch out;
    assert_true(batch_finish(t.batch, &out));
    assert_int_equal(out.nevents, 1);
    assert_int_equal(out.nsources, 1);
    assert_true(str_is(out.sources[0].id, "a"));
    close_bench(&t);
}

/* A source whose list has three next pages. */
static void open_list(struct bench *t)
{
    uint32_t index;
    struct source_extras extras = {.pages = 3};
    struct source s = {.id = (char *)"board", .name = (char *)"board", .extras = &extras,
                       .url = (char *)"http://board.example/"};

    open_bench(t);
    assert_int_equal(roster_add(t->roster, &s, &index), 0);
    assert_int_equal(source_table_grow(t->table, 1), 0);
}

/* What the batch wants read after a body of this depth without anything new; 0: nothing. */
static int next_after(struct bench *t, int depth, enum fetch_outcome outcome, uint64_t *number)
{
    struct fetch_page page = {.kind = FETCH_PAGE_NEXT, .number = *number, .depth = depth,
                              .url = "http://board.example/"};
    struct verdicts v = {.format = STR("rss"), .next_url = STR("http://board.example/next")};
    const struct fetched meta = {.page = depth ? &page : NULL, .outcome = outcome, .at = t->now};
    size_t n;
    int wanted = 0;

    begin(t);
    assert_int_equal(batch_poll(t->batch, &meta, outcome == FETCH_BODY ? &v : NULL, NULL), 0);
    const struct batch_deed *deeds = batch_deeds(t->batch, &n);
    for (size_t i = 0; i < n; i++)
        if (deeds[i].kind == BATCH_NEXT) {
            wanted = deeds[i].depth;
            *number = deeds[i].number;
        }
    commit(t);
    return wanted;
}

/* The third page of a list failed at the first poll: it is read with the next, as its baseline. */
static void a_next_page_that_failed_is_come_back_to(void **state)
{
    (void)state;
    struct bench t;
    uint64_t number = 2;

    open_list(&t);
    assert_int_equal(next_after(&t, 2, FETCH_FAILED, &number), 0);
    number = 1;
    assert_int_equal(next_after(&t, 0, FETCH_UNCHANGED, &number), 0);
    assert_int_equal(next_after(&t, 0, FETCH_BODY, &number), 1);
    assert_int_equal(number, 2);
    assert_int_equal(next_after(&t, 1, FETCH_BODY, &number), 2);
    assert_int_equal(number, 2);
    assert_int_equal(next_after(&t, 2, FETCH_BODY, &number), 0);
    number = 1;
    assert_int_equal(next_after(&t, 0, FETCH_BODY, &number), 0);
    /* A list that has become shorter has nothing unread. */
    assert_int_equal(next_after(&t, 2, FETCH_GONE, &number), 0);
    assert_int_equal(next_after(&t, 0, FETCH_BODY, &number), 0);
    close_bench(&t);
}

static int take_owed(void *arg, const struct store_source *src)
{
    *(int *)arg = src->owed;
    return 0;
}

static int owed(const struct bench *t)
{
    int is = -1;

    store_source(t->store, STR("board"), take_owed, &is);
    return is;
}

/* What is owed of a list is committed with the page that leads to it, and asked for once. */
static void an_owed_page_is_in_the_row(void **state)
{
    (void)state;
    struct bench t;
    uint64_t number = 1;

    open_list(&t);
    source_table_set(t.table, 0, &(struct source_entry){.known = true, .unread = 1});
    assert_int_equal(next_after(&t, 0, FETCH_BODY, &number), 1);
    /* The list is polled again while that is under way. */
    assert_int_equal(next_after(&t, 0, FETCH_BODY, &number), 0);
    assert_int_equal(next_after(&t, 2, FETCH_FAILED, &number), 0);
    assert_int_equal(owed(&t), 2);
    assert_int_equal(next_after(&t, 0, FETCH_BODY, &number), 1);
    assert_int_equal(next_after(&t, 1, FETCH_BODY, &number), 2);
    assert_int_equal(owed(&t), 2);
    assert_int_equal(next_after(&t, 2, FETCH_BODY, &number), 0);
    assert_int_equal(owed(&t), 0);
    /* The row of one that killed a worker says why it rests: what is owed waits. */
    source_table_set(t.table, 0, &(struct source_entry){.known = true, .failures = 1});
    assert_int_equal(next_after(&t, 3, FETCH_FAILED, &number), 0);
    assert_true(owed(&t) == 0 && source_table_get(t.table, 0).unread == 3);
    close_bench(&t);
}

/* A body without verdicts, as one is that other rules judged elsewhere: it is asked for again. */
static void an_owed_page_that_was_not_judged_is_owed_still(void **state)
{
    (void)state;
    struct bench t;
    struct fetch_page page = {.kind = FETCH_PAGE_NEXT, .number = 1, .depth = 1,
                              .url = "http://board.example/"};
    uint64_t number = 1;

    open_list(&t);
    source_table_set(t.table, 0, &(struct source_entry){.known = true, .unread = 1});
    assert_int_equal(next_after(&t, 0, FETCH_BODY, &number), 1);
    assert_true(source_table_get(t.table, 0).unread_asked);
    const struct fetched meta = {.page = &page, .outcome = FETCH_BODY, .at = t.now};
    begin(&t);
    assert_int_equal(batch_poll(t.batch, &meta, NULL, NULL), 0);
    commit(&t);
    struct source_entry after = source_table_get(t.table, 0);
    assert_true(after.unread == 1 && !after.unread_asked);
    assert_int_equal(next_after(&t, 0, FETCH_BODY, &number), 1);
    close_bench(&t);
}

enum { MOTLEY = 100 };

/* Add n sources, of which every second is refused, under a key in a batch of its own: how many are
 * to be added. */
static size_t add_once(struct bench *t, const char *key, uint64_t request, size_t n, int *each,
                       int *status)
{
    const struct batch_once once = {key, request};
    const struct batch_bounds bounds = {.sources = n, .commands = 1};
    char urls[MOTLEY][64], ids[MOTLEY][24];
    struct source list[MOTLEY] = {0};
    struct store_batch out = {0};

    for (size_t i = 0; i < n; i++) {
        snprintf(ids[i], sizeof ids[i], "s%zu", i);
        snprintf(urls[i], sizeof urls[i], i % 2 ? "https://x.example/%zu"
                                                : "https://x.example/space-uid-%zu.html", i);
        list[i] = (struct source){.id = ids[i], .name = ids[i], .url = urls[i]};
    }
    list[0].url = (char *)"http://first.example/";
    assert_int_equal(batch_begin(t->batch, t->desk, t->now, &bounds), 0);
    assert_int_equal(batch_sources_once(t->batch, &once, BATCH_SOURCE_ADD, list, n, each, status),
                     0);
    if (batch_finish(t->batch, &out))
        assert_int_equal(store_commit(t->store, &out), 0);
    batch_applied(t->batch);
    return out.nadds;
}

/* What a client that asks again hears is what it would have heard, whatever came between. */
static void sources_under_a_key_are_added_once(void **state)
{
    (void)state;
    struct bench t;
    int first[MOTLEY], again[MOTLEY], status;

    open_bench(&t);
    assert_int_equal(add_once(&t, "k1", 7, 4, first, &status), 3);
    assert_true(status == 0 && first[0] == 0 && first[1] == 0);
    assert_int_equal(first[2], ERR_REFUSED);
    add_source(&t, "s1", SOURCE_NEWS);
    memset(again, 1, sizeof again);
    assert_int_equal(add_once(&t, "k1", 7, 4, again, &status), 0);
    assert_int_equal(status, 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(again[i], first[i]);
    /* The key of another request, of another number of sources too. */
    assert_int_equal(add_once(&t, "k1", 8, 4, again, &status), 0);
    assert_int_equal(status, ERR_INVALID);
    assert_int_equal(add_once(&t, "k1", 7, 3, again, &status), 0);
    assert_int_equal(status, ERR_INVALID);
    assert_int_equal(add_once(&t, "k1", 7, 5, again, &status), 0);
    assert_int_equal(status, ERR_INVALID);
    /* Another key says what is there. */
    add_once(&t, "k2", 7, 4, again, &status);
    assert_true(status == 0 && again[1] == ERR_EXISTS);
    /* Too motley to be kept: done again. */
    assert_int_equal(add_once(&t, "k3", 9, MOTLEY, first, &status), MOTLEY / 2);
    add_source(&t, "s3", SOURCE_NEWS);
    add_once(&t, "k3", 9, MOTLEY, again, &status);
    assert_true(status == 0 && first[3] == 0 && again[3] == ERR_EXISTS);
    close_bench(&t);
}

static void states_are_counted(void **state)
{
    (void)state;
    static const struct source_entry entries[] = {
        {.state = STORE_SOURCE_PAUSED},      {.state = STORE_SOURCE_RETIRED},
        {.strikes = STORE_SILENT},           {.failures = 1},
        {.state = STORE_SOURCE_QUARANTINED}, {.strikes = STORE_SILENT, .failures = 2},
        {.strikes = 1},                      {.state = STORE_SOURCE_PAUSED, .failures = 1},
    };
    enum { N = sizeof entries / sizeof *entries };
    struct source_table *t = source_table_new();
    struct source_table_counts n;

    assert_int_equal(source_table_grow(t, N), 0);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < N; i++)
            source_table_set(t, i, &entries[i]);
        source_table_counts(t, &n);
        assert_int_equal(n.paused, 2);
        assert_int_equal(n.retired, 1);
        assert_int_equal(n.silent, 1);
        assert_int_equal(n.quarantined, 3);
    }
    for (uint32_t i = 0; i < N; i++)
        source_table_set(t, i, &(struct source_entry){0});
    source_table_counts(t, &n);
    assert_int_equal(n.paused + n.retired + n.silent + n.quarantined, 0);
    source_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failing_pages_back_off),
        cmocka_unit_test(a_page_is_put_off_as_it_is),
        cmocka_unit_test(a_correction_stands_over_an_edit),
        cmocka_unit_test(two_move_to_one_address),
        cmocka_unit_test(a_next_page_that_failed_is_come_back_to),
        cmocka_unit_test(an_owed_page_is_in_the_row),
        cmocka_unit_test(an_owed_page_that_was_not_judged_is_owed_still),
        cmocka_unit_test(sources_under_a_key_are_added_once),
        cmocka_unit_test(states_are_counted),
    };
    return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
