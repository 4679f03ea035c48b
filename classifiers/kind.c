#define _GNU_SOURCE
#include "classifiers/kind.h"

#include <pthread.h>
#include <string.h>
#include <uchar.h>
#include <wchar.h>

enum class {
    C_NONE, C_I, C_SELF, C_ASK, C_MARK, C_LE, C_MEI, C_BU, C_TITLE, C_SHARE, C_PERCENT, C_ME, C_NE,
    C_BA, C_TAI, C_YI
};
enum { LEAD_MAX = 14, HEAD_MAX = 80, DOES_MAX = 5 };

static const struct {
    const char *name, *zh;
    uint32_t most;
} forms_known[BLOCK_FORMS] = {
    [FORM_FIRST_PERSON] = {"first-person", "第一人称", 4},
    [FORM_QUESTION] = {"question", "疑问句", 3},
    [FORM_ENDING_LE] = {"ending-le", "句末“了”", 3},
    [FORM_NEGATION] = {"negation", "否定", 6},
    [FORM_AUTHORITY] = {"authority-leads", "机关开头", 1},
    [FORM_DOCUMENT] = {"document-title", "公文标题", 1},
    [FORM_BOOK_MARKS] = {"book-marks", "书名号", 1},
    [FORM_SHARE] = {"per-cent", "百分数", 2},
    [FORM_ENDING_BA] = {"ending-ba", "句末“吧”", 1},
    [FORM_TOO] = {"too", "太……", 2},
    [FORM_DONE] = {"already-done", "“已”字结果", 2},
    [FORM_ANSWERED] = {"question-answered", "自问自答", 1},
    [FORM_OURS] = {"ours", "机关自称", 2},
    [FORM_PLEA] = {"opens-with-plea", "诉求开头", 1},
    [FORM_THANKS] = {"opens-with-thanks", "致谢开头", 1},
    [FORM_WORDING_RAISED] = {"wording-raised", "诉说的用字", UINT32_MAX},
    [FORM_WORDING_REPORTED] = {"wording-reported", "报道的用字", UINT32_MAX},
    [FORM_WORDING_ENQUIRY] = {"wording-enquiry", "咨询的用字", UINT32_MAX},
    [FORM_WORDING_HELP] = {"wording-help", "求助的用字", UINT32_MAX},
    [FORM_WORDING_SUGGESTION] = {"wording-suggestion", "建议的用字", UINT32_MAX},
    [FORM_WORDING_COMPLAINT] = {"wording-complaint", "投诉的用字", UINT32_MAX},
    [FORM_WORDING_REPORT] = {"wording-report", "举报的用字", UINT32_MAX},
};

static const uint8_t classes[0x10000] = {
    [U'我'] = C_I,   [U'咱'] = C_SELF, [U'俺'] = C_SELF, [U'吗'] = C_ASK,     [U'?'] = C_MARK,
    [U'了'] = C_LE,  [U'没'] = C_MEI,  [U'不'] = C_BU,   [U'《'] = C_TITLE, [U'百'] = C_SHARE,
    [U'%'] = C_PERCENT, [U'么'] = C_ME, [U'呢'] = C_NE, [U'吧'] = C_BA, [U'太'] = C_TAI,
    [U'已'] = C_YI,
};

static const char32_t *const bodies[] = {
    U"疾控", U"卫健", U"市监", U"人社", U"文旅", U"医保局", U"消委", U"法院", U"检察院", U"部门", U"政府", U"警方",
    U"公安", U"大队", U"支队", U"总队", U"消协",
    U"气象台", U"总工会", U"高院", U"最高法", U"最高检", U"办事处", U"教育部", U"民政部", U"人社部", U"农村部",
    U"住建部", U"交通部", U"公安部", U"财政部", U"央行", U"国务院", U"民警", U"消防员", NULL};
static const char32_t *const does[] = {
    U":", U"开展", U"召开", U"发布", U"通报", U"部署", U"组织", U"启动", U"查处", U"印发", U"公布", U"强化", U"加强",
    U"举办", U"举行", U"下达", U"回应", U"曝光", U"约谈", U"依法", U"联合", U"严查", U"严打", U"提醒", U"提示", U"公开",
    U"通过", U"出台", U"推进", U"推动", U"落实", U"清理", U"整治", U"排查", U"检查", U"抽检", U"突击", U"介绍", U"表示",
    U"宣布", U"下调", U"上调", U"进社区", U"走进", U"深入", U"积极", U"全力", U"多举措", U"多措", U"破获", U"抓获",
    U"打掉", U"捣毁", U"判", U"审", U"一审", U"执行", U"支招", U"回复", U"答复", U"关于", U"督导", U"调研", U"慰问",
    U"公告", U"公示", U"决定", U"要求", U"为", U"帮", U"筑牢", U"挂牌", U"巡查", U"救", U"连夜", NULL};
