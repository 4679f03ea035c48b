/* Names of estates, roads, schools, firms …: known by the word they end in. */
#include <string.h>
#include <uchar.h>

#include "classifiers/likeness/traits.h"

#define WORD(text, class) {text, sizeof(text) / sizeof(char32_t) - 1, class}

struct word {
    const char32_t *text;
    size_t n;
    enum trait_class class;
};

/* By their first character; of words that begin alike the longer one first. */
static const struct word endings[] = {
    WORD(U"世家", TRAIT_ESTATE), WORD(U"中学", TRAIT_SCHOOL), WORD(U"中专", TRAIT_SCHOOL),
    WORD(U"乡", TRAIT_TOWN), WORD(U"产业园", TRAIT_SITE), WORD(U"会所", TRAIT_FIRM),
    WORD(U"体育馆", TRAIT_SITE), WORD(U"佳苑", TRAIT_ESTATE), WORD(U"保健院", TRAIT_CLINIC),
    WORD(U"俱乐部", TRAIT_FIRM), WORD(U"健身房", TRAIT_FIRM), WORD(U"健身馆", TRAIT_FIRM),
    WORD(U"健身", TRAIT_FIRM), WORD(U"公司", TRAIT_FIRM), WORD(U"公园", TRAIT_SITE),
    WORD(U"公寓", TRAIT_ESTATE), WORD(U"公馆", TRAIT_ESTATE), WORD(U"养老院", TRAIT_FIRM),
    WORD(U"初中", TRAIT_SCHOOL), WORD(U"制衣", TRAIT_FIRM), WORD(U"区", TRAIT_COUNTY),
    WORD(U"医院", TRAIT_CLINIC), WORD(U"半岛", TRAIT_ESTATE), WORD(U"华府", TRAIT_ESTATE),
    WORD(U"卫生室", TRAIT_CLINIC), WORD(U"卫生所", TRAIT_CLINIC), WORD(U"卫生院", TRAIT_CLINIC),
    WORD(U"厂", TRAIT_FIRM), WORD(U"县", TRAIT_COUNTY), WORD(U"口腔", TRAIT_CLINIC),
    WORD(U"名城", TRAIT_ESTATE), WORD(U"名邸", TRAIT_ESTATE), WORD(U"名都", TRAIT_ESTATE),
    WORD(U"名苑", TRAIT_ESTATE), WORD(U"商场", TRAIT_FIRM), WORD(U"商城", TRAIT_FIRM),
    WORD(U"商厦", TRAIT_FIRM), WORD(U"嘉园", TRAIT_ESTATE), WORD(U"国际", TRAIT_ESTATE),
    WORD(U"图书馆", TRAIT_SITE), WORD(U"坳", TRAIT_VILLAGE), WORD(U"培训", TRAIT_FIRM),
    WORD(U"大排档", TRAIT_FIRM), WORD(U"大酒店", TRAIT_FIRM), WORD(U"大酒楼", TRAIT_FIRM),
    WORD(U"大桥", TRAIT_SITE), WORD(U"大厦", TRAIT_ESTATE), WORD(U"大堤", TRAIT_WATER),
    WORD(U"大药房", TRAIT_CLINIC), WORD(U"大学", TRAIT_SCHOOL), WORD(U"大街", TRAIT_ROAD),
    WORD(U"大道", TRAIT_ROAD), WORD(U"学府", TRAIT_ESTATE), WORD(U"学校", TRAIT_SCHOOL),
    WORD(U"学院", TRAIT_SCHOOL), WORD(U"客运站", TRAIT_SITE), WORD(U"家具", TRAIT_FIRM),
    WORD(U"家政", TRAIT_FIRM), WORD(U"家园", TRAIT_ESTATE), WORD(U"宾馆", TRAIT_FIRM),
    WORD(U"宿舍", TRAIT_ESTATE), WORD(U"寨", TRAIT_VILLAGE), WORD(U"小区", TRAIT_ESTATE),
    WORD(U"小学", TRAIT_SCHOOL), WORD(U"山庄", TRAIT_ESTATE), WORD(U"工业园", TRAIT_SITE),
    WORD(U"工地", TRAIT_SITE), WORD(U"巷", TRAIT_ROAD), WORD(U"市场", TRAIT_SITE),
    WORD(U"市", TRAIT_CITY), WORD(U"幼儿园", TRAIT_SCHOOL), WORD(U"广场", TRAIT_SITE),
    WORD(U"建筑", TRAIT_FIRM), WORD(U"影城", TRAIT_FIRM), WORD(U"影院", TRAIT_FIRM),
    WORD(U"托儿所", TRAIT_SCHOOL), WORD(U"技校", TRAIT_SCHOOL), WORD(U"敬老院", TRAIT_FIRM),
    WORD(U"新城", TRAIT_ESTATE), WORD(U"新村", TRAIT_ESTATE), WORD(U"新苑", TRAIT_ESTATE),
    WORD(U"景区", TRAIT_SITE), WORD(U"服饰", TRAIT_FIRM), WORD(U"木业", TRAIT_FIRM),
    WORD(U"村", TRAIT_VILLAGE), WORD(U"桥", TRAIT_SITE), WORD(U"楼盘", TRAIT_SITE),
    WORD(U"殡仪馆", TRAIT_FIRM), WORD(U"水岸", TRAIT_ESTATE), WORD(U"水库", TRAIT_WATER),
    WORD(U"江畔", TRAIT_ESTATE), WORD(U"汽修", TRAIT_FIRM), WORD(U"河", TRAIT_WATER),
    WORD(U"洗车", TRAIT_FIRM), WORD(U"海鲜", TRAIT_FIRM), WORD(U"渠", TRAIT_WATER),
    WORD(U"游泳馆", TRAIT_FIRM), WORD(U"火锅店", TRAIT_FIRM), WORD(U"火锅", TRAIT_FIRM),
    WORD(U"烧烤", TRAIT_FIRM), WORD(U"物流", TRAIT_FIRM), WORD(U"电子", TRAIT_FIRM),
    WORD(U"矿", TRAIT_FIRM), WORD(U"码头", TRAIT_SITE), WORD(U"社区", TRAIT_VILLAGE),
    WORD(U"福利院", TRAIT_FIRM), WORD(U"科技园", TRAIT_SITE), WORD(U"科技", TRAIT_FIRM),
    WORD(U"站", TRAIT_SITE), WORD(U"组", TRAIT_VILLAGE), WORD(U"网吧", TRAIT_FIRM),
    WORD(U"置业", TRAIT_FIRM), WORD(U"美容院", TRAIT_FIRM), WORD(U"老年公寓", TRAIT_FIRM),
    WORD(U"职校", TRAIT_SCHOOL), WORD(U"职业学院", TRAIT_SCHOOL), WORD(U"胡同", TRAIT_ROAD),
    WORD(U"花园", TRAIT_ESTATE), WORD(U"花苑", TRAIT_ESTATE), WORD(U"苑", TRAIT_ESTATE),
    WORD(U"药堂", TRAIT_CLINIC), WORD(U"药店", TRAIT_CLINIC), WORD(U"药房", TRAIT_CLINIC),
    WORD(U"街道", TRAIT_TOWN), WORD(U"街", TRAIT_ROAD), WORD(U"装饰", TRAIT_FIRM),
    WORD(U"诊所", TRAIT_CLINIC), WORD(U"豪庭", TRAIT_ESTATE), WORD(U"超市", TRAIT_FIRM),
    WORD(U"路", TRAIT_ROAD), WORD(U"酒吧", TRAIT_FIRM), WORD(U"酒楼", TRAIT_FIRM),
    WORD(U"酒店", TRAIT_FIRM), WORD(U"银行", TRAIT_FIRM), WORD(U"镇", TRAIT_TOWN),
    WORD(U"门诊部", TRAIT_CLINIC), WORD(U"隧道", TRAIT_SITE), WORD(U"雅苑", TRAIT_ESTATE),
    WORD(U"雅园", TRAIT_ESTATE), WORD(U"雅居", TRAIT_ESTATE), WORD(U"集团", TRAIT_FIRM),
    WORD(U"鞋业", TRAIT_FIRM), WORD(U"项目", TRAIT_SITE), WORD(U"餐厅", TRAIT_FIRM),
    WORD(U"饭店", TRAIT_FIRM), WORD(U"驾校", TRAIT_FIRM), WORD(U"高中", TRAIT_SCHOOL),
};

