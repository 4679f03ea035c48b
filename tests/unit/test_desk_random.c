#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "alerts/group/group.h"
#include "base/clock.h"
#include "tests/unit/desk_fixture.h"
#include "tests/unit/same.h"
#include "tests/unit/seed.h"

static uint64_t seed;

static uint32_t roll(uint32_t below)
{
    return seed_roll(&seed, below);
}

struct op { /* drawn once, done to both desks */
    int kind;
    struct verdict_box box;
    uint64_t concern, source;
    const char *by;
    int64_t now;
    size_t max;
};

static void draw(struct op *op, int64_t now, uint64_t head)
{
    static const char *const topics[] = {"wage-arrears", "epidemic", "unheard-of"};
    static const char *const regions[] = {"", "330106", "330105", "330100", "330106003"};
    static const char *const by[] = {"", "hr", "hr-west", "office", "health"};

    op->kind = (int)roll(4);
    op->now = now;
    op->source = roll(9);
    op->concern = head ? 1 + roll((uint32_t)head) : 1;
    op->by = by[roll(5)];
    op->max = 1 + roll(20);
    town_verdict(&op->box, topics[roll(8) % 3], regions[roll(5)], roll(400), (int)roll(8));
    if (roll(6) == 0)
        op->box.v.kind = VERDICT_REPORTED;
    if (roll(10) == 0)
        op->box.v.reply = STR("答复");
}

/* The tag and region of a drawn verdict stand in the op itself, which is not moved. */
static int act(struct desk *d, const struct op *op, struct changes *out, uint64_t *concern)
{
    const char *reason;
    struct command c = {.act = op->kind == 2 ? COMMAND_ACCEPT : COMMAND_ANSWER,
                        .concern = op->concern,
                        .by = str_from(op->by)};

    *concern = 0;
    desk_changes_reset(out);
    if (c.act == COMMAND_ANSWER)
        c.url = STR("https://a.gov.cn/1");
    if (op->kind == 0)
        return desk_item(d, &op->box.v, &(struct desk_origin){.source = op->source}, op->now, out,
                         concern);
    if (op->kind == 1)
        return desk_tick(d, op->now, op->max, out);
    return desk_command(d, &c, op->now, out, &reason);
}

struct ledger { /* what a store would know */
    uint64_t head;
    struct {
        char unit[SLUG_MAX];
        uint64_t unitseq;
    } units[8];
    size_t nunits;
};

static void keep_unit(struct ledger *l, const struct event_audience *to)
{
    size_t i = 0;

    while (i < l->nunits && strcmp(l->units[i].unit, to->unit) != 0)
        i++;
    if (i == l->nunits) {
        assert_true(l->nunits < 8);
        memcpy(l->units[l->nunits++].unit, to->unit, SLUG_MAX);
    }
    assert_true(to->unitseq == l->units[i].unitseq + 1);
    l->units[i].unitseq = to->unitseq;
}

