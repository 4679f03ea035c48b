#include <stdlib.h>

#include "base/err.h"
#include "classifiers/draft.h"
#include "classifiers/judge_scratch.h"

static bool tagged(const struct verdict *v, struct str topic)
{
    for (size_t i = 0; i < v->ntags; i++)
        if (str_eq(v->tags[i].topic, topic))
            return true;
    return false;
}

/* An example is an item's text without a title. */
static size_t run_list(struct judge *j, const struct conf_node *root, const char *key, bool want,
                       struct problems *problems)
{
    const struct conf_node *list = conf_get(root, key);
    struct str id = conf_text(conf_get(root, "id"));
    size_t n = conf_count(list);

    for (size_t i = 0; i < n; i++) {
        const struct conf_node *one = conf_at(list, i);
        struct verdict v = {0};
        arena_reset(j->arena);
        if (judge_one(j, STR_NONE, conf_text(one), JUDGE_UNKNOWN, STR_NONE, j->arena, &v))
            conf_problem(problems, one, "%s", err_text(ERR_NOMEM));
        else if (tagged(&v, id) != want)
            conf_problem(problems, one, want ? "例句应归入 %.*s 而没有 (example should match %.*s)"
                                             : "例句不应归入 %.*s (example should not match %.*s)",
                         STR_ARG(id), STR_ARG(id));
    }
    return n;
}

size_t rules_run_examples(const struct rules *rules, const char *dir, struct problems *problems)
{
    static const struct conf_key text_key = {.forms = CONF_TEXT};
    static const struct conf_key any_key = {.forms = CONF_TEXT | CONF_LIST | CONF_MAP};
    static const struct conf_key keys[] = {
        {.name = "match", .forms = CONF_LIST, .element = &text_key},
        {.name = "nomatch", .forms = CONF_LIST, .element = &text_key},
        {.name = "id", .forms = CONF_SLUG},      {.name = "name", .forms = CONF_MAP},
        {.name = "unit", .forms = CONF_SLUG},    {.name = "grade", .forms = CONF_TEXT},
        {.name = "deadlines", .forms = CONF_LIST}, {.name = "threshold", .forms = CONF_TEXT},
        {.name = "any", .forms = CONF_LIST, .element = &any_key},
        {.name = "all", .forms = CONF_LIST, .element = &any_key},
        {.name = "none", .forms = CONF_LIST, .element = &any_key},
        {0},
    };
    struct judge *j = judge_new(rules);
    struct buf path = BUF_INIT;
    char **files = NULL;
    size_t run = 0;

    buf_addf(&path, "%s/topics", dir);
    buf_add_char(&path, 0);
    int n = j && buf_ok(&path) ? draft_files(path.data, &files) : 0;
    for (int i = 0; i < n; i++) {
        struct conf_doc *doc = conf_load(files[i], keys, problems);
        run += run_list(j, conf_root(doc), "match", true, problems);
        run += run_list(j, conf_root(doc), "nomatch", false, problems);
        conf_free(doc);
        free(files[i]);
    }
    free(files);
    buf_free(&path);
    judge_free(j);
    problems_sort(problems);
    return run;
}
