/* Names beyond doubt: a usual family name and a given name, after whatever says that a person
 * comes (a trade, a kin, 和) and before what ends or goes on a sentence. The cue words of
 * mask_cues.c name trades and kin that allow more; this knows but their last character, so that
 * those of which nobody has thought are found too. */
#include <string.h>

#include "classifiers/mask/mask_name.h"
#include "classifiers/text/codes.h"

enum { CODES = 0x10000, WIDE = 3 }; /* WIDE: bytes that write what a name is made of */

/* What words for people end with: 施工员, 供货商, 窗口工作人员, 外甥女. */
static const char roles[] = "人者员工师长总手户主友客民医官兵生商嫂哥弟姐妹爷奶爸妈爹娘父母儿女子夫妻舅姑姨叔伯婶婆"
                            "娃孩媳婿孙导理警督监辅护教童汉婴胞亲匠佬犯贩事表傅教管";
/* What may stand between a sentence and whom it speaks of. */
static const char links[] = "是叫和与跟及同找问给被由让向对为告的于报映诉欠系到有请求用帮替";

static uint64_t role[CODES / 64], link[CODES / 64];

static void fill(uint64_t *bits, struct str all)
{
    for (size_t at = 0; at < all.n;) {
        uint32_t cp = utf8_next(all, &at);
        bits[cp / 64] |= UINT64_C(1) << cp % 64;
    }
}

static bool has(const uint64_t *bits, uint32_t cp)
{
    return cp < CODES && (bits[cp / 64] >> cp % 64 & 1);
}

/* What goes on a place's name, or a thing's: 文昌街, 李宁公司. */
static struct scan_list places = SCAN_LIST(
    "路", "街", "区", "县", "市", "镇", "乡", "村", "庄", "屯", "大道", "社区", "小区", "公司", "医院", "学校", "中学",
    "小学", "大学", "广场", "公园", "大厦", "花园", "大桥", "水库", "集团", "药", "酒", "湖", "山", "河", "寺", "塔",
    "站", "港", "岛", "湾", "城", "苑", "府", "楼", "饭店", "超市", "品牌", "杯", "奖", "派", "式", "氏", "门", "园",
    "馆", "店", "学", "院", "厂", "组", "段", "号", "线", "桥", "州", "牌", "国际", "项目", "生院", "生室");
/* … and what such a name ends with. */
static const char place_ends[] = "山湖河岛楼塔寺桥路街区县市镇乡村庄屯湾港站洞泉峡州岭园苑城府坝江学";

static uint64_t place_end[CODES / 64];

unsigned name_likely(const struct scan *s, size_t from, size_t to)
{
    enum family kind;
    size_t family = name_family(s, from, &kind), next;
    unsigned given = 0, weight = 0;

    if (family >= to || !family || kind < FAMILY_COMMON)
        return NAME_UNLIKELY;
    for (size_t at = family; at < to; at = next, given++) {
        unsigned w = name_given(scan_cp(s, at, &next));
        if (!w || given == 2)
            return NAME_UNLIKELY;
        weight += w;
    }
    if (name_is_word(s, from) || name_plain(s, from) || name_is_office(s, family, to))
        return NAME_UNLIKELY;
    return weight > given ? NAME_SURE : NAME_LIKELY;
}

/* Family names that are hardly ever anything else: 阚立新 is somebody whatever he does. */
static const char only_names[] = "刘邓冯谭薛潘蒋袁郭魏沈姚卢崔邹邱阎闫郝邵龚栾阚竺鄢邬郜郗邢邸郦郏翟翦臧荀阮裘褚訾谌逄詹覃樊滕"
                                 "殷廖庞彭孟宋唐徐吴赵郑曹傅吕肖聂佟尹缪莘蔺蒯芮苟仝卞俞倪冉戚戴扈敖晏柯梅欧";

static uint64_t only_name[CODES / 64];

enum before { BEFORE_NOTHING, BEFORE_MARK, BEFORE_LINK, BEFORE_ROLE };

