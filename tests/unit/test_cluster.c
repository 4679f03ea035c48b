/* store/cluster.h on a real Redis: who leads, what a leader that was paused can do, and who holds
 * which slots. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "store/cluster.h"
#include "tests/helpers/redis_server.h"
#include "tests/unit/store_samples.h"

enum { LEASE = 200, WAIT_MS = 10000, LOOK_MS = 5 };

static struct redis_server *server;
static char *folder;

static int begin(void **state)
{
    (void)state;
    if (!redis_server_there())
        return 0;
    signal(SIGPIPE, SIG_IGN); /* as the daemon does */
    folder = samples_folder();
    server = redis_server_start(folder, (const char *[]){"--appendfsync", "everysec", NULL});
    return server ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    redis_server_kill(server);
    if (folder)
        samples_remove(folder);
    free(folder);
    return 0;
}

/* A prefix of its own for each test; skips where there is no server. */
static char *address(void)
{
    static unsigned number;
    char *out = NULL;

    if (!server) {
        print_message("no redis-server\n");
        skip();
    }
    assert_true(asprintf(&out, "redis+unix:%s?c%u", redis_server_socket(server), ++number) > 0);
    return out;
}

static struct cluster *join(const char *where, const char *node, int64_t lease)
{
    const struct cluster_conf conf = {where, node, node, lease};
    struct cluster *c;

    assert_int_equal(cluster_open(&conf, &c), 0);
    return c;
}

static struct cluster_beat beat(struct cluster *c)
{
    struct cluster_beat b;

    assert_int_equal(cluster_beat(c, NULL, &b), 0);
    return b;
}

static unsigned held(const struct cluster_beat *b)
{
    unsigned n = 0;

    for (int i = 0; i < CLUSTER_SLOTS; i++)
        n += b->holds[i];
    return n;
}

/* Beats until this machine leads. */
static struct cluster_beat lead(struct cluster *c)
{
    int64_t until = clock_mono() + WAIT_MS;
    struct cluster_beat b = beat(c);

    while (!b.leads && clock_mono() < until) {
        clock_sleep(LOOK_MS);
        b = beat(c);
    }
    assert_true(b.leads);
    return b;
}

static void one_leads(void **state)
{
    char *where = address();
    struct cluster *a = join(where, "a", 60000), *b = join(where, "b", 60000);
    struct cluster_beat of;

    (void)state;
    of = beat(a);
    assert_true(of.leads && of.machines == 1);
    assert_string_equal(of.leader, "a");
    of = beat(b);
    assert_true(!of.leads && of.machines == 2);
    assert_string_equal(of.leader, "a");
    assert_string_equal(of.reach, "a");
    assert_true(beat(a).leads);
    assert_int_equal(cluster_leave(a), 0);
    of = beat(b);
    assert_true(of.leads && of.machines == 1);
    cluster_close(a);
    cluster_close(b);
    free(where);
}

static void who_was_paused_changes_nothing(void **state)
{
    char *where = address();
    struct cluster *a = join(where, "a", LEASE), *b = join(where, "b", LEASE);
    struct store *old, *new, *plain;
    struct store_item items[] = {samples_item(1, "one"), samples_item(2, "two")};
    struct store_batch first = {.items = items, .nitems = 1};
    struct store_batch second = {.items = items + 1, .nitems = 1};
    struct store_counts n;

    (void)state;
    lead(a);
    assert_int_equal(store_lead(where, cluster_token(b), 0, &new), ERR_REFUSED);
    assert_int_equal(store_lead(where, cluster_token(a), 0, &old), 0);
    assert_int_equal(store_commit(old, &first), 0);
    lead(b); /* a beats no more: after its lease */
    assert_int_equal(store_lead(where, cluster_token(b), 0, &new), 0);
    assert_int_equal(store_commit(old, &second), ERR_REFUSED);
    assert_int_equal(store_expire(old, INT64_MAX, 10), ERR_REFUSED);
    assert_int_equal(store_counts(new, &n), 0);
    assert_true(n.items == 1 && store_texts(new) == 1);
    assert_int_equal(store_commit(new, &second), 0);
    assert_false(beat(a).leads);
    /* Its lease is lost, and its fence with it, even when it leads again. */
    assert_int_equal(cluster_leave(b), 0);
    lead(a);
    assert_int_equal(store_commit(old, &second), ERR_REFUSED);
    assert_int_equal(store_open(where, &plain), ERR_REFUSED);
    store_close(old);
    store_close(new);
    cluster_close(a);
    cluster_close(b);
    free(where);
}

