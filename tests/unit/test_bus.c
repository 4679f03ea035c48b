/* What receivers are owed: isolation, replay, credit, acks, commands. */
#include "tests/unit/bus_rig.h"

#include <stdio.h>
#include <zmq.h>

#include "base/err.h"

#define REPLY "{\"url\":\"https://example.gov.cn/1\"}"

static void units_see_their_own(void **state)
{
    struct rig *r = *state;
    struct bus_client *wages = rig_client(r, &r->wages, "desk-1", "", 0, NULL);
    struct bus_client *health = rig_client(r, &r->health, "desk-1", "", 0, NULL);

    memory_ledger_add(r->ledger, "wage-arrears", "wages", NULL);
    memory_ledger_add(r->ledger, "epidemic", "health", NULL);
    memory_ledger_add(r->ledger, "epidemic", "health", "wages");
    for (uint64_t i = 1; i <= 2; i++) {
        json_t *a = rig_await(wages, "event"), *b = rig_await(health, "event");
        json_t *ea = json_object_get(a, "event"), *eb = json_object_get(b, "event");
        assert_int_equal(rig_number(ea, "unitseq"), i);
        assert_int_equal(rig_number(eb, "unitseq"), i);
        assert_string_equal(rig_text(json_object_get(ea, "data"), "unit"),
                            i == 1 ? "wages" : "health");
        assert_string_equal(rig_text(json_object_get(eb, "data"), "unit"), "health");
        const json_t *item = json_object_get(json_object_get(ea, "data"), "item");
        assert_string_equal(rig_text(item, "title"), i == 1 ? "标题 c1" : "标题 c3");
        json_decref(a);
        json_decref(b);
    }
    bus_client_close(wages);
    bus_client_close(health);
}

static void replay_after_reconnect(void **state)
{
    struct rig *r = *state;
    uint64_t resume;

    memory_ledger_add_many(r->ledger, "wage-arrears", "wages", 300);
    struct bus_client *c = rig_client(r, &r->wages, "desk-1", "", 0, &resume);
    assert_int_equal(resume, 0);
    for (uint64_t i = 1; i <= 300; i++)
        assert_int_equal(rig_next_event(c), i);
    bus_client_close(c);

    c = rig_client(r, &r->wages, "desk-1", RIG_EPOCH, 298, &resume);
    assert_int_equal(resume, 298);
    assert_int_equal(rig_next_event(c), 299);
    bus_client_close(c);

    c = rig_client(r, &r->wages, "desk-1", "another-epoch", 298, &resume);
    assert_int_equal(resume, 0);
    assert_int_equal(rig_next_event(c), 1);
    bus_client_close(c);

    /* A place past the head is no place in this ledger. */
    c = rig_client(r, &r->wages, "desk-1", RIG_EPOCH, 301, &resume);
    assert_int_equal(resume, 0);
    bus_client_close(c);
}

static void live_follows_replay(void **state)
{
    struct rig *r = *state;

    memory_ledger_add_many(r->ledger, "wage-arrears", "wages", 100);
    struct bus_client *c = rig_client(r, &r->wages, "desk-1", "", 0, NULL);
    for (uint64_t i = 1; i <= 1000; i++) {
        if (i % 3 == 0)
            memory_ledger_add(r->ledger, "wage-arrears", i % 2 ? "wages" : "health",
                              i % 2 ? NULL : "wages");
        if (i <= 100)
            assert_int_equal(rig_next_event(c), i);
    }
    uint64_t head;
    assert_int_equal(memory_ledger_face(r->ledger).unit_head(r->ledger, "wages", &head), 0);
    for (uint64_t i = 101; i <= head; i++)
        assert_int_equal(rig_next_event(c), i);
    bus_client_close(c);
}

static void two_desks_of_one_unit(void **state)
{
    struct rig *r = *state;
    struct bus_client *one = rig_client(r, &r->wages, "desk-1", "", 0, NULL);
    struct bus_client *two = rig_client(r, &r->wages, "desk-2", "", 0, NULL);
    struct bus_counters n;
    uint64_t resume;

    memory_ledger_add_many(r->ledger, "wage-arrears", "wages", 10);
    for (uint64_t i = 1; i <= 10; i++) {
        assert_int_equal(rig_next_event(one), i);
        assert_int_equal(rig_next_event(two), i);
    }
    assert_int_equal(bus_client_ack(one, 7), 0);
    json_t *acked = rig_await(one, "acked");
    assert_int_equal(rig_number(acked, "unitseq"), 7);
    json_decref(acked);
    bus_counters(r->bus, &n);
    assert_int_equal(n.receivers, 2);
    assert_int_equal(n.delivered, 20);
    assert_int_equal(n.acked, 1);
    bus_client_close(one);
    bus_client_close(two);
    /* The cursor is desk-1's alone. */
    one = rig_client(r, &r->wages, "desk-1", "", 0, &resume);
    assert_int_equal(resume, 7);
    assert_int_equal(rig_next_event(one), 8);
    two = rig_client(r, &r->wages, "desk-2", "", 0, &resume);
    assert_int_equal(resume, 0);
    bus_client_close(one);
    bus_client_close(two);
}

