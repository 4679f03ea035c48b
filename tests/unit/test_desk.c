/* What items do at the desk: they open concerns, join them, answer them, or none of it. */
#include "tests/unit/desk_rig.h"

#include "alerts/group/group.h"
#include "base/clock.h"
#include "base/err.h"

static struct desk_rig *const rig = &desk_rig;

static void opens_and_dispatches(void **state)
{
    int64_t now = town_morning();
    (void)state;

    assert_true(desk_rig_item("wage-arrears", "330106", 1, 0, now) == 1);
    assert_int_equal(rig->changes.nevents, 2);
    assert_int_equal(rig->changes.nconcerns, 1);
    desk_rig_check_event(0, EVENT_OPENED, ACT_NONE, 0, "hr-west:1");
    desk_rig_check_event(1, EVENT_DISPATCHED, ACT_NONE, 0, "hr-west:2");
    assert_true(rig->changes.events[1].seq == 2 && rig->changes.events[1].concern == 1);
    assert_true(rig->changes.events[0].due == now + 48 * HOUR);
    assert_string_equal(rig->changes.events[0].region, "330106");
    assert_true(desk_rig_item("epidemic", "", 2, 0, now) == 3);
    desk_rig_check_event(0, EVENT_OPENED, ACT_NONE, 0, "health:1");
    assert_int_equal(rig->changes.events[0].grade, GRADE_MAJOR);

    const struct concern *c = desk_concern(rig->desk, 3);
    assert_int_equal(c->nclocks, 4); /* 5 h, 24 h and 研判 come with the grade */
    assert_string_equal(c->clocks[0].rule, "complaint-15wd");
    assert_true(c->due == c->clocks[0].due && c->due > now + 14 * CLOCK_DAY);
    assert_true(!c->clocks[0].provisional && c->clocks[1].provisional);
    assert_true(desk_head(rig->desk) == 4);
    assert_true(desk_rig_item("unheard-of", "", 3, 0, now) == 0);
    assert_null(desk_concern(rig->desk, 5));
    assert_null(desk_concern(rig->desk, 0));
}

/* The higher grade that a rule proposes is the concern's; a lower one is not. */
static void takes_the_higher_grade(void **state)
{
    static const struct {
        const char *topic, *proposed;
        enum grade grade;
    } cases[] = {{"wage-arrears", "grave", GRADE_GRAVE},
                 {"wage-arrears", "", GRADE_ORDINARY},
                 {"epidemic", "larger", GRADE_MAJOR},
                 {"epidemic", "grave", GRADE_GRAVE}};

    (void)state;
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct verdict_box box;
        struct verdict *v = town_verdict(&box, cases[i].topic, "330106", 50 + i, 0);
        box.tag.grade = str_from(cases[i].proposed);
        uint64_t concern = desk_rig_item_of(v, 1, town_morning());
        assert_int_equal(desk_concern(rig->desk, concern)->grade, cases[i].grade);
        assert_int_equal(rig->changes.events[0].grade, cases[i].grade);
    }
}

static void joins_copies_only(void **state)
{
    int64_t now = town_morning();
    uint64_t first = desk_rig_item("wage-arrears", "330106", 1, 0, now);
    (void)state;

    assert_true(desk_rig_item("wage-arrears", "330106", 1, 0, now + 1) == first);
    desk_rig_check_event(0, EVENT_JOINED, ACT_NONE, 0, "hr-west:3");
    assert_int_equal(rig->changes.events[0].items, 2);
    assert_true(desk_rig_item("wage-arrears", "330106", 1, 16 - GROUP_THRESHOLD, now + 2) == first);
    assert_true(desk_rig_item("wage-arrears", "330100", 1, 0, now + 3) == first); /* city, county */
    assert_true(desk_rig_item("wage-arrears", "", 1, 0, now + 4) == first);
    assert_true(desk_rig_item("wage-arrears", "330106", 1, 17 - GROUP_THRESHOLD, now + 5) != first);
    assert_true(desk_rig_item("wage-arrears", "330105", 1, 0, now + 6) != first);
    assert_true(desk_rig_item("epidemic", "330106", 1, 0, now + 7) != first);
    assert_int_equal(desk_concern(rig->desk, first)->items, 5);
    /* past the window: a near copy opens, an exact one of an open concern joins the nearest */
    int64_t later = now + DESK_RIG_WINDOW + HOUR;
    assert_true(desk_rig_item("wage-arrears", "330106", 1, 2, later) != first);
    assert_true(desk_rig_item("wage-arrears", "330106", 1, 0, later) == first);
    assert_true(desk_concern(rig->desk, first)->due == now + 48 * HOUR);
}

