/* Terms found in samples, topic files changed by whole lines, and the diffs of it. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "classifiers/workbench/evaluate.h"
#include "classifiers/workbench/suggest.h"
#include "tests/unit/paths.h"

static struct rules *rules;
static char shipped[4096];

static int set_up(void **state)
{
    struct problems *problems = problems_new();
    char town[4096];

    (void)state;
    rules_set_shipped(paths_source("rules", shipped));
    rules = rules_compile(paths_source("tests/data/town-rules", town), problems);
    problems_print(problems, stderr);
    problems_free(problems);
    return rules ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    rules_free(rules);
    return 0;
}

static void add(struct samples *s, const char *text, const char *source, const char *label)
{
    int index = samples_label(s, str_from(label));

    assert_true(index >= 0);
    assert_int_equal(samples_add(s, STR("x"), STR_NONE, str_from(text), str_from(source),
                                 UINT64_C(1) << index, NULL),
                     0);
}

/* Six samples with the text from `sources` sources, and thirty others. */
static struct samples *samples_with(const char *text, unsigned sources)
{
    static const char *const others[] = {"公园里的花开了。", "公交车晚点。", "今天下午有雨。"};
    struct samples *s = samples_new();
    char name[16], whole[256];

    for (unsigned i = 0; i < 6; i++) {
        snprintf(name, sizeof name, "source-%u", sources ? i % sources : 0);
        snprintf(whole, sizeof whole, "%c，%s。", (char)('a' + i), text);
        add(s, whole, sources ? name : "", "lift");
    }
    for (unsigned i = 0; i < 30; i++)
        add(s, others[i % 3], sources ? name : "", "other");
    return s;
}

static size_t find(const struct suggest_terms *t, const char *text)
{
    for (size_t i = 0; i < t->n; i++)
        if (str_is(t->list[i].text, text))
            return i;
    return SIZE_MAX;
}

static struct suggest_terms gains(struct samples *s)
{
    struct suggest_terms t;

    assert_int_equal(suggest_gains(s, 1, rules, shipped, 40, &t), 0);
    samples_free(s);
    return t;
}

static void test_longest(void **state)
{
    struct suggest_terms t = gains(samples_with("电梯困人", 0));

    (void)state;
    assert_int_equal(t.n, 1);
    assert_true(str_is(t.list[0].text, "电梯困人"));
    assert_int_equal(t.list[0].with, 6);
    assert_int_equal(t.list[0].without, 0);
    suggest_free(&t);
}

static void test_sources(void **state)
{
    struct suggest_terms t = gains(samples_with("电梯困人", 2));

    (void)state;
    assert_int_equal(t.n, 0);
    suggest_free(&t);
    t = gains(samples_with("电梯困人", 3));
    assert_int_equal(t.n, 1);
    suggest_free(&t);
}

static void test_five_items(void **state)
{
    struct samples *s = samples_new();

    (void)state;
    for (int i = 0; i < 4; i++)
        add(s, "电梯困人。", "", "lift");
    for (int i = 0; i < 20; i++)
        add(s, "公园里的花开了。", "", "other");
    struct suggest_terms t = gains(s);
    assert_int_equal(t.n, 0);
    suggest_free(&t);
}

/* People, places and what rules may not hold are no suggestions. */
static void test_never(void **state)
{
    static const char *const texts[] = {"联系人：王小明", "游行示威", "湖南省", "去佛教协会"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct suggest_terms t = gains(samples_with(texts[i], 0));
        assert_int_equal(find(&t, "王小明"), SIZE_MAX);
        assert_int_equal(find(&t, "小明"), SIZE_MAX);
        assert_int_equal(find(&t, "游行示威"), SIZE_MAX);
        assert_int_equal(find(&t, "湖南省"), SIZE_MAX);
        for (size_t k = 0; k < t.n; k++) {
            assert_int_equal(str_find(t.list[k].text, STR("佛教"), 0), (size_t)-1);
            assert_int_equal(str_find(t.list[k].text, STR("〇"), 0), (size_t)-1);
        }
        suggest_free(&t);
    }
}

static void same(struct buf *got, const char *want)
{
    buf_add_char(got, '\0');
    assert_string_equal(got->data, want);
    buf_reset(got);
}

static void test_edit(void **state)
{
    static const struct str text = STR("# head\nid: x\nany:  # terms\n    - 甲\n    # note\n    - "
                                       "{term: \"乙丙\", weight: 0.3} # why\n\nnone:\n    - 丁\n");
    struct buf out = BUF_INIT;

    (void)state;
    assert_int_equal(suggest_insert(text, STR("电梯"), 1, &out), 0);
    same(&out, "# head\nid: x\nany:  # terms\n    - 甲\n    # note\n    - {term: \"乙丙\", "
               "weight: 0.3} # why\n    - 电梯\n\nnone:\n    - 丁\n");
    assert_int_equal(suggest_insert(text, STR("no"), 0.5, &out), 0);
    size_t at = str_find(buf_str(&out), STR("    - {term: \"no\", weight: 0.5}\n"), 0);
    assert_int_not_equal(at, (size_t)-1);
    buf_reset(&out);
    assert_int_equal(suggest_remove(text, STR("乙丙"), &out), 0);
    same(&out, "# head\nid: x\nany:  # terms\n    - 甲\n    # note\n\nnone:\n    - 丁\n");
    assert_int_equal(suggest_remove(text, STR("丁"), &out), ERR_NOTFOUND);
    assert_int_equal(suggest_insert(STR("id: x\nany: [甲]\n"), STR("乙"), 1, &out),
                     ERR_UNSUPPORTED);
    assert_int_equal(suggest_insert(STR("id: x"), STR("乙"), 1, &out), 0);
    same(&out, "id: x\nany:\n  - 乙\n");
    assert_int_equal(suggest_insert(STR("any:\n- 甲\nall:\n- 丁\n"), STR("乙"), 1, &out), 0);
    same(&out, "any:\n- 甲\n- 乙\nall:\n- 丁\n");
    buf_free(&out);
}

