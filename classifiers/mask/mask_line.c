/* What begins a line: quote headers, and the openings of replies. */
#include "classifiers/mask/mask_handle.h"

_Static_assert(HANDLE_LINE >= HANDLE_LONGEST + 2, "a quote and what follows it");

static struct scan_list posted_posted = SCAN_LIST("发表于", "發表於", "发布于");
static struct scan_list posted_others = SCAN_LIST("的", "论文", "文章", "《", "，", "研究");
static struct scan_list cited_wrote = SCAN_LIST(" 写道", " 寫道");
static struct scan_list cited_when = SCAN_LIST(" 于", "于2", "于 ", " 在", " 发表", "发表");
static struct scan_list answered_answer = SCAN_LIST("回复", "回覆", "引用", "答复");
static struct scan_list answered_colon = SCAN_LIST("：", ":", "的帖子", "的发言", "的评论",
    "的回复");
static struct scan_list answered_labels = SCAN_LIST("如下", "单位", "部门", "机构", "时间",
    "日期", "内容", "情况", "意见", "您", "你", "结果", "机关", "网友", "市民", "群众", "说明",
    "关于", "，", "@", "来源");
static struct scan_list greeted_hello = SCAN_LIST("您好", "你好");
static struct scan_list greeted_general = SCAN_LIST("网友", "市民", "同志", "朋友", "先生",
    "女士", "书记", "市长", "县长", "区长", "局长", "领导", "局", "政府", "部门", "大家", "各位",
    "业主", "居民", "群众", "公司", "办", "中心", "委", "老师", "您", "你", "我", "用户", "客户",
    "家长", "楼主", "来信", "镇长", "省长", "主任", "部长", "院", "队", "记者", "编辑", "尊敬",
    "亲爱", "请问", "家人", "站", "厅", "所", "社区", "街道", "校", "主席", "平台", "厂", "回复",
    "答复", "如下", "反馈", "反映", "情况", "意见", "关于", "问题", "办理", "留言", "感谢",
    "咨询", "投诉", "处理", "来电", "函", "负责人", "经办人", "联系人");
static struct scan_list edited_edited = SCAN_LIST("最后由");
static struct scan_list edited_at_time = SCAN_LIST(" 于 ", "于 ", "于2", "於 ");

/* What a line must hold for each of the forms below. */
enum form {
    FORM_POSTED = 1,
    FORM_CITED = 2,
    FORM_ANSWERED = 4,
    FORM_GREETED = 8,
    FORM_EDITED = 16
};

static struct scan_list triggers = SCAN_LIST("发表于", "發表於", "发布于", "写道", "寫道", "原帖由",
    "原文由", "本帖由", "引用自", "回复", "回覆", "引用", "答复", "您好", "你好", "最后由");
static const uint8_t trigger_forms[] = {
    FORM_POSTED, FORM_POSTED, FORM_POSTED, FORM_CITED, FORM_CITED, FORM_CITED,
    FORM_CITED, FORM_CITED, FORM_CITED | FORM_ANSWERED, FORM_ANSWERED, FORM_ANSWERED,
    FORM_ANSWERED, FORM_ANSWERED, FORM_GREETED, FORM_GREETED, FORM_EDITED};

static unsigned forms_of(const struct scan *s, size_t i)
{
    unsigned forms = 0, which;
    size_t next;

    for (int k = 0; k <= HANDLE_LONGEST; k++, i = next) {
        uint32_t cp = scan_cp(s, i, &next);
        if (cp == SCAN_END || cp == '\n' || cp == 0x3002 || cp == 0xFF01)
            break;
        if (scan_listed(s, i, &triggers, &which))
            forms |= trigger_forms[which];
    }
    return forms;
}

/* Does the line's piece [from, to) hold one of the words? */
static bool holds(const struct scan *s, size_t from, size_t to, const struct scan_list *words)
{
    size_t next;

    for (size_t at = from; at < to; at = next) {
        size_t end = scan_listed(s, at, words, NULL);
        if (end && end <= to)
            return true;
        scan_cp(s, at, &next);
    }
    return false;
}

/* Offset of the first of `words` in the line within HANDLE_LONGEST code points, else 0. */
static size_t seek(const struct scan *s, size_t from, const struct scan_list *words)
{
    size_t at = from, next;

    for (int k = 0; k <= HANDLE_LONGEST; k++, at = next) {
        if (scan_listed(s, at, words, NULL))
            return at;
        uint32_t cp = scan_cp(s, at, &next);
        if (cp == SCAN_END || cp == '\n' || cp == 0x3002 || cp == 0xFF01)
            break;
    }
    return 0;
}

/* Hide a name and not the blanks that set it apart. */
static void hide_apart(struct scan *s, size_t from, size_t to)
{
    size_t start;

    for (uint32_t cp; to > from && ((cp = scan_before(s, to, &start)) == ' ' || cp == 0x3000);)
        to = start;
    scan_hide(s, from, to);
}

