#define _GNU_SOURCE
/* Who may speak and listen, what strangers and broken peers get, and what dashboards see. */
#include "tests/unit/bus_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

#include "alerts/bus/zap.h"
#include "base/err.h"

#define HELLO "{\"op\":\"hello\",\"receiver\":\"desk-1\",\"epoch\":\"\",\"last\":0,\"credit\":100}"
#define HANDSHAKE_ENDS \
    (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_DISCONNECTED | \
     ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)

static int handshake(struct rig *r, int type, const struct key_pair *key, const char *endpoint)
{
    void *s = rig_raw(r, type, key, NULL);
    void *monitor = rig_watch(r, s, HANDSHAKE_ENDS);
    assert_int_equal(zmq_connect(s, endpoint), 0);
    int kind = rig_first_event(s, monitor);
    rig_close(r, s);
    return kind;
}

static void strangers_are_refused(void **state)
{
    struct rig *r = *state;
    struct buf text = BUF_INIT;
    struct bus_counters n;

    assert_int_equal(handshake(r, ZMQ_DEALER, &r->stranger, r->units),
                     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    assert_int_equal(handshake(r, ZMQ_SUB, &r->stranger, r->pub), ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    assert_int_not_equal(handshake(r, ZMQ_DEALER, NULL, r->units), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_int_not_equal(handshake(r, ZMQ_SUB, NULL, r->pub), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    /* PUB cannot be narrowed to one unit, so units are kept off it. */
    assert_int_equal(handshake(r, ZMQ_SUB, &r->wages, r->pub), ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    assert_int_equal(handshake(r, ZMQ_SUB, &r->hall, r->pub), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_int_equal(handshake(r, ZMQ_DEALER, &r->wages, r->units), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    struct bus_client *c = bus_client_open(r->units, r->server.public_key, &r->stranger);
    assert_int_equal(bus_client_hello(c, "desk-1", "", 0), 0);
    assert_int_equal(bus_client_next(c, 60000, &text), ERR_CLOSED);
    bus_client_close(c);
    buf_free(&text);
    bus_counters(r->bus, &n);
    assert_true(n.refused_keys >= 4);
}

/* CURVE without a ZAP handler accepts every key: the self-test must see it. */
static void probe_sees_an_open_door(void **state)
{
    struct rig *r = *state;
    char at[128];
    size_t n = sizeof at;
    void *open = rig_raw(r, ZMQ_ROUTER, NULL, NULL);
    struct keys *keys = keys_load(r->dir);

    zmq_setsockopt(open, ZMQ_CURVE_SERVER, &(int){1}, sizeof(int));
    zmq_setsockopt(open, ZMQ_CURVE_SECRETKEY, r->server.secret_key, 40);
    assert_int_equal(zmq_bind(open, "tcp://127.0.0.1:*"), 0);
    zmq_getsockopt(open, ZMQ_LAST_ENDPOINT, at, &n);
    assert_int_equal(zap_probe(r->context, NULL, keys, at, ZMQ_DEALER, r->server.public_key, 60000),
                     ERR_REFUSED);
    assert_int_equal(zap_probe(r->context, NULL, keys, r->units, ZMQ_DEALER, r->server.public_key,
                               60000),
                     0);
    keys_free(keys);
}

/* With the option set, a socket whose handler is absent lets nobody in. */
static void guard_fails_closed(void **state)
{
    struct rig *r = *state;
    char at[128];
    size_t n = sizeof at;
    void *guarded = rig_raw(r, ZMQ_ROUTER, NULL, NULL);

    assert_int_equal(zap_guard(guarded, ZAP_UNITS, &r->server), 0);
    assert_int_equal(zmq_bind(guarded, "tcp://127.0.0.1:*"), 0);
    zmq_getsockopt(guarded, ZMQ_LAST_ENDPOINT, at, &n);
    assert_int_not_equal(handshake(r, ZMQ_DEALER, &r->wages, at), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
}

static void start_fails_loudly(void **state)
{
    struct rig *r = *state;
    struct bus_ledger face = memory_ledger_face(r->ledger);
    struct bus_conf taken = {.pub_endpoint = r->pub, .units_endpoint = r->units,
                             .keys_dir = r->dir, .epoch = RIG_EPOCH};
    struct bus_conf no_keys = {.pub_endpoint = "tcp://127.0.0.1:*",
                               .units_endpoint = "tcp://127.0.0.1:*",
                               .keys_dir = "/dev/null/x", .epoch = "e"};

    assert_null(bus_start(&taken, &face));
    assert_null(bus_start(&no_keys, &face));
}

static void revoked_unit_hears_no_more(void **state)
{
    struct rig *r = *state;
    void *wages = rig_raw(r, ZMQ_DEALER, &r->wages, r->units);
    struct bus_client *health = rig_client(r, &r->health, "desk-1", "", 0, NULL);
    struct bus_counters n;

    rig_send(wages, HELLO);
    rig_expect_gone(wages, "welcome");
    memory_ledger_add(r->ledger, "wage-arrears", "wages", "health");
    rig_expect_gone(wages, "event");
    assert_int_equal(rig_next_event(health), 1);
    void *monitor = rig_watch(r, wages, ZMQ_EVENT_DISCONNECTED);
    rig_revoke(r, "units/wages");
    rig_expect_gone(wages, "error");
    assert_int_equal(rig_first_event(wages, monitor), ZMQ_EVENT_DISCONNECTED);
    memory_ledger_add(r->ledger, "wage-arrears", "wages", "health");
    assert_int_equal(rig_next_event(health), 2);
    /* An event may be here before it is counted; the answer to an ack is not. */
    assert_int_equal(bus_client_ack(health, 2), 0);
    json_decref(rig_await(health, "acked"));
    bus_counters(r->bus, &n);
    assert_int_equal(n.delivered, 3);
    assert_int_equal(n.receivers, 1);
    assert_int_equal(handshake(r, ZMQ_DEALER, &r->wages, r->units),
                     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    bus_client_close(health);
}

/* Where its concern is shown, which is no item's address. */
static void expect_address(const json_t *event)
{
    char want[64];

    snprintf(want, sizeof want, RIG_SITE "/#%s",
             rig_text(json_object_get(event, "data"), "concern"));
    assert_string_equal(rig_text(event, "address"), want);
}

/* topic and body of the next PUB message, of two frames; false when none comes in wait_ms. */
static bool next_pub(void *sub, int wait_ms, char topic[static 256], json_t **body)
{
    zmq_pollitem_t item = {.socket = sub, .events = ZMQ_POLLIN};
    char text[8192];
    int more = 0;

    if (zmq_poll(&item, 1, wait_ms) < 1)
        return false;
    int n = zmq_recv(sub, topic, 255, 0);
    topic[n] = '\0';
    zmq_getsockopt(sub, ZMQ_RCVMORE, &more, &(size_t){sizeof more});
    assert_true(more);
    n = zmq_recv(sub, text, sizeof text, 0);
    assert_null(memmem(text, (size_t)n, "标题", strlen("标题")));
    assert_null(memmem(text, (size_t)n, "example.org", 11));
    zmq_getsockopt(sub, ZMQ_RCVMORE, &more, &(size_t){sizeof more});
    assert_false(more);
    *body = json_loadb(text, (size_t)n, 0, NULL);
    assert_non_null(*body);
    return true;
}

/* Wait for an announcement: the subscription stands. */
static uint64_t await_head(void *sub)
{
    char topic[256];
    json_t *body;

    for (;;) {
        assert_true(next_pub(sub, 60000, topic, &body));
        uint64_t head = rig_number(body, "head");
        bool found = strcmp(topic, "head") == 0;
        if (found)
            assert_string_equal(rig_text(body, "epoch"), RIG_EPOCH);
        json_decref(body);
        if (found)
            return head;
    }
}

static void pub_carries_no_item(void **state)
{
    struct rig *r = *state;
    void *sub = rig_raw(r, ZMQ_SUB, &r->hall, r->pub);
    char topic[256];
    json_t *body;
    static const struct {
        const char *topic;
        uint64_t seq, unitseq;
    } want[] = {{"concern/wages/wage-arrears", 1, 1},
                {"concern/health/epidemic", 2, 1},
                {"concern/wages/epidemic", 2, 2}};

    assert_int_equal(await_head(sub), 0);
    memory_ledger_add(r->ledger, "wage-arrears", "wages", NULL);
    memory_ledger_add(r->ledger, "epidemic", "health", "wages");
    for (size_t i = 0; i < 3; i++) {
        do
            assert_true(next_pub(sub, 60000, topic, &body));
        while (strcmp(topic, "head") == 0 && (json_decref(body), true));
        assert_string_equal(topic, want[i].topic);
        assert_string_equal(rig_text(body, "specversion"), "1.0");
        assert_int_equal(rig_number(body, "seq"), want[i].seq);
        assert_int_equal(rig_number(body, "unitseq"), want[i].unitseq);
        expect_address(body);
        json_decref(body);
    }
    assert_int_equal(await_head(sub), 2);
}

static void revoked_dashboard_hears_no_more(void **state)
{
    struct rig *r = *state;
    void *hall = rig_raw(r, ZMQ_SUB, &r->hall, r->pub);
    void *gate = rig_raw(r, ZMQ_SUB, &r->gate, r->pub);
    char topic[256];
    json_t *body;

    await_head(hall);
    await_head(gate);
    rig_revoke(r, "dashboards/hall");
    /* A unit key's round trip after the reload: the old PUB socket is closed. */
    struct bus_client *c = rig_client(r, &r->wages, "desk-1", "", 0, NULL);
    while (next_pub(hall, 0, topic, &body)) /* what came before the revocation */
        json_decref(body);
    while (next_pub(gate, 0, topic, &body))
        json_decref(body);
    await_head(gate); /* it is back on the new socket */
    memory_ledger_add(r->ledger, "wage-arrears", "wages", NULL);
    while (await_head(gate) < 1)
        ;
    while (next_pub(hall, 0, topic, &body)) {
        assert_string_equal(topic, "head");
        json_decref(body);
    }
    bus_client_close(c);
}

static void dashboards_may_ask_for_ranges(void **state)
{
    struct rig *r = *state;
    void *hall = rig_raw(r, ZMQ_DEALER, &r->hall, r->units);
    static const char *const refused[] = {
        "{\"op\":\"ack\",\"unitseq\":1}", "{\"op\":\"canary\",\"number\":1}",
        "{\"op\":\"command\",\"key\":\"k\",\"act\":\"accept\",\"concern\":\"c1\"}"};

    memory_ledger_add(r->ledger, "wage-arrears", "wages", NULL);
    memory_ledger_add(r->ledger, "epidemic", "health", "wages");
    memory_ledger_add(r->ledger, "epidemic", "health", NULL);
    for (size_t i = 0; i < 3; i++) {
        rig_send(hall, refused[i]);
        rig_expect_gone(hall, "error");
    }
    rig_send(hall, HELLO);
    json_t *welcome = rig_expect(hall, "welcome");
    assert_int_equal(rig_number(welcome, "head"), 3);
    json_decref(welcome);
    rig_send(hall, "{\"op\":\"events\",\"from\":2,\"to\":99}");
    static const char *const topics[] = {"concern/health/epidemic", "concern/wages/epidemic",
                                         "concern/health/epidemic"};
    for (size_t i = 0; i < 3; i++) {
        json_t *e = rig_expect(hall, "event");
        assert_string_equal(rig_text(e, "topic"), topics[i]);
        expect_address(json_object_get(e, "event"));
        json_t *data = json_object_get(json_object_get(e, "event"), "data");
        assert_non_null(data);
        assert_null(json_object_get(data, "item"));
        json_decref(e);
    }
    json_t *end = rig_expect(hall, "events-end");
    assert_int_equal(rig_number(end, "to"), 3);
    json_decref(end);
}

static void units_fill_their_own_gaps(void **state)
{
    struct rig *r = *state;
    void *desk = rig_raw(r, ZMQ_DEALER, &r->wages, r->units);

    memory_ledger_add_many(r->ledger, "epidemic", "health", 100);
    memory_ledger_add_many(r->ledger, "wage-arrears", "wages", 200);
    rig_send(desk, "{\"op\":\"hello\",\"receiver\":\"desk-1\"}");
    rig_expect_gone(desk, "welcome");
    rig_send(desk, "{\"op\":\"events\",\"from\":11,\"to\":190}");
    for (uint64_t i = 11; i <= 190; i++) {
        json_t *e = rig_expect(desk, "event");
        json_t *event = json_object_get(e, "event");
        assert_int_equal(rig_number(event, "unitseq"), i);
        assert_string_equal(rig_text(json_object_get(event, "data"), "unit"), "wages");
        assert_null(json_object_get(json_object_get(event, "data"), "item"));
        json_decref(e);
    }
    rig_expect_gone(desk, "events-end");
    rig_send(desk, "{\"op\":\"events\",\"from\":500,\"to\":900}");
    rig_expect_gone(desk, "events-end");
}

int main(void)
{
#define RIG(f) cmocka_unit_test_setup_teardown(f, rig_start, rig_stop)
    const struct CMUnitTest tests[] = {
        RIG(strangers_are_refused),         RIG(probe_sees_an_open_door),
        RIG(guard_fails_closed),            RIG(start_fails_loudly),
        RIG(revoked_unit_hears_no_more),
        RIG(pub_carries_no_item),           RIG(revoked_dashboard_hears_no_more),
        RIG(dashboards_may_ask_for_ranges), RIG(units_fill_their_own_gaps),
    };
    return cmocka_run_group_tests_name("bus_access", tests, NULL, NULL);
}
