#define _GNU_SOURCE
#include "alerts/deadlines/calendar.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/err.h"

/* A notice may speak of the last days of the year before and the first of the year after. */
enum { YEAR_MIN = 1990, YEAR_MAX = 2199, RANGE_MAX = 31, WARNED_DAYS = 60 };

enum day_kind { DAY_UNSAID, DAY_OFF, DAY_WORK };

struct calendar {
    int64_t first;       /* day of YEAR_MIN-01-01 */
    size_t ndays;
    unsigned char *days; /* enum day_kind */
    bool covered[YEAR_MAX - YEAR_MIN + 1];
};

static const struct conf_key text_element = {NULL, CONF_TEXT, true, NULL, NULL, NULL, 0, 0, NULL};
static const struct conf_key url_element = {NULL, CONF_URL, true, NULL, NULL, NULL, 0, 0, NULL};
static const struct conf_key file_keys[] = {
    {"year", CONF_INT, true, NULL, NULL, NULL, YEAR_MIN, YEAR_MAX, NULL},
    {"source", CONF_LIST, true, NULL, &url_element, NULL, 0, 0, NULL},
    {"off", CONF_LIST, true, NULL, &text_element, NULL, 0, 0, NULL},
    {"work", CONF_LIST, true, NULL, &text_element, NULL, 0, 0, NULL},
    {NULL, 0, false, NULL, NULL, NULL, 0, 0, NULL},
};

/* Days since 1970-01-01 began on a Thursday; 0 is Monday. */
static int weekday(int64_t day)
{
    return (int)(((day + 3) % 7 + 7) % 7);
}

static bool read_date(struct str text, int64_t *day)
{
    char full[] = "YYYY-MM-DDT00:00:00Z";
    int64_t ms;

    if (text.n != 10)
        return false;
    memcpy(full, text.p, 10);
    if (clock_parse(STR(full), &ms))
        return false;
    *day = ms / CLOCK_DAY - (ms % CLOCK_DAY < 0);
    return true;
}

/* "2026-02-15" or "2026-02-15..2026-02-23", both ends included. */
static bool read_range(struct str text, int64_t *from, int64_t *to)
{
    size_t dots = str_find(text, STR(".."), 0);

    if (dots == (size_t)-1) {
        *to = 0;
        return read_date(text, from) && read_date(text, to);
    }
    return read_date((struct str){text.p, dots}, from) &&
           read_date((struct str){text.p + dots + 2, text.n - dots - 2}, to) && *from <= *to &&
           *to - *from < RANGE_MAX;
}

static void mark_days(struct calendar *c, const struct conf_node *node, int year,
                      enum day_kind kind, struct problems *problems)
{
    struct str text = conf_text(node);
    int64_t from, to;

    if (!text.n)
        return;
    if (!read_range(text, &from, &to) || (kind == DAY_WORK && from != to)) {
        conf_problem(problems, node, "日期 “%.*s” 无效，应为 2026-02-15%s (invalid date)",
                     STR_ARG(text), kind == DAY_OFF ? " 或 2026-02-15..2026-02-23" : "");
        return;
    }
    if (from < clock_days(year, 1, 1) - RANGE_MAX || to > clock_days(year, 12, 31) + RANGE_MAX) {
        conf_problem(problems, node, "日期 “%.*s” 不属于 %d 年 (date is not of that year)",
                     STR_ARG(text), year);
        return;
    }
    for (int64_t day = from; day <= to; day++) {
        size_t at = (size_t)(day - c->first);
        if (day < c->first || at >= c->ndays)
            continue;
        if (c->days[at] != DAY_UNSAID)
            conf_problem(problems, node, "日期 “%.*s” 重复 (day is given twice)", STR_ARG(text));
        c->days[at] = (unsigned char)kind;
    }
}

static void load_file(struct calendar *c, const char *path, int year, struct problems *problems)
{
    struct conf_doc *doc = conf_load(path, file_keys, problems);
    const struct conf_node *root = conf_root(doc), *off = conf_get(root, "off"),
                           *work = conf_get(root, "work"), *given = conf_get(root, "year");

    if (!doc)
        return;
    if (given && conf_int(given, year) != year)
        conf_problem(problems, given, "年份与文件名 cn-%d.yaml 不符 (year differs from the file name)",
                     year);
    for (size_t i = 0; i < conf_count(off); i++)
        mark_days(c, conf_at(off, i), year, DAY_OFF, problems);
    for (size_t i = 0; i < conf_count(work); i++)
        mark_days(c, conf_at(work, i), year, DAY_WORK, problems);
    c->covered[year - YEAR_MIN] = true;
    conf_free(doc);
}

