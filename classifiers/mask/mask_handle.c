/* Handles, addresses of mail and chat, who is greeted by account. */
#include "classifiers/mask/mask_handle.h"

static bool is_colon(uint32_t cp)
{
    return cp == ':' || cp == 0xFF1A;
}

static bool mail_char(uint32_t cp)
{
    return scan_alnum(cp) || (cp > 0xFEE0 && scan_alnum(cp - 0xFEE0)) || cp == '.' || cp == '_' ||
           cp == '-' || cp == '+' || cp == '%' || cp == '*' || cp == 0xFF0E || cp == 0xFF3F;
}

/* Past what scan_delimits() does not end, at most HANDLE_LONGEST code points. 的 ends a Latin
 * handle, 的回复 any. */
static size_t token_end(const struct scan *s, size_t i)
{
    static const char *const of[] = {"的回复", "的提醒", "的评论", "的帖子", "的留言", "的说法", "的建议", "的观点",
                                     "的发言", "的分享", "的微博", "的问题", NULL};
    bool latin = true;
    size_t next;

    for (int k = 0; k < HANDLE_LONGEST; k++, i = next) {
        uint32_t cp = scan_cp(s, i, &next);
        if (k && cp == 0x7684 && (latin || scan_any(s, i, of)))
            break;
        latin = latin && cp < 0x80;
        if (scan_delimits(cp) && cp != '-' && cp != '.' && cp != 0xB7)
            break;
    }
    return i;
}

static bool blank_at(const struct scan *s, size_t i)
{
    return i < s->n && s->t[i] == ' ';
}

/* Latin letters, a dot and more of them. */
static bool mail_domain(const struct scan *s, size_t i)
{
    size_t from = i;

    while (i < s->n && (scan_alnum((unsigned char)s->t[i]) || s->t[i] == '-'))
        i++;
    return i > from && i + 1 < s->n && s->t[i] == '.' && scan_alnum((unsigned char)s->t[i + 1]);
}

size_t handle_mask(struct scan *s, size_t i)
{
    size_t from = i, to, start, next;
    bool dot = false;

    scan_cp(s, i, &to);
    size_t name = to;
    if (scan_before(s, i, &start) == ' ' && mail_domain(s, name + blank_at(s, name))) {
        from = start; /* "somebody @ example.com" */
        to += blank_at(s, to);
    }
    size_t sign = from;
    for (int k = 0; k < 64 && mail_char(scan_before(s, from, &start)); k++)
        from = start;
    for (uint32_t cp; mail_char(cp = scan_cp(s, to, &next)); to = next)
        dot |= cp == '.' || cp == 0xFF0E;
    if (from < sign && dot) {
        scan_hide(s, from, to);
        return to;
    }
    to = token_end(s, name);
    if (to == name)
        return 0;
    scan_hide(s, name, to);
    return to;
}

/* A digit at i with a blank, or what is no digit, after it: "2 7 1 8". */
static bool lone_digit(const struct scan *s, size_t i)
{
    size_t next, start;

    return scan_digit(scan_cp(s, i, &next)) >= 0 && scan_digit(scan_before(s, i, &start)) < 0 &&
           scan_digit(scan_cp(s, next, &start)) < 0 && (next == s->n || s->t[next] != '.');
}

size_t handle_chat(struct scan *s, size_t i)
{
    static const char *const between[] = {"号码", "号", "ID", "id", "同号", "联系", "：", ":", "是", "为",
                                          " ",    "　", "加", "我", "群号", "群", "（", "(", "【", "，",
                                          NULL};
    static const char *const units[] = {"元", "年", "万", "人", "块", "版", "次", NULL};
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
        if (n == digits && lone_digit(s, end) && blank_at(s, next) && lone_digit(s, next + 1))
            next++;
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
size_t handle_account_end(const struct scan *s, size_t i)
{
    unsigned letters = 0, digits = 0;
    size_t next;

    for (uint32_t cp; scan_alnum(cp = scan_cp(s, i, &next)) || cp == '_'; i = next) {
        digits += scan_digit(cp) >= 0;
        letters += scan_digit(cp) < 0;
    }
    return letters && letters <= 12 && digits >= 3 ? i : 0;
}

const char *const handle_greetings[] = {"您好", "你好", "：您", "：你", ":您", ":你", "，您", "，你",
                                        "！您", "您反映", "您的", "您提", "你反映", "你的", "反映",
                                        "的留言", "提出", "咨询", "投诉", "网友", "：", ":", "于",
                                        "的来信", "的问题", "来信", "留言", "发帖", "的帖", NULL};
struct scan_list handle_opening = SCAN_LIST("“", "\"", "‘", "「", "【", "《", "（", "(", "'", "〝",
    "＂", "『");
struct scan_list handle_closing = SCAN_LIST("”", "\"", "’", "」", "】", "》", "）", ")", "'", "〞",
    "〟", "＂", "』", "“");

/* 网友“A0001”您好, 网友A0001反映, 网友“春风”：您好. A quoted word that is only spoken of stays. */
size_t handle_poster(struct scan *s, size_t i)
{
    size_t at = scan_blanks(s, i), next, end, past;

    if (is_colon(scan_cp(s, at, &next)))
        at = scan_blanks(s, next);
    if (!(past = scan_listed(s, at, &handle_opening, NULL))) {
        end = handle_account_end(s, at);
        if (end)
            scan_hide(s, at, end);
        return end;
    }
    end = past;
    for (int k = 0; k < HANDLE_LONGEST && !scan_listed(s, end, &handle_closing, NULL); k++) {
        uint32_t cp = scan_cp(s, end, &next);
        if (cp == SCAN_END || cp == '\n')
            return 0;
        end = next;
    }
    size_t after = scan_listed(s, end, &handle_closing, NULL);
    if (!after || end == past)
        return 0;
    after = scan_blanks(s, after);
    uint32_t cp = scan_cp(s, after, &next);
    if (!handle_account_end(s, past) && !scan_any(s, after, handle_greetings) && cp != 0xFF0C &&
        cp != ',' && cp != SCAN_END && cp != '\n')
        return 0;
    scan_hide(s, past, end);
    return end;
}

size_t handle_account(struct scan *s, size_t i)
{
    enum { SHORTEST = 6 };
    size_t end = handle_account_end(s, i), start;

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
    size_t at = i, next, quote = scan_listed(s, scan_blanks(s, i), &handle_opening, NULL);

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
