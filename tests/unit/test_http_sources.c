/* The API of sources: pages, one source, and what operators do to them. */
#include "tests/unit/http_fixture.h"

#include <stdio.h>

#include "base/err.h"
#include "daemon/routes/intake.h"

struct asking {
    const char *head, *body;
    struct buf answer;
    int status;
};

static void *ask_aside(void *arg)
{
    struct asking *q = arg;

    q->status = http_ask(true, q->head, q->body, &q->answer);
    return NULL;
}

/* Send it, let the ledger end it so, and read the answer. */
static json_t *ask_held(struct asking *q, int status, const char *reason, const int *each)
{
    pthread_t thread;

    pthread_create(&thread, NULL, ask_aside, q);
    http_wait_for_command();
    http_finish_sources(status, reason, each);
    pthread_join(thread, NULL);
    return http_json(&q->answer);
}

static void add_sources(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char id[32], url[64];
        uint32_t at;
        snprintf(id, sizeof id, "%s-%03zu", i % 2 ? "odd" : "even", i);
        snprintf(url, sizeof url, "https://example.cn/feeds/%zu", i);
        struct source s = {.id = id, .name = id, .url = url, .interval = 600000, .least = 600000,
                           .most = 600000, .kind = i % 2 ? SOURCE_OFFICIAL : SOURCE_NEWS,
                           .category = (char *)(i % 4 == 0 ? "政务/教育" : "政务")};
        assert_int_equal(roster_add(http_town.roster, &s, &at), 0);
    }
}

static json_t *get(const char *path, int want)
{
    struct buf a = BUF_INIT;
    char head[256];

    snprintf(head, sizeof head, "GET %s HTTP/1.1", path);
    assert_int_equal(http_ask(true, head, NULL, &a), want);
    json_t *answer = http_json(&a);
    buf_free(&a);
    return answer;
}

/* How many a filter gives over all its pages. */
static size_t count_all(const char *query)
{
    char path[256], cursor[32] = "";
    size_t n = 0;

    for (int pages = 0; pages < 100; pages++) {
        snprintf(path, sizeof path, "/api/v1/sources?%s%s%s", query, cursor[0] ? "&cursor=" : "",
                 cursor);
        json_t *page = get(path, 200);
        const char *next = http_text_at(page, "next_cursor", NULL);
        n += json_array_size(json_object_get(page, "items"));
        snprintf(cursor, sizeof cursor, "%s", next ? next : "");
        json_decref(page);
        if (!cursor[0])
            return n;
    }
    fail_msg("pages without end: %s", query);
    return 0;
}

static void sources_come_in_pages(void **state)
{
    static const struct {
        const char *query;
        size_t count;
    } cases[] = {
        {"limit=7", 41},       {"limit=200", 41},      {"kind=official&limit=3", 20},
        {"kind=board", 1},     {"q=odd-00&limit=2", 5}, {"q=nobody", 0},
        {"find=ODD-00", 5},    {"find=dD-00&limit=2", 5}, {"find=%E6%B2%A1&kind=news", 0},
        {"category=%E6%94%BF%E5%8A%A1", 40}, {"category=%E6%94%BF%E5%8A%A1/%E6%95%99%E8%82%B2", 10},
        {"category=%E6%94%BF", 0}, {"state=active&limit=9", 41}, {"state=paused", 0},
    };
    static const char *const wrong[] = {"state=open", "kind=feed", "q=%E6%94%BF", "limit=0",
                                        "limit=201", "cursor=x", "cursor=0"};

    (void)state;
    add_sources(40);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (count_all(cases[i].query) != cases[i].count)
            fail_msg("%s: %zu", cases[i].query, count_all(cases[i].query));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char path[128];
        snprintf(path, sizeof path, "/api/v1/sources?%s", wrong[i]);
        json_decref(get(path, 400));
    }
    uint32_t at;
    assert_true(roster_find(http_town.roster, STR("odd-001"), &at));
    roster_remove(http_town.roster, at);
    assert_int_equal(count_all("limit=6"), 40);
    json_decref(get("/api/v1/sources/odd-001", 404));
}

static int remember_quarantine(struct store *store)
{
    const struct store_source row = {.id = STR("even-000"), .polled = 1, .failures = 2,
                                     .quarantine_until = INT64_MAX / 2,
                                     .reason = STR("处理时崩溃 (crashed)"),
                                     .moved_from = STR("https://old.example/")};
    const struct store_batch batch = {.sources = &row, .nsources = 1};

    return store_commit(store, &batch);
}

