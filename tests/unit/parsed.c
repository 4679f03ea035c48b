#define _GNU_SOURCE
#include "tests/unit/parsed.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/utf8.h"
#include "tests/unit/unit.h"

/* People planted in the fixtures: none may come out, in any spelling. */
static const char *const people[] = {"张小明", "李四光明", "zhangxm88", "77001", "77002",
                                     "13800001234", "mail.example", "weibo.example", "avatar"};

const struct board_spec parsed_board = {
    .item = {"ul#posts > li.post", 18}, .title = {"h3 a", 4}, .link = {"h3 a@href", 9},
    .time = {".authi em", 9}, .text = {"div.body", 8}, .reply = {".reply .words", 13},
    .reply_time = {".reply .when", 12}, .reply_unit = {"xpath:.//b[@class='unit']", 25},
};

static int64_t noon(void)
{
    int64_t ms;

    assert_int_equal(clock_parse(STR("2023-07-26T12:00:00+08:00"), &ms), 0);
    return ms;
}

struct feed *parsed(struct str body, const char *mime, const struct board_spec *spec, int err)
{
    struct parse_request req = {.body = body, .mime = str_from(mime), .board = spec,
                                .url = STR("http://bbs.qinghe.example/rss.xml"),
                                .zone_minutes = 480, .now = noon()};
    struct feed *feed;

    assert_int_equal(parse_feed(&req, &feed), err);
    assert_non_null(feed);
    return feed;
}

struct feed *parsed_file(const char *name, const struct board_spec *spec)
{
    struct buf path = BUF_INIT, body = BUF_INIT;

    buf_addf(&path, "%s/%s%c", FEEDS_DATA, name, 0);
    assert_int_equal(file_read(path.data, 1 << 20, &body), 0);
    struct feed *feed = parsed(buf_str(&body), "", spec, 0);
    buf_free(&path);
    buf_free(&body);
    return feed;
}

void parsed_time(int64_t ms, const char *want)
{
    char text[CLOCK_TEXT];

    assert_string_equal(clock_format(ms, text), want);
}

void parsed_without_people(const struct feed *feed)
{
    struct buf out = BUF_INIT;

    assert_int_equal(parse_write_json(feed, NULL, NULL, &out), 0);
    assert_true(utf8_valid(buf_str(&out)));
    for (size_t i = 0; i < sizeof people / sizeof *people; i++)
        if (str_find(buf_str(&out), str_from(people[i]), 0) != (size_t)-1)
            fail_msg("%s is in the output", people[i]);
    buf_free(&out);
}
