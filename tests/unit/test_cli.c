#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/feeds_slug.h"
#include "daemon/cli/group.h"
#include "daemon/cli/human.h"
#include "daemon/cli/lines.h"
#include "daemon/cli/listen.h"
#include "daemon/cli/sse.h"
#include "tests/unit/scratch.h"

static const struct cli_option probe_options[] = {
    {"url", "URL", "网址 (address)"}, {"json", NULL, "输出 JSON"}, {0}};

/* Prints what it was given, so that a test can look at it from outside. */
static int probe(const struct cli_args *args)
{
    const char *url = cli_value(args, "url");

    cli_printf("url=%s json=%d file=%s\n", url ? url : "-", cli_value(args, "json") != NULL,
               cli_file(args, 0));
    return EX_OK;
}

static int fails(const struct cli_args *args)
{
    cli_error_at(cli_file(args, 0), 3, "坏行 (bad line)");
    return EX_DATAERR;
}

static const struct cli_command table[] = {
    {"probe", "[--url URL] [--json] [FILE]", "试 (probe)", probe_options, 0, 1, probe},
    {"rules check", "[DIR]", "检查 (check)", NULL, 0, 1, probe},
    {"fails", "FILE", "坏 (fails)", NULL, 1, 1, fails},
    {0},
};

struct run {
    int status;
    char out[8192], err[8192];
};

static void read_back(FILE *from, char *to, size_t size)
{
    rewind(from);
    to[fread(to, 1, size - 1, from)] = '\0';
    fclose(from);
}

/* In a child, because commands write to standard output. */
static void run(struct run *r, char **argv)
{
    FILE *out = tmpfile(), *err = tmpfile();
    int argc = 0, status;

    while (argv[argc])
        argc++;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(fileno(out), 1);
        dup2(fileno(err), 2);
        _exit(cli_run(table, argc, argv));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    r->status = WEXITSTATUS(status);
    read_back(out, r->out, sizeof r->out);
    read_back(err, r->err, sizeof r->err);
}

#define RUN(r, ...) run((r), (char *[]){(char *)"huiying", __VA_ARGS__, NULL})

static void options_come_in_any_order(void **state)
{
    struct run r;

    (void)state;
    RUN(&r, "probe", "a.xml", "--json", "--url=http://x/");
    assert_int_equal(r.status, EX_OK);
    assert_string_equal(r.out, "url=http://x/ json=1 file=a.xml\n");
    RUN(&r, "probe");
    assert_string_equal(r.out, "url=- json=0 file=-\n");
    RUN(&r, "probe", "--", "--json");
    assert_string_equal(r.out, "url=- json=0 file=--json\n");
}

static void wrong_usage_exits_64(void **state)
{
    static char *const wrong[][4] = {
        {(char *)"probe", (char *)"--nope"}, {(char *)"probe", (char *)"--url"},
        {(char *)"probe", (char *)"a", (char *)"b"}, {(char *)"fails"}, {(char *)"nope"},
        {(char *)"rules"}, {(char *)"rules", (char *)"nope"}, {(char *)""},
    };
    struct run r;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        RUN(&r, wrong[i][0], wrong[i][1], wrong[i][2]);
        assert_int_equal(r.status, EX_USAGE);
        assert_string_equal(r.out, "");
        assert_ptr_equal(strstr(r.err, "huiying: "), r.err);
    }
}

static void help_and_version_are_gnu(void **state)
{
    struct run r;

    (void)state;
    RUN(&r, "--help");
    assert_int_equal(r.status, EX_OK);
    assert_non_null(strstr(r.out, "rules check"));
    RUN(&r, "rules", "check", "--help");
    assert_non_null(strstr(r.out, "Usage: huiying rules check [DIR]"));
    RUN(&r, "probe", "--help");
    assert_non_null(strstr(r.out, "--url URL"));
    RUN(&r, "--version");
    assert_ptr_equal(strstr(r.out, "huiying (回应) "), r.out);
    RUN(&r, "probe", "--version");
    assert_int_equal(r.status, EX_OK);
}

static void errors_name_file_and_line(void **state)
{
    struct run r;

    (void)state;
    RUN(&r, "fails", "items.jsonl");
    assert_int_equal(r.status, EX_DATAERR);
    assert_string_equal(r.err, "huiying: items.jsonl:3: 坏行 (bad line)\n");
    RUN(&r, "fails", "-");
    assert_string_equal(r.err, "huiying: <stdin>:3: 坏行 (bad line)\n");
}

