#define _GNU_SOURCE
#include "alerts/gate/gate_match.h"

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"

/* Lists are written "a|b|c". */
#define POSTS                                                                                      \
    "帖子|帖文|贴子|该帖|此帖|原帖|网帖|跟帖|回帖|本帖|热帖|负面帖|博文|微博|评论|留言|视频|"      \
    "短视频|文章|推文|稿件|言论|负面信息|负面舆情|网络舆情|不实信息|有害信息|热搜|话题|链接|"      \
    "报道|这条信息|该信息|网上信息|相关信息|爆料"
#define POSTERS                                                                                    \
    "发帖人|发帖者|发帖网民|发帖网友|发贴人|发布人|发布者|网民|网友|楼主|博主|版主|号主|up主|"     \
    "爆料人|爆料者|投稿人|拍摄者|作者|投诉人|举报人|反映人|诉求人|来电人|来信人|留言人|留言者|"    \
    "信访人|上访人|上访者|访民|当事网民|账号主体|账号持有人|评论者|转发者|原作者|发视频的人|"      \
    "发帖的人|发帖群众|投诉群众|投诉业主|发帖业主|发帖家长|投诉家长|发帖职工|投诉工人"
#define ACCOUNTS                                                                                   \
    "账号|帐号|微博号|公众号|抖音号|快手号|视频号|自媒体|大v|该用户|该网民|该网友|发帖人|发帖者|"  \
    "博主|楼主|号主"

/* A verb and its object, at most `gap` characters apart and in one clause. */
struct act {
    const char *reason;
    const char *verbs;
    const char *objects;
    unsigned gap;
    const char *reversible; /* verbs that also follow their object: 把帖子删除, 对网民约谈 */
};

static const struct act acts[] = {
    {"不得删除、屏蔽、下架帖文 (no taking down of posts)",
     "删除|删掉|删去|删了|删|撤下|撤掉|撤除|下架|屏蔽|清理|清除|清空|封堵|隐藏|压下|压制|压热|"
     "限流|降热|沉底|消除|下沉|关闭",
     POSTS, 6,
     "删除|删掉|删去|删了|撤下|撤掉|下架|屏蔽|清理|清除|封堵|隐藏|压下|限流|沉底|处理掉|压下去"},
    {"不得封禁账号或禁止发言 (no silencing of accounts)",
     "封停|封禁|封掉|封了|封杀|关停|关闭|禁言|拉黑|限制|查封|处置", ACCOUNTS, 4,
     "封停|封禁|封掉|封了|封杀|关停|禁言|拉黑|查封"},
    {"不得约谈、处罚、管控发帖人 (no acts against those who spoke)",
     "约谈|约见|训诫|传唤|拘留|抓捕|处罚|惩处|警告|管控|盯防|盯控|监控|监视|劝返|打压|封口|施压|"
     "敲打|报复|谈话|恐吓|威胁|追责|追究|稳住|摆平|教育|批评|起诉|控制|喝茶",
     POSTERS, 6, "约谈|约见|训诫|传唤|拘留|抓捕|处罚|惩处|警告|管控|盯防|监控|劝返|打压|封口|施压|"
                 "敲打|报复|追责|批评教育|教育训诫|稳住|控制"},
    {"不得约谈、处罚、管控发帖人 (no acts against those who spoke)", "约谈|约见|训诫", ACCOUNTS, 4,
     "约谈|约见|训诫"},
    {"不得追查发帖人身份 (no identifying of those who spoke)",
     "查找|查明|查清|查出|查到|查一下|查查|追查|揪出|锁定|摸清|定位|起底|找出|找到|调取|溯源|"
     "弄清|公布|曝光|人肉",
     POSTERS, 6, "定位|溯源|起底|人肉|落地核查|查清身份|查明身份|核查身份|核实身份"},
    {"不得追查发帖人身份 (no identifying of those who spoke)",
     "查|核查|核实|掌握|获取|提供|索要|倒查|调查|摸排",
     "发帖人身份|发帖人的身份|发帖人信息|发帖人真实|发帖者身份|发帖者信息|网民身份|网民的身份|"
     "网民真实|网友身份|投诉人身份|举报人身份|楼主身份|博主身份|账号身份|账号实名|实名信息|"
     "发帖人ip|发帖人住址|发帖人电话|发帖人是谁|谁发的帖|谁发的",
     6, ""},
    {"不得组织跟帖、刷评 (no counter-posting)",
     "组织|安排|发动|动员|雇|雇佣|集中|号召|要求干部|引导|发起",
     "跟帖|跟评|刷评|刷帖|刷屏|点赞|网评|好评|控评|水军|评论走向|网络评论|舆论走向|评论区", 8, ""},
    {"不得举报、投诉帖文或账号 (no reporting of posts)", "举报|投诉",
     "该帖|此帖|该账号|该帐号|该博主|这个帖子|这条帖子|该视频|该文章|这篇文章|该条微博|发帖人|"
     "发帖者",
     4, "举报|集体举报"},
};

