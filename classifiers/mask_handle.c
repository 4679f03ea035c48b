/* Handles, addresses of mail and chat, quote headers and the openings of replies. */
#include "classifiers/mask_scan.h"

enum { LONGEST = 30 };

_Static_assert(HANDLE_LINE >= LONGEST + 2, "a quote and what follows it");

static bool is_colon(uint32_t cp)
{
    return cp == ':' || cp == 0xFF1A;
}

static bool mail_char(uint32_t cp)
{
    return scan_alnum(cp) || (cp > 0xFEE0 && scan_alnum(cp - 0xFEE0)) || cp == '.' || cp == '_' ||
           cp == '-' || cp == '+' || cp == '%' || cp == '*' || cp == 0xFF0E || cp == 0xFF3F;
}

/* Past what scan_delimits() does not end, at most LONGEST code points. 的 ends a Latin handle, 的回复
 * any. */
static size_t token_end(const struct scan *s, size_t i)
{
    static const char *const of[] = {"的回复", "的提醒", "的评论", "的帖子", "的留言", "的说法", "的建议", "的观点",
                                     "的发言", "的分享", "的微博", "的问题", NULL};
    bool latin = true;
    size_t next;

    for (int k = 0; k < LONGEST; k++, i = next) {
        uint32_t cp = scan_cp(s, i, &next);
        if (k && cp == 0x7684 && (latin || scan_any(s, i, of)))
            break;
        latin = latin && cp < 0x80;
        if (scan_delimits(cp) && cp != '-' && cp != '.' && cp != 0xB7)
            break;
    }
    return i;
}

size_t handle_mask(struct scan *s, size_t i)
{
    size_t from = i, to, start, next;
    bool dot = false;

    scan_cp(s, i, &to);
    size_t name = to;
    for (int k = 0; k < 64 && mail_char(scan_before(s, from, &start)); k++)
        from = start;
    for (uint32_t cp; mail_char(cp = scan_cp(s, to, &next)); to = next)
        dot |= cp == '.' || cp == 0xFF0E;
    if (from < i && dot) {
        scan_hide(s, from, to);
        return to;
    }
    to = token_end(s, name);
    if (to == name)
        return 0;
    scan_hide(s, name, to);
    return to;
}

size_t handle_chat(struct scan *s, size_t i)
{
    static const char *const between[] = {"号码", "号", "ID", "id", "同号", "联系", "：", ":", "是", "为",
                                          " ",    "　", "加", "我", "群号", "群", "（", "(", "【", "，",
                                          NULL};
    static const char *const units[] = {"元", "年", "万", "人", "块", "版", NULL};
    size_t at = i, next, end;
    unsigned n = 0, letters = 0, digits = 0, joins = 0;

    for (int k = 0; k < 6 && (next = scan_any(s, at, between)); k++)
        at = next;
    end = at;
    for (uint32_t cp; scan_alnum(cp = scan_cp(s, end, &next)) || cp == '_' || cp == '-' ||
                      scan_digit(cp) >= 0;
         end = next) {
        n++;
        joins += cp == '_';
        digits += scan_digit(cp) >= 0;
        letters += scan_alnum(cp) && scan_digit(cp) < 0;
    }
    bool fits = letters ? n >= 5 && n <= 24 && (digits || joins || at > i)
                        : digits >= 5 && digits <= 12;
    if (!fits || scan_any(s, end, units))
        return 0;
    scan_hide(s, at, end);
    return end;
}

size_t handle_token(struct scan *s, size_t i)
{
    size_t next, at = scan_blanks(s, i);

    if (!is_colon(scan_cp(s, at, &next)) && scan_cp(s, at, &next) != '=')
        return 0;
    at = scan_blanks(s, next);
    size_t end = token_end(s, at);
    if (end == at)
        return 0;
    scan_hide(s, at, end);
    return end;
}

/* An account's name as boards make them: letters and at least three digits. */
static size_t account_end(const struct scan *s, size_t i)
{
    unsigned letters = 0, digits = 0;
    size_t next;

    for (uint32_t cp; scan_alnum(cp = scan_cp(s, i, &next)) || cp == '_'; i = next) {
        digits += scan_digit(cp) >= 0;
        letters += scan_digit(cp) < 0;
    }
    return letters && letters <= 12 && digits >= 3 ? i : 0;
}