/* A place has one of these: it needs no name. */
static const char32_t *const alone[] = {U"车管所", U"婚姻登记处", U"政务大厅", U"政务中心",
                                        U"办事大厅", U"火车站", U"高铁站", U"汽车站"};

/* Stand between a name and its last word: 鼎盛餐饮公司, 第二人民医院. */
static const struct word fillings[] = {
    WORD(U"建筑", 0), WORD(U"工程", 0), WORD(U"餐饮", 0), WORD(U"装饰", 0), WORD(U"装修", 0),
    WORD(U"科技", 0), WORD(U"教育", 0), WORD(U"健身", 0), WORD(U"美容", 0), WORD(U"海鲜", 0),
    WORD(U"国际", 0), WORD(U"人民", 0), WORD(U"花园", 0), WORD(U"小区", 0), WORD(U"新村", 0),
    WORD(U"家园", 0), WORD(U"公寓", 0), WORD(U"有限", 0), WORD(U"责任", 0), WORD(U"食品", 0),
    WORD(U"农贸", 0), WORD(U"贸易", 0), WORD(U"置业", 0), WORD(U"地产", 0), WORD(U"房产", 0), WORD(U"劳务", 0),
    WORD(U"服饰", 0), WORD(U"电子", 0), WORD(U"大", 0),   WORD(U"安置", 0), WORD(U"高级", 0),
    WORD(U"中心", 0), WORD(U"附属", 0), WORD(U"职业", 0),
};

