/* The matcher against a naive search, and the spellings that folding makes equal. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "classifiers/fold.h"
#include "classifiers/matcher.h"
#include "classifiers/pinyin.h"

enum { TERMS = 60, TEXT = 400 };

/* Few letters, so that terms overlap, nest and repeat. */
static uint32_t any_cp(void)
{
    static const uint32_t cps[] = {0x5DE5, 0x8D44, 0x62D6, 0x6B20, 'a', 'b', '1', ' ', 0x20001};

    return cps[(size_t)rand() % (sizeof cps / sizeof *cps)];
}

static bool naive_at(const struct matcher_term *t, const uint32_t *text, size_t n, size_t at)
{
    if (t->n > n - at || memcmp(t->cp, text + at, t->n * sizeof *text) != 0)
        return false;
    size_t end = at + t->n;
    if (fold_is_latin(t->cp[0]) && at && fold_is_latin(text[at - 1]))
        return false;
    return !(fold_is_latin(t->cp[t->n - 1]) && end < n && fold_is_latin(text[end]));
}

static void compare(const struct matcher_term *terms, size_t nterms, const uint32_t *text, size_t n)
{
    struct buf tables = BUF_INIT;
    struct matcher_hits hits = {0};
    size_t expected = 0;

    assert_int_equal(matcher_build(terms, nterms, &tables), 0);
    assert_true(matcher_check(tables.data, tables.len, nterms));
    assert_false(matcher_check(tables.data, tables.len, nterms + 1));
    assert_false(matcher_check(tables.data, tables.len - 8, nterms));
    assert_int_equal(matcher_scan(tables.data, text, n, &hits), 0);
    for (size_t at = 0; at < n; at++)
        for (uint32_t t = 0; t < nterms; t++) {
            if (!naive_at(&terms[t], text, n, at))
                continue;
            expected++;
            bool found = false;
            for (size_t i = 0; i < hits.n && !found; i++)
                found = hits.list[i].term == t && hits.list[i].start == at &&
                        hits.list[i].end == at + terms[t].n;
            assert_true(found);
        }
    assert_int_equal(hits.n, expected);
    free(hits.list);
    buf_free(&tables);
}

static void agrees_with_naive_search(void **state)
{
    static uint32_t cps[TERMS][MATCHER_TERM_MAX], text[TEXT];
    struct matcher_term terms[TERMS];
    unsigned seed = (unsigned)time(NULL);

    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    for (int turn = 0; turn < 400; turn++) {
        size_t nterms = (size_t)rand() % TERMS, n = (size_t)rand() % TEXT;
        for (size_t t = 0; t < nterms; t++) {
            size_t len = 1 + (size_t)rand() % (rand() % 10 ? 4 : MATCHER_TERM_MAX);
            for (size_t i = 0; i < len; i++)
                cps[t][i] = any_cp();
            terms[t] = (struct matcher_term){cps[t], len};
        }
        for (size_t i = 0; i < n; i++)
            text[i] = any_cp();
        compare(terms, nterms, text, n);
    }
}

static void damaged_tables_are_safe(void **state)
{
    uint32_t cps[] = {0x5DE5, 0x8D44, 0x62D6}, text[64];
    struct matcher_term terms[] = {{cps, 2}, {cps + 1, 2}, {cps, 3}, {cps, 1}};
    struct buf tables = BUF_INIT;
    unsigned seed = (unsigned)time(NULL);

    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    for (size_t i = 0; i < 64; i++)
        text[i] = cps[i % 3];
    assert_int_equal(matcher_build(terms, 4, &tables), 0);
    for (int turn = 0; turn < 3000; turn++) {
        char *copy = aligned_alloc(16, (tables.len + 15) & ~(size_t)15);
        memcpy(copy, tables.data, tables.len);
        for (int k = rand() % 4; k >= 0; k--)
            copy[(size_t)rand() % (k ? 64 : tables.len)] = (char)rand();
        struct matcher_hits hits = {0};
        if (matcher_check(copy, tables.len, 4))
            assert_int_equal(matcher_scan(copy, text, 64, &hits), 0);
        free(hits.list);
        free(copy);
    }
    buf_free(&tables);
}

static void assert_folds(const char *text, const char *expected)
{
    struct fold f = FOLD_INIT;
    struct buf out = BUF_INIT;
    char put[4];

    assert_int_equal(fold_text(str_from(text), SIZE_MAX, &f), 0);
    for (size_t i = 0; i < f.n; i++) {
        buf_add(&out, put, utf8_put(f.cp[i], put));
        assert_true(i == 0 || f.start[i] > f.start[i - 1]);
    }
    buf_add_char(&out, 0);
    assert_string_equal(out.data, expected);
    buf_free(&out);
    fold_free(&f);
}

static void spellings(void **state)
{
    (void)state;
    assert_folds("拖欠工資", "拖欠工资");
    assert_folds("ＡＢＣ１２３", "abc123");
    assert_folds("拖 欠\xE3\x80\x80工\xE2\x80\x8B资", "拖欠工资");
    assert_folds("拖欠\n工资", "拖欠工资");
    assert_folds("拖欠\n\n工资", "拖欠\n工资");
    assert_folds("拖（tuō）欠(qiàn)工资(gong1 zi1)", "拖欠工资");
    assert_folds("新冠(COVID)疫情", "新冠(covid)疫情");
    assert_folds("下载(app)注册", "下载(app)注册");
    assert_folds("new  York", "new york");
    assert_folds("\xE2\xBC\xAF", "工"); /* a Kangxi radical */
    assert_folds("", "");
}

static void a_title_ends(void **state)
{
    struct fold f = FOLD_INIT;

    (void)state;
    assert_int_equal(fold_text(STR("拖欠\n工资"), 6, &f), 0);
    assert_int_equal(f.title, 3);
    assert_int_equal(f.cp[2], '\n');
    assert_int_equal(f.start[3], 7);
    assert_int_equal(fold_end(&f, STR("拖欠\n工资"), 4), 13);
    fold_free(&f);
}

static void pinyin(void **state)
{
    (void)state;
    assert_true(pinyin_is(STR("tuō qiàn")));
    assert_true(pinyin_is(STR("zhuang4")));
    assert_true(pinyin_is(STR("xi'an")));
    assert_false(pinyin_is(STR("app")));
    assert_false(pinyin_is(STR("covid")));
    assert_false(pinyin_is(STR("")));
    assert_false(pinyin_is(STR("123")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_naive_search), cmocka_unit_test(damaged_tables_are_safe),
        cmocka_unit_test(spellings),                cmocka_unit_test(a_title_ends),
        cmocka_unit_test(pinyin),
    };
    return cmocka_run_group_tests_name("matcher", tests, NULL, NULL);
}
