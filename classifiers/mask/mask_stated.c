/* Names by what stands around them: after 姓名： or 我叫 anything short is a name unless it plainly
 * is none. */
#include "classifiers/mask/mask_name.h"

#include <string.h>

/* Nobody is called what begins so. */
static struct scan_list plain = SCAN_LIST(
    /* nothing to tell */
    "无", "未", "没", "暂", "不", "匿名", "保密", "隐", "空", "待", "略", "详见", "见附", "同上", "同前", "如上",
    "如下", "如附", "上述", "以上", "以下", "另附", "另行", "附后", "已", "有待", "需要", "需", "必填", "选填",
    "填写", "请", "或者", "某", "化名", "网名", "昵称", "代号", "测试", "未知", "自填", "自己", "本",
    /* pronouns and what only joins */
    "我", "你", "您", "他", "她", "它", "咱", "俺", "大家", "别人", "人家", "该", "其他", "谁", "什么", "哪",
    "怎", "几", "这", "那些", "那个", "那位", "那边", "那里", "那么", "那种", "那时", "此", "每", "各", "另", "所有",
    "所谓", "全体", "全部", "多", "年龄", "牧民", "渔民", "空白", "祖祖", "高高",
    "马马", "平平", "常常", "时时", "明明白", "连连", "白白", "满满", "双双", "年年", "家家",
    "考前", "考后", "特别", "特意", "特此", "特殊", "尤其", "天天",
    "户主", "车来",
    "两", "了", "的", "得", "着", "过来", "过去", "过了", "过年", "过分", "过户", "过敏", "户口", "公安", "公司", "公示",
    "公开",
    "能够", "能否", "能不", "能在", "能有", "库房", "别的", "很", "太", "又", "再", "还", "也", "都是", "都在", "都有",
    "都没", "都不",
    "都能", "都要", "都说", "都已", "都很",
    "就", "才能", "才会", "才是", "只", "且", "但是", "但因", "但我", "而", "因", "被", "把", "让", "给", "从", "对",
    "往", "按", "勿", "均", "则", "若", "虽", "却", "仍", "是", "在", "为了", "为什", "为何", "与", "及", "或",
    "等", "要求", "要是", "想", "以为", "以后", "以前", "以及", "以便", "之", "吗", "呢", "吧", "啊", "并",
    "一个", "一名", "一些", "一样", "一起", "一直", "三次", "两次", "好的", "好吧", "可以", "同意", "谢谢",
    "知道", "收到", "反正", "然后", "其实", "其中", "其它", "于是", "如果", "如何", "和我", "和他", "和你", "和电",
    "和联", "和姓", "和住", "和身", "和地",
    /* what is done */
    "称", "说", "表示", "告", "回", "认为", "觉得", "反映", "反馈", "答", "处理", "办理", "提出", "提供", "拒绝", "应当",
    "应该", "应为", "应是", "签字", "签名", "盖章", "停", "醒", "苦", "嚷", "上来", "上去", "到", "开门", "住手",
    "出", "来了", "来保", "来警", "来家", "来几", "来物", "来人", "去", "打", "退", "拆", "换", "改", "写", "错",
    "正在", "负责", "协调", "发现", "发生", "发布", "违", "涉", "变更", "更换", "更名", "失联", "跑路", "去世", "死亡",
    "逃", "推", "欠", "拖", "收", "骗", "态度", "情况", "属实", "可能", "必须", "不详", "曾经", "曾多", "曾向", "曾在",
    /* who and what there is */
    "家长", "家属", "家人", "家里", "学生", "学校", "老师", "孩子", "小孩", "儿子", "女儿", "父", "母亲", "爸", "妈",
    "爷爷", "奶奶", "老公", "老婆", "老板", "老人", "老乡", "妻子", "丈夫", "爱人", "朋友", "同事", "同学", "邻居", "亲戚",
    "兄弟", "姐妹", "男", "女性", "女士", "女的", "女子", "女方", "女，", "工人", "工友", "工头", "工地", "工作", "员工",
    "职工", "群众", "市民", "居民", "村民", "业主", "网友", "物业", "保安", "保洁", "保姆", "警察", "民警", "交警",
    "城管", "社区", "居委", "村委", "村里", "村干", "街道", "乡镇", "镇政", "公司", "单位", "部门", "政府", "法院",
    "法人", "医生", "医院", "护士", "患者", "病人", "司机", "师傅", "房东", "中介", "租客", "经理", "客服", "快递",
    "外卖", "滴滴", "出租", "网约", "货拉", "救护", "搬家", "装修", "车主", "乘客", "顾客", "消费", "记者", "律师",
    "会计", "财务", "出纳", "教练", "门卫", "值班", "前台", "窗口", "办公", "开发商", "施工", "施救", "供电", "自来水",
    "电话", "手机", "微信", "地址", "住址", "身份", "证件", "号码", "性别", "年龄", "年月", "联系", "姓名", "名字",
    "名称", "时间", "日期", "内容", "事由", "标题", "主题", "签收", "高中", "高一", "高二", "高三", "高校", "高层", "高龄",
    "初中", "初一", "初二", "初三", "小学", "中学", "大学", "大专", "本科", "专科", "研究", "幼儿", "农民", "农村",
    "农户", "党员", "党委", "支书", "书记", "主任", "干部", "领导", "个人", "个体", "自然人", "成年", "残疾", "单亲",
    "单身", "安保", "安监", "安全", "安置", "公安", "民政", "房管", "住建", "卫健", "信访", "杀猪", "贷款",
    "群里", "群众", "群主", "群内", "维修", "开锁", "修车", "水电", "电工", "管道", "家政", "锁匠", "修理", "疏通",
    "方便时", "方便的", "方便说", "方法", "方案", "马上", "马路", "关于", "关系", "时候", "严重", "由于", "平时", "平台",
    "相关",
    "有关",
    "张某", "李某", "王某", "热线", "工单", "官方", "企业", "商家", "商户", "门店", "总部", "总经", "小区", "项目",
    "房屋", "房产", "土地", "通讯", "通知", "综合", "编辑", "作者", "来源", "资料", "网络", "本报", "新华", "人民");

