/* Items that are merged, split off and moved, with their concerns, in one transaction. */
#include "base/err.h"
#include "tests/unit/batch_rig.h"
#include "tests/unit/store_samples.h"
#include "tests/unit/unit.h"

/* An item as a poll would have brought it: the concern that it opened or joined. */
static uint64_t put_item(struct batch_rig *t, unsigned char number, uint32_t seed,
                         const char *source)
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
static void check_items(struct batch_rig *t, uint64_t id, unsigned numbers, uint32_t items,
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
    struct batch_rig *t = *state;
    uint64_t one = put_item(t, 1, 1, "a"), two = put_item(t, 2, 2, "a");

    assert_true(put_item(t, 3, 1, "b") == one && put_item(t, 4, 2, "c") == two);
    assert_true(put_item(t, 5, 1, "b") == one && one != two);
    batch_rig_restart(t); /* which sources were counted is known to the store alone */
    t->concern = one;
    assert_int_equal(batch_rig_do(t, &(struct command){.act = COMMAND_MERGE, .other = two}), 0);
    check_items(t, one, 0, 0, 0);
    check_items(t, two, 12345, 5, 3);
    batch_rig_restart(t);
    assert_true(put_item(t, 6, 1, "d") == two); /* its copies go where it went */

    struct command split = {.act = COMMAND_SPLIT, .note = STR("是另一处工地"), .key = STR("k1")};
    name_items(&split, (const unsigned char[]){5, 1, 3}, 3);
    t->concern = two;
    assert_int_equal(batch_rig_do(t, &split), 0);
    uint64_t three = t->seq + 1;
    check_items(t, two, 246, 3, 3);
    check_items(t, three, 135, 3, 2);
    assert_int_equal(batch_rig_do(t, &split), 0); /* the same key: done before */
    split.key = STR("k2");
    assert_int_equal(batch_rig_do(t, &split), ERR_INVALID); /* they are not its own any more */
    batch_rig_restart(t);
    assert_true(put_item(t, 7, 1, "d") == three);

    struct command move = {.act = COMMAND_MOVE, .other = two};
    name_items(&move, (const unsigned char[]){7, 5}, 2);
    t->concern = three;
    assert_int_equal(batch_rig_do(t, &move), 0);
    check_items(t, three, 13, 2, 2);
    check_items(t, two, 24567, 5, 4);
    name_items(&move, (const unsigned char[]){1, 1}, 2);
    assert_int_equal(batch_rig_do(t, &move), ERR_INVALID);
    name_items(&move, (const unsigned char[]){1, 3}, 2);
    assert_int_equal(batch_rig_do(t, &move), ERR_REFUSED);
    move.other = 999;
    assert_int_equal(batch_rig_do(t, &move), ERR_INVALID);
}

/* Said of an item in a transaction of its own: was a concern corrected? */
static bool put_mark(struct batch_rig *t, unsigned char number, struct store_mark mark)
{
    struct store_item item = samples_item(number, "");
    struct store_batch out;
    uint64_t seq;
    int status;

    item.ident[0] = number;
    memcpy(mark.ident, item.ident, STORE_IDENT);
    assert_int_equal(batch_begin(t->batch, t->desk, t->now, &(struct batch_bounds){.commands = 1}),
                     0);
    assert_int_equal(batch_mark(t->batch, &mark, &status, &seq), 0);
    assert_int_equal(status, 0);
    assert_int_equal(batch_replies_want(t->batch), 0);
    assert_true(batch_finish(t->batch, &out));
    assert_int_equal(store_commit(t->store, &out), 0);
    batch_applied(t->batch);
    return seq != 0;
}

static bool mark_topic(struct batch_rig *t, unsigned char number, const char *topic)
{
    struct store_mark mark = {.aspect = STORE_MARK_TOPIC};

    memcpy(mark.topic, topic, strlen(topic));
    return put_mark(t, number, mark);
}

static void check_topic(struct batch_rig *t, uint64_t id, const char *topic, const char *unit)
{
    struct concern c;

    batch_rig_restart(t);
    assert_int_equal(store_concern(t->store, id, &c), 0);
    assert_string_equal(c.topic, topic);
    assert_string_equal(c.unit, unit);
    concern_clear(&c);
}

