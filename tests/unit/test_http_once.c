/* What was sent is not sent again, as long as it is the same; and what is long is packed. */
#include "tests/unit/http_fixture.h"

#include <stdio.h>
#include <zlib.h>

#include "base/clock.h"

static void pages_are_cached_by_etag(void **state)
{
    struct buf a = BUF_INIT;
    char head[128], *etag;

    (void)state;
    assert_int_equal(http_ask(false, "GET / HTTP/1.1", NULL, &a), 200);
    assert_non_null(strstr(a.data, "text/html; charset=utf-8"));
    etag = strstr(a.data, "ETag: ");
    assert_non_null(etag);
    snprintf(head, sizeof head, "GET / HTTP/1.1\r\nIf-None-Match: %.18s", etag + 6);
    assert_int_equal(http_ask(false, head, NULL, &a), 304);
    assert_string_equal(strstr(a.data, "\r\n\r\n"), "\r\n\r\n");
    assert_int_equal(http_ask(false, "GET /app.js HTTP/1.1", NULL, &a), 200);
    buf_free(&a);
}

static void views_are_sent_once(void **state)
{
    struct buf a = BUF_INIT;
    char head[256];

    (void)state;
    static const char *const paths[] = {"/api/v1/concerns", "/api/v1/concerns/c1", "/api/v1/units",
                                        "/api/v1/topics"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        /* time may pass between the two: the tag of the last answer is tried again */
        int status = 0;
        for (int tries = 0; tries < 3 && status != 304; tries++) {
            snprintf(head, sizeof head, "GET %s HTTP/1.1", paths[i]);
            assert_int_equal(http_ask(true, head, NULL, &a), 200);
            const char *tag = strstr(a.data, "ETag: W/\"");
            assert_non_null(tag);
            snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nIf-None-Match: \"x\", %.*s", paths[i],
                     (int)strcspn(tag + 6, "\r"), tag + 6);
            status = http_ask(true, head, NULL, &a);
        }
        assert_int_equal(status, 304);
        assert_string_equal(strstr(a.data, "\r\n\r\n"), "\r\n\r\n");
        /* another caller's view has another tag */
        assert_int_equal(http_ask(false, head, NULL, &a), 200);
    }
    /* what the ledger does not tell of has none */
    assert_int_equal(http_ask(true, "GET /api/v1/status HTTP/1.1", NULL, &a), 200);
    assert_null(strstr(a.data, "ETag:"));
    buf_free(&a);
}

/* Ask for what has this tag, at this instant: the status, and the tag of the answer. */
static int ask_tagged(const char *path, int64_t at, const char *tag, char out[static 80])
{
    struct buf a = BUF_INIT;
    char head[256];

    clock_set_rate(at, 1);
    snprintf(head, sizeof head, "GET %s HTTP/1.1%s%s", path, *tag ? "\r\nIf-None-Match: " : "",
             tag);
    int status = http_ask(true, head, NULL, &a);
    const char *has = strstr(a.data, "ETag: ");
    assert_non_null(has);
    snprintf(out, 80, "%.*s", (int)strcspn(has + 6, "\r"), has + 6);
    buf_free(&a);
    return status;
}

/* Minutes pass and nothing is sent anew, until something in it changes. */
static void a_tag_lasts_as_long_as_what_it_is_of(void **state)
{
    static const char list[] = "/api/v1/concerns";
    const int64_t due = INT64_C(1700172801000), hour = 3600 * 1000; /* of the first of three */
    const int64_t begun = clock_now();
    char first[80], later[80], same[80], cut[80];

    (void)state;
    assert_int_equal(ask_tagged(list, due - hour, "", first), 200);
    assert_int_equal(ask_tagged(list, due - hour / 2, first, same), 304);
    assert_string_equal(same, first);
    assert_int_equal(ask_tagged(list, due - hour / 60, "", same), 200);
    assert_string_equal(same, first);
    assert_int_equal(ask_tagged(list, due + 10000, first, later), 200); /* overdue */
    assert_string_not_equal(later, first);
    assert_int_equal(ask_tagged(list, due + hour / 2, later, same), 304);
    assert_int_equal(ask_tagged(list, due - hour / 2, later, same), 200); /* set back */
    assert_int_equal(ask_tagged(list, due + 3 * hour, later, same), 200); /* arrivals moved on */
    for (size_t n = strlen(first); n-- > 3;) { /* no part of a tag is one */
        snprintf(cut, sizeof cut, "%.*s", (int)n, first);
        assert_int_equal(ask_tagged(list, due - hour, cut, same), 200);
    }
    assert_int_equal(ask_tagged("/api/v1/topics", due, "", first), 200);
    assert_int_equal(ask_tagged("/api/v1/topics", due + 1000 * hour, first, same), 304);
    clock_set_rate(begun, 1);
}

