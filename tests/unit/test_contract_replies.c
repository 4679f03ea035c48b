/* store.h on every backend: pages to be read, replies, and what people said of them. */
#include "tests/unit/contract.h"

#include <stdio.h>

#include "base/clock.h"

static int take_item_words(void *arg, const struct store_item *item)
{
    *(struct store_item *)arg = *item;
    return 0;
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

static void pages_wait_for_their_time(void **state)
{
    struct store *s = contract_store(state);
    struct store_item items[2] = {samples_item(1, "secret"), samples_item(2, "b")};
    struct store_page pages[3] = {{.due = 30, .tries = 2, .content = UINT64_MAX, .gone = 1,
                                   .kind = STORE_PAGE_WATCH},
                                  {.due = 10}, {.due = 5}};
    struct store_page got[4] = {0};
    unsigned char blank[2][STORE_IDENT] = {{0}, {9, 9, 9}};

    items[0].concern = 4;
    memcpy(pages[0].ident, items[0].ident, STORE_IDENT);
    memcpy(pages[1].ident, items[1].ident, STORE_IDENT);
    pages[2].ident[3] = 77; /* of no item */
    assert_true(store_next_page(s) == INT64_MAX);
    struct store_batch b = {.items = items, .nitems = 2, .pages = pages, .npages = 2};
    assert_int_equal(store_commit(s, &b), 0);
    assert_true(store_next_page(s) == 10);
    assert_int_equal(store_pages_due(s, 20, 10, take_one_page, got), 0);
    assert_true(got[0].due == 10 && !got[1].due);
    memset(got, 0, sizeof got);
    assert_int_equal(store_pages_due(s, 30, 1, take_one_page, got), 0);
    assert_true(got[0].due == 10 && !got[1].due);
    memset(got, 0, sizeof got);
    assert_int_equal(store_page(s, items[0].ident, take_one_page, got), 0);
    assert_true(got[0].tries == 2 && got[0].content == UINT64_MAX && got[0].gone == 1);
    assert_true(got[0].kind == STORE_PAGE_WATCH && got[0].concern == 4 && got[0].raised);
    assert_true(got[0].item_content == items[0].content);
    assert_int_equal(store_page(s, pages[2].ident, take_one_page, got), ERR_NOTFOUND);
    /* dropped, and its words gone with it */
    pages[0].drop = true;
    memcpy(blank[0], items[0].ident, STORE_IDENT);
    struct store_batch gone = {.pages = pages, .npages = 1,
                               .blanks = (const unsigned char (*)[STORE_IDENT])blank, .nblanks = 2};
    assert_int_equal(store_commit(s, &gone), 0);
    assert_int_equal(store_page(s, items[0].ident, take_one_page, got), ERR_NOTFOUND);
    struct store_item left = {0};
    assert_int_equal(store_concern_items(s, 4, 1, take_item_words, &left), 0);
    assert_true(left.content == items[0].content && !left.title.n && !left.text.n);
}

struct texts {
    size_t n;
    struct store_publication list[8];
    char text[8][64];
};

static int take_text(void *arg, const struct store_publication *p)
{
    struct texts *t = arg;

    t->list[t->n] = *p;
    snprintf(t->text[t->n++], 64, "%.*s", STR_ARG(p->text));
    return 0;
}

static struct texts texts_of(struct store *s, uint64_t concern)
{
    struct texts t = {0};

    assert_int_equal(store_publications(s, concern, take_text, &t), 0);
    return t;
}

static void put_text(struct store *s, enum store_publication_act act, uint64_t seq,
                     uint16_t edition, const char *text)
{
    struct store_publication p = {.act = act, .seq = seq, .concern = 4, .round = seq > 20,
                                  .edition = edition, .drafted = (int64_t)seq,
                                  .hash = {9, [31] = 7},
                                  .published = edition ? 100 + (int64_t)seq : 0,
                                  .unit = "hr",
                                  .text = str_from(text)};

    assert_int_equal(store_commit(s, &(struct store_batch){.publications = &p,
                                                           .npublications = 1}), 0);
}

/* What was dropped has left every file; Redis writes its own anew, which takes a moment. */
static bool settled(struct store *s)
{
    for (int64_t until = clock_mono() + 60000; store_expire(s, 1, 10) == 0 && store_residue(s);)
        if (clock_mono() > until)
            return false;
    return !store_residue(s);
}

static void published_texts_are_replaced_and_dropped(void **state)
{
    struct store *s = contract_store(state), *reader;
    struct store_publication wrong = {.seq = 5, .concern = 4};
    struct store_batch bad = {.publications = &wrong, .npublications = 1};

    assert_int_equal(store_reader(s, &reader), 0);
    assert_int_equal(store_commit(s, &bad), ERR_INVALID); /* a draft says something */
    wrong = (struct store_publication){.act = STORE_PUBLICATION_PUBLISH, .seq = 5, .concern = 4};
    assert_int_equal(store_commit(s, &bad), ERR_INVALID); /* what is published has an edition */
    put_text(s, STORE_PUBLICATION_DRAFT, 3, 0, "第一稿");
    struct texts t = texts_of(reader, 4);
    assert_true(t.n == 1 && t.list[0].seq == 3 && !t.list[0].edition && !t.list[0].published);
    assert_true(t.list[0].drafted == 3 && t.list[0].hash[31] == 7 && t.list[0].hash[0] == 9);
    assert_string_equal(t.text[0], "第一稿");
    put_text(s, STORE_PUBLICATION_DROP, 3, 0, NULL);
    assert_true(texts_of(reader, 4).n == 0); /* nothing is kept of what was refused */
    put_text(s, STORE_PUBLICATION_DRAFT, 5, 0, "第二稿");
    put_text(s, STORE_PUBLICATION_PUBLISH, 5, 1, NULL);
    put_text(s, STORE_PUBLICATION_DRAFT, 9, 0, "更正");
    put_text(s, STORE_PUBLICATION_DRAFT, 21, 0, "另一轮");
    put_text(s, STORE_PUBLICATION_PUBLISH, 21, 1, NULL);
    t = texts_of(reader, 4);
    assert_true(t.n == 3 && t.list[0].edition == 1 && t.list[0].published == 105);
    assert_string_equal(t.list[0].unit, "hr");
    assert_string_equal(t.text[0], "第二稿"); /* until the other one is published */
    put_text(s, STORE_PUBLICATION_PUBLISH, 9, 2, NULL);
    t = texts_of(reader, 4);
    assert_true(t.n == 3 && t.list[0].hash[0] == 9 && t.list[0].published == 105);
    assert_string_equal(t.text[0], "");
    assert_string_equal(t.text[1], "更正");
    assert_string_equal(t.text[2], "另一轮"); /* of another round */
    put_text(s, STORE_PUBLICATION_BLANK, 9, 0, NULL);
    put_text(s, STORE_PUBLICATION_BLANK, 999, 0, NULL); /* what is not there is passed over */
    assert_int_equal(texts_of(reader, 4).n, 3);
    assert_string_equal(texts_of(reader, 4).text[1], "");
    assert_int_equal(texts_of(reader, 5).n, 0);
    store_close(reader);
    assert_true(settled(s));
}

static void surveys_are_counted_by_round(void **state)
{
    struct store *s = contract_store(state);
    struct store_survey in[] = {
        {.concern = 4, .solved = 1, .not_yet = UINT32_MAX, .hour = 99, .in_hour = 7},
        {.concern = 4, .round = UINT16_MAX, .solved = 2}};
    struct store_batch b = {.surveys = in, .nsurveys = 2};
    struct store_survey got;

    assert_int_equal(store_survey(s, 4, 0, &got), ERR_NOTFOUND);
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_survey(s, 4, 0, &got), 0);
    assert_true(got.solved == 1 && got.not_yet == UINT32_MAX && got.hour == 99 && got.in_hour == 7);
    assert_int_equal(store_survey(s, 4, UINT16_MAX, &got), 0);
    assert_true(got.solved == 2 && got.not_yet == 0 && got.round == UINT16_MAX);
    in[0].solved = 3;
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_survey(s, 4, 0, &got), 0);
    assert_int_equal(got.solved, 3);
    assert_int_equal(store_survey(s, 5, 0, &got), ERR_NOTFOUND);
    in[0].concern = 0;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
}

