/* store/cluster.h on a real Redis: verdicts on their way to who leads, each taken until it is
 * committed, and by nobody else. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "tests/helpers/redis_server.h"
#include "tests/unit/crew.h"

struct taken {
    size_t n;
    char ids[16][CLUSTER_ENTRY];
    char text[256];
};

static void take_one(void *arg, const char *entry, struct str meta, const struct str *verdicts)
{
    struct taken *t = arg;
    size_t at = strlen(t->text);

    assert_true(t->n < 16);
    snprintf(t->ids[t->n++], CLUSTER_ENTRY, "%s", entry);
    snprintf(t->text + at, sizeof t->text - at, "%.*s=%.*s ", STR_ARG(meta),
             STR_ARG(verdicts ? *verdicts : STR("given up")));
}

static int take(struct cluster *c, struct cluster_place *place, struct taken *t)
{
    *t = (struct taken){0};
    return cluster_take(c, cluster_token(c), place, 2, take_one, t);
}

/* What was taken and not committed is taken by the next leader, some times, and then given up. */
static void verdicts_wait_for_their_commit(void **state)
{
    char *where = crew_address();
    struct cluster *a = crew_join(where, "a", 60000), *b = crew_join(where, "b", 60000);
    struct cluster_place of = {0};
    struct taken t;

    (void)state;
    assert_int_equal(take(a, &of, &t), ERR_REFUSED); /* nobody leads */
    crew_lead(a);
    assert_int_equal(cluster_offer(b, NULL, STR("one"), (struct str){"\0x", 2}), 0);
    assert_int_equal(cluster_offer(b, NULL, STR("two"), STR("2")), 0);
    assert_int_equal(cluster_offer(b, NULL, STR("three"), STR_NONE), 0);
    assert_int_equal(take(b, &of, &t), ERR_REFUSED);
    assert_int_equal(take(a, &of, &t), 0); /* none was taken before */
    assert_int_equal(take(a, &of, &t), 2);
    assert_int_equal(cluster_done(a, cluster_token(a), (const char (*)[CLUSTER_ENTRY])t.ids, 1), 0);
    assert_int_equal(take(a, &of, &t), 1);
    assert_string_equal(t.text, "three= ");
    assert_int_equal(cluster_done(a, cluster_token(a), (const char (*)[CLUSTER_ENTRY])t.ids, 1), 0);
    assert_int_equal(take(a, &of, &t), 0);
    assert_int_equal(cluster_leave(a), 0);
    crew_lead(b);
    for (int i = 1; i < CLUSTER_ATTEMPTS; i++) {
        of = (struct cluster_place){0};
        assert_int_equal(take(b, &of, &t), 1);
        assert_string_equal(t.text, "two=2 ");
        assert_int_equal(take(b, &of, &t), 0);
    }
    /* Given up, once, and told until that is done. */
    char *dead;
    assert_true(asprintf(&dead, "{%s}:dead", strrchr(where, '?') + 1) > 0);
    for (int i = 0; i < 2; i++) {
        of = (struct cluster_place){0};
        assert_int_equal(take(b, &of, &t), 1);
        assert_string_equal(t.text, "two=given up ");
        char *n = redis_server_say(crew_server(), (const char *[]){"XLEN", dead, NULL});
        assert_string_equal(n, "1");
        free(n);
    }
    free(dead);
    assert_int_equal(cluster_done(b, cluster_token(b), (const char (*)[CLUSTER_ENTRY])t.ids, 1), 0);
    of = (struct cluster_place){0};
    assert_int_equal(take(b, &of, &t), 0);
    cluster_close(a);
    cluster_close(b);
    free(where);
}

/* Leads, takes what waits, and is stopped before it says that this is committed. Its exit status:
 * how many of the three things that it does then are not refused. */
