/* Requests that stay: streams of events, and commands that sleep until they are committed. */
#include "tests/unit/http_fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "daemon/http/socket.h"
#include "daemon/http/stream.h"

static int open_stream(const char *query)
{
    int fd = http_connect();
    struct buf request = BUF_INIT;

    buf_addf(&request, "GET /api/v1/events%s HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", query,
             (unsigned)http_port(http_town.http));
    http_send(fd, request.data, request.len);
    buf_free(&request);
    return fd;
}

static void streams_replay_then_follow(void **state)
{
    struct buf all = BUF_INIT, filtered = BUF_INIT, a = BUF_INIT;
    int fd = open_stream("?since=1"), narrow = open_stream("?topic=epidemic");

    (void)state;
    http_read_until(fd, "id: 3\n", &all);
    assert_null(strstr(all.data, "id: 1\n"));
    assert_non_null(strstr(all.data, "event: huiying.concern.opened\ndata: {"));
    http_read_until(narrow, "id: 2\n", &filtered);

    struct event next[2] = {
        http_event(4, EVENT_REMINDED, 1, "wage-arrears", "labour-office"),
        http_event(5, EVENT_REMINDED, 2, "epidemic", "labour-office")};
    struct store_batch batch = {.events = next, .nevents = 2};
    assert_int_equal(store_commit(http_town.store, &batch), 0);
    http_committed(http_town.http, 5);
    http_read_until(fd, "id: 5\n", &all);
    assert_non_null(strstr(all.data, "id: 4\n"));
    http_read_until(narrow, "id: 5\n", &filtered);
    assert_null(strstr(filtered.data, "id: 1\n"));
    assert_null(strstr(filtered.data, "id: 4\n"));
    close(fd);
    close(narrow);

    assert_int_equal(http_ask(false, "GET /api/v1/events?since=6 HTTP/1.1", NULL, &a), 409);
    assert_int_equal(http_ask(false, "GET /api/v1/events?epoch=other HTTP/1.1", NULL, &a), 409);
    assert_int_equal(http_ask(false, "GET /api/v1/events?since=x HTTP/1.1", NULL, &a), 400);
    buf_free(&a);
    buf_free(&all);
    buf_free(&filtered);
}

static void last_event_id_beats_since(void **state)
{
    int fd = http_connect();
    struct buf request = BUF_INIT, out = BUF_INIT;

    (void)state;
    buf_addf(&request, "GET /api/v1/events?since=0 HTTP/1.1\r\nHost: localhost:%u\r\n"
                       "Last-Event-ID: 2\r\n\r\n", (unsigned)http_port(http_town.http));
    http_send(fd, request.data, request.len);
    http_read_until(fd, "id: 3\n", &out);
    assert_null(strstr(out.data, "id: 2\n"));
    close(fd);
    buf_free(&request);
    buf_free(&out);
}

static void streams_are_limited(void **state)
{
    int fds[STREAMS_MAX];
    struct buf a = BUF_INIT;

    (void)state;
    for (int i = 0; i < STREAMS_MAX; i++) {
        fds[i] = open_stream("");
        buf_reset(&a);
        http_read_until(fds[i], "id: 3\n", &a);
    }
    assert_int_equal(http_ask(false, "GET /api/v1/events HTTP/1.1", NULL, &a), 503);
    assert_int_equal(http_ask(false, "GET /api/v1/status HTTP/1.1", NULL, &a), 200);
    for (int i = 0; i < STREAMS_MAX; i++)
        close(fds[i]);
    buf_free(&a);
}

struct asking {
    const char *head, *body;
    int status;
    struct buf answer;
};

static void *ask_aside(void *arg)
{
    struct asking *q = arg;

    q->status = http_ask(true, q->head, q->body, &q->answer);
    return NULL;
}

static void commands_wait_for_their_commit(void **state)
{
    struct asking q = {.head = "POST /api/v1/concerns/c1/answer HTTP/1.1\r\nIdempotency-Key: k1",
                       .body = "{\"url\":\"https://example.gov.cn/1\",\"unit\":\"labour-office\"}"};
    struct buf a = BUF_INIT;
    pthread_t thread;

    (void)state;
    pthread_create(&thread, NULL, ask_aside, &q);
    http_wait_for_command();
    assert_int_equal(http_held.act, COMMAND_ANSWER);
    assert_int_equal(http_held.concern, 1);
    assert_string_equal(http_held.url, "https://example.gov.cn/1");
    assert_string_equal(http_held.by, "labour-office");
    assert_string_equal(http_held.key, "k1");
    /* The side's one thread is free while a command waits. */
    assert_int_equal(http_ask(true, "GET /api/v1/status HTTP/1.1", NULL, &a), 200);
    http_finish_command(0, NULL, 42);
    pthread_join(thread, NULL);
    assert_int_equal(q.status, 200);
    json_t *answer = http_json(&q.answer);
    assert_int_equal(json_integer_value(json_object_get(answer, "seq")), 42);
    json_decref(answer);

    q.head = "POST /api/v1/concerns/c2/accept HTTP/1.1";
    q.body = NULL;
    pthread_create(&thread, NULL, ask_aside, &q);
    http_wait_for_command();
    assert_string_equal(http_held.by, "");
    http_finish_command(ERR_REFUSED, "已办结 (already closed)", 0);
    pthread_join(thread, NULL);
    assert_int_equal(q.status, 409);
    answer = http_json(&q.answer);
    assert_string_equal(http_text_at(answer, "detail", NULL), "已办结 (already closed)");
    json_decref(answer);
    buf_free(&q.answer);
    buf_free(&a);
}

