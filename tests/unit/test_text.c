/* The small parts of the parsing room: decoding, references, text, dates, links. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/utf8.h"
#include "feeds/people/ident.h"
#include "feeds/people/person.h"
#include "feeds/text/charset.h"
#include "feeds/text/dates.h"
#include "feeds/text/decode.h"
#include "feeds/text/htmltext.h"
#include "feeds/text/link.h"

static void same(struct str s, const char *want)
{
    char *got = strndup(s.p ? s.p : "", s.n);

    assert_string_equal(got, want);
    free(got);
}

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
        same(buf_str(&out), rows[i].want);
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
        same(charset_name(cs), rows[i].name);
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
        same(charset_name(cs), rows[i].name);
        assert_int_equal(overruled, rows[i].overruled);
        if (rows[i].text)
            same(buf_str(&out), rows[i].text);
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
        same(charset_name(cs), rows[i].name);
        assert_ptr_equal(charset_find(str_from(rows[i].name)), cs);
    }
}

static void html_text(void **state)
{
    (void)state;
    static const struct {
        const char *html, *text;
    } rows[] = {
        {"<p>一</p><p>二<br>三</p>", "一\n二\n三"},
        {"a&nbsp;b &amp;&#20320;&#x4F60;&hellip;&bogus;&", "a b &你你…&bogus;&"},
        {"<script>if (a<b) {}</script>后<style>p{}</style>", "后"},
        {"  a \n b\t<b> c</b> ", "a b c"},
        {"第一行\n第二行", "第一行\n第二行"},
        {"5 < 6 && 7 > 3", "5 < 6 && 7 > 3"},
        {"<!-- 作者 -->正文", "正文"},
        {"前<span class=\"post-author\">张<b>三</b></span>后", "前后"},
        {"<div><span class=author>张三</div><p>后</p>", "后"},
        {"前<a href='/u/zhang'>张三</a>后<a href='/a/1'>链</a>", "前后链"},
        {"<img class=avatar src=x.png>文", "文"},
        {"<div class=\"authority-reply\">住建局答复</div>", "住建局答复"},
        {"<div class=\"user-comment\">留言</div>", "留言"},
        {"<a title='>'>x</a>", "x"},
        {"<td>一</td><td>二</td>", "一 二"},
        {"a\xE2\x80\x8B" "b", "ab"}, {"未闭合<", "未闭合<"}, {"未闭合<b", "未闭合"},
        {"&#0;&#x202E;&#128;x", "€x"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf text = BUF_INIT, html = BUF_INIT;
        struct htmltext out = {.text = &text, .html = &html};
        assert_int_equal(htmltext_read(str_from(rows[i].html), &out), 0);
        same(buf_str(&text), rows[i].text);
        assert_true(str_find(buf_str(&html), STR("张"), 0) == (size_t)-1);
        buf_free(&text);
        buf_free(&html);
    }
}

/* Links in kept HTML are whole, in double quotes, and name nobody. */
static void html_links(void **state)
{
    (void)state;
    static const struct {
        const char *base, *html, *want;
    } rows[] = {
        {"http://x.example/a/b?q", "<a href=c>1</a>", "<a href=\"http://x.example/a/c\">1</a>"},
        {"http://x.example/a/b", "<img src='../c.png' alt=x>",
         "<img src=\"http://x.example/c.png\" alt=x>"},
        {"http://x.example/a/b", "<a href=\"//y.example/?a=1&amp;b=2\">",
         "<a href=\"http://y.example/?a=1&amp;b=2\">"},
        {"http://x.example/a&b/", "<a href=c>", "<a href=\"http://x.example/a&amp;b/c\">"},
        {"http://x.example/", "<a href='c\" onclick=x'>",
         "<a href=\"http://x.example/c' onclick=x\">"},
        {"http://x.example/", "<a href=\"http://y.example/1\">", "<a href=\"http://y.example/1\">"},
        {"http://x.example/", "<a href=\"#n1\">", "<a href=\"#n1\">"},
        {"http://x.example/", "<a href=\"?uid=7&amp;tid=9\">",
         "<a href=\"http://x.example/?tid=9\">"},
        {"", "<a href=\"c\">", "<a href=\"c\">"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf text = BUF_INIT, html = BUF_INIT;
        struct htmltext out = {.text = &text, .html = &html, .base = str_from(rows[i].base)};
        assert_int_equal(htmltext_read(str_from(rows[i].html), &out), 0);
        same(buf_str(&html), rows[i].want);
        buf_free(&text);
        buf_free(&html);
    }
}

static void date_forms(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"Tue, 25 Jul 2023 10:30:00 +0800", "2023-07-25T10:30:00+08:00"},
        {"Tue, 25 Jul 2023 10:30:00 GMT", "2023-07-25T18:30:00+08:00"},
        {"25 Jul 23 10:30 EST", "2023-07-25T23:30:00+08:00"},
        {"Thursday, 25-Jul-23 10:30:00 GMT", "2023-07-25T18:30:00+08:00"},
        {"Tues, 25 July 2023 24:00:00 +0000", "2023-07-26T08:00:00+08:00"},
        {"July 25, 2023 3:05 PM", "2023-07-25T15:05:00+08:00"},
        {"Tue Jul 25 10:30:00 2023", "2023-07-25T10:30:00+08:00"},
        {"Tue Jul 25 10:30:00 CST 2023", "2023-07-25T10:30:00+08:00"},
        {"2023-07-25T10:30:00Z", "2023-07-25T18:30:00+08:00"},
        {"2023-07-25T10:30:00+0800", "2023-07-25T10:30:00+08:00"},
        {"2023-07-25 10:30:00.123-05:00", "2023-07-25T23:30:00+08:00"},
        {"2023", "2023-01-01T00:00:00+08:00"},
        {"2023-07", "2023-07-01T00:00:00+08:00"},
        {"20230725103000", "2023-07-25T10:30:00+08:00"},
        {"1690252200", "2023-07-25T10:30:00+08:00"},
        {"1690252200000", "2023-07-25T10:30:00+08:00"},
        {"2023年7月25日 10:30", "2023-07-25T10:30:00+08:00"},
        {"时间：2023年07月25日10时30分", "2023-07-25T10:30:00+08:00"},
        {"2023/7/5 下午3:20", "2023-07-05T15:20:00+08:00"},
        {"2023.07.25（星期二）09:00", "2023-07-25T09:00:00+08:00"},
        {"发表于 2023-7-25 10:30:05", "2023-07-25T10:30:05+08:00"},
        {"刚刚", "2023-07-26T12:00:00+08:00"},
        {"5分钟前", "2023-07-26T11:55:00+08:00"},
        {"2小时前", "2023-07-26T10:00:00+08:00"},
        {"半小时前", "2023-07-26T11:30:00+08:00"},
        {"回复于3天前", "2023-07-23T12:00:00+08:00"},
        {"昨天 10:30", "2023-07-25T10:30:00+08:00"},
        {"07-25 10:30", "2023-07-25T10:30:00+08:00"},
        {"12-25 10:30", "2022-12-25T10:30:00+08:00"},
        {"7月25日", "2023-07-25T00:00:00+08:00"},
        {"二〇二三年七月二十五日", "2023-07-25T00:00:00+08:00"},
        {"一九九八年十月三日 上午九时三十分", "1998-10-03T09:30:00+08:00"},
        {"２０２３年７月２５日　１０：３０", "2023-07-25T10:30:00+08:00"},
        {"２０２３－０７－２５ 10：30", "2023-07-25T10:30:00+08:00"},
        {"2023年7月25日 星期二 下午3点半", "2023-07-25T15:30:00+08:00"},
        {"2023-7-25 周二 09:05", "2023-07-25T09:05:00+08:00"},
        {"2023-07-25 凌晨12:05", "2023-07-25T00:05:00+08:00"},
        {"2023/7/25 上午 12:05", "2023-07-25T00:05:00+08:00"},
        {"2023/7/25 下午 12:05", "2023-07-25T12:05:00+08:00"},
        {"7月25日晚上11点20分", "2023-07-25T23:20:00+08:00"},
        {"7月25日晚上12点半", "2023-07-26T00:30:00+08:00"},
        {"7月25日中午1点", "2023-07-25T13:00:00+08:00"},
        {"十分钟前", "2023-07-26T11:50:00+08:00"},
        {"两小时前", "2023-07-26T10:00:00+08:00"},
        {"1小时20分钟前", "2023-07-26T10:40:00+08:00"},
        {"一个半小时前", "2023-07-26T10:30:00+08:00"},
        {"3&nbsp;天前", NULL},
        {"3\u00A0天前", "2023-07-23T12:00:00+08:00"},
        {"2 hours ago", "2023-07-26T10:00:00+08:00"},
        {"前天 21:05", "2023-07-24T21:05:00+08:00"},
        {"大前天", "2023-07-23T00:00:00+08:00"},
        {"昨晚8点", "2023-07-25T20:00:00+08:00"},
        {"今早 7:40", "2023-07-26T07:40:00+08:00"},
        {"上周五", "2023-07-21T00:00:00+08:00"},
        {"本周一 下午2:00", "2023-07-24T14:00:00+08:00"},
        {"上星期日", "2023-07-23T00:00:00+08:00"},
        {"周三 10:30", "2023-07-26T10:30:00+08:00"},
        {"星期四", "2023-07-20T00:00:00+08:00"},
        {"2月29日", "2020-02-29T00:00:00+08:00"},
        {"7月27日 10:00", "2023-07-27T10:00:00+08:00"},
        {"7月28日", "2022-07-28T00:00:00+08:00"},
        {"编号2023-118 7月25日", "2023-07-25T00:00:00+08:00"},
        {"2023年7月25日 农历六月初八", "2023-07-25T00:00:00+08:00"},
        {"农历2023年6月8日", NULL},
        {"农历六月初八", NULL},
        {"1900年3月5日", NULL},
        {"2023年4月31日", NULL},
        {"2023年13月5日 10:30", NULL},
        {"周一鸣", NULL},
        {"9251062200000", NULL},
        {"", NULL},
        {"soon", NULL},
        {"2023-02-30", NULL},
        {"2023-07-25T25:00:00Z", NULL},
    };
    int64_t now, ms;
    char text[CLOCK_TEXT];

    assert_int_equal(clock_parse(STR("2023-12-31T23:30:00+08:00"), &now), 0);
    assert_int_equal(dates_parse(STR("1月1日 00:10"), 480, now, &ms), 0);
    assert_string_equal(clock_format(ms, text), "2024-01-01T00:10:00+08:00");
    assert_int_equal(dates_parse(STR("昨天 10:30"), 0, now, &ms), 0);
    assert_string_equal(clock_format(ms, text), "2023-12-30T18:30:00+08:00");
    assert_int_equal(clock_parse(STR("2023-07-26T12:00:00+08:00"), &now), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int err = dates_parse(str_from(rows[i].in), 480, now, &ms);
        if (!rows[i].want) {
            if (err != ERR_SYNTAX)
                fail_msg("%s is read", rows[i].in);
            continue;
        }
        if (err)
            fail_msg("%s is not read", rows[i].in);
        if (strcmp(clock_format(ms, text), rows[i].want) != 0)
            fail_msg("%s is %s", rows[i].in, text);
    }
}

