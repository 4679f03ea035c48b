#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "alerts/clocks.h"
#include "base/clock.h"
#include "base/file.h"
#include "tests/unit/desk_fixture.h"

#define MINUTE INT64_C(60000)

static struct town town;

static int open_town(void **state)
{
    (void)state;
    town_open(&town, NULL, CLOCK_DAY);
    return 0;
}

static int close_town(void **state)
{
    (void)state;
    town_close(&town);
    return 0;
}

static int64_t instant(const char *text)
{
    int64_t ms;

    assert_int_equal(clock_parse(str_from(text), &ms), 0);
    return ms;
}

/* The rules that hold, in one line. */
static const char *choice(const struct deadlines *d, enum source_kind kind,
                          enum verdict_request request, enum grade grade, const char *topic,
                          const char *own)
{
    static char line[400];
    struct str list[RULES_DEADLINES_MAX];
    const struct deadline_rule *out[DEADLINE_CLOCKS_MAX];
    struct deadline_case what = {kind, request, grade, str_from(topic), list, 0};

    for (struct str rest = str_from(own); rest.n;) {
        size_t space = str_find(rest, STR(" "), 0);
        size_t n = space == (size_t)-1 ? rest.n : space;
        list[what.nown++] = (struct str){rest.p, n};
        rest = n == rest.n ? STR_NONE : (struct str){rest.p + n + 1, rest.n - n - 1};
    }
    size_t n = deadline_choose(d, &what, out);
    *line = '\0';
    for (size_t i = 0; i < n; i++) {
        size_t end = strlen(line);
        snprintf(line + end, sizeof line - end, "%s%s", i ? " " : "", out[i]->id);
    }
    return line;
}

