/* The life of a concern beyond its table: who is counted, what is late, who hears, what is kept. */
#include "tests/unit/unit.h"

#include <string.h>

#include "alerts/deadlines/clocks.h"
#include "base/clock.h"
#include "base/err.h"
#include "tests/unit/life_fixture.h"

static void tick(void)
{
    desk_changes_reset(&life.out);
    assert_int_equal(desk_tick(life.desk, life.now, 1000, &life.out), 0);
}

static void waits_for_its_assessment(void **state)
{
    (void)state;
    life_item(&life, "land");
    assert_int_equal(life.out.nevents, 1);
    const struct event *e = life_event(&life, 0, EVENT_OPENED);
    assert_true(life_heard(e, "office") && e->naudience == 1);
    assert_string_equal(e->unit, "hr-west");
    assert_int_equal(life_concern(&life)->nclocks, 2);
    assert_true(life_concern(&life)->due == life.now + 48 * HOUR);
    life.now += 3 * HOUR; /* its clocks run, and call who must act: not the unit */
    tick();
    e = life_event(&life, 0, EVENT_OVERDUE);
    assert_true(life_heard(e, "office") && !life_heard(e, "hr-west"));
    life_ok(COMMAND_ASSESS, "", NULL, NULL);
    e = life_event(&life, 0, EVENT_ASSESSED);
    assert_true(e->grade == GRADE_LARGER && !life_heard(e, "hr-west"));
    assert_true(life_concern(&life)->assessed == life.now);
    life_ok(COMMAND_DISPATCH, "office", NULL, NULL); /* by the routes */
    e = life_event(&life, 0, EVENT_DISPATCHED);
    assert_string_equal(e->to, "hr-west");
    assert_true(life_heard(e, "hr-west"));
    assert_true(life_party(&life, "hr-west")->told == life.now);
    assert_true(e->due == life_concern(&life)->opened + 48 * HOUR);
}

static void several_units_are_counted_each(void **state)
{
    (void)state;
    life_item(&life, "land");
    life_ok(COMMAND_ASSESS, "office", NULL, NULL);
    life_ok(COMMAND_DISPATCH, "office", "health", "roads");
    assert_int_equal(life.out.nevents, 2);
    assert_string_equal(life_event(&life, 1, EVENT_ASSISTED)->to, "roads");
    assert_string_equal(life_concern(&life)->unit, "health");
    life_ok(COMMAND_ASSIST, "office", "hr", "city");
    assert_int_equal(life.out.nevents, 2);
    assert_true(life_heard(life_event(&life, 0, EVENT_ASSISTED), "roads"));
    life.now += HOUR;
    life_ok(COMMAND_ACCEPT, "roads", NULL, NULL);
    const struct event *e = life_event(&life, 0, EVENT_ACCEPTED);
    assert_true(e->act == ACT_NONE && life_concern(&life)->clocks[0].met == 0);
    assert_true(life_party(&life, "roads")->accepted == life.now);
    assert_int_equal(life_concern(&life)->state, CONCERN_OPEN);
    life.now += HOUR;
    life_ok(COMMAND_ACCEPT, "health", NULL, NULL);
    assert_true(life_event(&life, 0, EVENT_ACCEPTED)->act == ACT_ACCEPT);
    life_ok(COMMAND_ANSWER, "roads", NULL, NULL); /* a part does not close */
    e = life_event(&life, 0, EVENT_ANSWERED);
    assert_true(e->act == ACT_NONE && life.out.nevents == 1 && strcmp(e->by, "roads") == 0);
    assert_int_equal(life_concern(&life)->state, CONCERN_ACCEPTED);
    life_ok(COMMAND_DECLINE, "city", NULL, NULL);
    assert_true(life_heard(life_event(&life, 0, EVENT_DECLINED), "city"));
    assert_int_equal(life_party(&life, "city")->state, PARTY_DECLINED);
    life.now += HOUR;
    life_ok(COMMAND_ANSWER, "health", NULL, NULL);
    assert_true(life_event(&life, 0, EVENT_ANSWERED)->act == ACT_REPLY);
    e = life_event(&life, 1, EVENT_CLOSED); /* health and roads answered, hr did not */
    assert_true(e->before == 2 && e->after == 1);
    assert_true(life_heard(e, "hr") && !life_heard(e, "city"));
    assert_true(life_party(&life, "health")->answered == life.now &&
                life_party(&life, "roads")->answered == life.now - HOUR &&
                life_party(&life, "hr")->answered == 0);
    assert_int_equal(life_concern(&life)->outcome, OUTCOME_ANSWERED);
}

