#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>

#include "alerts/group.h"
#include "base/clock.h"
#include "base/err.h"
#include "tests/unit/desk_fixture.h"

enum { DAYS_7 = 7 * 24 * 3600 * 1000 };

static struct town town;
static struct desk *desk;
static struct changes changes;

static int open_desk(void **state)
{
    (void)state;
    town_open(&town, NULL, DAYS_7);
    desk = desk_new(&town.conf, 0);
    return desk ? 0 : -1;
}

static int close_desk(void **state)
{
    (void)state;
    desk_free(desk);
    desk_changes_free(&changes);
    town_close(&town);
    return 0;
}

static uint64_t item_of(struct verdict *v, uint64_t source, int64_t now)
{
    uint64_t concern;

    desk_changes_reset(&changes);
    assert_int_equal(desk_item(desk, v, &(struct desk_origin){.source = source}, now, &changes,
                               &concern), 0);
    return concern;
}

static uint64_t item(const char *topic, const char *region, uint32_t seed, int unequal, int64_t now)
{
    struct verdict_box box;

    return item_of(town_verdict(&box, topic, region, seed, unequal), 1, now);
}

static int command(enum command_act act, uint64_t concern, const char *by, const char *url,
                   int64_t now)
{
    struct command c = {
        .act = act, .concern = concern, .by = str_from(by), .url = str_from(url)};
    const char *reason = "unset";
    int err;

    desk_changes_reset(&changes);
    err = desk_command(desk, &c, now, &changes, &reason);
    assert_int_equal(err == 0, reason == NULL);
    if (err)
        assert_int_equal(changes.nevents, 0);
    return err;
}

static void tick(int64_t now)
{
    desk_changes_reset(&changes);
    assert_int_equal(desk_tick(desk, now, 1000, &changes), 0);
}

static void check_event(size_t i, enum event_type type, enum act act, int percent,
                        const char *audience)
{
    char heard[400] = "";
    const struct event *e = &changes.events[i];

    assert_true(i < changes.nevents);
    for (size_t j = 0; j < e->naudience; j++) {
        size_t n = strlen(heard);
        snprintf(heard + n, sizeof heard - n, "%s%s:%d", j ? " " : "", e->audience[j].unit,
                 (int)e->audience[j].unitseq);
    }
    if (e->type != type || e->act != act || e->percent != percent ||
        strcmp(heard, audience) != 0)
        fail_msg("event %zu is %s act %s %d%% to %s", i, event_type_name(e->type),
                 event_act_name(e->act), e->percent, heard);
}

static void opens_and_dispatches(void **state)
{
    int64_t now = town_morning();
    (void)state;

    assert_true(item("wage-arrears", "330106", 1, 0, now) == 1);
    assert_int_equal(changes.nevents, 2);
    assert_int_equal(changes.nconcerns, 1);
    check_event(0, EVENT_OPENED, ACT_NONE, 0, "hr-west:1");
    check_event(1, EVENT_DISPATCHED, ACT_NONE, 0, "hr-west:2");
    assert_true(changes.events[1].seq == 2 && changes.events[1].concern == 1);
    assert_true(changes.events[0].due == now + 48 * HOUR);
    assert_string_equal(changes.events[0].region, "330106");
    assert_true(item("epidemic", "", 2, 0, now) == 3);
    check_event(0, EVENT_OPENED, ACT_NONE, 0, "health:1");
    assert_int_equal(changes.events[0].grade, GRADE_MAJOR);

    const struct concern *c = desk_concern(desk, 3);
    assert_int_equal(c->nclocks, 4); /* 5 h, 24 h and 研判 come with the grade */
    assert_string_equal(c->clocks[0].rule, "complaint-15wd");
    assert_true(c->due == c->clocks[0].due && c->due > now + 14 * CLOCK_DAY);
    assert_true(!c->clocks[0].provisional && c->clocks[1].provisional);
    assert_true(desk_head(desk) == 4);
    assert_true(item("unheard-of", "", 3, 0, now) == 0);
    assert_null(desk_concern(desk, 5));
    assert_null(desk_concern(desk, 0));
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
        uint64_t concern = item_of(v, 1, town_morning());
        assert_int_equal(desk_concern(desk, concern)->grade, cases[i].grade);
        assert_int_equal(changes.events[0].grade, cases[i].grade);
    }
}

