/* The cues that tell raised from reported and one request from another, each by itself. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include "base/file.h"
#include "classifiers/kind.h"
#include "classifiers/text/fold.h"
#include "classifiers/workbench/explain.h"
#include "tests/unit/folder.h"
#include "tests/unit/judged.h"
#include "tests/unit/paths.h"

/* Cues in which each request has one word of the same weight, and the prior that is given. */
static struct judge *even_cues(const char *prior, struct rules **out)
{
    char cues[1024], topic[256];
    struct problems *p = problems_new();

    snprintf(cues, sizeof cues,
             "kind:\n  prior: {news: 0, board: 0, official: 0, unknown: 0}\n"
             "  raised: {any: [没人管]}\n  reported: {any: [已办结]}\n"
             "request:\n%s  enquiry: {any: [咨询]}\n  help: {any: [求助]}\n"
             "  suggestion: {any: [建议]}\n  complaint: {any: [投诉]}\n  report: {any: [举报]}\n",
             prior);
    snprintf(topic, sizeof topic, "%sany: [停水]\nmatch: [停水]\nnomatch: [来水]\n", HEAD);
    folder_put("topics", "water.yaml", topic);
    folder_put(".", "cues.yaml", cues);
    *out = rules_compile(folder, p);
    problems_print(p, stderr);
    problems_free(p);
    assert_non_null(*out);
    return judge_new(*out);
}

static enum verdict_request asked_of(struct judge *j, const char *text)
{
    struct verdict v;

    arena_reset(judged_town.arena);
    assert_int_equal(judge_text(j, STR_NONE, str_from(text), 0, NULL, judged_town.arena, &v), 0);
    return v.request;
}

static void of_equals_the_one_that_binds_more(void **state)
{
    static const struct {
        const char *text;
        enum verdict_request request, leaning; /* without a prior, and with one for suggestions */
    } ties[] = {
        {"投诉建议", REQUEST_COMPLAINT, REQUEST_SUGGESTION},
        {"求助投诉", REQUEST_COMPLAINT, REQUEST_COMPLAINT},
        {"求助建议", REQUEST_SUGGESTION, REQUEST_SUGGESTION},
        {"今晚月色如水", REQUEST_HELP, REQUEST_SUGGESTION},
    };

    for (int leaning = 0; leaning < 2; leaning++) {
        struct rules *r;
        assert_int_equal(folder_set_up(state), 0);
        struct judge *j = even_cues(leaning ? "  prior: {suggestion: 0.5}\n" : "", &r);
        for (size_t i = 0; i < sizeof ties / sizeof *ties; i++)
            assert_int_equal(asked_of(j, ties[i].text),
                             leaning ? ties[i].leaning : ties[i].request);
        judge_free(j);
        rules_free(r);
        assert_int_equal(folder_tear_down(state), 0);
    }
}

