#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "alerts/deadlines/calendar.h"
#include "base/clock.h"
#include "base/file.h"
#include "tests/unit/scratch.h"

enum { CLOSE = (17 * 60 + 30) * 60 * 1000 };

static char calendars[4096];

static struct calendar *load_shipped(void)
{
    struct problems *problems = problems_new();
    struct calendar *c = calendar_load(calendars, problems);

    problems_print(problems, stderr);
    problems_free(problems);
    assert_non_null(c);
    return c;
}

static int64_t day_of(const char *date)
{
    long long y, m, d;

    assert_int_equal(str_int((struct str){date, 4}, 1, 9999, &y), 0);
    assert_int_equal(str_int((struct str){date + 5, 2}, 1, 12, &m), 0);
    assert_int_equal(str_int((struct str){date + 8, 2}, 1, 31, &d), 0);
    return clock_days((int)y, (int)m, (int)d);
}

static void workdays_of_known_dates(void **state)
{
    static const struct {
        const char *date;
        bool work, provisional;
    } known[] = {
        {"2020-01-19", true, false},  /* Sunday, made up */
        {"2020-01-31", false, false}, /* prolonged Spring Festival */
        {"2020-02-02", false, false}, /* prolonged to here */
        {"2020-02-03", true, false},
        {"2024-02-04", true, false},  /* Sunday, made up */
        {"2024-02-09", true, false},  /* 除夕 of that year was no holiday */
        {"2024-02-10", false, false},
        {"2026-02-23", false, false}, /* last day of nine */
        {"2026-02-24", true, false},
        {"2006-12-30", true, false},  /* Saturday; the notice for 2007 speaks of it */
        {"2006-12-29", true, true},
        {"2006-10-03", false, true},
        {"2006-10-04", true, true},
        {"2031-01-01", false, true},  /* Wednesday, fixed date */
        {"2031-01-02", true, true},
        {"2031-05-01", false, true},
        {"2031-05-03", false, true},  /* Saturday */
        {"1969-12-31", true, true},   /* Wednesday before the epoch */
        {"1969-12-28", false, true},
    };
    struct calendar *c = load_shipped();
    (void)state;

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        bool provisional;
        bool work = calendar_is_workday(c, day_of(known[i].date), &provisional);
        if (work != known[i].work || provisional != known[i].provisional)
            fail_msg("%s: work %d provisional %d", known[i].date, work, provisional);
    }
    calendar_free(c);
}

static void counts_working_days(void **state)
{
    static const struct {
        const char *from, *due;
        int n;
        bool provisional;
    } known[] = {
        /* an ordinary week */
        {"2026-03-02T09:00:00+08:00", "2026-03-04T17:30:00+08:00", 2, false},
        /* Friday; the day of receipt is not counted, late in the evening included */
        {"2026-03-06T23:59:59+08:00", "2026-03-09T17:30:00+08:00", 1, false},
        {"2026-03-06T00:00:00+08:00", "2026-03-09T17:30:00+08:00", 1, false},
        /* the same instants in UTC fall on other dates there */
        {"2026-03-05T16:00:00Z", "2026-03-09T17:30:00+08:00", 1, false},
        {"2026-03-05T15:59:59Z", "2026-03-06T17:30:00+08:00", 1, false},
        /* received on a holiday */
        {"2026-02-17T10:00:00+08:00", "2026-02-24T17:30:00+08:00", 1, false},
        /* over a make-up Saturday (2026-02-14) and Spring Festival (02-15 .. 02-23) */
        {"2026-02-12T10:00:00+08:00", "2026-02-24T17:30:00+08:00", 3, false},
        /* into the prolonged Spring Festival of 2020; Sunday 2020-01-19 is worked */
        {"2020-01-17T20:00:00+08:00", "2020-02-03T17:30:00+08:00", 6, false},
        {"2020-01-23T23:00:00+08:00", "2020-02-03T17:30:00+08:00", 1, false},
        /* over the end of a year: 2025-01-01 is off, Thursday is worked */
        {"2024-12-31T09:00:00+08:00", "2025-01-02T17:30:00+08:00", 1, false},
        /* 2008-12-31 .. 2009: 2009-01-01..03 off, Sunday 01-04 made up */
        {"2008-12-31T09:00:00+08:00", "2009-01-04T17:30:00+08:00", 1, false},
        /* past the last published year */
        {"2026-12-31T09:00:00+08:00", "2027-01-04T17:30:00+08:00", 1, true},
        /* 30 working days over National Day 2025 (10-01 .. 10-08, 09-28 and 10-11 worked) */
        {"2025-09-15T09:00:00+08:00", "2025-10-31T17:30:00+08:00", 30, false},
    };
    struct calendar *c = load_shipped();
    (void)state;

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        int64_t from, due;
        bool provisional;
        char text[CLOCK_TEXT];
        assert_int_equal(clock_parse(str_from(known[i].from), &from), 0);
        due = calendar_add_workdays(c, from, known[i].n, CLOSE, &provisional);
        if (strcmp(clock_format(due, text), known[i].due) != 0 ||
            provisional != known[i].provisional)
            fail_msg("%s + %d: %s, expected %s (provisional %d)", known[i].from, known[i].n, text,
                     known[i].due, provisional);
    }
    calendar_free(c);
}