static void one_source_is_shown_whole(void **state)
{
    static const struct {
        struct ledger_source known;
        const char *name;
    } states[] = {
        {{.state = STORE_SOURCE_RETIRED, .silent = true}, "retired"},
        {{.state = STORE_SOURCE_PAUSED, .failures = 1}, "paused"},
        {{.state = STORE_SOURCE_QUARANTINED}, "quarantined"},
        {{.silent = true}, "silent"},
        {{0}, "active"},
    };

    (void)state;
    assert_int_equal(remember_quarantine(http_town.store), 0);
    http_town.ledger.source = (struct ledger_source){.failures = 2, .configured = true};
    json_t *s = get("/api/v1/sources/even-000", 200);
    assert_string_equal(http_text_at(s, "state", NULL), "quarantined");
    assert_string_equal(http_text_at(s, "quarantine_reason", NULL), "处理时崩溃 (crashed)");
    assert_string_equal(http_text_at(s, "moved_from", NULL), "https://old.example/");
    assert_true(json_is_true(json_object_get(s, "configured")));
    assert_string_equal(http_text_at(s, "category", NULL), "政务/教育");
    assert_string_equal(http_text_at(s, "definition", "url"), "https://example.cn/feeds/0");
    assert_string_equal(http_text_at(s, "definition", "interval"), "10m");
    assert_true(json_is_array(json_object_get(s, "history")));
    json_decref(s);
    assert_int_equal(count_all("state=quarantined"), 1);
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        http_town.ledger.source = states[i].known;
        s = get("/api/v1/sources/even-000", 200);
        assert_string_equal(http_text_at(s, "state", NULL), states[i].name);
        json_decref(s);
    }
    json_decref(get("/api/v1/sources/nobody", 404));
    json_decref(get("/api/v1/sources/No%20body", 404));
}

/* Headers may carry a secret: loopback readers are not told them. */
static void secrets_stay_on_the_socket(void **state)
{
    char *headers[] = {(char *)"X-Key: 5ecret", NULL};
    struct source_extras extras = {.headers = headers, .proxy = (char *)"http://10.9.8.7:3128"};
    struct source s = {.id = (char *)"secret", .name = (char *)"内", .interval = 600000,
                       .least = 600000, .most = 600000, .extras = &extras,
                       .url = (char *)"https://example.cn/secret"};
    struct buf a = BUF_INIT;
    uint32_t at;

    (void)state;
    assert_int_equal(roster_add(http_town.roster, &s, &at), 0);
    assert_int_equal(http_ask(true, "GET /api/v1/sources/secret HTTP/1.1", NULL, &a), 200);
    assert_non_null(strstr(a.data, "5ecret"));
    assert_non_null(strstr(a.data, "10.9.8.7"));
    assert_int_equal(http_ask(false, "GET /api/v1/sources/secret HTTP/1.1", NULL, &a), 200);
    assert_null(strstr(a.data, "5ecret"));
    assert_null(strstr(a.data, "10.9.8.7"));
    buf_free(&a);
}

static const char *problem_of(const json_t *results, size_t i, const char *member)
{
    return http_text_at(json_array_get(results, i), "problem", member);
}

static const char *field_of(const json_t *problem)
{
    return http_text_at(json_array_get(json_object_get(problem, "errors"), 0), "field", NULL);
}

