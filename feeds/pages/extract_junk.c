#include "feeds/pages/extract_junk.h"

#include <libxml/tree.h>

#include "feeds/pages/tree.h"
#include "feeds/people/person.h"

#define W(text) {text, sizeof(text) - 1}
#define COUNT(a) (sizeof(a) / sizeof *(a))

static const struct str elements[] = {
    W("script"), W("style"), W("noscript"), W("nav"), W("button"), W("select"), W("iframe"),
    W("svg"), W("aside"), W("footer"), W("input"), W("textarea"), W("figcaption"), W("object"),
    W("embed"), W("link"), W("meta"), W("template"), W("dialog"), W("audio"), W("video"),
};

/* Words of a class or id, cut at '-', '_', digits and changes of case. */
static const struct str content[] = {
    W("article"), W("content"), W("main"), W("zoom"), W("entry"), W("text"), W("news"),
    W("detail"), W("body"), W("trs"), W("editor"), W("ucap"), W("con"), W("story"), W("post"),
    W("zw"), W("neirong"), W("zhengwen"), W("wenzhang"), W("xxgk"), W("rich"),
};
static const struct str other[] = {
    W("comment"), W("comments"), W("cmt"), W("cmts"), W("pinglun"), W("replies"), W("sidebar"),
    W("side"), W("footer"), W("foot"), W("copyright"), W("nav"), W("navbar"), W("navigation"),
    W("menu"), W("breadcrumb"), W("breadcrumbs"), W("crumb"), W("crumbs"), W("share"),
    W("sharebar"), W("bdshare"), W("bdsharebuttonbox"), W("related"), W("relate"), W("relation"),
    W("relevant"), W("recommend"), W("recommended"), W("tuijian"), W("xgyd"), W("rank"),
    W("ranking"), W("paihang"), W("ad"), W("ads"), W("advert"), W("advertisement"),
    W("adsbygoogle"), W("guanggao"), W("banner"), W("pager"), W("pagination"), W("login"),
    W("toolbar"), W("tools"), W("qrcode"), W("erweima"), W("zebian"), W("keywords"), W("tags"),
    W("prev"), W("next"), W("disclaimer"), W("shengming"), W("search"), W("subscribe"),
    W("feedback"), W("popup"), W("modal"), W("dropdown"), W("hotnews"), W("dianzan"),
    W("location"), W("position"), W("weizhi"), W("header"), W("toptool"), W("logo"), W("appdown"),
    W("download"), W("voice"), W("caption"), W("infobar"), W("pubinfo"), W("fontsize"),
};

static bool letter(char c, bool *upper)
{
    *upper = c >= 'A' && c <= 'Z';
    return *upper || (c >= 'a' && c <= 'z');
}

static void look_at_words(struct str v, bool *is_content, bool *is_other)
{
    bool upper, before_upper = false;

    for (size_t i = 0; i < v.n && v.n < 512;) {
        size_t start = i;
        while (i < v.n && letter(v.p[i], &upper) && !(i > start && upper && !before_upper)) {
            before_upper = upper;
            i++;
        }
        struct str word = {v.p + start, i - start};
        *is_content |= word.n && str_among_nocase(word, content, COUNT(content));
        *is_other |= word.n && str_among_nocase(word, other, COUNT(other));
        i += i == start;
    }
}

static bool hidden(const xmlNode *node)
{
    struct str style = tree_attribute(node, "style");

    return str_find(style, STR("display:none"), 0) != (size_t)-1 ||
           str_find(style, STR("display: none"), 0) != (size_t)-1 ||
           str_is(tree_attribute(node, "aria-hidden"), "true");
}

/* Some content systems put the whole article into a form, for its counter or its print button. A
 * form that asks for something says little. */