static void the_topic_of_the_first_item_or_of_most_is_the_concerns(void **state)
{
    struct batch_rig *t = *state;
    uint64_t one = put_item(t, 1, 1, "a"), two = put_item(t, 4, 4, "a");

    assert_true(put_item(t, 2, 1, "b") == one && put_item(t, 3, 1, "c") == one);
    assert_false(mark_topic(t, 2, "epidemic")); /* one of three, and not the first */
    check_topic(t, one, "wage-arrears", "labour");
    assert_true(mark_topic(t, 3, "epidemic")); /* two of three */
    check_topic(t, one, "epidemic", "office"); /* which leads where no unit has the role */
    assert_true(mark_topic(t, 1, "wage-arrears")); /* the first says more than the others */
    check_topic(t, one, "wage-arrears", "labour");
    assert_true(mark_topic(t, 4, "epidemic"));
    check_topic(t, two, "epidemic", "office");
}

/* Also when the desk has long forgotten what went in, by its row. */
static void what_was_forgotten_is_split_off_as_it_went_in(void **state)
{
    struct batch_rig *t = *state;
    uint64_t one = put_item(t, 1, 1, "a"), two = put_item(t, 2, 2, "b");
    struct concern was, c;

    mark_topic(t, 1, "epidemic");
    batch_rig_restart(t);
    t->concern = one;
    assert_int_equal(store_concern(t->store, one, &was), 0);
    t->now += 60 * 1000;
    assert_int_equal(batch_rig_do(t, &(struct command){.act = COMMAND_MERGE, .other = two}), 0);
    t->now += 400 * INT64_C(24 * 3600 * 1000);
    batch_rig_restart(t);
    assert_null(desk_concern(t->desk, one));

    struct command split = {.act = COMMAND_SPLIT};
    name_items(&split, (const unsigned char[]){1}, 1);
    t->concern = two;
    assert_int_equal(batch_rig_do(t, &split), 0);
    assert_int_equal(store_concern(t->store, t->seq + 1, &c), 0);
    assert_string_equal(c.topic, "epidemic");
    assert_string_equal(c.unit, was.unit);
    assert_true(c.due == was.due && c.state == was.state && c.nclocks == was.nclocks);
    for (size_t i = 0; i < c.nclocks; i++)
        assert_true(!c.clocks[i].met && c.clocks[i].due == was.clocks[i].due);
    concern_clear(&c);
    concern_clear(&was);
}

/* "1 wrong wage-arrears", of each mark, one after the other. */
static int tell_mark(void *arg, const struct store_mark *m)
{
    static const char *const aspects[STORE_ASPECTS] = {"mark", "topic", "request", "kind"};

    return buf_addf(arg, "%d %s %d %s;", m->ident[0], aspects[m->aspect], m->value, m->topic);
}

static void check_marks(struct batch_rig *t, const char *expected)
{
    struct buf told = BUF_INIT;

    assert_int_equal(store_each_mark(t->store, NULL, 0, tell_mark, &told), 0);
    buf_add_char(&told, '\0');
    assert_string_equal(told.data, expected);
    buf_free(&told);
}

static int dismiss(struct batch_rig *t, uint64_t concern, enum dismissal code)
{
    t->concern = concern;
    return batch_rig_do(t, &(struct command){.act = COMMAND_DISMISS, .by = STR("office"),
                                             .code = code});
}