/* "X 发表于 2020-1-1": a date must follow, else it is an article that was published. */
static void mask_posted(struct scan *s, size_t i)
{
    static const char *const cited[] = {"引用：", "引用:", "引用", "原帖由", NULL};
    static const char *const dates[] = {"昨天", "今天", "前天", "半小时", "刚刚", NULL};
    size_t at = seek(s, i, &posted_posted), next;

    if (!at || at == i || holds(s, i, at, &posted_others))
        return;
    size_t after = scan_blanks(s, scan_listed(s, at, &posted_posted, NULL)), past;
    if ((past = scan_any(s, i, cited)))
        i = scan_blanks(s, past);
    if (at <= i)
        return;
    if (scan_digit(scan_cp(s, after, &next)) >= 0 || scan_any(s, after, dates))
        hide_apart(s, i, at);
}

/* Past "3楼 " or "#2 ". */
static size_t floor_number(const struct scan *s, size_t i)
{
    size_t at = scan_word(s, i, "#"), next;
    bool sharp = at != 0;

    at = sharp ? at : i;
    while (scan_digit(scan_cp(s, at, &next)) >= 0)
        at = next;
    if (at == i || (!sharp && !(at = scan_word(s, at, "楼"))))
        return i;
    return scan_blanks(s, at);
}

/* "X 写道：", "原帖由 X 于 2010-8-8 发表". */
static void mask_cited(struct scan *s, size_t i)
{
    static const char *const from[] = {"原帖由", "原文由", "本帖由", "引用自", NULL};
    size_t past = scan_any(s, i, from), end;

    if (past) {
        past = scan_blanks(s, past);
        end = seek(s, past, &cited_when);
        if (end > past)
            hide_apart(s, past, end);
    } else if ((end = seek(s, i, &cited_wrote)) > i) {
        hide_apart(s, i, end);
    }
}

/* "回复 X:" and "X 回复 Y:"; 回复单位： and 回复如下： are labels of a reply. */
static void mask_answered(struct scan *s, size_t i)
{
    size_t at = seek(s, i, &answered_answer), start;

    if (!at && !scan_listed(s, i, &answered_answer, NULL))
        return;
    at = scan_listed(s, i, &answered_answer, NULL) ? i : at;
    uint32_t before = scan_before(s, at, &start);
    if (at != i && before != ' ' && before != '@')
        return;
    size_t name = scan_blanks(s, scan_listed(s, at, &answered_answer, NULL));
    size_t end = seek(s, name, &answered_colon);
    if (!end || end == name || holds(s, name, end, &answered_labels))
        return;
    if (at != i)
        hide_apart(s, i, start);
    hide_apart(s, floor_number(s, name), end);
}

/* "A0001：您好", "春风化雨，你好": who is greeted, unless it is an office or people at large. */
static void mask_greeted(struct scan *s, size_t i)
{
    size_t at = seek(s, i, &greeted_hello), end, start;

    if (!at || at == i)
        return;
    end = at;
    for (uint32_t cp; scan_delimits(cp = scan_before(s, end, &start)) && end > i; end = start)
        ;
    if (end > i && !holds(s, i, end, &greeted_general) && !holds(s, i, end, &handle_opening))
        scan_hide(s, i, end);
}

static void mask_edited(struct scan *s, size_t i)
{
    size_t at = seek(s, i, &edited_edited);

    if (!at && !scan_listed(s, i, &edited_edited, NULL))
        return;
    size_t name = scan_blanks(s, scan_listed(s, at ? at : i, &edited_edited, NULL));
    size_t end = seek(s, name, &edited_at_time);
    if (end > name)
        scan_hide(s, name, end);
}

/* End of the name in “春风”网友, else 0. at: after the opening quote. */
static size_t quoted_poster(const struct scan *s, size_t at)
{
    static const char *const people[] = {"网友", "网民", "用户", "市民", NULL};
    size_t end = seek(s, at, &handle_closing);

    size_t past = scan_listed(s, end, &handle_closing, NULL);

    return end > at && scan_any(s, past, people) ? end : 0;
}

size_t handle_line(struct scan *s, size_t i)
{
    size_t at = scan_blanks(s, i), next;
    size_t quote = scan_listed(s, at, &handle_opening, NULL), end;

    at = quote ? quote : at;
    if (quote && (end = quoted_poster(s, at)))
        scan_hide(s, at, end);
    end = handle_account_end(s, at);
    if (end) { /* "A00012345：您好", "UU0081，你好" */
        uint32_t cp = scan_cp(s, end, &next);
        if (cp == 0xFF0C || scan_any(s, end, handle_greetings) ||
            scan_listed(s, end, &handle_closing, NULL))
            scan_hide(s, at, end);
    }
    unsigned forms = forms_of(s, at);
    if (forms & FORM_POSTED)
        mask_posted(s, at);
    if (forms & FORM_CITED)
        mask_cited(s, at);
    if (forms & FORM_ANSWERED)
        mask_answered(s, at);
    if (forms & FORM_GREETED)
        mask_greeted(s, at);
    if (forms & FORM_EDITED)
        mask_edited(s, at);
    return 0;
}

void line_prepare(void)
{
    struct scan_list *lists[] = {&handle_opening, &handle_closing, &triggers, &posted_posted,
        &posted_others, &cited_wrote, &cited_when, &answered_answer, &answered_colon,
        &answered_labels, &greeted_hello, &greeted_general, &edited_edited, &edited_at_time};

    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
        scan_index(lists[k]);
}
