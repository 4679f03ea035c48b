/* libFuzzer target: any bytes through the whole parsing room. The first byte picks feed or board;
 * everything that comes out must be valid UTF-8. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"
#include "feeds/formats/parse.h"
#include "feeds/pages/selector.h"
#include "feeds/text/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct board_spec board = {
    .item = {"li, .post, tr:nth-child(2)", 26}, .title = {"h3 a", 4}, .link = {"a@href", 6},
    .time = {".time, em, time", 15}, .text = {"xpath:.//div", 12}, .reply = {".reply", 6},
    .reply_time = {".reply em", 9}, .reply_unit = {"b", 1},
};

static void must(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct parse_request req = {.url = {"http://h.example/a/", 19}, .zone_minutes = 480,
                                .now = INT64_C(1690344000000), .max_items = 200};
    struct buf out = BUF_INIT;
    struct feed *feed;

    if (!size)
        return 0;
    req.board = data[0] & 1 ? &board : NULL;
    req.mime = data[0] & 2 ? (struct str){"text/xml; charset=gb18030", 25} : STR_NONE;
    req.body = (struct str){(const char *)data + 1, size - 1};
    int err = parse_feed(&req, &feed);
    must(err == 0 || err == ERR_SYNTAX);
    for (size_t i = 0; i < feed->nitems; i++) {
        const struct feed_item *it = &feed->items[i];
        must(it->id.n > 0);
        must(decode_is_clean(it->title) && decode_is_clean(it->text) && decode_is_clean(it->html) &&
             decode_is_clean(it->summary) && decode_is_clean(it->url) && decode_is_clean(it->id));
    }
    must(parse_write_json(feed, NULL, NULL, &out) == 0);
    must(utf8_valid(buf_str(&out)));
    if (data[0] & 4) {
        const char *problem;
        selector_check(req.body, &problem);
    }
    buf_free(&out);
    item_feed_free(feed);
    return 0;
}
