/* Rows "one poll", "many names" and "memory in flight" of the fetch room, each beside a bare
 * libcurl loop or a small case of itself in the same run. Costs are CPU time of the fetching
 * process, all its threads and the kernel's part included: wall time would count what the server,
 * which shares the machine, takes. Contestants take turns in short rounds, and turns at being
 * first; a row shows medians, its ratio that of each round, since a busy machine slows both. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"
#include "tests/bench/fetch_bare.h"
#include "tests/bench/fetch_cost.h"
#include "tests/bench/fetch_million.h"
#include "tests/bench/fetch_ours.h"

enum { FEW = 100, MANY = 10000, AT_ONCE = 32, POLLS = 10000, HELD = 1000, HELD_FEW = 100 };
/* Two against each other want many short rounds: what a machine does beside passes within one. */
enum { ROUNDS_MAX = 64, TURNS = 3, TURN_POLLS = 4000 };

struct contest {
    double ours[ROUNDS_MAX * TURNS], other[ROUNDS_MAX * TURNS];
};

static void run_ours(const void *arg, double *out)
{
    out[0] = fetch_ours_run(arg);
}

static void run_bare(const void *arg, double *out)
{
    out[0] = fetch_bare_run(arg);
}

struct contestant {
    void (*run)(const void *arg, double *out);
    const void *arg;
    double *costs; /* of each round, us a poll */
    unsigned polls; /* in a round */
};

/* Each once in this round, the one that is first in the next last. */
static void take_turns(const struct contestant both[2], int round)
{
    double out[FETCH_COST_MAX];

    for (int i = 0; i < 2; i++) {
        const struct contestant *one = &both[(round + i) % 2];
        fetch_cost_in_child(one->run, one->arg, out);
        one->costs[round] = out[0] * 1e6 / one->polls;
    }
}

static void run_hold(const void *arg, double *out)
{
    out[0] = (double)fetch_ours_hold(arg);
}

static void print_ratio(const char *row, const char *input, double value, const char *yardstick,
                        double other, double ratio, double ceiling)
{
    printf("{\"row\":\"%s\",\"input\":\"%s\",\"value\":%.3g,\"yardstick\":{\"%s\":%.3g},"
           "\"ratio\":%.2f,\"ceiling\":%.2f}\n",
           row, input, value, yardstick, other, ratio, ceiling);
    fflush(stdout);
}

static void print(const char *row, const char *input, double value, const char *yardstick,
                  double other, double ceiling)
{
    print_ratio(row, input, value, yardstick, other, value / other, ceiling);
}

static void conclude(struct contest *c, int rounds, const char *row, const char *input,
                     const char *yardstick, double ceiling)
{
    double ratios[ROUNDS_MAX * TURNS];
    size_t n = (size_t)rounds;

    for (size_t i = 0; i < n; i++)
        ratios[i] = c->ours[i] / c->other[i];
    print_ratio(row, input, fetch_cost_median(c->ours, n), yardstick,
                fetch_cost_median(c->other, n), fetch_cost_median(ratios, n), ceiling);
}

static void one_poll(const struct fetch_server *server, int rounds, const char *path,
                     const char *input)
{
    struct fetch_ours_conf ours = {.server = server, .path = path, .names = FEW,
                                   .at_once = AT_ONCE, .warm = 10 * FEW, .polls = TURN_POLLS};
    struct fetch_bare_conf bare = {.port = server->http, .addresses = FEW, .at_once = AT_ONCE,
                                   .path = path, .conditional = path[1] == 'n',
                                   .warm = 10 * FEW, .polls = TURN_POLLS};
    struct contest c;
    const struct contestant both[] = {{run_ours, &ours, c.ours, TURN_POLLS},
                                       {run_bare, &bare, c.other, TURN_POLLS}};

    rounds *= TURNS;
    for (int i = 0; i < rounds; i++)
        take_turns(both, i);
    conclude(&c, rounds, "one poll, us", input, "bare libcurl multi loop, us", 1.2);
}

