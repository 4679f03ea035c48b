/* Texts that are taken out for good: of an item, a link, a concern, a published reply. */
#include "base/err.h"
#include "tests/unit/batch_rig.h"
#include "tests/unit/unit.h"

static const char PAGE[] = "https://www.example.gov.cn/post/7";

static int take_words(void *arg, const struct store_item *item)
{
    *(bool *)arg = item->title.n || item->text.n || item->link.n;
    return 0;
}

static bool has_words(struct batch_rig *t, unsigned char first)
{
    unsigned char ident[STORE_IDENT] = {first};
    bool words = false;

    assert_int_equal(store_item(t->store, ident, take_words, &words), 0);
    return words;
}

static void put_item(struct batch_rig *t, const unsigned char ident[STORE_IDENT], const char *link,
                     uint64_t concern)
{
    struct store_item item = {.source = STR("registered"), .title = STR("工资"), .text = STR("拖欠"),
                              .link = str_from(link), .concern = concern, .expires = INT64_MAX,
                              .kind = VERDICT_RAISED};

    memcpy(item.ident, ident, STORE_IDENT);
    assert_int_equal(store_commit(t->store, &(struct store_batch){.items = &item, .nitems = 1}), 0);
}

static int erase(struct batch_rig *t, const struct batch_erasure *what, uint64_t *concern)
{
    struct store_batch out;
    int status;

    assert_int_equal(batch_begin(t->batch, t->desk, t->now, &(struct batch_bounds){.commands = 1}),
                     0);
    assert_int_equal(batch_erase(t->batch, what, &status, concern), 0);
    if (batch_finish(t->batch, &out))
        assert_int_equal(store_commit(t->store, &out), 0);
    batch_applied(t->batch);
    return status;
}

static struct event last_event(struct batch_rig *t)
{
    struct event list[64];
    int n = store_events_after(t->store, 0, list, 64);

    assert_true(n > 0);
    return list[n - 1];
}

static void an_item_goes(void **state)
{
    struct batch_rig *t = *state;
    struct batch_erasure what = {.what = BATCH_ERASE_ITEM, .code = ERASURE_ASKED, .ident = {1}};
    uint64_t concern;

    put_item(t, (unsigned char[STORE_IDENT]){1}, PAGE, t->concern);
    put_item(t, (unsigned char[STORE_IDENT]){2}, PAGE, t->concern);
    assert_int_equal(erase(t, &what, &concern), 0);
    assert_true(concern == t->concern && !has_words(t, 1) && has_words(t, 2));
    struct event e = last_event(t);
    assert_true(e.type == EVENT_ERASED && e.code == ERASURE_ASKED && e.before == 1 && !e.after);
    assert_string_equal(e.audience[0].unit, "labour");
    uint64_t head = store_head(t->store);
    assert_int_equal(erase(t, &what, &concern), 0); /* once more is no news */
    assert_true(store_head(t->store) == head);
    what.ident[0] = 9;
    assert_int_equal(erase(t, &what, &concern), ERR_NOTFOUND);
}

/* A page that somebody pointed to is known by its link alone. */
static void a_link_goes(void **state)
{
    struct batch_rig *t = *state;
    struct batch_erasure what = {.what = BATCH_ERASE_LINK, .code = ERASURE_PERSONAL,
                                 .link = str_from(PAGE)};
    unsigned char ident[STORE_IDENT];
    bool words = true;
    uint64_t concern;

    batch_register_ident(t->store, str_from(PAGE), ident);
    put_item(t, ident, PAGE, t->concern);
    put_item(t, (unsigned char[STORE_IDENT]){2}, "https://www.example.gov.cn/post/8", t->concern);
    assert_int_equal(erase(t, &what, &concern), 0);
    assert_int_equal(store_item(t->store, ident, take_words, &words), 0);
    assert_true(!words && has_words(t, 2) && concern == t->concern);
    what.link = STR("https://www.example.gov.cn/post/9");
    assert_int_equal(erase(t, &what, &concern), ERR_NOTFOUND);
}

static int untitled(void *arg, const struct store_reply *reply)
{
    ++*(size_t *)arg;
    assert_true(!*reply->title && reply->untitled && reply->due);
    return 0;
}

