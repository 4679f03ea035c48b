/* Bytes as text: which encoding they are in, and what they say. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "feeds/text/charset.h"
#include "feeds/text/decode.h"
#include "tests/unit/text_is.h"

struct bytes_row {
    enum decode_kind kind;
    struct str in;
    const char *want;
    size_t faults;
};

/* Expected values are those of the WHATWG Encoding Standard's indexes. */
static void decoding(void **state)
{
    (void)state;
    static const struct bytes_row rows[] = {
        {DECODE_UTF8, {"a\0\x01\r\nb\rc", 8}, "a\nb\nc", 0},
        {DECODE_UTF8, {"\xE4\xBD\xA0\xFF\xE4\xBD", 6}, "你\uFFFD\uFFFD\uFFFD", 3},
        {DECODE_UTF8, {"x\xE2\x80\xAEy\xE2\x81\xA6z\xEF\xBF\xBE", 12}, "xyz", 0},
        {DECODE_UTF8, {"\xED\xA0\x80", 3}, "\uFFFD\uFFFD\uFFFD", 3},
        {DECODE_GB18030, {"\xC4\xE3\x80", 3}, "你€", 0},
        {DECODE_GB18030, {"\xA3\xA0\xA8\xBC\xA6\xD9\xFE\x51", 8}, "\u3000\u1E3F\uFE10\uE816", 0},
        {DECODE_GB18030,
         {"\x81\x30\x81\x30\x90\x30\x81\x30\x81\x35\xF4\x37", 12},
         "\xC2\x80\U00010000\uE7C7",
         0},
        {DECODE_GB18030,
         {"\x81 \xFF"
          "a",
          4},
         "\uFFFD \uFFFD"
         "a",
         2},
        {DECODE_GB18030, {"\xC4\xFF\xC4\xE3", 4}, "\uFFFD你", 1},
        {DECODE_BIG5, {"\x81\x80\xA7\x41", 4}, "\uFFFD你", 1},
        {DECODE_GB18030, {"\xC4", 1}, "\uFFFD", 1},
        {DECODE_GB18030,
         {"\x81\x30\x81", 3},
         "\uFFFD"
         "0\uFFFD",
         2},
        {DECODE_BIG5,
         {"\xA7\x41\xA1\x45\x88\x62\xF9\xFE\xC6\xA1", 10},
         "你\u2027\u00CA\u0304\uFFED\u2460",
         0},
        {DECODE_BIG5,
         {"\x87\x40\x80"
          "a",
          4},
         "\u43F0\uFFFD"
         "a",
         1},
        {DECODE_EUC_JP,
         {"\xC6\xFC\xCB\xDC\x8E\xB1\x8F\xB0\xA1\xC6 \x8E\xFF", 14},
         "日本ｱ丂\uFFFD \uFFFD\uFFFD",
         3},
        {DECODE_SHIFT_JIS, {"\x93\xFA\x96\x7B\xB1\r\n\x81 \xFF", 10}, "日本ｱ\n\uFFFD \uFFFD", 2},
        {DECODE_EUC_KR, {"\xC7\xD1\x8C\x63\xC7 \xFF\xFF", 8}, "한똠\uFFFD \uFFFD\uFFFD", 3},
        {DECODE_ISO_2022_JP,
         {"a\x1B$BF|K\\\x1B(J\\~\x1B(I1\x1B(Bb\r\nc", 24},
         "a日本¥\u203Eｱb\nc",
         0},
        {DECODE_ISO_2022_JP, {"\x1B$B\x1B(Bx", 7}, "\uFFFDx", 1},
        {DECODE_ISO_2022_JP, {"\x1B$BF\x1B(B\x1B$\x80", 10}, "\uFFFD\uFFFD$\uFFFD", 3},
        {DECODE_REPLACEMENT, {"<item>", 6}, "\uFFFD", 1},
        {DECODE_UTF16LE, {"\x60\x4F\x3D\xD8\x00\xDE", 6}, "你😀", 0},
        {DECODE_UTF16BE, {"\x4F\x60\xDC\x00\x00", 5}, "你\uFFFD\uFFFD", 2},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = BUF_INIT;
        size_t faults = 0;
        assert_int_equal(decode_text(rows[i].kind, NULL, rows[i].in, &out, &faults), 0);
        text_is(buf_str(&out), rows[i].want);
        assert_int_equal(faults, rows[i].faults);
        assert_true(decode_is_clean(buf_str(&out)));
        buf_free(&out);
    }
}