static void shipped_rules_are_chosen(void **state)
{
    static const struct {
        enum source_kind kind;
        enum verdict_request request;
        enum grade grade;
        const char *own, *chosen;
    } rows[] = {
        {SOURCE_NEWS, REQUEST_COMPLAINT, GRADE_ORDINARY, "accept-30min ordinary-48h",
         "accept-30min ordinary-48h"}, /* the topic's own, whatever the table says */
        {SOURCE_NEWS, REQUEST_ENQUIRY, GRADE_ORDINARY, "chosen", "accept-2h ordinary-48h"},
        {SOURCE_BOARD, REQUEST_ENQUIRY, GRADE_ORDINARY, "chosen", "accept-1wd enquiry-3wd"},
        {SOURCE_BOARD, REQUEST_HELP, GRADE_LARGER, "chosen", "accept-1wd suggestion-5wd"},
        {SOURCE_OFFICIAL, REQUEST_SUGGESTION, GRADE_ORDINARY, "chosen",
         "accept-1wd suggestion-5wd"},
        {SOURCE_OFFICIAL, REQUEST_COMPLAINT, GRADE_ORDINARY, "accept-30min chosen",
         "accept-30min complaint-15wd"},
        {SOURCE_OFFICIAL, REQUEST_REPORT, GRADE_ORDINARY, "chosen",
         "accept-1wd investigation-20wd"},
        /* of several of its own the one that fits */
        {SOURCE_BOARD, REQUEST_ENQUIRY, GRADE_ORDINARY,
         "accept-2h enquiry-3wd complaint-15wd investigation-30wd", "accept-2h enquiry-3wd"},
        {SOURCE_BOARD, REQUEST_COMPLAINT, GRADE_ORDINARY,
         "accept-2h enquiry-3wd complaint-15wd investigation-30wd", "accept-2h complaint-15wd"},
        {SOURCE_BOARD, REQUEST_REPORT, GRADE_ORDINARY,
         "accept-2h enquiry-3wd complaint-15wd investigation-30wd",
         "accept-2h investigation-30wd"},
        {SOURCE_NEWS, REQUEST_COMPLAINT, GRADE_ORDINARY, "enquiry-3wd complaint-15wd",
         "enquiry-3wd"}, /* the table names neither for news: the first */
        /* 5 h, 24 h and 研判 come with 重大 and above, not below, whatever the topic lists */
        {SOURCE_NEWS, REQUEST_HELP, GRADE_LARGER, "major-5h ordinary-48h", "ordinary-48h"},
        {SOURCE_NEWS, REQUEST_HELP, GRADE_MAJOR, "ordinary-48h",
         "ordinary-48h major-5h major-24h assess-30min"},
        {SOURCE_BOARD, REQUEST_HELP, GRADE_GRAVE, "", "accept-1wd suggestion-5wd major-5h "
                                                      "major-24h assess-30min"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(choice(town.deadlines, rows[i].kind, rows[i].request, rows[i].grade,
                                   "x", rows[i].own), rows[i].chosen);
}

static struct deadlines *load(const char *text, const char *calendars, struct problems *problems)
{
    char path[] = "/tmp/huiying-deadlines-XXXXXX", shipped[4096];
    const char *source = getenv("srcdir");
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    close(fd);
    snprintf(shipped, sizeof shipped, "%s/rules/calendars", source ? source : ".");
    assert_int_equal(file_replace(path, str_from(text), 0600), 0);
    struct deadlines *d = deadline_load(path, calendars ? calendars : shipped, problems);
    unlink(path);
    return d;
}

#define RULES                                                                                      \
    "rules:\n"                                                                                     \
    "  - {id: r1, clock: wall, within: 1h, act: reply, basis: x}\n"                                \
    "  - {id: r2, clock: wall, within: 2h, act: reply, basis: x}\n"                                \
    "  - {id: r3, clock: wall, within: 3h, act: reply, basis: x}\n"                                \
    "  - {id: a1, clock: wall, within: 1h, act: accept, starts: dispatched, basis: x}\n"           \
    "  - {id: g1, clock: wall, within: 1h, act: briefing, grade: grave, basis: x}\n"

static void the_most_specific_row_wins(void **state)
{
    struct problems *problems = problems_new();
    struct deadlines *d = load(RULES "choose:\n"
                                     "  - {clocks: [a1, r1]}\n"
                                     "  - {source: board, grade: major, clocks: [r2]}\n"
                                     "  - {source: board, clocks: [r1]}\n"
                                     "  - {request: [help, report], clocks: [r3]}\n"
                                     "  - {topic: water, clocks: [r2]}\n"
                                     "  - {topic: [water, gas], request: help, clocks: [r1]}\n",
                               NULL, problems);
    (void)state;

    problems_print(problems, stderr);
    assert_non_null(d);
#define CHOICE(kind, request, grade, topic) choice(d, kind, request, grade, topic, "chosen")
    assert_string_equal(CHOICE(SOURCE_NEWS, REQUEST_ENQUIRY, GRADE_MAJOR, "x"), "a1 r1");
    assert_string_equal(CHOICE(SOURCE_BOARD, REQUEST_ENQUIRY, GRADE_GRAVE, "x"), "a1 r2 g1");
    assert_string_equal(CHOICE(SOURCE_BOARD, REQUEST_ENQUIRY, GRADE_LARGER, "x"), "a1 r1");
    assert_string_equal(CHOICE(SOURCE_BOARD, REQUEST_REPORT, GRADE_MAJOR, "x"), "a1 r3");
    assert_string_equal(CHOICE(SOURCE_BOARD, REQUEST_REPORT, GRADE_MAJOR, "water"), "a1 r2");
    assert_string_equal(CHOICE(SOURCE_NEWS, REQUEST_HELP, GRADE_ORDINARY, "water"), "a1 r1");
    assert_string_equal(CHOICE(SOURCE_NEWS, REQUEST_ENQUIRY, GRADE_ORDINARY, "gas"), "a1 r1");
    deadline_free(d);
    problems_free(problems);
}

static void wrong_tables_are_told(void **state)
{
    static const struct {
        const char *text;
        int line;
    } wrong[] = {
        {RULES "choose: [{clocks: [a1]}]\n", 7},                 /* no reply by default */
        {RULES "choose:\n  - {source: news, clocks: [r1]}\n", 8}, /* no default */
        {RULES "choose:\n  - {clocks: [r1]}\n  - {request: help, clocks: [r9]}\n", 9},
        {RULES "choose:\n  - {clocks: [r1, g1]}\n", 8}, /* comes with its grade */
        {RULES "choose:\n  - {clocks: [r1]}\n  - {source: radio, clocks: [r1]}\n", 9},
        {RULES "escalation: [0h, 24h, 24h]\n", 7},
        {RULES "escalation: []\n", 7},
        {"rules:\n  - {id: chosen, clock: wall, within: 1h, act: reply, basis: x}\n", 2},
        {"rules:\n  - {id: r1, clock: wall, within: 1h, act: reply, starts: accepted, basis: x}\n",
         2},
    };
    (void)state;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct problems *problems = problems_new();
        const char *file, *text;
        int line;
        assert_null(load(wrong[i].text, NULL, problems));
        assert_int_equal(problems_count(problems), 1);
        problems_get(problems, 0, &file, &line, &text);
        if (line != wrong[i].line)
            fail_msg("case %zu: line %d: %s", i, line, text);
        problems_free(problems);
    }
}

static struct concern found(const char *topic, enum grade grade, int64_t at)
{
    struct concern c = {.id = 1, .grade = grade, .proposed = grade, .opened = at,
                        .kind = SOURCE_BOARD, .request = REQUEST_COMPLAINT};

    snprintf(c.topic, sizeof c.topic, "%s", topic);
    clocks_start(&c, town.deadlines, town.conf.rules, at, true);
    return c;
}

static const struct concern_clock *clock_of(const struct concern *c, const char *rule)
{
    for (size_t i = 0; i < c->nclocks; i++)
        if (!strcmp(c->clocks[i].rule, rule))
            return &c->clocks[i];
    return NULL;
}

static void a_proposed_grade_runs_provisionally(void **state)
{
    int64_t now = town_morning();
    struct concern c = found("wage-arrears", GRADE_ORDINARY, now);
    (void)state;

    assert_int_equal(c.nclocks, 2);
    assert_true(c.due == now + 48 * HOUR);
    assert_false(clocks_propose(&c, town.deadlines, GRADE_ORDINARY, now));
    assert_true(clocks_propose(&c, town.deadlines, GRADE_LARGER, now + HOUR));
    assert_true(c.nclocks == 2 && c.grade == GRADE_LARGER);
    assert_true(clocks_propose(&c, town.deadlines, GRADE_GRAVE, now + 2 * HOUR));
    assert_false(clocks_propose(&c, town.deadlines, GRADE_MAJOR, now + 2 * HOUR));
    assert_int_equal(c.nclocks, 5);
    assert_true(clock_of(&c, "major-5h")->provisional);
    assert_true(clock_of(&c, "major-5h")->due == now + 7 * HOUR); /* from the proposal */
    assert_true(clock_of(&c, "assess-30min")->due == now + 2 * HOUR + 30 * MINUTE);
    assert_true(c.due == now + 48 * HOUR);

    struct concern denied = c; /* 研判: not major */
    clocks_regrade(&denied, town.deadlines, GRADE_LARGER, now + 3 * HOUR);
    assert_null(clock_of(&denied, "major-5h"));
    assert_null(clock_of(&denied, "major-24h"));
    assert_true(clock_of(&denied, "assess-30min")->met == now + 3 * HOUR);
    assert_true(denied.assessed == now + 3 * HOUR && denied.grade == GRADE_LARGER);
    assert_true(denied.due == now + 48 * HOUR);

    clocks_regrade(&c, town.deadlines, GRADE_MAJOR, now + 3 * HOUR);
    assert_false(clock_of(&c, "major-5h")->provisional);
    assert_true(clock_of(&c, "major-5h")->due == now + 7 * HOUR);
    clocks_meet(&c, ACT_FIRST_INFO, now + 4 * HOUR);
    clocks_regrade(&c, town.deadlines, GRADE_GRAVE, now + 5 * HOUR); /* what is met stays so */
    assert_true(clock_of(&c, "major-5h")->met == now + 4 * HOUR);
    assert_int_equal(c.nclocks, 5);
}

static void a_decided_grade_waits_for_another_assessment(void **state)
{
    int64_t now = town_morning();
    struct concern c = found("wage-arrears", GRADE_ORDINARY, now);
    (void)state;

    clocks_regrade(&c, town.deadlines, GRADE_ORDINARY, now);
    assert_int_equal(c.nclocks, 2); /* nothing to assess any more */
    assert_true(clocks_propose(&c, town.deadlines, GRADE_MAJOR, now + HOUR));
    assert_int_equal(c.grade, GRADE_ORDINARY);
    assert_true(clock_of(&c, "major-24h")->provisional && clock_of(&c, "assess-30min"));
    clocks_regrade(&c, town.deadlines, GRADE_MAJOR, now + 2 * HOUR);
    assert_false(clock_of(&c, "major-24h")->provisional);
    assert_true(clocks_propose(&c, town.deadlines, GRADE_GRAVE, now + 3 * HOUR));
    assert_true(clock_of(&c, "assess-30min")->due == now + 3 * HOUR + 30 * MINUTE);
    assert_true(clock_of(&c, "assess-30min")->met == 0);
    assert_false(clock_of(&c, "major-24h")->provisional); /* decided before */
    assert_int_equal(c.nclocks, 5);
    /* a grade that nobody had proposed */
    struct concern sudden = found("wage-arrears", GRADE_ORDINARY, now);
    clocks_regrade(&sudden, town.deadlines, GRADE_MAJOR, now + 90 * HOUR);
    assert_int_equal(sudden.nclocks, 4);
    assert_true(clock_of(&sudden, "major-5h")->due == now + 95 * HOUR);
    assert_false(clock_of(&sudden, "major-5h")->provisional);
}

static void clocks_wait_for_their_trigger(void **state)
{
    int64_t now = town_morning();
    struct concern c = {.id = 1, .topic = "wage-arrears"};
    (void)state;

    for (size_t i = 0; i < town.deadlines->count; i++)
        if (town.deadlines->list[i].act == ACT_ACCEPT)
            town.deadlines->list[i].trigger = DEADLINE_DISPATCHED;
    clocks_start(&c, town.deadlines, town.conf.rules, now, false); /* waits for 研判 */
    assert_int_equal(c.nclocks, 1);
    assert_null(clock_of(&c, "accept-2h"));
    clocks_trigger(&c, town.deadlines, town.conf.rules, DEADLINE_DISPATCHED, now + HOUR);
    assert_true(clock_of(&c, "accept-2h")->due == now + 3 * HOUR);
    clocks_trigger(&c, town.deadlines, town.conf.rules, DEADLINE_DISPATCHED, now + 2 * HOUR);
    assert_true(c.nclocks == 2 && clock_of(&c, "accept-2h")->due == now + 3 * HOUR);
    assert_true(c.due == now + 48 * HOUR);
    clocks_start(&c, town.deadlines, town.conf.rules, now + 90 * HOUR, true); /* a new round */
    assert_true(c.nclocks == 2 && c.due == now + 138 * HOUR);
}

static void a_corrected_request_only_shortens(void **state)
{
    int64_t now = town_morning();
    (void)state;

    town.rules.topics[0].deadlines[0] = STR("chosen");
    town.rules.topics[0].ndeadlines = 1;
    struct concern c = found("wage-arrears", GRADE_ORDINARY, now);
    int64_t due = c.due;
    assert_non_null(clock_of(&c, "complaint-15wd"));
    c.request = REQUEST_REPORT; /* 20 working days: the original due stays */
    clocks_rechoose(&c, town.deadlines, town.conf.rules, now + HOUR);
    assert_true(c.due == due && clock_of(&c, "complaint-15wd"));
    struct concern late = c;
    c.request = late.request = REQUEST_ENQUIRY; /* 3 */
    clocks_rechoose(&c, town.deadlines, town.conf.rules, now + HOUR);
    assert_true(c.due == instant("2026-03-05T17:30:00+08:00"));
    assert_non_null(clock_of(&c, "enquiry-3wd"));
    assert_null(clock_of(&c, "complaint-15wd"));
    /* corrected when 3 working days are over: nobody becomes overdue by a correction */
    clocks_rechoose(&late, town.deadlines, town.conf.rules, now + 5 * CLOCK_DAY);
    assert_true(late.due == due);
}

static void supervision_waits_for_an_extension(void **state)
{
    int64_t now = town_morning(), due = now + 48 * HOUR;
    struct concern c = found("wage-arrears", GRADE_ORDINARY, now);
    size_t which;
    (void)state;

    clocks_meet(&c, ACT_ACCEPT, now);
    c.extended = due + 100 * HOUR;
    assert_int_equal(clocks_advance(&c, 1, town.deadlines, due), CLOCKS_OVERDUE); /* original */
    assert_int_equal(clocks_advance(&c, 1, town.deadlines, due + 99 * HOUR), CLOCKS_NOTHING);
    assert_true(clocks_next(&c, town.deadlines, &which) == due + 100 * HOUR);
    assert_int_equal(clocks_advance(&c, 1, town.deadlines, due + 100 * HOUR), CLOCKS_ESCALATED);
    assert_true(clocks_next(&c, town.deadlines, &which) == due + 124 * HOUR);
    assert_int_equal(c.clocks[1].level, 1);
    c.extended = due + 150 * HOUR; /* once more: level 1 is not told again */
    assert_true(clocks_next(&c, town.deadlines, &which) == due + 174 * HOUR);
}

int main(void)
{
#define CLOCKS_TEST(f) cmocka_unit_test_setup_teardown(f, open_town, close_town)
    const struct CMUnitTest tests[] = {
        CLOCKS_TEST(shipped_rules_are_chosen),
        CLOCKS_TEST(the_most_specific_row_wins),
        CLOCKS_TEST(wrong_tables_are_told),
        CLOCKS_TEST(a_proposed_grade_runs_provisionally),
        CLOCKS_TEST(a_decided_grade_waits_for_another_assessment),
        CLOCKS_TEST(clocks_wait_for_their_trigger),
        CLOCKS_TEST(a_corrected_request_only_shortens),
        CLOCKS_TEST(supervision_waits_for_an_extension),
    };
    return cmocka_run_group_tests_name("clocks", tests, NULL, NULL);
}
