/* Commands through a batch into a file, and what a restart finds there. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/batch.h"
#include "tests/unit/paths.h"
#include "tests/unit/store_samples.h"

#define HOUR (3600 * INT64_C(1000))
#define URL "https://www.example.gov.cn/hf/1.html"

struct bench {
    struct config config;
    struct unit list[3];
    struct units units;
    struct roster *roster;
    struct source_table *table;
    struct desk_conf conf;
    char *folder, *address;
    struct store *store;
    struct batch *batch;
    struct desk *desk;
    int64_t now;
    uint64_t concern, seq;
    const char *reason;
};

static int restore_concern(void *arg, const struct concern *c)
{
    return desk_restore_concern(arg, c);
}

static int restore_unit(void *arg, const char *unit, uint64_t head, bool offline)
{
    (void)offline;
    return desk_restore_unitseq(arg, unit, head);
}

static void stop(struct bench *t)
{
    batch_free(t->batch);
    desk_free(t->desk);
    store_close(t->store);
}

static void start(struct bench *t)
{
    assert_int_equal(store_open(t->address, &t->store), 0);
    t->desk = desk_new(&t->conf, store_head(t->store));
    assert_int_equal(store_each_concern(t->store, t->now - t->conf.group_window, restore_concern,
                                        t->desk), 0);
    assert_int_equal(store_each_unit(t->store, restore_unit, t->desk), 0);
    t->batch = batch_new(&(struct batch_conf){&t->config, t->roster, t->store, t->table});
    assert_non_null(t->batch);
}

static void restart(struct bench *t)
{
    stop(t);
    start(t);
}

/* A concern of the labour unit, as a poll would have opened it. */
static void open_concern(struct bench *t)
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

static int set_up(void **state)
{
    static const char *const names[] = {"office", "labour", "health"};
    struct bench *t = calloc(1, sizeof *t);
    struct problems *p = problems_new();
    char path[4096], calendars[4096];

    *state = t;
    t->now = clock_days(2026, 3, 2) * CLOCK_DAY + 9 * HOUR - CLOCK_CHINA;
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

static int tear_down(void **state)
{
    struct bench *t = *state;

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

/* One command in a transaction of its own; its status. */
static int command(struct bench *t, const struct command *c)
{
    struct command of = *c;
    struct store_batch out;
    int status;

    of.concern = t->concern;
    assert_int_equal(batch_begin(t->batch, t->desk, t->now, &(struct batch_bounds){.commands = 1}),
                     0);
    assert_int_equal(batch_command(t->batch, &of, &status, &t->reason, &t->seq), 0);
    if (batch_finish(t->batch, &out))
        assert_int_equal(store_commit(t->store, &out), 0);
    batch_applied(t->batch);
    return status;
}

static void notes_and_parties_outlive_a_restart(void **state)
{
    struct bench *t = *state;
    struct command assist = {.act = COMMAND_ASSIST, .by = STR("office"), .units = {STR("health")},
                             .nunits = 1, .note = STR("请联系13800138000核实"), .key = STR("k1")};
    struct concern c;
    struct buf note = BUF_INIT;

    assert_int_equal(command(t, &assist), 0);
    uint64_t seq = t->seq;
    assert_true(seq != 0);
    restart(t);
    assert_int_equal(store_note(t->store, seq, &note), 0);
    assert_true(str_starts(buf_str(&note), STR("请联系")));
    assert_true(str_find(buf_str(&note), STR("13800138000"), 0) == (size_t)-1); /* masked */
    assert_int_equal(store_concern(t->store, t->concern, &c), 0);
    assert_true(c.nparties == 2 && strcmp(c.parties[1].unit, "health") == 0);
    concern_clear(&c);
    /* the same key is the same act, also after the restart */
    assert_int_equal(command(t, &assist), 0);
    assert_true(t->seq == seq);
    assist.key = STR("k2");
    assert_int_equal(command(t, &assist), ERR_REFUSED);
    /* the unit that assists acts after the restart as before */
    struct command part = {.act = COMMAND_ACCEPT, .by = STR("health")};
    assert_int_equal(command(t, &part), 0);
    assert_int_equal(desk_concern(t->desk, t->concern)->state, CONCERN_OPEN);
    buf_free(&note);
}

static void what_was_closed_long_ago_can_be_reopened(void **state)
{
    struct bench *t = *state;
    struct command answer = {.act = COMMAND_ANSWER, .by = STR("labour"), .url = STR(URL)};
    struct command again = {.act = COMMAND_REOPEN, .note = STR("未解决")};

    assert_int_equal(command(t, &answer), 0);
    t->now += 90 * CLOCK_DAY;
    restart(t);
    assert_null(desk_concern(t->desk, t->concern)); /* forgotten */
    assert_int_equal(command(t, &answer), 0);       /* the same answer again: nothing new */
    assert_true(t->seq == 0);
    assert_int_equal(command(t, &again), 0);
    assert_true(t->seq != 0);
    restart(t);
    const struct concern *c = desk_concern(t->desk, t->concern);
    assert_non_null(c);
    assert_true(c->state == CONCERN_OPEN && c->round == 1 && c->misses == 0);
    assert_true(c->due == t->now + 48 * HOUR && desk_next(t->desk) > t->now);
    t->concern = 999;
    assert_int_equal(command(t, &again), ERR_NOTFOUND);
}

int main(void)
{
#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        BENCH_TEST(notes_and_parties_outlive_a_restart),
        BENCH_TEST(what_was_closed_long_ago_can_be_reopened),
    };
    return cmocka_run_group_tests_name("batch commands", tests, NULL, NULL);
}
