/* libFuzzer target: any bytes as a JSON Feed. What comes out is clean, has an id, and reads the
 * same when it is written and read again. */
#include "base/err.h"
#include "feeds/formats/parse.h"
#include "tests/fuzz/property.h"

static struct feed *read_feed(struct str body, int *err)
{
    struct parse_request req = {.body = body, .url = {"http://h.example/a/", 19},
                                .mime = {"application/feed+json; charset=utf-8", 36},
                                .zone_minutes = 480, .now = INT64_C(1690344000000)};
    struct feed *feed;

    *err = parse_feed(&req, &feed);
    return feed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf out = BUF_INIT, text = BUF_INIT;
    int err;

    buf_add_char(&text, '{'); /* what begins otherwise is XML */
    buf_add(&text, data, size);
    struct feed *feed = read_feed(buf_str(&text), &err);
    must(err == 0 || err == ERR_SYNTAX);
    for (size_t i = 0; i < feed->nitems; i++) {
        const struct feed_item *it = &feed->items[i];
        must(it->id.n > 0);
        must_be_clean(it->id);
        must_be_clean(it->url);
        must_be_clean(it->title);
        must_be_clean(it->text);
        must_be_clean(it->html);
        must_be_clean(it->summary);
        for (size_t k = 0; k < it->ntags; k++)
            must_be_clean(it->tags[k]);
    }
    must(parse_write_json(feed, NULL, NULL, &out) == 0 && utf8_valid(buf_str(&out)));
    if (!err) {
        struct feed *again = read_feed(buf_str(&out), &err);
        must(err == 0 && again->nitems == feed->nitems);
        for (size_t i = 0; i < feed->nitems; i++)
            must(str_eq(feed->items[i].url, again->items[i].url));
        item_feed_free(again);
    }
    item_feed_free(feed);
    buf_free(&out);
    buf_free(&text);
    return 0;
}