/* Refused wherever they stand, but for what may stand right beside them (疫情防控评估). */
static const struct term {
    const char *reason;
    const char *text, *not_after, *not_before; /* not_after: what may follow; not_before: precede */
} terms[] = {
    {"不得删帖 (no taking down of posts)",
     "删帖|删贴|撤帖|封帖|锁帖|沉帖|压帖|删稿|撤稿|删评|撤热搜|降热搜|压热搜|捂帖|捂盖子|压舆情|"
     "捂舆情",
     "", ""},
    {"不得封号、禁言 (no silencing of accounts)", "封号", "召|角|线|段",
     "信|密|开|一|几|每|两|本|这|此|尘"},
    {"不得封号、禁言 (no silencing of accounts)", "禁言", "", ""},
    {"不得控评 (no steering of comments)", "控评", "估|价|审|级|定|分|比|议|述|测|标|选|论", ""},
    {"不得控评 (no steering of comments)",
     "雇水军|请水军|找水军|水军刷|组织水军|刷好评|洗评|带节奏|反向引导|引导评论|引导跟帖|跟帖引导|"
     "评论引导|网评员",
     "", ""},
    {"不得落地查人 (no identifying of those who spoke)",
     "落地查人|上门查人|网上查人|人肉搜索|查ip|调ip|调取ip|锁定ip|ip溯源|ip落地|顺线查|顺藤摸瓜找到"
     "发帖|查发帖|找发帖",
     "", ""},
    {"不得稳控当事人 (no controlling of persons)", "稳控",
     "制|物价|价格|房价|粮价|菜价|肉价|油价|药价|租金|市场|楼市|疫情|水位|水压|电压|燃气|温度|"
     "股价|供应|产量|生猪|企业用工|就业",
     "平"},
    {"不得稳控当事人 (no controlling of persons)",
     "截访|拦访|堵访|维稳对象|包保稳控|盯死看牢|做通发帖人|让其闭嘴|息访罢诉",
     "", ""},
};

/* Between verb and object: another party or another act takes the verb or the object away. */
static const char gap_stops[] =
    "开发商|商家|商户|公司|企业|单位|物业|学校|医院|银行|部门|负责人|机构|工厂|平台|经理|老板|"
    "店|厂|门|局|施工方|承建方|运营方|相关方|责任方|供应商|中介|村委|居委|街道|的|并|后|再|给|向|"
    "为|就|商品|产品|答复|回复|回应|回访|告知|解决|联系|公开|通报|保护|奖励|感谢|垃圾|隐患|药|食|车|违建";
/* Such a join brings the object back: 约谈开发商和发帖人. */
static const char joins[] = "和|及|与|以及|或|或者|连同";
/* What follows a person when the text speaks of what the person raised or has a right to. */
static const char raised[] =
    "反映|诉求|投诉|举报|提出|所述|所提|提到|提供|关心|关注|咨询|建议|意见|留言|来信|来电|需求|"
    "问题|疑问|质疑|合法|权益|利益|保护|隐私|满意|关切|期盼|困难|工资|合同|举证|呼声|说法|热议|曝光|"
    "爆料|被";
