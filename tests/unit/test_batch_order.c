/* What waits together is numbered by its grade. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "alerts/event.h"
#include "daemon/ledger/batch_order.h"

enum { LISTS = 6, ITEMS = 4 };

/* Lists of items, each with a tag of the grade that its letter stands for: - none, o l m g. */
struct lists {
    struct verdicts all[LISTS];
    struct verdict items[LISTS][ITEMS];
    struct verdict_tag tags[LISTS][ITEMS];
    char names[LISTS][ITEMS][2];
    uint8_t ranks[LISTS][ITEMS];
};

static void make(struct lists *l, const char *const *letters, size_t n)
{
    static const char order[] = "olmg";

    *l = (struct lists){0};
    for (size_t i = 0; i < n; i++) {
        l->all[i].list = l->items[i];
        l->all[i].count = strlen(letters[i]);
        for (size_t k = 0; k < l->all[i].count; k++) {
            const char *at = strchr(order, letters[i][k]);
            l->items[i][k].tags = &l->tags[i][k];
            l->items[i][k].ntags = at != NULL;
            if (at)
                l->tags[i][k].grade = str_from(event_grade_name((enum grade)(at - order)));
        }
    }
}

static void wait_for(struct lists *l, struct batch_waiting *waiting, const uint32_t *sources)
{
    for (size_t i = 0; i < LISTS; i++)
        waiting[i] = (struct batch_waiting){.source = sources[i], .verdicts = &l->all[i],
                                            .ranks = l->ranks[i]};
}

static void items_go_by_grade(void **state)
{
    static const char *const letters[] = {"-mog"};
    static const size_t want[] = {3, 1, 2, 0};
    struct lists l;
    size_t order[ITEMS];

    (void)state;
    make(&l, letters, 1);
    batch_order_ranks(&l.all[0], l.ranks[0]);
    batch_order_items(&l.all[0], l.ranks[0], order);
    assert_memory_equal(order, want, sizeof want);
}

static void the_highest_of_an_items_tags_counts(void **state)
{
    struct verdict_tag two[] = {{.grade = STR("ordinary")}, {.grade = STR("grave")}};
    struct verdict items[] = {{.ntags = 1, .tags = two}, {.ntags = 2, .tags = two}};
    struct verdicts v = {.list = items, .count = 2};
    uint8_t ranks[2];

    (void)state;
    batch_order_ranks(&v, ranks);
    assert_int_equal(ranks[0], 1 + GRADE_ORDINARY);
    assert_int_equal(ranks[1], 1 + GRADE_GRAVE);
}

static void polls_go_by_grade_and_keep_their_sources_order(void **state)
{
    static const char *const letters[] = {"o", "-", "oo", "m", "g", "-"};
    /* Source 7 has the polls 0 and 4, source 1 the polls 2 and 5; one brought nothing. */
    static const uint32_t sources[] = {7, 2, 1, 3, 7, 1};
    static const size_t want[] = {0, 4, 3, 2, 1, 5};
    struct batch_waiting waiting[LISTS];
    size_t order[LISTS];
    struct lists l;

    (void)state;
    make(&l, letters, LISTS);
    wait_for(&l, waiting, sources);
    waiting[1].verdicts = NULL;
    assert_int_equal(batch_order_polls(waiting, LISTS, order), 0);
    assert_memory_equal(order, want, sizeof want);
    assert_int_equal(waiting[0].rank, 1 + GRADE_GRAVE);
    assert_int_equal(l.ranks[0][0], 1 + GRADE_ORDINARY);
}

/* The first poll of source 7 holds an item that a later one knows to be grave; source 8's of that
 * name is another's. */
