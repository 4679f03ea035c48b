/* store.h on every backend: texts for review, and what was said of them. */
#include "tests/unit/contract.h"

#include <stdio.h>

struct marks {
    struct store_mark list[8];
    char words[8][80];
    size_t n;
};

static int keep_mark(void *arg, const struct store_mark *m)
{
    struct marks *to = arg;

    snprintf(to->words[to->n], sizeof to->words[0], "%.*s|%.*s|%.*s", STR_ARG(m->source),
             STR_ARG(m->item_topic), STR_ARG(m->text));
    to->list[to->n++] = *m;
    return 0;
}

static int keep_request(void *arg, const struct store_item *item)
{
    *(int *)arg = item->request << 8 | item->kind << 4 | item->marked;
    return 0;
}

struct walk {
    char titles[256];
    size_t n, stop;
};

static int keep_title(void *arg, const struct store_item *item)
{
    struct walk *w = arg;
    size_t used = strlen(w->titles);

    snprintf(w->titles + used, sizeof w->titles - used, "%.*s ", STR_ARG(item->text));
    return ++w->n == w->stop ? 7 : 0;
}

/* Every text once, what expires first before the rest, in pieces and past what comes and goes. */
static void texts_are_walked(void **state)
{
    struct store *s = contract_store(state), *r;
    struct store_item items[] = {samples_item(1, "late"), samples_item(2, "soon"),
                                 samples_item(3, "too"), samples_item(4, "")};
    struct store_batch b = {.items = items, .nitems = 4};
    struct store_place place = {0};
    struct walk w = {.n = 0};

    for (size_t i = 0; i < 4; i++) {
        items[i].title = STR_NONE;
        items[i].expires = i ? 1000 : 5000;
    }
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_reader(s, &r), 0);
    assert_true(store_texts(r) == 3);
    assert_int_equal(store_each_text(r, &place, 10, keep_title, &w), 0);
    assert_string_equal(w.titles, "soon too late ");
    assert_int_equal(store_each_text(r, &place, 10, keep_title, &w), 0);
    assert_int_equal(w.n, 3);

    place = (struct store_place){0};
    w = (struct walk){.stop = 1}; /* the walker has enough: the place is that of the last one */
    assert_int_equal(store_each_text(r, &place, 10, keep_title, &w), 7);
    w.stop = 0;
    assert_int_equal(store_each_text(r, &place, 1, keep_title, &w), 0);
    assert_string_equal(w.titles, "soon too ");
    assert_int_equal(store_expire(s, 1000, 10), 2); /* where it stands is gone */
    assert_int_equal(store_each_text(r, &place, 10, keep_title, &w), 0);
    assert_string_equal(w.titles, "soon too late ");
    assert_true(store_texts(r) == 1);
    store_close(r);
}

static struct store_mark mark_of(const struct store_item *item, enum store_aspect aspect,
                                 uint8_t value);

/* The most doubtful first; what was said of it, and what has no text, is left out. */
static void doubts_are_ranked(void **state)
{
    struct store *s = contract_store(state);
    struct store_item items[] = {samples_item(1, "some"), samples_item(2, "sure"),
                                 samples_item(3, "more"), samples_item(4, ""),
                                 samples_item(5, "same"), samples_item(6, "said")};
    static const uint16_t doubts[] = {300, 0, 1000, 999, 300, 900};
    struct store_mark marks[] = {mark_of(&items[5], STORE_MARK_VERDICT, 1),
                                 mark_of(&items[2], STORE_MARK_KIND, VERDICT_RAISED)};
    struct store_batch b = {.items = items, .nitems = 6, .marks = marks, .nmarks = 2};
    struct walk w = {.n = 0};

    for (size_t i = 0; i < 6; i++) {
        items[i].title = STR_NONE;
        items[i].doubt = doubts[i];
    }
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_each_doubt(s, 10, keep_title, &w), 0);
    assert_string_equal(w.titles, "more same some ");
    w = (struct walk){.n = 0};
    assert_int_equal(store_each_doubt(s, 1, keep_title, &w), 0);
    assert_string_equal(w.titles, "more ");
    assert_int_equal(store_expire(s, INT64_MAX, 10), 5);
    assert_int_equal(store_each_doubt(s, 10, keep_title, &w), 0);
    assert_int_equal(w.n, 1);
    items[0].doubt = STORE_DOUBT_MAX + 1;
    b = (struct store_batch){.items = items, .nitems = 1};
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
}

