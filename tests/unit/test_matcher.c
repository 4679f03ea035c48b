/* The matcher against a naive search, and the spellings that folding makes equal. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "classifiers/match/matcher_tables.h"
#include "classifiers/text/fold.h"
#include "classifiers/text/pinyin.h"
#include "tests/unit/naive_match.h"
#include "tests/unit/seed.h"

enum { TERMS = 24, TEXT = 700, CASES = 40000, TEXTS_OF_A_SET = 4 };

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
    const char *s = getenv(variable);

    return s && *s ? strtoull(s, NULL, 10) : otherwise;
}

static uint64_t state;

static size_t any(size_t n)
{
    return seed_roll(&state, (uint32_t)n);
}

/* From few letters, so that terms overlap, nest and repeat, to very many. */
static uint32_t any_cp(size_t letters)
{
    static const uint32_t cps[] = {0x5DE5, 0x8D44, 'a', 0x62D6,  '1',
                                   0x6B20, ' ',    0x20001, 0xE9, 'b'};
    enum { FEW = sizeof cps / sizeof *cps };
    size_t i = any(letters);

    return i < FEW ? cps[i] : 0x4E00 + (uint32_t)i;
}

static size_t make_terms(size_t n, size_t letters, struct matcher_term *terms,
                         uint32_t (*cps)[MATCHER_TERM_MAX])
{
    for (size_t t = 0; t < n; t++) {
        size_t len = 1 + any(any(10) ? 5 : MATCHER_TERM_MAX);
        size_t like = t && any(3) == 0 ? any(t) : t; /* often as another begins */
        for (size_t i = 0; i < len; i++)
            cps[t][i] = like < t && i < terms[like].n && any(8) ? cps[like][i] : any_cp(letters);
        terms[t] = (struct matcher_term){cps[t], len};
    }
    return n;
}

/* Made of letters and of whole terms. */
static size_t make_text(size_t max, size_t letters, const struct matcher_term *terms, size_t nterms,
                        uint32_t *text)
{
    size_t n = any(max + 1);

    for (size_t at = 0; at < n;) {
        const struct matcher_term *t = nterms && any(3) == 0 ? &terms[any(nterms)] : NULL;
        if (t && t->n <= n - at) {
            memcpy(text + at, t->cp, t->n * sizeof *text);
            at += t->n;
        } else {
            text[at++] = any_cp(letters);
        }
    }
    return n;
}

/* HUIYING_MATCHER_CASES says how many, HUIYING_TEST_SEED repeats a run. */
static void agrees_with_naive_search(void **unused)
{
    static uint32_t cps[TERMS][MATCHER_TERM_MAX], text[TEXT];
    struct matcher_term terms[TERMS];
    struct naive naive = {0};
    struct buf tables = BUF_INIT;
    uint64_t cases = number_from("HUIYING_MATCHER_CASES", CASES);

    (void)unused;
    state = seed_begin();
    for (uint64_t done = 0; done < cases;) {
        size_t letters = any(8) ? 2 + any(12) : 2000;
        size_t n = make_terms(any(TERMS + 1), letters, terms, cps);
        buf_reset(&tables);
        assert_int_equal(matcher_build(terms, n, &tables), 0);
        assert_true(matcher_check(tables.data, tables.len, n));
        assert_false(matcher_check(tables.data, tables.len, n + 1));
        assert_false(matcher_check(tables.data, tables.len - 8, n));
        for (int i = 0; i < TEXTS_OF_A_SET && done < cases; i++, done++) {
            size_t length = make_text(any(16) ? 60 : TEXT, letters, terms, n, text);
            const char *wrong = naive_differs(&naive, tables.data, terms, n, text, length);
            if (wrong)
                fail_msg("case %llu: %s", (unsigned long long)done, wrong);
        }
    }
    print_message("%llu cases, %llu hits\n", (unsigned long long)cases,
                  (unsigned long long)naive.hits);
    assert_true(naive.hits > cases);
    naive_free(&naive);
    buf_free(&tables);
}