/* A Redis that was away for longer than the lease takes nothing from who led before. */
static void a_lease_that_nobody_took(void **state)
{
    char *where = address();
    struct cluster *a = join(where, "a", LEASE);
    struct store *s, *r, *again;
    struct store_item items[] = {samples_item(1, "one"), samples_item(2, "two")};
    struct store_batch batch = {.items = items, .nitems = 1};
    int64_t until = clock_mono() + WAIT_MS;
    char *key = NULL, *there;

    (void)state;
    assert_int_equal(store_follow(where, &r), ERR_NOTFOUND);
    lead(a);
    assert_int_equal(store_lead(where, cluster_token(a), 0, &s), 0);
    assert_int_equal(store_follow(where, &r), 0);
    assert_int_equal(store_reader(r, &again), 0);
    assert_string_equal(store_epoch(again), store_epoch(s));
    assert_int_equal(store_commit(r, &batch), ERR_REFUSED);
    assert_true(asprintf(&key, "{%s}:leader", strrchr(where, '?') + 1) > 0);
    for (;;) {
        there = redis_server_say(server, (const char *[]){"EXISTS", key, NULL});
        bool gone = there && !strcmp(there, "0");
        free(there);
        if (gone || clock_mono() > until)
            break;
        clock_sleep(LOOK_MS);
    }
    free(key);
    assert_int_equal(store_commit(s, &batch), 0);
    lead(a);
    batch.items = items + 1;
    assert_int_equal(store_commit(s, &batch), 0);
    store_close(again);
    store_close(r);
    store_close(s);
    cluster_close(a);
    free(where);
}

/* Each slot has one holder at any time, and in the end each machine its share. */
static void slots_are_shared(void **state)
{
    char *where = address();
    struct cluster *c[3] = {join(where, "a", 60000), join(where, "b", 60000),
                            join(where, "c", LEASE)};
    struct cluster_beat of[3];
    int64_t until = clock_mono() + WAIT_MS;

    (void)state;
    of[0] = beat(c[0]);
    assert_int_equal(held(&of[0]), CLUSTER_SLOTS);
    of[1] = beat(c[1]);
    assert_int_equal(held(&of[1]), 0); /* nothing is free */
    of[0] = beat(c[0]);
    assert_int_equal(of[0].share, CLUSTER_SLOTS / 2);
    bool gives[CLUSTER_SLOTS] = {false};
    for (unsigned i = 0; i < CLUSTER_SLOTS - of[0].share; i++)
        gives[2 * i] = true;
    assert_int_equal(cluster_beat(c[0], gives, &of[0]), 0);
    of[1] = beat(c[1]);
    for (int i = 0; i < CLUSTER_SLOTS; i++)
        assert_true(of[0].holds[i] != of[1].holds[i]);
    assert_int_equal(held(&of[1]), CLUSTER_SLOTS / 2);
    of[2] = beat(c[2]);
    assert_int_equal(held(&of[2]), 0);
    memcpy(gives, of[1].holds, sizeof gives);
    assert_int_equal(cluster_beat(c[1], gives, &of[1]), 0); /* takes its share of them again */
    of[2] = beat(c[2]);
    assert_int_equal(held(&of[1]), of[1].share);
    assert_int_equal(held(&of[2]), CLUSTER_SLOTS / 2 - of[1].share);
    /* c is killed: after its lease the others have all. */
    do {
        clock_sleep(LOOK_MS);
        of[1] = beat(c[1]);
    } while (held(&of[1]) < CLUSTER_SLOTS / 2 && clock_mono() < until);
    for (int i = 0; i < CLUSTER_SLOTS; i++)
        assert_true(of[0].holds[i] != of[1].holds[i]);
    for (int i = 0; i < 3; i++)
        cluster_close(c[i]);
    free(where);
}

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
    char *where = address();
    struct cluster *a = join(where, "a", 60000), *b = join(where, "b", 60000);
    struct cluster_place of = {0};
    struct taken t;

    (void)state;
    assert_int_equal(take(a, &of, &t), ERR_REFUSED); /* nobody leads */
    lead(a);
    assert_int_equal(cluster_offer(b, NULL, STR("one"), (struct str){"\0x", 2}), 0);
    assert_int_equal(cluster_offer(b, NULL, STR("two"), STR("2")), 0);
    assert_int_equal(cluster_offer(b, NULL, STR("three"), STR_NONE), 0);
    assert_int_equal(take(b, &of, &t), ERR_REFUSED);
    assert_int_equal(take(a, &of, &t), 0); /* none was taken before */
    assert_int_equal(take(a, &of, &t), 2);
    assert_int_equal(cluster_done(a, (const char (*)[CLUSTER_ENTRY])t.ids, 1), 0);
    assert_int_equal(take(a, &of, &t), 1);
    assert_string_equal(t.text, "three= ");
    assert_int_equal(cluster_done(a, (const char (*)[CLUSTER_ENTRY])t.ids, 1), 0);
    assert_int_equal(take(a, &of, &t), 0);
    assert_int_equal(cluster_leave(a), 0);
    lead(b);
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
        char *n = redis_server_say(server, (const char *[]){"XLEN", dead, NULL});
        assert_string_equal(n, "1");
        free(n);
    }
    free(dead);
    assert_int_equal(cluster_done(b, (const char (*)[CLUSTER_ENTRY])t.ids, 1), 0);
    of = (struct cluster_place){0};
    assert_int_equal(take(b, &of, &t), 0);
    cluster_close(a);
    cluster_close(b);
    free(where);
}

