/* Forms of dates: 2026年3月15日前, 9月底, 本月内, 明年上半年, 下周五, 三个工作日内, 春节前. */
#include "classifiers/promise_date.h"

#include "base/clock.h"
#include "base/utf8.h"

struct reader {
    struct str s;
    size_t at;
    int64_t today;
    int year, month, day; /* of today */
};

static bool eat(struct reader *r, const char *word)
{
    struct str w = str_from(word);

    if (r->at + w.n > r->s.n || memcmp(r->s.p + r->at, word, w.n) != 0)
        return false;
    r->at += w.n;
    return true;
}

static bool eat_any(struct reader *r, const char *const *words)
{
    for (; *words; words++)
        if (eat(r, *words))
            return true;
    return false;
}

struct word {
    const char *text;
    int value;
};

static bool eat_word(struct reader *r, const struct word *words, int *value)
{
    for (; words->text; words++)
        if (eat(r, words->text)) {
            *value = words->value;
            return true;
        }
    return false;
}

/* A digit 0-9 in any of its writings, or 10 for 十; -1: none. */
static int digit(struct reader *r)
{
    static const struct word numerals[] = {
        {"〇", 0}, {"零", 0}, {"一", 1}, {"二", 2}, {"两", 2}, {"三", 3}, {"四", 4}, {"五", 5},
        {"六", 6}, {"七", 7}, {"八", 8}, {"九", 9}, {"十", 10}, {NULL, 0}};
    size_t at = r->at;
    int value;

    if (r->at >= r->s.n)
        return -1;
    uint32_t cp = utf8_next(r->s, &at);
    if ((cp >= '0' && cp <= '9') || (cp >= 0xFF10 && cp <= 0xFF19)) {
        r->at = at;
        return (int)(cp <= '9' ? cp - '0' : cp - 0xFF10);
    }
    return eat_word(r, numerals, &value) ? value : -1;
}

/* 0 to 9999: 2026, 二〇二六, 十五, 二十, 三十一. */
static bool number(struct reader *r, int *out)
{
    size_t from = r->at;
    int n = 0, digits = 0, d;
    bool tens = false;

    for (; digits < 5 && (d = digit(r)) >= 0; digits++) {
        if (d == 10) {
            if (tens || n > 9)
                break;
            n = (digits ? n : 1) * 10;
            tens = true;
        } else {
            n = tens ? n + d : n * 10 + d;
        }
    }
    if (digits && digits < 5) {
        *out = n;
        return true;
    }
    r->at = from;
    return false;
}

static void blanks(struct reader *r)
{
    while (eat(r, " ") || eat(r, "\u3000") || eat(r, "\u00a0"))
        ;
}

/* With the blanks that some put around numbers. */
static bool counted(struct reader *r, int *n)
{
    blanks(r);
    if (!number(r, n))
        return false;
    blanks(r);
    return true;
}

static int64_t month_end(int year, int month)
{
    return month == 12 ? clock_days(year + 1, 1, 1) - 1 : clock_days(year, month + 1, 1) - 1;
}

static bool set_day(struct reader *r, int year, int month, int day, struct promise_date *out)
{
    if (year < 2000 || year > 2099 || month < 1 || month > 12 || day < 1)
        return false;
    out->day = clock_days(year, month, 1) + day - 1;
    return out->day <= month_end(year, month) && r->at <= r->s.n;
}

/* After a month: its part, which says “by” when it is an end. */
static bool part_of_month(struct reader *r, int year, int month, struct promise_date *out)
{
    static const struct word parts[] = {{"上旬", 10}, {"中旬", 20}, {"下旬", 31}, {"月初", 10},
                                        {"月中", 15}, {"月底", 31}, {"月末", 31}, {"初", 10},
                                        {"中", 15},   {"底", 31},   {"末", 31},   {"内", 31},
                                        {"份", 31},   {NULL, 0}};
    int last = 31;

    if (month < 1 || month > 12 || year < 2000 || year > 2099)
        return false;
    eat(r, "份");
    out->limit = eat_word(r, parts, &last);
    int64_t end = month_end(year, month), day = clock_days(year, month, 1) + last - 1;
    out->day = day < end ? day : end;
    return true;
}

/* A month without its year is this year's; late in a year the early ones are the next one's. */
static int year_of(const struct reader *r, int month)
{
    return r->month >= 10 && month <= 4 ? r->year + 1 : r->year;
}

static bool day_or_part(struct reader *r, int year, int month, struct promise_date *out)
{
    static const char *const units[] = {"日", "号", NULL};
    size_t from = r->at;
    int day;

    if (counted(r, &day) && eat_any(r, units))
        return set_day(r, year, month, day, out);
    r->at = from;
    return part_of_month(r, year, month, out);
}