static void a_commit_changes_the_tag(void **state)
{
    struct buf a = BUF_INIT;
    char head[256];

    (void)state;
    assert_int_equal(http_ask(true, "GET /api/v1/units HTTP/1.1", NULL, &a), 200);
    const char *tag = strstr(a.data, "ETag: ");
    snprintf(head, sizeof head, "GET /api/v1/units HTTP/1.1\r\nIf-None-Match: %.*s",
             (int)strcspn(tag + 6, "\r"), tag + 6);
    struct event e = http_event(4, EVENT_UPDATED, 1, "wage-arrears", "labour-office");
    struct store_batch b = {.events = &e, .nevents = 1};
    assert_int_equal(store_commit(http_town.store, &b), 0);
    assert_int_equal(http_ask(true, head, NULL, &a), 200);
    buf_free(&a);
}

static size_t unpack(const struct buf *answer, char *out, size_t size)
{
    const char *body = strstr(answer->data, "\r\n\r\n") + 4;
    z_stream z = {.next_in = (Bytef *)(uintptr_t)body,
                  .avail_in = (uInt)(answer->data + answer->len - body),
                  .next_out = (Bytef *)out,
                  .avail_out = (uInt)size};

    assert_int_equal(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    size_t n = z.total_out;
    inflateEnd(&z);
    return n;
}

static void long_answers_are_packed_for_who_asks(void **state)
{
    static const struct {
        const char *accept;
        bool packed;
    } cases[] = {{"gzip", true},       {"br, gzip;q=0.5", true}, {"GZIP", true},
                 {"gzip;q=0", false},  {"gzip; q=0.0", false},   {"br", false},
                 {"x-gzips", false},   {"identity", false}};
    static const char *const paths[] = {"/api/v1/topics", "/app.js"};
    struct buf a = BUF_INIT, plain = BUF_INIT;
    static char text[1 << 20];
    char head[256];

    (void)state;
    for (size_t p = 0; p < 2; p++) {
        snprintf(head, sizeof head, "GET %s HTTP/1.1", paths[p]);
        assert_int_equal(http_ask(true, head, NULL, &plain), 200);
        assert_null(strstr(plain.data, "Content-Encoding"));
        const char *body = strstr(plain.data, "\r\n\r\n") + 4;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nAccept-Encoding: %s", paths[p],
                     cases[i].accept);
            assert_int_equal(http_ask(true, head, NULL, &a), 200);
            assert_non_null(strstr(a.data, "Vary: Accept-Encoding"));
            bool packed = strstr(a.data, "Content-Encoding: gzip") != NULL;
            if (packed != cases[i].packed)
                fail_msg("%s: %s", cases[i].accept, packed ? "packed" : "plain");
            if (packed) {
                assert_int_equal(unpack(&a, text, sizeof text), strlen(body));
                assert_memory_equal(text, body, strlen(body));
                assert_true(a.len < plain.len);
            }
        }
    }
    /* a short answer, which may hold a secret, is not */
    assert_int_equal(http_ask(true, "GET /api/v1/session HTTP/1.1\r\nAccept-Encoding: gzip", NULL,
                              &a), 200);
    assert_null(strstr(a.data, "Content-Encoding"));
    buf_free(&plain);
    buf_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(views_are_sent_once),
        CASE(a_tag_lasts_as_long_as_what_it_is_of),
        CASE(a_commit_changes_the_tag),
        CASE(long_answers_are_packed_for_who_asks),
        CASE(pages_are_cached_by_etag),
    };
    return cmocka_run_group_tests_name("http once", tests, NULL, NULL);
}
