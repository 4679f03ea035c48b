/* Which characters a text is written with: 我, 没, 又 and 谁 are words of somebody who has a problem,
 * 市, 布 and 新 of who reports one. No single character decides; together they tell short texts
 * apart that hold none of the words of the lists. */
#include "classifiers/kind.h"

#include <pthread.h>
#include <string.h>
#include <uchar.h>

enum { DIMENSIONS = 6, FIRST = 0x4E00, CODES = 0x5200, MOST = 2000 };
/* WORDING_LEAN: above 0 for raised, below for reported; the rest in the order of the requests. */
enum wording {
    WORDING_LEAN, WORDING_ENQUIRY, WORDING_HELP, WORDING_SUGGESTION, WORDING_COMPLAINT,
    WORDING_REPORT
};

/* Fitted together with the weights of rules/cues.yaml to tests/data/kind*.tsv, in halves of a
 * unit of evidence; only characters of at least four of those texts, the last row those that tell
 * nothing. */
static const struct {
    enum wording of;
    int8_t level;
    const char32_t *chars;
} levels[] = {
    {WORDING_LEAN, -5, U"猫"},
    {WORDING_LEAN, -4, U"你句哥覆赞"},
    {WORDING_LEAN, -3, U"丰典切刑判匙圆官届恢懂扑拘撑欠沉沿涉淹渠笑答"},
    {WORDING_LEAN, -2, U"万乘亡今他令企例傅再决击利功勿化即厅受吓听吸周命噪因图堂塔她存季寻局巡布幕底延弃引征心志息感愿扩扬扰批折抢抽担拟挑摔效数明春智李橘欢歉汛江治"
     U"法添清演澡灭灾炉猪率甲男疑痪监短破砸科稳纳纷绕缩耐耕聘至致航范荐获袋警讲访诺赖赴足轻达迎述送钥队除非革顿题鬼"},
    {WORDING_LEAN, -1, U"下与业丢严中为举义予事二产亿从付代们仲价任份会传位低何余作使供修倒储催元充光入全其具内军冬冰冲净准减出列初制刷前副力办务动劳势北千南博印危压"
     U"参双变只叫召各向否吨启告品唱回团困国土坠型埋城域基填境增复大太夫央失头女如姐宅守安定审害察对封将小居展属已巷希帖帮平庭康式张强归当录形影很律怎总患您情成我所执扫扶技抗报拒持据探"
     U"接控措揭撞播救教敬整文新旁旗日易星昨显晒普暖暴更最未本权材条析染查核格案梯棚模步死毒比汗污汽洁洪活济海涨滑火点爆爱版牢犯玩环球理生由电疫症盖盗盘省看真研确示离秤积移程章童第粉粮"
     U"精系素索纠纪组终经绝缓编罕罚罪美羽翻考联股腰自良节营落蓄虚行表被裁装见规解讨讯论评识诈试话调谈谢象负财责货购资赔赛赶起跌踪辆运近这连逃选递通造部酒酸采释量金钟钱铁银防陆险陷隐青"
     U"顶项须预风食验骗黑齐龙"},
    {WORDING_LEAN, 1, U"两临久买了交亮亲仓以伙像先免八冷凌划剩医半单占卧卷厨去友取口叶号司吁吧员味呼哭围圈在坊坐块坡堵声多夜妻字孩完室家宿导少就尽层屋峰工己常干广店弄"
     U"待得态急惠戚户房才打找拆按挖掉推搬摇摘撤收改放散断旅无早时是景服村束来架栋栏档桥检次止殖母毕气水永沙泥注津派消混漂漏炸烂照燃爬爸牌牙狗班瓜瓶田申留疗疼病登直眼码票私税穿突窗站符"
     U"策练给续维缝缴缺罐网者肯背胎脑脚苗药菜蓝血衣要订许诊询说请贩贵走趟跑跟跨踢车边迁返还远追速道都针钢销闭问闸阶附难雨震面频颜餐饮饲驿鼻"},
    {WORDING_LEAN, 2, U"侧倍候健共凉几刚励吐哪垮堆堤塌塑塘墙孕学宠容差库废座役往恳截扔扣拿挡挤摆摩斑料杆构某椅池沟没油泉滴灌烟牛疏瘫皮着睡砖算籍肚舞苦虫裂贷费那醒里隔"
     U"靠音馆驾骑麻"},
    {WORDING_LEAN, 3, U"亩厕喊坏娃嫂把摸操柜树桩渔滞滩烦玻盒盲秒腿躲邻郊铺闹骂鸡龄"},
    {WORDING_LEAN, 4, U"吗盼砂粪肥霉"},
    {WORDING_LEAN, 5, U"锅"},
    {WORDING_ENQUIRY, -2, U"催党撞杆猪盲街访跳"},
    {WORDING_ENQUIRY, -1, U"七三世东书互亡亩享亮亿介他代令伙传低倍倒偷像光冒冬冰冲凉别刷剩劝加化匙十午半卖占卫厕原县又双反受变叶吃吊吐吧吨吸告味命售唱喊喝器园图圈"
     U"场圾坑垃培堤堵塌墙壁姐娃嫂宝宣寒屋岗峰帖干并庆序应废度张征待很徒恢感成所扔托扫把抓投抢押抽担拆拖招拿挑挤掉推援搬摘摩撤播操支故救敢散整斤族早旬旱昨晒晚暴最术某染树桥桩椅楼步死殖"
     U"毁比永池汽沉沟河洁洗洪派浇测消混渔温滞滴漂漏灯炸烟烦烧然煤爱牛玉环玻球瓶甲留疑病痪瘫百益盗盼眼睡短码砂破磁秤稳突窝立站童等签素索累红练织绒维绿缓缝缺罐羽者聘肉股肥肯背脚脸腿舍舞"
     U"节药菜蓝薪虚虫被装言警讨训识诊该误说课贩贵赌走赶趟足跑躲轮载返远迟追送选遭郊醒野量钟钥银铺镇长门闭闸附陷隔雨零震霉青音颜飞饮饲馆马骂验骑麻黄黑鼻"},
    {WORDING_ENQUIRY, 1, U"丢严么乘予产什今付以仲件价份余作依假免共内军决况几分划列初励劳北南印参各否咨土城基堂备奖始婚嫌宅宠少岁差异形役怎性恶您情惠想户手执报按据"
     U"措敬新日旧是普更末本权束架检楚毕津深源照燃狗独申男疫登相省社私积程符第策算级纳结缴翻职脏苗营补西要规解记讲许证诈请谢象贴起跟跨转还错问阶际限险集需非领题额驾"},
    {WORDING_ENQUIRY, 2, U"久历召哪均审害星案档济涉疗秋税籍询迁"},
    {WORDING_ENQUIRY, 3, U"吗灵"},
    {WORDING_HELP, -3, U"狗秒"},
    {WORDING_HELP, -2, U"却托架深混烤矿籍罐群脚虫讯飞驿骂"},
    {WORDING_HELP, -1, U"专临主书买事互亡享付价任休优余便债假健偷像充先免党公冒写净凌击分划列初刷加励升午单卖占卡卫印厂历厨反句同名吐吗吧员唱喊园围圈场圾坊坑坠垃埋城"
     U"培堂堤填壁夏夜奖妇婚嫂嫌孕字宅实宠客宣室容宽尊尘尾己巷帖常干广庆库应店废座建弃归形影役征待徒恢息惠扔扣扫扬批承抗抢护报担拆拉拍拒拖招挂挖挡换控措搬摇摊摩播故整文新方施旁旅晒晨服"
     U"未李板林某查栋校根案档桩桶次歉永污汤汽沙河油洁洗洞浇济涨添清渣游滑满滴演澡灵炉炸烟然爬片牌玉班球瓶画疑疫皮盒目真短砂砖破砸示禁私称程税空第算粪累纷绍结给统续缩美翻聘肉肚肥脸自臭"
     U"至舞节苗茶菜薪藏衣表装西见计许论诊试调账贩赌赶超足跟躲载辞边迁返迟适速造那配醒采释量针钟钢铺锁错长间队防阳降限隐难震霉露非音项领题颜额餐饮馆首马驾验鬼鸡麦龄"},
    {WORDING_HELP, 1, U"七上丢乡亩亲仍他们份伙传低倒候偿催儿养冰冲冻凑出力劝动匙危县受吃吸哥喝困国坛士奶她妹妻姐孩守宝寒封尽屋岗已布帮床度康录心志忙快急恳找押指挑接揭"
     U"摘撑撞撤救斤断昨术杆村来析栏树桥植橘步毒求沉没法泥注测淹渔滩漂漏灰灾烦熟父爷爸牛特独猪环瓜田电男疏疾瘫百监看睡离租移穿突窝粮精素组经缺罕老耕股肯脑腰船荐药落蓝血被警访识诈课货贷"
     U"走跳轮进远送透郊钥银销镇闭闸闻雪零顶风食骗麻鼻龙"},
    {WORDING_HELP, 2, U"世井冬助吓哭垮塌塔夫失娃山岁损敢旱染汗洪灭烧病症盼眼缓缝裂雨靠饭骑"},
    {WORDING_SUGGESTION, -2, U"康灭猪练脏荐"},
    {WORDING_SUGGESTION, -1, U"七东临买乱予互五井什今件价份住余例依修倒停偷偿像党八冒冬冲冷准列刚制刷前劝助化北卖占危厅历压厨召叶司吃各吊同名吐吓听命咨品哪哭喝"
     U"均坏坑坠垮堵塌塘填壁复奶她姐娃嫌孕孩宅宣害尊屋岁岗工己师帖干幼床录役律惠才打扫找承抽拍拿挂挡挤损接措援摩撞撤收故教敢敬断日星曝末权杆某染查栋案档桩歉死毒毕求汗沙沟泥洪济涉深混淹"
     U"渔源滞满滴漂漏炉烂烧煤燃牛独玉玻生申疑疗疫疼疾病症痪瘫白盘眼睡石矿私秋租秤税穿突窗窝签算籍粮纳纷经续缺罐耕肚股背腿臭航船良苗药营薪藏补西视觉计订访评诈话询诺课谁谢财货贩赌足转载"
     U"辆迁返违追选野针钱销问闻险陷随隔集震露顿题颜风饲马驾骂鱼麻黑鼻龄"},
    {WORDING_SUGGESTION, 1, U"乘九亿代以休伙会体何信元充其减划创副加午卫即友反受叫可向否吧呼团园图场坛域培塑增多好宝宠展希广建弃式强得志扔扶把抱拆摇操支放效方易"
     U"晚更最望栏校桥棚模欢止步段每江池汽海游滑灯点然环画盖盲盼真短砂研砖破秒稳站类红线终统能脚街装言警讲许设诊读赶跳躲达适速遇道郊醒钟铁铺长间防附际雪飞驿骑黄"},
    {WORDING_SUGGESTION, 2, U"令光再别吁峰很族智添署舞议论该"},
    {WORDING_SUGGESTION, 3, U"应"},
    {WORDING_COMPLAINT, -3, U"论"},
    {WORDING_COMPLAINT, -2, U"代份伙倒光再副危历吧垮夫失山岁巷布往戚指损揭旱染栏止汗涉渔灵烧男症盼督矿秋税粮缓缝肉肚计赌野针闻集靠额麻"},
    {WORDING_COMPLAINT, -1, U"世丢严丰举久义乘九予井产亲今从仓以们体何作依信候假偷其冒军农冬决况冷冻凑几列创初利别助北医卷厂县友发受可吁各合后吓吗否听咨哥哪哭困"
     U"国均坊坑坛埋域堤塌塑塔塘备她妹妻始姐娃存宝宠审对导将展峰已希帖席床应异弃式律微志急性惠想扩抗抢挑挤接措撑支效敬文族旗日旧星智更最有望未术村林栋桥检棚植模橘步残段毁母江汽沉法泡泥"
     U"洪活济深淹添滩漂灭灾炉煤燃父爷牌牢特独环现田疏疗疾病登盖石砂砖私科移穿立章类粉精素纠红级纪纷经缴老耕职聘能脚舍良色荐药营蓝藏袋裂规警议记讲设证评识诈诊询该请读货贴资足跳身近适郊"
     U"采重量银镇间防阶际雨雪零需领频颜风食饭驾骑骗鱼黄鼻龙"},
    {WORDING_COMPLAINT, 1, U"七三两主也书买乱了五些亡享仍付伤位住余例侧修债值像先全八写净击分刚剩化十千午单卡卧卫厅厕又双只叶吊同名吨吸味品响售喊器噪四圈坏堆堵声"
     U"复夏奶妇委孕季安完客宣室容宽尊尘尾局岗己师常平幼广序底店张归形影待快总恢息患感愿成截扣承抓投抛护挂换推援搬摆摇摘摸撞播收救整料施早旬映景月服机杆板架样根梯楼次款殖比气池洗派涨清"
     U"温滞演澡灌火炸烤热爆爬爱牙物犯玉班球瓶甲留疫疼痪瘫盒盲着睡短码破示票禁秤称空窗等算米粪纳绍绒结维缩罚美群羽者肥脏腿自臭至苦菜薪街衣被裁觉言订讨让讯诉试话说诺调负财责账质购贵贷贸"
     U"费赔走赶超跑路踢辞连退逃递通造遭那醒释钟钻锅长阳陷障霉非革顶项餐饮首驳驿鬼麦黑齐龄"},
    {WORDING_COMPLAINT, 2, U"互便倍占句吐命唱坠嫂巡干庆弄征徒扫扬批担拒拖挡摊晒李桩歉永污汤洁浇混满滴狗玻皮盘磁秒累约翻脸致航节茶迟钢队降随隐难震露音顿马骂"},
    {WORDING_COMPLAINT, 3, U"却疑"},
    {WORDING_REPORT, -2, U"吸味巡李沉混灭疑署讲"},
    {WORDING_REPORT, -1, U"七世久乡互亡亩亮令传低余依倍债催元光冰况分列创剩助匙千午协卡印却历厕参友双变句叶吃吊吐否吨告呼响哭唱喊喝器园垮堂堵塌增士声外失奶始委娃嫂"
     U"嫌季宅宠害宽封展峰差师广应康弄归录形影待很徒志快急总恢患想感愿房扔执扬扶找投护押挡换据推搬摇摊摘撞撤播操放救敢散斤断族旧旱昨晒普景暖暴更架染柜栏树根档桩梯棚欢歉止正殖毒气池污洁"
     U"洗洪浇海涉温游滑滞满滴漏灌火灯灵灾爆狗玻瓜画留疫疼痪瘫皮监盘盲盼看眼睡码破种秒移突窝算箱约级终绍结维缺罕置翻股肯胎脏脑腰致舞航船节苦范茶落蓝薪行街被言警议讯许访识诈诉误读调象负"
     U"责贷贸费赔路躲轻辆达远迟退逃透速道遭郊醒钢钥钻铺锅错闭问闻队阳降陷随隐障雪震音顶顿风饭饮驳鬼麦齐"},
    {WORDING_REPORT, 1, U"丰临义予介仓代任优何使假健像准凌利升厂原厨吧听商因坊坑堤塘填墙壁夜姐存实宿将布帖席干店府废弃律性惠托扰承抗抢抽拉拍招拿挖挤揭摩支故文施旁旗"
     U"日显晨曝有未权构果查栋死毁汗沙河油泡泥消深渔渣烂烟煤牌用田白益石砖砸私秤立童答签粉粮索纠纪练织罐背脚舍良色药营虚虫袋见论证评货贩跟载运返违选邻部酒野量锁间防隔集零项频颜额饲馆驾"
     U"验鱼鸡麻鼻"},
    {WORDING_REPORT, 2, U"举倒偷党冒卖埋巷往戚指措林某洞炉牢督矿纷聘肉肚藏计足采针"},
    {WORDING_REPORT, 3, U"赌"},
    {WORDING_LEAN, 0, U"一不个之于人众促保做六关到包区及台和地处天套妈婴子尿市带年开悉意排提政期标毛民流的知筑管育花草认过醛院高"},
};

