#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "classifiers/judge_scratch.h"
#include "classifiers/rules/draft.h"

static const struct verdict_tag *find_tag(const struct verdict *v, struct str topic)
{
    for (size_t i = 0; i < v->ntags; i++)
        if (!v->tags[i].model && str_eq(v->tags[i].topic, topic))
            return &v->tags[i];
    return NULL;
}

static void check_one(const struct conf_node *one, const struct verdict_tag *tag, struct str id,
                      bool want, struct problems *problems)
{
    struct str grade = conf_text(conf_get(one, "grade"));

    if (!tag && want)
        conf_problem(problems, one, "例句应归入 %.*s 而没有 (example should match %.*s)",
                     STR_ARG(id), STR_ARG(id));
    if (tag && !want)
        conf_problem(problems, one, "例句不应归入 %.*s (example should not match %.*s)",
                     STR_ARG(id), STR_ARG(id));
    if (tag && want && grade.n && !str_eq(tag->grade, grade))
        conf_problem(problems, one, "例句的等级应为 %.*s 而是 %.*s (example should have the former "
                                    "grade, but has the latter)",
                     STR_ARG(grade), STR_ARG(tag->grade));
}

/* An example is an item's text, or a map with more of the item. */
static struct judge_item item_of(const struct conf_node *one)
{
    bool map = conf_is(one, CONF_MAP);
    int64_t day = conf_int(conf_get(one, "published"), 0);

    return (struct judge_item){
        .title = conf_text(conf_get(one, "title")),
        .text = conf_text(map ? conf_get(one, "text") : one),
        .source = judge_source_find(conf_text(conf_get(one, "source"))),
        .region = conf_text(conf_get(one, "region")),
        .at = day ? day * CLOCK_DAY + CLOCK_DAY / 2 - CLOCK_CHINA : 0,
    };
}

static size_t run_list(struct judge *j, const struct conf_node *root, const char *key, bool want,
                       struct problems *problems)
{
    const struct conf_node *list = conf_get(root, key);
    struct str id = conf_text(conf_get(root, "id"));
    size_t n = conf_count(list);

    for (size_t i = 0; i < n; i++) {
        const struct conf_node *one = conf_at(list, i);
        const struct judge_item item = item_of(one);
        struct verdict v = {0};
        arena_reset(j->arena);
        if (judge_one(j, &item, j->arena, &v))
            conf_problem(problems, one, "%s", err_text(ERR_NOMEM));
        else
            check_one(one, find_tag(&v, id), id, want, problems);
    }
    return n;
}

struct trial {
    void (*each)(void *arg, const struct rules_tried *tried); /* NULL: nobody asks */
    void *arg;
};

static size_t run_topic(struct judge *j, const struct conf_node *root, const struct trial *trial,
                        struct problems *problems)
{
    struct rules_tried tried = {.topic = conf_text(conf_get(root, "id"))};
    size_t before = problems_count(problems);

    tried.match = run_list(j, root, "match", true, problems);
    tried.match_wrong = problems_count(problems) - before;
    tried.nomatch = run_list(j, root, "nomatch", false, problems);
    tried.nomatch_wrong = problems_count(problems) - before - tried.match_wrong;
    if (trial->each)
        trial->each(trial->arg, &tried);
    return tried.match + tried.nomatch;
}

static size_t run_all(const struct rules *rules, const char *dir, const struct rules_edit *edit,
                      const struct trial *trial, struct problems *problems)
{
    struct judge *j = judge_new(rules);
    struct problems *known = problems_new(); /* compiling has told them */
    char **files = NULL;
    size_t run = 0;

    int n = j && known ? draft_topics(dir, edit, &files) : 0;
    for (int i = 0; i < n; i++) {
        struct conf_doc *doc = draft_topic_doc(files[i], edit, known);
        run += run_topic(j, conf_root(doc), trial, problems);
        conf_free(doc);
        free(files[i]);
    }
    free(files);
    judge_free(j);
    problems_free(known);
    problems_sort(problems);
    return run;
}

size_t rules_run_examples(const struct rules *rules, const char *dir, struct problems *problems)
{
    return rules_run_examples_edited(rules, dir, NULL, problems);
}

size_t rules_run_examples_edited(const struct rules *rules, const char *dir,
                                 const struct rules_edit *edit, struct problems *problems)
{
    return run_all(rules, dir, edit, &(struct trial){NULL, NULL}, problems);
}

size_t rules_try_examples(const struct rules *rules, const char *dir,
                          void (*each)(void *arg, const struct rules_tried *tried), void *arg,
                          struct problems *problems)
{
    return run_all(rules, dir, NULL, &(struct trial){each, arg}, problems);
}