static void no_more_wait_than_may(void **state)
{
    char *where = address();
    struct cluster *a = join(where, "a", 60000);

    (void)state;
    for (int i = 0; i < CLUSTER_WAITING; i++)
        assert_int_equal(cluster_offer(a, NULL, STR("m"), STR("v")), 0);
    assert_int_equal(cluster_offer(a, NULL, STR("m"), STR("v")), ERR_LIMIT);
    cluster_close(a);
    free(where);
}

static void hear_one(void *arg, struct str letter)
{
    char *text = arg;
    size_t at = strlen(text);

    snprintf(text + at, 64 - at, "%.*s ", STR_ARG(letter));
}

static void letters_are_heard_in_order(void **state)
{
    char *where = address(), last[CLUSTER_ENTRY] = "", late[CLUSTER_ENTRY] = "", text[64] = "";
    struct cluster *a = join(where, "a", 60000);
    const struct str letters[] = {STR("one"), STR("two"), STR("three")};

    (void)state;
    assert_int_equal(cluster_hear(a, last, 10, hear_one, text), 0);
    assert_int_equal(cluster_say(a, letters, 3), 0);
    assert_int_equal(cluster_hear(a, late, 10, hear_one, text), 0); /* came after that */
    assert_int_equal(cluster_hear(a, last, 2, hear_one, text), 2);
    assert_int_equal(cluster_hear(a, last, 2, hear_one, text), 1);
    assert_string_equal(text, "one two three ");
    assert_int_equal(cluster_say(a, letters, 1), 0);
    assert_int_equal(cluster_hear(a, late, 10, hear_one, text), 1);
    assert_int_equal(cluster_hear(a, last, 10, hear_one, text), 1);
    assert_int_equal(cluster_hear(a, last, 10, hear_one, text), 0);
    cluster_close(a);
    free(where);
}

static bool note_due(void *arg, const struct cluster_due *due)
{
    char *text = arg;
    size_t at = strlen(text);

    snprintf(text + at, 256 - at, "%u:%.*s=%jd/%jd ", due->slot, STR_ARG(due->source),
             (intmax_t)due->at, (intmax_t)due->due);
    return !str_is(due->source, "gone");
}

