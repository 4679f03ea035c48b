/* What a machine may do by its lease, on a real Redis. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/cluster/node.h"
#include "tests/helpers/redis_server.h"
#include "tests/unit/crew.h"

enum { LEASE = 6000, SHORT = 1500 };

static atomic_int slept; /* s; what suspending a machine does to its clocks */

int clock_gettime(clockid_t id, struct timespec *out)
{
    long done = syscall(SYS_clock_gettime, id, out);

    if (!done && id == CLOCK_BOOTTIME)
        out->tv_sec += slept;
    return (int)done;
}

/* Others polled meanwhile what it held: it holds nothing when it wakes, until it has beaten. */
static void who_slept_through_its_lease_holds_nothing(void **state)
{
    char *where = crew_address(), name[] = "a", at[] = "http://127.0.0.1:8420";
    int64_t until = clock_mono() + CREW_WAIT_MS;
    struct node *node;
    uint64_t before, now;

    (void)state;
    struct config config = {.store = where, .node = name, .public_url = at, .lease = LEASE};
    assert_int_equal(node_open(&config, &node), 0);
    before = node_holds(node, 7);
    assert_true(before);
    slept += LEASE / 1000;
    assert_int_equal(node_holds(node, 7), 0);
    while (!(now = node_holds(node, 7)) && clock_mono() < until)
        clock_sleep(CREW_LOOK_MS);
    assert_true(now);
    assert_int_not_equal(now, before); /* anybody may have held it in between */
    node_close(node);
    free(where);
}

/* It leads what Redis has lost a part of, that another machine has shown: the store is opened anew,
 * which finds it. */
static void what_was_shown_and_is_gone_is_noticed(void **state)
{
    char *where = crew_address(), name[] = "a", at[] = "http://127.0.0.1:8420";
    char epoch[] = "an-epoch", key[32];
    int64_t until = clock_mono() + CREW_WAIT_MS;
    struct node_part first, now;
    struct cluster *other;
    struct node *node;

    (void)state;
    struct config config = {.store = where, .node = name, .public_url = at, .lease = SHORT};
    snprintf(key, sizeof key, "{%s}:meta", strchr(where, '?') + 1);
    free(redis_server_say(crew_server(),
                          (const char *[]){"HSET", key, "epoch", epoch, "head", "4", NULL}));
    assert_int_equal(node_open(&config, &node), 0);
    node_shown(node, epoch, 4);
    node_part(node, &first);
    assert_true(first.leads);
    for (int64_t end = clock_mono() + SHORT; clock_mono() < end; clock_sleep(CREW_LOOK_MS))
        continue;
    node_part(node, &now);
    assert_true(now.term == first.term);
    struct cluster_beat b;
    assert_int_equal(cluster_open(&(struct cluster_conf){where, "b", "b", LEASE}, &other), 0);
    cluster_shown(other, epoch, 5);
    assert_int_equal(cluster_beat(other, NULL, &b), 0);
    do {
        node_part(node, &now);
        clock_sleep(CREW_LOOK_MS);
    } while (now.term == first.term && clock_mono() < until);
    assert_true(now.term > first.term && now.leads);
    cluster_close(other);
    node_close(node);
    free(where);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_slept_through_its_lease_holds_nothing),
        cmocka_unit_test(what_was_shown_and_is_gone_is_noticed),
    };
    signal(SIGUSR1, SIG_IGN); /* a node's, to its process */
    return cmocka_run_group_tests(tests, crew_begin, crew_end);
}
