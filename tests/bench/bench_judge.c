/* Rows "judge": the whole verdict on 2 KB texts and its stages, one thread. The texts are made up,
 * or with $HUIYING_TEST_DATA real posts of a message board, several to a text. An argument names
 * the one stage to run (and folding, on which others stand). */
#define _GNU_SOURCE
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/log.h"
#include "classifiers/judge.h"
#include "classifiers/likeness/fingerprint.h"
#include "classifiers/mask/mask.h"
#include "classifiers/match/matcher.h"
#include "classifiers/rules/rules_block.h"
#include "classifiers/rules/rules_eval.h"
#include "classifiers/text/fold.h"
#include "tests/bench/corpus.h"
#include "tests/bench/judge_learned.h"
#include "tests/bench/judge_topics.h"

enum { TEXT_BYTES = 2048, TEXTS = 1000 };

struct work {
    struct buf all; /* the texts, one after the other */
    size_t end[TEXTS], n, longest;
    struct rules *rules;
    struct judge *judge;
    struct arena *arena;
    struct fold *folds; /* of each text */
    struct matcher_hits hits, *found; /* found: of each text */
    struct eval *eval;
    uint64_t uses, sets;
    char *room;       /* a text that may be changed */
    uint64_t checked; /* of what the stage made, so that no run is left out */
};

static struct str text_at(const struct work *w, size_t i)
{
    size_t from = i ? w->end[i - 1] : 0;

    return (struct str){w->all.data + from, w->end[i] - from};
}

static void run_copy(struct work *w, size_t i)
{
    struct str s = text_at(w, i);

    memcpy(w->room, s.p, s.n);
    w->checked += (unsigned char)w->room[s.n - 1];
}

static void run_mask(struct work *w, size_t i)
{
    run_copy(w, i);
    mask_text(w->room, text_at(w, i).n);
    w->checked += (unsigned char)w->room[0];
}

static void run_fold(struct work *w, size_t i)
{
    fold_text(text_at(w, i), SIZE_MAX, &w->folds[i]);
    w->checked += w->folds[i].n;
}

static void run_match(struct work *w, size_t i)
{
    w->hits.n = 0;
    matcher_scan(w->rules->matcher, w->folds[i].cp, w->folds[i].n, &w->hits);
    w->checked += w->hits.n;
}

static void run_sketch(struct work *w, size_t i)
{
    uint32_t sketch[VERDICT_SKETCH];

    fingerprint_sketch(w->folds[i].cp, w->folds[i].n, sketch);
    w->checked += sketch[0];
}

static void run_verdict(struct work *w, size_t i)
{
    struct verdict v;

    arena_reset(w->arena);
    judge_text(w->judge, STR("道路维修"), text_at(w, i), 0, NULL, w->arena, &v);
    w->checked += v.content;
}

/* What a worker does to an item of a poll: the verdict, and what grouping compares. */
static void run_likeness(struct work *w, size_t i)
{
    struct verdict v;

    arena_reset(w->arena);
    judge_text(w->judge, STR("道路维修"), text_at(w, i), 0, NULL, w->arena, &v);
    judge_likeness(w->judge, NULL, &v);
    w->checked += v.content;
}

