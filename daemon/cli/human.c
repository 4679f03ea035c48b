#include "daemon/cli/human.h"

#include <inttypes.h>
#include <stdarg.h>

#include "base/clock.h"
#include "base/drill.h"
#include "daemon/cli/cli.h"

void human_left(struct buf *out, int64_t seconds)
{
    int64_t s = seconds < 0 ? -seconds : seconds;
    int64_t days = s / 86400, hours = s / 3600 % 24, minutes = s / 60 % 60;

    buf_add_text(out, seconds < 0 ? "超期 " : "剩 ");
    if (days)
        buf_addf(out, "%" PRId64 "天%02" PRId64 "时", days, hours);
    else if (hours)
        buf_addf(out, "%" PRId64 "时%02" PRId64 "分", hours, minutes);
    else
        buf_addf(out, "%" PRId64 "分%02" PRId64 "秒", minutes, s % 60);
}

void human_time(struct buf *out, const char *rfc3339)
{
    struct str t = str_from(rfc3339);
    char now[CLOCK_TEXT];

    if (t.n < 16 || t.p[10] != 'T') {
        buf_add_str(out, t);
        return;
    }
    clock_format(clock_now(), now);
    if (memcmp(t.p, now, 5))
        buf_add(out, t.p, 5);
    buf_add(out, t.p + 5, 5);
    buf_add_char(out, ' ');
    buf_add(out, t.p + 11, 5);
}

bool human_drill(const json_t *answer)
{
    const json_t *drill = json_object_get(answer, "drill");

    return json_is_true(drill) || json_is_object(drill);
}

void human_clock(struct buf *out, const json_t *answer)
{
    struct str now = str_from(human_text(answer, "now", NULL));

    if (human_drill(answer))
        buf_add_text(out, DRILL_MARK "重放录制的一天，不是真实情况 (a drill: nothing here is real)\n");
    if (!json_is_true(json_object_get(answer, "demonstration")))
        return;
    buf_addf(out, "演示时钟 ×%" JSON_INTEGER_FORMAT " (demonstration clock)，现在 ",
             json_integer_value(json_object_get(answer, "clock_rate")));
    if (now.n >= 19)
        buf_addf(out, "%.10s %.8s", now.p, now.p + 11);
    buf_add_char(out, '\n');
}

void human_gone(const json_t *answer)
{
    const json_t *one;
    size_t i;

    json_array_foreach(json_object_get(answer, "units_gone"), i, one)
        cli_printf("提醒 Warning: %s 已不在 units.yaml，仍承办 %" JSON_INTEGER_FORMAT
                   " 件未办结，须改派 (gone, with open concerns)：huiying concerns --unit %s --state "
                   "open；huiying reassign ID --to UNIT\n",
                   human_text(one, "unit", NULL), json_integer_value(json_object_get(one, "open")),
                   human_text(one, "unit", NULL));
}

const char *human_text(const json_t *object, ...)
{
    const char *name;
    va_list ap;

    va_start(ap, object);
    while ((name = va_arg(ap, const char *)))
        object = json_object_get(object, name);
    va_end(ap);
    return json_is_string(object) ? json_string_value(object) : "";
}
