/* The fetch thread over many polls: sources that come, move and go, pages beside them, servers that
 * lie or ask for patience, and restarts. */
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

enum { HOUR_MS = 3600000 };

static const struct peer_answer page = {200, NULL, {"x", 1}, NULL, PEER_PLAIN};

static void expect(struct stage *s, uint32_t source, enum fetch_outcome outcome)
{
    struct fetched *f = stage_take(s);

    assert_int_equal(f->source, source);
    if (f->outcome != outcome)
        fail_msg("%s: %s", fetch_outcome_name(f->outcome), f->problem ? f->problem : "");
    fetch_fetched_free(f);
}

/* Wait for its state; the letters before have then been read. */
static void wait_unscheduled(struct stage *s, uint32_t source, bool unscheduled)
{
    struct fetch_state st;

    do
        fetch_state(s->fetch, source, &st);
    while ((st.next_due == 0) != unscheduled);
}

static void sources_come_and_go(void **state)
{
    (void)state;
    struct stage s;
    struct fetch_counters c;

    stage_open(&s);
    peer_script(s.peer, "/0", &page, 1);
    peer_script(s.peer, "/1", &page, 1);
    peer_script(s.peer, "/2", &page, 1);
    stage_source(&s, peer_url(s.peer, "/0"), HOUR_MS);
    stage_source(&s, peer_url(s.peer, "/1"), HOUR_MS);
    struct fetch_memory memory[2] = {{.polled = 1}, {.polled = 1, .paused = true}};
    stage_start(&s, memory, 8);
    expect(&s, 0, FETCH_BODY);
    stage_source(&s, peer_url(s.peer, "/2"), HOUR_MS);
    fetch_add(s.fetch, 2);
    struct fetched *f = stage_take(&s);
    assert_int_equal(f->source, 2);
    assert_true(f->first);
    fetch_fetched_free(f);
    assert_int_equal(peer_count(s.peer, "/1"), 0);
    fetch_counters(s.fetch, &c);
    assert_int_equal(c.scheduled, 2);
    assert_int_equal(c.polls[FETCH_BODY], 2);
    assert_int_equal(c.bytes, 2);
    /* Resumed. */
    fetch_add(s.fetch, 1);
    f = stage_take(&s);
    assert_int_equal(f->source, 1);
    assert_false(f->first);
    fetch_fetched_free(f);
    /* Dropped: asked neither at its time nor when somebody wants it soon. */
    fetch_drop(s.fetch, 0);
    roster_remove(s.roster, 2);
    fetch_drop(s.fetch, 2);
    fetch_soon(s.fetch, 0);
    fetch_soon(s.fetch, 2);
    fetch_soon(s.fetch, 1);
    expect(&s, 1, FETCH_UNCHANGED);
    wait_unscheduled(&s, 0, true);
    fetch_counters(s.fetch, &c);
    assert_int_equal(c.scheduled, 1);
    assert_int_equal(peer_count(s.peer, NULL), 4);
    stage_close(&s);
}

static void dropped_while_it_is_asked(void **state)
{
    (void)state;
    static const struct peer_answer gated = {200, NULL, {"x", 1}, NULL, PEER_GATED};
    struct stage s;

    stage_open(&s);
    peer_script(s.peer, "/0", &gated, 1);
    stage_source(&s, peer_url(s.peer, "/0"), HOUR_MS);
    struct peer *other = peer_start();
    peer_script(other, "/1", &page, 1);
    stage_source(&s, peer_url(other, "/1"), HOUR_MS);
    stage_start(&s, NULL, 8);
    expect(&s, 1, FETCH_BODY);
    assert_int_equal(peer_wait(s.peer, "/0", 1), 0);
    fetch_drop(s.fetch, 0);
    fetch_soon(s.fetch, 1);
    expect(&s, 1, FETCH_UNCHANGED);
    peer_open(s.peer);
    /* Nobody hears of what was asked before; added again it is asked again. */
    fetch_add(s.fetch, 0);
    expect(&s, 0, FETCH_BODY);
    stage_close(&s);
    peer_stop(other);
}

static void a_page_that_is_gone_for_good(void **state)
{
    (void)state;
    static const struct peer_answer gone = {410, NULL, {NULL, 0}, NULL, PEER_PLAIN};
    struct stage s;

    stage_open(&s);
    peer_script(s.peer, "/0", &gone, 1);
    stage_source(&s, peer_url(s.peer, "/0"), 20);
    stage_start(&s, NULL, 8);
    struct fetched *f = stage_take(&s);
    assert_int_equal(f->outcome, FETCH_GONE);
    assert_int_equal(f->status, 410);
    fetch_fetched_free(f);
    wait_unscheduled(&s, 0, true);
    fetch_soon(s.fetch, 0);
    fetch_add(s.fetch, 0);
    expect(&s, 0, FETCH_GONE);
    assert_int_equal(peer_count(s.peer, NULL), 2);
    stage_close(&s);
}

