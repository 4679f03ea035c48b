/* A model learned, stored, damaged and asked. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/err.h"
#include "classifiers/learn/learn_model.h"

static const char *const lifts[] = {"电梯又停了", "电梯困人", "电梯检修太慢", "坐电梯害怕"};
static const char *const buses[] = {"公交车不来", "公交车太挤", "等公交车很久", "公交车改线"};

static void add(struct samples *s, const char *text, unsigned i, unsigned sources,
                const char *label)
{
    char whole[256], source[16] = "";

    if (sources)
        snprintf(source, sizeof source, "s%u", i % sources);
    snprintf(whole, sizeof whole, "%s，第%u次。", text, i);
    assert_int_equal(samples_add(s, STR("x"), str_from(text), str_from(whole), str_from(source),
                                 UINT64_C(1) << samples_label(s, str_from(label)), NULL),
                     0);
}

static struct samples *make(unsigned sources)
{
    struct samples *s = samples_new();

    for (unsigned i = 0; i < 40; i++) {
        add(s, lifts[i % 4], i, sources, "lift");
        add(s, buses[i / 2 % 4], i, sources, "bus");
    }
    return s;
}

static struct learn_model *train(unsigned sources)
{
    struct samples *s = make(sources);
    struct learn_model *m = NULL;

    assert_int_equal(learn_train(s, 1000, &m), 0);
    samples_free(s);
    return m;
}

static struct buf written(const struct learn_model *m)
{
    struct buf b = BUF_INIT;

    assert_int_equal(learn_write(m, &b), 0);
    return b;
}

static void test_opinion(void **state)
{
    struct learn_model *m = train(4);
    struct features scratch = {0};
    float p[SAMPLES_LABELS_MAX], again[SAMPLES_LABELS_MAX];

    (void)state;
    assert_int_equal(learn_labels(m), 2);
    assert_int_equal(learn_samples(m), 80);
    assert_int_equal(learn_sources(m), 4);
    assert_int_equal(learn_date(m), 1000);
    assert_int_equal(learn_apply(m, &scratch, STR_NONE, STR("楼里的電梯 坏了"), p), 0);
    assert_true(str_is(learn_label(m, 0), "lift"));
    assert_true(p[0] > 0.5f && p[1] < 0.5f);
    assert_int_equal(learn_apply(m, &scratch, STR("公交车"), STR_NONE, again), 0);
    assert_true(again[0] < 0.5f && again[1] > 0.5f);
    assert_int_equal(learn_apply(m, &scratch, STR_NONE, STR("楼里的電梯 坏了"), again), 0);
    assert_memory_equal(p, again, 2 * sizeof *p);
    assert_int_equal(learn_apply(m, &scratch, STR_NONE, STR_NONE, again), 0);
    assert_true(learn_label_score(m, 0).f1 > 0.9f);
    features_free(&scratch);
    learn_free(m);
}

static void test_same_again(void **state)
{
    struct learn_model *a = train(3), *b = train(3), *read = NULL;
    struct buf one = written(a), two = written(b);

    (void)state;
    assert_int_equal(one.len, two.len);
    assert_memory_equal(one.data, two.data, one.len);
    assert_int_equal(learn_read(buf_str(&one), &read), 0);
    buf_reset(&two);
    assert_int_equal(learn_write(read, &two), 0);
    assert_int_equal(one.len, two.len);
    assert_memory_equal(one.data, two.data, one.len);
    learn_free(a);
    learn_free(b);
    learn_free(read);
    buf_free(&one);
    buf_free(&two);
}

/* Words of one source, of four items, and masked ones are in no model. */
static void test_keeps_no_ones_words(void **state)
{
    struct samples *s = make(2);
    struct learn_model *m = NULL;
    struct features f = {0};

    (void)state;
    assert_int_equal(learn_train(s, 1, &m), 0);
    assert_int_equal(learn_features(m), 0);
    learn_free(m);
    samples_free(s);
    s = make(0);
    for (unsigned i = 0; i < 4; i++)
        add(s, "龘靐", i, 0, "lift");
    for (unsigned i = 0; i < 9; i++)
        assert_int_equal(samples_add(s, STR("x"), STR_NONE, STR("联系人：王小明"), STR_NONE, 1, NULL), 0);
    assert_int_equal(learn_train(s, 1, &m), 0);
    struct buf b = written(m);
    static const uint32_t never[] = {0x9F98, 0x9750, 0x738B, 0x3007};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        uint64_t key = htole64(never[i]);
        assert_null(memmem(b.data, b.len, &key, sizeof key));
    }
    buf_free(&b);
    features_free(&f);
    learn_free(m);
    samples_free(s);
}

static void test_too_little(void **state)
{
    struct samples *s = samples_new();
    struct learn_model *m = NULL;
    double mean, deviation;

    (void)state;
    assert_int_equal(learn_train(s, 1, &m), ERR_INVALID);
    for (unsigned i = 0; i < 20; i++)
        add(s, lifts[i % 4], i, 0, "lift");
    for (unsigned i = 0; i < 4; i++)
        add(s, buses[i], i, 0, "bus");
    assert_int_equal(learn_train(s, 1, &m), ERR_INVALID);
    assert_int_equal(learn_cross(s, 2, NULL, &mean, &deviation), ERR_INVALID);
    samples_free(s);
}