/* RFC 3986 §5.4. */
static void links(void **state)
{
    (void)state;
    static const struct {
        const char *ref, *want;
    } rows[] = {
        {"g", "http://a/b/c/g"},     {"./g", "http://a/b/c/g"},   {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},        {"//g", "http://g"},         {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"}, {"#s", "http://a/b/c/d;p?q#s"}, {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},      {"..", "http://a/b/"},       {"../g", "http://a/b/g"},
        {"../..", "http://a/"},      {"../../../g", "http://a/g"}, {"/./g", "http://a/g"},
        {"g:h", "g:h"},              {"../../g", "http://a/g"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = BUF_INIT;
        assert_int_equal(link_resolve(STR("http://a/b/c/d;p?q"), str_from(rows[i].ref), &out), 0);
        same(buf_str(&out), rows[i].want);
        buf_free(&out);
    }
}

static void user_parts(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"http://h/t/1?uid=7&page=2&from=x&utm_source=y", "http://h/t/1?page=2"},
        {"http://h/u/zhang/p/1", "http://h/p/1"},
        {"http://h/@zhang/p/1", "http://h/p/1"},
        {"http://h/u/zhang", ""},
        {"http://h/space-uid-77.html", ""},
        {"http://h/home.php?mod=space&uid=77", ""},
        {"http://zhang:pw@h/p", "http://h/p"},
        {"http://h/a;jsessionid=AB12?x=1", "http://h/a?x=1"},
        {"https://weibo.com/1234567890/AbCdE", "https://weibo.com/AbCdE"},
        {"http://h/n/2024/0101/c1-2.html", "http://h/n/2024/0101/c1-2.html"},
        {"http://h/home/news/1.html", "http://h/home/news/1.html"},
        {"http://h/p?share_token=ab&id=5#/u/zhang", "http://h/p?id=5"},
        {"mailto:zhang@h.example", ""},
        {"javascript:alert(1)", ""},
        {"http://#a=b", ""},
        {"http:///p", ""},
        {"http://zhang@/p.png", ""},
        {"rel/x.html", "http://base.example/d/rel/x.html"},
    };
    struct arena *arena = arena_new();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        same(ident_link(arena, STR("http://base.example/d/e"), str_from(rows[i].in)), rows[i].want);
    same(ident_guid(arena, STR("zhang@mail.example")), "");
    same(ident_guid(arena, STR("tag:zhang@mail.example,2023:1")), "");
    same(ident_guid(arena, STR("tag:h.example,2023:1")), "tag:h.example,2023:1");
    same(ident_guid(arena, STR("http://h/u/zhang/9")), "http://h/9");
    same(ident_guid(arena, STR("0a1b-22")), "0a1b-22");
    arena_free(arena);
}

static void person_marks(void **state)
{
    (void)state;
    static const char *const yes[] = {"author", "post-author", "postAuthor", "byline", "h-card",
                                      "vcard", "avatar_small", "user-name", "x userName y", "楼主"};
    static const char *const no[] = {"authority", "user-content", "content", "h-entry", "title",
                                     "authorize", "unit-reply", "post"};

    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        assert_true(person_attribute(STR("class"), str_from(yes[i])));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_false(person_attribute(STR("class"), str_from(no[i])));
    assert_true(person_attribute(STR("rel"), STR("author")));
    assert_true(person_attribute(STR("href"), STR("space-uid-1.html")));
    assert_false(person_attribute(STR("href"), STR("thread-1.html")));
    assert_true(person_label(STR("楼主：张三")));
    assert_false(person_label(STR("楼主反映的停水问题")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoding),      cmocka_unit_test(decoding_random),
        cmocka_unit_test(charset_order), cmocka_unit_test(charset_wrong_label),
        cmocka_unit_test(charset_labels),
        cmocka_unit_test(html_text), cmocka_unit_test(html_links),     cmocka_unit_test(date_forms),
        cmocka_unit_test(links),         cmocka_unit_test(user_parts),
        cmocka_unit_test(person_marks),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