/* Levels are a few halves and a text is read so far that no sum leaves sixteen bits. */
typedef int16_t wording_row __attribute__((vector_size(16)));
_Static_assert(DIMENSIONS * sizeof(int16_t) <= sizeof(wording_row), "a place for each");

static uint16_t row_of[CODES + 1]; /* 0: a character that is not listed, as the last is */
static wording_row rows[1 + MOST]; /* the first says nothing */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void build(void)
{
    uint16_t n = 0;

    for (size_t k = 0; k < sizeof levels / sizeof *levels; k++)
        for (const char32_t *c = levels[k].chars; *c; c++) {
            uint16_t *row = &row_of[*c - FIRST];
            if (!*row && n < MOST)
                *row = ++n;
            if (*row)
                rows[*row][levels[k].of] = levels[k].level;
        }
}

/* Of a long text every character turns up sooner or later: the sum counts as a mean from SHORT
 * different ones on, and less beyond LONG. */
static int scaled(int sum, unsigned n)
{
    enum { SHORT = 16, LONG = 40, HALVES = 50 };

    if (n <= SHORT)
        return sum * HALVES;
    if (n <= LONG)
        return sum * HALVES * SHORT / (int)n;
    return sum * HALVES * SHORT / (int)n * LONG / (int)n;
}