static int take_one_reply(void *arg, const struct store_reply *reply)
{
    struct store_reply *to = arg;

    while (to->concern)
        to++;
    *to = *reply;
    return 0;
}

static void same_reply(const struct store_reply *a, const struct store_reply *b)
{
    assert_true(a->concern == b->concern && a->round == b->round && a->due == b->due &&
                a->address == b->address && a->since == b->since && a->checked == b->checked &&
                a->published == b->published && a->content == b->content && a->step == b->step &&
                a->tries == b->tries && a->strikes == b->strikes && a->state == b->state &&
                a->edited == b->edited && a->untitled == b->untitled && !a->drop);
    assert_memory_equal(a->sketch, b->sketch, sizeof a->sketch);
    assert_string_equal(a->title, b->title);
    assert_string_equal(a->url, b->url);
}

static void replies_wait_for_their_time(void **state)
{
    struct store *s = contract_store(state);
    struct store_reply in[] = {
        {.concern = 4, .round = 300, .due = 30, .address = UINT64_MAX, .since = 1, .checked = 2,
         .published = 3, .content = UINT64_MAX - 1, .sketch = {[15] = UINT32_MAX}, .step = 2,
         .tries = 200, .strikes = 1, .state = STORE_REPLY_CHANGED, .edited = true,
         .title = "关于河西的答复", .url = "https://town.example/r/1?a=河西"},
        {.concern = 5, .due = 10, .untitled = true, .url = "https://town.example/r/2"},
        {.concern = 6, .url = "https://town.example/r/3"},
    };
    struct store_reply got[4] = {0};
    struct store_batch b = {.replies = in, .nreplies = 3};

    assert_true(store_next_reply(s) == INT64_MAX);
    assert_int_equal(store_commit(s, &b), 0);
    assert_true(store_next_reply(s) == 10);
    assert_int_equal(store_replies_due(s, 30, 10, take_one_reply, got), 0);
    assert_true(got[0].concern == 5 && got[0].untitled && got[1].concern == 4 && !got[2].concern);
    same_reply(&got[1], &in[0]);
    memset(got, 0, sizeof got);
    assert_int_equal(store_replies_due(s, 29, 10, take_one_reply, got), 0);
    assert_true(got[0].concern == 5 && !got[1].concern);
    memset(got, 0, sizeof got);
    assert_int_equal(store_replies(s, 6, take_one_reply, got), 0);
    assert_true(got[0].concern == 6 && got[0].due == 0 && !got[1].concern);
    memset(got, 0, sizeof got);
    in[0].due = 0;
    in[1].drop = true;
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_replies(s, 5, take_one_reply, got), 0);
    assert_true(!got[0].concern && store_next_reply(s) == INT64_MAX);
    in[0].state = STORE_REPLY_STATES;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    in[0].state = 0;
    *in[0].url = '\0';
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    *in[0].url = 'h';
    in[2].concern = 0;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
}

