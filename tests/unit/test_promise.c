/* Sentences of replies and the dates that they promise. The replies are of Thursday, 20 November
 * 2025, 10:00 in UTC+8, unless a row says otherwise. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "base/clock.h"
#include "classifiers/promise.h"

#define HOUR (3600 * INT64_C(1000))

/* What is expected: days ("2025-11-30", due at their end), "3wd", "24h", a blank between two. */
static const struct sentence {
    const char *text, *want;
} of_november[] = {
    /* months and their parts */
    {"该路段修复工程预计2026年3月15日前完工。", "2026-03-15"},
    {"预计 2026 年 3 月 15 日前，完成全部整改。", "2026-03-15"},
    {"我局将督促施工单位于12月底前完工。", "2025-12-31"},
    {"目前正在办理招标手续，计划于2026年6月开工建设。", "2026-06-30"},
    {"拖欠的工资将于11月30日前全部支付到位。", "2025-11-30"},
    {"该项目力争明年上半年建成投用。", "2026-06-30"},
    {"老旧管网改造计划明年年底前全部完成。", "2026-12-31"},
    {"整改工作将在今年年底前完成。", "2025-12-31"},
    {"整改工作将在年内完成。", "2025-12-31"},
    {"整改工作将在年底前完成。", "2025-12-31"},
    {"预计本月底恢复供水。", "2025-11-30"},
    {"月底前完成清理。", "2025-11-30"},
    {"下月10日前恢复通行。", "2025-12-10"},
    {"下个月中旬前完成设备安装。", "2025-12-20"},
    {"计划12月上旬进场施工。", "2025-12-10"},
    {"计划12月中旬进场施工。", "2025-12-20"},
    {"预计12月下旬恢复通车。", "2025-12-31"},
    {"预计明年3月底完成验收。", "2026-03-31"},
    {"预计3月底前完成验收。", "2026-03-31"},
    {"预计明年二月底前交付。", "2026-02-28"},
    {"将于2028年2月底前竣工。", "2028-02-29"},
    {"计划2026年一季度启动招标。", "2026-03-31"},
    {"力争2026年第二季度底前通车。", "2026-06-30"},
    {"争取二〇二六年五月三十一日前完成交房。", "2026-05-31"},
    {"我们将确保２０２６年１月１０日前退还押金。", "2026-01-10"},
    {"我镇承诺25日前清运完毕，并清除现场垃圾。", "2025-11-25"},
    {"我镇承诺15日前完成清运。", "2025-12-15"},
    {"2025年12月31日之前发放补贴。", "2025-12-31"},
    {"2025年12月31日以前，将补贴发放到位。", "2025-12-31"},
    {"工程完工时间为2026年4月。", "2026-04-30"},
    {"整改期限：2025年12月15日。", "2025-12-15"},
    /* weeks and days */
    {"维修人员将于下周一进场维修。", "2025-11-24"},
    {"我们将在本周五之前完成更换。", "2025-11-21"},
    {"预计下周内恢复供暖。", "2025-11-30"},
    {"将于明天上门维修，明日内解决。", "2025-11-21"},
    {"今天下午将恢复供电，今日内解决。", "2025-11-20"},
    {"下下周三前完成检测。", "2025-12-03"},
    /* spans */
    {"我局将在三个工作日内答复。", "3wd"},
    {"我局将于15个工作日内办结并反馈。", "15wd"},
    {"十五个工作日内完成调查处理。", "15wd"},
    {"责令施工单位7日内完成整改。", "2025-11-27"},
    {"要求物业公司30天内更换电梯。", "2025-12-20"},
    {"已责令其于十日内整改到位。", "2025-11-30"},
    {"两周内恢复路灯照明。", "2025-12-04"},
    {"将在一个月内完成拆除。", "2025-12-20"},
    {"预计三个月内竣工。", "2026-02-20"},
    {"预计半年内建成。", "2026-05-20"},
    {"供水公司承诺24小时内恢复供水。", "24h"},
    {"四十八小时内修复。", "48h"},
    {"企业承诺半个月内付清欠款。", "2025-12-05"},
    /* feasts */
    {"确保春节前将工资发放到位。", "2026-02-16"},
    {"确保元旦前恢复通车。", "2025-12-31"},
    {"争取国庆节前竣工。", "2026-09-30"},
    {"力争五一前开放。", "2026-04-30"},
    /* several */
    {"11月底前完成设计，2026年6月底前完工。", "2025-11-30 2026-06-30"},
    {"将于12月10日前开工，2026年5月底前完成主体施工，2026年年底前交付。",
     "2025-12-10 2026-05-31 2026-12-31"},
    {"12月底前完工。我局将在12月底前完成验收。", "2025-12-31"},
    {"我们将在三个工作日内联系您，并于11月底前解决。", "3wd 2025-11-30"},
    /* what was */
    {"该工程已于2025年9月底完工。", ""},
    {"该路段10月15日前已完成修复。", ""},
    {"拖欠工资已于11月18日全部支付到位。", ""},
    {"项目于2024年12月31日前竣工验收。", ""},
    {"我局于11月19日接到反映后，立即安排维修。", ""},
    {"截至11月底前已完成改造12处。", ""},
    {"自2025年12月1日起开放预约。", ""},
    {"2026年1月1日至3月31日期间施工。", ""},
    /* what rules say, and what the reader may do */
    {"根据2026年1月1日前印发的办法办理。", ""},
    {"如不服本答复，可在60日内申请行政复议。", ""},
    {"您可在30日内提起行政诉讼。", ""},
    {"请您于12月5日前携带材料到窗口办理。", ""},
    {"如有疑问，请在5个工作日内联系我们。", ""},
    {"按照规定，用人单位应当每月底前支付工资。", ""},
    {"申请人应在15日内提交材料办理。", ""},
    {"缴费期截止12月31日前，逾期不予办理。", ""},
    {"若12月底前未解决，您可再次反映。", ""},
    /* no date, or nothing done by it */
    {"我们将尽快解决您反映的问题。", ""},
    {"感谢您对我区2026年工作的关心和支持。", ""},
    {"联系电话12345，工作时间8时30分至17时30分。", ""},
    {"全长3.5公里，总投资2026万元，已投入使用。", ""},
    {"预计2026年2月30日前完工。", ""},
    {"将在一百二十日内完成。", ""},
};