static int collect(void *arg, struct str data)
{
    struct buf *all = arg;

    buf_add_str(all, data);
    buf_add_char(all, '|');
    return 0;
}

/* The same stream cut at every place must give the same events. */
static void events_survive_any_cut(void **state)
{
    static const char stream[] = ": hello\nretry: 2000\n\nid: 1\nevent: a\ndata: {\"x\":1}\n\n"
                                 ":\n\ndata:two\r\ndata: lines\r\n\r\ndata\n\nid: 9\n\ndata: cut";
    static const char expected[] = "{\"x\":1}|two\nlines||";

    (void)state;
    for (size_t cut = 0; cut < sizeof stream; cut++) {
        struct buf all = BUF_INIT;
        struct sse sse = {.event = collect, .arg = &all};
        assert_int_equal(sse_feed(&sse, (struct str){stream, cut}), 0);
        assert_int_equal(sse_feed(&sse, (struct str){stream + cut, sizeof stream - 1 - cut}), 0);
        assert_int_equal(all.len, sizeof expected - 1);
        assert_memory_equal(all.data, expected, all.len);
        sse_free(&sse);
        buf_free(&all);
    }
}

static void endless_events_are_refused(void **state)
{
    static const char block[4096];
    struct buf all = BUF_INIT;
    struct sse sse = {.event = collect, .arg = &all};
    int err = 0;

    (void)state;
    for (int i = 0; i < 1000 && !err; i++)
        err = sse_feed(&sse, (struct str){block, sizeof block});
    assert_int_equal(err, ERR_LIMIT);
    sse_free(&sse);
    buf_free(&all);
}

static enum listen_step judge(const char *json, uint64_t *last, bool *known)
{
    json_t *message = json_loads(json, 0, NULL);
    enum listen_step step = listen_judge(message, last, known);

    json_decref(message);
    return step;
}

static void gaps_and_repeats_are_seen(void **state)
{
    uint64_t last = 0;
    bool known = false;

    (void)state;
    assert_int_equal(judge("{\"type\":\"hello\"}", &last, &known), LISTEN_OTHER);
    assert_int_equal(judge("[]", &last, &known), LISTEN_OTHER);
    assert_false(known);
    assert_int_equal(judge("{\"specversion\":\"1.0\",\"unitseq\":5}", &last, &known), LISTEN_PRINT);
    assert_int_equal(judge("{\"specversion\":\"1.0\",\"unitseq\":5}", &last, &known),
                     LISTEN_REPEATED);
    assert_int_equal(judge("{\"specversion\":\"1.0\",\"unitseq\":6}", &last, &known), LISTEN_PRINT);
    assert_int_equal(judge("{\"specversion\":\"1.0\",\"unitseq\":8}", &last, &known), LISTEN_GAP);
    assert_int_equal(last, 6);
}

static void sketch_of(const char *json, uint32_t sketch[static VERDICT_SKETCH])
{
    json_t *item = json_loads(json, 0, NULL);

    assert_non_null(item);
    group_hit_sketch(item, sketch);
    json_decref(item);
}

/* Classified lines carry no text: hits of equal number, terms and places stand for it. */
static void lines_without_text_are_told_apart_by_hits(void **state)
{
#define HIT(s, e) "{\"term\":\"欠薪\",\"start\":" #s ",\"end\":" #e "}"
#define LINE(id, hits) "{\"id\":\"" id "\",\"tags\":[{\"topic\":\"t\",\"why\":[" hits "]}]}"
    static const char *const lines[] = {
        LINE("1", HIT(0, 6) "," HIT(30, 36)), LINE("2", HIT(0, 6) "," HIT(30, 36)),
        LINE("3", HIT(0, 6) "," HIT(33, 39)), LINE("4", HIT(0, 6)), LINE("5", HIT(0, 6)),
    };
    uint32_t sketch[5][VERDICT_SKETCH];

    (void)state;
    for (int i = 0; i < 5; i++)
        sketch_of(lines[i], sketch[i]);
    assert_memory_equal(sketch[0], sketch[1], sizeof sketch[0]);
    assert_memory_not_equal(sketch[0], sketch[2], sizeof sketch[0]);
    assert_memory_not_equal(sketch[3], sketch[4], sizeof sketch[0]);
}

