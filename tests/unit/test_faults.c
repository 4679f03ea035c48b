/* Ill-formed feeds: what each fault costs, and that problems[] names it with its line. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"
#include "feeds/formats/parse.h"
#include "feeds/text/decode.h"
#include "tests/unit/text_is.h"

struct fault {
    const char *what, *in;
    const char *titles;   /* of the items, joined by a bar */
    const char *problems; /* "line text", joined by a bar */
};

#define AMP "& 之后不是字符引用 (an ampersand that begins no reference)"
#define LT "小于号之后不是标记 (a less-than sign that begins no markup)"
#define PAIR "结束标签与开始标签不符 (an end tag does not match its start tag)"
#define OPEN "元素没有结束 (an element does not end)"
#define ENDLESS "标记没有结束，或超过上限 (markup that does not end or is past the limits)"
#define ILL "XML 写法不对 (the XML is not well-formed)"
#define A "<item><title>甲</title></item>\n"
#define B "<item><title>乙</title></item>\n"
#define RSS(between) "<rss><channel>\n" A between B "</channel></rss>"

static const struct fault faults[] = {
    {"nothing is wrong", RSS(""), "甲|乙", ""},
    {"an entity that nothing declares", RSS("<item><title>A&foo;B</title></item>\n"),
     "甲|A&foo;B|乙", "3 " AMP},
    {"a name that HTML has", RSS("<item><title>A&nbsp;B&copy;</title></item>\n"), "甲|A\u00A0B©|乙",
     ""},
    {"a stray ampersand", RSS("<item><title>A & B</title></item>\n"), "甲|A & B|乙", "3 " AMP},
    {"an ampersand in an address",
     RSS("<item><title>丙</title><enclosure url='a?b=1&c=2'/></item>\n"), "甲|丙|乙", "3 " AMP},
    {"a reference to no character", RSS("<item><title>A&#0;&#xFFFFFFFF;&#xD800;B</title></item>\n"),
     "甲|AB|乙", ""},
    {"a tag that does not end", RSS("<item><title>丙</title\n</item>\n"), "甲|丙|乙",
     "3 " LT "|4 " PAIR},
    {"an element that does not end", RSS("<item><title>丙</title><description>字</item>\n"),
     "甲|丙|乙", "3 " PAIR},
    {"an item that does not end", RSS("<item><title>丙</title>\n"), "甲|丙|乙", "4 " OPEN},
    {"an end of nothing", RSS("</item></b>\n"), "甲|乙", "3 " PAIR},
    {"elements that cross", RSS("<item><title><b>丙</title></b></item>\n"), "甲|丙|乙", "3 " PAIR},
    {"names in another case", RSS("<ITEM><Title>丙</TITLE></Item>\n"), "甲|丙|乙", "3 " PAIR},
    {"CDATA without an end",
     RSS("<item><title>丙</title><description><![CDATA[字</description></item>\n"), "甲|丙|乙",
     "3 " ENDLESS},
    {"CDATA in CDATA", RSS("<item><title><![CDATA[丙<![CDATA[丁]]>]]></title></item>\n"),
     "甲|丙|乙", "3 " ILL},
    {"an end of CDATA without a beginning", RSS("<item><title>丙]]></title></item>\n"),
     "甲|丙]]>|乙", "3 " ILL},
    {"CDATA misspelt", RSS("<item><title><![CDATA 丙]]></title></item>\n"), "甲||乙",
     "3 " LT "|3 " ILL},
    {"a comment without an end", RSS("<!-- x\n"), "甲|乙", "3 " ENDLESS},
    {"two hyphens in a comment", RSS("<!-- a -- b -->\n"), "甲|乙", "3 " ILL},
    {"an instruction without an end", RSS("<?php echo\n"), "甲|乙", "3 " ENDLESS},
    {"an attribute without quotes", RSS("<item><title a=1>丙</title></item>\n"), "甲|丙|乙",
     "3 属性值没有引号 (an attribute value has no quotes)"},
    {"a quote that does not close", RSS("<item><title a=\"1>丙</title></item>\n"), "甲|丙|乙",
     "3 属性值没有引号 (an attribute value has no quotes)"},
    {"an attribute twice", RSS("<item><title a='1' a='2'>丙</title></item>\n"), "甲|丙|乙",
     "3 同一属性出现两次 (an attribute is given twice)"},
    {"a '<' in a text", RSS("<item><title>1 < 2</title></item>\n"), "甲|1 < 2|乙", "3 " LT},
    {"a '<' in an attribute", RSS("<item><title a='<'>丙</title></item>\n"), "甲|丙|乙", "3 " LT},
    {"control characters",
     RSS("<item><title>A\x01\x08"
         "B\x1F</title></item>\n"),
     "甲|AB|乙", ""},
    {"words before the declaration", "junk\n<?xml version='1.0'?>\n" RSS(""), "甲|乙", ""},
    {"empty lines before the declaration", "\n\n<?xml version='1.0'?>" RSS(""), "甲|乙", ""},
    {"a declaration twice", "<?xml version='1.0'?><?xml version='1.0'?>" RSS(""), "甲|乙", ""},
    {"a declaration in the middle", RSS("<?xml version='1.0'?>\n"), "甲|乙", "3 " ILL},
    {"two roots", RSS("") "\n" RSS(""), "甲|乙|甲|乙",
     "5 根元素之后还有内容 (the document goes on behind its root element)"},
    {"words behind the root", RSS("") "\nwords", "甲|乙",
     "4 根元素之后还有内容 (the document goes on behind its root element)"},
    {"a script behind the root", RSS("") "\n<script>x</script>", "甲|乙",
     "5 根元素之后还有内容 (the document goes on behind its root element)"},
    {"a document cut in a text", "<rss><channel>\n" A "<item><title>乙", "甲|乙", "3 " OPEN},
    {"a document cut in a tag", "<rss><channel>\n" A "<item><title", "甲", "3 " LT "|3 " OPEN},
    {"a document cut in a reference", "<rss><channel>\n" A "<item><title>乙&am", "甲|乙&am",
     "3 " AMP "|3 " OPEN},
    {"a document cut between items", "<rss><channel>\n" A B, "甲|乙", "4 " OPEN},
    {"a document cut in an address", "<rss><channel>\n" A "<item><title>乙</title><link>http://x.e",
     "甲|乙", "3 " OPEN},
    {"a prefix that nothing declares", RSS("<item><dc:title>丙</dc:title><x:y>no</x:y></item>\n"),
     "甲|丙|乙", ""},
    {"HTML that is not escaped", RSS("<item><title>丙<br>丁</title></item>\n"), "甲|丙 丁|乙",
     "3 " PAIR},
    {"bytes of another encoding", RSS("<item><title>工地拖欠农民工工资\xB1\xFB</title></item>\n"),
     "甲|工地拖欠农民工工资\uFFFD\uFFFD|乙",
     "3 有的字节在所用编码里没有意义 (bytes that mean nothing in the character encoding)"},
    {"an item in an item", RSS("<item><title>丙</title><item><title>丁</title></item></item>\n"),
     "甲|丙|丁|乙", "3 " OPEN "|3 " PAIR},
    {"a channel without a root", "<channel>" A "</channel>", NULL,
     "0 不是信源 (the document is no feed)"},
};