/* Who takes a slot finds when its sources are due, by whom ever they were polled. */
static void dues_pass_with_their_slot(void **state)
{
    char *where = address(), text[256] = "";
    struct cluster *a = join(where, "a", 60000), *b = join(where, "b", 60000);
    const struct cluster_due one = {3, STR("one"), 5, 8}, later = {3, STR("one"), 8, 11};
    const struct cluster_due some[] = {{255, STR("two"), 0, INT64_MAX}, {3, STR("gone"), 1, 2},
                                       {4, STR("three"), 1, 2}};
    bool slots[CLUSTER_SLOTS] = {[3] = true, [255] = true};

    (void)state;
    assert_int_equal(cluster_dues(b, slots, note_due, text), 0);
    assert_string_equal(text, "");
    assert_int_equal(cluster_offer(a, &one, STR("m"), STR("v")), 0);
    assert_int_equal(cluster_dues(b, slots, note_due, text), 0);
    assert_string_equal(text, "3:one=5/8 ");
    assert_int_equal(cluster_polled(a, some, 3), 0);
    assert_int_equal(cluster_polled(b, &later, 1), 0);
    assert_int_equal(cluster_polled(a, &one, 1), 0); /* it was cut off, and tells now */
    assert_int_equal(cluster_offer(a, &one, STR("m"), STR("v")), 0);
    *text = '\0';
    assert_int_equal(cluster_dues(b, slots, note_due, text), 0);
    assert_non_null(strstr(text, "3:one=8/11 "));
    assert_non_null(strstr(text, "3:gone=1/2 "));
    assert_non_null(strstr(text, "255:two=0/9223372036854775807 "));
    *text = '\0';
    assert_int_equal(cluster_dues(b, slots, note_due, text), 0);
    assert_string_equal(text, "3:one=8/11 255:two=0/9223372036854775807 ");
    /* What could not be offered was not polled. */
    for (int i = 2; i < CLUSTER_WAITING; i++)
        assert_int_equal(cluster_offer(a, NULL, STR("m"), STR("v")), 0);
    assert_int_equal(cluster_offer(a, &one, STR("m"), STR("v")), ERR_LIMIT);
    *text = '\0';
    assert_int_equal(cluster_dues(b, slots, note_due, text), 0);
    assert_string_equal(text, "3:one=8/11 255:two=0/9223372036854775807 ");
    cluster_close(a);
    cluster_close(b);
    free(where);
}

struct owed {
    char text[64];
    bool obey;
};

static bool obey_one(void *arg, struct str letter)
{
    struct owed *o = arg;

    hear_one(o->text, letter);
    return o->obey;
}

/* All hear of it, and it waits for a holder: one that comes after it was said, too. */
static void what_is_owed_to_a_slot_waits(void **state)
{
    char *where = address(), last[CLUSTER_ENTRY] = "", heard[64] = "", key[32];
    struct cluster *a = join(where, "a", 60000), *b = join(where, "b", 60000);
    struct owed o = {0};

    (void)state;
    assert_int_equal(cluster_hear(b, last, 10, hear_one, heard), 0);
    assert_int_equal(cluster_owe(a, 9, STR("page")), 0);
    assert_int_equal(cluster_owe(a, 9, STR("page")), 0);
    assert_int_equal(cluster_owe(a, 10, STR("other")), 0);
    assert_int_equal(cluster_hear(b, last, 10, hear_one, heard), 3);
    assert_string_equal(heard, "page page other ");
    assert_int_equal(cluster_owed(b, 9, obey_one, &o), 0);
    assert_string_equal(o.text, "page ");
    snprintf(key, sizeof key, "{%s}:owed:9", strrchr(where, '?') + 1);
    char *left = redis_server_say(server, (const char *[]){"PTTL", key, NULL});
    assert_in_range(strtol(left, NULL, 10), CLUSTER_OWED_MS / 2, CLUSTER_OWED_MS);
    free(left);
    o = (struct owed){.obey = true};
    assert_int_equal(cluster_owed(b, 9, obey_one, &o), 0);
    assert_string_equal(o.text, "page ");
    assert_int_equal(cluster_owed(b, 9, obey_one, &o), 0);
    assert_int_equal(cluster_owed(b, 11, obey_one, &o), 0);
    assert_string_equal(o.text, "page ");
    assert_int_equal(cluster_owed(a, 10, obey_one, &o), 0);
    assert_string_equal(o.text, "page other ");
    cluster_close(a);
    cluster_close(b);
    free(where);
}

static int free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    close(fd);
    return ntohs(at.sin_port);
}

