/* The fetch thread against servers on loopback that answer well and badly. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "tests/unit/fetch_stage.h"

/* A peer with one route, polled once. One that keeps us waiting is not waited for as long as usual:
 * the others have all the time that a busy machine takes. */
static enum fetch_outcome poll_once(const struct peer_answer *a, size_t n, const char *says)
{
    struct stage s;

    stage_open(&s);
    if (a->trick == PEER_SLOW || a->trick == PEER_GATED)
        s.conf.limits = (struct fetch_limits){.total_ms = 1500};
    peer_script(s.peer, "/feed", a, n);
    stage_source(&s, peer_url(s.peer, "/feed"), 3600000);
    stage_start(&s, NULL, 4);
    enum fetch_outcome o = stage_outcome(&s, says);
    stage_close(&s);
    return o;
}

static void body_then_304(void **state)
{
    (void)state;
    static const struct peer_answer a = {
        200,
        "Content-Type: application/rss+xml\r\n"
        "Last-Modified: Fri, 31 Dec 1999 23:59:59 GMT\r\n",
        {"<rss/>", 6}, "\"v1\"", PEER_PLAIN};
    struct stage s;
    struct fetch_state st;

    stage_open(&s);
    peer_script(s.peer, "/feed", &a, 1);
    stage_source(&s, peer_url(s.peer, "/feed"), 50);
    stage_start(&s, NULL, 4);
    struct fetched *f = stage_take(&s);
    assert_int_equal(f->outcome, FETCH_BODY);
    assert_int_equal(f->status, 200);
    assert_true(f->first);
    assert_true(str_is(buf_str(&f->body), "<rss/>"));
    assert_string_equal(f->mime, "application/rss+xml");
    assert_string_equal(f->etag, "\"v1\"");
    assert_string_equal(f->last_modified, "Fri, 31 Dec 1999 23:59:59 GMT");
    assert_null(f->final_url);
    fetch_fetched_free(f);
    f = stage_take(&s);
    assert_int_equal(f->outcome, FETCH_UNCHANGED);
    assert_int_equal(f->status, 304);
    assert_false(f->first);
    fetch_fetched_free(f);
    fetch_state(s.fetch, 0, &st);
    assert_true(st.polls >= 2 && st.unchanged == st.polls - 1 && st.failures == 0);
    const char *head = peer_request(s.peer, 0, NULL, NULL);
    assert_non_null(strstr(head, "User-Agent: huiying/test (+mailto:desk@example.org)\r\n"));
    assert_null(strstr(head, "If-None-Match"));
    head = peer_request(s.peer, 1, NULL, NULL);
    assert_non_null(strstr(head, "If-None-Match: \"v1\"\r\n"));
    assert_non_null(strstr(head, "If-Modified-Since: Fri, 31 Dec 1999 23:59:59 GMT\r\n"));
    assert_int_equal(peer_connections(s.peer), 1);
    stage_close(&s);
}

static void keeps_what_it_will_use_again(void **state)
{
    (void)state;
    static const struct peer_answer away = {302, "Location: /b\r\n", {"", 0}, NULL, PEER_PLAIN},
                                    page = {200, NULL, {"x", 1}, NULL, PEER_PLAIN};
    struct stage s;

    stage_open(&s);
    peer_script(s.peer, "/feed", &away, 1);
    peer_script(s.peer, "/b", &page, 1);
    stage_source(&s, peer_url(s.peer, "/feed"), 3600000);
    stage_start(&s, NULL, 4);
    assert_int_equal(stage_outcome(&s, NULL), FETCH_BODY);
    assert_int_equal(peer_count(s.peer, "/b"), 1);
    assert_int_equal(peer_connections(s.peer), 1);
    /* The next poll is an hour away, by what could be known. */
    fetch_soon(s.fetch, 0);
    assert_int_equal(stage_outcome(&s, NULL), FETCH_UNCHANGED);
    assert_int_equal(peer_connections(s.peer), 2);
    stage_close(&s);
}

static void remembers_from_the_store(void **state)
{
    (void)state;
    static const struct peer_answer a = {200, NULL, {"x", 1}, "\"v1\"", PEER_PLAIN};
    struct fetch_memory memory[2] = {
        {.etag = STR("\"v1\""), .polled = 1},
        {.polled = 1, .quarantine_until = clock_now() + 3600000, .failures = 3},
    };
    struct stage s;
    struct fetch_state st;

    stage_open(&s);
    peer_script(s.peer, "/feed", &a, 1);
    stage_source(&s, peer_url(s.peer, "/feed"), 3600000);
    stage_source(&s, peer_url(s.peer, "/held"), 3600000);
    stage_start(&s, memory, 4);
    struct fetched *f = stage_take(&s);
    assert_int_equal(f->source, 0);
    assert_int_equal(f->outcome, FETCH_UNCHANGED);
    assert_false(f->first);
    fetch_fetched_free(f);
    fetch_state(s.fetch, 1, &st);
    assert_int_equal(st.next_due, memory[1].quarantine_until);
    assert_int_equal(st.failures, 3);
    stage_close(&s);
}

