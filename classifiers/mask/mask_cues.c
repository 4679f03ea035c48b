/* The words beside which somebody is named, called, numbered or housed. */
#include "classifiers/mask/mask_cues.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "classifiers/mask/mask_nick.h"

enum action {
    ACT_LABEL, ACT_CALLED, ACT_MAYBE, ACT_SELF, ACT_BYLINE, ACT_NAMED,
    ACT_NAMES, /* up to here a name follows */
    ACT_CHAT = ACT_NAMES, ACT_TOKEN, ACT_POSTER, ACT_STREET, ACT_PHONE, ACT_ACCOUNT, ACT_SERIAL,
    ACT_PLATE, ACT_HONOUR, ACT_DEAR, ACT_ID, ACT_HOME, ACT_THING,
    ACT_PAPER, ACT_BADGE, ACT_TAIL, ACT_FROM, ACT_SEX, ACT_APART
};

/* Words of one action, separated by blanks, or by bars when they hold blanks. A longer word wins
 * over a shorter one. */
static const struct {
    enum action action;
    const char *words;
} cues[] = {
    {ACT_LABEL, "联系人 姓名 投诉人 举报人 反映人 来信人 申请人 当事人 经办人 负责人 法人 法定代表人 法人代表 收件人 发件人 收款人 户名 开户名 作者 编辑 责编 "
                "责任编辑 校对 撰稿 供稿 通讯员 记者 摄影 主任医师 署名 落款 签名 留言人 求助人 咨询人 户主 业主 患者 死者 伤者 家长 学生 班主任 收货人 "
                "寄件人 委托人 代理人 被举报人 被投诉人 回复人 发布人 发帖人 审核 我的名字 本人姓名 名字 医生 老师 老板 包工头 监护人 联名人 具名 求助者 "
                "投诉者 举报者 反映者 信访人 上访人 受害人 被害人 被告 原告 被告人 原告人 申诉人 被申请人 家属 亲属 房东 租客 承租人 出租人 租户 甲方 乙方 "
                "机主 车主 持卡人 开户人 参保人 缴存人 实习生 承办人 主办人 联络人 担保人 借款人 贷款人 见证人 签字 签署 责任人 店主 店长 司机 驾驶员 收信人 "
                "网格员 值班员 队长 组长 村民 居民 市民 住户 职工 员工 工人 反馈人 报修人 预约人 就诊人 受害者 受灾者 代办人 党员 老党员 业主代表 村民代表 "
                "居民代表 职工代表 学生代表 家长代表 代表 撰文 业主签名 业主签字 家长签名 家长签字 购房人 买受人 卖方 买方 实名 真名 本名 全名 本人 购买人 "
                "消费者 父亲 母亲 儿子 女儿 丈夫 妻子 配偶 爱人 孩子 长子 次子 长女 报名人 考生 教练 中介 经理 同事 邻居 主编 导师 受访者 证人 嫌疑人 "
                "报案人 报警人 文字 图片 整理 审稿 总编 统筹 出品 美编 一审 二审 三审 初审 复审 终审 来访人 建议人 提案人 代表人 接待人 答复人 经手人 "
                "来电人 签收人 受助人 申报人 应聘人 新生 产妇 病人 乘客 学员 工友 会员 承包人 发包人 受益人 被保险人 投保人 继承人 所有权人 产权人 权利人 "
                "使用人 车主姓名 名单 人员名单"},
    {ACT_CALLED, "我叫 本人叫 名叫 名字叫 姓名叫 叫做 我名叫 我的名字叫 我名字叫 老板叫 孩子叫 儿子叫 女儿叫 包工头叫 本名叫 我的姓名是 我的名字是 本人姓名 "
                 "姓名为 姓名是 名字是 名字为 名字叫做 真名叫 学名叫 姓名叫做 大名叫 我大名 负责人叫 老师叫 医生叫 房东叫 司机叫 经理叫 中介叫 老公叫 老婆叫 "
                 "父亲叫 母亲叫 弟弟叫 哥哥叫 妹妹叫 姐姐叫 个叫 位叫 老人叫 男人叫 女人叫 个人叫 自称叫 对方叫 我姓名叫 联系人是 联系人为 联系人叫 申请人是 "
                 "申请人为 投诉人是 投诉人为 反映人是 反映人为 户主是 户主为 户名是 户名为 收款人是 收款人为"},
    {ACT_MAYBE, "收件人 发件人 收货人 寄件人 求助者 投诉者 举报者 受害者 代办人 当事者 购房人 租房人 房产经纪 经纪人 销售 销售员 业务员 主管 副校长 包工头 "
                "老板 工头 房东 中介 我爸爸 我妈妈 我爸 我妈 我爷爷 我奶奶 我孩子 我哥 我弟 我姐 我妹 医生 老师 班主任 法定代表人 法人代表 负责人 村民 居民 "
                "市民 职工 员工 工人 住户 家长 司机 同事 邻居 经理 组长 收款人 户名 车主 机主 被告 原告 被告人 被害人 经办人 代理人 委托人 租客 租户 "
                "参保人 开户人 持卡人 店主 店长 老板娘 队长 护士 保安 网格员 驾驶员 辅导员 父亲 母亲 儿子 女儿 丈夫 妻子 爱人 老公 老婆 弟弟 哥哥 姐姐 "
                "妹妹 孙子 孙女 外孙 岳父 岳母 公公 婆婆 叔叔 伯伯 舅舅 姑姑 家属 亲属 逝者 嫌疑人 老人 老兵 同学 他叫 她叫 姓名 消费者 考生 教练 奶奶 "
                "爷爷 外婆 外公 证人 本名 真名 学员 学生 乘客 旅客 顾客 病人 残疾人 低保户 五保户 贫困户 农户 商户 监护人 承包人 担保人 借款人 房主 屋主 "
                "村主任 主任医师 孩子 小孩 男子 女子 法人 债务人 债权人 责任人 继承人 投保人 产权人 申诉人 信访人 购房者 配偶 次子 长子 次女 长女 大名 其父 "
                "其母 其子 其女 其妻 其夫 我岳父 名字叫 农民工 工友 战友 朋友 同乡 老乡 亲戚 侄子 侄女 外甥 媳妇 女婿 儿媳 姐夫 嫂子 产妇 孕妇 伤员 "
                "经手人 村支书 支书 村长 会计 校长 园长 护工 月嫂 保姆 失主 走失者 失踪者 签收人 接待人 建议人 留言人 咨询人 报修人 报案人 报警人 就诊人 "
                "被保险人 使用人 权利人 见证人 店员 导游 房管员 收费员 业委会主任 项目经理 班长 工长 监理 舅妈 姑妈 姨妈 姨父 姑父 姥姥 姥爷 堂哥 堂弟 表哥 "
                "表弟 表姐 表妹"},
    {ACT_SELF, "本人 我是 申请人 反映人 投诉人 举报人 求助人 来电人 来信人 来访人 联系人 患者 户主 业主 当事人 死者 伤者 受害人 鄙人 我儿子 我女儿 我父亲 "
               "我母亲 我丈夫 我妻子 我老公 我老婆"},
    {ACT_BYLINE, "记者 通讯员 摄影 编辑 责编 作者 署名 落款 供稿 撰稿 校对 图文 文/ 图/ 摄/ 主编/ 策划/ 监制/ "
                 "剪辑/ 视频/ 文案/ 实习生 文字/ 摄影/ 编辑/ 审核/ 校对/ 记者/ 设计/ 美编 特约记者"},
    {ACT_THING, "店名叫 小区名叫 公司名叫 楼盘名叫 街名叫 路名叫 品名叫 药名叫 厂名叫 校名叫 村名叫 厂叫 店叫 公司叫 "
                "小区叫 药叫 这叫 路叫 品叫 病叫 品牌叫 平台叫 软件叫 路叫做 东西叫做 方法叫做"},
    {ACT_LABEL, "|姓 名|姓　名|姓　　名|姓  名|"},
    {ACT_CHAT, "|Q Q|Ｑ Ｑ|V X|微 信|wei xin|Wei xin|v x|w x|Q　Q|"},
    {ACT_PHONE, "|电 话|手 机|电　话|手　机|"},
    {ACT_HONOUR, "先生 女士 小姐 同志 老师 师傅 大姐 阿姨"},
    {ACT_DEAR, "尊敬的 敬爱的 亲爱的"},
    {ACT_ID, "UU0 uu0 A000 a000"},
    {ACT_CHAT, "微信 微信号 加微信 威信 薇信 VX vx Vx V信 v信 wx WX weixin wechat WeChat QQ "
               "qq 扣扣 抖音号 群号 薇❤ 薇❤️ v❤ V❤ 加V 加v ＋V ＋v +V +v ＋VX +VX ＱＱ ＶＸ ｖｘ Q群 企鹅 "
               "企鹅号 扣Q 球球 wx号 徽信 "
               "快手号 小红书号 支付宝账号 支付宝号 微博号 陌陌号 钉钉号 飞信"},
    {ACT_TOKEN, "昵称 网名 用户名 用户ID 用户id UID uid 发帖人 楼主 留言人 账号名 会员名 马甲 网友ID 网友id"},
    {ACT_POSTER, "网友 网民 用户 楼主 层主 博主"},
    {ACT_STREET, "路 街 巷 弄 道 胡同 村 屯 庄 寨 坊 里 段 组 小区 花园 新村 公寓 家园 苑 城 府 "
                 "园 社区 大院 宿舍 大道 湾 坪 冲 塘 垸 岭 大厦 广场 院 片 号院 院子 安置区 "
                 "佳苑 名都 国际"},
    {ACT_HOME, "我住 我家 家住 住在 楼上 楼下 隔壁 对门 房号 门牌 房间号 住址 居住在 现住 入住 地址"},
    {ACT_NAMED, "人： 人: 者： 者: 员： 员: 代表： 代表: 姓名： 姓名: 长： 长: 主： 主: 撰文： 文： 图： 文: 图: 律师： 摄："},
    {ACT_PHONE, "电话 手机 手机号 前台 总机 服务台 值班室 办公室 门卫室 联络 call Call CALL 号为 "
                "号码 座机 致电 拨打 来电 传真 热线 联系方式 固话 小灵通 Tel TEL tel 联系"},
    {ACT_ACCOUNT, "卡号 账号 帐号 账户 帐户 银行卡 身份证 身份证号 证件号 社保号 医保号"},
    {ACT_SERIAL, "单号 编号 工单 文号 批号 条码 案号 受理号 流水号 订单 序列号 许可证 许可证号 "
                 "产权证号 执照号 资格证号 注册号 发票号码 信用代码 批准文号 备案号 "
                 "型号 代码"},
    {ACT_PLATE, "京 津 沪 渝 冀 豫 云 辽 黑 湘 皖 鲁 新 苏 浙 赣 鄂 桂 甘 晋 蒙 陕 吉 闽 贵 粤 青 藏 川 "
                "宁 琼"},
    {ACT_PAPER, "护照 通行证 回乡证 台胞证 居住证号 居留证 军官证 士兵证 警官证 社保卡 社会保障卡 社会保障号 医保卡号 医保编号 医保个人编号 社保编号 个人编号 "
                "残疾证 残疾证号 残疾人证号 驾驶证号 驾驶证 驾照号 档案编号 档案号 永久居留身份证 居留身份证 学籍号 退休证号 结婚证号 出生证号 学生证号 "
                "老年证号 优待证号 退伍证号 教师证号 "
                "会员卡号 公交卡号 市民卡号 一卡通号 "
                "准考证号 病历号 病案号 住院号 门诊号 就诊卡号 就诊号 证号为 旅行证 港澳证"},
    {ACT_BADGE, "警号 工号 执法证号 胸牌号 学号 胸卡号 员工编号 警员编号 辅警编号 辅警号 警官编号 话务员编号 客服编号"},
    {ACT_TAIL, "尾号 卡号后四位 卡号末四位 末四位 卡末四位 卡后四位 身份证后四位 身份证后六位 手机后四位 电话后四位 卡尾数"},
    {ACT_SEX, "，男 ，女 ,男 ,女 （男 （女 (男 (女 、男 、女"},
    {ACT_FROM, "村的 组的 镇的 乡的 县的 社区的 小区的 公司的 单位的 厂的 学校的 中学的 小学的 班的 医院的 所的 队的 站的 店的 工地的 部门的 栋的 楼的 "
               "组 队 社 村"},
    {ACT_CALLED, "俺叫 的叫 咱叫 我就叫 我全名 我全名叫 全名叫 小名叫 曾用名叫 原名叫 名字是叫 我姓名 他名叫 她名叫"},
    {ACT_LABEL, "曾用名 原名 小名 合伙人 股东 控制人 实际控制人 被骗人 发起人 介绍人 管理人 货主 摊主 房客 带班 工头 民警 辅警 科长 所长 站长 "
                "负责同志 当事医生 主治医师 主治医生 参与人 参与者 获奖人 承租户 缴费人 交费人 患者姓名 孩子姓名 学生姓名 宝宝 逝者 失信人 债务人 债权人 房主"},
    {ACT_MAYBE, "代表 开户名 账户名 受害人 死者 伤者 被骗人 控制人 发起人 介绍人 管理人 货主 摊主 房客 室友 舍友 校友 同桌 带班 领班 合伙人 股东 合租人 "
                "邻家 大夫 医师 民警 辅警 "
                "协管员 村医 社工 楼长 楼栋长 科长 所长 站长 养殖户 种植户 经营者 中间人 持有人 拆迁户 班干部 快递员 外卖员 骑手 收银员 检票员 "
                "售票员 安全员 质检员 监工 小工头 外地人 参保者 求职者 应聘者 病患 患儿 男童 女童 老汉 大爷 大妈 大伯 大叔 大婶 "
                "二叔 三叔 二哥 大哥 大姐 二姐 三姐 小妹 小弟 爱女 爱子 养子 养女 继父 继母 丈母娘 老丈人 公爹 婆母 娘家 前夫 前妻 对象 "
                "老伴 孙儿 孙媳 侄媳 连襟 妯娌 同村 同组 同乡 投资人 带头人 当事人 申请人 反映人 投诉人 举报人"},
    {ACT_CHAT, "q号 Q号 qq号 QQ号 加微 加q 加Q 加qq 加QQ 我V 我v 我VX 我vx 我V信 我v信 我V❤ 我v❤ 我V号 我v号 我V是 加vx "
                "加VX 加wx 微号 V号 v号 VX号 vx号 WX号 卫星号 加卫星 绿泡泡 微X 薇X 胃信 微芯 徽芯 "
               "w信 W信 wei信 we信 w❤x w信号 Q： Q: q： q: 微xin 微❤ 微❤️ wxid_ 微信ID 微信id 扣扣号 叩叩 蔻蔻 QQ: "
                "qq: QQ： qq： 旺旺号 抖音ID 闲鱼号 TG号 tg号 "
               "电报号 telegram Telegram 微信群 飞机号 v： V： v: V:"},
    {ACT_THING, "公公司 房客户"},
    {ACT_APART, "|1 3|1 4|1 5|1 6|1 7|1 8|1 9|"},
};

