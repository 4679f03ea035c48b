/* libFuzzer target: any page through main-text extraction; everything that comes out must be clean.
 */
#include <stdlib.h>

#include "base/err.h"
#include "base/utf8.h"
#include "feeds/formats/parse.h"
#include "feeds/text/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct parse_request req = {.body = {(const char *)data, size}, .zone_minutes = 480,
                                .url = {"http://h.example/a/", 19}, .now = INT64_C(1690344000000)};
    struct buf out = BUF_INIT;
    struct feed *feed;
    int err = parse_page(&req, &feed);

    if (err != 0 && err != ERR_SYNTAX)
        abort();
    if ((err == 0) != (feed->nitems == 1))
        abort();
    for (size_t i = 0; i < feed->nitems; i++)
        if (!feed->items[i].text.n || !decode_is_clean(feed->items[i].text) ||
            !decode_is_clean(feed->items[i].title) || !decode_is_clean(feed->items[i].html))
            abort();
    if (parse_write_json(feed, NULL, NULL, &out) || !utf8_valid(buf_str(&out)))
        abort();
    buf_free(&out);
    item_feed_free(feed);
    return 0;
}
