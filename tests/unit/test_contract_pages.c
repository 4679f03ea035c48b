/* store.h on every backend: pages of concerns, and whose they are. */
#include "tests/unit/contract.h"
#include "tests/unit/seed.h"

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

static const char *const offices[] = {"health", "housing", "labour", "water", "nobody"};

/* Who leads and who assists is drawn; topics, states, grades and both times too, with many ties. */
static void draw(uint64_t *seed, uint64_t id, struct concern *c)
{
    *c = samples_concern(id, seed_roll(seed, CONCERN_STATES), 1 + seed_roll(seed, 40));
    c->opened = 1 + seed_roll(seed, 40);
    c->grade = seed_roll(seed, 2) ? GRADE_MAJOR : GRADE_ORDINARY;
    memcpy(c->topic, seed_roll(seed, 2) ? "a" : "b", 2);
    memccpy(c->unit, offices[seed_roll(seed, 4)], 0, SLUG_MAX);
    c->nparties = seed_roll(seed, 3);
    for (size_t i = 0; i < c->nparties; i++) {
        c->parties[i] = (struct concern_party){.state = PARTY_TOLD};
        memccpy(c->parties[i].unit, offices[(seed_roll(seed, 2) + 2 * i) % 4], 0, SLUG_MAX);
    }
}

struct drawn_page {
    uint64_t ids[SAMPLES_MAX * 8];
    size_t n;
    int64_t key;
    bool due;
};

static int add_drawn(void *arg, const struct concern *c)
{
    struct drawn_page *p = arg;

    p->key = p->due ? c->due : -c->opened;
    p->ids[p->n++] = c->id;
    return 0;
}

static int keep_what_they_have(void *arg, const struct concern *c)
{
    void **to = arg;
    const struct store_query *q = to[1];
    bool any = false;

    for (size_t i = 0; i < q->nunits; i++)
        any = any || concern_involves(c, q->units[i]);
    return any ? add_drawn(to[0], c) : 0;
}

/* All of it by a walk of everybody's, and by pages. */
static size_t compare_pages(struct store *s, struct store_query *q)
{
    struct drawn_page walked = {.due = q->order == STORE_BY_DUE}, pages = walked;
    struct store_query all = *q;
    void *to[] = {&walked, q};

    all.nunits = 0;
    assert_int_equal(store_concerns(s, &all, keep_what_they_have, to), 0);
    q->limit = 7;
    for (size_t before = 1; before != pages.n;) {
        before = pages.n;
        assert_int_equal(store_concerns(s, q, add_drawn, &pages), 0);
        assert_true(pages.n - before <= q->limit);
        q->after_key = pages.key;
        q->after_id = pages.n ? pages.ids[pages.n - 1] : 0;
    }
    assert_int_equal(pages.n, walked.n);
    assert_memory_equal(pages.ids, walked.ids, walked.n * sizeof *walked.ids);
    return pages.n;
}

/* Pages of several units are what a walk of all finds of theirs: each once, in either order. */
static void several_units_are_one_list(void **state)
{
    static const char *const states[] = {NULL, "open", "accepted", "closed", "found", "declined"};
    struct store *s = contract_store(state);
    struct concern c[SAMPLES_MAX];
    const struct concern *list[SAMPLES_MAX];
    uint64_t seed = seed_begin();
    size_t found = 0;

    for (uint64_t k = 0; k < 6; k++) {
        for (uint64_t i = 0; i < SAMPLES_MAX; i++) {
            draw(&seed, k * SAMPLES_MAX + i + 1, &c[i]);
            list[i] = &c[i];
        }
        assert_int_equal(store_commit(s, &(struct store_batch){.concerns = list,
                                                               .nconcerns = SAMPLES_MAX}), 0);
    }
    for (unsigned i = 0; i < 6 * 2 * 2 * 2; i++)
        for (size_t from = 0; from < 4; from++) {
            struct store_query q = {.state = states[i % 6], .units = offices + from,
                                    .order = i / 6 % 2 ? STORE_BY_NEWEST : STORE_BY_DUE,
                                    .topic = i / 12 % 2 ? "a" : NULL, .nunits = 4 - from,
                                    .least = i / 24 ? GRADE_MAJOR : GRADE_ORDINARY};
            found += compare_pages(s, &q);
        }
    assert_true(found > 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(units_find_what_they_assist_in),
        ALL(pages_by_cursor),
        ALL(several_units_are_one_list),
        ALL(lower_grades_are_left_out),
    };
    return CONTRACT_RUN("contract: pages", tests);
}