static void same_bytes_are_unchanged(void **state)
{
    (void)state;
    static const struct peer_answer a[] = {
        {200, NULL, {"one", 3}, NULL, PEER_PLAIN},
        {200, NULL, {"one", 3}, NULL, PEER_PLAIN},
        {200, NULL, {"two", 3}, NULL, PEER_PLAIN},
    };
    struct stage s;

    stage_open(&s);
    peer_script(s.peer, "/feed", a, 3);
    stage_source(&s, peer_url(s.peer, "/feed"), 20);
    stage_start(&s, NULL, 4);
    assert_int_equal(stage_outcome(&s, NULL), FETCH_BODY);
    assert_int_equal(stage_outcome(&s, NULL), FETCH_UNCHANGED);
    assert_int_equal(stage_outcome(&s, NULL), FETCH_BODY);
    stage_close(&s);
}

static void redirects(void **state)
{
    (void)state;
    static const struct {
        const char *location;
        enum fetch_outcome outcome;
        const char *says;
        size_t requests;
    } cases[] = {
        {"Location: /feed\r\n", FETCH_FAILED, "redirects", 6},
        {"Location: file:///etc/passwd\r\n", FETCH_REFUSED, "scheme", 1},
        {"Location: gopher://127.0.0.1/\r\n", FETCH_REFUSED, "scheme", 1},
        {"Location: http://169.254.169.254/latest/meta-data\r\n", FETCH_REFUSED, "public", 1},
        {"Location: http://[::ffff:127.0.0.1]/\r\n", FETCH_REFUSED, "public", 1},
        {"Location: http://[::1]/\r\n", FETCH_REFUSED, "public", 1},
        {"Location: http://0xA9FEA9FE/\r\n", FETCH_REFUSED, "public", 1},
        {"Location: /u/someone\r\n", FETCH_REFUSED, "person", 1},
        {"Location: /search?q=x\r\n", FETCH_REFUSED, "search", 1},
        {"", FETCH_FAILED, "redirect", 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct peer_answer a = {302, cases[i].location, {"moved", 5}, NULL, PEER_PLAIN};
        struct stage s;
        stage_open(&s);
        peer_script(s.peer, "/feed", &a, 1);
        stage_source(&s, peer_url(s.peer, "/feed"), 3600000);
        stage_start(&s, NULL, 4);
        assert_int_equal(stage_outcome(&s, cases[i].says), cases[i].outcome);
        assert_int_equal(peer_count(s.peer, NULL), cases[i].requests);
        stage_close(&s);
    }
}

static void follows_to_the_end(void **state)
{
    (void)state;
    static const struct peer_answer hop = {301, "Location: ../b/c?d=1#e\r\n", {NULL, 0}, NULL,
                                           PEER_PLAIN};
    static const struct peer_answer end = {200, NULL, {"x", 1}, NULL, PEER_PLAIN};
    struct stage s;

    stage_open(&s);
    peer_script(s.peer, "/a/feed", &hop, 1);
    peer_script(s.peer, "/b/c?d=1", &end, 1);
    stage_source(&s, peer_url(s.peer, "/a/feed"), 3600000);
    stage_start(&s, NULL, 4);
    struct fetched *f = stage_take(&s);
    char *want = peer_url(s.peer, "/b/c?d=1");
    assert_int_equal(f->outcome, FETCH_BODY);
    assert_string_equal(f->final_url, want);
    free(want);
    fetch_fetched_free(f);
    stage_close(&s);
}

/* Deflate by hand: one fixed-Huffman block, a zero and then runs of 258 at distance 1. */
static struct buf gzip_of_zeros(size_t n)
{
    static const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    struct buf out = BUF_INIT;
    unsigned bits = 1 | 1 << 1, count = 3;
    /* The literal 0 is 00110000, the run 11000101 and five zeros, first bit first. */
    unsigned code = 0x0c, length = 8;

    buf_add(&out, head, sizeof head);
    for (size_t made = 0; made < n; made += 258) {
        bits |= code << count;
        for (count += length; count >= 8; count -= 8, bits >>= 8)
            buf_add_char(&out, (char)(bits & 0xff));
        code = 0xa3;
        length = 13;
    }
    for (count += 7; count > 0; count = count > 8 ? count - 8 : 0, bits >>= 8)
        buf_add_char(&out, (char)(bits & 0xff));
    return out;
}

static void bounds_what_it_takes(void **state)
{
    (void)state;
    const char *gzip = "Content-Encoding: gzip\r\n";
    struct buf bomb = gzip_of_zeros(64 * 1024 * 1024);
    struct peer_answer a = {200, gzip, buf_str(&bomb), NULL, PEER_PLAIN};

    assert_true(bomb.len < 1024 * 1024);
    assert_int_equal(poll_once(&a, 1, "size"), FETCH_FAILED);
    a.body = STR("\x1f\x8b\x08 not gzip at all");
    assert_int_equal(poll_once(&a, 1, "damaged"), FETCH_FAILED);
    a = (struct peer_answer){200, NULL, {NULL, 0}, NULL, PEER_HUGE};
    assert_int_equal(poll_once(&a, 1, "size"), FETCH_FAILED);
    a.trick = PEER_ENDLESS_HEAD;
    assert_int_equal(poll_once(&a, 1, "size"), FETCH_FAILED);
    a.trick = PEER_SLOW;
    assert_int_equal(poll_once(&a, 1, "slow"), FETCH_FAILED);
    a.trick = PEER_GATED;
    assert_int_equal(poll_once(&a, 1, "timed out"), FETCH_FAILED);
    a.trick = PEER_HANG_UP;
    assert_int_equal(poll_once(&a, 1, "hung up"), FETCH_FAILED);
    a = (struct peer_answer){200, NULL, {"half", 4}, NULL, PEER_TRUNCATE};
    assert_int_equal(poll_once(&a, 1, "before the body"), FETCH_FAILED);
    buf_free(&bomb);
}

static void statuses(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum fetch_outcome outcome;
    } cases[] = {{404, FETCH_GONE},   {410, FETCH_GONE},   {401, FETCH_FAILED},
                 {403, FETCH_FAILED}, {500, FETCH_FAILED}, {304, FETCH_FAILED},
                 {206, FETCH_FAILED}, {999, FETCH_FAILED}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct peer_answer a = {cases[i].status, NULL, {NULL, 0}, NULL, PEER_PLAIN};
        assert_int_equal(poll_once(&a, 1, ""), cases[i].outcome);
    }
}

