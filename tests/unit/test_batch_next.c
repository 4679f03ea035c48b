/* The next pages of a list: one that could not be read is come back to. */
#include "tests/unit/unit.h"

#include "tests/unit/batch_bench.h"

/* A source whose list has three next pages. */
static void open_list(struct batch_bench *t)
{
    uint32_t index;
    struct source_extras extras = {.pages = 3};
    struct source s = {.id = (char *)"board", .name = (char *)"board", .extras = &extras,
                       .url = (char *)"http://board.example/"};

    batch_bench_open(t);
    assert_int_equal(roster_add(t->roster, &s, &index), 0);
    assert_int_equal(source_table_grow(t->table, 1), 0);
}

/* What the batch wants read after a body of this depth without anything new; 0: nothing. */
static int next_after(struct batch_bench *t, int depth, enum fetch_outcome outcome,
                      uint64_t *number)
{
    struct fetch_page page = {.kind = FETCH_PAGE_NEXT, .number = *number, .depth = depth,
                              .url = "http://board.example/"};
    struct verdicts v = {.format = STR("rss"), .next_url = STR("http://board.example/next")};
    const struct fetched meta = {.page = depth ? &page : NULL, .outcome = outcome, .at = t->now};
    size_t n;
    int wanted = 0;

    batch_bench_begin(t);
    assert_int_equal(batch_poll(t->batch, &meta, outcome == FETCH_BODY ? &v : NULL, NULL), 0);
    const struct batch_deed *deeds = batch_deeds(t->batch, &n);
    for (size_t i = 0; i < n; i++)
        if (deeds[i].kind == BATCH_NEXT) {
            wanted = deeds[i].depth;
            *number = deeds[i].number;
        }
    batch_bench_commit(t);
    return wanted;
}

/* The third page of a list failed at the first poll: it is read with the next, as its baseline. */
static void a_next_page_that_failed_is_come_back_to(void **state)
{
    (void)state;
    struct batch_bench t;
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
    batch_bench_close(&t);
}

static int take_owed(void *arg, const struct store_source *src)
{
    *(int *)arg = src->owed;
    return 0;
}

static int owed(const struct batch_bench *t)
{
    int is = -1;

    store_source(t->store, STR("board"), take_owed, &is);
    return is;
}

/* What is owed of a list is committed with the page that leads to it, and asked for once. */
static void an_owed_page_is_in_the_row(void **state)
{
    (void)state;
    struct batch_bench t;
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
    batch_bench_close(&t);
}

/* A body without verdicts, as one is that other rules judged elsewhere: it is asked for again. */
static void an_owed_page_that_was_not_judged_is_owed_still(void **state)
{
    (void)state;
    struct batch_bench t;
    struct fetch_page page = {.kind = FETCH_PAGE_NEXT, .number = 1, .depth = 1,
                              .url = "http://board.example/"};
    uint64_t number = 1;

    open_list(&t);
    source_table_set(t.table, 0, &(struct source_entry){.known = true, .unread = 1});
    assert_int_equal(next_after(&t, 0, FETCH_BODY, &number), 1);
    assert_true(source_table_get(t.table, 0).unread_asked);
    const struct fetched meta = {.page = &page, .outcome = FETCH_BODY, .at = t.now};
    batch_bench_begin(&t);
    assert_int_equal(batch_poll(t.batch, &meta, NULL, NULL), 0);
    batch_bench_commit(&t);
    struct source_entry after = source_table_get(t.table, 0);
    assert_true(after.unread == 1 && !after.unread_asked);
    assert_int_equal(next_after(&t, 0, FETCH_BODY, &number), 1);
    batch_bench_close(&t);
}

/* Nor is it on its way for ever when it comes while its source is not read, or is given up. */
static void an_owed_page_that_is_not_taken_is_owed_still(void **state)
{
    (void)state;
    struct batch_bench t;
    struct fetch_page page = {.kind = FETCH_PAGE_NEXT, .number = 1, .depth = 1,
                              .url = "http://board.example/"};
    struct verdicts few = {.format = STR("rss"), .few_authors = true};
    const struct fetched meta = {.page = &page, .outcome = FETCH_BODY, .at = 1};
    uint64_t number = 1;

    open_list(&t);
    for (int i = 0; i < 3; i++) {
        struct source_entry now = {.known = true, .unread = 1};
        source_table_set(t.table, 0, &now);
        assert_int_equal(next_after(&t, 0, FETCH_BODY, &number), 1);
        now = source_table_get(t.table, 0);
        assert_true(now.unread_asked);
        if (!i) { /* stopped meanwhile, by its other pages; or by this one */
            now.state = STORE_SOURCE_QUARANTINED;
            source_table_set(t.table, 0, &now);
        }
        batch_bench_begin(&t);
        assert_int_equal(i < 2 ? batch_poll(t.batch, &meta, &few, NULL)
                               : batch_skipped(t.batch, &meta), 0);
        batch_bench_commit(&t);
        now = source_table_get(t.table, 0);
        assert_int_equal(now.state == STORE_SOURCE_QUARANTINED, i < 2);
        /* resumed, it is asked for with the next poll */
        now.state = STORE_SOURCE_ACTIVE;
        source_table_set(t.table, 0, &now);
        assert_int_equal(next_after(&t, 0, FETCH_BODY, &number), 1);
    }
    batch_bench_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_next_page_that_failed_is_come_back_to),
        cmocka_unit_test(an_owed_page_is_in_the_row),
        cmocka_unit_test(an_owed_page_that_was_not_judged_is_owed_still),
        cmocka_unit_test(an_owed_page_that_is_not_taken_is_owed_still),
    };
    return cmocka_run_group_tests_name("batch next", tests, NULL, NULL);
}
