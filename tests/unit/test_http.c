#include "daemon/http/views.h"
#include "tests/unit/http_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

#include "base/err.h"
#include "daemon/http/pages.h"
#include "daemon/http/socket.h"
#include "daemon/http/stream.h"

static void status_tells_place_clock_and_counts(void **state)
{
    struct buf a = BUF_INIT;

    (void)state;
    assert_int_equal(http_ask(false, "GET /api/v1/status HTTP/1.1", NULL, &a), 200);
    json_t *s = http_json(&a);
    assert_string_equal(http_text_at(s, "epoch", NULL), store_epoch(http_town.store));
    assert_int_equal(json_integer_value(json_object_get(s, "head")), 3);
    assert_string_equal(http_text_at(s, "place", "name"), "青石镇");
    assert_true(json_is_false(json_object_get(s, "demonstration")));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(s, "store"), "open")), 3);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(s, "ledger"), "commits")),
                     7);
    json_decref(s);
    assert_non_null(strstr(a.data, "Content-Security-Policy: default-src 'none'"));
    assert_non_null(strstr(a.data, "X-Content-Type-Options: nosniff"));
    assert_null(strstr(a.data, "Set-Cookie"));
    buf_free(&a);
}

static void loopback_is_read_only_and_checks_the_host(void **state)
{
    struct buf a = BUF_INIT;

    (void)state;
    assert_int_equal(http_ask(false, "GET / HTTP/1.1\r\nHost: evil.cn", NULL, &a), 421);
    assert_int_equal(http_ask(false, "POST /api/v1/concerns/c1/accept HTTP/1.1", "{}", &a), 403);
    assert_non_null(strstr(a.data, "application/problem+json"));
    assert_int_equal(http_ask(false, "DELETE / HTTP/1.1", NULL, &a), 405);
    assert_non_null(strstr(a.data, "Allow: GET, HEAD"));
    assert_int_equal(http_ask(false, "HEAD /api/v1/status HTTP/1.1", NULL, &a), 200);
    assert_string_equal(strstr(a.data, "\r\n\r\n"), "\r\n\r\n");
    assert_int_equal(http_ask(true, "PUT /api/v1/status HTTP/1.1", "x", &a), 405);
    assert_int_equal(http_ask(true, "GET /api/v1/nothing HTTP/1.1", NULL, &a), 404);
    assert_int_equal(http_ask(false, "GET /../config.h HTTP/1.1", NULL, &a), 404);
    assert_int_equal(http_ask(false, "GET /api/v1/concerns/cx HTTP/1.1", NULL, &a), 404);
    buf_free(&a);
}

static void a_refusal_keeps_the_connection(void **state)
{
    static const char *const refused[] = {
        "GET /nonsense HTTP/1.1\r\nHost: localhost:%u\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: evil.example:%u\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: localhost:%u\r\nContent-Length: 0\r\n\r\n",
        "GET /api/v1/status HTTP/1.1\r\nHost: localhost:%u\r\nAuthorization: Bearer x\r\n\r\n",
    };
    unsigned port = http_port(http_town.http);
    struct buf request = BUF_INIT, a = BUF_INIT;
    int fd = http_connect();

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        buf_reset(&request);
        buf_reset(&a);
        buf_addf(&request, refused[i], port);
        http_send(fd, request.data, request.len);
        http_read_until(fd, "}\n", &a);
        assert_true(str_starts(buf_str(&a), STR("HTTP/1.1 4")));
    }
    buf_reset(&request);
    buf_reset(&a);
    buf_addf(&request, "GET /api/v1/status HTTP/1.1\r\nHost: localhost:%u\r\n"
                       "Connection: close\r\n\r\n", port);
    http_send(fd, request.data, request.len);
    http_read_until(fd, NULL, &a);
    assert_true(str_starts(buf_str(&a), STR("HTTP/1.1 200")));
    close(fd);
    buf_free(&request);
    buf_free(&a);
}

static void pages_are_cached_by_etag(void **state)
{
    struct buf a = BUF_INIT;
    char head[128], *etag;

    (void)state;
    assert_int_equal(http_ask(false, "GET / HTTP/1.1", NULL, &a), 200);
    assert_non_null(strstr(a.data, "text/html; charset=utf-8"));
    etag = strstr(a.data, "ETag: ");
    assert_non_null(etag);
    snprintf(head, sizeof head, "GET / HTTP/1.1\r\nIf-None-Match: %.18s", etag + 6);
    assert_int_equal(http_ask(false, head, NULL, &a), 304);
    assert_string_equal(strstr(a.data, "\r\n\r\n"), "\r\n\r\n");
    assert_int_equal(http_ask(false, "GET /app.js HTTP/1.1", NULL, &a), 200);
    buf_free(&a);
}

