/* store.h on every backend: concerns. */
#include "tests/unit/contract.h"

static int count_concern(void *arg, const struct concern *c)
{
    (void)c;
    ++*(int *)arg;
    return 0;
}

static void reopenings_are_counted_by_what_did_it(void **state)
{
    struct store *s = contract_store(state);
    struct event list[4];
    struct store_counts n;

    for (uint64_t i = 0; i < 4; i++) {
        list[i] = samples_event(i + 1, 1);
        list[i].type = i == 3 ? EVENT_RETURNED : EVENT_REOPENED;
        list[i].code = i ? REOPENING_POSTS : REOPENING_NONE;
    }
    assert_int_equal(store_commit(s, &(struct store_batch){.events = list, .nevents = 4}), 0);
    assert_int_equal(store_counts(s, &n), 0);
    assert_true(n.reopened[REOPENING_NONE] == 1 && n.reopened[REOPENING_SURVEY] == 0 &&
                n.reopened[REOPENING_POSTS] == 2);
}

/* The plain life, dispatched to one unit and answered or not, and ends that are not usual. */
static void outcomes_round_trip(void **state)
{
    struct store *s = contract_store(state);
    struct concern out;

    for (int is = 0; is < CONCERN_STATES; is++)
        for (int outcome = 0; outcome < OUTCOMES; outcome++) {
            struct concern c = {.id = 1, .state = (enum concern_state)is,
                                .outcome = (enum concern_outcome)outcome};
            const struct concern *list[] = {&c};
            struct store_batch b = {.concerns = list, .nconcerns = 1};
            assert_int_equal(store_commit(s, &b), 0);
            assert_int_equal(store_concern(s, 1, &out), 0);
            assert_int_equal(out.outcome, outcome);
            assert_int_equal(out.state, is);
            concern_clear(&out);
        }
}

static void what_few_concerns_have_round_trips(void **state)
{
    struct store *s = contract_store(state);
    struct concern c = {.id = 1, .draft = UINT64_MAX, .drafter = "hr-west",
                        .draft_person = UINT64_MAX - 5}, out;
    const struct concern *list[] = {&c};
    struct store_batch b = {.concerns = list, .nconcerns = 1};

    for (int i = 0; i < 8; i++) {
        assert_int_equal(store_commit(s, &b), 0);
        assert_int_equal(store_concern(s, 1, &out), 0);
        assert_true(out.nclocks == c.nclocks && out.clocks[0].shelved == c.clocks[0].shelved);
        assert_true(!out.clocks[1].shelved && out.emergency == c.emergency);
        assert_true(out.draft == c.draft && out.edition == c.edition);
        assert_string_equal(out.drafter, c.drafter);
        assert_true(out.draft_person == c.draft_person && out.related == c.related);
        assert_true(out.late_items == c.late_items && out.nlate_sources == c.nlate_sources &&
                    out.late_sources[1] == c.late_sources[1]);
        concern_clear(&out);
        c = (struct concern){.id = 1, .edition = UINT16_MAX, .late_items = 3, .nlate_sources = 2,
                             .late_sources = {UINT64_MAX, 7}, .draft_person = i ? 9 : 0,
                             .related = i > 1 ? UINT64_MAX - 6 : 0};
        if (i > 3) /* nothing else */
            c = (struct concern){.id = 1};
        if (i > 4)
            c.emergency = i == 5 ? EMERGENCY_YES : EMERGENCY_NO;
        if (i > 2 && i < 6)
            c.nclocks = 2, c.clocks[0].shelved = true;
    }
}

static void concern_round_trip(void **state)
{
    struct store *s = contract_store(state);
    struct concern c = samples_concern(7, CONCERN_CLOSED, INT64_C(1) << 50), out;
    const struct concern *list[] = {&c};
    struct store_batch b = {.concerns = list, .nconcerns = 1};

    c.reply_url = "https://town.example/r";
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_concern(s, 7, &out), 0);
    assert_string_equal(out.reply_url, c.reply_url);
    assert_int_equal(out.nclocks, 2);
    assert_memory_equal(&out.clocks[1], &c.clocks[1], sizeof c.clocks[1]);
    assert_memory_equal(out.sketch, c.sketch, sizeof c.sketch);
    assert_memory_equal(out.traits, c.traits, sizeof c.traits);
    assert_true(out.due == c.due && out.updated == c.updated && out.sources == 2);
    concern_clear(&out);
    assert_int_equal(store_concern(s, 8, &out), ERR_NOTFOUND);
    assert_int_equal(store_concern(s, UINT64_MAX, &out), ERR_NOTFOUND);
    c.nclocks = 1; /* fewer clocks: the rest goes */
    c.reply_url = NULL;
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_concern(s, 7, &out), 0);
    assert_int_equal(out.nclocks, 1);
    assert_null(out.reply_url);
    concern_clear(&out);
}

