/* Servers that break HTTP, TLS, DNS and compression on purpose: each poll ends in a named problem
 * and costs bounded bytes, and the good source beside it is polled all the same. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/loop.h"
#include "feeds/fetch/fetch.h"
#include "feeds/fetch/guard.h"
#include "feeds/fetch/resolve.h"
#include "feeds/fetch/transfer.h"
#include "tests/helpers/names.h"
#include "tests/helpers/peer.h"
#include "tests/helpers/wire.h"

enum { WAIT_MS = 60000, MIB = 1024 * 1024, SENT_MAX = 24 * MIB };

static const char *const loopback[] = {"127.0.0.0/8", NULL};
/* Short enough for a test, long enough for what is merely large under a sanitiser. */
static const struct fetch_limits hasty = {
    .total_ms = 3000, .connect_ms = 1000, .name_ms = 50, .slow_seconds = 1, .slow_bytes = 100};

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
#define S(text) {text, sizeof(text) - 1}

/* 256 MiB of zeros in brotli. */
static const char brotli[] =
    "\xcf\xff\xff\x7f\x00\x24\x00\xe2\xb1\x40\x72\xef\xff\xf9\xff\xff\x0f\x80\x04\x40\x1c\x16\x80"
    "\xee\xfd\x3f\xff\xff\xff\x01\x90\x00\x88\xc3\x02\xd0\xbd\xff\xe7\xff\xff\x3f\x00\x12\x00\x71"
    "\x58\x00\xba\xf7\xff\xfc\xff\xff\x07\x40\x02\x20\x0e\x0b\x40\xf7\xfe\x9f\xff\xff\xff\x00\x48"
    "\x00\xc4\x61\x01\xe8\xde\xff\xf3\xff\xff\x1f\x00\x09\x80\x38\x2c\x00\xdd\xfb\x7f\xfe\xff\xff"
    "\x03\x20\x01\x10\x87\x05\xa0\x7b\xff\xcf\xff\xff\x7f\x00\x24\x00\xe2\xb0\x00\x74\xef\xff\xf9"
    "\xff\xff\x0f\x80\x04\x40\x1c\x16\x80\xee\xfd\x3f\xff\xff\xff\x01\x90\x00\x88\xc3\x02\xd0\xbd"
    "\xff\xe7\xff\xff\x3f\x00\x12\x00\x71\x58\x00\xba\xf7\xff\xfc\xff\xff\x07\x40\x02\x20\x0e\x0b"
    "\x40\xf7\xfe\x9f\xff\xff\xff\x00\x48\x00\xc4\x61\x01\xe8\xde\xff\xf3\xff\xff\x1f\x00\x09\x80"
    "\x38\x2c\x00\xdd\xfb\xff\xfc\xff\xff\x07\x20\x01\x10\x87\x05\xa0\x7b\xff\x0f";

