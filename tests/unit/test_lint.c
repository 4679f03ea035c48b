/* Warnings: what can never be met, adds nothing, runs away or hits too much; and what is none. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "classifiers/lint/lint.h"
#include "classifiers/rules/rules.h"
#include "tests/unit/folder.h"
#include "tests/unit/paths.h"

#define TAIL "match: [停水]\nnomatch: [停电]\n"

static void take(const char *dir, const char *name)
{
    char path[5000];

    snprintf(path, sizeof path, "%s/%s/%s", folder, dir, name);
    assert_int_equal(remove(path), 0);
}

/* The warnings of a topic with these keys, whose first line is 5, before its examples. */
static struct problems *warnings_of(const char *keys, const char *tail, const struct lint *lint)
{
    struct problems *p = problems_new();
    const struct rules_town town = {.lint = lint};
    struct buf topic = BUF_INIT;

    buf_addf(&topic, HEAD "%s%s", keys, tail);
    buf_add_char(&topic, 0);
    folder_put("topics", "a.yaml", topic.data);
    struct rules *r = rules_compile_town(folder, &town, p);
    if (!r) {
        problems_print(p, stderr);
        fail_msg("does not compile: %s", keys);
    }
    rules_free(r);
    buf_free(&topic);
    return p;
}

static bool warned(const struct problems *p, int line, const char *words)
{
    for (size_t i = 0; i < problems_warnings(p); i++) {
        const char *file, *text;
        int at;
        problems_get_warning(p, i, &file, &at, &text);
        if (at == line && strstr(text, words))
            return true;
    }
    return false;
}

struct example {
    const char *keys;
    int line; /* 0: nothing is told */
    const char *words;
};

static void run(const struct example *list, size_t n)
{
    const struct lint lint = {.now = clock_days(2026, 6, 1) * CLOCK_DAY};

    for (size_t i = 0; i < n; i++) {
        struct problems *p = warnings_of(list[i].keys, TAIL, &lint);
        size_t want = list[i].line != 0;
        if (problems_warnings(p) != want || (want && !warned(p, list[i].line, list[i].words))) {
            problems_print(p, stderr);
            fail_msg("%s: %s", list[i].keys, want ? list[i].words : "a false warning");
        }
        problems_free(p);
    }
}

#define RUN(list) run(list, sizeof(list) / sizeof *(list))

static void what_its_own_vetoes_silence(void **state)
{
    static const struct example list[] = {
        {"any:\n  - 停水\n  - 停水演练\nnone:\n  - 演练\n", 7, "永不计数"},
        {"any:\n  - 停水\n  - {term: 停水演练, in: title}\nnone: [演练]\n", 7, "永不计数"},
        {"any:\n  - 停水\n  - {near: {terms: [断水, [演练了, 通知]]}}\nnone: [演练]\n", 7, "永不计数"},
        {"any:\n  - 停水\n  - {near: {terms: [断水, 演练了]}}\nnone: [演练]\n", 7, "条件永不成立"},
        {"any:\n  - 停水\n  - {and: [断水, 演练了]}\nnone: [演练]\n", 7, "条件永不成立"},
        {"any:\n  - 停水\n  - {or: [演练一, 演练二, 断水], min: 2}\nnone: [演练]\n", 7, "条件永不成立"},
        {"any: [停水]\nnone: [演练]\ngrades:\n  - {grade: major, when: 演练了}\n", 8, "条件永不成立"},
        {"any: [停水]\nnone: [{term: 演练, in: title}]\ngrades:\n  - {grade: major, when: 演练了}\n", 0,
         ""},
        {"any: [停水, 停水演练计划]\nthreshold: 0.7\nnone: [{term: 演练, regions: [\"43\"]}]\n", 0, ""},
        {"any: [停水, {term: 停水演练, regions: [\"43\"], weight: 2}]\nnone:\n"
         "  - {term: 演练, regions: [\"43\"]}\n", 5, "永不计数"},
        {"any: [停水, xabc公司]\nnone: [abc]\n", 0, ""}, /* half a word */
        {"any: [停水, 断水了]\nnone: [{and: [断水, 通知]}]\n", 0, ""},
    };

    (void)state;
    RUN(list);
}

