/* Many receivers of one unit in one cheap process, and somebody who reminds them: how long each
 * waits for an event and for its acknowledgement to be durable.
 *   desks ENDPOINT SERVER.public UNIT_STEM COORDINATOR_STEM COUNT CONCERN
 * A stem names a pair of key files. It says {"ready":COUNT} when all have what there is, then does
 * one line of standard input after the other:
 *   go N    N reminders, one after the other, each when all have the last one on the disk; one line
 *           {"result":[..],"delivered":[..],"spread":[..],"durable":[..],"after_commit":[..]} of
 *           microseconds: from the command to its result; from it, and from the first that anybody
 *           knew of the commit, to each receiver's event, and to each one's durable acknowledgement
 *   last    {"last":UNITSEQ,"lost":N,"twice":N}: events that a receiver never had, or had again
 * until its end. A minute without an event ends it with status 1. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum { DESKS_MAX = 200, KEY = 40, BEAT_US = 2500000, LIMIT_US = 60000000, CREDIT = 200 };

struct desk {
    void *socket;
    bool live;
    uint64_t last, acked, owed; /* unitseq; credit used up */
    uint64_t seq;               /* of `last` in the ledger */
    int64_t delivered, durable, said;
};

static struct desk desks[DESKS_MAX + 1]; /* and the coordinator's */
static zmq_pollitem_t items[DESKS_MAX + 2];
static size_t count;
static uint64_t lost, twice;
static char text[1 << 20];
static struct {
    uint64_t seq, number;
    int64_t at, began, first;
} asked;

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void fail(const char *why)
{
    printf("{\"error\":\"%s\"}\n", why);
    exit(1);
}

static void say(struct desk *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct desk *d, const char *format, ...)
{
    char out[512];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(out, sizeof out, format, args);
    va_end(args);
    if (zmq_send(d->socket, out, (size_t)n, ZMQ_DONTWAIT) < 0)
        fail("a line that takes nothing");
    d->said = now();
}

static void use_key(void *socket, int option, const char *stem, const char *suffix)
{
    char path[4096], key[KEY + 1] = "";

    snprintf(path, sizeof path, "%s%s", stem, suffix);
    FILE *f = fopen(path, "r");
    if (!f || !fgets(key, sizeof key, f) || zmq_setsockopt(socket, option, key, KEY))
        fail("a key that cannot be used");
    fclose(f);
}

static void open_desk(struct desk *d, void *context, char **argv, const char *stem, size_t i)
{
    d->socket = zmq_socket(context, ZMQ_DEALER);
    zmq_setsockopt(d->socket, ZMQ_LINGER, &(int){0}, sizeof(int));
    use_key(d->socket, ZMQ_CURVE_SERVERKEY, argv[2], "");
    use_key(d->socket, ZMQ_CURVE_PUBLICKEY, stem, ".public");
    use_key(d->socket, ZMQ_CURVE_SECRETKEY, stem, ".secret");
    if (zmq_connect(d->socket, argv[1]))
        fail("an endpoint that cannot be used");
    items[i] = (zmq_pollitem_t){.socket = d->socket, .events = ZMQ_POLLIN};
    say(d, "{\"op\":\"hello\",\"receiver\":\"healthy-%zu\",\"credit\":%d}", i, CREDIT);
}

/* The first of that name stands outside of what an event carries. */
static uint64_t number(const char *name)
{
    const char *p = strstr(text, name);

    return p ? strtoull(p + strlen(name), NULL, 10) : 0;
}

static void take_event(struct desk *d)
{
    uint64_t unitseq = number("\"unitseq\":");

    if (unitseq <= d->last) { /* what was lost before stays so: nothing comes out of order */
        twice++;
        return;
    }
    lost += unitseq - d->last - 1;
    d->last = unitseq;
    d->seq = number("\"seq\":");
    d->delivered = now();
    if (!asked.first)
        asked.first = d->delivered;
    say(d, "{\"op\":\"ack\",\"unitseq\":%" PRIu64 "}", unitseq);
    if (++d->owed == CREDIT / 4) {
        say(d, "{\"op\":\"credit\",\"add\":%d}", CREDIT / 4);
        d->owed = 0;
    }
}