/* A file that is not named in pages.c would be installed and never be served. */
static void every_file_of_the_dashboard_is_served(void **state)
{
    static const char *const folders[] = {"", "js/", "js/parts/"};
    const char *src = getenv("srcdir");
    size_t found = 0, named = 0;

    (void)state;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/dashboard/%s", src ? src : "..", folders[i]);
        DIR *dir = opendir(path);
        for (const struct dirent *e; dir && (e = readdir(dir));) {
            const char *dot = strrchr(e->d_name, '.');
            if (!dot || e->d_name[0] == '.' || strcmp(dot, ".inc") == 0)
                continue;
            snprintf(path, sizeof path, "/%s%s", folders[i], e->d_name);
            if (pages_find(str_from(path)) < 0)
                fail_msg("not served: %s", path);
            found++;
        }
        if (dir)
            closedir(dir);
    }
    while (pages_at(named))
        named++;
    assert_int_equal(found, named);
    assert_int_equal(pages_find(STR("/")), pages_find(STR("/index.html")));
    assert_int_equal(pages_find(STR("/Makefile.inc")), ERR_NOTFOUND);
    assert_int_equal(pages_find(STR("index.html")), ERR_NOTFOUND);
    assert_int_equal(pages_find(STR("")), ERR_NOTFOUND);
}

static void concerns_are_paged_and_filtered(void **state)
{
    struct buf a = BUF_INIT;
    char head[256];

    (void)state;
    assert_int_equal(http_ask(true, "GET /api/v1/concerns?limit=2 HTTP/1.1", NULL, &a), 200);
    json_t *page = http_json(&a), *items = json_object_get(page, "items");
    assert_int_equal(json_array_size(items), 2);
    assert_string_equal(http_text_at(json_array_get(items, 0), "id", NULL), "c1");
    assert_string_equal(http_text_at(json_array_get(items, 0), "topic", "name"), "拖欠工资");
    assert_string_equal(http_text_at(json_array_get(items, 0), "unit", "name"), "劳动保障所");
    assert_string_equal(http_text_at(json_array_get(items, 0), "state_zh", NULL), "待签收");
    assert_true(json_is_true(json_object_get(json_array_get(items, 0), "overdue")));
    snprintf(head, sizeof head, "GET /api/v1/concerns?limit=2&cursor=%s HTTP/1.1",
             http_text_at(page, "next_cursor", NULL));
    json_decref(page);
    assert_int_equal(http_ask(true, head, NULL, &a), 200);
    page = http_json(&a);
    items = json_object_get(page, "items");
    assert_int_equal(json_array_size(items), 1);
    assert_string_equal(http_text_at(json_array_get(items, 0), "id", NULL), "c3");
    assert_true(json_is_null(json_object_get(page, "next_cursor")));
    json_decref(page);
    assert_int_equal(http_ask(true, "GET /api/v1/concerns?topic=epidemic HTTP/1.1", NULL, &a), 200);
    page = http_json(&a);
    assert_int_equal(json_array_size(json_object_get(page, "items")), 1);
    json_decref(page);
    assert_int_equal(http_ask(true, "GET /api/v1/concerns?state=nope HTTP/1.1", NULL, &a), 400);
    assert_int_equal(http_ask(true, "GET /api/v1/concerns?limit=0 HTTP/1.1", NULL, &a), 400);
    assert_int_equal(http_ask(true, "GET /api/v1/concerns?cursor=x HTTP/1.1", NULL, &a), 400);
    buf_free(&a);
}

static void a_concern_shows_its_items_escaped(void **state)
{
    struct buf a = BUF_INIT;

    (void)state;
    assert_int_equal(http_ask(false, "GET /api/v1/concerns/c1 HTTP/1.1", NULL, &a), 200);
    json_t *c = http_json(&a), *mentions = json_object_get(c, "mentions");
    assert_int_equal(json_array_size(mentions), 2);
    assert_string_equal(http_text_at(json_array_get(mentions, 0), "title", NULL),
                        "欠薪 \"<script>\" \\ \t");
    assert_string_equal(http_text_at(json_array_get(mentions, 0), "source", "name"), "留言板");
    assert_true(json_is_true(json_object_get(json_array_get(mentions, 1), "expired")));
    assert_string_equal(http_text_at(json_array_get(json_object_get(c, "events"), 0), "type", NULL),
                        "huiying.concern.opened");
    json_decref(c);
    assert_int_equal(http_ask(false, "GET /api/v1/concerns/c99 HTTP/1.1", NULL, &a), 404);
    static const char *const lists[] = {"sources", "units", "topics"};
    for (size_t i = 0; i < 3; i++) {
        char head[64];
        snprintf(head, sizeof head, "GET /api/v1/%s HTTP/1.1", lists[i]);
        assert_int_equal(http_ask(false, head, NULL, &a), 200);
        c = http_json(&a);
        assert_true(json_array_size(json_object_get(c, "items")) >= 1);
        json_decref(c);
    }
    buf_free(&a);
}

