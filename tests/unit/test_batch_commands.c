/* Commands through a batch into a file, and what a restart finds there. */
#include <sodium.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "store/backend.h"
#include "tests/unit/batch_rig.h"
#include "tests/unit/unit.h"

static void notes_and_parties_outlive_a_restart(void **state)
{
    struct batch_rig *t = *state;
    struct command assist = {.act = COMMAND_ASSIST, .by = STR("office"), .units = {STR("health")},
                             .nunits = 1, .note = STR("请联系13800138000核实"), .key = STR("k1")};
    struct concern c;
    struct buf note = BUF_INIT;

    assert_int_equal(batch_rig_do(t, &assist), 0);
    uint64_t seq = t->seq;
    assert_true(seq != 0);
    batch_rig_restart(t);
    assert_int_equal(store_note(t->store, seq, &note), 0);
    assert_true(str_starts(buf_str(&note), STR("请联系")));
    assert_true(str_find(buf_str(&note), STR("13800138000"), 0) == (size_t)-1); /* masked */
    assert_int_equal(store_concern(t->store, t->concern, &c), 0);
    assert_true(c.nparties == 2 && strcmp(c.parties[1].unit, "health") == 0);
    concern_clear(&c);
    /* the same key is the same act, also after the restart */
    assert_int_equal(batch_rig_do(t, &assist), 0);
    assert_true(t->seq == seq);
    assist.key = STR("k2");
    assert_int_equal(batch_rig_do(t, &assist), ERR_REFUSED);
    /* the unit that assists acts after the restart as before */
    struct command part = {.act = COMMAND_ACCEPT, .by = STR("health")};
    assert_int_equal(batch_rig_do(t, &part), 0);
    assert_int_equal(desk_concern(t->desk, t->concern)->state, CONCERN_OPEN);
    buf_free(&note);
}

/* One person's key, and one receiver's, is one request, whatever others count by. */
static void a_key_is_one_request_of_one_caller(void **state)
{
    struct batch_rig *t = *state;
    struct command first = {.act = COMMAND_REMIND, .by = STR("office"), .key = STR("k1"),
                            .person = 7, .note = STR("请抓紧")};
    struct command other = first, desk = first, list[3];
    uint64_t seq;

    assert_int_equal(batch_rig_do(t, &first), 0);
    seq = t->seq;
    assert_true(seq != 0 && !batch_repeated(t->batch));
    other.note = STR("请尽快");
    list[0] = other;
    list[1] = list[2] = first;
    list[1].act = COMMAND_CLOSE;
    list[2].by = STR("labour");
    for (int restarted = 0; restarted < 2; restarted++) {
        assert_int_equal(batch_rig_do(t, &first), 0);
        assert_true(t->seq == seq && batch_repeated(t->batch));
        for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
            assert_int_equal(batch_rig_do(t, &list[i]), ERR_REUSED);
            assert_int_equal(t->seq, 0);
        }
        batch_rig_restart(t);
    }
    other.person = 8;
    assert_int_equal(batch_rig_do(t, &other), 0);
    assert_true(t->seq > seq && !batch_repeated(t->batch));
    seq = t->seq;
    desk.receiver = STR("desk-1");
    assert_int_equal(batch_rig_do(t, &desk), 0);
    assert_true(t->seq > seq);
    seq = t->seq;
    desk.receiver = STR("desk-2");
    assert_int_equal(batch_rig_do(t, &desk), 0);
    assert_true(t->seq > seq);
    /* what was refused is not kept */
    other = (struct command){.act = COMMAND_CLOSE, .by = STR("office"), .key = STR("k2"),
                             .person = 7};
    assert_true(batch_rig_do(t, &other) != 0);
    first.key = STR("k2");
    assert_int_equal(batch_rig_do(t, &first), 0);
}