static void reports_and_replies_open_nothing(void **state)
{
    int64_t now = town_morning();
    struct verdict_box box;
    struct verdict *v = town_verdict(&box, "wage-arrears", "330106", 1, 0);
    (void)state;

    v->kind = VERDICT_REPORTED;
    assert_true(desk_rig_item_of(v, 1, now) == 0);
    assert_int_equal(rig->changes.nevents, 0);
    v->kind = VERDICT_RAISED;
    v->reply = STR("已答复");
    assert_true(desk_rig_item_of(v, 1, now) == 0);
    assert_true(desk_head(rig->desk) == 0);
    uint64_t open = desk_rig_item("wage-arrears", "330106", 1, 0, now);
    assert_true(desk_rig_item_of(v, 1, now) == open);
    assert_int_equal(desk_concern(rig->desk, open)->state, CONCERN_OPEN);
    v->reply = STR_NONE;
    v->kind = VERDICT_REPORTED;
    assert_true(desk_rig_item_of(v, 1, now) == open);
    assert_int_equal(rig->changes.nevents, 1);
    v->ntags = 0;
    assert_true(desk_rig_item_of(v, 1, now) == 0);
    /* texts too short for a sketch are nobody's copies */
    v = town_verdict(&box, "wage-arrears", "", 1, 0);
    memset(v->sketch, 0xff, sizeof v->sketch);
    uint64_t one = desk_rig_item_of(v, 1, now);
    assert_true(one && desk_rig_item_of(v, 1, now) != one);
}

static struct verdict *replied(struct verdict_box *box, uint32_t seed, int64_t published,
                               int64_t reply_time)
{
    struct verdict *v = town_verdict(box, "wage-arrears", "330106", seed, 0);

    v->published = published;
    v->link = STR("https://board.example/t/1");
    v->reply = STR("已答复");
    v->reply_time = reply_time;
    return v;
}

static void a_published_reply_answers(void **state)
{
    int64_t now = town_morning(), at = now + 5 * HOUR;
    struct verdict_box box;
    uint64_t c = desk_rig_item("wage-arrears", "330106", 1, 0, now);
    struct verdict *v = replied(&box, 1, now, now + 2 * HOUR);
    (void)state;

    desk_changes_reset(&rig->changes);
    v->link = STR("javascript:alert(1)"); /* no public address: no answer */
    assert_int_equal(desk_reply(rig->desk, c, v, STR("board"), at, &rig->changes), 0);
    assert_int_equal(rig->changes.nevents, 0);
    v->link = STR("https://board.example/t/1");
    assert_int_equal(desk_reply(rig->desk, c, v, STR("board"), at, &rig->changes), 0);
    assert_int_equal(rig->changes.nevents, 2);
    assert_int_equal(rig->changes.events[0].type, EVENT_ANSWERED);
    assert_string_equal(rig->changes.events[0].source, "board");
    assert_false(rig->changes.events[0].late);
    assert_int_equal(rig->changes.events[1].type, EVENT_CLOSED);
    assert_true(rig->changes.events[1].naudience > 0);
    const struct concern *got = desk_concern(rig->desk, c);
    assert_int_equal(got->state, CONCERN_CLOSED);
    assert_true(got->answered == now + 2 * HOUR && got->accepted == got->answered);
    assert_string_equal(got->reply_url, "https://board.example/t/1");
    assert_true(desk_next(rig->desk) == now + 74 * HOUR); /* its effect is told */
    /* read again: no event */
    assert_int_equal(desk_reply(rig->desk, c, v, STR("board"), at + 1, &rig->changes), 0);
    assert_int_equal(desk_reply(rig->desk, 999, v, STR("board"), at + 1, &rig->changes), 0);
    assert_int_equal(rig->changes.nevents, 2);
}

static void reply_times_are_bounded_and_late_by_themselves(void **state)
{
    int64_t now = town_morning();
    struct verdict_box box;
    static const struct {
        int64_t replied, read, answered;
        bool late;
    } cases[] = {
        {-90 * HOUR, 3 * HOUR, 0, false},         /* before it was raised */
        {900 * HOUR, 3 * HOUR, 3 * HOUR, false},  /* in the future */
        {49 * HOUR, 60 * HOUR, 49 * HOUR, true},
        {47 * HOUR, 60 * HOUR, 47 * HOUR, false}, /* read late, answered in time */
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t c = desk_rig_item("wage-arrears", "330106", 50 + (uint32_t)i, 0, now);
        struct verdict *v = replied(&box, 50 + (uint32_t)i, now, now + cases[i].replied);
        desk_changes_reset(&rig->changes);
        assert_int_equal(desk_reply(rig->desk, c, v, STR("b"), now + cases[i].read, &rig->changes),
                         0);
        assert_true(desk_concern(rig->desk, c)->answered == now + cases[i].answered);
        assert_int_equal(rig->changes.events[0].late, cases[i].late);
    }
}