/* Who has no memory of its own is not shown all its history for a moment's trouble. */
static void a_cursor_that_cannot_be_read_is_no_beginning(void **state)
{
    struct rig *r = *state;
    void *desk = rig_raw(r, ZMQ_DEALER, &r->wages, r->units);
    static const char hello[] = "{\"op\":\"hello\",\"receiver\":\"desk-1\",\"credit\":9}";

    memory_ledger_add_many(r->ledger, "wage-arrears", "wages", 3);
    rig_send(desk, hello);
    rig_expect_gone(desk, "welcome");
    for (int i = 0; i < 3; i++)
        rig_expect_gone(desk, "event");
    rig_send(desk, "{\"op\":\"ack\",\"unitseq\":3}");
    rig_expect_gone(desk, "acked");
    zmq_close(desk);

    memory_ledger_blind(r->ledger, true);
    desk = rig_raw(r, ZMQ_DEALER, &r->wages, r->units);
    rig_send(desk, hello);
    rig_expect_gone(desk, "error");
    rig_send(desk, "{\"op\":\"ping\"}");
    json_t *pong = rig_expect(desk, "pong");
    assert_false(json_is_true(json_object_get(pong, "live")));
    json_decref(pong);
    memory_ledger_blind(r->ledger, false);
    rig_send(desk, hello);
    json_t *welcome = rig_expect(desk, "welcome");
    assert_int_equal(rig_number(welcome, "resume"), 3);
    json_decref(welcome);
    zmq_close(desk);
}

static void ack_waits_for_the_disk(void **state)
{
    struct rig *r = *state;
    void *desk = rig_raw(r, ZMQ_DEALER, &r->wages, r->units);

    memory_ledger_add_many(r->ledger, "wage-arrears", "wages", 3);
    memory_ledger_hold(r->ledger, true);
    rig_send(desk, "{\"op\":\"hello\",\"receiver\":\"desk-1\",\"credit\":9}");
    rig_expect_gone(desk, "welcome");
    for (int i = 0; i < 3; i++)
        rig_expect_gone(desk, "event");
    rig_send(desk, "{\"op\":\"ack\",\"unitseq\":2}");
    assert_true(memory_ledger_await(r->ledger, 1));
    rig_send(desk, "{\"op\":\"ping\"}");
    rig_expect_gone(desk, "pong");
    memory_ledger_hold(r->ledger, false);
    json_t *acked = rig_expect(desk, "acked");
    assert_int_equal(rig_number(acked, "unitseq"), 2);
    json_decref(acked);
    /* An ack of old is confirmed at its durable place, one of the future refused. */
    rig_send(desk, "{\"op\":\"ack\",\"unitseq\":1}");
    acked = rig_expect(desk, "acked");
    assert_int_equal(rig_number(acked, "unitseq"), 2);
    json_decref(acked);
    rig_send(desk, "{\"op\":\"ack\",\"unitseq\":4}");
    rig_expect_gone(desk, "error");
    /* A full ledger delays an ack, it does not lose it. */
    memory_ledger_fill(r->ledger, true);
    rig_send(desk, "{\"op\":\"ack\",\"unitseq\":3}");
    rig_send(desk, "{\"op\":\"ping\"}");
    rig_expect_gone(desk, "pong");
    memory_ledger_fill(r->ledger, false);
    acked = rig_expect(desk, "acked");
    assert_int_equal(rig_number(acked, "unitseq"), 3);
    json_decref(acked);
}

static void credit_runs_out(void **state)
{
    struct rig *r = *state;
    void *desk = rig_raw(r, ZMQ_DEALER, &r->wages, r->units);

    memory_ledger_add_many(r->ledger, "wage-arrears", "wages", 5);
    rig_send(desk, "{\"op\":\"hello\",\"receiver\":\"desk-1\",\"epoch\":\"\",\"credit\":2}");
    rig_expect_gone(desk, "welcome");
    rig_expect_gone(desk, "event");
    rig_expect_gone(desk, "event");
    rig_send(desk, "{\"op\":\"ping\"}");
    json_t *pong = rig_expect(desk, "pong");
    assert_int_equal(rig_number(pong, "head"), 5);
    json_decref(pong);
    rig_send(desk, "{\"op\":\"credit\",\"add\":1}");
    json_t *third = rig_expect(desk, "event");
    assert_int_equal(rig_number(json_object_get(third, "event"), "unitseq"), 3);
    json_decref(third);
    rig_send(desk, "{\"op\":\"ping\"}");
    rig_expect_gone(desk, "pong");
    rig_send(desk, "{\"op\":\"credit\",\"add\":9223372036854775807}");
    rig_expect_gone(desk, "event");
    rig_expect_gone(desk, "event");
}

