/* Published replies: their pages are read again and again, and what they promise is followed. */
#include "base/clock.h"
#include "base/err.h"
#include "tests/unit/batch_rig.h"
#include "tests/unit/unit.h"

static const char KEPT_URL[] = "https://www.example.gov.cn/hf/2.html";

/* Those of the concern, by rising since. */
struct pages {
    struct store_reply list[64];
    size_t n;
};

static int take_reply(void *arg, const struct store_reply *reply)
{
    struct pages *p = arg;

    assert_true(p->n < 64);
    p->list[p->n++] = *reply;
    return 0;
}

static struct store_reply reply_at(struct batch_rig *t, const char *url)
{
    struct pages p = {.n = 0};
    size_t at = 0;

    assert_int_equal(store_replies(t->store, t->concern, take_reply, &p), 0);
    while (at < p.n && strcmp(p.list[at].url, url))
        at++;
    assert_true(at < p.n);
    return p.list[at];
}

static struct store_reply reply_now(struct batch_rig *t)
{
    return reply_at(t, BATCH_RIG_URL);
}

static size_t count_pages(struct batch_rig *t)
{
    struct pages p = {.n = 0};

    assert_int_equal(store_replies(t->store, t->concern, take_reply, &p), 0);
    return p.n;
}

static size_t count_events(struct batch_rig *t, enum event_type type)
{
    struct event list[64];
    int n = store_events_after(t->store, 0, list, 64);
    size_t found = 0;

    assert_true(n > 0);
    for (int i = 0; i < n; i++)
        found += list[i].type == type;
    return found;
}

/* The page was asked for when it was due, and this came of it. */
static struct store_reply read_page(struct batch_rig *t, const char *url,
                                    enum fetch_outcome outcome, const struct verdict *v)
{
    struct fetch_page page = {.source = FETCH_NO_SOURCE, .kind = FETCH_PAGE_REPLY,
                              .number = t->concern, .url = url};
    struct verdict one = v ? *v : (struct verdict){0};
    struct verdicts list = {.rules = STR("00000000000000ff"), .list = &one, .count = v != NULL};
    struct store_batch out;

    t->now = reply_at(t, url).due > t->now ? reply_at(t, url).due : t->now;
    const struct fetched meta = {.source = FETCH_NO_SOURCE, .page = &page, .outcome = outcome,
                                 .at = t->now};
    assert_int_equal(batch_begin(t->batch, t->desk, t->now, &(struct batch_bounds){.polls = 1}), 0);
    assert_int_equal(batch_reply(t->batch, &meta, outcome == FETCH_BODY ? &list : NULL, NULL), 0);
    assert_int_equal(batch_replies_want(t->batch), 0);
    assert_true(batch_finish(t->batch, &out));
    assert_int_equal(store_commit(t->store, &out), 0);
    batch_applied(t->batch);
    return reply_at(t, url);
}

static struct store_reply read_reply(struct batch_rig *t, enum fetch_outcome outcome,
                                     const struct verdict *v)
{
    return read_page(t, BATCH_RIG_URL, outcome, v);
}

static struct verdict page_says(const char *title, uint64_t content, uint32_t sketch)
{
    struct verdict v = {.title = str_from(title), .content = content, .published = 1772400000000};

    for (size_t i = 0; i < VERDICT_SKETCH; i++)
        v.sketch[i] = sketch + (uint32_t)i;
    return v;
}

static void publish(struct batch_rig *t)
{
    struct command answer = {.act = COMMAND_ANSWER, .by = STR("labour"), .url = STR(BATCH_RIG_URL)};

    assert_int_equal(batch_rig_do(t, &answer), 0);
}

static void a_reply_is_read_and_read_again(void **state)
{
    static const int days[] = {1, 7, 30, 90};
    struct batch_rig *t = *state;
    int64_t from = t->now;
    struct verdict v = page_says("关于工资问题的答复", 7, 100);

    publish(t);
    assert_true(reply_now(t).due == from && reply_now(t).state == STORE_REPLY_WAITS);
    struct store_reply r = read_reply(t, FETCH_BODY, &v);
    assert_int_equal(r.state, STORE_REPLY_THERE);
    assert_string_equal(r.title, "关于工资问题的答复");
    assert_true(r.content == 7 && r.published == 1772400000000 && r.checked == from && !r.edited);
    for (size_t i = 0; i < 4; i++) {
        assert_true(r.due == from + days[i] * CLOCK_DAY);
        batch_rig_restart(t);
        v.content = 7 + i; /* a few words are others, the text is the same */
        r = read_reply(t, FETCH_BODY, &v);
        assert_true(r.edited == (i > 0) && r.content == 7 && r.checked == t->now);
    }
    assert_true(r.due == 0 && r.state == STORE_REPLY_THERE);
    assert_int_equal(count_events(t, EVENT_REPLY_CHECKED), 1);
    assert_int_equal(count_events(t, EVENT_REPLY_GONE), 0);
}