static struct store_mark mark_of(const struct store_item *item, enum store_aspect aspect,
                                 uint8_t value)
{
    struct store_mark m = {.aspect = (uint8_t)aspect, .value = value, .rules = 7, .at = 9};

    memcpy(m.ident, item->ident, STORE_IDENT);
    return m;
}

/* One an item and aspect, the latest one; a request or kind is the item's from then on. */
static void marks_are_kept(void **state)
{
    struct store *s = contract_store(state), *r;
    struct store_item items[] = {samples_item(1, "words of one"), samples_item(2, "words of two")};
    struct store_mark m[] = {mark_of(&items[1], STORE_MARK_REQUEST, REQUEST_REPORT),
                             mark_of(&items[0], STORE_MARK_KIND, VERDICT_REPORTED),
                             mark_of(&items[0], STORE_MARK_VERDICT, 1)};
    struct store_batch b = {.items = items, .nitems = 2, .marks = m, .nmarks = 3, .rules = 5};
    struct marks got = {.n = 0};
    struct store_seen seen;
    int is = 0;

    items[0].topic = STR("epidemic");
    items[0].kind = items[1].kind = VERDICT_RAISED;
    items[0].expires = 20;
    items[1].expires = 1000;
    assert_true(store_rules(s) == 0);
    assert_int_equal(store_commit(s, &b), 0);
    m[2].value = 0; /* on second thoughts */
    m[2].at = 10;
    b = (struct store_batch){.marks = &m[2], .nmarks = 1};
    assert_int_equal(store_commit(s, &b), 0);
    assert_true(store_rules(s) == 5);
    assert_int_equal(store_reader(s, &r), 0);
    assert_int_equal(store_each_mark(r, NULL, 0, keep_mark, &got), 0);
    assert_int_equal(got.n, 3);
    bool first = memcmp(items[0].ident, items[1].ident, STORE_IDENT) < 0;
    const struct store_mark *right = &got.list[first ? 0 : 1];
    assert_true(right->aspect == STORE_MARK_VERDICT && right->value == 0 && right->at == 10);
    assert_true(right->rules == 7 && right->kind == VERDICT_REPORTED);
    assert_non_null(strstr(got.words[first ? 0 : 1], "|epidemic|words of one"));
    assert_int_equal(store_item(r, items[1].ident, keep_request, &is), 0);
    assert_int_equal(is, REQUEST_REPORT << 8 | VERDICT_RAISED << 4 | STORE_MARKED_REQUEST);
    assert_int_equal(store_seen(s, (const unsigned char(*)[STORE_IDENT])items[0].ident, 1, &seen),
                     0);
    assert_true(seen.found && !seen.raised && seen.kind == VERDICT_REPORTED);
    assert_int_equal(seen.marked, STORE_MARKED_KIND);

    got.n = 0; /* from the second on, and no further than asked */
    struct store_mark from = got.list[1];
    assert_int_equal(store_each_mark(r, &from, 1, keep_mark, &got), 0);
    assert_int_equal(got.n, 1);
    assert_memory_equal(got.list[0].ident, from.ident, STORE_IDENT);
    assert_int_equal(got.list[0].aspect, from.aspect);

    assert_int_equal(store_expire(s, 500, 10), 1); /* words go, what was said of them stays */
    got.n = 0;
    assert_int_equal(store_each_mark(r, NULL, 0, keep_mark, &got), 0);
    assert_int_equal(got.n, 3);
    assert_null(strstr(got.words[first ? 0 : 1], "words of one"));
    assert_int_equal(store_item(r, samples_item(3, "").ident, keep_request, &is), ERR_NOTFOUND);
    store_close(r);

    m[0] = mark_of(&items[0], STORE_MARK_REQUEST, REQUEST_REPORT + 1);
    m[1] = mark_of(&items[0], STORE_ASPECTS, 0);
    m[2] = mark_of(&items[0], STORE_MARK_TOPIC, 0); /* which? */
    for (size_t i = 0; i < 3; i++) {
        b = (struct store_batch){.marks = &m[i], .nmarks = 1};
        assert_int_equal(store_commit(s, &b), ERR_INVALID);
    }
}