static void at_most_eight_units(void **state)
{
    static const char *const all[] = {"city", "office", "hr", "hr-desk", "health", "roads"};
    (void)state;

    life_item(&life, "wage-arrears");
    for (size_t i = 0; i < 6; i++)
        life_ok(COMMAND_ASSIST, "", all[i], NULL);
    assert_int_equal(life_act(&life, COMMAND_ASSIST, "", "roads", NULL), ERR_REFUSED);
    assert_int_equal(life_act(&life, COMMAND_ASSIST, "", "hr-west", NULL), ERR_REFUSED); /* leads */
    assert_int_equal(life_act(&life, COMMAND_ASSIST, "", "moon", NULL), ERR_INVALID);
    assert_int_equal(life_act(&life, COMMAND_ASSIST, "", "water", "water"), ERR_INVALID);
    assert_int_equal(life_act(&life, COMMAND_ASSIST, "", "water", "parks"), ERR_REFUSED);
    assert_non_null(strstr(life.reason, "at most 8"));
    life_ok(COMMAND_ASSIST, "", "water", NULL);
    assert_int_equal(life_act(&life, COMMAND_REASSIGN, "", "roads", "hr"), ERR_INVALID);
    /* each of them hears, and each once */
    life_ok(COMMAND_REMIND, "", NULL, NULL);
    assert_int_equal(life_event(&life, 0, EVENT_REMINDED)->naudience, 8);
    assert_int_equal(life.out.events[0].percent, 0);
    /* an assisting unit that comes to lead leaves no second record */
    life_ok(COMMAND_REASSIGN, "", "roads", NULL);
    assert_int_equal(life_concern(&life)->nparties, 8);
    assert_true(life_party(&life, "roads")->lead && !life_party(&life, "hr-west")->lead);
    /* who has gone makes room when there is none: the one told first */
    life_ok(COMMAND_REASSIGN, "", "parks", NULL);
    assert_true(life_concern(&life)->nparties == 8 && !life_party(&life, "hr-west"));
    assert_true(life_heard(life_event(&life, 0, EVENT_REASSIGNED), "roads"));
}

