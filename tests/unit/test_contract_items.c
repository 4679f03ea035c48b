/* store.h on every backend: what is known of items. */
#include "tests/unit/contract.h"

static void seen_items(void **state)
{
    struct store *s = contract_store(state);
    struct store_item items[3] = {samples_item(1, "a"), samples_item(2, "b"), samples_item(2, "c")};
    unsigned char idents[3][STORE_IDENT];
    struct store_seen seen[3];
    struct store_counts n;

    items[1].concern = 9;
    items[2].update = true; /* of an item of the same batch */
    items[2].content = 55;
    struct store_batch b = {.items = items, .nitems = 3};
    assert_int_equal(store_commit(s, &b), 0);
    memcpy(idents[0], items[1].ident, STORE_IDENT);
    memcpy(idents[1], samples_item(3, "").ident, STORE_IDENT);
    memcpy(idents[2], items[0].ident, STORE_IDENT);
    assert_int_equal(store_seen(s, (const unsigned char (*)[STORE_IDENT])idents, 3, seen), 0);
    assert_true(seen[0].found && !seen[1].found && seen[2].found);
    assert_int_equal(seen[0].content, 55);
    assert_int_equal(seen[0].concern, 0);
    assert_true(seen[2].content == 0xf000000000000001u);
    assert_int_equal(store_counts(s, &n), 0);
    assert_int_equal(n.items, 2);
}

static void items_are_known_by_aliases(void **state)
{
    struct store *s = contract_store(state);
    struct store_item items[2] = {samples_item(1, "a"), samples_item(2, "b")};
    const uint64_t asked[3][2] = {{77, 5}, {5, 6}, {0, 0}};
    struct store_seen seen[3] = {0};

    items[0].aliases[0] = 5;
    items[1].aliases[1] = UINT64_C(0xffffff0000000006);
    struct store_batch b = {.items = items, .nitems = 2};
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_seen_as(s, asked, 3, seen), 0);
    assert_true(seen[0].found && seen[1].found && !seen[2].found);
    assert_memory_equal(seen[0].ident, items[0].ident, STORE_IDENT);
    assert_true(seen[0].raised && seen[0].content == items[0].content);
    /* An edit's aliases come beside the old ones; what is found stays as it is. */
    items[0].update = true;
    items[0].aliases[0] = 9;
    b.nitems = 1;
    assert_int_equal(store_commit(s, &b), 0);
    const uint64_t again[2][2] = {{9, 0}, {UINT64_C(0xffffff0000000006), 0}};
    memset(seen, 0, sizeof seen);
    assert_int_equal(store_seen_as(s, again, 2, seen), 0);
    assert_memory_equal(seen[0].ident, items[0].ident, STORE_IDENT);
    assert_memory_equal(seen[1].ident, items[1].ident, STORE_IDENT);
    /* What two of a batch are known by, the later of them has. */
    items[1].update = true;
    items[0].aliases[0] = items[1].aliases[1] = 12;
    items[0].aliases[1] = 14;
    items[1].aliases[0] = 13;
    b.nitems = 2;
    assert_int_equal(store_commit(s, &b), 0);
    const uint64_t shared[3][2] = {{12, 0}, {13, 0}, {14, 0}};
    memset(seen, 0, sizeof seen);
    assert_int_equal(store_seen_as(s, shared, 3, seen), 0);
    assert_memory_equal(seen[0].ident, items[1].ident, STORE_IDENT);
    assert_memory_equal(seen[1].ident, items[1].ident, STORE_IDENT);
    assert_memory_equal(seen[2].ident, items[0].ident, STORE_IDENT);
}

static void repeated_item_is_refused_whole(void **state)
{
    struct store *s = contract_store(state);
    struct store_item first = samples_item(1, "a");
    struct store_item items[2] = {samples_item(2, "b"), samples_item(2, "b")};
    struct store_item again[2] = {samples_item(3, "b"), samples_item(1, "z")};
    struct event e = samples_event(1, 1);
    struct store_counts n;

    assert_int_equal(store_commit(s, &(struct store_batch){.items = &first, .nitems = 1}), 0);
    struct store_batch b = {.items = items, .nitems = 2, .events = &e, .nevents = 1};
    assert_int_equal(store_commit(s, &b), ERR_EXISTS);
    b.items = again;
    assert_int_equal(store_commit(s, &b), ERR_EXISTS);
    store_counts(s, &n);
    assert_int_equal(n.items, 1);
    assert_int_equal(store_head(s), 0);
    b.nitems = 1; /* what was refused with the other is still new */
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_head(s), 1);
}

struct members {
    struct str sources[4];
    unsigned char first[4];
    size_t n;
};

static int take_member(void *arg, const struct store_item *item)
{
    struct members *m = arg;

    assert_true(m->n < 4 && !item->title.n && !item->text.n && item->source.n);
    assert_true(item->sketch[0] != 0);
    m->first[m->n++] = item->ident[0];
    return 0;
}

