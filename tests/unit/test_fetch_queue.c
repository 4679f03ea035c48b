/* The fetch thread before a queue that is full, or that nobody empties any more. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "base/clock.h"
#include "tests/unit/fetch_stage.h"

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
        assert_int_equal(stage_outcome(&s, NULL), FETCH_BODY);
    stage_close(&s);
    for (int i = 0; i < N; i++)
        peer_stop(peers[i]);
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
    assert_true(clock_mono() - begun < 15000); /* half of what the transfer may take */
    s.fetch = NULL;
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_queue_stops_transfers),
        cmocka_unit_test(finished_bodies_wait),
        cmocka_unit_test(stops_with_transfers_under_way),
    };
    return cmocka_run_group_tests_name("fetch-queue", tests, NULL, NULL);
}