static void joins_copies_only(void **state)
{
    int64_t now = town_morning();
    uint64_t first = item("wage-arrears", "330106", 1, 0, now);
    (void)state;

    assert_true(item("wage-arrears", "330106", 1, 0, now + 1) == first);
    check_event(0, EVENT_JOINED, ACT_NONE, 0, "hr-west:3");
    assert_int_equal(changes.events[0].items, 2);
    assert_true(item("wage-arrears", "330106", 1, 16 - GROUP_THRESHOLD, now + 2) == first);
    assert_true(item("wage-arrears", "330100", 1, 0, now + 3) == first); /* city, county */
    assert_true(item("wage-arrears", "", 1, 0, now + 4) == first);
    assert_true(item("wage-arrears", "330106", 1, 17 - GROUP_THRESHOLD, now + 5) != first);
    assert_true(item("wage-arrears", "330105", 1, 0, now + 6) != first);
    assert_true(item("epidemic", "330106", 1, 0, now + 7) != first);
    assert_int_equal(desk_concern(desk, first)->items, 5);
    /* past the window: a near copy opens, an exact one of an open concern joins the nearest */
    int64_t later = now + DAYS_7 + HOUR;
    assert_true(item("wage-arrears", "330106", 1, 2, later) != first);
    assert_true(item("wage-arrears", "330106", 1, 0, later) == first);
    assert_true(desk_concern(desk, first)->due == now + 48 * HOUR);
}