enum { CUES = 2000, BUCKETS = 2048, MOST = 64 };

/* By buckets, those of one bucket the longest first. */
static struct cue {
    uint64_t head, mask;    /* its first bytes; mask: which of them it has */
    uint32_t first, second, third; /* its first code points; 0: it has no more */
    const char *word;
    uint16_t number; /* in the order of cues[] */
    uint8_t n;
    uint8_t action;
} table[CUES];

static inline uint32_t bucket_of(uint32_t first, uint32_t second)
{
    return second ? cues_pair(first, second) % BUCKETS : first % BUCKETS;
}

static uint16_t buckets[BUCKETS + 1]; /* where each begins */

static void add(const char *word, size_t n, enum action action, size_t *used)
{
    struct cue c = {.word = word, .n = (uint8_t)n, .action = (uint8_t)action};
    size_t at = 0;

    c.first = utf8_next((struct str){word, n}, &at);
    c.second = at < n ? utf8_next((struct str){word, n}, &at) : 0;
    c.third = at < n ? utf8_next((struct str){word, n}, &at) : 0;
    memcpy(&c.head, word, n < sizeof c.head ? n : sizeof c.head);
    memset(&c.mask, 0xFF, n < sizeof c.mask ? n : sizeof c.mask);
    assert(*used < CUES);
    c.number = (uint16_t)*used;
    table[(*used)++] = c;
}

