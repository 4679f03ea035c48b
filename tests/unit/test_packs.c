/* The shipped topics: each matter that a town has to answer for is there, with enough terms,
 * vetoes, near-rules and examples, and none of its texts is one that a rule may not hold.
 */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/conf.h"
#include "base/file.h"
#include "classifiers/judge.h"
#include "classifiers/rules/refuse.h"
#include "classifiers/rules/rules.h"
#include "tests/unit/paths.h"

enum { TERMS_MIN = 60, VETOES_MIN = 5, NEAR_MIN = 2, EXAMPLES_MIN = 20, TERMS_MAX = 4000 };

static const struct {
    const char *id, *role;
} packs[] = {
    {"epidemic", "health"},
    {"economy-finance", "finance"},
    {"wage-arrears", "labour"},
    {"environment", "ecology"},
    {"food-drug-safety", "market-regulation"},
    {"education", "education"},
    {"healthcare", "health"},
    {"elderly-care", "civil-affairs"},
    {"work-safety", "emergency"},
    {"market-regulation", "market-regulation"},
    {"housing-property", "housing"},
    {"social-relief", "civil-affairs"},
    {"social-insurance", "social-insurance"},
    {"land-requisition", "natural-resources"},
    {"disaster-emergency", "emergency"},
    {"agricultural-subsidy", "agriculture"},
    {"government-services", "government-services"},
    {"public-culture", "culture"},
    {"employment", "labour"},
    {"transport", "transport"},
    {"urban-construction", "urban-management"},
    {"public-order", "public-security"},
    {"utilities", "utilities"},
};
enum { PACKS = sizeof packs / sizeof *packs };

/* Lists of terms stand under these keys, at any depth of a form. */
static const char *const term_keys[] = {"term", "terms", "of", "near", "and", "or"};

struct pack {
    struct conf_doc *doc;
    struct str terms[TERMS_MAX]; /* distinct */
    size_t nterms, near;
};

static void add_term(struct pack *p, struct str term)
{
    for (size_t i = 0; i < p->nterms; i++)
        if (str_eq(p->terms[i], term))
            return;
    assert_true(p->nterms < TERMS_MAX);
    p->terms[p->nterms++] = term;
}

static void collect(struct pack *p, const struct conf_node *node)
{
    if (conf_is(node, CONF_TEXT))
        add_term(p, conf_text(node));
    else if (conf_is(node, CONF_LIST))
        for (size_t i = 0; i < conf_count(node); i++)
            collect(p, conf_at(node, i));
    p->near += conf_get(node, "within") != NULL;
    for (size_t k = 0; k < sizeof term_keys / sizeof *term_keys; k++)
        if (conf_get(node, term_keys[k]))
            collect(p, conf_get(node, term_keys[k]));
}

static struct pack *pack_open(const char *id)
{
    struct problems *problems = problems_new();
    struct pack *p = calloc(1, sizeof *p);
    char name[100], path[4096];

    snprintf(name, sizeof name, "rules/topics/%s.yaml", id);
    p->doc = conf_load(paths_source(name, path), NULL, problems);
    problems_print(problems, stderr);
    assert_int_equal(problems_count(problems), 0);
    problems_free(problems);
    collect(p, conf_get(conf_root(p->doc), "any"));
    collect(p, conf_get(conf_root(p->doc), "all"));
    return p;
}

static void pack_close(struct pack *p)
{
    conf_free(p->doc);
    free(p);
}

static struct rules *compile(struct problems *problems)
{
    char dir[4096];

    struct rules *r = rules_compile(paths_source("rules", dir), problems);
    problems_print(problems, stderr);
    assert_non_null(r);
    return r;
}

static void every_matter_has_a_topic(void **state)
{
    struct problems *problems = problems_new();
    struct rules *r = compile(problems);

    (void)state;
    for (size_t i = 0; i < PACKS; i++) {
        int at = rules_find(r, str_from(packs[i].id));
        if (at < 0)
            fail_msg("no topic %s", packs[i].id);
        struct rules_topic t = rules_topic(r, (size_t)at);
        if (!str_is(t.role, packs[i].role))
            fail_msg("%s: of %.*s, not of %s", packs[i].id, STR_ARG(t.role), packs[i].role);
    }
    assert_int_equal(rules_topics(r), PACKS);
    rules_free(r);
    problems_free(problems);
}

static void each_says_enough(void **state)
{
    size_t poor = 0;

    (void)state;
    for (size_t i = 0; i < PACKS; i++) {
        struct pack *p = pack_open(packs[i].id);
        const struct conf_node *root = conf_root(p->doc);
        size_t vetoes = conf_count(conf_get(root, "none"));
        size_t match = conf_count(conf_get(root, "match"));
        size_t nomatch = conf_count(conf_get(root, "nomatch"));
        print_message("%s: %zu terms, %zu vetoes, %zu near-rules, %zu + %zu examples\n",
                      packs[i].id, p->nterms, vetoes, p->near, match, nomatch);
        if (p->nterms < TERMS_MIN || vetoes < VETOES_MIN || p->near < NEAR_MIN ||
            match < EXAMPLES_MIN || nomatch < EXAMPLES_MIN) {
            print_error("%s says too little\n", packs[i].id);
            poor++;
        }
        pack_close(p);
    }
    assert_int_equal(poor, 0);
}