static void backs_off_as_told(void **state)
{
    (void)state;
    static const struct peer_answer a = {503, "Retry-After: 700\r\n", {NULL, 0}, NULL, PEER_PLAIN};
    struct stage s;
    struct fetch_state st;

    stage_open(&s);
    peer_script(s.peer, "/feed", &a, 1);
    stage_source(&s, peer_url(s.peer, "/feed"), 10000);
    struct peer *other = peer_start();
    stage_source(&s, peer_url(other, "/gone"), 7200000);
    stage_start(&s, NULL, 4);
    int64_t now = clock_now();
    assert_int_not_equal(stage_outcome(&s, NULL), FETCH_BODY);
    assert_int_not_equal(stage_outcome(&s, NULL), FETCH_BODY);
    fetch_state(s.fetch, 0, &st);
    /* As told, or up to a tenth later. */
    assert_in_range(st.next_due - now, 700000, 775000);
    assert_int_equal(st.last_status, 503);
    assert_int_equal(st.failures, 1);
    assert_non_null(st.problem);
    fetch_state(s.fetch, 1, &st);
    assert_int_equal(st.last_outcome, FETCH_GONE);
    assert_in_range(st.next_due - now, 7200000, 7925000);
    stage_close(&s);
    peer_stop(other);
}

static void quarantine_and_forget(void **state)
{
    (void)state;
    static const struct peer_answer a = {200, NULL, {"x", 1}, "\"v1\"", PEER_PLAIN};
    struct stage s;
    struct fetch_state st;

    stage_open(&s);
    peer_script(s.peer, "/feed", &a, 1);
    stage_source(&s, peer_url(s.peer, "/feed"), 3600000);
    stage_start(&s, NULL, 4);
    struct fetched *f = stage_take(&s);
    assert_true(f->first);
    fetch_fetched_free(f);
    fetch_forget(s.fetch, 0);
    f = stage_take(&s);
    /* What was lost was the baseline; so this is it again, whole. */
    assert_int_equal(f->outcome, FETCH_BODY);
    assert_true(f->first);
    fetch_fetched_free(f);
    assert_null(strstr(peer_request(s.peer, 1, NULL, NULL), "If-None-Match"));
    int64_t until = clock_now() + 7200000;
    fetch_quarantine(s.fetch, 0, until);
    do
        fetch_state(s.fetch, 0, &st);
    while (st.next_due != until);
    fetch_forget(s.fetch, 0);
    fetch_quarantine(s.fetch, 0, until + 1);
    do
        fetch_state(s.fetch, 0, &st);
    while (st.next_due != until + 1);
    assert_int_equal(peer_count(s.peer, NULL), 2);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(body_then_304),
        cmocka_unit_test(keeps_what_it_will_use_again),
        cmocka_unit_test(remembers_from_the_store),
        cmocka_unit_test(same_bytes_are_unchanged),
        cmocka_unit_test(redirects),
        cmocka_unit_test(follows_to_the_end),
        cmocka_unit_test(bounds_what_it_takes),
        cmocka_unit_test(statuses),
        cmocka_unit_test(backs_off_as_told),
        cmocka_unit_test(quarantine_and_forget),
    };
    return cmocka_run_group_tests_name("fetch", tests, NULL, NULL);
}