/* Words that people are called too. */
static struct scan_list both = SCAN_LIST(
    "方便", "平安", "安静", "温馨", "高兴", "幸福", "平凡", "欢乐", "夏天", "明白", "康健", "卓越", "向阳", "国庆", "和平",
    "方圆", "宁远", "高峰", "高明", "方正", "黄河", "黄山", "江湖", "金星", "田地",
    "白云", "梅花", "文明", "石头", "石磊", "金花", "安康", "英雄", "陶然", "龙腾", "荣誉", "贝壳", "雪花", "成功",
    "周末", "江山", "高远", "高翔", "高飞", "康乐", "常青", "凌云", "华侨", "庞大", "盛夏", "夏季");

/* What the names of peoples without family names are written with. */
static const char sounds[] =
    "阿布巴达尔丹多德尕格古哈加江杰卡康拉丽鲁玛买曼木娜尼努珠帕平其梅朵堆齐恰曲仁日桑色沙斯苏塔图吐托娃旺乌西希依"
    "亚央扎孜卓次措增旦顿让才吉赤贡确罗洛班培索朗娥特勒赛提力热肉克艾里夏甫合麦米汗山别拜叶波嘎雅额登音朝满"
    "孟库呼恩姆白青琼群坚赞平措庆巧生伍呷史沃牛金花兰高扬什杜诺萨伊迪娅逊木加吾衣乃再帕衣孜仓都呷果";

/* Endings of firms, estates and shops: the whole up to the next mark is one of them. */
static struct scan_list firms = SCAN_LIST(
    "公司", "花园", "家园", "小区", "超市", "酒店", "饭店", "药店", "公寓", "广场", "物流", "学校", "幼儿园", "中心",
    "集团", "新城", "名城", "一品", "餐馆", "餐厅", "商行", "门诊", "诊所", "医院", "银行", "平台", "工程", "项目", "广告",
    "健身", "驾校", "教育", "科技", "酒楼", "大厦", "工厂", "品牌", "贷", "软件", "盘", "苑", "病", "症", "炎", "费",
    "证",
    "阀", "器", "机", "剂", "药", "湾", "府", "宾馆", "旅馆", "网吧", "茶楼", "合作社", "农庄", "山庄", "家具", "装饰",
    "建材");

enum { CODES = 0x10000 };

static uint64_t sound[CODES / 64], opens[CODES / 64];

bool name_opens(uint32_t cp)
{
    return cp < CODES && opens[cp / 64] >> (cp % 64) & 1;
}

bool name_sounds(uint32_t cp)
{
    return cp < CODES && (sound[cp / 64] >> (cp % 64) & 1);
}

bool name_plain(const struct scan *s, size_t i)
{
    return scan_listed(s, i, &plain, NULL) != 0;
}

size_t name_both(const struct scan *s, size_t i, bool sure)
{
    enum { STATES = 11 }; /* the first of them say as often how somebody is */
    unsigned which = 0;
    size_t end = scan_listed(s, i, &both, &which);

    return sure || which >= STATES ? end : 0;
}