static void a_reply_is_gone_when_it_is_missed_twice(void **state)
{
    struct batch_rig *t = *state;
    struct verdict v = page_says("答复", 7, 100), other = page_says("首页", 8, 500);
    struct event list[64];

    publish(t);
    read_reply(t, FETCH_BODY, &v);
    struct store_reply r = read_reply(t, FETCH_GONE, NULL);
    assert_true(r.state == STORE_REPLY_THERE && r.due - t->now == BATCH_RIG_HOUR / 2);
    r = read_reply(t, FETCH_BODY, &v); /* a mistake of the server's */
    assert_int_equal(count_events(t, EVENT_REPLY_GONE), 0);
    batch_rig_restart(t);
    read_reply(t, FETCH_BODY, &other);
    assert_int_equal(count_events(t, EVENT_REPLY_GONE), 0);
    r = read_reply(t, FETCH_BODY, &other);
    assert_int_equal(r.state, STORE_REPLY_CHANGED);
    assert_int_equal(count_events(t, EVENT_REPLY_GONE), 1);
    read_reply(t, FETCH_GONE, NULL);
    r = read_reply(t, FETCH_GONE, NULL); /* and then it is gone altogether */
    assert_int_equal(r.state, STORE_REPLY_GONE);
    assert_int_equal(count_events(t, EVENT_REPLY_GONE), 2);
    int n = store_events_after(t->store, 0, list, 64);
    assert_true(n > 1 && list[n - 1].type == EVENT_REPLY_GONE && list[n - 1].code == LOSS_GONE);
    assert_string_equal(list[n - 1].audience[0].unit, "labour");
    assert_string_equal(r.title, "答复"); /* as it was */
}

static void what_was_missed_may_come_back(void **state)
{
    struct batch_rig *t = *state;
    struct verdict v = page_says("答复", 7, 100);

    publish(t);
    read_reply(t, FETCH_GONE, NULL);
    read_reply(t, FETCH_GONE, NULL);
    assert_int_equal(count_events(t, EVENT_REPLY_GONE), 1); /* it was never there */
    struct store_reply r = read_reply(t, FETCH_BODY, &v);
    assert_int_equal(r.state, STORE_REPLY_THERE);
    assert_string_equal(r.title, "答复");
    assert_int_equal(count_events(t, EVENT_REPLY_CHECKED), 1);
}

static void a_reply_that_does_not_answer_is_tried_and_left(void **state)
{
    struct batch_rig *t = *state;

    publish(t);
    int64_t from = t->now;
    struct store_reply r = reply_now(t);
    while (r.state == STORE_REPLY_WAITS) {
        assert_true(t->now < from + 3 * CLOCK_DAY);
        r = read_reply(t, FETCH_FAILED, NULL);
    }
    assert_true(r.state == STORE_REPLY_CLOSED && r.due > t->now);
    r = read_reply(t, FETCH_REFUSED, NULL); /* an address inside: never again */
    assert_true(r.due == 0);
    assert_int_equal(count_events(t, EVENT_REPLY_GONE), 0);
}

/* It was published, and whether it stays is watched, whatever the concern became. */
static void the_reply_of_an_earlier_round_is_watched(void **state)
{
    struct batch_rig *t = *state;
    struct command again = {.act = COMMAND_RETURN, .by = STR("office"), .note = STR("未答复诉求")};
    struct command answer = {.act = COMMAND_ANSWER, .by = STR("labour"), .url = str_from(KEPT_URL)};
    struct verdict v = page_says("答复", 7, 100);
    struct event list[64];

    publish(t);
    read_reply(t, FETCH_BODY, &v);
    assert_int_equal(batch_rig_do(t, &again), 0);
    assert_true(!desk_concern(t->desk, t->concern)->reply_url);
    assert_int_equal(batch_rig_do(t, &answer), 0);
    assert_int_equal(count_pages(t), 2);
    assert_true(reply_now(t).round == 0 && reply_at(t, KEPT_URL).round == 1);
    read_reply(t, FETCH_GONE, NULL);
    assert_int_equal(read_reply(t, FETCH_GONE, NULL).state, STORE_REPLY_GONE);
    int n = store_events_after(t->store, 0, list, 64);
    assert_true(list[n - 1].type == EVENT_REPLY_GONE && list[n - 1].round == 0);
    assert_int_equal(reply_at(t, KEPT_URL).state, STORE_REPLY_WAITS);
    assert_int_equal(batch_rig_do(t, &again), 0);
    publish(t); /* the first address once more: its schedule begins anew */
    assert_true(reply_now(t).due == t->now && reply_now(t).round == 2);
    assert_int_equal(count_pages(t), 2);
}