static void joined(const struct feed *f, struct buf *titles, struct buf *problems)
{
    for (size_t i = 0; i < f->nitems; i++)
        buf_addf(titles, "%s%.*s", i ? "|" : "", STR_ARG(f->items[i].title));
    for (size_t i = 0; i < f->nproblems; i++)
        buf_addf(problems, "%s%d %.*s", i ? "|" : "", f->problems[i].line,
                 STR_ARG(f->problems[i].text));
    buf_add_char(titles, 0);
    buf_add_char(problems, 0);
}

static void each(void **state)
{
    (void)state;
    size_t wrong = 0;

    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        const struct fault *row = &faults[i];
        struct parse_request req = {.body = str_from(row->in)};
        struct buf titles = BUF_INIT, problems = BUF_INIT;
        struct feed *f;
        assert_int_equal(parse_feed(&req, &f), row->titles ? 0 : ERR_SYNTAX);
        joined(f, &titles, &problems);
        if (strcmp(titles.data, row->titles ? row->titles : "") != 0 ||
            strcmp(problems.data, row->problems) != 0) {
            print_error("%s:\n  %s\n  %s\n", row->what, titles.data, problems.data);
            wrong++;
        }
        item_feed_free(f);
        buf_free(&titles);
        buf_free(&problems);
    }
    assert_int_equal(wrong, 0);
}