bool name_of_firm(const struct scan *s, size_t i)
{
    enum { LONGEST = 7 };
    unsigned n;
    size_t to = name_run(s, i, LONGEST + 1, &n), next;

    for (size_t at = i; n <= LONGEST && at < to; at = next) {
        if (scan_listed(s, at, &firms, NULL) == to)
            return at > i;
        scan_cp(s, at, &next);
    }
    return false;
}

/* By the first bytes of code points: those of U+4000 to U+9FFF are all Han, and none of the dots
 * of name_dotted() begins otherwise than these. */
static bool may_be_dotted(const struct scan *s, size_t i)
{
    enum { LONGEST = 8, WIDE = 3 };
    unsigned n = 0;
    unsigned char c = 0;

    if (s->n >= LONGEST * WIDE && i <= s->n - LONGEST * WIDE) { /* how many cannot be guessed */
        unsigned others = 1u << LONGEST;
#pragma GCC unroll 8
        for (unsigned k = 0; k < LONGEST; k++)
            others |= (unsigned)((unsigned char)(s->t[i + WIDE * k] - 0xE4) >= 6) << k;
        n = (unsigned)__builtin_ctz(others);
        c = n < LONGEST ? (unsigned char)s->t[i + WIDE * (size_t)n] : 0;
        return c == 0xC2 || c == 0xE2 || c == 0xE3 || c >= 0xF0;
    }
    for (; n < 8 && i < s->n && (c = (unsigned char)s->t[i]) >= 0xE4 && c < 0xEA; i += 3)
        n++;
    return n < 8 && i < s->n && (c == 0xC2 || c == 0xE2 || c == 0xE3 || c >= 0xF0);
}

size_t name_dotted(const struct scan *s, size_t i)
{
    static const char *const after[] = {"的", "是", "在", "说", "反", "住", "来", "去", "和", "一",
                                        "于", "由", NULL};
    unsigned n;
    size_t next;

    if (!may_be_dotted(s, i))
        return 0;
    size_t end = name_run(s, i, 8, &n);
    uint32_t cp = scan_cp(s, end, &next);
    if (n < 2 || n > 7 || (cp != 0xB7 && cp != 0x2022 && cp != 0x30FB))
        return 0;
    for (n = 0, end = next; n < 8 && scan_han(scan_cp(s, end, &next)); n++, end = next)
        if (n > 1 && (name_followed(s, end) == 2 || scan_any(s, end, after) ||
                      (name_followed(s, end) && !name_sounds(scan_cp(s, end, &next)))))
            break;
    return n >= 1 && n <= 7 ? end : 0;
}

size_t name_foreign(const struct scan *s, size_t i)
{
    enum { SHORTEST = 3, LONGEST = 7 };
    size_t next, end = 0;
    unsigned n = 0;

    if (name_plain(s, i))
        return 0;
    for (size_t at = i; n < LONGEST; at = next) {
        uint32_t cp = scan_cp(s, at, &next);
        bool and = cp == 0x548C && (n == 1 || (n > 1 && scan_ends(s, next))); /* 呼和, 孟和 */
        if (!name_sounds(cp) && !and)
            break;
        if (++n >= SHORTEST && (scan_ends(s, next) || name_followed(s, next)))
            end = next;
    }
    return end;
}

/* A family name or none: the first two or three characters before a longer word that goes on a
 * sentence after a name. */
static size_t before_word(const struct scan *s, size_t i)
{
    size_t at, next;

    if (scan_cp(s, i, &at) == SCAN_END || name_is_word(s, i))
        return 0;
    for (unsigned n = 2; n <= 3; n++, at = next) {
        if (!scan_han(scan_cp(s, at, &next)) || name_followed(s, at))
            return 0;
        if (name_followed(s, next) == 2)
            return name_is_office(s, i, next) ? 0 : next;
    }
    return 0;
}

/* 游泳女士: who is called so is somebody, whatever the word is. Byte where the honour begins. */
size_t name_with_honour(const struct scan *s, size_t i)
{
    static const char *const honours[] = {"先生", "女士", "小姐", "同志", "老师", "师傅", "大姐",
                                          "阿姨", NULL};
    enum { HONOUR = sizeof "先生" - 1 };
    unsigned n;
    size_t run = name_run(s, i, 6, &n), start;

    if (n < 4 || !scan_any(s, run - HONOUR, honours) || !scan_ends(s, run))
        return 0;
    return scan_before(s, run - HONOUR, &start) == 0x7684 ? 0 : run - HONOUR; /* 的女士 */
}

