/* A reader of Redis while somebody writes there: what it sees, and how often it has to ask. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "store/cluster.h"
#include "store/forget.h"
#include "tests/unit/redis_own.h"
#include "tests/unit/store_samples.h"

struct fixture {
    struct redis_own redis; /* its store is who writes */
    struct store *reader;   /* its requests pass the proxy */
    struct concern c;
    uint64_t head;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    *state = f;
    if (redis_own_start(&f->redis, NULL) || redis_own_proxy(&f->redis) ||
        redis_own_open(&f->redis, f->redis.address))
        return -1;
    return f->redis.server ? store_follow(f->redis.proxied, &f->reader) : 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    store_close(f->reader);
    redis_own_end(&f->redis);
    free(f);
    return 0;
}

static struct fixture *there(void **state)
{
    struct fixture *f = *state;

    redis_own_need(&f->redis);
    return f;
}

/* With its event, as the ledger does. */
static void commit_concern(struct fixture *f, enum concern_state to)
{
    const struct concern *list[] = {&f->c};
    struct event e = samples_event(++f->head, f->c.id);

    f->c.state = to;
    f->c.updated++;
    assert_int_equal(store_commit(f->redis.store, &(struct store_batch){.events = &e, .nevents = 1,
                                                                   .concerns = list,
                                                                   .nconcerns = 1}), 0);
}

static void reopen(void *arg)
{
    commit_concern(arg, CONCERN_FOUND);
}

static void close_again(void *arg)
{
    commit_concern(arg, CONCERN_CLOSED);
}

struct seen {
    uint64_t ids[8];
    size_t n;
};

static int see(void *arg, const struct concern *c)
{
    struct seen *s = arg;

    assert_true(s->n < 8);
    s->ids[s->n++] = c->id;
    return 0;
}

static struct seen look(struct fixture *f, int64_t since)
{
    struct seen s = {.n = 0};

    assert_int_equal(store_each_concern(f->reader, since, see, &s), 0);
    return s;
}

/* Before whichever of its requests it moves, one that is owed is seen once. */
static void a_concern_that_moves_meanwhile_is_seen(void **state)
{
    enum { REQUESTS = 6 };
    struct fixture *f = there(state);

    f->c = samples_concern(7, CONCERN_CLOSED, 50);
    commit_concern(f, CONCERN_CLOSED);
    assert_int_equal(look(f, 0).n, 1); /* it is connected, and has its scripts */
    for (unsigned before = 0; before < REQUESTS; before++)
        for (int reopens = 0; reopens < 2; reopens++) {
            commit_concern(f, reopens ? CONCERN_CLOSED : CONCERN_FOUND);
            link_proxy_call_after(f->redis.proxy, before, reopens ? reopen : close_again, f);
            struct seen s = look(f, f->c.updated);
            link_proxy_fail(f->redis.proxy, LINK_PASS); /* so many requests there were not */
            assert_int_equal(s.n, 1);
            assert_int_equal(s.ids[0], 7);
        }
}

/* An event alone does not make it one that is asked for. */
static void what_was_closed_before_stays_away(void **state)
{
    struct fixture *f = there(state);

    f->c = samples_concern(7, CONCERN_CLOSED, 50);
    commit_concern(f, CONCERN_CLOSED);
    assert_int_equal(look(f, 0).n, 1);
    for (unsigned before = 0; before < 4; before++) {
        link_proxy_call_after(f->redis.proxy, before, close_again, f);
        assert_int_equal(look(f, f->c.updated + 2).n, 0);
        link_proxy_fail(f->redis.proxy, LINK_PASS);
    }
}

struct page {
    uint64_t numbers[STORE_NUMBERED];
    size_t seen;
};

static int take_item(void *arg, size_t at, const struct store_item *item)
{
    struct page *p = arg;
    struct store_item wanted = samples_item((unsigned)p->numbers[at], "words");

    assert_memory_equal(item->ident, wanted.ident, STORE_IDENT);
    p->seen++;
    return 0;
}

