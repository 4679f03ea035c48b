/* libFuzzer target: any bytes as a document, the first line as its media type. What comes out is
 * clean, in an encoding that its own name finds; so it does by a decoder that the last byte
 * picks, and what is clean UTF-8 stays as it is. */
#include "feeds/text/charset.h"
#include "feeds/text/charset_list.h"
#include "tests/fuzz/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct buf out, each;
    struct str mime = {(const char *)data, 0};
    const struct charset *cs;
    size_t faults;
    bool overruled;

    while (mime.n < size && data[mime.n] != '\n')
        mime.n++;
    struct str body = {mime.p + mime.n, size - mime.n};
    buf_reset(&out);
    must(charset_to_utf8(body, mime, &out, &cs, &faults, &overruled) == 0);
    must_be_clean(buf_str(&out));
    must(charset_find(charset_name(cs)) == cs);
    size_t kinds = 0;
    while (charset_list[kinds].name)
        kinds++;
    cs = &charset_list[(size ? data[size - 1] : 0) % kinds];
    buf_reset(&each);
    faults = 0;
    must(decode_text(cs->kind, cs->single, body, &each, &faults) == 0);
    must_be_clean(buf_str(&each));
    must(faults <= body.n + 1);
    buf_reset(&each);
    faults = 0;
    must(decode_text(DECODE_UTF8, NULL, buf_str(&out), &each, &faults) == 0);
    must(str_eq(buf_str(&out), buf_str(&each)) && faults == 0);
    return 0;
}