static void warns_sixty_days_ahead(void **state)
{
    static const struct {
        const char *now;
        int year;
    } rows[] = {
        {"2026-11-01T23:59:59+08:00", 0},    {"2026-11-02T00:00:00+08:00", 2027},
        {"2026-11-01T16:00:00Z", 2027},      {"2026-12-31T12:00:00+08:00", 2027},
        {"2027-01-01T00:00:00+08:00", 2027}, {"2027-12-31T00:00:00+08:00", 2027},
        {"2006-12-01T00:00:00+08:00", 2006}, {"2007-01-01T00:00:00+08:00", 0},
        {"2300-01-01T00:00:00+08:00", 2300},
    };
    struct calendar *c = load_shipped();
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t now;
        assert_int_equal(clock_parse(str_from(rows[i].now), &now), 0);
        if (calendar_missing(c, now) != rows[i].year)
            fail_msg("%s: %d", rows[i].now, calendar_missing(c, now));
    }
    calendar_free(c);
}

static void write_file(const char *dir, const char *name, const char *text)
{
    char *path;

    assert_true(asprintf(&path, "%s/%s", dir, name) > 0);
    assert_int_equal(file_replace(path, str_from(text), 0600), 0);
    free(path);
}

static void wrong_calendars_are_told(void **state)
{
    static const struct {
        const char *text, *place;
    } wrong[] = {
        {"year: 2030\nsource: [https://a.cn/x]\noff: [2030-02-30]\nwork: []\n", ":3"},
        {"year: 2031\nsource: [https://a.cn/x]\noff: []\nwork: []\n", ":1"},
        {"year: 2030\nsource: [https://a.cn/x]\noff: [2030-05-03..2030-05-01]\nwork: []\n", ":3"},
        {"year: 2030\nsource: [https://a.cn/x]\noff: [2030-05-01..2030-12-01]\nwork: []\n", ":3"},
        {"year: 2030\nsource: [https://a.cn/x]\noff: [2030-05-01]\nwork:\n  - 2030-05-01\n", ":5"},
        {"year: 2030\nsource: [https://a.cn/x]\noff: [2033-05-01]\nwork: []\n", ":3"},
        {"year: 2030\nsource: [https://a.cn/x]\noff: []\n", ":1"},
        {"year: 2030\nsource: [https://a.cn/x]\noff: []\nwork: [2030-04-27..2030-04-28]\n", ":4"},
    };
    char dir[SCRATCH_PATH];
    (void)state;

    assert_int_equal(scratch_folder(dir, "calendar"), 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct problems *problems = problems_new();
        const char *file, *text;
        char place[32];
        int line;
        write_file(dir, "cn-2030.yaml", wrong[i].text);
        assert_null(calendar_load(dir, problems));
        assert_int_equal(problems_count(problems), 1);
        problems_get(problems, 0, &file, &line, &text);
        snprintf(place, sizeof place, ":%d", line);
        if (strcmp(place, wrong[i].place) != 0)
            fail_msg("case %zu: line %d: %s", i, line, text);
        problems_free(problems);
    }
    assert_int_equal(scratch_remove(dir), 0);
    struct problems *problems = problems_new();
    assert_null(calendar_load(dir, problems)); /* gone: the folder must exist */
    assert_int_equal(problems_count(problems), 1);
    problems_free(problems);
}

static void check_year(const struct calendar *c, const char *data, int year)
{
    char path[4096];
    json_error_t error;
    size_t i;
    json_t *root, *one;
    unsigned char said[800] = {0};
    int64_t first = clock_days(year - 1, 1, 1);

    snprintf(path, sizeof path, "%s/holidays/%d.json", data, year);
    root = json_load_file(path, 0, &error);
    assert_non_null(root);
    json_array_foreach(json_object_get(root, "days"), i, one)
    {
        int64_t day = day_of(json_string_value(json_object_get(one, "date")));
        bool off = json_is_true(json_object_get(one, "isOffDay")), provisional;
        if (calendar_is_workday(c, day, &provisional) == off || provisional)
            fail_msg("%s differs", json_string_value(json_object_get(one, "date")));
        said[day - first] = 1;
    }
    json_decref(root);
    /* Days that no notice names follow the week: ours name no others. The notice of the next year
     * may speak of the last days of this one. */
    for (int64_t day = clock_days(year, 1, 1); day < clock_days(year, 12, 29); day++) {
        bool weekend = ((day + 3) % 7) >= 5;
        if (!said[day - first] && calendar_is_workday(c, day, NULL) == weekend)
            fail_msg("day %lld of %d is not as the week says", (long long)day, year);
    }
}

static void equals_published_holidays(void **state)
{
    const char *data = getenv("HUIYING_TEST_DATA");
    struct calendar *c;
    (void)state;

    if (!data)
        skip();
    c = load_shipped();
    for (int year = 2007; year <= 2026; year++)
        check_year(c, data, year);
    calendar_free(c);
}

int main(void)
{
    const char *source = getenv("srcdir");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workdays_of_known_dates),
        cmocka_unit_test(counts_working_days),
        cmocka_unit_test(equals_published_holidays),
        cmocka_unit_test(warns_sixty_days_ahead),
        cmocka_unit_test(wrong_calendars_are_told),
    };

    snprintf(calendars, sizeof calendars, "%s/rules/calendars", source ? source : ".");
    return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
