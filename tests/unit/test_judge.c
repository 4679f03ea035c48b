/* Whole verdicts: tags with true offsets, raised or reported, places, requests, feeds. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/utf8.h"
#include "classifiers/likeness/fingerprint.h"
#include "classifiers/text/fold.h"
#include "tests/unit/judged.h"

static struct verdict look(const char *title, const char *text, const struct judge_context *context)
{
    struct verdict v;

    assert_int_equal(judge_text(judged_town.judge, str_from(title), str_from(text), 0, context,
                                judged_town.arena, &v), 0);
    return v;
}

static json_t *line(const char *json)
{
    struct buf out = BUF_INIT;
    const char *problem = NULL;

    assert_int_equal(judge_json_line(judged_town.judge, str_from(json), 0, &out, &problem), 0);
    json_t *v = json_loadb(out.data, out.len, 0, NULL);
    assert_non_null(v);
    assert_int_equal(out.data[out.len - 1], '\n');
    buf_free(&out);
    return v;
}

static void offsets_are_bytes_of_the_original(void **state)
{
    const char *title = "老板拖 欠(qiàn)工資", *text = "手机13812345678，ＯＫ，討薪无门";
    char whole[200];

    (void)state;
    snprintf(whole, sizeof whole, "%s\n%s", title, text);
    struct verdict v = look(title, text, NULL);
    assert_int_equal(v.ntags, 1);
    assert_true(str_is(v.tags[0].topic, "wage-arrears"));
    assert_true(v.tags[0].score > 0.5f && v.tags[0].score <= 1);
    bool whole_term = false, second = false;
    for (size_t i = 0; i < v.tags[0].nhits; i++) {
        struct verdict_hit h = v.tags[0].hits[i];
        char got[100];
        snprintf(got, sizeof got, "%.*s", (int)(h.end - h.start), whole + h.start);
        whole_term |= str_is(h.term, "拖欠工资") && !strcmp(got, "拖 欠(qiàn)工資");
        second |= str_is(h.term, "讨薪") && !strcmp(got, "討薪");
    }
    assert_true(whole_term);
    assert_true(second);
    assert_null(memmem(v.text.p, v.text.n, "138", 3));
    assert_int_equal(v.text.n, strlen(text));
}

static void a_title_does_not_run_into_the_text(void **state)
{
    (void)state;
    assert_int_equal(look("本市停发", "工资条样式公布", NULL).ntags, 0);
    assert_int_equal(look("", "本市停发工资", NULL).ntags, 1);
}

static void vetoes_hold_within_their_sentence(void **state)
{
    (void)state;
    assert_int_equal(look("", "受疫情影响店铺关门。", NULL).ntags, 0);
    assert_int_equal(look("", "受疫情影响店铺关门。小区又有疫情了。", NULL).ntags, 1);
}

static void more_evidence_scores_higher(void **state)
{
    float last = 0;
    static const char *const texts[] = {"欠薪", "欠薪，讨薪", "欠薪，讨薪，恶意欠薪，克扣工资"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct verdict v = look("", texts[i], NULL);
        assert_int_equal(v.ntags, 1);
        assert_true(v.tags[0].score > last && v.tags[0].score <= 1);
        last = v.tags[0].score;
    }
}

static void hits_are_capped(void **state)
{
    struct buf text = BUF_INIT;

    (void)state;
    for (int i = 0; i < 20000; i++)
        buf_add_text(&text, "欠薪，");
    buf_add_char(&text, 0);
    struct verdict v = look("", text.data, NULL);
    assert_int_equal(v.tags[0].nhits, VERDICT_HITS_MAX);
    assert_true(v.text.n <= VERDICT_TEXT_MAX && v.text.n > VERDICT_TEXT_MAX - 3);
    buf_free(&text);
    v = look("工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资"
             "工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资"
             "工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资"
             "工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资工资",
             "", NULL);
    assert_int_equal(v.title.n, 498);
}

static void the_source_leans(void **state)
{
    static const char plain[] = "城东工地上个月的工钱。";
    const struct judge_context news = {SOURCE_NEWS, STR_NONE, STR_NONE, STR_NONE, 0};
    const struct judge_context board = {SOURCE_BOARD, STR_NONE, STR_NONE, STR_NONE, 0};
    const struct judge_context official = {SOURCE_OFFICIAL, STR_NONE, STR_NONE, STR_NONE, 0};

    (void)state;
    assert_int_equal(look("", plain, &board).kind, VERDICT_RAISED);
    assert_int_equal(look("", plain, &news).kind, VERDICT_REPORTED);
    assert_int_equal(look("", plain, &official).kind, VERDICT_REPORTED);
    /* Residents' words carried by a newspaper. */
    assert_int_equal(look("", "有市民反映，某工地欠薪三个月，至今未解决。", &news).kind, VERDICT_RAISED);
    assert_int_equal(look("", "居民投诉楼下烧烤店扰民，半年无人管。", &news).kind, VERDICT_RAISED);
    assert_int_equal(look("", "我市开展根治欠薪专项行动。", &board).kind, VERDICT_REPORTED);
}

