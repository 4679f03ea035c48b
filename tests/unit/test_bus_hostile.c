/* What peers get that send what nobody should. */
#include "tests/unit/bus_rig.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "base/clock.h"

#define HELLO "{\"op\":\"hello\",\"receiver\":\"desk-1\",\"epoch\":\"\",\"last\":0,\"credit\":100}"

/* What nobody sends who speaks the bus ends the connection at once. */
static void nonsense_costs_the_line(void **state)
{
    struct rig *r = *state;
    static char large[20000];
    static const char *const frames[] = {"", "{", "[]", "\xff\xfe", large, NULL};
    struct bus_counters n;

    memset(large, 'x', sizeof large - 1);
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        void *bad = rig_raw(r, ZMQ_DEALER, &r->wages, r->units);
        rig_send(bad, HELLO);
        rig_expect_gone(bad, "welcome");
        void *monitor = rig_watch(r, bad, ZMQ_EVENT_DISCONNECTED);
        if (!frames[i])
            zmq_send(bad, HELLO, strlen(HELLO), ZMQ_SNDMORE);
        rig_send(bad, frames[i] ? frames[i] : "second frame");
        rig_expect_gone(bad, "error");
        assert_int_equal(rig_first_event(bad, monitor), ZMQ_EVENT_DISCONNECTED);
        rig_close(r, bad);
        bus_counters(r->bus, &n);
        assert_int_equal(n.bad_frames, i + 1);
        assert_int_equal(n.lines_cut, i + 1);
    }
    /* Who lost its line may come again. */
    struct bus_client *c = rig_client(r, &r->wages, "desk-1", "", 0, NULL);
    bus_client_close(c);
}

/* Another protocol altogether, to the end of the connection. */
static void speak_http(const char *endpoint)
{
    static const char text[] = "GET / HTTP/1.1\r\nHost: bus\r\n\r\n";
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                            .sin_port = htons((uint16_t)atoi(strrchr(endpoint, ':') + 1))};
    char answer[256];
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(send(fd, text, sizeof text - 1, MSG_NOSIGNAL), sizeof text - 1);
    while (recv(fd, answer, sizeof answer, 0) > 0)
        ;
    close(fd);
}

static void foreign_bytes_are_counted(void **state)
{
    struct rig *r = *state;
    struct bus_counters before, after;

    /* A round trip: what the self-test did at the start is counted. */
    struct bus_client *first = rig_client(r, &r->health, "desk-1", "", 0, NULL);
    bus_client_ack(first, 0);
    json_decref(rig_await(first, "acked"));
    bus_counters(r->bus, &before);
    speak_http(r->units);
    struct bus_client *c = rig_client(r, &r->wages, "desk-1", "", 0, NULL);
    bus_counters(r->bus, &after);
    assert_int_equal(after.lines_accepted, before.lines_accepted + 2);
    assert_int_equal(after.lines_greeted, before.lines_greeted + 1);
    bus_client_close(c);
    bus_client_close(first);
}

static void mistakes_are_counted_then_cut(void **state)
{
    struct rig *r = *state;
    void *bad = rig_raw(r, ZMQ_DEALER, &r->wages, r->units);
    struct bus_client *good = rig_client(r, &r->wages, "good", "", 0, NULL);
    struct bus_counters n;
    static const char *const frames[] = {
        "{\"op\":7}", "{\"op\":\"delete\"}", "{\"op\":\"ack\"}", "{}", "{\"op\":\"canary\"}",
        "{\"op\":\"credit\",\"add\":-1}", "{\"op\":\"snapshot\"}",
        "{\"op\":\"command\",\"key\":\"k\",\"act\":\"accept\",\"concern\":\"c1\"}",
        "{\"op\":\"hello\",\"receiver\":\"a b\",\"credit\":1}",
    };

    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        rig_send(bad, frames[i]);
        rig_expect_gone(bad, "error");
    }
    void *monitor = rig_watch(r, bad, ZMQ_EVENT_DISCONNECTED);
    rig_send(bad, "{\"op\":\"once more\"}");
    json_t *last = rig_expect(bad, "error");
    assert_non_null(strstr(rig_text(last, "reason"), "ends"));
    json_decref(last);
    assert_int_equal(rig_first_event(bad, monitor), ZMQ_EVENT_DISCONNECTED);
    void *after = rig_raw(r, ZMQ_DEALER, &r->wages, r->units);
    rig_send(after, "{\"op\":\"ping\"}");
    rig_expect_gone(after, "pong");
    memory_ledger_add(r->ledger, "wage-arrears", "wages", NULL);
    assert_int_equal(rig_next_event(good), 1);
    bus_counters(r->bus, &n);
    assert_int_equal(n.bad_frames, 10);
    assert_int_equal(n.receivers, 1);
    assert_int_equal(n.lines_cut, 1);
    /* It connected again by itself: a new line, a new beginning. */
    rig_send(bad, HELLO);
    rig_expect_gone(bad, "welcome");
    bus_client_close(good);
}

static void oversized_frame_costs_the_line(void **state)
{
    struct rig *r = *state;
    void *big = rig_raw(r, ZMQ_DEALER, &r->wages, r->units);
    size_t size = 65 * 1024;
    char *frame = calloc(1, size);

    struct bus_counters n;

    rig_send(big, HELLO);
    rig_expect_gone(big, "welcome");
    void *monitor = rig_watch(r, big, ZMQ_EVENT_DISCONNECTED);
    assert_int_equal(zmq_send(big, frame, size, 0), (int)size);
    json_t *error = rig_expect(big, "error");
    assert_non_null(strstr(rig_text(error, "reason"), "too long"));
    json_decref(error);
    assert_int_equal(rig_first_event(big, monitor), ZMQ_EVENT_DISCONNECTED);
    free(frame);
    bus_counters(r->bus, &n);
    assert_int_equal(n.bad_frames, 1);
    assert_int_equal(n.oversized, 1);
    assert_int_equal(n.lines_cut, 1);
}

