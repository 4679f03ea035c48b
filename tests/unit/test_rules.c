/* Rule folders good and bad, and refused terms. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "classifiers/judge.h"
#include "classifiers/rules/refuse.h"
#include "classifiers/rules/rules_block.h"
#include "tests/unit/folder.h"
#include "tests/unit/paths.h"

static void put(const char *name, const char *text)
{
    char path[5000];

    snprintf(path, sizeof path, "%s/topics", folder);
    assert_int_equal(file_make_dirs(path), 0);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (text)
        assert_int_equal(file_replace(path, str_from(text), 0600), 0);
    else
        unlink(path);
}

/* Compiles one topic; true when exactly `count` problems were told, one of them this one. */
static bool refuses(const char *topic, size_t count, int line, const char *words)
{
    struct problems *p = problems_new();

    put("topics/a.yaml", topic);
    struct rules *r = rules_compile(folder, p);
    bool good = (r == NULL) == (count != 0) && problems_count(p) == count &&
                (!count || folder_told(p, line, words));
    if (!good)
        problems_print(p, stderr);
    rules_free(r);
    problems_free(p);
    return good;
}

static void dispatch_waits_when_told_to(void **state)
{
    static const char *const topics[] = {HEAD "any: [停水]\n",
                                         HEAD "dispatch: auto\nany: [停水]\n",
                                         HEAD "dispatch: assess\nany: [停水]\n"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct problems *p = problems_new();
        put("topics/a.yaml", topics[i]);
        struct rules *r = rules_compile(folder, p);
        assert_int_equal(rules_topic(r, 0).assess, i == 2);
        rules_free(r);
        problems_free(p);
    }
    assert_true(refuses(HEAD "emergency: maybe\nany: [停水]\n", 1, 5, "true"));
    assert_true(refuses(HEAD "dispatch: later\nany: [停水]\n", 1, 5, "assess"));
}

static void matters_may_be_emergencies_unless_told(void **state)
{
    static const char *const topics[] = {HEAD "any: [停水]\n",
                                         HEAD "emergency: true\nany: [停水]\n",
                                         HEAD "emergency: false\nany: [停水]\n"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct problems *p = problems_new();
        put("topics/a.yaml", topics[i]);
        struct rules *r = rules_compile(folder, p);
        assert_int_equal(rules_topic(r, 0).no_emergency, i == 2);
        rules_free(r);
        problems_free(p);
    }
}

static bool may_be_emergency(const struct rules *r, const char *topic)
{
    int at = rules_find(r, str_from(topic));

    assert_true(at >= 0);
    return !rules_topic(r, (size_t)at).no_emergency;
}

/* The four kinds of the law (突发事件应对法): disasters, accidents, public health, public safety. */
static void check_emergencies(const struct rules *r)
{
    static const char *const may[] = {"disaster-emergency", "work-safety", "environment",
                                      "epidemic", "food-drug-safety", "healthcare", "public-order",
                                      "transport", "urban-construction", "utilities"};
    size_t n = 0;

    for (size_t i = 0; i < sizeof may / sizeof *may; i++)
        assert_true(may_be_emergency(r, may[i]));
    for (size_t i = 0; i < rules_topics(r); i++)
        n += !rules_topic(r, i).no_emergency;
    assert_int_equal(n, sizeof may / sizeof *may);
    assert_false(may_be_emergency(r, "wage-arrears"));
}

static void shipped_rules_hold(void **state)
{
    struct problems *p = problems_new();
    char dir[4096];

    (void)state;
    struct rules *r = rules_compile(paths_source("rules", dir), p);
    problems_print(p, stderr);
    assert_non_null(r);
    assert_true(rules_topics(r) >= 3);
    struct rules_topic t = rules_topic(r, (size_t)rules_find(r, STR("food-drug-safety")));
    assert_true(str_is(t.role, "market-regulation"));
    assert_true(str_is(t.name_zh, "食药安全"));
    assert_int_equal(t.ndeadlines, 2);
    assert_true(str_is(t.deadlines[0], "accept-2h"));
    assert_int_equal(rules_find(r, STR("nothing")), -1);
    check_emergencies(r);
    assert_int_equal(strlen(rules_version(r)), 16);
    assert_true(rules_run_examples(r, dir, p) >= rules_topics(r) * 40);
    problems_print(p, stderr);
    assert_int_equal(problems_count(p), 0);

    struct rules *again = rules_map(rules_fd(r));
    assert_non_null(again);
    assert_string_equal(rules_version(again), rules_version(r));
    rules_free(again);
    rules_free(r);
    problems_free(p);
}

