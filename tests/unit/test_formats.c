/* What each format and module can say, and where in the feed it ends up. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "feeds/formats/parse.h"

static struct feed *parse(const char *in, const char *mime, int err)
{
    struct parse_request req = {.body = str_from(in), .mime = str_from(mime),
                                .url = STR("http://a.example/feed"), .zone_minutes = 480};
    struct feed *feed;

    assert_int_equal(clock_parse(STR("2023-07-26T12:00:00+08:00"), &req.now), 0);
    assert_int_equal(parse_feed(&req, &feed), err);
    return feed;
}

#define RSS(items) "<rss version=\"2.0\"><channel>" items "</channel></rss>"

static void load(struct buf *out, const char *name, int n, const char *end)
{
    struct buf path = BUF_INIT;

    buf_addf(&path, "%s/%.*s%s%c", FORMATS_DATA, n, name, end, 0);
    assert_int_equal(file_read(path.data, 1 << 20, out), 0);
    buf_free(&path);
}

static void check_pair(const char *name, int stem)
{
    struct buf in = BUF_INIT, want = BUF_INIT, got = BUF_INIT;

    load(&in, name, (int)strlen(name), "");
    load(&want, name, stem, ".expected");
    buf_add_char(&in, 0);
    struct feed *f = parse(in.data, "", 0);
    assert_int_equal(parse_write_json(f, NULL, NULL, &got), 0);
    json_t *a = json_loadb(want.data, want.len, 0, NULL);
    json_t *b = json_loadb(got.data, got.len, 0, NULL);
    assert_non_null(a);
    if (!json_equal(a, b))
        fail_msg("%s reads as %.*s", name, STR_ARG(buf_str(&got)));
    assert_true(str_find(buf_str(&got), STR("张三"), 0) == (size_t)-1); /* every author there */
    json_decref(a);
    json_decref(b);
    item_feed_free(f);
    buf_free(&in);
    buf_free(&want);
    buf_free(&got);
}

/* Every document of the folder gives the JSON Feed beside it: RSS 0.91 to 2.0, 0.90 and 1.0,
 * Atom 1.0 and 0.3, JSON Feed 1.1 and 1.0, sitemaps, and the modules. */
static void documents(void **state)
{
    (void)state;
    DIR *dir = opendir(FORMATS_DATA);
    struct dirent *e;
    size_t n = 0;

    assert_non_null(dir);
    while ((e = readdir(dir))) {
        const char *dot = strrchr(e->d_name, '.');
        if (!dot || (strcmp(dot, ".xml") != 0 && strcmp(dot, ".json") != 0))
            continue;
        check_pair(e->d_name, (int)(dot - e->d_name));
        n++;
    }
    closedir(dir);
    assert_in_range(n, 20, 1000);
}

/* How often a publisher wants us, in every way to say so. */
static void hints(void **state)
{
    (void)state;
    enum { HOUR = 3600 * 1000 };
    static const struct {
        const char *in;
        struct feed_hints want;
    } rows[] = {
        {RSS("<ttl> 90 </ttl>"), {.ttl = 90 * 60000}},
        {RSS("<ttl>0</ttl>"), {0}},
        {RSS("<ttl>soon</ttl><ttl>-5</ttl><ttl>99999999999</ttl>"), {0}},
        {RSS("<skipHours><hour>0</hour><hour>23</hour><hour>25</hour></skipHours>"),
         {.skip_hours = 1u | 1u << 23}},
        {RSS("<skipHours><hour>24</hour><hour>x</hour></skipHours>"), {.skip_hours = 1}},
        {RSS("<skipDays><day>Sunday</day><day>saturday</day><day>Caturday</day></skipDays>"),
         {.skip_days = 0x41}},
        {RSS("<sy:updatePeriod>hourly</sy:updatePeriod>"), {.update_period = HOUR}},
        {RSS("<sy:updateFrequency>4</sy:updateFrequency><sy:updatePeriod>daily</sy:updatePeriod>"),
         {.update_period = 6 * HOUR}},
        {RSS("<s:updatePeriod xmlns:s=\"http://purl.org/rss/1.0/modules/syndication/\">weekly"
             "</s:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>"),
         {.update_period = 7 * 24 * HOUR}},
        {RSS("<sy:updateFrequency>2</sy:updateFrequency>"), {.update_period = 12 * HOUR}},
        {RSS("<item><ttl>5</ttl><title>a</title></item>"), {0}},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct feed *f = parse(rows[i].in, "", 0);
        assert_int_equal(f->hints.ttl, rows[i].want.ttl);
        assert_int_equal(f->hints.update_period, rows[i].want.update_period);
        assert_int_equal(f->hints.skip_hours, rows[i].want.skip_hours);
        assert_int_equal(f->hints.skip_days, rows[i].want.skip_days);
        item_feed_free(f);
    }
}

/* What is no feed is called by its name. */
static void others(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"<?xml version=\"1.0\"?>\n<sitemapindex "
         "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">"
         "<sitemap><loc>http://a.example/1.xml</loc></sitemap></sitemapindex>",
         "是站点地图的索引，其中列出的某一份可作信源 (the document is an index of sitemaps: one "
         "that it lists may be a source)"},
        {"\n<opml version=\"2.0\"/>",
         "是 OPML 订阅清单，不是信源 (the document is an OPML list of feeds and no feed itself)"},
        {"<!DOCTYPE html>\n<html><head></head></html>",
         "是网页，不是信源 (the document is an HTML page and no feed)"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct feed *f = parse(rows[i].in, "", ERR_SYNTAX);
        assert_int_equal(f->nproblems, 1);
        assert_int_equal(f->problems[0].line, 2);
        assert_true(str_is(f->problems[0].text, rows[i].want));
        item_feed_free(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents), cmocka_unit_test(hints), cmocka_unit_test(others),
    };
    return cmocka_run_group_tests_name("formats", tests, NULL, NULL);
}
