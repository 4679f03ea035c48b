/* libFuzzer target: any bytes between an item before and one behind, in RSS, RDF, Atom or a
 * sitemap as the first byte says. The item before is kept whole; the authors planted in it are
 * nowhere. */
#include "base/err.h"
#include "feeds/formats/parse.h"
#include "tests/fuzz/property.h"

#define NAME "qwvzk"

static const struct {
    const char *before, *behind;
} forms[] = {
    {"<rss><channel><item><guid>first</guid><title>t</title><dc:creator>" NAME "</dc:creator>"
     "<author>" NAME "</author></item>", "<item><guid>last</guid></item></channel></rss>"},
    {"<rdf:RDF><item rdf:about=\"first\"><title>t</title><dc:creator>" NAME "</dc:creator></item>",
     "<item rdf:about=\"last\"/></rdf:RDF>"},
    {"<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><id>first</id><title>t</title><author><"
     "name>"
     NAME "</name></author></entry>", "<entry><id>last</id></entry></feed>"},
    {"<urlset><url><loc>http://h.example/first</loc><news:news><news:title>t</news:title>"
     "<news:author>" NAME "</news:author></news:news></url>", "<url><loc>/last</loc></url><"
     "/urlset>"},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct buf body, out;
    struct feed *feed;

    if (!size)
        return 0;
    size_t k = data[0] % (sizeof forms / sizeof *forms);
    bool planted = !memchr(data, 'q', size);
    buf_reset(&body);
    buf_reset(&out);
    buf_add_text(&body, forms[k].before);
    buf_add(&body, data + 1, size - 1);
    buf_add_text(&body, forms[k].behind);
    struct parse_request req = {.body = buf_str(&body), .url = {"http://h.example/a/", 19},
                                .mime = {"text/xml; charset=utf-8", 23}, .zone_minutes = 480,
                                .now = INT64_C(1690344000000)};
    int err = parse_feed(&req, &feed);
    must(err == 0);
    must(feed->nitems > 0 && str_is(feed->items[0].title, "t"));
    must(feed->format == (k == 3 ? FEED_SITEMAP : FEED_RSS + k));
    must(feed->hints.ttl >= 0 && feed->hints.update_period >= 0 &&
         feed->hints.skip_hours < 1u << 24 && feed->hints.skip_days < 128);
    for (size_t i = 0; i < feed->nitems; i++)
        must(feed->items[i].id.n > 0);
    must(parse_write_json(feed, NULL, NULL, &out) == 0);
    must_be_clean(buf_str(&out));
    if (planted)
        must(!holds(buf_str(&out), NAME));
    item_feed_free(feed);
    return 0;
}
