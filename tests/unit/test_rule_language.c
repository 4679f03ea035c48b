/* What rules can say: each form met and not met, where it looks, what it proposes and names. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "classifiers/judge.h"
#include "tests/unit/folder.h"

static struct arena *arena;

static struct rules *judged_by;

static int set_up(void **state)
{
    arena = arena_new();
    return arena ? folder_set_up(state) : -1;
}

static int tear_down(void **state)
{
    rules_free(judged_by);
    judged_by = NULL;
    arena_free(arena);
    return folder_tear_down(state);
}

static struct rules *compile(const char *keys)
{
    struct problems *p = problems_new();
    struct buf topic = BUF_INIT;

    buf_addf(&topic, HEAD "%s", keys);
    buf_add_char(&topic, 0);
    folder_put("topics", "a.yaml", topic.data);
    struct rules *r = rules_compile(folder, p);
    problems_print(p, stderr);
    problems_free(p);
    buf_free(&topic);
    if (!r)
        fail_msg("does not compile: %s", keys);
    return r;
}

/* The verdict of one topic with these keys on one item; what it says lives in the arena. */
/* The rules live until the next call, for the verdict points into them. */
static struct verdict judge(const char *keys, const char *title, const char *text,
                            int64_t published, const struct judge_context *context)
{
    struct verdict v;

    rules_free(judged_by);
    judged_by = compile(keys);
    struct judge *j = judge_new(judged_by);
    assert_non_null(j);
    assert_int_equal(judge_text(j, str_from(title), str_from(text), published, context, arena, &v),
                     0);
    judge_free(j);
    return v;
}

static bool met(const char *keys, const char *text)
{
    return judge(keys, "", text, 0, NULL).ntags == 1;
}

struct example {
    const char *keys, *yes, *no;
};

static void run(const struct example *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i].yes && !met(list[i].keys, list[i].yes))
            fail_msg("not met: %s on %s", list[i].keys, list[i].yes);
        if (list[i].no && met(list[i].keys, list[i].no))
            fail_msg("met: %s on %s", list[i].keys, list[i].no);
    }
}

#define RUN(list) run(list, sizeof(list) / sizeof *(list))

static void groups_and_or_not(void **state)
{
    static const struct example list[] = {
        {"any: [{and: [停水, 小区]}]\n", "小区又停水。没人管", "小区停电，县里停课"},
        {"any: [{or: [停水, 断水]}]\n", "我家断水了", "我家停电了"},
        {"any: [{or: [停水, 断水, 水压], min: 2}]\n", "停水以后水压低", "停水停水停水"},
        {"any: [{and: [停水, {not: [演练, 演习]}]}]\n", "今天停水", "今天停水。这是演练"},
        {"any: [{and: [停水, {not: [{and: [演练, 计划]}]}]}]\n", "停水演练", "按计划停水演练"},
        {"any: [{and: [小区, {or: [停水, {and: [水管, {not: [更换]}]}]}]}]\n", "小区水管爆了",
         "小区水管更换"},
        {"any: [{and: [{term: 停水, in: title}, 小区]}]\n", NULL, "小区停水"},
    };

    (void)state;
    RUN(list);
}

static void near_holds_within_a_sentence(void **state)
{
    static const struct example list[] = {
        {"any: [{near: {terms: [自来水, [发黄, 浑浊]], within: 10}}]\n", "自来水又浑浊了",
         "自来水没问题。墙面发黄"},
        {"any: [{near: {terms: [自来水, [发黄, 浑浊]], within: 6}}]\n", "浑浊的自来水",
         "自来水从上个月起一直都浑浊"},
        {"any: [{near: {terms: [自来水, 发黄, 小区], within: 12}}]\n", "小区自来水发黄",
         "小区自来水"},
        {"any: [{near: {terms: [自来水, 发黄], within: 9, }, in: title}]\n", NULL, "自来水发黄"},
        {"all: [{of: [自来水, 发黄], within: 12}]\n", "自来水。还发黄", "自来水，水压也不够，饭菜发黄"},
    };

    (void)state;
    RUN(list);
}