/* However many items a page has: what takes time is the way to the server and back. */
static void a_page_of_items_is_two_exchanges(void **state)
{
    struct fixture *f = there(state);
    struct page p = {.seen = 0};

    for (unsigned i = 1; i <= STORE_NUMBERED; i++) {
        struct store_item item = samples_item(i, "words");
        assert_int_equal(store_commit(f->redis.store, &(struct store_batch){.items = &item,
                                                                       .nitems = 1}), 0);
        p.numbers[STORE_NUMBERED - i] = i;
    }
    assert_int_equal(look(f, 0).n, 0); /* it is connected */
    unsigned before = link_proxy_exchanges(f->redis.proxy);
    assert_int_equal(store_each_numbered(f->reader, p.numbers, STORE_NUMBERED, take_item, &p), 0);
    assert_int_equal(p.seen, STORE_NUMBERED);
    assert_int_equal(link_proxy_exchanges(f->redis.proxy) - before, 2);
}

static int take_sketch(void *arg, const struct store_item *item)
{
    uint32_t *out = arg;

    assert_true(item->source.n && item->link.n && item->region.n && !item->text.n);
    memcpy(out, item->sketch, sizeof item->sketch);
    return 0;
}

static long said(struct fixture *f, const char *one, const char *two, const char *three)
{
    char *text = redis_server_say(f->redis.server, (const char *[]){one, two, three, NULL});
    long n = text ? strtol(text, NULL, 10) : -1;

    free(text);
    return n;
}

/* What an item keeps without its words is what it still needs. */
static void what_expired_is_small(void **state)
{
    enum { ITEMS = 4100, BATCH = 820 };
    struct fixture *f = there(state);
    struct store_item *items = calloc(BATCH, sizeof *items);
    uint32_t sketch[VERDICT_SKETCH];
    unsigned char first[2][STORE_IDENT];

    assert_non_null(items);
    for (unsigned at = 0; at < ITEMS; at += BATCH) {
        for (unsigned i = 0; i < BATCH; i++) {
            items[i] = samples_item(at + i, "words");
            items[i].concern = at + i == 1 ? 5 : 0;
            items[i].sketch[0] = 7;
        }
        if (!at)
            for (unsigned i = 0; i < 2; i++)
                memcpy(first[i], items[i].ident, STORE_IDENT);
        assert_int_equal(store_commit(f->redis.store, &(struct store_batch){.items = items,
                                                                       .nitems = BATCH}), 0);
    }
    free(items);
    assert_int_equal(store_expire(f->redis.store, INT64_MAX, 2 * ITEMS), ITEMS);
    assert_int_equal(store_item(f->redis.store, first[1], take_sketch, sketch), 0);
    assert_int_equal(sketch[0], 7); /* a copy of others in its concern is found by it */
    assert_int_equal(store_item(f->redis.store, first[0], take_sketch, sketch), 0);
    for (size_t i = 0; i < VERDICT_SKETCH; i++)
        assert_int_equal(sketch[i], 0);
    assert_in_range(said(f, "MEMORY", "USAGE", "{huiying}:numbers:0"), 1,
                    4096 * STORE_IDENT * 5 / 4 + 100); /* of the allocator's next size */
    assert_int_equal(said(f, "STRLEN", "{huiying}:numbers:0", NULL), 4096 * STORE_IDENT);
}