static void take(struct desk *d)
{
    int n = zmq_recv(d->socket, text, sizeof text - 1, ZMQ_DONTWAIT);

    if (n < 0 || (size_t)n >= sizeof text)
        return;
    text[n] = '\0';
    if (strncmp(text, "{\"op\":\"event\"", 13) == 0) {
        take_event(d);
    } else if (strncmp(text, "{\"op\":\"acked\"", 13) == 0) {
        d->acked = number("\"unitseq\":");
        d->durable = now();
    } else if (strncmp(text, "{\"op\":\"welcome\"", 15) == 0) {
        d->last = d->acked = number("\"resume\":");
        d->live = true;
    } else if (strncmp(text, "{\"op\":\"result\"", 14) == 0) {
        if (!strstr(text, "\"status\":\"ok\""))
            fail("a reminder that is refused");
        asked.seq = number("\"seq\":");
        asked.at = now();
        if (!asked.first)
            asked.first = asked.at;
    } else if (strncmp(text, "{\"op\":\"error\"", 13) == 0) {
        fail("an error");
    }
}

/* What came, and heartbeats; true when there is a line to read. */
static bool turn(long wait)
{
    zmq_poll(items, (int)count + 2, wait);
    for (size_t i = 0; i <= count; i++) {
        if (items[i].revents & ZMQ_POLLIN)
            take(&desks[i]);
        if (now() - desks[i].said > BEAT_US)
            say(&desks[i], "{\"op\":\"ping\"}");
    }
    return items[count + 1].revents != 0;
}

/* All have what was asked for last, or for 0 all there is, acknowledged on the disk. */
static bool settled(uint64_t seq)
{
    for (size_t i = 0; i < count; i++)
        if (!desks[i].live || desks[i].seq < seq || desks[i].acked != desks[i].last ||
            desks[i].last != desks[0].last || !desks[i].last)
            return false;
    return true;
}

static void settle(void)
{
    for (int64_t until = now() + LIMIT_US; !settled(asked.seq) || (asked.began && !asked.seq);)
        if (turn(100) || now() > until) {
            if (now() > until)
                fail("nothing comes any more");
        }
}

static void print(const char *name, const int64_t *values, size_t n, const char *end)
{
    printf("\"%s\":[", name);
    for (size_t i = 0; i < n; i++)
        printf("%s%" PRId64, i ? "," : "", values[i]);
    printf("]%s", end);
}

static void go(const char *concern, size_t rounds)
{
    int64_t *result = calloc(5 * rounds * count + 1, sizeof *result);
    int64_t *delivered = result + rounds, *durable = delivered + rounds * count;
    int64_t *after = durable + rounds * count, *spread = after + rounds * count;

    if (!result || rounds < 1)
        fail("a number of rounds that cannot be");
    for (size_t r = 0; r < rounds; r++) {
        uint64_t key = ++asked.number;
        asked.seq = 0;
        asked.first = 0;
        asked.began = now();
        say(&desks[count], "{\"op\":\"command\",\"key\":\"%d-%" PRIu64 "\",\"act\":\"remind\","
            "\"concern\":\"%s\"}", getpid(), key, concern);
        settle();
        result[r] = asked.at - asked.began;
        for (size_t i = 0; i < count; i++) {
            delivered[r * count + i] = desks[i].delivered - asked.began;
            spread[r * count + i] = desks[i].delivered - asked.first;
            durable[r * count + i] = desks[i].durable - asked.began;
            after[r * count + i] = desks[i].durable - asked.first;
        }
    }
    printf("{");
    print("result", result, rounds, ",");
    print("delivered", delivered, rounds * count, ",");
    print("spread", spread, rounds * count, ",");
    print("durable", durable, rounds * count, ",");
    print("after_commit", after, rounds * count, "}\n");
    free(result);
}

int main(int argc, char **argv)
{
    char line[128];
    void *context = zmq_ctx_new();

    setvbuf(stdin, NULL, _IONBF, 0);
    setvbuf(stdout, NULL, _IOLBF, 0);
    count = argc == 7 ? strtoul(argv[5], NULL, 10) : 0;
    if (!count || count > DESKS_MAX)
        return 64;
    items[count + 1] = (zmq_pollitem_t){.fd = STDIN_FILENO, .events = ZMQ_POLLIN};
    for (size_t i = 0; i <= count; i++)
        open_desk(&desks[i], context, argv, argv[i < count ? 3 : 4], i);
    settle();
    printf("{\"ready\":%zu}\n", count);
    for (;;) {
        if (!turn(100))
            continue;
        if (!fgets(line, sizeof line, stdin))
            return 0;
        if (strncmp(line, "go ", 3) == 0)
            go(argv[6], strtoul(line + 3, NULL, 10));
        else
            printf("{\"last\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"twice\":%" PRIu64 "}\n",
                   desks[0].last, lost, twice);
    }
}
