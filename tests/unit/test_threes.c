/* What is done eight at a time and what one at a time, where the processor has nothing better, are
 * the same. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "classifiers/likeness/fingerprint.h"
#include "classifiers/mask/mask.h"
#include "classifiers/match/matcher_tables.h"
#include "classifiers/text/codes.h"
#include "classifiers/text/fold.h"
#include "classifiers/text/threes.h"
#include "tests/unit/seed.h"

enum { TURNS = 4000, LONGEST = 600, ROOM = 4 * LONGEST + 8 };

static uint64_t state;

static uint32_t any(uint32_t n)
{
    return seed_roll(&state, n);
}

/* Mostly stretches of Chinese, with what breaks them up. */
static void make_text(struct buf *out)
{
    static const char *const others[] = {
        "，", "。", "\n", " ", "　", "！", "?", ";", "、", "１", "ａ", "Ａ", "é", "÷", "😀", "𠮷", "（tuō）",
        "138", "0013", "8000", "@", "＠", "\xE2\x80\x8B", "工資", "電話", "联系人：王小明", "我叫李娜，",
        "姓名", "12号3栋402室", "张三、李四、", "\xEF\xBF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "･", "｡"};
    enum { OTHERS = sizeof others / sizeof *others };
    char put[4];

    buf_reset(out);
    for (uint32_t n = any(LONGEST / 12); n; n--) {
        for (uint32_t run = any(3) ? any(20) : 0; run && out->len + 64 < 4 * LONGEST; run--)
            buf_add(out, put, utf8_put(0x4E00 + any(any(2) ? 200 : 0x5200), put));
        if (out->len + 64 < 4 * LONGEST)
            buf_addf(out, "%s", others[any(OTHERS)]);
    }
    buf_add_char(out, '\n');
}

struct made { /* of one text, one way */
    uint32_t cp[ROOM], start[ROOM], window[ROOM], places[ROOM], stops[ROOM], words[ROOM];
    uint32_t sought[ROOM], ordered[ROOM], batch[ROOM], sketch[VERDICT_SKETCH];
    size_t codes, windowed, n, nplaces, nstops, nwords, nsought, nordered, nbatch, title;
    uint32_t folded[ROOM], began[ROOM];
    char masked[ROOM];
};

static void read_codes(struct str s, size_t window, struct made *m)
{
    uint32_t start[ROOM];
    size_t at = 0;

    m->codes = codes_read(s, &at, m->cp, m->start, ROOM);
    assert_int_equal(at, s.n);
    for (at = m->windowed = 0; at < s.n;)
        m->windowed += codes_read(s, &at, m->window + m->windowed, start, window);
    const uint32_t what[CODES_SOUGHT] = {'\n', 0x3002, m->cp[m->codes / 2]};
    m->nsought = 0;
    for (size_t k = 0; (k = codes_seek(m->cp, k, m->codes, what)) < m->codes; k++)
        m->sought[m->nsought++] = (uint32_t)k;
}

static uint8_t marks[CODES_MARKS + CODES_SPARE];

/* In two pieces, as who stops in between goes on: the second begins two before the first's end. */
static void read_in_order(size_t middle, struct made *m)
{
    size_t naive = 0;

    m->nordered = codes_in_order(m->cp, 0, middle, marks, m->ordered);
    m->nordered += codes_in_order(m->cp, middle > 2 ? middle - 2 : 0, m->codes, marks,
                                  m->ordered + m->nordered);
    for (size_t k = 2; k < m->codes; k++)
        naive += marks[m->cp[k - 2] & 0xFFFF] & 1 && marks[m->cp[k - 1] & 0xFFFF] & 2 &&
                 marks[m->cp[k] & 0xFFFF] & 4;
    assert_int_equal(m->nordered, naive);
    for (size_t i = 1; i < m->nordered; i++)
        assert_true(m->ordered[i] > m->ordered[i - 1]);
}

static void fold_codes(struct str s, size_t title, const uint32_t *set, struct made *m)
{
    struct fold f = FOLD_INIT;

    assert_int_equal(fold_text(s, title, &f), 0);
    m->n = f.n;
    m->title = f.title;
    memcpy(m->folded, f.cp, f.n * sizeof *f.cp);
    memcpy(m->began, f.start, f.n * sizeof *f.start);
    m->nplaces = fold_among(f.cp, f.n, set, m->places);
    m->nstops = fold_stops(&f, m->stops);
    m->nwords = fold_words(&f, m->words);
    fingerprint_sketch(m->words, m->nwords, m->sketch);
    fold_free(&f);
}

static void gather(const uint32_t *bitmap, struct made *m)
{
    uint32_t batch[MATCHER_BATCH];

    m->nbatch = 0;
    for (size_t at = 0; at + 1 < m->n;) {
        size_t found = matcher_pairs(bitmap, MATCHER_BITS_MIN, m->folded, m->n, &at, batch);
        memcpy(m->batch + m->nbatch, batch, found * sizeof *batch);
        m->nbatch += found;
    }
}

static void assert_same(const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
    assert_int_equal(na, nb);
    if (na)
        assert_memory_equal(a, b, na * sizeof *a);
}

static void assert_all_same(const struct made *a, const struct made *b, size_t bytes)
{
    assert_same(a->cp, a->codes, b->cp, b->codes);
    assert_same(a->start, a->codes, b->start, b->codes);
    assert_same(a->window, a->windowed, b->window, b->windowed);
    assert_same(a->window, a->windowed, a->cp, a->codes);
    assert_same(a->sought, a->nsought, b->sought, b->nsought);
    assert_same(a->ordered, a->nordered, b->ordered, b->nordered);
    assert_same(a->folded, a->n, b->folded, b->n);
    assert_same(a->began, a->n, b->began, b->n);
    assert_int_equal(a->title, b->title);
    assert_same(a->places, a->nplaces, b->places, b->nplaces);
    assert_same(a->stops, a->nstops, b->stops, b->nstops);
    assert_same(a->words, a->nwords, b->words, b->nwords);
    assert_same(a->sketch, VERDICT_SKETCH, b->sketch, VERDICT_SKETCH);
    assert_same(a->batch, a->nbatch, b->batch, b->nbatch);
    assert_memory_equal(a->masked, b->masked, bytes);
}

static void both_ways_agree(void **unused)
{
    static uint32_t set[FOLD_SET / 32], bitmap[(1 << MATCHER_BITS_MIN) / 32];
    static struct made wide, plain;
    struct buf text = BUF_INIT;

    (void)unused;
    state = seed_begin();
    for (size_t i = 0; i < FOLD_SET / 32; i++)
        set[i] = any(0x10000) & any(0x10000);
    set[0] &= ~1u;
    for (size_t i = 0; i < sizeof bitmap / sizeof *bitmap; i++)
        bitmap[i] = any(0x10000) << 16 & any(0x10000) << 16;
    for (size_t i = 0; i < CODES_MARKS; i++)
        marks[i] = (uint8_t)any(256);
    for (int turn = 0; turn < TURNS; turn++) {
        make_text(&text);
        size_t window = 1 + any(300), title = any(2) ? SIZE_MAX : text.len - 1;
        for (int way = 0; way < 2; way++) {
            struct made *m = way ? &plain : &wide;
            threes_plain = way;
            read_codes(buf_str(&text), window, m);
            read_in_order(window < m->codes ? window : m->codes, m);
            fold_codes(buf_str(&text), title, set, m);
            gather(bitmap, m);
            memcpy(m->masked, text.data, text.len);
            mask_text(m->masked, text.len);
        }
        threes_plain = false;
        assert_all_same(&wide, &plain, text.len);
    }
    buf_free(&text);
}

static void digits_are_counted(void **unused)
{
    static const uint32_t others[] = {'0' - 1, '9' + 1, 0, 0xFF11, 0x4E00, 0x10FFFF, 'a'};

    (void)unused;
    state = seed_begin();
    for (int turn = 0; turn < TURNS; turn++) {
        uint32_t cp[CODES_DIGITS];
        unsigned n = any(CODES_DIGITS + 1);
        for (unsigned k = 0; k < CODES_DIGITS; k++)
            cp[k] = k == n || (k > n && any(2)) ? others[any(sizeof others / sizeof *others)]
                                                : '0' + any(10);
        assert_int_equal(codes_digits(cp), n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(both_ways_agree),
                                       cmocka_unit_test(digits_are_counted)};

    return cmocka_run_group_tests_name("threes", tests, NULL, NULL);
}
