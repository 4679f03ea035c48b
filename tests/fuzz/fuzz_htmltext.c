/* libFuzzer target: any bytes as the HTML of an item. Text and HTML come out clean and no longer
 * than they may be; an author's subtree in front is cut with the name in it, whatever follows;
 * and the text of plain words is those words. */
#include "feeds/text/htmltext.h"
#include "tests/fuzz/property.h"

#define NAME "qwvzk"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct buf clean, text, html;
    struct htmltext out = {.text = &text, .html = &html};
    size_t faults = 0;

    buf_reset(&clean);
    buf_reset(&text);
    buf_reset(&html);
    buf_add_text(&clean, "<div class=\"author\"><b>" NAME "</b></div>");
    must(decode_text(DECODE_UTF8, NULL, (struct str){(const char *)data, size}, &clean, &faults) ==
         0);
    bool planted = !holds((struct str){(const char *)data, size}, "q");
    must(htmltext_read(buf_str(&clean), &out) == 0);
    must_be_clean(buf_str(&text));
    must_be_clean(buf_str(&html));
    must(text.len <= clean.len + 16);
    if (planted) {
        must(!holds(buf_str(&text), NAME));
        must(!holds(buf_str(&html), NAME));
    }
    must(!out.image.n || (out.image.p >= clean.data && out.image.p < clean.data + clean.len));
    return 0;
}