static void lead_and_be_stopped(const char *where)
{
    struct cluster *c = crew_join(where, "a", 10 * CREW_LEASE);
    const struct str letter = STR("said");
    struct cluster_place of = {0};
    struct taken t;

    crew_lead(c);
    if (take(c, &of, &t) || take(c, &of, &t) != 1)
        _exit(9);
    raise(SIGSTOP);
    int done = cluster_done(c, cluster_token(c), (const char (*)[CLUSTER_ENTRY])t.ids, 1);
    int said = cluster_say(c, cluster_token(c), &letter, 1);
    int owed = cluster_owe(c, cluster_token(c), 3, STR("owed"), STR("3"));
    _exit((done != ERR_REFUSED) + (said != ERR_REFUSED) + (owed != ERR_REFUSED));
}

static bool no_letter(void *arg, struct str letter)
{
    (void)letter;
    *(bool *)arg = true;
    return false;
}

/* What it held is the next leader's: it can neither take that out of the stream nor tell those who
 * poll what was to be done when it slept. */
static void a_leader_that_wakes_says_nothing(void **state)
{
    char *where = crew_address(), last[CLUSTER_ENTRY] = "", heard[64] = "";
    struct cluster *b = crew_join(where, "b", 60000);
    struct cluster_place of = {0};
    struct taken t;
    bool owed = false;
    int status;

    (void)state;
    assert_int_equal(cluster_offer(b, NULL, STR("one"), STR("1")), 0);
    pid_t old = fork();
    if (!old)
        lead_and_be_stopped(where);
    assert_int_equal(waitpid(old, &status, WUNTRACED), old);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(cluster_hear(b, last, 10, crew_note, heard), 0);
    crew_lead(b); /* its lease is over */
    kill(old, SIGCONT);
    assert_int_equal(waitpid(old, &status, 0), old);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(take(b, &of, &t), 1);
    assert_string_equal(t.text, "one=1 ");
    assert_int_equal(cluster_hear(b, last, 10, crew_note, heard), 0);
    assert_int_equal(cluster_owed(b, 3, no_letter, &owed), 0);
    assert_false(owed);
    cluster_close(b);
    free(where);
}

/* What Redis handed out with an answer that never came is asked for again. */
static void a_lost_answer_loses_no_verdict(void **state)
{
    char *where = crew_address();
    struct crew_far a = crew_far_join(where, "a");
    struct cluster *b = crew_join(where, "b", 60000);
    struct cluster_place of = {0};
    struct taken t;

    (void)state;
    crew_lead(a.cluster);
    assert_int_equal(take(a.cluster, &of, &t), 0);
    assert_int_equal(cluster_offer(b, NULL, STR("one"), STR("1")), 0);
    link_proxy_fail(a.proxy, LINK_SWALLOW);
    assert_int_equal(take(a.cluster, &of, &t), ERR_NET);
    assert_int_equal(cluster_offer(b, NULL, STR("two"), STR("2")), 0);
    assert_int_equal(take(a.cluster, &of, &t), 1);
    assert_string_equal(t.text, "one=1 ");
    assert_int_equal(take(a.cluster, &of, &t), 1);
    assert_string_equal(t.text, "two=2 ");
    cluster_close(b);
    crew_far_end(&a);
    free(where);
}

static void no_more_wait_than_may(void **state)
{
    char *where = crew_address();
    struct cluster *a = crew_join(where, "a", 60000);

    (void)state;
    for (int i = 0; i < CLUSTER_WAITING; i++)
        assert_int_equal(cluster_offer(a, NULL, STR("m"), STR("v")), 0);
    assert_int_equal(cluster_offer(a, NULL, STR("m"), STR("v")), ERR_LIMIT);
    cluster_close(a);
    free(where);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_wait_for_their_commit),
        cmocka_unit_test(a_leader_that_wakes_says_nothing),
        cmocka_unit_test(a_lost_answer_loses_no_verdict),
        cmocka_unit_test(no_more_wait_than_may),
    };
    return cmocka_run_group_tests_name("cluster_verdicts", tests, crew_begin, crew_end);
}
