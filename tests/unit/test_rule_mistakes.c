/* Rules that say nothing, too much, or what no rule may: each mistake told at its line. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "classifiers/rules/rules.h"
#include "tests/unit/folder.h"

/* Does a topic with these keys (their first line is 5) get exactly one problem, this one? */
static bool refuses(const char *keys, int line, const char *words)
{
    struct problems *p = problems_new();
    struct buf topic = BUF_INIT;

    buf_addf(&topic, HEAD "%s", keys);
    buf_add_char(&topic, 0);
    folder_put("topics", "a.yaml", topic.data);
    struct rules *r = rules_compile(folder, p);
    bool good = !r && problems_count(p) == 1 && folder_told(p, line, words);
    if (!good)
        problems_print(p, stderr);
    rules_free(r);
    problems_free(p);
    buf_free(&topic);
    return good;
}

struct mistake {
    const char *keys;
    int line;
    const char *words;
};

static void refused(const struct mistake *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!refuses(list[i].keys, list[i].line, list[i].words))
            fail_msg("%s: not told: %s", list[i].keys, list[i].words);
}

static void mistakes_are_told(void **state)
{
    static const struct mistake list[] = {
        {"any:\n  - {weight: 2}\n", 6, "有且只有"},
        {"any:\n  - {term: 停水, list: pipes}\n", 6, "有且只有"},
        {"any:\n  - {and: []}\n", 6, "空的"},
        {"any:\n  - {not: [停水]}\n", 6, "只靠 not"},
        {"any:\n  - {or: [停水, {not: [断水]}]}\n", 6, "只靠 not"},
        {"any:\n  - {and: [{not: [停水]}, {not: [断水]}]}\n", 6, "只靠 not"},
        {"any:\n  - {or: [停水, 断水], min: 3}\n", 6, "min 大于"},
        {"any:\n  - {and: [停水, 断水], min: 2}\n", 6, "不能与 and 同用"},
        {"any:\n  - {term: 停水, needs: [断水]}\n", 6, "不能与 term 同用"},
        {"any:\n  - {and: [{term: 停水, weight: 2}]}\n", 6, "最外层"},
        {"any:\n  - {near: {terms: [停水]}}\n", 6, "至少要有两项"},
        {"any:\n  - {near: {terms: [停水, 停水]}}\n", 6, "重复"},
        {"any:\n  - {near: {terms: [停水, 断水], within: 9999}}\n", 6, "within"},
        {"any:\n  - {near: {terms: [甲甲, 乙乙, 丙丙, 丁丁, 戊戊, 己己, 庚庚, 辛辛, 壬壬]}}\n", 6, "最多 8"},
        {"any:\n  - {list: nowhere}\n", 6, "没有词表 nowhere"},
        {"any:\n  - {list: pipes, min: 9}\n", 6, "min 大于"},
        {"any:\n  - {list: pipes}\nnone:\n  - 水管\n", 8, "pipes.yaml:2"},
        {"any:\n  - {term: 停水, regions: [hunan]}\n", 6, "区划代码"},
        {"any:\n  - {term: 停水, regions: []}\n", 6, "空的"},
        {"any:\n  - {term: 停水, sources: [paper]}\n", 6, "news"},
        {"any: [停水]\nvalid: {from: 2026-02-30}\n", 6, "日期"},
        {"any: [停水]\nvalid: {from: 2026-03-02, until: 2026-03-01}\n", 6, "早于"},
        {"any: [停水]\nvalid: {}\n", 6, "空的"},
        {"any: [停水]\ngrades:\n  - {grade: ordinary, when: 断水}\n", 7, "高于"},
        {"any: [停水]\ngrades:\n  - {grade: major}\n", 7, "when"},
        {"any: [停水]\ngrades:\n  - {grade: major, when: []}\n", 7, "空的"},
        {"any: [停水]\ngrades:\n  - {grade: huge, when: 断水}\n", 7, "grave"},
        {"any:\n  - {term: 停水, in: title}\n  - {term: 停水, in: both}\n", 7, "重复"},
        {"any:\n  - and: [{or: [{and: [{or: [{and: [{or: [{and: [{or: [停水]}]}]}]}]}]}]}]\n", 6,
         "最多 8 层"},
    };

    (void)state;
    folder_put("lists", "pipes.yaml", "name: {zh: 水管, en: Pipes}\nterms: [水管, 水表, 阀门]\n");
    refused(list, sizeof list / sizeof *list);
}

