/* store.h on every backend: concerns and the views of them. */
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

    for (int i = 0; i < 4; i++) {
        assert_int_equal(store_commit(s, &b), 0);
        assert_int_equal(store_concern(s, 1, &out), 0);
        assert_true(out.draft == c.draft && out.edition == c.edition);
        assert_string_equal(out.drafter, c.drafter);
        assert_true(out.draft_person == c.draft_person && out.related == c.related);
        assert_true(out.late_items == c.late_items && out.nlate_sources == c.nlate_sources &&
                    out.late_sources[1] == c.late_sources[1]);
        concern_clear(&out);
        c = (struct concern){.id = 1, .edition = UINT16_MAX, .late_items = 3, .nlate_sources = 2,
                             .late_sources = {UINT64_MAX, 7}, .draft_person = i ? 9 : 0,
                             .related = i > 1 ? UINT64_MAX - 6 : 0};
    }
}

static int add_id(void *arg, const struct concern *c)
{
    return buf_addf(arg, "%ju ", (uintmax_t)c->id);
}

static const char *ids_of(struct store *s, const char *unit, const char *state)
{
    static struct buf out;
    struct store_query q = {.unit = unit, .state = state, .order = STORE_BY_DUE};

    buf_reset(&out);
    assert_int_equal(store_concerns(s, &q, add_id, &out), 0);
    buf_add_char(&out, 0);
    return out.data;
}

