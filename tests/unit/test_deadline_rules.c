/* The table of deadline rules: which rows a concern has, and what is wrong with one. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "alerts/deadlines/deadline.h"
#include "base/clock.h"
#include "base/file.h"
#include "tests/unit/desk_fixture.h"
#include "tests/unit/scratch.h"

/* The rules that hold, in one line. */
static const char *choice(const struct deadlines *d, enum source_kind kind,
                          enum verdict_request request, enum grade grade, const char *topic,
                          const char *own)
{
    static char line[400];
    struct str list[RULES_DEADLINES_MAX];
    const struct deadline_rule *out[DEADLINE_CLOCKS_MAX];
    struct deadline_case what = {.kind = kind, .request = request, .grade = grade,
                                 .topic = str_from(topic), .own = list};

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
    char path[SCRATCH_PATH], shipped[4096];
    const char *source = getenv("srcdir");

    assert_int_equal(scratch_file(path, "deadlines", text), 0);
    snprintf(shipped, sizeof shipped, "%s/rules/calendars", source ? source : ".");
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
        {"rules:\n  - {id: r1, clock: wall, within: 1h, act: reply, emergency: true, basis: x}\n",
         2}, /* what is chosen has it, whatever it is */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOWN_TEST(shipped_rules_are_chosen),
        TOWN_TEST(the_most_specific_row_wins),
        TOWN_TEST(wrong_tables_are_told),
    };
    return cmocka_run_group_tests_name("deadline rules", tests, NULL, NULL);
}
