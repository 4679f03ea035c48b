/* Which posts are one concern, measured on pairs of our own wording through the whole way: the
 * shipped rules judge each post, a desk takes both. The places of all but the first file are not
 * known, as of lines that `huiying group` reads. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "alerts/group/group.h"
#include "alerts/group/likeness.h"
#include "alerts/units/place.h"
#include "classifiers/likeness/traits.h"
#include "tests/unit/pairs.h"

enum { KINDS = 8 };

/* What must be reached; the recall of files whose posts had no part in setting any weight or word
 * when they were first measured is lower. */
static const struct {
    const char *path;
    size_t pairs;
    double precision, recall;
} files[PAIRS_FILES] = {{"tests/data/pairs.tsv", 300, 0.97, 0.85},
                  {"tests/data/pairs_board.tsv", 170, 0.97, 0.85},
                  {"tests/data/pairs_fresh.tsv", 130, 0.97, 0.75},
                  {"tests/data/pairs_other.tsv", 95, 0.97, 0.72},
                  {"tests/data/pairs_last.tsv", 40, 0.97, 0.75},
                  {"tests/data/pairs_street.tsv", 120, 0.97, 0.85},
                  {"tests/data/pairs_unseen.tsv", 120, 0.97, 0.65},
                  {"tests/data/pairs_blind.tsv", 75, 0.97, 0.35},
                  {"tests/data/pairs_kept.tsv", 115, 0.97, 0.80},
                  {"tests/data/pairs_aside.tsv", 95, 0.90, 0.65},
                  {"tests/data/pairs_decide.tsv", 55, 0.70, 0.15}};

static const char *const kinds[KINDS] = {"words",  "place",  "bulletin", "exact",
                                         "edit",   "length", "neighbour", "follow"};
enum { BULLETIN = 2, EXACT = 3 };

static struct pairs t;
static size_t file_end[PAIRS_FILES]; /* in its posts */
static FILE *evidence;