static void a_page_that_nobody_asked_for_is_nothing(void **state)
{
    struct batch_rig *t = *state;
    struct verdict v = page_says("答复", 7, 100);
    struct fetch_page page = {.kind = FETCH_PAGE_REPLY, .number = t->concern, .url = KEPT_URL};
    struct verdicts list = {.rules = STR("00000000000000ff"), .list = &v, .count = 1};
    const struct fetched meta = {.page = &page, .outcome = FETCH_BODY, .at = t->now};
    struct store_batch out;

    publish(t);
    assert_int_equal(batch_begin(t->batch, t->desk, t->now, &(struct batch_bounds){.polls = 1}), 0);
    assert_int_equal(batch_reply(t->batch, &meta, &list, NULL), 0);
    assert_false(batch_finish(t->batch, &out));
    assert_int_equal(count_events(t, EVENT_REPLY_CHECKED), 0);
}

static void a_concern_has_so_many_pages(void **state)
{
    struct batch_rig *t = *state;
    struct command more = {.act = COMMAND_PROGRESS, .by = STR("labour")};
    char url[64];

    publish(t);
    struct command again = {.act = COMMAND_RETURN, .by = STR("office"), .note = STR("未答复诉求")};
    assert_int_equal(batch_rig_do(t, &again), 0);
    for (int i = 0; i < 40; i++) {
        snprintf(url, sizeof url, "https://www.example.gov.cn/jd/%d.html", i);
        more.url = str_from(url);
        t->now += BATCH_RIG_HOUR;
        assert_int_equal(batch_rig_do(t, &more), 0);
    }
    assert_int_equal(count_pages(t), 32);
    assert_true(reply_at(t, "https://www.example.gov.cn/jd/39.html").due == t->now);
    reply_at(t, "https://www.example.gov.cn/jd/8.html"); /* the oldest that is left */
}

/* What stands on a post's page is a post: no words of it are kept for good. */
static void the_title_of_a_post_is_not_kept(void **state)
{
    struct batch_rig *t = *state;
    struct store_item item = {.source = STR("board"), .link = STR(BATCH_RIG_URL),
                              .concern = t->concern, .expires = INT64_MAX,
                              .kind = VERDICT_RAISED};
    const struct store_batch batch = {.items = &item, .nitems = 1};
    struct verdict v = page_says("河西工地拖欠工资", 7, 100);

    assert_int_equal(store_commit(t->store, &batch), 0);
    publish(t);
    struct store_reply r = read_reply(t, FETCH_BODY, &v);
    assert_true(r.untitled && !*r.title && r.state == STORE_REPLY_THERE && r.content == 7);
}

static void promise(struct verdict *v, int64_t due, uint16_t workdays)
{
    v->promises[v->npromises++] = (struct verdict_promise){due, workdays};
}

static size_t running(struct batch_rig *t)
{
    struct concern c;
    size_t n = 0;

    assert_int_equal(store_concern(t->store, t->concern, &c), 0);
    for (size_t i = 0; i < c.nclocks; i++)
        n += c.clocks[i].act == ACT_PROMISE && !c.clocks[i].met;
    concern_clear(&c);
    return n;
}

static void tick(struct batch_rig *t)
{
    struct store_batch out;

    for (int i = 0; i < 100 && desk_next(t->desk) <= t->now; i++) {
        assert_int_equal(batch_begin(t->batch, t->desk, t->now, &(struct batch_bounds){0}), 0);
        assert_int_equal(batch_tick(t->batch), 0);
        if (batch_finish(t->batch, &out))
            assert_int_equal(store_commit(t->store, &out), 0);
    }
}

/* The 2nd of March 2026 is a Monday; the concern is long closed and forgotten by the others' rule
 * when its promises fall due. */