static bool part_of_year(struct reader *r, int year, struct promise_date *out)
{
    static const struct word parts[] = {
        {"第一季度", 3}, {"第二季度", 6}, {"第三季度", 9}, {"第四季度", 12}, {"一季度", 3},
        {"二季度", 6},   {"三季度", 9},   {"四季度", 12},  {"1季度", 3},     {"2季度", 6},
        {"3季度", 9},    {"4季度", 12},   {"上半年", 6},   {"下半年", 12},   {"年中", 6},
        {"年底", 12},    {"年末", 12},    {"年内", 12},    {"底", 12},       {"末", 12},
        {"内", 12},      {NULL, 0}};
    static const char *const ends[] = {"底", "末", "内", NULL};
    int month;

    if (!eat_word(r, parts, &month))
        return false;
    out->limit = true;
    eat_any(r, ends);
    out->day = month_end(year, month);
    return true;
}

/* 2026年3月…, 今年9月…, 明年年底, 今年内. */
static bool with_year(struct reader *r, struct promise_date *out)
{
    static const struct word years[] = {{"今年", 0}, {"本年度", 0}, {"本年", 0}, {"当年", 0},
                                        {"明年", 1}, {"来年", 1},   {"次年", 1}, {"后年", 2},
                                        {NULL, 0}};
    int year, month;
    size_t from;

    if (eat_word(r, years, &year))
        year += r->year;
    else if (!counted(r, &year) || year < 2000 || year > 2099 || !eat(r, "年"))
        return false;
    eat(r, "的");
    from = r->at;
    if (counted(r, &month) && eat(r, "月"))
        return day_or_part(r, year, month, out);
    r->at = from;
    return part_of_year(r, year, out);
}

/* 9月底, 3月15日, 年底, 二季度. */
static bool without_year(struct reader *r, struct promise_date *out)
{
    size_t from = r->at;
    int month;

    if (counted(r, &month) && eat(r, "月") && month >= 1 && month <= 12)
        return day_or_part(r, year_of(r, month), month, out);
    r->at = from;
    if (eat(r, "底") || eat(r, "末") || eat(r, "内"))
        return false; /* parts need their whole */
    return part_of_year(r, r->year, out);
}

/* 本月底, 下月15日, 月底. */
static bool named_month(struct reader *r, struct promise_date *out)
{
    static const struct word months[] = {{"本月", 0},   {"当月", 0}, {"这个月", 0}, {"下个月", 1},
                                         {"下月", 1},   {"次月", 1}, {NULL, 0}};
    int next;

    if (eat(r, "月底") || eat(r, "月末")) {
        out->limit = true;
        out->day = month_end(r->year, r->month);
        return true;
    }
    if (!eat_word(r, months, &next))
        return false;
    int month = r->month + next;
    return day_or_part(r, r->year + (month > 12), month > 12 ? month - 12 : month, out);
}

/* 15日前: of this month, or of the next when it is past. */
static bool bare_day(struct reader *r, struct promise_date *out)
{
    static const char *const by[] = {"之前", "以前", "前", NULL};
    int day;

    if (!counted(r, &day) || !(eat(r, "日") || eat(r, "号")))
        return false;
    size_t past = r->at;
    if (!eat_any(r, by))
        return false;
    r->at = past; /* the limit is read with the others */
    int month = r->month + (day < r->day);
    return set_day(r, r->year + (month > 12), month > 12 ? month - 12 : month, day, out);
}

/* 本周五, 下周一, 下周内. Weeks begin on Monday; 1970-01-05 was one. */
static bool week(struct reader *r, struct promise_date *out)
{
    static const struct word weeks[] = {{"下下周", 2}, {"下周", 1},   {"下个星期", 1}, {"下星期", 1},
                                        {"本周", 0},   {"这周", 0},   {"本星期", 0},   {NULL, 0}};
    static const struct word days[] = {{"一", 1}, {"二", 2}, {"三", 3}, {"四", 4}, {"五", 5},
                                       {"六", 6}, {"日", 7}, {"天", 7}, {"末", 7}, {"内", 7},
                                       {"底", 7}, {"初", 3}, {NULL, 0}};
    int which, day = 7;

    if (!eat_word(r, weeks, &which))
        return false;
    out->limit = eat_word(r, days, &day);
    int64_t monday = r->today - (r->today - 4) % 7;
    out->day = monday + 7 * which + day - 1;
    return true;
}