/* Whatever the bytes, the text is clean UTF-8. */
static void decoding_random(void **state)
{
    (void)state;
    unsigned seed = 20230725;

    print_message("seed %u\n", seed);
    for (int round = 0; round < 300; round++) {
        char raw[512];
        size_t n = (size_t)rand_r(&seed) % sizeof raw, faults;
        for (size_t i = 0; i < n; i++)
            raw[i] = (char)rand_r(&seed);
        for (unsigned kind = DECODE_UTF8; kind <= DECODE_REPLACEMENT; kind++) {
            if (kind == DECODE_SINGLE)
                continue;
            struct buf out = BUF_INIT;
            assert_int_equal(decode_text(kind, NULL, (struct str){raw, n}, &out, &faults), 0);
            assert_true(utf8_valid(buf_str(&out)));
            assert_true(decode_is_clean(buf_str(&out)));
            buf_free(&out);
        }
    }
}

static void charset_order(void **state)
{
    (void)state;
    static const struct {
        const char *body, *mime, *name;
    } rows[] = {
        {"\xEF\xBB\xBF<?xml encoding='gbk'?>", "text/xml; charset=big5", "UTF-8"},
        {"<?xml version='1.0' encoding='gbk'?>", "text/xml; charset=\"big5\"", "Big5"},
        {"<?xml version='1.0' encoding='GB2312'?>", "text/xml", "GBK"},
        {"<meta charset=gb18030>", "text/html", "gb18030"},
        {"<meta http-equiv='Content-Type' content='text/html; charset=big5'>", "", "Big5"},
        {"<!-- <meta charset=big5> --><meta charset='gbk'>", "", "GBK"},
        {"<metacharset=big5>plain", "", "UTF-8"},
        {"<meta charset=utf-16>", "", "UTF-8"},
        {"plain", "text/plain; charset=nonsense", "UTF-8"},
        {"<rss><item>&lt;meta charset=big5><meta charset=big5></item></rss>", "", "UTF-8"},
        {"{\"content_html\": \"<meta charset='big5'>\"}", "", "UTF-8"},
        {"<?xml version='1.0'?><html><meta charset=big5>", "text/html", "Big5"},
        {"<?xml version='1.0'?><html><meta charset=big5>", "text/xml", "UTF-8"},
        {"<meta content='text/html; charset=big5'>", "", "UTF-8"},
        {"<script x='<meta charset=big5>'></script><meta charset=gbk>", "", "GBK"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = BUF_INIT;
        const struct charset *cs;
        size_t faults;
        bool overruled;
        assert_int_equal(charset_to_utf8(str_from(rows[i].body), str_from(rows[i].mime), &out, &cs,
                                         &faults, &overruled), 0);
        text_is(charset_name(cs), rows[i].name);
        buf_free(&out);
    }
}

/* A label that does not fit the bytes gives way to one that does, and only then. */
static void charset_wrong_label(void **state)
{
    (void)state;
    static const struct {
        const char *mime;
        struct str body;
        const char *name, *text; /* text NULL: not compared */
        bool overruled;
    } rows[] = {
        {"text/xml; charset=utf-8",
         {"\xB9\xA4\xB5\xD8\xCD\xCF\xC7\xB7\xB9\xA4\xD7\xCA", 12}, "gb18030", "工地拖欠工资",
         true},
        {"text/xml; charset=iso-8859-1",
         {"\xB9\xA4\xB5\xD8\xCD\xCF\xC7\xB7\xB9\xA4\xD7\xCA", 12}, "gb18030", "工地拖欠工资",
         true},
        {"text/xml; charset=iso-8859-1", {"工地拖欠工资", 18}, "UTF-8", "工地拖欠工资", true},
        {"text/xml; charset=gb2312", {"工地拖欠工资", 18}, "UTF-8", "工地拖欠工资", true},
        {"text/xml; charset=big5", {"工地拖欠工资", 18}, "UTF-8", "工地拖欠工资", true},
        /* cut in a character: no reason to take the rest for GB18030 */
        {"text/xml; charset=utf-8", {"工地拖欠工资三个月工地拖欠工资三个月", 53}, "UTF-8", NULL, false},
        {"", {"工地拖欠工资三个月工地拖欠工资三个月", 53}, "UTF-8", NULL, false},
        {"text/html; charset=iso-8859-1", {"caf\xE9 d\xE9j\xE0 vu", 12}, "windows-1252",
         "café déjà vu", false},
        {"", {"une caf\xE9tiere d\xE9mod\xE9" "e, r\xE9parable", 33}, "windows-1252",
         "une cafétiere démodée, réparable", false},
        {"text/html; charset=windows-1251", {"\xCF\xF0\xE8\xE2\xE5\xF2", 6}, "windows-1251",
         "Привет", false},
        {"text/html; charset=euc-jp", {"\xC6\xFC\xCB\xDC\xB8\xEC", 6}, "EUC-JP", "日本語", false},
        /* seven bits that hide markup; those of eight were mislabelled */
        {"text/xml; charset=hz-gb-2312", {"<rss>~{<a>~}", 12}, "replacement", "\uFFFD", false},
        {"text/xml; charset=iso-2022-kr", {"工地拖欠工资", 18}, "UTF-8", "工地拖欠工资", true},
        {"", {"<\0r\0s\0s\0>\0\x60\x4F", 12}, "UTF-16LE", "<rss>你", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = BUF_INIT;
        const struct charset *cs;
        size_t faults;
        bool overruled;
        assert_int_equal(charset_to_utf8(rows[i].body, str_from(rows[i].mime), &out, &cs, &faults,
                                         &overruled), 0);
        text_is(charset_name(cs), rows[i].name);
        assert_int_equal(overruled, rows[i].overruled);
        if (rows[i].text)
            text_is(buf_str(&out), rows[i].text);
        buf_free(&out);
    }
}

/* Every label finds an encoding by that name, and the name finds itself. */
static void charset_labels(void **state)
{
    (void)state;
    static const struct {
        const char *label, *name;
    } rows[] = {
        {" GB2312\n", "GBK"}, {"x-gbk", "GBK"}, {"cp936", "GBK"}, {"GB18030", "gb18030"},
        {"Big5-HKSCS", "Big5"}, {"unicode", "UTF-16LE"}, {"latin1", "windows-1252"},
        {"Shift_JIS", "Shift_JIS"}, {"ks_c_5601-1987", "EUC-KR"}, {"x-euc-jp", "EUC-JP"},
        {"ISO-8859-8-I", "ISO-8859-8-I"}, {"l9", "ISO-8859-15"}, {"koi8-ru", "KOI8-U"},
        {"hz-gb-2312", "replacement"}, {"iso-2022-jp", "ISO-2022-JP"}, {"utf-7", NULL}, {"", NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct charset *cs = charset_find(str_from(rows[i].label));
        assert_int_equal(cs != NULL, rows[i].name != NULL);
        if (!cs)
            continue;
        text_is(charset_name(cs), rows[i].name);
        assert_ptr_equal(charset_find(str_from(rows[i].name)), cs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoding),
        cmocka_unit_test(decoding_random),
        cmocka_unit_test(charset_order),
        cmocka_unit_test(charset_wrong_label),
        cmocka_unit_test(charset_labels),
    };
    return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
