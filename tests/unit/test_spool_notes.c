/* Notes that are erased while a master is killed whose replica has not heard of it. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "store/sqlite/spool.h"
#include "tests/unit/redis_line.h"
#include "tests/unit/store_samples.h"

#define GONE STR("a note that goes")

static int commit_note(struct store *s, uint64_t seq, struct str text)
{
    struct event e = samples_event(seq, 1);
    struct store_note note = {seq, text};
    struct store_batch batch = {.events = &e, .nevents = 1, .notes = &note, .nnotes = 1};

    return store_commit(s, &batch);
}

static void assert_note(struct store *s, uint64_t seq, const char *text)
{
    struct buf b = BUF_INIT;
    int err = store_note(s, seq, &b);

    assert_int_equal(err, text ? 0 : ERR_NOTFOUND);
    assert_true(!text || str_is(buf_str(&b), text));
    buf_free(&b);
}

/* A note that was erased does not come back with a replica that had not heard of that, and leaves
 * the file of that one, too; whenever the replica came: before the writer, or after all that the
 * writer has committed. */
static void erased_note(bool late)
{
    struct redis_line l = redis_line_new("always");
    struct cluster *a = redis_line_lead(l.where, "a");
    struct store *s = NULL;

    if (late) {
        s = redis_line_open(&l, a);
        assert_int_equal(commit_note(s, 1, GONE), 0);
    }
    redis_line_add(&l, "always");
    redis_line_until_linked(&l);
    if (!late) {
        s = redis_line_open(&l, a);
        assert_int_equal(commit_note(s, 1, GONE), 0);
    }
    redis_line_until_head(redis_line_replica(&l), 1);
    redis_line_cut(&l);
    assert_int_equal(store_drop_note(s, 1), 0);
    assert_int_equal(store_drop_note(s, 1), ERR_NOTFOUND);
    redis_line_fail_over(&l);
    assert_note(s, 1, NULL);
    assert_true(store_residue(s));
    store_close(s);
    cluster_close(a);
    redis_line_end(&l);
}

static void an_erased_note_stays_erased(void **state)
{
    (void)state;
    erased_note(false);
}

static void a_late_replica_brings_back_no_note(void **state)
{
    (void)state;
    erased_note(true);
}

/* The process dies while Redis has not yet done it: it is done by the next one that leads. */
static void erasing_that_was_begun_is_finished(void **state)
{
    struct redis_line l = redis_line_new("always");
    struct cluster *a = redis_line_lead(l.where, "a");
    struct store *s = redis_line_open(&l, a);

    (void)state;
    assert_int_equal(commit_note(s, 1, GONE), 0);
    assert_int_equal(commit_note(s, 2, STR("a note that stays")), 0);
    store_close(s);
    redis_line_add(&l, "always");
    redis_line_until_linked(&l);
    redis_line_until_head(redis_line_replica(&l), 2);
    struct redis_server *master = l.servers[l.master];
    int opened[2], paused[2];
    char byte;
    assert_true(!pipe(opened) && !pipe(paused));
    pid_t child = fork();
    if (!child) {
        s = redis_line_open(&l, a);
        if (write(opened[1], "", 1) == 1 && read(paused[0], &byte, 1) == 1)
            store_drop_note(s, 1);
        _exit(1);
    }
    assert_true(child > 0 && read(opened[0], &byte, 1) == 1);
    redis_line_cut(&l);
    free(redis_server_say(master, (const char *[]){"CLIENT", "PAUSE", "60000", "WRITE", NULL}));
    assert_true(write(paused[1], "", 1) == 1);
    redis_line_until(master, (const char *[]){"INFO", "clients", NULL}, "blocked_clients:1");
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    for (int i = 0; i < 2; i++)
        assert_true(!close(opened[i]) && !close(paused[i]));
    redis_line_fail_over(&l);
    s = redis_line_open(&l, a);
    assert_note(s, 1, NULL);
    assert_note(s, 2, "a note that stays");
    store_close(s);
    cluster_close(a);
    redis_line_end(&l);
}

/* Another machine led meanwhile, and began an epoch: the note that this one erased goes again, and
 * one of the same number, of the other's, does not. */
