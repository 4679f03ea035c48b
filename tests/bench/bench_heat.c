/* Row "heat": what an item costs its topics, its terms and its concern, when N items were counted
 * before it, beside what its verdict costs in the same run. The texts are made up; the shipped
 * rules judge them. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "alerts/heat/burst.h"
#include "alerts/heat/heat.h"
#include "base/log.h"
#include "base/clock.h"
#include "classifiers/judge.h"
#include "tests/bench/corpus.h"

enum { TEXTS = 500, TEXT_BYTES = 700, LOOKS = 100000, ROUNDS = 5, WEEKS = 13, HITS_MOST = 32 };

struct work {
    struct buf texts[TEXTS];
    struct rules *rules;
    struct judge *judge;
    struct arena *scratch, *kept;
    struct verdict verdicts[TEXTS];
    struct burst *burst;
    struct heat heat;
    int64_t now;
    uint64_t alarms; /* so that no run is left out */
};

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void count_tag(struct work *w, const struct verdict_tag *tag)
{
    struct burst_alarm alarm;

    w->alarms += burst_topic(w->burst, tag->topic, &alarm);
    for (size_t h = 0; h < tag->nhits && h < HITS_MOST; h++) {
        size_t k = 0;
        while (k < h && !str_eq(tag->hits[k].term, tag->hits[h].term))
            k++;
        if (k == h)
            w->alarms += burst_term(w->burst, tag->topic, tag->hits[h].term, &alarm);
    }
}

/* As the desk does, and the store takes what has changed once in a hundred items. */
static bool count(struct work *w, size_t i, int64_t each)
{
    const struct verdict *v = &w->verdicts[i % TEXTS];
    size_t n;

    w->now += each;
    if (i % 100 == 0)
        burst_changed(w->burst, &n);
    if (burst_reserve(w->burst, v->ntags * (1 + HITS_MOST)))
        return false;
    burst_item(w->burst, w->now);
    for (size_t t = 0; t < v->ntags; t++)
        count_tag(w, &v->tags[t]);
    heat_arrive(&w->heat, heat_half_life(NULL), w->now);
    return true;
}

static int judge_all(struct work *w, struct arena *arena)
{
    int err = 0;

    for (size_t i = 0; !err && i < TEXTS; i++)
        err = judge_text(w->judge, STR("道路维修"), buf_str(&w->texts[i]), 0, NULL, arena,
                         &w->verdicts[i]);
    return err;
}

static double verdict_cost(struct work *w)
{
    double best = 0;

    for (int round = 0; round < ROUNDS; round++) {
        double start = seconds();
        arena_reset(w->scratch);
        if (judge_all(w, w->scratch))
            return 0;
        double took = (seconds() - start) / TEXTS * 1e9;
        best = !round || took < best ? took : best;
    }
    return judge_all(w, w->kept) ? 0 : best;
}

/* With N counted over WEEKS, ns an item. */
static double heat_cost(struct work *w, size_t stored)
{
    int64_t each = WEEKS * 7 * CLOCK_DAY / (int64_t)stored;
    double best = 0;

    for (size_t i = 0; i < stored; i++)
        if (!count(w, i, each))
            return 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = seconds();
        for (size_t i = 0; i < LOOKS; i++)
            if (!count(w, i, each))
                return 0;
        double took = (seconds() - start) / LOOKS * 1e9;
        best = !round || took < best ? took : best;
    }
    return best;
}

static bool begin(struct work *w, const char *rules)
{
    struct problems *problems = problems_new();

    log_set_level(LOG_WARN);
    rules_set_shipped(rules);
    w->rules = rules_compile(rules, problems);
    problems_print(problems, stderr);
    problems_free(problems);
    w->judge = w->rules ? judge_new(w->rules) : NULL;
    w->scratch = arena_new();
    w->kept = arena_new();
    for (size_t i = 0; i < TEXTS; i++)
        corpus_text(i, TEXT_BYTES, &w->texts[i]);
    return w->judge && w->scratch && w->kept;
}

int main(void)
{
    static const size_t sizes[] = {10000, 100000, 1000000};
    static struct work w;
    double first = 0, verdict = begin(&w, HUIYING_SRCDIR "/rules") ? verdict_cost(&w) : 0;

    for (size_t i = 0; verdict > 0 && i < sizeof sizes / sizeof *sizes; i++) {
        w.burst = burst_new(BURST_STEP);
        w.now = clock_days(2026, 1, 5) * CLOCK_DAY;
        double cost = w.burst ? heat_cost(&w, sizes[i]) : 0;
        burst_free(w.burst);
        if (cost <= 0)
            return 1;
        first = i ? first : cost;
        printf("{\"row\":\"heat: cost per item at N counted\",\"stored\":%zu,"
               "\"ns_per_item\":%.0f,\"verdict_ns\":%.0f,\"to_verdict\":%.3f,\"to_10k\":%.2f}\n",
               sizes[i], cost, verdict, cost / verdict, cost / first);
        fflush(stdout);
    }
    for (size_t i = 0; i < TEXTS; i++)
        buf_free(&w.texts[i]);
    judge_free(w.judge);
    rules_free(w.rules);
    arena_free(w.scratch);
    arena_free(w.kept);
    return verdict > 0 ? 0 : 1;
}
