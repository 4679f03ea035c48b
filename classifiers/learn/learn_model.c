#include "classifiers/learn/learn_model.h"

#include <math.h>
#include <stdlib.h>

#include <xxhash.h>

#include "base/err.h"
#include "base/utf8.h"

/* A file: magic, u32 version, u64 xxh3 of all that follows it; i64 date, u32 samples, sources,
 * labels, features; of each label its name and six floats; keys; idf; weights. Little-endian. */
static const char magic[8] = "HYLEARN\n";

enum { VERSION = 1, FEATURES_MAX = 8 * 1024 * 1024, NAME_MAX_BYTES = 1024, MARGIN_MAX = 700 };

struct learn_model *learn_model_new(uint32_t nlabels, uint32_t nfeatures)
{
    struct arena *arena = arena_new();
    struct learn_model *m = arena ? arena_alloc(arena, 1, sizeof *m) : NULL;

    if (m) {
        m->arena = arena;
        m->nlabels = nlabels;
        m->nfeatures = nfeatures;
        m->keys = arena_alloc(arena, nfeatures + (size_t)1, sizeof *m->keys);
        m->idf = arena_alloc(arena, nfeatures + (size_t)1, sizeof *m->idf);
        m->weights = arena_alloc(arena, (size_t)nfeatures * nlabels + LEARN_BEYOND,
                                 sizeof *m->weights);
        if (m->keys && m->idf && m->weights)
            return m;
    }
    arena_free(arena);
    return NULL;
}

void learn_free(struct learn_model *m)
{
    if (m)
        arena_free(m->arena);
}

static int add_float(struct buf *out, float v)
{
    uint32_t bits;

    memcpy(&bits, &v, sizeof bits);
    return buf_add_u32(out, bits);
}

int learn_write(const struct learn_model *m, struct buf *out)
{
    size_t begin = out->len;

    buf_add(out, magic, sizeof magic);
    buf_add_u32(out, VERSION);
    buf_add_u64(out, 0);
    size_t body = out->len;
    buf_add_u64(out, (uint64_t)m->date);
    buf_add_u32(out, m->nsamples);
    buf_add_u32(out, m->nsources);
    buf_add_u32(out, m->nlabels);
    buf_add_u32(out, m->nfeatures);
    for (uint32_t i = 0; i < m->nlabels; i++) {
        const struct learn_label *l = &m->labels[i];
        const float values[] = {l->score.precision, l->score.recall, l->score.f1,
                                l->bias, l->slope, l->offset};
        buf_add_lstr(out, l->name);
        for (size_t k = 0; k < sizeof values / sizeof *values; k++)
            add_float(out, values[k]);
    }
    for (uint32_t i = 0; i < m->nfeatures; i++)
        buf_add_u64(out, m->keys[i]);
    for (uint32_t i = 0; i < m->nfeatures; i++)
        add_float(out, m->idf[i]);
    for (size_t i = 0; i < (size_t)m->nfeatures * m->nlabels; i++)
        add_float(out, m->weights[i]);
    if (!buf_ok(out)) {
        out->len = begin;
        return ERR_NOMEM;
    }
    uint64_t sum = htole64(XXH3_64bits(out->data + body, out->len - body));
    memcpy(out->data + body - sizeof sum, &sum, sizeof sum);
    return 0;
}

/* A float within the bounds; else the reader is bad. */
static float read_float(struct buf_reader *r, float min, float max)
{
    uint32_t bits = buf_read_u32(r);
    float v;

    memcpy(&v, &bits, sizeof v);
    if (!(v >= min && v <= max)) {
        r->bad = true;
        return 0;
    }
    return v;
}

static bool read_labels(struct buf_reader *r, struct learn_model *m)
{
    for (uint32_t i = 0; i < m->nlabels && !r->bad; i++) {
        struct learn_label *l = &m->labels[i];
        struct str name = buf_read_lstr(r);
        if (!name.n || name.n > NAME_MAX_BYTES || !utf8_valid(name))
            return false;
        for (uint32_t k = 0; k < i; k++)
            if (str_eq(m->labels[k].name, name))
                return false;
        l->name = arena_str(m->arena, name);
        if (!l->name.p)
            return false;
        l->score.precision = read_float(r, 0, 1);
        l->score.recall = read_float(r, 0, 1);
        l->score.f1 = read_float(r, 0, 1);
        l->bias = read_float(r, -1e6f, 1e6f);
        l->slope = read_float(r, -1e6f, 0);
        l->offset = read_float(r, -1e6f, 1e6f);
    }
    return !r->bad;
}