static void run_eval(struct work *w, size_t i)
{
    static const struct eval_about about = {.source = 1};
    const uint32_t *sets;

    if (eval_run(w->eval, &w->folds[i], &w->found[i], &about))
        abort();
    w->sets += eval_sets(w->eval, &sets);
    w->uses += w->found[i].n;
    w->checked++;
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The best of several rounds: what others on the machine take away is not the stage's. */
static double best_round(struct work *w, void (*run)(struct work *, size_t))
{
    double best = 0;

    for (int round = 0; round < 15; round++) {
        double start = seconds();
        for (int turn = 0; turn < 4; turn++)
            for (size_t i = 0; i < w->n; i++)
                run(w, i);
        double rate = 4 * (double)w->all.len / (seconds() - start) / 1e6;
        best = rate > best ? rate : best;
    }
    return best;
}

static void end_text(struct work *w)
{
    size_t from = w->n ? w->end[w->n - 1] : 0;

    if (w->all.len - from > w->longest)
        w->longest = w->all.len - from;
    w->end[w->n++] = w->all.len;
}

static void make_texts(struct work *w)
{
    while (w->n < TEXTS) {
        corpus_text(w->n, TEXT_BYTES, &w->all);
        end_text(w);
    }
}

static int read_posts(struct work *w, const char *dir)
{
    char path[4096], line[65536];

    snprintf(path, sizeof path, "%s/boards/posts_495_labelled.jsonl", dir);
    FILE *in = fopen(path, "r");
    if (!in)
        return -1;
    while (fgets(line, sizeof line, in) && w->n < TEXTS) {
        json_t *post = json_loads(line, 0, NULL);
        const char *body = json_string_value(json_object_get(post, "body"));
        buf_addf(&w->all, "%s\n", body ? body : "");
        if (w->all.len - (w->n ? w->end[w->n - 1] : 0) >= TEXT_BYTES)
            end_text(w);
        json_decref(post);
    }
    fclose(in);
    w->all.len = w->n ? w->end[w->n - 1] : 0;
    return w->n ? 0 : -1;
}

/* A thousand topics: the verdict's speed, and what evaluating adds to the rest of it. */
static int print_topics(struct work *w, const char *texts)
{
    struct rules *shipped = w->rules;
    struct judge *judge = w->judge;
    /* The made-up texts have few words: as many hits a kilobyte as real posts have. */
    bool real = strcmp(texts, "made") != 0;
    double verdict, eval;
    int failed = 1;

    w->found = calloc(w->n, sizeof *w->found);
    w->rules = judge_topics_make(buf_str(&w->all), real ? 40 : 250);
    w->eval = w->rules ? eval_new(w->rules) : NULL;
    w->judge = w->rules ? judge_new(w->rules) : NULL;
    if (w->found && w->eval && w->judge) {
        for (size_t i = 0; i < w->n; i++) {
            run_match(w, i);
            w->found[i] = w->hits;
            w->hits = (struct matcher_hits){0};
        }
        verdict = best_round(w, run_verdict);
        eval = best_round(w, run_eval);
        printf("{\"row\":\"judge\",\"stage\":\"rules-1000\",\"texts\":\"%s\",\"topics\":%d,"
               "\"terms\":%u,\"hits_per_text\":%.1f,\"topics_per_text\":%.1f,\"mb_per_s\":%.0f,"
               "\"eval_adds_percent\":%.1f,\"ceiling\":{\"eval_adds_percent\":30}}\n",
               texts, JUDGE_TOPICS, w->rules->head->terms.count,
               (double)w->uses / (60.0 * (double)w->n), (double)w->sets / (60.0 * (double)w->n),
               verdict, 100 * verdict / (eval - verdict));
        failed = 0;
    }
    for (size_t i = 0; w->found && i < w->n; i++)
        free(w->found[i].list);
    free(w->found);
    eval_free(w->eval);
    judge_free(w->judge);
    rules_free(w->rules);
    w->rules = shipped;
    w->judge = judge;
    return failed;
}

/* The verdict with a model's second opinion beside the rules. */
static int print_model(struct work *w, const char *texts)
{
    enum { LEARNT = 300 };
    struct str list[LEARNT];
    struct judge *without = w->judge;
    size_t n = w->n < LEARNT ? w->n : LEARNT;

    for (size_t i = 0; i < n; i++)
        list[i] = text_at(w, i);
    struct rules *rules = judge_learned_make(HUIYING_SRCDIR "/rules", w->rules, list, n);
    w->judge = rules ? judge_new(rules) : NULL;
    if (w->judge)
        printf("{\"row\":\"judge\",\"stage\":\"verdict-with-model\",\"texts\":\"%s\","
               "\"labels\":%d,\"model_bytes\":%u,\"mb_per_s\":%.0f}\n",
               texts, JUDGE_LABELS, rules->head->model.count, best_round(w, run_verdict));
    int failed = !w->judge;
    judge_free(w->judge);
    rules_free(rules);
    w->judge = without;
    return failed;
}

static int print_rows(struct work *w, const char *texts, const char *only)
{
    static const struct {
        const char *name;
        void (*run)(struct work *, size_t);
        int floor;
    } stages[] = {
        {"copy", run_copy, 0},     {"mask", run_mask, 0},     {"fold", run_fold, 0},
        {"match", run_match, 0}, {"sketch", run_sketch, 0}, {"verdict", run_verdict, 100},
        {"verdict_and_likeness", run_likeness, 0},
    };

    w->room = malloc(w->longest);
    w->folds = calloc(w->n, sizeof *w->folds);
    if (!w->room || !w->folds)
        return 1;
    for (size_t k = 0; k < sizeof stages / sizeof *stages; k++) {
        if (only && strcmp(only, stages[k].name) != 0 && strcmp(stages[k].name, "fold") != 0)
            continue;
        printf("{\"row\":\"judge\",\"stage\":\"%s\",\"texts\":\"%s\",\"text_bytes\":%zu,"
               "\"mb_per_s\":%.0f",
               stages[k].name, texts, w->all.len / w->n, best_round(w, stages[k].run));
        if (stages[k].floor)
            printf(",\"floor\":{\"mb_per_s\":%d}", stages[k].floor);
        printf("}\n");
        fflush(stdout);
    }
    int failed = !only || strcmp(only, "rules-1000") == 0 ? print_topics(w, texts) : 0;
    if (!failed && (!only || strcmp(only, "verdict-with-model") == 0))
        failed = print_model(w, texts);
    for (size_t i = 0; i < w->n; i++)
        fold_free(&w->folds[i]);
    free(w->folds);
    free(w->room);
    return failed || w->checked == 0;
}

static int bench(struct rules *rules, const char *dir, const char *only)
{
    struct work w = {.rules = rules, .judge = judge_new(rules), .arena = arena_new()};
    int failed = 1;

    if (w.judge && w.arena) {
        if (dir)
            failed = read_posts(&w, dir);
        else
            make_texts(&w), failed = 0;
        failed = failed || print_rows(&w, dir ? "board" : "made", only);
    }
    free(w.hits.list);
    judge_free(w.judge);
    arena_free(w.arena);
    buf_free(&w.all);
    return failed;
}

int main(int argc, char **argv)
{
    struct problems *problems = problems_new();
    const char *data = getenv("HUIYING_TEST_DATA");

    const char *only = argc > 1 ? argv[1] : NULL;

    log_set_level(LOG_WARN);
    rules_set_shipped(HUIYING_SRCDIR "/rules");
    struct rules *rules = rules_compile(HUIYING_SRCDIR "/rules", problems);
    problems_print(problems, stderr);
    int failed = !rules || bench(rules, NULL, only) || (data && *data && bench(rules, data, only));
    rules_free(rules);
    problems_free(problems);
    return failed;
}
