/* What is open, by urgency. */
#include <stdlib.h>

#include "daemon/views/standing.h"
#include "tests/unit/seed.h"
#include "tests/unit/unit.h"

enum { MANY = 300, ROUNDS = 3000, PAGE = 7, TOPICS = 4 };

static struct concern made(uint64_t id, int64_t due, enum grade grade)
{
    struct concern c = {.id = id, .due = due + 1000, .grade = grade, .topic = "wage-arrears",
                        .unit = "labour", .nclocks = 2};

    c.clocks[0] = (struct concern_clock){.due = due - 5, .met = 1};
    c.clocks[1] = (struct concern_clock){.due = due};
    return c;
}

static void test_the_graver_and_what_is_next_come_first(void **state)
{
    static const uint64_t order[] = {4, 3, 2, 5, 1, 6};
    struct standing *s = standing_new();
    struct standing_query q = {.state = -1, .limit = 10};
    struct standing_row rows[10];
    struct concern c;

    (void)state;
    c = made(1, 300, GRADE_LARGER);
    assert_int_equal(standing_put(s, &c), 0);
    c = made(2, 100, GRADE_ORDINARY);
    assert_int_equal(standing_put(s, &c), 0);
    c = made(3, 900, GRADE_GRAVE);
    assert_int_equal(standing_put(s, &c), 0);
    c = made(4, 800, GRADE_ORDINARY);
    c.proposed = GRADE_MAJOR; /* proposed is enough: it waits for 研判 */
    assert_int_equal(standing_put(s, &c), 0);
    c = made(5, 0, GRADE_ORDINARY);
    c.nclocks = 0; /* then by the reply's time */
    c.due = 200;
    assert_int_equal(standing_put(s, &c), 0);
    c = made(6, 700, GRADE_ORDINARY);
    c.proposed = GRADE_MAJOR;
    c.assessed = 1; /* but 研判 said otherwise */
    assert_int_equal(standing_put(s, &c), 0);
    assert_int_equal(standing_page(s, &q, rows), 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(rows[i].id, order[i]);
    c.state = CONCERN_CLOSED;
    assert_int_equal(standing_put(s, &c), 0);
    standing_drop(s, 4);
    standing_drop(s, 77);
    assert_int_equal(standing_page(s, &q, rows), 4);
    assert_int_equal(rows[0].id, 3);
    standing_forget(s);
    assert_int_equal(standing_page(s, &q, rows), 0);
    standing_free(s);
}

static void test_filters(void **state)
{
    struct standing *s = standing_new();
    struct standing_query q = {.state = -1, .limit = 10};
    struct standing_row rows[10];
    struct concern c = made(1, 1, GRADE_ORDINARY);

    (void)state;
    assert_int_equal(standing_put(s, &c), 0);
    c = made(2, 2, GRADE_ORDINARY);
    memcpy(c.topic, "epidemic", sizeof "epidemic");
    c.state = CONCERN_ACCEPTED;
    c.nparties = 2;
    memcpy(c.parties[0].unit, "labour", sizeof "labour");
    memcpy(c.parties[1].unit, "health", sizeof "health");
    assert_int_equal(standing_put(s, &c), 0);
    q.unit = "health";
    assert_int_equal(standing_page(s, &q, rows), 1);
    assert_int_equal(rows[0].id, 2);
    q.unit = "labour";
    assert_int_equal(standing_page(s, &q, rows), 2);
    q.topic = "wage-arrears";
    assert_int_equal(standing_page(s, &q, rows), 1);
    assert_int_equal(rows[0].id, 1);
    q.state = CONCERN_ACCEPTED;
    assert_int_equal(standing_page(s, &q, rows), 0);
    q = (struct standing_query){.state = CONCERN_ACCEPTED, .limit = 10};
    assert_int_equal(standing_page(s, &q, rows), 1);
    q.unit = "nobody-knows-it";
    assert_int_equal(standing_page(s, &q, rows), 0);
    standing_free(s);
}

static int by_key(const void *a, const void *b)
{
    const struct standing_row *x = a, *y = b;

    return x->key != y->key ? x->key > y->key ? 1 : -1 : (x->id > y->id) - (x->id < y->id);
}

/* However they came, changed and went: pages give each once, in order. */
static void test_pages_are_the_whole(void **state)
{
    struct standing *s = standing_new();
    int64_t due[MANY] = {0};
    struct standing_row want[MANY], got[MANY + PAGE];
    struct standing_query q = {.state = -1, .limit = PAGE};
    uint64_t seed = seed_begin();
    size_t n = 0, count = 0, page;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        uint32_t id = seed_roll(&seed, MANY);
        due[id] = seed_roll(&seed, 3) ? 1 + (int64_t)seed_roll(&seed, 50) : 0;
        struct concern c = made(id + 1, due[id], GRADE_ORDINARY);
        c.state = due[id] ? CONCERN_OPEN : CONCERN_CLOSED;
        assert_int_equal(standing_put(s, &c), 0);
    }
    for (uint64_t id = 0; id < MANY; id++)
        if (due[id])
            want[n++] = (struct standing_row){due[id], id + 1};
    qsort(want, n, sizeof *want, by_key);
    assert_int_equal(standing_count(s), n);
    while ((page = standing_page(s, &q, got + count)) > 0) {
        count += page;
        q.after_key = got[count - 1].key;
        q.after_id = got[count - 1].id;
    }
    assert_int_equal(count, n);
    for (size_t i = 0; i < n; i++)
        assert_true(got[i].key == want[i].key && got[i].id == want[i].id);
    standing_free(s);
}

