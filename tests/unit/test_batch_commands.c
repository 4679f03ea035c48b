/* Commands through a batch into a file, and what a restart finds there. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/batch.h"
#include "tests/unit/paths.h"
#include "tests/unit/store_samples.h"

#define HOUR (3600 * INT64_C(1000))
#define URL "https://www.example.gov.cn/hf/1.html"

struct bench {
    struct config config;
    struct unit list[3];
    struct units units;
    struct roster *roster;
    struct source_table *table;
    struct desk_conf conf;
    char *folder, *address;
    struct store *store;
    struct batch *batch;
    struct desk *desk;
    int64_t now;
    uint64_t concern, seq;
    const char *reason;
};

static int restore_concern(void *arg, const struct concern *c)
{
    return desk_restore_concern(arg, c);
}

static int restore_unit(void *arg, const char *unit, uint64_t head, bool offline)
{
    (void)offline;
    return desk_restore_unitseq(arg, unit, head);
}

static void stop(struct bench *t)
{
    batch_free(t->batch);
    desk_free(t->desk);
    store_close(t->store);
}

static void start(struct bench *t)
{
    assert_int_equal(store_open(t->address, &t->store), 0);
    t->desk = desk_new(&t->conf, store_head(t->store));
    assert_int_equal(store_each_concern(t->store, t->now - t->conf.group_window, restore_concern,
                                        t->desk), 0);
    assert_int_equal(store_each_unit(t->store, restore_unit, t->desk), 0);
    t->batch = batch_new(&(struct batch_conf){&t->config, t->roster, t->store, t->table});
    assert_non_null(t->batch);
}

static void restart(struct bench *t)
{
    stop(t);
    start(t);
}

/* A concern of the labour unit, as a poll would have opened it. */
static void open_concern(struct bench *t)
{
    struct verdict_tag tag = {.topic = STR("wage-arrears"), .score = 0.9f};
    struct verdict v = {.tags = &tag, .ntags = 1, .kind = VERDICT_RAISED};
    struct changes out = {0};

    assert_int_equal(desk_item(t->desk, &v, &(struct desk_origin){.source = 1}, t->now, &out,
                               &t->concern), 0);
    assert_true(t->concern != 0);
    const struct concern *list[] = {desk_concern(t->desk, t->concern)};
    struct store_batch batch = {.events = out.events, .nevents = out.nevents, .concerns = list,
                                .nconcerns = 1};
    assert_int_equal(store_commit(t->store, &batch), 0);
    desk_changes_free(&out);
}

static int set_up(void **state)
{
    static const char *const names[] = {"office", "labour", "health"};
    struct bench *t = calloc(1, sizeof *t);
    struct problems *p = problems_new();
    char path[4096], calendars[4096];

    *state = t;
    t->now = clock_days(2026, 3, 2) * CLOCK_DAY + 9 * HOUR - CLOCK_CHINA;
    static char labour[] = "labour", *roles[] = {labour, NULL};
    for (size_t i = 0; i < 3; i++) {
        snprintf(t->list[i].id, sizeof t->list[i].id, "%s", names[i]);
        t->list[i].parent = i ? 0 : -1;
    }
    t->list[1].roles = roles;
    static char *none[] = {NULL};
    t->list[0].roles = t->list[2].roles = none;
    static uint32_t by_id[] = {2, 1, 0}; /* health, labour, office */
    t->units = (struct units){.list = t->list, .count = 3, .by_id = by_id};
    t->roster = roster_new();
    t->table = source_table_new();
    rules_set_shipped(paths_source("rules", path));
    t->conf.units = &t->units;
    t->conf.rules = rules_compile(paths_source("tests/data/town-rules", path), p);
    t->conf.deadlines = deadline_load(paths_source("rules/deadlines.yaml", path),
                                      paths_source("rules/calendars", calendars), p);
    t->conf.group_window = 7 * CLOCK_DAY;
    problems_print(p, stderr);
    problems_free(p);
    t->folder = samples_folder();
    if (!t->conf.rules || !t->conf.deadlines ||
        asprintf(&t->address, "sqlite:%s/ledger.db", t->folder) < 0)
        return -1;
    start(t);
    open_concern(t);
    return 0;
}