/* 无需回应 tells the workbench what was wrong, of each item; a person's own word stands. */
static void what_needs_no_answer_is_marked(void **state)
{
    struct batch_rig *t = *state;
    uint64_t ad = put_item(t, 1, 1, "a"), elsewhere = put_item(t, 3, 3, "a");
    uint64_t old = put_item(t, 4, 4, "a"), notice = put_item(t, 5, 5, "a");

    assert_true(put_item(t, 2, 1, "b") == ad && put_item(t, 6, 5, "b") == notice);
    mark_topic(t, 3, "epidemic"); /* the concern follows it */
    check_marks(t, "3 topic 0 epidemic;");
    batch_rig_restart(t);
    assert_int_equal(dismiss(t, ad, DISMISSAL_ADVERTISEMENT), 0);
    check_marks(t, "1 mark 0 epidemic;2 mark 0 epidemic;3 topic 0 epidemic;");
    assert_int_equal(dismiss(t, elsewhere, DISMISSAL_ELSEWHERE), 0);
    check_marks(t, "1 mark 0 epidemic;2 mark 0 epidemic;3 topic 0 epidemic;");
    assert_int_equal(dismiss(t, old, DISMISSAL_OLD_NEWS), 0);
    assert_int_equal(dismiss(t, notice, DISMISSAL_NOTICE), 0);
    check_marks(t, "1 mark 0 epidemic;2 mark 0 epidemic;3 topic 0 epidemic;"
                   "4 kind 0 ;5 kind 0 ;6 kind 0 ;");
    assert_int_equal(dismiss(t, ad, DISMISSAL_NOTICE), ERR_REFUSED); /* closed: no second say */
}

static void reopen(struct batch_rig *t, uint64_t concern)
{
    t->concern = concern;
    assert_int_equal(batch_rig_do(t, &(struct command){.act = COMMAND_REOPEN, .by = STR("office"),
                                                       .note = STR("仍须答复")}), 0);
}

static int take_kind(void *arg, const struct store_item *item)
{
    *(unsigned *)arg = item->kind * 16u + item->marked;
    return 0;
}

static void check_kind(struct batch_rig *t, unsigned char number, enum verdict_kind kind,
                       unsigned marked)
{
    struct store_item item = samples_item(number, "");
    unsigned is = 0;

    item.ident[0] = number;
    assert_int_equal(store_item(t->store, item.ident, take_kind, &is), 0);
    assert_int_equal(is, kind * 16u + marked);
}

/* What has to be answered after all was no advertisement and no old news; but what a person said of
 * an item, also in the words of the dismissal, stands. */
static void what_is_reopened_is_not_marked_any_more(void **state)
{
    struct batch_rig *t = *state;
    uint64_t ad = put_item(t, 1, 1, "a"), old = put_item(t, 3, 3, "a");

    assert_true(put_item(t, 2, 1, "b") == ad && put_item(t, 4, 3, "b") == old);
    check_kind(t, 3, VERDICT_RAISED, 0);
    assert_int_equal(dismiss(t, ad, DISMISSAL_ADVERTISEMENT), 0);
    assert_int_equal(dismiss(t, old, DISMISSAL_OLD_NEWS), 0);
    check_marks(t, "1 mark 0 epidemic;2 mark 0 epidemic;3 kind 0 ;4 kind 0 ;");
    check_kind(t, 3, VERDICT_REPORTED, STORE_MARKED_KIND);
    batch_rig_restart(t);
    put_mark(t, 4, (struct store_mark){.aspect = STORE_MARK_KIND, .value = VERDICT_REPORTED});
    reopen(t, ad);
    check_marks(t, "3 kind 0 ;4 kind 0 ;");
    reopen(t, old);
    check_marks(t, "4 kind 0 ;");
    check_kind(t, 3, VERDICT_RAISED, 0);
    check_kind(t, 4, VERDICT_REPORTED, STORE_MARKED_KIND);
    assert_int_equal(dismiss(t, old, DISMISSAL_NOTICE), 0);
    check_marks(t, "3 kind 0 ;4 kind 0 ;");
    reopen(t, old);
    check_marks(t, "4 kind 0 ;");
    check_kind(t, 3, VERDICT_RAISED, 0);
}

static int act(struct batch_rig *t, enum command_act act, enum dismissal code)
{
    struct command c = {.act = act, .concern = t->concern, .by = STR("office"), .code = code};
    uint64_t seq;
    int status;

    if (act == COMMAND_REOPEN)
        c.note = STR("仍须答复");
    assert_int_equal(batch_command(t->batch, &c, &status, &t->reason, &seq), 0);
    return status;
}

