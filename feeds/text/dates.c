#include "feeds/text/dates.h"

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "feeds/text/datescan.h"
#include "feeds/text/datewords.h"

static int full_year(int y, int digits)
{
    if (digits >= 4)
        return y;
    return digits == 3 ? 1900 + y : y < 50 ? 2000 + y : 1900 + y; /* RFC 2822 §4.3 */
}

/* [Day,] D Mon YYYY [time] [zone], also "Mon D, YYYY" and asctime's order. */
static int read_rfc822(struct datescan c, int zone, int64_t *ms)
{
    struct datescan_moment m = {.zone = zone};
    int n;

    datescan_blanks(&c);
    if (c.at < c.s.n && datescan_alpha(c.s.p[c.at]) && !datescan_month(&c, &m.month)) {
        while (c.at < c.s.n && datescan_alpha(c.s.p[c.at]))
            c.at++;
        while (c.at < c.s.n && (c.s.p[c.at] == ',' || c.s.p[c.at] == '.'))
            c.at++;
        datescan_blanks(&c);
        if (c.at < c.s.n && datescan_alpha(c.s.p[c.at]) && !datescan_month(&c, &m.month))
            return ERR_SYNTAX;
    }
    datescan_blanks(&c);
    if (!datescan_number(&c, 2, &m.day))
        return ERR_SYNTAX;
    while (c.at < c.s.n && (c.s.p[c.at] == '-' || c.s.p[c.at] == ',' || c.s.p[c.at] == ' '))
        c.at++;
    bool named_first = m.month != 0;
    if (!named_first && !datescan_month(&c, &m.month))
        return ERR_SYNTAX;
    while (c.at < c.s.n && (c.s.p[c.at] == '-' || c.s.p[c.at] == ',' || c.s.p[c.at] == ' '))
        c.at++;
    bool early = named_first && datescan_time(&c, &m); /* asctime: time before year */
    datescan_blanks(&c);
    if (early)
        datescan_zone(&c, &m.zone);
    datescan_blanks(&c);
    n = datescan_number(&c, 4, &m.year);
    if (n < 2)
        return ERR_SYNTAX;
    m.year = full_year(m.year, n);
    datescan_eat(&c, ",");
    datescan_blanks(&c);
    if (!early && datescan_time(&c, &m))
        datescan_zone(&c, &m.zone);
    return datescan_finish(&m, ms);
}

/* A week day between date and time: (星期二), 周二. */
static void skip_week_day(struct datescan *c)
{
    static const char *const names[] = {"星期", "周", "礼拜", NULL};
    static const char *const opened[] = {"(", "（", NULL};
    bool open = datescan_eat_any(c, opened);

    if (!open && !datescan_eat_any(c, names))
        return;
    while (c->at < c->s.n && !datescan_digit(c->s.p[c->at]) && c->s.p[c->at] != ' ') {
        if (datescan_eat(c, ")") || datescan_eat(c, "）"))
            break;
        c->at++;
        if (!open && ((unsigned char)c->s.p[c->at - 1] & 0xC0) == 0x80 &&
            (c->at == c->s.n || ((unsigned char)c->s.p[c->at] & 0xC0) != 0x80))
            break;
    }
    datescan_blanks(c);
}

/* The month, day and time after a four-digit year that was read with its separator. ERR_LIMIT: a
 * whole date stands here, but the calendar does not have it. */
static int read_after_year(struct datescan c, struct datescan_moment m, int64_t *ms)
{
    static const char *const month_marks[] = {"-", "/", ".", "月", NULL};
    static const char *const joints[] = {"T", "t", ",", "，", NULL};
    bool day = false;

    datescan_blanks(&c);
    m.month = m.day = 1;
    if (datescan_number(&c, 2, &m.month)) {
        datescan_blanks(&c);
        if (datescan_eat_any(&c, month_marks)) {
            datescan_blanks(&c);
            day = datescan_number(&c, 2, &m.day) > 0;
            if (day && !datescan_eat(&c, "日"))
                datescan_eat(&c, "号");
        }
        datescan_eat_any(&c, joints);
        datescan_blanks(&c);
        skip_week_day(&c);
        if (datescan_time(&c, &m))
            datescan_zone(&c, &m.zone);
    } else if (c.at < c.s.n) {
        return ERR_SYNTAX; /* 2023-118 is no date */
    }
    int err = datescan_finish(&m, ms);
    return err && day ? ERR_LIMIT : err;
}

/* 20230725, 20230725103000, 20230725T103000Z and the like (ISO 8601 basic). */
static int read_basic(struct datescan c, int zone, int64_t *ms)
{
    struct datescan_moment m = {.zone = zone};
    int v[7] = {0};
    size_t n = 0;

    while (n < 14 && c.at < c.s.n &&
           (datescan_digit(c.s.p[c.at]) || (n == 8 && c.s.p[c.at] == 'T'))) {
        if (c.s.p[c.at] != 'T') {
            size_t field = n < 4 ? 0 : (n - 2) / 2;
            v[field] = v[field] * 10 + (c.s.p[c.at] - '0');
            n++;
        }
        c.at++;
    }
    if (n != 8 && n != 12 && n != 14)
        return ERR_SYNTAX;
    m.year = v[0], m.month = v[1], m.day = v[2], m.hour = v[3], m.minute = v[4], m.second = v[5];
    datescan_zone(&c, &m.zone);
    return datescan_finish(&m, ms);
}

