/* Every place in tests/data/canaries.tsv where an author can hide: what the readers write of the
 * document holds no canary. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "classifiers/mask/mask.h"
#include "feeds/formats/discover.h"
#include "feeds/formats/opml.h"
#include "feeds/formats/parse.h"

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

#define OPML "<opml version=\"2.0\"><head>"
#define OUTLINE "<outline type=\"rss\" text=\"新闻\" xmlUrl=\"http://site.example/feed\" "
#define PAGE "<html><head><title>路灯修好了</title>"
#define ARTICLE "</head><body><article><h1>路灯修好了</h1><p>昨日，河东路上坏了半个月的路灯全部修好。" \
    "施工队连夜更换了三十盏灯具，并检查了沿线的电缆。</p><p>附近的居民说，晚上走路安心多了，" \
    "希望别的路段也早些检查，早些修好。</p>"

enum reader { AS_FEED, AS_PAGE, AS_OPML, AS_DISCOVERY };

static const struct {
    const char *where, *before, *after;
    enum reader reader;
} documents[] = {
    {"rss-item", RSS ITEM, "</item></channel></rss>", AS_FEED},
    {"rss-channel", RSS, ITEM "</item></channel></rss>", AS_FEED},
    {"html", RSS ITEM "<description><![CDATA[", "]]></description></item></channel></rss>",
     AS_FEED},
    {"title", RSS "<item><title>", "</title></item></channel></rss>", AS_FEED},
    {"atom-entry", ATOM "<entry><id>1</id><title>题</title>", "</entry></feed>", AS_FEED},
    {"atom-feed", ATOM, "<entry><id>1</id><title>题</title></entry></feed>", AS_FEED},
    {"json-item", JSON "\"items\":[{\"id\":\"1\",\"title\":\"题\",", "}]}", AS_FEED},
    {"json-feed", JSON, ",\"items\":[{\"id\":\"1\",\"title\":\"题\"}]}", AS_FEED},
    {"prolog", "", RSS ITEM "</item></channel></rss>", AS_FEED},
    {"opml-head", OPML, "</head><body>" OUTLINE "/></body></opml>", AS_OPML},
    {"opml-outline", OPML "</head><body>" OUTLINE, "/></body></opml>", AS_OPML},
    {"opml-more", OPML "</head><body>" OUTLINE "/>", "</body></opml>", AS_OPML},
    {"discover", PAGE "<link rel=\"alternate\" type=\"application/rss+xml\" href=\"/feed\">",
     "</head><body></body></html>", AS_DISCOVERY},
    {"page-head", PAGE, ARTICLE "</article></body></html>", AS_PAGE},
    {"article", PAGE ARTICLE, "</article></body></html>", AS_PAGE},
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

/* What each reader writes of the document, which it must have been able to read. */
static void read_feed(const struct parse_request *req, enum reader reader, struct buf *out)
{
    struct feed *feed = NULL;

    assert_int_equal(reader == AS_PAGE ? parse_page(req, &feed) : parse_feed(req, &feed), 0);
    assert_int_equal(feed->nitems, 1);
    assert_true(reader == AS_FEED || feed->items[0].text.n > 200);
    assert_int_equal(parse_write_json(feed, mask_buf, NULL, out), 0);
    item_feed_free(feed);
}

static void read_opml(const struct parse_request *req, struct buf *out)
{
    struct opml *list = NULL;

    assert_int_equal(opml_read(req->body, STR_NONE, req->url, &list), 0);
    assert_int_equal(list->nfeeds, 1);
    assert_int_equal(opml_write_json(list, mask_buf, NULL, out), 0);
    assert_int_equal(opml_write(STR("x"), list->feeds, list->nfeeds, out), 0);
    opml_free(list);
}

static void read_discovery(const struct parse_request *req, struct buf *out)
{
    struct discovery *found = NULL;

    assert_int_equal(discover_feeds(req->body, STR("text/html"), req->url, &found), 0);
    assert_int_equal(found->count, 1);
    assert_int_equal(discover_write_json(found, mask_buf, NULL, out), 0);
    discover_free(found);
}

static size_t try_place(const char *place, const char *where, const char *piece)
{
    struct buf body = BUF_INIT, out = BUF_INIT;
    struct parse_request req = {.url = STR("http://site.example/feed"), .zone_minutes = 480,
                                .now = INT64_C(1690344000000)};
    size_t i = 0, leaks = 0;

    while (i < sizeof documents / sizeof *documents && strcmp(documents[i].where, where) != 0)
        i++;
    assert_true(i < sizeof documents / sizeof *documents);
    buf_add_text(&body, documents[i].before);
    fill(piece, &body);
    buf_add_text(&body, documents[i].after);
    assert_true(holds(buf_str(&body)));
    req.body = buf_str(&body);
    if (documents[i].reader == AS_OPML)
        read_opml(&req, &out);
    else if (documents[i].reader == AS_DISCOVERY)
        read_discovery(&req, &out);
    else
        read_feed(&req, documents[i].reader, &out);
    if (holds(buf_str(&out))) {
        print_error("%s: %.*s\n", place, STR_ARG(buf_str(&out)));
        leaks = 1;
    }
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