static void an_epoch_brings_back_no_note(void **state)
{
    struct redis_line l = redis_line_new("always");
    struct cluster *a = redis_line_lead(l.where, "a"), *b;
    struct store *s = redis_line_open(&l, a), *other;

    (void)state;
    assert_int_equal(commit_note(s, 1, GONE), 0);
    redis_line_add(&l, "always");
    redis_line_until_linked(&l);
    redis_line_until_head(redis_line_replica(&l), 1);
    redis_line_cut(&l);
    assert_int_equal(commit_note(s, 2, STR("another that goes")), 0);
    for (uint64_t seq = 1; seq <= 2; seq++)
        assert_int_equal(store_drop_note(s, seq), 0);
    redis_line_fail_over(&l);
    redis_line_forget_leader(&l);
    b = redis_line_lead(l.where, "b");
    assert_int_equal(store_lead(l.where, cluster_token(b), 0, &other), 0);
    assert_int_equal(commit_note(other, 2, STR("written later")), 0);
    store_close(other);
    assert_int_equal(cluster_leave(b), 0);
    store_close(s);
    struct cluster_beat beat;
    assert_int_equal(cluster_beat(a, NULL, &beat), 0);
    assert_true(beat.leads);
    s = redis_line_open(&l, a);
    assert_note(s, 1, NULL);
    assert_note(s, 2, "written later");
    store_close(s);
    cluster_close(a);
    cluster_close(b);
    redis_line_end(&l);
}

/* What is lost cannot be put back, for the batches are missing: an epoch begins with what there is,
 * but for the note. */
static void a_loss_brings_back_no_note(void **state)
{
    struct redis_line l = redis_line_new("always");
    struct cluster *a = redis_line_lead(l.where, "a");
    struct store *s = redis_line_open(&l, a);
    struct spool *spool;
    uint64_t forced;
    char epoch[STORE_EPOCH];

    (void)state;
    memcpy(epoch, store_epoch(s), sizeof epoch);
    assert_int_equal(commit_note(s, 1, GONE), 0);
    redis_line_add(&l, "always");
    redis_line_until_linked(&l);
    redis_line_until_head(redis_line_replica(&l), 1);
    redis_line_cut(&l);
    assert_int_equal(store_drop_note(s, 1), 0);
    for (uint64_t seq = 2; seq <= 3; seq++)
        assert_int_equal(redis_line_commit(s, seq, 11), 0);
    store_close(s);
    assert_int_equal(spool_open(l.spool, &spool), 0);
    assert_int_equal(spool_trim(spool, INT64_MAX, clock_now(), &forced), 0);
    spool_close(spool);
    redis_line_fail_over(&l);
    s = redis_line_open(&l, a);
    assert_string_not_equal(store_epoch(s), epoch);
    assert_true(store_head(s) == 1);
    assert_note(s, 1, NULL);
    store_close(s);
    cluster_close(a);
    redis_line_end(&l);
}

/* Where replicas are waited for, a note is not erased before they know it. */
static void erasing_waits_for_replicas(void **state)
{
    struct redis_line l = redis_line_new("always");
    struct cluster *a = redis_line_lead(l.where, "a");
    struct store *s;

    (void)state;
    redis_line_add(&l, "always");
    redis_line_until_linked(&l);
    assert_int_equal(store_lead_spooled(l.where, cluster_token(a), 1, l.spool, &s), 0);
    assert_int_equal(commit_note(s, 1, GONE), 0);
    redis_line_cut(&l);
    assert_int_equal(store_drop_note(s, 1), ERR_AGAIN);
    assert_int_equal(store_drop_note(s, 1), ERR_AGAIN);
    assert_note(s, 1, NULL);
    free(redis_server_say(redis_line_replica(&l),
                          (const char *[]){"REPLICAOF", "127.0.0.1", l.port, NULL}));
    redis_line_until(l.servers[l.master], (const char *[]){"INFO", "replication", NULL},
                     "state=online");
    int err = ERR_AGAIN;
    for (int64_t end = clock_mono() + REDIS_LINE_WAIT_MS; err == ERR_AGAIN && clock_mono() < end;)
        err = store_drop_note(s, 1);
    assert_int_equal(err, ERR_NOTFOUND);
    redis_line_fail_over(&l);
    assert_note(s, 1, NULL);
    store_close(s);
    cluster_close(a);
    redis_line_end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_erased_note_stays_erased),
        cmocka_unit_test(a_late_replica_brings_back_no_note),
        cmocka_unit_test(erasing_that_was_begun_is_finished),
        cmocka_unit_test(an_epoch_brings_back_no_note),
        cmocka_unit_test(a_loss_brings_back_no_note),
        cmocka_unit_test(erasing_waits_for_replicas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
