#include "feeds/dates.h"

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "feeds/datescan.h"
#include "feeds/datewords.h"

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

/* The month, day and time after a four-digit year that was read with its separator. */
static int read_after_year(struct datescan c, struct datescan_moment m, int64_t *ms)
{
    static const char *const month_marks[] = {"-", "/", ".", "月", NULL};
    static const char *const joints[] = {"T", "t", ",", "，", NULL};

    datescan_blanks(&c);
    m.month = m.day = 1;
    if (datescan_number(&c, 2, &m.month)) {
        datescan_blanks(&c);
        if (datescan_eat_any(&c, month_marks)) {
            datescan_blanks(&c);
            if (datescan_number(&c, 2, &m.day)) {
                datescan_eat(&c, "日");
                datescan_eat(&c, "号");
            }
        }
        datescan_eat_any(&c, joints);
        datescan_blanks(&c);
        if (c.at < c.s.n && (c.s.p[c.at] == '(' || str_starts((struct str){c.s.p + c.at,
                                                                           c.s.n - c.at},
                                                              STR("（")))) {
            while (c.at < c.s.n && !datescan_digit(c.s.p[c.at])) /* (星期二) */
                c.at++;
        } else if (datescan_eat(&c, "星期") || datescan_eat(&c, "周")) {
            while (c.at < c.s.n && !datescan_digit(c.s.p[c.at]) && c.s.p[c.at] != ' ')
                c.at++;
            datescan_blanks(&c);
        }
        if (datescan_time(&c, &m))
            datescan_zone(&c, &m.zone);
    }
    return datescan_finish(&m, ms);
}

/* 20230725, 20230725103000, 20230725T103000Z and the like (ISO 8601 basic). */
static int read_basic(struct datescan c, int zone, int64_t *ms)
{
    struct datescan_moment m = {.zone = zone};
    int v[7] = {0};
    size_t n = 0;

    while (n < 14 && c.at < c.s.n && (datescan_digit(c.s.p[c.at]) || (n == 8 && c.s.p[c.at] == 'T'))) {
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
    struct datescan_moment m = datescan_day(now, zone, 0);
    bool day, inside = c.at && strchr("-/.", c.s.p[c.at - 1]); /* the rest of a longer date */

    if (inside || !datescan_number(&c, 2, &m.month) || !(datescan_eat(&c, "-") || datescan_eat(&c, "/") || datescan_eat(&c, "月")))
        return ERR_SYNTAX;
    day = datescan_number(&c, 2, &m.day) != 0;
    if (!day || (c.at < c.s.n && (c.s.p[c.at] == '-' || c.s.p[c.at] == '/')))
        return ERR_SYNTAX;
    datescan_eat(&c, "日");
    datescan_eat(&c, "号");
    datescan_blanks(&c);
    datescan_time(&c, &m);
    int err = datescan_finish(&m, ms);
    if (!err && *ms <= now + CLOCK_DAY)
        return 0;
    m.year--;
    return datescan_finish(&m, ms);
}

/* 25/07/2023, 25.07.2023, and 07/25/2023 when only that is possible. */
static int read_day_first(struct datescan c, int zone, int64_t *ms)
{
    struct datescan_moment m = {.zone = zone};

    if (!datescan_number(&c, 2, &m.day) || !(datescan_eat(&c, "/") || datescan_eat(&c, ".") || datescan_eat(&c, "-")) ||
        !datescan_number(&c, 2, &m.month) || !(datescan_eat(&c, "/") || datescan_eat(&c, ".") || datescan_eat(&c, "-")) ||
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
    return 0;
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

int dates_parse(struct str text, int zone_minutes, int64_t now, int64_t *ms)
{
    struct datescan c = {str_trim(text), 0};
    unsigned tries = 0;

    if (c.s.n > 512)
        c.s.n = 512;
    if (!c.s.n)
        return ERR_SYNTAX;
    if (datescan_alpha(c.s.p[0]) && read_rfc822(c, zone_minutes, ms) == 0)
        return 0;
    /* Begin at each place where a date may begin, so that a label before it does no harm. */
    for (; c.at < c.s.n && tries < 64; c.at++) {
        bool starts = datescan_digit(c.s.p[c.at]) ? c.at == 0 || !datescan_digit(c.s.p[c.at - 1])
                                         : (unsigned char)c.s.p[c.at] >= 0xE4;
        if (!starts)
            continue;
        tries++;
        if ((datescan_digit(c.s.p[c.at]) ? read_at(c, zone_minutes, now, ms)
                                : datewords_relative(c, zone_minutes, now, ms)) == 0)
            return 0;
    }
    return ERR_SYNTAX;
}
