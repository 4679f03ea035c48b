/* feeds/fetch/transfer.c, without visits: how long a transfer may take is its own. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "feeds/fetch/transfer.h"
#include "tests/helpers/peer.h"

#define SIXTY "............................................................"

enum { SHORT = 200, LONG = 60000 };

struct pool {
    struct guard *guard;
    struct loop *loop;
    struct transfer_pool *transfers;
    struct peer *peer;
    struct address to;
    struct sockaddr_storage at;
};

static const struct fetch_conf conf = {.user_agent = "huiying/test", .max_transfers = 4};

static const struct fetch_conf strict = {
    .user_agent = "huiying/test", .max_transfers = 4,
    .limits = {.connect_ms = SHORT, .slow_seconds = 1, .slow_bytes = 100}};

static void open_pool_of(struct pool *p, const struct fetch_conf *c,
                         const struct peer_answer *answer)
{
    static const char *const loopback[] = {"127.0.0.0/8", NULL};
    char *url;

    p->peer = peer_start();
    peer_script(p->peer, "/feed", answer, 1);
    p->guard = guard_new(loopback);
    p->loop = loop_new();
    p->transfers = transfer_pool_new(c, p->guard, p->loop);
    assert_non_null(p->transfers);
    url = peer_url(p->peer, "/feed");
    assert_int_equal(address_parse(url, &p->to), 0);
    assert_true(address_literal("127.0.0.1", p->to.port, &p->at));
    free(url);
}

static void open_pool(struct pool *p, const struct peer_answer *answer)
{
    open_pool_of(p, &conf, answer);
}

static void close_pool(struct pool *p)
{
    transfer_pool_free(p->transfers);
    loop_free(p->loop);
    guard_free(p->guard);
    address_clear(&p->to);
    peer_stop(p->peer);
}

static void ask(struct pool *p, int64_t budget, void *owner)
{
    const struct transfer_request request = {.to = &p->to, .at = &p->at, .now = clock_mono(),
                                             .budget = budget, .body_max = 1 << 20,
                                             .owner = owner};

    assert_int_equal(transfer_begin(p->transfers, &request), 0);
}

/* The next that ends, of `owner`. */
static struct transfer *ended(struct pool *p, const void *owner)
{
    struct transfer *t;

    while (!(t = transfer_next(p->transfers))) {
        loop_wait(p->loop, transfer_wait_ms(p->transfers, LONG));
        transfer_tick(p->transfers);
    }
    assert_ptr_equal(transfer_result(t)->owner, owner);
    return t;
}

static void each_has_its_own_time(void **state)
{
    (void)state;
    static const struct peer_answer late = {200, NULL, {"<rss/>", 6}, NULL, PEER_GATED};
    struct pool p;
    int patient, hasty[2];
    int64_t begun = clock_mono();

    open_pool(&p, &late);
    ask(&p, LONG, &patient);
    for (int i = 0; i < 2; i++) {
        ask(&p, SHORT, &hasty[i]);
        struct transfer *t = ended(&p, &hasty[i]);
        assert_true(clock_mono() - begun >= SHORT * (i + 1));
        assert_int_equal(transfer_result(t)->fault, TRANSFER_FAILED);
        assert_non_null(strstr(transfer_result(t)->problem, "timed out"));
        assert_int_equal(transfer_result(t)->status, 0);
        transfer_release(p.transfers, t);
    }
    peer_open(p.peer);
    struct transfer *t = ended(&p, &patient);
    assert_int_equal(transfer_result(t)->fault, TRANSFER_OK);
    assert_int_equal(transfer_result(t)->status, 200);
    assert_int_equal(transfer_result(t)->body.len, 6);
    transfer_release(p.transfers, t);
    close_pool(&p);
}

static void one_without_time_ends_at_once(void **state)
{
    (void)state;
    static const struct peer_answer late = {200, NULL, {"<rss/>", 6}, NULL, PEER_GATED};
    struct pool p;
    int owner;

    open_pool(&p, &late);
    ask(&p, 0, &owner);
    struct transfer *t = ended(&p, &owner);
    assert_int_not_equal(transfer_result(t)->fault, TRANSFER_OK);
    transfer_release(p.transfers, t);
    /* What is still under way goes with the pool. */
    ask(&p, LONG, &owner);
    close_pool(&p);
}

/* Its own time is long; what ends it is that nothing comes, or that what comes is too little. */
static void one_that_brings_too_little_ends(void **state)
{
    (void)state;
    static const struct peer_answer stingy[] = {{200, NULL, {"<rss/>", 6}, NULL, PEER_GATED},
                                                {200, NULL, {SIXTY SIXTY, 120}, NULL, PEER_SLOW}};
    int64_t begun = clock_mono();

    for (size_t i = 0; i < 2; i++) {
        struct pool p;
        int owner;
        open_pool_of(&p, &strict, &stingy[i]);
        ask(&p, LONG, &owner);
        struct transfer *t = ended(&p, &owner);
        assert_true(clock_mono() - begun < LONG / 2);
        assert_int_equal(transfer_result(t)->fault, TRANSFER_FAILED);
        assert_non_null(strstr(transfer_result(t)->problem, "too slow"));
        assert_int_equal(transfer_result(t)->status, i ? 200 : 0);
        transfer_release(p.transfers, t);
        close_pool(&p);
    }
}

/* A socket that takes connections and says nothing: TLS never begins. */
static void one_that_never_connects_ends(void **state)
{
    (void)state;
    static const struct peer_answer unused = {200, NULL, {"<rss/>", 6}, NULL, PEER_PLAIN};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof in;
    struct pool p;
    char url[64];
    int owner, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int64_t begun = clock_mono();

    assert_int_equal(bind(fd, (struct sockaddr *)&in, size), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &size), 0);
    open_pool_of(&p, &strict, &unused);
    address_clear(&p.to);
    snprintf(url, sizeof url, "https://127.0.0.1:%d/feed", ntohs(in.sin_port));
    assert_int_equal(address_parse(url, &p.to), 0);
    assert_true(address_literal("127.0.0.1", p.to.port, &p.at));
    ask(&p, LONG, &owner);
    struct transfer *t = ended(&p, &owner);
    assert_true(clock_mono() - begun < LONG / 2);
    assert_int_equal(transfer_result(t)->fault, TRANSFER_CONNECT);
    assert_non_null(strstr(transfer_result(t)->problem, "timed out"));
    transfer_release(p.transfers, t);
    close(fd);
    close_pool(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_its_own_time),
        cmocka_unit_test(one_without_time_ends_at_once),
        cmocka_unit_test(one_that_brings_too_little_ends),
        cmocka_unit_test(one_that_never_connects_ends),
    };

    return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}
