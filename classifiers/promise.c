/* Which of a reply's dates are promises: by the words of their clause. */
#include "classifiers/promise.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "classifiers/promise_date.h"

static bool holds(struct str s, const char *const *words)
{
    for (; *words; words++)
        if (str_find(s, str_from(*words), 0) != (size_t)-1)
            return true;
    return false;
}

/* What units promise to have done. */
static const char *const deeds[] = {
    "完工", "完成", "竣工", "开工", "动工", "建成", "建设", "施工", "进场", "整改", "整治", "修复", "维修",
    "修缮", "修补", "更换", "安装", "恢复", "通车", "通行", "通水", "通电", "通气", "供暖", "供水", "启用",
    "投用", "投入使用", "交付", "交房", "移交", "发放", "支付", "付清", "兑付", "退还", "退款", "补发",
    "拨付", "到账", "到位", "解决", "办结", "办理", "答复", "反馈", "回复", "公布", "公示", "公开", "拆除",
    "清理", "清运", "清除", "处理", "处置", "落实", "开通", "开放", "开学", "招标", "启动", "实施", "验收",
    "出台", "改造", "增设", "增加", "铺设", "绿化", "检测", "调查", "查处", "联系", "结清", "达标", "消除",
    "搬迁", "关停", "投产", "运营", "入住", "办证", NULL};

/* It is still to come. */
static const char *const ahead[] = {"预计", "计划", "将", "拟", "承诺", "力争", "争取", "确保", "保证",
                                    "定于", "预期", "目标", "安排", "限期", "责令", "要求施工", "要求企业",
                                    "要求开发", "要求物业", "要求其", NULL};

/* Of what was, of rules that are cited, and of what the reader may or must do. */
static const char *const elsewhere[] = {
    "已于", "已经", "曾于", "根据", "按照", "依据", "依照", "自从", "截至", "截止", "收到", "接到", "来信",
    "来电", "您反映", "你反映", "反映的", "请您", "请你", "请于", "请在", "您可", "你可", "可在", "可于",
    "可以", "有权", "申请人", "当事人", "如有", "如果", "如对", "如您", "若", "自收到", "报名", "缴费期",
    "每年", "每月", "每周", "逾期", NULL};
static const char *const remedy[] = {"行政复议", "行政诉讼", "起诉", "报名", "拨打", "来电咨询", "申请复查",
                                     "您可", "仲裁", "已完", "已经", "已全", "已整", "已修", "已处", "已支",
                                     "已发", "已开", "已竣", "已解", "已建", "已安", "已恢", "已启", NULL};
/* What a date begins or names, right behind it. */
static const char *const begins[] = {"起", "以来", "以后", "之后", "后", "至", "到", "—", "-", "~", "期间",
                                     "的", "印发", "发布", "颁布", "施行", "修订", "修正", "以前的", "之前的",
                                     "，您", "收到", "接到", "上午", "下午", NULL};
/* The end of what is to be done stands before its date. */
static const char *const terms[] = {"时间", "时限", "期限", "工期", "节点", "日期", NULL};

static bool starts(struct str s, const char *const *words)
{
    for (; *words; words++)
        if (str_starts(s, str_from(*words)))
            return true;
    return false;
}

static struct str part(struct str s, size_t from, size_t to)
{
    return (struct str){s.p + from, to - from};
}

/* Where the next of these marks stands, or the end. */
static size_t next_mark(struct str s, size_t at, const char *const *marks)
{
    while (at < s.n) {
        if (starts(part(s, at, s.n), marks))
            return at;
        utf8_next(s, &at);
    }
    return at;
}

static const char *const ends[] = {"。", "！", "？", "；", ";", "\n", "!", "?", NULL};
static const char *const commas[] = {"，", ",", "：", ":", "、", NULL};
static const char *const pauses[] = {"，", ",", NULL};

static size_t clause_start(struct str s, size_t at)
{
    size_t start = 0;

    for (size_t i = 0; i < at;) {
        bool mark = starts(part(s, i, s.n), pauses);
        utf8_next(s, &i);
        if (mark)
            start = i;
    }
    return start;
}

