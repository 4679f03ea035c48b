/* Concerns by what they are about, wherever among all they are. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "alerts/group/likeness.h"
#include "base/err.h"
#include "classifiers/likeness/traits.h"
#include "store/search/search_state.h"
#include "tests/unit/seek.h"

enum { MANY = 600, ASKED = 40 };

static uint32_t trait(enum trait_class class, uint32_t value)
{
    return (uint32_t)class << TRAIT_SHIFT | value;
}

/* The next event of the ledger, and the concern as it is after it. */
static void commit(struct seek *f, enum event_type type, struct concern *c)
{
    struct event e = samples_event(store_head(f->store) + 1, c->id);
    const struct concern *list = c;

    e.type = type;
    e.noted = false;
    struct store_batch b = {.events = &e, .nevents = 1, .concerns = &list, .nconcerns = 1};
    assert_int_equal(store_commit(f->store, &b), 0);
}

/* Its number is that of its opening. */
static uint64_t open_one(struct seek *f, const uint32_t *traits, size_t n)
{
    struct concern c = samples_concern(store_head(f->store) + 1, CONCERN_OPEN, 5);

    memset(c.traits, 0, sizeof c.traits);
    memcpy(c.traits, traits, n * sizeof *traits);
    commit(f, EVENT_OPENED, &c);
    return c.id;
}

static int alike(struct seek *f, uint64_t concern, uint64_t *out, size_t max, uint64_t *behind)
{
    struct concern c = {0};

    assert_int_equal(store_concern(f->store, concern, &c), 0);
    struct search_alike of = {c.traits, concern};
    int n = search_alike(f->path, f->store, &of, out, max, behind);
    concern_clear(&c);
    return n;
}

/* A name that two have comes before the word that all of them have, and the pair that some do. */
static void rare_ones_come_first_however_old(void **state)
{
    struct seek *f = *state;
    uint64_t out[ASKED], behind = 9;
    uint32_t twin[] = {trait(TRAIT_ESTATE, 77), trait(TRAIT_TERM, 5)};

    uint64_t first = open_one(f, twin, 2);
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t other[] = {trait(TRAIT_GRAM, i % 20 ? 1000 + i : 9), trait(TRAIT_TERM, 5)};
        open_one(f, other, 2);
    }
    uint32_t asked[] = {trait(TRAIT_GRAM, 9), trait(TRAIT_GRAM, 77), trait(TRAIT_TERM, 5)};
    uint64_t last = open_one(f, asked, 3);
    seek_follow(f, 1000);
    assert_int_equal(alike(f, last, out, ASKED, &behind), ASKED);
    assert_true(out[0] == first && behind == 0);
    for (size_t i = 1; i <= MANY / 20; i++) /* of equal ones the nearest */
        assert_int_equal(out[i], last - 20 * i);
    for (size_t i = 0; i < ASKED; i++)
        assert_true(out[i] != last);
    assert_int_equal(alike(f, first, out, 1, &behind), 1);
    assert_int_equal(out[0], last);
}

struct known {
    uint64_t id;
    uint32_t traits[4], worth;
};

static uint64_t nearness_to;

static int by_worth(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    uint64_t dx = x->id > nearness_to ? x->id - nearness_to : nearness_to - x->id;
    uint64_t dy = y->id > nearness_to ? y->id - nearness_to : nearness_to - y->id;

    if (x->worth != y->worth)
        return x->worth < y->worth ? 1 : -1;
    return dx != dy ? (dx > dy) - (dx < dy) : (x->id < y->id) - (x->id > y->id);
}

static bool has(const struct known *k, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        if (trait_value(k->traits[i]) == value)
            return true;
    return false;
}

/* The same, counted the long way. */
static void weigh_all(struct known *all, size_t n, const struct known *of)
{
    for (size_t i = 0; i < n; i++)
        all[i].worth = 0;
    for (size_t t = 0; t < 4; t++) {
        unsigned halvings = 0;
        size_t have = 0;
        for (size_t i = 0; i < n; i++)
            have += has(&all[i], trait_value(of->traits[t]));
        while (have << (halvings + 1) <= n)
            halvings++;
        for (size_t i = 0; i < n; i++)
            if (has(&all[i], trait_value(of->traits[t])))
                all[i].worth += likeness_worth(of->traits[t]) * (1 + halvings);
    }
}

static void draw(struct samples *r, struct known *k)
{
    static const enum trait_class classes[] = {TRAIT_ESTATE, TRAIT_KEY, TRAIT_GRAM, TRAIT_TERM};

    for (uint32_t t = 0; t < 4; t++) /* a class has values of its own, few or many */
        k->traits[t] = trait(classes[t], 1000 * t + samples_random(r, 3 + 60 * t));
}

