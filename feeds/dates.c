/* One file, though long: the forms share their small readers and one order of trial. */
#include "feeds/dates.h"

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"

struct scan {
    struct str s;
    size_t at;
};

struct moment {
    int year, month, day, hour, minute, second, milli;
    int zone; /* minutes east of UTC */
};

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool alpha(char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static void blanks(struct scan *c)
{
    for (;;) {
        struct str rest = {c->s.p + c->at, c->s.n - c->at};
        if (rest.n && (rest.p[0] == ' ' || (rest.p[0] >= '\t' && rest.p[0] <= '\r')))
            c->at++;
        else if (str_starts(rest, STR("\xC2\xA0")))
            c->at += 2;
        else if (str_starts(rest, STR("　")))
            c->at += 3;
        else
            return;
    }
}

static bool eat(struct scan *c, const char *literal)
{
    struct str lit = str_from(literal);

    if (!str_starts((struct str){c->s.p + c->at, c->s.n - c->at}, lit))
        return false;
    c->at += lit.n;
    return true;
}

static bool eat_any(struct scan *c, const char *const *list)
{
    for (; *list; list++)
        if (eat(c, *list))
            return true;
    return false;
}

/* 1 to `most` digits; the count, 0 when there are none. More digits than `most` is no number. */
static int number(struct scan *c, int most, int *out)
{
    int n = 0, v = 0;

    while (c->at + (size_t)n < c->s.n && digit(c->s.p[c->at + (size_t)n]) && n <= most)
        n++;
    if (!n || n > most)
        return 0;
    for (int i = 0; i < n; i++)
        v = v * 10 + (c->s.p[c->at + (size_t)i] - '0');
    c->at += (size_t)n;
    *out = v;
    return n;
}

static bool month_name(struct scan *c, int *month)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    if (c->s.n - c->at < 3)
        return false;
    for (int m = 0; m < 12; m++) {
        if (!str_eq_nocase((struct str){c->s.p + c->at, 3}, (struct str){names + 3 * m, 3}))
            continue;
        while (c->at < c->s.n && alpha(c->s.p[c->at]))
            c->at++;
        c->at += c->at < c->s.n && c->s.p[c->at] == '.';
        *month = m + 1;
        return true;
    }
    return false;
}

static int full_year(int y, int digits)
{
    if (digits >= 4)
        return y;
    return digits == 3 ? 1900 + y : y < 50 ? 2000 + y : 1900 + y; /* RFC 2822 §4.3 */
}

static bool zone_name(struct scan *c, int *zone)
{
    /* RFC 822 §5.1; +0800's own name comes from China as often as the American one. */
    static const struct {
        const char *name;
        int minutes;
    } names[] = {{"UTC", 0},   {"GMT", 0},    {"UT", 0},     {"Z", 0},      {"EST", -300},
                 {"EDT", -240}, {"CST", -360}, {"CDT", -300}, {"MST", -420}, {"MDT", -360},
                 {"PST", -480}, {"PDT", -420}, {"HKT", 480},  {"JST", 540},  {"KST", 540},
                 {"SGT", 480},  {"CET", 60},   {"CEST", 120}, {"BST", 60},   {"MSK", 180}};
    size_t end = c->at;

    while (end < c->s.n && alpha(c->s.p[end]))
        end++;
    struct str word = {c->s.p + c->at, end - c->at};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!str_eq_nocase(word, str_from(names[i].name)))
            continue;
        /* "CST" from a source whose own zone is China's means China Standard Time. */
        if (*zone != 480 || !str_is(word, "CST"))
            *zone = names[i].minutes;
        c->at = end;
        return true;
    }
    return false;
}

/* Zone after a time: Z, +08:00, +0800, +8, GMT+8, a name; what is none leaves *zone alone. */
static void read_zone(struct scan *c, int *zone)
{
    int hours, minutes = 0;

    blanks(c);
    zone_name(c, zone);
    if (c->at >= c->s.n || (c->s.p[c->at] != '+' && c->s.p[c->at] != '-'))
        return;
    int sign = c->s.p[c->at++] == '-' ? -1 : 1;
    int n = number(c, 4, &hours);
    if (n > 2) {
        minutes = hours % 100;
        hours /= 100;
    } else if (n && eat(c, ":")) {
        number(c, 2, &minutes);
    }
    if (n && hours <= 15 && minutes < 60)
        *zone = sign * (hours * 60 + minutes);
}