static void reports_and_replies_open_nothing(void **state)
{
    int64_t now = town_morning();
    struct verdict_box box;
    struct verdict *v = town_verdict(&box, "wage-arrears", "330106", 1, 0);
    (void)state;

    v->kind = VERDICT_REPORTED;
    assert_true(item_of(v, 1, now) == 0);
    assert_int_equal(changes.nevents, 0);
    v->kind = VERDICT_RAISED;
    v->reply = STR("已答复");
    assert_true(item_of(v, 1, now) == 0);
    assert_true(desk_head(desk) == 0);
    uint64_t open = item("wage-arrears", "330106", 1, 0, now);
    assert_true(item_of(v, 1, now) == open);
    assert_int_equal(desk_concern(desk, open)->state, CONCERN_OPEN);
    v->reply = STR_NONE;
    v->kind = VERDICT_REPORTED;
    assert_true(item_of(v, 1, now) == open);
    assert_int_equal(changes.nevents, 1);
    v->ntags = 0;
    assert_true(item_of(v, 1, now) == 0);
    /* texts too short for a sketch are nobody's copies */
    v = town_verdict(&box, "wage-arrears", "", 1, 0);
    memset(v->sketch, 0xff, sizeof v->sketch);
    uint64_t one = item_of(v, 1, now);
    assert_true(one && item_of(v, 1, now) != one);
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
    uint64_t c = item("wage-arrears", "330106", 1, 0, now);
    struct verdict *v = replied(&box, 1, now, now + 2 * HOUR);
    (void)state;

    desk_changes_reset(&changes);
    v->link = STR("javascript:alert(1)"); /* no public address: no answer */
    assert_int_equal(desk_reply(desk, c, v, STR("board"), at, &changes), 0);
    assert_int_equal(changes.nevents, 0);
    v->link = STR("https://board.example/t/1");
    assert_int_equal(desk_reply(desk, c, v, STR("board"), at, &changes), 0);
    assert_int_equal(changes.nevents, 2);
    assert_int_equal(changes.events[0].type, EVENT_ANSWERED);
    assert_string_equal(changes.events[0].source, "board");
    assert_false(changes.events[0].late);
    assert_int_equal(changes.events[1].type, EVENT_CLOSED);
    assert_true(changes.events[1].naudience > 0);
    const struct concern *got = desk_concern(desk, c);
    assert_int_equal(got->state, CONCERN_CLOSED);
    assert_true(got->answered == now + 2 * HOUR && got->accepted == got->answered);
    assert_string_equal(got->reply_url, "https://board.example/t/1");
    assert_true(desk_next(desk) == now + 74 * HOUR); /* its effect is told */
    /* read again: no event */
    assert_int_equal(desk_reply(desk, c, v, STR("board"), at + 1, &changes), 0);
    assert_int_equal(desk_reply(desk, 999, v, STR("board"), at + 1, &changes), 0);
    assert_int_equal(changes.nevents, 2);
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
        uint64_t c = item("wage-arrears", "330106", 50 + (uint32_t)i, 0, now);
        struct verdict *v = replied(&box, 50 + (uint32_t)i, now, now + cases[i].replied);
        desk_changes_reset(&changes);
        assert_int_equal(desk_reply(desk, c, v, STR("b"), now + cases[i].read, &changes), 0);
        assert_true(desk_concern(desk, c)->answered == now + cases[i].answered);
        assert_int_equal(changes.events[0].late, cases[i].late);
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
        desk_changes_reset(&changes);
        assert_int_equal(desk_item(desk, v, &from, now, &changes, &c), 0);
        assert_true(c != 0);
        assert_int_equal(changes.nevents, 3);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(changes.events[i].type, types[i]);
            assert_int_equal(changes.events[i].naudience, 0);
            assert_true(changes.events[i].at == now);
        }
        assert_true(changes.events[1].late); /* 60 hours, of 48 */
        const struct concern *got = desk_concern(desk, c);
        assert_true(got->opened == now - 100 * HOUR && got->answered == now - 40 * HOUR);
        assert_int_equal(got->state, CONCERN_CLOSED);
    }
    assert_true(desk_next(desk) == INT64_MAX);
    /* a copy of an open concern, with a reply that is younger than it: answered; history: not */
    uint64_t open = item("wage-arrears", "330106", 9, 0, now);
    struct desk_origin old = {.id = STR("board"), .history = true}, fresh = {.id = STR("board")};
    v = replied(&box, 9, now - 100 * HOUR, 0);
    assert_int_equal(desk_item(desk, v, &old, now + HOUR, &changes, &c), 0);
    assert_true(c != open);
    assert_int_equal(desk_concern(desk, open)->state, CONCERN_OPEN);
    assert_int_equal(desk_item(desk, v, &fresh, now + HOUR, &changes, &c), 0);
    assert_true(c == open);
    assert_int_equal(desk_concern(desk, open)->state, CONCERN_CLOSED);
    /* history without a reply is nothing */
    v->reply = STR_NONE;
    desk_changes_reset(&changes);
    assert_int_equal(desk_item(desk, v, &old, now, &changes, &c), 0);
    assert_true(c == 0 && changes.nevents == 0);
}

static void edits_and_withdrawals_are_told(void **state)
{
    int64_t now = town_morning();
    struct verdict_box box;
    struct verdict *v = town_verdict(&box, "wage-arrears", "330106", 1, 0);
    uint64_t c = item_of(v, 1, now);
    (void)state;

    desk_changes_reset(&changes);
    assert_int_equal(desk_update(desk, c, v, now + HOUR, &changes), 0);
    assert_int_equal(changes.nevents, 0); /* a counter on the page */
    v->request = v->request == REQUEST_HELP ? REQUEST_REPORT : REQUEST_HELP;
    box.region.code = STR("330106001");
    assert_int_equal(desk_update(desk, c, v, now + HOUR, &changes), 0);
    assert_int_equal(changes.nevents, 1);
    assert_int_equal(changes.events[0].type, EVENT_UPDATED);
    assert_string_equal(desk_concern(desk, c)->region, "330106001");
    assert_int_equal(desk_concern(desk, c)->request, v->request);
    /* another text: copies of that join from now on */
    v = town_verdict(&box, "wage-arrears", "330106001", 2, 0);
    assert_int_equal(desk_update(desk, c, v, now + HOUR, &changes), 0);
    assert_true(item("wage-arrears", "330106", 2, 0, now + HOUR) == c);
    desk_changes_reset(&changes);
    assert_int_equal(desk_withdraw(desk, c, STR("board"), now + HOUR, &changes), 0);
    assert_int_equal(changes.events[0].type, EVENT_WITHDRAWN);
    assert_int_equal(desk_concern(desk, c)->state, CONCERN_OPEN); /* the answer is still owed */
    assert_int_equal(desk_withdraw(desk, 999, STR("board"), now + HOUR, &changes), 0);
    assert_int_equal(changes.nevents, 1);
}

