/* Personal names: after cue words, in by-lines and signatures. A family name must begin them. */
#include <string.h>

#include "classifiers/mask_scan.h"

static const char common[] =
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭萧肖田董袁潘蔡蒋余杜叶程苏魏吕丁任"
    "沈姚卢姜崔钟谭陆汪范石廖贾夏韦付邹孟熊秦邱江尹薛闫段雷侯龙史陶贺顾毛郝龚邵万覃武戴孔汤严赖温洪"
    "欧俞鲁柯葛岳翟毕庞樊尤倪殷詹申耿聂蓝甘凌辛涂邢阎莫裴司梅童焦柳骆邬阮卞蒙蒲窦屈冉"
    "黎祁翁闵岑褚滕佟穆匡邝荀蔺郜靳芦亓仝隗郗郏鄢鄞郅郇邸邰邴逄雒裘訾谌辜阚阙晏奚娄宓巩庹逯戚戎桓栾"
    "濮牟璩瞿甄禹竺笪缪翦苟荆莘蒯虞郦酆钮喻鞠冼";
static const char rare[] =
    "钱白常康易乔文于向曾方安金牛卢关齐路左冷宁简季车包池房祝解成项鲍苗费单阳古党谷伍时连应傅颜景宫"
    "麦桂卫庄隋展华平水云章丛施游兰纪卓舒仇储仲闻冀伊柏盛桑艾尚荣符郎戈楼楚饶屠敖庾巫";
static struct scan_list compound = SCAN_LIST(
    "欧阳", "上官", "司马", "诸葛", "皇甫", "尉迟", "夏侯", "司徒", "令狐", "慕容", "长孙",
    "宇文", "端木", "南宫", "闻人", "东郭", "呼延", "万俟", "澹台", "公冶", "淳于", "申屠",
    "公孙", "仲孙", "轩辕", "钟离", "鲜于", "闾丘", "司空", "亓官", "颛孙", "巫马", "漆雕",
    "乐正", "拓跋", "宰父", "谷梁", "段干", "独孤", "赫连");
static struct scan_list rare_compound = SCAN_LIST(
    "东方", "西门", "南门", "百里", "第五", "左丘", "单于", "濮阳", "宗政");

/* What follows a name in a sentence. */
static struct scan_list follows = SCAN_LIST(
    "拖欠", "欠", "不给", "不发", "说", "称", "跑路", "失联", "承诺", "反映", "投诉", "举报",
    "住", "家住", "身份证", "电话", "手机", "联系", "男", "女", "是", "在", "来自", "今年",
    "现年", "摄", "报道", "通讯员", "记者", "实习", "告诉", "表示", "介绍", "因", "被", "也",
    "和", "等", "于", "把", "向", "从", "将", "带", "找", "让", "叫", "的", "一家", "多次",
    "至今", "已", "曾", "以", "还", "打", "给", "与", "受", "患", "去世", "死亡", "微信", "同志",
    "收", "编辑", "主编", "责编", "视频");