static int tear_down(void **state)
{
    struct bench *t = *state;

    stop(t);
    rules_free((struct rules *)t->conf.rules);
    deadline_free((struct deadlines *)t->conf.deadlines);
    source_table_free(t->table);
    roster_free(t->roster);
    samples_remove(t->folder);
    free(t->folder);
    free(t->address);
    free(t);
    return 0;
}

/* One command in a transaction of its own; its status. */
static int command(struct bench *t, const struct command *c)
{
    struct command of = *c;
    struct store_batch out;
    int status;

    of.concern = t->concern;
    assert_int_equal(batch_begin(t->batch, t->desk, t->now, &(struct batch_bounds){.commands = 1}),
                     0);
    assert_int_equal(batch_command(t->batch, &of, &status, &t->reason, &t->seq), 0);
    assert_int_equal(batch_replies_want(t->batch), 0);
    if (batch_finish(t->batch, &out))
        assert_int_equal(store_commit(t->store, &out), 0);
    batch_applied(t->batch);
    return status;
}

static void notes_and_parties_outlive_a_restart(void **state)
{
    struct bench *t = *state;
    struct command assist = {.act = COMMAND_ASSIST, .by = STR("office"), .units = {STR("health")},
                             .nunits = 1, .note = STR("请联系13800138000核实"), .key = STR("k1")};
    struct concern c;
    struct buf note = BUF_INIT;

    assert_int_equal(command(t, &assist), 0);
    uint64_t seq = t->seq;
    assert_true(seq != 0);
    restart(t);
    assert_int_equal(store_note(t->store, seq, &note), 0);
    assert_true(str_starts(buf_str(&note), STR("请联系")));
    assert_true(str_find(buf_str(&note), STR("13800138000"), 0) == (size_t)-1); /* masked */
    assert_int_equal(store_concern(t->store, t->concern, &c), 0);
    assert_true(c.nparties == 2 && strcmp(c.parties[1].unit, "health") == 0);
    concern_clear(&c);
    /* the same key is the same act, also after the restart */
    assert_int_equal(command(t, &assist), 0);
    assert_true(t->seq == seq);
    assist.key = STR("k2");
    assert_int_equal(command(t, &assist), ERR_REFUSED);
    /* the unit that assists acts after the restart as before */
    struct command part = {.act = COMMAND_ACCEPT, .by = STR("health")};
    assert_int_equal(command(t, &part), 0);
    assert_int_equal(desk_concern(t->desk, t->concern)->state, CONCERN_OPEN);
    buf_free(&note);
}

static void what_was_closed_long_ago_can_be_reopened(void **state)
{
    struct bench *t = *state;
    struct command answer = {.act = COMMAND_ANSWER, .by = STR("labour"), .url = STR(URL)};
    struct command again = {.act = COMMAND_REOPEN, .note = STR("未解决")};

    assert_int_equal(command(t, &answer), 0);
    t->now += 90 * CLOCK_DAY;
    restart(t);
    assert_null(desk_concern(t->desk, t->concern)); /* forgotten */
    assert_int_equal(command(t, &answer), 0);       /* the same answer again: nothing new */
    assert_true(t->seq == 0);
    assert_int_equal(command(t, &again), 0);
    assert_true(t->seq != 0);
    restart(t);
    const struct concern *c = desk_concern(t->desk, t->concern);
    assert_non_null(c);
    assert_true(c->state == CONCERN_OPEN && c->round == 1 && c->misses == 0);
    assert_true(c->due == t->now + 48 * HOUR && desk_next(t->desk) > t->now);
    t->concern = 999;
    assert_int_equal(command(t, &again), ERR_NOTFOUND);
}

