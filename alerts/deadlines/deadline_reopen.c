/* When an answered concern is reopened by itself. */
#include "alerts/concern.h"
#include "alerts/deadlines/deadline_form.h"
#include "base/clock.h"

static const struct deadline_reopen usual = {.answers = 5, .percent = 60,
                                             .survey_within = 30 * CLOCK_DAY, .items = 3,
                                             .sources = 2, .posts_within = 30 * CLOCK_DAY};

static const struct conf_key survey_keys[] = {
    {"answers", CONF_INT, true, NULL, NULL, NULL, 0, 100000, NULL},
    {"not_yet", CONF_INT, false, NULL, NULL, NULL, 1, 100, "百分比 (a percentage)"},
    {"within", CONF_DURATION, false, NULL, NULL, NULL, 3600e3, 366 * 86400e3, NULL},
    {0},
};
static const struct conf_key posts_keys[] = {
    {"items", CONF_INT, true, NULL, NULL, NULL, 0, 10000, NULL},
    {"sources", CONF_INT, false, NULL, NULL, NULL, 1, CONCERN_LATE_SOURCES, NULL},
    {"within", CONF_DURATION, false, NULL, NULL, NULL, 3600e3, 366 * 86400e3, NULL},
    {0},
};
const struct conf_key deadline_reopen_keys[] = {
    {"survey", CONF_MAP, false, survey_keys, NULL, NULL, 0, 0, NULL},
    {"posts", CONF_MAP, false, posts_keys, NULL, NULL, 0, 0, NULL},
    {0},
};

void deadline_read_reopen(struct deadline_reopen *r, const struct conf_node *node,
                          struct problems *problems)
{
    const struct conf_node *survey = conf_get(node, "survey"), *posts = conf_get(node, "posts");

    r->answers = (uint32_t)conf_int(conf_get(survey, "answers"), usual.answers);
    r->percent = (uint32_t)conf_int(conf_get(survey, "not_yet"), usual.percent);
    r->survey_within = conf_int(conf_get(survey, "within"), usual.survey_within);
    r->items = (uint32_t)conf_int(conf_get(posts, "items"), usual.items);
    r->sources = (uint32_t)conf_int(conf_get(posts, "sources"), usual.sources);
    r->posts_within = conf_int(conf_get(posts, "within"), usual.posts_within);
    if (r->items && r->sources > r->items)
        conf_problem(problems, posts,
                     "reopen: 信源数不能多于条目数 (more sources than items can never be)");
}