/* Words that begin like a name. */
static struct scan_list words = SCAN_LIST(
    "高中", "高兴", "高层", "高校", "高三", "高一", "高二", "高考", "高速", "高新", "高级",
    "高龄", "高度", "高温", "马上", "马路", "马桶", "黄金", "黄色", "方便", "方面", "方式",
    "方案", "安全", "安排", "安置", "安装", "安心", "安徽", "金额", "金融", "石头", "石油",
    "田地", "田间", "江边", "江苏", "江西", "江北", "江南", "江东", "湖北", "陆续", "严重",
    "严格", "严禁", "谢谢", "许多", "许可", "任何", "任意", "任务", "何时", "何况", "何地",
    "余额", "万分", "万一", "万元", "于是", "于今", "于昨", "于本", "于去", "向您", "向贵",
    "向市", "向政", "向有", "曾经", "曾多", "曾向", "白天", "白色", "常年", "常常", "文明",
    "文化", "文件", "时间", "时候", "时常", "连续", "连夜", "应该", "应当", "成都", "成为",
    "成立", "成年", "关于", "关系", "关心", "关键", "水电", "水费", "云南", "平时", "平均",
    "平台", "单位", "单元", "单亲", "左右", "左侧", "包括", "包工", "房东", "房子", "房屋",
    "房产", "车辆", "车主", "车间", "温馨", "温州", "程序", "范围", "段时", "龙头", "顾客",
    "毛病", "武汉", "武警", "汤药", "热心", "陶瓷", "钟点", "钟头", "叶子", "林业", "罗列",
    "周边", "周围", "周末", "周一", "周二", "周三", "周四", "周五", "周六", "周日", "周岁",
    "胡乱", "胡同", "郑州", "韩国", "苏州", "魏都", "吕梁", "丁字", "贾汪", "夏天", "夏季",
    "史上", "贺卡", "万事", "申请", "申报", "申诉", "申领", "司机", "司法", "蓝色", "梅雨",
    "童年", "蒙受", "严查", "路过", "路边", "路上", "路面", "易发", "康复", "齐全", "宁可",
    "简单", "解决", "解释", "项目", "费用", "古城", "党员", "谷雨", "阳台", "阳性", "华侨",
    "章程", "景区", "桂林", "卫生", "庄稼", "展开", "宫颈", "麦收", "程度", "付款", "付费",
    "付出", "付清", "付工", "雷电", "雷雨", "洪水", "陈述", "陈旧", "杜绝", "蔡甸", "潘家",
    "匿名", "社区", "办公", "徐州", "徐汇", "林区", "石家", "唐山", "宋庄", "汪汪", "毕业",
    "毕竟", "欧洲", "岳父", "岳母", "欧元", "江湖", "武装", "孔雀", "沈阳", "姜片", "汤圆",
    "高薪", "高价", "曹县", "任职", "任教", "白白", "易拉", "高血", "申购", "石材", "柳州",
    "金华", "常州", "常德", "钱款", "黄山", "黄河", "马鞍", "文山", "关门", "关停", "车位",
    "包车", "房租", "房贷", "房款", "路灯", "路口", "水管", "水泥", "水果", "平房", "平价",
    "文字", "文具", "关注", "时至", "时不", "应聘", "应届", "成绩", "成员", "连锁", "单独",
    "单身", "莫名", "康养", "乔迁", "冷库", "温度", "毛坯", "马拉", "胡说", "何必", "何处",
    "何去", "高空", "高铁", "高峰", "高利", "严厉", "谢绝", "石灰", "余下", "余款", "余某",
    "许久", "向法", "向劳", "向公", "向当", "向社", "向他", "向我", "向老", "向居", "施工",
    "施行", "施暴", "施救", "施肥", "仲裁", "尚未", "尚欠", "尚有", "尚不", "游客", "游泳",
    "游戏", "游玩", "纪律", "纪检", "纪委", "舒服", "舒适", "储存", "储藏", "符合", "楼上",
    "楼下", "楼道", "楼顶", "楼房", "艾滋", "荣获", "兰州", "卓越", "盛夏", "巩固", "荆州",
    "穆斯", "闻讯", "闻到", "伊犁", "仇恨", "桑拿", "巫山");

/* Endings that make it an office, a trade or a place. */
static struct scan_list offices = SCAN_LIST(
    "先生", "女士", "小姐", "某", "局", "科", "部", "站", "院", "厂", "店", "社", "组", "市",
    "县", "区", "镇", "村", "路", "街", "人", "们", "者", "员", "总", "老师", "医生", "师傅",
    "书记", "市长", "局长", "主任", "经理", "工", "队", "办", "所");

static uint64_t common_map[65536 / 64], rare_map[65536 / 64];

static void fill_map(const char *all, size_t n, uint64_t *map)
{
    for (size_t at = 0; at < n;) {
        uint32_t cp = utf8_next((struct str){all, n}, &at);
        map[cp / 64] |= UINT64_C(1) << (cp % 64);
    }
}

static bool in_map(const uint64_t *map, uint32_t cp)
{
    return cp < 65536 && map[cp / 64] >> (cp % 64) & 1;
}

/* Byte after a family name at i, else 0. */
static size_t family(const struct scan *s, size_t i, bool only_common)
{
    size_t next, end = scan_listed(s, i, &compound, NULL);

    if (!end && !only_common)
        end = scan_listed(s, i, &rare_compound, NULL);
    uint32_t cp = scan_cp(s, i, &next);

    if (end)
        return end;
    return in_map(common_map, cp) || (!only_common && in_map(rare_map, cp)) ? next : 0;
}

static bool ends_as_office(const struct scan *s, size_t from, size_t to)
{
    size_t next;

    for (size_t at = from; at < to; at = next) {
        size_t end = scan_listed(s, at, &offices, NULL);
        if (end == to)
            return true;
        scan_cp(s, at, &next);
    }
    return false;
}

static inline size_t han_run(const struct scan *s, size_t i, unsigned max, unsigned *n)
{
    size_t next;

    for (*n = 0; *n < max && scan_han(scan_cp(s, i, &next)); ++*n)
        i = next;
    return i;
}

/* 阿迪力·买买提, and the names of foreigners. */
static size_t dotted(const struct scan *s, size_t i)
{
    unsigned n;
    size_t end = han_run(s, i, 8, &n), next;
    uint32_t cp = scan_cp(s, end, &next);

    if (n < 2 || n > 7 || (cp != 0xB7 && cp != 0x2022 && cp != 0x30FB))
        return 0;
    end = han_run(s, next, 8, &n);
    return n >= 1 && n <= 7 ? end : 0;
}

