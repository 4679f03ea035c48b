/* Each situation x act x actor against tests/data/steps.tsv, which was written apart from the table
 * of steps. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/file.h"
#include "tests/unit/life_fixture.h"
#include "tests/unit/paths.h"

static void make_found(void)
{
    life_item(&life, "land");
}

static void make_assessed(void)
{
    make_found();
    life_ok(COMMAND_ASSESS, "office", NULL, NULL);
}

static void make_open(void)
{
    make_assessed();
    life_ok(COMMAND_DISPATCH, "office", "hr-west", "health");
    life_ok(COMMAND_PROGRESS, "hr-west", NULL, NULL);
}

static void make_accepted(void)
{
    make_open();
    life_ok(COMMAND_ACCEPT, "hr-west", NULL, NULL);
    life_ok(COMMAND_ACCEPT, "health", NULL, NULL);
}

static void make_extension(void)
{
    make_accepted();
    life_ok(COMMAND_EXTEND, "hr-west", NULL, NULL);
}

static void make_dismissal(void)
{
    make_accepted();
    life_ok(COMMAND_DISMISS, "hr-west", NULL, NULL);
}

static void make_declined(void)
{
    make_open();
    life_ok(COMMAND_DECLINE, "hr-west", NULL, NULL);
}

static void make_closed(void)
{
    make_accepted();
    life_ok(COMMAND_ANSWER, "hr-west", NULL, NULL);
}

static void make_dismissed(void)
{
    make_accepted();
    life_ok(COMMAND_DISMISS, "office", NULL, NULL);
}

static void make_draft(void)
{
    make_accepted();
    life_ok(COMMAND_DRAFT, "hr-west", NULL, NULL);
}

static void make_published(void)
{
    make_draft();
    life_ok(COMMAND_APPROVE, "hr", NULL, NULL);
}

static void make_correction(void)
{
    make_published();
    life_ok(COMMAND_DRAFT, "hr-west", NULL, NULL);
}

static const struct {
    const char *name;
    void (*make)(void);
    enum concern_state state;
    bool answered; /* the other one is, and what is asked for has a reason */
} situations[] = {
    {"found", make_found, CONCERN_FOUND, false},
    {"assessed", make_assessed, CONCERN_FOUND, false},
    {"open", make_open, CONCERN_OPEN, false},
    {"accepted", make_accepted, CONCERN_ACCEPTED, false},
    {"extension", make_extension, CONCERN_ACCEPTED, false},
    {"dismissal", make_dismissal, CONCERN_ACCEPTED, false},
    {"declined", make_declined, CONCERN_DECLINED, false},
    {"closed", make_closed, CONCERN_CLOSED, false},
    {"dismissed", make_dismissed, CONCERN_CLOSED, false},
    {"other-closed", make_accepted, CONCERN_ACCEPTED, true},
    {"draft", make_draft, CONCERN_ACCEPTED, false},
    {"published", make_published, CONCERN_CLOSED, false},
    {"correction", make_correction, CONCERN_CLOSED, false},
};
enum { SITUATIONS = sizeof situations / sizeof *situations, ACTORS = 6 };

static const char *const actors[ACTORS] = {"hr-west", "health", "hr", "office", "", "roads"};

/* Two items, and another concern: what regrouping needs. */
static void make_company(bool answered)
{
    uint64_t id;

    life_copy(&life);
    id = life.id;
    life_item(&life, "wage-arrears");
    if (answered)
        life_ok(COMMAND_ANSWER, "office", NULL, NULL);
    life.other = life.id;
    life.id = id;
}

static int act_as(enum command_act act, const char *by, bool why)
{
    static const char *const first[COMMAND_ACTS] = {[COMMAND_DISPATCH] = "hr-west",
                                                    [COMMAND_REASSIGN] = "roads",
                                                    [COMMAND_HAND_ON] = "hr-desk",
                                                    [COMMAND_ASSIST] = "roads"};

    if (why && act == COMMAND_MERGE)
        return life_do(&life, &(struct command){.act = act, .by = str_from(by),
                                                .other = life.other, .note = STR("仍未解决")});
    return life_act(&life, act, by, first[act], act == COMMAND_DISPATCH ? "health" : NULL);
}