static void what_a_reply_promises_is_followed(void **state)
{
    struct batch_rig *t = *state;
    struct verdict v = page_says("答复", 7, 100);
    struct command done = {.act = COMMAND_PROGRESS, .by = STR("labour"), .url = str_from(KEPT_URL)};
    struct store_counts counts;
    struct event list[64];
    int64_t from = t->now;

    v.published = from;
    promise(&v, 0, 3);
    promise(&v, from + 60 * CLOCK_DAY, 0);
    promise(&v, from - 1, 0);
    publish(t);
    assert_int_equal(batch_rig_do(t, &done), ERR_REFUSED); /* nothing is promised yet */
    read_reply(t, FETCH_BODY, &v);
    assert_int_equal(count_events(t, EVENT_PROMISED), 2);
    assert_int_equal(running(t), 2);
    int n = store_events_after(t->store, 0, list, 64);
    assert_true(list[n - 2].type == EVENT_PROMISED && list[n - 2].act == ACT_PROMISE);
    /* the third working day, at the close of office */
    assert_true(list[n - 2].due == clock_days(2026, 3, 5) * CLOCK_DAY + 17 * BATCH_RIG_HOUR +
                                       BATCH_RIG_HOUR / 2 - CLOCK_CHINA);
    t->now += 2 * CLOCK_DAY;
    assert_int_equal(batch_rig_do(t, &done), 0);
    assert_int_equal(count_events(t, EVENT_PROMISE_KEPT), 1);
    assert_int_equal(running(t), 1);
    assert_int_equal(desk_concern(t->desk, t->concern)->state, CONCERN_CLOSED);
    assert_string_equal(desk_concern(t->desk, t->concern)->reply_url, done.url.p);
    assert_true(reply_now(t).due == from + CLOCK_DAY && reply_at(t, KEPT_URL).due == t->now);
    v.npromises = 0;
    read_page(t, KEPT_URL, FETCH_BODY, &v);
    assert_int_equal(read_reply(t, FETCH_BODY, &v).state, STORE_REPLY_THERE);
    read_reply(t, FETCH_GONE, NULL); /* what it answered with first is taken away */
    assert_int_equal(read_reply(t, FETCH_GONE, NULL).state, STORE_REPLY_GONE);
    assert_int_equal(reply_at(t, KEPT_URL).state, STORE_REPLY_THERE);
    assert_int_equal(count_events(t, EVENT_REPLY_GONE), 1);

    t->now = from + 45 * CLOCK_DAY;
    batch_rig_restart(t);
    assert_non_null(desk_concern(t->desk, t->concern)); /* it waits for what was promised */
    tick(t);
    assert_int_equal(count_events(t, EVENT_REMINDED), 1);
    assert_int_equal(store_counts(t->store, &counts), 0);
    assert_int_equal(counts.overdue, 0);
    t->now = from + 61 * CLOCK_DAY;
    tick(t);
    assert_int_equal(count_events(t, EVENT_OVERDUE), 1);
    assert_int_equal(store_counts(t->store, &counts), 0);
    assert_int_equal(counts.overdue, 1);
    assert_int_equal(counts.open, 0);
    t->now = from + 62 * CLOCK_DAY;
    batch_rig_restart(t);
    done.url = STR("https://www.example.gov.cn/hf/3.html");
    assert_int_equal(batch_rig_do(t, &done), 0);
    n = store_events_after(t->store, 0, list, 64);
    assert_true(list[n - 1].type == EVENT_PROMISE_KEPT && list[n - 1].late);
    assert_int_equal(store_counts(t->store, &counts), 0);
    assert_int_equal(counts.overdue, 0);
    assert_int_equal(batch_rig_do(t, &done), ERR_REFUSED); /* all is kept */
    t->now += 30 * CLOCK_DAY;
    batch_rig_restart(t);
    assert_null(desk_concern(t->desk, t->concern));
}

/* The page could not be read before the concern was opened again. */
static void what_an_earlier_reply_promises_is_read_late(void **state)
{
    struct batch_rig *t = *state;
    struct verdict v = page_says("答复", 7, 100);
    struct command again = {.act = COMMAND_RETURN, .by = STR("office"), .note = STR("未答复诉求")};

    promise(&v, t->now + 60 * CLOCK_DAY, 0);
    publish(t);
    assert_int_equal(batch_rig_do(t, &again), 0);
    read_reply(t, FETCH_BODY, &v);
    assert_int_equal(running(t), 1);
    assert_int_equal(count_events(t, EVENT_PROMISED), 1);
    batch_rig_restart(t);
    assert_int_equal(running(t), 1);
}

int main(void)
{
#define RIG_TEST(f) cmocka_unit_test_setup_teardown(f, batch_rig_set_up, batch_rig_tear_down)
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_reply_is_read_and_read_again),
        RIG_TEST(a_reply_is_gone_when_it_is_missed_twice),
        RIG_TEST(what_was_missed_may_come_back),
        RIG_TEST(a_reply_that_does_not_answer_is_tried_and_left),
        RIG_TEST(the_reply_of_an_earlier_round_is_watched),
        RIG_TEST(a_concern_has_so_many_pages),
        RIG_TEST(a_page_that_nobody_asked_for_is_nothing),
        RIG_TEST(the_title_of_a_post_is_not_kept),
        RIG_TEST(what_a_reply_promises_is_followed),
        RIG_TEST(what_an_earlier_reply_promises_is_read_late),
    };
    return cmocka_run_group_tests_name("batch replies", tests, NULL, NULL);
}