static const char *const greetings[] = {"您好", "你好", "：您", "：你", ":您", ":你", "，您", "，你",
                                        "！您", "您反映", "您的", "您提", "你反映", "你的", "反映",
                                        "的留言", "提出", "咨询", "投诉", "网友", "：", ":", "于",
                                        "的来信", "的问题", "来信", "留言", "发帖", "的帖", NULL};
static const char *const opening[] = {"“", "\"", "‘", "「", "【", "《", "（", "(", "'", "〝",
    "＂", "『", NULL};
static const char *const closing[] = {"”", "\"", "’", "」", "】", "》", "）", ")", "'", "〞",
    "〟", "＂", "』", "“", NULL};

/* 网友“A0001”您好, 网友A0001反映, 网友“春风”：您好. A quoted word that is only spoken of stays. */
size_t handle_poster(struct scan *s, size_t i)
{
    size_t at = scan_blanks(s, i), next, end, past;

    if (is_colon(scan_cp(s, at, &next)))
        at = scan_blanks(s, next);
    if (!(past = scan_any(s, at, opening))) {
        end = account_end(s, at);
        if (end)
            scan_hide(s, at, end);
        return end;
    }
    end = past;
    for (int k = 0; k < LONGEST && !scan_any(s, end, closing); k++) {
        uint32_t cp = scan_cp(s, end, &next);
        if (cp == SCAN_END || cp == '\n')
            return 0;
        end = next;
    }
    size_t after = scan_any(s, end, closing);
    if (!after || end == past)
        return 0;
    after = scan_blanks(s, after);
    uint32_t cp = scan_cp(s, after, &next);
    if (!account_end(s, past) && !scan_any(s, after, greetings) && cp != 0xFF0C && cp != ',' &&
        cp != SCAN_END && cp != '\n')
        return 0;
    scan_hide(s, past, end);
    return end;
}

size_t handle_account(struct scan *s, size_t i)
{
    enum { SHORTEST = 6 };
    size_t end = account_end(s, i), start;

    if (end < i + SHORTEST || i < s->keep_until || scan_alnum(scan_before(s, i, &start)))
        return 0;
    scan_hide(s, i, end);
    return end;
}

/* 尊敬的“春风”网友, 尊敬的张先生. */
size_t handle_dear(struct scan *s, size_t i)
{
    static const char *const honours[] = {"先生", "女士", "小姐", "同志", "老师", "师傅", "大姐",
        "大哥", "阿姨", "老人",
                                          "大爷", "叔叔", "网友", "市民", "业主", NULL};
    size_t at = i, next, quote = scan_any(s, scan_blanks(s, i), opening);

    if (quote)
        return handle_poster(s, i);
    for (int k = 0; k < 4 && !scan_any(s, at, honours); k++, at = next)
        if (!scan_han(scan_cp(s, at, &next)))
            return 0;
    if (at == i || !scan_any(s, at, honours) || !name_begins(s, i))
        return 0;
    scan_hide(s, i, at);
    return at;
}

/* Does the line's piece [from, to) hold one of the words? */
static bool holds(const struct scan *s, size_t from, size_t to, const char *const *words)
{
    size_t next;

    for (size_t at = from; at < to; at = next) {
        size_t end = scan_any(s, at, words);
        if (end && end <= to)
            return true;
        scan_cp(s, at, &next);
    }
    return false;
}

