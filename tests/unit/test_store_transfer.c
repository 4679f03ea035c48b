/* A store moves into another one of each kind and back: nothing is lost, and it goes on there. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "store/audit.h"
#include "store/forget.h"
#include "store/transfer.h"
#include "tests/unit/redis_own.h"
#include "tests/unit/store_dump.h"
#include "tests/unit/store_samples.h"

enum { BATCHES = 40 };

struct fixture {
    struct redis_own redis;
    char *folder;
    struct samples samples;
    struct samples_batch *batch;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    const char *given = getenv("HUIYING_TEST_SEED");

    *state = f;
    f->folder = samples_folder();
    f->batch = malloc(sizeof *f->batch);
    f->samples.random = given ? strtoull(given, NULL, 10) : (uint64_t)clock_now();
    print_message("seed %ju\n", (uintmax_t)f->samples.random);
    return redis_own_start(&f->redis, (const char *[]){"--appendfsync", "no", NULL});
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    redis_own_end(&f->redis);
    samples_remove(f->folder);
    free(f->folder);
    free(f->batch);
    free(f);
    return 0;
}

static void add_some(struct fixture *f, struct store *s, struct store *twin)
{
    for (int i = 0; i < BATCHES; i++) {
        samples_batch(&f->samples, f->batch);
        assert_int_equal(store_commit(s, &f->batch->batch), 0);
        if (twin)
            assert_int_equal(store_commit(twin, &f->batch->batch), 0);
    }
}

/* Some of each kind, whatever chance brought. */
static void add_rest(struct fixture *f, struct store *s)
{
    struct store_item item = samples_item(900, "with a page");
    struct store_page page = {.due = 77, .content = 5, .tries = 3, .kind = STORE_PAGE_WATCH};
    struct store_reply reply = {.concern = 1, .due = 5, .title = "答复", .checked = 9,
                                .round = 2, .url = "https://town.example/r"};
    const struct store_correction asked[] = {
        {.concern = 0, .waiting = 2, .granted = 1},
        {.concern = 1, .wish = STORE_WISH_ERASE, .reason = ERASURE_ASKED, .waiting = 2,
         .granted = 1, .since = 9, .hour = 3, .in_hour = 1}};
    struct burst_row rows[] = {{"wage-arrears", 3 * BURST_STEP, 7}, {"", 3 * BURST_STEP, 9}};
    struct source added = {.id = "added", .url = "http://a.example/f", .name = "加",
                           .interval = 60000};
    const struct source *adds[] = {&added};
    struct store_alias aliases[] = {{.alias = 5}, {.alias = UINT64_MAX}, {.alias = 6}};
    struct concern c = samples_concern(1, CONCERN_ACCEPTED, 9);
    const struct concern *list[] = {&c};
    struct event e = samples_event(++f->samples.head, 1);
    struct store_note note = {e.seq, STR("已转水务")};
    struct store_mark mark = {.aspect = STORE_MARK_KIND, .value = VERDICT_RAISED, .at = 4};
    struct store_cursor cursor = {"alone", "desk", 1};
    struct store_command command = {"key", 0, e.seq, 30 * CLOCK_DAY, "好 good"};
    struct store_source source = {.id = STR("polled"), .etag = STR("\"x\""), .failures = 2};

    const struct account accounts[] = {
        {.name = "li", .unit = "water", .role = ACCOUNT_UNIT, .hash = "$argon2id$x", .created = 4,
         .changed = 5},
        {.name = "gone", .role = ACCOUNT_AUDITOR, .disabled = true, .created = 1, .changed = 9}};
    const struct account_token token = {.hash = {7, 0, 9}, .account = "li", .unit = "water",
                                        .role = ACCOUNT_UNIT, .created = 6, .expires = 8};
    const struct trail_row trail[] = {{.at = 1, .role = "socket", .act = "account.add",
                                       .target = "li"},
                                      {.at = 2, .who = "li", .role = "unit", .act = "login"},
                                      {.at = 3, .who = "li", .role = "unit", .act = "logout"}};
    /* one replaced, one in force, one taken out, one that waits */
    struct store_publication texts[] = {
        {.seq = 1, .concern = 1, .text = STR("第一版"), .drafted = 3},
        {.act = STORE_PUBLICATION_PUBLISH, .seq = 1, .concern = 1, .edition = 1, .unit = "hr",
         .published = 4},
        {.seq = 2, .concern = 1, .text = STR("第二版"), .drafted = 5, .hash = {1, 2}},
        {.act = STORE_PUBLICATION_PUBLISH, .seq = 2, .concern = 1, .edition = 2, .unit = "hr",
         .published = 6},
        {.seq = 3, .concern = 1, .round = 1, .text = STR("另一轮")},
        {.act = STORE_PUBLICATION_PUBLISH, .seq = 3, .concern = 1, .round = 1, .edition = 1,
         .unit = "hr", .published = 7},
        {.act = STORE_PUBLICATION_BLANK, .seq = 3, .concern = 1},
        {.seq = 4, .concern = 1, .round = 1, .text = STR("待审")}};
    struct store_survey surveys[] = {{.concern = 1, .solved = 2, .not_yet = 1, .hour = 9}};

    const struct store_shared shared[] = {
        {.kind = STORE_SHARED_KEY, .name = "units/hr", .at = 5, .value = STR("key")},
        {.kind = STORE_SHARED_RULES, .name = "head", .at = -1, .value = {"a\0b", 3}}};

    e.noted = true;
    e.naudience = 1;
    e.audience[0] = (struct event_audience){"alone", 1};
    item.aliases[0] = 12;
    memset(aliases[2].ident, 0xee, STORE_IDENT); /* of no item */
    memcpy(page.ident, item.ident, STORE_IDENT);
    memcpy(mark.ident, item.ident, STORE_IDENT);
    for (size_t i = 0; i < 2; i++)
        memcpy(aliases[i].ident, item.ident, STORE_IDENT);
    struct store_batch b = {
        .items = &item, .nitems = 1, .pages = &page, .npages = 1, .replies = &reply,
        .nreplies = 1, .arrivals = rows, .narrivals = 2, .adds = adds, .nadds = 1,
        .aliases = aliases, .naliases = 3, .concerns = list, .nconcerns = 1, .events = &e,
        .nevents = 1, .notes = &note, .nnotes = 1, .marks = &mark, .nmarks = 1,
        .cursors = &cursor, .ncursors = 1, .commands = &command, .ncommands = 1,
        .publications = texts, .npublications = 8, .surveys = surveys, .nsurveys = 1,
        .corrections = asked, .ncorrections = 2, .shared = shared, .nshared = 2,
        .sources = &source, .nsources = 1, .accounts = accounts, .naccounts = 2,
        .tokens = &token, .ntokens = 1, .trail = trail, .ntrail = 3,
        .rules = UINT64_C(0xfedcba9876543210),
        .published = 3};
    assert_int_equal(store_commit(s, &b), 0);
}