static void counts(void **state)
{
    static const struct example list[] = {
        {"any: [{term: 停水, min: 3}]\n", "停水停水又停水", "停水又停水"},
        {"any: [{list: pipes, min: 2}]\n", "水管和水表都坏", "水管水管水管"},
        {"any: [{list: pipes}]\n", "水表坏了", "电表坏了"},
        {"any: [{and: [漏水, {list: pipes}]}]\n", "水表漏水", "屋顶漏水"},
        {"any: [{near: {terms: [{list: pipes}, [坏了, {term: 漏水}]], within: 8}}]\n", "水表又漏水",
         "电表坏了"},
        {"any: [漏水]\nnone: [{list: pipes}]\n", "屋顶漏水", "水管漏水"},
    };

    (void)state;
    folder_put("lists", "pipes.yaml", "name: {zh: 水管, en: Pipes}\nterms: [水管, 水表, 阀门]\n");
    RUN(list);
}

static void vetoes_of_every_form(void **state)
{
    static const struct example list[] = {
        {"any: [停水]\nnone: [{near: {terms: [停水, 演练], within: 8}}]\n", "停水。消防演练", "停水演练"},
        {"any: [停水]\nnone: [{and: [计划, 通知]}]\n", "计划停水。收到通知", "通知计划停水"},
        {"any: [停水]\nnone: [{and: [计划, {not: [没有]}]}]\n", "没有计划就停水", "按计划停水"},
        {"any: [停水]\nnone: [{term: 计划, in: title}]\n", "计划停水", NULL},
        {"any: [停水]\nnone: [{regex: '停水\\d+小时演练'}]\n", "停水3小时", "停水3小时演练"},
        /* What is vetoed is not there, for a condition too. */
        {"any: [{and: [停水, 小区]}]\nnone: [演练]\n", "停水。小区没通知", "停水。小区演练"},
    };

    (void)state;
    RUN(list);
}

static void regexes(void **state)
{
    static const struct example list[] = {
        {"any: [{regex: '停水\\d+(天|小时)'}]\n", "已经停水12天", "已经停水多天"},
        {"any: [{regex: '停水[一二三四五六七八九十两]{1,3}天'}]\n", "停水十二天", "停水很多天"},
        {"any: [{regex: '断[^电]{0,3}水', needs: [断了, 断过]}]\n", "断了三回水", "断水"},
        {"any: [{regex: '停水.*通知'}]\n", "停水也没有通知", "停水。没有通知"},
        {"any: [{regex: '^停水.*没人管$'}]\n", "前言。停水两天没人管。后语", "小区停水两天没人管"},
        /* Folded as the text is: Traditional, full width, case, gaps. */
        {"any: [{regex: '開發區停水(ABC|Ｄ)棟'}]\n", "开 發区停水ａbc栋", "开发区停水e栋"},
        {"any: [{regex: '停水（\\d）'}]\n", "停水(3)", "停水3"},
        {"any: [{and: [小区, {regex: '停水\\d天'}]}]\n", "小区。停水3天", "学校停水3天"},
    };

    (void)state;
    RUN(list);
}

static bool scoped(const char *keys, enum source_kind kind, const char *region, const char *text,
                   int64_t published)
{
    const struct judge_context context = {kind, str_from(region), STR_NONE, STR_NONE,
                                          clock_days(2026, 6, 1) * CLOCK_DAY};

    return judge(keys, "", text, published, &context).ntags == 1;
}

