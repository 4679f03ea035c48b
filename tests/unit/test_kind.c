/* Raised or reported, and what is asked for: measured on our own texts and on real posts. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "classifiers/judge.h"
#include "classifiers/kind.h"
#include "classifiers/text/fold.h"
#include "classifiers/workbench/explain.h"
#include "tests/unit/folder.h"
#include "tests/unit/paths.h"

enum { REQUESTS = 5, NONE = -1 };

static struct rules *rules;
static struct judge *judge;
static struct arena *arena;
static struct buf rows; /* of the file that is measured */

static int set_up(void **state)
{
    struct problems *p = problems_new();
    char path[4096];

    (void)state;
    rules_set_shipped(paths_source("rules", path));
    rules = rules_compile(paths_source("tests/data/town-rules", path), p);
    problems_print(p, stderr);
    problems_free(p);
    judge = rules ? judge_new(rules) : NULL;
    arena = arena_new();
    return !judge || !arena ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    judge_free(judge);
    rules_free(rules);
    arena_free(arena);
    buf_free(&rows);
    return 0;
}

/* Our own sentences: `kind` is the first set, `kind-tuned` what the cues were fitted to besides,
 * `kind-fresh` and `kind-last` are not: the former chose the priors, the latter chose nothing.
 * `kind-board` taught the lists some ways of speaking, after it had been read once. */
static void open_rows(const char *name)
{
    char path[4096], file[64];

    snprintf(file, sizeof file, "tests/data/%s.tsv", name);
    rows.len = 0;
    assert_int_equal(file_read(paths_source(file, path), 1 << 20, &rows), 0);
}

struct row {
    enum verdict_kind kind;
    int request; /* or NONE */
    const struct judge_context *context; /* NULL: unknown */
    struct str title, text, whole;
};

static struct str cell(struct str line, size_t *at)
{
    size_t end = str_find(line, STR("\t"), *at), from = *at;

    end = end == (size_t)-1 ? line.n : end;
    *at = end + 1;
    return (struct str){line.p + from, end - from};
}

/* kind, request or -, kind of source, then title｜text or the text alone. */
static bool next_row(size_t *at, struct row *out)
{
    static const struct judge_context news = {SOURCE_NEWS, STR_NONE, STR_NONE, STR_NONE, 0};
    static const struct judge_context board = {SOURCE_BOARD, STR_NONE, STR_NONE, STR_NONE, 0};
    static const struct judge_context official = {SOURCE_OFFICIAL, STR_NONE, STR_NONE, STR_NONE, 0};
    size_t in = 0;

    if (*at >= rows.len)
        return false;
    size_t end = str_find(buf_str(&rows), STR("\n"), *at);
    struct str line = {rows.data + *at, end - *at};
    *at = end + 1;
    out->kind = (enum verdict_kind)verdict_kind_find(cell(line, &in));
    out->request = verdict_request_find(cell(line, &in));
    struct str source = cell(line, &in);
    out->context = str_is(source, "news")       ? &news
                   : str_is(source, "board")    ? &board
                   : str_is(source, "official") ? &official
                                                : NULL;
    assert_true((int)out->kind >= 0 && (out->context || str_is(source, "unknown")));
    out->whole = out->text = (struct str){line.p + in, line.n - in};
    out->title = STR_NONE;
    size_t bar = str_find(out->text, STR("｜"), 0);
    if (bar != (size_t)-1) {
        out->title = (struct str){out->text.p, bar};
        out->text = (struct str){out->text.p + bar + 3, out->text.n - bar - 3};
    }
    return true;
}

static struct verdict look(struct str title, struct str text, const struct judge_context *context)
{
    struct verdict v;

    arena_reset(arena);
    assert_int_equal(judge_text(judge, title, text, 0, context, arena, &v), 0);
    return v;
}

static double f1(size_t right, size_t over, size_t missed)
{
    return 2.0 * (double)right / (double)(2 * right + over + missed);
}