static int by_bucket(const void *a, const void *b)
{
    const struct cue *x = a, *y = b;
    uint32_t i = bucket_of(x->first, x->second), k = bucket_of(y->first, y->second);

    if (i != k)
        return i < k ? -1 : 1;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static enum cue_kind kind_of(enum action action)
{
    return action == ACT_PLATE ? CUE_PLATE : action == ACT_STREET ? CUE_STREET : CUE_WORD;
}

void cues_prepare(cues_tell *tell)
{
    size_t used = 0, at = 0;

    for (size_t i = 0; i < sizeof cues / sizeof *cues; i++)
        for (const char *w = cues[i].words; *w;) {
            size_t n = strcspn(w, *cues[i].words == '|' ? "|" : " ");
            if (n)
                add(w, n, cues[i].action, &used);
            w += n + (w[n] != 0);
        }
    qsort(table, used, sizeof *table, by_bucket);
    for (uint32_t b = 0; b <= BUCKETS; b++) {
        buckets[b] = (uint16_t)at;
        while (at < used && bucket_of(table[at].first, table[at].second) == b)
            at++;
        assert(at - buckets[b] <= MOST);
    }
    for (size_t k = 0; k < used; k++)
        tell(kind_of((enum action)table[k].action), table[k].first, table[k].second,
             table[k].third);
}

static size_t act(struct scan *s, enum action action, size_t from, size_t end)
{
    static const enum name_cue names[ACT_NAMES] = {
        [ACT_LABEL] = NAME_LABEL, [ACT_CALLED] = NAME_CALLED, [ACT_MAYBE] = NAME_MAYBE,
        [ACT_SELF] = NAME_SELF, [ACT_BYLINE] = NAME_BYLINE, [ACT_NAMED] = NAME_NAMED};
    enum { REACH = 40 };

    if (action < ACT_NAMES) /* nearly all are: to tell them apart here cannot be guessed */
        return name_mask(s, end, names[action]);
    switch (action) {
    case ACT_CHAT: return handle_chat(s, end);
    case ACT_TOKEN: return handle_token(s, end);
    case ACT_POSTER: {
        size_t past = handle_poster(s, end);
        return past ? past : name_mask(s, end, NAME_MAYBE);
    }
    case ACT_STREET: return address_mask(s, end, ADDRESS_STREET);
    case ACT_HOME: return address_mask(s, end, ADDRESS_HOME);
    case ACT_PLATE: return number_plate(s, from);
    case ACT_PHONE:
        s->phone_until = end + REACH;
        return number_after(s, end);
    case ACT_ACCOUNT: s->account_until = end + REACH; return 0;
    case ACT_SERIAL: s->keep_until = number_serial(s, end); return 0;
    case ACT_HONOUR: return name_honoured(s, from, end);
    case ACT_DEAR: return handle_dear(s, end);
    case ACT_THING: return end;
    case ACT_PAPER:
        s->account_until = end + REACH;
        return paper_mask(s, end, PAPER_PERSON);
    case ACT_BADGE: return paper_mask(s, end, PAPER_BADGE);
    case ACT_TAIL: return paper_mask(s, end, PAPER_TAIL);
    case ACT_SEX: return name_before_sex(s, from, end);
    case ACT_FROM: return name_from(s, from, end);
    case ACT_APART: return number_spoken(s, from);
    case ACT_ID: return handle_account(s, from);
    default: return 0;
    }
}

static inline bool stands(const struct cue *c, const struct scan *s, size_t i, uint64_t here)
{
    const size_t n = c->n, head = sizeof here;

    return !((here ^ c->head) & c->mask) &&
           (n <= head ||
            (n <= s->n - i && memcmp(s->t + i + head, c->word + head, n - head) == 0));
}

size_t cues_mask(struct scan *s, size_t i, uint32_t cp, uint32_t after)
{
    const uint32_t bucket = bucket_of(cp, after);
    const struct cue *const first = &table[buckets[bucket]];
    const uint32_t n = buckets[bucket + 1] - (uint32_t)buckets[bucket];
    const uint64_t here = scan_head(s, i);
    uint64_t may = 0; /* a bit each: which may stand here cannot be guessed */

    for (uint32_t k = 0; k < n; k++)
        may |= (uint64_t)((((here ^ first[k].head) & first[k].mask) == 0) &
                          (first[k].second == after))
               << k;
    for (; may; may &= may - 1) {
        const struct cue *c = &first[__builtin_ctzll(may)];
        if (!stands(c, s, i, scan_head(s, i))) /* the one before may have hidden what stood here */
            continue;
        size_t past = act(s, (enum action)c->action, i, i + c->n);
        if (past)
            return past;
    }
    return nick_begins(cp) ? nick_mask(s, i, cp, after) : 0;
}