static const char32_t *const answers[] = {
    U"解读", U"回应", U"支招", U"有话说", U"法院", U"专家", U"律师", U"医生", U"记住", U"依据", U"几步", U"答案", U"答:",
    U"攻略", U"要点", U"必看", U"看这", U"来了", U"部门", U"官方", U"权威", U"一文", U"教你", U"告诉你", U"局长", NULL};
/* What a piece that opens with what its writer wants begins with, and what only looks so. */
static const char32_t *const pleas[] = {
    U"投诉", U"举报", U"咨询", U"求助", U"请问", U"反映", U"建议", U"呼吁", U"请求", U"恳请", U"急求", U"实名举报",
    U"再次", U"强烈", U"我要", U"我想", U"求", U"请", U"要求", U"望", U"希望", U"盼", U"恳求", NULL};
static const char32_t *const not_pleas[] = {
    U"投诉量", U"投诉热", U"投诉电", U"投诉举报", U"举报电", U"举报热", U"咨询电", U"咨询热", U"咨询服", U"求职", U"求是",
    U"投诉举", U"投诉分", U"举报奖", U"求真", U"咨询日", U"反映社情", U"建议办", U"建议提", U"求解", U"请注意", U"请市民",
    U"请广大", U"请查收", U"要求加强", U"要求严", U"要求各", U"要求做", U"要求认真", NULL};
static const char32_t *const thanks[] = {U"感谢", U"表扬", U"致谢", U"谢谢", U"点赞", U"为", NULL};
/* What titles of documents end with. */
static const char32_t *const documents[] = {
    U"通知", U"公告", U"公示", U"通告", U"通报", U"回复", U"答复", U"方案", U"说明", U"批复", U"办法", U"启事",
    U"预告", U"简报", U"决定", U"的函", U"细则", U"须知", U"名单", U"一览", U"公报", U"声明", U"倡议书", U"摘要",
    U"纪要", U"指南", U"预警", U"提示", NULL};

/* What the words of a list begin with, and sets: a look at a code point tells that most are not
 * there. */
enum opens {
    OPENS_BODY = 1, OPENS_DOES = 2, OPENS_ANSWER = 4, IS_BREAK = 8, IS_LAST = 0x10,
    OPENS_PLEA = 0x20, OPENS_THANKS = 0x40, OPENS_DOCUMENT = 0x80, NO_DOCUMENT = 0x100,
    IS_OURS = 0x200, NOT_NOT = 0x400, DOUBLED_OR = 0x800, IS_WHAT = 0x1000, NOT_TOO = 0x2000,
    NOT_DONE = 0x4000
};

static const struct {
    enum opens what;
    const char32_t *all;
} sets[] = {
    {IS_BREAK, U"我请求问把被在给对向找跟您你,.?!;希望想能"},
    {IS_LAST, U"局厅委署"},
    {NO_DOCUMENT, U"我没收"},
    /* 我市, 我局: an authority speaks of itself. 不断, 不合格, 没收: words, not denials. */
    {IS_OURS, U"市省县区局国州院镇乡会委厅部司社台署队"},
    {NOT_NOT, U"断少合超低法良动锈足予实仅忘宜孕符含限得力懈准明误变久"},
    {DOUBLED_OR, U"能行可会要是好让给该算用需有"}, /* 能不能 */
    {IS_WHAT, U"什怎这那多要"},                     /* 什么 */
    {NOT_TOO, U"阳平原空极湖行仓子康保医学后古"},  /* 太阳 */
    {NOT_DONE, U"经被有是过久满知婚故退"},          /* 已经, 已有 */
};

static uint16_t opens[FOLD_SET];
static uint32_t classed[FOLD_SET / 32]; /* a bit for each that has a class */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static inline bool is(uint32_t cp, enum opens what)
{
    return cp < FOLD_SET && opens[cp] & what;
}

static void mark_words(const char32_t *const *words, enum opens what)
{
    for (; *words; words++)
        opens[**words] |= (uint16_t)what;
}

