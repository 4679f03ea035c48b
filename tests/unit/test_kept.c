#include "tests/unit/unit.h"

#include <stdio.h>
#include <zlib.h>

#include "daemon/http/kept.h"
#include "daemon/reload/rulebook.h"
#include "tests/unit/http_fixture.h"

static struct buf letters(char c, size_t n)
{
    struct buf b = BUF_INIT;
    char *to = buf_reserve_exact(&b, n);

    assert_non_null(to);
    memset(to, c, n);
    b.len = n;
    return b;
}

static void put(struct kept *k, const char *key, char c, size_t n)
{
    struct buf b = letters(c, n);
    struct kept_body *body = kept_put(k, str_from(key), &b, "text/plain");

    assert_non_null(body);
    assert_int_equal(b.len, 0);
    kept_let_go(body);
}

/* Its first letter; 0: it is not kept. */
static char kept(struct kept *k, const char *key)
{
    struct kept_body *body = kept_find(k, str_from(key));
    bool gzip = false;
    char c = body ? kept_bytes(body, &gzip).p[0] : 0;

    if (body)
        kept_let_go(body);
    return c;
}

static void a_body_is_its_keys_alone(void **state)
{
    struct kept *k = kept_new();

    (void)state;
    kept_at(k, 1, NULL, 0);
    assert_int_equal(kept(k, "a"), 0);
    put(k, "a", 'A', 10);
    put(k, "ab", 'B', 10);
    assert_int_equal(kept(k, "a"), 'A');
    assert_int_equal(kept(k, "ab"), 'B');
    assert_int_equal(kept(k, ""), 0);
    assert_int_equal(kept(k, "abc"), 0);
    kept_free(k);
}

static void what_has_changed_is_forgotten(void **state)
{
    struct rules *none = NULL;
    struct town *nobody = NULL;
    struct rule_set *set = rule_set_new(&none, &nobody, false);
    struct kept *k = kept_new();
    const struct {
        uint64_t head;
        struct rule_set *rules;
        int64_t now;
        bool kept;
    } steps[] = {
        {7, NULL, 50 * KEPT_MS, true},
        {7, NULL, 51 * KEPT_MS - 1, true},
        {7, NULL, 51 * KEPT_MS, false},  /* time */
        {8, NULL, 51 * KEPT_MS, false},  /* a commit */
        {8, set, 51 * KEPT_MS, false},   /* a reload */
        {8, set, 51 * KEPT_MS, true},
        {8, set, 40 * KEPT_MS, false},   /* a clock that stepped back */
        {7, set, 40 * KEPT_MS, false},
    };

    (void)state;
    kept_at(k, 7, NULL, 50 * KEPT_MS);
    put(k, "a", 'A', 10);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        kept_at(k, steps[i].head, steps[i].rules, steps[i].now);
        assert_int_equal(kept(k, "a"), steps[i].kept ? 'A' : 0);
        if (!steps[i].kept)
            put(k, "a", 'A', 10);
    }
    rule_set_release(set); /* k holds it still */
    kept_free(k);
}

static void a_held_body_outlives_what_kept_it(void **state)
{
    struct kept *k = kept_new();
    struct buf b = letters('x', 5000);
    bool gzip = false;

    (void)state;
    kept_at(k, 1, NULL, 0);
    struct kept_body *first = kept_put(k, STR("a"), &b, "text/plain");
    struct kept_body *again = kept_find(k, STR("a"));
    assert_ptr_equal(first, again);
    kept_at(k, 2, NULL, 0);
    assert_int_equal(kept(k, "a"), 0);
    kept_let_go(again);
    kept_free(k);
    struct str bytes = kept_bytes(first, &gzip);
    assert_int_equal(bytes.n, 5000);
    assert_int_equal(bytes.p[4999], 'x');
    kept_let_go(first);
}