/* A commit is none before a replica has it, and is not done twice for that. */
static void note(void *arg, struct str text)
{
    buf_addf(arg, "%.*s,", STR_ARG(text));
}

static void mail_is_read_once(void **state)
{
    char *where = address();
    struct cluster *a = join(where, "a", 60000), *b = join(where, "b", 60000);
    struct buf got = BUF_INIT;

    (void)state;
    assert_int_equal(cluster_collect(b, 10, note, &got), 0);
    assert_int_equal(cluster_mail(a, "b", str_from("1")), 0);
    assert_int_equal(cluster_mail(b, "b", str_from("2")), 0);
    assert_int_equal(cluster_mail(a, "b", str_from("3")), 0);
    assert_int_equal(cluster_collect(a, 10, note, &got), 0);
    assert_int_equal(cluster_collect(b, 2, note, &got), 2);
    assert_int_equal(cluster_collect(b, 2, note, &got), 1);
    assert_int_equal(cluster_collect(b, 2, note, &got), 0);
    assert_true(str_is(buf_str(&got), "1,2,3,"));
    for (int i = 0; i < CLUSTER_MAIL; i++)
        assert_int_equal(cluster_mail(a, "b", str_from("x")), 0);
    assert_int_equal(cluster_mail(a, "b", str_from("x")), ERR_LIMIT);
    cluster_close(a);
    cluster_close(b);
    buf_free(&got);
    free(where);
}

static bool is_kept(struct cluster *c, const char *name, const char *value)
{
    struct buf got = BUF_INIT;
    int err = cluster_look(c, name, 60000, &got);

    assert_true(err == 0 || err == ERR_NOTFOUND);
    bool there = !err && str_is(buf_str(&got), value);
    buf_free(&got);
    return there;
}

static void what_is_kept_goes(void **state)
{
    char *where = address(), name[16];
    struct cluster *a = join(where, "a", 60000), *b = join(where, "b", 60000);
    struct cluster_kept kept = {"first", "li", STR("v w"), 60000, 60000};

    (void)state;
    assert_false(is_kept(b, "first", "v w"));
    assert_int_equal(cluster_keep(a, &kept), 0);
    assert_true(is_kept(b, "first", "v w") && is_kept(a, "first", "v w"));
    /* of an owner the last eight; others' stay */
    kept.owner = "wang";
    kept.name = "other";
    assert_int_equal(cluster_keep(b, &kept), 0);
    kept.owner = "li";
    for (int i = 0; i < CLUSTER_KEPT_EACH; i++) {
        snprintf(name, sizeof name, "n%d", i);
        kept.name = name;
        assert_true(is_kept(b, "first", "v w"));
        assert_int_equal(cluster_keep(a, &kept), 0);
    }
    assert_false(is_kept(b, "first", "v w"));
    assert_true(is_kept(b, "n0", "v w") && is_kept(b, "n7", "v w") && is_kept(a, "other", "v w"));
    assert_int_equal(cluster_forget(b, "n3", "li"), 0);
    assert_int_equal(cluster_forget(b, "n3", "li"), 0);
    assert_false(is_kept(a, "n3", "v w"));
    /* what was forgotten counts no more, however often */
    for (int i = 0; i < 2 * CLUSTER_KEPT_EACH; i++) {
        kept.name = "brief";
        assert_int_equal(cluster_keep(a, &kept), 0);
        assert_int_equal(cluster_forget(b, "brief", "li"), 0);
    }
    assert_true(is_kept(b, "n0", "v w") && is_kept(b, "n7", "v w"));
    /* by itself: nobody looks at it, or it has lasted long enough, however often somebody does */
    kept = (struct cluster_kept){"idle", "zhou", STR("v"), 20, 60000};
    assert_int_equal(cluster_keep(a, &kept), 0);
    kept.name = "last";
    kept.idle = 60000;
    kept.last = 20;
    assert_int_equal(cluster_keep(a, &kept), 0);
    int64_t until = clock_mono() + 10000;
    while (is_kept(b, "last", "v") && clock_mono() < until)
        ;
    assert_false(is_kept(b, "last", "v"));
    assert_false(is_kept(b, "idle", "v")); /* whose time began before and was as long */
    cluster_close(a);
    cluster_close(b);
    free(where);
}

