/* Lines that fall silent, canaries, snapshots: over real sockets. */
#include "tests/unit/bus_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/err.h"
#include "tests/helpers/half_open.h"

static int start(void **state, int64_t silent, int64_t grace, int64_t canary)
{
    if (rig_start(state))
        return 1;
    struct rig *r = *state;
    r->times = (struct presence_times){silent, grace, canary};
    r->snapshot_after = 100;
    rig_enrol(r, "units/office", &r->office);
    rig_restart(r);
    return 0;
}

static int start_silence(void **state)
{
    return start(state, 1000, 3600000, 3600000);
}

static int start_grace(void **state)
{
    return start(state, 1000, 1000, 3600000);
}

static int start_canary(void **state)
{
    return start(state, 3600000, 3600000, 100);
}

/* The next event that the coordinating unit gets tells this of that unit; on a slow machine itself
 * may have been late. */
static void expect_line(struct bus_client *office, const char *type, const char *unit)
{
    bool own = true;

    while (own) {
        json_t *message = rig_await(office, "event");
        const json_t *event = json_object_get(message, "event");
        const char *whose = rig_text(json_object_get(event, "data"), "unit");
        own = strcmp(whose, "office") == 0;
        if (!own) {
            assert_string_equal(rig_text(event, "type"), type);
            assert_string_equal(whose, unit);
        }
        json_decref(message);
    }
}

#define OFFLINE "huiying.unit.offline"
#define ONLINE "huiying.unit.online"

/* What a receiver does whose line may be gone: it goes on trying. */
static void pump(struct bus_client *c)
{
    struct buf text = BUF_INIT;

    bus_client_next(c, 10, &text);
    buf_free(&text);
}

static void half_open_peer_is_noticed(void **state)
{
    struct rig *r = *state;
    struct half_open *cable = half_open_new(r->units);
    struct bus_client *office = rig_client(r, &r->office, "o", "", 0, NULL);
    struct bus_client *wages = bus_client_open(half_open_endpoint(cable), r->server.public_key,
                                               &r->wages);
    struct bus_counters n;

    assert_int_equal(bus_client_hello(wages, "desk-1", "", 0), 0);
    json_decref(rig_await(wages, "welcome"));
    half_open_mute(cable, true);
    expect_line(office, OFFLINE, "wages"); /* the office itself is heard: it pings */
    half_open_mute(cable, false);
    half_open_cut(cable);
    /* It comes back by itself, and loses nothing. */
    memory_ledger_add(r->ledger, "wage-arrears", "wages", NULL);
    assert_int_equal(rig_next_event(wages), 1);
    expect_line(office, ONLINE, "wages");
    bus_counters(r->bus, &n);
    assert_int_equal(n.units_offline, 0);
    bus_client_close(office);
    bus_client_close(wages);
    half_open_free(cable);
}

static void two_desks_must_both_be_silent(void **state)
{
    struct rig *r = *state;
    struct bus_client *office = rig_client(r, &r->office, "o", "", 0, NULL);
    void *one = rig_raw(r, ZMQ_DEALER, &r->wages, r->units);
    void *two = rig_raw(r, ZMQ_DEALER, &r->wages, r->units);
    void *health = rig_raw(r, ZMQ_DEALER, &r->health, r->units);

    rig_send(one, "{\"op\":\"hello\",\"receiver\":\"one\",\"credit\":9}");
    rig_expect_gone(one, "welcome");
    rig_send(two, "{\"op\":\"hello\",\"receiver\":\"two\",\"credit\":9}");
    rig_expect_gone(two, "welcome");
    rig_send(health, "{\"op\":\"hello\",\"receiver\":\"one\",\"credit\":9}");
    rig_expect_gone(health, "welcome");
    /* One desk goes. While the other speaks on, another unit falls silent, and is told first. */
    rig_close(r, one);
    struct buf text = BUF_INIT;
    while (bus_client_next(office, 100, &text) == ERR_TIMEOUT) {
        rig_send(two, "{\"op\":\"ping\"}");
        rig_expect_gone(two, "pong");
    }
    assert_non_null(strstr(text.data, "\"unit\":\"health\""));
    rig_close(r, two);
    expect_line(office, OFFLINE, "wages");
    buf_free(&text);
    bus_client_close(office);
}