static void what_contradicts_itself(void **state)
{
    static const struct example list[] = {
        {"any:\n  - 停水\n  - {and: [断水演练, {not: [演练]}]}\n", 7, "not 排除"},
        {"any:\n  - 停水\n  - {and: [{or: [断水演练, 演练了]}, {not: [通知, 演练]}]}\n", 7, "not 排除"},
        {"any:\n  - 停水\n  - {and: [{near: {terms: [断水演练, 通知]}}, {not: [演练]}]}\n", 7, "not 排除"},
        {"any:\n  - 停水\n  - {and: [{or: [断水演练, 断水]}, {not: [演练]}]}\n", 0, ""},
        {"any:\n  - 停水\n  - {and: [演练, {not: [断水演练]}]}\n", 0, ""},
        {"any:\n  - 停水\n  - {and: [断水演练, {not: [{and: [演练, 通知]}]}]}\n", 0, ""},
        {"any:\n  - 停水\n  - {or: [断水演练, {and: [断水, {not: [演练]}]}]}\n", 0, ""},
        {"any:\n  - 停水\n  - {near: {terms: [自来水厂, 没有通知], within: 6}}\n", 7, "至少要 8"},
        {"any:\n  - 停水\n  - {near: {terms: [自来水厂, 水厂停水], within: 6}}\n", 0, ""}, /* they overlap */
        {"any:\n  - 停水\n  - {near: {terms: [自来水厂, 水厂停电], within: 5}}\n", 7, "至少要 6"},
        {"any:\n  - 停水\n  - {near: {terms: [自来水厂, [水厂], 断水通知], within: 5}}\n", 7, "至少要 8"},
        {"any:\n  - 停水\n  - {near: {terms: [甲乙, 丙丁, 戊己], within: 5}}\n", 7, "至少要 6"},
        {"any:\n  - 停水\n  - {near: {terms: [甲乙, 丙丁, 戊己], within: 6}}\n", 0, ""},
        {"any: [停水]\nall:\n  - {within: 3, of: [断水, 通知]}\n", 7, "至少要 4"},
        {"any: [停水]\nnone:\n  - {near: {terms: [断水, 通知], within: 3}}\n", 7, "至少要 4"},
        {"any: [停水]\ngrades:\n  - {grade: major, when: {and: [断水, {not: [断水]}]}}\n", 7, "not 排除"},
    };

    (void)state;
    RUN(list);
}

static void scopes_and_thresholds_out_of_reach(void **state)
{
    static const struct example list[] = {
        {"any: [停水]\nvalid: {until: 2026-05-31}\n", 6, "过期"},
        {"any: [停水]\nvalid: {until: 2026-06-01}\n", 0, ""},
        {"any:\n  - 停水\n  - {term: 断水, valid: {until: 2025-12-31}}\n", 7, "过期"},
        {"any:\n  - 停水\n  - {and: [断水, 小区], valid: {until: 2025-12-31}}\n", 7, "过期"},
        {"any:\n  - 停水\n  - {term: 断水, sources: [board]}\nsources: [news, official]\n", 7,
         "sources"},
        {"any:\n  - 停水\n  - {and: [小区, {term: 断水, sources: [board]}], sources: [news]}\n", 7,
         "sources"},
        {"any:\n  - 停水\n  - {or: [小区, {term: 断水, sources: [board]}], sources: [news]}\n", 0, ""},
        {"any:\n  - 停水\n  - {term: 断水, valid: {from: 2027-01-01}}\nvalid: {until: 2026-12-31}\n", 7,
         "没有交集"},
        {"any:\n  - 停水\n  - {term: 断水, regions: [\"43\"]}\nregions: [\"44\"]\n", 0, ""},
        {"threshold: 0.9\nany: [停水, 断水]\n", 5, "达不到"},
        {"threshold: 0.85\nany: [停水, 断水]\n", 0, ""}, /* both in the title */
        {"any: [{term: 停水, weight: 0.6}]\n", 5, "达不到"},
        {"any: [{term: 停水, weight: 0.7}]\n", 0, ""},
        {"any: [{term: 停水, weight: 0.7, in: text}]\n", 5, "达不到"},
    };
    struct example copy[sizeof list / sizeof *list];

    (void)state;
    memcpy(copy, list, sizeof list);
    copy[11].line = copy[13].line = 1; /* where no threshold is written, at the topic */
    RUN(copy);
}