static void scopes(void **state)
{
    static const char *const hunan = "any: [{term: 停水, regions: [\"43\"]}]\n";
    static const char *const topic = "any: [停水]\nregions: [\"430100\", \"11\"]\nsources: [board]\n";
    static const char *const june = "any: [停水]\nvalid: {from: 2026-06-01, until: 2026-06-30}\n";
    static const char *const tree = "any: [{and: [停水, 小区], sources: [board, news]}]\n";
    int64_t day = clock_days(2026, 6, 30) * CLOCK_DAY - CLOCK_CHINA;

    (void)state;
    assert_true(scoped(hunan, SOURCE_NEWS, "430102", "停水", 0));
    assert_false(scoped(hunan, SOURCE_NEWS, "440000", "停水", 0));
    assert_true(scoped(hunan, SOURCE_NEWS, "440000", "湖南省停水", 0));
    assert_true(scoped(topic, SOURCE_BOARD, "430102", "停水", 0));
    assert_true(scoped(topic, SOURCE_BOARD, "110101", "停水", 0));
    assert_false(scoped(topic, SOURCE_BOARD, "430200", "停水", 0));
    assert_false(scoped(topic, SOURCE_NEWS, "430102", "停水", 0));
    assert_false(judge(topic, "", "停水", 0, NULL).ntags); /* neither is known */
    assert_true(scoped(june, SOURCE_NEWS, "", "停水", 0)); /* by now */
    assert_true(scoped(june, SOURCE_NEWS, "", "停水", day + CLOCK_DAY - 1));
    assert_false(scoped(june, SOURCE_NEWS, "", "停水", day + CLOCK_DAY));
    assert_false(scoped(june, SOURCE_NEWS, "", "停水", clock_days(2026, 5, 31) * CLOCK_DAY));
    assert_int_equal(judge(june, "", "停水", 0, NULL).ntags, 1); /* no date is known */
    assert_true(scoped(tree, SOURCE_BOARD, "", "小区停水", 0));
    assert_false(scoped(tree, SOURCE_OFFICIAL, "", "小区停水", 0));
    assert_true(scoped("any: [{term: 停水, weight: 0.1}, {term: 断水, valid: {until: 2026-06-02}}]\n",
                       SOURCE_NEWS, "", "断水", 0));
}

static void fields_have_weights(void **state)
{
    static const char *const keys =
        "threshold: 0.05\nany:\n  - {term: 停水, in: title, weight: 2}\n"
        "  - {term: 停水, in: text, weight: 0.5}\n  - {and: [小区, 通知], weight: 1}\n";
    float title, text, both;

    (void)state;
    title = judge(keys, "停水", "", 0, NULL).tags[0].score;
    text = judge(keys, "", "停水", 0, NULL).tags[0].score;
    both = judge(keys, "停水", "停水", 0, NULL).tags[0].score;
    assert_float_equal(title, 1 - 0.125f, 1e-4);      /* 2 x 1.5 */
    assert_float_equal(text, 1 - 0.70711f, 1e-4);     /* 0.5 */
    assert_float_equal(both, 1 - 0.08839f, 1e-4);     /* 3.5 */
    assert_float_equal(judge(keys, "小区通知", "", 0, NULL).tags[0].score, 1 - 0.35355f, 1e-4);
    assert_float_equal(judge(keys, "小区", "通知", 0, NULL).tags[0].score, 0.5f, 1e-4);
}

static void grades_rise(void **state)
{
    static const char *const keys =
        "grade: larger\nany: [停水]\ngrades:\n"
        "  - {grade: major, when: {near: {terms: [停水, [医院, 学校]], within: 12}}}\n"
        "  - {grade: grave, when: [{regex: '停水\\d{3,}户'}, {and: [停水, 中毒]}]}\n";

    (void)state;
    assert_true(str_is(judge(keys, "", "停水", 0, NULL).tags[0].grade, "larger"));
    assert_true(str_is(judge(keys, "", "学校停水", 0, NULL).tags[0].grade, "major"));
    assert_true(str_is(judge(keys, "", "学校停水1200户", 0, NULL).tags[0].grade, "grave"));
    assert_true(str_is(judge(keys, "", "停水。有人中毒", 0, NULL).tags[0].grade, "grave"));
    assert_int_equal(judge(keys, "", "学校有人中毒", 0, NULL).ntags, 0);
}