static void pages_beside_polls(void **state)
{
    (void)state;
    static const struct peer_answer robots = {
        200, NULL, {"user-agent: *\ndisallow: /closed\n", 32}, NULL, PEER_PLAIN};
    static const struct peer_answer tagged = {
        200, "Content-Type: text/html\r\n", {"text", 4}, "\"p\"", PEER_PLAIN};
    static const struct peer_answer moved = {302, "Location: /item/1\r\n", {NULL, 0}, NULL,
                                             PEER_PLAIN};
    static const struct {
        const char *path;
        enum fetch_outcome outcome;
        int status;
    } cases[] = {
        {"/item/1", FETCH_BODY, 200},         {"/item/1", FETCH_BODY, 200},
        {"/item/2", FETCH_GONE, 404},         {"/closed/3", FETCH_DISALLOWED, 0},
        {"/moved", FETCH_BODY, 200},          {"/u/someone", FETCH_REFUSED, 0},
        {"/search?q=x", FETCH_REFUSED, 0},
    };
    enum { N = sizeof cases / sizeof *cases };
    bool seen[N] = {false};
    struct stage s;
    struct fetch_counters c;

    stage_open(&s);
    s.conf.robots = true;
    peer_script(s.peer, "/robots.txt", &robots, 1);
    peer_script(s.peer, "/feed", &page, 1);
    peer_script(s.peer, "/item/1", &tagged, 1);
    peer_script(s.peer, "/moved", &moved, 1);
    stage_source(&s, peer_url(s.peer, "/feed"), HOUR_MS);
    stage_start(&s, NULL, 16);
    expect(&s, 0, FETCH_BODY);
    for (size_t i = 0; i < N; i++) {
        char *url = peer_url(s.peer, cases[i].path);
        assert_int_equal(fetch_page(s.fetch, &(struct fetch_page){.source = 0,
                                                                  .kind = FETCH_PAGE_ITEM,
                                                                  .number = i + 1,
                                                                  .depth = 3,
                                                                  .url = url,
                                                                  .title = "题目"}),
                         0);
        free(url);
    }
    for (size_t i = 0; i < N; i++) {
        struct fetched *f = stage_take(&s);
        assert_non_null(f->page);
        assert_int_equal(f->page->kind, FETCH_PAGE_ITEM);
        assert_int_equal(f->page->depth, 3);
        assert_string_equal(f->page->title, "题目");
        size_t k = (size_t)f->page->number - 1;
        assert_true(k < N && !seen[k]);
        seen[k] = true;
        if (f->outcome != cases[k].outcome || f->status != cases[k].status)
            fail_msg("%s: %s %d", cases[k].path, fetch_outcome_name(f->outcome), f->status);
        assert_false(f->first);
        fetch_fetched_free(f);
    }
    for (size_t i = 0; i < peer_count(s.peer, NULL); i++)
        assert_null(strstr(peer_request(s.peer, i, NULL, NULL), "If-None-Match"));
    fetch_counters(s.fetch, &c);
    assert_int_equal(c.waiting_pages, 0);
    assert_int_equal(c.polls[FETCH_BODY], 1);
    assert_int_equal(fetch_page(s.fetch, &(struct fetch_page){.source = 9, .number = 1,
                                                              .url = "http://127.0.0.1/"}),
                     ERR_INVALID);
    stage_close(&s);
}

/* While the domain is taken, pages and then a poll come to wait: the poll goes first. */
static void polls_go_before_pages(void **state)
{
    (void)state;
    static const struct peer_answer gated = {200, NULL, {"x", 1}, NULL, PEER_GATED};
    struct stage s;
    char *url;

    stage_open(&s);
    peer_script(s.peer, "/gated", &gated, 1);
    peer_script(s.peer, "/page", &page, 1);
    peer_script(s.peer, "/poll", &page, 1);
    stage_source(&s, peer_url(s.peer, "/gated"), HOUR_MS);
    stage_start(&s, NULL, 1024);
    assert_int_equal(peer_wait(s.peer, "/gated", 1), 0);
    url = peer_url(s.peer, "/page");
    int err = 0;
    uint64_t asked = 0;
    while (asked < 6000 && !err) {
        err = fetch_page(s.fetch, &(struct fetch_page){.source = 0, .number = asked + 1,
                                                       .url = url});
        asked += !err;
    }
    assert_int_equal(err, ERR_LIMIT);
    free(url);
    stage_source(&s, peer_url(s.peer, "/poll"), HOUR_MS);
    fetch_add(s.fetch, 1);
    wait_unscheduled(&s, 1, false);
    struct fetch_counters c;
    do
        fetch_counters(s.fetch, &c);
    while (c.under_way < 2);
    assert_int_equal(c.waiting_pages, asked);
    peer_open(s.peer);
    expect(&s, 0, FETCH_BODY);
    expect(&s, 1, FETCH_BODY);
    struct fetched *f = stage_take(&s);
    assert_int_equal(f->page->number, 1);
    fetch_fetched_free(f);
    stage_close(&s);
}

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
    expect(&s, 0, FETCH_BODY);
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
    expect(&s, 0, FETCH_BODY);
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
        expect(&s, 0, i ? FETCH_REFUSED : FETCH_BODY);
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
    expect(&s, 0, FETCH_BODY);
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
    expect(&s, 0, FETCH_BODY);
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
    expect(&s, 0, FETCH_BODY);
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
    char dir[] = "/tmp/fetch.XXXXXX", path[64], paths[N][16];
    struct fetch_memory memory[N];
    struct fetch_state before[N], after[N];
    struct stage s;

    assert_non_null(mkdtemp(dir));
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
    expect(&s, 0, FETCH_UNCHANGED); /* and the letters before have been read */
    for (uint32_t i = 0; i < N; i++)
        fetch_state(s.fetch, i, &before[i]);
    stage_halt(&s);
    stage_start(&s, memory, N);
    expect(&s, N - 1, FETCH_BODY);
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
    unlink(path);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_come_and_go),
        cmocka_unit_test(dropped_while_it_is_asked),
        cmocka_unit_test(a_page_that_is_gone_for_good),
        cmocka_unit_test(pages_beside_polls),
        cmocka_unit_test(polls_go_before_pages),
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