/* 07-25 10:30, 7月25日: the latest such day that is not more than a day ahead of now. */
static int read_yearless(struct datescan c, int zone, int64_t now, int64_t *ms)
{
    enum { BACK = 9 }; /* 29 February is rare */
    struct datescan_moment m = datescan_day(now, zone, 0);
    bool inside = c.at && strchr("-/.", c.s.p[c.at - 1]); /* the rest of a longer date */

    if (inside || !datescan_number(&c, 2, &m.month) ||
        !(datescan_eat(&c, "-") || datescan_eat(&c, "/") || datescan_eat(&c, "月")) ||
        !datescan_number(&c, 2, &m.day) ||
        (c.at < c.s.n && (c.s.p[c.at] == '-' || c.s.p[c.at] == '/')))
        return ERR_SYNTAX;
    if (!datescan_eat(&c, "日"))
        datescan_eat(&c, "号");
    datescan_blanks(&c);
    skip_week_day(&c);
    datescan_time(&c, &m);
    m.year++; /* on 31 December, 1 January is tomorrow */
    for (int i = 0; i < BACK; i++, m.year--)
        if (datescan_finish(&m, ms) == 0 && *ms <= now + CLOCK_DAY)
            return 0;
    return ERR_SYNTAX;
}

/* 25/07/2023, 25.07.2023, and 07/25/2023 when only that is possible. */
static int read_day_first(struct datescan c, int zone, int64_t *ms)
{
    struct datescan_moment m = {.zone = zone};

    static const char *const marks[] = {"/", ".", "-", NULL};

    if (!datescan_number(&c, 2, &m.day) || !datescan_eat_any(&c, marks) ||
        !datescan_number(&c, 2, &m.month) || !datescan_eat_any(&c, marks) ||
        datescan_number(&c, 4, &m.year) != 4)
        return ERR_SYNTAX;
    if (m.month > 12) {
        int day = m.month;
        m.month = m.day;
        m.day = day;
    }
    datescan_blanks(&c);
    if (datescan_time(&c, &m))
        datescan_zone(&c, &m.zone);
    return datescan_finish(&m, ms);
}

static int read_unix(struct datescan c, int64_t *ms)
{
    int64_t v = 0;
    size_t n = 0;

    for (; c.at + n < c.s.n && datescan_digit(c.s.p[c.at + n]) && n < 14; n++)
        v = v * 10 + (c.s.p[c.at + n] - '0');
    if ((n != 10 && n != 13) || c.at + n != c.s.n)
        return ERR_SYNTAX;
    *ms = n == 10 ? v * 1000 : v;
    return *ms < clock_days(2201, 1, 1) * CLOCK_DAY ? 0 : ERR_SYNTAX; /* as datescan_finish() */
}

static int read_at(struct datescan c, int zone, int64_t now, int64_t *ms)
{
    struct datescan digits = c;
    struct datescan_moment m = {.zone = zone};
    static const char *const year_marks[] = {"-", "/", ".", "年", NULL};

    if (read_unix(c, ms) == 0 || read_basic(c, zone, ms) == 0)
        return 0;
    if (datescan_number(&digits, 4, &m.year) == 4) {
        datescan_blanks(&digits);
        if (datescan_eat_any(&digits, year_marks))
            return read_after_year(digits, m, ms);
        if (digits.at == digits.s.n)
            return read_after_year(digits, m, ms);
    }
    if (datewords_relative(c, zone, now, ms) == 0 || read_day_first(c, zone, ms) == 0 ||
        read_rfc822(c, zone, ms) == 0)
        return 0;
    return read_yearless(c, zone, now, ms);
}

/* A lunar date is not ours to read: skip it, so that its numbers are not taken for a solar one. */
static bool skip_lunar(struct datescan *c)
{
    static const char *const lunar[] = {"农历", "阴历", "旧历", "夏历", NULL};
    static const char *const parts[] = {"年", "月", "日", "-", "/", " ", NULL};

    if (!datescan_eat_any(c, lunar))
        return false;
    while (c->at < c->s.n && (datescan_digit(c->s.p[c->at]) || datescan_eat_any(c, parts)))
        c->at += c->at < c->s.n && datescan_digit(c->s.p[c->at]);
    return true;
}

int dates_parse(struct str text, int zone_minutes, int64_t now, int64_t *ms)
{
    enum { LONGEST = 512, TRIES = 64 };
    char plain[DATEWORDS_MAX];
    unsigned tries = 0;

    text = str_trim(text);
    text.n = text.n < LONGEST ? text.n : LONGEST;
    if (!text.n)
        return ERR_SYNTAX;
    struct datescan c = {datewords_plain(text, plain), 0};
    if (datescan_alpha(c.s.p[0]) && read_rfc822(c, zone_minutes, ms) == 0)
        return 0;
    /* Begin at each place where a date may begin, so that a label before it does no harm. */
    while (c.at < c.s.n && tries < TRIES) {
        bool number = datescan_digit(c.s.p[c.at]);
        bool starts = number ? c.at == 0 || !datescan_digit(c.s.p[c.at - 1])
                             : (unsigned char)c.s.p[c.at] >= 0xE4;
        if (starts && !number && skip_lunar(&c))
            continue;
        int err = !starts ? ERR_SYNTAX
                  : number ? read_at(c, zone_minutes, now, ms)
                           : datewords_relative(c, zone_minutes, now, ms);
        if (!err)
            return 0;
        if (err == ERR_LIMIT)
            return ERR_SYNTAX;
        tries += starts;
        c.at++;
    }
    return ERR_SYNTAX;
}