static void what_adds_nothing(void **state)
{
    static const struct example list[] = {
        {"any:\n  - 停水\n  - 小区停水\n", 7, "只多算一份权重"},
        {"any:\n  - 停水\n  - {term: 小区停水, weight: 1.5}\n", 0, ""}, /* weighs more */
        {"any:\n  - {term: 停水, weight: 0.6}\n  - {term: 小区停水, weight: 0.6}\n", 0, ""},
        {"any:\n  - {term: 停水, in: title}\n  - 小区停水\n", 0, ""},
        {"any:\n  - 停水\n  - {term: 小区停水, in: text}\n", 7, "第 6 行的 “停水”"},
        {"any:\n  - {term: 停水, sources: [board]}\n  - 小区停水\n", 0, ""},
        {"any:\n  - 停水\n  - {near: {terms: [断水, [没通知, 都没通知]]}}\n", 7, "都没通知"},
        {"any:\n  - 停水\n  - {near: {terms: [断水通知, 断水]}}\n", 0, ""}, /* different groups */
        {"any: [停水]\nnone:\n  - 演练\n  - 停水演练\n", 8, "停水演练"},
        {"any:\n  - 停水\n  - {regex: '断水\\d天', needs: [断水, 又断水]}\n", 7, "又断水"},
    };
    static const struct example lists[] = {
        {"any:\n  - 停水\n  - {and: [断水, {list: pipes}]}\n", 3, "水管道"},
        {"any:\n  - 停水\n  - {list: pipes, min: 2}\n", 0, ""},
    };

    (void)state;
    RUN(list);
    folder_put("lists", "pipes.yaml", "name: {zh: 水管, en: Pipes}\nterms:\n  - 水管道\n  - 水管\n");
    RUN(lists);
    take("lists", "pipes.yaml");
}

static void examples_and_lists_are_missed(void **state)
{
    const struct lint lint = {0};
    struct problems *p = warnings_of("any: [停水]\n", "", &lint);

    (void)state;
    assert_int_equal(problems_warnings(p), 2);
    assert_true(warned(p, 1, "没有 match") && warned(p, 1, "没有 nomatch"));
    problems_free(p);
    folder_put("lists", "pipes.yaml", "name: {zh: 水管, en: Pipes}\nterms: [水管]\n");
    p = warnings_of("any: [停水]\n", TAIL, &lint);
    assert_int_equal(problems_warnings(p), 1);
    assert_true(warned(p, 1, "没有事项用词表 pipes"));
    problems_free(p);
    p = warnings_of("any: [停水, {list: pipes}]\n", TAIL, NULL);
    assert_int_equal(problems_warnings(p), 0);
    problems_free(p);
    take("lists", "pipes.yaml");
}

static const char *const wild[] = {
    "停水(\\d+)+天",
    "停水(\\d*)*天",
    "(停|停水|水)+了",
    "停水([一二三]|一二)+天",
    "停水(\\w+\\s?)*天",
    "停水(\\w|\\d)+天",
    "停水.*小区.*通知",
    "停水.+小区.+通知.+结果",
    "停水.{0,200}小区.{0,200}通知",
    "停水(.*,)*天",
    "停水(.+)+天",
    "停水((\\d+)天?)+没",
    "停水(?:a|b|ab)*天",
    "停水(([a-z])+.)+天",
    "停水\\d*\\d*\\d*天",
    "停水(?<n>\\d+(?:,?\\d+)*)+天",
    "停水(又停水|又|停水)+了",
};
static const char *const tame[] = {
    "停水\\d+天",
    "停水.*没人管",
    "停水[^没]*小区[^没]*没人",
    "停水.{0,9}户",
    "停水[一二三四五六七八九十两]{1,3}天",
    "(停|断)了?水",
    "停水(?:\\d+天|\\d+小时)",
    "停水(?:第\\d+号[,、]?)+楼",
    "停水(,\\d+天)+了",
    "停水(?:通知|公告)*没有",
    "^停水.*没人管$",
    "停水\\d{1,4}[年月]\\d{1,2}[日号]",
    "停水[^,。]{0,12}(?:死亡|遇难|被埋)",
    "停水(?>\\d+)+天",
    "停水(\\d++)+天",
    "([1-9]\\d+|[一二三]?十[一二三]?|几十)(多|余)?(人|名).{0,10}(死亡|身亡)",
    "停水(?=.{0,20}通知).{0,20}没有",
    "停水.{0,20}小区.{0,20}通知",
    "停水\\d+\\.\\d+元",
    "停水(?:a|b)+天",
    "停水[a-z]+-[0-9]+",
};

static void regexes_that_run_away(void **state)
{
    struct buf before = BUF_INIT, pump = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof wild / sizeof *wild; i++)
        if (!lint_regex_explodes(str_from(wild[i]), &before, &pump))
            fail_msg("not accused: %s", wild[i]);
    for (size_t i = 0; i < sizeof tame / sizeof *tame; i++)
        if (lint_regex_explodes(str_from(tame[i]), &before, &pump))
            fail_msg("accused: %s by %.*s + %.*s", tame[i], STR_ARG(buf_str(&before)),
                     STR_ARG(buf_str(&pump)));
    static const struct example list[] = {
        {"any:\n  - 停水\n  - {regex: '断水(\\d+)+天'}\n", 7, "一再重复的 “"},
        {"any:\n  - 停水\n  - {regex: '断水\\d+天'}\n", 0, ""},
    };
    RUN(list);
    buf_free(&before);
    buf_free(&pump);
}

