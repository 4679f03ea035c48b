/* Personal names: after cue words, in by-lines and signatures. A family name must begin them. */
#include <string.h>

#include "classifiers/mask/mask_name.h"

size_t name_run(const struct scan *s, size_t i, unsigned max, unsigned *n)
{
    size_t next;

    for (*n = 0; *n < max && scan_han(scan_cp(s, i, &next)); ++*n)
        i = next;
    return i;
}

/* What stands after the first and the second given character. */
struct given {
    size_t start, one, two; /* bytes; two: 0 when there is no second */
    unsigned weight_one, weight_two;
    unsigned follow_one, follow_two; /* name_followed() there */
    bool ends_one, ends_two;         /* a delimiter or a digit stands there */
};

static bool read_given(const struct scan *s, size_t i, struct given *g)
{
    uint32_t first = scan_cp(s, i, &g->one), second = scan_cp(s, g->one, &g->two);

    if (!scan_han(first))
        return false;
    g->start = i;
    g->weight_one = name_given(first);
    g->follow_one = name_followed(s, g->one);
    g->ends_one = scan_ends(s, g->one);
    if (!scan_han(second)) {
        g->two = 0;
        return true;
    }
    g->weight_two = name_given(second);
    g->follow_two = name_followed(s, g->two);
    g->ends_two = scan_ends(s, g->two);
    return true;
}

/* Given characters and what follows say that two belong to the name. */
static bool takes_two(const struct given *g, enum family kind, enum name_cue cue)
{
    unsigned weight = g->weight_one + g->weight_two;
    bool ends = g->ends_two || g->follow_two, both = g->weight_one && g->weight_two;

    if (g->follow_one == 2)
        return false;
    if (g->follow_one)
        return ends && both;
    if (kind == FAMILY_COMPOUND || (cue != NAME_MAYBE && (kind == FAMILY_COMMON || ends || both)))
        return true;
    if (kind == FAMILY_COMMON)
        return ends || (both && weight >= GIVEN_STRONG + GIVEN_WEAK);
    if (g->ends_two && weight >= GIVEN_STRONG)
        return true;
    if (g->follow_two == 2 && weight)
        return true;
    return both && (weight > 2 || ends);
}

/* The same of one. */
static bool takes_one(const struct given *g, enum family kind, enum name_cue cue)
{
    if (kind == FAMILY_COMPOUND && g->follow_one)
        return true;
    if (cue == NAME_MAYBE && kind == FAMILY_RARE)
        return g->follow_one == 2 || g->ends_one
                   ? g->weight_one
                   : g->follow_one && g->weight_one == GIVEN_STRONG;
    if (kind == FAMILY_RARE)
        return g->ends_one || (g->follow_one && g->weight_one);
    return g->ends_one || g->follow_one == 2 ||
           (g->follow_one && (g->weight_one || cue != NAME_MAYBE));
}

/* 黄河清 is a name that begins with a word: after a sure cue, when nothing else stands there. */
static bool beyond_word(const struct given *g, enum name_cue cue)
{
    bool ends = g->ends_two || (cue == NAME_MAYBE && (g->follow_two == 2 ||
                                  (g->follow_two && g->weight_two == GIVEN_STRONG)));

    return g->two && ends && g->weight_one && g->weight_two &&
           (cue != NAME_MAYBE || g->weight_one + g->weight_two > 2);
}

/* 关晓彤彤: a double family name that is none of the old ones. Byte after the name. */
static size_t takes_three(const struct scan *s, const struct given *g, enum family kind)
{
    size_t next;
    unsigned weight = name_given(scan_cp(s, g->two, &next));

    return kind == FAMILY_COMMON && weight == GIVEN_STRONG && g->weight_one && g->weight_two &&
                   !g->follow_two && scan_ends(s, next)
               ? next
               : g->two;
}