static void what_comes_answered_calls_nobody(void **state)
{
    static const enum event_type types[] = {EVENT_OPENED, EVENT_ANSWERED, EVENT_CLOSED};
    int64_t now = town_morning();
    struct verdict_box box;
    struct verdict *v = replied(&box, 1, now - 100 * HOUR, now - 40 * HOUR);
    uint64_t c;
    (void)state;

    for (int history = 0; history < 2; history++) {
        struct desk_origin from = {STR("board"), 5, STR_NONE, SOURCE_NEWS, history};
        v = replied(&box, 1 + (uint32_t)history, now - 100 * HOUR, now - 40 * HOUR);
        desk_changes_reset(&rig->changes);
        assert_int_equal(desk_item(rig->desk, v, &from, now, &rig->changes, &c), 0);
        assert_true(c != 0);
        assert_int_equal(rig->changes.nevents, 3);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(rig->changes.events[i].type, types[i]);
            assert_int_equal(rig->changes.events[i].naudience, 0);
            assert_true(rig->changes.events[i].at == now);
        }
        assert_true(rig->changes.events[1].late); /* 60 hours, of 48 */
        const struct concern *got = desk_concern(rig->desk, c);
        assert_true(got->opened == now - 100 * HOUR && got->answered == now - 40 * HOUR);
        assert_int_equal(got->state, CONCERN_CLOSED);
    }
    assert_true(desk_next(rig->desk) == INT64_MAX);
    /* a copy of an open concern, with a reply that is younger than it: answered; history: not */
    uint64_t open = desk_rig_item("wage-arrears", "330106", 9, 0, now);
    struct desk_origin old = {.id = STR("board"), .history = true}, fresh = {.id = STR("board")};
    v = replied(&box, 9, now - 100 * HOUR, 0);
    assert_int_equal(desk_item(rig->desk, v, &old, now + HOUR, &rig->changes, &c), 0);
    assert_true(c != open);
    assert_int_equal(desk_concern(rig->desk, open)->state, CONCERN_OPEN);
    assert_int_equal(desk_item(rig->desk, v, &fresh, now + HOUR, &rig->changes, &c), 0);
    assert_true(c == open);
    assert_int_equal(desk_concern(rig->desk, open)->state, CONCERN_CLOSED);
    /* history without a reply is nothing */
    v->reply = STR_NONE;
    desk_changes_reset(&rig->changes);
    assert_int_equal(desk_item(rig->desk, v, &old, now, &rig->changes, &c), 0);
    assert_true(c == 0 && rig->changes.nevents == 0);
}

static void edits_and_withdrawals_are_told(void **state)
{
    int64_t now = town_morning();
    struct verdict_box box;
    struct verdict *v = town_verdict(&box, "wage-arrears", "330106", 1, 0);
    uint64_t c = desk_rig_item_of(v, 1, now);
    (void)state;

    desk_changes_reset(&rig->changes);
    assert_int_equal(desk_update(rig->desk, c, v, now + HOUR, &rig->changes), 0);
    assert_int_equal(rig->changes.nevents, 0); /* a counter on the page */
    v->request = v->request == REQUEST_HELP ? REQUEST_REPORT : REQUEST_HELP;
    box.region.code = STR("330106001");
    assert_int_equal(desk_update(rig->desk, c, v, now + HOUR, &rig->changes), 0);
    assert_int_equal(rig->changes.nevents, 1);
    assert_int_equal(rig->changes.events[0].type, EVENT_UPDATED);
    assert_string_equal(desk_concern(rig->desk, c)->region, "330106001");
    assert_int_equal(desk_concern(rig->desk, c)->request, v->request);
    /* another text: copies of that join from now on */
    v = town_verdict(&box, "wage-arrears", "330106001", 2, 0);
    assert_int_equal(desk_update(rig->desk, c, v, now + HOUR, &rig->changes), 0);
    assert_true(desk_rig_item("wage-arrears", "330106", 2, 0, now + HOUR) == c);
    desk_changes_reset(&rig->changes);
    assert_int_equal(desk_withdraw(rig->desk, c, STR("board"), now + HOUR, &rig->changes), 0);
    assert_int_equal(rig->changes.events[0].type, EVENT_WITHDRAWN);
    /* the answer is still owed */
    assert_int_equal(desk_concern(rig->desk, c)->state, CONCERN_OPEN);
    assert_int_equal(desk_withdraw(rig->desk, 999, STR("board"), now + HOUR, &rig->changes), 0);
    assert_int_equal(rig->changes.nevents, 1);
}