static void units_find_what_they_assist_in(void **state)
{
    struct store *s = contract_store(state);
    struct concern c[4];
    const struct concern *list[4];

    for (uint64_t i = 0; i < 4; i++) {
        c[i] = samples_concern(i + 1, CONCERN_OPEN, (int64_t)(10 - i));
        list[i] = &c[i];
        c[i].nparties = 0;
    }
    c[0].state = CONCERN_FOUND;
    c[1].nparties = c[2].nparties = c[3].nparties = 2; /* housing assists in them */
    c[2].state = CONCERN_CLOSED;
    c[3].parties[1].state = PARTY_LEFT;
    assert_int_equal(store_commit(s, &(struct store_batch){.concerns = list, .nconcerns = 4}), 0);
    assert_string_equal(ids_of(s, "health", "open"), "4 2 1 ");
    assert_string_equal(ids_of(s, "housing", "open"), "2 ");
    assert_string_equal(ids_of(s, "housing", NULL), "3 2 ");
    assert_string_equal(ids_of(s, "housing", "closed"), "3 ");
    assert_string_equal(ids_of(s, "health", "found"), "1 ");
    assert_string_equal(ids_of(s, "health", "declined"), "");
    /* roles change: it leads one, helps in another again, in one no more */
    memcpy(c[0].unit, "housing", sizeof "housing");
    c[1].state = CONCERN_DECLINED;
    c[1].parties[1].state = PARTY_DECLINED;
    c[3].parties[1].state = PARTY_TOLD;
    c[3].due = 99;
    assert_int_equal(store_commit(s, &(struct store_batch){.concerns = list, .nconcerns = 4}), 0);
    assert_string_equal(ids_of(s, "housing", "open"), "1 4 ");
    assert_string_equal(ids_of(s, "health", "declined"), "2 ");
    c[3].nparties = 0;
    assert_int_equal(store_commit(s, &(struct store_batch){.concerns = list, .nconcerns = 4}), 0);
    assert_string_equal(ids_of(s, "housing", "open"), "1 ");
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

struct page {
    uint64_t ids[600];
    int64_t due;
    uint64_t last;
    size_t n;
};

static int add_row(void *arg, const struct concern *c)
{
    struct page *p = arg;

    p->ids[p->n++] = c->id;
    p->due = c->due;
    p->last = c->id;
    return 0;
}

static int stop(void *arg, const struct concern *c)
{
    return ++*(int *)arg == 3 ? -(int)c->id : 0;
}

/* Walking pages gives each open row once, in order, ties included. */
static void pages_by_cursor(void **state)
{
    struct store *s = contract_store(state);
    struct concern c[SAMPLES_MAX];
    const struct concern *list[SAMPLES_MAX];
    struct store_query q = {.state = "open", .order = STORE_BY_DUE};
    struct page all = {0}, pages = {0};
    int calls = 0;

    for (unsigned k = 0; k < 9; k++) {
        for (unsigned i = 0; i < SAMPLES_MAX; i++) {
            uint64_t id = k * SAMPLES_MAX + i + 1;
            c[i] = samples_concern(id, id % 3, (int64_t)(id * 7 % 11));
            list[i] = &c[i];
        }
        struct store_batch b = {.concerns = list, .nconcerns = SAMPLES_MAX};
        assert_int_equal(store_commit(s, &b), 0);
    }
    assert_int_equal(store_concerns(s, &q, add_row, &all), 0);
    assert_int_equal(all.n, 9 * SAMPLES_MAX * 2 / 3);
    for (size_t before = 1; before != pages.n;) {
        before = pages.n;
        q.limit = 50;
        q.after_key = pages.due;
        q.after_id = pages.last;
        assert_int_equal(store_concerns(s, &q, add_row, &pages), 0);
        assert_true(pages.n - before <= 50);
    }
    assert_int_equal(pages.n, all.n);
    assert_memory_equal(pages.ids, all.ids, all.n * sizeof all.ids[0]);
    assert_int_equal(store_concerns(s, &q, stop, &calls), 0); /* the last page is empty */
    calls = 0;
    assert_true(store_each_concern(s, 0, stop, &calls) < 0);
    assert_int_equal(calls, 3);
    q.state = "merged";
    assert_int_equal(store_concerns(s, &q, add_row, &pages), ERR_INVALID);
}

/* Pages of the graver ones are full ones, and leave none of them out. */
static void lower_grades_are_left_out(void **state)
{
    struct store *s = contract_store(state);
    struct concern c[SAMPLES_MAX];
    const struct concern *list[SAMPLES_MAX];
    struct store_query q = {.state = "open", .order = STORE_BY_DUE, .least = GRADE_MAJOR,
                            .limit = 3};
    struct page pages = {0};
    size_t graver = 0;

    for (unsigned i = 0; i < SAMPLES_MAX; i++) {
        c[i] = samples_concern(i + 1, i % 4 == 3 ? CONCERN_CLOSED : CONCERN_OPEN, i / 2);
        c[i].grade = i % 5 ? GRADE_LARGER : i % 2 ? GRADE_MAJOR : GRADE_GRAVE;
        graver += i % 5 == 0 && i % 4 != 3;
        list[i] = &c[i];
    }
    struct store_batch b = {.concerns = list, .nconcerns = SAMPLES_MAX};
    assert_int_equal(store_commit(s, &b), 0);
    for (size_t at = 0; at < graver; at = pages.n) {
        q.after_key = pages.due;
        q.after_id = pages.last;
        assert_int_equal(store_concerns(s, &q, add_row, &pages), 0);
        assert_int_equal(pages.n, at + 3 < graver ? at + 3 : graver);
    }
    for (size_t i = 0; i < pages.n; i++)
        assert_true((pages.ids[i] - 1) % 5 == 0);
    q.after_id = 0;
    q.unit = c[0].unit;
    pages = (struct page){0};
    assert_int_equal(store_concerns(s, &q, add_row, &pages), 0);
    assert_int_equal(pages.n, 3);
    q.order = STORE_BY_NEWEST;
    q.topic = c[0].topic;
    q.least = GRADE_GRAVE;
    assert_int_equal(store_concerns(s, &q, add_row, &pages), 0);
    assert_int_equal((pages.last - 1) % 10, 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(reopenings_are_counted_by_what_did_it),
        ALL(units_find_what_they_assist_in),
        ALL(outcomes_round_trip),
        ALL(what_few_concerns_have_round_trips),
        ALL(concern_round_trip),
        ALL(counts_follow),
        ALL(pages_by_cursor),
        ALL(lower_grades_are_left_out),
        ALL(touched_since),
    };
    return CONTRACT_RUN("contract: concerns", tests);
}