/* A text that the document's end cuts off is kept so far as it came; an address is not. */
static void cut_text(void **state)
{
    (void)state;
    static const struct {
        const char *in, *id, *url, *text;
    } rows[] = {
        {"<rss><channel><item><guid>1</guid><description>&lt;p&gt;工地&lt;/p&gt;拖欠&lt;a hr", "1",
         "", "工地\n拖欠"},
        {"<rss><channel><item><guid>1</guid><description><![CDATA[<p>工地</p>拖<b>欠", "1", "",
         "工地\n拖欠"},
        {"<rss><channel><item><description>工地</description><guid>http://x.example/1", "#", "",
         "工地"},
        {"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><content type='xhtml'><div>"
         "工地<b>拖欠", "1", "", "工地拖欠"},
        {"<rss><channel><item><guid>1</guid><description>工地<span class=\"author\">张", "1", "",
         "工地"},
        {"{\"items\":[{\"id\":\"1\",\"content_text\":\"工地拖欠\\u5de", "1", "", "工地拖欠"},
        {"{\"items\":[{\"id\":\"1\",\"content_text\":\"工地\",\"url\":\"http://x.example/a", "1", "",
         "工地"},
        {"{\"items\":[{\"id\":\"1\",\"content_text\":\"工地\",\"tags\":[\"甲\",\"乙", "1", "",
         "工地"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct parse_request req = {.body = str_from(rows[i].in)};
        struct feed *f;
        assert_int_equal(parse_feed(&req, &f), 0);
        assert_int_equal(f->nitems, 1);
        if (*rows[i].id != '#')
            text_is(f->items[0].id, rows[i].id);
        text_is(f->items[0].url, rows[i].url);
        text_is(f->items[0].text, rows[i].text);
        assert_true(f->nproblems > 0);
        item_feed_free(f);
    }
}

/* However far a document came: what was whole before the cut is kept, in order, and the rest
 * told. */
static void cut_anywhere(void **state)
{
    (void)state;
    struct str whole = STR("<?xml version=\"1.0\"?>\n<rss><channel><title>频</title>\n"
                           "<item><guid>1</guid><title>甲&amp;</title></item>\n"
                           "<item><guid>2</guid><title><![CDATA[乙]]></title></item>\n"
                           "<item><guid>3</guid><title>丙</title><a b=\"c\"/></item>\n"
                           "</channel></rss>");
    static const char *const ends[] = {"甲&amp;</title></item>", "乙]]></title></item>",
                                       "<a b=\"c\"/></item>"};

    for (size_t n = 0; n <= whole.n; n++) {
        struct parse_request req = {.body = {whole.p, n}};
        struct feed *f;
        size_t least = 0;
        int err = parse_feed(&req, &f);
        assert_true(err == 0 || (err == ERR_SYNTAX && n < 30));
        for (size_t i = 0; i < 3; i++)
            least += str_find(req.body, str_from(ends[i]), 0) != (size_t)-1;
        assert_in_range(f->nitems, least, least + 1);
        for (size_t i = 0; i < least; i++)
            assert_int_equal(f->items[i].id.p[0], '1' + (int)i);
        assert_true(n + 2 > whole.n || err || f->nproblems > 0);
        item_feed_free(f);
    }
}

/* Any one byte changed costs at most the item it is in and one beside it. */
static void one_byte(void **state)
{
    (void)state;
    struct buf in = BUF_INIT;
    unsigned seed = 20230725;

    buf_add_text(&in, "<rss><channel>\n");
    for (int i = 0; i < 8; i++)
        buf_addf(&in, "<item><guid>g%d</guid><title>第%d条</title><description>&lt;p&gt;文"
                 "</description></item>\n", i, i);
    size_t first = 15, last = in.len;
    buf_add_text(&in, "</channel></rss>");
    print_message("seed %u\n", seed);
    for (int turn = 0; turn < 20000; turn++) {
        size_t at = first + (size_t)rand_r(&seed) % (last - first);
        char was = in.data[at];
        struct parse_request req = {.mime = STR("text/xml; charset=utf-8")};
        struct feed *f;
        in.data[at] = rand_r(&seed) % 2 ? (char)rand_r(&seed) : "<>&/\"'![]-? "
         "\0"[rand_r(&seed) % 13];
        req.body = buf_str(&in);
        assert_int_equal(parse_feed(&req, &f), 0);
        size_t whole = 0;
        for (size_t i = 0; i < f->nitems; i++)
            whole += f->items[i].id.n == 2 && f->items[i].text.n == 3;
        if (whole < 6)
            fail_msg("byte %zu as %02x leaves %zu items", at, (unsigned char)in.data[at], whole);
        item_feed_free(f);
        in.data[at] = was;
    }
    buf_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each),
        cmocka_unit_test(cut_text), cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(one_byte),
    };
    return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
