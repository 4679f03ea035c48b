#define _GNU_SOURCE
#include "tests/unit/desk_rig.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"

struct desk_rig desk_rig;

int desk_rig_open(void **state)
{
    (void)state;
    town_open(&desk_rig.town, NULL, DESK_RIG_WINDOW);
    desk_rig.desk = desk_new(&desk_rig.town.conf, 0);
    return desk_rig.desk ? 0 : -1;
}

int desk_rig_close(void **state)
{
    (void)state;
    desk_free(desk_rig.desk);
    desk_changes_free(&desk_rig.changes);
    town_close(&desk_rig.town);
    return 0;
}

uint64_t desk_rig_item_of(struct verdict *v, uint64_t source, int64_t now)
{
    uint64_t concern;

    desk_changes_reset(&desk_rig.changes);
    assert_int_equal(desk_item(desk_rig.desk, v, &(struct desk_origin){.source = source}, now,
                               &desk_rig.changes, &concern), 0);
    return concern;
}

uint64_t desk_rig_item(const char *topic, const char *region, uint32_t seed, int unequal,
                       int64_t now)
{
    struct verdict_box box;

    return desk_rig_item_of(town_verdict(&box, topic, region, seed, unequal), 1, now);
}

int desk_rig_command(enum command_act act, uint64_t concern, const char *by, const char *url,
                   int64_t now)
{
    struct command c = {
        .act = act, .concern = concern, .by = str_from(by), .url = str_from(url)};
    const char *reason = "unset";
    int err;

    desk_changes_reset(&desk_rig.changes);
    err = desk_command(desk_rig.desk, &c, now, &desk_rig.changes, &reason);
    assert_int_equal(err == 0, reason == NULL);
    if (err)
        assert_int_equal(desk_rig.changes.nevents, 0);
    return err;
}

void desk_rig_tick(int64_t now)
{
    desk_changes_reset(&desk_rig.changes);
    assert_int_equal(desk_tick(desk_rig.desk, now, 1000, &desk_rig.changes), 0);
}

void desk_rig_check_event(size_t i, enum event_type type, enum act act, int percent,
                        const char *audience)
{
    char heard[400] = "";
    const struct event *e = &desk_rig.changes.events[i];

    assert_true(i < desk_rig.changes.nevents);
    for (size_t j = 0; j < e->naudience; j++) {
        size_t n = strlen(heard);
        snprintf(heard + n, sizeof heard - n, "%s%s:%d", j ? " " : "", e->audience[j].unit,
                 (int)e->audience[j].unitseq);
    }
    if (e->type != type || e->act != act || e->percent != percent ||
        strcmp(heard, audience) != 0)
        fail_msg("event %zu is %s act %s %d%% to %s", i, event_type_name(e->type),
                 event_act_name(e->act), e->percent, heard);
}