static int set_up(void **state)
{
    (void)state;
    if (pairs_set_up(&t))
        return -1;
    for (size_t i = 0; i < PAIRS_FILES; i++) {
        pairs_read(&t, files[i].path);
        file_end[i] = t.n;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return pairs_tear_down(&t);
}

static int kind_of(const struct pairs_post *p)
{
    int k = 0;

    while (k < KINDS && !str_is(p->kind, kinds[k]))
        k++;
    assert_true(k < KINDS);
    return k;
}

static bool joined(const struct pairs_post *a, const struct pairs_post *b)
{
    struct desk_conf conf;
    struct desk *d = pairs_desk(&t, &conf);
    uint64_t first = pairs_put(&t, d, a), second = pairs_put(&t, d, b);

    desk_free(d);
    return first && first == second;
}

struct score {
    size_t same, right, other, wrong;
};

static int shared(const struct pairs_post *a, const struct pairs_post *b, enum trait_class from,
                  enum trait_class to)
{
    int n = 0;

    for (size_t i = 0; i < VERDICT_TRAITS && a->v.traits[i]; i++)
        for (size_t k = 0; k < VERDICT_TRAITS; k++)
            n += a->v.traits[i] == b->v.traits[k] && trait_class(a->v.traits[i]) >= from &&
                 trait_class(a->v.traits[i]) <= to;
    return n;
}

static int likely(const struct pairs_post *a, const struct pairs_post *b)
{
    struct likeness_text x = {a->v.sketch, a->v.traits}, y = {b->v.sketch, b->v.traits};
    struct likeness_probe probe;

    likeness_prepare(&probe, &x);
    return likeness_matter(&probe, &y, true).score;
}

/* $HUIYING_PAIRS_SHOW: what was misjudged, and what the two have in common. */
static void tell(const char *what, const struct pairs_post *a, const struct pairs_post *b)
{
    if (!getenv("HUIYING_PAIRS_SHOW"))
        return;
    print_message("  %s %.*s/%.*s: %.*s | %.*s: names %d, grams %d, terms %d, keys %d, "
                  "subjects %d, score %d, topics %s %s\n", what,
                  STR_ARG(a->set), STR_ARG(a->kind), STR_ARG(a->title), STR_ARG(b->title),
                  shared(a, b, TRAIT_ESTATE, TRAIT_SITE), shared(a, b, TRAIT_GRAM, TRAIT_GRAM),
                  shared(a, b, TRAIT_TERM, TRAIT_TERM), shared(a, b, TRAIT_KEY, TRAIT_KEY),
                  shared(a, b, TRAIT_SUBJECT, TRAIT_SUBJECT), likely(a, b),
                  a->v.ntags ? a->v.tags[0].topic.p : "-",
                  b->v.ntags ? b->v.tags[0].topic.p : "-");
}

/* $HUIYING_PAIRS_EVIDENCE: a file for tests/helpers/fit_likeness.py: what there is to weigh. */
static void put_evidence(const char *path, const struct pairs_post *a, const struct pairs_post *b)
{
    const struct likeness_text x = {a->v.sketch, a->v.traits}, y = {b->v.sketch, b->v.traits};
    struct likeness_probe probe;
    int8_t e[LIKENESS_EVIDENCE];
    bool topic = false;

    if (!evidence)
        return;
    for (size_t i = 0; a->v.ntags && i < b->v.ntags; i++)
        topic |= str_eq(a->v.tags[0].topic, b->v.tags[i].topic);
    likeness_prepare(&probe, &y);
    bool apart = !likeness_evidence(&probe, &x, topic, e) || !place_compatible(a->place, b->place);
    fprintf(evidence, "%s\t%.*s\t%d\t%d", path, STR_ARG(a->kind),
            str_eq(a->matter, b->matter), apart);
    for (size_t i = 0; i < LIKENESS_EVIDENCE; i++)
        fprintf(evidence, "\t%d", e[i]);
    fprintf(evidence, "\t%.*s|%.*s\n", STR_ARG(a->title), STR_ARG(b->title));
}

static void count_pair(const struct pairs_post *a, const struct pairs_post *b,
                       struct score by[KINDS + 1])
{
    bool same = str_eq(a->matter, b->matter), got = joined(a, b);
    struct score *each[] = {&by[kind_of(a)], &by[KINDS]};

    for (int e = 0; e < 2; e++) {
        each[e]->same += same;
        each[e]->right += same && got;
        each[e]->other += !same;
        each[e]->wrong += !same && got;
    }
    if (same != got)
        tell(same ? "missed" : "wrong", a, b);
}

static void measure_file(size_t at)
{
    struct score by[KINDS + 1] = {0};
    size_t from = at ? file_end[at - 1] : 0, to = file_end[at];

    for (size_t i = from; i < to; i++)
        for (size_t k = i + 1; k < to && str_eq(t.posts[i].set, t.posts[k].set); k++) {
            put_evidence(files[at].path, &t.posts[i], &t.posts[k]);
            count_pair(&t.posts[i], &t.posts[k], by);
        }
    print_message("%s\n", files[at].path);
    for (int k = 0; k <= KINDS; k++)
        if (by[k].same + by[k].other)
            print_message("  %-9s: %zu of %zu the same found, %zu of %zu others joined\n",
                          k < KINDS ? kinds[k] : "all", by[k].right, by[k].same, by[k].wrong,
                          by[k].other);
    const struct score *all = &by[KINDS];
    double precision = (double)all->right / (double)(all->right + all->wrong);
    double recall = (double)all->right / (double)all->same;
    print_message("  %zu pairs, precision %.4f, recall %.4f\n", all->same + all->other, precision,
                  recall);
    assert_true(all->same + all->other >= files[at].pairs);
    assert_int_equal(by[EXACT].right, by[EXACT].same);
    assert_int_equal(by[BULLETIN].wrong, 0);
    assert_true(precision >= files[at].precision);
    assert_true(recall >= files[at].recall);
}

static void measured_pairs(void **state)
{
    (void)state;
    if (getenv("HUIYING_PAIRS_EVIDENCE"))
        evidence = fopen(getenv("HUIYING_PAIRS_EVIDENCE"), "w");
    for (size_t i = 0; i < PAIRS_FILES; i++)
        measure_file(i);
    if (evidence)
        assert_int_equal(fclose(evidence), 0);
}

/* What people see agrees with what joins, and the nearest of a post is mostly of its matter. */
static void near_is_as_grouping_holds(void **state)
{
    size_t asked = 0, right = 0;

    (void)state;
    for (size_t i = 0; i < t.n; i++) {
        const struct pairs_post *a = &t.posts[i], *best = NULL;
        const struct likeness_text x = {a->v.sketch, a->v.traits};
        struct likeness_probe probe;
        bool there = false;
        int most = 0;

        likeness_prepare(&probe, &x);
        for (size_t k = 0; k < t.n; k++) {
            const struct pairs_post *b = &t.posts[k];
            const struct likeness_text y = {b->v.sketch, b->v.traits};
            if (k == i || !str_eq(a->set, b->set))
                continue;
            struct likeness_near near = likeness_near(&probe, &y, true);
            bool blank = group_blank(x.sketch), copy = !blank && likeness_copy(&probe, &y).by;
            assert_int_equal(near.copy, copy);
            assert_int_equal(near.score >= LIKENESS_EVEN,
                             copy || likeness_matter(&probe, &y, true).by);
            there = there || str_eq(a->matter, b->matter);
            if (near.score > most) {
                most = near.score;
                best = b;
            }
        }
        asked += there;
        right += there && best && str_eq(a->matter, best->matter);
    }
    print_message("of %zu posts %zu have one of their own matter nearest\n", asked, right);
    assert_true(asked > 100 && right * 10 >= asked * 9);
}

static int by_day(const void *a, const void *b)
{
    const struct pairs_post *const *x = a, *const *y = b;

    if ((*x)->day != (*y)->day)
        return (*x)->day < (*y)->day ? -1 : 1;
    return (*x > *y) - (*x < *y);
}

/* All posts in one desk, as they would come: what joins must be one matter of one set. */
static void measured_together(void **state)
{
    const struct pairs_post *order[PAIRS_POSTS];
    uint64_t concern[PAIRS_POSTS];
    size_t right = 0, wrong = 0, pairs = 0;
    struct desk_conf conf;
    struct desk *d = pairs_desk(&t, &conf);

    (void)state;
    for (size_t i = 0; i < t.n; i++)
        order[i] = &t.posts[i];
    qsort(order, t.n, sizeof *order, by_day);
    for (size_t i = 0; i < t.n; i++)
        concern[i] = pairs_put(&t, d, order[i]);
    for (size_t i = 0; i < t.n; i++)
        for (size_t k = 0; k < i; k++, pairs++) {
            if (!concern[i] || concern[i] != concern[k])
                continue;
            bool same = str_eq(order[i]->set, order[k]->set) &&
                        str_eq(order[i]->matter, order[k]->matter);
            right += same;
            wrong += !same;
            if (!same)
                tell("together", order[i], order[k]);
        }
    desk_free(d);
    double precision = (double)right / (double)(right + wrong);
    print_message("together: %zu posts, %zu pairs, %zu joined, precision %.4f\n", t.n, pairs,
                  right + wrong, precision);
    assert_true(precision >= 0.96);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measured_pairs),
        cmocka_unit_test(near_is_as_grouping_holds),
        cmocka_unit_test(measured_together),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
