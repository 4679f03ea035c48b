/* A drill's file: what is written is read back, and what was changed, cut or made up is refused
 * with its line. */
#include "tests/unit/seed.h"
#include "tests/unit/unit.h"

#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "base/file.h"
#include "daemon/drill/drill_file.h"
#include "tests/unit/scratch.h"

#define MORNING INT64_C(1763568000000) /* 2025-11-20T00:00:00+08:00 */

static char path[SCRATCH_PATH];

static struct drill_source sources[] = {
    {STR("board"), STR("青石“板”"), STR("https://board.example/list"), STR("350199101"),
     SOURCE_BOARD},
    {STR("news"), STR_NONE, STR("https://news.example/rss"), STR_NONE, SOURCE_NEWS},
};
static struct drill_item items[] = {
    {MORNING, 0, 1, STR("i1"), STR_NONE, STR("标题\t一"), STR_NONE, true},
    {MORNING + 3600000, MORNING - 60000, 0, STR("i2"), STR("https://board.example/2"), STR("停水"),
     STR("我们村\n停水“三天”"), false},
    {MORNING + 3600000, MORNING, 0, STR("i3"), STR_NONE, STR_NONE, STR("同一刻"), false},
};

static struct drill_file sample(void)
{
    return (struct drill_file){NULL, STR("青石镇"), STR("350199101"), MORNING, MORNING + CLOCK_DAY,
                               MORNING + 2 * CLOCK_DAY, MORNING + 80 * CLOCK_DAY, sources, 2, items,
                               3};
}

static void write_text(struct str text)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(text.p ? text.p : "", 1, text.n, f), text.n);
    assert_int_equal(fclose(f), 0);
}

static void same_text(struct str a, struct str b)
{
    assert_int_equal(a.n, b.n);
    assert_true(str_eq(a, b));
}

static void test_round_trip(void **state)
{
    struct problems *problems = problems_new();
    struct drill_file out = sample(), *in;
    struct buf text = BUF_INIT;
    (void)state;

    assert_int_equal(drill_file_write(&out, &text), 0);
    write_text(buf_str(&text));
    in = drill_file_read(path, problems);
    assert_non_null(in);
    assert_int_equal(problems_count(problems), 0);
    same_text(in->place, out.place);
    same_text(in->home, out.home);
    assert_true(in->from == out.from && in->to == out.to);
    assert_true(in->recorded == out.recorded && in->expires == out.expires);
    assert_int_equal(in->nsources, 2);
    assert_int_equal(in->nitems, 3);
    for (size_t i = 0; i < 2; i++) {
        same_text(in->sources[i].id, sources[i].id);
        same_text(in->sources[i].name, sources[i].name);
        same_text(in->sources[i].url, sources[i].url);
        same_text(in->sources[i].region, sources[i].region);
        assert_int_equal(in->sources[i].kind, sources[i].kind);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_true(in->items[i].at == items[i].at && in->items[i].published == items[i].published);
        assert_int_equal(in->items[i].source, items[i].source);
        assert_int_equal(in->items[i].quiet, items[i].quiet);
        same_text(in->items[i].id, items[i].id);
        same_text(in->items[i].link, items[i].link);
        same_text(in->items[i].title, items[i].title);
        same_text(in->items[i].text, items[i].text);
    }
    drill_file_free(in);
    drill_file_free(NULL);
    buf_free(&text);
    problems_free(problems);
}

/* The first problem has this line and says this; nothing is returned. */
static void refused(struct str text, int line, const char *says)
{
    struct problems *problems = problems_new();
    const char *file, *what;
    int at;

    write_text(text);
    assert_null(drill_file_read(path, problems));
    assert_true(problems_count(problems) >= 1);
    problems_get(problems, 0, &file, &at, &what);
    assert_string_equal(file, path);
    if (at != line || !strstr(what, says))
        fail_msg("line %d: %s; expected line %d: %s", at, what, line, says);
    problems_free(problems);
}

static void test_every_byte_counts(void **state)
{
    struct drill_file out = sample();
    struct buf text = BUF_INIT;
    (void)state;

    assert_int_equal(drill_file_write(&out, &text), 0);
    size_t head = (size_t)((char *)memchr(text.data, '\n', text.len) - text.data) + 1;
    for (size_t i = head; i < text.len; i += 7) {
        text.data[i] ^= 1;
        refused(buf_str(&text), 1, "changed");
        text.data[i] ^= 1;
    }
    for (size_t n = head; n < text.len; n += 31)
        refused((struct str){text.data, n}, 1, "cut short");
    refused((struct str){text.data, head - 20}, 1, "not a drill");
    buf_free(&text);
}