static void a_concern_goes(void **state)
{
    struct batch_rig *t = *state;
    struct batch_erasure what = {.what = BATCH_ERASE_CONCERN, .code = ERASURE_SECRET,
                                 .concern = t->concern};
    struct store_reply page = {.concern = t->concern, .address = 5, .due = t->now + 1,
                               .title = "关于工资", .url = BATCH_RIG_URL};
    struct command draft = {.act = COMMAND_DRAFT, .by = STR("labour"), .text = STR("已支付。")};
    uint64_t concern;
    size_t pages = 0;

    for (unsigned char i = 1; i <= 200; i++)
        put_item(t, (unsigned char[STORE_IDENT]){i}, PAGE, i % 2 ? t->concern : 0);
    assert_int_equal(store_commit(t->store, &(struct store_batch){.replies = &page, .nreplies = 1}),
                     0);
    assert_int_equal(batch_rig_do(t, &draft), 0);
    const struct concern *c = desk_concern(t->desk, t->concern);
    int64_t due = c->due;
    assert_true(c->draft);
    assert_int_equal(erase(t, &what, &concern), 0);
    c = desk_concern(t->desk, t->concern);
    assert_true(c->state == CONCERN_OPEN && c->due == due && !c->draft);
    for (size_t i = 0; i < VERDICT_SKETCH; i++)
        assert_int_equal(c->sketch[i], 0);
    for (unsigned char i = 1; i <= 200; i++)
        assert_int_equal(has_words(t, i), i % 2 == 0);
    assert_int_equal(store_replies(t->store, t->concern, untitled, &pages), 0);
    assert_int_equal(pages, 1);
    struct event e = last_event(t);
    assert_true(e.type == EVENT_ERASED && e.code == ERASURE_SECRET && e.before == 100);
    batch_rig_restart(t);
    what.concern = 999;
    assert_int_equal(erase(t, &what, &concern), ERR_NOTFOUND);
}

static int take_publication(void *arg, const struct store_publication *p)
{
    struct store_publication *out = arg;

    *out = *p;
    out->text.p = NULL;
    return 0;
}

static void a_published_reply_goes(void **state)
{
    struct batch_rig *t = *state;
    struct batch_erasure what = {.what = BATCH_ERASE_REPLY, .code = ERASURE_WRONG,
                                 .concern = t->concern};
    struct command draft = {.act = COMMAND_DRAFT, .by = STR("labour"), .text = STR("已支付。")};
    struct command approve = {.act = COMMAND_APPROVE, .by = STR("office")};
    struct store_publication p = {0};
    uint64_t concern;

    assert_int_equal(batch_rig_do(t, &draft), 0);
    assert_int_equal(erase(t, &what, &concern), ERR_NOTFOUND); /* it is not published yet */
    approve.draft = desk_concern(t->desk, t->concern)->draft;
    assert_int_equal(batch_rig_do(t, &approve), 0);
    batch_rig_restart(t);
    assert_int_equal(erase(t, &what, &concern), 0);
    assert_int_equal(store_publications(t->store, t->concern, take_publication, &p), 0);
    assert_true(p.edition == 1 && p.published && !p.text.n);
    struct event e = last_event(t);
    assert_true(e.type == EVENT_ERASED && e.code == ERASURE_WRONG && e.after == 1 && !e.before);
    const struct concern *c = desk_concern(t->desk, t->concern);
    assert_true(c->state == CONCERN_CLOSED && c->outcome == OUTCOME_ANSWERED && c->reply_url);
    assert_int_equal(erase(t, &what, &concern), ERR_NOTFOUND);
}

int main(void)
{
#define RIG_TEST(f) cmocka_unit_test_setup_teardown(f, batch_rig_set_up, batch_rig_tear_down)
    const struct CMUnitTest tests[] = {
        RIG_TEST(an_item_goes),
        RIG_TEST(a_link_goes),
        RIG_TEST(a_concern_goes),
        RIG_TEST(a_published_reply_goes),
    };
    return cmocka_run_group_tests_name("batch erase", tests, NULL, NULL);
}