static void requests(void **state)
{
    static const struct {
        const char *text;
        enum verdict_request request;
    } rows[] = {
        {"请问办理居住证需要哪些材料？", REQUEST_ENQUIRY},
        {"求助！老人走失，请帮帮我们。", REQUEST_HELP},
        {"建议在路口增设红绿灯，可以考虑加装监控。", REQUEST_SUGGESTION},
        {"投诉物业乱收费，多次反映不处理。", REQUEST_COMPLAINT},
        {"举报一家无证经营的黑作坊。", REQUEST_REPORT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(look("", rows[i].text, NULL).request, rows[i].request);
    assert_string_equal(verdict_request_zh(REQUEST_REPORT), "举报");
    assert_string_equal(verdict_request_name(REQUEST_ENQUIRY), "enquiry");
}

static void expect_regions(const char *text, const char *home, const char *codes)
{
    const struct judge_context context = {SOURCE_NEWS, str_from(home), STR_NONE, STR_NONE, 0};
    struct verdict v = look("", text, &context);
    struct buf got = BUF_INIT;

    for (size_t i = 0; i < v.nregions; i++)
        buf_addf(&got, "%s%.*s", i ? " " : "", STR_ARG(v.regions[i].code));
    buf_add_char(&got, 0);
    if (strcmp(got.data, codes) != 0)
        fail_msg("%s: got \"%s\", not \"%s\"", text, got.data, codes);
    buf_free(&got);
}

static void places(void **state)
{
    (void)state;
    expect_regions("北京和上海都下雨", "", "110000 310000");
    expect_regions("我住在上海路", "", "");
    expect_regions("吃了一顿北京烤鸭", "", "");
    expect_regions("云河县停电", "", "999901");
    expect_regions("云河县青石镇柳湾村停电", "", "999901101202");
    /* Two towns called 新桥镇: a parent decides, then the source's place, else neither. */
    expect_regions("新桥镇停电", "", "");
    expect_regions("双溪县新桥镇停电", "", "999902100");
    expect_regions("云河县的新桥镇停电", "", "999901100");
    expect_regions("新桥镇停电", "999902", "999902100");
    /* Nothing named: where the source speaks of. */
    expect_regions("停电了", "999901", "999901");
    expect_regions("停电了", "", "");
}

static void json_lines(void **state)
{
    struct buf out = BUF_INIT;
    const char *problem = NULL;

    (void)state;
    json_t *v = line("{\"id\":\"a\\u00e9\",\"title\":\"讨薪\",\"content_text\":\"云河县老板欠薪，求助\"}");
    assert_string_equal(json_string_value(json_object_get(v, "id")), "aé");
    assert_string_equal(json_string_value(json_object_get(v, "kind")), "raised");
    assert_string_equal(json_string_value(json_object_get(v, "rules")),
                        rules_version(judged_town.rules));
    json_t *tag = json_array_get(json_object_get(v, "tags"), 0);
    json_t *why = json_array_get(json_object_get(tag, "why"), 0);
    assert_int_equal(json_integer_value(json_object_get(why, "start")), 0);
    assert_int_equal(json_integer_value(json_object_get(why, "end")), 6);
    json_t *region = json_array_get(json_object_get(v, "regions"), 0);
    assert_string_equal(json_string_value(json_object_get(region, "code")), "999901");
    json_decref(v);
    v = line("{\"id\":7,\"title\":null}");
    assert_int_equal(json_integer_value(json_object_get(v, "id")), 7);
    assert_int_equal(json_array_size(json_object_get(v, "tags")), 0);
    json_decref(v);
    assert_int_equal(judge_json_line(judged_town.judge, STR("{\"title\":"), 0, &out, &problem),
                     ERR_SYNTAX);
    assert_non_null(problem);
    assert_int_equal(judge_json_line(judged_town.judge, STR("[1]"), 0, &out, &problem), ERR_SYNTAX);
    assert_int_equal(judge_json_line(judged_town.judge, STR("{\"title\":3}"), 0, &out, &problem),
                     ERR_SYNTAX);
    assert_int_equal(out.len, 0);
    buf_free(&out);
}

static void feeds(void **state)
{
    struct feed_problem problems[] = {{3, STR("bad date")}, {0, STR("no title")}};
    struct feed_item items[] = {
        {.id = STR("guid-1"), .url = STR("https://a.example/1"), .title = STR("讨薪"),
         .text = STR("联系人：张三，电话13812345678"), .published = 5, .modified = 6,
         .reply = STR("网友“A00012345”：您好！已收悉。"), .reply_unit = STR("人社局"), .reply_time = 9},
        {.url = STR("https://A.Example:443/x/?utm_source=b&id=3#top"), .title = STR("二")},
        {.title = STR("三"), .summary = STR("只有摘要")},
    };
    struct feed feed = {.format = FEED_BOARD, .encoding = STR("gb18030"), .items = items,
                        .nitems = 3, .problems = problems, .nproblems = 2};
    const struct judge_context context = {SOURCE_BOARD, STR("999901"), STR_NONE, STR_NONE, 0};
    struct verdicts *v = NULL;

    (void)state;
    assert_int_equal(judge_feed(judged_town.judge, &feed, &context, &v), 0);
    assert_int_equal(v->count, 3);
    assert_true(str_is(v->format, "board"));
    assert_true(str_is(v->encoding, "gb18030"));
    assert_true(str_is(v->rules, rules_version(judged_town.rules)));
    assert_true(str_is(v->problems[0], "line 3: bad date"));
    assert_true(str_is(v->problems[1], "no title"));
    assert_true(str_is(v->list[0].identity, "guid-1"));
    assert_true(str_is(v->list[0].link, "https://a.example/1"));
    assert_int_equal(str_find(v->list[0].text, STR("张三"), 0), (size_t)-1);
    assert_int_equal(str_find(v->list[0].reply, STR("A000"), 0), (size_t)-1);
    assert_int_equal(v->list[0].published, 5);
    assert_int_equal(v->list[0].reply_time, 9);
    assert_true(str_is(v->list[0].regions[0].code, "999901"));
    assert_true(v->list[0].sketch[0] != 0 && v->list[0].traits[0] != 0);
    assert_true(str_is(v->list[1].identity, "a.example/x?id=3"));
    assert_int_equal(v->list[2].identity.n, 16);
    assert_true(str_is(v->list[2].text, "只有摘要"));
    assert_true(v->list[0].content != v->list[1].content);
    verdict_free(v);
}

static int alike(const char *a, const char *b)
{
    uint32_t x[VERDICT_SKETCH], y[VERDICT_SKETCH];
    struct fold f = FOLD_INIT;

    assert_int_equal(fold_text(str_from(a), SIZE_MAX, &f), 0);
    fingerprint_sketch(f.cp, f.n, x);
    assert_int_equal(fold_text(str_from(b), SIZE_MAX, &f), 0);
    fingerprint_sketch(f.cp, f.n, y);
    fold_free(&f);
    return fingerprint_equal(x, y);
}

/* The sketch too is made many trigrams at a time. */
static void sketches_stretches_as_single_ones(void **state)
{
    uint32_t text[100], wide[VERDICT_SKETCH], plain[VERDICT_SKETCH];

    (void)state;
    srand(11);
    for (int turn = 0; turn < 5000; turn++) {
        size_t n = (size_t)turn % 100;
        for (size_t i = 0; i < n; i++)
            text[i] = (uint32_t)rand() % (turn % 2 ? 0x110000 : 0x5000 + 64);
        fingerprint_sketch(text, n, wide);
        fingerprint_plain(text, n, plain);
        assert_memory_equal(wide, plain, sizeof plain);
    }
}

/* Folding takes what it can many at a time: of one at a time the same must come. */
static void folds_stretches_as_single_ones(void **state)
{
    struct fold f = FOLD_INIT, one = FOLD_INIT;
    struct buf text = BUF_INIT;
    uint32_t expected[64], starts[64], found[64];
    char utf8[4];

    (void)state;
    srand(7);
    for (int turn = 0; turn < 20000; turn++) {
        size_t n = 0, wanted = 1 + (size_t)rand() % 60, words = 0, stops = 0;
        int other = 1 + rand() % 40; /* one in so many is no Chinese character */
        buf_reset(&text);
        while (n < wanted) {
            uint32_t cp = rand() % other ? 0x4E00 + (uint32_t)rand() % 0x5200
                                         : (uint32_t)rand() % (rand() % 2 ? 0x10000 : 0x20000);
            if (cp >= 0xD800 && cp < 0xE000)
                continue;
            struct str s = {utf8, utf8_put(cp, utf8)};
            assert_int_equal(fold_text(s, SIZE_MAX, &one), 0);
            if (one.n != 1 || one.cp[0] == ' ' || one.cp[0] == '(' || one.cp[0] == '[')
                continue; /* what these become depends on what is around them */
            expected[n] = one.cp[0];
            starts[n++] = (uint32_t)text.len;
            buf_add_str(&text, s);
        }
        assert_int_equal(fold_text(buf_str(&text), SIZE_MAX, &f), 0);
        assert_int_equal(f.n, n);
        assert_memory_equal(f.cp, expected, n * sizeof *expected);
        assert_memory_equal(f.start, starts, n * sizeof *starts);
        size_t nstops = fold_stops(&f, found);
        for (size_t i = 0; i < n; i++)
            if (fold_is_stop(expected[i]))
                assert_int_equal(found[stops++], i);
        assert_int_equal(nstops, stops);
        size_t nwords = fold_words(&f, found);
        for (size_t i = 0; i < n; i++)
            if (fold_is_han(expected[i]) || fold_is_latin(expected[i]))
                assert_int_equal(found[words++], expected[i]);
        assert_int_equal(nwords, words);
    }
    buf_free(&text);
    fold_free(&one);
    fold_free(&f);
}

static void sketches(void **state)
{
    static const char text[] = "城东工地包工头拖欠我们三个月工资，打电话也不接，请有关部门帮帮我们";

    (void)state;
    assert_int_equal(alike(text, text), VERDICT_SKETCH);
    assert_true(alike(text, "转发：城东工地包工头拖欠我们三个月工资，打电话也不接，请有关部门帮帮我们") >= 11);
    assert_true(alike(text, "小区电梯坏了一个月没人修，老人上不了楼，物业不闻不问") <= 2);
    assert_int_equal(alike("", ""), VERDICT_SKETCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_are_bytes_of_the_original),
        cmocka_unit_test(a_title_does_not_run_into_the_text),
        cmocka_unit_test(vetoes_hold_within_their_sentence),
        cmocka_unit_test(more_evidence_scores_higher),
        cmocka_unit_test(hits_are_capped),
        cmocka_unit_test(the_source_leans),
        cmocka_unit_test(requests),
        cmocka_unit_test(places),
        cmocka_unit_test(json_lines),
        cmocka_unit_test(feeds),
        cmocka_unit_test(folds_stretches_as_single_ones),
        cmocka_unit_test(sketches_stretches_as_single_ones),
        cmocka_unit_test(sketches),
    };
    return cmocka_run_group_tests_name("judge", tests, judged_begin, judged_end);
}
