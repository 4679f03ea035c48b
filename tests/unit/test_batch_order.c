/* What waits together is numbered by its grade. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "alerts/event.h"
#include "daemon/batch_order.h"

enum { LISTS = 6, ITEMS = 4 };

/* Lists of items, each with a tag of the grade that its letter stands for: - none, o l m g. */
struct lists {
    struct verdicts all[LISTS];
    struct verdict items[LISTS][ITEMS];
    struct verdict_tag tags[LISTS][ITEMS];
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

static void items_go_by_grade(void **state)
{
    static const char *const letters[] = {"-mog"};
    static const size_t want[] = {3, 1, 2, 0};
    struct lists l;
    size_t order[ITEMS];

    (void)state;
    make(&l, letters, 1);
    batch_order_items(&l.all[0], order);
    assert_memory_equal(order, want, sizeof want);
}

static void the_highest_of_an_items_tags_counts(void **state)
{
    struct verdict_tag two[] = {{.grade = STR("ordinary")}, {.grade = STR("grave")}};
    struct verdict items[] = {{.ntags = 1, .tags = two}, {.ntags = 2, .tags = two}};
    struct verdicts v = {.list = items, .count = 2};
    size_t order[2];

    (void)state;
    batch_order_items(&v, order);
    assert_int_equal(order[0], 1);
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
    for (size_t i = 0; i < LISTS; i++)
        waiting[i] = (struct batch_waiting){sources[i], i == 1 ? NULL : &l.all[i]};
    assert_int_equal(batch_order_polls(waiting, LISTS, order), 0);
    assert_memory_equal(order, want, sizeof want);
}

/* Whatever waits: each once, and those of one source as they came. */
static void random_polls_lose_nothing(void **state)
{
    uint32_t seed = 2463534242u;

    (void)state;
    for (int round = 0; round < 500; round++) {
        char text[LISTS][ITEMS];
        const char *letters[LISTS];
        struct batch_waiting waiting[LISTS];
        size_t order[LISTS], place[LISTS];
        struct lists l;
        for (size_t i = 0; i < LISTS; i++) {
            for (size_t k = 0; k < ITEMS - 1; k++) {
                seed = seed * 1664525 + 1013904223;
                text[i][k] = "-olmg"[(seed >> 16) % 5];
            }
            text[i][ITEMS - 1] = '\0';
            letters[i] = text[i];
        }
        make(&l, letters, LISTS);
        for (size_t i = 0; i < LISTS; i++)
            waiting[i] = (struct batch_waiting){(seed >> i) % 3, &l.all[i]};
        assert_int_equal(batch_order_polls(waiting, LISTS, order), 0);
        memset(place, 0xff, sizeof place);
        for (size_t i = 0; i < LISTS; i++) {
            assert_true(place[order[i]] > LISTS);
            place[order[i]] = i;
        }
        for (size_t i = 0; i < LISTS; i++)
            for (size_t k = i + 1; k < LISTS; k++)
                if (waiting[i].source == waiting[k].source)
                    assert_true(place[i] < place[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_go_by_grade),
        cmocka_unit_test(the_highest_of_an_items_tags_counts),
        cmocka_unit_test(polls_go_by_grade_and_keep_their_sources_order),
        cmocka_unit_test(random_polls_lose_nothing),
    };
    return cmocka_run_group_tests_name("batch_order", tests, NULL, NULL);
}