static bool asks(const xmlNode *form)
{
    enum { ARTICLE_CHARS = 120 };
    unsigned chars = 0, marks = 0;

    for (const xmlNode *n = form; n && chars < ARTICLE_CHARS;
         n = tree_next((xmlNode *)n, (xmlNode *)form, true))
        if (n->type == XML_TEXT_NODE)
            chars += extract_junk_count(str_from((const char *)n->content), &marks);
    return chars < ARTICLE_CHARS;
}

enum extract_junk extract_junk_element(const xmlNode *node)
{
    static const struct str whole[] = {W("html"), W("body"), W("main"), W("article")};
    struct str name = str_from((const char *)node->name);
    bool is_content = false, is_other = false;

    if (str_among_nocase(name, whole, COUNT(whole)))
        return EXTRACT_CONTENT;
    if (str_among_nocase(name, elements, COUNT(elements)) || hidden(node))
        return EXTRACT_JUNK;
    if (str_is(name, "form"))
        return asks(node) ? EXTRACT_JUNK : EXTRACT_DOUBTFUL;
    look_at_words(tree_attribute(node, "class"), &is_content, &is_other);
    look_at_words(tree_attribute(node, "id"), &is_content, &is_other);
    if (is_other)
        return is_content ? EXTRACT_FINE : EXTRACT_DOUBTFUL;
    return is_content ? EXTRACT_CONTENT : EXTRACT_FINE;
}

/* A line is dropped when it begins with one of these; where `bare` says so only when nothing but
 * marks or a short rest follows. */
static const struct {
    const char *cue;
    size_t rest; /* bytes that may follow at most */
    enum extract_line line;
} cues[] = {
    {"责任编辑", 96, EXTRACT_LINE_DROP},   {"责编", 96, EXTRACT_LINE_DROP},
    {"编辑：", 96, EXTRACT_LINE_DROP},     {"编辑:", 96, EXTRACT_LINE_DROP},
    {"作者：", 96, EXTRACT_LINE_DROP},     {"作者:", 96, EXTRACT_LINE_DROP},
    {"审核：", 96, EXTRACT_LINE_DROP},     {"校对：", 96, EXTRACT_LINE_DROP},
    {"值班编委", 96, EXTRACT_LINE_DROP},   {"来源：", 96, EXTRACT_LINE_DROP},
    {"来源:", 96, EXTRACT_LINE_DROP},      {"文章来源", 96, EXTRACT_LINE_DROP},
    {"信息来源", 96, EXTRACT_LINE_DROP},   {"稿源", 60, EXTRACT_LINE_DROP},
    {"发布时间", 96, EXTRACT_LINE_DROP},   {"发布日期", 96, EXTRACT_LINE_DROP},
    {"浏览次数", 60, EXTRACT_LINE_DROP},   {"浏览量", 60, EXTRACT_LINE_DROP},
    {"点击数", 60, EXTRACT_LINE_DROP},     {"阅读量", 60, EXTRACT_LINE_DROP},
    {"字体", 60, EXTRACT_LINE_DROP},       {"字号", 60, EXTRACT_LINE_DROP},
    {"【字体", 60, EXTRACT_LINE_DROP},     {"打印", 60, EXTRACT_LINE_DROP},
    {"分享到", 96, EXTRACT_LINE_DROP},     {"分享：", 60, EXTRACT_LINE_DROP},
    {"分享至", 60, EXTRACT_LINE_DROP},     {"转播到", 30, EXTRACT_LINE_DROP},
    {"扫一扫", 60, EXTRACT_LINE_DROP},     {"微信扫一扫", 90, EXTRACT_LINE_DROP},
    {"关闭窗口", 12, EXTRACT_LINE_DROP},   {"返回顶部", 12, EXTRACT_LINE_DROP},
    {"当前位置", 150, EXTRACT_LINE_DROP},  {"您的位置", 150, EXTRACT_LINE_DROP},
    {"您现在的位置", 150, EXTRACT_LINE_DROP}, {"点击查看", 60, EXTRACT_LINE_DROP},
    {"点击阅读原文", 30, EXTRACT_LINE_DROP}, {"阅读原文", 12, EXTRACT_LINE_DROP},
    {"原标题", 120, EXTRACT_LINE_DROP},    {"关注我们", 60, EXTRACT_LINE_DROP},
    {"长按二维码", 90, EXTRACT_LINE_DROP}, {"关键词", 120, EXTRACT_LINE_DROP},
    {"标签：", 120, EXTRACT_LINE_DROP},    {"收藏", 12, EXTRACT_LINE_DROP},
    {"相关阅读", 30, EXTRACT_LINE_END},    {"相关新闻", 30, EXTRACT_LINE_END},
    {"相关链接", 30, EXTRACT_LINE_END},    {"相关文章", 30, EXTRACT_LINE_END},
    {"相关报道", 30, EXTRACT_LINE_END},    {"相关推荐", 30, EXTRACT_LINE_END},
    {"推荐阅读", 30, EXTRACT_LINE_END},    {"延伸阅读", 30, EXTRACT_LINE_END},
    {"精彩推荐", 30, EXTRACT_LINE_END},    {"热门推荐", 30, EXTRACT_LINE_END},
    {"为您推荐", 30, EXTRACT_LINE_END},    {"猜你喜欢", 30, EXTRACT_LINE_END},
    {"热点新闻", 30, EXTRACT_LINE_END},    {"更多新闻", 30, EXTRACT_LINE_END},
    {"精彩视频推荐", 30, EXTRACT_LINE_DROP}, {"视频推荐", 30, EXTRACT_LINE_DROP},
    {"上一篇", 200, EXTRACT_LINE_END},     {"下一篇", 200, EXTRACT_LINE_END},
    {"网友评论", 30, EXTRACT_LINE_END},    {"最新评论", 30, EXTRACT_LINE_END},
    {"全部评论", 30, EXTRACT_LINE_END},    {"发表评论", 30, EXTRACT_LINE_END},
    {"热门评论", 30, EXTRACT_LINE_END},    {"评论区", 30, EXTRACT_LINE_END},
    {"预览时标签不可点", 60, EXTRACT_LINE_END}, {"免责声明", 30, EXTRACT_LINE_END},
    {"版权声明", 600, EXTRACT_LINE_END},   {"版权所有", 200, EXTRACT_LINE_DROP},
};