static void a_commit_waits_for_its_replica(void **state)
{
    char port[16], *where = NULL, *master_at, *replica_at;
    struct store *s;
    struct store_item items[] = {samples_item(1, "one"), samples_item(2, "two")};
    struct event e = samples_event(1, 1);
    struct store_batch batch = {.items = items, .nitems = 1, .events = &e, .nevents = 1};
    struct store_counts n;
    uint64_t head = 0;

    (void)state;
    if (!server)
        skip();
    master_at = samples_folder();
    replica_at = samples_folder();
    snprintf(port, sizeof port, "%d", free_port());
    struct redis_server *master = redis_server_start(
        master_at, (const char *[]){"--port", port, "--repl-diskless-sync-delay", "0", NULL});
    assert_non_null(master);
    assert_true(asprintf(&where, "redis+unix:%s", redis_server_socket(master)) > 0);
    struct cluster *a = join(where, "a", 60000);
    lead(a);
    assert_int_equal(store_lead(where, cluster_token(a), 1, &s), 0);
    assert_int_equal(store_commit(s, &batch), ERR_AGAIN);
    assert_int_equal(cluster_follow(a, 1, LOOK_MS, &head), ERR_AGAIN); /* nor is it followed */
    assert_int_equal(head, 0);
    struct redis_server *replica = redis_server_start(
        replica_at, (const char *[]){"--replicaof", "127.0.0.1", port, NULL});
    assert_non_null(replica);
    int64_t until = clock_mono() + WAIT_MS;
    int err;
    do
        err = store_commit(s, &batch);
    while (err == ERR_AGAIN && clock_mono() < until);
    assert_int_equal(err, 0);
    batch.items = items + 1;
    e = samples_event(2, 1);
    assert_int_equal(store_commit(s, &batch), 0);
    assert_int_equal(cluster_follow(a, 1, LOOK_MS, &head), 0);
    assert_int_equal(head, 2);
    assert_int_equal(store_counts(s, &n), 0);
    assert_int_equal(n.items, 2);
    char *there = redis_server_say(replica, (const char *[]){"HGET", "{huiying}:meta", "items",
                                                             NULL});
    assert_string_equal(there, "2");
    free(there);
    store_close(s);
    cluster_close(a);
    redis_server_kill(replica);
    redis_server_kill(master);
    samples_remove(master_at);
    samples_remove(replica_at);
    free(master_at);
    free(replica_at);
    free(where);
}

static int commit_event(struct store *s, uint64_t seq)
{
    struct event e = samples_event(seq, 1);
    struct store_batch batch = {.events = &e, .nevents = 1};

    return store_commit(s, &batch);
}

struct waiting {
    struct cluster *cluster;
    uint64_t head;
    int err;
};

static void *wait_for_event(void *arg)
{
    struct waiting *w = arg;

    w->err = cluster_follow(w->cluster, 0, WAIT_MS, &w->head);
    return NULL;
}

static void events_are_followed(void **state)
{
    char *where = address();
    struct cluster *a = join(where, "a", 60000), *b = join(where, "b", 60000);
    struct waiting w = {.cluster = b};
    struct store *s;
    pthread_t thread;

    (void)state;
    lead(a);
    assert_int_equal(store_lead(where, cluster_token(a), 0, &s), 0);
    assert_int_equal(cluster_follow(b, 0, LOOK_MS, &w.head), 0);
    assert_int_equal(w.head, 0);
    assert_int_equal(commit_event(s, 1), 0);
    assert_int_equal(commit_event(s, 2), 0);
    assert_int_equal(cluster_follow(b, 0, LOOK_MS, &w.head), 0);
    assert_int_equal(w.head, 2);
    assert_int_equal(cluster_follow(b, 0, LOOK_MS, &w.head), 0);
    assert_int_equal(w.head, 2);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_event, &w), 0);
    assert_int_equal(commit_event(s, 3), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(w.err, 0);
    assert_int_equal(w.head, 3);
    store_close(s);
    cluster_close(a);
    cluster_close(b);
    free(where);
}

