/* What passes with a slot, on a real Redis. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/cluster/handover.h"
#include "tests/unit/crew.h"

/* Begun in one go, whatever else is held. */
enum { SLOTS = 32, HOUR_MS = 3600000, LEASE = 60000 };

/* Its address is of one of the SLOTS, which is returned. */
static unsigned add(struct roster *roster, const char *id)
{
    char url[64];
    unsigned slot, n = 0;
    uint32_t index;

    do {
        snprintf(url, sizeof url, "https://%s%u.example/feed", id, n++);
        slot = handover_slot(url);
    } while (slot >= SLOTS);
    struct source s = {.id = (char *)id, .name = (char *)id, .url = url, .interval = HOUR_MS};
    assert_int_equal(roster_add(roster, &s, &index), 0);
    return slot;
}

static struct node *hold(const struct config *config)
{
    int64_t until = clock_mono() + CREW_WAIT_MS;
    struct node *node;

    assert_int_equal(node_open(config, &node), 0);
    for (unsigned i = 0; i < SLOTS; i++)
        while (!node_holds(node, i))
            assert_true(clock_mono() < until);
    return node;
}

static bool note(void *arg, const struct cluster_due *due)
{
    char *text = arg;
    size_t at = strlen(text);

    snprintf(text + at, 256 - at, "%.*s ", STR_ARG(due->source));
    return true;
}

static void what_moved_elsewhere_is_not_kept_for_ever(void **state)
{
    char *where = crew_address(), name[] = "a", at[] = "http://127.0.0.1:8420", text[256] = "";
    struct roster *roster = roster_new();
    struct fetch_conf fetch_conf = {.user_agent = "huiying-test", .max_transfers = 1};
    bool slots[CLUSTER_SLOTS] = {false}, taken[CLUSTER_SLOTS] = {false};
    struct cluster *cluster;

    (void)state;
    struct config config = {.store = where, .node = name, .public_url = at, .lease = LEASE};
    const struct cluster_conf conf = {where, name, at, LEASE};
    unsigned stays = add(roster, "stays"), moved = add(roster, "moved"), late = add(roster, "late");
    const int64_t now = clock_now();
    const struct cluster_due dues[] = {
        {stays, STR("stays"), 1, 2}, /* polled no more for years, and its own slot's */
        {moved, STR("moved"), now, now + HOUR_MS},
        {(moved + 1) % SLOTS, STR("moved"), 1, 2}, /* of the address that it had */
        {(late + 1) % SLOTS, STR("late"), now, now + HOUR_MS}, /* its new one is not known here */
    };
    struct node *node = hold(&config);
    struct handover *h = handover_new(node, roster);
    struct fetch *f = fetch_new(&fetch_conf, roster, NULL);

    assert_true(h && f);
    assert_int_equal(cluster_open(&conf, &cluster), 0);
    assert_int_equal(cluster_polled(cluster, dues, 4), 0);
    assert_int_equal(handover_take(h, cluster, f, taken), 0);
    assert_true(taken[stays] && taken[(moved + 1) % SLOTS] && taken[(late + 1) % SLOTS]);
    memset(slots, true, sizeof slots);
    assert_int_equal(cluster_dues(cluster, slots, note, text), 0);
    const char *kept = strstr(text, "moved ");
    assert_true(kept && !strstr(kept + 1, "moved "));
    assert_non_null(strstr(text, "stays "));
    assert_non_null(strstr(text, "late "));
    fetch_stop(f);
    handover_free(h);
    cluster_close(cluster);
    node_close(node);
    roster_free(roster);
    free(where);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_moved_elsewhere_is_not_kept_for_ever),
    };
    signal(SIGUSR1, SIG_IGN); /* a node's, to its process */
    return cmocka_run_group_tests(tests, crew_begin, crew_end);
}
