/* The fetch thread over many polls: servers that lie, move or ask for patience, what is
 * between, and restarts. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "tests/helpers/names.h"
#include "tests/unit/fetch_stage.h"
#include "tests/unit/scratch.h"

enum { HOUR_MS = 3600000 };

static const struct peer_answer page = {200, NULL, {"x", 1}, NULL, PEER_PLAIN};

/* 304 for ever, though the body changed: it comes out within 50 polls. */
static void sees_through_a_lying_304(void **state)
{
    (void)state;
    static const struct peer_answer a[] = {
        {200, NULL, {"one", 3}, "\"v1\"", PEER_PLAIN},
        {200, NULL, {"two", 3}, "\"v1\"", PEER_PLAIN},
    };
    struct stage s;
    size_t lies = 0;

    stage_open(&s);
    peer_script(s.peer, "/feed", a, 2);
    stage_source(&s, peer_url(s.peer, "/feed"), 4);
    stage_start(&s, NULL, 8);
    stage_expect(&s, 0, FETCH_BODY);
    for (;; lies++) {
        struct fetched *f = stage_take(&s);
        bool found = f->outcome == FETCH_BODY;
        if (found)
            assert_true(str_is(buf_str(&f->body), "two"));
        fetch_fetched_free(f);
        if (found)
            break;
        assert_true(lies < 51);
    }
    assert_in_range(lies, 40, 50);
    stage_close(&s);
}

static void remembers_where_it_moved(void **state)
{
    (void)state;
    enum { N = 10 };
    static const struct peer_answer to_b = {301, "Location: /b\r\n", {NULL, 0}, NULL, PEER_PLAIN};
    static const struct peer_answer to_c = {308, "Location: /c\r\n", {NULL, 0}, NULL, PEER_PLAIN};
    static const struct peer_answer to_d = {302, "Location: /d\r\n", {NULL, 0}, NULL, PEER_PLAIN};
    const struct peer_answer a[N] = {to_b, to_b, to_c, to_b, to_b, to_b, to_d, to_b, page, to_b};
    /* /c leads on to /d for now: the move is to /c. */
    static const bool told[N] = {false, false, false, false, false, true, false, false};
    struct stage s;
    char *b;

    stage_open(&s);
    peer_script(s.peer, "/a", a, N);
    peer_script(s.peer, "/b", &page, 1);
    peer_script(s.peer, "/c", &to_d, 1);
    peer_script(s.peer, "/d", &page, 1);
    stage_source(&s, peer_url(s.peer, "/a"), 10);
    stage_start(&s, NULL, 64);
    b = peer_url(s.peer, "/b");
    for (size_t i = 0; i < N; i++) {
        struct fetched *f = stage_take(&s);
        if (told[i] != (f->moved_to != NULL))
            fail_msg("poll %zu", i);
        if (f->moved_to)
            assert_string_equal(f->moved_to, b);
        fetch_fetched_free(f);
    }
    free(b);
    stage_close(&s);
    /* A chain counts up to its first temporary hop. */
    stage_open(&s);
    peer_script(s.peer, "/a", &to_c, 1);
    peer_script(s.peer, "/c", &to_d, 1);
    peer_script(s.peer, "/d", &page, 1);
    stage_source(&s, peer_url(s.peer, "/a"), 10);
    stage_start(&s, NULL, 64);
    b = peer_url(s.peer, "/c");
    for (int i = 0; i < 3; i++) {
        struct fetched *f = stage_take(&s);
        assert_int_equal(f->moved_to != NULL, i == 2);
        if (f->moved_to)
            assert_string_equal(f->moved_to, b);
        fetch_fetched_free(f);
    }
    free(b);
    stage_close(&s);
}

/* One feed of a domain is told to wait: the others, due at the same time, wait as well. */
static void a_busy_domain_rests(void **state)
{
    (void)state;
    enum { N = 5 };
    static const struct peer_answer busy = {429, "Retry-After: 700\r\n", {NULL, 0}, NULL,
                                            PEER_GATED};
    struct stage s;
    struct fetch_state st;
    char path[N][16];

    stage_open(&s);
    for (int i = 0; i < N; i++) {
        snprintf(path[i], sizeof path[i], "/f%d", i);
        peer_script(s.peer, path[i], &busy, 1);
        stage_source(&s, peer_url(s.peer, path[i]), 200);
    }
    int64_t now = clock_now();
    stage_start(&s, NULL, 64);
    assert_int_equal(peer_wait(s.peer, NULL, 1), 0);
    struct fetch_counters c;
    do
        fetch_counters(s.fetch, &c);
    while (c.under_way < N);
    peer_open(s.peer);
    struct fetched *f = stage_take(&s);
    assert_int_equal(f->status, 429);
    fetch_fetched_free(f);
    do
        fetch_counters(s.fetch, &c);
    while (c.under_way);
    for (uint32_t i = 0; i < N; i++) {
        fetch_state(s.fetch, i, &st);
        assert_in_range(st.next_due - now, 700000, 790000);
    }
    /* Who asks for it soon is put off, too. */
    fetch_soon(s.fetch, 1);
    do
        fetch_state(s.fetch, 1, &st);
    while (st.next_due - now < 600000);
    assert_int_equal(peer_count(s.peer, NULL), 1);
    stage_close(&s);
}