static void assert_same(struct store *a, struct store *b)
{
    struct buf left = BUF_INIT, right = BUF_INIT;
    const uint64_t aliases[2][2] = {{UINT64_MAX, 0}, {6, 0}};
    struct store_seen seen[2] = {{.found = false}};

    store_dump(a, &left);
    store_dump(b, &right);
    buf_add_char(&left, '\0');
    buf_add_char(&right, '\0');
    assert_string_equal(left.data, right.data);
    buf_free(&left);
    buf_free(&right);
    assert_string_equal(store_epoch(a), store_epoch(b));
    assert_memory_equal(store_hash_key(a), store_hash_key(b), 16);
    assert_int_equal(store_seen_as(b, aliases, 2, seen), 0);
    assert_true(seen[0].found);
    assert_false(seen[1].found);
}

static struct store *open_store(const char *address)
{
    struct store *s;

    assert_int_equal(store_open(address, &s), 0);
    return s;
}

static void count_steps(void *arg, size_t done, size_t total)
{
    size_t *last = arg;

    assert_true(done >= *last && done <= total);
    *last = done;
}

static void there_and_back(void **state)
{
    struct fixture *f = *state;
    struct store *first = open_store("memory:"), *at = first;
    struct transfer_census before, census;
    enum transfer_kind kind;
    char addresses[3][256] = {""};
    size_t last = 0;
    struct transfer_watch watch = {count_steps, &last};

    add_some(f, first, NULL);
    add_rest(f, first);
    store_expire(first, 20 * CLOCK_DAY, 1000);
    int err = transfer_census(first, NULL, &before, &kind);
    if (err)
        fail_msg("%s: %s", transfer_name(kind), err_name(err));
    for (unsigned k = 0; k < TRANSFER_KINDS; k++)
        if (!before.of[k].count)
            fail_msg("nothing of %s", transfer_name(k));
    snprintf(addresses[0], 256, "sqlite:%s/a.db", f->folder);
    if (f->redis.server)
        snprintf(addresses[1], 256, "%s", f->redis.address);
    else
        print_message("no redis-server\n");
    snprintf(addresses[2], 256, "sqlite:%s/b.db", f->folder);
    for (size_t i = 0; i < 3; i++) {
        if (!addresses[i][0])
            continue;
        struct store *next = open_store(addresses[i]);
        last = 0;
        err = transfer_copy(at, next, 20 * CLOCK_DAY, &watch, &census, &kind);
        if (err)
            fail_msg("%s: %s: %s", addresses[i], transfer_name(kind), err_name(err));
        assert_true(last > 0);
        for (unsigned k = 0; k < TRANSFER_KINDS; k++)
            assert_true(census.of[k].count == before.of[k].count &&
                        census.of[k].sum == before.of[k].sum);
        assert_same(first, next);
        if (at != first)
            store_close(at);
        store_close(next); /* and as it is found by the next who opens it */
        at = open_store(addresses[i]);
        assert_same(first, at);
    }
    add_some(f, at, first); /* it goes on */
    assert_same(first, at);
    store_close(at);
    store_close(first);
}

static void no_finding(void *arg, const struct audit_finding *f)
{
    (void)arg;
    fail_msg("%s: %s", f->en, f->row);
}