static void many_names(const struct fetch_server *server, int rounds, const char *path,
                       const char *input)
{
    struct fetch_ours_conf few = {.server = server, .path = path, .names = FEW,
                                  .at_once = AT_ONCE, .warm = 10 * FEW, .polls = POLLS};
    struct fetch_ours_conf many = few;
    struct contest c;
    const struct contestant both[] = {{run_ours, &many, c.ours, POLLS},
                                       {run_ours, &few, c.other, POLLS}};

    many.names = MANY;
    many.warm = 2 * MANY;
    for (int i = 0; i < rounds; i++)
        take_turns(both, i);
    conclude(&c, rounds, "one poll at 10,000 names and addresses, us", input, "at 100, us", 1.5);
}

static void in_flight(const struct fetch_server *server, bool tls, const char *input,
                      double ceiling)
{
    struct fetch_ours_conf few = {.server = server, .path = "/h", .names = HELD_FEW,
                                  .at_once = HELD, .tls = tls};
    struct fetch_ours_conf many = few;
    double out[FETCH_COST_MAX], least;

    many.names = HELD;
    fetch_cost_in_child(run_hold, &few, out);
    least = out[0];
    fetch_cost_in_child(run_hold, &many, out);
    print("memory of one transfer in flight, KiB", input,
          (out[0] - least) / (HELD - HELD_FEW) / 1024, "allowed, KiB", ceiling, 1);
}

/* A first run, whose due times a file keeps, and a restart with it, which the rows tell of. */
static void million(const struct fetch_server *server, unsigned domains, unsigned seconds)
{
    char path[] = "/tmp/huiying-bench-XXXXXX", input[64];
    struct fetch_million_conf conf = {.server = server, .feeds = 1000000, .domains = domains,
                                      .polls_a_second = 1000, .seconds = 5, .timetable = path};
    double out[FETCH_COST_MAX];
    int fd = mkstemp(path);

    if (fd < 0 || unlink(path))
        exit(1);
    close(fd);
    fetch_cost_in_child(fetch_million_run, &conf, out);
    conf.seconds = seconds;
    fetch_cost_in_child(fetch_million_run, &conf, out);
    unlink(path);
    snprintf(input, sizeof input, "%u domains, 1,000 polls/s for %u s", domains, seconds);
    printf("{\"row\":\"1,000,000 scheduled feeds\",\"input\":\"%s; 304 and 18 KB\","
           "\"polls_per_s\":%.0f,\"failed\":%.0f,\"cpu_us_per_poll\":%.1f}\n",
           input, out[FETCH_MILLION_POLLS], out[FETCH_MILLION_FAILED], out[FETCH_MILLION_CPU]);
    print("1,000,000 scheduled feeds, resident MB", input, out[FETCH_MILLION_RESIDENT],
          "allowed, MB", 600, 1);
    print("1,000,000 scheduled feeds, p99 lateness s", input, out[FETCH_MILLION_LATE],
          "allowed, s", 5, 1);
    print("1,000,000 scheduled feeds, restart to first poll s", input, out[FETCH_MILLION_START],
          "allowed, s", 10, 1);
}

static void polls(const struct fetch_server *server, int rounds)
{
    one_poll(server, rounds, "/k", "18 KB, keep-alive");
    one_poll(server, rounds, "/n", "304, keep-alive");
    many_names(server, rounds, "/c", "18 KB, a connection each");
    many_names(server, rounds, "/k", "18 KB, keep-alive");
    in_flight(server, false, "plain", 40);
    in_flight(server, true, "TLS", 110);
}

/* bench_fetch [ROUNDS [SECONDS]]: of the polls, and of the scheduled feeds; 0 leaves them out. */
int main(int argc, char **argv)
{
    long long rounds = 5, seconds = 60;

    if ((argc > 1 && str_int(str_from(argv[1]), 0, ROUNDS_MAX, &rounds)) ||
        (argc > 2 && str_int(str_from(argv[2]), 0, 86400, &seconds)))
        return 64;
    log_set_level(LOG_ERROR);
    memory_tune(); /* as the daemon does */
    struct fetch_server server = fetch_server_start(1);
    if (rounds)
        polls(&server, (int)rounds);
    if (seconds) {
        million(&server, 10000, (unsigned)seconds);
        million(&server, 100000, (unsigned)seconds);
    }
    fetch_server_stop(&server);
    return 0;
}