static void mistakes_in_regexes_are_told(void **state)
{
    static const struct mistake list[] = {
        {"any:\n  - {regex: '停水('}\n", 6, "正则写错，第 4"},
        {"any:\n  - {regex: '停?水?', needs: [停水]}\n", 6, "空文本"},
        {"any:\n  - {regex: '停水|断水'}\n", 6, "needs"},
        {"any:\n  - {regex: '(停水)?\\d'}\n", 6, "needs"},
        {"any:\n  - {regex: '停水*'}\n", 6, "needs"},
        {"any:\n  - {regex: '停[水电]'}\n", 6, "needs"},
        {"any:\n  - {regex: '停水', needs: []}\n", 6, "空的"},
        {"any:\n  - {regex: '停水', needs: [停]}\n", 6, "2 到"},
        {"any:\n  - {regex: '(*LIMIT_MATCH=9)停水'}\n", 6, "不可用"},
        {"any:\n  - {regex: '停水\\C'}\n", 6, "正则写错"},
        /* What no term may look for. */
        {"any:\n  - {regex: '去上访的人'}\n", 6, "信访、集会"},
        {"any:\n  - {regex: '停水.{0,5}(王建国|李明)'}\n", 6, "不收"},
        {"any:\n  - {regex: '上.?访', needs: [停水]}\n", 6, "信访、集会"},
        {"any:\n  - {regex: '[上]访', needs: [停水]}\n", 6, "信访、集会"},
        {"any:\n  - {regex: '\\x{4e0a}访', needs: [停水]}\n", 6, "信访、集会"},
        {"any:\n  - {regex: '停水\\d', needs: [上访]}\n", 6, "信访、集会"},
        {"any:\n  - {and: [停水, {or: [断水, 集体上访]}]}\n", 6, "信访、集会"},
        {"any:\n  - {near: {terms: [停水, [断水, 佛教]]}}\n", 6, "宗教"},
        {"any: [停水]\ngrades: [{grade: major, when: 上访}]\n", 6, "信访、集会"},
    };

    (void)state;
    refused(list, sizeof list / sizeof *list);
}

/* A list's own mistakes have its own file and line, and are told once, used or not. */
static void mistakes_in_lists_are_told(void **state)
{
    struct problems *p = problems_new();

    (void)state;
    folder_put("lists", "bad.yaml",
               "name: {zh: 坏, en: Bad}\nterms:\n  - 停水\n  - 水\n  - 上访\n  - 停 水\n");
    folder_put("topics", "a.yaml", HEAD "any: [断水, {list: bad}, {and: [{list: bad}]}]\n");
    assert_null(rules_compile(folder, p));
    assert_int_equal(problems_count(p), 3);
    assert_true(folder_told(p, 4, "2 到") && folder_told(p, 5, "信访") && folder_told(p, 6, "重复"));
    folder_put("lists", "bad.yaml", "name: {zh: 好, en: Good}\nterms: [停水]\n");
    problems_free(p);
}