/* Each by its address; the ones that a concern keeps are not touched by what becomes of another. */
static void a_concern_has_several_replies(void **state)
{
    struct store *s = contract_store(state);
    struct store_reply in[] = {
        {.concern = 4, .address = 9, .since = 20, .due = 50, .url = "https://town.example/r/9"},
        {.concern = 4, .address = 7, .since = 10, .due = 60, .url = "https://town.example/r/7"},
        {.concern = 4, .address = UINT64_MAX, .since = 20, .url = "https://town.example/r/0"},
        {.concern = 5, .address = 9, .since = 1, .due = 40, .url = "https://town.example/r/9"},
    };
    struct store_reply got[6] = {0};

    assert_int_equal(store_commit(s, &(struct store_batch){.replies = in, .nreplies = 4}), 0);
    assert_int_equal(store_replies(s, 4, take_one_reply, got), 0);
    assert_true(got[0].address == 7 && got[1].address == UINT64_MAX && got[2].address == 9 &&
                !got[3].concern);
    same_reply(&got[0], &in[1]);
    in[0].due = 70;
    in[1].drop = true;
    assert_int_equal(store_commit(s, &(struct store_batch){.replies = in, .nreplies = 2}), 0);
    memset(got, 0, sizeof got);
    assert_int_equal(store_replies(s, 4, take_one_reply, got), 0);
    assert_true(got[0].address == UINT64_MAX && got[1].address == 9 && got[1].due == 70 &&
                !got[2].concern);
    memset(got, 0, sizeof got);
    assert_int_equal(store_replies_due(s, 100, 10, take_one_reply, got), 0);
    assert_true(got[0].concern == 5 && got[0].due == 40 && got[1].due == 70 && !got[2].concern);
}