/* Firms that every town has, and words that make of an ending something else. */
static const char32_t *const no_names[] = {
    U"供水", U"供电", U"公交", U"来水", U"热力", U"供热", U"燃气", U"物业", U"开发", U"电力",
    U"水务", U"保险", U"快递", U"外卖", U"建设", U"施工", U"学校", U"小学", U"早上",
    U"上午", U"下午", U"晚上", U"昨天", U"今天", U"前天", U"明天", U"居民", U"住户", U"改造",
    U"惠民", U"老年", U"民生", U"公立", U"私立", U"私人", U"公办", U"民办", U"社会", U"附近", U"周边",
    U"旁边", U"对面", U"门口", U"业主", U"我家", U"老旧", U"高档", U"快速", U"高速", U"封闭", U"便民", U"十字",
    U"机动", U"乡间", U"行政", U"自然", U"贫困", U"步行", U"美食", U"菜市", U"大型", U"小型",
    U"药监", U"监管", U"建材", U"二手", U"人才", U"劳动", U"文化", U"体育", U"城市", U"主干",
    U"内部", U"外面", U"整改", U"沿线", U"老人", U"孩子", U"工资", U"建筑", U"收费", U"拆迁",
    U"垃圾", U"疫情", U"食堂", U"扰乱", U"占道", U"房地", U"三甲", U"定点", U"专科", U"宠物",
};

/* No name has one of these as its last character, or the last but one. */
static const char32_t last_stops[] =
    U"的了是在和就都也不有我你他她它们这那个吗呢吧啊着过把被给让向从到为与及或很太又再还没无请问说去"
    U"来会要想得之其所以因而但且并等每各该某此谁什怎哪几些样找看打叫做用进出离座家条间名整全需跑送接"
    U"由称使靠修改堵走绕逛退换查往";
static const char32_t first_stops[] =
    U"的了是在就都也不有我你他她它们这那个吗呢吧啊着把被给让到与及很又没请问说去每各该某此谁什怎哪几找"
    U"看打叫做";
static const char32_t no_roads[] = U"组路道马公铁迷思网线电水半通一末泥石油土小修";
static const char32_t no_villages[] = U"通农中本城乡全市区县下老故家";
static const char32_t no_waters[] = U"沿运上下过进入";
static const char32_t no_counties[] = U"全本我各该外区州市小社城景园片校东西南北新老库住辖山湾特";
static const char32_t no_sites[] = U"车铁网油圾转交电运检工库本该到出进气泵卫警";
static const char32_t no_works[] = U"工厂";