/* An item as a poll would have brought it: the concern that it opened or joined. */
static uint64_t put_item(struct bench *t, unsigned char number, uint32_t seed, const char *source)
{
    struct verdict_tag tag = {.topic = STR("wage-arrears"), .score = 0.9f};
    struct verdict v = {.tags = &tag, .ntags = 1, .kind = VERDICT_RAISED};
    struct store_item item = samples_item(number, "word");
    struct changes out = {0};

    for (uint32_t i = 0; i < VERDICT_SKETCH; i++)
        v.sketch[i] = seed * 100 + i;
    item.ident[0] = number;
    item.source = str_from(source);
    item.found = t->now + number;
    memcpy(item.sketch, v.sketch, sizeof v.sketch);
    assert_int_equal(desk_item(t->desk, &v, &(struct desk_origin){.source = seed}, t->now, &out,
                               &item.concern), 0);
    const struct concern *list[] = {desk_concern(t->desk, item.concern)};
    assert_int_equal(store_commit(t->store, &(struct store_batch){
                                                .items = &item, .nitems = 1, .concerns = list,
                                                .nconcerns = 1, .events = out.events,
                                                .nevents = out.nevents}), 0);
    desk_changes_free(&out);
    return item.concern;
}

static void name_items(struct command *c, const unsigned char *numbers, size_t n)
{
    c->nitems = n;
    for (size_t i = 0; i < n; i++) {
        struct store_item item = samples_item(numbers[i], "");
        item.ident[0] = numbers[i];
        memcpy(c->items[i], item.ident, STORE_IDENT);
    }
}

static int add_number(void *arg, const struct store_item *item)
{
    *(unsigned *)arg = *(unsigned *)arg * 10 + item->ident[0];
    return 0;
}

/* The numbers of a concern's items as digits, and how many items and sources it says it has. */
static void check_items(struct bench *t, uint64_t id, unsigned numbers, uint32_t items,
                        uint32_t sources)
{
    struct concern c;
    unsigned there = 0;

    assert_int_equal(store_each_member(t->store, id, add_number, &there), 0);
    assert_int_equal(there, numbers);
    assert_int_equal(store_concern(t->store, id, &c), 0);
    assert_int_equal(c.items, items);
    assert_int_equal(c.sources, sources);
    concern_clear(&c);
}

static void items_follow_in_the_same_transaction(void **state)
{
    struct bench *t = *state;
    uint64_t one = put_item(t, 1, 1, "a"), two = put_item(t, 2, 2, "a");

    assert_true(put_item(t, 3, 1, "b") == one && put_item(t, 4, 2, "c") == two);
    assert_true(put_item(t, 5, 1, "b") == one && one != two);
    restart(t); /* which sources were counted is known to the store alone */
    t->concern = one;
    assert_int_equal(command(t, &(struct command){.act = COMMAND_MERGE, .other = two}), 0);
    check_items(t, one, 0, 0, 0);
    check_items(t, two, 12345, 5, 3);
    restart(t);
    assert_true(put_item(t, 6, 1, "d") == two); /* its copies go where it went */

    struct command split = {.act = COMMAND_SPLIT, .note = STR("是另一处工地"), .key = STR("k1")};
    name_items(&split, (const unsigned char[]){5, 1, 3}, 3);
    t->concern = two;
    assert_int_equal(command(t, &split), 0);
    uint64_t three = t->seq + 1;
    check_items(t, two, 246, 3, 3);
    check_items(t, three, 135, 3, 2);
    assert_int_equal(command(t, &split), 0); /* the same key: done before */
    split.key = STR("k2");
    assert_int_equal(command(t, &split), ERR_INVALID); /* they are not its own any more */
    restart(t);
    assert_true(put_item(t, 7, 1, "d") == three);

    struct command move = {.act = COMMAND_MOVE, .other = two};
    name_items(&move, (const unsigned char[]){7, 5}, 2);
    t->concern = three;
    assert_int_equal(command(t, &move), 0);
    check_items(t, three, 13, 2, 2);
    check_items(t, two, 24567, 5, 4);
    name_items(&move, (const unsigned char[]){1, 1}, 2);
    assert_int_equal(command(t, &move), ERR_INVALID);
    name_items(&move, (const unsigned char[]){1, 3}, 2);
    assert_int_equal(command(t, &move), ERR_REFUSED);
    move.other = 999;
    assert_int_equal(command(t, &move), ERR_INVALID);
}