static void the_longest_unused_go_first(void **state)
{
    struct kept *k = kept_new();
    char key[16];

    (void)state;
    kept_at(k, 1, NULL, 0);
    for (int i = 0; i < KEPT_BODIES; i++) {
        snprintf(key, sizeof key, "%d", i);
        put(k, key, 'a', 10);
    }
    assert_int_equal(kept(k, "0"), 'a');
    put(k, "one more", 'b', 10);
    assert_int_equal(kept(k, "0"), 'a');
    assert_int_equal(kept(k, "1"), 0);
    assert_int_equal(kept(k, "2"), 'a');
    /* by their bytes, too */
    put(k, "half", 'h', KEPT_BYTES / 2);
    put(k, "other half", 'o', KEPT_BYTES / 2);
    assert_int_equal(kept(k, "0"), 0);
    assert_int_equal(kept(k, "half"), 'h');
    put(k, "third", 't', KEPT_BYTES / 2);
    assert_int_equal(kept(k, "half"), 'h');
    assert_int_equal(kept(k, "other half"), 0);
    /* one that is larger than all may be is handed out, and the others stay */
    put(k, "giant", 'g', KEPT_BYTES + 1);
    assert_int_equal(kept(k, "giant"), 0);
    assert_int_equal(kept(k, "half"), 'h');
    kept_free(k);
}

static void gzip_is_the_same_text(void **state)
{
    struct kept *k = kept_new();
    struct buf b = letters('z', 4000);
    char out[5000];
    bool gzip = true;

    (void)state;
    struct kept_body *body = kept_put(k, STR("a"), &b, "text/plain");
    struct str packed = kept_bytes(body, &gzip);
    assert_true(gzip && packed.n < 400);
    z_stream z = {.next_in = (Bytef *)(uintptr_t)packed.p, .avail_in = (uInt)packed.n,
                  .next_out = (Bytef *)out, .avail_out = sizeof out};
    assert_int_equal(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, 4000);
    inflateEnd(&z);
    bool plain = false;
    assert_memory_equal(out, kept_bytes(body, &plain).p, 4000);
    kept_let_go(body);
    /* a short one is not packed, and says so */
    b = letters('z', 40);
    body = kept_put(k, STR("b"), &b, "text/plain");
    assert_int_equal(kept_bytes(body, &gzip).n, 40);
    assert_false(gzip);
    kept_let_go(body);
    kept_free(k);
}

static void memory_that_ran_out_is_told(void **state)
{
    struct kept *k = kept_new();
    struct buf b = letters('z', 40);

    (void)state;
    b.failed = true;
    assert_null(kept_put(k, STR("a"), &b, "text/plain"));
    assert_null(b.data);
    assert_int_equal(kept(k, "a"), 0);
    kept_free(k);
}

static size_t items_of(const char *head, bool local)
{
    struct buf a = BUF_INIT;

    assert_int_equal(http_ask(local, head, NULL, &a), 200);
    json_t *page = http_json(&a);
    size_t n = json_array_size(json_object_get(page, "items"));
    json_decref(page);
    buf_free(&a);
    return n;
}

/* Asked again and again without a pause, so that some of it comes from what is kept. */
static void the_list_of_concerns_follows_each_commit(void **state)
{
    static const char list[] = "GET /api/v1/concerns?topic=wage-arrears HTTP/1.1";
    static const char other[] = "GET /api/v1/concerns?topic=epidemic HTTP/1.1";

    (void)state;
    size_t before = items_of(list, true), others = items_of(other, false);
    for (uint64_t seq = 4; seq < 14; seq++) {
        struct event e = http_event(seq, EVENT_OPENED, seq, "wage-arrears", "labour-office");
        struct concern c = {.id = seq, .topic = "wage-arrears", .unit = "labour-office",
                            .opened = 1700000000000, .due = 1800000000000};
        const struct concern *touched[] = {&c};
        struct store_batch b = {.events = &e, .nevents = 1, .concerns = touched, .nconcerns = 1};
        assert_int_equal(store_commit(http_town.store, &b), 0);
        before++;
        for (int again = 0; again < 3; again++) {
            assert_int_equal(items_of(list, true), before);
            assert_int_equal(items_of(list, false), before);
            assert_int_equal(items_of(other, false), others);
        }
    }
}

static size_t times(const struct buf *a, const char *what)
{
    size_t n = 0;

    for (const char *at = a->data; (at = strstr(at, what)); at++)
        n++;
    return n;
}