/* Offset of the first of `words` in the line within LONGEST code points, else 0. */
static size_t seek(const struct scan *s, size_t from, const char *const *words)
{
    size_t at = from, next;

    for (int k = 0; k <= LONGEST; k++, at = next) {
        if (scan_any(s, at, words))
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
    static const char *const posted[] = {"发表于", "發表於", "发布于", NULL};
    static const char *const cited[] = {"引用：", "引用:", "引用", "原帖由", NULL};
    static const char *const dates[] = {"昨天", "今天", "前天", "半小时", "刚刚", NULL};
    static const char *const others[] = {"的", "论文", "文章", "《", "，", "研究", NULL};
    size_t at = seek(s, i, posted), next;

    if (!at || at == i || holds(s, i, at, others))
        return;
    size_t after = scan_blanks(s, scan_any(s, at, posted)), past;
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
    static const char *const wrote[] = {" 写道", " 寫道", NULL};
    static const char *const from[] = {"原帖由", "原文由", "本帖由", "引用自", NULL};
    static const char *const when[] = {" 于", "于2", "于 ", " 在", " 发表", "发表", NULL};
    size_t past = scan_any(s, i, from), end;

    if (past) {
        past = scan_blanks(s, past);
        end = seek(s, past, when);
        if (end > past)
            hide_apart(s, past, end);
    } else if ((end = seek(s, i, wrote)) > i) {
        hide_apart(s, i, end);
    }
}

/* "回复 X:" and "X 回复 Y:"; 回复单位： and 回复如下： are labels of a reply. */
static void mask_answered(struct scan *s, size_t i)
{
    static const char *const answer[] = {"回复", "回覆", "引用", "答复", NULL};
    static const char *const colon[] = {"：", ":", "的帖子", "的发言", "的评论", "的回复", NULL};
    static const char *const labels[] = {"如下", "单位", "部门", "机构", "时间", "日期", "内容", "情况",
                                         "意见", "您", "你", "结果", "机关", "网友", "市民", "群众", "说明",
                                         "关于", "，", "@", "来源", NULL};
    size_t at = seek(s, i, answer), start;

    if (!at && !scan_any(s, i, answer))
        return;
    at = scan_any(s, i, answer) ? i : at;
    uint32_t before = scan_before(s, at, &start);
    if (at != i && before != ' ' && before != '@')
        return;
    size_t name = scan_blanks(s, scan_any(s, at, answer));
    size_t end = seek(s, name, colon);
    if (!end || end == name || holds(s, name, end, labels))
        return;
    if (at != i)
        hide_apart(s, i, start);
    hide_apart(s, floor_number(s, name), end);
}

/* "A0001：您好", "春风化雨，你好": who is greeted, unless it is an office or people at large. */
static void mask_greeted(struct scan *s, size_t i)
{
    static const char *const hello[] = {"您好", "你好", NULL};
    static const char *const general[] = {
        "网友", "市民", "同志", "朋友", "先生", "女士", "书记", "市长", "县长", "区长", "局长", "领导", "局",
        "政府", "部门", "大家", "各位", "业主", "居民", "群众", "公司", "办", "中心", "委", "老师", "您",
        "你", "我", "用户", "客户", "家长", "楼主", "来信", "镇长", "省长", "主任", "部长", "院", "队", "记者",
        "编辑", "尊敬", "亲爱", "请问", "家人", "站", "厅", "所", "社区", "街道", "校", "主席", "平台", "厂", "回复",
        "答复", "如下", "反馈", "反映",
        "情况", "意见", "关于", "问题", "办理", "留言", "感谢", "咨询", "投诉", "处理", "来电", "函", NULL};
    size_t at = seek(s, i, hello), end, start;

    if (!at || at == i)
        return;
    end = at;
    for (uint32_t cp; scan_delimits(cp = scan_before(s, end, &start)) && end > i; end = start)
        ;
    if (end > i && !holds(s, i, end, general) && !holds(s, i, end, opening))
        scan_hide(s, i, end);
}

static void mask_edited(struct scan *s, size_t i)
{
    static const char *const edited[] = {"最后由", NULL};
    static const char *const at_time[] = {" 于 ", "于 ", "于2", "於 ", NULL};
    size_t at = seek(s, i, edited);

    if (!at && !scan_any(s, i, edited))
        return;
    size_t name = scan_blanks(s, scan_any(s, at ? at : i, edited));
    size_t end = seek(s, name, at_time);
    if (end > name)
        scan_hide(s, name, end);
}

/* End of the name in “春风”网友, else 0. at: after the opening quote. */
static size_t quoted_poster(const struct scan *s, size_t at)
{
    static const char *const people[] = {"网友", "网民", "用户", "市民", NULL};
    size_t end = seek(s, at, closing);

    return end > at && scan_any(s, scan_any(s, end, closing), people) ? end : 0;
}

size_t handle_line(struct scan *s, size_t i)
{
    size_t at = scan_blanks(s, i), next;
    size_t quote = scan_any(s, at, opening), end;

    at = quote ? quote : at;
    if (quote && (end = quoted_poster(s, at)))
        scan_hide(s, at, end);
    end = account_end(s, at);
    if (end) { /* "A00012345：您好", "UU0081，你好" */
        uint32_t cp = scan_cp(s, end, &next);
        if (scan_any(s, end, greetings) || scan_any(s, end, closing) || cp == 0xFF0C)
            scan_hide(s, at, end);
    }
    mask_posted(s, at);
    mask_cited(s, at);
    mask_answered(s, at);
    mask_greeted(s, at);
    mask_edited(s, at);
    return 0;
}
