/* The fetch thread over many polls: sources that come and go, and the pages beside them. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/err.h"
#include "tests/unit/fetch_stage.h"

enum { HOUR_MS = 3600000 };

static const struct peer_answer page = {200, NULL, {"x", 1}, NULL, PEER_PLAIN};

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
    stage_expect(&s, 0, FETCH_BODY);
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
    stage_expect(&s, 1, FETCH_UNCHANGED);
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
    stage_expect(&s, 1, FETCH_BODY);
    assert_int_equal(peer_wait(s.peer, "/0", 1), 0);
    fetch_drop(s.fetch, 0);
    fetch_soon(s.fetch, 1);
    stage_expect(&s, 1, FETCH_UNCHANGED);
    peer_open(s.peer);
    /* Nobody hears of what was asked before; added again it is asked again. */
    fetch_add(s.fetch, 0);
    stage_expect(&s, 0, FETCH_BODY);
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
    stage_expect(&s, 0, FETCH_GONE);
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
    stage_expect(&s, 0, FETCH_BODY);
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
    stage_expect(&s, 0, FETCH_BODY);
    stage_expect(&s, 1, FETCH_BODY);
    struct fetched *f = stage_take(&s);
    assert_int_equal(f->page->number, 1);
    fetch_fetched_free(f);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_come_and_go),
        cmocka_unit_test(dropped_while_it_is_asked),
        cmocka_unit_test(a_page_that_is_gone_for_good),
        cmocka_unit_test(pages_beside_polls),
        cmocka_unit_test(polls_go_before_pages),
    };
    return cmocka_run_group_tests_name("fetch-pages", tests, NULL, NULL);
}