static void counts_follow(void **state)
{
    struct store *s = contract_store(state);
    struct concern c[3] = {samples_concern(1, CONCERN_OPEN, 5), samples_concern(2, CONCERN_OPEN, 5),
                           samples_concern(3, CONCERN_CLOSED, 5)};
    const struct concern *list[] = {&c[0], &c[1], &c[2]};
    struct store_batch b = {.concerns = list, .nconcerns = 3};
    struct store_counts n;

    c[0].clocks[0].stage = STAGE_OVERDUE; /* met: does not count */
    c[1].clocks[1].stage = STAGE_OVERDUE;
    c[2].clocks[1].stage = STAGE_OVERDUE; /* closed: does not count */
    assert_int_equal(store_commit(s, &b), 0);
    store_counts(s, &n);
    assert_true(n.concerns == 3 && n.open == 2 && n.overdue == 1);
    c[1].state = CONCERN_CLOSED;
    assert_int_equal(store_commit(s, &b), 0);
    store_counts(s, &n);
    assert_true(n.concerns == 3 && n.open == 1 && n.overdue == 0);
}

static void touched_since(void **state)
{
    struct store *s = contract_store(state);
    struct concern c[2] = {samples_concern(1, CONCERN_CLOSED, 5),
                           samples_concern(2, CONCERN_OPEN, 5)};
    const struct concern *list[] = {&c[0], &c[1]};
    int n = 0;

    assert_int_equal(store_commit(s, &(struct store_batch){.concerns = list, .nconcerns = 2}), 0);
    assert_int_equal(store_each_concern(s, 201, count_concern, &n), 0);
    assert_int_equal(n, 2);
    assert_int_equal(store_each_concern(s, 202, count_concern, &n), 0);
    assert_int_equal(n, 3);
}

struct numbered {
    uint64_t ids[8];
    size_t n, stop; /* after so many */
};

static int take_numbered(void *arg, const struct concern *c)
{
    struct numbered *m = arg;

    assert_true(m->n < 8);
    assert_true(c->nclocks == 2 && c->clocks[0].due); /* it is whole */
    m->ids[m->n++] = c->id;
    return m->n == m->stop ? 7 : 0;
}

static void concerns_by_their_numbers(void **state)
{
    static const uint64_t asked[] = {3, 1, 0, 9, 3, 2, UINT64_MAX}, want[] = {3, 1, 3, 2};
    struct store *s = contract_store(state);
    struct concern c[3];
    const struct concern *list[] = {&c[0], &c[1], &c[2]};
    struct numbered m = {.n = 0};

    for (unsigned i = 0; i < 3; i++) {
        c[i] = samples_concern(i + 1, CONCERN_OPEN, 5);
        c[i].clocks[0].due = 6;
    }
    assert_int_equal(store_concerns_of(s, asked, 7, take_numbered, &m), 0);
    assert_int_equal(m.n, 0);
    assert_int_equal(store_commit(s, &(struct store_batch){.concerns = list, .nconcerns = 3}), 0);
    assert_int_equal(store_concerns_of(s, asked, 0, take_numbered, &m), 0);
    assert_int_equal(m.n, 0);
    assert_int_equal(store_concerns_of(s, asked, 7, take_numbered, &m), 0);
    assert_int_equal(m.n, 4);
    assert_memory_equal(m.ids, want, sizeof want);
    m = (struct numbered){.stop = 2};
    assert_int_equal(store_concerns_of(s, asked, 7, take_numbered, &m), 7);
    assert_int_equal(m.n, 2);
}

/* In whatever round it was made, and however the concern ended. */
static void what_was_promised_is_waited_for(void **state)
{
    struct store *s = contract_store(state);

    for (int outcome = 0; outcome < OUTCOMES; outcome++) {
        struct concern c = samples_concern((uint64_t)outcome + 1, CONCERN_CLOSED, 5);
        const struct concern *list[] = {&c};
        const struct store_batch b = {.concerns = list, .nconcerns = 1};
        int before = 0, waiting = 0, kept = 0;
        c.outcome = (enum concern_outcome)outcome;
        c.round = 2;
        c.nclocks = 2;
        c.clocks[1] = (struct concern_clock){
            .rule = "promise", .act = ACT_PROMISE, .started = 3, .due = 90};
        assert_int_equal(store_each_concern(s, INT64_MAX, count_concern, &before), 0);
        assert_int_equal(store_commit(s, &b), 0);
        assert_int_equal(store_each_concern(s, INT64_MAX, count_concern, &waiting), 0);
        assert_int_equal(waiting, before + 1);
        c.clocks[1].met = 80;
        assert_int_equal(store_commit(s, &b), 0);
        assert_int_equal(store_each_concern(s, INT64_MAX, count_concern, &kept), 0);
        assert_int_equal(kept, before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(reopenings_are_counted_by_what_did_it),
        ALL(outcomes_round_trip),
        ALL(what_few_concerns_have_round_trips),
        ALL(concern_round_trip),
        ALL(counts_follow),
        ALL(touched_since),
        ALL(what_was_promised_is_waited_for),
        ALL(concerns_by_their_numbers),
    };
    return CONTRACT_RUN("contract: concerns", tests);
}