/* A Redis that comes back with less than was committed would give its numbers to other events. */
static void what_was_lost_is_void(void **state)
{
    char *where = address(), epoch[STORE_EPOCH], *key = NULL;
    struct cluster *a = join(where, "a", 60000);
    struct store *s, *again;

    (void)state;
    lead(a);
    assert_int_equal(store_lead(where, cluster_token(a), 0, &s), 0);
    memcpy(epoch, store_epoch(s), sizeof epoch);
    for (uint64_t seq = 1; seq <= 3; seq++)
        assert_int_equal(commit_event(s, seq), 0);
    assert_true(asprintf(&key, "{%s}:meta", strrchr(where, '?') + 1) > 0);
    free(redis_server_say(server, (const char *[]){"HSET", key, "head", "2", NULL}));
    free(redis_server_say(server, (const char *[]){"CLIENT", "KILL", "TYPE", "normal", NULL}));
    int err = commit_event(s, 4);
    for (int i = 0; i < 3 && err == ERR_NET; i++)
        err = commit_event(s, 4);
    assert_int_equal(err, ERR_REFUSED);
    assert_int_equal(commit_event(s, 3), ERR_REFUSED);
    assert_int_equal(store_lead(where, cluster_token(a), 0, &again), 0);
    assert_string_not_equal(store_epoch(again), epoch);
    store_close(again);
    store_close(s);
    cluster_close(a);
    free(key);
    free(where);
}

/* Another replication id, as after a replica's promotion; and no lease is left. */
static void fail_over(const char *where)
{
    int64_t until = clock_mono() + WAIT_MS;
    char *key = NULL, *there;

    assert_true(asprintf(&key, "{%s}:leader", strrchr(where, '?') + 1) > 0);
    free(redis_server_say(server, (const char *[]){"REPLICAOF", "127.0.0.1", "1", NULL}));
    free(redis_server_say(server, (const char *[]){"REPLICAOF", "NO", "ONE", NULL}));
    while ((there = redis_server_say(server, (const char *[]){"GET", key, NULL}))) {
        free(there);
        assert_true(clock_mono() < until);
        clock_sleep(LOOK_MS);
    }
    free(key);
}

/* What a failover took back may be in the spool of who led, and nowhere else. */
static void who_led_has_the_first_claim(void **state)
{
    char *where = address();
    struct cluster *a = join(where, "a", LEASE), *b = join(where, "b", LEASE);
    struct store *s;

    (void)state;
    lead(a);
    assert_int_equal(store_lead(where, cluster_token(a), 0, &s), 0);
    assert_int_equal(commit_event(s, 1), 0);
    fail_over(where);
    struct cluster_beat of = beat(b);
    assert_false(of.leads);
    assert_string_equal(of.leader, "a");
    assert_true(beat(a).leads);
    lead(b); /* a beats no more */
    store_close(s);
    cluster_close(a);
    cluster_close(b);
    free(where);
}

static void addresses(void **state)
{
    const struct cluster_conf conf = {"sqlite:x", "a", "a", LEASE};
    struct cluster *c;
    struct store *s;

    (void)state;
    assert_int_not_equal(cluster_open(&conf, &c), 0);
    assert_int_equal(store_lead("sqlite:x", "a/1", 0, &s), ERR_UNSUPPORTED);
    assert_int_equal(store_follow("memory:", &s), ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_leads),
        cmocka_unit_test(who_was_paused_changes_nothing),
        cmocka_unit_test(a_lease_that_nobody_took),
        cmocka_unit_test(slots_are_shared),
        cmocka_unit_test(verdicts_wait_for_their_commit),
        cmocka_unit_test(no_more_wait_than_may),
        cmocka_unit_test(letters_are_heard_in_order),
        cmocka_unit_test(dues_pass_with_their_slot),
        cmocka_unit_test(what_is_owed_to_a_slot_waits),
        cmocka_unit_test(mail_is_read_once),
        cmocka_unit_test(a_commit_waits_for_its_replica),
        cmocka_unit_test(events_are_followed),
        cmocka_unit_test(what_is_kept_goes),
        cmocka_unit_test(what_was_lost_is_void),
        cmocka_unit_test(who_led_has_the_first_claim),
        cmocka_unit_test(addresses),
    };
    return cmocka_run_group_tests_name("cluster", tests, begin, end);
}
