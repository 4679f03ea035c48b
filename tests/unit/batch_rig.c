#define _GNU_SOURCE
#include "tests/unit/batch_rig.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tests/unit/paths.h"
#include "tests/unit/store_samples.h"
#include "tests/unit/unit.h"

static int restore_concern(void *arg, const struct concern *c)
{
    return desk_restore_concern(arg, c);
}

static int restore_unit(void *arg, const char *unit, uint64_t head, bool offline)
{
    (void)offline;
    return desk_restore_unitseq(arg, unit, head);
}

static void stop(struct batch_rig *t)
{
    batch_free(t->batch);
    desk_free(t->desk);
    store_close(t->store);
}

static void start(struct batch_rig *t)
{
    assert_int_equal(store_open(t->address, &t->store), 0);
    t->desk = desk_new(&t->conf, store_head(t->store));
    assert_int_equal(store_each_concern(t->store, t->now - t->conf.group_window, restore_concern,
                                        t->desk), 0);
    assert_int_equal(store_each_unit(t->store, restore_unit, t->desk), 0);
    t->batch = batch_new(&(struct batch_conf){&t->config, t->roster, t->store, t->table});
    assert_non_null(t->batch);
}

void batch_rig_restart(struct batch_rig *t)
{
    stop(t);
    start(t);
}

/* A concern of the labour unit, as a poll would have opened it. */
static void open_concern(struct batch_rig *t)
{
    struct verdict_tag tag = {.topic = STR("wage-arrears"), .score = 0.9f};
    struct verdict v = {.tags = &tag, .ntags = 1, .kind = VERDICT_RAISED};
    struct changes out = {0};

    assert_int_equal(desk_item(t->desk, &v, &(struct desk_origin){.source = 1}, t->now, &out,
                               &t->concern), 0);
    assert_true(t->concern != 0);
    const struct concern *list[] = {desk_concern(t->desk, t->concern)};
    struct store_batch batch = {.events = out.events, .nevents = out.nevents, .concerns = list,
                                .nconcerns = 1};
    assert_int_equal(store_commit(t->store, &batch), 0);
    desk_changes_free(&out);
}

int batch_rig_set_up(void **state)
{
    static const char *const names[] = {"office", "labour", "health"};
    struct batch_rig *t = calloc(1, sizeof *t);
    struct problems *p = problems_new();
    char path[4096], calendars[4096];

    *state = t;
    t->now = clock_days(2026, 3, 2) * CLOCK_DAY + 9 * BATCH_RIG_HOUR - CLOCK_CHINA;
    static char labour[] = "labour", *roles[] = {labour, NULL};
    for (size_t i = 0; i < 3; i++) {
        snprintf(t->list[i].id, sizeof t->list[i].id, "%s", names[i]);
        t->list[i].parent = i ? 0 : -1;
    }
    t->list[1].roles = roles;
    static char *none[] = {NULL};
    t->list[0].roles = t->list[2].roles = none;
    static uint32_t by_id[] = {2, 1, 0}; /* health, labour, office */
    t->units = (struct units){.list = t->list, .count = 3, .by_id = by_id};
    t->roster = roster_new();
    t->table = source_table_new();
    rules_set_shipped(paths_source("rules", path));
    t->conf.units = &t->units;
    t->conf.rules = rules_compile(paths_source("tests/data/town-rules", path), p);
    t->conf.deadlines = deadline_load(paths_source("rules/deadlines.yaml", path),
                                      paths_source("rules/calendars", calendars), p);
    t->conf.group_window = 7 * CLOCK_DAY;
    problems_print(p, stderr);
    problems_free(p);
    t->folder = samples_folder();
    if (!t->conf.rules || !t->conf.deadlines ||
        asprintf(&t->address, "sqlite:%s/ledger.db", t->folder) < 0)
        return -1;
    start(t);
    open_concern(t);
    return 0;
}

int batch_rig_tear_down(void **state)
{
    struct batch_rig *t = *state;

    stop(t);
    rules_free((struct rules *)t->conf.rules);
    deadline_free((struct deadlines *)t->conf.deadlines);
    source_table_free(t->table);
    roster_free(t->roster);
    samples_remove(t->folder);
    free(t->folder);
    free(t->address);
    free(t);
    return 0;
}

int batch_rig_do(struct batch_rig *t, const struct command *c)
{
    struct command of = *c;
    struct store_batch out;
    int status;

    of.concern = t->concern;
    assert_int_equal(batch_begin(t->batch, t->desk, t->now, &(struct batch_bounds){.commands = 1}),
                     0);
    assert_int_equal(batch_command(t->batch, &of, &status, &t->reason, &t->seq), 0);
    assert_int_equal(batch_replies_want(t->batch), 0);
    if (batch_finish(t->batch, &out))
        assert_int_equal(store_commit(t->store, &out), 0);
    batch_applied(t->batch);
    return status;
}