/* Byte after a name of one or two given characters at i with a fitting end, else 0. */
static size_t name_end(const struct scan *s, size_t i, enum name_cue cue)
{
    size_t given = family(s, i, cue == NAME_MAYBE), next, one, two;

    if (!given || scan_listed(s, i, &words, NULL))
        return dotted(s, i);
    if (!scan_han(scan_cp(s, given, &one)))
        return 0;
    if (scan_delimits(scan_cp(s, one, &next)) || scan_digit(scan_cp(s, one, &next)) >= 0)
        return ends_as_office(s, given, one) ? 0 : one;
    bool short_fits = scan_listed(s, one, &follows, NULL) != 0;
    if (!scan_han(scan_cp(s, one, &two)))
        return 0;
    uint32_t after = scan_cp(s, two, &next);
    bool whole = scan_delimits(after) || scan_digit(after) >= 0;
    if ((whole && !short_fits) || (scan_listed(s, two, &follows, NULL) && !short_fits))
        return ends_as_office(s, given, two) ? 0 : two;
    if (short_fits)
        return ends_as_office(s, given, one) ? 0 : one;
    return cue == NAME_MAYBE || ends_as_office(s, given, two) ? 0 : two;
}

/* What stands where a name may and is none. */
static struct scan_list others = SCAN_LIST(
    "匿名", "社区", "办公", "物业", "村委", "无", "本人", "市民", "网友", "居民", "业主", "公司",
    "已", "不", "请", "多", "某", "工作", "政府", "我", "您", "你", "他", "她", "如", "小学",
    "中学", "大学", "本报", "综合", "转", "未", "暂", "全体", "编辑", "作者", "记者", "责编",
    "发布", "电话", "手机");

/* After a colon even an unusual family name is one, when nothing else stands there. */
static size_t labelled(const struct scan *s, size_t i)
{
    unsigned n;
    size_t end = name_end(s, i, NAME_CALLED), next;

    if (end)
        return end;
    end = han_run(s, i, 5, &n);
    if (n < 2 || n > 3 || !scan_delimits(scan_cp(s, end, &next)) ||
        scan_listed(s, i, &others, NULL) || scan_listed(s, i, &words, NULL) ||
        ends_as_office(s, i, end))
        return 0;
    return end;
}

/* What stands beside 记者, 摄影 or a dash and is no name. */
static struct scan_list no_names = SCAN_LIST(
    "获悉", "从", "了解", "采访", "报道", "走访", "调查", "看到", "发现", "来到", "探访", "注意",
    "实地", "近日", "今日", "昨日", "今天", "昨天", "日前", "对", "随", "提出", "留言", "证",
    "手记", "点评", "整理", "简介", "无关", "作品", "比赛", "单位", "推荐", "节选", "部", "完",
    "新华", "本报", "人民", "网络", "资料", "来源", "综合", "供稿", "日报", "晚报", "中国",
    "世界", "未来", "结束", "待续", "以上", "观察", "评论", "专访", "问");

/* Two or three Chinese characters by themselves, whatever the first. */
static size_t apart(const struct scan *s, size_t i)
{
    unsigned n;
    size_t end = han_run(s, i, 4, &n), next;

    if (n < 2 || n > 3 || !scan_delimits(scan_cp(s, end, &next)) ||
        scan_listed(s, i, &others, NULL) || scan_listed(s, i, &no_names, NULL) ||
        scan_listed(s, i, &words, NULL) || ends_as_office(s, i, end))
        return 0;
    return end;
}

static struct scan_list commas = SCAN_LIST("、", "，", ",", " ", "　", "/");
static struct scan_list wrap = SCAN_LIST("（", "(", "“", "\"", "是", "姓名", "【", "/");
static struct scan_list label_wrap = SCAN_LIST("是", "姓名", "【", "/");