static void problems_are_told(void **state)
{
    (void)state;
    assert_true(refuses(HEAD "any: [停水, 没水]\n", 0, 0, ""));
    assert_true(refuses("id: a\nname: {zh: 甲, en: A}\ndeadlines: [x]\nany: [停水]\n", 1, 1, "责任单位"));
    assert_true(refuses("id: a\nname: {zh: 甲, en: A}\nunit: w\nany: [停水]\n", 1, 1, "答复时限"));
    assert_true(refuses("id: a\nname: {zh: 甲, en: A}\nunit: w\ndeadlines: []\nany: [停水]\n", 1, 4,
                        "答复时限"));
    assert_true(refuses(HEAD, 1, 1, "没有词"));
    assert_true(refuses(HEAD "any: []\n", 1, 5, "空的"));
    assert_true(refuses(HEAD "any: [停水]\nmatch: []\n", 1, 6, "空的"));
    assert_true(refuses(HEAD "any: [水]\n", 1, 5, "2 到"));
    assert_true(refuses(HEAD "any:\n  - 停水\n  - 没水\n  - 停 水\n", 1, 8, "重复"));
    assert_true(refuses(HEAD "any: [停水]\nnone: [停水]\n", 1, 6, "重复"));
    assert_true(refuses(HEAD "all:\n  - of: [[停水], [停水, 没水]]\n", 1, 6, "重复"));
    assert_true(refuses(HEAD "anny: [停水]\nany: [没水]\n", 1, 5, "any"));
    assert_true(refuses(HEAD "any: [{term: 停水, weight: 50}]\n", 1, 5, "weight"));
    /* All at once, each at its line. */
    assert_true(refuses("id: a\nname: {zh: 甲, en: A}\nany: [水, 停水, 停水]\nthreshold: 3\n", 5, 3,
                        "重复"));
    put("topics/b.yaml", HEAD "any: [断水]\n");
    assert_true(refuses(HEAD "any: [停水]\n", 1, 1, "重复"));
    put("topics/b.yaml", NULL);
}

static void refused_terms(void **state)
{
    static const char *const refused[] = {
        "政治观点", "对政府不满", "上访", "集体上访", "信访", "集会", "游行示威", "请愿", "佛教", "清真寺", "法轮功",
        "法 轮 功",  "少数民族", "回族", "维吾尔", "回民", "王建国", "李明",   "张书记", "欧阳伟", "遊行", "敏感人物",
        "五毛",      "五毛党",   "做礼拜", "礼拜堂", "三个礼拜堂", "高伟",
    };
    static const char *const allowed[] = {
        "民族中学", "回民街", "信访局", "集会广场", "民族路", "马路", "黄金", "高温", "拖欠工资", "方便面",
        "周边", "严重", "江边", "白云机场", "高铁", "水族馆", "礼拜天", "天安门广场", "万达广场", "张贴广告",
        "高三",     "高三学生", "高三生", "五毛钱", "涨了五毛钱", "每度五毛一", "三个礼拜", "上礼拜", "两礼拜",
    };
    char topic[1000], path[4096];
    struct problems *p = problems_new();
    struct refuse *r = refuse_new();
    struct refuse_hit why;

    (void)state;
    assert_int_equal(refuse_load(r, paths_source("rules/refused.yaml", path), p), 0);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (refuse_text(r, str_from(refused[i]), &why) != ERR_REFUSED)
            fail_msg("not refused: %s", refused[i]);
        snprintf(topic, sizeof topic, HEAD "any:\n  - 停水\n  - %s\n", refused[i]);
        assert_true(refuses(topic, 1, 7, "不收"));
    }
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (refuse_text(r, str_from(allowed[i]), &why))
            fail_msg("refused: %s (%.*s)", allowed[i], STR_ARG(why.en));
    assert_true(refuses(HEAD "none: [上访]\nany: [停水]\n", 1, 5, "信访、集会"));
    assert_true(refuses(HEAD "all:\n  - of: [[停水], [佛教]]\n", 1, 6, "宗教"));
    refuse_free(r);
    problems_free(p);
}

/* A town's own list cannot take a shipped refusal away. */
static void refusals_only_grow(void **state)
{
    (void)state;
    put("refused.yaml", "classes:\n  - id: own\n    reason: {zh: 本地不收, en: not here}\n"
                        "    terms: [井水发苦]\n");
    assert_true(refuses(HEAD "any: [井水发苦]\n", 1, 5, "本地不收"));
    assert_true(refuses(HEAD "any: [上访]\n", 1, 5, "信访"));
    put("refused.yaml", NULL);
}