/* It takes all its credit and reads nothing, so that its pipe fills; then it reads. */
static void slow_receiver_harms_none(void **state)
{
    enum { MANY = 1000 };
    struct rig *r = *state;
    void *slow = rig_raw(r, ZMQ_DEALER, &r->wages, NULL);

    zmq_setsockopt(slow, ZMQ_RCVHWM, &(int){1}, sizeof(int));
    zmq_setsockopt(slow, ZMQ_RCVBUF, &(int){4096}, sizeof(int));
    assert_int_equal(zmq_connect(slow, r->units), 0);
    rig_send(slow, "{\"op\":\"hello\",\"receiver\":\"slow\",\"credit\":100000}");
    rig_expect_gone(slow, "welcome");
    struct bus_client *fast = rig_client(r, &r->wages, "fast", "", 0, NULL);
    memory_ledger_add_many(r->ledger, "wage-arrears", "wages", MANY);
    for (uint64_t i = 1; i <= MANY; i++)
        assert_int_equal(rig_next_event(fast), i);
    struct bus_counters n;
    bus_counters(r->bus, &n);
    assert_true(n.delivered < 2 * MANY); /* its pipe is full, or this test shows nothing */
    for (uint64_t i = 1; i <= MANY; i++) {
        json_t *e = rig_expect(slow, "event");
        assert_int_equal(rig_number(json_object_get(e, "event"), "unitseq"), i);
        json_decref(e);
    }
    bus_client_close(fast);
}

static void expect_result(struct bus_client *c, const char *key, const char *status, uint64_t seq)
{
    json_t *result = rig_await(c, "result");

    assert_string_equal(rig_text(result, "key"), key);
    assert_string_equal(rig_text(result, "status"), status);
    assert_int_equal(rig_number(result, "seq"), seq);
    json_decref(result);
}