static const char forbids[] = "不得|严禁|禁止|不准|不许|切勿|杜绝|坚决不|决不|绝不|不应|从未|没有|"
                              "并未|防止|避免|不存在|不支持|不提供|无权|纠正|制止|反对|拒绝";
static const char turns[] = "就|则|否则|便|转而|改为";
static const char told[] = "被|遭|遭到|说|称";
static const char takes_object[] = "把|将|对|给|让|请|要求|确保|针对|立即对|责成|督促|协调|尽快把";

/* One item of a "a|b|c" list; false at its end. */
static bool next_item(const char **list, struct str *item)
{
    if (!**list)
        return false;
    size_t n = strcspn(*list, "|");
    *item = (struct str){*list, n};
    *list += n + ((*list)[n] == '|');
    return true;
}

static bool contains_any(struct str s, const char *list)
{
    struct str item;

    while (next_item(&list, &item))
        if (str_find(s, item, 0) != (size_t)-1)
            return true;
    return false;
}

static bool starts_any(struct str s, const char *list)
{
    struct str item;

    while (next_item(&list, &item))
        if (str_starts(s, item))
            return true;
    return false;
}

static bool ends_any(struct str s, const char *list)
{
    struct str item;

    while (next_item(&list, &item))
        if (s.n >= item.n && str_eq((struct str){s.p + s.n - item.n, item.n}, item))
            return true;
    return false;
}

/* At most n characters at the front, or at the end, of one clause. */
static struct str head(struct str s, unsigned n)
{
    size_t at = 0;

    while (n-- && at < s.n && s.p[at] != '\n')
        utf8_next(s, &at);
    return (struct str){s.p, at};
}

static struct str tail(struct str s, unsigned n)
{
    size_t from = s.n;

    while (n-- && from && s.p[from - 1] != '\n') {
        from--;
        while (from && ((unsigned char)s.p[from] & 0xC0) == 0x80)
            from--;
    }
    return (struct str){s.p + from, s.n - from};
}

static struct str before(struct str s, size_t at)
{
    return (struct str){s.p, at};
}

static struct str after(struct str s, size_t at)
{
    return (struct str){s.p + at, s.n - at};
}

/* The act at `at` is forbidden (不得…) or told of (被…) by what precedes it in its clause. */
static bool excused(struct str text, size_t at)
{
    struct str front = tail(before(text, at), 10);

    if (ends_any(front, told))
        return true;
    return contains_any(front, forbids) && !contains_any(front, turns);
}

static bool gap_open(struct str gap)
{
    return ends_any(gap, joins) || !contains_any(gap, gap_stops);
}

/* verb … object */
static bool act_forward(const struct act *a, struct str text, size_t verb_end)
{
    const char *objects = a->objects;
    struct str object;

    while (next_item(&objects, &object)) {
        struct str reach = head(after(text, verb_end), a->gap + 12);
        for (size_t at = str_find(reach, object, 0); at != (size_t)-1;
             at = str_find(reach, object, at + 1)) {
            struct str gap = before(reach, at);
            struct str rest = head(after(text, verb_end + at + object.n), 3);
            if (head(reach, a->gap).n >= at && gap_open(gap) && !contains_any(rest, raised))
                return true;
        }
    }
    return false;
}

/* 把 / 对 … object … verb */
static bool act_backward(const struct act *a, struct str text, size_t verb)
{
    const char *objects = a->objects;
    struct str object;
    struct str reach = tail(before(text, verb), 16);

    while (next_item(&objects, &object)) {
        for (size_t at = str_find(reach, object, 0); at != (size_t)-1;
             at = str_find(reach, object, at + 1)) {
            struct str gap = after(reach, at + object.n);
            if (tail(reach, 6).n >= gap.n && gap_open(gap) && !contains_any(gap, raised) &&
                contains_any(tail(before(reach, at), 5), takes_object))
                return true;
        }
    }
    return false;
}