static bool among(const char32_t *set, uint32_t cp)
{
    for (; *set; set++)
        if (*set == cp)
            return true;
    return false;
}

static bool stands(const struct fold *f, size_t at, const char32_t *text, size_t n)
{
    if (at + n > f->n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (f->cp[at + i] != text[i])
            return false;
    return true;
}

static bool refused(enum trait_class class, const uint32_t *two)
{
    static const char32_t *const by_class[] = {
        [TRAIT_ROAD] = no_roads, [TRAIT_VILLAGE] = no_villages, [TRAIT_WATER] = no_waters,
        [TRAIT_FIRM] = no_works, [TRAIT_TOWN] = no_villages,
        [TRAIT_COUNTY] = no_counties, [TRAIT_SITE] = no_sites};
    const char32_t *set = class < sizeof by_class / sizeof *by_class ? by_class[class] : NULL;

    if (!fold_is_han(two[0]) || !fold_is_han(two[1]) || two[0] == 0x3007 || two[1] == 0x3007 ||
        among(first_stops, two[0]) || among(last_stops, two[1]) || (set && among(set, two[1])))
        return true;
    for (size_t i = 0; i < sizeof no_names / sizeof *no_names; i++)
        if (two[0] == no_names[i][0] && two[1] == no_names[i][1])
            return true;
    return false;
}

/* Where the name proper ends: before the fillings. */
static size_t strip(const struct fold *f, size_t end)
{
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < sizeof fillings / sizeof *fillings && !more; i++) {
            size_t n = fillings[i].n;
            if (end >= n + 2 && stands(f, end - n, fillings[i].text, n)) {
                end -= n;
                more = true;
            }
        }
    }
    return end;
}

size_t traits_ending(size_t i, uint32_t *first)
{
    *first = i < sizeof endings / sizeof *endings ? endings[i].text[0] : 0;
    return sizeof endings / sizeof *endings;
}

/* a3区, k8县, b市: boards that hide where it was write so. */
static uint32_t hidden_place(const struct fold *f, size_t at, enum trait_class class)
{
    enum { LETTERS = 4 };
    uint64_t value = 0;

    for (size_t n = 0; n < at && fold_is_latin(f->cp[at - 1 - n]); n++) {
        if (n == LETTERS)
            return 0;
        value = value << 21 | f->cp[at - 1 - n];
        if (f->cp[at - 1 - n] >= 'a' && f->cp[at - 1 - n] <= 'z')
            return trait_make(class, value);
    }
    return 0;
}

uint32_t traits_alone(const struct fold *f, size_t at, size_t *to)
{
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++) {
        size_t n = 1;
        if (f->cp[at] != alone[i][0])
            continue;
        while (alone[i][n])
            n++;
        *to = at + n;
        if (stands(f, at, alone[i], n))
            return trait_make(TRAIT_SITE, (uint64_t)alone[i][0] << 21 | alone[i][1]);
    }
    return 0;
}

uint32_t traits_name(const struct fold *f, size_t ending, size_t at, size_t *from, size_t *to)
{
    for (const struct word *w = &endings[ending];
         w < endings + sizeof endings / sizeof *endings && w->text[0] == f->cp[at]; w++) {
        if (!stands(f, at, w->text, w->n))
            continue;
        if (at && fold_is_latin(f->cp[at - 1]) && w->class >= TRAIT_CITY) {
            *from = at;
            *to = at + w->n;
            return hidden_place(f, at, w->class);
        }
        if (w->class == TRAIT_CITY || (w->class == TRAIT_COUNTY && f->cp[at] != U'县'))
            return 0; /* of their names the gazetteer knows more */
        size_t end = strip(f, at);
        bool public = w->class == TRAIT_CLINIC || w->class == TRAIT_SCHOOL;
        if (end < 2 || refused(w->class, f->cp + end - 2)) {
            if (!public || end + 2 > at)
                return 0;
            end = at; /* the one of the place: 县人民医院 */
        }
        *from = end;
        *to = at + w->n;
        return trait_make(w->class, (uint64_t)f->cp[end - 2] << 21 | f->cp[end - 1]);
    }
    return 0;
}