/* In the spelling of the rules: what they would find there, and where no rules find it. */
static void test_stands(void **state)
{
    static const struct {
        const char *text;
        bool stands;
    } all[] = {{"電梯壞了", true}, {"電 梯。", true}, {"电。梯", false}, {"小区停电", false}};
    struct samples *s = samples_new();
    bool stands[4] = {false};

    (void)state;
    for (size_t i = 0; i < 4; i++)
        add(s, all[i].text, "", "lift");
    assert_int_equal(suggest_stands(s, STR("電梯"), stands), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(stands[i], all[i].stands);
    samples_free(s);
}

/* One more term, measured where it stands alone, and everywhere: the same. */
static void test_again(void **state)
{
    static const char *const posts[][2] = {
        {"老板欠薪", "wage-arrears"}, {"老板打白条", "wage-arrears"}, {"打白条的商店", "other"},
        {"疫情又来了", "epidemic"},   {"公园里的花", "other"},        {"白条猪肉", "other"}};
    struct problems *problems = problems_new();
    struct buf file = BUF_INIT, text = BUF_INIT, more = BUF_INIT;
    struct evaluation *before, *whole, *again, *none;
    struct samples *s = samples_new();
    struct samples_map map = {0};
    bool stands[6], nowhere[6] = {false};
    char town[4096];

    (void)state;
    for (size_t i = 0; i < 6; i++)
        add(s, posts[i][0], "", posts[i][1]);
    paths_source("tests/data/town-rules", town);
    assert_int_equal(samples_map_load(s, rules, NULL, problems, &map), 0);
    assert_int_equal(rules_topic_file(town, STR("wage-arrears"), &file, &text), 0);
    buf_reset(&more);
    buf_add_text(&more, "id: wage-arrears\nname: {zh: 拖欠工资, en: Wages}\nunit: labour\n"
                        "deadlines: [ordinary-48h]\nany: [欠薪, 打白条]\n");
    const struct rules_edit edit = {buf_str(&file), buf_str(&more)};
    struct rules *edited = rules_compile_town(town, &(struct rules_town){.edit = &edit}, problems);
    problems_print(problems, stderr);
    assert_non_null(edited);
    assert_int_equal(suggest_stands(s, STR("打白条"), stands), 0);
    assert_int_equal(evaluate_rules(rules, s, &map, NULL, &before), 0);
    assert_int_equal(evaluate_rules(edited, s, &map, NULL, &whole), 0);
    assert_int_equal(evaluate_again(edited, &map, before, stands, &again), 0);
    assert_int_equal(evaluate_again(edited, &map, before, nowhere, &none), 0);
    assert_memory_equal(again->found, whole->found, s->n * sizeof *again->found);
    assert_memory_equal(again->labels, whole->labels, sizeof again->labels);
    assert_memory_equal(none->found, before->found, s->n * sizeof *none->found);
    assert_memory_not_equal(whole->found, before->found, s->n * sizeof *whole->found);
    evaluate_free(before);
    evaluate_free(whole);
    evaluate_free(again);
    evaluate_free(none);
    rules_free(edited);
    samples_map_free(&map);
    samples_free(s);
    buf_free(&file);
    buf_free(&text);
    buf_free(&more);
    problems_free(problems);
}

static void test_diff(void **state)
{
    struct buf out = BUF_INIT;

    (void)state;
    assert_int_equal(suggest_diff("f", STR("1\n2\n3\n4\n5\n6\n7\n8\n"),
                                  STR("1\n2\n3\n4\n5\na\nb\n6\n7\n8\n"), &out),
                     0);
    same(&out, "--- f\n+++ f\n@@ -3,6 +3,8 @@\n 3\n 4\n 5\n+a\n+b\n 6\n 7\n 8\n");
    assert_int_equal(suggest_diff("f", STR("1\n2\n3\n"), STR("1\n3\n"), &out), 0);
    same(&out, "--- f\n+++ f\n@@ -1,3 +1,2 @@\n 1\n-2\n 3\n");
    assert_int_equal(suggest_diff("f", STR("1\n"), STR("1\n"), &out), 0);
    assert_int_equal(out.len, 0);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_longest), cmocka_unit_test(test_sources),
        cmocka_unit_test(test_five_items), cmocka_unit_test(test_never),
        cmocka_unit_test(test_stands), cmocka_unit_test(test_again),
        cmocka_unit_test(test_edit),    cmocka_unit_test(test_diff),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