/* Hide the name and, in by-lines, those listed after it. */
static size_t hide_names(struct scan *s, size_t i, size_t end)
{
    size_t next;

    for (;;) {
        scan_hide(s, i, end);
        next = scan_listed(s, end, &commas, NULL);
        i = next ? scan_blanks(s, next) : 0;
        size_t more = i ? name_end(s, i, NAME_MAYBE) : 0;
        if (!more || !scan_delimits(scan_cp(s, more, &next)))
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

size_t name_mask(struct scan *s, size_t i, enum name_cue cue)
{
    size_t at = scan_blanks(s, i), next, end;
    uint32_t cp = scan_cp(s, at, &next);

    if (cue == NAME_LABEL) {
        if ((end = scan_listed(s, at, &label_wrap, NULL)))
            at = scan_blanks(s, end);
        cp = scan_cp(s, at, &next);
        if (cp != ':' && cp != 0xFF1A)
            return 0;
        at = scan_blanks(s, next);
        end = labelled(s, at);
        return end ? hide_names(s, at, end) : 0;
    }
    if (cue == NAME_CALLED && (cp == ':' || cp == 0xFF1A))
        at = next;
    while ((next = scan_listed(s, at, &wrap, NULL)))
        at = scan_blanks(s, next);
    end = name_end(s, at, cue == NAME_BYLINE ? NAME_MAYBE : cue);
    if (!end && cue == NAME_BYLINE && !(end = name_end(s, at, NAME_CALLED)))
        end = apart(s, at);
    if (end && cue == NAME_BYLINE && !in_byline(s, i, at, end))
        return 0;
    return end ? hide_names(s, at, end) : 0;
}

void name_opening(struct scan *s)
{
    size_t i = scan_blanks(s, 0), given = family(s, i, true), next, end;
    unsigned n;

    if (!given || !(end = name_end(s, i, NAME_MAYBE)))
        return;
    han_run(s, given, 3, &n);
    uint32_t cp = scan_cp(s, end, &next);
    if (n == 2 && (cp == ':' || cp == 0xFF1A))
        scan_hide(s, i, end);
}

static bool date_char(uint32_t cp)
{
    return scan_digit(cp) >= 0 || cp == 0x5E74 || cp == 0x6708 || cp == 0x65E5 || cp == '-' ||
           cp == '.' || cp == '/' || cp == ':' || cp == ' ' || cp == '\n' || cp == 0x3000 ||
           cp == 0x3007 || cp == '\t' || cp == '\r';
}

static bool is_dash(uint32_t cp)
{
    return cp == 0x2014 || cp == '-' || cp == 0x2015 || cp == 0x2500;
}

static bool ends_sentence(uint32_t cp)
{
    return cp == '\n' || cp == 0x3002 || cp == 0xFF01 || cp == '!' || cp == 0xFF1F || cp == '?';
}

/* "谢谢。——X": a dash that begins a line or follows a sentence. */
static bool dashed(const struct scan *s, size_t i)
{
    size_t start;
    uint32_t cp;

    while (is_dash(cp = scan_before(s, i, &start)) || cp == ' ' || cp == 0x3000)
        i = start;
    return ends_sentence(cp);
}

/* "（X）" at the end, as newspapers sign: three or four characters that begin like a name. */
static void bracketed(struct scan *s)
{
    size_t start, end = s->n, from, name;
    unsigned n = 0;
    uint32_t cp = scan_before(s, end, &start);

    if (cp != ')' && cp != 0xFF09)
        return;
    end = start;
    for (from = end; scan_han(cp = scan_before(s, from, &start)) && n < 5; n++)
        from = start;
    if (n < 3 || n > 4 || (cp != '(' && cp != 0xFF08))
        return;
    name = name_end(s, from, NAME_MAYBE);
    if (name == end)
        scan_hide(s, from, end);
}

/* A last line, or last words after a full stop or a dash, that are a name and perhaps a date. */
void name_signature(struct scan *s)
{
    static const char *const firsts[] = {"此致", "敬礼", NULL};
    size_t end = s->n, start, from;
    unsigned n = 0;
    uint32_t cp;

    bracketed(s);
    while (date_char(cp = scan_before(s, end, &start)))
        end = start;
    for (from = end; scan_han(cp = scan_before(s, from, &start)) && n < 6; n++)
        from = start;
    size_t mark = from;
    while (cp == ' ' || cp == 0x3000) {
        mark = start;
        cp = scan_before(s, mark, &start);
    }
    bool alone = ends_sentence(cp) || is_dash(cp) || (mark < from && cp == 0xFF1A);
    if (n < 2 || n > 4 || !alone || mark == 0 || scan_any(s, from, firsts))
        return;
    bool sure = is_dash(cp) && dashed(s, mark);
    bool dated = end < s->n && cp == '\n'; /* a line of its own with a date beneath */
    size_t name = name_end(s, from, sure || dated ? NAME_CALLED : NAME_MAYBE);
    if (name != end && sure)
        name = apart(s, from);
    if (name == end)
        scan_hide(s, from, end);
}

void name_prepare(void)
{
    struct scan_list *lists[] = {&compound, &rare_compound, &follows, &words,      &offices,
                                 &others,   &no_names,      &commas,  &label_wrap, &wrap};

    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
        scan_index(lists[k]);
    fill_map(common, sizeof common - 1, common_map);
    fill_map(rare, sizeof rare - 1, rare_map);
}