/* Whoever has to do with it hears of it, whoever lost it too, and who must act next. */
static void check_audience(const struct concern *before)
{
    const struct concern *after = life_concern(&life);
    const struct concern *const both[] = {before, after};
    struct concern_party parties[PARTIES_MAX];

    for (size_t i = 0; i < life.out.nevents; i++) {
        const struct event *e = &life.out.events[i];
        assert_true(life_heard(e, "office"));
        assert_true(!*e->to || life_heard(e, e->to));
        if (e->concern != life.id)
            continue;
        for (size_t k = 0; k < 2; k++) {
            size_t n = concern_parties(both[k], parties);
            for (size_t p = 0; p < n; p++)
                if (concern_party_active(&parties[p]) && !life_heard(e, parties[p].unit))
                    fail_msg("%s does not hear of %s", parties[p].unit, event_type_name(e->type));
        }
    }
}

static void check_refusal(const char *what)
{
    struct str reason = str_from(life.reason);

    /* Chinese first, then English in brackets, and no more than a command's row holds */
    if (!reason.n || !((unsigned char)reason.p[0] & 0x80) || reason.n >= 160 ||
        str_find(reason, STR(" ("), 0) == (size_t)-1 || reason.p[reason.n - 1] != ')')
        fail_msg("%s: refused with \"%s\"", what, life.reason);
}

static void check_cell(size_t situation, enum command_act act, size_t actor, struct str expected)
{
    struct concern before;
    char what[80];

    snprintf(what, sizeof what, "%s %s by \"%s\"", situations[situation].name,
             command_form(act)->name, actors[actor]);
    life_clear(&life);
    situations[situation].make();
    make_company(situations[situation].answered);
    assert_int_equal(life_concern(&life)->state, situations[situation].state);
    assert_int_equal(concern_copy(&before, life_concern(&life)), 0);
    int err = act_as(act, actors[actor], situations[situation].answered);
    const struct concern *after = life_concern(&life);
    bool refused = str_is(expected, "-"), repeat = str_is(expected, "=");
    if ((err != 0) != refused || (life.out.nevents == 0) != (refused || repeat))
        fail_msg("%s: %s, %zu events, %s; not %.*s", what, err_name(err), life.out.nevents,
                 life.reason ? life.reason : "", STR_ARG(expected));
    if (refused)
        check_refusal(what);
    if (refused || repeat)
        assert_int_equal(after->state, before.state);
    else if (!str_is(expected, concern_state_name(after->state)))
        fail_msg("%s: %s, not %.*s", what, concern_state_name(after->state), STR_ARG(expected));
    assert_int_equal(after->state == CONCERN_CLOSED, after->outcome != OUTCOME_NONE);
    if (after->round == before.round)
        assert_true(after->due == before.due);
    for (size_t i = 0; i < life.out.nevents; i++)
        assert_string_equal(life.out.events[i].by, actors[actor]);
    check_audience(&before);
    concern_clear(&before);
}

static struct str next_cell(struct str *line)
{
    size_t end = str_find(*line, STR("\t"), 0);
    struct str cell = {line->p, end == (size_t)-1 ? line->n : end};
    size_t skip = end == (size_t)-1 ? line->n : end + 1;

    *line = (struct str){line->p + skip, line->n - skip};
    return cell;
}

static size_t check_row(struct str line)
{
    struct str name = next_cell(&line), act = next_cell(&line);
    size_t situation = 0;
    int number = command_find(act);

    while (situation < SITUATIONS && !str_is(name, situations[situation].name))
        situation++;
    if (situation == SITUATIONS || number < 0)
        fail_msg("what is %.*s %.*s?", STR_ARG(name), STR_ARG(act));
    for (size_t i = 0; i < ACTORS; i++)
        check_cell(situation, (enum command_act)number, i, next_cell(&line));
    return situation * COMMAND_ACTS + (size_t)number;
}

static void every_step_is_as_written(void **state)
{
    static bool seen[SITUATIONS * COMMAND_ACTS];
    struct buf rows = BUF_INIT;
    char path[4096];
    size_t count = 0;
    (void)state;

    life_open(&life);
    assert_int_equal(file_read(paths_source("tests/data/steps.tsv", path), 1 << 20, &rows), 0);
    for (size_t at = 0; at < rows.len; count++) {
        struct str rest = {rows.data + at, rows.len - at};
        rest.n = str_find(rest, STR("\n"), 0);
        at += rest.n + 1;
        if (rest.p[0] == '#' || str_starts(rest, STR("situation\t"))) {
            count--;
            continue;
        }
        size_t row = check_row(rest);
        assert_false(seen[row]);
        seen[row] = true;
    }
    assert_int_equal(count, SITUATIONS * COMMAND_ACTS); /* nothing was left out */
    buf_free(&rows);
    life_close(&life);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_step_is_as_written)};

    return cmocka_run_group_tests_name("steps", tests, NULL, NULL);
}