static void an_older_version_goes_with_the_newer_one(void **state)
{
    static const char *const letters[] = {"oo", "oo", "mg", "", "", ""};
    static const uint32_t sources[] = {7, 8, 7, 1, 2, 3};
    static const char *const names[] = {"ab", "cb", "cb"};
    struct batch_waiting waiting[LISTS];
    size_t order[LISTS];
    struct lists l;

    (void)state;
    make(&l, letters, LISTS);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 2; k++)
            l.items[i][k].identity = (struct str){&names[i][k], 1};
    wait_for(&l, waiting, sources);
    assert_int_equal(batch_order_polls(waiting, LISTS, order), 0);
    assert_int_equal(l.ranks[0][0], 1 + GRADE_ORDINARY);
    assert_int_equal(l.ranks[0][1], 1 + GRADE_GRAVE);
    assert_int_equal(l.ranks[1][1], 1 + GRADE_ORDINARY);
    /* by an alias too */
    l.items[0][0].alt_content = l.items[2][0].alt_content = 5;
    assert_int_equal(batch_order_polls(waiting, LISTS, order), 0);
    assert_int_equal(l.ranks[0][0], 1 + GRADE_MAJOR);
    l.items[0][0].alt_content = 0;
    l.items[0][0].alt_link = l.items[2][1].alt_link = STR("http://a.example/");
    assert_int_equal(batch_order_polls(waiting, LISTS, order), 0);
    assert_int_equal(l.ranks[0][0], 1 + GRADE_GRAVE);
}

/* As they are added, rank by rank. */
static size_t add_all(const struct batch_waiting *waiting, const size_t *order,
                      size_t out[static LISTS * ITEMS])
{
    size_t n = 0;

    for (int rank = BATCH_RANKS - 1; rank >= 0; rank--)
        for (size_t i = 0; i < LISTS; i++) {
            const struct batch_waiting *w = &waiting[order[i]];
            if (w->rank < rank)
                continue;
            for (size_t k = 0; k < w->verdicts->count; k++)
                if (w->ranks[k] == rank)
                    out[n++] = order[i] * ITEMS + k;
        }
    return n;
}

/* Whatever waits: each once, by rank, and the versions of an item as they came. */
static void check_added(const struct lists *l, const struct batch_waiting *waiting,
                        const size_t *added, size_t n)
{
    bool there[LISTS * ITEMS] = {false};

    assert_int_equal(n, LISTS * (ITEMS - 1));
    for (size_t i = 0; i < n; i++) {
        size_t list = added[i] / ITEMS, item = added[i] % ITEMS;
        assert_false(there[added[i]]);
        there[added[i]] = true;
        size_t before = i ? added[i - 1] : added[i];
        assert_true(l->ranks[list][item] <= l->ranks[before / ITEMS][before % ITEMS]);
        for (size_t k = 0; k < list; k++)
            for (size_t m = 0; m < ITEMS - 1; m++)
                if (waiting[k].source == waiting[list].source &&
                    l->names[k][m][0] == l->names[list][item][0])
                    assert_true(there[k * ITEMS + m]);
    }
}

static void random_polls_lose_nothing(void **state)
{
    uint32_t seed = 2463534242u;

    (void)state;
    for (int round = 0; round < 500; round++) {
        char text[LISTS][ITEMS];
        const char *letters[LISTS];
        struct batch_waiting waiting[LISTS];
        uint32_t sources[LISTS];
        size_t order[LISTS], added[LISTS * ITEMS];
        struct lists l;
        for (size_t i = 0; i < LISTS; i++) {
            for (size_t k = 0; k < ITEMS - 1; k++) {
                seed = seed * 1664525 + 1013904223;
                text[i][k] = "-olmg"[(seed >> 16) % 5];
            }
            text[i][ITEMS - 1] = '\0';
            letters[i] = text[i];
            sources[i] = (seed >> i) % 3;
        }
        make(&l, letters, LISTS);
        for (size_t i = 0; i < LISTS; i++)
            for (size_t k = 0; k < ITEMS - 1; k++) {
                l.names[i][k][0] = (char)('a' + (k + (seed >> (8 + i))) % ITEMS);
                l.items[i][k].identity = (struct str){l.names[i][k], 1};
            }
        wait_for(&l, waiting, sources);
        assert_int_equal(batch_order_polls(waiting, LISTS, order), 0);
        check_added(&l, waiting, added, add_all(waiting, order, added));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_go_by_grade),
        cmocka_unit_test(the_highest_of_an_items_tags_counts),
        cmocka_unit_test(polls_go_by_grade_and_keep_their_sources_order),
        cmocka_unit_test(an_older_version_goes_with_the_newer_one),
        cmocka_unit_test(random_polls_lose_nothing),
    };
    return cmocka_run_group_tests_name("batch_order", tests, NULL, NULL);
}
