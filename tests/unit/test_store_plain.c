/* Many new items at once, which reach Redis as plain commands in front of the script: the same is
 * stored as by a twin in memory, whatever happens to the connection, and all of it or nothing. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "store/redis/redis.h"
#include "tests/helpers/link_proxy.h"
#include "tests/helpers/redis_server.h"
#include "tests/unit/seed.h"
#include "tests/unit/store_samples.h"

enum { MANY = 200 };

struct fixture {
    char *folder, *direct, *proxied;
    struct redis_server *server;
    struct link_proxy *proxy;
    struct store *s;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    char path[256];

    *state = f;
    signal(SIGPIPE, SIG_IGN);
    if (!redis_server_there())
        return 0;
    f->folder = samples_folder();
    f->server = redis_server_start(f->folder, NULL);
    if (!f->server)
        return -1;
    snprintf(path, sizeof path, "%s/proxy.sock", f->folder);
    f->proxy = link_proxy_start(path, redis_server_socket(f->server));
    if (!f->proxy || asprintf(&f->direct, "redis+unix:%s", redis_server_socket(f->server)) < 0 ||
        asprintf(&f->proxied, "redis+unix:%s", path) < 0)
        return -1;
    return store_open(f->proxied, &f->s);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    store_close(f->s);
    link_proxy_stop(f->proxy);
    redis_server_kill(f->server);
    if (f->folder)
        samples_remove(f->folder);
    free(f->folder);
    free(f->direct);
    free(f->proxied);
    free(f);
    return 0;
}

static struct fixture *there(void **state)
{
    struct fixture *f = *state;

    if (!f->server) {
        print_message("no redis-server\n");
        skip();
    }
    return f;
}

static void say(struct fixture *f, const char *one, const char *two, const char *three,
                const char *four)
{
    char *text = redis_server_say(f->server, (const char *[]){one, two, three, four, NULL});

    assert_non_null(text);
    assert_string_equal(text, "OK");
    free(text);
}

/* Of each kind some: without words, in doubt, of a concern, with aliases. */
static void fill(struct store_item *items, unsigned first, unsigned n, struct samples *random)
{
    for (unsigned i = 0; i < n; i++) {
        struct store_item *item = &items[i];
        *item = samples_item(first + i, samples_random(random, 8) ? "words" : "");
        item->found = samples_random(random, 50);
        item->expires = item->found + samples_random(random, 50);
        item->concern = samples_random(random, 4);
        item->doubt = (uint16_t)(samples_random(random, 2) * samples_random(random, 900));
        for (unsigned k = 0; k < 2; k++)
            if (samples_random(random, 2))
                item->aliases[k] = (uint64_t)(first + i) << 1 | k | UINT64_C(1) << 60;
    }
}

static int commit_many(struct store *s, unsigned first)
{
    struct samples random = {.random = first + 1};
    struct store_item items[MANY];

    fill(items, first, MANY, &random);
    return store_commit(s, &(struct store_batch){.items = items, .nitems = MANY});
}

static uint64_t count(struct store *s)
{
    struct store_counts n;

    assert_int_equal(store_counts(s, &n), 0);
    return n.items;
}

static int add_row(void *arg, const struct store_item *item)
{
    struct buf *out = arg;

    for (size_t i = 0; i < STORE_IDENT; i++)
        buf_addf(out, "%02x", item->ident[i]);
    buf_addf(out, " %ju %jd %u %.*s\n", (uintmax_t)item->content, (intmax_t)item->expires,
             item->doubt, STR_ARG(item->text));
    return 0;
}