static bool is_promise(struct str s, size_t from, size_t to, const struct promise_date *date)
{
    struct str before = part(s, clause_start(s, from), from);
    size_t stop = next_mark(s, to, pauses);
    struct str after = part(s, to, stop);
    struct str whole = part(s, 0, from);
    size_t next = stop;

    if (next < s.n)
        utf8_next(s, &next);
    struct str behind = part(s, next, next_mark(s, next, pauses));
    if (holds(before, elsewhere) || starts(part(s, to, s.n), begins) || holds(after, remedy))
        return false;
    if (!date->limit && !holds(before, ahead) && !starts(after, ahead) &&
        !(holds(before, terms) && holds(before, deeds)))
        return false;
    if (holds(after, deeds))
        return true;
    if (holds(before, terms) && holds(before, deeds))
        return true;
    /* “预计9月底前，完成全部整改” */
    return next_mark(after, 0, commas) == after.n && after.n <= 6 && !holds(behind, remedy) &&
           !holds(behind, elsewhere) && holds(behind, deeds) && !holds(whole, remedy);
}

static bool same(const struct verdict_promise *a, const struct verdict_promise *b)
{
    return a->due == b->due && a->workdays == b->workdays;
}

/* Working days stand before the others: few of them make a month. */
static bool sooner(const struct verdict_promise *a, const struct verdict_promise *b)
{
    if (!a->workdays != !b->workdays)
        return a->workdays != 0;
    return a->workdays ? a->workdays < b->workdays : a->due < b->due;
}

static size_t add(struct verdict_promise *out, size_t n, const struct verdict_promise *p)
{
    size_t at = 0;

    while (at < n && !same(&out[at], p) && !sooner(p, &out[at]))
        at++;
    if (at == VERDICT_PROMISES || (at < n && same(&out[at], p)))
        return n;
    n += n < VERDICT_PROMISES;
    for (size_t i = n - 1; i > at; i--)
        out[i] = out[i - 1];
    out[at] = *p;
    return n;
}

/* What stands here is the rest of something longer that is no date: 一百二十日内, 2月30日前, 每月底. */
static bool is_rest(struct str s, size_t at)
{
    static const char *const heads[] = {"每", "月", "年", "百", "千", "万", "第", "〇", "零", "一",
                                        "二", "两", "三", "四", "五", "六", "七", "八", "九", "十",
                                        NULL};

    if (at && ((s.p[at - 1] >= '0' && s.p[at - 1] <= '9') || strchr(".-/", s.p[at - 1])))
        return true;
    return at >= 3 && starts(part(s, at - 3, at), heads);
}

static size_t read_sentence(struct str s, int64_t at, struct verdict_promise *out, size_t n)
{
    int64_t today = (at + CLOCK_CHINA) / CLOCK_DAY;
    struct promise_date date;

    for (size_t i = 0; i < s.n;) {
        size_t to = i;
        if (is_rest(s, i) || !promise_date_read(s, &to, today, &date)) {
            utf8_next(s, &i);
            continue;
        }
        struct verdict_promise p = {.workdays = date.workdays};
        if (date.span)
            p.due = at + date.span;
        else if (!date.workdays)
            p.due = (date.day + 1) * CLOCK_DAY - CLOCK_CHINA - 1000;
        bool past = !date.workdays && p.due <= at;
        if (!past && is_promise(s, i, to, &date))
            n = add(out, n, &p);
        i = to;
    }
    return n;
}

size_t promise_find(struct str text, int64_t at,
                    struct verdict_promise out[static VERDICT_PROMISES])
{
    size_t n = 0;

    for (size_t i = 0; i < text.n;) {
        size_t end = next_mark(text, i, ends);
        n = read_sentence(part(text, i, end), at, out, n);
        i = end;
        if (i < text.n)
            utf8_next(text, &i);
    }
    return n;
}