/* What is left of chunks, and what led to the others. */
static void what_is_forgotten_leaves_little(void **state)
{
    enum { ITEMS = 9000, BATCH = 900, MEMBERS = ITEMS / 100 };
    struct fixture *f = there(state);
    struct store_item *items = calloc(BATCH, sizeof *items);

    assert_non_null(items);
    for (unsigned at = 0; at < ITEMS; at += BATCH) {
        for (unsigned i = 0; i < BATCH; i++) {
            items[i] = samples_item(at + i + 1, "");
            items[i].marked = STORE_DATED;
            items[i].concern = (at + i) % 100 ? 0 : 1;
            items[i].aliases[0] = 2 * (at + i) + 1;
            items[i].aliases[1] = 2 * (at + i) + 2;
        }
        assert_int_equal(store_commit(f->redis.store, &(struct store_batch){.items = items,
                                                                       .nitems = BATCH}), 0);
    }
    free(items);
    long before = said(f, "DBSIZE", NULL, NULL);
    for (int calls = 0; calls < 10; calls++)
        assert_true(store_forget(f->redis.store, STORE_FORGET_SLACK + 2000, 2000) >= 0);
    assert_int_equal(said(f, "DBSIZE", NULL, NULL), before - (ITEMS - MEMBERS));
    assert_int_equal(said(f, "HLEN", "{huiying}:aliases", NULL), 2 * MEMBERS);
    for (unsigned chunk = 0; chunk < 3; chunk++) {
        char whole[32], few[32];
        snprintf(whole, sizeof whole, "{huiying}:numbers:%u", chunk);
        snprintf(few, sizeof few, "{huiying}:few:%u", chunk);
        assert_int_equal(said(f, "EXISTS", whole, NULL), chunk == 2); /* the last is not full */
        assert_int_equal(said(f, "HLEN", few, NULL), chunk == 2 ? 0 : 41);
    }
}

/* A server whose locale is made for it in `folder`, or none: where locales cannot be made. */
static struct redis_server *chinese_server(const char *folder)
{
    struct redis_server *server = NULL;
    char command[512];

    snprintf(command, sizeof command,
             "localedef -i zh_CN -f UTF-8 '%s/zh_CN.UTF-8' >'%s/localedef.log' 2>&1", folder,
             folder);
    if (system(command))
        return NULL;
    setenv("LOCPATH", folder, 1);
    setenv("LC_ALL", "zh_CN.UTF-8", 1);
    server = redis_server_start(folder, NULL);
    unsetenv("LC_ALL");
    unsetenv("LOCPATH");
    return server;
}

/* Lua's order of strings is that of the server's locale: no time is compared by it. */
static void the_locale_does_not_say_what_is_old(void **state)
{
    enum { ITEMS = 60 };
    const int64_t older = INT64_C(1700000000000), step = 7919999;
    struct store_item items[ITEMS];
    char *folder = samples_folder(), *address = NULL;
    struct redis_server *server = chinese_server(folder);
    struct store *s = NULL;

    there(state);
    if (!server) {
        samples_remove(folder);
        free(folder);
        print_message("no locale can be made\n");
        skip();
    }
    for (unsigned i = 0; i < ITEMS; i++) {
        items[i] = samples_item(i + 1, "");
        items[i].marked = STORE_DATED;
        items[i].published = older - 1;
        items[i].found = older + (i % 2 ? -1 - i * step : i * step); /* each second one is old */
    }
    assert_true(asprintf(&address, "redis+unix:%s", redis_server_socket(server)) > 0);
    assert_int_equal(store_open(address, &s), 0);
    assert_int_equal(store_commit(s, &(struct store_batch){.items = items, .nitems = ITEMS}), 0);
    assert_int_equal(store_forget(s, older + STORE_FORGET_SLACK, ITEMS), ITEMS);
    for (unsigned i = 0; i < ITEMS; i++)
        assert_int_equal(store_item(s, items[i].ident, take_sketch, &(uint32_t[VERDICT_SKETCH]){0}),
                         i % 2 ? ERR_NOTFOUND : 0);
    store_close(s);
    redis_server_kill(server);
    samples_remove(folder);
    free(folder);
    free(address);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_concern_that_moves_meanwhile_is_seen),
        TEST(what_was_closed_before_stays_away),
        TEST(a_page_of_items_is_two_exchanges),
        TEST(what_expired_is_small),
        TEST(what_is_forgotten_leaves_little),
        TEST(the_locale_does_not_say_what_is_old),
    };
    return cmocka_run_group_tests_name("redis reads", tests, NULL, NULL);
}
