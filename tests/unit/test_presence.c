/* Who is reachable, with time in the test's hands. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "alerts/bus/presence.h"
#include "base/err.h"
#include "base/log.h"

struct desk {
    struct presence *presence;
    char said[256]; /* what was told since it was asked last */
    uint64_t canary; /* number sent last */
    bool full;
    int64_t now;
};

static int tell(void *arg, const char *unit, bool offline, uint32_t missed)
{
    struct desk *d = arg;
    size_t n = strlen(d->said);

    if (d->full)
        return ERR_AGAIN;
    snprintf(d->said + n, sizeof d->said - n, "%s%c%u ", unit, offline ? '-' : '+', missed);
    return 0;
}

static void send_canary(void *arg, const char *unit, uint64_t number)
{
    (void)unit;
    ((struct desk *)arg)->canary = number;
}

static void expect(struct desk *d, const char *said)
{
    assert_string_equal(d->said, said);
    d->said[0] = '\0';
}

/* Turn every second, the named unit (or none) heard each time. */
static void pass(struct desk *d, int seconds, const char *heard)
{
    for (int i = 0; i < seconds; i++) {
        d->now += 1000;
        if (heard)
            presence_heard(d->presence, heard, d->now);
        presence_turn(d->presence, d->now);
    }
}

static int start(void **state)
{
    struct desk *d = calloc(1, sizeof *d);
    const struct presence_times times = {0};
    const struct presence_link link = {d, tell, send_canary};

    log_set_level(LOG_ERROR);
    d->now = 5000;
    d->presence = presence_new(&times, &link, d->now);
    presence_watch_begin(d->presence);
    presence_watch(d->presence, "wages");
    presence_watch(d->presence, "health");
    presence_watch_end(d->presence);
    *state = d;
    return 0;
}

static int stop(void **state)
{
    struct desk *d = *state;

    presence_free(d->presence);
    free(d);
    return 0;
}

static void silence_is_told_once(void **state)
{
    struct desk *d = *state;
    struct presence_counts n;

    pass(d, 8, "wages");
    expect(d, "wages+0 ");
    pass(d, 2, "wages"); /* the grace of who never came is over, within ten seconds */
    expect(d, "health-0 ");
    pass(d, 7, NULL);
    expect(d, "");
    pass(d, 2, NULL); /* within ten seconds */
    expect(d, "wages-0 ");
    presence_counts(d->presence, &n);
    assert_int_equal(n.expected, 2);
    assert_int_equal(n.offline, 2);
    pass(d, 3000, NULL);
    expect(d, "");
    pass(d, 1, "health");
    expect(d, "health+0 ");
}

/* Of two machines the one that follows tells the other whom it hears. */
static void heard_elsewhere_is_in_reach(void **state)
{
    struct desk *d = *state;
    struct presence_counts n;

    for (int i = 0; i < 400; i++) { /* more than PRESENCE_CANARIES rounds, of which it gets none */
        presence_elsewhere(d->presence, "health", d->now);
        pass(d, 1, "wages");
        presence_canary(d->presence, "wages", d->canary);
    }
    expect(d, "health+0 wages+0 ");
    presence_counts(d->presence, &n);
    assert_int_equal(n.offline, 0);
    assert_int_equal(n.canaries, 400 / 60);
    assert_int_equal(n.missed, 0);
    pass(d, 9, "wages");
    expect(d, "health-0 ");
    presence_elsewhere(d->presence, "health", d->now);
    presence_elsewhere(d->presence, "nobody", d->now);
    pass(d, 1, "wages");
    expect(d, "health+0 ");
}

static void name(void *arg, const char *unit)
{
    struct desk *d = arg;
    size_t n = strlen(d->said);

    snprintf(d->said + n, sizeof d->said - n, "%s ", unit);
}

