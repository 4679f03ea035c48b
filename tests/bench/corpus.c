#include "tests/bench/corpus.h"

#include <stdlib.h>

#include "base/utf8.h"

/* Everyday words of local news. Those from TOPICAL on are terms of topics. */
static const char *const words[] = {
    "今天", "上午", "记者", "从", "县里", "了解到", "新建", "已经", "完成", "铺设",
    "正在", "栽种", "附近", "表示", "方便", "不少", "春天", "天气", "晴好", "气温",
    "回升", "里", "桃花", "盛开", "纷纷", "前来", "拍照", "周末", "举办", "讲座",
    "孩子们", "认真", "听讲", "排练", "节目", "准备", "走进", "田间", "查看",
    "长势", "介绍", "品种", "产量", "提高", "社员", "分享", "经验", "水面", "干净",
    "两岸", "步道", "散步", "聊天", "下棋", "笑声",
    "道路", "路面", "绿化", "工人", "行道树", "村民", "出行", "果园", "游客",
    "图书馆", "文化站", "演出", "农技员", "合作社", "河道", "清理", "老人",
};
enum { WORDS = sizeof words / sizeof *words, TOPICAL = 55 };

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* Names are made of the characters of jade: no two of these are a rule's term, or a place. */
static void name(uint64_t *state, int length, struct buf *out)
{
    char letter[4];

    for (int i = 0; i < length; i++)
        buf_add(out, letter, utf8_put(0x7410 + (uint32_t)(next(state) % 0xC0), letter));
}

/* Of the first nwords words of local news, or of names alone when there are none: a post has no
 * words by which news is told. */
static void sentences(uint64_t *state, size_t nwords, size_t end, struct buf *out)
{
    for (unsigned n = 1; out->len < end; n++) {
        if (nwords)
            buf_add_text(out, words[next(state) % nwords]);
        else
            name(state, 2, out);
        if (n % 11 == 0)
            buf_add_text(out, "，");
        if (n % 37 == 0)
            buf_add_text(out, "。");
    }
    buf_add_text(out, "。");
}

static void paragraph(uint64_t *state, size_t nwords, size_t bytes, struct buf *out)
{
    size_t end = out->len + bytes;

    buf_add_text(out, "&lt;p style=\"margin-bottom: 24px;\"&gt;&lt;span&gt;");
    sentences(state, nwords, end, out);
    buf_add_text(out, "&lt;/span&gt;&lt;/p&gt;\n");
}

/* A matter of its own: another site, another firm, what it says beside; so that it opens its own
 * concern. */
static void alert(uint64_t *state, struct buf *out)
{
    buf_addf(out, "&lt;p&gt;我们%llu个工人在",
             (unsigned long long)(next(state) % 90 + 3));
    name(state, 3, out);
    buf_addf(out, "工地干活，老板拖欠工资%llu个月，一直没人管，请有关部门帮忙讨薪。",
             (unsigned long long)(next(state) % 11 + 2));
    buf_add_text(out, "&lt;/p&gt;\n");
}

void corpus_feed(uint64_t number, unsigned alert_every, struct buf *out)
{
    buf_add_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel>"
                      "<title>本地要闻</title><link>https://news.example/</link>"
                      "<description>每日更新</description>\n");
    for (uint64_t i = 0; i < CORPUS_ITEMS; i++) {
        uint64_t id = number * CORPUS_ITEMS + i, state = id * 2654435761u + 1;
        bool alerts = id % alert_every == 0;
        buf_addf(out,
                 "<item><title>%s%s%s %llu</title><link>https://news.example/a/%llu.html</link>"
                 "<guid isPermaLink=\"false\">n-%llu</guid>"
                 "<pubDate>Sun, 22 Nov 2026 08:00:00 +0800</pubDate>\n<description>",
                 alerts ? "老板拖欠工资没人管" : words[next(&state) % TOPICAL],
                 words[next(&state) % TOPICAL], words[next(&state) % TOPICAL],
                 (unsigned long long)id, (unsigned long long)id, (unsigned long long)id);
        if (alerts)
            alert(&state, out);
        for (int p = 0; p < 5; p++)
            paragraph(&state, alerts ? 0 : TOPICAL, 672, out);
        buf_add_text(out, "</description></item>\n");
    }
    buf_add_text(out, "</channel></rss>\n");
}

uint64_t corpus_alerts(uint64_t feeds, unsigned alert_every)
{
    return (feeds * CORPUS_ITEMS + alert_every - 1) / alert_every;
}

void corpus_text(uint64_t number, size_t bytes, struct buf *out)
{
    uint64_t state = number * 2654435761u + 1;

    for (size_t end = out->len + bytes; out->len < end; buf_add_char(out, '\n'))
        sentences(&state, WORDS, out->len + 400 < end ? out->len + 400 : end, out);
}