static void sources_have_events_of_their_own(void **state)
{
    (void)state;
    desk_changes_reset(&changes);
    assert_int_equal(desk_source(desk, STR("daily"), EVENT_SOURCE_SILENT, 5, &changes), 0);
    assert_int_equal(changes.nevents, 1);
    assert_int_equal(changes.nconcerns, 0);
    assert_int_equal(changes.events[0].concern, 0);
    assert_string_equal(changes.events[0].source, "daily");
    assert_int_equal(changes.events[0].naudience, 1);
    assert_int_equal(changes.events[0].audience[0].unitseq, 1);
    assert_int_equal(desk_source(desk, STR(""), EVENT_SOURCE_SILENT, 5, &changes), ERR_INVALID);
}

static void counts_distinct_sources(void **state)
{
    int64_t now = town_morning();
    struct verdict_box box;
    struct verdict *v = town_verdict(&box, "wage-arrears", "", 1, 0);
    uint64_t c = item_of(v, 100, now);
    (void)state;

    for (uint64_t source = 1; source <= 5; source++)
        for (int again = 0; again < 3; again++)
            assert_true(item_of(v, source, now) == c);
    assert_int_equal(desk_concern(desk, c)->sources, 6);
    assert_int_equal(desk_concern(desk, c)->items, 16);
    for (uint64_t source = 1; source <= 200; source++)
        item_of(v, source, now);
    assert_int_equal(desk_concern(desk, c)->sources, 64);
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

    desk_changes_reset(&changes);
    assert_int_equal(desk_item(desk, v, &from, 5, &changes, &c), 0);
    assert_string_equal(desk_concern(desk, c)->region, "330106");
    assert_string_equal(desk_concern(desk, c)->unit, "hr-west");
    v = town_verdict(&box, "wage-arrears", "", 2, 0);
    v->regions = three;
    v->nregions = 3;
    assert_int_equal(desk_item(desk, v, &from, 5, &changes, &c), 0);
    assert_string_equal(desk_concern(desk, c)->region, "330105003");
    assert_string_equal(desk_concern(desk, c)->unit, "hr");
}

static void keeps_out_what_is_elsewhere(void **state)
{
    struct verdict_box box;
    struct verdict *v = town_verdict(&box, "wage-arrears", "110105", 1, 0);
    struct verdict_region two[] = {{STR("110105003"), STR("三里屯")}, {STR("330106"), STR("西湖区")}};
    const struct desk_origin from = {.source = 1, .place = STR("330100")};
    struct desk_conf conf = town.conf;
    uint64_t c;
    (void)state;

    conf.home = STR("330100");
    desk_reconfigure(desk, &conf);
    desk_changes_reset(&changes);
    v->elsewhere = true;
    assert_int_equal(desk_item(desk, v, &from, 5, &changes, &c), 0);
    assert_int_equal(c, 0);
    assert_int_equal(changes.nevents, 0);
    /* Of two places the one at home is the concern's, though the other is told more closely. */
    v->elsewhere = false;
    v->regions = two;
    v->nregions = 2;
    assert_int_equal(desk_item(desk, v, &from, 5, &changes, &c), 0);
    assert_string_equal(desk_concern(desk, c)->region, "330106");
    assert_string_equal(desk_concern(desk, c)->unit, "hr-west");
    /* What tells of elsewhere does not join it as its copy. */
    desk_changes_reset(&changes);
    v->elsewhere = true;
    assert_int_equal(desk_item(desk, v, &from, 6, &changes, &c), 0);
    assert_int_equal(c, 0);
    desk_reconfigure(desk, &town.conf);
}