static enum before before(uint32_t cp)
{
    if (has(role, cp))
        return BEFORE_ROLE;
    if (has(link, cp))
        return BEFORE_LINK;
    return scan_delimits(cp) ? BEFORE_MARK : BEFORE_NOTHING;
}

/* 工程建设, 班主任一人, 师范大学: the two belong to one word. */
static const char words[] =
    "工程主任师范儿童主帅主张公益公牛公司子孙上司导师师傅手段官司长江长龙教程汉江商贾友谊"
    "主席医务主管手续客车客房客户民房生计人均儿歌工钱工时工牌警方官方民国民宿母婴母亲生路"
    "员额户籍女方子宫夫家民乐人和人居人文生石主石中石";

static struct {
    uint32_t first, second;
} pairs[sizeof words / (2 * WIDE)];

static bool one_word(uint32_t last, uint32_t cp)
{
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++)
        if (pairs[k].first == last && pairs[k].second == cp)
            return true;
    return false;
}

static void fill_pairs(void)
{
    struct str all = {words, sizeof words - 1};

    for (size_t at = 0, k = 0; at < all.n; k++) {
        pairs[k].first = utf8_next(all, &at);
        pairs[k].second = utf8_next(all, &at);
    }
}

/* After a name at a sentence's start that ends at i: another name, or what he is owed. */
static bool in_company(const struct scan *s, size_t i)
{
    static const char *const joins[] = {"和", "与", "跟", "及", "、", NULL};
    size_t at = scan_any(s, i, joins), next, end;

    if (!at) {
        uint32_t cp = scan_cp(s, i, &next);
        return scan_digit(cp) >= 0 ||
               (scan_spoken(cp) && scan_cp(s, next, &end) == 0x4E07); /* 万 */
    }
    end = name_end(s, at, NAME_MAYBE);
    return end && name_likely(s, at, end) != NAME_UNLIKELY;
}

/* 是林峰和吴敏: one name beside the other, which shows or has been hidden. */
static bool with_another(const struct scan *s, size_t i, size_t end, enum before how)
{
    size_t start, next;
    uint32_t join = scan_before(s, i, &start);

    if (how != BEFORE_LINK)
        return false;
    if (join == 0x548C || join == 0x4E0E || join == 0x8DDF) /* 和, 与, 跟 */
        return scan_before(s, start, &next) == 0x3007;
    join = scan_cp(s, end, &next);
    return (join == 0x548C || join == 0x4E0E || join == 0x8DDF) && in_company(s, end);
}

/* Weight of a family name that is mostly a word (党建国) with its given name. */
static unsigned rare_name(const struct scan *s, size_t i, size_t given, size_t end)
{
    unsigned weight = 0, w;

    if (name_is_word(s, i) || name_plain(s, i) || name_is_word(s, given) ||
        name_is_office(s, given, end))
        return 0;
    for (size_t at = given, next; at < end; at = next, weight += w)
        if (!(w = name_given(scan_cp(s, at, &next))))
            return 0;
    return weight;
}

/* What the one or two given characters weigh: looked up before any word is sought, since most
 * places fall by it. */
struct weighed {
    unsigned one, two; /* GIVEN_…; two: 0 when no Chinese character stands there */
};

/* Byte after a name of a family name that is mostly a word, else 0. */
static size_t rare_beyond_doubt(const struct scan *s, size_t i, size_t given, size_t two,
                                struct weighed w, enum before how)
{
    unsigned least = how == BEFORE_ROLE ? 2 * GIVEN_STRONG - 1 : 2 * GIVEN_STRONG;
    size_t one, end;

    if (how <= BEFORE_MARK || !w.one || !w.two || w.one + w.two < least)
        return 0;
    scan_cp(s, given, &one);
    if ((!name_followed(s, two) && !scan_ends(s, two)) || name_followed(s, one) == 2 ||
        has(place_end, scan_cp(s, one, &end)) || scan_listed(s, two, &places, NULL))
        return 0;
    return rare_name(s, i, given, two) >= least ? two : 0;
}

