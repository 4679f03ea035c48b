#include "feeds/text/datescan.h"

#include "base/clock.h"
#include "base/err.h"

bool datescan_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool datescan_alpha(char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

void datescan_blanks(struct datescan *c)
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

bool datescan_eat(struct datescan *c, const char *literal)
{
    struct str lit = str_from(literal);

    if (!str_starts((struct str){c->s.p + c->at, c->s.n - c->at}, lit))
        return false;
    c->at += lit.n;
    return true;
}

bool datescan_eat_any(struct datescan *c, const char *const *list)
{
    for (; *list; list++)
        if (datescan_eat(c, *list))
            return true;
    return false;
}

int datescan_number(struct datescan *c, int most, int *out)
{
    int n = 0, v = 0;

    while (c->at + (size_t)n < c->s.n && datescan_digit(c->s.p[c->at + (size_t)n]) && n <= most)
        n++;
    if (!n || n > most)
        return 0;
    for (int i = 0; i < n; i++)
        v = v * 10 + (c->s.p[c->at + (size_t)i] - '0');
    c->at += (size_t)n;
    *out = v;
    return n;
}

bool datescan_month(struct datescan *c, int *month)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    if (c->s.n - c->at < 3)
        return false;
    for (int m = 0; m < 12; m++) {
        if (!str_eq_nocase((struct str){c->s.p + c->at, 3}, (struct str){names + 3 * m, 3}))
            continue;
        while (c->at < c->s.n && datescan_alpha(c->s.p[c->at]))
            c->at++;
        c->at += c->at < c->s.n && c->s.p[c->at] == '.';
        *month = m + 1;
        return true;
    }
    return false;
}

static bool zone_name(struct datescan *c, int *zone)
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

    while (end < c->s.n && datescan_alpha(c->s.p[end]))
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

void datescan_zone(struct datescan *c, int *zone)
{
    int hours, minutes = 0;

    datescan_blanks(c);
    zone_name(c, zone);
    if (c->at >= c->s.n || (c->s.p[c->at] != '+' && c->s.p[c->at] != '-'))
        return;
    int sign = c->s.p[c->at++] == '-' ? -1 : 1;
    int n = datescan_number(c, 4, &hours);
    if (n > 2) {
        minutes = hours % 100;
        hours /= 100;
    } else if (n && datescan_eat(c, ":")) {
        datescan_number(c, 2, &minutes);
    }
    if (n && hours <= 15 && minutes < 60)
        *zone = sign * (hours * 60 + minutes);
}

enum noon { NOON_NONE, NOON_MORNING, NOON_MIDDAY, NOON_AFTER, NOON_NIGHT };

static enum noon read_noon(struct datescan *c)
{
    static const struct {
        const char *word;
        enum noon noon;
    } words[] = {{"上午", NOON_MORNING}, {"早上", NOON_MORNING}, {"早晨", NOON_MORNING},
                 {"清晨", NOON_MORNING}, {"凌晨", NOON_MORNING}, {"晨", NOON_MORNING},
                 {"早", NOON_MORNING},   {"中午", NOON_MIDDAY},  {"下午", NOON_AFTER},
                 {"午后", NOON_AFTER},   {"傍晚", NOON_AFTER},   {"晚上", NOON_NIGHT},
                 {"晚间", NOON_NIGHT},   {"夜间", NOON_NIGHT},   {"夜里", NOON_NIGHT},
                 {"深夜", NOON_NIGHT},   {"晚", NOON_NIGHT},     {"夜", NOON_NIGHT}};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (datescan_eat(c, words[i].word))
            return words[i].noon;
    return NOON_NONE;
}

/* What a clock of twelve hours means; `colon` tells a machine's 上午12:05 from a person's 上午12点. */
static void turn(struct datescan_moment *m, enum noon noon, bool colon)
{
    bool late = noon == NOON_AFTER || noon == NOON_NIGHT || (noon == NOON_MIDDAY && m->hour < 5);

    if (noon == NOON_MORNING && m->hour == 12 && colon)
        m->hour = 0;
    else if (noon == NOON_NIGHT && m->hour == 12)
        m->hour = 24;
    else if (late && m->hour < 12)
        m->hour += 12;
}

static void read_seconds(struct datescan *c, struct datescan_moment *m)
{
    if (!datescan_number(c, 2, &m->second))
        return;
    datescan_eat(c, "秒");
    if (c->at + 1 >= c->s.n || (c->s.p[c->at] != '.' && c->s.p[c->at] != ',') ||
        !datescan_digit(c->s.p[c->at + 1]))
        return;
    c->at++;
    for (int scale = 100; c->at < c->s.n && datescan_digit(c->s.p[c->at]); scale /= 10)
        m->milli += (c->s.p[c->at++] - '0') * scale;
}

bool datescan_time(struct datescan *c, struct datescan_moment *m)
{
    static const char *const hour_marks[] = {":", "：", "时", "点", NULL};
    static const char *const minute_marks[] = {":", "：", "分", NULL};
    struct datescan start = *c;
    enum noon noon = read_noon(c);
    int hour;

    datescan_blanks(c);
    if (!datescan_number(c, 2, &hour) || !datescan_eat_any(c, hour_marks)) {
        *c = start;
        return false;
    }
    bool colon = c->s.p[c->at - 1] == ':' || (unsigned char)c->s.p[c->at - 1] == 0x9A;
    m->hour = hour;
    datescan_eat(c, "钟");
    if (!colon && datescan_eat(c, "半"))
        m->minute = 30;
    else if (datescan_number(c, 2, &m->minute) && datescan_eat_any(c, minute_marks))
        read_seconds(c, m);
    struct datescan after = *c;
    datescan_blanks(&after);
    if (after.s.n - after.at >= 2 && (after.s.p[after.at + 1] | 32) == 'm' &&
        ((after.s.p[after.at] | 32) == 'p' || (after.s.p[after.at] | 32) == 'a')) {
        noon = (after.s.p[after.at] | 32) == 'p' ? NOON_AFTER : NOON_MORNING;
        after.at += 2;
    }
    *c = after;
    turn(m, noon, colon);
    return true;
}

int datescan_finish(const struct datescan_moment *m, int64_t *ms)
{
    int y, mo, d, hour = m->hour, extra = 0;

    if (m->year < 1970 || m->year > 2200 || m->month < 1 || m->month > 12 || m->day < 1 ||
        m->day > 31 || m->minute > 59 || m->second > 60)
        return ERR_SYNTAX;
    if (hour == 24) { /* RSS sources do write 24:00:00, and people 晚上12点半 */
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

struct datescan_moment datescan_day(int64_t now, int zone, int back)
{
    struct datescan_moment m = {.zone = zone};
    int64_t local = now + zone * INT64_C(60000);
    int64_t days = local / CLOCK_DAY - (local % CLOCK_DAY < 0) - back;

    clock_date(days, &m.year, &m.month, &m.day);
    return m;
}