static void reminds_then_escalates_once(void **state)
{
    int64_t now = town_morning();
    (void)state;

    item("wage-arrears", "330106", 1, 0, now);
    assert_true(desk_next(desk) == now + HOUR);
    tick(now + HOUR - 1);
    assert_int_equal(changes.nevents, 0);
    tick(now + HOUR);
    assert_int_equal(changes.nevents, 1);
    check_event(0, EVENT_REMINDED, ACT_ACCEPT, 50, "hr-west:3 office:1");
    assert_true(changes.events[0].due == now + 2 * HOUR);
    assert_true(desk_next(desk) == now + 2 * HOUR / 5 * 4);
    tick(now + HOUR);
    assert_int_equal(changes.nevents, 0);
    tick(now - HOUR); /* the clock steps back: nothing is told again */
    assert_int_equal(changes.nevents, 0);
    tick(now + 2 * HOUR / 5 * 4);
    check_event(0, EVENT_REMINDED, ACT_ACCEPT, 80, "hr-west:4 office:2");
    tick(now + 2 * HOUR);
    assert_int_equal(changes.nevents, 2);
    check_event(0, EVENT_OVERDUE, ACT_ACCEPT, 0, "hr-west:5 office:3");
    check_event(1, EVENT_ESCALATED, ACT_ACCEPT, 0, "hr-west:6 office:4 hr:1");
    assert_true(changes.events[1].after == 1);
    assert_string_equal(changes.events[1].to, "hr");
    /* between 80 % and 100 % of the reply clock: both reminders, each in turn; a day after the
     * missed 签收 its second 督办, one level up */
    tick(now + 40 * HOUR);
    assert_int_equal(changes.nevents, 3);
    check_event(0, EVENT_REMINDED, ACT_REPLY, 50, "hr-west:7 office:5");
    check_event(1, EVENT_ESCALATED, ACT_ACCEPT, 0, "hr-west:8 office:6 city:1");
    assert_true(changes.events[1].after == 2);
    assert_string_equal(changes.events[1].to, "city");
    check_event(2, EVENT_REMINDED, ACT_REPLY, 80, "hr-west:9 office:7");
    tick(now + 30 * 24 * HOUR);
    check_event(0, EVENT_OVERDUE, ACT_REPLY, 0, "hr-west:10 office:8");
    check_event(1, EVENT_ESCALATED, ACT_REPLY, 0, "hr-west:11 office:9 hr:2");
    check_event(2, EVENT_ESCALATED, ACT_REPLY, 0, "hr-west:12 office:10 city:2");
    check_event(3, EVENT_ESCALATED, ACT_ACCEPT, 0, "hr-west:13 office:11 city:3"); /* the top */
    check_event(4, EVENT_ESCALATED, ACT_REPLY, 0, "hr-west:14 office:12 city:4");
    assert_int_equal(changes.nevents, 5);
    assert_true(desk_next(desk) == INT64_MAX);
}

static void after_days_down_no_stale_reminders(void **state)
{
    int64_t now = town_morning();
    size_t told = 0;
    (void)state;

    for (uint32_t i = 0; i < 50; i++)
        item("wage-arrears", "", 100 + i, 0, now);
    desk_changes_reset(&changes);
    while (desk_next(desk) <= now + 3 * CLOCK_DAY) {
        size_t before = changes.nevents;
        assert_int_equal(desk_tick(desk, now + 3 * CLOCK_DAY, 7, &changes), 0);
        assert_true(changes.nevents > before && changes.nevents - before <= 7);
    }
    /* of each clock OVERDUE, and 督办 at once and a day later */
    assert_int_equal(changes.nevents, 50 * 2 * 3);
    assert_int_equal(changes.nconcerns, 50);
    for (size_t i = 0; i < changes.nevents; i++) {
        assert_true(changes.events[i].type == EVENT_ESCALATED ||
                    changes.events[i].type == EVENT_OVERDUE);
        told += changes.events[i].type == EVENT_OVERDUE;
    }
    assert_int_equal(told, 50 * 2);
    /* a limit below what one stage needs still gets on */
    item("wage-arrears", "", 1, 0, now);
    desk_changes_reset(&changes);
    assert_int_equal(desk_tick(desk, now + 3 * CLOCK_DAY, 1, &changes), 0);
    assert_int_equal(changes.nevents, 2);
}

