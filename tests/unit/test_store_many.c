/* Many new items at once, which Redis takes in lists of one script: the same is stored as by a twin
 * in memory, whatever happens to the connection, and all of it or nothing. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/err.h"
#include "store/redis/redis.h"
#include "tests/unit/redis_own.h"
#include "tests/unit/seed.h"
#include "tests/unit/store_dump.h"
#include "tests/unit/store_samples.h"

enum { MANY = 200, MOST = 4500 /* more than one command takes, twice */ };

static int set_up(void **state)
{
    struct redis_own *f = redis_own_new(state);

    return redis_own_start(f, NULL) || redis_own_proxy(f) ? -1 : redis_own_open(f, f->proxied);
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
    store_dump(a, &left);
    store_dump(b, &right);
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
    struct redis_own *f = redis_own_there(state);
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
            struct store *s = k ? twin : f->store;
            assert_int_equal(store_commit(s, &marks), 0);
            assert_int_equal(store_commit(s, &b), 0);
        }
        first += n;
        assert_twins(f->store, twin);
    }
    assert_int_equal(store_expire(f->store, 60, 5000), store_expire(twin, 60, 5000));
    assert_twins(f->store, twin);
    store_close(twin);
}

/* Their idents stand 4096 to a string. */
static void numbers_go_on(void **state)
{
    enum { ROUNDS = 22 };
    struct redis_own *f = redis_own_there(state);
    struct buf row = BUF_INIT, want = BUF_INIT;

    for (unsigned i = 0; i < ROUNDS; i++)
        assert_int_equal(commit_many(f->store, i * MANY), 0);
    assert_int_equal(count(f->store), ROUNDS * MANY);
    for (unsigned i = 4090; i < 4105; i++) {
        struct store_item item = samples_item(i - 1, "words");
        assert_int_equal(store_numbered(f->store, i, add_row, &row), 0);
        for (size_t k = 0; k < STORE_IDENT; k++)
            buf_addf(&want, "%02x", item.ident[k]);
        assert_memory_equal(row.data, want.data, want.len);
        buf_reset(&row);
        buf_reset(&want);
    }
    buf_free(&row);
    buf_free(&want);
}

/* What was sent may be lost, and its answer too. */
static void committed_once(void **state)
{
    static const enum link_fault faults[] = {LINK_CUT, LINK_SWALLOW};
    struct redis_own *f = redis_own_there(state);
    unsigned first = 0;

    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(commit_many(f->store, first), 0);
        first += MANY;
        link_proxy_fail_after(f->proxy, 0, faults[i]);
        assert_int_equal(commit_many(f->store, first), 0);
        first += MANY;
        assert_int_equal(count(f->store), first);
        assert_int_equal(commit_many(f->store, first - MANY), ERR_EXISTS);
    }
}

/* Those that the first commands of a script have stored go again when a later one is refused. */
static void what_was_stored_is_taken_back(void **state)
{
    struct redis_own *f = redis_own_there(state);
    struct samples random = {.random = 3};
    struct store_item *items = calloc(MOST, sizeof *items), last;
    struct store_seen seen = {0};

    fill(items, 1, MOST, &random);
    last = items[MOST - 1];
    assert_int_equal(store_commit(f->store, &(struct store_batch){.items = &last, .nitems = 1}), 0);
    char *before = redis_server_say(f->server, (const char *[]){"DBSIZE", NULL});
    assert_int_equal(store_commit(f->store, &(struct store_batch){.items = items, .nitems = MOST}),
                     ERR_EXISTS);
    char *after = redis_server_say(f->server, (const char *[]){"DBSIZE", NULL});
    assert_string_equal(before, after);
    assert_int_equal(count(f->store), 1);
    assert_int_equal(store_seen(f->store, (const unsigned char(*)[STORE_IDENT])&items[0].ident, 1,
                                &seen), 0);
    assert_false(seen.found);
    assert_int_equal(store_commit(f->store, &(struct store_batch){.items = items,
                                                              .nitems = MOST - 1}), 0);
    assert_int_equal(count(f->store), MOST);
    free(before);
    free(after);
    free(items);
}

