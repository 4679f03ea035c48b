/* store/forget.h on every backend: what goes, what stays, and what that leaves. */
#include "tests/unit/contract.h"

#include <stdlib.h>

#include "base/clock.h"
#include "store/forget.h"

enum { MANY = 9000, PIECE = 900, MEMBER = 100 };

#define OLD (10 * CLOCK_DAY)
#define BEFORE (OLD + STORE_FORGET_SLACK + 1)

/* One that may go: its words are none, or expire at once. */
static struct store_item old_item(unsigned number, const char *words)
{
    struct store_item item = samples_item(number, words);

    item.published = item.found = item.expires = OLD;
    item.marked = STORE_DATED;
    return item;
}

static bool is_there(struct store *s, const struct store_item *item)
{
    struct store_seen seen;

    assert_int_equal(store_seen(s, (const unsigned char (*)[STORE_IDENT])item->ident, 1, &seen), 0);
    return seen.found;
}

static bool is_known_as(struct store *s, uint64_t alias)
{
    const uint64_t aliases[1][2] = {{alias, 0}};
    struct store_seen seen = {.found = false};

    assert_int_equal(store_seen_as(s, aliases, 1, &seen), 0);
    return seen.found;
}

static int take_ident(void *arg, const struct store_item *item)
{
    memcpy(arg, item->ident, STORE_IDENT);
    return 0;
}

static int count_words(void *arg, const struct store_words *w)
{
    *(uint64_t *)arg += w->item;
    return 0;
}

/* The sum of the numbers that a reader gets from here on. */
static uint64_t follow(struct store *s, struct store_tail *tail)
{
    uint64_t sum = 0;
    int n;

    while ((n = store_words_after(s, tail, 1000, count_words, &sum)) > 0)
        ;
    assert_int_equal(n, 0);
    return sum;
}

static int forget_all(struct store *s, int64_t before, size_t max)
{
    int n, sum = 0;

    while ((n = store_forget(s, before, max)) > 0)
        sum += n;
    assert_int_equal(n, 0);
    return sum;
}

enum { GOES, BEFORE_1970, IN_CONCERN, WITH_WORDS, UNDATED, LOOSE, YOUNG_DATE, YOUNG, SAID,
       REDACTED, PAGED, GOES_TOO, LAST, ITEMS };

static void add_all(struct store *s, struct store_item *items)
{
    struct store_mark mark = {.aspect = STORE_MARK_TOPIC, .topic = "epidemic", .at = 4};
    struct store_page page = {.due = 7, .kind = STORE_PAGE_TEXT};
    unsigned char redacts[1][STORE_IDENT];

    for (unsigned i = 0; i < ITEMS; i++) {
        items[i] = old_item(i + 1, "words");
        items[i].aliases[0] = 70 + i;
    }
    items[IN_CONCERN].concern = 3;
    items[WITH_WORDS].expires = 100 * CLOCK_DAY;
    items[UNDATED].published = 0;
    items[BEFORE_1970].published = -1;
    items[LOOSE].marked = 0;
    items[YOUNG_DATE].published = OLD + 1;
    items[YOUNG].found = OLD + 1;
    items[LAST].found = OLD + 1;
    memcpy(mark.ident, items[SAID].ident, STORE_IDENT);
    memcpy(page.ident, items[PAGED].ident, STORE_IDENT);
    memcpy(redacts[0], items[REDACTED].ident, STORE_IDENT);
    struct store_batch b = {.items = items, .nitems = ITEMS, .marks = &mark, .nmarks = 1,
                            .pages = &page, .npages = 1, .redacts = redacts, .nredacts = 1};
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_expire(s, BEFORE, ITEMS), ITEMS - 2);
}

static void what_nothing_hangs_on_goes(void **state)
{
    struct store *s = contract_store(state), *r;
    struct store_item items[ITEMS];
    struct store_counts n;
    unsigned char ident[STORE_IDENT];

    assert_int_equal(store_forget(s, BEFORE, 100), 0);
    add_all(s, items);
    assert_int_equal(store_reader(s, &r), 0);
    assert_int_equal(store_forget(r, BEFORE, 100), ERR_REFUSED);
    assert_int_equal(store_forget(s, BEFORE - 1, 100), 0); /* a millisecond too young */
    assert_int_equal(store_counts(r, &n), 0);
    assert_true(n.items == ITEMS && n.forgotten == 0 && n.forgotten_before == 0);
    assert_int_equal(forget_all(s, BEFORE, 5), GOES_TOO + 1);
    assert_int_equal(store_counts(r, &n), 0);
    assert_true(n.items == ITEMS && n.forgotten == 2 && n.forgotten_before == BEFORE);
    for (unsigned i = 0; i < ITEMS; i++) {
        bool goes = i == GOES || i == GOES_TOO;
        assert_int_equal(is_there(r, &items[i]), !goes);
        assert_int_equal(is_known_as(r, 70 + i), !goes);
        assert_int_equal(store_item(r, items[i].ident, take_ident, ident),
                         goes ? ERR_NOTFOUND : 0);
        assert_int_equal(store_numbered(r, i + 1, take_ident, ident), goes ? ERR_NOTFOUND : 0);
        if (!goes)
            assert_memory_equal(ident, items[i].ident, STORE_IDENT);
    }
    store_close(r);
}