/* Stores of older programs have bare keys, and no word of what was asked for. */
static void what_an_older_program_kept_is_understood(void **state)
{
    struct batch_rig *t = *state;
    struct command remind = {.act = COMMAND_REMIND, .by = STR("office"), .person = 7};
    struct command again = remind;
    struct store_command kept[] = {{.key = "k1", .at = t->now},
                                   {.key = "office/k2", .at = t->now},
                                   {.key = "calendar-2031", .at = t->now}};
    struct store_batch older = {.commands = kept, .ncommands = 3}, out;

    assert_int_equal(batch_begin(t->batch, t->desk, t->now, &(struct batch_bounds){.commands = 1}),
                     0);
    assert_int_equal(batch_calendar(t->batch, 2030), 0);
    assert_true(batch_finish(t->batch, &out) && out.nevents == 1);
    kept[2].seq = out.events[0].seq;
    assert_int_equal(store_commit(t->store, &out), 0);
    batch_applied(t->batch);
    assert_int_equal(batch_rig_do(t, &remind), 0);
    uint64_t seq = kept[0].seq = kept[1].seq = t->seq;
    assert_int_equal(store_commit(t->store, &older), 0);
    again.key = STR("k1");
    assert_int_equal(batch_rig_do(t, &again), 0);
    assert_true(t->seq == seq && batch_repeated(t->batch));
    again.key = STR("office/k2"); /* the bus's: its bare form is not of the bus's receivers */
    again.receiver = STR("desk-1");
    assert_int_equal(batch_rig_do(t, &again), 0);
    assert_true(t->seq > seq);
    again.key = STR("k2");
    assert_int_equal(batch_rig_do(t, &again), 0);
    assert_true(t->seq == seq && batch_repeated(t->batch));
    again.receiver = STR_NONE;
    again.key = STR("calendar-2031"); /* what it tells of is of no concern */
    assert_int_equal(batch_rig_do(t, &again), 0);
    assert_true(t->seq > seq && !batch_repeated(t->batch));
    assert_int_equal(batch_begin(t->batch, t->desk, t->now, &(struct batch_bounds){.commands = 1}),
                     0);
    assert_int_equal(batch_calendar(t->batch, 2031), 0);
    assert_false(batch_finish(t->batch, &out));
    batch_applied(t->batch);
}

static int cannot_read(struct store *s, const char *key, struct store_command *out)
{
    (void)s;
    (void)key;
    (void)out;
    return ERR_NET;
}

static int no_number(struct store *s, uint64_t *out)
{
    (void)s;
    *out = 7;
    return ERR_NET;
}

/* What is not known to have been done may have been. */
static void what_cannot_be_looked_up_is_not_done_twice(void **state)
{
    struct batch_rig *t = *state;
    struct command remind = {.act = COMMAND_REMIND, .by = STR("office"), .key = STR("k1"),
                             .concern = t->concern};
    const struct backend *sound = t->store->backend;
    struct backend faulty = *sound;
    const char *reason;
    uint64_t seq;
    int status;

    faulty.command = cannot_read;
    faulty.rules = no_number;
    assert_int_equal(batch_rig_do(t, &remind), 0);
    uint64_t head = store_head(t->store);
    t->store->backend = &faulty;
    assert_int_equal(batch_begin(t->batch, t->desk, t->now, &(struct batch_bounds){.commands = 1}),
                     0);
    assert_int_equal(batch_command(t->batch, &remind, &status, &reason, &seq), ERR_NET);
    assert_int_equal(batch_calendar(t->batch, 2031), ERR_NET);
    assert_int_equal(batch_rules(t->batch, t->conf.rules, &seq), ERR_NET);
    uint64_t number;
    assert_int_equal(store_read_rules(t->store, &number), ERR_NET);
    assert_int_equal(number, 0);
    batch_applied(t->batch);
    t->store->backend = sound;
    assert_int_equal(batch_rig_do(t, &remind), 0);
    assert_int_equal(store_head(t->store), head);
}

static void what_was_closed_long_ago_can_be_reopened(void **state)
{
    struct batch_rig *t = *state;
    struct command answer = {.act = COMMAND_ANSWER, .by = STR("labour"), .url = STR(BATCH_RIG_URL)};
    struct command again = {.act = COMMAND_REOPEN, .note = STR("未解决")};

    assert_int_equal(batch_rig_do(t, &answer), 0);
    t->now += 90 * CLOCK_DAY;
    batch_rig_restart(t);
    assert_null(desk_concern(t->desk, t->concern)); /* forgotten */
    assert_int_equal(batch_rig_do(t, &answer), 0);       /* the same answer again: nothing new */
    assert_true(t->seq == 0);
    assert_int_equal(batch_rig_do(t, &again), 0);
    assert_true(t->seq != 0);
    batch_rig_restart(t);
    const struct concern *c = desk_concern(t->desk, t->concern);
    assert_non_null(c);
    assert_true(c->state == CONCERN_OPEN && c->round == 1 && c->misses == 0);
    assert_true(c->due == t->now + 48 * BATCH_RIG_HOUR && desk_next(t->desk) > t->now);
    t->concern = 999;
    assert_int_equal(batch_rig_do(t, &again), ERR_NOTFOUND);
}