static void declining_and_reassigning_move_no_due(void **state)
{
    (void)state;
    life_item(&life, "wage-arrears");
    int64_t due = life_concern(&life)->due, accept = life_concern(&life)->clocks[0].due;
    life.now += HOUR;
    life_ok(COMMAND_DECLINE, "hr-west", NULL, NULL);
    assert_true(life_event(&life, 0, EVENT_DECLINED)->noted);
    life_ok(COMMAND_DENY, "office", NULL, NULL);
    assert_string_equal(life_event(&life, 0, EVENT_DENIED)->to, "hr-west");
    assert_int_equal(life_party(&life, "hr-west")->state, PARTY_TOLD);
    life_ok(COMMAND_DECLINE, "hr-west", NULL, NULL);
    assert_int_equal(life_act(&life, COMMAND_REASSIGN, "office", "hr-west", NULL), ERR_REFUSED);
    life.now += HOUR;
    life_ok(COMMAND_REASSIGN, "office", "roads", NULL);
    const struct event *e = life_event(&life, 0, EVENT_REASSIGNED);
    assert_true(strcmp(e->unit, "roads") == 0 && strcmp(e->to, "roads") == 0);
    assert_true(life_heard(e, "hr-west")); /* it lost it */
    assert_int_equal(life_party(&life, "hr-west")->state, PARTY_DECLINED);
    life_ok(COMMAND_REMIND, "office", NULL, NULL);
    assert_false(life_heard(life_event(&life, 0, EVENT_REMINDED), "hr-west"));
    assert_true(life_concern(&life)->due == due && life_concern(&life)->clocks[0].due == accept);
    life.now = accept + 1;
    life_ok(COMMAND_ACCEPT, "roads", NULL, NULL);
    assert_true(life_event(&life, 0, EVENT_ACCEPTED)->late);
    /* what was accepted once stays met; the next one is asked to accept all the same */
    life_ok(COMMAND_REASSIGN, "office", "hr-west", NULL);
    assert_int_equal(life_concern(&life)->state, CONCERN_OPEN);
    assert_int_equal(life_party(&life, "roads")->state, PARTY_LEFT);
    life.now += HOUR;
    life_ok(COMMAND_ACCEPT, "hr-west", NULL, NULL);
    assert_true(life_event(&life, 0, EVENT_ACCEPTED)->act == ACT_NONE);
    assert_true(life_concern(&life)->clocks[0].met == accept + 1);
}

static void is_handed_down_the_tree_only(void **state)
{
    (void)state;
    life_item(&life, "wage-arrears");
    life_ok(COMMAND_REASSIGN, "office", "city", NULL);
    assert_int_equal(life_act(&life, COMMAND_HAND_ON, "hr", "hr-west", NULL), ERR_REFUSED);
    life_ok(COMMAND_HAND_ON, "city", "hr", NULL);
    life_ok(COMMAND_HAND_ON, "hr", "hr-desk", NULL); /* two levels at once */
    const struct event *e = life_event(&life, 0, EVENT_HANDED_ON);
    assert_true(life_heard(e, "hr") && life_heard(e, "hr-desk") && !life_heard(e, "city"));
    assert_int_equal(life_act(&life, COMMAND_HAND_ON, "hr-desk", "hr-west", NULL), ERR_REFUSED);
    assert_int_equal(life_act(&life, COMMAND_HAND_ON, "hr-desk", "roads", NULL), ERR_REFUSED);
    /* the unit above, at whatever height, may remind it; one beside may not */
    life_ok(COMMAND_REMIND, "city", NULL, NULL);
    life_ok(COMMAND_REMIND, "hr-west", NULL, NULL);
    assert_int_equal(life_act(&life, COMMAND_REMIND, "roads", NULL, NULL), ERR_REFUSED);
}

static void an_extension_moves_no_original_due(void **state)
{
    (void)state;
    life_item(&life, "wage-arrears");
    int64_t due = life_concern(&life)->due;
    struct command sooner = {.act = COMMAND_EXTEND, .by = STR("hr-west"), .until = due,
                             .note = STR("需现场核查")};
    assert_int_equal(life_do(&life, &sooner), ERR_INVALID);
    life_ok(COMMAND_EXTEND, "hr-west", NULL, NULL);
    assert_true(life_event(&life, 0, EVENT_EXTENSION_ASKED)->due == due + HOUR);
    assert_true(life_concern(&life)->extension_asked == due + HOUR);
    life.now = due + 1; /* asked in time, it may be approved later */
    life_ok(COMMAND_APPROVE, "office", NULL, NULL);
    assert_true(life_event(&life, 0, EVENT_EXTENDED)->due == due + HOUR);
    assert_true(life_concern(&life)->extended == due + HOUR && life_concern(&life)->due == due);
    assert_int_equal(life_act(&life, COMMAND_EXTEND, "hr-west", NULL, NULL), ERR_REFUSED);
    life_ok(COMMAND_ANSWER, "hr-west", NULL, NULL); /* in the extended time, and late */
    assert_true(life_event(&life, 0, EVENT_ANSWERED)->late);
    assert_true(life_event(&life, 0, EVENT_ANSWERED)->due == due);
}

