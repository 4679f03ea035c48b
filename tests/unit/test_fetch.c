/* The fetch thread against servers on loopback that answer well and badly. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "tests/helpers/names.h"
#include "tests/unit/fetch_stage.h"

/* The one source's first outcome. */
static enum fetch_outcome outcome(struct stage *s, const char *says)
{
    struct fetched *f = stage_take(s);
    enum fetch_outcome o = f->outcome;

    if (says && (!f->problem || !strstr(f->problem, says)))
        fail_msg("“%s” does not say “%s”", f->problem ? f->problem : "", says);
    assert_int_equal(f->body.len == 0, o != FETCH_BODY);
    fetch_fetched_free(f);
    return o;
}

/* A peer with one route, polled once. */
static enum fetch_outcome poll_once(const struct peer_answer *a, size_t n, const char *says)
{
    struct stage s;

    stage_open(&s);
    s.conf.limits = (struct fetch_limits){.total_ms = 1500};
    peer_script(s.peer, "/feed", a, n);
    stage_source(&s, peer_url(s.peer, "/feed"), 3600000);
    stage_start(&s, NULL, 4);
    enum fetch_outcome o = outcome(&s, says);
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
    int64_t begun = clock_mono();
    stage_start(&s, NULL, 4);
    struct fetched *f = stage_take(&s);
    assert_true(clock_mono() - begun < 1000);
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
    assert_int_equal(outcome(&s, NULL), FETCH_BODY);
    assert_int_equal(peer_count(s.peer, "/b"), 1);
    assert_int_equal(peer_connections(s.peer), 1);
    /* The next poll is an hour away, by what could be known. */
    fetch_soon(s.fetch, 0);
    assert_int_equal(outcome(&s, NULL), FETCH_UNCHANGED);
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
    assert_int_equal(outcome(&s, NULL), FETCH_BODY);
    assert_int_equal(outcome(&s, NULL), FETCH_UNCHANGED);
    assert_int_equal(outcome(&s, NULL), FETCH_BODY);
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
        assert_int_equal(outcome(&s, cases[i].says), cases[i].outcome);
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
    assert_int_not_equal(outcome(&s, NULL), FETCH_BODY);
    assert_int_not_equal(outcome(&s, NULL), FETCH_BODY);
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

static void obeys_robots(void **state)
{
    (void)state;
    static const struct peer_answer page = {200, NULL, {"x", 1}, NULL, PEER_PLAIN};
    static const struct {
        struct peer_answer answer;
        enum fetch_outcome a, b; /* of /open/a and /closed/b */
        size_t pages;
    } cases[] = {
        {{200, NULL, {"user-agent: *\ndisallow: /closed\n", 32}, NULL, PEER_PLAIN}, FETCH_BODY,
         FETCH_DISALLOWED, 1},
        {{200, NULL, {"user-agent: huiying\ndisallow: /\n", 32}, NULL, PEER_PLAIN},
         FETCH_DISALLOWED, FETCH_DISALLOWED, 0},
        {{404, NULL, {NULL, 0}, NULL, PEER_PLAIN}, FETCH_BODY, FETCH_BODY, 2},
        {{403, NULL, {NULL, 0}, NULL, PEER_PLAIN}, FETCH_BODY, FETCH_BODY, 2},
        {{503, NULL, {NULL, 0}, NULL, PEER_PLAIN}, FETCH_DISALLOWED, FETCH_DISALLOWED, 0},
        {{200, NULL, {NULL, 0}, NULL, PEER_HANG_UP}, FETCH_DISALLOWED, FETCH_DISALLOWED, 0},
        {{302, "Location: file:///etc/passwd\r\n", {NULL, 0}, NULL, PEER_PLAIN}, FETCH_DISALLOWED,
         FETCH_DISALLOWED, 0},
        {{302, "Location: /moved.txt\r\n", {NULL, 0}, NULL, PEER_PLAIN}, FETCH_DISALLOWED,
         FETCH_DISALLOWED, 0},
        {{302, "Location: /robots.txt\r\n", {NULL, 0}, NULL, PEER_PLAIN}, FETCH_BODY, FETCH_BODY,
         2},
    };
    static const struct peer_answer moved = {
        200, NULL, {"user-agent: huiying\ndisallow: /\n", 32}, NULL, PEER_PLAIN};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage s;
        stage_open(&s);
        s.conf.robots = true;
        peer_script(s.peer, "/robots.txt", &cases[i].answer, 1);
        peer_script(s.peer, "/moved.txt", &moved, 1);
        peer_script(s.peer, "/open/a", &page, 1);
        peer_script(s.peer, "/closed/b", &page, 1);
        stage_source(&s, peer_url(s.peer, "/open/a"), 3600000);
        stage_source(&s, peer_url(s.peer, "/closed/b"), 3600000);
        stage_start(&s, NULL, 4);
        for (int n = 0; n < 2; n++) {
            struct fetched *f = stage_take(&s);
            assert_int_equal(f->outcome, f->source ? cases[i].b : cases[i].a);
            fetch_fetched_free(f);
        }
        bool loops = i + 1 == sizeof cases / sizeof *cases;
        assert_int_equal(peer_count(s.peer, "/robots.txt"), loops ? 6 : 1);
        assert_int_equal(peer_count(s.peer, "/open/a") + peer_count(s.peer, "/closed/b"),
                         cases[i].pages);
        stage_close(&s);
    }
}