static bool read_features(struct buf_reader *r, struct learn_model *m)
{
    for (uint32_t i = 0; i < m->nfeatures; i++) {
        m->keys[i] = buf_read_u64(r);
        if (i && m->keys[i] <= m->keys[i - 1])
            return false;
    }
    for (uint32_t i = 0; i < m->nfeatures; i++)
        m->idf[i] = read_float(r, 0, 100);
    for (size_t i = 0; i < (size_t)m->nfeatures * m->nlabels; i++)
        m->weights[i] = read_float(r, -1e6f, 1e6f);
    return !r->bad && !r->left;
}

int learn_read(struct str bytes, struct learn_model **out)
{
    struct buf_reader r = {bytes.p, bytes.n, false};
    struct learn_model *m;

    if (bytes.n < sizeof magic || memcmp(bytes.p, magic, sizeof magic) != 0)
        return ERR_CORRUPT;
    r.p += sizeof magic;
    r.left -= sizeof magic;
    uint32_t version = buf_read_u32(&r);
    uint64_t sum = buf_read_u64(&r);
    if (r.bad)
        return ERR_CORRUPT;
    if (version != VERSION)
        return ERR_UNSUPPORTED;
    if (XXH3_64bits(r.p, r.left) != sum)
        return ERR_CORRUPT;
    int64_t date = (int64_t)buf_read_u64(&r);
    uint32_t nsamples = buf_read_u32(&r), nsources = buf_read_u32(&r);
    uint32_t nlabels = buf_read_u32(&r), nfeatures = buf_read_u32(&r);
    /* Nothing is allocated that the bytes at hand could not fill. */
    if (r.bad || !nlabels || nlabels > SAMPLES_LABELS_MAX || nfeatures > FEATURES_MAX ||
        nfeatures > r.left / (8 + 4 + 4 * (size_t)nlabels) || date < 0 || nsources > nsamples)
        return ERR_CORRUPT;
    if (!(m = learn_model_new(nlabels, nfeatures)))
        return ERR_NOMEM;
    m->date = date;
    m->nsamples = nsamples;
    m->nsources = nsources;
    int err = read_labels(&r, m) && read_features(&r, m) ? learn_model_index(m) : ERR_CORRUPT;
    if (err)
        learn_free(m);
    else
        *out = m;
    return err;
}

float learn_model_tf(float count)
{
    return 1 + logf(count);
}

float learn_model_sigmoid(const struct learn_label *l, double margin)
{
    double x = (double)l->slope * margin + (double)l->offset;

    x = x > MARGIN_MAX ? MARGIN_MAX : x < -MARGIN_MAX ? -MARGIN_MAX : x;
    return (float)(1 / (1 + exp(x)));
}

static size_t slot_of(const struct learn_model *m, uint64_t key)
{
    return (size_t)(features_hash(key) >> (64 - m->slots_bits));
}

int learn_model_index(struct learn_model *m)
{
    enum { SIEVE_MORE = 2 }; /* of sixteen places one is taken, at most */

    for (m->slots_bits = 4; (size_t)1 << m->slots_bits < 4 * (size_t)m->nfeatures;)
        m->slots_bits++;
    size_t size = (size_t)1 << m->slots_bits;
    unsigned bits = m->slots_bits + SIEVE_MORE;
    uint64_t *sieve = arena_alloc(m->arena, ((size_t)1 << bits) / 64, sizeof *sieve);
    m->slots = arena_alloc(m->arena, size, sizeof *m->slots);
    if (!m->slots || !sieve)
        return ERR_NOMEM;
    m->sieve = (struct features_sieve){sieve, 64 - bits};
    for (uint32_t i = 0; i < m->nfeatures; i++) {
        uint64_t bit = features_hash(m->keys[i]) >> m->sieve.shift;
        sieve[bit / 64] |= UINT64_C(1) << bit % 64;
        size_t at = slot_of(m, m->keys[i]);
        while (m->slots[at])
            at = (at + 1) & (size - 1);
        m->slots[at] = i + 1;
    }
    for (unsigned i = 1; i < LEARN_COUNTS; i++)
        m->tf[i] = learn_model_tf((float)i);
    return 0;
}

static int make_room(const struct learn_model *m, struct features *f)
{
    size_t words = m->nfeatures / 64 + (size_t)1;

    if (f->nsums >= m->nfeatures && f->sums)
        return 0;
    free(f->sums);
    free(f->met);
    free(f->met_words);
    f->nsums = m->nfeatures;
    f->sums = calloc(m->nfeatures + (size_t)1, sizeof *f->sums);
    f->met = calloc(words, sizeof *f->met);
    f->met_words = calloc(words / 64 + 1, sizeof *f->met_words);
    if (f->sums && f->met && f->met_words)
        return 0;
    f->nsums = 0;
    return ERR_NOMEM;
}