static int extend(const char *by, int64_t until)
{
    return life_do(&life, &(struct command){.act = COMMAND_EXTEND, .by = str_from(by),
                                            .until = until, .note = STR("需现场核查")});
}

/* A slip of the pen is mended by the coordinating unit, and no extension is for ever. */
static void an_extension_is_bounded_and_may_be_shortened(void **state)
{
    (void)state;
    life_item(&life, "wage-arrears");
    const struct concern *c = life_concern(&life);
    int64_t due = c->due, most = life.now + 366 * 24 * HOUR;

    assert_int_equal(extend("office", most + 1), ERR_INVALID);
    assert_non_null(strstr(life.reason, "within a year"));
    assert_int_equal(extend("hr-west", most + 1), ERR_INVALID);
    assert_int_equal(extend("office", most), 0);
    assert_int_equal(extend("hr-west", due + HOUR), ERR_INVALID); /* a unit asks for more only */
    assert_int_equal(extend("office", most), ERR_INVALID);
    assert_int_equal(extend("office", due), ERR_INVALID);
    assert_non_null(strstr(life.reason, "original due time"));
    assert_int_equal(extend("office", due + 2 * HOUR), 0);
    assert_true(c->extended == due + 2 * HOUR && c->due == due);
    life.now = due + 1; /* shorter it may become still */
    assert_int_equal(extend("office", due + 3 * HOUR), ERR_REFUSED);
    assert_int_equal(extend("office", due + HOUR), 0);
    assert_true(c->extended == due + HOUR);
}

static void a_lower_grade_tells_what_was_missed(void **state)
{
    struct command c = {.act = COMMAND_ASSESS, .graded = true, .grade = GRADE_LARGER,
                        .by = STR("office"), .note = STR("核实")};
    (void)state;

    life_item(&life, "epidemic");
    life.now += 6 * HOUR; /* and no tick came between */
    assert_int_equal(life_do(&life, &c), 0);
    life_event(&life, 0, EVENT_ASSESSED);
    const struct event *e = life_event(&life, 1, EVENT_OVERDUE);
    assert_true(e->act == ACT_FIRST_INFO && e->due == life.now - HOUR && life_heard(e, "health"));
    assert_int_equal(life.out.nevents, 2);
    desk_changes_reset(&life.out); /* nor is it told again */
    assert_int_equal(desk_tick(life.desk, life.now + 90 * HOUR, 100, &life.out), 0);
    for (size_t i = 0; i < life.out.nevents; i++)
        assert_int_not_equal(life.out.events[i].act, ACT_FIRST_INFO);
}

static void first_information_and_briefing(void **state)
{
    (void)state;
    life_item(&life, "epidemic");
    life.now += HOUR;
    life_ok(COMMAND_PROGRESS, "health", NULL, NULL);
    const struct event *e = life_event(&life, 0, EVENT_PROGRESS);
    assert_true(e->act == ACT_FIRST_INFO && !e->late);
    assert_true(life_concern(&life)->clocks[1].met == life.now); /* 5 h */
    life_ok(COMMAND_PROGRESS, "health", NULL, NULL); /* more information is no briefing */
    assert_true(life_event(&life, 0, EVENT_PROGRESS)->act == ACT_NONE);
    assert_true(!life_concern(&life)->clocks[2].met);
    life.now += 30 * HOUR;
    struct command held = {.act = COMMAND_PROGRESS, .by = STR("health"), .url = STR(LIFE_URL),
                           .stepped = true, .step = ACT_BRIEFING};
    assert_int_equal(life_do(&life, &held), 0);
    e = life_event(&life, 0, EVENT_PROGRESS);
    assert_true(e->act == ACT_BRIEFING && e->late);
    assert_true(life_concern(&life)->clocks[2].met == life.now);
    life_ok(COMMAND_PROGRESS, "health", NULL, NULL);
    assert_true(life_event(&life, 0, EVENT_PROGRESS)->act == ACT_NONE);
    assert_true(life_concern(&life)->state == CONCERN_OPEN && !life_concern(&life)->answered);
    /* First information answers nothing, what an assisting unit has answered does. */
    assert_int_equal(life_act(&life, COMMAND_CLOSE, "health", NULL, NULL), ERR_REFUSED);
    assert_int_equal(life_act(&life, COMMAND_CLOSE, "", NULL, NULL), ERR_REFUSED);
    life_ok(COMMAND_ASSIST, "office", "roads", NULL);
    life_ok(COMMAND_ANSWER, "roads", NULL, NULL);
    assert_int_equal(life_act(&life, COMMAND_CLOSE, "roads", NULL, NULL), ERR_REFUSED);
    life_ok(COMMAND_CLOSE, "health", NULL, NULL);
    assert_true(life_concern(&life)->answered == life.now);
    assert_string_equal(life_concern(&life)->reply_url, LIFE_URL);
}

