/* store.h on every backend: words: followed, dropped, gone for good. */
#include "tests/unit/contract.h"

#include <stdio.h>

#include "base/clock.h"

static int keep_request(void *arg, const struct store_item *item)
{
    *(int *)arg = item->request << 8 | item->kind << 4 | item->marked;
    return 0;
}

static int check_blank(void *arg, const struct store_item *item)
{
    int *blank = arg;

    *blank += item->title.n == 0 && item->text.n == 0;
    assert_int_equal(item->link.n, strlen("https://news.example/a"));
    return 0;
}

static void texts_expire(void **state)
{
    struct store *s = contract_store(state);
    struct store_item items[4];
    struct store_seen seen;
    int blank = 0;

    for (unsigned i = 0; i < 4; i++) {
        items[i] = samples_item(i, "word");
        items[i].concern = 1;
        items[i].expires = 1000 + i;
        items[i].aliases[0] = 70 + i;
    }
    assert_int_equal(store_commit(s, &(struct store_batch){.items = items, .nitems = 4}), 0);
    assert_int_equal(store_expire(s, 999, 10), 0);
    assert_int_equal(store_expire(s, 1002, 2), 2);
    assert_int_equal(store_expire(s, 1002, 2), 1);
    assert_int_equal(store_expire(s, 1002, 2), 0);
    assert_int_equal(store_concern_items(s, 1, 10, check_blank, &blank), 0);
    /* It is known still, by its ident, by an alias and by its number. */
    const uint64_t known_as[1][2] = {{items[1].aliases[0], items[1].aliases[1]}};
    seen = (struct store_seen){.found = false};
    assert_int_equal(store_seen_as(s, known_as, 1, &seen), 0);
    assert_true(seen.found && !memcmp(seen.ident, items[1].ident, STORE_IDENT));
    assert_int_equal(store_numbered(s, 2, keep_request, &(int){0}), 0);
    assert_int_equal(store_commit(s, &(struct store_batch){.items = items, .nitems = 1}),
                     ERR_EXISTS);
    assert_int_equal(blank, 3);
    assert_int_equal(store_seen(s, (const unsigned char (*)[STORE_IDENT])items[0].ident, 1, &seen),
                     0);
    assert_true(seen.found);
    items[0].update = true; /* it comes back with an edit */
    items[0].expires = 5000;
    assert_int_equal(store_commit(s, &(struct store_batch){.items = items, .nitems = 1}), 0);
    blank = 0;
    store_concern_items(s, 1, 10, check_blank, &blank);
    assert_int_equal(blank, 2);
}

struct followed {
    char said[1024];
};

static int note_words(void *arg, const struct store_words *w)
{
    struct followed *f = arg;
    size_t n = strlen(f->said);

    snprintf(f->said + n, sizeof f->said - n, "%d:%.*s:%.*s:%d ", (int)w->item, STR_ARG(w->title),
             STR_ARG(w->text), (int)w->expires);
    return 0;
}

static const char *follow(struct store *s, struct store_tail *tail, size_t max, struct followed *f)
{
    f->said[0] = '\0';
    for (int n = 1; n > 0;) {
        size_t before = strlen(f->said);
        n = store_words_after(s, tail, max, note_words, f);
        assert_true(n >= 0 && (size_t)n <= max);
        assert_true((strlen(f->said) != before) == (n > 0));
    }
    return f->said;
}