/* What leads to items, and their numbers: each way to them as text. */
static void dump(struct store *s, struct buf *out)
{
    struct store_place place = {0};
    uint64_t n = count(s);

    buf_reset(out);
    for (uint64_t i = 1; i <= n; i++)
        assert_int_equal(store_numbered(s, i, add_row, out), 0);
    buf_add_text(out, "texts\n");
    assert_int_equal(store_each_text(s, &place, 5000, add_row, out), 0);
    buf_add_text(out, "doubt\n");
    assert_int_equal(store_each_doubt(s, 5000, add_row, out), 0);
    for (uint64_t i = 1; i < 5; i++) {
        buf_addf(out, "concern %ju\n", (uintmax_t)i);
        assert_int_equal(store_concern_items(s, i, 0, add_row, out), 0);
    }
    for (uint64_t i = 1; i <= n; i++) {
        uint64_t aliases[1][2] = {{i << 1 | UINT64_C(1) << 60, (i << 1 | 1) | UINT64_C(1) << 60}};
        struct store_seen seen = {0};
        assert_int_equal(store_seen_as(s, (const uint64_t(*)[2])aliases, 1, &seen), 0);
        buf_addf(out, "%d %ju\n", seen.found, (uintmax_t)seen.content);
    }
    buf_add_char(out, '\0');
    assert_true(buf_ok(out));
}

static void assert_twins(struct store *a, struct store *b)
{
    struct buf left = BUF_INIT, right = BUF_INIT;

    dump(a, &left);
    dump(b, &right);
    assert_string_equal(left.data, right.data);
    buf_reset(&left);
    buf_reset(&right);
    samples_dump(a, &left);
    samples_dump(b, &right);
    buf_add_char(&left, '\0');
    buf_add_char(&right, '\0');
    assert_string_equal(left.data, right.data);
    buf_free(&left);
    buf_free(&right);
}

/* Batches of new items, some with edits among them: of what is stored, of what comes with them, and
 * of what is not there; some that somebody has judged already. */
static void twins_agree(void **state)
{
    struct fixture *f = there(state);
    struct samples random = {.random = seed_begin()};
    struct store *twin;
    unsigned first = 1;

    assert_int_equal(store_open("memory:", &twin), 0);
    for (unsigned round = 0; round < 6; round++) {
        struct store_item items[MANY + 3];
        unsigned n = 40 + samples_random(&random, MANY - 40);
        struct store_mark mark = {.aspect = STORE_MARK_VERDICT, .at = 5};
        fill(items, first, n, &random);
        memcpy(mark.ident, items[samples_random(&random, n)].ident, STORE_IDENT);
        struct store_batch marks = {.marks = &mark, .nmarks = 1};
        size_t more = n;
        for (unsigned k = 0; k < 2 && round % 3; k++) {
            items[more] = samples_item(1 + samples_random(&random, first + n - 1), "edited");
            items[more++].update = true;
        }
        if (round % 3 == 2) {
            items[more] = samples_item(900000 + round, "not there");
            items[more++].update = true;
        }
        struct store_batch b = {.items = items, .nitems = more};
        for (unsigned k = 0; k < 2; k++) {
            struct store *s = k ? twin : f->s;
            assert_int_equal(store_commit(s, &marks), 0);
            assert_int_equal(store_commit(s, &b), 0);
        }
        first += n;
        assert_twins(f->s, twin);
    }
    assert_int_equal(store_expire(f->s, 60, 5000), store_expire(twin, 60, 5000));
    assert_twins(f->s, twin);
    store_close(twin);
}

/* Their idents stand 4096 to a string. */
static void numbers_go_on(void **state)
{
    enum { ROUNDS = 22 };
    struct fixture *f = there(state);
    struct buf row = BUF_INIT, want = BUF_INIT;

    for (unsigned i = 0; i < ROUNDS; i++)
        assert_int_equal(commit_many(f->s, i * MANY), 0);
    assert_int_equal(count(f->s), ROUNDS * MANY);
    for (unsigned i = 4090; i < 4105; i++) {
        struct store_item item = samples_item(i - 1, "words");
        assert_int_equal(store_numbered(f->s, i, add_row, &row), 0);
        for (size_t k = 0; k < STORE_IDENT; k++)
            buf_addf(&want, "%02x", item.ident[k]);
        assert_memory_equal(row.data, want.data, want.len);
        buf_reset(&row);
        buf_reset(&want);
    }
    buf_free(&row);
    buf_free(&want);
}

