#include "daemon/config/config_rules.h"

#include "alerts/desk/desk.h"

struct checks {
    struct town town; /* what of it could be read */
    struct problems *problems;
};

static void check_topic(void *arg, const struct rules_topic *topic)
{
    struct checks *c = arg;

    desk_check(c->town.units, c->town.deadlines, topic, c->problems);
}

static struct rules *compile(const struct config *c, const char *dir,
                             const struct rules_edit *edit, const struct lint *lint,
                             struct problems *problems)
{
    struct checks checks = {c->town ? *c->town : (struct town){0}, problems};
    struct rules_town town = {.places = c->places && *c->places ? c->places : NULL,
                              .topic = check_topic, .arg = &checks, .edit = edit, .lint = lint};
    size_t before = problems_count(problems);
    struct rules *rules = rules_compile_town(dir, &town, problems);

    if (rules)
        desk_check_topics(checks.town.units, checks.town.deadlines, rules, problems);
    if (rules && problems_count(problems) == before)
        return rules;
    rules_free(rules);
    return NULL;
}

struct rules *config_rules_compile(const struct config *c, const char *dir,
                                   struct problems *problems)
{
    return compile(c, dir, NULL, NULL, problems);
}

struct rules *config_rules_check(const struct config *c, const char *dir,
                                 const struct lint *lint, struct problems *problems,
                                 size_t *examples)
{
    return config_rules_check_edited(c, dir, NULL, lint, problems, examples);
}

struct rules *config_rules_check_edited(const struct config *c, const char *dir,
                                        const struct rules_edit *edit, const struct lint *lint,
                                        struct problems *problems, size_t *examples)
{
    struct rules *rules = compile(c, dir, edit, lint, problems);
    size_t before = problems_count(problems), run = 0;

    if (rules)
        run = rules_run_examples_edited(rules, dir, edit, problems);
    if (examples)
        *examples = run;
    problems_sort(problems);
    if (problems_count(problems) == before)
        return rules;
    rules_free(rules);
    return NULL;
}