/* What a dismissal said is forgotten, and the item is what it was before; what nobody said is
 * passed over. */
static void marks_are_taken_back(void **state)
{
    struct store *s = contract_store(state), *r;
    struct store_item items[] = {samples_item(1, "one"), samples_item(2, "two")};
    struct store_mark m[] = {mark_of(&items[0], STORE_MARK_KIND, VERDICT_REPORTED),
                             mark_of(&items[0], STORE_MARK_VERDICT, 0),
                             mark_of(&items[1], STORE_MARK_REQUEST, REQUEST_REPORT)};
    struct store_batch b = {.items = items, .nitems = 2, .marks = m, .nmarks = 3};
    struct marks got = {.n = 0};
    struct walk w = {.n = 0};
    int is = 0;

    items[0].title = items[1].title = STR_NONE;
    items[0].kind = items[1].kind = VERDICT_RAISED;
    items[0].doubt = 7;
    m[0].concern = m[1].concern = 4;
    m[0].was = VERDICT_RAISED;
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_reader(s, &r), 0);
    assert_int_equal(store_each_mark(r, &m[0], 1, keep_mark, &got), 0);
    assert_true(got.list[0].concern == 4 && got.list[0].was == VERDICT_RAISED);
    assert_int_equal(store_item(r, items[0].ident, keep_request, &is), 0);
    assert_int_equal(is & 0xff, VERDICT_REPORTED << 4 | STORE_MARKED_KIND);
    assert_int_equal(store_each_doubt(r, 10, keep_title, &w), 0);
    assert_int_equal(w.n, 0);

    m[0].drop = m[1].drop = true;
    m[2].aspect = STORE_MARK_KIND; /* of which nobody said anything */
    m[2].value = 0;
    m[2].drop = true;
    b = (struct store_batch){.marks = m, .nmarks = 3};
    assert_int_equal(store_commit(s, &b), 0);
    got.n = 0;
    assert_int_equal(store_each_mark(r, NULL, 0, keep_mark, &got), 0);
    assert_int_equal(got.n, 1);
    assert_true(got.list[0].aspect == STORE_MARK_REQUEST && got.list[0].concern == 0);
    assert_int_equal(store_item(r, items[0].ident, keep_request, &is), 0);
    assert_int_equal(is & 0xff, VERDICT_RAISED << 4);
    assert_int_equal(store_item(r, items[1].ident, keep_request, &is), 0);
    assert_int_equal(is, REQUEST_REPORT << 8 | VERDICT_RAISED << 4 | STORE_MARKED_REQUEST);
    assert_int_equal(store_each_doubt(r, 10, keep_title, &w), 0);
    assert_string_equal(w.titles, "one "); /* in doubt again */
    store_close(r);

    m[0].drop = false;
    m[0].was = VERDICT_RAISED + 1;
    b = (struct store_batch){.marks = m, .nmarks = 1};
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(texts_are_walked),
        ALL(doubts_are_ranked),
        ALL(marks_are_kept),
        ALL(marks_are_taken_back),
    };
    return CONTRACT_RUN("contract: marks", tests);
}