static void guards_addresses(void **state)
{
    (void)state;
    static const char *const hosts[] = {"127.0.0.1", "[::ffff:127.0.0.1]", "localhost", "0",
                                        "[::1]"};

    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        struct stage s;
        char *url;
        stage_open(&s);
        s.conf.allow = NULL;
        s.conf.robots = i % 2;
        assert_true(asprintf(&url, "http://%s:%d/feed", hosts[i], peer_port(s.peer)) > 0);
        stage_source(&s, url, 3600000);
        stage_start(&s, NULL, 4);
        assert_int_equal(outcome(&s, "public"), FETCH_REFUSED);
        assert_int_equal(peer_connections(s.peer), 0);
        stage_close(&s);
    }
}

static void resolves_names(void **state)
{
    (void)state;
    static const struct names_record records[] = {
        {"news.example.cn", {"127.0.0.1"}},
        {"inside.example.com", {"10.0.0.1", "192.168.1.1"}},
        {"mixed.example.org", {"10.0.0.1", "127.0.0.1"}},
        /* Nothing listens on the port there, so the next one is tried. */
        {"two.example.net", {"127.0.0.2", "127.0.0.1"}},
    };
    static const struct {
        const char *host;
        enum fetch_outcome outcome;
    } cases[] = {
        {"news.example.cn", FETCH_BODY},     {"inside.example.com", FETCH_REFUSED},
        {"mixed.example.org", FETCH_BODY},   {"two.example.net", FETCH_BODY},
        {"nowhere.example.edu", FETCH_FAILED},
    };
    static const struct peer_answer page = {200, NULL, {"x", 1}, NULL, PEER_PLAIN};
    struct names *names = names_start(records, sizeof records / sizeof *records);
    struct stage s;
    char *url;

    stage_open(&s);
    s.conf.dns_servers = names_server(names);
    s.conf.robots = true;
    peer_script(s.peer, "/feed", &page, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(asprintf(&url, "http://%s:%d/feed", cases[i].host, peer_port(s.peer)) > 0);
        stage_source(&s, url, 3600000);
    }
    stage_start(&s, NULL, 8);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fetched *f = stage_take(&s);
        if (f->outcome != cases[f->source].outcome)
            fail_msg("%s: %s", cases[f->source].host, fetch_outcome_name(f->outcome));
        fetch_fetched_free(f);
    }
    char host[64];
    bool named = false;
    snprintf(host, sizeof host, "Host: news.example.cn:%d\r\n", peer_port(s.peer));
    for (size_t i = 0; i < peer_count(s.peer, NULL); i++)
        named |= strstr(peer_request(s.peer, i, NULL, NULL), host) != NULL;
    assert_true(named);
    /* A and AAAA of each name, once: the robots.txt and its page share the answer. */
    assert_in_range(names_asked(names), 9, 10);
    stage_close(&s);
    names_stop(names);
}

