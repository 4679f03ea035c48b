#include "feeds/datewords.h"

#include "base/clock.h"
#include "base/err.h"

int datewords_relative(struct datescan c, int zone, int64_t now, int64_t *ms)
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

    if (datescan_eat(&c, "刚刚") || datescan_eat(&c, "刚才"))
        return *ms = now, 0;
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        if (!datescan_eat(&c, days[i].word))
            continue;
        struct datescan_moment m = datescan_day(now, zone, days[i].back);
        datescan_blanks(&c);
        datescan_time(&c, &m);
        return datescan_finish(&m, ms);
    }
    bool half = datescan_eat(&c, "半");
    if (!half && !datescan_number(&c, 4, &n))
        return ERR_SYNTAX;
    datescan_blanks(&c);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        struct datescan after = c;
        if (!datescan_eat(&after, units[i].unit))
            continue;
        datescan_eat(&after, "钟");
        datescan_blanks(&after);
        if (!datescan_eat(&after, "前") && !datescan_eat(&after, "以前") && !datescan_eat(&after, "之前"))
            continue;
        *ms = now - (half ? units[i].ms / 2 : n * units[i].ms);
        return 0;
    }
    return ERR_SYNTAX;
}