static int64_t parse(const char *want, int64_t at, uint16_t *workdays)
{
    int y, m, d, n;
    char unit;

    *workdays = 0;
    if (sscanf(want, "%d-%d-%d", &y, &m, &d) == 3)
        return (clock_days(y, m, d) + 1) * CLOCK_DAY - CLOCK_CHINA - 1000;
    assert_int_equal(sscanf(want, "%d%c", &n, &unit), 2);
    if (unit == 'h')
        return at + n * HOUR;
    *workdays = (uint16_t)n;
    return 0;
}

static const char *say(const struct verdict_promise *p, size_t n, char out[static 200])
{
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        int y, m, d;
        clock_date((p[i].due + CLOCK_CHINA) / CLOCK_DAY, &y, &m, &d);
        at += (size_t)snprintf(out + at, 200 - at, p[i].workdays ? "%dwd " : "%d-%d-%d ",
                               p[i].workdays ? p[i].workdays : y, m, d);
    }
    return out;
}

static bool as_wanted(const struct sentence *s, int64_t at)
{
    struct verdict_promise got[VERDICT_PROMISES];
    size_t n = promise_find(str_from(s->text), at, got), i = 0;
    const char *want = s->want;
    bool same = true;
    char said[200];

    for (; *want && i < n; i++) {
        uint16_t workdays;
        int64_t due = parse(want, at, &workdays);
        same = same && got[i].due == due && got[i].workdays == workdays;
        want += strcspn(want, " ");
        want += *want == ' ';
    }
    same = same && !*want && i == n;
    if (!same)
        print_message("%s\n  want %s, got %s\n", s->text, s->want, say(got, n, said));
    return same;
}

static void dates_of_november(void **state)
{
    (void)state;
    int64_t at = clock_days(2025, 11, 20) * CLOCK_DAY + 10 * HOUR - CLOCK_CHINA;
    size_t wrong = 0;

    for (size_t i = 0; i < sizeof of_november / sizeof *of_november; i++)
        wrong += !as_wanted(&of_november[i], at);
    assert_int_equal(wrong, 0);
}

static void ends_of_years_and_months(void **state)
{
    (void)state;
    static const struct {
        int year, month, day;
        struct sentence s;
    } rows[] = {
        {2025, 12, 31, {"明天将恢复供水。", "2026-01-01"}},
        {2025, 12, 31, {"下月底前完成整改。", "2026-01-31"}},
        {2025, 12, 31, {"年底前完成整改。", "2025-12-31"}},
        {2026, 1, 31, {"将在一个月内完成整改。", "2026-02-28"}},
        {2026, 1, 31, {"我镇承诺5日前完成清运。", "2026-02-05"}},
        {2026, 1, 1, {"预计9月底前完工。", "2026-09-30"}},
        {2026, 9, 30, {"预计9月底前完工。", "2026-09-30"}},
        {2026, 9, 30, {"预计8月底前完工。", ""}},
        {2026, 3, 1, {"确保春节前将工资发放到位。", "2027-02-05"}},
        {2026, 3, 1, {"本周日之前完成拆除。", "2026-03-01"}}, /* a Sunday */
        {2026, 3, 1, {"下周一前完成拆除。", "2026-03-02"}},
    };
    size_t wrong = 0;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        wrong += !as_wanted(&rows[i].s, clock_days(rows[i].year, rows[i].month, rows[i].day) *
                                                CLOCK_DAY + 23 * HOUR - CLOCK_CHINA);
    assert_int_equal(wrong, 0);
}

/* Whatever bytes come, every promise is later than the reply. */
static void any_text(void **state)
{
    (void)state;
    static const char *const bits[] = {"2026", "年", "3", "月", "底", "前", "完成", "预计", "，",
                                       "\xe5", "十", "个", "工作日", "内", "下周", "日", "9999", " "};
    int64_t at = clock_days(2025, 11, 20) * CLOCK_DAY;
    uint64_t seed = 88172645463325252u;

    for (int round = 0; round < 20000; round++) {
        char text[256] = "";
        struct verdict_promise got[VERDICT_PROMISES];
        for (int i = 0; i < 16; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            strcat(text, bits[seed % (sizeof bits / sizeof *bits)]);
        }
        size_t n = promise_find(str_from(text), at, got);
        assert_true(n <= VERDICT_PROMISES);
        for (size_t i = 0; i < n; i++)
            assert_true(got[i].workdays ? got[i].workdays <= 250 && !got[i].due : got[i].due > at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_of_november),
        cmocka_unit_test(ends_of_years_and_months),
        cmocka_unit_test(any_text),
    };
    return cmocka_run_group_tests_name("promise", tests, NULL, NULL);
}