/* Nobody can say how long it was: libzmq reads no further. */
static void absurd_frame_ends_the_line(void **state)
{
    struct rig *r = *state;
    void *big = rig_raw(r, ZMQ_DEALER, &r->wages, r->units);
    size_t size = 257 * 1024;
    char *frame = calloc(1, size);
    struct bus_counters before, after;

    rig_send(big, HELLO);
    rig_expect_gone(big, "welcome");
    bus_counters(r->bus, &before);
    void *monitor = rig_watch(r, big, ZMQ_EVENT_DISCONNECTED);
    assert_int_equal(zmq_send(big, frame, size, 0), (int)size);
    assert_int_equal(rig_first_event(big, monitor), ZMQ_EVENT_DISCONNECTED);
    free(frame);
    struct bus_client *c = rig_client(r, &r->wages, "desk-2", "", 0, NULL);
    bus_client_ack(c, 0); /* another round trip: the end of the line was noticed before it */
    json_decref(rig_await(c, "acked"));
    bus_counters(r->bus, &after);
    assert_true(after.lines_ended > before.lines_ended);
    bus_client_close(c);
}

/* PUB reads what is sent to it now and then: within 10 s. */
static struct bus_counters pub_counters(struct rig *r, uint64_t accepted, uint64_t ended)
{
    struct bus_counters n;
    int64_t until = clock_mono() + 60000;

    do {
        bus_counters(r->bus, &n);
        clock_sleep(5);
    } while ((n.pub_accepted < accepted || n.pub_ended < ended) && clock_mono() < until);
    return n;
}

static void what_is_no_subscriber_is_counted(void **state)
{
    struct rig *r = *state;
    char topic[5000] = "\1"; /* a subscription, so that XSUB hands it on */
    struct bus_counters before = pub_counters(r, 1, 1); /* the self-test's own */

    speak_http(r->pub);
    struct bus_counters after = pub_counters(r, before.pub_accepted + 1, 0);
    assert_int_equal(after.pub_accepted, before.pub_accepted + 1);
    assert_int_equal(after.pub_greeted, before.pub_greeted);
    void *big = rig_raw(r, ZMQ_XSUB, &r->hall, NULL);
    void *monitor = rig_watch(r, big, ZMQ_EVENT_DISCONNECTED);
    assert_int_equal(zmq_connect(big, r->pub), 0);
    after = pub_counters(r, before.pub_accepted + 2, 0);
    assert_int_equal(zmq_send(big, topic, sizeof topic, 0), (int)sizeof topic);
    assert_int_equal(rig_first_event(big, monitor), ZMQ_EVENT_DISCONNECTED);
    after = pub_counters(r, 0, after.pub_ended + 1);
    assert_true(after.pub_greeted > before.pub_greeted && after.pub_ended > before.pub_ended);
}

/* Of commands under way it is the wrong one that is named; one before hello was not wrong. */
static void an_error_names_the_command(void **state)
{
    struct rig *r = *state;
    void *s = rig_raw(r, ZMQ_DEALER, &r->wages, r->units);
    static const struct {
        const char *request, *key;
    } cases[] = {
        {"{\"op\":\"command\",\"key\":\"a\",\"act\":\"accept\",\"concern\":\"c1\"}", NULL},
        {HELLO, NULL},
        {"{\"op\":\"command\",\"key\":\"b\",\"act\":\"accept\",\"concern\":7}", "b"},
        {"{\"op\":\"command\",\"key\":\"b\",\"act\":\"answer\",\"concern\":\"c1\"}", "b"},
        {"{\"op\":\"command\",\"key\":\"c\",\"act\":\"dance\",\"concern\":\"c1\"}", "c"},
        {"{\"op\":\"command\",\"key\":\"d e\",\"act\":\"accept\",\"concern\":\"c1\"}", NULL},
        {"{\"op\":\"dance\",\"key\":\"f\"}", NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rig_send(s, cases[i].request);
        json_t *answer = rig_expect(s, i == 1 ? "welcome" : "error");
        const char *key = json_string_value(json_object_get(answer, "key"));
        assert_string_equal(key ? key : "", cases[i].key ? cases[i].key : "");
        json_decref(answer);
    }
}

static void chosen_routing_id_is_refused(void **state)
{
    struct rig *r = *state;
    void *s = rig_raw(r, ZMQ_DEALER, &r->health, NULL);

    zmq_setsockopt(s, ZMQ_ROUTING_ID, "desk", 4);
    assert_int_equal(zmq_connect(s, r->units), 0);
    rig_send(s, HELLO);
    json_t *error = rig_expect(s, "error");
    assert_non_null(strstr(rig_text(error, "reason"), "routing id"));
    json_decref(error);
}

int main(void)
{
#define RIG(f) cmocka_unit_test_setup_teardown(f, rig_start, rig_stop)
    const struct CMUnitTest tests[] = {
        RIG(nonsense_costs_the_line),        RIG(foreign_bytes_are_counted),
        RIG(mistakes_are_counted_then_cut),  RIG(oversized_frame_costs_the_line),
        RIG(absurd_frame_ends_the_line),     RIG(chosen_routing_id_is_refused),
        RIG(what_is_no_subscriber_is_counted), RIG(an_error_names_the_command),
    };
    return cmocka_run_group_tests_name("bus_hostile", tests, NULL, NULL);
}
