#include "alerts/units/duty.h"

#include "alerts/units/units.h"
#include "base/clock.h"

enum { DAY_MINUTES = 24 * 60 };

static const char *const days[] = {"workdays", "everyday", NULL};
const struct conf_key duty_keys[] = {
    {"hours", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"days", CONF_CHOICE, false, NULL, NULL, days, 0, 0, NULL},
    {"deputy", CONF_SLUG, true, NULL, NULL, NULL, 0, 0, NULL},
    {NULL, 0, false, NULL, NULL, NULL, 0, 0, NULL},
};

/* "17:30", also "24:00". */
static bool read_minute(struct str s, int *out)
{
    long long hour, minute;

    if (s.n != 5 || s.p[2] != ':' || str_int((struct str){s.p, 2}, 0, 24, &hour) ||
        str_int((struct str){s.p + 3, 2}, 0, 59, &minute))
        return false;
    *out = (int)(hour * 60 + minute);
    return *out <= DAY_MINUTES;
}

void duty_read(const struct conf_node *node, struct duty *duty, struct problems *problems)
{
    const struct conf_node *hours = conf_get(node, "hours");
    struct str s = conf_text(hours);

    *duty = (struct duty){.set = node != NULL, .to = DAY_MINUTES, .deputy = -1};
    duty->everyday = str_is(conf_text(conf_get(node, "days")), "everyday");
    if (s.n && (s.n != 11 || s.p[5] != '-' || !read_minute((struct str){s.p, 5}, &duty->from) ||
                !read_minute((struct str){s.p + 6, 5}, &duty->to) || duty->from >= duty->to))
        conf_problem(problems, hours,
                     "值守时间 “%.*s” 无效，应为 \"08:30-17:30\" 的形式 (hours: expected "
                     "HH:MM-HH:MM)",
                     STR_ARG(s));
}

static bool on_duty(const struct duty *duty, const struct calendar *calendar, int64_t at)
{
    int64_t local = at + CLOCK_CHINA;
    int64_t day = local / CLOCK_DAY - (local % CLOCK_DAY < 0);
    int64_t minute = (local - day * CLOCK_DAY) / 60000;
    bool free_day = calendar ? !calendar_is_workday(calendar, day, NULL) : (day + 3) % 7 >= 5;

    return minute >= duty->from && minute < duty->to && (duty->everyday || !free_day);
}

int duty_deputy(const struct units *units, int unit, const struct calendar *calendar, int64_t at)
{
    const struct duty *duty = &units->list[unit].duty;

    return !duty->set || on_duty(duty, calendar, at) ? -1 : duty->deputy;
}

bool duty_stands_in(const struct units *units, struct str unit, struct str by,
                    const struct calendar *calendar, int64_t at)
{
    int of = units_find(units, unit), deputy = of < 0 ? -1 : duty_deputy(units, of, calendar, at);

    return deputy >= 0 && str_is(by, units->list[deputy].id);
}