static void added_sources_are_judged_one_by_one(void **state)
{
    static const char list[] =
        "[{\"id\":\"a\",\"name\":\"甲\",\"url\":\"https://a.example/f\",\"kind\":\"news\","
        "\"region\":null},"
        "{\"id\":\"b\",\"name\":\"乙\",\"url\":\"https://weibo.com/u/12345\",\"kind\":\"news\"},"
        "{\"id\":\"c\",\"name\":\"丙\",\"url\":\"https://c.example/f\",\"kind\":\"news\","
        "\"interval\":\"1s\"},"
        "{\"id\":\"d\",\"url\":\"https://d.example/f\",\"kind\":\"news\"},"
        "7,"
        "{\"id\":\"even-004\",\"name\":\"己\",\"url\":\"https://example.cn/feeds/4\","
        "\"kind\":\"news\"},"
        "{\"id\":\"g\",\"name\":\"庚\",\"url\":\"https://example.cn/feeds/4#x\",\"kind\":\"news\"},"
        "{\"id\":\"even-006\",\"name\":\"辛\",\"url\":\"https://h.example/\",\"kind\":\"news\"}]";
    static const int each[] = {0, ERR_EXISTS, ERR_EXISTS, ERR_EXISTS};
    static const struct {
        const char *code, *field;
    } want[] = {
        {NULL, NULL}, {"address-refused", "url"}, {"invalid", "interval"}, {"invalid", "name"},
        {"invalid", NULL}, {"exists", NULL}, {"address-exists", NULL}, {"id-exists", NULL},
    };
    struct asking q = {.head = "POST /api/v1/sources HTTP/1.1", .body = list};

    (void)state;
    json_t *answer = ask_held(&q, 0, NULL, each), *results = json_object_get(answer, "results");
    assert_int_equal(q.status, 200);
    assert_int_equal(http_held.nsources, 4);
    assert_int_equal(http_held.source_act, LEDGER_SOURCE_ADD);
    assert_string_equal(http_held.ids[0], "a");
    assert_int_equal(json_integer_value(json_object_get(answer, "added")), 1);
    assert_int_equal(json_integer_value(json_object_get(answer, "refused")), 7);
    assert_int_equal(json_array_size(results), 8);
    for (size_t i = 0; i < 8; i++) {
        const char *code = problem_of(results, i, "code");
        const json_t *problem = json_object_get(json_array_get(results, i), "problem");
        if (strcmp(code ? code : "", want[i].code ? want[i].code : "") != 0)
            fail_msg("%zu: %s", i, code);
        if (want[i].field)
            assert_string_equal(field_of(problem), want[i].field);
        assert_true(!code || problem_of(results, i, "detail"));
    }
    json_decref(answer);
    buf_free(&q.answer);
}

static void one_refused_source_is_a_problem(void **state)
{
    static const struct {
        const char *body;
        int status;
        const char *code;
    } cases[] = {
        {"{\"id\":\"x\",\"name\":\"某\",\"kind\":\"news\",\"url\":\"https://zhihu.com/people/x\"}",
         422, "address-refused"},
        {"{\"id\":\"X!\",\"name\":\"某\",\"kind\":\"news\",\"url\":\"https://x.example/\"}", 422,
         "invalid"},
        {"{\"id\":\"x\",\"name\":\"某\",\"kind\":\"news\",\"url\":\"https://x.example/\",\"no\":1}",
         422, "invalid"},
        {"[]", 422, "count"}, {"", 400, "json"}, {"{", 400, "json"}, {"3", 400, "json"},
        {"{\"id\":\"x\",\"id\":\"y\"}", 400, "json"},
    };
    struct buf a = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status = http_ask(true, "POST /api/v1/sources HTTP/1.1", cases[i].body, &a);
        json_t *problem = http_json(&a);
        if (status != cases[i].status ||
            strcmp(http_text_at(problem, "code", NULL), cases[i].code) != 0)
            fail_msg("%s: %s", cases[i].body, a.data);
        assert_non_null(strstr(a.data, "application/problem+json"));
        json_decref(problem);
    }
    assert_int_equal(http_ask(false, "POST /api/v1/sources HTTP/1.1", "[]", &a), 403);
    assert_int_equal(http_ask(true, "PUT /api/v1/sources HTTP/1.1", "[]", &a), 405);
    assert_non_null(strstr(a.data, "Allow: GET, HEAD, POST\r\n"));
    assert_int_equal(http_ask(true, "POST /api/v1/sources/even-002 HTTP/1.1", "", &a), 405);
    assert_non_null(strstr(a.data, "Allow: GET, HEAD, DELETE\r\n"));
    buf_free(&a);
}