/* The YYYY of "cn-YYYY.yaml", or 0. */
static int year_of_name(const char *name)
{
    struct str s = str_from(name);
    long long year;

    if (s.n != 12 || !str_starts(s, STR("cn-")) || strcmp(name + 7, ".yaml") != 0 ||
        str_int((struct str){name + 3, 4}, YEAR_MIN, YEAR_MAX, &year))
        return 0;
    return (int)year;
}

static int calendar_file(const struct dirent *entry)
{
    return year_of_name(entry->d_name) != 0;
}

static struct calendar *empty(void)
{
    struct calendar *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->first = clock_days(YEAR_MIN, 1, 1);
    c->ndays = (size_t)(clock_days(YEAR_MAX + 1, 1, 1) - c->first);
    c->days = calloc(c->ndays, 1);
    if (!c->days) {
        free(c);
        return NULL;
    }
    return c;
}

struct calendar *calendar_load(const char *dir, struct problems *problems)
{
    size_t before = problems_count(problems);
    struct dirent **files = NULL;
    struct calendar *c = empty();
    int n = scandir(dir, &files, calendar_file, alphasort);
    int err = !c ? ERR_NOMEM : n >= 0 ? 0 : errno == ENOENT ? ERR_NOTFOUND : ERR_IO;

    if (err)
        problems_add(problems, dir, 0, "读不了日历目录: %s (cannot read calendar folder)",
                     err_text(err));
    for (int i = 0; i < n; i++) {
        char *path = NULL;
        if (c && asprintf(&path, "%s/%s", dir, files[i]->d_name) >= 0) {
            load_file(c, path, year_of_name(files[i]->d_name), problems);
            free(path);
        } else {
            problems_add(problems, dir, 0, "%s", err_text(ERR_NOMEM));
        }
        free(files[i]);
    }
    free(files);
    if (problems_count(problems) == before)
        return c;
    calendar_free(c);
    return NULL;
}

void calendar_free(struct calendar *c)
{
    if (!c)
        return;
    free(c->days);
    free(c);
}

/* 元旦, 劳动节 and 国庆节 fall on the same dates every year; the others follow the moon. */
static bool fixed_holiday(int month, int day)
{
    return (month == 1 && day == 1) || (month == 5 && day == 1) || (month == 10 && day <= 3);
}

bool calendar_is_workday(const struct calendar *c, int64_t day, bool *provisional)
{
    int year, month, of_month;
    bool covered, weekend = weekday(day) >= 5;
    enum day_kind said = DAY_UNSAID;

    clock_date(day, &year, &month, &of_month);
    covered = year >= YEAR_MIN && year <= YEAR_MAX && c->covered[year - YEAR_MIN];
    if (day >= c->first && (size_t)(day - c->first) < c->ndays)
        said = c->days[day - c->first];
    if (provisional)
        *provisional = !covered && said == DAY_UNSAID;
    if (said != DAY_UNSAID)
        return said == DAY_WORK;
    return !weekend && (covered || !fixed_holiday(month, of_month));
}

int calendar_missing(const struct calendar *c, int64_t now)
{
    for (int ahead = 0; ahead <= WARNED_DAYS; ahead += WARNED_DAYS) {
        int64_t local = now + CLOCK_CHINA;
        int year, month, day;
        clock_date(local / CLOCK_DAY - (local % CLOCK_DAY < 0) + ahead, &year, &month, &day);
        if (year < YEAR_MIN || year > YEAR_MAX || !c->covered[year - YEAR_MIN])
            return year;
    }
    return 0;
}

int64_t calendar_add_workdays(const struct calendar *c, int64_t from, int n, int64_t office_close,
                              bool *provisional)
{
    int64_t local = from + CLOCK_CHINA;
    int64_t day = local / CLOCK_DAY - (local % CLOCK_DAY < 0);
    bool any = false;

    assert(n >= 1);
    while (n > 0) {
        bool guessed;
        if (calendar_is_workday(c, ++day, &guessed))
            n--;
        any = any || guessed;
    }
    if (provisional)
        *provisional = any;
    return day * CLOCK_DAY + office_close - CLOCK_CHINA;
}