static void places_have_names(void **state)
{
    static const struct {
        const char *code, *json;
    } cases[] = {
        {"371699", "{\"at\":{\"code\":\"371699\",\"name\":\"青石镇\"}"}, /* its own */
        {"110000", "{\"at\":{\"code\":\"110000\",\"name\":\"北京市\"}"},
        {"999999", "{\"at\":{\"code\":\"999999\",\"name\":\"999999\"}"},
        {"", "{\"at\":null"},
    };
    struct buf b = BUF_INIT;
    char *home = http_town.config.home_region;

    (void)state;
    http_town.config.home_region = (char *)"371699"; /* the gazetteer has no such place */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_reset(&b);
        buf_add_char(&b, '{');
        views_region(&b, &http_town.config, http_town.config.rules, "at", cases[i].code);
        if (!str_is(buf_str(&b), cases[i].json))
            fail_msg("%.*s", STR_ARG(buf_str(&b)));
    }
    http_town.config.home_region = home;
    buf_free(&b);
}

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

#define CASE(f) cmocka_unit_test_setup_teardown(f, http_setup, http_teardown)

static void views_are_sent_once(void **state)
{
    struct buf a = BUF_INIT;
    char head[256];

    (void)state;
    static const char *const paths[] = {"/api/v1/concerns", "/api/v1/concerns/c1", "/api/v1/units",
                                        "/api/v1/topics"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        /* a minute may pass between the two: the tag of the last answer is tried again */
        int status = 0;
        for (int tries = 0; tries < 3 && status != 304; tries++) {
            snprintf(head, sizeof head, "GET %s HTTP/1.1", paths[i]);
            assert_int_equal(http_ask(true, head, NULL, &a), 200);
            const char *tag = strstr(a.data, "ETag: W/\"");
            assert_non_null(tag);
            snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nIf-None-Match: \"x\", %.*s", paths[i],
                     (int)strcspn(tag + 6, "\r"), tag + 6);
            status = http_ask(true, head, NULL, &a);
        }
        assert_int_equal(status, 304);
        assert_string_equal(strstr(a.data, "\r\n\r\n"), "\r\n\r\n");
        /* another caller's view has another tag */
        assert_int_equal(http_ask(false, head, NULL, &a), 200);
    }
    /* what the ledger does not tell of has none */
    assert_int_equal(http_ask(true, "GET /api/v1/status HTTP/1.1", NULL, &a), 200);
    assert_null(strstr(a.data, "ETag:"));
    buf_free(&a);
}

static void a_commit_changes_the_tag(void **state)
{
    struct buf a = BUF_INIT;
    char head[256];

    (void)state;
    assert_int_equal(http_ask(true, "GET /api/v1/units HTTP/1.1", NULL, &a), 200);
    const char *tag = strstr(a.data, "ETag: ");
    snprintf(head, sizeof head, "GET /api/v1/units HTTP/1.1\r\nIf-None-Match: %.*s",
             (int)strcspn(tag + 6, "\r"), tag + 6);
    struct event e = http_event(4, EVENT_UPDATED, 1, "wage-arrears", "labour-office");
    struct store_batch b = {.events = &e, .nevents = 1};
    assert_int_equal(store_commit(http_town.store, &b), 0);
    assert_int_equal(http_ask(true, head, NULL, &a), 200);
    buf_free(&a);
}

