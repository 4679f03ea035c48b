/* What goes between machines: outcomes of polls and letters, written and read again. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "daemon/cluster/remote_text.h"
#include "feeds/source/roster.h"

enum { HOUR_MS = 3600000 };

static struct roster *roster_of(const char *const *ids, size_t n)
{
    struct roster *r = roster_new();

    for (size_t i = 0; i < n; i++) {
        char url[64];
        uint32_t index;
        snprintf(url, sizeof url, "https://%s.example.org/feed", ids[i]);
        struct source one = {.id = (char *)ids[i], .name = (char *)ids[i], .url = url,
                             .interval = HOUR_MS};
        assert_int_equal(roster_add(r, &one, &index), 0);
    }
    return r;
}

/* The same sources under other numbers, as two machines may have them. */
static struct roster *here, *there;

static int begin(void **state)
{
    (void)state;
    here = roster_of((const char *[]){"a", "b", "guest"}, 3);
    there = roster_of((const char *[]){"guest", "b"}, 2);
    roster_remove(here, 2);
    roster_remove(there, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    roster_free(here);
    roster_free(there);
    return 0;
}

static void outcomes_come_back(void **state)
{
    char etag[] = "W/\"1\"", moved[] = "https://b.example.org/new", url[] = "https://x/1";
    struct fetch_page page = {.source = 1, .kind = FETCH_PAGE_ITEM,
                              .number = UINT64_C(1) << 63 | 5, .depth = 2, .url = url,
                              .title = "标题"};
    struct fetched f = {.source = 1, .outcome = FETCH_BODY, .status = 200, .etag = etag,
                        .moved_to = moved, .at = INT64_C(1795000000123), .late = 7, .page = &page};
    struct buf text = BUF_INIT;
    struct fetched *out;
    char *death;

    (void)state;
    assert_int_equal(remote_text_outcome(here, &f, "死因 (why)", &text), 0);
    assert_int_equal(remote_text_read_outcome(buf_str(&text), there, 0, &out, &death), 0);
    assert_true(out->source == 1 && out->outcome == FETCH_BODY && out->status == 200);
    assert_true(out->at == f.at && out->late == 7 && !out->last_modified && !out->body.len);
    assert_string_equal(out->etag, etag);
    assert_string_equal(out->moved_to, moved);
    assert_string_equal(death, "死因 (why)");
    assert_true(out->page->number == page.number && out->page->kind == FETCH_PAGE_ITEM);
    assert_true(out->page->depth == 2 && out->page->source == 1);
    assert_string_equal(out->page->url, url);
    assert_string_equal(out->page->title, "标题");
    fetch_fetched_free(out);
    free(death);
    buf_reset(&text);
    /* No source at all, the one in no list, one that is not there; and a header of any bytes. */
    char odd[] = "\xff\xfe";
    f = (struct fetched){.source = FETCH_NO_SOURCE, .outcome = FETCH_FAILED, .etag = odd};
    assert_int_equal(remote_text_outcome(here, &f, NULL, &text), 0);
    assert_int_equal(remote_text_read_outcome(buf_str(&text), there, 0, &out, &death), 0);
    assert_true(out->source == FETCH_NO_SOURCE && !out->page && !death && !out->etag);
    fetch_fetched_free(out);
    buf_reset(&text);
    f.source = 2;
    assert_int_equal(remote_text_outcome(here, &f, NULL, &text), 0);
    assert_int_equal(remote_text_read_outcome(buf_str(&text), there, 0, &out, &death), 0);
    assert_int_equal(out->source, 0);
    fetch_fetched_free(out);
    buf_reset(&text);
    f.source = 0;
    assert_int_equal(remote_text_outcome(here, &f, NULL, &text), 0);
    assert_int_equal(remote_text_read_outcome(buf_str(&text), there, 0, &out, &death),
                     ERR_NOTFOUND);
    buf_free(&text);
}

static void letters_come_back(void **state)
{
    char url[] = "https://x/1";
    struct fetch_page page = {.source = 1, .kind = FETCH_PAGE_NEXT, .number = 2, .url = url};
    struct fetch_page own = {.source = 2, .kind = FETCH_PAGE_ITEM, .number = 3, .url = url};
    const struct letter letters[] = {
        {.kind = LETTER_HOLD, .source = 1, .until = 99},
        {.kind = LETTER_LEARN, .source = 1,
         .lesson = {{5, 6, 7, 8}, 9, 10}},
        {.kind = LETTER_PAGE, .source = 1, .page = &page},
        {.kind = LETTER_ADD, .source = 0},
        {.kind = LETTER_DROP, .source = 2},
        {.kind = LETTER_PAGE, .source = 2, .page = &own},
        {.kind = LETTER_SOON, .source = 2},
    };
    struct remote_letter out[7];

    (void)state;
    for (size_t i = 0; i < 7; i++) {
        struct buf text = BUF_INIT;
        uint32_t guest = letters[i].kind == LETTER_PAGE ? 0 : UINT32_MAX;
        assert_int_equal(remote_text_letter(here, &letters[i], &text), 0);
        assert_int_equal(remote_text_read_letter(buf_str(&text), there, guest, &out[i]), 0);
        assert_int_equal(out[i].letter.kind, letters[i].kind);
        buf_free(&text);
    }
    assert_true(out[0].there && out[0].letter.source == 1 && out[0].letter.until == 99);
    const struct fetch_lesson *l = &out[1].letter.lesson;
    assert_true(l->hints.ttl == 5 && l->hints.update_period == 6 && l->hints.skip_hours == 7 &&
                l->hints.skip_days == 8 && l->fresh == 9 && l->newest == 10);
    assert_string_equal(out[2].letter.page->url, url);
    assert_true(out[2].letter.page->number == 2 && out[2].letter.page->source == 1);
    fetch_page_free(out[2].letter.page);
    assert_true(!out[3].there && !out[3].gone && !strcmp(out[3].id, "a"));
    assert_true(!out[4].there && out[4].gone);
    /* The guest's pages are there, though it is in no list; only what drops a source says so. */
    assert_true(out[5].there && out[5].letter.source == 0 && !out[5].gone);
    fetch_page_free(out[5].letter.page);
    assert_false(out[6].gone);
}

/* Of a page all are told where it waits, and nothing else. */
static void what_is_owed_comes_back(void **state)
{
    struct buf text = BUF_INIT;
    struct remote_letter out;

    (void)state;
    assert_int_equal(remote_text_owed(255, &text), 0);
    assert_int_equal(remote_text_read_letter(buf_str(&text), there, 0, &out), 0);
    assert_true(out.there && out.letter.kind == LETTER_PAGE && !out.letter.page);
    assert_true(out.slot == 255 && !*out.id);
    buf_free(&text);
}

static void nonsense_is_refused(void **state)
{
    static const char *const texts[] = {
        "", "[]", "{}", "{\"source\":\"b\",\"kind\":99,\"outcome\":99}",
        "{\"source\":\"b\",\"kind\":-1,\"outcome\":-1}",
        "{\"source\":\"b\",\"kind\":7,\"outcome\":0,\"page\":{\"kind\":0}}",
        "{\"source\":\"b\",\"kind\":7,\"outcome\":0,\"page\":{\"kind\":9,\"url\":\"https://x/\"}}",
        "{\"source\":\"\",\"kind\":7,\"outcome\":99,\"slot\":256}",
        "{\"source\":\"\",\"kind\":7,\"outcome\":99,\"slot\":-1}",
        "{\"source\":\"\",\"kind\":7,\"outcome\":99,\"slot\":\"9\"}",
    };
    struct remote_letter letter;
    struct fetched *out;
    char *death;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct str text = str_from(texts[i]);
        assert_int_equal(remote_text_read_outcome(text, there, 0, &out, &death), ERR_CORRUPT);
        assert_int_equal(remote_text_read_letter(text, there, 0, &letter), ERR_CORRUPT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_come_back),
        cmocka_unit_test(letters_come_back),
        cmocka_unit_test(what_is_owed_comes_back),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests_name("remote", tests, begin, end);
}