/* [上午|下午] H:MM[:SS[.fff]] or H时MM分[SS秒] or H点; false when no time stands here. */
static bool read_time(struct scan *c, struct moment *m)
{
    static const char *const hour_marks[] = {":", "：", "时", "点", NULL};
    static const char *const minute_marks[] = {":", "：", "分", NULL};
    static const char *const noon_before[] = {"下午", "晚上", "傍晚", NULL};
    static const char *const noon_none[] = {"上午", "早上", "凌晨", "中午", NULL};
    struct scan start = *c;
    bool late = eat_any(c, noon_before);

    if (!late)
        eat_any(c, noon_none);
    blanks(c);
    if (!number(c, 2, &m->hour) || !eat_any(c, hour_marks)) {
        *c = start;
        return false;
    }
    if (number(c, 2, &m->minute) && eat_any(c, minute_marks) && number(c, 2, &m->second)) {
        eat(c, "秒");
        if (c->at + 1 < c->s.n && (c->s.p[c->at] == '.' || c->s.p[c->at] == ',') &&
            digit(c->s.p[c->at + 1])) {
            c->at++;
            for (int scale = 100; c->at < c->s.n && digit(c->s.p[c->at]); scale /= 10)
                m->milli += (c->s.p[c->at++] - '0') * scale;
        }
    }
    blanks(c);
    if (c->s.n - c->at >= 2 && (c->s.p[c->at + 1] | 32) == 'm' &&
        ((c->s.p[c->at] | 32) == 'p' || (c->s.p[c->at] | 32) == 'a')) {
        late = (c->s.p[c->at] | 32) == 'p';
        m->hour = !late && m->hour == 12 ? 0 : m->hour;
        c->at += 2;
    }
    m->hour += late && m->hour < 12 ? 12 : 0;
    return true;
}

static int finish(const struct moment *m, int64_t *ms)
{
    int y, mo, d, hour = m->hour, extra = 0;

    if (m->year < 1970 || m->year > 2200 || m->month < 1 || m->month > 12 || m->day < 1 ||
        m->day > 31 || m->minute > 59 || m->second > 60)
        return ERR_SYNTAX;
    if (hour == 24 && !m->minute && !m->second) { /* RSS sources do write 24:00:00 */
        hour = 0;
        extra = 1;
    }
    int64_t days = clock_days(m->year, m->month, m->day);
    clock_date(days, &y, &mo, &d);
    if (hour > 23 || mo != m->month || d != m->day)
        return ERR_SYNTAX;
    *ms = (days + extra) * CLOCK_DAY + (hour * 3600 + m->minute * 60 + m->second) * INT64_C(1000) +
          m->milli - m->zone * INT64_C(60000);
    return 0;
}

/* [Day,] D Mon YYYY [time] [zone], also "Mon D, YYYY" and asctime's order. */
static int read_rfc822(struct scan c, int zone, int64_t *ms)
{
    struct moment m = {.zone = zone};
    int n;

    blanks(&c);
    if (c.at < c.s.n && alpha(c.s.p[c.at]) && !month_name(&c, &m.month)) {
        while (c.at < c.s.n && alpha(c.s.p[c.at]))
            c.at++;
        while (c.at < c.s.n && (c.s.p[c.at] == ',' || c.s.p[c.at] == '.'))
            c.at++;
        blanks(&c);
        if (c.at < c.s.n && alpha(c.s.p[c.at]) && !month_name(&c, &m.month))
            return ERR_SYNTAX;
    }
    blanks(&c);
    if (!number(&c, 2, &m.day))
        return ERR_SYNTAX;
    while (c.at < c.s.n && (c.s.p[c.at] == '-' || c.s.p[c.at] == ',' || c.s.p[c.at] == ' '))
        c.at++;
    bool named_first = m.month != 0;
    if (!named_first && !month_name(&c, &m.month))
        return ERR_SYNTAX;
    while (c.at < c.s.n && (c.s.p[c.at] == '-' || c.s.p[c.at] == ',' || c.s.p[c.at] == ' '))
        c.at++;
    bool early = named_first && read_time(&c, &m); /* asctime: time before year */
    blanks(&c);
    if (early)
        read_zone(&c, &m.zone);
    blanks(&c);
    n = number(&c, 4, &m.year);
    if (n < 2)
        return ERR_SYNTAX;
    m.year = full_year(m.year, n);
    eat(&c, ",");
    blanks(&c);
    if (!early && read_time(&c, &m))
        read_zone(&c, &m.zone);
    return finish(&m, ms);
}