static void accepts(void **state)
{
    int64_t now = town_morning();
    uint64_t c = item("wage-arrears", "330106", 1, 0, now);
    uint64_t late = item("wage-arrears", "330105", 2, 0, now);
    (void)state;

    assert_int_equal(command(COMMAND_ACCEPT, 99, "hr-west", "", now), ERR_NOTFOUND);
    assert_int_equal(command(COMMAND_ACCEPT, c, "hr", "", now), ERR_REFUSED); /* the parent */
    assert_int_equal(command(COMMAND_ACCEPT, c, "nobody", "", now), ERR_REFUSED);
    assert_int_equal(command(COMMAND_ACCEPT, c, "hr-west", "", now + 2 * HOUR), 0);
    assert_int_equal(changes.nevents, 1);
    check_event(0, EVENT_ACCEPTED, ACT_ACCEPT, 0, "hr-west:3 office:1");
    assert_false(changes.events[0].late); /* the due instant itself is in time */
    assert_int_equal(desk_concern(desk, c)->state, CONCERN_ACCEPTED);
    assert_int_equal(command(COMMAND_ACCEPT, c, "hr-west", "", now + HOUR), 0);
    assert_int_equal(changes.nevents, 0);
    assert_int_equal(changes.nconcerns, 0);
    assert_int_equal(command(COMMAND_ACCEPT, late, "office", "", now + 2 * HOUR + 1), 0);
    assert_true(changes.events[0].late);
    assert_true(desk_next(desk) == now + 24 * HOUR); /* only the reply clocks run on */
    /* a topic without an accept clock: nothing to be late for */
    uint64_t plain = item("epidemic", "", 3, 0, now);
    assert_int_equal(command(COMMAND_ACCEPT, plain, "", "", now + 90 * CLOCK_DAY), 0);
    check_event(0, EVENT_ACCEPTED, ACT_NONE, 0, "health:3 office:3");
    assert_false(changes.events[0].late);
}

#define URL "https://www.example.gov.cn/hf/1.html"

static void answers_and_closes(void **state)
{
    int64_t now = town_morning();
    uint64_t c = item("wage-arrears", "330106", 1, 0, now);
    uint64_t late = item("epidemic", "", 2, 0, now);
    (void)state;

    assert_int_equal(command(COMMAND_ANSWER, c, "hr-west", "", now), ERR_INVALID);
    assert_int_equal(command(COMMAND_ANSWER, c, "hr-west", "ftp://x.cn/", now), ERR_INVALID);
    assert_int_equal(command(COMMAND_ANSWER, c, "health", URL, now), ERR_REFUSED);
    assert_int_equal(command(COMMAND_ANSWER, c, "hr-west", URL, now + HOUR), 0);
    assert_int_equal(changes.nevents, 2);
    check_event(0, EVENT_ANSWERED, ACT_REPLY, 0, "hr-west:3 office:1");
    check_event(1, EVENT_CLOSED, ACT_NONE, 0, "hr-west:4 office:2");
    assert_false(changes.events[0].late);
    const struct concern *closed = desk_concern(desk, c);
    assert_int_equal(closed->state, CONCERN_CLOSED);
    assert_string_equal(closed->reply_url, URL);
    assert_true(closed->clocks[0].met == now + HOUR && closed->clocks[1].met == now + HOUR);
    assert_int_equal(command(COMMAND_ANSWER, c, "hr-west", URL, now + HOUR), 0);
    assert_int_equal(changes.nevents, 0);
    assert_int_equal(command(COMMAND_ANSWER, c, "hr-west", URL "?b", now + HOUR), ERR_REFUSED);
    assert_int_equal(command(COMMAND_ACCEPT, c, "hr-west", "", now + HOUR), ERR_REFUSED);
    /* late by the original due time, whatever was announced */
    int64_t due = desk_concern(desk, late)->due;
    tick(due + 1);
    /* 5 h, 24 h and 研判 were missed long ago: three levels each; its parent is the coordinating
     * unit, whose own act 研判 is; and the other one's effect is told */
    assert_int_equal(changes.nevents, 15);
    check_event(13, EVENT_OVERDUE, ACT_REPLY, 0, "health:11 office:16");
    check_event(14, EVENT_ESCALATED, ACT_REPLY, 0, "health:12 office:17");
    assert_int_equal(command(COMMAND_ANSWER, late, "office", URL, due + 1), 0);
    assert_true(changes.events[0].late);
    assert_true(desk_next(desk) == due + 1 + 72 * HOUR);
    /* a late reprint joins the answered matter and does not raise it again */
    assert_true(item("epidemic", "", 2, 1, due + 2) == late);
    tick(due + 400 * CLOCK_DAY);
    assert_int_equal(changes.nevents, 0);
    assert_null(desk_concern(desk, c)); /* no copy can join any more: forgotten */
    assert_true(item("epidemic", "", 2, 0, due + 400 * CLOCK_DAY) > late);
}

