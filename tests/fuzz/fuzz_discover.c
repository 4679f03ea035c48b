/* libFuzzer target: any bytes as a page. The feeds it names are on the web, no person's, and
 * each is named once. */
#include "feeds/formats/discover.h"
#include "feeds/source/source.h"
#include "tests/fuzz/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str body = {(const char *)data, size};
    struct buf out = BUF_INIT;
    struct discovery *found;

    must(discover_feeds(body, STR("text/html"), STR("http://h.example/a/b"), &found) == 0);
    must(found->count <= DISCOVER_MAX);
    for (size_t i = 0; i < found->count; i++) {
        const struct discover_feed *f = &found->list[i];
        must_be_clean(f->url);
        must_be_clean(f->title);
        must_be_clean(f->type);
        must(f->url.n > 7 && !source_refusal(f->url) && !holds(f->url, "#"));
        for (size_t k = 0; k < i; k++)
            must(!str_eq(f->url, found->list[k].url));
    }
    must(discover_write_json(found, NULL, NULL, &out) == 0 && utf8_valid(buf_str(&out)));
    buf_free(&out);
    discover_free(found);
    return 0;
}