static void a_repeated_key_does_nothing_again(void **state)
{
    static const char body[] = "{\"id\":\"r\",\"name\":\"某\",\"kind\":\"news\","
                               "\"url\":\"https://r.example/\"}";
    static const int each[] = {0};
    struct asking q = {.head = "POST /api/v1/sources HTTP/1.1\r\nIdempotency-Key: s1",
                       .body = body};
    struct buf a = BUF_INIT;

    (void)state;
    /* What was not done may be tried again. */
    json_decref(ask_held(&q, ERR_IO, NULL, NULL));
    assert_int_equal(q.status, 503);
    json_t *first = ask_held(&q, 0, NULL, each);
    assert_int_equal(q.status, 200);
    assert_int_equal(http_ask(true, q.head, body, &a), 200);
    json_t *again = http_json(&a);
    assert_true(json_equal(first, again));
    assert_int_equal(http_ask(true, q.head, "{\"id\":\"s\",\"name\":\"某\",\"kind\":\"news\","
                                            "\"url\":\"https://s.example/\"}", &a), 422);
    assert_non_null(strstr(a.data, "key-reused"));
    json_decref(first);
    json_decref(again);
    buf_free(&q.answer);
    buf_free(&a);
}

static void one_source_is_commanded(void **state)
{
    static const struct {
        const char *head;
        enum ledger_source_act act;
    } cases[] = {
        {"DELETE /api/v1/sources/board HTTP/1.1", LEDGER_SOURCE_REMOVE},
        {"POST /api/v1/sources/board/pause HTTP/1.1", LEDGER_SOURCE_PAUSE},
        {"POST /api/v1/sources/board/resume HTTP/1.1", LEDGER_SOURCE_RESUME},
        {"POST /api/v1/sources/board/poll HTTP/1.1", LEDGER_SOURCE_POLL},
    };
    static const struct {
        int err, status;
    } outcomes[] = {{0, 200}, {ERR_NOTFOUND, 404}, {ERR_REFUSED, 409}};

    (void)state;
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 3; k++) {
            struct asking q = {.head = cases[i].head, .body = ""};
            json_t *answer = ask_held(&q, 0, NULL, &outcomes[k].err);
            assert_int_equal(q.status, outcomes[k].status);
            assert_int_equal(http_held.source_act, cases[i].act);
            assert_string_equal(http_held.ids[0], "board");
            if (!outcomes[k].err)
                assert_string_equal(http_text_at(answer, "source", NULL), "board");
            json_decref(answer);
            buf_free(&q.answer);
        }
}

/* A thousand at once fit; more bytes than the address takes are refused. */
static void a_thousand_come_at_once(void **state)
{
    struct asking q = {.head = "POST /api/v1/sources HTTP/1.1"};
    struct buf body = BUF_INIT, a = BUF_INIT;
    int each[LEDGER_SOURCES_MAX] = {0};

    (void)state;
    buf_add_char(&body, '[');
    for (int i = 0; i < LEDGER_SOURCES_MAX; i++)
        buf_addf(&body, "%s{\"id\":\"m-%d\",\"name\":\"第%d处\",\"kind\":\"news\","
                        "\"category\":\"甲/乙\","
                        "\"url\":\"https://m.example/a-rather-long-path-of-a-feed/%d.xml\"}",
                 i ? "," : "", i, i, i);
    buf_add(&body, "]", 2);
    q.body = body.data;
    json_t *answer = ask_held(&q, 0, NULL, each);
    assert_int_equal(q.status, 200);
    assert_int_equal(http_held.nsources, LEDGER_SOURCES_MAX);
    assert_int_equal(json_integer_value(json_object_get(answer, "added")), LEDGER_SOURCES_MAX);
    json_decref(answer);
    body.data[body.len - 2] = ',';
    body.len--;
    buf_add_text(&body, "{}]");
    buf_add_char(&body, '\0');
    assert_int_equal(http_ask(true, q.head, body.data, &a), 422);
    buf_reset(&body);
    for (int i = 0; i < 1200 * 1024; i++)
        buf_add_char(&body, ' ');
    buf_add_char(&body, '\0');
    assert_int_equal(http_ask(true, q.head, body.data, &a), 413);
    buf_free(&q.answer);
    buf_free(&body);
    buf_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_come_in_pages),
        cmocka_unit_test(one_source_is_shown_whole),
        cmocka_unit_test(secrets_stay_on_the_socket),
        cmocka_unit_test(added_sources_are_judged_one_by_one),
        cmocka_unit_test(one_refused_source_is_a_problem),
        cmocka_unit_test(a_repeated_key_does_nothing_again),
        cmocka_unit_test(one_source_is_commanded),
        cmocka_unit_test(a_thousand_come_at_once),
    };

    return cmocka_run_group_tests(tests, http_setup, http_teardown);
}