static void commands_are_checked_before_the_ledger(void **state)
{
    static const char answer[] = "POST /api/v1/concerns/c1/answer HTTP/1.1";
    static char big[70000];
    struct buf a = BUF_INIT;

    (void)state;
    assert_int_equal(http_ask(true, answer, "{}", &a), 422);
    assert_int_equal(http_ask(true, answer, "[]", &a), 422);
    assert_int_equal(http_ask(true, answer, "{\"url\":\"http://a/\",\"x\":\"y\"}", &a), 422);
    assert_int_equal(http_ask(true, answer, "{\"url\":1}", &a), 422);
    assert_int_equal(http_ask(true, answer, "{\"url\":\"http://a/\",\"unit\":\"x\"}", &a), 422);
    assert_int_equal(http_ask(true, answer, "{", &a), 400);
    assert_int_equal(http_ask(true,
                              "POST /api/v1/concerns/c1/accept HTTP/1.1\r\nIdempotency-Key: a b",
                         "{}", &a), 422);
    memset(big, ' ', sizeof big - 1);
    assert_int_equal(http_ask(true, answer, big, &a), 413);
    http_town.ledger.refuse = ERR_CLOSED;
    assert_int_equal(http_ask(true, answer, "{\"url\":\"http://a/\"}", &a), 503);
    assert_null(http_held.done);
    buf_free(&a);
}

static void a_page_is_registered(void **state)
{
    static const char head[] = "POST /api/v1/register HTTP/1.1";
    static const char *const wrong[] = {
        "", "[]", "{}", "{\"url\":\"\"}", "{\"url\":7}", "{\"url\":\"http://a/ b\"}",
        "{\"url\":\"http://a/\",\"text\":\"x\"}", "{\"url\":\"http://a/\",\"unit\":\"nobody\"}",
        "{\"url\":\"http://a/\",\"topic\":\"\"}", "{\"url\":\"http://a/\",\"note\":\"a\\u0000b\"}"};
    struct buf a = BUF_INIT;
    json_t *answer;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(http_ask(true, head, wrong[i], &a), 422);
    assert_int_equal(http_ask(false, head, "{\"url\":\"http://a/\"}", &a), 403);
    assert_int_equal(http_ask(true, head, "{\"url\":\"http://a/\",\"topic\":\"wages\"}", &a), 200);
    answer = http_json(&a);
    assert_string_equal(http_text_at(answer, "concern", NULL), "c12");
    json_decref(answer);
    assert_int_equal(http_ask(true, head, "{\"url\":\"http://a/\"}", &a), 422);
    answer = http_json(&a);
    assert_string_equal(http_text_at(answer, "detail", NULL), "没有事项 (no topic)");
    json_decref(answer);
    buf_free(&a);
}

/* Sleeping connections of both kinds must not hold up the stop, and a late commit must be safe. */
static void stopping_wakes_sleepers(void **state)
{
    struct asking q = {.head = "POST /api/v1/concerns/c1/accept HTTP/1.1", .body = "{}"};
    struct buf out = BUF_INIT;
    pthread_t thread;
    int fd = open_stream("");

    (void)state;
    http_read_until(fd, "id: 3\n", &out);
    pthread_create(&thread, NULL, ask_aside, &q);
    http_wait_for_command();
    http_stop(http_town.http);
    http_town.http = NULL;
    http_read_until(fd, NULL, &out);
    pthread_join(thread, NULL);
    http_finish_command(0, NULL, 9);
    close(fd);
    buf_free(&q.answer);
    buf_free(&out);
}

static void a_client_that_leaves_is_forgotten(void **state)
{
    static const char post[] = "POST /api/v1/concerns/c1/accept HTTP/1.1\r\nHost: x\r\n"
                               "Content-Length: 2\r\n\r\n{}";
    int fd = socket_connect_unix(http_town.socket);
    struct buf a = BUF_INIT;

    (void)state;
    http_send(fd, post, sizeof post - 1);
    http_wait_for_command();
    close(fd);
    http_finish_command(0, NULL, 4);
    assert_int_equal(http_ask(true, "GET /api/v1/status HTTP/1.1", NULL, &a), 200);
    buf_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(streams_replay_then_follow),
        CASE(last_event_id_beats_since),
        CASE(streams_are_limited),
        CASE(commands_wait_for_their_commit),
        CASE(commands_are_checked_before_the_ledger),
        CASE(a_page_is_registered),
        CASE(stopping_wakes_sleepers),
        CASE(a_client_that_leaves_is_forgotten),
    };
    return cmocka_run_group_tests_name("http-waits", tests, NULL, NULL);
}