static void prefers_the_open_concern(void **state)
{
    int64_t now = town_morning();
    uint64_t closed = item("wage-arrears", "330105", 1, 0, now);
    uint64_t open = item("wage-arrears", "330106", 1, 2, now);
    (void)state;

    assert_true(item("wage-arrears", "330100", 1, 0, now) == closed); /* the nearer copy */
    assert_int_equal(command(COMMAND_ANSWER, closed, "", URL, now), 0);
    assert_true(item("wage-arrears", "330100", 1, 0, now) == open);
}

static void reload_keeps_running_clocks(void **state)
{
    int64_t now = town_morning();
    uint64_t c = item("wage-arrears", "330106", 1, 0, now);
    struct town other;
    (void)state;

    town_open(&other, "coordinator: new\nunits: [{id: new, name: {zh: 新办}, roles: [labour]}]\n",
              DAYS_7);
    other.rules.count = 1;
    desk_reconfigure(desk, &other.conf);
    tick(now + HOUR);
    check_event(0, EVENT_REMINDED, ACT_ACCEPT, 50, "hr-west:3 new:1");
    assert_true(desk_concern(desk, c)->due == now + 48 * HOUR);
    assert_true(item("wage-arrears", "330106", 1, 0, now) == c);
    check_event(0, EVENT_JOINED, ACT_NONE, 0, "hr-west:4 new:2"); /* its unit is gone */
    item("wage-arrears", "330106", 7, 0, now);
    check_event(0, EVENT_OPENED, ACT_NONE, 0, "new:3");
    desk_free(desk);
    desk = NULL;
    town_close(&other);
}

int main(void)
{
#define DESK_TEST(f) cmocka_unit_test_setup_teardown(f, open_desk, close_desk)
    const struct CMUnitTest tests[] = {
        DESK_TEST(opens_and_dispatches),
        DESK_TEST(takes_the_higher_grade),
        DESK_TEST(joins_copies_only),
        DESK_TEST(reports_and_replies_open_nothing),
        DESK_TEST(a_published_reply_answers),
        DESK_TEST(reply_times_are_bounded_and_late_by_themselves),
        DESK_TEST(what_comes_answered_calls_nobody),
        DESK_TEST(edits_and_withdrawals_are_told),
        DESK_TEST(sources_have_events_of_their_own),
        DESK_TEST(counts_distinct_sources),
        DESK_TEST(takes_the_place_of_the_source),
        DESK_TEST(keeps_out_what_is_elsewhere),
        DESK_TEST(reminds_then_escalates_once),
        DESK_TEST(after_days_down_no_stale_reminders),
        DESK_TEST(accepts),
        DESK_TEST(answers_and_closes),
        DESK_TEST(prefers_the_open_concern),
        DESK_TEST(reload_keeps_running_clocks),
    };
    return cmocka_run_group_tests_name("desk", tests, NULL, NULL);
}