static void closing_needs_something_published(void **state)
{
    (void)state;
    life_item(&life, "wage-arrears");
    assert_int_equal(life_act(&life, COMMAND_CLOSE, "hr-west", NULL, NULL), ERR_REFUSED);
    assert_int_equal(life_act(&life, COMMAND_DISPATCH, "office", NULL, NULL), ERR_REFUSED);
    life_item(&life, "land");
    assert_int_equal(life_act(&life, COMMAND_DISPATCH, "office", NULL, NULL), ERR_REFUSED);
    assert_non_null(strstr(life.reason, "研判"));
    life_ok(COMMAND_DISMISS, "office", NULL, NULL); /* nobody was told, nobody is told now */
    assert_false(life_heard(life_event(&life, 1, EVENT_CLOSED), "hr-west"));
}

static void a_new_round_keeps_the_old_miss(void **state)
{
    (void)state;
    life_item(&life, "wage-arrears");
    life.now += HOUR;
    life_ok(COMMAND_ANSWER, "hr-west", NULL, NULL);
    assert_int_equal(life_act(&life, COMMAND_RETURN, "hr-west", NULL, NULL), ERR_REFUSED);
    life.now += HOUR;
    life_ok(COMMAND_RETURN, "hr", NULL, NULL); /* the answer was in time: no miss */
    const struct event *e = life_event(&life, 0, EVENT_RETURNED);
    const struct concern *c = life_concern(&life);
    assert_true(e->round == 1 && c->round == 1 && c->misses == 0 && life_heard(e, "hr-west"));
    assert_true(c->due == life.now + 48 * HOUR && c->opened == life.now - 2 * HOUR);
    assert_true(e->due == c->due && c->clocks[0].started == life.now && !c->clocks[1].met);
    assert_true(!c->answered && !c->accepted && !c->reply_url && c->outcome == OUTCOME_NONE);
    assert_true(life_party(&life, "hr-west")->told == life.now);
    assert_true(desk_next(life.desk) == life.now + HOUR);
    life.now = c->due + 1;
    life_ok(COMMAND_ANSWER, "hr-west", NULL, NULL);
    assert_true(life_event(&life, 0, EVENT_ANSWERED)->late);
    life_ok(COMMAND_REOPEN, "", NULL, NULL);
    assert_true(life_concern(&life)->misses == 1 && life_concern(&life)->round == 2);
    life_ok(COMMAND_DISMISS, "hr-west", NULL, NULL);
    assert_int_equal(life_event(&life, 0, EVENT_DISMISSAL_ASKED)->code, DISMISSAL_OLD_NEWS);
    life_ok(COMMAND_APPROVE, "", NULL, NULL);
    assert_int_equal(life_event(&life, 0, EVENT_DISMISSED)->code, DISMISSAL_OLD_NEWS);
    assert_int_equal(life_concern(&life)->outcome, OUTCOME_DISMISSED);
    assert_int_equal(life_act(&life, COMMAND_RETURN, "", NULL, NULL), ERR_REFUSED);
    life_ok(COMMAND_REOPEN, "", NULL, NULL); /* it was not answered at all */
    assert_true(life_concern(&life)->misses == 2 && !life_concern(&life)->dismissal);
    life.now += 30 * CLOCK_DAY; /* it is not forgotten as closed ones are */
    tick();
    assert_non_null(life_concern(&life));
}