static void measure_kind(const char *name, bool told, size_t least, double reach)
{
    size_t counts[2][2] = {0}, at = 0, n = 0;
    struct row r;

    open_rows(name);
    for (; next_row(&at, &r); n++) {
        struct verdict v = look(r.title, r.text, told ? r.context : NULL);
        counts[r.kind][v.kind]++;
        if (v.kind != r.kind)
            print_message("  not %s: %.*s\n", verdict_kind_name(v.kind), STR_ARG(r.whole));
    }
    double raised = f1(counts[1][1], counts[0][1], counts[1][0]);
    double reported = f1(counts[0][0], counts[1][0], counts[0][1]);
    print_message("%s, source %s: %zu texts, F1 raised %.4f, reported %.4f\n", name,
                  told ? "known" : "unknown", n, raised, reported);
    assert_true(n >= least);
    assert_true(raised >= reach && reported >= reach);
}

static void raised_or_reported(void **state)
{
    (void)state;
    for (int told = 0; told < 2; told++) {
        measure_kind("kind", told, 500, 0.95);
        measure_kind("kind-tuned", told, 1900, 0.95);
        measure_kind("kind-fresh", told, 140, 0.92);
        measure_kind("kind-last", told, 75, 0.89);
        measure_kind("kind-board", told, 280, 0.93);
    }
}

static void print_type(size_t type, size_t confused[REQUESTS][REQUESTS], double *sum, size_t *n)
{
    size_t over = 0, missed = 0;

    for (size_t i = 0; i < REQUESTS; i++) {
        *n += confused[type][i];
        missed += i == type ? 0 : confused[type][i];
        over += i == type ? 0 : confused[i][type];
    }
    double score = f1(confused[type][type], over, missed);
    print_message("request %s: %zu, F1 %.4f\n", verdict_request_name((enum verdict_request)type),
                  confused[type][type] + missed, score);
    *sum += score;
}

static void measure_request(const char *name, size_t least, double reach)
{
    size_t confused[REQUESTS][REQUESTS] = {0}, at = 0, n = 0;
    double sum = 0;
    struct row r;

    open_rows(name);
    while (next_row(&at, &r)) {
        if (r.request == NONE)
            continue;
        int got = (int)look(r.title, r.text, r.context).request;
        confused[r.request][got]++;
        if (got != r.request)
            print_message("  not %s: %.*s\n", verdict_request_name((enum verdict_request)got),
                          STR_ARG(r.whole));
    }
    for (size_t i = 0; i < REQUESTS; i++)
        print_type(i, confused, &sum, &n);
    print_message("%s, request: %zu texts, macro-F1 %.4f\n", name, n, sum / REQUESTS);
    assert_true(n >= least);
    assert_true(sum / REQUESTS >= reach);
}

static void what_is_asked_for(void **state)
{
    (void)state;
    measure_request("kind", 250, 0.9);
    measure_request("kind-tuned", 1000, 0.9);
    measure_request("kind-fresh", 60, 0.8);
    measure_request("kind-last", 40, 0.7);
    measure_request("kind-board", 170, 0.88);
}

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

    arena_reset(arena);
    assert_int_equal(judge_text(j, STR_NONE, str_from(text), 0, NULL, arena, &v), 0);
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
    arena_reset(arena);
    assert_int_equal(explain_text(judge, STR_NONE, STR("昨晚我又没睡成"), 0, NULL, arena, &e), 0);
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
        struct verdict v = look(STR_NONE, str_from(line + at), NULL);
        if ((int)v.kind != verdict_kind_find(str_from(kind)) ||
            (asked >= 0 && (int)v.request != asked))
            fail_msg("the page lies: %s (%s %s)", line, verdict_kind_name(v.kind),
                     verdict_request_name(v.request));
        n++;
    }
    assert_int_equal(n, 10);
    buf_free(&page);
}

static void without(struct str from, struct str word, struct buf *out)
{
    size_t at = 0, hit;

    out->len = 0;
    while ((hit = str_find(from, word, at)) != (size_t)-1) {
        buf_add(out, from.p + at, hit - at);
        at = hit + word.n;
    }
    buf_add(out, from.p + at, from.n - at);
}

struct board {
    size_t posts, raised, replies, reported, labels, agreed;
};

/* A title that names one type says, weakly, what the post is; the word is taken out first. */
static void weigh_title(struct str title, struct str text, const struct judge_context *context,
                        struct board *b)
{
    struct buf bare_title = BUF_INIT, bare = BUF_INIT;
    int type = NONE, named = 0;