/* 敖登格日勒: four to six characters, nearly all of them such as write a name by its sound. */
static size_t long_foreign(const struct scan *s, size_t i, size_t run, unsigned n)
{
    unsigned sounding = 0;
    size_t next;

    if (n < 4 || n > 6 || !scan_ends(s, run))
        return 0;
    for (size_t at = i; at < run; at = next)
        sounding += name_sounds(scan_cp(s, at, &next));
    return sounding + 1 >= n ? run : 0;
}

size_t name_stated(const struct scan *s, size_t i, enum stated how)
{
    enum family kind;
    unsigned n;
    size_t run = name_run(s, i, 6, &n), end, last, next;

    if (name_plain(s, i) || (how != STATED_LABEL && name_of_firm(s, i)))
        return 0;
    if ((end = name_foreign(s, i)) || (end = name_with_honour(s, i)) ||
        (end = long_foreign(s, i, run, n)))
        return end;
    end = name_end(s, i, NAME_CALLED);
    if (n < 2 || n > 4 || !scan_ends(s, run) || name_is_office(s, i, run))
        return end ? end : how == STATED_ROLE ? 0 : before_word(s, i);
    if (n == 2 && name_both(s, i, true) == run)
        return run;
    scan_before(s, run, &last);
    if (n == 3 && end == last && name_given(scan_cp(s, last, &next)))
        return run;
    if (how == STATED_ROLE || (end && name_followed(s, end)))
        return end;
    if (how == STATED_LABEL && n == 4)
        return end && name_family(s, i, &kind) && !name_is_word(s, i) ? run : end;
    return n == 4 && (name_is_word(s, i) || !name_family(s, i, &kind)) ? end : run;
}

/* 本人明月，男: how people go on who have said their name. After the first TELLS_WHO nobody asks
 * whether the name is a word too. */
static struct scan_list goes_on = SCAN_LIST(
    "，男", "，女", "，身份证", "，汉族", "，现年", "，年龄", "，出生", "，生于", ",男", ",女", ",身份证", "（身份证",
    "（男", "（女", " 男", " 女", " 身份证", "、男", "、女", "，系", "，电话", "，手机", "，回族", "，苗族", "，土家",
    "，今年", "，现住", "，家住", "，户籍", "，住", "，反映", "，咨询", "，想", "，请", "，现反映", "，原系", "，因", ",系",
    ",电话", ",手机", ",今年", ",家住", ",住", "（电话", " 电话");
enum { TELLS_WHO = 19 };

/* 联系人蒿俊电话：three characters by what goes on at once. */
static bool glued(const struct scan *s, size_t end)
{
    static const char *const words[] = {"电话", "手机", "身份证", "联系", NULL};
    size_t next;

    return scan_any(s, end, words) || scan_digit(scan_cp(s, end, &next)) >= 0;
}

size_t name_introduced(const struct scan *s, size_t i)
{
    enum family kind;
    unsigned n, which = 0;
    size_t end = name_run(s, i, 3, &n), first, second, next;

    if (n < 2 || name_plain(s, i))
        return 0;
    bool glue = n == 3 && glued(s, end), comma = scan_cp(s, end, &next) == 0xFF0C;
    bool said = scan_listed(s, end, &goes_on, &which) != 0;
    if ((!glue && !comma && !said) || name_is_office(s, i, end))
        return 0;
    scan_cp(s, i, &first);
    unsigned weight = name_given(scan_cp(s, first, &second)), last = weight;
    if (n == 3)
        weight += last = name_given(scan_cp(s, second, &next));
    bool family = name_family(s, i, &kind), word = name_is_word(s, i);
    if (said && which < TELLS_WHO)
        return last || (family && !word) ? end : 0;
    if (word)
        return 0;
    if (said)
        return last || (n == 3 && family) ? end : 0;
    return n == 3 && (family ? weight > 1 : glue && weight > 2) ? end : 0;
}

bool name_goes_on(const struct scan *s, size_t i, size_t end)
{
    static const char *const places[] = {"郡", "府", "苑", "城", "园", "湾", "山", "镇", "村", "县",
    "区", "市", "街", "桥", "矿", "厂", "店", "楼", "庄", "小区",
                                         "大厦", "花园", "公寓", "广场", "国际", "煤矿", NULL};
    enum family kind;

    return name_family(s, i, &kind) && kind == FAMILY_RARE && scan_any(s, end, places);
}

void stated_prepare(void)
{
    struct str all = {sounds, sizeof sounds - 1};

    scan_index(&plain);
    scan_index(&both);
    scan_index(&firms);
    scan_index(&goes_on);
    for (size_t at = 0; at < all.n;) {
        uint32_t cp = utf8_next(all, &at);
        sound[cp / 64] |= UINT64_C(1) << (cp % 64);
    }
    memcpy(opens, sound, sizeof opens);
    scan_openings(&both, opens);
    family_openings(opens);
}