static void all_that_share_a_trait_are_weighed(void **state)
{
    struct seek *f = *state;
    struct samples r = seek_random();
    static struct known all[MANY];
    uint64_t out[MANY], behind;

    for (size_t i = 0; i < MANY; i++) {
        draw(&r, &all[i]);
        all[i].id = open_one(f, all[i].traits, 4);
        if (samples_random(&r, 40) == 0)
            seek_follow(f, 1000); /* so that there are several segments */
    }
    seek_follow(f, 1000);
    for (size_t round = 0; round < 20; round++) {
        struct known of = all[samples_random(&r, MANY)];
        size_t want = 0, most = 1 + samples_random(&r, 100);
        weigh_all(all, MANY, &of);
        nearness_to = of.id;
        qsort(all, MANY, sizeof *all, by_worth);
        int n = alike(f, of.id, out, most, &behind);
        for (size_t i = 0; i < MANY && want < most; i++)
            if (all[i].id != of.id && all[i].worth)
                assert_int_equal(out[want++], all[i].id);
        assert_int_equal(n, want);
    }
}

static size_t concerns_indexed(struct seek *f)
{
    size_t n = 0;

    for (int i = 0; i < f->search->count; i++)
        n += f->search->segments[i].kind == SEGMENT_CONCERNS ? f->search->segments[i].count : 0;
    return n;
}

static void what_changes_is_followed(void **state)
{
    struct seek *f = *state;
    uint32_t name[] = {trait(TRAIT_ESTATE, 77)}, other[] = {trait(TRAIT_ROAD, 78)};
    uint64_t out[4], behind;
    struct concern c = {0};

    uint64_t a = open_one(f, name, 1), b = open_one(f, name, 1), d = open_one(f, other, 1);
    seek_follow(f, 1000);
    assert_int_equal(alike(f, a, out, 4, &behind), 1);
    assert_int_equal(out[0], b);
    assert_int_equal(store_concern(f->store, b, &c), 0);
    c.traits[0] = other[0]; /* its first item was moved out of it */
    commit(f, EVENT_MOVED, &c);
    assert_int_equal(alike(f, a, out, 4, &behind), 1);
    assert_int_equal(behind, 1);
    seek_follow(f, 1000);
    assert_int_equal(alike(f, a, out, 4, &behind), 0);
    assert_int_equal(behind, 0);
    assert_int_equal(alike(f, d, out, 4, &behind), 1);
    assert_int_equal(out[0], b);
    assert_int_equal(concerns_indexed(f), 3);
    c.traits[0] = name[0]; /* its post was edited, and back */
    commit(f, EVENT_UPDATED, &c);
    seek_follow(f, 1000);
    assert_int_equal(alike(f, a, out, 4, &behind), 1);
    assert_int_equal(alike(f, d, out, 4, &behind), 0);
    c.traits[0] = other[0];
    commit(f, EVENT_UPDATED, &c);
    c.outcome = OUTCOME_MERGED;
    commit(f, EVENT_MERGED, &c);
    seek_follow(f, 1000);
    assert_int_equal(alike(f, d, out, 4, &behind), 0);
    c.outcome = OUTCOME_NONE; /* and split off again */
    commit(f, EVENT_SPLIT, &c);
    seek_follow(f, 1000);
    assert_int_equal(alike(f, d, out, 4, &behind), 1);
    c.traits[0] = 0; /* taken out for good */
    commit(f, EVENT_ERASED, &c);
    concern_clear(&c);
    seek_follow(f, 1000);
    assert_int_equal(alike(f, d, out, 4, &behind), 0);
    assert_int_equal(concerns_indexed(f), 2);
    assert_int_equal(search_check(f->search), 0);
}

/* Items and concerns have numbers of their own, and go their own ways. */
static void words_and_concerns_do_not_mix(void **state)
{
    struct seek *f = *state;
    uint32_t name[] = {trait(TRAIT_ESTATE, 77)};
    struct store_item items[2] = {seek_item(1, "停水", ""), seek_item(2, "停水", "")};
    struct seek_answer a;
    uint64_t out[4], behind;

    seek_put(f, items, 2);
    uint64_t one = open_one(f, name, 1), two = open_one(f, name, 1);
    assert_int_equal(alike(f, one, out, 4, &behind), 0); /* it is there, and has seen nothing */
    assert_int_equal(behind, 2);
    seek_follow(f, 1000);
    assert_int_equal(f->search->count, 2);
    SEEK_FOUND("停水", "2:停水 1:停水 ");
    assert_int_equal(alike(f, one, out, 4, &behind), 1);
    assert_int_equal(out[0], two);
    items[0] = seek_item(1, "来水", ""); /* number 1, which a concern has, too */
    items[0].update = true;
    seek_put(f, items, 1);
    seek_follow(f, 101 * INT64_C(86400000)); /* all texts have expired */
    SEEK_FOUND("停水", "");
    assert_int_equal(f->search->count, 1);
    assert_int_equal(search_expires(f->search), INT64_MAX);
    assert_int_equal(alike(f, two, out, 4, &behind), 1);
    assert_int_equal(out[0], one);
    search_close(f->search);
    f->search = NULL;
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(alike(f, two, out, 4, &behind), ERR_NOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rare_ones_come_first_however_old, seek_open, seek_close),
        cmocka_unit_test_setup_teardown(all_that_share_a_trait_are_weighed, seek_open, seek_close),
        cmocka_unit_test_setup_teardown(what_changes_is_followed, seek_open, seek_close),
        cmocka_unit_test_setup_teardown(words_and_concerns_do_not_mix, seek_open, seek_close),
    };
    return cmocka_run_group_tests_name("search_alike", tests, NULL, NULL);
}