/* Sum up the grams that the model knows. */
static void sum_up(const struct learn_model *m, struct features *f)
{
    const uint32_t *const slots = m->slots;
    const size_t mask = ((size_t)1 << m->slots_bits) - 1;
    float *const sums = f->sums;

    for (size_t i = 0; i < f->n; i++) {
        const struct feature gram = f->list[i];
        size_t at = slot_of(m, gram.key);
        while (slots[at] && m->keys[slots[at] - 1] != gram.key)
            at = (at + 1) & mask;
        if (!slots[at]) /* few pass the sieve that are not known */
            continue;
        uint32_t index = slots[at] - 1;
        sums[index] += gram.count;
        f->met[index / 64] |= UINT64_C(1) << index % 64;
        f->met_words[index / 4096] |= UINT64_C(1) << index / 64 % 64;
    }
}

/* Of those of f->met[word] the values onto the list and their squares onto *square. Nothing stays
 * met. */
static void value_word(const struct learn_model *m, struct features *f, size_t word,
                       double *square)
{
    for (uint64_t left = f->met[word]; left; left &= left - 1) {
        size_t at = word * 64 + (size_t)__builtin_ctzll(left);
        float count = f->sums[at]; /* a whole number */
        float tf = count < LEARN_COUNTS ? m->tf[(unsigned)count] : learn_model_tf(count);
        float value = tf * m->idf[at];
        f->sums[at] = 0;
        *square += (double)value * (double)value;
        f->list[f->n++] = (struct feature){at, value};
    }
    f->met[word] = 0;
}

/* Leave in f what the model knows, by rising index and value, and *square, the sum of squares. */
static int find_known(const struct learn_model *m, struct features *f, const struct fold *fold,
                      double *square)
{
    int err = make_room(m, f);

    if (err || (err = features_sift(f, fold, m->sieve)))
        return err;
    sum_up(m, f);
    f->n = 0; /* there were at least as many grams as there are of them */
    *square = 0;
    for (size_t k = 0; k <= m->nfeatures / 4096; k++) {
        for (uint64_t left = f->met_words[k]; left; left &= left - 1)
            value_word(m, f, k * 64 + (size_t)__builtin_ctzll(left), square);
        f->met_words[k] = 0;
    }
    return 0;
}

enum { LANES = 4 };
typedef float float_four __attribute__((vector_size(LANES * sizeof(float))));
typedef double double_four __attribute__((vector_size(LANES * sizeof(double))));

int learn_apply_folded(const struct learn_model *m, struct features *f, const struct fold *fold,
                       float probabilities[SAMPLES_LABELS_MAX])
{
    double_four margin[SAMPLES_LABELS_MAX / LANES + 1] = {0};
    double square;
    int err = find_known(m, f, fold, &square);

    if (err)
        return err;
    double scale = square > 0 ? 1 / sqrt(square) : 0;
    for (size_t i = 0; i < f->n; i++) {
        const float *weights = m->weights + f->list[i].key * m->nlabels;
        double value = (double)f->list[i].count * scale;
        for (uint32_t l = 0; l < m->nlabels; l += LANES) { /* what is beyond nobody reads */
            float_four w;
            memcpy(&w, weights + l, sizeof w);
            margin[l / LANES] += value * __builtin_convertvector(w, double_four);
        }
    }
    for (uint32_t l = 0; l < m->nlabels; l++) {
        const struct learn_label *label = &m->labels[l];
        double sum = margin[l / LANES][l % LANES] + (double)label->bias;
        probabilities[l] = learn_model_sigmoid(label, sum);
    }
    return 0;
}

int learn_apply(const struct learn_model *m, struct features *f, struct str title, struct str text,
                float probabilities[SAMPLES_LABELS_MAX])
{
    int err = features_fold(f, title, text);

    return err ? err : learn_apply_folded(m, f, &f->fold, probabilities);
}

size_t learn_labels(const struct learn_model *m)
{
    return m->nlabels;
}

struct str learn_label(const struct learn_model *m, size_t i)
{
    return m->labels[i].name;
}

struct learn_score learn_label_score(const struct learn_model *m, size_t i)
{
    return m->labels[i].score;
}

size_t learn_features(const struct learn_model *m)
{
    return m->nfeatures;
}

size_t learn_samples(const struct learn_model *m)
{
    return m->nsamples;
}

size_t learn_sources(const struct learn_model *m)
{
    return m->nsources;
}

int64_t learn_date(const struct learn_model *m)
{
    return m->date;
}