static size_t unpack(const struct buf *answer, char *out, size_t size)
{
    const char *body = strstr(answer->data, "\r\n\r\n") + 4;
    z_stream z = {.next_in = (Bytef *)(uintptr_t)body,
                  .avail_in = (uInt)(answer->data + answer->len - body),
                  .next_out = (Bytef *)out,
                  .avail_out = (uInt)size};

    assert_int_equal(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    size_t n = z.total_out;
    inflateEnd(&z);
    return n;
}

static void long_answers_are_packed_for_who_asks(void **state)
{
    static const struct {
        const char *accept;
        bool packed;
    } cases[] = {{"gzip", true},       {"br, gzip;q=0.5", true}, {"GZIP", true},
                 {"gzip;q=0", false},  {"gzip; q=0.0", false},   {"br", false},
                 {"x-gzips", false},   {"identity", false}};
    static const char *const paths[] = {"/api/v1/topics", "/app.js"};
    struct buf a = BUF_INIT, plain = BUF_INIT;
    static char text[1 << 20];
    char head[256];

    (void)state;
    for (size_t p = 0; p < 2; p++) {
        snprintf(head, sizeof head, "GET %s HTTP/1.1", paths[p]);
        assert_int_equal(http_ask(true, head, NULL, &plain), 200);
        assert_null(strstr(plain.data, "Content-Encoding"));
        const char *body = strstr(plain.data, "\r\n\r\n") + 4;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nAccept-Encoding: %s", paths[p],
                     cases[i].accept);
            assert_int_equal(http_ask(true, head, NULL, &a), 200);
            assert_non_null(strstr(a.data, "Vary: Accept-Encoding"));
            bool packed = strstr(a.data, "Content-Encoding: gzip") != NULL;
            if (packed != cases[i].packed)
                fail_msg("%s: %s", cases[i].accept, packed ? "packed" : "plain");
            if (packed) {
                assert_int_equal(unpack(&a, text, sizeof text), strlen(body));
                assert_memory_equal(text, body, strlen(body));
                assert_true(a.len < plain.len);
            }
        }
    }
    /* a short answer, which may hold a secret, is not */
    assert_int_equal(http_ask(true, "GET /api/v1/session HTTP/1.1\r\nAccept-Encoding: gzip", NULL,
                              &a), 200);
    assert_null(strstr(a.data, "Content-Encoding"));
    buf_free(&plain);
    buf_free(&a);
}

static void problems_say_what_and_where(void **state)
{
    static const struct {
        const char *ask, *type, *instance;
        int status;
    } cases[] = {
        {"GET /api/v1/concerns/c99 HTTP/1.1", "urn:huiying:problem:not-found",
         "/api/v1/concerns/c99", 404},
        {"GET /api/v1/concerns?state=x HTTP/1.1", "urn:huiying:problem:query", "/api/v1/concerns",
         400},
        {"POST /api/v1/concerns/c1/answer HTTP/1.1", "urn:huiying:problem:invalid",
         "/api/v1/concerns/c1/answer", 422},
        {"GET /api/v1/sources/nobody HTTP/1.1", "urn:huiying:problem:not-found",
         "/api/v1/sources/nobody", 404},
        {"GET /%3Cscript%3E HTTP/1.1", "urn:huiying:problem:not-found", NULL, 404},
        {"PATCH /api/v1/status HTTP/1.1", "urn:huiying:problem:method", NULL, 405},
    };
    struct buf a = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(http_ask(true, cases[i].ask, NULL, &a), cases[i].status);
        assert_non_null(strstr(a.data, "application/problem+json"));
        json_t *p = http_json(&a);
        assert_string_equal(http_text_at(p, "type", NULL), cases[i].type);
        const char *at = http_text_at(p, "instance", NULL);
        assert_true((at == NULL) == (cases[i].instance == NULL));
        if (at)
            assert_string_equal(at, cases[i].instance);
        assert_int_equal(json_integer_value(json_object_get(p, "status")), cases[i].status);
        assert_non_null(http_text_at(p, "title", NULL));
        assert_non_null(http_text_at(p, "detail", NULL));
        json_decref(p);
    }
    buf_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(status_tells_place_clock_and_counts),
        CASE(loopback_is_read_only_and_checks_the_host),
        CASE(views_are_sent_once),
        CASE(a_commit_changes_the_tag),
        CASE(long_answers_are_packed_for_who_asks),
        CASE(problems_say_what_and_where),
        CASE(a_refusal_keeps_the_connection),
        CASE(pages_are_cached_by_etag),
        CASE(every_file_of_the_dashboard_is_served),
        CASE(concerns_are_paged_and_filtered),
        CASE(a_concern_shows_its_items_escaped), CASE(places_have_names),
        CASE(streams_replay_then_follow),
        CASE(last_event_id_beats_since),
        CASE(streams_are_limited),
        CASE(commands_wait_for_their_commit),
        CASE(commands_are_checked_before_the_ledger),
        CASE(a_page_is_registered),
        CASE(stopping_wakes_sleepers),
        CASE(a_client_that_leaves_is_forgotten),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
