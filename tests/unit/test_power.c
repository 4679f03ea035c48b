/* Power loss: a real desk works on a real store while every write and sync is recorded; then the
 * power is cut at syncs and between them, and what a disk may hold is opened, looked at whole and
 * compared with what was acked. HUIYING_LONG: 2,000 images instead of 200. HUIYING_IMAGES, and
 * HUIYING_TEST_SEED to repeat a run. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "store/audit.h"
#include "tests/helpers/power_vfs.h"
#include "tests/unit/same.h"
#include "tests/unit/seed.h"
#include "tests/unit/store_samples.h"
#include "tests/unit/town_ledger.h"

enum {
    IMAGES = 200, IMAGES_LONG = 2000,
    PLAIN = 130,  /* transactions at first: the WAL grows until a checkpoint takes it in */
    CUT = 130,    /* then: texts expire, and the WAL is cut to nothing each time */
    EVERY = 5,
    EVENTS = 16384
};

/* The ledger after a transaction that was acked. */
struct ack {
    size_t operations; /* recorded when store_commit() returned */
    uint64_t head;
    unsigned items;
};

static struct {
    uint64_t seed;
    char *folder;
    struct ack acks[PLAIN + CUT + 8];
    size_t nacks;
    struct event *events;
    size_t checkpoints, expiries;
} run;

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static void ack(const struct town_ledger *town)
{
    run.acks[run.nacks++] = (struct ack){power_vfs_count(), store_head(town->store), town->items};
}

static void work(struct town_ledger *town, size_t steps, bool expire)
{
    for (size_t i = 0; i < steps; i++) {
        assert_int_equal(town_ledger_step(town), 0);
        ack(town);
        if (expire && i % EVERY == 0) {
            assert_true(store_expire(town->store, town->now, 100) >= 0);
            assert_false(store_residue(town->store));
            run.expiries++;
        }
    }
}

/* A ledger is made, works, is restarted, works on and is closed. */
static void record(void)
{
    struct town_ledger town;
    char address[512];
    int n;

    snprintf(address, sizeof address, "sqlite:%s/recorded/ledger.db", run.folder);
    power_vfs_record(true);
    town_ledger_open(&town, address, run.seed);
    town.keep = CLOCK_DAY / 2;
    ack(&town);
    assert_true(power_vfs_folder_synced(run.folder)); /* in which the ledger's folder was made */
    work(&town, PLAIN, false);
    town_ledger_reopen(&town, address);
    ack(&town);
    work(&town, CUT, true);
    n = 0;
    run.events = calloc(EVENTS, sizeof *run.events);
    assert_non_null(run.events);
    for (int got; (got = store_events_after(town.store, (uint64_t)n, run.events + n,
                                            STORE_TAIL_MAX)) > 0;)
        assert_true((n += got) <= EVENTS - STORE_TAIL_MAX);
    town_ledger_close(&town);
    power_vfs_record(false);
}

static void tell(void *arg, const struct audit_finding *f)
{
    (void)arg;
    print_error("%s: %s\n", f->en, f->row);
}

/* The transactions that an image may end with: the last one acked before the cut, or the one that
 * was under way. */
static void compare(struct store *s, size_t cut)
{
    uint64_t head = store_head(s);
    struct store_counts counts;
    struct event e;
    size_t last = 0;
    bool fits = false;

    assert_int_equal(store_counts(s, &counts), 0);
    while (last < run.nacks && run.acks[last].operations <= cut)
        last++;
    for (size_t i = last ? last - 1 : 0; i <= last && i < run.nacks; i++)
        fits |= head == run.acks[i].head && counts.items == run.acks[i].items;
    if (!fits && !(last == 0 && head == 0 && counts.items == 0))
        fail_msg("cut %zu: head %ju, items %ju; acked: %ju, %u", cut, (uintmax_t)head,
                 (uintmax_t)counts.items, (uintmax_t)(last ? run.acks[last - 1].head : 0),
                 last ? run.acks[last - 1].items : 0);
    for (uint64_t seq = head > 40 ? head - 40 : 0; seq < head; seq++) {
        assert_int_equal(store_events_after(s, seq, &e, 1), 1);
        same_event(&e, &run.events[seq]);
    }
}

static void look(size_t cut, uint64_t seed)
{
    struct audit_watch watch = {.found = tell};
    struct audit_result result;
    char folder[512], path[600], address[700];
    struct store *s;

    snprintf(folder, sizeof folder, "%s/image", run.folder);
    snprintf(path, sizeof path, "%s/ledger.db", folder);
    snprintf(address, sizeof address, "sqlite:%s", path);
    samples_remove(folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    power_vfs_image(folder, seed);
    int err = store_open(address, &s);
    if (err)
        fail_msg("cut %zu, image %#jx: %s", cut, (uintmax_t)seed, err_name(err));
    compare(s, cut);
    err = audit_file(path, &watch, &result);
    if (err || result.findings)
        fail_msg("cut %zu, image %#jx: %s", cut, (uintmax_t)seed, err_name(err));
    store_close(s);
}

static int order(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;

    return (x > y) - (x < y);
}

/* Half of the cuts right before or after a sync, the others anywhere. */
static void choose(size_t *cuts, size_t images)
{
    size_t operations = power_vfs_count();
    uint64_t random = run.seed;

    for (size_t i = 0; i < images; i++) {
        random = mix(random + i + 1);
        size_t at = random % operations;
        while (i % 2 && at < operations && !power_vfs_synced(at))
            at++;
        cuts[i] = at + (random >> 40) % 2;
        cuts[i] = cuts[i] < operations ? cuts[i] : operations;
    }
    qsort(cuts, images, sizeof *cuts, order);
}

static long given(const char *name, long otherwise)
{
    const char *set = getenv(name);

    return set ? strtol(set, NULL, 0) : otherwise;
}

static void no_cut_loses_what_was_acked(void **state)
{
    size_t images = (size_t)given("HUIYING_IMAGES", getenv("HUIYING_LONG") ? IMAGES_LONG : IMAGES);
    size_t *cuts = calloc(images + 1, sizeof *cuts);
    (void)state;

    assert_non_null(cuts);
    record();
    choose(cuts, images);
    power_vfs_rewind();
    for (size_t i = 0; i < images; i++) {
        power_vfs_advance(cuts[i]);
        look(cuts[i], mix(run.seed ^ i));
    }
    print_message("%zu images of %zu operations, %zu transactions, %ju events\n", images,
                  power_vfs_count(), run.nacks, (uintmax_t)run.acks[run.nacks - 1].head);
    free(cuts);
    free(run.events);
    power_vfs_free();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_cut_loses_what_was_acked)};

    if (power_vfs_install())
        return 1;
    run.seed = seed_begin();
    if (!getenv("TMPDIR") && access("/dev/shm", W_OK) == 0) /* thousands of small files */
        setenv("TMPDIR", "/dev/shm", 1);
    run.folder = samples_folder();
    int failed = cmocka_run_group_tests_name("power", tests, NULL, NULL);
    samples_remove(run.folder);
    free(run.folder);
    return failed;
}