/* Pages and tables, too, each under its own query and with its own headers. */
static void pages_follow_each_commit(void **state)
{
    static const struct {
        const char *head, *row, *header; /* what each of its rows has */
    } pages[] = {
        {"GET /ledger?topic=wage-arrears HTTP/1.1", "<td><a href=\"ledger/", "form-action 'self'"},
        {"GET /ledger.csv?topic=wage-arrears HTTP/1.1", "\r\n\"", "text/csv; charset=utf-8"},
        {"GET /ledger.json?topic=wage-arrears HTTP/1.1", "\"opened\":", "application/json"},
        {"GET /ledger.atom?topic=wage-arrears HTTP/1.1", "<entry>", "application/atom+xml"},
    };
    struct buf a = BUF_INIT, b = BUF_INIT;

    (void)state;
    size_t before = items_of("GET /api/v1/concerns?topic=wage-arrears HTTP/1.1", true);
    for (uint64_t seq = 4; seq < 10; seq++) {
        struct event e = http_event(seq, EVENT_OPENED, seq, "wage-arrears", "labour-office");
        struct concern c = {.id = seq, .topic = "wage-arrears", .unit = "labour-office",
                            .opened = 1700000000000, .due = 1800000000000};
        const struct concern *touched[] = {&c};
        struct store_batch batch = {.events = &e, .nevents = 1, .concerns = touched,
                                    .nconcerns = 1};
        assert_int_equal(store_commit(http_town.store, &batch), 0);
        before++;
        for (size_t i = 0; i < 3 * (sizeof pages / sizeof *pages); i++) {
            size_t at = i / 3;
            assert_int_equal(http_ask(i % 2, pages[at].head, NULL, &a), 200);
            assert_int_equal(times(&a, pages[at].row), before);
            assert_non_null(strstr(a.data, pages[at].header));
        }
        assert_int_equal(http_ask(false, "GET /ledger.csv?topic=epidemic HTTP/1.1", NULL, &b), 200);
        assert_int_equal(times(&b, "\r\n\""), 1);
        assert_int_equal(http_ask(false, "GET /ledger?topic=no&lang=e HTTP/1.1", NULL, &b), 200);
        assert_int_equal(times(&b, pages[0].row), 0);
    }
    buf_free(&a);
    buf_free(&b);
}

/* What no event tells of is no change: for a moment what was written before is sent again. */
static void a_page_is_written_once(void **state)
{
    static const char head[] = "GET /ledger.csv?topic=epidemic HTTP/1.1";
    struct buf a = BUF_INIT;
    size_t before, after;
    int tries = 0;

    (void)state;
    do {
        struct concern c = {.id = 900 + (uint64_t)tries, .topic = "epidemic",
                            .unit = "labour-office", .opened = 1, .due = 2};
        const struct concern *touched[] = {&c};
        struct store_batch batch = {.concerns = touched, .nconcerns = 1};
        assert_int_equal(http_ask(true, head, NULL, &a), 200);
        before = times(&a, "\r\n\"");
        assert_int_equal(store_commit(http_town.store, &batch), 0);
        assert_int_equal(http_ask(true, head, NULL, &a), 200);
        after = times(&a, "\r\n\"");
        assert_true(after == before || after == before + 1);
    } while (after != before && ++tries < 50);
    assert_int_equal(after, before);
    buf_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_is_its_keys_alone),
        cmocka_unit_test(what_has_changed_is_forgotten),
        cmocka_unit_test(a_held_body_outlives_what_kept_it),
        cmocka_unit_test(the_longest_unused_go_first),
        cmocka_unit_test(gzip_is_the_same_text),
        cmocka_unit_test(memory_that_ran_out_is_told),
        cmocka_unit_test_setup_teardown(the_list_of_concerns_follows_each_commit, http_setup,
                                        http_teardown),
        cmocka_unit_test_setup_teardown(pages_follow_each_commit, http_setup, http_teardown),
        cmocka_unit_test_setup_teardown(a_page_is_written_once, http_setup, http_teardown),
    };
    return cmocka_run_group_tests_name("kept", tests, NULL, NULL);
}