static void keep(struct ledger *l, const struct changes *out)
{
    for (size_t i = 0; i < out->nevents; i++) {
        const struct event *e = &out->events[i];
        assert_true(e->seq == l->head + 1);
        l->head = e->seq;
        if (e->type == EVENT_OPENED)
            assert_true(e->concern == e->seq);
        for (size_t j = 0; j < e->naudience; j++)
            keep_unit(l, &e->audience[j]);
        bool listed = false;
        for (size_t j = 0; j < out->nconcerns; j++)
            listed = listed || out->concerns[j] == e->concern;
        assert_true(listed);
    }
    for (size_t i = 0; i < out->nconcerns; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(out->concerns[i] != out->concerns[j]);
}

static struct desk *restore(const struct town *town, const struct desk *from,
                            const struct ledger *l)
{
    struct desk *d = desk_new(&town->conf, l->head);

    assert_non_null(d);
    for (size_t i = 0; i < l->nunits; i++)
        assert_int_equal(desk_restore_unitseq(d, l->units[i].unit, l->units[i].unitseq), 0);
    for (uint64_t id = l->head; id > 0; id--) { /* another order than they were opened in */
        const struct concern *c = desk_concern(from, id);
        if (c)
            assert_int_equal(desk_restore_concern(d, c), 0);
    }
    assert_true(desk_next(d) == desk_next(from));
    return d;
}

static void check_equal(const struct changes *a, const struct changes *b)
{
    assert_int_equal(a->nevents, b->nevents);
    for (size_t i = 0; i < a->nevents; i++)
        same_event(&a->events[i], &b->events[i]);
    assert_int_equal(a->nconcerns, b->nconcerns);
    for (size_t i = 0; i < a->nconcerns; i++)
        assert_true(a->concerns[i] == b->concerns[i]);
}

/* A desk restored from its concerns does the same as the one that lived through it all. */
static void restored_desk_is_the_same(void **state)
{
    struct town town;
    struct changes a = {0}, b = {0};
    (void)state;

    town_open(&town, NULL, 3 * CLOCK_DAY);
    for (int run = 0; run < 20; run++) {
        struct ledger l = {0};
        struct desk *first = desk_new(&town.conf, 0), *second = NULL;
        int64_t now = town_morning();
        for (int step = 0; step < 1500; step++) {
            struct op op;
            uint64_t in_a, in_b;
            if (step % 300 == 299) {
                desk_free(second);
                second = restore(&town, first, &l);
            }
            now += (int64_t)roll(40) * 60000 * (roll(50) ? 1 : -20); /* at times it steps back */
            draw(&op, now, l.head);
            int err = act(first, &op, &a, &in_a);
            if (second) {
                assert_int_equal(act(second, &op, &b, &in_b), err);
                assert_true(in_a == in_b);
                check_equal(&a, &b);
            }
            keep(&l, &a);
        }
        desk_free(first);
        desk_free(second);
    }
    desk_changes_free(&a);
    desk_changes_free(&b);
    town_close(&town);
}

/* Every sketch with GROUP_THRESHOLD equal slots is found among many, wherever the others differ. */
static void index_misses_no_copy(void **state)
{
    enum { MANY = 20000 };
    struct group *g = group_new();
    uint32_t *sketches = calloc(MANY, sizeof(uint32_t[VERDICT_SKETCH]));
    uint32_t found[GROUP_CANDIDATES];
    (void)state;

    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t *s = sketches + (size_t)i * VERDICT_SKETCH;
        for (int j = 0; j < VERDICT_SKETCH; j++)
            s[j] = roll(1u << 30);
        assert_int_equal(group_reserve(g, i + 1), 0);
        group_add(g, i, s);
    }
    for (uint32_t i = 0; i < MANY; i += 3)
        group_remove(g, i);
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t near[VERDICT_SKETCH];
        bool there = false;
        memcpy(near, sketches + (size_t)i * VERDICT_SKETCH, sizeof near);
        for (int j = 0; j < VERDICT_SKETCH - GROUP_THRESHOLD; j++)
            near[roll(VERDICT_SKETCH)] ^= 1;
        size_t n = group_find(g, near, found);
        for (size_t j = 0; j < n; j++)
            there = there || found[j] == i;
        assert_int_equal(there, i % 3 != 0);
    }
    free(sketches);
    group_free(g);
}

/* What a plain list gives of a sketch: for each band the slots that have it, newest first. */
static size_t plain_find(const uint32_t (*sketches)[VERDICT_SKETCH], const uint32_t *since,
                         uint32_t n, const uint32_t *sketch, uint32_t *out)
{
    static const int from[] = {0, 0, 3, 6, 9, 12, 14}, to[] = {16, 3, 6, 9, 12, 14, 16};
    size_t found = 0;

    for (size_t band = 0; band < sizeof from / sizeof *from; band++) {
        size_t first = found;
        for (uint32_t i = 0; i < n; i++) {
            size_t at = found;
            if (!since[i] || memcmp(sketches[i] + from[band], sketch + from[band],
                                    (size_t)(to[band] - from[band]) * sizeof *sketch))
                continue;
            for (; at > first && since[out[at - 1]] < since[i]; at--)
                out[at] = out[at - 1];
            out[at] = i;
            found++;
        }
    }
    return found;
}