/* Damaged patterns are read to their end, whatever it is. */
static void any_pattern_is_read(void **state)
{
    static const char *const pieces[] = {"(", ")", "[", "]", "{", "}", "?", "*", "+", "|", "\\",
                                         "停", "a", "9", ",", "^", ":", "<", "P", "#", ".", "2}"};
    struct buf text = BUF_INIT, before = BUF_INIT, pump = BUF_INIT;
    unsigned seed = 20260601;

    (void)state;
    print_message("seed %u\n", seed);
    for (int i = 0; i < 4000; i++) {
        buf_reset(&text);
        for (int n = rand_r(&seed) % 24; n >= 0; n--)
            buf_add_text(&text, pieces[(size_t)rand_r(&seed) % (sizeof pieces / sizeof *pieces)]);
        lint_regex_explodes(buf_str(&text), &before, &pump);
    }
    buf_free(&text);
    buf_free(&before);
    buf_free(&pump);
}

struct feed {
    int at, n;
};

static bool next(void *arg, struct str *title, struct str *text)
{
    struct feed *f = arg;

    if (f->at == f->n)
        return false;
    f->at++;
    *title = f->at % 10 == 0 ? STR("停水") : STR("公园");
    *text = f->at % 50 == 0 ? STR("小区断水，又断水") : STR("花开了");
    return true;
}

static void terms_of_too_many_items(void **state)
{
    static const char *const keys = "any:\n  - 停水\n  - 断水\n  - {term: 小区, weight: 0.4}\n"
                                    "  - {term: 公园, in: text}\n  - {term: 没水, in: title}\n";
    struct feed feed = {0, 100};
    struct lint lint = {.next = next, .arg = &feed, .share = 0.02};
    struct problems *p = warnings_of(keys, TAIL, &lint);

    (void)state;
    assert_int_equal(problems_warnings(p), 1); /* 断水 is in 2 % of them, which is not more */
    assert_true(warned(p, 6, "100 条中有 10 条（10.0%，上限 2.0%）"));
    problems_free(p);
    feed = (struct feed){0, 100};
    lint.share = 0.01;
    p = warnings_of(keys, TAIL, &lint);
    assert_int_equal(problems_warnings(p), 2);
    assert_true(warned(p, 7, "100 条中有 2 条"));
    problems_free(p);
    feed = (struct feed){0, 10}; /* one item says nothing of how common a term is */
    p = warnings_of(keys, TAIL, &lint);
    assert_int_equal(problems_warnings(p), 0);
    problems_free(p);
}

static void shipped_rules_are_clean(void **state)
{
    struct problems *p = problems_new();
    const struct lint lint = {.now = clock_days(2026, 6, 1) * CLOCK_DAY};
    const struct rules_town town = {.lint = &lint};
    char dir[4096];
    struct rules *r = rules_compile_town(paths_source("rules", dir), &town, p);

    (void)state;
    problems_print(p, stderr);
    assert_non_null(r);
    assert_int_equal(problems_warnings(p), 0);
    rules_free(r);
    problems_free(p);
}

/* Mistakes and warnings are told in the same go. */
static void warnings_stand_beside_mistakes(void **state)
{
    struct problems *p = problems_new();
    const struct lint lint = {0};

    (void)state;
    folder_put("topics", "a.yaml", HEAD "any:\n  - 停水\n  - 小区停水\n  - 水\n"
                                   "  - {near: {terms: [上访, 断水]}}\n" TAIL);
    assert_null(rules_compile_town(folder, &(struct rules_town){.lint = &lint}, p));
    assert_int_equal(problems_count(p), 2);
    assert_int_equal(problems_warnings(p), 1);
    assert_true(warned(p, 7, "多余"));
    problems_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_its_own_vetoes_silence),
        cmocka_unit_test(what_contradicts_itself),
        cmocka_unit_test(scopes_and_thresholds_out_of_reach),
        cmocka_unit_test(what_adds_nothing),
        cmocka_unit_test(examples_and_lists_are_missed),
        cmocka_unit_test(regexes_that_run_away),
        cmocka_unit_test(any_pattern_is_read),
        cmocka_unit_test(terms_of_too_many_items),
        cmocka_unit_test(shipped_rules_are_clean),
        cmocka_unit_test(warnings_stand_beside_mistakes),
    };
    return cmocka_run_group_tests_name("lint", tests, folder_set_up, folder_tear_down);
}
