/* store.h on every backend: sources. */
#include "tests/unit/contract.h"

static int same_source(void *arg, const struct source *s)
{
    const struct source *want = arg;

    assert_string_equal(s->id, want->id);
    assert_string_equal(s->url, want->url);
    assert_true(s->kind == want->kind && s->interval == want->interval && s->since == want->since);
    assert_true(s->zone_minutes == want->zone_minutes && s->full_text == want->full_text);
    assert_string_equal(s->category, want->category);
    assert_null(s->region);
    assert_true(str_eq(s->extras->board.item, want->extras->board.item));
    assert_true(str_eq(s->extras->board.detail_reply_unit, want->extras->board.detail_reply_unit));
    assert_int_equal(s->extras->pages, 3);
    assert_string_equal(s->extras->headers[1], "Accept-Language: zh");
    assert_null(s->extras->headers[2]);
    assert_string_equal(s->extras->proxy, "http://127.0.0.1:1");
    return 77;
}

static int take_source(void *arg, const struct store_source *src)
{
    struct store_source *to = arg;

    *to = *src;
    to->moved_to.n = str_is(src->moved_to, "https://b.example/") ? 1 : 0;
    to->etag.n = str_is(src->etag, "\"e\"") ? 1 : 0;
    return 0;
}

static void sources_come_move_and_go(void **state)
{
    struct store *s = contract_store(state);
    char *headers[] = {"Accept: text/html", "Accept-Language: zh", NULL};
    struct source_extras extras = {.pages = 3, .headers = headers, .proxy = "http://127.0.0.1:1"};
    struct source added = {.id = "board", .name = "留言板", .url = "https://a.example/",
                           .extras = &extras, .interval = 60000, .since = 5, .zone_minutes = -480,
                           .kind = SOURCE_BOARD, .full_text = true, .category = "市/区"};
    const struct source *adds[] = {&added};
    struct store_source row = {.id = STR("board"), .etag = STR("\"e\""), .polled = 9,
                              .owed = UINT8_MAX, .owed_first = true};
    struct store_source got;
    struct str removes[] = {STR("board"), STR("unknown")};

    extras.board.item = STR("li");
    extras.board.detail_reply_unit = STR("b.unit");
    struct store_batch b = {.adds = adds, .nadds = 1, .sources = &row, .nsources = 1};
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_each_added(s, same_source, &added), 77);
    assert_int_equal(store_source(s, STR("board"), take_source, &got), 0);
    assert_true(got.owed == UINT8_MAX && got.owed_first);
    /* parts that an upsert keeps */
    row = (struct store_source){.id = STR("board"), .state = STORE_SOURCE_PAUSED, .strikes = 2,
                                .moved_from = STR("https://a.example/"),
                                .moved_to = STR("https://b.example/"), .keep = STORE_KEEP_POLL,
                                .owed = 3, .moved_at = 6, .since = INT64_C(1) << 41};
    b.nadds = 0;
    assert_int_equal(store_commit(s, &b), 0);
    row.keep = STORE_KEEP_POLL | STORE_KEEP_MOVE | STORE_KEEP_SINCE;
    row.moved_at = row.since = 1;
    row.moved_to = row.moved_from = STR_NONE;
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_source(s, STR("board"), take_source, &got), 0);
    assert_true(got.etag.n && got.polled == 9 && got.moved_to.n);
    assert_true(got.state == STORE_SOURCE_PAUSED && got.strikes == 2 && !got.keep);
    assert_true(got.owed == 3 && !got.owed_first);
    assert_true(got.moved_at == 6 && got.since == INT64_C(1) << 41);
    /* what a new row would keep is empty */
    row.id = STR("other");
    row.etag = STR("\"e\"");
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_source(s, STR("other"), take_source, &got), 0);
    assert_true(!got.etag.n && !got.polled && !got.moved_at && !got.since);
    struct store_batch gone = {.removes = removes, .nremoves = 2};
    assert_int_equal(store_commit(s, &gone), 0);
    assert_int_equal(store_each_added(s, same_source, &added), 0);
    assert_int_equal(store_source(s, STR("board"), take_source, &got), ERR_NOTFOUND);
    row.state = STORE_SOURCE_QUARANTINED + 1;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(sources_come_move_and_go),
    };
    return CONTRACT_RUN("contract: sources", tests);
}