static void forms(void **state)
{
    static const struct {
        const char *text;
        enum block_form form;
        uint32_t count;
    } cases[] = {
        {"我和咱妈都去了", FORM_FIRST_PERSON, 2},
        {"我市我局我县", FORM_FIRST_PERSON, 0},
        {"我市我局", FORM_OURS, 2},
        {"我我我我我我我我", FORM_FIRST_PERSON, 4},
        {"可以办吗？", FORM_QUESTION, 1},
        {"能不能办", FORM_QUESTION, 1},
        {"这么办，为什么，要么", FORM_QUESTION, 0},
        {"可以继承么", FORM_QUESTION, 1},
        {"门关了，人走了 钱没了", FORM_ENDING_LE, 3},
        {"了解，了结", FORM_ENDING_LE, 0},
        {"没人管，也不退", FORM_NEGATION, 2},
        {"没收到货", FORM_NEGATION, 1},
        {"没收财物，不断完善，不少于三日", FORM_NEGATION, 0},
        {"太吵，太阳", FORM_TOO, 1},
        {"装一个吧", FORM_ENDING_BA, 1},
        {"区住建局开展检查", FORM_AUTHORITY, 1},
        {"民政部：提高标准", FORM_AUTHORITY, 1},
        {"区住建局的人没来过", FORM_AUTHORITY, 0},
        {"我去市教育局开展维权", FORM_AUTHORITY, 0},
        {"关于做好防汛工作的通知", FORM_DOCUMENT, 1},
        {"【公告】本周维护", FORM_DOCUMENT, 1},
        {"我没收到停水通知", FORM_DOCUMENT, 0},
        {"印发《方案》", FORM_BOOK_MARKS, 1},
        {"增长百分之三，50%", FORM_SHARE, 2},
        {"已恢复供水", FORM_DONE, 1},
        {"已经三天", FORM_DONE, 0},
        {"怎么防？专家支招", FORM_ANSWERED, 1},
        {"怎么防？我不知道", FORM_ANSWERED, 0},
        {"投诉某超市", FORM_PLEA, 1},
        {"投诉热线开通", FORM_PLEA, 0},
        {"感谢环卫师傅", FORM_THANKS, 1},
        {"为民警点赞", FORM_THANKS, 1},
        {"为何不修", FORM_THANKS, 0},
        {"", FORM_WORDING_RAISED, 0},
        {"abc, 123", FORM_WORDING_REPORTED, 0},
    };
    struct kind_form found[BLOCK_FORMS];
    struct fold f = FOLD_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(fold_text(str_from(cases[i].text), SIZE_MAX, &f), 0);
        kind_forms(&f, found);
        if (found[cases[i].form].count != cases[i].count)
            fail_msg("%s: %s %u times, not %u", cases[i].text, kind_form_name(cases[i].form),
                     found[cases[i].form].count, cases[i].count);
        assert_true(found[cases[i].form].end <= f.n);
    }
    assert_int_equal(fold_text(STR("我家又没水了，谁来管"), SIZE_MAX, &f), 0);
    kind_forms(&f, found);
    assert_true(found[FORM_WORDING_RAISED].count && !found[FORM_WORDING_REPORTED].count);
    fold_free(&f);
}

static void explained(void **state)
{
    struct explanation e;
    float sum = 0;
    bool me = false;

    (void)state;
    arena_reset(judged_town.arena);
    assert_int_equal(explain_text(judged_town.judge, STR_NONE, STR("昨晚我又没睡成"), 0, NULL,
                                  judged_town.arena, &e), 0);
    const struct explain_set *raised = &e.cues[BLOCK_RAISED];
    for (size_t i = 0; i < raised->nhits; i++) {
        sum += raised->hits[i].weight;
        me |= str_is(raised->hits[i].rule, "第一人称") && raised->hits[i].start == 7 &&
              raised->hits[i].end == 10;
    }
    assert_true(me);
    assert_float_equal(sum, raised->evidence, 1e-4);
    assert_float_equal(e.lean, sum - e.cues[BLOCK_REPORTED].evidence + e.prior, 1e-4);
    assert_int_equal(e.verdict.kind, VERDICT_RAISED);
}

/* Lines "raised enquiry TEXT" and "reported - TEXT" of huiying-rules(5). */
static void the_page_is_true(void **state)
{
    struct buf page = BUF_INIT;
    char path[4096], kind[16], request[16];
    size_t n = 0;

    (void)state;
    assert_int_equal(file_read(paths_source("docs/huiying-rules.5", path), 1 << 20, &page), 0);
    buf_add_char(&page, 0);
    for (char *save = NULL, *line = strtok_r(page.data, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        int at = 0;
        if (sscanf(line, "%15s %15s %n", kind, request, &at) != 2 || !at ||
            verdict_kind_find(str_from(kind)) < 0)
            continue;
        int asked = verdict_request_find(str_from(request));
        if (asked < 0 && strcmp(request, "-") != 0)
            continue;
        struct verdict v = judged_text(&judged_town, STR_NONE, str_from(line + at), NULL);
        if ((int)v.kind != verdict_kind_find(str_from(kind)) ||
            (asked >= 0 && (int)v.request != asked))
            fail_msg("the page lies: %s (%s %s)", line, verdict_kind_name(v.kind),
                     verdict_request_name(v.request));
        n++;
    }
    assert_int_equal(n, 10);
    buf_free(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_equals_the_one_that_binds_more),
        cmocka_unit_test(forms),
        cmocka_unit_test(explained),
        cmocka_unit_test(the_page_is_true),
    };
    return cmocka_run_group_tests_name("cues", tests, judged_begin, judged_end);
}