static int take_reply(void *arg, const struct store_reply *reply)
{
    *(struct store_reply *)arg = *reply;
    return 0;
}

static struct store_reply reply_now(struct bench *t)
{
    struct store_reply r = {0};

    assert_int_equal(store_reply(t->store, t->concern, take_reply, &r), 0);
    return r;
}

static size_t count_events(struct bench *t, enum event_type type)
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
static struct store_reply read_reply(struct bench *t, enum fetch_outcome outcome,
                                     const struct verdict *v)
{
    struct fetch_page page = {.source = FETCH_NO_SOURCE, .kind = FETCH_PAGE_REPLY,
                              .number = t->concern, .url = URL};
    struct verdict one = v ? *v : (struct verdict){0};
    struct verdicts list = {.rules = STR("00000000000000ff"), .list = &one, .count = v != NULL};
    struct store_batch out;

    t->now = reply_now(t).due > t->now ? reply_now(t).due : t->now;
    const struct fetched meta = {.source = FETCH_NO_SOURCE, .page = &page, .outcome = outcome,
                                 .at = t->now};
    assert_int_equal(batch_begin(t->batch, t->desk, t->now, &(struct batch_bounds){.polls = 1}), 0);
    assert_int_equal(batch_reply(t->batch, &meta, outcome == FETCH_BODY ? &list : NULL, NULL), 0);
    assert_int_equal(batch_replies_want(t->batch), 0);
    assert_true(batch_finish(t->batch, &out));
    assert_int_equal(store_commit(t->store, &out), 0);
    batch_applied(t->batch);
    return reply_now(t);
}

static struct verdict page_says(const char *title, uint64_t content, uint32_t sketch)
{
    struct verdict v = {.title = str_from(title), .content = content, .published = 1772400000000};

    for (size_t i = 0; i < VERDICT_SKETCH; i++)
        v.sketch[i] = sketch + (uint32_t)i;
    return v;
}

static void publish(struct bench *t)
{
    struct command answer = {.act = COMMAND_ANSWER, .by = STR("labour"), .url = STR(URL)};

    assert_int_equal(command(t, &answer), 0);
}

