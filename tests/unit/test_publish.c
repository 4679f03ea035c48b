/* Replies that the ledger itself publishes: written by one, approved by another (审签). */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "base/err.h"
#include "tests/unit/life_fixture.h"

static int set_up(void **state)
{
    (void)state;
    life_open(&life);
    life.town.conf.ledger = STR("https://hf.example.gov.cn");
    life_clear(&life);
    life_item(&life, "wage-arrears");
    return 0;
}

static int draft(const char *by, const char *text)
{
    return life_do(&life, &(struct command){.act = COMMAND_DRAFT, .by = str_from(by),
                                            .text = str_from(text)});
}

static int sign(const char *by)
{
    return life_act(&life, COMMAND_APPROVE, by, NULL, NULL);
}

static const struct desk_text *text_of(enum desk_text_act act)
{
    assert_int_equal(life.out.ntexts, 1);
    assert_int_equal(life.out.texts[0].act, act);
    assert_true(life.out.texts[0].concern == life.id);
    return &life.out.texts[0];
}

static void the_answer_counts_from_its_publication(void **state)
{
    const struct concern *c = life_concern(&life);
    (void)state;

    life.now = c->due - 1;
    assert_int_equal(draft("hr-west", LIFE_TEXT), 0);
    const struct event *drafted = life_event(&life, 0, EVENT_DRAFTED);
    assert_true(life_heard(drafted, "hr") && life_heard(drafted, "office"));
    assert_string_equal(drafted->by, "hr-west");
    const struct desk_text *t = text_of(DESK_TEXT_DRAFTED);
    assert_true(t->seq == drafted->seq && c->draft == drafted->seq);
    assert_memory_equal(life.out.words.data + t->off, LIFE_TEXT, t->n);
    assert_true(c->state == CONCERN_OPEN && !c->reply_url && !c->answered);
    uint64_t seq = c->draft;

    life.now = c->due + 1; /* it was written in time, and published too late */
    assert_int_equal(sign("hr"), 0);
    assert_true(life_event(&life, 0, EVENT_ANSWERED)->late);
    life_event(&life, 1, EVENT_CLOSED);
    const struct event *published = life_event(&life, 2, EVENT_PUBLISHED);
    assert_true(published->after == 1 && life_heard(published, "hr-west"));
    assert_string_equal(published->by, "hr");
    t = text_of(DESK_TEXT_PUBLISHED);
    assert_true(t->seq == seq && t->edition == 1 && t->round == 0);
    assert_true(c->answered == life.now && c->outcome == OUTCOME_ANSWERED && !c->draft);
    assert_string_equal(c->drafter, "");
    assert_string_equal(c->reply_url, "https://hf.example.gov.cn/replies/c1");
}

static void nobody_approves_his_own_words(void **state)
{
    (void)state;

    assert_int_equal(draft("hr-west", LIFE_TEXT), 0);
    assert_int_equal(sign("hr-west"), ERR_REFUSED); /* who wrote it */
    assert_int_equal(sign("city"), ERR_REFUSED);    /* who was not named */
    assert_int_equal(sign("office"), 0);
    life_clear(&life);
    life_item(&life, "wage-arrears");
    assert_int_equal(draft("office", LIFE_TEXT), 0); /* in the lead's place */
    assert_int_equal(sign("office"), ERR_REFUSED);
    assert_non_null(strstr(life.reason, "另一人"));
    assert_int_equal(sign(""), ERR_REFUSED); /* who sits there acts for it */
    assert_int_equal(sign("hr"), ERR_REFUSED); /* of hr-west's words only */
    assert_int_equal(life_act(&life, COMMAND_DENY, "office", NULL, NULL), 0); /* taken back */
    assert_int_equal(life_concern(&life)->draft, 0);
}

static int as(uint64_t person, enum command_act act, const char *by)
{
    return life_do(&life, &(struct command){.act = act, .by = str_from(by), .person = person,
                                            .text = act == COMMAND_DRAFT ? STR(LIFE_TEXT)
                                                                         : STR_NONE,
                                            .draft = life_concern(&life)->draft});
}

/* One who sits at the socket may name any unit: two names are not two people. */
static void nobody_approves_his_own_words_under_another_name(void **state)
{
    uint64_t me = command_person(COMMAND_OS_USER, STR("1000"));
    uint64_t other = command_person(COMMAND_OS_USER, STR("1001"));
    uint64_t account = command_person(COMMAND_ACCOUNT, STR("1000"));
    (void)state;

    assert_true(me && me != other && me != account);
    assert_int_equal(as(me, COMMAND_DRAFT, "hr-west"), 0);
    assert_true(life_concern(&life)->draft_person == me);
    assert_int_equal(as(me, COMMAND_APPROVE, "hr"), ERR_REFUSED);
    assert_non_null(strstr(life.reason, "换个单位名义"));
    assert_int_equal(as(me, COMMAND_APPROVE, "office"), ERR_REFUSED);
    assert_int_equal(as(me, COMMAND_APPROVE, ""), ERR_REFUSED);
    assert_int_equal(as(0, COMMAND_APPROVE, "office"), ERR_REFUSED); /* nobody knows who */
    assert_int_equal(as(other, COMMAND_APPROVE, "hr-west"), ERR_REFUSED); /* the same unit */
    assert_int_equal(as(account, COMMAND_APPROVE, "office"), 0);
    assert_int_equal(life_concern(&life)->draft_person, 0);
    /* the same of a correction; who wrote it may take it back */
    assert_int_equal(as(me, COMMAND_DRAFT, "hr-west"), 0);
    assert_int_equal(as(me, COMMAND_APPROVE, "hr"), ERR_REFUSED);
    assert_int_equal(life_do(&life, &(struct command){.act = COMMAND_DENY, .by = STR("hr"),
                                                      .person = me, .note = STR("另写"),
                                                      .draft = life_concern(&life)->draft}), 0);
    assert_int_equal(life_concern(&life)->draft_person, 0);
}