    for (int i = 0; i < REQUESTS; i++)
        if (str_find(title, str_from(verdict_request_zh((enum verdict_request)i)), 0) !=
            (size_t)-1) {
            type = i;
            named++;
        }
    if (named == 1) {
        struct str word = str_from(verdict_request_zh((enum verdict_request)type));
        without(title, word, &bare_title);
        without(text, word, &bare);
        b->labels++;
        b->agreed += (int)look(buf_str(&bare_title), buf_str(&bare), context).request == type;
    }
    buf_free(&bare_title);
    buf_free(&bare);
}

static struct str member(const json_t *post, const char *name)
{
    const char *value = json_string_value(json_object_get(post, name));

    return value ? str_from(value) : STR_NONE;
}

static void read_board(const char *path, struct board *b)
{
    static const struct judge_context context = {SOURCE_BOARD, STR_NONE, STR_NONE, STR_NONE, 0};
    FILE *f = fopen(path, "r");
    json_t *post;

    assert_non_null(f);
    while ((post = json_loadf(f, JSON_DISABLE_EOF_CHECK, NULL))) {
        struct str title = member(post, "title"), reply = member(post, "reply");
        b->posts++;
        b->raised += look(title, member(post, "body"), &context).kind == VERDICT_RAISED;
        if (reply.n) {
            b->replies++;
            b->reported += look(STR_NONE, reply, &context).kind == VERDICT_REPORTED;
        }
        weigh_title(title, member(post, "body"), &context, b);
        json_decref(post);
    }
    fclose(f);
}

static void real_boards(void **state)
{
    const char *dir = getenv("HUIYING_TEST_DATA");
    struct board b = {0};
    char path[4096];

    (void)state;
    if (!dir)
        skip();
    snprintf(path, sizeof path, "%s/boards/posts_495_labelled.jsonl", dir);
    read_board(path, &b);
    snprintf(path, sizeof path, "%s/boards/posts_100_with_replies.jsonl", dir);
    read_board(path, &b);
    print_message("boards: %zu of %zu posts raised, %zu of %zu replies reported; request agrees "
                  "with %zu of %zu titles\n",
                  b.raised, b.posts, b.reported, b.replies, b.agreed, b.labels);
    assert_true(b.posts >= 500 && b.replies >= 90 && b.labels >= 100);
    assert_true(b.raised * 100 >= b.posts * 97);
    assert_true(b.reported * 100 >= b.replies * 97);
    assert_true(b.agreed * 100 >= b.labels * 50);
}

/* The whole set of shipped topics on titles of which nearly none is a post: what it would open. */
static void news_titles(void **state)
{
    const char *dir = getenv("HUIYING_TEST_DATA");
    struct problems *p = problems_new();
    char path[4096];
    size_t n = 0, alarms = 0;

    (void)state;
    if (!dir) {
        problems_free(p);
        skip();
    }
    struct rules *shipped = rules_compile(paths_source("rules", path), p);
    problems_free(p);
    struct judge *mine = judge, *j = shipped ? judge_new(shipped) : NULL;
    assert_non_null(j);
    snprintf(path, sizeof path, "%s/titles/thucnews_dev.txt", dir);
    rows.len = 0;
    assert_int_equal(file_read(path, 4 << 20, &rows), 0);
    judge = j;
    for (size_t at = 0; at < rows.len; n++) {
        size_t end = str_find(buf_str(&rows), STR("\n"), at), in = 0;
        end = end == (size_t)-1 ? rows.len : end;
        struct verdict v = look(cell((struct str){rows.data + at, end - at}, &in), STR_NONE, NULL);
        alarms += v.kind == VERDICT_RAISED && v.ntags;
        at = end + 1;
    }
    judge = mine;
    judge_free(j);
    rules_free(shipped);
    print_message("news titles: %zu of %zu would open a concern\n", alarms, n);
    assert_true(n >= 10000 && alarms <= 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raised_or_reported),
        cmocka_unit_test(what_is_asked_for),
        cmocka_unit_test(of_equals_the_one_that_binds_more),
        cmocka_unit_test(forms),
        cmocka_unit_test(explained),
        cmocka_unit_test(the_page_is_true),
        cmocka_unit_test(real_boards),
        cmocka_unit_test(news_titles),
    };
    return cmocka_run_group_tests_name("kind", tests, set_up, tear_down);
}