static void sources_have_events_of_their_own(void **state)
{
    (void)state;
    desk_changes_reset(&rig->changes);
    assert_int_equal(desk_source(rig->desk, STR("daily"), EVENT_SOURCE_SILENT, 5, &rig->changes),
                     0);
    assert_int_equal(rig->changes.nevents, 1);
    assert_int_equal(rig->changes.nconcerns, 0);
    assert_int_equal(rig->changes.events[0].concern, 0);
    assert_string_equal(rig->changes.events[0].source, "daily");
    assert_int_equal(rig->changes.events[0].naudience, 1);
    assert_int_equal(rig->changes.events[0].audience[0].unitseq, 1);
    assert_int_equal(desk_source(rig->desk, STR(""), EVENT_SOURCE_SILENT, 5, &rig->changes),
                     ERR_INVALID);
}

static void counts_distinct_sources(void **state)
{
    int64_t now = town_morning();
    struct verdict_box box;
    struct verdict *v = town_verdict(&box, "wage-arrears", "", 1, 0);
    uint64_t c = desk_rig_item_of(v, 100, now);
    (void)state;

    for (uint64_t source = 1; source <= 5; source++)
        for (int again = 0; again < 3; again++)
            assert_true(desk_rig_item_of(v, source, now) == c);
    assert_int_equal(desk_concern(rig->desk, c)->sources, 6);
    assert_int_equal(desk_concern(rig->desk, c)->items, 16);
    for (uint64_t source = 1; source <= 200; source++)
        desk_rig_item_of(v, source, now);
    assert_int_equal(desk_concern(rig->desk, c)->sources, 64);
}

static void takes_the_place_of_the_source(void **state)
{
    struct verdict_box box;
    struct verdict *v = town_verdict(&box, "wage-arrears", "", 1, 0);
    struct verdict_region three[] = {{STR("330100"), STR("杭州市")}, {STR("330105003"), STR("米市巷")},
                                     {STR("330106001"), STR("北山")}};
    const struct desk_origin from = {.source = 1, .place = STR("330106")};
    uint64_t c;
    (void)state;

    desk_changes_reset(&rig->changes);
    assert_int_equal(desk_item(rig->desk, v, &from, 5, &rig->changes, &c), 0);
    assert_string_equal(desk_concern(rig->desk, c)->region, "330106");
    assert_string_equal(desk_concern(rig->desk, c)->unit, "hr-west");
    v = town_verdict(&box, "wage-arrears", "", 2, 0);
    v->regions = three;
    v->nregions = 3;
    assert_int_equal(desk_item(rig->desk, v, &from, 5, &rig->changes, &c), 0);
    assert_string_equal(desk_concern(rig->desk, c)->region, "330105003");
    assert_string_equal(desk_concern(rig->desk, c)->unit, "hr");
}

static void keeps_out_what_is_elsewhere(void **state)
{
    struct verdict_box box;
    struct verdict *v = town_verdict(&box, "wage-arrears", "110105", 1, 0);
    struct verdict_region two[] = {{STR("110105003"), STR("三里屯")}, {STR("330106"), STR("西湖区")}};
    const struct desk_origin from = {.source = 1, .place = STR("330100")};
    struct desk_conf conf = rig->town.conf;
    uint64_t c;
    (void)state;

    conf.home = STR("330100");
    desk_reconfigure(rig->desk, &conf);
    desk_changes_reset(&rig->changes);
    v->elsewhere = true;
    assert_int_equal(desk_item(rig->desk, v, &from, 5, &rig->changes, &c), 0);
    assert_int_equal(c, 0);
    assert_int_equal(rig->changes.nevents, 0);
    /* Of two places the one at home is the concern's, though the other is told more closely. */
    v->elsewhere = false;
    v->regions = two;
    v->nregions = 2;
    assert_int_equal(desk_item(rig->desk, v, &from, 5, &rig->changes, &c), 0);
    assert_string_equal(desk_concern(rig->desk, c)->region, "330106");
    assert_string_equal(desk_concern(rig->desk, c)->unit, "hr-west");
    /* What tells of elsewhere does not join it as its copy. */
    desk_changes_reset(&rig->changes);
    v->elsewhere = true;
    assert_int_equal(desk_item(rig->desk, v, &from, 6, &rig->changes, &c), 0);
    assert_int_equal(c, 0);
    desk_reconfigure(rig->desk, &rig->town.conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_RIG_TEST(opens_and_dispatches),
        DESK_RIG_TEST(takes_the_higher_grade),
        DESK_RIG_TEST(joins_copies_only),
        DESK_RIG_TEST(reports_and_replies_open_nothing),
        DESK_RIG_TEST(a_published_reply_answers),
        DESK_RIG_TEST(reply_times_are_bounded_and_late_by_themselves),
        DESK_RIG_TEST(what_comes_answered_calls_nobody),
        DESK_RIG_TEST(edits_and_withdrawals_are_told),
        DESK_RIG_TEST(sources_have_events_of_their_own),
        DESK_RIG_TEST(counts_distinct_sources),
        DESK_RIG_TEST(takes_the_place_of_the_source),
        DESK_RIG_TEST(keeps_out_what_is_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