static void polite_to_a_domain(void **state)
{
    (void)state;
    static const struct peer_answer page = {200, NULL, {"x", 1}, NULL, PEER_PLAIN};
    enum { SPACING = 60, N = 4 };
    struct stage s;
    char path[N][16];
    int64_t begun, ended, last = 0;

    stage_open(&s);
    s.conf.domain_spacing = SPACING;
    s.conf.robots = true;
    for (int i = 0; i < N; i++) {
        snprintf(path[i], sizeof path[i], "/f%d", i);
        peer_script(s.peer, path[i], &page, 1);
        stage_source(&s, peer_url(s.peer, path[i]), 3600000);
    }
    stage_start(&s, NULL, N);
    for (int i = 0; i < N; i++)
        assert_int_equal(outcome(&s, NULL), FETCH_BODY);
    assert_int_equal(peer_count(s.peer, NULL), N + 1);
    for (size_t i = 0; i < N + 1; i++) {
        assert_non_null(peer_request(s.peer, i, &begun, &ended));
        /* The clocks are cut to whole ms at both ends. */
        assert_true(begun - last >= SPACING - 2);
        last = begun;
    }
    stage_close(&s);
}

static void full_queue_stops_transfers(void **state)
{
    (void)state;
    static const struct peer_answer page = {200, NULL, {"x", 1}, NULL, PEER_PLAIN};
    enum { N = 12 };
    struct stage s;
    char path[N][16];
    struct fetch_state st;
    bool seen[N] = {false};

    stage_open(&s);
    for (int i = 0; i < N; i++) {
        snprintf(path[i], sizeof path[i], "/f%d", i);
        peer_script(s.peer, path[i], &page, 1);
        stage_source(&s, peer_url(s.peer, path[i]), 3600000);
    }
    stage_start(&s, NULL, 1);
    assert_int_equal(peer_wait(s.peer, NULL, 1), 0);
    /* All are due by now, and none but what was begun may be asked: so it stays
     * through many turns of the loop, which these letters force. */
    int64_t until = clock_mono() + 400;
    while (clock_mono() < until) {
        uint64_t polls = 0;
        for (uint32_t i = 0; i < N; i++) {
            fetch_quarantine(s.fetch, i, 0);
            fetch_state(s.fetch, i, &st);
            polls += st.polls;
        }
        assert_true(polls <= 2);
    }
    assert_true(peer_count(s.peer, NULL) <= 2);
    for (int i = 0; i < N; i++) {
        struct fetched *f = stage_take(&s);
        assert_int_equal(f->outcome, FETCH_BODY);
        assert_false(seen[f->source]);
        seen[f->source] = true;
        fetch_fetched_free(f);
    }
    stage_close(&s);
}

static void finished_bodies_wait(void **state)
{
    (void)state;
    static const struct peer_answer gated = {200, NULL, {"x", 1}, NULL, PEER_GATED};
    enum { N = 4 };
    struct peer *peers[N];
    struct stage s;

    stage_open(&s);
    for (int i = 0; i < N; i++) {
        peers[i] = peer_start();
        peer_script(peers[i], "/", &gated, 1);
        stage_source(&s, peer_url(peers[i], "/"), 3600000);
    }
    stage_start(&s, NULL, 1);
    for (int i = 0; i < N; i++)
        assert_int_equal(peer_wait(peers[i], "/", 1), 0);
    /* All four are under way, and there is room for one. */
    for (int i = 0; i < N; i++)
        peer_open(peers[i]);
    for (int i = 0; i < N; i++)
        assert_int_equal(outcome(&s, NULL), FETCH_BODY);
    stage_close(&s);
    for (int i = 0; i < N; i++)
        peer_stop(peers[i]);
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

static void stops_with_transfers_under_way(void **state)
{
    (void)state;
    static const struct peer_answer gated = {200, NULL, {"x", 1}, NULL, PEER_GATED};
    struct stage s;

    stage_open(&s);
    peer_script(s.peer, "/a", &gated, 1);
    stage_source(&s, peer_url(s.peer, "/a"), 3600000);
    stage_source(&s, peer_url(s.peer, "/b"), 3600000);
    stage_start(&s, NULL, 4);
    assert_int_equal(peer_wait(s.peer, "/a", 1), 0);
    int64_t begun = clock_mono();
    fetch_stop(s.fetch);
    assert_true(clock_mono() - begun < 1000);
    s.fetch = NULL;
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
        cmocka_unit_test(obeys_robots),
        cmocka_unit_test(guards_addresses),
        cmocka_unit_test(resolves_names),
        cmocka_unit_test(polite_to_a_domain),
        cmocka_unit_test(full_queue_stops_transfers),
        cmocka_unit_test(finished_bodies_wait),
        cmocka_unit_test(quarantine_and_forget),
        cmocka_unit_test(stops_with_transfers_under_way),
    };
    return cmocka_run_group_tests_name("fetch", tests, NULL, NULL);
}