static bool act_found(const struct act *a, struct str text)
{
    const char *verbs = a->verbs, *reversible = a->reversible;
    struct str verb;

    while (next_item(&verbs, &verb))
        for (size_t at = str_find(text, verb, 0); at != (size_t)-1;
             at = str_find(text, verb, at + 1))
            if (!excused(text, at) && act_forward(a, text, at + verb.n))
                return true;
    while (next_item(&reversible, &verb))
        for (size_t at = str_find(text, verb, 0); at != (size_t)-1;
             at = str_find(text, verb, at + 1))
            if (!excused(text, at) && act_backward(a, text, at))
                return true;
    return false;
}

static bool term_found(const struct term *t, struct str text)
{
    const char *list = t->text;
    struct str term;

    while (next_item(&list, &term))
        for (size_t at = str_find(text, term, 0); at != (size_t)-1;
             at = str_find(text, term, at + 1))
            if (!excused(text, at) && !starts_any(after(text, at + term.n), t->not_after) &&
                !ends_any(before(text, at), t->not_before))
                return true;
    return false;
}

/* One character as it is compared: 0 drops it, '\n' ends a clause. */
static uint32_t fold(uint32_t cp)
{
    static const struct {
        uint32_t from, to;
    } same[] = {{U'刪', U'删'}, {U'貼', U'贴'}, {U'帳', U'账'}, {U'號', U'号'}, {U'評', U'评'},
                {U'約', U'约'}, {U'談', U'谈'}, {U'穩', U'稳'}, {U'發', U'发'}, {U'網', U'网'},
                {U'論', U'论'}, {U'視', U'视'}, {U'頻', U'频'}, {U'處', U'处'},
                {U'訴', U'诉'}, {U'舉', U'举'}, {U'報', U'报'}, {U'、', U'和'}, {U'們', U'们'}};

    if (cp >= 0xFF01 && cp <= 0xFF5E) /* full-width forms */
        cp -= 0xFEE0;
    if (cp >= 'A' && cp <= 'Z')
        return cp + 32;
    if (cp == ',' || cp == ';' || cp == '!' || cp == '?' || cp == '\n' || cp == U'。')
        return '\n';
    if (cp < 0x80)
        return (cp >= 'a' && cp <= 'z') || (cp >= '0' && cp <= '9') ? cp : 0;
    if (cp <= 0xBF || (cp >= 0x2000 && cp <= 0x206F) || cp == 0x3000 || cp == 0xFEFF ||
        (cp >= 0x2500 && cp <= 0x27BF) || (cp >= 0x3008 && cp <= 0x3011))
        return 0; /* signs and invisible characters put between the letters of a word */
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (same[i].from == cp)
            return same[i].to;
    return cp;
}

static int fold_text(struct str text, struct buf *out)
{
    for (size_t at = 0; at < text.n;) {
        char raw[4];
        uint32_t cp = fold(utf8_next(text, &at));
        if (cp)
            buf_add(out, raw, utf8_put(cp, raw));
    }
    return buf_ok(out) ? 0 : ERR_NOMEM;
}

int gate_match(struct str text, const char **reason)
{
    struct buf folded = BUF_INIT;
    int err = fold_text(text, &folded);

    for (size_t i = 0; !err && i < sizeof terms / sizeof *terms; i++)
        if (term_found(&terms[i], buf_str(&folded))) {
            *reason = terms[i].reason;
            err = ERR_REFUSED;
        }
    for (size_t i = 0; !err && i < sizeof acts / sizeof *acts; i++)
        if (act_found(&acts[i], buf_str(&folded))) {
            *reason = acts[i].reason;
            err = ERR_REFUSED;
        }
    buf_free(&folded);
    return err;
}