/* Added, taken out and looked up in any order, many alike in a band: as a plain list has it. */
static void index_is_as_a_plain_list(void **state)
{
    enum { SLOTS = 700, STEPS = 60000, KINDS = 40 };
    static uint32_t sketches[SLOTS][VERDICT_SKETCH], since[SLOTS];
    uint32_t found[GROUP_CANDIDATES], plain[GROUP_CANDIDATES], added = 0;
    struct group *g = group_new();
    (void)state;

    for (uint32_t step = 0; step < STEPS; step++) {
        /* few at first and at last: it grows, and has to give all up again */
        uint32_t slot = roll(SLOTS), fill = step < STEPS / 2 ? 90 : 20;
        if (since[slot]) {
            uint32_t *s = sketches[slot];
            if (step % 64 == 0) {
                size_t n = group_find(g, s, found);
                assert_int_equal(n, plain_find((const uint32_t(*)[VERDICT_SKETCH])sketches, since,
                                               SLOTS, s, plain));
                assert_memory_equal(found, plain, n * sizeof *found);
            }
            if (roll(100) >= fill) {
                group_remove(g, slot);
                since[slot] = 0;
            }
        } else if (roll(100) < fill) {
            for (int j = 0; j < VERDICT_SKETCH; j++)
                sketches[slot][j] = j < 6 ? 1 + (uint32_t)j * KINDS + roll(KINDS) / 8 :
                                            roll(1u << 30);
            assert_int_equal(group_reserve(g, slot + 1), 0);
            group_add(g, slot, sketches[slot]);
            since[slot] = ++added;
        }
    }
    assert_true(added > SLOTS);
    group_free(g);
}

static void add_items(struct desk *d, uint32_t from, uint32_t n, struct changes *out)
{
    for (uint32_t i = 0; i < n; i++) {
        struct verdict_box box;
        uint64_t concern;
        desk_changes_reset(out);
        assert_int_equal(desk_item(d, town_verdict(&box, "wage-arrears", "330106", from + i, 0),
                                   &(struct desk_origin){.source = from + i}, town_morning(), out,
                                   &concern), 0);
        assert_true(concern != 0);
    }
}

/* Beside 100,000 open concerns, and restored ones, what is known joins and what is new opens. */
static void finds_its_own_among_many(void **state)
{
    enum { MANY = 100000, SOME = 20000 };
    struct town town;
    struct changes out = {0};
    (void)state;

    town_open(&town, NULL, 7 * CLOCK_DAY);
    struct desk *d = desk_new(&town.conf, 0), *again = desk_new(&town.conf, 2 * MANY);
    add_items(d, 0, MANY, &out);
    for (uint64_t id = 1; id < 2 * MANY; id += 2)
        assert_int_equal(desk_restore_concern(again, desk_concern(d, id)), 0);
    add_items(d, 0, SOME, &out);
    add_items(again, 0, SOME, &out);
    assert_true(desk_head(d) == 2 * MANY + SOME && desk_head(again) == desk_head(d));
    add_items(d, MANY, SOME, &out);
    assert_true(desk_head(d) == 2 * MANY + SOME + 2 * SOME);
    desk_free(again);
    desk_free(d);
    desk_changes_free(&out);
    town_close(&town);
}

/* 30,000 concerns of one text in places apart share every band: a look-up is bounded, or this would
 * not end. */
static void one_text_in_many_places(void **state)
{
    enum { MANY = 30000 };
    struct town town;
    struct changes out = {0};
    uint64_t concern;
    (void)state;

    town_open(&town, NULL, 7 * CLOCK_DAY);
    struct desk *d = desk_new(&town.conf, 0);
    for (int i = 0; i < MANY; i++) {
        struct verdict_box box;
        char place[24];
        snprintf(place, sizeof place, "330106%06d", i + 1);
        desk_changes_reset(&out);
        assert_int_equal(desk_item(d, town_verdict(&box, "wage-arrears", place, 7, 0),
                                   &(struct desk_origin){.source = 1}, town_morning(), &out,
                                   &concern), 0);
        assert_true(concern != 0);
    }
    desk_free(d);
    desk_changes_free(&out);
    town_close(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(restored_desk_is_the_same),
        cmocka_unit_test(index_misses_no_copy),
        cmocka_unit_test(index_is_as_a_plain_list),
        cmocka_unit_test(finds_its_own_among_many),
        cmocka_unit_test(one_text_in_many_places),
    };

    seed = seed_begin();
    return cmocka_run_group_tests_name("desk_random", tests, NULL, NULL);
}