static void people_read_spans_and_clocks(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } spans[] = {
        {0, "剩 0分00秒"},          {249, "剩 4分09秒"},        {3 * 3600 + 720, "剩 3时12分"},
        {183600, "剩 2天03时"},     {-61, "超期 1分01秒"},      {-90000, "超期 1天01时"},
    };
    struct buf b = BUF_INIT;
    json_t *answer = json_loads("{\"demonstration\":true,\"clock_rate\":60,"
                                "\"now\":\"2026-01-02T03:04:05+08:00\"}", 0, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        buf_reset(&b);
        human_left(&b, spans[i].seconds);
        buf_add_char(&b, '\0');
        assert_string_equal(b.data, spans[i].text);
    }
    buf_reset(&b);
    human_clock(&b, answer);
    buf_add_char(&b, '\0');
    assert_string_equal(b.data,
                        "演示时钟 ×60 (demonstration clock)，现在 2026-01-02 03:04:05\n");
    json_object_set_new(answer, "demonstration", json_false());
    buf_reset(&b);
    human_clock(&b, answer);
    assert_int_equal(b.len, 0);
    json_decref(answer);
    buf_free(&b);
}

static void columns_are_padded_by_width(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    cli_pad(&b, STR("欠薪"), 6);
    cli_pad(&b, STR("ab"), 3);
    cli_pad(&b, STR("太长了"), 2);
    buf_add_char(&b, '\0');
    assert_string_equal(b.data, "欠薪  ab 太长了");
    buf_free(&b);
}

static void lines_skip_blanks_and_count_them(void **state)
{
    char path[SCRATCH_PATH];
    struct lines lines;
    struct str line;

    (void)state;
    assert_int_equal(scratch_file(path, "lines", "{}\r\n\n  \n[1]"), 0);
    assert_int_equal(lines_open(&lines, path), 0);
    assert_int_equal(lines_next(&lines, &line), 1);
    assert_true(str_is(line, "{}") && lines.number == 1);
    assert_int_equal(lines_next(&lines, &line), 1);
    assert_true(str_is(line, "[1]") && lines.number == 4);
    assert_int_equal(lines_next(&lines, &line), 0);
    lines_close(&lines);
    unlink(path);
}

/* An id says where its source is, keeps the form of an id, and is the same each time. */
static void ids_are_made_from_addresses(void **state)
{
    static const struct {
        const char *url, *id;
    } cases[] = {
        {"https://www.people.com.cn/rss/politics.xml", "people-com-cn-politics"},
        {"http://EXAMPLE.org/Feed/", "example-org"},
        {"http://12345.example.cn/a?b=1", "site-12345-example-cn-a-b-1"},
        {"http://127.0.0.1:8080/x.xml", "site-127-0-0-1-x"},
        {"https://feeds.news.example/%E6%97%A5/b%20c/rss", "news-example-b-c-996536f6"},
        {"http://例子.中国/rss.xml", "xn-fsqu00a-xn-fiqs8s"},
    };
    char id[FEEDS_SLUG], again[FEEDS_SLUG], url[512];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(feeds_slug(cases[i].url, id));
        assert_string_equal(id, cases[i].id);
    }
    assert_false(feeds_slug("mailto:a@example.org", id));
    assert_false(feeds_slug("", id));
    for (size_t n = 1; n < 300; n += 7) {
        snprintf(url, sizeof url, "https://h.example/%0*d/%0*d", (int)n, 1, (int)n / 3 + 1, 2);
        assert_true(feeds_slug(url, id) && feeds_slug(url, again));
        assert_string_equal(id, again);
        assert_true(strlen(id) < FEEDS_SLUG && id[0] >= 'a' && id[0] <= 'z');
        assert_int_equal(strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(id));
        assert_true(feeds_slug_own(url, again));
    }
    feeds_slug_own("https://a.example/x", id);
    feeds_slug_own("https://a.example/X", again);
    assert_string_not_equal(id, again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_come_in_any_order),
        cmocka_unit_test(wrong_usage_exits_64),
        cmocka_unit_test(help_and_version_are_gnu),
        cmocka_unit_test(errors_name_file_and_line),
        cmocka_unit_test(events_survive_any_cut),
        cmocka_unit_test(endless_events_are_refused),
        cmocka_unit_test(gaps_and_repeats_are_seen),
        cmocka_unit_test(lines_without_text_are_told_apart_by_hits),
        cmocka_unit_test(people_read_spans_and_clocks),
        cmocka_unit_test(columns_are_padded_by_width),
        cmocka_unit_test(lines_skip_blanks_and_count_them),
        cmocka_unit_test(ids_are_made_from_addresses),
    };
    return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
