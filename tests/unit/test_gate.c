#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "alerts/gate/gate.h"
#include "base/err.h"
#include "classifiers/mask/mask.h"

/* This program tests the gate's own rules; that it masks is seen by this mark. */
void mask_text(char *text, size_t n)
{
    char *at = memmem(text, n, "13812345678", 11);

    if (at)
        memset(at, '*', 11);
}

static const char *const refused[] = {
    "请网信部门协调删帖",
    "尽快联系平台删除该帖",
    "请把网上的帖子删掉",
    "要求论坛将此帖屏蔽",
    "协调媒体撤稿",
    "联系抖音下架相关视频",
    "先撤热搜再处理",
    "请平台对该话题限流降热",
    "清理负面评论",
    "让网站把文章撤下",
    "尽快消除负面信息",
    "删 除 帖 子",
    "请刪帖",
    "删*帖",
    "封号处理",
    "建议封禁其账号",
    "对该博主账号予以封停",
    "请平台禁言该用户",
    "关停涉事自媒体",
    "拉黑该网友",
    "做好控评工作",
    "组织干部跟帖引导",
    "安排人员刷好评",
    "发动网评员发声",
    "动员职工点赞跟评",
    "约谈发帖人",
    "约谈发帖网民并责令删除",
    "由派出所约谈该网友",
    "约谈开发商和发帖人",
    "对发帖人进行约谈",
    "对楼主批评教育",
    "训诫发布者",
    "传唤爆料人到所说明情况",
    "处罚举报人",
    "向单位施压，警告投诉人",
    "落地查人",
    "请公安落地查人并反馈",
    "查明发帖人身份",
    "查ＩＰ",
    "尽快锁定发帖者",
    "摸清网民身份后上报",
    "核实发帖人真实身份",
    "开展人肉搜索",
    "做好稳控工作",
    "请街道稳控当事人",
    "属地负责人员稳控",
    "盯防上访人员，安排截访",
    "劝返信访人",
    "集体举报该账号",
    "举报这条帖子",
};

static const char *const passing[] = {
    "约谈开发商，责令整改",
    "责令整改",
    "约谈开发商",
    "已约谈物业公司负责人，限期三日整改",
    "约谈施工方后答复网民",
    "约谈培训机构并回访投诉人",
    "约谈涉事企业负责人并向网民通报结果",
    "请核实投诉人反映的欠薪问题",
    "核实举报人提供的线索并答复",
    "查处网友举报的无证摊点",
    "处理投诉人的诉求",
    "对投诉人进行回访",
    "对举报人给予奖励",
    "保护举报人隐私",
    "已联系投诉人核实情况",
    "严禁删帖、控评",
    "不得约谈发帖人",
    "不得以任何理由封号",
    "网民反映其帖子被删除",
    "用户反映手机号被封号",
    "疫情防控评估工作已完成",
    "开展质控评审",
    "群众来电反映信封号码有误",
    "稳控物价，保障供应",
    "平稳控制水位",
    "稳控房价",
    "下架问题食品",
    "下架不合格药品并召回",
    "封停违规电动车充电桩",
    "关闭违规排污口",
    "封堵消防通道的车辆已清理",
    "清理楼道垃圾",
    "清除路面积水",
    "地铁屏蔽门已维修",
    "检查人员已到现场",
    "巡查人数增加一倍",
    "删除企业违规收集的个人信息",
    "协助注销重复的公积金账号",
    "警告涉事商家并罚款",
    "处罚违法企业",
    "传唤违法嫌疑人",
    "举报电话12345",
    "公开举报渠道",
    "组织专家论证",
    "组织各科室回帖答复",
    "请区人社局于本周五前答复",
    "不属于本单位职责，建议转交区住建局",
    "监控企业排放数据",
    "交通管控已解除",
    "教育部门已回应家长关切",
    "信访局接访群众",
    "经核实投诉人所住小区已恢复供水",
    "Reply is being prepared",
    "",
};

static void refuses_acts_against_posters(void **state)
{
    int wrong = 0;
    (void)state;

    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct buf out = BUF_INIT;
        const char *reason = NULL;
        if (gate_text(str_from(refused[i]), &out, &reason) != ERR_REFUSED || !reason || out.len) {
            print_error("passes: %s\n", refused[i]);
            wrong++;
        }
        buf_free(&out);
    }
    assert_int_equal(wrong, 0);
}

/* Who is refused is told for what: the act that is asked, not another on the same person. */
static void names_the_act(void **state)
{
    static const struct {
        const char *text, *act;
    } cases[] = {
        {"约谈发帖人", "约谈"},
        {"由派出所约谈该网友", "约谈"},
        {"对楼主进行约谈", "约谈"},
        {"约谈开发商和发帖人", "约谈"},
        {"约谈该自媒体", "约谈"},
        {"对该公众号约谈", "约谈"},
        {"训诫发布者", "约谈、处罚"},
        {"封禁该用户账号", "封禁账号"},
        {"禁言楼主", "禁言"},
        {"查明发帖人身份", "追查"},
        {"删除该帖", "删除"},
        {"举报这条帖子", "举报"},
        {"做好控评工作", "控评"},
        {"落地查人", "落地查人"},
        {"做好稳控工作", "稳控"},
        {"发动职工点赞跟评", "跟帖"},
    };
    struct buf out = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *reason = NULL;
        assert_int_equal(gate_text(str_from(cases[i].text), &out, &reason), ERR_REFUSED);
        if (!strstr(reason, cases[i].act))
            fail_msg("%s is refused for: %s", cases[i].text, reason);
    }
    buf_free(&out);
}