/* The month, day and time after a four-digit year that was read with its separator. */
static int read_after_year(struct scan c, struct moment m, int64_t *ms)
{
    static const char *const month_marks[] = {"-", "/", ".", "月", NULL};
    static const char *const joints[] = {"T", "t", ",", "，", NULL};

    blanks(&c);
    m.month = m.day = 1;
    if (number(&c, 2, &m.month)) {
        blanks(&c);
        if (eat_any(&c, month_marks)) {
            blanks(&c);
            if (number(&c, 2, &m.day)) {
                eat(&c, "日");
                eat(&c, "号");
            }
        }
        eat_any(&c, joints);
        blanks(&c);
        if (c.at < c.s.n && (c.s.p[c.at] == '(' || str_starts((struct str){c.s.p + c.at,
                                                                           c.s.n - c.at},
                                                              STR("（")))) {
            while (c.at < c.s.n && !digit(c.s.p[c.at])) /* (星期二) */
                c.at++;
        } else if (eat(&c, "星期") || eat(&c, "周")) {
            while (c.at < c.s.n && !digit(c.s.p[c.at]) && c.s.p[c.at] != ' ')
                c.at++;
            blanks(&c);
        }
        if (read_time(&c, &m))
            read_zone(&c, &m.zone);
    }
    return finish(&m, ms);
}

/* 20230725, 20230725103000, 20230725T103000Z and the like (ISO 8601 basic). */
static int read_basic(struct scan c, int zone, int64_t *ms)
{
    struct moment m = {.zone = zone};
    int v[7] = {0};
    size_t n = 0;

    while (n < 14 && c.at < c.s.n && (digit(c.s.p[c.at]) || (n == 8 && c.s.p[c.at] == 'T'))) {
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
    read_zone(&c, &m.zone);
    return finish(&m, ms);
}

/* Local calendar day of now, moved by `back` days. */
static struct moment day_of(int64_t now, int zone, int back)
{
    struct moment m = {.zone = zone};
    int64_t local = now + zone * INT64_C(60000);
    int64_t days = local / CLOCK_DAY - (local % CLOCK_DAY < 0) - back;

    clock_date(days, &m.year, &m.month, &m.day);
    return m;
}

static int read_relative(struct scan c, int zone, int64_t now, int64_t *ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"秒", 1000},         {"分", 60000},          {"小时", 3600000},
                 {"个小时", 3600000},  {"天", 86400000},       {"日", 86400000},
                 {"周", 604800000},    {"星期", 604800000},    {"个星期", 604800000},
                 {"个月", 2592000000}, {"月", 2592000000},     {"年", 31536000000}};
    static const struct {
        const char *word;
        int back;
    } days[] = {{"今天", 0}, {"今日", 0}, {"昨天", 1}, {"昨日", 1}, {"前天", 2}, {"前日", 2}};
    int n;

    if (eat(&c, "刚刚") || eat(&c, "刚才"))
        return *ms = now, 0;
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        if (!eat(&c, days[i].word))
            continue;
        struct moment m = day_of(now, zone, days[i].back);
        blanks(&c);
        read_time(&c, &m);
        return finish(&m, ms);
    }
    bool half = eat(&c, "半");
    if (!half && !number(&c, 4, &n))
        return ERR_SYNTAX;
    blanks(&c);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        struct scan after = c;
        if (!eat(&after, units[i].unit))
            continue;
        eat(&after, "钟");
        blanks(&after);
        if (!eat(&after, "前") && !eat(&after, "以前") && !eat(&after, "之前"))
            continue;
        *ms = now - (half ? units[i].ms / 2 : n * units[i].ms);
        return 0;
    }
    return ERR_SYNTAX;
}