/* Byte after a name of two given characters: one .. two is the second. */
static size_t of_two(const struct scan *s, size_t i, size_t one, size_t two, struct weighed w,
                     enum before how)
{
    size_t next;
    bool sure = w.one + w.two >= GIVEN_STRONG + GIVEN_WEAK;
    unsigned follow = name_followed(s, two);

    if (how == BEFORE_MARK ? follow != 2 && !in_company(s, two)
                           : how == BEFORE_LINK && !sure && follow != 2)
        return 0;
    bool goes_on = follow || scan_ends(s, two);
    bool told = how == BEFORE_ROLE || has(only_name, scan_cp(s, i, &next));
    if (!goes_on && how != BEFORE_MARK && (!told || !sure || w.two != GIVEN_STRONG))
        return 0;
    if (has(place_end, scan_cp(s, one, &next)) || name_followed(s, one) == 2 ||
        scan_listed(s, two, &places, NULL))
        return 0;
    return name_likely(s, i, two) != NAME_UNLIKELY ? two : 0;
}

/* Byte after a name at i whose family name ends at `given`, else 0. */
static size_t beyond_doubt(const struct scan *s, size_t i, size_t given, enum family kind,
                           enum before how)
{
    size_t one, two, end = 0;
    struct weighed w = {.one = name_given(scan_cp(s, given, &one))};

    if (!w.one)
        return 0;
    w.two = name_given(scan_cp(s, one, &two));
    if (kind == FAMILY_RARE)
        return rare_beyond_doubt(s, i, given, two, w, how);
    if (w.two && (how != BEFORE_MARK || w.one + w.two >= GIVEN_STRONG + GIVEN_WEAK))
        end = of_two(s, i, one, two, w, how);
    if (end || w.one != GIVEN_STRONG || (how != BEFORE_ROLE && !with_another(s, i, one, how)))
        return end;
    if ((!scan_ends(s, one) && !name_followed(s, one)) || scan_listed(s, one, &places, NULL))
        return 0;
    return name_likely(s, i, one) == NAME_SURE ? one : 0;
}

/* What a character may be to a name: most are nothing, or not in this order. Of what is beyond
 * CODES another's: look() reads the text itself. */
enum {
    BEFORE = 1, OPENS = 2, FOLLOWS = 4,
    TELLS = 8,    /* more than a sentence's end before a name */
    COMMON = 0x10, /* a family name that is hardly a word */
    DOUBLE = 0x20, /* begins family names of two */
    WEIGHT = 6     /* of a given character, above so many bits */
};

static uint8_t part[CODES_MARKS + CODES_SPARE];

/* Byte after the name that is looked for at i, else 0. */
static size_t look(const struct scan *s, size_t i)
{
    enum family kind;
    size_t start, given;
    uint32_t last = scan_before(s, i, &start);
    enum before how = before(last);

    if (!how || !(given = name_family(s, i, &kind)))
        return 0;
    size_t end = beyond_doubt(s, i, given, kind, how);
    return end && one_word(last, scan_cp(s, i, &start)) ? 0 : end;
}

/* Code points that have been read and begin at base + start[]. */
struct stretch {
    uint32_t *cp;
    const uint32_t *start;
    size_t codes, base;
    size_t past; /* byte after the last name that was hidden, or 0 */
};

/* May beyond_doubt() say anything but no of a name before code point k, the first given character?
 * As it begins, without a branch: mostly it may not. */
static inline bool worth_a_look(const struct stretch *t, size_t k)
{
    const uint32_t *cp = t->cp + k;
    const unsigned opens = part[cp[-1] % CODES_MARKS];
    const bool last = k + 1 == t->codes, tells = part[cp[-2] % CODES_MARKS] & TELLS;
    const unsigned one = part[cp[0] % CODES_MARKS] >> WEIGHT;
    const unsigned two = part[cp[!last] % CODES_MARKS] >> WEIGHT;
    const bool both = (two != 0) & (one + two >= GIVEN_STRONG + GIVEN_WEAK);
    const bool rare = tells & both;
    const bool common = both | (tells & ((two != 0) | (one == GIVEN_STRONG)));

    return last | ((opens & DOUBLE) != 0) | (opens & COMMON ? common : rare);
}