/* The look ahead and the transaction, each of which may be lost, and its answer too. */
static void committed_once(void **state)
{
    static const enum link_fault faults[] = {LINK_CUT, LINK_SWALLOW};
    struct fixture *f = there(state);
    unsigned first = 0;

    for (unsigned passes = 0; passes < 2; passes++)
        for (unsigned i = 0; i < 2; i++) {
            assert_int_equal(commit_many(f->s, first), 0);
            first += MANY;
            link_proxy_fail_after(f->proxy, passes, faults[i]);
            assert_int_equal(commit_many(f->s, first), 0);
            first += MANY;
            assert_int_equal(count(f->s), first);
            assert_int_equal(commit_many(f->s, first - MANY), ERR_EXISTS);
        }
}

/* A transaction that arrives when its writer has given it up changes nothing. */
static void late_is_void(void **state)
{
    struct fixture *f = there(state);

    link_proxy_fail_after(f->proxy, 1, LINK_HOLD);
    assert_int_equal(commit_many(f->s, 0), 0); /* sent again over another connection */
    struct store_item edit = samples_item(0, "newer");
    edit.update = true;
    edit.content = 77;
    assert_int_equal(store_commit(f->s, &(struct store_batch){.items = &edit, .nitems = 1}), 0);
    link_proxy_release(f->proxy);
    struct store_seen seen;
    assert_int_equal(store_seen(f->s, (const unsigned char(*)[STORE_IDENT])&edit.ident, 1, &seen),
                     0);
    assert_int_equal(seen.content, 77);
    assert_int_equal(count(f->s), MANY);
}

static void a_fenced_writer_is_refused(void **state)
{
    struct fixture *f = there(state);
    struct store *new;

    assert_int_equal(commit_many(f->s, 0), 0);
    redis_disconnect((struct redis *)f->s);
    assert_int_equal(store_open(f->direct, &new), 0);
    assert_int_equal(commit_many(new, MANY), 0);
    assert_int_equal(commit_many(f->s, 2 * MANY), ERR_REFUSED);
    assert_int_equal(count(new), 2 * MANY);
    store_close(new);
}

static void all_or_nothing(void **state)
{
    struct fixture *f = there(state);
    struct samples random = {.random = 7};
    struct store_item items[MANY];
    struct event e = samples_event(2, 1);
    struct store_batch b = {.items = items, .nitems = MANY};

    fill(items, 0, MANY, &random);
    items[150] = items[20];
    assert_int_equal(store_commit(f->s, &b), ERR_EXISTS);
    items[150].update = true;
    assert_int_equal(store_commit(f->s, &b), 0);
    assert_int_equal(count(f->s), MANY - 1);
    fill(items, 1000, MANY, &random);
    items[199] = samples_item(3, "stored already");
    assert_int_equal(store_commit(f->s, &b), ERR_EXISTS);
    fill(items, 1000, MANY, &random);
    b.events = &e;
    b.nevents = 1;
    assert_int_equal(store_commit(f->s, &b), ERR_STALE);
    say(f, "CONFIG", "SET", "maxmemory", "1");
    e.seq = 1;
    assert_int_equal(store_commit(f->s, &b), ERR_IO);
    say(f, "CONFIG", "SET", "maxmemory", "0");
    assert_int_equal(count(f->s), MANY - 1);
    assert_int_equal(store_head(f->s), 0);
    say(f, "SCRIPT", "FLUSH", NULL, NULL);
    assert_int_equal(store_commit(f->s, &b), 0);
    assert_int_equal(count(f->s), 2 * MANY - 1);
    assert_int_equal(store_head(f->s), 1);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(twins_agree),
        TEST(numbers_go_on),
        TEST(committed_once),
        TEST(late_is_void),
        TEST(a_fenced_writer_is_refused),
        TEST(all_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
