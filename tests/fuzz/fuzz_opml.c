/* libFuzzer target: any bytes as a list of feeds. Every address is on the web and no person's; the
 * list can be written, and reads the same again. */
#include <string.h>

#include "base/err.h"
#include "feeds/formats/opml.h"
#include "feeds/source/source.h"
#include "tests/fuzz/property.h"

static void check(const struct opml *list)
{
    for (size_t i = 0; i < list->nfeeds; i++) {
        const struct opml_feed *f = &list->feeds[i];
        must_be_clean(f->title);
        must_be_clean(f->url);
        must_be_clean(f->home);
        must_be_clean(f->category);
        must(f->url.n > 7 && !source_refusal(f->url));
        must(!str_find(f->url, STR("http"), 0) || (f->url.p[0] | 32) == 'h');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str body = {(const char *)data, size}, base = STR("http://h.example/");
    struct buf out = BUF_INIT, again = BUF_INIT;
    struct opml *list, *second;

    int err = opml_read(body, STR_NONE, base, &list);
    must(err == 0 || err == ERR_SYNTAX);
    must(err == 0 || (list->nfeeds == 0 && list->nproblems > 0));
    check(list);
    must(opml_write_json(list, NULL, NULL, &again) == 0 && utf8_valid(buf_str(&again)));
    must(opml_write(STR("t"), list->feeds, list->nfeeds, &out) == 0);
    must(utf8_valid(buf_str(&out)));
    must(opml_read(buf_str(&out), STR_NONE, STR_NONE, &second) == 0);
    must(second->nproblems == 0 && second->nfeeds == list->nfeeds);
    opml_free(list);
    opml_free(second);
    buf_free(&out);
    buf_free(&again);
    return 0;
}
