#include "feeds/text/datewords.h"

#include "base/clock.h"
#include "base/err.h"

static bool stands(struct str s, size_t at, const char *const *list)
{
    struct str rest = {s.p + at, s.n - at};

    for (; *list; list++)
        if (str_starts(rest, str_from(*list)))
            return true;
    return false;
}

static bool stands_before(struct str s, size_t at, const char *const *list)
{
    for (; *list; list++) {
        size_t n = strlen(*list);
        if (at >= n && memcmp(s.p + at - n, *list, n) == 0)
            return true;
    }
    return false;
}

/* The value of a numeral's character: 0 to 9, 10, 20, 30, 100; -1 for anything else. */
static int numeral(struct str s, size_t at, size_t *n)
{
    static const struct {
        const char *text;
        int value;
    } numerals[] = {{"〇", 0}, {"○", 0}, {"零", 0}, {"一", 1}, {"二", 2},  {"两", 2},
                    {"三", 3}, {"四", 4}, {"五", 5}, {"六", 6}, {"七", 7},  {"八", 8},
                    {"九", 9}, {"十", 10}, {"廿", 20}, {"卅", 30}, {"百", 100}};

    *n = 3;
    for (size_t i = 0; s.n - at >= 3 && i < sizeof numerals / sizeof *numerals; i++)
        if (memcmp(s.p + at, numerals[i].text, 3) == 0)
            return numerals[i].value;
    return -1;
}

/* A run of numerals that a unit of time follows, as a number: 二〇二三 by place, 二十五 by value.
 * Bytes read, 0 when there is none. The 五 of 周五 and the 八 of 初八 are no numbers. */
static size_t read_numerals(struct str s, size_t at, int *value)
{
    static const char *const units[] = {"年", "月", "日", "号", "时", "点", "分", "秒", "天",
                                        "周", "个", "小时", "星期", NULL};
    static const char *const not_behind[] = {"周", "星期", "礼拜", "初", NULL};
    int place = 0, total = 0, last = 0, v, digits = 0;
    size_t end = at, n;
    bool by_value = false;

    if (stands_before(s, at, not_behind))
        return 0;
    while ((v = numeral(s, end, &n)) >= 0 && digits < 4) {
        if (v >= 10) {
            total += v == 10 || v == 100 ? (last || by_value ? last : 1) * v : v;
            by_value = true;
            last = 0;
        } else {
            last = v;
            place = place * 10 + v;
        }
        digits++;
        end += n;
    }
    struct datescan c = {s, end};
    datescan_blanks(&c);
    if (!digits || v >= 0 || !stands(s, c.at, units))
        return 0;
    *value = by_value ? total + last : place;
    return end - at;
}

/* Full-width ０-９ ： ／ － ． as their plain forms: bytes read, 0 when none stands here. */
static size_t read_wide(struct str s, size_t at, char *plain)
{
    const unsigned char *p = (const unsigned char *)s.p + at;

    if (s.n - at < 3 || p[0] != 0xEF || p[1] != 0xBC || p[2] < 0x8D || p[2] > 0x9A)
        return 0;
    *plain = (char)(p[2] - 0x8D + '-');
    return 3;
}

struct str datewords_plain(struct str s, char out[static DATEWORDS_MAX])
{
    size_t n = 0;

    for (size_t at = 0, used; at < s.n && n + 12 < DATEWORDS_MAX; at += used) {
        int value;
        if ((unsigned char)s.p[at] < 0xE3) {
            used = 1;
            out[n++] = s.p[at];
        } else if ((used = read_wide(s, at, &out[n]))) {
            n++;
        } else if ((used = read_numerals(s, at, &value))) {
            char digits[12];
            size_t k = sizeof digits;
            do
                digits[--k] = (char)('0' + value % 10);
            while (value /= 10);
            memcpy(out + n, digits + k, sizeof digits - k);
            n += sizeof digits - k;
        } else {
            used = s.n - at < 3 ? s.n - at : 3;
            memcpy(out + n, s.p + at, used);
            n += used;
        }
    }
    return (struct str){out, n};
}

/* A day that was told by a word, with the time that may follow. */
static int finish_day(struct datescan *c, struct datescan_moment m, int64_t *ms)
{
    datescan_blanks(c);
    datescan_time(c, &m);
    return datescan_finish(&m, ms);
}

