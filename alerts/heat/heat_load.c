/* grades.yaml: the levels of heat, and the criteria of each grade. */
#define _GNU_SOURCE
#include <math.h>
#include <stdlib.h>

#include "alerts/heat/heat.h"
#include "base/conf.h"
#include "base/err.h"

static const char *const grades[] = {"ordinary", "larger", "major", "grave", NULL};

static const struct conf_key level_keys[] = {
    {"items", CONF_INT, false, NULL, NULL, NULL, 1, 1000000, NULL},
    {"sources", CONF_INT, false, NULL, NULL, NULL, 1, 100000, NULL},
    {"rate", CONF_NUMBER, false, NULL, NULL, NULL, 0.001, 100000, NULL},
    {0},
};
static const struct conf_key criterion_keys[] = {
    {"text", CONF_TEXT, true, NULL, NULL, NULL, 0, 0, NULL},
    {"source", CONF_TEXT, true, NULL, NULL, NULL, 0, 0, NULL},
    {0},
};
static const struct conf_key criterion = {NULL, CONF_MAP, false, criterion_keys, NULL, NULL, 0, 0,
                                          NULL};
static const struct conf_key grade_keys[] = {
    {"grade", CONF_CHOICE, true, NULL, NULL, grades, 0, 0, NULL},
    {"heat", CONF_MAP, false, level_keys, NULL, NULL, 0, 0, NULL},
    {"criteria", CONF_LIST, false, NULL, &criterion, NULL, 0, 0, NULL},
    {0},
};
static const struct conf_key grade_element = {NULL, CONF_MAP, false, grade_keys, NULL, NULL, 0, 0,
                                              NULL};
static const struct conf_key file_keys[] = {
    {"half_life", CONF_DURATION, false, NULL, NULL, NULL, 60e3, 30 * 24 * 3600e3, NULL},
    {"grades", CONF_LIST, true, NULL, &grade_element, NULL, 0, 0, NULL},
    {0},
};

static void read_level(struct heat_level *level, enum grade grade, const struct conf_node *node,
                       struct problems *problems)
{
    level->items = (uint32_t)conf_int(conf_get(node, "items"), 0);
    level->sources = (uint32_t)conf_int(conf_get(node, "sources"), 0);
    level->rate = (uint32_t)lrint(conf_number(conf_get(node, "rate"), 0) * HEAT_RATE_UNIT);
    if (node && grade == GRADE_ORDINARY)
        conf_problem(problems, node, "一般级不需要热度 (no heat proposes the lowest grade)");
    if (node && !conf_count(node))
        conf_problem(problems, node, "heat: 至少要有一项 (one of items, sources, rate at least)");
}

static int read_criteria(struct heat_rules *r, int grade, const struct conf_node *list,
                         struct problems *problems)
{
    if (conf_count(list) > HEAT_CRITERIA_MAX)
        conf_problem(problems, list, "criteria: 最多 %d 条 (at most %d)", HEAT_CRITERIA_MAX,
                     HEAT_CRITERIA_MAX);
    for (size_t i = 0; i < conf_count(list) && i < HEAT_CRITERIA_MAX; i++) {
        struct heat_criterion *c = &r->criteria[grade][r->ncriteria[grade]++];
        struct str text = conf_text(conf_get(conf_at(list, i), "text"));
        struct str source = conf_text(conf_get(conf_at(list, i), "source"));
        c->text = strndup(text.n ? text.p : "", text.n);
        c->source = strndup(source.n ? source.p : "", source.n);
        if (!c->text || !c->source)
            return ERR_NOMEM;
    }
    return 0;
}

static int read_grade(struct heat_rules *r, const struct conf_node *node, bool *seen,
                      struct problems *problems)
{
    int grade = event_grade_find(conf_text(conf_get(node, "grade")));

    if (grade < 0)
        return 0;
    if (seen[grade])
        conf_problem(problems, node, "等级重复 (this grade stands twice)");
    if (seen[grade])
        return 0;
    seen[grade] = true;
    read_level(&r->levels[grade], (enum grade)grade, conf_get(node, "heat"), problems);
    return read_criteria(r, grade, conf_get(node, "criteria"), problems);
}

struct heat_rules *heat_load(const char *path, struct problems *problems)
{
    size_t before = problems_count(problems);
    struct conf_doc *doc = conf_load(path, file_keys, problems);
    const struct conf_node *list = conf_get(conf_root(doc), "grades");
    struct heat_rules *r = calloc(1, sizeof *r);
    bool seen[HEAT_GRADES] = {false};
    int err = r ? 0 : ERR_NOMEM;

    if (r)
        r->half_life = conf_int(conf_get(conf_root(doc), "half_life"), 6 * 3600 * 1000);
    for (size_t i = 0; !err && i < conf_count(list); i++)
        err = read_grade(r, conf_at(list, i), seen, problems);
    if (err)
        problems_add(problems, path, 0, "%s", err_text(err));
    conf_free(doc);
    if (problems_count(problems) == before)
        return r;
    heat_free(r);
    return NULL;
}

void heat_free(struct heat_rules *r)
{
    for (int g = 0; r && g < HEAT_GRADES; g++)
        for (size_t i = 0; i < r->ncriteria[g]; i++) {
            free(r->criteria[g][i].text);
            free(r->criteria[g][i].source);
        }
    free(r);
}