static void town_places(void **state)
{
    struct problems *p = problems_new();
    char path[5000];

    (void)state;
    put("topics/a.yaml", HEAD "any: [停水]\n");
    snprintf(path, sizeof path, "%s/regions", folder);
    assert_int_equal(file_make_dirs(path), 0);
    put("regions/town.yaml", "places:\n  - {code: \"12345\", name: 云河县}\n");
    assert_null(rules_compile(folder, p));
    assert_true(folder_told(p, 2, "6、9 或 12"));
    put("regions/town.yaml", NULL);
    problems_free(p);
}

struct heard {
    struct rules_topic topic;
    char file[64];
    int count;
};

static void hear(void *arg, const struct rules_topic *topic)
{
    struct heard *h = arg;
    const char *name = strrchr(topic->file, '/');

    h->topic = *topic;
    snprintf(h->file, sizeof h->file, "%s", name ? name + 1 : "");
    h->count++;
}

/* A town's gazetteer stands beside the shipped one; its topics are told with the lines to mend,
 * also those that have other mistakes. */
static void a_town_adds_places_and_hears_of_topics(void **state)
{
    struct problems *p = problems_new();
    struct heard heard = {0};
    char path[5000];

    (void)state;
    snprintf(path, sizeof path, "%s/places.yaml", folder);
    put("places.yaml", "places:\n  - {code: \"990104003\", name: 云河镇, aliases: [云河]}\n"
                       "  - {code: \"990104\", name: 云山县}\n");
    put("topics/a.yaml", "id: water\nname: {zh: 停水, en: Water}\nunit: works\n"
                         "deadlines:\n  - first\n  - second\nany: [停水]\n");
    const struct rules_town town = {.places = path, .topic = hear, .arg = &heard};
    struct rules *r = rules_compile_town(folder, &town, p);
    problems_print(p, stderr);
    assert_non_null(r);
    assert_true(str_is(rules_region_name(r, STR("990104003")), "云河镇"));
    assert_true(str_is(rules_region_name(r, STR("990104")), "云山县"));
    assert_true(str_is(rules_region_name(r, STR("110000")), "北京市"));
    assert_int_equal(rules_region_name(r, STR("990105")).n, 0);
    assert_int_equal(rules_region_name(r, STR_NONE).n, 0);
    rules_free(r);
    assert_int_equal(heard.count, 1);
    assert_string_equal(heard.file, "a.yaml");
    assert_int_equal(heard.topic.line, 1);
    assert_int_equal(heard.topic.role_line, 3);
    assert_int_equal(heard.topic.deadline_lines[0], 5);
    assert_int_equal(heard.topic.deadline_lines[1], 6);
    put("topics/a.yaml", HEAD "any: [停水]\nnonsense: 1\n");
    assert_null(rules_compile_town(folder, &town, p));
    assert_int_equal(heard.count, 2);
    put("topics/a.yaml", HEAD "any: [停水]\n");
    put("places.yaml", NULL);
    assert_null(rules_compile_town(folder, &(struct rules_town){.places = path}, p));
    assert_true(folder_told(p, 0, "读不了文件"));
    problems_free(p);
}

static void version_follows_content(void **state)
{
    struct problems *p = problems_new();

    (void)state;
    put("topics/a.yaml", HEAD "any: [停水]\n");
    struct rules *one = rules_compile(folder, p), *same = rules_compile(folder, p);
    put("topics/a.yaml", HEAD "any: [断水]\n");
    struct rules *other = rules_compile(folder, p);
    assert_non_null(one);
    assert_non_null(other);
    assert_string_equal(rules_version(one), rules_version(same));
    assert_string_not_equal(rules_version(one), rules_version(other));
    rules_free(one);
    rules_free(same);
    rules_free(other);
    problems_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dispatch_waits_when_told_to),
        cmocka_unit_test(matters_may_be_emergencies_unless_told),
        cmocka_unit_test(version_follows_content),
        cmocka_unit_test(shipped_rules_hold), cmocka_unit_test(problems_are_told),
        cmocka_unit_test(refused_terms),      cmocka_unit_test(refusals_only_grow),
        cmocka_unit_test(town_places),
        cmocka_unit_test(a_town_adds_places_and_hears_of_topics),
    };
    return cmocka_run_group_tests_name("rules", tests, folder_set_up, folder_tear_down);
}
