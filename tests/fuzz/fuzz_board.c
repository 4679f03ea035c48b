/* libFuzzer target: a list page or a page of one item, by specs of several kinds. The first byte
 * picks; everything that comes out must be clean. */
#include <stdlib.h>

#include "base/err.h"
#include "base/utf8.h"
#include "feeds/formats/parse.h"
#include "feeds/pages/trial.h"
#include "feeds/text/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct board_spec specs[] = {
    {.item = {"tbody[id^=normalthread_], li", 28}, .title = {"a.xst, a", 8}, .link = {"a@href", 6},
     .time = {"td.by em, em, span", 18}, .text = {"p", 1}, .reply = {".reply", 6},
     .reply_time = {".reply em", 9}, .reply_unit = {"b", 1}, .next = {"a.nxt@href", 10},
     .detail_title = {"#thread_subject, h1", 19}, .detail_text = {"td[id^=postmessage_]", 20},
     .detail_time = {"em[id^=authorposton]", 20}},
    {.item = {"xpath://tr[not(.//tr)]", 22}, .title = {"xpath:.//a/@title | .//a/text()", 31},
     .time = {"xpath:.//*[not(*)]", 18}, .text = {"xpath:.", 7},
     .detail_title = {"xpath://td[contains(.,'标题')]/following-sibling::*[1]", 56},
     .detail_reply = {"xpath://td[last()]", 18}, .detail_reply_time = {"xpath://td/text()", 17}},
    {.item = {"div", 3}, .title = {"h3", 2}, .text = {"div:nth-child(2)", 16},
     .detail_reply = {".reply, p:last-child", 20}},
};

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void check(const struct feed *feed)
{
    for (size_t i = 0; i < feed->nitems; i++) {
        const struct feed_item *it = &feed->items[i];
        must(it->id.n > 0);
        must(decode_is_clean(it->title) && decode_is_clean(it->text) && decode_is_clean(it->html) &&
             decode_is_clean(it->reply) && decode_is_clean(it->reply_unit) &&
             decode_is_clean(it->url));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct parse_request req = {.url = {"http://h.example/a/", 19}, .zone_minutes = 480,
                                .now = INT64_C(1690344000000), .max_items = 200};
    struct buf out = BUF_INIT;
    struct feed *feed;

    if (!size)
        return 0;
    req.board = &specs[data[0] % (sizeof specs / sizeof *specs)];
    req.mime = data[0] & 16 ? (struct str){"text/html; charset=gbk", 22} : STR_NONE;
    req.body = (struct str){(const char *)data + 1, size - 1};
    int err = data[0] & 32 ? parse_page(&req, &feed) : parse_feed(&req, &feed);
    must(err == 0 || err == ERR_SYNTAX);
    check(feed);
    item_feed_free(feed);
    if (data[0] >= 192) { /* a quarter, for it reads the page once more */
        err = trial_write(&req, data[0] & 32, NULL, NULL, &out);
        must((err == 0 || err == ERR_SYNTAX) && utf8_valid(buf_str(&out)));
    }
    buf_free(&out);
    return 0;
}