/* Once a change, through restarts; who never came is offline after the grace. */
static void never_connected_is_offline(void **state)
{
    struct rig *r = *state;
    struct bus_client *office = rig_client(r, &r->office, "o", "", 0, NULL);

    expect_line(office, OFFLINE, "health");
    expect_line(office, OFFLINE, "wages");
    bus_client_close(office);
    rig_restart(r);
    uint64_t head = memory_ledger_face(r->ledger).head(r->ledger);
    office = rig_client(r, &r->office, "o", RIG_EPOCH, head, NULL);
    struct bus_counters n;
    do {
        pump(office);
        bus_counters(r->bus, &n);
    } while (n.units_offline < 2);
    struct bus_client *wages = rig_client(r, &r->wages, "desk-1", "", 0, NULL);
    expect_line(office, ONLINE, "wages"); /* no second offline came before it */
    bus_client_close(wages);
    bus_client_close(office);
}

/* Its software speaks, but nothing that is sent arrives: it has no credit. */
static void deaf_receiver_is_an_alarm(void **state)
{
    struct rig *r = *state;
    struct bus_client *office = rig_client(r, &r->office, "o", "", 0, NULL);
    void *wages = rig_raw(r, ZMQ_DEALER, &r->wages, r->units);

    rig_send(wages, "{\"op\":\"hello\",\"receiver\":\"one\",\"credit\":0}");
    rig_expect_gone(wages, "welcome");
    json_t *message = rig_await(office, "event"); /* the client answers its own canaries */
    json_t *data = json_object_get(json_object_get(message, "event"), "data");
    assert_string_equal(rig_text(data, "unit"), "wages");
    assert_int_equal(rig_number(data, "missed"), 3);
    json_decref(message);
    rig_send(wages, "{\"op\":\"credit\",\"add\":1}");
    message = rig_expect(wages, "canary");
    char answer[80];
    snprintf(answer, sizeof answer, "{\"op\":\"canary\",\"number\":%d}",
             (int)rig_number(message, "number"));
    json_decref(message);
    rig_send(wages, answer);
    expect_line(office, ONLINE, "wages");
    bus_client_close(office);
}

static void stale_receiver_says_so(void **state)
{
    struct rig *r = *state;
    struct half_open *cable = half_open_new(r->units);
    struct bus_client *c = bus_client_open(half_open_endpoint(cable), r->server.public_key,
                                           &r->wages);

    assert_int_equal(bus_client_hello(c, "desk-1", "", 0), 0);
    json_decref(rig_await(c, "welcome"));
    assert_false(bus_client_stale(c));
    half_open_mute(cable, true);
    while (!bus_client_stale(c))
        pump(c);
    half_open_mute(cable, false);
    half_open_cut(cable);
    json_decref(rig_await(c, "welcome")); /* of another connection */
    assert_false(bus_client_stale(c));
    memory_ledger_add(r->ledger, "wage-arrears", "wages", NULL);
    assert_int_equal(rig_next_event(c), 1);
    bus_client_close(c);
    half_open_free(cable);
}