static void seal(struct buf *b)
{
    uint64_t sum = htole64(XXH3_64bits(b->data + 20, b->len - 20));

    memcpy(b->data + 12, &sum, sizeof sum);
}

/* Every byte damaged, every length cut, and then with the checksum made to fit: never a crash, and
 * a model that is read does answer within 0 and 1. */
static void test_damaged(void **state)
{
    struct learn_model *m = train(3), *read;
    struct buf good = written(m), bad = BUF_INIT;
    struct features scratch = {0};
    float p[SAMPLES_LABELS_MAX];
    size_t refused = 0;

    (void)state;
    for (size_t i = 0; i < good.len; i++) {
        buf_reset(&bad);
        buf_add(&bad, good.data, good.len);
        bad.data[i] = (char)(bad.data[i] ^ 0x41);
        assert_int_not_equal(learn_read(buf_str(&bad), &read), 0);
        seal(&bad);
        if (learn_read(buf_str(&bad), &read)) {
            refused++;
            continue;
        }
        assert_int_equal(learn_apply(read, &scratch, STR("电梯"), STR("公交车"), p), 0);
        for (size_t l = 0; l < learn_labels(read); l++)
            assert_true(p[l] >= 0 && p[l] <= 1);
        learn_free(read);
    }
    assert_true(refused > 20);
    for (size_t n = 0; n < good.len; n++) {
        bad.len = 0;
        buf_add(&bad, good.data, n);
        assert_int_not_equal(learn_read(buf_str(&bad), &read), 0);
        if (n > 20)
            seal(&bad);
        assert_int_not_equal(learn_read(buf_str(&bad), &read), 0);
    }
    features_free(&scratch);
    buf_free(&good);
    buf_free(&bad);
    learn_free(m);
}

static const struct feature *find(const struct features *f, uint64_t key)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->list[i].key == key)
            return &f->list[i];
    return NULL;
}

/* Asked feature by feature, in their order, of what features_take() says. */
static void ask_plainly(const struct learn_model *m, struct str title, struct str text, float *p)
{
    double margin[SAMPLES_LABELS_MAX] = {0}, square = 0;
    struct features f = {0};

    assert_int_equal(features_take(&f, title, text), 0);
    for (int pass = 0; pass < 2; pass++) {
        double scale = square > 0 ? 1 / sqrt(square) : 0;
        for (uint32_t i = 0; i < m->nfeatures; i++) {
            const struct feature *gram = find(&f, m->keys[i]);
            float value = gram ? learn_model_tf(gram->count) * m->idf[i] : 0;
            if (!pass)
                square += (double)value * (double)value;
            for (uint32_t l = 0; pass && l < m->nlabels; l++)
                margin[l] += (double)value * scale * (double)m->weights[i * m->nlabels + l];
        }
    }
    for (uint32_t l = 0; l < m->nlabels; l++)
        p[l] = learn_model_sigmoid(&m->labels[l], margin[l] + (double)m->labels[l].bias);
    features_free(&f);
}

/* What the sieve, the slots and the marks of what was met leave out or add would show here. */
static void test_as_asked_plainly(void **state)
{
    static const char *const pieces[] = {"电梯又停了", "公交车", "，", "第3次", "楼", "A12", " ",
                                         "\n", "电", "困人", "太挤", "等", "〇〇", "\U00020000"};
    struct learn_model *m = train(4);
    struct features scratch = {0};
    struct buf text = BUF_INIT;
    float p[SAMPLES_LABELS_MAX], plain[SAMPLES_LABELS_MAX];
    unsigned seed = 11, known = 0;

    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    for (int turn = 0; turn < 300; turn++) {
        size_t cut = 0, n = (size_t)rand() % (turn % 3 ? 20 : 200);
        buf_reset(&text);
        for (size_t i = 0; i < n; i++) {
            buf_addf(&text, "%s", pieces[(size_t)rand() % (sizeof pieces / sizeof *pieces)]);
            cut = i < n / 4 ? text.len : cut;
        }
        struct str title = {text.data, cut}, rest = {text.data + cut, text.len - cut};
        assert_int_equal(learn_apply(m, &scratch, title, rest, p), 0);
        ask_plainly(m, title, rest, plain);
        assert_memory_equal(p, plain, m->nlabels * sizeof *p);
        known += scratch.n > 10;
    }
    assert_true(known > 100);
    buf_free(&text);
    features_free(&scratch);
    learn_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_asked_plainly),
        cmocka_unit_test(test_opinion),    cmocka_unit_test(test_same_again),
        cmocka_unit_test(test_keeps_no_ones_words), cmocka_unit_test(test_too_little),
        cmocka_unit_test(test_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