/* Numbers stay those of their items, and a forgotten one's is not given again. */
static void numbers_stay(void **state)
{
    struct store *s = contract_store(state);
    struct store_item items[3] = {old_item(1, ""), old_item(2, ""), old_item(3, "")};
    struct store_batch b = {.items = items, .nitems = 3};
    struct store_tail tail = {0}, far = {.item = 5};
    unsigned char ident[STORE_IDENT];
    struct store_counts n;

    items[2].aliases[1] = 9;
    assert_int_equal(store_commit(s, &b), 0);
    assert_true(follow(s, &tail) == 1 + 2 + 3);
    assert_int_equal(forget_all(s, BEFORE, 100), 3);
    items[0] = old_item(4, "");
    items[1] = old_item(3, ""); /* it came again, */
    items[1].aliases[1] = 9;
    items[2] = old_item(1, ""); /* and an edit of one that is gone is a new one */
    items[2].update = true;
    assert_int_equal(store_words_after(s, &far, 9, count_words, &(uint64_t){0}), ERR_STALE);
    assert_int_equal(store_commit(s, &b), 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(store_numbered(s, i + 1, take_ident, ident), ERR_NOTFOUND);
        assert_int_equal(store_numbered(s, i + 4, take_ident, ident), 0);
        assert_memory_equal(ident, items[i].ident, STORE_IDENT);
    }
    assert_true(is_known_as(s, 9));
    assert_true(follow(s, &tail) == 4 + 5 + 6);
    tail = (struct store_tail){0};
    assert_true(follow(s, &tail) == 4 + 5 + 6);
    assert_int_equal(store_counts(s, &n), 0);
    assert_true(n.items == 6 && n.forgotten == 3);
}

/* What was passed over goes with a later round. */
static void a_round_begins_anew(void **state)
{
    struct store *s = contract_store(state);
    struct store_item items[2] = {old_item(1, "words"), old_item(2, "")};
    struct store_batch b = {.items = items, .nitems = 2};
    struct store_counts n;

    items[1].published -= 5;
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(forget_all(s, BEFORE, 100), 2);
    assert_int_equal(store_expire(s, OLD, 10), 1);
    assert_int_equal(forget_all(s, BEFORE + STORE_FORGET_ROUND - 1, 100), 0);
    assert_int_equal(store_counts(s, &n), 0);
    assert_true(n.forgotten == 1 && n.forgotten_before == BEFORE - 5);
    assert_int_equal(store_forget(s, BEFORE + STORE_FORGET_ROUND, 100), 0);
    assert_int_equal(forget_all(s, BEFORE + STORE_FORGET_ROUND, 100), 2);
    assert_int_equal(store_counts(s, &n), 0);
    assert_true(n.forgotten == 2 && n.forgotten_before == BEFORE);
}

struct found {
    unsigned n;
    bool wrong;
};

static int check_member(void *arg, size_t at, const struct store_item *item)
{
    struct found *f = arg;
    struct store_item expected = samples_item((unsigned)at + 1, "");

    f->n++;
    f->wrong |= memcmp(item->ident, expected.ident, STORE_IDENT) != 0 || !item->concern;
    return 0;
}

/* Of many, of whole chunks, in pieces; and once more what has been walked through. */
static void of_many_few_stay(void **state)
{
    struct store *s = contract_store(state);
    struct store_item *items = calloc(PIECE, sizeof *items);
    uint64_t *numbers = calloc(MANY, sizeof *numbers);
    struct store_tail tail = {0};
    struct store_counts n;

    assert_true(items && numbers);
    for (unsigned at = 0; at < MANY; at += PIECE) {
        for (unsigned i = 0; i < PIECE; i++) {
            items[i] = old_item(at + i + 1, "");
            items[i].concern = (at + i) % MEMBER == 0 ? 1 : 0;
            items[i].aliases[0] = at + i + 1;
            numbers[at + i] = at + i + 1;
        }
        assert_int_equal(store_commit(s, &(struct store_batch){.items = items, .nitems = PIECE}),
                         0);
    }
    for (int round = 0; round < 2; round++) {
        struct found found = {0};
        assert_int_equal(forget_all(s, BEFORE + round * STORE_FORGET_ROUND, 1700),
                         round ? 0 : MANY);
        if (round)
            assert_int_equal(forget_all(s, BEFORE + round * STORE_FORGET_ROUND, 1700), MANY);
        assert_int_equal(store_counts(s, &n), 0);
        assert_true(n.items == MANY && n.forgotten == MANY - MANY / MEMBER);
        assert_int_equal(store_each_numbered(s, numbers, MANY, check_member, &found), 0);
        assert_int_equal(found.n, MANY / MEMBER);
        assert_false(found.wrong);
    }
    assert_true(follow(s, &tail) == MANY / MEMBER * (1 + MANY - MEMBER + 1) / 2);
    for (unsigned i = 0; i < MANY; i++)
        if (is_known_as(s, i + 1) != (i % MEMBER == 0))
            fail_msg("alias %u", i);
    free(items);
    free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(what_nothing_hangs_on_goes),
        ALL(numbers_stay),
        ALL(a_round_begins_anew),
        ALL(of_many_few_stay),
    };
    return CONTRACT_RUN("contract: forget", tests);
}