static void what_was_never_dispatched_is_when_reopened(void **state)
{
    (void)state;
    life_item(&life, "land");
    /* to a body that units.yaml lists, and to no other address */
    struct command out = {.act = COMMAND_HAND_OUT, .by = STR("office"), .note = STR("归铁路部门"),
                          .url = STR("https://www.example.gov.cn/hf/2.html")};
    assert_int_equal(life_do(&life, &out), ERR_INVALID);
    assert_true(life_concern(&life)->state == CONCERN_FOUND);
    life_ok(COMMAND_HAND_OUT, "office", NULL, NULL);
    assert_int_equal(life_concern(&life)->outcome, OUTCOME_HANDED_OUT);
    assert_string_equal(life_concern(&life)->reply_url, LIFE_URL);
    life_ok(COMMAND_REOPEN, "office", NULL, NULL);
    assert_true(life_heard(life_event(&life, 0, EVENT_REOPENED), "hr-west"));
    assert_true(life_party(&life, "hr-west")->lead && life_concern(&life)->nparties == 1);
    life_ok(COMMAND_ACCEPT, "hr-west", NULL, NULL);
}

static void requests_fall_with_what_they_asked_of(void **state)
{
    (void)state;
    life_item(&life, "wage-arrears");
    life_ok(COMMAND_EXTEND, "hr-west", NULL, NULL);
    assert_int_equal(life_act(&life, COMMAND_DISMISS, "hr-west", NULL, NULL), ERR_REFUSED);
    life_ok(COMMAND_DENY, "office", NULL, NULL);
    assert_string_equal(life_event(&life, 0, EVENT_DENIED)->to, "hr-west");
    assert_true(!life_concern(&life)->extension_asked && !life_concern(&life)->extended);
    life_ok(COMMAND_DISMISS, "hr-west", NULL, NULL);
    life_ok(COMMAND_DENY, "office", NULL, NULL);
    assert_int_equal(life_event(&life, 0, EVENT_DENIED)->code, DISMISSAL_OLD_NEWS);
    life_ok(COMMAND_DISMISS, "hr-west", NULL, NULL);
    life_ok(COMMAND_REASSIGN, "office", "roads", NULL);
    assert_int_equal(life_concern(&life)->dismissal, DISMISSAL_NONE);
    assert_int_equal(life_act(&life, COMMAND_APPROVE, "office", NULL, NULL), ERR_REFUSED);
}

static void notes_pass_the_gate(void **state)
{
    struct command c = {.act = COMMAND_REMIND, .note = STR("请先删帖再办理")};
    char longer[603];
    (void)state;

    life_item(&life, "wage-arrears");
    assert_int_equal(life_do(&life, &c), ERR_REFUSED);
    for (size_t i = 0; i < sizeof longer; i += 3)
        memcpy(longer + i, "长", 3);
    c.note = (struct str){longer, sizeof longer};
    assert_int_equal(life_do(&life, &c), ERR_INVALID);
    c.note = STR("\xff");
    assert_int_equal(life_do(&life, &c), ERR_INVALID);
    c.note = STR("请两日内到现场核查");
    assert_int_equal(life_do(&life, &c), 0);
    assert_int_equal(life.out.nnotes, 1);
    assert_true(life.out.notes[0].seq == life_event(&life, 0, EVENT_REMINDED)->seq);
    assert_true(life.out.events[0].noted);
    assert_true(str_is((struct str){life.out.words.data + life.out.notes[0].off,
                                    life.out.notes[0].n}, "请两日内到现场核查"));
    c.note = STR_NONE;
    assert_int_equal(life_do(&life, &c), 0);
    assert_true(!life.out.nnotes && !life.out.events[0].noted);
}