static void build(void)
{
    mark_words(bodies, OPENS_BODY);
    mark_words(does, OPENS_DOES);
    mark_words(answers, OPENS_ANSWER);
    mark_words(pleas, OPENS_PLEA);
    mark_words(thanks, OPENS_THANKS);
    mark_words(documents, OPENS_DOCUMENT);
    for (size_t k = 0; k < sizeof sets / sizeof *sets; k++)
        for (const char32_t *cp = sets[k].all; *cp; cp++)
            opens[*cp] |= (uint16_t)sets[k].what;
    for (uint32_t cp = 0; cp < FOLD_SET; cp++)
        classed[cp / 32] |= (uint32_t)(classes[cp] != C_NONE) << cp % 32;
}

static bool stands(const struct fold *f, size_t at, size_t end, const char32_t *word)
{
    for (; *word; word++, at++)
        if (at >= end || f->cp[at] != *word)
            return false;
    return true;
}

static bool any_stands(const struct fold *f, size_t at, size_t end, const char32_t *const *words)
{
    for (; *words; words++)
        if (stands(f, at, end, *words))
            return true;
    return false;
}

/* One of the words, whose first characters have that mark, stands at `at`. */
static bool begins(const struct fold *f, size_t at, size_t end, enum opens what,
                   const char32_t *const *words)
{
    return at < end && is(f->cp[at], what) && any_stands(f, at, end, words);
}

static bool is_pause(uint32_t cp)
{
    return fold_is_stop(cp) || cp == ',' || cp == U'、' || cp == ':' || cp == '.' || cp == U'…' ||
           cp == '~' || cp == '#' || cp == ')' || cp == U'”' || cp == '"';
}

/* Does a clause end before i? White space that folding took away ends one too. */
static bool ends_before(const struct fold *f, size_t i)
{
    return i >= f->n || is_pause(f->cp[i]) || f->start[i] - f->start[i - 1] > 3;
}

static void found(struct kind_form *forms, enum block_form form, size_t start, size_t end)
{
    struct kind_form *one = &forms[form];

    if (!one->count++) {
        one->start = (uint32_t)start;
        one->end = (uint32_t)end;
    }
}

static void look_at(const struct fold *f, size_t i, enum class class, struct kind_form *forms)
{
    uint32_t next = i + 1 < f->n ? f->cp[i + 1] : 0, before = i ? f->cp[i - 1] : 0;

    if ((class == C_I && !is(next, IS_OURS)) || class == C_SELF)
        found(forms, FORM_FIRST_PERSON, i, i + 1);
    else if (class == C_I)
        found(forms, FORM_OURS, i, i + 2);
    else if (class == C_MARK ? before != U'吗' : class == C_ASK)
        found(forms, FORM_QUESTION, i, i + 1);
    else if ((class == C_BU || class == C_MEI) && next == before &&
             is(next, DOUBLED_OR))
        found(forms, FORM_QUESTION, i - 1, i + 2);
    else if (((class == C_ME && !is(before, IS_WHAT)) || class == C_NE || class == C_BU) && i &&
             ends_before(f, i + 1))
        found(forms, FORM_QUESTION, i, i + 1);
    else if (class == C_MEI && before == U'了' && next == U'有' && ends_before(f, i + 2))
        found(forms, FORM_QUESTION, i, i + 2); /* 调整了没有 */
    else if (class == C_BA && i && ends_before(f, i + 1))
        found(forms, FORM_ENDING_BA, i, i + 1);
    else if (class == C_TAI && !is(next, NOT_TOO))
        found(forms, FORM_TOO, i, i + 1);
    else if (class == C_YI && fold_is_han(next) && !is(next, NOT_DONE))
        found(forms, FORM_DONE, i, i + 2);
    else if (class == C_LE && i && ends_before(f, i + 1))
        found(forms, FORM_ENDING_LE, i, i + 1);
    else if ((class == C_BU && !is(next, NOT_NOT)) ||
             (class == C_MEI && (next != U'收' || stands(f, i, f->n, U"没收到"))))
        found(forms, FORM_NEGATION, i, i + 1);
    else if (class == C_TITLE)
        found(forms, FORM_BOOK_MARKS, i, i + 1);
    else if (class == C_PERCENT || (class == C_SHARE && stands(f, i, f->n, U"百分之")))
        found(forms, FORM_SHARE, i, i + 1);
}

/* An authority is the subject of what begins at `from`: its name, nothing of a plea before it, and
 * after it what an authority does rather than what somebody says of it. */
