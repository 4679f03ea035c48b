#define _GNU_SOURCE
#include "tests/unit/desk_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "classifiers/mask/mask.h"
#include "tests/unit/unit.h"
#include "tests/unit/units_text.h"

static const char usual_town[] =
    "coordinator: office\n"
    "units:\n"
    "  - {id: city, name: {zh: 市政府办}}\n"
    "  - {id: office, name: {zh: 区政务公开办}, parent: city}\n"
    "  - {id: hr, name: {zh: 区人社局}, parent: city, roles: [labour]}\n"
    "  - {id: hr-west, name: {zh: 西湖人社分局}, parent: hr, roles: [labour], region: \"330106\"}\n"
    "  - {id: health, name: {zh: 区卫健局}, parent: office, roles: [health]}\n";

size_t rules_topics(const struct rules *rules)
{
    return rules->count;
}

struct rules_topic rules_topic(const struct rules *rules, size_t i)
{
    return rules->topics[i];
}

int rules_find(const struct rules *rules, struct str id)
{
    for (size_t i = 0; i < rules->count; i++)
        if (str_eq(rules->topics[i].id, id))
            return (int)i;
    return -1;
}

/* Names of the units above need no masking. */
void mask_text(char *text, size_t n)
{
    (void)text;
    (void)n;
}

void town_open(struct town *t, const char *units, int64_t window)
{
    const char *source = getenv("srcdir");
    struct problems *problems = problems_new();
    char rules[4096], calendars[4096];

    snprintf(rules, sizeof rules, "%s/rules/deadlines.yaml", source ? source : ".");
    snprintf(calendars, sizeof calendars, "%s/rules/calendars", source ? source : ".");
    *t = (struct town){0};
    t->units = units_text(units ? units : usual_town, problems);
    t->deadlines = deadline_load(rules, calendars, problems);
    problems_print(problems, stderr);
    assert_int_equal(problems_count(problems), 0);
    problems_free(problems);
    t->rules.topics[0] = (struct rules_topic){
        .id = STR("wage-arrears"), .role = STR("labour"), .grade = STR("ordinary"),
        .deadlines = {STR("accept-2h"), STR("ordinary-48h")}, .ndeadlines = 2};
    t->rules.topics[1] = (struct rules_topic){
        .id = STR("epidemic"), .role = STR("health"), .grade = STR("major"),
        .deadlines = {STR("major-5h"), STR("major-24h"), STR("complaint-15wd")}, .ndeadlines = 3};
    t->rules.topics[2] = (struct rules_topic){
        .id = STR("land"), .role = STR("labour"), .grade = STR("ordinary"), .assess = true,
        .deadlines = {STR("accept-2h"), STR("ordinary-48h")}, .ndeadlines = 2};
    t->rules.count = 3;
    t->conf = (struct desk_conf){.units = t->units, .deadlines = t->deadlines, .rules = &t->rules,
                                 .group_window = window};
}

void town_close(struct town *t)
{
    units_free(t->units);
    deadline_free(t->deadlines);
}

struct town town;

int town_set_up(void **state)
{
    (void)state;
    town_open(&town, NULL, CLOCK_DAY);
    return 0;
}

int town_tear_down(void **state)
{
    (void)state;
    town_close(&town);
    return 0;
}

static uint32_t mix(uint32_t x)
{
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

struct verdict *town_verdict(struct verdict_box *box, const char *topic, const char *region,
                             uint32_t seed, int unequal)
{
    *box = (struct verdict_box){0};
    box->tag = (struct verdict_tag){.topic = str_from(topic), .score = 0.9f};
    box->region.code = str_from(region);
    box->v.tags = &box->tag;
    box->v.ntags = 1;
    box->v.regions = &box->region;
    box->v.nregions = *region ? 1 : 0;
    box->v.kind = VERDICT_RAISED;
    box->v.request = REQUEST_HELP;
    for (uint32_t i = 0; i < VERDICT_SKETCH; i++)
        box->v.sketch[i] = mix(seed * 16 + i + 1);
    for (int i = 0; i < unequal; i++)
        box->v.sketch[VERDICT_SKETCH - 1 - i] ^= 0x5a5a5a5au;
    return &box->v;
}

int64_t town_morning(void)
{
    return clock_days(2026, 3, 2) * CLOCK_DAY + 9 * HOUR - CLOCK_CHINA;
}