static int point_to(const struct desk_page *page, const char *tag, uint32_t seed)
{
    struct verdict_box box;
    struct verdict *v = town_verdict(&box, tag, "330106", seed, 0);

    desk_changes_reset(&life.out);
    v->ntags = *tag != '\0';
    v->kind = VERDICT_REPORTED;
    v->elsewhere = true; /* whoever points to it knows better */
    int err = desk_register(life.desk, v, &(struct desk_origin){.source = 9}, page, life.now,
                            &life.out, &life.id, &life.reason);
    assert_int_equal(err == 0, life.reason == NULL);
    assert_int_equal(err == 0, life.id != 0);
    if (err)
        assert_true(!life.out.nevents && !life.out.nconcerns && !life.out.words.len);
    return err;
}

static void a_page_that_is_pointed_to(void **state)
{
    const struct desk_page plain = {.by = STR("office"), .note = STR("市里转来")};
    const struct desk_page named = {.topic = STR("epidemic")};
    (void)state;

    assert_int_equal(point_to(&plain, "wage-arrears", 901), 0);
    uint64_t first = life.id;
    life_event(&life, 0, EVENT_OPENED);
    life_event(&life, 1, EVENT_DISPATCHED);
    const struct event *e = life_event(&life, 2, EVENT_REGISTERED);
    assert_true(e->noted && life.out.notes[0].seq == e->seq && life.out.nnotes == 1);
    assert_string_equal(e->by, "office");
    assert_true(life_heard(e, "hr-west") && life_heard(e, "office"));
    assert_true(life_concern(&life)->registered);
    assert_int_equal(point_to(&plain, "wage-arrears", 901), 0); /* like what is there */
    assert_true(life.id == first && life_concern(&life)->items == 2);
    life_event(&life, 0, EVENT_JOINED);
    life_event(&life, 1, EVENT_REGISTERED);

    assert_int_equal(point_to(&plain, "", 902), ERR_INVALID); /* no topic */
    assert_int_equal(point_to(&named, "", 902), 0);
    assert_string_equal(life_concern(&life)->topic, "epidemic");
    assert_string_equal(life_concern(&life)->unit, "health");
    assert_int_equal(point_to(&(struct desk_page){.topic = STR("none")}, "land", 903), ERR_INVALID);
    assert_int_equal(point_to(&(struct desk_page){.by = STR("hr")}, "land", 903), ERR_REFUSED);
    assert_int_not_equal(point_to(&(struct desk_page){.note = STR("先删帖")}, "land", 903), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIFE_TEST(waits_for_its_assessment),
        LIFE_TEST(several_units_are_counted_each),
        LIFE_TEST(at_most_eight_units),
        LIFE_TEST(declining_and_reassigning_move_no_due),
        LIFE_TEST(is_handed_down_the_tree_only),
        LIFE_TEST(an_extension_moves_no_original_due),
        LIFE_TEST(an_extension_is_bounded_and_may_be_shortened),
        LIFE_TEST(a_lower_grade_tells_what_was_missed),
        LIFE_TEST(first_information_and_briefing),
        LIFE_TEST(closing_needs_something_published),
        LIFE_TEST(a_new_round_keeps_the_old_miss),
        LIFE_TEST(what_was_never_dispatched_is_when_reopened),
        LIFE_TEST(requests_fall_with_what_they_asked_of),
        LIFE_TEST(notes_pass_the_gate),
        LIFE_TEST(a_page_that_is_pointed_to),
    };
    return cmocka_run_group_tests_name("life", tests, NULL, NULL);
}