static const struct {
    const char *name;
    struct wire_script script;
    const char *says;
    enum fetch_outcome outcome;
    bool https;
} rows[] = {
    {"a byte at a time", {S(OK_HEAD "\r\n"), S("x"), WIRE_TRICKLE, false}, "slow", FETCH_FAILED,
     false},
    {"headers a byte at a time", {S("HTTP/1.1 200 OK\r\n"), S("X-A: b\r\n"), WIRE_TRICKLE, false},
     "slow", FETCH_FAILED, false},
    {"a body without end", {S(OK_HEAD "\r\n"), S("<item></item>"), WIRE_REPEAT, false}, "size",
     FETCH_FAILED, false},
    {"chunks without end", {S(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"),
     S("10\r\n0123456789abcdef\r\n"), WIRE_REPEAT, false}, "size", FETCH_FAILED, false},
    {"chunks of one byte", {S(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"), S("1\r\nx\r\n"),
     WIRE_TRICKLE, false}, "slow", FETCH_FAILED, false},
    {"chunk extensions without end", {S(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n1;"),
     S("aaaaaaaa"), WIRE_TRICKLE, false}, "slow", FETCH_FAILED, false},
    {"gzip that unpacks to nothing", {S(OK_HEAD "Content-Encoding: gzip\r\n\r\n"
     "\x1f\x8b\x08\0\0\0\0\0\0\3"), S("\0\0\0\xff\xff"), WIRE_REPEAT, false}, "size",
     FETCH_FAILED, false},
    {"zstd that is all skipped", {S(OK_HEAD "Content-Encoding: zstd\r\n\r\n"),
     S("\x50\x2a\x4d\x18\x04\0\0\0skip"), WIRE_REPEAT, false}, "size", FETCH_FAILED, false},
    {"trailers without end", {S(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"),
     S("X-Trailer: aaaaaaaaaaaaaaaa\r\n"), WIRE_REPEAT, false}, "size", FETCH_FAILED, false},
    {"a chunk of 2^63", {S(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n"),
     S("xxxxxx"), WIRE_REPEAT, false}, "size", FETCH_FAILED, false},
    {"a chunk past 2^64", {S(OK_HEAD "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"),
     {0}, WIRE_SILENT, false}, "", FETCH_FAILED, false},
    {"no chunk", {S(OK_HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\n"), {0}, WIRE_SILENT, false},
     "", FETCH_FAILED, false},
    {"chunks that stop", {S(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nab"), {0}, WIRE_CLOSE,
     false}, "", FETCH_FAILED, false},
    {"headers without end", {S("HTTP/1.1 200 OK\r\n"),
     S("X-Filler: aaaaaaaaaaaaaaaaaaaaaaaa\r\n"), WIRE_REPEAT, false}, "size", FETCH_FAILED,
     false},
    {"a header without end", {S("HTTP/1.1 200 OK\r\nX: "), S("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
     WIRE_REPEAT, false}, "", FETCH_FAILED, false},
    {"a status line without end", {S("HTTP/1.1 200 "), S("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
     WIRE_REPEAT, false}, "", FETCH_FAILED, false},
    {"103 without end", {S("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
     S("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), WIRE_REPEAT, false}, "size",
     FETCH_FAILED, false},
    {"100 without end", {S("HTTP/1.1 100 Continue\r\n\r\n"), S("HTTP/1.1 100 Continue\r\n\r\n"),
     WIRE_REPEAT, false}, "size", FETCH_FAILED, false},
    {"101", {S("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"), {0}, WIRE_CLOSE,
     false}, "", FETCH_FAILED, false},
    {"nothing", {{0}, {0}, WIRE_SILENT, false}, "timed out", FETCH_FAILED, false},
    {"a head and nothing", {S(OK_HEAD "Content-Length: 5\r\n\r\n"), {0}, WIRE_SILENT, false},
     "slow", FETCH_FAILED, false},
    {"a body that stops", {S(OK_HEAD "Content-Length: 50\r\n\r\n<rss/>"), {0}, WIRE_SILENT,
     false}, "slow", FETCH_FAILED, false},
    {"a reset before the answer", {{0}, {0}, WIRE_RESET, false}, "", FETCH_FAILED, false},
    {"a reset in the head", {S("HTTP/1.1 200 OK\r\nContent-"), {0}, WIRE_RESET, false}, "",
     FETCH_FAILED, false},
    {"a reset in the body", {S(OK_HEAD "Content-Length: 50\r\n\r\n<rss>"), {0}, WIRE_RESET,
     false}, "", FETCH_FAILED, false},
    {"a length too long", {S(OK_HEAD "Content-Length: 50\r\n\r\n<rss/>"), {0}, WIRE_CLOSE, false},
     "before the body", FETCH_FAILED, false},
    {"a length below none", {S(OK_HEAD "Content-Length: -1\r\n\r\n<rss/>"), {0}, WIRE_CLOSE,
     false}, "", FETCH_FAILED, false},
    {"two lengths", {S(OK_HEAD "Content-Length: 6\r\nContent-Length: 900\r\n\r\n<rss/>"), {0},
     WIRE_CLOSE, false}, "", FETCH_FAILED, false},
    {"a length of a terabyte", {S(OK_HEAD "Content-Length: 1099511627776\r\n\r\n"),
     S("<rss><channel>"), WIRE_REPEAT, false}, "size", FETCH_FAILED, false},
    {"HTTP/0.9", {S("<rss><channel></channel></rss>"), {0}, WIRE_CLOSE, false}, "not HTTP",
     FETCH_FAILED, false},
    {"SSH", {S("SSH-2.0-OpenSSH_9.2\r\n"), {0}, WIRE_SILENT, true}, "", FETCH_FAILED, false},
    {"a status of 99", {S("HTTP/1.1 099 No\r\nContent-Length: 0\r\n\r\n"), {0}, WIRE_CLOSE,
     false}, "", FETCH_FAILED, false},
    {"a version from nowhere", {S("HTTP/7.3 200 OK\r\nContent-Length: 0\r\n\r\n"), {0},
     WIRE_CLOSE, false}, "", FETCH_FAILED, false},
    {"NULs in the head", {{"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n", 46}, {0},
     WIRE_CLOSE, false}, "", FETCH_FAILED, false},
    {"noise for TLS", {S("HTTP/1.1 400 Bad Request\r\n\r\n"), {0}, WIRE_CLOSE, true}, "TLS",
     FETCH_FAILED, true},
    {"a TLS alert", {S("\x15\x03\x03\x00\x02\x02\x28"), {0}, WIRE_CLOSE, true}, "TLS",
     FETCH_FAILED, true},
    {"half a TLS hello", {S("\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03"),
     S("\0\0\0\0\0\0\0\0"), WIRE_TRICKLE, true}, "", FETCH_FAILED, true},
    {"silence for TLS", {{0}, {0}, WIRE_SILENT, true}, "", FETCH_FAILED, true},
    {"br that unpacks to 256 MiB",
     {S(OK_HEAD "Content-Encoding: br\r\nContent-Length: 203\r\n\r\n"), {brotli,
     sizeof brotli - 1}, WIRE_REPEAT, false}, "size", FETCH_FAILED, false},
    {"br that is none", {S(OK_HEAD "Content-Encoding: br\r\n\r\n\xff\xff\xff\xff\xff\xff"), {0},
     WIRE_CLOSE, false}, "", FETCH_FAILED, false},
    {"zstd that is none",
     {S(OK_HEAD "Content-Encoding: zstd\r\n\r\n(\xb5/\xfd\xff\xff\xff\xff\xff\xff"),
     S("\xff\xff\xff\xff"), WIRE_REPEAT, false}, "", FETCH_FAILED, false},
    {"zstd with a window of 3.75 TiB",
     {S(OK_HEAD "Content-Encoding: zstd\r\n\r\n(\xb5/\xfd\x04\xff\x01"), S("\x03\x00\x10\x00"),
     WIRE_REPEAT, false}, "", FETCH_FAILED, false},
    {"seven encodings",
     {S(OK_HEAD "Content-Encoding: gzip, gzip, gzip, gzip, gzip, gzip, br\r\n\r\nxx"), {0},
     WIRE_CLOSE, false}, "", FETCH_FAILED, false},
    {"an encoding of its own",
     {S(OK_HEAD "Content-Encoding: rot13\r\nContent-Length: 2\r\n\r\nxx"), {0}, WIRE_CLOSE,
     false}, "", FETCH_FAILED, false},
};

struct stage {
    struct source list[2];
    struct roster *roster;
    struct fetch_conf conf;
    struct queue *out;
    struct fetch *fetch;
    struct peer *good;
};

static char id_bad[] = "bad", id_good[] = "good";

static void stage_start(struct stage *s, char *url)
{
    static const struct peer_answer page = {200, NULL, {"<rss/>", 6}, NULL, PEER_PLAIN};

    memset(s, 0, sizeof *s);
    s->good = peer_start();
    peer_script(s->good, "/feed", &page, 1);
    s->list[0] = (struct source){.id = id_bad, .name = id_bad, .url = url, .interval = 3600000};
    s->list[1] = (struct source){
        .id = id_good, .name = id_good, .url = peer_url(s->good, "/feed"), .interval = 3600000};
    s->roster = roster_new();
    for (uint32_t i = 0, at; i < 2; i++)
        assert_int_equal(roster_add(s->roster, &s->list[i], &at), 0);
    s->conf = (struct fetch_conf){.user_agent = "huiying/test", .allow = loopback,
                                  .max_transfers = 8, .limits = hasty};
}

/* The good source gives its body whatever the other one does, whose result is returned. */
static struct fetched *stage_run(struct stage *s, const char *name)
{
    struct fetched *bad = NULL;

    s->out = queue_new(4);
    s->fetch = fetch_new(&s->conf, s->roster, s->out);
    assert_non_null(s->fetch);
    assert_int_equal(fetch_run(s->fetch), 0);
    for (int i = 0; i < 2; i++) {
        void *item = NULL;
        if (queue_take(s->out, &item, 1, WAIT_MS) != 1)
            fail_msg("%s: no end", name);
        struct fetched *f = item;
        if (!f->source) {
            bad = f;
            continue;
        }
        assert_int_equal(f->outcome, FETCH_BODY);
        fetch_fetched_free(f);
    }
    return bad;
}

static void stage_end(struct stage *s, struct fetched *f)
{
    fetch_fetched_free(f);
    fetch_stop(s->fetch);
    queue_free(s->out);
    peer_stop(s->good);
    roster_free(s->roster);
    free(s->list[0].url);
    free(s->list[1].url);
}

static void check(const char *name, const struct fetched *f, enum fetch_outcome outcome,
                  const char *says)
{
    if (f->outcome != outcome)
        fail_msg("%s: %s (%s)", name, fetch_outcome_name(f->outcome), f->problem ? f->problem : "");
    if (f->problem && strstr(f->problem, "the transfer failed"))
        fail_msg("%s: a problem without a name", name);
    if (!f->problem || !strstr(f->problem, says) || !strchr(f->problem, '('))
        fail_msg("%s: “%s” does not say “%s”", name, f->problem ? f->problem : "", says);
    assert_true(f->body.len == 0);
}

static void on_the_wire(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct wire *w = wire_start(&rows[i].script);
        struct stage s;
        char *url;
        assert_true(asprintf(&url, "http%s://127.0.0.1:%d/feed", rows[i].https ? "s" : "",
                             wire_port(w)) > 0);
        stage_start(&s, url);
        struct fetched *f = stage_run(&s, rows[i].name);
        check(rows[i].name, f, rows[i].outcome, rows[i].says);
        if (wire_sent(w) > SENT_MAX)
            fail_msg("%s: took %zu bytes", rows[i].name, wire_sent(w));
        stage_end(&s, f);
        wire_stop(w);
    }
}

/* One window of 128 KiB and blocks that say "this byte, 128 Ki times": 1 GiB in 32 KiB. */
static void zstd_bomb(void **state)
{
    (void)state;
    struct buf first = BUF_INIT;
    struct stage s;
    char *url;

    buf_add_text(&first, OK_HEAD "Content-Encoding: zstd\r\n\r\n");
    buf_add(&first, "\x28\xb5\x2f\xfd\x00\x38", 6);
    for (int i = 0; i < 8192; i++)
        buf_add(&first, "\x02\x00\x10x", 4);
    struct wire_script script = {.first = buf_str(&first), .end = WIRE_SILENT};
    struct wire *w = wire_start(&script);
    assert_true(asprintf(&url, "http://127.0.0.1:%d/feed", wire_port(w)) > 0);
    stage_start(&s, url);
    struct fetched *f = stage_run(&s, "zstd");
    check("zstd", f, FETCH_FAILED, "size");
    stage_end(&s, f);
    wire_stop(w);
    buf_free(&first);
}

/* A name that changes its address after the look, and one that is never answered. */
static void names_that_lie(void **state)
{
    (void)state;
    static const struct names_record records[] = {
        {"moves.example.cn", {"127.0.0.1"}},
        {"moves.example.cn", {"10.0.0.1"}},
        {"inside.example.cn", {"192.168.1.1"}},
        {"back.example.cn", {"127.0.0.1"}},
    };
    static const struct {
        const char *host, *to, *says;
        enum fetch_outcome outcome;
        size_t requests;
    } cases[] = {
        /* The one answer serves robots.txt, page and redirect: nothing is asked of 10.0.0.1. */
        {"moves.example.cn", "moves.example.cn", NULL, FETCH_BODY, 4},
        {"back.example.cn", "inside.example.cn", "public", FETCH_REFUSED, 3},
        {"back.example.cn", "silent.example.cn", "looked up", FETCH_FAILED, 3},
        {"silent.example.cn", "", "looked up", FETCH_FAILED, 1},
        {"inside.example.cn", "", "public", FETCH_REFUSED, 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static const struct peer_answer end = {200, NULL, {"<rss/>", 6}, NULL, PEER_PLAIN};
        struct names *names = names_start(records, sizeof records / sizeof *records);
        struct peer *peer = peer_start();
        struct stage s;
        char *url, *location;
        names_silence(names, "silent.example.cn");
        assert_true(asprintf(&url, "http://%s:%d/from", cases[i].host, peer_port(peer)) > 0);
        assert_true(asprintf(&location, "Location: http://%s:%d/to\r\n", cases[i].to,
                             peer_port(peer)) > 0);
        struct peer_answer hop = {302, location, {NULL, 0}, NULL, PEER_PLAIN};
        peer_script(peer, "/from", &hop, 1);
        peer_script(peer, "/to", &end, 1);
        stage_start(&s, url);
        s.conf.dns_servers = names_server(names);
        s.conf.robots = true;
        struct fetched *f = stage_run(&s, url);
        assert_int_equal(f->outcome, cases[i].outcome);
        if (cases[i].says)
            check(url, f, cases[i].outcome, cases[i].says);
        assert_int_equal(peer_count(peer, NULL) + 1, cases[i].requests);
        stage_end(&s, f);
        free(location);
        peer_stop(peer);
        names_stop(names);
    }
}

/* Whatever led to an address: the socket is refused, and nothing is sent. */
static void guard_at_the_socket(void **state)
{
    (void)state;
    struct peer *peer = peer_start();
    const char *only[] = {"127.0.0.2", NULL};
    char own[32];
    const char *closed[] = {own, NULL};
    struct fetch_conf conf = {.user_agent = "huiying/test", .max_transfers = 1};
    struct address to;
    struct sockaddr_storage at;
    char *url = peer_url(peer, "/feed");

    snprintf(own, sizeof own, "127.0.0.1:%d", peer_port(peer));
    assert_int_equal(address_parse(url, &to), 0);
    assert_true(address_literal("127.0.0.1", to.port, &at));
    for (int i = 0; i < 2; i++) {
        struct guard *guard = guard_new(i ? loopback : only);
        assert_int_equal(guard_close(guard, i ? closed : NULL), 0);
        struct loop *loop = loop_new();
        struct transfer_pool *pool = transfer_pool_new(&conf, guard, loop);
        struct transfer_request request = {
            .to = &to, .at = &at, .now = clock_mono(), .budget = 2000, .body_max = MIB};
        struct transfer *t;
        assert_int_equal(transfer_begin(pool, &request), 0);
        while (!(t = transfer_next(pool))) {
            loop_wait(loop, transfer_wait_ms(pool, 100));
            transfer_tick(pool);
        }
        assert_int_equal(transfer_result(t)->fault, TRANSFER_REFUSED);
        assert_non_null(strstr(transfer_result(t)->problem, "public"));
        assert_false(transfer_result(t)->asked);
        transfer_release(pool, t);
        transfer_pool_free(pool);
        loop_free(loop);
        guard_free(guard);
    }
    assert_int_equal(peer_connections(peer), 0);
    address_clear(&to);
    free(url);
    peer_stop(peer);
}

struct answers {
    int found, closed, other;
};

static void count_answer(void *arg, int err, const struct resolve_addresses *addresses)
{
    struct answers *a = arg;

    a->found += !err && addresses->count == 1;
    a->closed += err == ERR_CLOSED;
    a->other += err && err != ERR_CLOSED;
}

static void silent_names_hold_nobody_up(void **state)
{
    (void)state;
    static const struct names_record records[] = {{"good.example.cn", {"127.0.0.1"}}};
    enum { SILENT = 150 };
    struct names *names = names_start(records, 1);
    struct loop *loop = loop_new();
    struct resolve *r = resolve_new(names_server(names), 5000, loop);
    struct answers silent = {0}, good = {0};

    names_silence(names, "silent.example.cn");
    for (int i = 0; i < SILENT; i++)
        resolve_ask(r, "silent.example.cn", 80, count_answer, &silent);
    resolve_ask(r, "good.example.cn", 80, count_answer, &good);
    /* All of them have fifteen seconds and more before they end. */
    while (!good.found && !silent.other && !good.other) {
        loop_wait(loop, resolve_wait_ms(r, 1000));
        resolve_tick(r);
    }
    assert_int_equal(good.found, 1);
    assert_int_equal(silent.other, 0);
    size_t asked = names_asked(names);
    resolve_ask(r, "good.example.cn", 443, count_answer, &good);
    assert_int_equal(good.found, 2);
    assert_int_equal(names_asked(names), asked);
    for (int i = 0; i < SILENT; i++)
        resolve_ask(r, "silent.example.cn", 80, count_answer, &silent);
    resolve_free(r);
    assert_int_equal(silent.closed, 2 * SILENT);
    loop_free(loop);
    names_stop(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_the_wire),
        cmocka_unit_test(zstd_bomb),
        cmocka_unit_test(names_that_lie),
        cmocka_unit_test(guard_at_the_socket),
        cmocka_unit_test(silent_names_hold_nobody_up),
    };
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
