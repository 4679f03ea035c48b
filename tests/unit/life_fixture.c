#include "tests/unit/life_fixture.h"

#include <string.h>

#include "base/clock.h"
#include "tests/unit/unit.h"

static const char units[] =
    "coordinator: office\n"
    "units:\n"
    "  - {id: city, name: {zh: 市政府办}}\n"
    "  - {id: office, name: {zh: 区政务公开办}, parent: city}\n"
    "  - {id: hr, name: {zh: 区人社局}, parent: city, roles: [labour]}\n"
    "  - {id: hr-west, name: {zh: 西湖人社分局}, parent: hr, roles: [labour], region: \"330106\",\n"
    "     approver: hr}\n"
    "  - {id: hr-desk, name: {zh: 西湖人社所}, parent: hr-west}\n"
    "  - {id: health, name: {zh: 区卫健局}, parent: office, roles: [health]}\n"
    "  - {id: roads, name: {zh: 区公路中心}, parent: city}\n"
    "  - {id: water, name: {zh: 区水务局}, parent: city}\n"
    "  - {id: parks, name: {zh: 区园林所}, parent: city}\n"
    "outside:\n"
    "  - {id: power, name: {zh: 供电公司}, channel: \"" LIFE_URL "\"}\n"
    "  - {id: rail, name: {zh: 铁路部门}, channel: \"https://a.gov.cn/2\"}\n";

struct life life;

int life_set_up(void **state)
{
    (void)state;
    life_open(&life);
    return 0;
}

int life_tear_down(void **state)
{
    (void)state;
    life_close(&life);
    return 0;
}

void life_open(struct life *l)
{
    *l = (struct life){.now = town_morning()};
    town_open(&l->town, units, 7 * CLOCK_DAY);
    life_clear(l);
}

void life_close(struct life *l)
{
    desk_free(l->desk);
    desk_changes_free(&l->out);
    town_close(&l->town);
}

void life_clear(struct life *l)
{
    desk_free(l->desk);
    l->desk = desk_new(&l->town.conf, 0);
    assert_non_null(l->desk);
    l->other = 0;
}

static void put(struct life *l, const char *topic, uint64_t source)
{
    struct verdict_box box;

    desk_changes_reset(&l->out);
    assert_int_equal(desk_item(l->desk, town_verdict(&box, topic, "330106", l->seed, 0),
                               &(struct desk_origin){.source = source}, l->now, &l->out, &l->id),
                     0);
    assert_true(l->id != 0);
    l->found.items = 1;
    memcpy(l->found.sketches[0], box.v.sketch, sizeof box.v.sketch);
    memcpy(l->found.rest, box.v.sketch, sizeof box.v.sketch);
}

void life_item(struct life *l, const char *topic)
{
    l->seed++;
    put(l, topic, 1);
    assert_true(l->out.events[0].type == EVENT_OPENED);
}

void life_copy(struct life *l)
{
    put(l, life_concern(l)->topic, 2);
    assert_true(l->out.events[0].type == EVENT_JOINED);
}

const struct concern *life_concern(const struct life *l)
{
    return desk_concern(l->desk, l->id);
}

int life_do(struct life *l, const struct command *c)
{
    struct command of = *c;
    int err;

    of.concern = l->id;
    desk_changes_reset(&l->out);
    l->reason = "unset";
    err = desk_command(l->desk, &of, l->now, &l->out, &l->reason);
    assert_int_equal(err == 0, l->reason == NULL);
    if (err)
        assert_true(!l->out.nevents && !l->out.nnotes && !l->out.nconcerns && !l->out.ntexts);
    return err;
}

int life_act(struct life *l, enum command_act act, const char *by, const char *first,
             const char *second)
{
    unsigned must = command_form(act)->must;
    struct command c = {.act = act, .by = str_from(by)};
    const char *const named[] = {first, second};
    const struct concern *concern = life_concern(l);

    if (must & MEMBER_URL)
        c.url = STR(LIFE_URL);
    if (must & MEMBER_NOTE)
        c.note = STR("情况说明");
    for (size_t i = 0; i < 2; i++)
        if (named[i])
            c.units[c.nunits++] = str_from(named[i]);
    if (must & MEMBER_TEXT)
        c.text = STR(LIFE_TEXT);
    if (act == COMMAND_APPROVE || act == COMMAND_DENY)
        c.draft = concern->draft;
    if (must & MEMBER_GRADE) {
        c.graded = true;
        c.grade = GRADE_LARGER;
    }
    if (must & MEMBER_UNTIL)
        c.until = (concern->extended ? concern->extended : concern->due) + HOUR;
    if (must & MEMBER_CODE)
        c.code = DISMISSAL_OLD_NEWS;
    if (must & MEMBER_OTHER)
        c.other = l->other ? l->other : 7777;
    if (must & MEMBER_ITEMS) {
        c.nitems = 1;
        c.found = &l->found;
    }
    return life_do(l, &c);
}

void life_ok(enum command_act act, const char *by, const char *first, const char *second)
{
    int err = life_act(&life, act, by, first, second);

    if (err)
        fail_msg("%s by %s: %s", command_form(act)->name, by, life.reason);
}

const struct event *life_event(const struct life *l, size_t i, enum event_type type)
{
    assert_true(i < l->out.nevents);
    assert_string_equal(event_type_name(l->out.events[i].type), event_type_name(type));
    return &l->out.events[i];
}

bool life_heard(const struct event *e, const char *unit)
{
    for (size_t i = 0; i < e->naudience; i++)
        if (strcmp(e->audience[i].unit, unit) == 0)
            return true;
    return false;
}

const struct concern_party *life_party(const struct life *l, const char *unit)
{
    const struct concern *c = life_concern(l);

    for (size_t i = 0; i < c->nparties; i++)
        if (strcmp(c->parties[i].unit, unit) == 0)
            return &c->parties[i];
    return NULL;
}
