/* Row "timers": what one tick of the desk costs beside 1,000,000 open concerns and beside 10,000,
 * taken in turns: one that fires nothing, and an announcement. Nothing is scanned, so that they are
 * equal but for the caches' share.
 *
 *   bench_timers [CONCERNS]
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "alerts/desk/desk.h"
#include "base/clock.h"
#include "base/str.h"

enum { FEW = 10000, MANY = 1000000, IDLE = 200000, FIRED = 2000, ROUNDS = 5 };
#define HOUR (3600 * INT64_C(1000))

static char unit_id[] = "unit", unit_zh[] = "承办单位";

struct side {
    struct desk *desk;
    size_t concerns;
    int64_t now;             /* up to which its timers have fired */
    double idle, fired;      /* CPU seconds */
    size_t ticks, announced;
};

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Concerns opened a second apart, each with one clock of thirty days. */
static void fill(struct side *s, const struct desk_conf *conf, int64_t start)
{
    s->desk = desk_new(conf, 2 * s->concerns);
    for (size_t i = 0; s->desk && i < s->concerns; i++) {
        struct concern c = {.id = 2 * i + 1, .grade = GRADE_ORDINARY, .unit = "unit",
                            .topic = "bench", .opened = start + (int64_t)i * 1000, .nclocks = 1};
        c.clocks[0] = (struct concern_clock){.rule = "r", .act = ACT_REPLY, .started = c.opened,
                                             .due = c.opened + 60 * 24 * HOUR};
        c.due = c.clocks[0].due;
        for (size_t k = 0; k < VERDICT_SKETCH; k++)
            c.sketch[k] = (uint32_t)(i * 2654435761u + k * 40503u) | 1;
        if (desk_restore_concern(s->desk, &c))
            exit(1);
    }
    s->now = start + 30 * 24 * HOUR; /* the first one's half */
}

static void measure(struct side *s, struct changes *out)
{
    double begin = seconds();

    for (int i = 0; i < IDLE; i++) {
        desk_changes_reset(out);
        if (desk_tick(s->desk, s->now - 1000, 1000, out) || out->nevents)
            exit(1);
    }
    s->idle += seconds() - begin;
    s->ticks += IDLE;
    begin = seconds();
    for (int i = 0; i < FIRED; i++) { /* a second passes, and a clock with it */
        desk_changes_reset(out);
        if (desk_tick(s->desk, s->now, 1000, out))
            exit(1);
        s->announced += out->nevents;
        s->now += 1000;
    }
    s->fired += seconds() - begin;
}

int main(int argc, char **argv)
{
    static struct unit unit = {.name_zh = unit_zh, .parent = -1};
    static uint32_t by_id[1];
    struct units units = {.list = &unit, .count = 1, .by_id = by_id};
    struct deadlines deadlines = {.escalation = {0}, .nescalations = 1};
    struct desk_conf conf = {.units = &units, .deadlines = &deadlines,
                             .group_window = 7 * 24 * HOUR};
    struct side sides[2] = {{.concerns = FEW}, {.concerns = MANY}};
    struct changes out = {0};
    long long given;

    memcpy(unit.id, unit_id, sizeof unit_id);
    if (argc > 1 && !str_int(str_from(argv[1]), FEW, 1 << 24, &given))
        sides[1].concerns = (size_t)given;
    for (int i = 0; i < 2; i++)
        fill(&sides[i], &conf, clock_days(2026, 1, 1) * CLOCK_DAY);
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < 2; i++)
            measure(&sides[(round + i) % 2], &out);
    const struct side *few = &sides[0], *many = &sides[1];
    printf("{\"row\":\"timers: a tick beside open concerns\",\"concerns\":%zu,"
           "\"idle_tick_ns\":%.1f,\"announcement_ns\":%.0f,"
           "\"yardstick\":{\"concerns\":%zu,\"idle_tick_ns\":%.1f,\"announcement_ns\":%.0f},"
           "\"idle_ratio\":%.2f,\"announcement_ratio\":%.2f}\n",
           many->concerns, many->idle / (double)many->ticks * 1e9,
           many->fired / (double)many->announced * 1e9, few->concerns,
           few->idle / (double)few->ticks * 1e9, few->fired / (double)few->announced * 1e9,
           many->idle / few->idle, many->fired / few->fired);
    for (int i = 0; i < 2; i++)
        desk_free(sides[i].desk);
    desk_changes_free(&out);
    return 0;
}