static void examples_differ(void **state)
{
    static const char *const lists[] = {"match", "nomatch"};

    (void)state;
    for (size_t i = 0; i < PACKS; i++) {
        struct pack *p = pack_open(packs[i].id);
        p->nterms = 0;
        size_t all = 0;
        for (size_t k = 0; k < 2; k++) {
            collect(p, conf_get(conf_root(p->doc), lists[k]));
            all += conf_count(conf_get(conf_root(p->doc), lists[k]));
        }
        if (p->nterms != all)
            fail_msg("%s repeats an example", packs[i].id);
        pack_close(p);
    }
}

static void examples_hold(void **state)
{
    struct problems *problems = problems_new();
    struct rules *r = compile(problems);
    char dir[4096];

    (void)state;
    assert_true(rules_run_examples(r, paths_source("rules", dir), problems) >=
                PACKS * 2 * EXAMPLES_MIN);
    problems_print(problems, stderr);
    assert_int_equal(problems_count(problems), 0);
    rules_free(r);
    problems_free(problems);
}

/* Every scalar of the file, whatever its key. */
static size_t refused(const struct refuse *r, const char *id, const struct conf_node *node)
{
    struct refuse_hit why;
    size_t n = 0;

    if (conf_is(node, CONF_TEXT) && refuse_text(r, conf_text(node), &why)) {
        print_error("%s:%d: %.*s: %.*s\n", id, conf_line(node), STR_ARG(conf_text(node)),
                    STR_ARG(why.en));
        n++;
    }
    if (conf_is(node, CONF_LIST) || conf_is(node, CONF_MAP))
        for (size_t i = 0; i < conf_count(node); i++)
            n += refused(r, id, conf_at(node, i));
    return n;
}

static void no_text_is_refused(void **state)
{
    struct problems *problems = problems_new();
    struct refuse *r = refuse_new();
    struct refuse_hit why;
    char path[4096];
    size_t n = 0;

    (void)state;
    assert_int_equal(refuse_load(r, paths_source("rules/refused.yaml", path), problems), 0);
    assert_int_not_equal(refuse_text(r, STR("上访"), &why), 0);
    for (size_t i = 0; i < PACKS; i++) {
        struct pack *p = pack_open(packs[i].id);
        n += refused(r, packs[i].id, conf_root(p->doc));
        pack_close(p);
    }
    assert_int_equal(n, 0);
    refuse_free(r);
    problems_free(problems);
}

static size_t pack_of(struct str id)
{
    for (size_t i = 0; i < PACKS; i++)
        if (str_is(id, packs[i].id))
            return i;
    fail_msg("no pack %.*s", STR_ARG(id));
    return 0;
}

/* Posts of our own that are no examples of a pack, twelve a topic: each is found, and little else
 * is found in it. */
static void posts_are_found(void **state)
{
    struct problems *problems = problems_new();
    struct rules *r = compile(problems);
    struct judge *j = judge_new(r);
    struct arena *arena = arena_new();
    struct buf data = BUF_INIT;
    size_t posts[PACKS] = {0}, right[PACKS] = {0}, all = 0, found = 0, others = 0;
    char path[4096];

    (void)state;
    assert_true(j && arena);
    paths_source("tests/data/topic-posts.tsv", path);
    assert_int_equal(file_read(path, 1 << 20, &data), 0);
    for (size_t at = 0, end; at < data.len; at = end + 1, all++) {
        size_t tab = str_find(buf_str(&data), STR("\t"), at);
        end = str_find(buf_str(&data), STR("\n"), at);
        struct str id = {data.data + at, tab - at}, text = {data.data + tab + 1, end - tab - 1};
        size_t pack = pack_of(id), before = right[pack];
        struct verdict v;
        arena_reset(arena);
        assert_int_equal(judge_text(j, STR_NONE, text, 0, NULL, arena, &v), 0);
        posts[pack]++;
        for (size_t k = 0; k < v.ntags; k++) {
            right[pack] += str_eq(v.tags[k].topic, id);
            others += !str_eq(v.tags[k].topic, id);
        }
        if (right[pack] == before)
            print_message("  not %.*s: %.*s\n", STR_ARG(id), STR_ARG(text));
    }
    for (size_t i = 0; i < PACKS; i++) {
        found += right[i];
        assert_true(posts[i] >= 12 && right[i] * 10 >= posts[i] * 7);
    }
    print_message("posts: %zu of %zu found, %zu other topics\n", found, all, others);
    assert_true(found * 100 >= all * 90 && others * 100 <= all * 25);
    buf_free(&data);
    arena_free(arena);
    judge_free(j);
    rules_free(r);
    problems_free(problems);
}

int main(void)
{
    char shipped[4096];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_matter_has_a_topic), cmocka_unit_test(each_says_enough),
        cmocka_unit_test(examples_differ),          cmocka_unit_test(examples_hold),
        cmocka_unit_test(no_text_is_refused),       cmocka_unit_test(posts_are_found),
    };

    rules_set_shipped(paths_source("rules", shipped));
    return cmocka_run_group_tests_name("packs", tests, NULL, NULL);
}