static void lets_public_work_pass(void **state)
{
    int wrong = 0;
    (void)state;

    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
        struct buf out = BUF_INIT;
        const char *reason = NULL;
        if (gate_text(str_from(passing[i]), &out, &reason) ||
            !str_is(buf_str(&out), passing[i])) {
            print_error("refused: %s: %s\n", passing[i], reason ? reason : "");
            wrong++;
        }
        buf_free(&out);
    }
    assert_int_equal(wrong, 0);
}

static void a_reply_has_more_room(void **state)
{
    struct buf text = BUF_INIT, out = BUF_INIT;
    const char *reason;
    (void)state;

    buf_add_text(&text, "请致电13812345678");
    while (text.len < 3 + 3 * GATE_REPLY_MAX)
        buf_add_text(&text, text.len % 7 ? "字" : "\n");
    struct str whole = {text.data, 0};
    for (size_t at = 0, n = 0; n < GATE_REPLY_MAX; n++) {
        at += ((unsigned char)text.data[at] & 0x80) ? 3 : 1;
        whole.n = at;
    }
    assert_int_equal(gate_reply(whole, &out, &reason), 0);
    size_t kept = out.len;
    assert_int_equal(kept, whole.n);
    assert_null(memmem(out.data, out.len, "13812345678", 11));
    whole.n += ((unsigned char)text.data[whole.n] & 0x80) ? 3 : 1;
    assert_int_equal(gate_reply(whole, &out, &reason), ERR_LIMIT);
    assert_int_equal(gate_reply(STR(" \n\t"), &out, &reason), ERR_INVALID);
    assert_int_equal(gate_reply(STR_NONE, &out, &reason), ERR_INVALID);
    assert_int_equal(gate_reply(STR("已核实，并请平台删除该帖。"), &out, &reason), ERR_REFUSED);
    assert_int_equal(out.len, kept); /* what is refused adds nothing */
    buf_free(&text);
    buf_free(&out);
}

static void limits_and_masks(void **state)
{
    struct buf text = BUF_INIT, out = BUF_INIT;
    const char *reason;
    (void)state;

    for (int i = 0; i < 200; i++)
        buf_add_text(&text, "字");
    assert_int_equal(gate_text(buf_str(&text), &out, &reason), 0);
    assert_int_equal(out.len, 600);
    buf_add_char(&text, 'x');
    assert_int_equal(gate_text(buf_str(&text), &out, &reason), ERR_LIMIT);
    assert_int_equal(out.len, 600);
    assert_int_equal(gate_text(STR("a\xff" "b"), &out, &reason), ERR_SYNTAX);
    assert_int_equal(gate_text(STR("a\x1b[2Jb"), &out, &reason), ERR_SYNTAX);
    buf_reset(&out);
    buf_add_text(&out, "kept 13812345678:");
    assert_int_equal(gate_text(STR("请致电13812345678"), &out, &reason), 0);
    assert_true(str_is(buf_str(&out), "kept 13812345678:请致电***********"));
    buf_free(&text);
    buf_free(&out);
}

static void reply_addresses(void **state)
{
    static const char *const good[] = {
        "https://www.example.gov.cn/hf/2026/0102.html", "http://127.0.0.1:8080/replies/1",
        "HTTPS://liuyan.example.cn/threads/content?tid=12", "http://[::1]:80/a",
        "https://例子.中国/答复", "http://example.cn", "https://a.cn/x?user-guide=1#top",
    };
    static const char *const bad[] = {
        "", "ftp://a.cn/x", "javascript:alert(1)", "https://", "https:///x", "https://u:p@a.cn/x",
        "https://u@a.cn/", "https://a.cn/u/12345", "https://a.cn/@name/1", "https://a.cn/?uid=3",
        "https://a.cn/space-uid-3.html", "https://a.cn/x y", "https://a.cn/\n", "//a.cn/x",
        "https://a.cn/x?share_token=ab", "https://a.cn:0/x", "https://a.cn:99999/",
        "https://.a.cn/",
        "https://a.cn/\xff", "https://a.cn/<b>", "http://a_b*c/",
    };
    const char *reason;
    struct buf lengthy = BUF_INIT;
    (void)state;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (gate_reply_url(str_from(good[i]), &reason))
            fail_msg("refused: %s: %s", good[i], reason);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        reason = NULL;
        if (gate_reply_url(str_from(bad[i]), &reason) != ERR_INVALID || !reason)
            fail_msg("passes: %s", bad[i]);
    }
    buf_add_text(&lengthy, "https://a.cn/");
    while (lengthy.len < 2000)
        buf_add_char(&lengthy, 'x');
    assert_int_equal(gate_reply_url(buf_str(&lengthy), &reason), 0);
    buf_add_char(&lengthy, 'x');
    assert_int_equal(gate_reply_url(buf_str(&lengthy), &reason), ERR_INVALID);
    buf_free(&lengthy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_acts_against_posters),
        cmocka_unit_test(names_the_act),
        cmocka_unit_test(lets_public_work_pass),
        cmocka_unit_test(limits_and_masks),
        cmocka_unit_test(a_reply_has_more_room),
        cmocka_unit_test(reply_addresses),
    };
    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