/* The writer numbers them: what is there must go on where it believes. */
static void numbers_must_fit(void **state)
{
    struct redis_own *f = redis_own_there(state);

    assert_int_equal(commit_many(f->store, 0), 0);
    free(redis_server_say(f->server,
                          (const char *[]){"HSET", "{huiying}:meta", "items", "300", NULL}));
    assert_int_equal(commit_many(f->store, MANY), ERR_STALE);
    assert_int_equal(count(f->store), 300);
    assert_int_equal(commit_many(f->store, MANY), 0);
    assert_int_equal(count(f->store), 300 + MANY);
}

/* A transaction that arrives when its writer has given it up changes nothing. */
static void late_is_void(void **state)
{
    struct redis_own *f = redis_own_there(state);

    link_proxy_fail_after(f->proxy, 0, LINK_HOLD);
    assert_int_equal(commit_many(f->store, 0), 0); /* sent again over another connection */
    struct store_item edit = samples_item(0, "newer");
    edit.update = true;
    edit.content = 77;
    assert_int_equal(store_commit(f->store, &(struct store_batch){.items = &edit, .nitems = 1}), 0);
    link_proxy_release(f->proxy);
    struct store_seen seen;
    assert_int_equal(
        store_seen(f->store, (const unsigned char(*)[STORE_IDENT])&edit.ident, 1, &seen), 0);
    assert_int_equal(seen.content, 77);
    assert_int_equal(count(f->store), MANY);
}

/* One so long that it comes to the proxy in pieces. */
static void late_is_void_however_long(void **state)
{
    struct redis_own *f = redis_own_there(state);
    struct samples random = {.random = 5};
    struct store_item *items = calloc(MOST, sizeof *items);

    fill(items, 0, MOST, &random);
    link_proxy_fail_after(f->proxy, 0, LINK_HOLD);
    assert_int_equal(store_commit(f->store, &(struct store_batch){.items = items, .nitems = MOST}),
                     0);
    assert_int_equal(count(f->store), MOST);
    link_proxy_release(f->proxy);
    assert_int_equal(count(f->store), MOST);
    free(items);
}

static void a_fenced_writer_is_refused(void **state)
{
    struct redis_own *f = redis_own_there(state);
    struct store *new;

    assert_int_equal(commit_many(f->store, 0), 0);
    redis_disconnect((struct redis *)f->store);
    assert_int_equal(store_open(f->address, &new), 0);
    assert_int_equal(commit_many(new, MANY), 0);
    assert_int_equal(commit_many(f->store, 2 * MANY), ERR_REFUSED);
    assert_int_equal(count(new), 2 * MANY);
    store_close(new);
}

static void all_or_nothing(void **state)
{
    struct redis_own *f = redis_own_there(state);
    struct samples random = {.random = 7};
    struct store_item items[MANY];
    struct event e = samples_event(2, 1);
    struct store_batch b = {.items = items, .nitems = MANY};

    fill(items, 0, MANY, &random);
    items[150] = items[20];
    assert_int_equal(store_commit(f->store, &b), ERR_EXISTS);
    items[150].update = true;
    assert_int_equal(store_commit(f->store, &b), 0);
    assert_int_equal(count(f->store), MANY - 1);
    fill(items, 1000, MANY, &random);
    items[199] = samples_item(3, "stored already");
    assert_int_equal(store_commit(f->store, &b), ERR_EXISTS);
    fill(items, 1000, MANY, &random);
    b.events = &e;
    b.nevents = 1;
    assert_int_equal(store_commit(f->store, &b), ERR_STALE);
    redis_own_say(f, "CONFIG", "SET", "maxmemory", "1");
    e.seq = 1;
    assert_int_equal(store_commit(f->store, &b), ERR_IO);
    redis_own_say(f, "CONFIG", "SET", "maxmemory", "0");
    assert_int_equal(count(f->store), MANY - 1);
    assert_int_equal(store_head(f->store), 0);
    redis_own_say(f, "SCRIPT", "FLUSH", NULL, NULL);
    assert_int_equal(store_commit(f->store, &b), 0);
    assert_int_equal(count(f->store), 2 * MANY - 1);
    assert_int_equal(store_head(f->store), 1);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, redis_own_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(twins_agree),
        TEST(numbers_go_on),
        TEST(committed_once),
        TEST(what_was_stored_is_taken_back),
        TEST(numbers_must_fit),
        TEST(late_is_void),
        TEST(late_is_void_however_long),
        TEST(a_fenced_writer_is_refused),
        TEST(all_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