/* 不公开: the ground is named, and it is public that it was answered, by whom and on what ground. */
static void an_answer_may_be_withheld_with_its_ground(void **state)
{
    struct batch_rig *t = *state;
    struct command answer = {.act = COMMAND_ANSWER, .by = STR("labour"), .scoped = true,
                             .scope = SCOPE_WITHHELD};
    struct command again = {.act = COMMAND_REOPEN, .note = STR("未解决")};
    struct store_counts counts;
    struct concern c;
    struct event list[64];

    assert_int_equal(batch_rig_do(t, &answer), ERR_INVALID); /* no ground */
    answer.article = SCOPE_ARTICLE_15;
    answer.url = STR(BATCH_RIG_URL);
    assert_int_equal(batch_rig_do(t, &answer), ERR_INVALID); /* what is withheld stands nowhere */
    answer.url = STR_NONE;
    assert_int_equal(batch_rig_do(t, &answer), 0);
    batch_rig_restart(t);
    assert_int_equal(store_concern(t->store, t->concern, &c), 0);
    assert_true(c.state == CONCERN_CLOSED && c.outcome == OUTCOME_ANSWERED && !c.reply_url);
    assert_true(c.scope == SCOPE_WITHHELD && c.article == SCOPE_ARTICLE_15 && c.answered);
    concern_clear(&c);
    int n = store_events_after(t->store, 0, list, 64);
    assert_true(list[n - 2].type == EVENT_ANSWERED &&
                list[n - 2].code == scope_code(SCOPE_WITHHELD, SCOPE_ARTICLE_15));
    assert_string_equal(list[n - 2].by, "labour");

    assert_int_equal(batch_rig_do(t, &again), 0);
    answer = (struct command){.act = COMMAND_ANSWER, .by = STR("labour"), .url = STR(BATCH_RIG_URL),
                              .scoped = true, .scope = SCOPE_SUMMARY};
    answer.article = SCOPE_ARTICLE_14;
    assert_int_equal(batch_rig_do(t, &answer), ERR_INVALID); /* what is published needs no ground */
    answer.article = SCOPE_ARTICLE_NONE;
    assert_int_equal(batch_rig_do(t, &answer), 0);
    assert_int_equal(store_concern(t->store, t->concern, &c), 0);
    assert_true(c.scope == SCOPE_SUMMARY && c.article == SCOPE_ARTICLE_NONE);
    concern_clear(&c);
    assert_int_equal(store_counts(t->store, &counts), 0);
    assert_true(counts.answers[SCOPE_FULL] == 0 && counts.answers[SCOPE_SUMMARY] == 1 &&
                counts.answers[SCOPE_WITHHELD] == 1);
}

struct texts {
    size_t n;
    struct store_publication last;
    char text[256];
};

static int take_text(void *arg, const struct store_publication *p)
{
    struct texts *t = arg;

    t->n++;
    t->last = *p;
    snprintf(t->text, sizeof t->text, "%.*s", STR_ARG(p->text));
    return 0;
}

static int any_reply(void *arg, const struct store_reply *reply)
{
    (void)arg;
    (void)reply;
    return 1;
}

/* So many answers in one transaction: the status of the last. */
static int survey(struct batch_rig *t, uint16_t round, bool solved, int n)
{
    struct store_batch out;
    int status = 0;

    assert_int_equal(batch_begin(t->batch, t->desk, t->now, &(struct batch_bounds){.commands = 1}),
                     0);
    for (int i = 0; i < n; i++)
        assert_int_equal(batch_survey(t->batch, t->concern, round, solved, &status, &t->reason), 0);
    assert_int_equal(status == 0, t->reason == NULL);
    assert_int_equal(batch_replies_want(t->batch), 0);
    if (batch_finish(t->batch, &out))
        assert_int_equal(store_commit(t->store, &out), 0);
    batch_applied(t->batch);
    return status;
}

static struct store_survey counted(struct batch_rig *t, uint16_t round)
{
    struct store_survey s = {0};

    store_survey(t->store, t->concern, round, &s);
    return s;
}