/* Each way into the rules, on line 6 of a topic; %s is the term. */
static const char *const ways[] = {
    "any:\n  - %s\nall:\n  - of: [停水, 断水]\n",
    "any:\n  - {term: %s, in: title, weight: 0.3}\n  - 停水\n",
    "all:\n  - of: [停水, [断水, %s]]\n",
    "none:\n  - %s\nany: [停水]\n",
    "any:\n  - {near: {terms: [停水, [断水, %s]], within: 20}}\n",
    "any:\n  - {and: [停水, {not: [断水, %s]}]}\n",
    "any:\n  - {or: [停水, %s], min: 2}\n",
    "any:\n  - {regex: '停水.{0,5}%s'}\n",
    "any:\n  - {regex: '停水.{0,5}(断水|%s)', needs: [停水]}\n",
    "any:\n  - {regex: '停水\\d', needs: [停水, %s]}\n",
    "grades:\n  - {grade: major, when: %s}\nany: [停水]\n",
    "grades:\n  - {grade: major, when: [{near: {terms: [停水, %s]}}]}\nany: [停水]\n",
};
enum { WAYS = sizeof ways / sizeof *ways };

static void fill(struct buf *out, const char *form, const char *term)
{
    const char *at = strstr(form, "%s");

    buf_reset(out);
    buf_add(out, form, (size_t)(at - form));
    buf_addf(out, "%s%s", term, at + 2);
    buf_add_char(out, 0);
}

static void refused_whichever_way(void **state)
{
    static const struct {
        const char *term, *reason;
    } list[] = {
        {"政治观点", "政治观点"}, {"五毛党", "政治观点"}, {"集体上访", "信访、集会"},
        {"游行示威", "信访、集会"}, {"佛教", "宗教"},      {"礼拜堂", "宗教"},
        {"少数民族", "民族"},     {"回民", "民族"},       {"王建国", "人名"},
        {"张书记", "人名"},
    };
    struct buf keys = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        for (size_t w = 0; w < WAYS; w++) {
            fill(&keys, ways[w], list[i].term);
            if (!refuses(keys.data, 6, list[i].reason))
                fail_msg("let in: %s", keys.data);
        }
        struct problems *p = problems_new();
        fill(&keys, "name: {zh: 坏, en: Bad}\nterms:\n  - 阀门\n  - %s\n", list[i].term);
        folder_put("lists", "bad.yaml", keys.data);
        folder_put("topics", "a.yaml", HEAD "any: [断水]\n");
        assert_null(rules_compile(folder, p));
        assert_int_equal(problems_count(p), 1);
        assert_true(folder_told(p, 4, list[i].reason));
        problems_free(p);
        folder_put("lists", "bad.yaml", "name: {zh: 好, en: Good}\nterms: [停水]\n");
    }
    buf_free(&keys);
}

/* Offices, schools, streets, money and time hold such words and are none. */
static void passes_whichever_way(void **state)
{
    static const char *const list[] = {"民族中学", "回民街", "信访局",   "集会广场",
                                       "高三",     "五毛钱", "三个礼拜"};
    struct buf keys = BUF_INIT, topic = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        for (size_t w = 0; w <= WAYS; w++) {
            struct problems *p = problems_new();
            fill(&keys, w < WAYS ? ways[w] : "any: [停水, {list: good}] # %s\n", list[i]);
            buf_reset(&topic);
            buf_addf(&topic, HEAD "%s", keys.data);
            buf_add_char(&topic, 0);
            folder_put("topics", "a.yaml", topic.data);
            fill(&keys, "name: {zh: 好, en: Good}\nterms: [%s]\n", list[i]);
            folder_put("lists", "good.yaml", keys.data);
            struct rules *r = rules_compile(folder, p);
            problems_print(p, stderr);
            if (!r)
                fail_msg("refused: %s", topic.data);
            rules_free(r);
            problems_free(p);
        }
    buf_free(&keys);
    buf_free(&topic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(mistakes_in_regexes_are_told),
        cmocka_unit_test(mistakes_in_lists_are_told),
        cmocka_unit_test(refused_whichever_way),
        cmocka_unit_test(passes_whichever_way),
    };
    return cmocka_run_group_tests_name("rule mistakes", tests, folder_set_up, folder_tear_down);
}