/* why[] by rule text and bytes of the original. */
static void reasons_name_the_rule(void **state)
{
    static const char *const keys =
        "any:\n  - {regex: '停水\\d+天'}\n  - {near: {terms: [自来水, 發黃], within: 9}}\n"
        "  - {and: [水压, {not: [正常]}]}\n";
    static const char *const text = "水压低，停 水12天，自來水发黄，停电";
    static const struct {
        const char *rule, *there;
    } want[] = {{"水压", "水压"}, {"停水\\d+天", "停 水12天"}, {"自来水", "自來水"}, {"發黃", "发黄"}};
    struct verdict v = judge(keys, "标题", text, 0, NULL);

    (void)state;
    assert_int_equal(v.ntags, 1);
    assert_int_equal(v.tags[0].nhits, 4);
    for (size_t i = 0; i < 4; i++) {
        struct verdict_hit h = v.tags[0].hits[i];
        size_t from = h.start - strlen("标题\n");
        assert_true(str_is(h.term, want[i].rule));
        assert_true(str_is((struct str){text + from, h.end - h.start}, want[i].there));
    }
}

/* A veto, a region or a date of one topic does nothing to another. */
static void topics_stand_apart(void **state)
{
    struct rules *r;
    struct judge *j;
    struct verdict v;

    (void)state;
    folder_put("topics", "b.yaml", "id: power\nname: {zh: 停电, en: Power}\nunit: power\n"
                            "deadlines: [ordinary-48h]\nany: [停水停电]\nnone: [水表]\n");
    r = compile("any: [停水]\nnone: [电表]\n");
    j = judge_new(r);
    assert_int_equal(judge_text(j, STR_NONE, STR("停水停电，电表坏"), 0, NULL, arena, &v), 0);
    assert_int_equal(v.ntags, 1);
    assert_true(str_is(v.tags[0].topic, "power"));
    assert_int_equal(judge_text(j, STR_NONE, STR("停水停电，水表坏"), 0, NULL, arena, &v), 0);
    assert_int_equal(v.ntags, 1);
    assert_true(str_is(v.tags[0].topic, "water"));
    judge_free(j);
    rules_free(r);
    folder_put("topics", "b.yaml", "id: power\nname: {zh: 停电, en: Power}\nunit: power\n"
                            "deadlines: [ordinary-48h]\nany: [停电]\n");
}

/* A pattern that explodes costs a bounded time, is not found, and is told. */
static void regexes_end(void **state)
{
    static const char *const keys = "any: [停电, {regex: '停水(a+)+b'}]\n";
    struct buf text = BUF_INIT;

    (void)state;
    for (int i = 0; i < 300; i++)
        buf_addf(&text, "停水%0150d。", 0);
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '0')
            text.data[i] = 'a';
    buf_add_char(&text, 0);
    struct verdict v = judge(keys, "", text.data, 0, NULL);
    assert_int_equal(v.ntags, 0);
    assert_true(v.limits >= 1);
    assert_int_equal(judge(keys, "", "停水aaab", 0, NULL).ntags, 1);
    assert_int_equal(judge(keys, "", "停水aaac", 0, NULL).limits, 0);
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_and_or_not),     cmocka_unit_test(near_holds_within_a_sentence),
        cmocka_unit_test(counts),                cmocka_unit_test(vetoes_of_every_form),
        cmocka_unit_test(regexes),               cmocka_unit_test(scopes),
        cmocka_unit_test(fields_have_weights),   cmocka_unit_test(grades_rise),
        cmocka_unit_test(reasons_name_the_rule), cmocka_unit_test(topics_stand_apart),
        cmocka_unit_test(regexes_end),
    };
    return cmocka_run_group_tests_name("rule language", tests, set_up, tear_down);
}