static void audit_it(const char *address)
{
    const struct audit_watch watch = {.found = no_finding};
    struct audit_result result;

    if (!strncmp(address, "sqlite:", 7))
        assert_int_equal(audit_file(address + 7, &watch, &result), 0);
}

enum { KEPT = 44, GO_EACH = 2 }; /* so few that no sweep takes their aliases before the last */

/* Each store forgets two more; what leads to them, and is there still, is not copied. */
static void forgotten_ones_stay_behind(void **state)
{
    struct fixture *f = *state;
    struct store *at = open_store("memory:");
    struct store_item items[KEPT];
    struct transfer_census census;
    struct store_counts n;
    enum transfer_kind kind;
    char addresses[4][256] = {"memory:"};
    int64_t before = STORE_FORGET_SLACK + CLOCK_DAY;

    redis_own_need(&f->redis);
    snprintf(addresses[1], 256, "sqlite:%s/a.db", f->folder);
    snprintf(addresses[2], 256, "%s", f->redis.address);
    snprintf(addresses[3], 256, "sqlite:%s/b.db", f->folder);
    for (unsigned i = 0; i < KEPT; i++) {
        items[i] = samples_item(i + 1, "");
        items[i].marked = STORE_DATED;
        items[i].aliases[0] = 900 + i;
        items[i].found = items[i].published = (i < 20 ? 1 + i / GO_EACH : 999) * CLOCK_DAY;
    }
    assert_int_equal(store_commit(at, &(struct store_batch){.items = items, .nitems = KEPT}), 0);
    for (unsigned i = 0; i < 4; i++, before += CLOCK_DAY) {
        if (i) {
            struct store *next = open_store(addresses[i]);
            int err = transfer_copy(at, next, 0, NULL, &census, &kind);
            if (err)
                fail_msg("%s: %s: %s", addresses[i], transfer_name(kind), err_name(err));
            assert_int_equal(census.of[TRANSFER_ITEMS].count, KEPT - i * GO_EACH);
            assert_int_equal(census.of[TRANSFER_ALIASES].count, KEPT - i * GO_EACH);
            assert_int_equal(store_counts(next, &n), 0);
            assert_true(n.items == KEPT - i * GO_EACH && !n.forgotten);
            assert_true(n.forgotten_before == i * CLOCK_DAY + STORE_FORGET_SLACK + 1);
            store_close(at);
            at = next;
        }
        assert_true(store_forget(at, before + 1, KEPT) > 0);
        assert_int_equal(store_counts(at, &n), 0);
        assert_int_equal(n.forgotten, GO_EACH);
        audit_it(addresses[i]);
    }
    assert_true(store_forget(at, before + 9 * CLOCK_DAY, KEPT) > 0); /* and now a sweep */
    store_close(at);
    audit_it(addresses[3]);
}

static void what_is_there_is_not_replaced(void **state)
{
    struct fixture *f = *state;
    struct store *from = open_store("memory:"), *to = open_store("memory:");
    struct transfer_census census;
    enum transfer_kind kind;
    struct event e = samples_event(1, 1);

    (void)f;
    assert_int_equal(store_commit(to, &(struct store_batch){.events = &e, .nevents = 1}), 0);
    assert_int_equal(transfer_copy(from, to, 0, NULL, &census, &kind), ERR_EXISTS);
    store_close(from);
    store_close(to);
}

/* What somebody's hand took out of Redis is missed. */
static void damage_is_found(void **state)
{
    static const struct {
        const char *words[6];
        enum transfer_kind at;
    } harm[] = {
        {{"XDEL", "{huiying}:events", "2-0"}, TRANSFER_EVENTS},
        {{"HSET", "{huiying}:units", "water", "999999"}, TRANSFER_OUTBOX},
        {{"SET", "{huiying}:numbers:0", "x"}, TRANSFER_ITEMS},
        {{"HSET", "{huiying}:concern:1", "b", "x"}, TRANSFER_CONCERNS},
    };
    struct fixture *f = *state;
    struct transfer_census census;
    enum transfer_kind kind;

    redis_own_need(&f->redis);
    for (size_t i = 0; i < sizeof harm / sizeof *harm; i++) {
        struct concern c = samples_concern(1, CONCERN_OPEN, 5);
        const struct concern *list[] = {&c};
        f->samples = (struct samples){.random = 1 + i};
        free(redis_server_say(f->redis.server, (const char *[]){"FLUSHALL", NULL}));
        struct store *s = open_store(f->redis.address);
        add_some(f, s, NULL);
        assert_int_equal(store_commit(s, &(struct store_batch){.concerns = list, .nconcerns = 1}),
                         0);
        assert_int_equal(transfer_census(s, NULL, &census, &kind), 0);
        free(redis_server_say(f->redis.server, harm[i].words));
        assert_int_equal(transfer_census(s, NULL, &census, &kind), ERR_CORRUPT);
        assert_int_equal(kind, harm[i].at);
        store_close(s);
    }
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(there_and_back),
        TEST(forgotten_ones_stay_behind),
        TEST(what_is_there_is_not_replaced),
        TEST(damage_is_found),
    };
    return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}