static void put(struct kind_form *form, int count, size_t end)
{
    form->count = count > 0 ? (uint32_t)count : 0;
    form->start = 0;
    form->end = (uint32_t)end;
}

void kind_wording(const struct fold *f, struct kind_form forms[BLOCK_FORMS])
{
    enum { READ = 300 };
    uint8_t seen[1 + MOST] = {1};
    size_t end = f->n < READ ? f->n : READ;
    wording_row all = {0};
    int sum[DIMENSIONS], least = 0;
    unsigned n = 0;

    pthread_once(&once, build);
    for (size_t i = 0; i < end; i++) { /* no branch: which are new cannot be guessed */
        uint32_t at = f->cp[i] - FIRST;
        uint32_t row = row_of[at < CODES ? at : CODES];
        uint32_t known = seen[row];
        seen[row] = 1;
        n += !known;
        all += rows[row & (known - 1)];
    }
    for (int d = 0; d < DIMENSIONS; d++) {
        sum[d] = scaled(all[d], n);
        least = d && sum[d] < least ? sum[d] : least;
    }
    put(&forms[FORM_WORDING_RAISED], sum[WORDING_LEAN], end);
    put(&forms[FORM_WORDING_REPORTED], -sum[WORDING_LEAN], end);
    for (int d = WORDING_ENQUIRY; d < DIMENSIONS; d++)
        put(&forms[FORM_WORDING_ENQUIRY + d - WORDING_ENQUIRY], sum[d] - least, end);
}
