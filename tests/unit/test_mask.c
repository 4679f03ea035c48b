/* Masking is measured on tests/data/mask.tsv: ⟦…⟧ stand around what must go, ␊ for a line end. */
#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/utf8.h"
#include "classifiers/mask.h"
#include "tests/unit/paths.h"

enum { OPEN = 0x27E6, CLOSE = 0x27E7, NEWLINE = 0x240A };

struct counts {
    size_t right, over, missed, rows;
};

static bool is_mask(uint32_t cp)
{
    return cp == '*' || cp == 0xD7 || cp == 0x3007 || cp == 0x1F7EA;
}

/* Bytes of the row without its marks, and which of them must be hidden. */
static size_t read_row(struct str row, char *text, bool *hidden)
{
    bool inside = false;
    size_t n = 0;

    for (size_t at = 0; at < row.n;) {
        size_t from = at;
        uint32_t cp = utf8_next(row, &at);
        if (cp == OPEN || cp == CLOSE) {
            inside = cp == OPEN;
            continue;
        }
        for (size_t k = from; k < at && cp != NEWLINE; k++) {
            hidden[n] = inside;
            text[n++] = row.p[k];
        }
        if (cp == NEWLINE) {
            hidden[n] = false;
            text[n++] = '\n';
        }
    }
    return n;
}

static void judge_row(struct str row, struct counts *c)
{
    static char text[4096], before[4096];
    static bool hidden[4096];
    bool wrong = false;

    assert_true(row.n < sizeof text);
    size_t n = read_row(row, text, hidden);
    memcpy(before, text, n);
    mask_text(text, n);
    struct str after = {text, n}, old = {before, n};
    assert_true(utf8_valid(after));
    for (size_t at = 0, k = 0; at < n;) {
        size_t from = at;
        uint32_t cp = utf8_next(after, &at), was = utf8_next(old, &k);
        assert_int_equal(at, k); /* equal length, so offsets hold */
        bool changed = cp != was || (is_mask(cp) && hidden[from]);
        assert_true(cp == was || is_mask(cp));
        c->right += changed && hidden[from];
        c->over += changed && !hidden[from];
        c->missed += !changed && hidden[from];
        wrong |= changed != hidden[from];
    }
    if (wrong)
        print_message("differs: %.*s\n     got: %.*s\n", STR_ARG(row), (int)n, text);
    c->rows++;
}

static void measured_on_sentences(void **state)
{
    struct buf data = BUF_INIT;
    struct counts c = {0};
    char path[4096];

    (void)state;
    assert_int_equal(file_read(paths_source("tests/data/mask.tsv", path), 1 << 20, &data), 0);
    for (size_t at = 0; at < data.len;) {
        size_t end = str_find(buf_str(&data), STR("\n"), at);
        end = end == (size_t)-1 ? data.len : end;
        if (end > at)
            judge_row((struct str){data.data + at, end - at}, &c);
        at = end + 1;
    }
    double recall = (double)c.right / (double)(c.right + c.missed);
    double precision = (double)c.right / (double)(c.right + c.over);
    print_message("mask: %zu sentences, recall %.4f, precision %.4f (characters)\n", c.rows, recall,
                  precision);
    assert_true(c.rows >= 150);
    assert_true(recall >= 0.98);
    assert_true(precision >= 0.98);
    buf_free(&data);
}

/* The same words are found whatever prose stands in the lines before and after them: none is passed
 * over because of where it begins. */
static void place_does_not_matter(void **state)
{
    static const char *const before[] = {"", "天\n", "天a\n", "a天\n", "天气很晴好。\n", "aa é\n",
                                         "今年春天的桃花开得早，游客很多\n", "\xF0\x9F\x98\x80\n"};
    enum { PROSE = sizeof before / sizeof *before };
    static char whole[PROSE][8192], plain[4096];
    static bool hidden[4096];
    struct buf data = BUF_INIT;
    char path[4096];

    (void)state;
    assert_int_equal(file_read(paths_source("tests/data/mask.tsv", path), 1 << 20, &data), 0);
    for (size_t at = 0, end; at < data.len; at = end + 1) {
        end = str_find(buf_str(&data), STR("\n"), at);
        size_t n = read_row((struct str){data.data + at, end - at}, plain, hidden);
        for (size_t k = 0; k < PROSE; k++) {
            size_t skip = strlen(before[k]);
            memcpy(whole[k], before[k], skip);
            memcpy(whole[k] + skip, plain, n);
            memcpy(whole[k] + skip + n, "\n天气晴好", 13);
            mask_text(whole[k], skip + n + 13);
            assert_memory_equal(whole[k], before[k], skip);
            assert_memory_equal(whole[k] + skip, whole[0], n);
        }
    }
    buf_free(&data);
}

