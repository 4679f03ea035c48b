/* Labelled samples as they are read, and what the rules are worth on them, counted by hand. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "classifiers/workbench/evaluate.h"
#include "classifiers/workbench/explain.h"
#include "tests/unit/paths.h"
#include "tests/unit/scratch.h"

#define TOPIC(id, zh, terms)                                                                       \
    "id: " id "\nname: {zh: " zh ", en: " id "}\nunit: water\ndeadlines: [ordinary-48h]\nany:\n"   \
    terms

static char folder[SCRATCH_PATH];
static struct rules *rules;

static void put(const char *name, const char *text)
{
    char path[5000];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(file_replace(path, str_from(text), 0600), 0);
}

static int set_up(void **state)
{
    char path[5000];
    struct problems *problems = problems_new();

    (void)state;
    rules_set_shipped(paths_source("rules", path));
    if (scratch_folder(folder, "evaluate"))
        return -1;
    snprintf(path, sizeof path, "%s/topics", folder);
    assert_int_equal(file_make_dirs(path), 0);
    put("topics/tap.yaml", TOPIC("tap", "停水", "  - 停水\n  - {term: 水压, weight: 0.4}\n")
                           "none: [水上乐园]\n");
    put("topics/lamp.yaml", TOPIC("lamp", "路灯", "  - 路灯\n"));
    put("topics/pump.yaml", TOPIC("pump", "水泵", "  - {term: 水泵, weight: 3}\n"));
    rules = rules_compile(folder, problems);
    problems_print(problems, stderr);
    problems_free(problems);
    return rules ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    rules_free(rules);
    return scratch_remove(folder);
}

static int add(struct samples *s, const char *line)
{
    const char *problem = "";

    return samples_add_json(s, str_from(line), &problem);
}

static void test_lines(void **state)
{
    struct samples *s = samples_new();
    static const char *const bad[] = {"", "[]", "{}", "{\"title\":\"停水\"}",
                                      "{\"title\":\"停水\",\"label\":3}",
                                      "{\"title\":\"停水\",\"labels\":[\"a\",null]}",
                                      "{\"label\":\"a\"}"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(add(s, bad[i]), ERR_SYNTAX);
    assert_int_equal(s->n, 0);
    assert_int_equal(add(s, "{\"id\":7,\"title\":\"停水\",\"body\":\"电话13812345678\",\"label\":"
                            "\"tap\",\"source\":\"a\"}"),
                     0);
    assert_true(str_is(s->list[0].id, "7"));
    assert_int_equal(s->list[0].text.n, strlen("电话13812345678"));
    assert_int_equal(str_find(s->list[0].text, STR("13812345678"), 0), (size_t)-1);
    assert_true(samples_single(s));
    assert_int_equal(add(s, "{\"title\":\"停水\",\"labels\":[\"tap\",\"lamp\"]}"), 0);
    assert_false(samples_single(s));
    assert_int_equal(s->unsourced, 1);
    assert_int_equal(s->nlabels, 3); /* "a" of the bad line is known too */
    samples_free(s);
}

static void test_common(void **state)
{
    struct samples *s = samples_new();

    (void)state;
    assert_int_equal(add(s, "{\"title\":\"a\",\"label\":\"x\"}"), 0);
    assert_true(samples_common(s, 5, 0));
    assert_false(samples_common(s, 4, 0));
    assert_int_equal(add(s, "{\"title\":\"a\",\"label\":\"x\",\"source\":\"one\"}"), 0);
    assert_false(samples_common(s, 5, 2));
    assert_true(samples_common(s, 5, 3));
    samples_free(s);
}

static struct evaluation *evaluate(struct samples *s, const char *map_text)
{
    struct problems *problems = problems_new();
    struct samples_map map;
    struct evaluation *e;
    char path[5000];

    snprintf(path, sizeof path, "%s/map.yaml", folder);
    if (map_text)
        put("map.yaml", map_text);
    assert_int_equal(samples_map_load(s, rules, map_text ? path : NULL, problems, &map), 0);
    assert_int_equal(evaluate_rules(rules, s, &map, NULL, &e), 0);
    samples_map_free(&map);
    problems_free(problems);
    return e;
}

