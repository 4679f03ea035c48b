/* A fetch room among several: it asks what it holds, from when it was told how that stands. */
#include "tests/unit/unit.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "feeds/fetch/letters.h"
#include "tests/unit/fetch_stage.h"

enum { HOUR_MS = 3600000, PART = 7 };

static const struct peer_answer body = {200, NULL, {"x", 1}, NULL, PEER_PLAIN};
static atomic_uint_fast64_t holding;
static atomic_uint told;

static unsigned part_of(void *arg, const char *url)
{
    (void)arg;
    assert_non_null(url);
    return PART;
}

static uint64_t held(void *arg, unsigned part)
{
    (void)arg;
    return part == PART ? holding : 0;
}

static void tell(void *arg, const struct letter *letter)
{
    (void)arg;
    told += letter->kind == LETTER_PAGE;
}

static const struct fetch_shared shared = {part_of, held, tell, NULL, 0, NULL};

/* As it has been begun by now. */
static uint64_t begun(const struct fetch *f)
{
    int64_t until = clock_mono() + WAIT_MS;
    uint64_t number;

    while (!fetch_part(f, PART, &number))
        assert_true(clock_mono() < until);
    return number;
}

static void begin_with(struct fetch *f, uint64_t number, const struct fetch_due *row)
{
    struct fetch_parts *parts = calloc(1, sizeof *parts);

    assert_non_null(parts);
    parts->held[PART] = number;
    if (row) {
        parts->list = calloc(1, sizeof *row);
        assert_non_null(parts->list);
        parts->list[parts->n++] = *row;
    }
    assert_int_equal(fetch_begin_parts(f, &parts), 0);
    assert_null(parts);
    assert_int_equal(begun(f), number);
}

static void await_waiting(struct fetch *f)
{
    int64_t until = clock_mono() + WAIT_MS;
    struct fetch_state of;

    do {
        assert_true(clock_mono() < until);
        fetch_state(f, 0, &of);
    } while (of.next_due);
}

/* When the one that came was, and is next. */
static struct fetch_due taken(struct stage *s, enum fetch_outcome outcome)
{
    struct fetched *f = stage_take(s);
    struct fetch_due due = {f->source, f->at, f->next};

    assert_int_equal(f->outcome, outcome);
    assert_in_range(due.due, due.at + HOUR_MS / 2, due.at + 2 * HOUR_MS);
    fetch_fetched_free(f);
    return due;
}

static void what_is_held_and_begun_is_asked(void **state)
{
    (void)state;
    struct stage s;
    struct fetch_state of;

    stage_open(&s);
    s.conf.shared = &shared;
    peer_script(s.peer, "/feed", &body, 1);
    stage_source(&s, peer_url(s.peer, "/feed"), HOUR_MS);
    holding = 0;
    stage_start(&s, NULL, 4);
    await_waiting(s.fetch);
    assert_int_equal(begun(s.fetch), 0);
    assert_null(peer_request(s.peer, 0, NULL, NULL));
    /* Held, but nobody has told yet how it stands. */
    holding = 1;
    begin_with(s.fetch, 1, NULL);
    struct fetch_due due = taken(&s, FETCH_BODY);
    fetch_state(s.fetch, 0, &of);
    assert_int_equal(of.next_due, due.due);
    /* Somebody else may have held it in between: what is to come soon waits for that, too. */
    holding = 2;
    fetch_soon(s.fetch, 0);
    int64_t until = clock_mono() + WAIT_MS;
    while (begun(s.fetch) != 0)
        assert_true(clock_mono() < until);
    begin_with(s.fetch, 2, &due);
    taken(&s, FETCH_UNCHANGED); /* the same bytes */
    assert_null(peer_request(s.peer, 2, NULL, NULL));
    stage_close(&s);
}

/* A poll that waits for its domain when its part is lost is not made: who has the part by then asks
 * that domain at its own pace. */
static void what_is_lost_while_it_waits_is_passed(void **state)
{
    (void)state;
    struct stage s;

    stage_open(&s);
    s.conf.shared = &shared;
    s.conf.domain_spacing = 1000;
    peer_script(s.peer, "/feed", &body, 1);
    peer_script(s.peer, "/other", &body, 1);
    stage_source(&s, peer_url(s.peer, "/feed"), HOUR_MS);
    stage_source(&s, peer_url(s.peer, "/other"), HOUR_MS);
    holding = 1;
    stage_start(&s, NULL, 4);
    begin_with(s.fetch, 1, NULL);
    struct fetched *first = stage_take(&s);
    assert_int_equal(first->outcome, FETCH_BODY);
    int64_t until = clock_mono() + WAIT_MS;
    struct fetch_counters n;
    do {
        fetch_counters(s.fetch, &n);
        assert_true(clock_mono() < until);
    } while (!n.under_way); /* the other one, in the queue of the domain */
    assert_null(peer_request(s.peer, 1, NULL, NULL));
    holding = 0;
    while (begun(s.fetch) != 0)
        assert_true(clock_mono() < until);
    assert_null(peer_request(s.peer, 1, NULL, NULL));
    holding = 2;
    begin_with(s.fetch, 2, NULL);
    struct fetched *second = stage_take(&s);
    assert_int_equal(second->outcome, FETCH_BODY);
    assert_int_not_equal(second->source, first->source);
    fetch_fetched_free(first);
    fetch_fetched_free(second);
    stage_close(&s);
}

static void pages_of_others_are_told(void **state)
{
    (void)state;
    struct stage s;

    stage_open(&s);
    s.conf.shared = &shared;
    peer_script(s.peer, "/page", &body, 1);
    stage_source(&s, peer_url(s.peer, "/feed"), HOUR_MS);
    char *url = peer_url(s.peer, "/page");
    const struct fetch_page page = {.kind = FETCH_PAGE_ITEM, .number = 5, .url = url};
    holding = 0;
    told = 0;
    stage_start(&s, NULL, 4);
    assert_int_equal(fetch_page(s.fetch, &page), 0);
    assert_int_equal(told, 1);
    holding = 3; /* a page needs no schedule */
    assert_int_equal(fetch_page(s.fetch, &page), 0);
    struct fetched *f = stage_take(&s);
    assert_true(f->page && f->page->number == 5 && !f->next);
    fetch_fetched_free(f);
    assert_int_equal(told, 1);
    free(url);
    stage_close(&s);
}

/* Letters that nobody reads any more are no loss of memory. */
static void parts_for_a_room_that_stopped(void **state)
{
    (void)state;
    struct stage s;
    uint64_t number;

    stage_open(&s);
    s.conf.shared = &shared;
    stage_source(&s, peer_url(s.peer, "/feed"), HOUR_MS);
    holding = 1;
    stage_start(&s, NULL, 4);
    fetch_halt(s.fetch);
    struct fetch_parts *parts = calloc(1, sizeof *parts);
    assert_non_null(parts);
    assert_int_equal(fetch_begin_parts(s.fetch, &parts), 0);
    assert_false(fetch_part(s.fetch, PART, &number));
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_held_and_begun_is_asked),
        cmocka_unit_test(what_is_lost_while_it_waits_is_passed),
        cmocka_unit_test(pages_of_others_are_told),
        cmocka_unit_test(parts_for_a_room_that_stopped),
    };
    return cmocka_run_group_tests_name("fetch-shared", tests, NULL, NULL);
}