static void snapshot_then_live(void **state)
{
    struct rig *r = *state;
    void *desk = rig_raw(r, ZMQ_DEALER, &r->wages, r->units);

    memory_ledger_add_many(r->ledger, "epidemic", "health", 7);
    memory_ledger_add_many(r->ledger, "wage-arrears", "wages", 101);
    rig_send(desk, "{\"op\":\"hello\",\"receiver\":\"one\"}");
    json_t *m = rig_expect(desk, "welcome");
    assert_true(json_is_true(json_object_get(m, "snapshot"))); /* 101 behind, 100 allowed */
    json_decref(m);
    rig_send(desk, "{\"op\":\"snapshot\"}");
    m = rig_expect(desk, "snapshot");
    assert_int_equal(rig_number(m, "seq"), 108);
    assert_int_equal(rig_number(m, "unitseq"), 101);
    assert_string_equal(rig_text(m, "epoch"), RIG_EPOCH);
    json_decref(m);
    rig_send(desk, "{\"op\":\"snapshot\"}");
    rig_expect_gone(desk, "error"); /* and no row without credit */
    for (uint64_t i = 8; i <= 108; i++) {
        if (i % 10 == 8) {
            rig_send(desk, "{\"op\":\"credit\",\"add\":10}");
            memory_ledger_add(r->ledger, "epidemic", "health", "wages");
        }
        m = rig_expect(desk, "concern");
        json_t *c = json_object_get(m, "concern");
        char id[16];
        snprintf(id, sizeof id, "c%d", (int)i);
        assert_string_equal(rig_text(c, "concern"), id);
        assert_string_equal(rig_text(c, "unit"), "wages");
        assert_non_null(json_object_get(json_object_get(c, "item"), "title"));
        json_decref(m);
    }
    m = rig_expect(desk, "snapshot-end");
    assert_int_equal(rig_number(m, "count"), 101);
    assert_int_equal(rig_number(m, "unitseq"), 101);
    json_decref(m);
    /* What was committed meanwhile follows, without a gap; all before counts as delivered. */
    for (uint64_t i = 102; i <= 110; i++) {
        m = rig_expect(desk, "event");
        assert_int_equal(rig_number(json_object_get(m, "event"), "unitseq"), i);
        json_decref(m);
    }
    rig_send(desk, "{\"op\":\"ack\",\"unitseq\":101}");
    rig_expect_gone(desk, "acked");
}

static void dashboards_see_all_without_text(void **state)
{
    struct rig *r = *state;
    void *hall = rig_raw(r, ZMQ_DEALER, &r->hall, r->units);

    memory_ledger_add_many(r->ledger, "epidemic", "health", 2);
    memory_ledger_add_many(r->ledger, "wage-arrears", "wages", 2);
    rig_send(hall, "{\"op\":\"hello\",\"receiver\":\"hall\",\"epoch\":\"older\",\"credit\":9}");
    json_t *m = rig_expect(hall, "welcome");
    assert_true(json_is_true(json_object_get(m, "snapshot")));
    json_decref(m);
    rig_send(hall, "{\"op\":\"snapshot\"}");
    rig_expect_gone(hall, "snapshot");
    for (int i = 1; i <= 4; i++) {
        m = rig_expect(hall, "concern");
        json_t *c = json_object_get(m, "concern");
        assert_string_equal(rig_text(c, "unit"), i < 3 ? "health" : "wages");
        assert_null(json_object_get(c, "item"));
        json_decref(m);
    }
    m = rig_expect(hall, "snapshot-end");
    assert_int_equal(rig_number(m, "seq"), 4);
    assert_null(json_object_get(m, "unitseq"));
    json_decref(m);
}

int main(void)
{
#define RIG(f, from) cmocka_unit_test_setup_teardown(f, from, rig_stop)
    const struct CMUnitTest tests[] = {
        RIG(half_open_peer_is_noticed, start_silence),
        RIG(two_desks_must_both_be_silent, start_silence),
        RIG(never_connected_is_offline, start_grace),
        RIG(deaf_receiver_is_an_alarm, start_canary),
        RIG(stale_receiver_says_so, start_canary),
        RIG(snapshot_then_live, start_silence),
        RIG(dashboards_see_all_without_text, start_silence),
    };
    return cmocka_run_group_tests_name("bus_line", tests, NULL, NULL);
}