static void test_counts(void **state)
{
    struct samples *s = samples_new();

    (void)state;
    assert_int_equal(add(s, "{\"title\":\"停水三天\",\"label\":\"water\"}"), 0);
    assert_int_equal(add(s, "{\"title\":\"又停水，路灯坏\",\"label\":\"light\"}"), 0);
    assert_int_equal(add(s, "{\"title\":\"路灯不亮\",\"label\":\"light\"}"), 0);
    assert_int_equal(add(s, "{\"title\":\"水管裂了\",\"label\":\"water\"}"), 0);
    assert_int_equal(add(s, "{\"title\":\"路灯下停水，水泵坏\",\"label\":\"water\"}"), 0);
    struct evaluation *e = evaluate(s, "topics:\n  tap: water\n  pump: water\n  lamp: light\n");
    /* The second has both topics with one score; by the order of ids lamp is first. */
    assert_true(e->single);
    assert_int_equal(e->labels[0].right, 2);
    assert_int_equal(e->labels[0].wrong, 0);
    assert_int_equal(e->labels[0].missed, 1);
    assert_int_equal(e->labels[1].right, 2);
    assert_int_equal(e->confusion[0][2], 1);
    assert_true(evaluate_recall(e->labels[0]) > 0.66 && evaluate_recall(e->labels[0]) < 0.67);
    double macro = evaluate_macro_f1(e), expected = (2 * 2.0 / 5 + 1) / 2;
    assert_true(macro > expected - 1e-9 && macro < expected + 1e-9);
    assert_int_equal(e->nmisses, 1);
    assert_int_equal(e->misses[0].sample, 3);
    assert_int_equal(e->misses[0].other, -1);
    assert_int_equal(e->nalarms, 0);
    evaluate_free(e);
    samples_free(s);
}

static void test_several_labels(void **state)
{
    struct samples *s = samples_new();

    (void)state;
    assert_int_equal(add(s, "{\"title\":\"停水，路灯坏\",\"labels\":[\"tap\"]}"), 0);
    assert_int_equal(add(s, "{\"title\":\"今天下雨\",\"labels\":[]}"), 0);
    struct evaluation *e = evaluate(s, NULL);
    assert_false(e->single);
    assert_int_equal(e->found[0], 3); /* tap, and lamp, the first of the topics' own names */
    assert_int_equal(e->all.right, 1);
    assert_int_equal(e->all.wrong, 1);
    assert_int_equal(e->nalarms, 1);
    assert_true(str_is(e->alarms[0].tag->topic, "lamp"));
    assert_true(str_is(e->alarms[0].tag->hits[0].term, "路灯"));
    evaluate_free(e);
    samples_free(s);
}

static void test_map_problems(void **state)
{
    struct samples *s = samples_new();
    struct problems *problems = problems_new();
    struct samples_map map;
    char path[5000];

    (void)state;
    snprintf(path, sizeof path, "%s/map.yaml", folder);
    put("map.yaml", "topics:\n  tap: water\n  nothing: water\n  lamp: {a: b}\n");
    assert_int_equal(samples_map_load(s, rules, path, problems, &map), ERR_SYNTAX);
    assert_int_equal(problems_count(problems), 2);
    problems_free(problems);
    samples_free(s);
}

static void test_explain(void **state)
{
    struct judge *j = judge_new(rules);
    struct arena *arena = arena_new();
    struct explanation e;

    (void)state;
    assert_int_equal(explain_text(j, STR("水压低"), STR("水上乐园停水。路灯坏"), 0, NULL, arena, &e),
                     0);
    assert_int_equal(e.ntopics, 2);
    assert_true(str_is(e.topics[0].id, "lamp"));
    assert_int_equal(e.topics[0].outcome, EXPLAIN_GIVEN);
    assert_true(str_is(e.topics[1].id, "tap"));
    assert_int_equal(e.topics[1].outcome, EXPLAIN_LOW);
    assert_int_equal(e.topics[1].nhits, 3);
    assert_int_equal(e.topics[1].hits[0].fate, EVAL_COUNTS);
    assert_int_equal(e.topics[1].hits[0].start, 0);
    assert_int_equal(e.topics[1].hits[1].fate, EVAL_VETO);
    assert_int_equal(e.topics[1].hits[2].fate, EVAL_SILENT);
    assert_int_equal(e.topics[1].hits[2].start, strlen("水压低\n水上乐园"));
    assert_int_equal(explain_text(j, STR_NONE, STR("水上乐园停水"), 0, NULL, arena, &e), 0);
    assert_int_equal(e.topics[0].outcome, EXPLAIN_VETO);
    arena_free(arena);
    judge_free(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),       cmocka_unit_test(test_common),
        cmocka_unit_test(test_counts),      cmocka_unit_test(test_several_labels),
        cmocka_unit_test(test_map_problems), cmocka_unit_test(test_explain),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