size_t name_end(const struct scan *s, size_t i, enum name_cue cue)
{
    struct given g = {0};
    enum family kind;
    size_t start = name_family(s, i, &kind), end = name_dotted(s, i);

    if (end)
        return end;
    if (!start || !read_given(s, start, &g))
        return 0;
    if (kind != FAMILY_COMPOUND && name_is_word(s, i) && !beyond_word(&g, cue))
        return 0;
    /* 房东包水电: what begins like a name and goes on as a word is none by itself. */
    if (kind == FAMILY_RARE && cue == NAME_MAYBE && g.two &&
        (name_is_word(s, start) || name_plain(s, start)))
        return 0;
    if (g.two && takes_two(&g, kind, cue))
        end = takes_three(s, &g, kind);
    else if (takes_one(&g, kind, cue))
        end = g.one;
    return end && !name_is_office(s, start, end) ? end : 0;
}

/* What stands where a name may and is none. */
static struct scan_list others = SCAN_LIST(
    "匿名", "社区", "办公", "物业", "村委", "无", "本人", "市民", "网友", "居民", "业主", "公司",
    "已", "不", "请", "多", "某", "工作", "政府", "我", "您", "你", "他", "她", "如", "小学",
    "中学", "大学", "本报", "综合", "转", "未", "暂", "全体", "编辑", "作者", "记者", "责编",
    "发布", "电话", "手机");

/* "李 明": a form sets the characters of a short name apart. */
static size_t spaced(const struct scan *s, size_t i)
{
    enum family kind;
    size_t end = name_family(s, i, &kind), at = scan_blanks(s, end), next;

    if (!end || at == end || !scan_han(scan_cp(s, at, &next)) || !scan_ends(s, next))
        return 0;
    return next;
}

/* 娜仁托雅, 小明: after 我叫 a word of nothing but what given names are made of. */
static size_t given_only(const struct scan *s, size_t i)
{
    static const char *const somebody[] = {
        "的人", "的男", "的女", "的老", "的工", "的中介", "的业务", "的保安", "的司机", "的同", "的主管",
        "的经理", "的孩", "的小孩", "的学", "的患", "的包工", "的房东", "的邻", "的员", "的医", "的护",
        "的师傅", "的村", "的居", NULL};
    size_t next;
    unsigned n = 0, weight = 0, w;

    for (; n < 6 && (w = name_given(scan_cp(s, i, &next))); n++) {
        i = next;
        weight += w;
    }
    bool followed = scan_any(s, i, somebody) ||
                    (name_followed(s, i) && scan_cp(s, i, &next) != 0x7684); /* 的 */
    bool closed = scan_ends(s, i) || (n < 4 && weight > n && followed);
    return n >= 2 && n <= 5 && closed ? i : 0;
}

/* Zhang Wei: two or three words of letters, the first of each a capital. */
static size_t in_letters(const struct scan *s, size_t i)
{
    enum { MOST = 3 };
    size_t end = i, next;
    unsigned words = 0;

    for (; words < MOST; words++) {
        size_t at = words ? scan_blanks(s, end) : i, from;
        uint32_t cp = scan_cp(s, at, &from);
        if (cp < 'A' || cp > 'Z' || (words && at == end))
            break;
        for (at = from; (cp = scan_cp(s, at, &next)) >= 'a' && cp <= 'z'; at = next)
            ;
        if (at == from || scan_alnum(cp))
            break;
        end = at;
    }
    return words > 1 && scan_ends(s, end) ? end : 0;
}

/* After a colon even an unusual family name is one, when nothing else stands there. i: after the
 * cue, at: after the colon. */
static size_t labelled(const struct scan *s, size_t i, size_t at)
{
    size_t start, end;
    uint32_t last = scan_before(s, i, &start);
    bool self = last == 0x540D || last == 0x4EBA || last == 0x5B57; /* 名, 人, 字 */

    if (scan_listed(s, at, &others, NULL))
        return 0;
    end = name_dotted(s, at);
    if (!end)
        end = name_stated(s, at, self ? STATED_SELF : STATED_LABEL);
    if (!end && self)
        end = in_letters(s, at);
    return end ? end : spaced(s, at);
}

