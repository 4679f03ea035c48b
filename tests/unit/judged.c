#include "tests/unit/judged.h"

#include "tests/unit/paths.h"
#include "tests/unit/unit.h"

int judged_set_up(struct judged *j, const char *folder)
{
    struct problems *p = problems_new();
    char path[4096];

    rules_set_shipped(paths_source("rules", path));
    j->rules = rules_compile(paths_source(folder, path), p);
    problems_print(p, stderr);
    problems_free(p);
    j->judge = j->rules ? judge_new(j->rules) : NULL;
    j->arena = arena_new();
    return j->judge && j->arena ? 0 : -1;
}

int judged_tear_down(struct judged *j)
{
    judge_free(j->judge);
    rules_free(j->rules);
    arena_free(j->arena);
    *j = (struct judged){0};
    return 0;
}

struct judged judged_town;

int judged_begin(void **state)
{
    (void)state;
    return judged_set_up(&judged_town, "tests/data/town-rules");
}

int judged_end(void **state)
{
    (void)state;
    return judged_tear_down(&judged_town);
}

struct verdict judged_text(const struct judged *j, struct str title, struct str text,
                           const struct judge_context *context)
{
    struct verdict v;

    arena_reset(j->arena);
    assert_int_equal(judge_text(j->judge, title, text, 0, context, j->arena, &v), 0);
    return v;
}
