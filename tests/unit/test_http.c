/* What the API answers, and how it refuses. */
#include "daemon/http/views.h"
#include "tests/unit/http_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/http/pages.h"

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

/* The fixture's town has none. */
static void what_is_not_installed_is_not_found(void **state)
{
    struct buf a = BUF_INIT;

    (void)state;
    assert_true(pages_find(STR("/vendor/chart.js")) >= 0);
    assert_int_equal(http_ask(false, "GET /vendor/chart.js HTTP/1.1", NULL, &a), 404);
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
    char head[256], other[256];

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
    snprintf(other, sizeof other, "GET /api/v1/concerns?order=newest&cursor=%s HTTP/1.1",
             http_text_at(page, "next_cursor", NULL));
    json_decref(page);
    assert_int_equal(http_ask(true, other, NULL, &a), 400);
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
        CASE(problems_say_what_and_where),
        CASE(a_refusal_keeps_the_connection),
        CASE(what_is_not_installed_is_not_found),
        CASE(every_file_of_the_dashboard_is_served),
        CASE(concerns_are_paged_and_filtered),
        CASE(a_concern_shows_its_items_escaped), CASE(places_have_names),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