static void test_not_ours(void **state)
{
    struct problems *problems = problems_new();
    (void)state;

    refused(STR(""), 0, "not a drill");
    refused(STR("\n"), 1, "not a drill");
    refused(STR("{\"items\":[]}\n"), 1, "not a drill");
    refused(STR("[1]\n"), 1, "not a drill");
    refused(STR("\x1f\x8b\x08"), 1, "not a drill");
    refused(STR("{\"huiying_drill\":2}\n"), 1, "another version");
    assert_null(drill_file_read("/nonexistent/file", problems));
    assert_int_equal(problems_count(problems), 1);
    problems_free(problems);
}

/* A file with a good hash over these lines, of which it says so many are sources and items. */
static void made_up(struct buf *out, const char *span, int nsources, int nitems, const char *body)
{
    unsigned char hash[32];
    char hex[65];

    crypto_generichash(hash, sizeof hash, (const unsigned char *)body, strlen(body), NULL, 0);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    buf_reset(out);
    buf_addf(out, "{\"huiying_drill\":1,\"place\":\"镇\",\"home\":\"350199\",%s,"
                  "\"recorded\":\"2025-11-21T00:00:00+08:00\","
                  "\"expires\":\"2026-01-21T00:00:00+08:00\",\"sources\":%d,\"items\":%d,"
                  "\"blake2b\":\"%s\"}\n%s", span, nsources, nitems, hex, body);
}

#define DAY "\"from\":\"2025-11-20T00:00:00+08:00\",\"to\":\"2025-11-21T00:00:00+08:00\""
#define SOURCE "{\"source\":\"a\",\"name\":\"\",\"url\":\"https://a.example/\",\"kind\":\"news\"}\n"
#define ITEM_AT(t) "{\"at\":\"2025-11-20T" t ":00+08:00\",\"source\":\"a\",\"id\":\"i\"," \
                   "\"title\":\"t\",\"text\":\"\"}\n"

static void test_lines(void **state)
{
    static const struct {
        const char *span;
        int sources, items;
        const char *body;
        int line;
        const char *says;
    } cases[] = {
        {DAY, 1, 0, SOURCE, 1, "no item"},
        {DAY, 1, -5, SOURCE, 1, "no item"},
        {DAY, 1, 2000000000, SOURCE, 1, "no item"},
        {"\"from\":\"2025-11-20T00:00:00+08:00\",\"to\":\"2025-11-20T00:00:00+08:00\"", 1, 1,
         SOURCE ITEM_AT("01:00"), 1, "from"},
        {"\"from\":\"2025-11-20T00:00:00+08:00\",\"to\":\"2025-12-20T00:00:00+08:00\"", 1, 1,
         SOURCE ITEM_AT("01:00"), 1, "7 days"},
        {DAY, 1, 2, SOURCE ITEM_AT("01:00"), 3, "fewer lines"},
        {DAY, 1, 1, SOURCE ITEM_AT("01:00") ITEM_AT("02:00"), 4, "too many"},
        {DAY, 1, 2, SOURCE ITEM_AT("02:00") ITEM_AT("01:59"), 4, "rising"},
        {DAY, 2, 1, SOURCE SOURCE ITEM_AT("01:00"), 3, "source"},
        {DAY, 1, 1, "{\"source\":\"A b\"}\n" ITEM_AT("01:00"), 2, "source"},
        {DAY, 1, 1, "{\"source\":\"a\",\"kind\":\"blog\"}\n", 2, "kind"},
        {DAY, 1, 1, "{\"source\":\"a\",\"kind\":\"news\",\"url\":\"https://weibo.com/u/123\"}\n", 2,
         "url"},
        {DAY, 1, 1, "{\"source\":\"a\",\"kind\":\"news\",\"url\":\"https://a.example/\","
                    "\"region\":\"x\"}\n", 2, "region"},
        {DAY, 1, 1, SOURCE "{\"at\":\"2025-11-21T00:00:00+08:00\",\"source\":\"a\",\"id\":\"i\","
                           "\"title\":\"t\"}\n", 3, "at:"},
        {DAY, 1, 1, SOURCE "{\"at\":\"2025-11-20T01:00:00+08:00\",\"source\":\"b\",\"id\":\"i\","
                           "\"title\":\"t\"}\n", 3, "no such source"},
        {DAY, 1, 1, SOURCE "{\"at\":\"2025-11-20T01:00:00+08:00\",\"source\":\"a\","
                           "\"title\":\"t\"}\n", 3, "id"},
        {DAY, 1, 1, SOURCE "{\"at\":\"2025-11-20T01:00:00+08:00\",\"source\":\"a\","
                           "\"id\":\"i\"}\n", 3, "words"},
        {DAY, 1, 1, SOURCE "{\"at\":\"2025-11-20T01:00:00+08:00\",\"source\":\"a\",\"id\":\"i\","
                           "\"title\":\"t\",\"published\":\"soon\"}\n", 3, "published"},
        {DAY, 1, 1, SOURCE "no JSON\n", 3, "expected JSON"},
    };
    struct problems *problems = problems_new();
    struct buf text = BUF_INIT;
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        made_up(&text, cases[i].span, cases[i].sources, cases[i].items, cases[i].body);
        refused(buf_str(&text), cases[i].line, cases[i].says);
    }
    /* What the cases are changed from passes. */
    made_up(&text, DAY, 1, 2, SOURCE ITEM_AT("01:00") ITEM_AT("01:00"));
    write_text(buf_str(&text));
    struct drill_file *f = drill_file_read(path, problems);
    assert_non_null(f);
    drill_file_free(f);
    buf_free(&text);
    problems_free(problems);
}

