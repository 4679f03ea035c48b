/* How the concerns are found that a post may belong to: by their traits, by the face they have. */
#include "tests/unit/unit.h"

#include "alerts/desk/desk_state.h"
#include "tests/unit/pairs.h"

static struct pairs t;

static int set_up(void **state)
{
    (void)state;
    if (pairs_set_up(&t))
        return -1;
    pairs_read(&t, "tests/data/pairs.tsv");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return pairs_tear_down(&t);
}

static const struct pairs_post *post_of(const char *set, const char *matter, int nth)
{
    for (size_t i = 0; i < t.n; i++)
        if (str_is(t.posts[i].set, set) && str_is(t.posts[i].matter, matter) && nth-- == 0)
            return &t.posts[i];
    return NULL;
}

static bool finds(const struct kin *k, const struct pairs_post *p, struct str place, uint32_t slot)
{
    uint32_t found[KIN_CANDIDATES];

    for (size_t i = kin_find(k, place, p->v.traits, found); i-- > 0;)
        if (found[i] == slot)
            return true;
    return false;
}

static void what_is_taken_out_is_found_no_more(void **state)
{
    const struct pairs_post *a = post_of("w1", "a", 0), *other = post_of("w2", "a", 0);
    struct str here = STR("330106"), unknown = STR_NONE;
    struct kin *k = kin_new();

    (void)state;
    assert_int_equal(kin_reserve(k, 16), 0);
    kin_add(k, 7, here, a->v.traits);
    kin_add(k, 7, here, other->v.traits); /* one concern, two posts */
    kin_add(k, 8, here, a->v.traits);
    assert_true(finds(k, a, here, 7) && finds(k, other, here, 7) && finds(k, a, here, 8));
    assert_true(finds(k, a, unknown, 7));
    assert_false(finds(k, a, STR("310101"), 7));
    kin_remove(k, 7, here, a->v.traits);
    assert_false(finds(k, a, here, 7) || finds(k, a, unknown, 7));
    assert_true(finds(k, other, here, 7) && finds(k, a, here, 8));
    kin_remove(k, 7, here, a->v.traits); /* once more: harmless */
    assert_true(finds(k, a, here, 8));
    kin_free(k);
}

static void what_is_like_a_merged_concern_joins_the_other(void **state)
{
    struct desk_conf conf;
    struct desk *d = pairs_desk(&t, &conf);

    (void)state;
    uint64_t into = pairs_put(&t, d, post_of("w6", "a", 0));
    uint64_t merged = pairs_put(&t, d, post_of("w1", "a", 0));
    assert_true(merged && into && merged != into);
    uint32_t at = slots_find(d->slots, merged);
    slots_at(d->slots, at)->concern.region[0] = 0; /* the other's place is another */
    slots_at(d->slots, slots_find(d->slots, into))->concern.region[0] = 0;
    slots_at(d->slots, at)->concern.merged = into;
    assert_int_equal(pairs_put(&t, d, post_of("w1", "a", 1)), into);
    slots_at(d->slots, at)->concern.merged = 0; /* taken back: nothing was learnt */
    assert_int_equal(pairs_put(&t, d, post_of("w1", "a", 2)), merged);
    desk_free(d);
}

static void a_concern_is_found_by_the_face_it_has(void **state)
{
    const struct pairs_post *first = post_of("w1", "a", 0), *next = post_of("w6", "a", 0);
    struct desk_conf conf;
    struct desk *d = pairs_desk(&t, &conf);

    (void)state;
    uint64_t concern = pairs_put(&t, d, first);
    uint32_t at = slots_find(d->slots, concern);
    slots_at(d->slots, at)->concern.region[0] = 0;
    desk_state_face(d, at, next->v.sketch, next->v.traits);
    assert_int_not_equal(pairs_put(&t, d, first), concern);
    desk_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_out_is_found_no_more),
        cmocka_unit_test(what_is_like_a_merged_concern_joins_the_other),
        cmocka_unit_test(a_concern_is_found_by_the_face_it_has),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