static void who_follows_tells_whom_it_hears(void **state)
{
    struct desk *d = *state;
    const struct presence_times times = {0};
    const struct presence_link link = {d, NULL, send_canary};
    struct presence_counts n;

    presence_free(d->presence);
    d->presence = presence_new(&times, &link, d->now);
    presence_watch_begin(d->presence);
    presence_watch(d->presence, "wages");
    presence_watch(d->presence, "health");
    presence_watch_end(d->presence);
    presence_each(d->presence, d->now, name, d);
    pass(d, 40, "wages");
    expect(d, ""); /* that health is silent here says nothing */
    presence_each(d->presence, d->now, name, d);
    expect(d, "wages ");
    pass(d, 8, NULL);
    presence_each(d->presence, d->now, name, d);
    expect(d, "");
    pass(d, 200, "health"); /* which answers no canary */
    presence_each(d->presence, d->now, name, d);
    expect(d, "");
    presence_canary(d->presence, "health", d->canary);
    presence_each(d->presence, d->now, name, d);
    expect(d, "health ");
    presence_counts(d->presence, &n);
    assert_int_equal(n.expected + n.offline, 0);
}

static void a_full_ledger_is_told_again(void **state)
{
    struct desk *d = *state;

    d->full = true;
    pass(d, 40, "wages");
    expect(d, "");
    d->full = false;
    pass(d, 1, "wages");
    expect(d, "health-0 wages+0 ");
}

/* Stopped by a debugger, or a machine asleep: the receivers could not be heard. */
static void our_own_pause_is_nobodys_silence(void **state)
{
    struct desk *d = *state;

    pass(d, 5, "wages");
    expect(d, "wages+0 ");
    d->now += 3600000;
    pass(d, 3, NULL);
    expect(d, "");
    pass(d, 2, NULL); /* nor of who never came: its grace is over now */
    expect(d, "health-0 ");
    pass(d, 5, NULL);
    expect(d, "wages-0 ");
}

static void unanswered_canaries_are_an_alarm(void **state)
{
    struct desk *d = *state;
    struct presence_counts n;

    for (int round = 1; round <= 5; round++) {
        pass(d, 60, "wages");
        assert_int_equal(d->canary, round);
        presence_canary(d->presence, "wages", d->canary);
    }
    expect(d, "wages+0 health-0 ");
    pass(d, 179, "wages"); /* two are missing, the third is not late yet */
    expect(d, "");
    pass(d, 61, "wages");
    expect(d, "wages-3 ");
    presence_canary(d->presence, "wages", d->canary + 1); /* never sent */
    pass(d, 1, "wages");
    expect(d, "");
    presence_canary(d->presence, "wages", d->canary);
    pass(d, 1, "wages");
    expect(d, "wages+0 ");
    presence_counts(d->presence, &n);
    assert_int_equal(n.missed, 3);
    /* A silent one is missed for that already, and begins anew. */
    pass(d, 600, NULL);
    expect(d, "wages-0 ");
    pass(d, 1, "wages");
    expect(d, "wages+0 ");
}

static void a_lost_key_is_gone_at_once(void **state)
{
    struct desk *d = *state;

    pass(d, 40, "wages");
    expect(d, "wages+0 health-0 ");
    presence_watch_begin(d->presence);
    presence_watch(d->presence, "office");
    presence_watch_end(d->presence);
    pass(d, 1, NULL);
    expect(d, "wages-0 ");
    pass(d, 7, NULL); /* the new one has its grace */
    expect(d, "");
    pass(d, 2, NULL);
    expect(d, "office-0 ");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        T(silence_is_told_once),          T(heard_elsewhere_is_in_reach),
        T(who_follows_tells_whom_it_hears), T(a_full_ledger_is_told_again),
        T(our_own_pause_is_nobodys_silence), T(unanswered_canaries_are_an_alarm),
        T(a_lost_key_is_gone_at_once),
    };
    return cmocka_run_group_tests_name("presence", tests, NULL, NULL);
}