static void commands_have_results(void **state)
{
    struct rig *r = *state;
    char key[160];
    struct bus_client *c = rig_client(r, &r->wages, "desk-1", "", 0, NULL);

    assert_int_equal(bus_client_command(c, "accept", "c12", NULL, "k-1"), 0);
    expect_result(c, "k-1", "ok", 1);
    memory_ledger_last_key(r->ledger, key);
    assert_string_equal(key, "k-1");
    assert_int_equal(bus_client_command(c, "answer", "c12", REPLY, "k-2"), 0);
    expect_result(c, "k-2", "refused", 0);
    memory_ledger_fill(r->ledger, true);
    assert_int_equal(bus_client_command(c, "accept", "c12", NULL, "k-3"), 0);
    expect_result(c, "k-3", "again", 0);
    memory_ledger_fill(r->ledger, false);
    /* Refused before they reach the ledger. */
    static const char *const bad[][3] = {{"accept", "12", NULL},
                                         {"delete", "c12", NULL},
                                         {"answer", "c12", NULL},
                                         {"accept", "c12", REPLY},
                                         {"decline", "c12", NULL},
                                         {"decline", "c12", "{\"note\":7}"},
                                         {"assess", "c12", "{\"grade\":\"huge\"}"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(bus_client_command(c, bad[i][0], bad[i][1], bad[i][2], "k-4"), 0);
        json_decref(rig_await(c, "error"));
    }
    bus_client_close(c);
}

static void result_of_a_vanished_receiver(void **state)
{
    struct rig *r = *state;
    struct bus_client *gone = rig_client(r, &r->wages, "desk-1", "", 0, NULL);
    struct bus_client *stays = rig_client(r, &r->wages, "desk-2", "", 0, NULL);

    memory_ledger_hold(r->ledger, true);
    assert_int_equal(bus_client_command(gone, "accept", "c1", NULL, "k-1"), 0);
    assert_true(memory_ledger_await(r->ledger, 1));
    bus_client_close(gone);
    memory_ledger_hold(r->ledger, false);
    /* The command is done all the same; its result reaches no other desk. */
    assert_int_equal(rig_next_event(stays), 1);
    assert_int_equal(bus_client_command(stays, "accept", "c1", NULL, "k-2"), 0);
    expect_result(stays, "k-2", "ok", 2);
    bus_client_close(stays);
}

static void later_hello_wins(void **state)
{
    struct rig *r = *state;
    struct bus_client *old = rig_client(r, &r->wages, "desk-1", "", 0, NULL);
    struct bus_client *now = rig_client(r, &r->wages, "desk-1", "", 0, NULL);
    struct bus_counters n;

    json_decref(rig_await(old, "error"));
    memory_ledger_add(r->ledger, "wage-arrears", "wages", NULL);
    assert_int_equal(rig_next_event(now), 1);
    /* An event may be here before it is counted; the answer to an ack is not. */
    assert_int_equal(bus_client_ack(now, 1), 0);
    json_decref(rig_await(now, "acked"));
    bus_counters(r->bus, &n);
    assert_int_equal(n.delivered, 1);
    bus_client_close(old);
    bus_client_close(now);
}

static void client_survives_a_restart(void **state)
{
    struct rig *r = *state;
    struct bus_client *c = rig_client(r, &r->wages, "desk-1", "", 0, NULL);

    memory_ledger_add_many(r->ledger, "wage-arrears", "wages", 2);
    assert_int_equal(rig_next_event(c), 1);
    rig_restart(r);
    json_t *welcome = rig_await(c, "welcome");
    uint64_t resume = rig_number(welcome, "resume");
    json_decref(welcome);
    /* Event 2 may have been read before the cut was seen; either way none is missing. */
    memory_ledger_add(r->ledger, "wage-arrears", "wages", NULL);
    for (uint64_t i = resume + 1; i <= 3; i++)
        assert_int_equal(rig_next_event(c), i);
    bus_client_close(c);
}

/* After a restart it may have much in hand to ack before it says hello, and then what only the
 * ledger before had: it is told, and served on. */
static void stale_acks_are_forgiven(void **state)
{
    struct rig *r = *state;
    void *raw = rig_raw(r, ZMQ_DEALER, &r->wages, r->units);

    for (int i = 0; i < 40; i++) {
        rig_send(raw, i % 2 ? "{\"op\":\"ack\",\"unitseq\":7}"
                            : "{\"op\":\"credit\",\"add\":1}");
        rig_expect_gone(raw, "error");
    }
    rig_send(raw, "{\"op\":\"hello\",\"receiver\":\"desk-1\",\"credit\":9}");
    rig_expect_gone(raw, "welcome");
    for (int i = 0; i < 40; i++) {
        rig_send(raw, "{\"op\":\"ack\",\"unitseq\":99}");
        rig_expect_gone(raw, "error");
    }
    memory_ledger_add(r->ledger, "wage-arrears", "wages", NULL);
    rig_expect_gone(raw, "event");
    rig_close(r, raw);
}

/* Acknowledge, and no event comes before the answer. */
static void expect_quiet(struct bus_client *c, uint64_t unitseq)
{
    struct buf message = BUF_INIT;
    bool acked = false;

    assert_int_equal(bus_client_ack(c, unitseq), 0);
    while (!acked) {
        buf_reset(&message);
        assert_int_equal(bus_client_next(c, 60000, &message), 0);
        json_t *json = json_loadb(message.data, message.len, 0, NULL);
        assert_string_not_equal(rig_text(json, "op"), "event");
        acked = strcmp(rig_text(json, "op"), "acked") == 0;
        json_decref(json);
    }
    buf_free(&message);
}

static void a_held_client_asks_for_no_more(void **state)
{
    struct rig *r = *state;
    uint64_t resume, n = 0;

    memory_ledger_add_many(r->ledger, "wage-arrears", "wages", 1000);
    struct bus_client *c = rig_client(r, &r->wages, "desk", "", 0, &resume);
    bus_client_hold(c, true);
    while (n < 256)
        assert_int_equal(rig_next_event(c), ++n);
    expect_quiet(c, n);
    rig_restart(r); /* nor does a new connection ask */
    json_decref(rig_await(c, "welcome"));
    expect_quiet(c, n);
    bus_client_hold(c, false);
    while (n < 1000)
        assert_int_equal(rig_next_event(c), ++n);
    bus_client_close(c);
}

int main(void)
{
#define RIG(f) cmocka_unit_test_setup_teardown(f, rig_start, rig_stop)
    const struct CMUnitTest tests[] = {
        RIG(units_see_their_own),       RIG(replay_after_reconnect),
        RIG(live_follows_replay),       RIG(two_desks_of_one_unit),
        RIG(a_cursor_that_cannot_be_read_is_no_beginning),
        RIG(ack_waits_for_the_disk),    RIG(credit_runs_out),
        RIG(slow_receiver_harms_none),  RIG(commands_have_results),
        RIG(result_of_a_vanished_receiver), RIG(later_hello_wins),
        RIG(client_survives_a_restart), RIG(stale_acks_are_forgiven),
        RIG(a_held_client_asks_for_no_more),
    };
    return cmocka_run_group_tests_name("bus", tests, NULL, NULL);
}
