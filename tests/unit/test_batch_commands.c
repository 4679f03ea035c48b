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

/* An item as a poll would have brought it: the concern that it opened or joined. */
static uint64_t put_item(struct bench *t, unsigned char number, uint32_t seed, const char *source)
{
    struct verdict_tag tag = {.topic = STR("wage-arrears"), .score = 0.9f};
    struct verdict v = {.tags = &tag, .ntags = 1, .kind = VERDICT_RAISED};
    struct store_item item = samples_item(number, "word");
    struct changes out = {0};

    for (uint32_t i = 0; i < VERDICT_SKETCH; i++)
        v.sketch[i] = seed * 100 + i;
    item.ident[0] = number;
    item.source = str_from(source);
    item.found = t->now + number;
    memcpy(item.sketch, v.sketch, sizeof v.sketch);
    assert_int_equal(desk_item(t->desk, &v, &(struct desk_origin){.source = seed}, t->now, &out,
                               &item.concern), 0);
    const struct concern *list[] = {desk_concern(t->desk, item.concern)};
    assert_int_equal(store_commit(t->store, &(struct store_batch){
                                                .items = &item, .nitems = 1, .concerns = list,
                                                .nconcerns = 1, .events = out.events,
                                                .nevents = out.nevents}), 0);
    desk_changes_free(&out);
    return item.concern;
}

static void name_items(struct command *c, const unsigned char *numbers, size_t n)
{
    c->nitems = n;
    for (size_t i = 0; i < n; i++) {
        struct store_item item = samples_item(numbers[i], "");
        item.ident[0] = numbers[i];
        memcpy(c->items[i], item.ident, STORE_IDENT);
    }
}

static int add_number(void *arg, const struct store_item *item)
{
    *(unsigned *)arg = *(unsigned *)arg * 10 + item->ident[0];
    return 0;
}

/* The numbers of a concern's items as digits, and how many items and sources it says it has. */
static void check_items(struct bench *t, uint64_t id, unsigned numbers, uint32_t items,
                        uint32_t sources)
{
    struct concern c;
    unsigned there = 0;

    assert_int_equal(store_each_member(t->store, id, add_number, &there), 0);
    assert_int_equal(there, numbers);
    assert_int_equal(store_concern(t->store, id, &c), 0);
    assert_int_equal(c.items, items);
    assert_int_equal(c.sources, sources);
    concern_clear(&c);
}

static void items_follow_in_the_same_transaction(void **state)
{
    struct bench *t = *state;
    uint64_t one = put_item(t, 1, 1, "a"), two = put_item(t, 2, 2, "a");

    assert_true(put_item(t, 3, 1, "b") == one && put_item(t, 4, 2, "c") == two);
    assert_true(put_item(t, 5, 1, "b") == one && one != two);
    restart(t); /* which sources were counted is known to the store alone */
    t->concern = one;
    assert_int_equal(command(t, &(struct command){.act = COMMAND_MERGE, .other = two}), 0);
    check_items(t, one, 0, 0, 0);
    check_items(t, two, 12345, 5, 3);
    restart(t);
    assert_true(put_item(t, 6, 1, "d") == two); /* its copies go where it went */

    struct command split = {.act = COMMAND_SPLIT, .note = STR("是另一处工地"), .key = STR("k1")};
    name_items(&split, (const unsigned char[]){5, 1, 3}, 3);
    t->concern = two;
    assert_int_equal(command(t, &split), 0);
    uint64_t three = t->seq + 1;
    check_items(t, two, 246, 3, 3);
    check_items(t, three, 135, 3, 2);
    assert_int_equal(command(t, &split), 0); /* the same key: done before */
    split.key = STR("k2");
    assert_int_equal(command(t, &split), ERR_INVALID); /* they are not its own any more */
    restart(t);
    assert_true(put_item(t, 7, 1, "d") == three);

    struct command move = {.act = COMMAND_MOVE, .other = two};
    name_items(&move, (const unsigned char[]){7, 5}, 2);
    t->concern = three;
    assert_int_equal(command(t, &move), 0);
    check_items(t, three, 13, 2, 2);
    check_items(t, two, 24567, 5, 4);
    name_items(&move, (const unsigned char[]){1, 1}, 2);
    assert_int_equal(command(t, &move), ERR_INVALID);
    name_items(&move, (const unsigned char[]){1, 3}, 2);
    assert_int_equal(command(t, &move), ERR_REFUSED);
    move.other = 999;
    assert_int_equal(command(t, &move), ERR_INVALID);
}

int main(void)
{
#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        BENCH_TEST(notes_and_parties_outlive_a_restart),
        BENCH_TEST(what_was_closed_long_ago_can_be_reopened),
        BENCH_TEST(items_follow_in_the_same_transaction),
    };
    return cmocka_run_group_tests_name("batch commands", tests, NULL, NULL);
}