static int read_day(struct datescan c, int zone, int64_t now, int64_t *ms)
{
    static const struct {
        const char *word;
        int back;
        size_t taken; /* the rest of the word tells the time of day */
    } days[] = {{"今天", 0, 6}, {"今日", 0, 6}, {"当天", 0, 6}, {"昨天", 1, 6}, {"昨日", 1, 6},
                {"大前天", 3, 9}, {"前天", 2, 6}, {"前日", 2, 6}, {"今早", 0, 3}, {"今晨", 0, 3},
                {"今晚", 0, 3}, {"昨晚", 1, 3}, {"昨夜", 1, 3}};

    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        struct datescan after = c;
        if (!datescan_eat(&after, days[i].word))
            continue;
        after.at = c.at + days[i].taken;
        return finish_day(&after, datescan_day(now, zone, days[i].back), ms);
    }
    return ERR_SYNTAX;
}

/* 上周五, 本周三, and 周五 alone: the latest one up to today. Weeks begin on Monday. */
static int read_week_day(struct datescan c, int zone, int64_t now, int64_t *ms)
{
    static const char *const before[] = {"上", "本", "这", NULL};
    static const char *const weeks[] = {"周", "星期", "礼拜", NULL};
    static const char *const names[] = {"一", "二", "三", "四", "五", "六", "日", "天", NULL};
    struct str rest = {c.s.p + c.at, c.s.n - c.at};
    bool last = str_starts(rest, STR("上")), alone = !datescan_eat_any(&c, before);
    int64_t local = now + zone * INT64_C(60000);
    int today = (int)((local / CLOCK_DAY + 3) % 7), day = 0; /* 1970-01-01 was a Thursday */

    datescan_eat(&c, "个");
    if (!datescan_eat_any(&c, weeks))
        return ERR_SYNTAX;
    while (names[day] && !datescan_eat(&c, names[day]))
        day++;
    if (!names[day] || local < 0)
        return ERR_SYNTAX;
    day = day == 7 ? 6 : day;
    /* 周一 begins names of people too. */
    bool ends = c.at == c.s.n || c.s.p[c.at] == ' ' || datescan_digit(c.s.p[c.at]);
    if (alone && !ends)
        return ERR_SYNTAX;
    int back = alone ? (today - day + 7) % 7 : today - day + (last ? 7 : 0);
    return finish_day(&c, datescan_day(now, zone, back), ms);
}

/* 3天前, 半小时前, 1小时20分钟前, 2 hours ago. */
static int read_ago(struct datescan c, int64_t now, int64_t *ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"秒", 1000},         {"分", 60000},          {"小时", 3600000},
                 {"个小时", 3600000},  {"个半小时", 5400000},  {"天", 86400000},
                 {"日", 86400000},     {"周", 604800000},      {"星期", 604800000},
                 {"个星期", 604800000}, {"个月", 2592000000},  {"月", 2592000000},
                 {"年", 31536000000},  {"second", 1000},       {"minute", 60000},
                 {"hour", 3600000},    {"day", 86400000},      {"week", 604800000},
                 {"month", 2592000000}, {"year", 31536000000}};
    static const char *const ends[] = {"以前", "之前", "前", "ago", NULL};
    int64_t sum = 0;

    for (int parts = 0; parts < 4; parts++) {
        int n = 0;
        size_t i = 0;
        bool half = datescan_eat(&c, "半");
        if (!half && !datescan_number(&c, 4, &n))
            return ERR_SYNTAX;
        datescan_blanks(&c);
        while (i < sizeof units / sizeof *units && !datescan_eat(&c, units[i].unit))
            i++;
        if (i == sizeof units / sizeof *units)
            return ERR_SYNTAX;
        bool and_half = str_starts(str_from(units[i].unit), STR("个半"));
        sum += half ? units[i].ms / 2
                    : and_half ? (n - 1) * INT64_C(3600000) + units[i].ms : n * units[i].ms;
        datescan_eat(&c, "钟");
        datescan_eat(&c, "s");
        datescan_blanks(&c);
        if (datescan_eat_any(&c, ends))
            return *ms = now - sum, 0;
    }
    return ERR_SYNTAX;
}

int datewords_relative(struct datescan c, int zone, int64_t now, int64_t *ms)
{
    if (datescan_eat(&c, "刚刚") || datescan_eat(&c, "刚才"))
        return *ms = now, 0;
    if (read_day(c, zone, now, ms) == 0 || read_ago(c, now, ms) == 0)
        return 0;
    return read_week_day(c, zone, now, ms);
}