/* The hash of what follows the first line, in its place there. */
static void hash_again(struct buf *text)
{
    static const char key[] = "\"blake2b\":\"";
    unsigned char hash[32];
    char hex[65];
    char *body = (char *)memchr(text->data, '\n', text->len) + 1;
    size_t at = str_find(buf_str(text), STR(key), 0) + sizeof key - 1;

    crypto_generichash(hash, sizeof hash, (const unsigned char *)body,
                       (size_t)(text->data + text->len - body), NULL, 0);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    memcpy(text->data + at, hex, 64);
}

static void whole(const struct drill_file *f)
{
    assert_true(f->nitems > 0 && f->from < f->to);
    for (size_t i = 0; i < f->nitems; i++) {
        const struct drill_item *item = &f->items[i];
        assert_true(item->source < f->nsources);
        assert_true(item->at >= f->from && item->at < f->to);
        assert_true(!i || item->at >= f->items[i - 1].at);
        assert_true(item->id.n && (item->title.n || item->text.n));
    }
}

/* Any bytes under a good hash: refused with a reason, or taken whole and written again. */
static void test_any_bytes(void **state)
{
    struct problems *problems;
    struct drill_file out = sample(), *in;
    struct buf good = BUF_INIT, text = BUF_INIT;
    static const char any[] = "\"{}[],:\\0a\n\xe4";
    size_t taken = 0;
    (void)state;

    assert_int_equal(drill_file_write(&out, &good), 0);
    size_t head = (size_t)((char *)memchr(good.data, '\n', good.len) - good.data) + 1;
    uint64_t seed = seed_begin();
    for (int round = 0; round < 2000; round++) {
        buf_reset(&text);
        buf_add_str(&text, buf_str(&good));
        for (uint32_t n = 1 + seed_roll(&seed, 3); n > 0; n--)
            text.data[head + seed_roll(&seed, (uint32_t)(text.len - head))] =
                any[seed_roll(&seed, sizeof any - 1)];
        hash_again(&text);
        write_text(buf_str(&text));
        problems = problems_new();
        in = drill_file_read(path, problems);
        assert_true(!in == (problems_count(problems) > 0));
        if (in) {
            taken++;
            whole(in);
            buf_reset(&text);
            assert_int_equal(drill_file_write(in, &text), 0);
            drill_file_free(in);
            write_text(buf_str(&text));
            in = drill_file_read(path, problems);
            assert_non_null(in);
            whole(in);
        }
        drill_file_free(in);
        problems_free(problems);
    }
    print_message("taken: %zu of 2000\n", taken);
    buf_free(&good);
    buf_free(&text);
}

static void test_mark(void **state)
{
    (void)state;

    assert_false(drill_on());
    assert_string_equal(drill_mark(), "");
    drill_set(true);
    assert_true(drill_on());
    assert_string_equal(drill_mark(), "【演练】");
    drill_set(false);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_every_byte_counts),
        cmocka_unit_test(test_not_ours),   cmocka_unit_test(test_lines),
        cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_mark),
    };

    if (sodium_init() < 0 || scratch_file(path, "drill", ""))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