/* What stands beside 记者, 摄影 or a dash and is no name. */
static struct scan_list no_names = SCAN_LIST(
    "获悉", "从", "了解", "采访", "报道", "走访", "调查", "看到", "发现", "来到", "探访", "注意",
    "实地", "近日", "今日", "昨日", "今天", "昨天", "日前", "对", "随", "提出", "留言", "证",
    "手记", "点评", "整理", "简介", "无关", "作品", "比赛", "单位", "推荐", "节选", "部", "完",
    "新华", "本报", "人民", "网络", "资料", "来源", "综合", "供稿", "日报", "晚报", "中国",
    "世界", "未来", "结束", "待续", "以上", "观察", "评论", "专访", "问");

/* Two or three Chinese characters by themselves, whatever the first. */
size_t name_apart(const struct scan *s, size_t i)
{
    unsigned n;
    size_t end = name_run(s, i, 4, &n), next;

    if (n < 2 || n > 3 || !scan_delimits(scan_cp(s, end, &next)) ||
        scan_listed(s, i, &others, NULL) || scan_listed(s, i, &no_names, NULL) ||
        name_is_word(s, i) || name_is_office(s, i, end))
        return 0;
    return end;
}

static struct scan_list commas = SCAN_LIST("、", "和", "与", "及", "或者", "或", "，", ",", " ", "　",
                                           "/");
/* The first WRAPS_CALLED say that a name follows, those up to WRAPS_BEING that one may. */
static struct scan_list wrap = SCAN_LIST("名叫", "叫做", "叫", "姓名", "名字", "做", "是", "为",
                                         "系", "、", "（", "(", "“", "\"", "【", "/", "丨", "|");
enum wrapped { WRAP_NONE, WRAP_BEING, WRAP_CALLED };
enum { WRAPS_CALLED = 6, WRAPS_BEING = 9 };

static struct scan_list label_wrap = SCAN_LIST("是", "姓名", "【", "/", "名单", "签名", "如下",
                                               "分别是", "分别为");
/* What closes a label beside a colon: 【姓名】, 姓名＝. */
static struct scan_list label_ends = SCAN_LIST(":", "：", "丨", "|", "】", "]", "＝", "=", "］",
                                               "》", "；", ";");

/* After a label what is listed beside a name is one, whatever it begins with; but 安全员： is the
 * next label. */
static size_t beside(const struct scan *s, size_t end, size_t i)
{
    static const char *const list[] = {"、", "和", "与", "及", "或", NULL};
    size_t next, more = scan_any(s, end, list) ? name_stated(s, i, STATED_SELF) : 0;
    uint32_t cp = more ? scan_cp(s, more, &next) : 0;

    return cp == ':' || cp == 0xFF1A || scan_digit(cp) >= 0 ? 0 : more;
}

/* Hide the name and, in by-lines, those listed after it. */
static size_t hide_names(struct scan *s, size_t i, size_t end, bool label)
{
    static const char *const joins[] = {"、", "和", "与", "及", "或", NULL};
    size_t next;

    for (unsigned hidden = 1;; hidden++) {
        name_hide(s, i, end);
        next = scan_listed(s, end, &commas, NULL);
        i = next ? scan_blanks(s, next) : 0;
        size_t more = i && !name_plain(s, i) ? name_end(s, i, NAME_MAYBE) : 0;
        if (!more && (label || hidden > 1) && i)
            more = beside(s, end, i);
        bool list = scan_any(s, end, joins) != 0;
        if (!more || (!list && !scan_delimits(scan_cp(s, more, &next))))
            return end;
        end = more;
    }
}

/* A cue and a name make a by-line when the name is one beyond doubt, or set apart. */
static bool in_byline(const struct scan *s, size_t cue_end, size_t from, size_t end)
{
    size_t next;
    uint32_t cp = scan_cp(s, end, &next);

    if (name_end(s, from, NAME_MAYBE) == end)
        return true;
    if (from == cue_end && s->t[cue_end - 1] != '/')
        return cp == ')' || cp == 0xFF09;
    return scan_delimits(cp);
}

/* Byte after "（必填）" and the like at i, else i. */
static size_t past_bracket(const struct scan *s, size_t i)
{
    enum { LONGEST = 6 };
    size_t next, end;
    uint32_t cp = scan_cp(s, i, &next);
    unsigned n;

    if (cp != '(' && cp != 0xFF08)
        return i;
    end = name_run(s, next, LONGEST, &n);
    cp = scan_cp(s, end, &next);
    return n && (cp == ')' || cp == 0xFF09) ? scan_blanks(s, next) : i;
}