enum extract_line extract_junk_line(struct str line)
{
    static const char *const opens[] = {"[", "(", "（", "【", "［", "—", "-", " ", "　", "\xC2\xA0",
                                        "\n", "\t", "■", "●", "◆", ">", "»", NULL};

    for (size_t i = 0; opens[i];) {
        struct str open = str_from(opens[i]);
        bool there = str_starts(line, open);
        line = there ? (struct str){line.p + open.n, line.n - open.n} : line;
        i = there ? 0 : i + 1;
    }
    line = str_trim(line);
    for (size_t i = 0; i < COUNT(cues); i++) {
        struct str cue = str_from(cues[i].cue);
        if (str_starts(line, cue) && line.n - cue.n <= cues[i].rest)
            return cues[i].line;
    }
    return person_label(line) ? EXTRACT_LINE_DROP : EXTRACT_LINE_TEXT;
}

unsigned extract_junk_count(struct str text, unsigned *marks)
{
    static const char *const sentence[] = {"，", "。", "、", "；", "：", "？", "！", "”", NULL};
    unsigned n = 0;

    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if ((c & 0xC0) == 0x80 || c <= ' ')
            continue;
        n++;
        *marks += c == ',' || c == ';';
        if (c != 0xE2 && c != 0xE3 && c != 0xEF)
            continue;
        if (text.n - i >= 3 && memcmp(text.p + i, "　", 3) == 0)
            n--;
        for (size_t k = 0; sentence[k]; k++)
            *marks += text.n - i >= 3 && memcmp(text.p + i, sentence[k], 3) == 0;
    }
    return n;
}
