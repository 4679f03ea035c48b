/* GET /metrics: every line of it has the form of Prometheus' text format 0.0.4, every family is
 * told before its samples and once, and no label is open-ended. */
#include "tests/unit/http_fixture.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "daemon/http/metrics_out.h"

enum { FAMILIES_MAX = 64, COUNTED_MS = 60000 };

struct family {
    char name[80], type[16];
    size_t samples;
};

struct reading {
    struct family families[FAMILIES_MAX];
    size_t count;
    char help[80]; /* family whose TYPE must come next */
};

static size_t name_length(const char *p)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:";
    static const char more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:0123456789";

    return strspn(p, first) ? strspn(p, more) : 0;
}

static void read_help(struct reading *r, const char *line)
{
    size_t n = name_length(line);

    assert_true(n > 0 && n < sizeof r->help && line[n] == ' ' && line[n + 1]);
    assert_string_equal(r->help, "");
    memcpy(r->help, line, n);
    r->help[n] = '\0';
    for (size_t i = 0; i < r->count; i++)
        assert_string_not_equal(r->families[i].name, r->help);
}

static void read_type(struct reading *r, const char *line)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    size_t n = name_length(line);
    bool known = false;

    assert_true(r->count < FAMILIES_MAX);
    struct family *f = &r->families[r->count++];
    assert_int_equal(strncmp(line, r->help, n), 0);
    assert_int_equal(strlen(r->help), n);
    snprintf(f->name, sizeof f->name, "%s", r->help);
    snprintf(f->type, sizeof f->type, "%s", line + n + 1);
    for (size_t i = 0; i < 3; i++)
        known = known || strcmp(types[i], f->type) == 0;
    assert_true(known);
    bool total = n > 6 && strcmp(f->name + n - 6, "_total") == 0;
    assert_true(total == (strcmp(f->type, "counter") == 0));
    r->help[0] = '\0';
}

/* {label="value"}, escapes and all: what follows it. */
static const char *skip_labels(const char *p)
{
    static const char *const bounded[] = {"outcome", "type",  "topic", "file",
                                          "version", "state", "le"};
    bool known = false;

    if (*p != '{')
        return p;
    size_t n = name_length(++p);
    for (size_t i = 0; i < sizeof bounded / sizeof *bounded; i++)
        known = known || (strlen(bounded[i]) == n && strncmp(p, bounded[i], n) == 0);
    assert_true(known);
    p += n;
    assert_int_equal(strncmp(p, "=\"", 2), 0);
    for (p += 2; *p && *p != '"'; p++)
        if (*p == '\\')
            assert_non_null(strchr("\\\"n", *++p));
    assert_int_equal(strncmp(p, "\"}", 2), 0);
    return p + 2;
}

static void read_sample(struct reading *r, const char *line)
{
    struct family *f = &r->families[r->count - 1];
    size_t n = name_length(line), own = strlen(f->name);
    char *end;

    assert_true(r->count && !r->help[0] && n >= own && strncmp(line, f->name, own) == 0);
    if (n > own) {
        assert_string_equal(f->type, "histogram");
        assert_true((n == own + 7 && strncmp(line + own, "_bucket", 7) == 0) ||
                    (n == own + 4 && strncmp(line + own, "_sum", 4) == 0) ||
                    (n == own + 6 && strncmp(line + own, "_count", 6) == 0));
    }
    line = skip_labels(line + n);
    assert_int_equal(*line, ' ');
    double value = strtod(line + 1, &end);
    assert_true(end > line + 1 && *end == '\0' && value >= 0);
    f->samples++;
}

static void read_all(struct reading *r, char *text)
{
    size_t n = strlen(text);

    *r = (struct reading){0};
    assert_true(n && text[n - 1] == '\n');
    for (char *line = strtok_r(text, "\n", &text); line; line = strtok_r(NULL, "\n", &text)) {
        if (strncmp(line, "# HELP ", 7) == 0)
            read_help(r, line + 7);
        else if (strncmp(line, "# TYPE ", 7) == 0)
            read_type(r, line + 7);
        else
            read_sample(r, line);
    }
    for (size_t i = 0; i < r->count; i++)
        assert_true(r->families[i].samples > 0);
}

static char *body_of(const struct buf *answer)
{
    char *body = strstr(answer->data, "\r\n\r\n");

    assert_non_null(body);
    return body + 4;
}

/* The statistics follow the ledger some moments behind. */
static void wait_until_counted(void)
{
    uint64_t head = store_head(http_town.store);

    for (int64_t end = clock_mono() + COUNTED_MS; statistics_head(http_town.statistics) < head;) {
        assert_true(clock_mono() < end);
        poll(NULL, 0, 1);
    }
}

