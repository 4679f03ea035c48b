/* Every place in tests/data/canaries.tsv where an author can hide: what `huiying parse` writes of the
 * document holds no canary. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "classifiers/mask.h"
#include "feeds/parse.h"

#define NAMES "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" " \
    "xmlns:media=\"http://search.yahoo.com/mrss/\" xmlns:atom=\"http://www.w3.org/2005/Atom\" " \
    "xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" " \
    "xmlns:googleplay=\"http://www.google.com/schemas/play-podcasts/1.0\" " \
    "xmlns:slash=\"http://purl.org/rss/1.0/modules/slash/\" " \
    "xmlns:georss=\"http://www.georss.org/georss\" " \
    "xmlns:geo=\"http://www.w3.org/2003/01/geo/wgs84_pos#\""
#define RSS "<rss version=\"2.0\" " NAMES "><channel><title>新闻</title>"
#define ITEM "<item><title>题</title>"
#define ATOM "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>新闻</title>"
#define JSON "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"新闻\","

static const struct {
    const char *where, *before, *after;
} documents[] = {
    {"rss-item", RSS ITEM, "</item></channel></rss>"},
    {"rss-channel", RSS, ITEM "</item></channel></rss>"},
    {"html", RSS ITEM "<description><![CDATA[", "]]></description></item></channel></rss>"},
    {"title", RSS "<item><title>", "</title></item></channel></rss>"},
    {"atom-entry", ATOM "<entry><id>1</id><title>题</title>", "</entry></feed>"},
    {"atom-feed", ATOM, "<entry><id>1</id><title>题</title></entry></feed>"},
    {"json-item", JSON "\"items\":[{\"id\":\"1\",\"title\":\"题\",", "}]}"},
    {"json-feed", JSON, ",\"items\":[{\"id\":\"1\",\"title\":\"题\"}]}"},
    {"prolog", "", RSS ITEM "</item></channel></rss>"},
};

static const char letters[] = "kanarienvogel", digits[] = "770986543", name[] = "诸葛澈明";

static void fill(const char *piece, struct buf *out)
{
    for (const char *p = piece; *p;) {
        static const struct {
            const char *mark, *text;
        } marks[] = {{"{c}", letters}, {"{d}", digits}, {"{d9}", digits}, {"{n}", name}};
        size_t i = 0;
        while (i < 4 && strncmp(p, marks[i].mark, strlen(marks[i].mark)) != 0)
            i++;
        if (i < 4) {
            buf_add_text(out, marks[i].text);
            p += strlen(marks[i].mark);
        } else {
            buf_add_char(out, *p++);
        }
    }
}

static bool holds(struct str s)
{
    return memmem(s.p, s.n, letters, sizeof letters - 1) ||
           memmem(s.p, s.n, digits, sizeof digits - 1) || memmem(s.p, s.n, name, sizeof name - 1);
}

static size_t try_place(const char *place, const char *where, const char *piece)
{
    struct buf body = BUF_INIT, out = BUF_INIT;
    struct parse_request req = {.url = STR("http://site.example/feed"), .zone_minutes = 480,
                                .now = INT64_C(1690344000000)};
    struct feed *feed = NULL;
    size_t i = 0, leaks = 0;

    while (i < sizeof documents / sizeof *documents && strcmp(documents[i].where, where) != 0)
        i++;
    assert_true(i < sizeof documents / sizeof *documents);
    buf_add_text(&body, documents[i].before);
    fill(piece, &body);
    buf_add_text(&body, documents[i].after);
    assert_true(holds(buf_str(&body)));
    req.body = buf_str(&body);
    assert_int_equal(parse_feed(&req, &feed), 0);
    assert_int_equal(feed->nitems, 1);
    assert_int_equal(parse_write_json(feed, mask_buf, NULL, &out), 0);
    if (holds(buf_str(&out))) {
        print_error("%s: %.*s\n", place, STR_ARG(buf_str(&out)));
        leaks = 1;
    }
    item_feed_free(feed);
    buf_free(&body);
    buf_free(&out);
    return leaks;
}

static void places(void **state)
{
    (void)state;
    FILE *f = fopen(TESTS_DATA "/canaries.tsv", "re");
    char *line = NULL;
    size_t size = 0, n = 0, leaks = 0;
    ssize_t got;

    assert_non_null(f);
    while ((got = getline(&line, &size, f)) > 0) {
        line[got - 1] = '\0';
        char *where = strchr(line, '\t'), *piece = where ? strchr(where + 1, '\t') : NULL;
        if (line[0] == '#')
            continue;
        assert_non_null(piece);
        *where++ = *piece++ = '\0';
        leaks += try_place(line, where, piece);
        n++;
    }
    free(line);
    fclose(f);
    assert_true(n >= 150);
    assert_int_equal(leaks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places),
    };
    return cmocka_run_group_tests_name("canary", tests, NULL, NULL);
}
