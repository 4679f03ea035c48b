/* Personal names: after cue words, in by-lines and signatures. A family name must begin them. */
#include <string.h>

#include "classifiers/mask_name.h"

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

static bool ends_at(const struct scan *s, size_t i)
{
    size_t next;
    uint32_t cp = scan_cp(s, i, &next);

    return scan_delimits(cp) || scan_digit(cp) >= 0;
}

static bool read_given(const struct scan *s, size_t i, struct given *g)
{
    uint32_t first = scan_cp(s, i, &g->one), second = scan_cp(s, g->one, &g->two);

    if (!scan_han(first))
        return false;
    g->start = i;
    g->weight_one = name_given(first);
    g->follow_one = name_followed(s, g->one);
    g->ends_one = ends_at(s, g->one);
    if (!scan_han(second)) {
        g->two = 0;
        return true;
    }
    g->weight_two = name_given(second);
    g->follow_two = name_followed(s, g->two);
    g->ends_two = ends_at(s, g->two);
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
    return both && (weight > 2 || g->ends_two || g->follow_two == 2);
}

/* The same of one. */
static bool takes_one(const struct given *g, enum family kind, enum name_cue cue)
{
    if (cue == NAME_MAYBE && kind == FAMILY_RARE)
        return g->follow_one == 2 || g->ends_one
                   ? g->weight_one
                   : g->follow_one && g->weight_one == GIVEN_STRONG;
    if (kind == FAMILY_RARE)
        return g->ends_one || (g->follow_one && g->weight_one == GIVEN_STRONG);
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
                   !g->follow_two && ends_at(s, next)
               ? next
               : g->two;
}

size_t name_end(const struct scan *s, size_t i, enum name_cue cue)
{
    enum family kind;
    struct given g = {0};
    size_t start = name_family(s, i, &kind), end = name_dotted(s, i);

    if (end)
        return end;
    if (!start || !read_given(s, start, &g))
        return 0;
    if (kind != FAMILY_COMPOUND && name_is_word(s, i) && !beyond_word(&g, cue))
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

    if (!end || at == end || !scan_han(scan_cp(s, at, &next)) || !ends_at(s, next))
        return 0;
    return next;
}

/* 娜仁托雅, 小明: after 我叫 a word of nothing but what given names are made of. */
static size_t given_only(const struct scan *s, size_t i)
{
    size_t next;
    unsigned n = 0;

    for (; n < 6 && name_given(scan_cp(s, i, &next)); n++)
        i = next;
    return n >= 2 && n <= 5 && ends_at(s, i) ? i : 0;
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

static struct scan_list commas = SCAN_LIST("、", "和", "与", "及", "，", ",", " ", "　", "/");
/* The first WRAPS_CALLED say that a name follows, those up to WRAPS_BEING that one may. */
static struct scan_list wrap = SCAN_LIST("名叫", "叫做", "叫", "姓名", "名字", "做", "是", "为",
                                         "系", "、", "（", "(", "“", "\"", "【", "/", "丨", "|");
enum wrapped { WRAP_NONE, WRAP_BEING, WRAP_CALLED };
enum { WRAPS_CALLED = 6, WRAPS_BEING = 9 };

static struct scan_list label_wrap = SCAN_LIST("是", "姓名", "【", "/", "（签字）", "（签名）",
                                               "（盖章）", "(签字)", "名单", "签名");

/* Hide the name and, in by-lines, those listed after it. */
static size_t hide_names(struct scan *s, size_t i, size_t end)
{
    static const char *const joins[] = {"、", "和", "与", "及", NULL};
    size_t next;

    for (;;) {
        scan_hide(s, i, end);
        next = scan_listed(s, end, &commas, NULL);
        i = next ? scan_blanks(s, next) : 0;
        size_t more = i && !name_plain(s, i) ? name_end(s, i, NAME_MAYBE) : 0;
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

/* 姓名： and its like: the colon, then the name. */
static size_t mask_labelled(struct scan *s, size_t i)
{
    size_t at = scan_blanks(s, i), next, end;

    if ((end = scan_listed(s, at, &label_wrap, NULL)))
        at = scan_blanks(s, end);
    uint32_t cp = scan_cp(s, at, &next);
    if (cp != ':' && cp != 0xFF1A && cp != 0x4E28 && cp != '|')
        return 0;
    end = labelled(s, i, scan_blanks(s, next));
    return end ? hide_names(s, scan_blanks(s, next), end) : 0;
}

/* 我叫, 名叫. */
static size_t called(const struct scan *s, size_t at)
{
    size_t end = name_dotted(s, at), start;

    bool quoted = scan_before(s, at, &start) == 0x201C; /* “…”: a thing as often as not */

    if (!end && !name_plain(s, at))
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
        if (end && (how == WRAP_CALLED || ends_at(s, end)))
            return end;
        end = 0;
    }
    if (!end && (end = name_both(s, at, false)) && !ends_at(s, end))
        end = 0;
    if (!end && !name_plain(s, at))
        end = name_end(s, at, NAME_MAYBE);
    if (end && name_goes_on(s, at, end))
        end = 0;
    return end ? end : name_foreign(s, at);
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
        return end && ends_at(s, end) ? hide_names(s, at, end) : 0;
    }
    if (cue == NAME_LABEL)
        return mask_labelled(s, i);
    if (cue == NAME_CALLED && (cp == ':' || cp == 0xFF1A))
        at = next;
    while ((next = scan_listed(s, at, &wrap, &which))) {
        how = which < WRAPS_CALLED ? WRAP_CALLED : which < WRAPS_BEING ? WRAP_BEING : how;
        at = scan_blanks(s, next);
    }
    end = cue == NAME_CALLED  ? called(s, at)
          : cue == NAME_MAYBE ? maybe(s, at, how)
                              : byline(s, i, at);
    return end ? hide_names(s, at, end) : 0;
}

void name_prepare(void)
{
    struct scan_list *lists[] = {&others, &no_names, &commas, &label_wrap, &wrap};

    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
        scan_index(lists[k]);
    family_prepare();
    stated_prepare();
}