/* So many terms that two bitmaps are asked. */
static void agrees_on_a_large_set(void **unused)
{
    enum { LARGE = MATCHER_LARGE + 1000, SHORT = 4, LETTERS = 120 };
    static uint32_t cps[LARGE][SHORT], text[TEXT];
    struct matcher_term *terms = calloc(LARGE, sizeof *terms);
    struct naive naive = {0};
    struct buf tables = BUF_INIT;

    (void)unused;
    for (size_t t = 0; t < LARGE; t++) {
        size_t n = 1 + any(SHORT);
        for (size_t i = 0; i < n; i++)
            cps[t][i] = any_cp(LETTERS);
        terms[t] = (struct matcher_term){cps[t], n};
    }
    assert_int_equal(matcher_build(terms, LARGE, &tables), 0);
    assert_true(matcher_check(tables.data, tables.len, LARGE));
    for (int i = 0; i < 12; i++) {
        size_t n = make_text(TEXT, LETTERS, terms, LARGE, text);
        const char *wrong = naive_differs(&naive, tables.data, terms, LARGE, text, n);
        if (wrong)
            fail_msg("text %d: %s", i, wrong);
    }
    assert_true(naive.hits > 1000);
    naive_free(&naive);
    buf_free(&tables);
    free(terms);
}

static void damaged_tables_are_safe(void **unused)
{
    uint32_t cps[] = {0x5DE5, 0x8D44, 0x62D6, 'a', 0x5DE5, 0x6B20, 0x5DE5, 0x5DE5}, text[64];
    struct matcher_term terms[] = {{cps, 2},     {cps + 1, 2}, {cps, 3}, {cps, 1},
                                   {cps + 1, 6}, {cps, 8},     {cps, 2}, {cps + 3, 1}};
    enum { N = sizeof terms / sizeof *terms };
    struct buf tables = BUF_INIT;
    unsigned taken = 0;

    (void)unused;
    for (size_t i = 0; i < 64; i++)
        text[i] = cps[i % 8];
    assert_int_equal(matcher_build(terms, N, &tables), 0);
    size_t slots = matcher_slots_at((const struct matcher_tables *)tables.data);
    for (int turn = 0; turn < 20000; turn++) {
        char *copy = aligned_alloc(16, (tables.len + 15) & ~(size_t)15);
        memcpy(copy, tables.data, tables.len);
        for (size_t k = any(4) + 1; k > 0; k--) /* most where what is damaged matters */
            copy[any(8) ? slots + any(tables.len - slots) : any(32)] = (char)any(256);
        struct matcher_hits hits = {0};
        if (matcher_check(copy, tables.len, N)) {
            taken++;
            assert_int_equal(matcher_scan(copy, text, 64, &hits), 0);
        }
        for (size_t i = 0; i < hits.n; i++)
            assert_true(hits.list[i].term < N && hits.list[i].end <= 64);
        free(hits.list);
        free(copy);
    }
    assert_true(taken > 1000);
    buf_free(&tables);
}

/* What stands for "no character" behind a text's end is in no sound table. */
static void a_damaged_tail_ends_with_the_text(void **unused)
{
    uint32_t cps[] = {0x5DE5, 0x8D44, 0x62D6, 0x6B20};
    struct matcher_term whole = {cps, 4}, longer[] = {{cps, 3}, {cps, 4}};
    struct matcher_hits hits = {0};
    struct buf tables = BUF_INIT;

    (void)unused;
    assert_int_equal(matcher_build(&whole, 1, &tables), 0);
    struct matcher_tables *t = (struct matcher_tables *)tables.data;
    struct matcher_slot *slots = (struct matcher_slot *)(tables.data + matcher_slots_at(t));
    for (uint32_t i = 0; i < t->nslots; i++)
        if (slots[i].key & MATCHER_TAIL)
            slots[i].next = 1u << MATCHER_CP_BITS | MATCHER_NO_SECOND;
    if (matcher_check(tables.data, tables.len, 1))
        assert_int_equal(matcher_scan(tables.data, cps, 2, &hits), 0);
    assert_int_equal(hits.n, 0);
    buf_reset(&tables);
    assert_int_equal(matcher_build(longer, 2, &tables), 0);
    t = (struct matcher_tables *)tables.data;
    slots = (struct matcher_slot *)(tables.data + matcher_slots_at(t));
    uint64_t pair = matcher_pair(cps[0], cps[1]);
    uint32_t parent = matcher_probe(slots, pair,
                                    matcher_home(matcher_hash(pair), t->nslots));
    uint64_t none = matcher_child(parent, MATCHER_NO_SECOND);
    uint32_t child = matcher_probe(slots, none,
                                   matcher_home(matcher_hash(none), t->nslots));
    slots[parent].next = UINT32_MAX;
    slots[child] = (struct matcher_slot){none | MATCHER_USED, 0, 0};
    for (uint32_t i = 0; i < t->nslots; i++)
        if (slots[i].key & MATCHER_TERM)
            slots[i].key = 0;
    slots[child].key |= MATCHER_TERM;
    if (matcher_check(tables.data, tables.len, 2))
        assert_int_equal(matcher_scan(tables.data, cps, 2, &hits), 0);
    assert_int_equal(hits.n, 0);
    free(hits.list);
    buf_free(&tables);
}