/* 今天, 明日, and feasts: what is to be done before one is to be done by the day before. */
static bool named_day(struct reader *r, struct promise_date *out)
{
    static const struct word days[] = {{"今天", 0}, {"今日", 0}, {"今晚", 0}, {"当天", 0},
                                       {"明天", 1}, {"明日", 1}, {"后天", 2}, {NULL, 0}};
    static const struct {
        const char *text;
        int month, day; /* 0: see below */
    } feasts[] = {{"元旦前", 1, 1},    {"五一前", 5, 1},     {"劳动节前", 5, 1}, {"国庆前", 10, 1},
                  {"国庆节前", 10, 1}, {"春节前", 0, 0}, {"春节之前", 0, 0}};
    /* 正月初一, by the announcements of the Purple Mountain Observatory. */
    static const struct {
        int year, month, day;
    } spring[] = {{2024, 2, 10}, {2025, 1, 29}, {2026, 2, 17}, {2027, 2, 6}, {2028, 1, 26},
                  {2029, 2, 13}, {2030, 2, 3}};
    int ahead;

    if (eat_word(r, days, &ahead)) {
        out->day = r->today + ahead;
        return true;
    }
    for (size_t i = 0; i < sizeof feasts / sizeof *feasts; i++) {
        if (!eat(r, feasts[i].text))
            continue;
        out->limit = true;
        for (size_t k = 0; !feasts[i].month && k < sizeof spring / sizeof *spring; k++)
            if ((out->day = clock_days(spring[k].year, spring[k].month, spring[k].day) - 1) >=
                r->today)
                return true;
        if (!feasts[i].month)
            return false;
        out->day = clock_days(r->year, feasts[i].month, feasts[i].day) - 1;
        if (out->day < r->today)
            out->day = clock_days(r->year + 1, feasts[i].month, feasts[i].day) - 1;
        return true;
    }
    return false;
}

static void add_months(const struct reader *r, int months, struct promise_date *out)
{
    int month = r->month - 1 + months, year = r->year + month / 12;
    int64_t end = month_end(year, month % 12 + 1);

    out->day = clock_days(year, month % 12 + 1, 1) + r->day - 1;
    if (out->day > end) /* 民法典 第202条: the last day of a month that lacks it */
        out->day = end;
}

/* 3个工作日内, 30日内, 两周内, 一个月内, 半年内, 24小时内. */
static bool span(struct reader *r, struct promise_date *out)
{
    enum { WORKDAY, HOUR, DAY, WEEK, MONTH, YEAR };
    static const struct word units[] = {
        {"工作日", WORKDAY}, {"小时", HOUR}, {"日历天", DAY}, {"自然日", DAY}, {"天", DAY},
        {"日", DAY},         {"周", WEEK},   {"星期", WEEK},  {"月", MONTH},   {"年", YEAR},
        {NULL, 0}};
    static const char *const within[] = {"之内", "以内", "内", NULL};
    bool half = eat(r, "半");
    int n = 0, unit;

    if (!half && !counted(r, &n))
        return false;
    eat(r, "个");
    if (!eat_word(r, units, &unit) || !eat_any(r, within) || n > 400)
        return false;
    out->limit = true;
    switch (unit) {
    case WORKDAY: out->workdays = (uint16_t)n; return n > 0 && n <= 250;
    case HOUR: out->span = n * (CLOCK_DAY / 24); return n > 0;
    case DAY: out->day = r->today + n; return n > 0;
    case WEEK: out->day = r->today + 7 * n; return n > 0;
    case MONTH:
        if (half)
            out->day = r->today + 15;
        else
            add_months(r, n, out);
        return half || (n > 0 && n <= 120);
    default:
        add_months(r, half ? 6 : 12 * n, out);
        return half || (n > 0 && n <= 10);
    }
}

bool promise_date_read(struct str s, size_t *at, int64_t today, struct promise_date *out)
{
    static bool (*const forms[])(struct reader *, struct promise_date *) = {
        with_year, span, without_year, named_month, bare_day, week, named_day};
    static const char *const by[] = {"之前", "以前", "前", "之内", "以内", "内", "底前", "止", NULL};
    static const char *const about[] = {"左右", "前后", NULL};

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct reader r = {.s = s, .at = *at, .today = today};
        clock_date(today, &r.year, &r.month, &r.day);
        *out = (struct promise_date){0};
        if (!forms[i](&r, out))
            continue;
        blanks(&r);
        eat_any(&r, about);
        out->limit = eat_any(&r, by) || out->limit;
        *at = r.at;
        return true;
    }
    return false;
}
