/* What a batch makes of the pages of items. */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "base/err.h"
#include "tests/unit/batch_bench.h"

enum { HOUR_MS = 3600000 };

static const unsigned char ident[STORE_IDENT] = "an item";

/* An item of an open concern of source 0, whose page is watched. */
static void store_item_and_page(struct batch_bench *t)
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

static void page_came_to(struct batch_bench *t, enum fetch_outcome outcome, int status)
{
    struct fetch_page page = {.kind = FETCH_PAGE_ITEM, .number = 1,
                              .url = "http://board.example/1"};
    const struct fetched meta = {.page = &page, .outcome = outcome, .status = status, .at = t->now};

    batch_bench_begin(t);
    assert_int_equal(batch_page(t->batch, &meta, NULL, NULL, ident), 0);
    batch_bench_commit(t);
}

static int take(void *arg, const struct store_page *page)
{
    *(struct store_page *)arg = *page;
    return 0;
}

static struct store_page page_now(struct batch_bench *t)
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
    struct batch_bench t;

    for (size_t k = 0; k < 2; k++) {
        int64_t wait = 0, last = 0;
        batch_bench_open(&t);
        batch_bench_add(&t, "board", SOURCE_BOARD);
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
        batch_bench_close(&t);
    }
}

static void a_page_is_put_off_as_it_is(void **state)
{
    (void)state;
    struct batch_bench t;

    batch_bench_open(&t);
    batch_bench_add(&t, "board", SOURCE_BOARD);
    store_item_and_page(&t);
    page_came_to(&t, FETCH_GONE, 404);
    struct store_page before = page_now(&t);
    batch_bench_begin(&t);
    batch_defer_page(t.batch, &before, t.now + HOUR_MS);
    batch_bench_commit(&t);
    struct store_page after = page_now(&t);
    assert_int_equal(after.due, t.now + HOUR_MS);
    assert_int_equal(after.kind, before.kind);
    assert_int_equal(after.tries, before.tries);
    assert_int_equal(after.gone, 1);
    assert_int_equal(after.concern, 1);
    batch_bench_close(&t);
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
    struct batch_bench t;
    uint64_t seq;
    int status;

    batch_bench_open(&t);
    t.config.unmatched_keep = t.config.matched_keep = CLOCK_DAY;
    batch_bench_add(&t, "board", SOURCE_BOARD);
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
    batch_bench_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failing_pages_back_off),
        cmocka_unit_test(a_page_is_put_off_as_it_is),
        cmocka_unit_test(a_correction_stands_over_an_edit),
    };
    return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