static void damaged_records_are_refused(void **unused)
{
    uint32_t cps[] = {0x5DE5, 0x8D44, 0x62D6, 0x6B20};
    struct matcher_term terms[] = {{cps, 2}, {cps, 2}, {cps + 1, 2}, {cps + 2, 2}, {cps + 1, 3}};
    struct buf tables = BUF_INIT;
    struct matcher_slot *slot = NULL, *unused_slot = NULL;

    (void)unused;
    assert_int_equal(matcher_build(terms, 5, &tables), 0);
    struct matcher_tables *t = (struct matcher_tables *)tables.data;
    struct matcher_slot *slots = (struct matcher_slot *)(tables.data + matcher_slots_at(t));
    uint32_t *records = (uint32_t *)(tables.data + matcher_records_at(t));
    for (uint32_t i = 0; i + 1 < t->nslots; i++)
        if (slots[i].key & MATCHER_RECORD)
            slot = &slots[i];
        else if (!slots[i].key)
            unused_slot = &slots[i];
    assert_non_null(slot);
    assert_int_equal(t->nrecords, 3);
    assert_int_equal(records[0], 2);
    records[0] = 3; /* one more than there is room for */
    assert_false(matcher_check(tables.data, tables.len, 5));
    records[0] = 2;
    assert_true(matcher_check(tables.data, tables.len, 5));
    *unused_slot = *slot; /* more terms than were given */
    assert_false(matcher_check(tables.data, tables.len, 5));
    buf_free(&tables);
}

static void nothing_is_found_in_nothing(void **unused)
{
    uint32_t cps[] = {0x5DE5, 0x8D44};
    struct matcher_term term = {cps, 2};
    struct matcher_hits hits = {0};
    struct buf tables = BUF_INIT;

    (void)unused;
    assert_int_equal(matcher_build(&term, 0, &tables), 0);
    assert_int_equal(matcher_scan(tables.data, cps, 2, &hits), 0);
    buf_reset(&tables);
    assert_int_equal(matcher_build(&term, 1, &tables), 0);
    assert_int_equal(matcher_scan(tables.data, cps, 1, &hits), 0);
    assert_int_equal(matcher_scan(tables.data, cps, 0, &hits), 0);
    assert_int_equal(hits.n, 0);
    assert_null(hits.list);
    assert_int_equal(matcher_scan(tables.data, cps, 2, &hits), 0);
    assert_int_equal(hits.n, 1);
    free(hits.list);
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

static void spellings(void **unused)
{
    (void)unused;
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

static void a_title_ends(void **unused)
{
    struct fold f = FOLD_INIT;

    (void)unused;
    assert_int_equal(fold_text(STR("拖欠\n工资"), 6, &f), 0);
    assert_int_equal(f.title, 3);
    assert_int_equal(f.cp[2], '\n');
    assert_int_equal(f.start[3], 7);
    assert_int_equal(fold_end(&f, STR("拖欠\n工资"), 4), 13);
    fold_free(&f);
}

static void pinyin(void **unused)
{
    (void)unused;
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
        cmocka_unit_test(agrees_with_naive_search), cmocka_unit_test(agrees_on_a_large_set),
        cmocka_unit_test(damaged_tables_are_safe),
        cmocka_unit_test(a_damaged_tail_ends_with_the_text),
        cmocka_unit_test(damaged_records_are_refused),
        cmocka_unit_test(nothing_is_found_in_nothing),
        cmocka_unit_test(spellings),
        cmocka_unit_test(a_title_ends),
        cmocka_unit_test(pinyin),
    };
    return cmocka_run_group_tests_name("matcher", tests, NULL, NULL);
}