/* Also when all of it comes in one transaction. */
static void the_last_word_of_a_batch_counts(void **state)
{
    struct batch_rig *t = *state;
    struct store_batch out;

    t->concern = put_item(t, 1, 1, "a");
    assert_int_equal(dismiss(t, t->concern, DISMISSAL_OLD_NEWS), 0);
    for (int dismissed = 1; dismissed >= 0; dismissed--) {
        assert_int_equal(batch_begin(t->batch, t->desk, t->now,
                                     &(struct batch_bounds){.commands = 4}), 0);
        assert_int_equal(act(t, COMMAND_REOPEN, DISMISSAL_NONE), 0);
        assert_int_equal(act(t, COMMAND_DISMISS, DISMISSAL_NOTICE), 0);
        if (!dismissed)
            assert_int_equal(act(t, COMMAND_REOPEN, DISMISSAL_NONE), 0);
        assert_true(batch_finish(t->batch, &out));
        assert_int_equal(store_commit(t->store, &out), 0);
        batch_applied(t->batch);
        check_marks(t, dismissed ? "1 kind 0 ;" : "");
        check_kind(t, 1, dismissed ? VERDICT_REPORTED : VERDICT_RAISED,
                   dismissed ? STORE_MARKED_KIND : 0);
    }
}

/* What a unit asks for counts once the coordinator has confirmed it. */
static void what_is_only_asked_for_is_not_marked(void **state)
{
    struct batch_rig *t = *state;

    t->concern = put_item(t, 1, 1, "a");
    struct command c = {.act = COMMAND_DISMISS, .by = STR("labour"), .code = DISMISSAL_ELSEWHERE};
    assert_int_equal(batch_rig_do(t, &c), 0);
    check_marks(t, "");
    c = (struct command){.act = COMMAND_DENY, .by = STR("office"), .note = STR("就在本地")};
    assert_int_equal(batch_rig_do(t, &c), 0);
    check_marks(t, "");
    c = (struct command){.act = COMMAND_DISMISS, .by = STR("labour"), .code = DISMISSAL_ELSEWHERE};
    assert_int_equal(batch_rig_do(t, &c), 0);
    c = (struct command){.act = COMMAND_APPROVE, .by = STR("office")};
    assert_int_equal(batch_rig_do(t, &c), 0);
    check_marks(t, "1 topic 0 wage-arrears;");
}

/* The room that a batch has for marks is not used up by those of a concern with many items. */
static void many_items_are_marked(void **state)
{
    enum { ITEMS = 80, MARKED = 64 };
    struct batch_rig *t = *state;
    uint64_t concern = put_item(t, 1, 1, "a");
    struct buf told = BUF_INIT;
    unsigned marks = 0;

    for (unsigned char i = 2; i <= ITEMS; i++)
        assert_true(put_item(t, i, 1, "a") == concern);
    assert_int_equal(dismiss(t, concern, DISMISSAL_ADVERTISEMENT), 0);
    assert_int_equal(store_each_mark(t->store, NULL, 0, tell_mark, &told), 0);
    for (size_t i = 0; i < told.len; i++)
        marks += told.data[i] == ';';
    assert_int_equal(marks, MARKED);
    buf_free(&told);
}

int main(void)
{
#define RIG_TEST(f) cmocka_unit_test_setup_teardown(f, batch_rig_set_up, batch_rig_tear_down)
    const struct CMUnitTest tests[] = {
        RIG_TEST(items_follow_in_the_same_transaction),
        RIG_TEST(the_topic_of_the_first_item_or_of_most_is_the_concerns),
        RIG_TEST(what_was_forgotten_is_split_off_as_it_went_in),
        RIG_TEST(what_needs_no_answer_is_marked),
        RIG_TEST(what_is_reopened_is_not_marked_any_more),
        RIG_TEST(the_last_word_of_a_batch_counts),
        RIG_TEST(what_is_only_asked_for_is_not_marked),
        RIG_TEST(many_items_are_marked),
    };
    return cmocka_run_group_tests_name("batch regroup", tests, NULL, NULL);
}
