/* People as their neighbours call them: 老王, 小李, 王姐, 周大爷. A usual family name with a word of
 * age or kin, where a sentence ends or goes on as it does after a person: 小高层, 老毛病, 张姐烤肉
 * and 大小周 are none. */
#include "classifiers/mask/mask_nick.h"

#include "classifiers/mask/mask_name.h"

enum { CODES = 0x10000, YOUNG = 0x5C0F, OLD = 0x8001, HEAD = 0x5934 /* 小, 老, 头 */ };
enum part { AFTER_YOUNG = 1, AFTER_OLD = 2, BEFORE_KIN = 4 };

/* Family names, and after which word each tells that somebody is meant: 小程 begins a 程序, 老林 is a
 * wood, 收钱大爷 takes money. */
static const struct {
    unsigned parts;
    const char *families;
} told[] = {
    {AFTER_YOUNG | AFTER_OLD | BEFORE_KIN,
     "王李张刘陈杨赵黄周吴徐孙胡朱何郭罗郑梁谢宋唐许邓冯韩曹彭曾肖董潘袁蔡蒋杜苏魏吕丁任卢姚沈崔谭陆汪"
     "范廖贾韦邱侯邹孟秦阎闫薛尹黎贺顾郝龚邵严武戴莫马史"},
    {AFTER_YOUNG | BEFORE_KIN, "林"},
    {AFTER_OLD | BEFORE_KIN, "高余孔夏程"},
    {AFTER_OLD, "钱"},
    {BEFORE_KIN, "田叶钟姜万方石毛金白"},
};

/* One of a single character is part of what somebody is called by, the others say what one is. */
static struct scan_list kin = SCAN_LIST("哥", "姐", "叔叔", "叔", "婶婶", "婶", "姨", "嫂", "伯伯",
                                        "大爷", "大妈", "大叔", "大婶", "大哥", "大姐", "大嫂", "大娘",
                                        "大伯", "阿姨", "奶奶", "爷爷", "婆婆");
static const char kin_begins[] = "哥姐叔婶姨嫂伯大阿奶爷婆";

/* Words that end in a family name, or in 小 or 老 when no 小李 follows. */
static const char words[] =
    "任何如何为何几何因何谢谢感谢答谢多谢致谢照顾看顾光顾也许或许允许少许很高最高较高太高身高提高升高不高"
    "上周下周本周每周一周两周三周这周行李一张紧张主张慌张两张大王国王工程过程路程全程课程里程主任责任信任担任"
    "前任现任立马牛马木马骑马人马未曾不曾也曾子孙祖孙儿孙一万两万三万五万十万百万几万千万地方对方官方警方双方"
    "甲方乙方各方校方厂方院方资方收钱给钱要钱现金基金奖金押金租金资金黄金明白空白雪白种田下田大陆登陆树叶"
    "大小中小微小弱小细小狭小从小矮小缩小渺小幼小最小太小变小很小较小更小窄小胆小养老敬老古老尊老苍老衰老"
    "元老长老年老变老太老很老最老不老防老";

/* What people do who are called so, beside what goes on after any name. */
static struct scan_list does = SCAN_LIST("帮", "欠", "拿", "骗", "打", "摔", "签", "管", "骂", "喊", "催",
                                         "答应", "承诺", "保证", "垫", "摊", "那里", "那边", "家的",
                                         "家里", "收了", "收的", "收钱", "发的", "修的");

static uint8_t part[CODES];
uint64_t nick_firsts[NICK_FIRSTS / 64];

static void begin_with(uint32_t cp)
{
    nick_firsts[cp / 64] |= UINT64_C(1) << cp % 64;
}

static bool one_word(uint32_t last, uint32_t cp)
{
    struct str all = {words, sizeof words - 1};

    for (size_t at = 0; at < all.n;) {
        uint32_t first = utf8_next(all, &at), second = utf8_next(all, &at);
        if (first == last && second == cp)
            return true;
    }
    return false;
}

static bool about_somebody(const struct scan *s, size_t from, uint32_t first, size_t end)
{
    size_t next;
    uint32_t cp = scan_cp(s, end, &next);

    if (!scan_delimits(cp) && scan_digit(cp) < 0 && !scan_spoken(cp) && !name_followed(s, end) &&
        !scan_listed(s, end, &does, NULL))
        return false;
    return !one_word(scan_before(s, from, &next), first);
}

/* Byte after 小李 or 老胡头 at i, else 0. */
static size_t of_age(const struct scan *s, size_t i)
{
    size_t next, end;

    scan_cp(s, i, &next);
    scan_cp(s, next, &end);
    return scan_cp(s, end, &next) == HEAD ? next : end;
}

size_t nick_mask(struct scan *s, size_t i, uint32_t first, uint32_t second)
{
    unsigned age = first == YOUNG ? AFTER_YOUNG : first == OLD ? AFTER_OLD : 0, which;
    size_t end, family;

    if (age) {
        end = second < CODES && part[second] & age ? of_age(s, i) : 0;
        if (!end || !about_somebody(s, i, first, end))
            return 0;
        scan_hide(s, i, end);
        return end;
    }
    if (first >= CODES || !(part[first] & BEFORE_KIN))
        return 0;
    scan_cp(s, i, &family);
    end = scan_listed(s, family, &kin, &which);
    if (!end || !about_somebody(s, i, first, end))
        return 0;
    size_t next;
    scan_cp(s, family, &next);
    scan_hide(s, i, next == end ? end : family);
    return end;
}

void nick_prepare(void (*tell)(uint32_t first, uint32_t second))
{
    begin_with(YOUNG);
    begin_with(OLD);
    for (size_t k = 0; k < sizeof told / sizeof *told; k++)
        for (size_t at = 0; told[k].families[at];) {
            uint32_t cp = utf8_next(str_from(told[k].families), &at);
            part[cp] = (uint8_t)told[k].parts;
            if (part[cp] & AFTER_YOUNG)
                tell(YOUNG, cp);
            if (part[cp] & AFTER_OLD)
                tell(OLD, cp);
            if (part[cp] & BEFORE_KIN)
                begin_with(cp);
            for (size_t b = 0; part[cp] & BEFORE_KIN && kin_begins[b];)
                tell(cp, utf8_next(str_from(kin_begins), &b));
        }
    scan_index(&kin);
    scan_index(&does);
}