/* Who follows the words sees each item once, and again when its words are others. */
static void words_are_followed(void **state)
{
    struct store *s = contract_store(state), *r;
    struct store_item items[] = {samples_item(1, "one"), samples_item(2, "two"),
                                 samples_item(3, "three")};
    unsigned char gone[1][STORE_IDENT];
    struct store_batch b = {.items = items, .nitems = 3};
    struct store_tail tail = {0}, late = {0};
    struct followed f;
    int is = 0;

    items[2].text = STR("third");
    assert_int_equal(store_reader(s, &r), 0);
    assert_int_equal(store_words_after(r, &tail, 5, note_words, &f), 0);
    assert_int_equal(store_commit(s, &b), 0);
    assert_string_equal(follow(r, &tail, 2, &f),
                        "1:one:one:2000 2:two:two:2000 3:three:third:2000 ");
    assert_string_equal(follow(r, &tail, 2, &f), "");

    items[1] = samples_item(2, "edited");
    items[1].expires = 3000;
    items[1].update = true;
    memcpy(gone[0], items[0].ident, STORE_IDENT);
    b = (struct store_batch){.items = &items[1], .nitems = 1, .blanks = gone, .nblanks = 1};
    assert_int_equal(store_commit(s, &b), 0);
    assert_string_equal(follow(r, &tail, 1, &f), "2:edited:edited:3000 1:::2000 ");
    assert_string_equal(follow(r, &late, 10, &f),
                        "1:::2000 2:edited:edited:3000 3:three:third:2000 ");

    assert_int_equal(store_expire(s, 2500, 10), 1); /* an expiry tells of itself */
    assert_string_equal(follow(r, &tail, 10, &f), "");
    assert_int_equal(store_numbered(r, 2, keep_request, &is), 0);
    assert_int_equal(store_numbered(r, 4, keep_request, &is), ERR_NOTFOUND);
    assert_int_equal(store_numbered(r, 0, keep_request, &is), ERR_NOTFOUND);
    tail.change += 5; /* of another life of the store */
    assert_int_equal(store_words_after(r, &tail, 10, note_words, &f), ERR_STALE);
    store_close(r);
}

static int take_one_page(void *arg, const struct store_page *page)
{
    struct store_page *to = arg;

    assert_true(str_is(page->source, "town-news"));
    assert_true(str_is(page->link, "https://news.example/a"));
    while (to->due)
        to++;
    *to = *page;
    return 0;
}

static int take_link(void *arg, const struct store_item *item)
{
    struct store_item *out = arg;

    out->link.n = item->link.n;
    out->title.n = item->title.n;
    out->text.n = item->text.n;
    out->marked = item->marked;
    out->concern = item->concern;
    out->region.n = item->region.n;
    out->published = item->published;
    memcpy(out->sketch, item->sketch, sizeof out->sketch);
    return 0;
}

static void redacted_words_stay_away(void **state)
{
    struct store *s = contract_store(state);
    struct store_item items[] = {samples_item(1, "one"), samples_item(2, "two")}, got = {0};
    struct store_page pages[2] = {{.due = 10}, {.due = 20}}, none[2];
    unsigned char gone[2][STORE_IDENT] = {0}; /* the second is of no item */
    struct store_batch b = {.items = items, .nitems = 2, .pages = pages, .npages = 2};
    struct store_tail tail = {0};
    struct followed f;

    items[0].concern = 7;
    items[0].sketch[3] = 9;
    memcpy(pages[0].ident, items[0].ident, STORE_IDENT);
    memcpy(pages[1].ident, items[1].ident, STORE_IDENT);
    memcpy(gone[0], items[0].ident, STORE_IDENT);
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_words_after(s, &tail, 5, note_words, &f), 2);
    b = (struct store_batch){.redacts = gone, .nredacts = 2};
    assert_int_equal(store_commit(s, &b), 0);
    assert_string_equal(follow(s, &tail, 5, &f), "1:::2000 ");
    assert_int_equal(store_page(s, gone[0], take_one_page, none), ERR_NOTFOUND);
    assert_true(store_next_page(s) == 20);
    assert_true(store_texts(s) == 1);
    /* an edit brings nothing back */
    items[0].update = true;
    items[0].concern = 8;
    b = (struct store_batch){.items = items, .nitems = 1};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(store_item(s, gone[0], take_link, &got), 0);
        assert_true(!got.link.n && !got.title.n && !got.text.n);
        for (size_t k = 0; k < VERDICT_SKETCH; k++)
            assert_int_equal(got.sketch[k], 0);
        assert_true(got.region.n == items[0].region.n && got.published == items[0].published);
        assert_int_equal(got.marked, STORE_REDACTED);
        assert_true(got.concern == (i ? 8 : 7));
        assert_int_equal(store_commit(s, &b), 0);
    }
    assert_true(store_texts(s) == 1);
    for (int64_t until = clock_mono() + 60000; store_expire(s, 1, 10) == 0 && store_residue(s);) {
        assert_true(clock_mono() < until); /* a file may be written anew meanwhile */
        clock_sleep(5);
    }
    assert_false(store_residue(s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(texts_expire),
        ALL(words_are_followed),
        ALL(redacted_words_stay_away),
    };
    return CONTRACT_RUN("contract: texts", tests);
}