/* 07-25 10:30, 7月25日: the latest such day that is not more than a day ahead of now. */
static int read_yearless(struct scan c, int zone, int64_t now, int64_t *ms)
{
    struct moment m = day_of(now, zone, 0);
    bool day, inside = c.at && strchr("-/.", c.s.p[c.at - 1]); /* the rest of a longer date */

    if (inside || !number(&c, 2, &m.month) || !(eat(&c, "-") || eat(&c, "/") || eat(&c, "月")))
        return ERR_SYNTAX;
    day = number(&c, 2, &m.day) != 0;
    if (!day || (c.at < c.s.n && (c.s.p[c.at] == '-' || c.s.p[c.at] == '/')))
        return ERR_SYNTAX;
    eat(&c, "日");
    eat(&c, "号");
    blanks(&c);
    read_time(&c, &m);
    int err = finish(&m, ms);
    if (!err && *ms <= now + CLOCK_DAY)
        return 0;
    m.year--;
    return finish(&m, ms);
}

/* 25/07/2023, 25.07.2023, and 07/25/2023 when only that is possible. */
static int read_day_first(struct scan c, int zone, int64_t *ms)
{
    struct moment m = {.zone = zone};

    if (!number(&c, 2, &m.day) || !(eat(&c, "/") || eat(&c, ".") || eat(&c, "-")) ||
        !number(&c, 2, &m.month) || !(eat(&c, "/") || eat(&c, ".") || eat(&c, "-")) ||
        number(&c, 4, &m.year) != 4)
        return ERR_SYNTAX;
    if (m.month > 12) {
        int day = m.month;
        m.month = m.day;
        m.day = day;
    }
    blanks(&c);
    if (read_time(&c, &m))
        read_zone(&c, &m.zone);
    return finish(&m, ms);
}

static int read_unix(struct scan c, int64_t *ms)
{
    int64_t v = 0;
    size_t n = 0;

    for (; c.at + n < c.s.n && digit(c.s.p[c.at + n]) && n < 14; n++)
        v = v * 10 + (c.s.p[c.at + n] - '0');
    if ((n != 10 && n != 13) || c.at + n != c.s.n)
        return ERR_SYNTAX;
    *ms = n == 10 ? v * 1000 : v;
    return 0;
}

static int read_at(struct scan c, int zone, int64_t now, int64_t *ms)
{
    struct scan digits = c;
    struct moment m = {.zone = zone};
    static const char *const year_marks[] = {"-", "/", ".", "年", NULL};

    if (read_unix(c, ms) == 0 || read_basic(c, zone, ms) == 0)
        return 0;
    if (number(&digits, 4, &m.year) == 4) {
        blanks(&digits);
        if (eat_any(&digits, year_marks))
            return read_after_year(digits, m, ms);
        if (digits.at == digits.s.n)
            return read_after_year(digits, m, ms);
    }
    if (read_relative(c, zone, now, ms) == 0 || read_day_first(c, zone, ms) == 0 ||
        read_rfc822(c, zone, ms) == 0)
        return 0;
    return read_yearless(c, zone, now, ms);
}

int dates_parse(struct str text, int zone_minutes, int64_t now, int64_t *ms)
{
    struct scan c = {str_trim(text), 0};
    unsigned tries = 0;

    if (c.s.n > 512)
        c.s.n = 512;
    if (!c.s.n)
        return ERR_SYNTAX;
    if (alpha(c.s.p[0]) && read_rfc822(c, zone_minutes, ms) == 0)
        return 0;
    /* Begin at each place where a date may begin, so that a label before it does no harm. */
    for (; c.at < c.s.n && tries < 64; c.at++) {
        bool starts = digit(c.s.p[c.at]) ? c.at == 0 || !digit(c.s.p[c.at - 1])
                                         : (unsigned char)c.s.p[c.at] >= 0xE4;
        if (!starts)
            continue;
        tries++;
        if ((digit(c.s.p[c.at]) ? read_at(c, zone_minutes, now, ms)
                                : read_relative(c, zone_minutes, now, ms)) == 0)
            return 0;
    }
    return ERR_SYNTAX;
}