/* Look for a name before code point k, the first given character. Index of the last code point that
 * was hidden, or 0. */
static size_t look_before(struct scan *s, struct stretch *t, size_t k)
{
    size_t from = t->base + t->start[k] - WIDE, end = look(s, from);

    if (!end)
        return 0;
    name_hide(s, from, end);
    while (k + 1 < t->codes && t->base + t->start[k + 1] < end)
        k++;
    t->cp[k] = scan_before(s, end, &from);
    t->past = end;
    return k;
}

/* Look where three are in order, of which the first is not before code point `from`. What has been
 * hidden may still be what stands before a name. */
static void look_through(struct scan *s, struct stretch *t, size_t from)
{
    enum { BATCH = 256 };
    uint32_t places[BATCH];

    while (from + 2 < t->codes) {
        size_t to = t->codes - from < BATCH ? t->codes : from + BATCH, hidden = 0;
        size_t n = codes_in_order(t->cp, from, to, part, places);
        size_t worth = 0;
        for (size_t i = 0; i < n; i++) {
            places[worth] = places[i];
            worth += worth_a_look(t, places[i]);
        }
        for (size_t i = 0; i < worth && !hidden; i++)
            hidden = look_before(s, t, places[i]);
        from = hidden ? hidden : to - 2;
    }
}

/* A text may open with a name: as after a sentence's end. */
static size_t look_at_first(struct scan *s, struct stretch *t)
{
    bool opens = t->codes > 1 && part[t->cp[0] % CODES_MARKS] & OPENS &&
                 part[t->cp[1] % CODES_MARKS] & FOLLOWS;

    return opens ? look_before(s, t, 1) : 0;
}

void name_roles(struct scan *s)
{
    enum { WINDOW = 256 };
    uint32_t cp[WINDOW], start[WINDOW];
    struct stretch t = {s->cp, s->start, s->codes, s->base, 0};

    if (s->codes) {
        look_through(s, &t, look_at_first(s, &t));
        return;
    }
    t.cp = cp;
    t.start = start;
    for (size_t at = 0; at < s->n;) {
        t.base = at;
        t.codes = codes_read((struct str){s->t, s->n}, &at, cp, start, WINDOW);
        look_through(s, &t, t.base ? 0 : look_at_first(s, &t));
        if (at < s->n) /* the last two may stand before what the next ones go on */
            at = t.base + start[t.codes - 2];
        at = t.past > at ? t.past : at;
    }
}

static void fill_parts(void)
{
    for (uint32_t cp = 0; cp < CODES; cp++) {
        enum before how = before(cp);
        bool two;
        enum family family = family_opening(cp, &two);
        part[cp] = (uint8_t)((how != BEFORE_NOTHING ? BEFORE : 0) |
                             (how > BEFORE_MARK ? TELLS : 0) |
                             (family != FAMILY_NONE || two ? OPENS : 0) | (two ? DOUBLE : 0) |
                             (family == FAMILY_COMMON ? COMMON : 0) |
                             (name_given(cp) ? FOLLOWS : 0) | name_given(cp) << WEIGHT);
    }
    for (const char *const *word = name_compound(); *word; word++) {
        size_t at = 0;
        utf8_next(str_from(*word), &at);
        part[utf8_next(str_from(*word), &at)] |= FOLLOWS;
    }
}

void role_prepare(void)
{
    fill(role, (struct str){roles, sizeof roles - 1});
    fill(link, (struct str){links, sizeof links - 1});
    fill(only_name, (struct str){only_names, sizeof only_names - 1});
    fill(place_end, (struct str){place_ends, sizeof place_ends - 1});
    scan_index(&places);
    fill_pairs();
    fill_parts();
}