/* As metrics once counted them, by a walk. */
struct walked {
    size_t open[TOPICS], overdue[TOPICS], told;
};

static void take_walked(struct walked *w, const struct concern *c)
{
    bool overdue = false;

    if (c->state == CONCERN_CLOSED)
        return;
    for (size_t i = 0; i < c->nclocks; i++)
        overdue = overdue || (!c->clocks[i].met && c->clocks[i].stage == STAGE_OVERDUE);
    w->open[c->topic[0] - 'a']++;
    w->overdue[c->topic[0] - 'a'] += overdue;
}

static void take_counted(void *arg, const char *topic, size_t open, size_t overdue)
{
    struct walked *counted = arg;

    assert_true(open > 0 && overdue <= open && topic[0] >= 'a' && topic[0] < 'a' + TOPICS);
    counted->open[topic[0] - 'a'] += open;
    counted->overdue[topic[0] - 'a'] += overdue;
    counted->told++;
}

static struct concern lived(uint64_t *seed, uint64_t id)
{
    struct concern c = made(id, seed_roll(seed, 50), GRADE_ORDINARY);

    c.state = (enum concern_state)seed_roll(seed, CONCERN_STATES);
    c.topic[0] = (char)('a' + seed_roll(seed, TOPICS));
    for (size_t i = 0; i < c.nclocks; i++) {
        c.clocks[i].met = seed_roll(seed, 2);
        c.clocks[i].stage = (enum clock_stage)seed_roll(seed, STAGE_OVERDUE + 1);
    }
    return c;
}

/* However they came, changed and went: of each topic it is told what a walk would find. */
static void test_topics_are_counted_as_a_walk_would(void **state)
{
    struct standing *s = standing_new();
    static struct concern list[MANY];
    static bool there[MANY];
    uint64_t seed = seed_begin();

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        uint32_t at = seed_roll(&seed, MANY);
        if (seed_roll(&seed, 500) == 0) {
            standing_forget(s);
            memset(there, 0, sizeof there);
        }
        there[at] = seed_roll(&seed, 10) > 0;
        list[at] = lived(&seed, at + 1);
        if (there[at])
            assert_int_equal(standing_put(s, &list[at]), 0);
        else
            standing_drop(s, at + 1);
        struct walked walked = {0}, counted = {0};
        for (size_t k = 0; k < MANY; k++)
            if (there[k])
                take_walked(&walked, &list[k]);
        standing_topics(s, take_counted, &counted);
        for (size_t k = 0; k < TOPICS; k++) {
            assert_int_equal(counted.open[k], walked.open[k]);
            assert_int_equal(counted.overdue[k], walked.overdue[k]);
            counted.told -= walked.open[k] > 0;
        }
        assert_int_equal(counted.told, 0);
    }
    standing_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_graver_and_what_is_next_come_first),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_pages_are_the_whole),
        cmocka_unit_test(test_topics_are_counted_as_a_walk_would),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