static void look_for_authority(const struct fold *f, size_t from, struct kind_form *forms)
{
    size_t end = from + LEAD_MAX < f->n ? from + LEAD_MAX : f->n;

    for (size_t i = from; i < end && !is(f->cp[i], IS_BREAK) && !fold_is_stop(f->cp[i]); i++) {
        size_t after = i + 1;
        if (!begins(f, i, f->n, OPENS_BODY, bodies)) {
            if (i < from + 2 || !is(f->cp[i], IS_LAST) || stands(f, i, f->n, U"委托") ||
                stands(f, i, f->n, U"委屈"))
                continue;
        } else {
            after += stands(f, i + 2, f->n, U"中心") || stands(f, i + 1, f->n, U"察院") ? 3 : 1;
        }
        for (size_t verb = after; verb < f->n && verb < after + DOES_MAX; verb++)
            if (begins(f, verb, f->n, OPENS_DOES, does) &&
                !stands(f, verb, f->n, U"为什么")) {
                found(forms, FORM_AUTHORITY, from, after);
                return;
            }
        return;
    }
}

/* 关于……的通知, ……公告: what begins at `from` is the title of a document. */
static void look_for_document(const struct fold *f, size_t from, struct kind_form *forms)
{
    size_t end = from;

    while (end < f->n && end < from + HEAD_MAX && !fold_is_stop(f->cp[end]) && f->cp[end] != ',' &&
           f->cp[end] != '(' && f->cp[end] != ':' && f->cp[end] != U'】')
        end++;
    from += from < f->n && f->cp[from] == U'【';
    if (end < from + 2 || (end < f->n && f->cp[end] == '?'))
        return;
    for (size_t i = from; i + 2 <= end; i++)
        if (is(f->cp[i], NO_DOCUMENT))
            return;
    if (begins(f, end - 2, end, OPENS_DOCUMENT, documents) ||
        (end >= from + 3 && begins(f, end - 3, end, OPENS_DOCUMENT, documents)))
        found(forms, FORM_DOCUMENT, end - 2, end);
}

/* A headline asks and says who answers. */
static void look_for_answer(const struct fold *f, size_t mark, struct kind_form *forms)
{

    for (size_t i = mark + 1; i < f->n && i < mark + 16; i++)
        if (begins(f, i, f->n, OPENS_ANSWER, answers)) {
            found(forms, FORM_ANSWERED, mark, i);
            return;
        }
}

/* What begins at `from` opens with what its writer wants. */
static void look_at_opening(const struct fold *f, size_t from, struct kind_form *forms)
{
    if (begins(f, from, f->n, OPENS_PLEA, pleas) && !any_stands(f, from, f->n, not_pleas))
        found(forms, FORM_PLEA, from, from + 2 < f->n ? from + 2 : f->n);
    if (!begins(f, from, f->n, OPENS_THANKS, thanks))
        return;
    for (size_t i = from; i < f->n && i < from + 24 && !fold_is_stop(f->cp[i]); i++)
        if (f->cp[from] != U'为' || stands(f, i, f->n, U"点赞")) {
            found(forms, FORM_THANKS, from, from + 1);
            return;
        }
}

void kind_forms(const struct fold *f, struct kind_form forms[BLOCK_FORMS])
{
    size_t n = f->n < KIND_READ ? f->n : KIND_READ;
    size_t text = f->title < f->n ? f->title + (f->cp[f->title] == '\n') : 0;

    uint32_t places[KIND_READ];

    pthread_once(&once, build);
    memset(forms, 0, BLOCK_FORMS * sizeof *forms);
    for (size_t k = 0, found = fold_among(f->cp, n, classed, places); k < found; k++) {
        size_t i = places[k];
        enum class class = classes[f->cp[i]];
        look_at(f, i, class, forms);
        if (class == C_MARK && i < HEAD_MAX)
            look_for_answer(f, i, forms);
    }
    look_for_authority(f, 0, forms);
    look_for_document(f, 0, forms);
    look_at_opening(f, 0, forms);
    if (text) {
        look_for_authority(f, text, forms);
        look_for_document(f, text, forms);
        look_at_opening(f, text, forms);
    }
    kind_wording(f, forms);
    for (int i = 0; i < BLOCK_FORMS; i++)
        if (forms[i].count > forms_known[i].most)
            forms[i].count = forms_known[i].most;
}

float kind_evidence(const struct rules *r, enum block_cue cue,
                    const struct kind_form forms[BLOCK_FORMS])
{
    float sum = 0;

    for (int i = 0; i < BLOCK_FORMS; i++)
        sum += (float)forms[i].count * r->head->forms[cue][i];
    return sum;
}

const char *kind_form_name(enum block_form form)
{
    return forms_known[form].name;
}

const char *kind_form_zh(enum block_form form)
{
    return forms_known[form].zh;
}
