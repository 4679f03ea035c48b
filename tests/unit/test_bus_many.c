/* Many receivers of one unit: what they get is read once, and each has its own place. */
#include "tests/unit/bus_rig.h"

#include <stdio.h>

#include "alerts/bus/shelf.h"

enum { DESKS = 8 };

static void welcome_all(struct rig *r, struct bus_client *desks[static DESKS])
{
    for (int i = 0; i < DESKS; i++) {
        char name[24];
        snprintf(name, sizeof name, "desk-%d", i);
        desks[i] = rig_client(r, &r->wages, name, "", 0, NULL);
    }
}

static void close_all(struct bus_client *desks[static DESKS])
{
    for (int i = 0; i < DESKS; i++)
        bus_client_close(desks[i]);
}

static void they_share_one_reading(void **state)
{
    struct rig *r = *state;
    struct bus_client *desks[DESKS];

    welcome_all(r, desks);
    memory_ledger_add_many(r->ledger, "wage-arrears", "wages", 40);
    for (int i = 0; i < DESKS; i++)
        for (uint64_t n = 1; n <= 40; n++)
            assert_int_equal(rig_next_event(desks[i]), n);
    assert_int_equal(memory_ledger_briefs(r->ledger), 40);
    memory_ledger_add(r->ledger, "wage-arrears", "wages", NULL);
    for (int i = 0; i < DESKS; i++)
        assert_int_equal(rig_next_event(desks[i]), 41);
    assert_int_equal(memory_ledger_briefs(r->ledger), 41);
    close_all(desks);
}

/* Some have part of it, some all, some go on with credit of one. */
static void each_has_its_own_place(void **state)
{
    struct rig *r = *state;
    struct bus_client *desks[DESKS];
    const uint64_t from[DESKS] = {0, 1, 63, 64, 65, 199, 200, 130};

    memory_ledger_add_many(r->ledger, "wage-arrears", "wages", 200);
    for (int i = 0; i < DESKS; i++) {
        char name[24];
        snprintf(name, sizeof name, "desk-%d", i);
        desks[i] = rig_client(r, &r->wages, name, from[i] ? RIG_EPOCH : "", from[i], NULL);
    }
    memory_ledger_add_many(r->ledger, "epidemic", "health", 3); /* of no interest to them */
    memory_ledger_add_many(r->ledger, "wage-arrears", "wages", 100);
    for (int i = DESKS; i-- > 0;)
        for (uint64_t n = from[i] + 1; n <= 300; n++)
            assert_int_equal(rig_next_event(desks[i]), n);
    close_all(desks);
}

/* Eight with a long way to go, from different places, and one that waits for news. */
static void who_catches_up_holds_up_nobody(void **state)
{
    struct rig *r = *state;
    struct bus_client *desks[DESKS];
    struct bus_client *live;

    memory_ledger_add_many(r->ledger, "wage-arrears", "wages", 2000);
    live = rig_client(r, &r->wages, "live", RIG_EPOCH, 2000, NULL);
    for (int i = 0; i < DESKS; i++) {
        char name[24];
        snprintf(name, sizeof name, "desk-%d", i);
        desks[i] = rig_client(r, &r->wages, name, i ? RIG_EPOCH : "", (uint64_t)(100 * i), NULL);
    }
    memory_ledger_add(r->ledger, "wage-arrears", "wages", NULL);
    assert_int_equal(rig_next_event(live), 2001);
    for (uint64_t n = 1; n <= 2001; n++)
        for (int i = 0; i < DESKS; i++)
            if (n > (uint64_t)(100 * i))
                assert_int_equal(rig_next_event(desks[i]), n);
    bus_client_close(live);
    close_all(desks);
}

/* All want their cursors kept while the disk is busy with the first, which then fails. */
static void acks_that_a_disk_loses_are_passed_again(void **state)
{
    struct rig *r = *state;
    struct bus_client *desks[DESKS];

    welcome_all(r, desks);
    memory_ledger_hold(r->ledger, true);
    memory_ledger_add(r->ledger, "wage-arrears", "wages", NULL);
    for (int i = 0; i < DESKS; i++) {
        assert_int_equal(rig_next_event(desks[i]), 1);
        assert_int_equal(bus_client_ack(desks[i], 1), 0);
    }
    assert_true(memory_ledger_await(r->ledger, 1));
    memory_ledger_lose(r->ledger);
    memory_ledger_hold(r->ledger, false);
    for (int i = 0; i < DESKS; i++) {
        json_t *m = rig_await(desks[i], "acked");
        assert_int_equal(rig_number(m, "unitseq"), 1);
        json_decref(m);
    }
    close_all(desks);
}

static void a_shelf_forgets_with_its_round(void **state)
{
    struct shelf *s = shelf_new();

    (void)state;
    assert_non_null(s);
    assert_int_equal(shelf_find(s, "wages", 1).n, 0);
    assert_false(shelf_ended(s, "wages", 1));
    for (uint64_t n = 1; n <= 64; n++)
        buf_addf(shelf_place(s, "wages", n), "%d", (int)n);
    for (uint64_t n = 1; n <= 64; n++) {
        char text[8];
        snprintf(text, sizeof text, "%d", (int)n);
        assert_true(str_is(shelf_find(s, "wages", n), text));
        assert_int_equal(shelf_find(s, "health", n).n, 0);
    }
    shelf_end(s, "wages", 65);
    assert_true(shelf_ended(s, "wages", 65));
    assert_false(shelf_ended(s, "wages", 64));
    assert_false(shelf_ended(s, "health", 65));
    shelf_clear(s);
    assert_int_equal(shelf_find(s, "wages", 64).n, 0);
    assert_false(shelf_ended(s, "wages", 65));
    shelf_free(s);
}

int main(void)
{
#define RIG(f) cmocka_unit_test_setup_teardown(f, rig_start, rig_stop)
    const struct CMUnitTest tests[] = {
        RIG(they_share_one_reading),
        RIG(each_has_its_own_place),
        RIG(who_catches_up_holds_up_nobody),
        RIG(acks_that_a_disk_loses_are_passed_again),
        cmocka_unit_test(a_shelf_forgets_with_its_round),
    };
    return cmocka_run_group_tests_name("bus_many", tests, NULL, NULL);
}