static void every_line_has_its_form(void **state)
{
    static const char *const wanted[] = {
        "huiying_polls_total",      "huiying_body_bytes_total",  "huiying_poll_lateness_seconds",
        "huiying_sources",          "huiying_transfers_under_way", "huiying_pages_waiting",
        "huiying_worker_starts_total", "huiying_worker_deaths_total", "huiying_items_total",
        "huiying_events_total",     "huiying_commits_total",     "huiying_commits_failed_total",
        "huiying_concerns_open",    "huiying_concerns_overdue",  "huiying_bus_published_total",
        "huiying_items_stored",     "huiying_uptime_seconds",    "process_cpu_seconds_total",
        "process_resident_memory_bytes",
    };
    struct buf a = BUF_INIT;
    static struct reading r;

    (void)state;
    wait_until_counted();
    assert_int_equal(http_ask(false, "GET /metrics HTTP/1.1", NULL, &a), 200);
    assert_non_null(strstr(a.data, "Content-Type: text/plain; version=0.0.4; charset=utf-8"));
    assert_non_null(strstr(a.data, "\nhuiying_concerns_open{topic=\"wage-arrears\"} 2\n"));
    assert_non_null(strstr(a.data, "\nhuiying_concerns_open{topic=\"epidemic\"} 1\n"));
    assert_non_null(strstr(a.data, "\nhuiying_commits_total 7\n"));
    read_all(&r, body_of(&a));
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        bool there = false;
        for (size_t k = 0; k < r.count; k++)
            there = there || strcmp(r.families[k].name, wanted[i]) == 0;
        if (!there)
            fail_msg("no %s", wanted[i]);
    }
    buf_free(&a);
}

/* Events are counted from the start of the daemon, each once, however often one asks. */
static void events_are_counted_once(void **state)
{
    struct event e = http_event(4, EVENT_JOINED, 1, "wage-arrears", "labour-office");
    const struct store_batch batch = {.events = &e, .nevents = 1};
    struct buf a = BUF_INIT;

    (void)state;
    assert_int_equal(http_ask(false, "GET /metrics HTTP/1.1", NULL, &a), 200);
    assert_non_null(strstr(a.data, "\nhuiying_events_total{type=\"concern.joined\"} 0\n"));
    assert_int_equal(store_commit(http_town.store, &batch), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(http_ask(i, "GET /metrics HTTP/1.1", NULL, &a), 200);
        assert_non_null(strstr(a.data, "\nhuiying_events_total{type=\"concern.joined\"} 1\n"));
        assert_non_null(strstr(a.data, "\nhuiying_events_total{type=\"concern.opened\"} 0\n"));
    }
    buf_free(&a);
}

/* They follow each change, as by a walk; a topic that no rule has any longer counts as other. */
static void what_is_open_follows_the_ledger(void **state)
{
    struct event e = http_event(5, EVENT_OVERDUE, 2, "epidemic", "labour-office");
    struct concern c[2];
    const struct concern *list[] = {&c[0], &c[1]};
    const struct store_batch batch = {.events = &e, .nevents = 1, .concerns = list, .nconcerns = 2};
    struct buf a = BUF_INIT;

    (void)state;
    assert_int_equal(store_concern(http_town.store, 2, &c[0]), 0);
    c[0].clocks[0].stage = STAGE_OVERDUE;
    c[1] = c[0];
    c[1].id = 4;
    memcpy(c[1].topic, "long-gone", sizeof "long-gone");
    assert_int_equal(store_commit(http_town.store, &batch), 0);
    e = http_event(6, EVENT_OPENED, 4, "long-gone", "labour-office");
    assert_int_equal(store_commit(http_town.store, &(struct store_batch){.events = &e,
                                                                         .nevents = 1}), 0);
    e = http_event(7, EVENT_CLOSED, 3, "wage-arrears", "labour-office");
    assert_int_equal(store_concern(http_town.store, 3, &c[0]), 0);
    c[0].state = CONCERN_CLOSED;
    assert_int_equal(store_commit(http_town.store,
                                  &(struct store_batch){.events = &e, .nevents = 1,
                                                        .concerns = list, .nconcerns = 1}), 0);
    wait_until_counted();
    assert_int_equal(http_ask(false, "GET /metrics HTTP/1.1", NULL, &a), 200);
    assert_non_null(strstr(a.data, "\nhuiying_concerns_open{topic=\"wage-arrears\"} 1\n"));
    assert_non_null(strstr(a.data, "\nhuiying_concerns_open{topic=\"epidemic\"} 1\n"));
    assert_non_null(strstr(a.data, "\nhuiying_concerns_open{topic=\"other\"} 1\n"));
    assert_non_null(strstr(a.data, "\nhuiying_concerns_overdue{topic=\"wage-arrears\"} 0\n"));
    assert_non_null(strstr(a.data, "\nhuiying_concerns_overdue{topic=\"epidemic\"} 1\n"));
    assert_non_null(strstr(a.data, "\nhuiying_concerns_overdue{topic=\"other\"} 1\n"));
    buf_free(&a);
}

/* No source, address or text: whatever a source is called, metrics do not say it. */
static void no_source_is_named(void **state)
{
    struct buf a = BUF_INIT;

    (void)state;
    assert_int_equal(http_ask(false, "GET /metrics HTTP/1.1", NULL, &a), 200);
    assert_null(strstr(body_of(&a), "board"));
    assert_null(strstr(body_of(&a), "example.cn"));
    assert_null(strstr(body_of(&a), "留言板"));
    buf_free(&a);
}

static void labels_are_escaped(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    metrics_out_count(&b, "x", "topic", "a\"b\\c\nd", 3);
    buf_add_char(&b, '\0');
    assert_string_equal(b.data, "x{topic=\"a\\\"b\\\\c\\nd\"} 3\n");
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_has_its_form),
        cmocka_unit_test(events_are_counted_once),
        cmocka_unit_test(what_is_open_follows_the_ledger),
        cmocka_unit_test(no_source_is_named),
        cmocka_unit_test(labels_are_escaped),
    };

    return cmocka_run_group_tests(tests, http_setup, http_teardown);
}