static void a_reply_is_read_and_read_again(void **state)
{
    static const int days[] = {1, 7, 30, 90};
    struct bench *t = *state;
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
        restart(t);
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
    struct bench *t = *state;
    struct verdict v = page_says("答复", 7, 100), other = page_says("首页", 8, 500);
    struct event list[64];

    publish(t);
    read_reply(t, FETCH_BODY, &v);
    struct store_reply r = read_reply(t, FETCH_GONE, NULL);
    assert_true(r.state == STORE_REPLY_THERE && r.due - t->now == HOUR / 2);
    r = read_reply(t, FETCH_BODY, &v); /* a mistake of the server's */
    assert_int_equal(count_events(t, EVENT_REPLY_GONE), 0);
    restart(t);
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
    struct bench *t = *state;
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
    struct bench *t = *state;

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

static void a_reopened_concern_has_no_reply(void **state)
{
    struct bench *t = *state;
    struct command again = {.act = COMMAND_RETURN, .by = STR("office"), .note = STR("未答复诉求")};
    struct store_reply r;

    publish(t);
    assert_int_equal(command(t, &again), 0);
    assert_int_equal(store_reply(t->store, t->concern, take_reply, &r), ERR_NOTFOUND);
    publish(t);
    assert_true(reply_now(t).due == t->now);
}

/* What stands on a post's page is a post: no words of it are kept for good. */
static void an_address_that_is_no_longer_the_replys_is_dropped(void **state)
{
    struct bench *t = *state;
    struct verdict v = page_says("答复", 7, 100);
    struct store_reply r, other = {.due = t->now, .address = 12345};
    const struct store_batch batch = {.replies = &other, .nreplies = 1};
    struct fetch_page page = {.kind = FETCH_PAGE_REPLY, .number = t->concern, .url = URL};
    struct verdicts list = {.rules = STR("00000000000000ff"), .list = &v, .count = 1};
    const struct fetched meta = {.page = &page, .outcome = FETCH_BODY, .at = t->now};
    struct store_batch out;

    publish(t);
    other.concern = t->concern;
    assert_int_equal(store_commit(t->store, &batch), 0);
    assert_int_equal(batch_begin(t->batch, t->desk, t->now, &(struct batch_bounds){.polls = 1}), 0);
    assert_int_equal(batch_reply(t->batch, &meta, &list, NULL), 0);
    assert_true(batch_finish(t->batch, &out));
    assert_int_equal(store_commit(t->store, &out), 0);
    assert_int_equal(store_reply(t->store, t->concern, take_reply, &r), ERR_NOTFOUND);
    assert_int_equal(count_events(t, EVENT_REPLY_CHECKED), 0);
}

static void the_title_of_a_post_is_not_kept(void **state)
{
    struct bench *t = *state;
    struct store_item item = {.source = STR("board"), .link = STR(URL), .concern = t->concern,
                              .expires = INT64_MAX, .kind = VERDICT_RAISED};
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

static size_t running(struct bench *t)
{
    struct concern c;
    size_t n = 0;

    assert_int_equal(store_concern(t->store, t->concern, &c), 0);
    for (size_t i = 0; i < c.nclocks; i++)
        n += c.clocks[i].act == ACT_PROMISE && !c.clocks[i].met;
    concern_clear(&c);
    return n;
}

static void tick(struct bench *t)
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
    struct bench *t = *state;
    struct verdict v = page_says("答复", 7, 100);
    struct command done = {.act = COMMAND_PROGRESS, .by = STR("labour"),
                           .url = STR("https://www.example.gov.cn/hf/2.html")};
    struct store_counts counts;
    struct event list[64];
    int64_t from = t->now;

    v.published = from;
    promise(&v, 0, 3);
    promise(&v, from + 60 * CLOCK_DAY, 0);
    promise(&v, from - 1, 0);
    publish(t);
    assert_int_equal(command(t, &done), ERR_REFUSED); /* nothing is promised yet */
    read_reply(t, FETCH_BODY, &v);
    assert_int_equal(count_events(t, EVENT_PROMISED), 2);
    assert_int_equal(running(t), 2);
    int n = store_events_after(t->store, 0, list, 64);
    assert_true(list[n - 2].type == EVENT_PROMISED && list[n - 2].act == ACT_PROMISE);
    /* the third working day, at the close of office */
    assert_true(list[n - 2].due ==
                clock_days(2026, 3, 5) * CLOCK_DAY + 17 * HOUR + HOUR / 2 - CLOCK_CHINA);
    t->now += 2 * CLOCK_DAY;
    assert_int_equal(command(t, &done), 0);
    assert_int_equal(count_events(t, EVENT_PROMISE_KEPT), 1);
    assert_int_equal(running(t), 1);
    assert_int_equal(desk_concern(t->desk, t->concern)->state, CONCERN_CLOSED);
    assert_string_equal(desk_concern(t->desk, t->concern)->reply_url, done.url.p);

    t->now = from + 45 * CLOCK_DAY;
    restart(t);
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
    restart(t);
    done.url = STR("https://www.example.gov.cn/hf/3.html");
    assert_int_equal(command(t, &done), 0);
    n = store_events_after(t->store, 0, list, 64);
    assert_true(list[n - 1].type == EVENT_PROMISE_KEPT && list[n - 1].late);
    assert_int_equal(store_counts(t->store, &counts), 0);
    assert_int_equal(counts.overdue, 0);
    assert_int_equal(command(t, &done), ERR_REFUSED); /* all is kept */
    t->now += 30 * CLOCK_DAY;
    restart(t);
    assert_null(desk_concern(t->desk, t->concern));
}

static void a_returned_reply_promises_nothing(void **state)
{
    struct bench *t = *state;
    struct verdict v = page_says("答复", 7, 100);
    struct command again = {.act = COMMAND_RETURN, .by = STR("office"), .note = STR("未答复诉求")};

    promise(&v, t->now + 60 * CLOCK_DAY, 0);
    publish(t);
    read_reply(t, FETCH_BODY, &v);
    assert_int_equal(running(t), 1);
    assert_int_equal(command(t, &again), 0);
    assert_int_equal(running(t), 0);
}

/* 不公开: the ground is named, and it is public that it was answered, by whom and on what ground. */
static void an_answer_may_be_withheld_with_its_ground(void **state)
{
    struct bench *t = *state;
    struct command answer = {.act = COMMAND_ANSWER, .by = STR("labour"), .scoped = true,
                             .scope = SCOPE_WITHHELD};
    struct command again = {.act = COMMAND_REOPEN, .note = STR("未解决")};
    struct store_counts counts;
    struct concern c;
    struct event list[64];

    assert_int_equal(command(t, &answer), ERR_INVALID); /* no ground */
    answer.article = SCOPE_ARTICLE_15;
    answer.url = STR(URL);
    assert_int_equal(command(t, &answer), ERR_INVALID); /* what is withheld stands nowhere */
    answer.url = STR_NONE;
    assert_int_equal(command(t, &answer), 0);
    restart(t);
    assert_int_equal(store_concern(t->store, t->concern, &c), 0);
    assert_true(c.state == CONCERN_CLOSED && c.outcome == OUTCOME_ANSWERED && !c.reply_url);
    assert_true(c.scope == SCOPE_WITHHELD && c.article == SCOPE_ARTICLE_15 && c.answered);
    concern_clear(&c);
    int n = store_events_after(t->store, 0, list, 64);
    assert_true(list[n - 2].type == EVENT_ANSWERED &&
                list[n - 2].code == scope_code(SCOPE_WITHHELD, SCOPE_ARTICLE_15));
    assert_string_equal(list[n - 2].by, "labour");

    assert_int_equal(command(t, &again), 0);
    answer = (struct command){.act = COMMAND_ANSWER, .by = STR("labour"), .url = STR(URL),
                              .scoped = true, .scope = SCOPE_SUMMARY};
    answer.article = SCOPE_ARTICLE_14;
    assert_int_equal(command(t, &answer), ERR_INVALID); /* what is published needs no ground */
    answer.article = SCOPE_ARTICLE_NONE;
    assert_int_equal(command(t, &answer), 0);
    assert_int_equal(store_concern(t->store, t->concern, &c), 0);
    assert_true(c.scope == SCOPE_SUMMARY && c.article == SCOPE_ARTICLE_NONE);
    concern_clear(&c);
    assert_int_equal(store_counts(t->store, &counts), 0);
    assert_true(counts.answers[SCOPE_FULL] == 0 && counts.answers[SCOPE_SUMMARY] == 1 &&
                counts.answers[SCOPE_WITHHELD] == 1);
}

int main(void)
{
#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        BENCH_TEST(notes_and_parties_outlive_a_restart),
        BENCH_TEST(what_was_closed_long_ago_can_be_reopened),
        BENCH_TEST(items_follow_in_the_same_transaction),
        BENCH_TEST(a_reply_is_read_and_read_again),
        BENCH_TEST(a_reply_is_gone_when_it_is_missed_twice),
        BENCH_TEST(what_was_missed_may_come_back),
        BENCH_TEST(a_reply_that_does_not_answer_is_tried_and_left),
        BENCH_TEST(a_reopened_concern_has_no_reply),
        BENCH_TEST(an_address_that_is_no_longer_the_replys_is_dropped),
        BENCH_TEST(the_title_of_a_post_is_not_kept),
        BENCH_TEST(what_a_reply_promises_is_followed),
        BENCH_TEST(a_returned_reply_promises_nothing),
        BENCH_TEST(an_answer_may_be_withheld_with_its_ground),
    };
    return cmocka_run_group_tests_name("batch commands", tests, NULL, NULL);
}