struct requests {
    struct store_correction list[8];
    size_t n;
};

static int take_request(void *arg, const struct store_correction *row)
{
    struct requests *r = arg;

    assert_true(r->n < 8);
    r->list[r->n++] = *row;
    return 0;
}

static void same_request(const struct store_correction *a, const struct store_correction *b)
{
    assert_true(a->concern == b->concern && a->wish == b->wish && a->reason == b->reason &&
                a->waiting == b->waiting && a->granted == b->granted && a->refused == b->refused &&
                a->since == b->since && a->decided == b->decided && a->hour == b->hour &&
                a->in_hour == b->in_hour);
}

static void requests_for_correction_stand_in_order(void **state)
{
    struct store *s = contract_store(state);
    struct store_correction in[] = {
        {.concern = 300, .wish = STORE_WISH_ERASE, .reason = ERASURE_ASKED, .waiting = UINT32_MAX,
         .granted = 7, .refused = 8, .since = INT64_MAX, .decided = 5, .hour = 400000,
         .in_hour = 3},
        {.concern = 2, .wish = STORE_WISH_ERASE, .reason = ERASURE_PERSONAL, .waiting = 1},
        {.concern = 2, .wish = STORE_WISH_CORRECT, .reason = ERASURE_WRONG, .waiting = 2},
        {.granted = 9}, /* the sums */
    };
    struct requests got = {.n = 0};
    struct store_batch b = {.corrections = in, .ncorrections = 4};

    assert_int_equal(store_corrections(s, 0, 0, 0, 0, take_request, &got), 0);
    assert_int_equal(got.n, 0);
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_corrections(s, 0, 0, 0, 0, take_request, &got), 0);
    assert_int_equal(got.n, 4);
    for (size_t i = 0; i < 4; i++)
        same_request(&got.list[i], &in[3 - i]);
    got.n = 0;
    assert_int_equal(store_corrections(s, 2, STORE_WISH_CORRECT, ERASURE_SECRET, 1, take_request,
                                       &got), 0);
    assert_int_equal(got.n, 1);
    same_request(&got.list[0], &in[1]);
    in[1].waiting = 0;
    in[1].refused = 1;
    b = (struct store_batch){.corrections = &in[1], .ncorrections = 1};
    assert_int_equal(store_commit(s, &b), 0);
    got.n = 0;
    assert_int_equal(store_corrections(s, 2, STORE_WISH_ERASE, 0, 0, take_request, &got), 0);
    assert_int_equal(got.n, 2);
    same_request(&got.list[0], &in[1]);
    in[1].reason = ERASURES;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    in[1].reason = 0;
    in[1].wish = STORE_WISHES;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(pages_wait_for_their_time),
        ALL(replies_wait_for_their_time),
        ALL(a_concern_has_several_replies),
        ALL(requests_for_correction_stand_in_order),
        ALL(published_texts_are_replaced_and_dropped),
        ALL(surveys_are_counted_by_round),
    };
    return CONTRACT_RUN("contract: replies", tests);
}