static void check_members(struct store *s, uint64_t concern, size_t n, const unsigned char *first)
{
    struct members m = {0};

    assert_int_equal(store_each_member(s, concern, take_member, &m), 0);
    assert_int_equal(m.n, n);
    assert_memory_equal(m.first, first, n);
}

static void items_move(void **state)
{
    struct store *s = contract_store(state);
    struct store_item items[4];
    struct store_move moves[2] = {{.from = 1, .to = 2}, {.all = true, .from = 3, .to = 2}};
    struct store_batch b = {.moves = moves, .nmoves = 2};

    for (unsigned i = 0; i < 4; i++) {
        items[i] = samples_item(i, "word");
        items[i].ident[0] = (unsigned char)(10 + i);
        items[i].sketch[0] = 1 + i;
        items[i].found = i == 3 ? 100 : 200; /* the last one stored was found first */
        items[i].concern = i == 2 ? 3 : 1;
    }
    assert_int_equal(store_commit(s, &(struct store_batch){.items = items, .nitems = 4}), 0);
    check_members(s, 1, 3, (const unsigned char[]){13, 10, 11});
    memcpy(moves[0].ident, items[3].ident, STORE_IDENT);
    assert_int_equal(store_commit(s, &b), 0);
    check_members(s, 1, 2, (const unsigned char[]){10, 11});
    check_members(s, 2, 2, (const unsigned char[]){13, 12});
    check_members(s, 3, 0, NULL);
    check_members(s, 0, 0, NULL); /* what belongs to none is nobody's member */
    assert_int_equal(store_commit(s, &b), 0); /* they are not there any more */
    check_members(s, 1, 2, (const unsigned char[]){10, 11});
    moves[1].to = 0;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    moves[1].to = 9;
    moves[0].from = 0;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    check_members(s, 2, 2, (const unsigned char[]){13, 12});
}

static int count_member(void *arg, const struct store_item *item)
{
    (void)item;
    return ++*(int *)arg == 700 ? 7 : 0;
}

static void many_items_move(void **state)
{
    struct store *s = contract_store(state);
    int n = 0;

    for (unsigned i = 0; i < 1000; i++) {
        struct store_item item = samples_item(i, "");
        item.concern = 5;
        item.found = 3;
        assert_int_equal(store_commit(s, &(struct store_batch){.items = &item, .nitems = 1}), 0);
    }
    assert_int_equal(store_each_member(s, 5, count_member, &n), 7); /* it stops when told */
    struct store_move move = {.all = true, .from = 5, .to = 6};
    assert_int_equal(store_commit(s, &(struct store_batch){.moves = &move, .nmoves = 1}), 0);
    n = 1000;
    assert_int_equal(store_each_member(s, 6, count_member, &n), 0);
    assert_int_equal(n, 2000);
}

struct numbered {
    unsigned char first[8];
    size_t at[8], n, stop; /* stop: after so many */
};

static int take_numbered(void *arg, size_t at, const struct store_item *item)
{
    struct numbered *m = arg;

    assert_true(m->n < 8);
    m->first[m->n] = item->ident[0];
    m->at[m->n++] = at;
    return m->n == m->stop ? 7 : 0;
}

static void items_by_their_numbers(void **state)
{
    static const uint64_t numbers[] = {3, 1, 0, 9, 3, 2, UINT64_MAX};
    static const unsigned char first[] = {12, 10, 12, 11};
    static const size_t places[] = {0, 1, 4, 5};
    struct store *s = contract_store(state);
    struct store_item items[3];
    struct numbered m = {.n = 0};

    for (unsigned i = 0; i < 3; i++) {
        items[i] = samples_item(i, "word");
        items[i].ident[0] = (unsigned char)(10 + i);
    }
    assert_int_equal(store_each_numbered(s, numbers, 7, take_numbered, &m), 0);
    assert_int_equal(m.n, 0);
    assert_int_equal(store_commit(s, &(struct store_batch){.items = items, .nitems = 3}), 0);
    assert_int_equal(store_each_numbered(s, numbers, 0, take_numbered, &m), 0);
    assert_int_equal(m.n, 0);
    assert_int_equal(store_each_numbered(s, numbers, 7, take_numbered, &m), 0);
    assert_int_equal(m.n, 4);
    assert_memory_equal(m.first, first, sizeof first);
    assert_memory_equal(m.at, places, sizeof places);
    m = (struct numbered){.stop = 2};
    assert_int_equal(store_each_numbered(s, numbers, 7, take_numbered, &m), 7);
    assert_int_equal(m.n, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(seen_items),
        ALL(items_are_known_by_aliases),
        ALL(repeated_item_is_refused_whole),
        ALL(items_by_their_numbers),
        ALL(items_move),
        ALL(many_items_move),
    };
    return CONTRACT_RUN("contract: items", tests);
}