static void lengths_of_each_kind(void **state)
{
    char text[] = "@a\xC3\xA9\xE5\xBC\xA0\xF0\x9F\x98\x80 x";

    (void)state;
    mask_text(text, sizeof text - 1);
    assert_string_equal(text, "@*\xC3\x97\xE3\x80\x87\xF0\x9F\x9F\xAA x");
}

static void masking_again_changes_little(void **state)
{
    char once[] = "联系人：张三，电话13812345678，住人民路12号3栋402室", twice[sizeof once];

    (void)state;
    mask_text(once, sizeof once - 1);
    memcpy(twice, once, sizeof once);
    mask_text(twice, sizeof twice - 1);
    assert_string_equal(once, twice);
}

/* Any bytes: it must stay within the text and keep valid text valid. */
static void random_text(void **state)
{
    static const char *const pieces[] = {
        "1", "3", "86", "-", " ", "@", "联系人", "：", "张", "三", "回复", "发表于", "2020", "路", "号", "栋",
        "室", "湘", "A", "微信", "\n", "网友", "“", "”", "您好", "x", "*", "\xF0\x9F\x98\x80", "é", ".",
        "我叫",
        "身份证", "十", "一", "最后由", " 于 ", "——", "欧阳"};
    unsigned seed = (unsigned)time(NULL);
    char text[512], *whole;

    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    for (int turn = 0; turn < 20000; turn++) {
        size_t n = 0;
        for (int k = rand() % 24; k > 0; k--) {
            const char *piece = pieces[(size_t)rand() % (sizeof pieces / sizeof *pieces)];
            memcpy(text + n, piece, strlen(piece));
            n += strlen(piece);
        }
        if (turn % 4 == 0 && n)
            text[(size_t)rand() % n] = (char)rand();
        whole = malloc(n ? n : 1); /* an exact block, so that the sanitiser sees every step out */
        memcpy(whole, text, n);
        bool valid = utf8_valid((struct str){whole, n});
        mask_text(whole, n);
        if (valid)
            assert_true(utf8_valid((struct str){whole, n}));
        free(whole);
    }
}

static void long_runs_take_linear_time(void **state)
{
    static const char *const runs[] = {"1",  "@",  "1 ",   "a@",   "回复",
                                       "张", "A1", "路1号", "我叫", "“"};
    enum { BIG = 4 << 20 };
    char *text = malloc(BIG);

    (void)state;
    for (size_t r = 0; r < sizeof runs / sizeof *runs; r++) {
        size_t n = 0, m = strlen(runs[r]);
        while (n + m <= BIG) {
            memcpy(text + n, runs[r], m);
            n += m;
        }
        clock_t start = clock();
        mask_text(text, n);
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (seconds > 20)
            fail_msg("4 MiB of \"%s\" took %.1f s", runs[r], seconds);
    }
    free(text);
}

static void no_reply_keeps_its_poster(void **state)
{
    const char *dir = getenv("HUIYING_TEST_DATA");
    char path[4096], line[65536];
    size_t replies = 0;

    (void)state;
    if (!dir || !*dir)
        skip();
    snprintf(path, sizeof path, "%s/boards/posts_100_with_replies.jsonl", dir);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    while (fgets(line, sizeof line, in)) {
        json_t *post = json_loads(line, 0, NULL);
        assert_non_null(post);
        char *reply = strdup(json_string_value(json_object_get(post, "reply")));
        mask_text(reply, strlen(reply));
        assert_null(strstr(reply, json_string_value(json_object_get(post, "user"))));
        replies++;
        free(reply);
        json_decref(post);
    }
    fclose(in);
    assert_true(replies > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measured_on_sentences),     cmocka_unit_test(lengths_of_each_kind),
        cmocka_unit_test(place_does_not_matter),
        cmocka_unit_test(masking_again_changes_little), cmocka_unit_test(random_text),
        cmocka_unit_test(long_runs_take_linear_time), cmocka_unit_test(no_reply_keeps_its_poster),
    };
    return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