static void only_the_text_that_was_read_is_approved(void **state)
{
    struct command approve = {.act = COMMAND_APPROVE, .by = STR("office")};
    (void)state;

    assert_int_equal(draft("hr-west", "第一稿。"), 0);
    uint64_t first = life_concern(&life)->draft;
    assert_int_equal(life_do(&life, &approve), ERR_INVALID); /* which? */
    assert_int_equal(draft("hr-west", "第二稿。"), ERR_REFUSED); /* one at a time */
    assert_int_equal(life_act(&life, COMMAND_DENY, "hr", NULL, NULL), 0);
    const struct event *denied = life_event(&life, 0, EVENT_DENIED);
    assert_true(denied->noted && denied->act == ACT_REPLY && life_heard(denied, "hr-west"));
    assert_string_equal(denied->to, "hr-west");
    assert_true(text_of(DESK_TEXT_DROPPED)->seq == first);
    assert_int_equal(draft("hr-west", "第二稿。"), 0);
    approve.draft = first;
    assert_int_equal(life_do(&life, &approve), ERR_INVALID);
    approve.draft = life_concern(&life)->draft;
    assert_int_equal(life_do(&life, &approve), 0);
}

static void the_gate_holds_for_texts(void **state)
{
    (void)state;

    assert_int_equal(draft("hr-west", "已协调平台删除该帖。"), ERR_REFUSED);
    assert_int_equal(draft("hr-west", "\n  "), ERR_INVALID);
    assert_int_equal(life.out.words.len, 0);
}

static void what_waits_falls_with_what_it_answers(void **state)
{
    static const enum command_act ends[] = {COMMAND_ANSWER, COMMAND_DISMISS, COMMAND_HAND_OUT,
                                            COMMAND_REASSIGN};
    (void)state;

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        life_clear(&life);
        life_item(&life, "wage-arrears");
        assert_int_equal(draft("hr-west", LIFE_TEXT), 0);
        uint64_t seq = life_concern(&life)->draft;
        assert_int_equal(life_act(&life, ends[i], "office",
                                  ends[i] == COMMAND_REASSIGN ? "roads" : NULL, NULL), 0);
        assert_true(text_of(DESK_TEXT_DROPPED)->seq == seq);
        assert_int_equal(life_concern(&life)->draft, 0);
    }
}

static void a_correction_is_another_edition(void **state)
{
    const struct concern *c = life_concern(&life);
    (void)state;

    assert_int_equal(draft("hr-west", LIFE_TEXT), 0);
    assert_int_equal(sign("office"), 0);
    int64_t answered = c->answered;
    life.now += HOUR;
    assert_int_equal(draft("hr-west", "更正：工资已于上月底全部支付。"), 0);
    assert_int_equal(sign("hr"), 0);
    assert_int_equal(life.out.nevents, 1);
    assert_int_equal(life_event(&life, 0, EVENT_PUBLISHED)->after, 2);
    assert_int_equal(text_of(DESK_TEXT_PUBLISHED)->edition, 2);
    assert_true(c->answered == answered && c->edition == 2 && c->state == CONCERN_CLOSED);
    /* Another round has an address and editions of its own. */
    assert_int_equal(life_act(&life, COMMAND_REOPEN, "office", NULL, NULL), 0);
    assert_true(!c->edition && !c->reply_url);
    assert_int_equal(draft("hr-west", LIFE_TEXT), 0);
    assert_int_equal(sign("hr"), 0);
    assert_string_equal(c->reply_url, "https://hf.example.gov.cn/replies/c1-2");
    assert_true(life.out.texts[0].round == 1 && life.out.texts[0].edition == 1);
}

static void only_its_own_replies_are_corrected(void **state)
{
    (void)state;

    assert_int_equal(life_act(&life, COMMAND_ANSWER, "hr-west", NULL, NULL), 0);
    assert_int_equal(draft("hr-west", LIFE_TEXT), ERR_REFUSED);
    assert_non_null(strstr(life.reason, "更正"));
}

int main(void)
{
#define PUBLISH_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, life_tear_down)
    const struct CMUnitTest tests[] = {
        PUBLISH_TEST(the_answer_counts_from_its_publication),
        PUBLISH_TEST(nobody_approves_his_own_words),
        PUBLISH_TEST(nobody_approves_his_own_words_under_another_name),
        PUBLISH_TEST(only_the_text_that_was_read_is_approved),
        PUBLISH_TEST(the_gate_holds_for_texts),
        PUBLISH_TEST(what_waits_falls_with_what_it_answers),
        PUBLISH_TEST(a_correction_is_another_edition),
        PUBLISH_TEST(only_its_own_replies_are_corrected),
    };
    return cmocka_run_group_tests_name("publish", tests, NULL, NULL);
}