static void spacing_of_a_domain(void **state)
{
    (void)state;
    enum { N = 4, SPACING = 60 };
    struct stage s;
    char name[32], path[N][16];
    int64_t begun, last = 0;

    stage_open(&s);
    snprintf(name, sizeof name, "127.0.0.1:%d", peer_port(s.peer));
    const struct fetch_domain domains[] = {{"example.cn", 0}, {name, SPACING}, {NULL, 0}};
    s.conf.domains = domains;
    s.conf.domain_spacing = 100000;
    for (int i = 0; i < N; i++) {
        snprintf(path[i], sizeof path[i], "/f%d", i);
        peer_script(s.peer, path[i], &page, 1);
        stage_source(&s, peer_url(s.peer, path[i]), HOUR_MS);
    }
    stage_start(&s, NULL, 64);
    for (size_t i = 0; i < N; i++)
        fetch_fetched_free(stage_take(&s));
    for (size_t i = 0; i < N; i++) {
        assert_non_null(peer_request(s.peer, i, &begun, NULL));
        assert_true(begun - last >= SPACING - 2);
        last = begun;
    }
    stage_close(&s);
}

static void add_source(struct stage *s, char *url, struct source_extras *extras)
{
    struct source source = {.id = "extra", .name = "extra", .url = url, .extras = extras,
                            .interval = HOUR_MS};
    uint32_t index;

    assert_int_equal(roster_add(s->roster, &source, &index), 0);
    s->urls[s->count++] = url;
}

/* Its own headers go to its own domain, and nowhere else it may be led. */
static void headers_of_a_source(void **state)
{
    (void)state;
    char *headers[] = {"X-Key: k1", "Cookie: no", "accept-language: zh", NULL};
    struct source_extras extras = {.headers = headers};
    struct peer *other = peer_start();
    char location[128];
    struct stage s;

    stage_open(&s);
    snprintf(location, sizeof location, "Location: http://127.0.0.1:%d/there\r\n",
             peer_port(other));
    const struct peer_answer away = {302, location, {NULL, 0}, NULL, PEER_PLAIN};
    peer_script(s.peer, "/here", &away, 1);
    peer_script(other, "/there", &page, 1);
    add_source(&s, peer_url(s.peer, "/here"), &extras);
    stage_start(&s, NULL, 8);
    stage_expect(&s, 0, FETCH_BODY);
    const char *head = peer_request(s.peer, 0, NULL, NULL);
    assert_non_null(strstr(head, "X-Key: k1\r\n"));
    assert_non_null(strstr(head, "accept-language: zh\r\n"));
    assert_null(strstr(head, "Cookie"));
    assert_null(strstr(peer_request(other, 0, NULL, NULL), "X-Key"));
    stage_close(&s);
    peer_stop(other);
}

/* The proxy may stand on a private address without being allowed; what is asked of it may not. */
static void through_a_proxy(void **state)
{
    (void)state;
    static const struct peer_answer inside = {302, "Location: http://10.0.0.1/\r\n", {NULL, 0},
                                              NULL, PEER_PLAIN};
    struct source_extras extras = {0};
    struct stage s;

    for (int i = 0; i < 2; i++) {
        stage_open(&s);
        s.conf.allow = NULL;
        s.conf.robots = true;
        peer_script(s.peer, "http://news.example.cn/feed", i ? &inside : &page, 1);
        extras.proxy = peer_url(s.peer, "");
        add_source(&s, strdup("http://news.example.cn/feed"), &extras);
        stage_start(&s, NULL, 8);
        stage_expect(&s, 0, i ? FETCH_REFUSED : FETCH_BODY);
        assert_non_null(strstr(peer_request(s.peer, 0, NULL, NULL),
                               "GET http://news.example.cn/robots.txt"));
        assert_int_equal(peer_count(s.peer, NULL), 2);
        free(extras.proxy);
        stage_close(&s);
    }
}

static void over_ipv6(void **state)
{
    (void)state;
    struct peer *six = peer_start_six();
    struct stage s;

    if (!six)
        skip();
    stage_open(&s);
    static const char *const allow[] = {"::1", NULL};
    s.conf.allow = allow;
    peer_script(six, "/feed", &page, 1);
    stage_source(&s, peer_url(six, "/feed"), HOUR_MS);
    stage_start(&s, NULL, 8);
    stage_expect(&s, 0, FETCH_BODY);
    char host[32];
    snprintf(host, sizeof host, "Host: [::1]:%d\r\n", peer_port(six));
    assert_non_null(strstr(peer_request(six, 0, NULL, NULL), host));
    stage_close(&s);
    peer_stop(six);
}