static void answers_of_the_public_are_bounded_by_the_hour(void **state)
{
    struct batch_rig *t = *state;
    struct command answer = {.act = COMMAND_ANSWER, .by = STR("labour"), .url = STR(BATCH_RIG_URL)};

    assert_int_equal(survey(t, 0, true, 1), ERR_REFUSED); /* there is no reply yet */
    assert_int_equal(batch_rig_do(t, &answer), 0);
    assert_int_equal(survey(t, 1, true, 1), ERR_REFUSED); /* of another round */
    assert_int_equal(survey(t, 0, true, 20), 0);
    batch_rig_restart(t);
    assert_int_equal(survey(t, 0, true, 10), 0);
    assert_int_equal(survey(t, 0, false, 1), ERR_AGAIN);
    assert_true(counted(t, 0).solved == 30 && counted(t, 0).not_yet == 0);
    t->now += BATCH_RIG_HOUR;
    assert_int_equal(survey(t, 0, false, 2), 0);
    assert_true(counted(t, 0).solved == 30 && counted(t, 0).not_yet == 2);
    t->now += 90 * CLOCK_DAY;
    batch_rig_restart(t);
    assert_null(desk_concern(t->desk, t->concern)); /* forgotten, and asked about all the same */
    assert_int_equal(survey(t, 0, false, 1), 0);
    assert_int_equal(counted(t, 0).not_yet, 3);
}

static void answers_of_the_public_reopen(void **state)
{
    struct batch_rig *t = *state;
    struct command answer = {.act = COMMAND_ANSWER, .by = STR("labour"), .url = STR(BATCH_RIG_URL)};
    struct store_counts n;
    struct concern c;

    assert_int_equal(batch_rig_do(t, &answer), 0);
    assert_int_equal(survey(t, 0, true, 2), 0);
    /* the sixth of this transaction finds it reopened */
    assert_int_equal(survey(t, 0, false, 6), ERR_REFUSED);
    assert_int_equal(counted(t, 0).not_yet, 3);
    batch_rig_restart(t);
    assert_int_equal(store_concern(t->store, t->concern, &c), 0);
    assert_true(c.round == 1 && c.state == CONCERN_OPEN && !c.reply_url);
    concern_clear(&c);
    assert_int_equal(store_counts(t->store, &n), 0);
    assert_true(n.reopened[REOPENING_SURVEY] == 1 && n.reopened[REOPENING_NONE] == 0);
    assert_int_equal(store_replies(t->store, t->concern, any_reply, NULL), 1); /* of round 0 */
}

/* What is written and approved in one transaction is published whole. */
static void a_published_text_is_kept_with_its_hash(void **state)
{
    struct batch_rig *t = *state;
    struct command draft = {.act = COMMAND_DRAFT, .by = STR("labour"),
                            .text = STR("工资将在30天内全部支付到位，联系电话13812345678。")};
    struct command approve = {.act = COMMAND_APPROVE, .by = STR("office")};
    struct texts texts = {0};

    assert_int_equal(batch_rig_do(t, &draft), 0);
    approve.draft = t->seq;
    batch_rig_restart(t);
    assert_int_equal(batch_rig_do(t, &approve), 0);
    assert_int_equal(store_publications(t->store, t->concern, take_text, &texts), 0);
    assert_true(texts.n == 1 && texts.last.edition == 1 && texts.last.published == t->now);
    assert_string_equal(texts.last.unit, "labour");
    assert_null(strstr(texts.text, "13812345678"));
    unsigned char hash[STORE_PUBLICATION_HASH];
    crypto_hash_sha256(hash, (const unsigned char *)texts.text, strlen(texts.text));
    assert_memory_equal(hash, texts.last.hash, sizeof hash);
    const struct concern *c = desk_concern(t->desk, t->concern);
    assert_int_equal(c->clocks[c->nclocks - 1].act, ACT_PROMISE); /* what it promises is followed */
    assert_int_equal(store_replies(t->store, t->concern, any_reply, NULL), 0);
}

int main(void)
{
#define RIG_TEST(f) cmocka_unit_test_setup_teardown(f, batch_rig_set_up, batch_rig_tear_down)
    const struct CMUnitTest tests[] = {
        RIG_TEST(notes_and_parties_outlive_a_restart),
        RIG_TEST(a_key_is_one_request_of_one_caller),
        RIG_TEST(what_an_older_program_kept_is_understood),
        RIG_TEST(what_cannot_be_looked_up_is_not_done_twice),
        RIG_TEST(what_was_closed_long_ago_can_be_reopened),
        RIG_TEST(an_answer_may_be_withheld_with_its_ground),
        RIG_TEST(answers_of_the_public_are_bounded_by_the_hour),
        RIG_TEST(answers_of_the_public_reopen),
        RIG_TEST(a_published_text_is_kept_with_its_hash),
    };
    return cmocka_run_group_tests_name("batch commands", tests, NULL, NULL);
}