/* 姓名： and its like: what closes the label, then the name. */
static size_t mask_labelled(struct scan *s, size_t i)
{
    size_t at = past_bracket(s, scan_blanks(s, i)), next, end;

    if ((end = scan_listed(s, at, &label_wrap, NULL)))
        at = scan_blanks(s, end);
    if (!(next = scan_listed(s, at, &label_ends, NULL)))
        return 0;
    end = scan_listed(s, next, &label_ends, NULL); /* 【姓名】： */
    at = scan_blanks(s, end ? end : next);
    end = labelled(s, i, at);
    return end ? hide_names(s, at, end, true) : 0;
}

/* 我叫, 名叫. */
static size_t called(const struct scan *s, size_t at)
{
    size_t end = name_dotted(s, at), start;

    bool quoted = scan_before(s, at, &start) == 0x201C; /* “…”: a thing as often as not */

    if (!end && !name_plain(s, at) && !name_with_honour(s, at))
        end = given_only(s, at);
    if (!end)
        end = name_stated(s, at, quoted ? STATED_ROLE : STATED_SELF);
    return end ? end : spaced(s, at);
}

/* 业主, 我父亲; 护士叫 and 负责人是 say more. */
static size_t maybe(const struct scan *s, size_t at, enum wrapped how)
{
    size_t end = name_dotted(s, at), next;

    if (!end && how == WRAP_NONE && !name_opens(scan_cp(s, at, &next)))
        return 0;
    if (!end && how != WRAP_NONE) {
        end = name_stated(s, at, STATED_ROLE);
        if (end && (how == WRAP_CALLED || scan_ends(s, end)))
            return end;
        end = 0;
    }
    if (!end && (end = name_both(s, at, false)) && !scan_ends(s, end))
        end = 0;
    if (!end && !name_plain(s, at))
        end = name_end(s, at, NAME_MAYBE);
    if (end && name_goes_on(s, at, end))
        end = 0;
    next = name_foreign(s, at);
    return next > end ? next : end;
}

static size_t byline(const struct scan *s, size_t i, size_t at)
{
    size_t end = name_end(s, at, NAME_MAYBE);

    if (!end && !(end = name_end(s, at, NAME_CALLED)))
        end = name_apart(s, at);
    return end && in_byline(s, i, at, end) ? end : 0;
}

size_t name_mask(struct scan *s, size_t i, enum name_cue cue)
{
    enum wrapped how = WRAP_NONE;
    size_t at = scan_blanks(s, i), next, end;
    uint32_t cp = scan_cp(s, at, &next);
    unsigned which;

    if (cue == NAME_NAMED) {
        end = name_plain(s, at) ? 0 : name_end(s, at, NAME_CALLED);
        end = end ? end : spaced(s, at);
        return end && scan_ends(s, end) ? hide_names(s, at, end, false) : 0;
    }
    if (cue == NAME_LABEL)
        return mask_labelled(s, i);
    if (cue == NAME_CALLED && (cp == ':' || cp == 0xFF1A))
        at = next;
    while ((next = scan_listed(s, at, &wrap, &which))) {
        how = which < WRAPS_CALLED ? WRAP_CALLED : which < WRAPS_BEING ? WRAP_BEING : how;
        at = scan_blanks(s, next);
    }
    end = cue == NAME_SELF && how == WRAP_NONE ? name_introduced(s, at) : 0;
    if (!end)
        end = cue == NAME_CALLED   ? called(s, at)
              : cue == NAME_BYLINE ? byline(s, i, at)
                                   : maybe(s, at, how);
    return end ? hide_names(s, at, end, cue == NAME_CALLED) : 0;
}

void name_prepare(void)
{
    struct scan_list *lists[] = {&others, &no_names, &commas, &label_wrap, &label_ends, &wrap};

    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
        scan_index(lists[k]);
    family_prepare();
    stated_prepare();
    role_prepare();
}