/* What the library was built with: without these a feed costs its publisher more than it must. */
static void what_curl_can_do(void **state)
{
    (void)state;
    const int wanted = CURL_VERSION_LIBZ | CURL_VERSION_BROTLI | CURL_VERSION_ZSTD |
                       CURL_VERSION_HTTP2 | CURL_VERSION_SSL | CURL_VERSION_IPV6;

    assert_int_equal(curl_version_info(CURLVERSION_NOW)->features & wanted, wanted);
    struct stage s;
    stage_open(&s);
    peer_script(s.peer, "/feed", &page, 1);
    stage_source(&s, peer_url(s.peer, "/feed"), HOUR_MS);
    stage_start(&s, NULL, 8);
    stage_expect(&s, 0, FETCH_BODY);
    const char *line = strstr(peer_request(s.peer, 0, NULL, NULL), "Accept-Encoding: ");
    assert_non_null(line);
    assert_non_null(strstr(line, "gzip"));
    assert_non_null(strstr(line, "br"));
    assert_non_null(strstr(line, "zstd"));
    stage_close(&s);
}

static void follows_what_it_learns(void **state)
{
    (void)state;
    struct stage s;
    struct fetch_state st;
    struct source source = {.id = "paced", .name = "paced", .interval = HOUR_MS,
                            .least = HOUR_MS / 10, .most = 24 * (int64_t)HOUR_MS};
    uint32_t index;

    stage_open(&s);
    peer_script(s.peer, "/feed", &page, 1);
    source.url = peer_url(s.peer, "/feed");
    assert_int_equal(roster_add(s.roster, &source, &index), 0);
    s.urls[s.count++] = source.url;
    stage_start(&s, NULL, 8);
    stage_expect(&s, 0, FETCH_BODY);
    struct fetch_lesson lesson = {.fresh = 30};
    fetch_learn(s.fetch, 0, &lesson); /* the baseline is no news */
    fetch_learn(s.fetch, 0, &lesson);
    do
        fetch_state(s.fetch, 0, &st);
    while (st.interval > HOUR_MS * 3 / 5);
    assert_in_range(st.next_due - st.last_poll, HOUR_MS * 0.45, HOUR_MS * 0.55);
    lesson = (struct fetch_lesson){.hints = {.ttl = 5 * HOUR_MS}};
    fetch_learn(s.fetch, 0, &lesson);
    do
        fetch_state(s.fetch, 0, &st);
    while (st.next_due - st.last_poll < 4.7 * HOUR_MS);
    assert_in_range(st.next_due - st.last_poll, 4.7 * HOUR_MS, 5.3 * HOUR_MS);
    stage_close(&s);
}

static void a_restart_keeps_phases(void **state)
{
    (void)state;
    enum { N = 40 };
    char dir[SCRATCH_PATH], path[SCRATCH_PATH + 16], paths[N][16];
    struct fetch_memory memory[N];
    struct fetch_state before[N], after[N];
    struct stage s;

    assert_int_equal(scratch_folder(dir, "fetch"), 0);
    snprintf(path, sizeof path, "%s/timetable", dir);
    stage_open(&s);
    s.conf.timetable = path;
    for (int i = 0; i < N; i++) {
        memory[i] = (struct fetch_memory){.polled = 1};
        snprintf(paths[i], sizeof paths[i], "/f%d", i);
        peer_script(s.peer, paths[i], &page, 1);
        stage_source(&s, peer_url(s.peer, paths[i]), HOUR_MS);
    }
    stage_start(&s, memory, N);
    for (int i = 0; i < N; i++) {
        struct fetched *f = stage_take(&s);
        /* All but the last are committed; that one is to be read again. */
        if (f->source != N - 1)
            fetch_learn(s.fetch, f->source, &(struct fetch_lesson){.fresh = 1});
        fetch_fetched_free(f);
    }
    fetch_soon(s.fetch, 0);
    stage_expect(&s, 0, FETCH_UNCHANGED); /* and the letters before have been read */
    for (uint32_t i = 0; i < N; i++)
        fetch_state(s.fetch, i, &before[i]);
    stage_halt(&s);
    stage_start(&s, memory, N);
    stage_expect(&s, N - 1, FETCH_BODY);
    for (uint32_t i = 0; i < N - 1; i++) {
        fetch_state(s.fetch, i, &after[i]);
        assert_int_equal(after[i].next_due, before[i].next_due);
        assert_int_equal(after[i].last_poll, before[i].last_poll);
        assert_int_equal(after[i].polls, before[i].polls);
        assert_int_equal(after[i].history[0].status, 200);
        assert_int_equal(after[i].history[0].outcome, i ? FETCH_BODY : FETCH_UNCHANGED);
    }
    assert_int_equal(peer_count(s.peer, NULL), N + 2);
    stage_close(&s);
    assert_int_equal(scratch_remove(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sees_through_a_lying_304),
        cmocka_unit_test(remembers_where_it_moved),
        cmocka_unit_test(a_busy_domain_rests),
        cmocka_unit_test(spacing_of_a_domain),
        cmocka_unit_test(headers_of_a_source),
        cmocka_unit_test(through_a_proxy),
        cmocka_unit_test(over_ipv6),
        cmocka_unit_test(what_curl_can_do),
        cmocka_unit_test(follows_what_it_learns),
        cmocka_unit_test(a_restart_keeps_phases),
    };
    return cmocka_run_group_tests_name("fetch-more", tests, NULL, NULL);
}
