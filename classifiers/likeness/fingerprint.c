#include "classifiers/likeness/fingerprint.h"

#include <string.h>

#include "classifiers/text/threes.h"

#define SALT UINT64_C(0x9E3779B97F4A7C15)
#define MIX_FIRST UINT64_C(0xBF58476D1CE4E5B9)
#define MIX_SECOND UINT64_C(0x94D049BB133111EB)
#define ODD 0x9E3779B1u

/* The finaliser of splitmix64. */
static inline uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * MIX_FIRST;
    x = (x ^ (x >> 27)) * MIX_SECOND;
    return x ^ (x >> 31);
}

/* Slot k keeps the least of hash k over all trigrams. The 16 hashes of a trigram are two
 * independent halves combined, which is enough for min-hash (Kirsch and Mitzenmacher 2006). They
 * are made without a multiplication each, since (a + k·b)·c is a·c + k·(b·c). */
void fingerprint_plain(const uint32_t *folded, size_t n, uint32_t sketch[static VERDICT_SKETCH])
{
    uint64_t three = 0; /* code points, 21 bits each */

    memset(sketch, 0xFF, VERDICT_SKETCH * sizeof *sketch);
    for (size_t i = 0; i < 3; i++)
        three = three << 21 | (i < n ? folded[i] : 0);
    for (size_t i = 3;; i++) {
        uint64_t h = mix(three + SALT);
        uint32_t v = (uint32_t)h * ODD, b = ((uint32_t)(h >> 32) | 1) * ODD;
        for (int k = 0; k < VERDICT_SKETCH; k++, v += b) {
            uint32_t w = v ^ (v >> 15);
            sketch[k] = w < sketch[k] ? w : sketch[k];
        }
        if (i >= n)
            break;
        three = (three << 21 | folded[i]) & (UINT64_MAX >> 1);
    }
}

#ifdef __x86_64__
enum {
    EIGHT = 8,
    READ = EIGHT + 2, /* code points */
    HALF = VERDICT_SKETCH / 2,
    BLOCK = 32
};

#define WIDE __attribute__((target("avx2"), always_inline)) static inline

WIDE __m256i times(__m256i x, uint64_t by)
{
    __m256i low = _mm256_set1_epi64x((int64_t)(by & UINT32_MAX));
    __m256i high = _mm256_set1_epi64x((int64_t)(by >> 32));
    __m256i cross = _mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64(x, 32), low),
                                     _mm256_mul_epu32(x, high));

    return _mm256_add_epi64(_mm256_mul_epu32(x, low), _mm256_slli_epi64(cross, 32));
}

/* mix() of four trigrams, the first of which begins at cp. */
WIDE __m256i mix_four(const uint32_t *cp)
{
    __m256i x = _mm256_slli_epi64(_mm256_cvtepu32_epi64(_mm_loadu_si128((const __m128i *)cp)), 42);
    __m256i y = _mm256_cvtepu32_epi64(_mm_loadu_si128((const __m128i *)(cp + 1)));

    x = _mm256_or_si256(x, _mm256_slli_epi64(y, 21));
    x = _mm256_or_si256(x, _mm256_cvtepu32_epi64(_mm_loadu_si128((const __m128i *)(cp + 2))));
    x = _mm256_add_epi64(x, _mm256_set1_epi64x((int64_t)SALT));
    x = times(_mm256_xor_si256(x, _mm256_srli_epi64(x, 30)), MIX_FIRST);
    x = times(_mm256_xor_si256(x, _mm256_srli_epi64(x, 27)), MIX_SECOND);
    return _mm256_xor_si256(x, _mm256_srli_epi64(x, 31));
}

/* Of eight trigrams: slot 0, and what each slot has more than the one before it. */
struct hashes {
    __m256i v, b;
};

WIDE struct hashes hash_eight(const uint32_t *cp)
{
    const __m256i odd = _mm256_set1_epi32((int)ODD), one = _mm256_set1_epi32(1);
    __m256 x = _mm256_castsi256_ps(mix_four(cp));
    __m256 y = _mm256_castsi256_ps(mix_four(cp + EIGHT / 2));
    __m256i low = _mm256_castps_si256(_mm256_shuffle_ps(x, y, 0x88));
    __m256i high = _mm256_castps_si256(_mm256_shuffle_ps(x, y, 0xDD));

    return (struct hashes){_mm256_mullo_epi32(low, odd),
                           _mm256_mullo_epi32(_mm256_or_si256(high, one), odd)};
}

/* Half of the slots, which fit in registers, over n times eight trigrams; all[].v go on. */
WIDE void lower(__m256i *least, struct hashes *all, size_t n)
{
    __m256i l[HALF];

    memcpy(l, least, sizeof l);
    for (size_t i = 0; i < n; i++) {
        __m256i v = all[i].v, b = all[i].b;
#pragma GCC unroll 8
        for (int k = 0; k < HALF; k++) {
            l[k] = _mm256_min_epu32(l[k], _mm256_xor_si256(v, _mm256_srli_epi32(v, 15)));
            v = _mm256_add_epi32(v, b);
        }
        all[i].v = v;
    }
    memcpy(least, l, sizeof l);
}

WIDE uint32_t least_of(__m256i v)
{
    __m128i x = _mm_min_epu32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));

    x = _mm_min_epu32(x, _mm_shuffle_epi32(x, 0x4E));
    x = _mm_min_epu32(x, _mm_shuffle_epi32(x, 0xB1));
    return (uint32_t)_mm_cvtsi128_si32(x);
}

/* fingerprint_plain() of at least READ code points. The last eight trigrams may overlap those
 * before them: a hash does not get less by being there twice. */
__attribute__((target("avx2"))) static void sketch_wide(const uint32_t *folded, size_t n,
                                                        uint32_t *sketch)
{
    __m256i least[VERDICT_SKETCH];
    struct hashes all[BLOCK];
    const size_t last = n - READ;

    for (int k = 0; k < VERDICT_SKETCH; k++)
        least[k] = _mm256_set1_epi32(-1);
    for (size_t i = 0, blocks = 0; blocks * EIGHT <= last + EIGHT - 1;) {
        for (i = 0; i < BLOCK && blocks * EIGHT <= last + EIGHT - 1; i++, blocks++)
            all[i] = hash_eight(folded + (blocks * EIGHT < last ? blocks * EIGHT : last));
        lower(least, all, i);
        lower(least + HALF, all, i);
    }
    for (int k = 0; k < VERDICT_SKETCH; k++)
        sketch[k] = least_of(least[k]);
}
#endif

void fingerprint_sketch(const uint32_t *folded, size_t n, uint32_t sketch[static VERDICT_SKETCH])
{
#ifdef __x86_64__
    if (n >= READ && threes_wide()) {
        sketch_wide(folded, n, sketch);
        return;
    }
#endif
    fingerprint_plain(folded, n, sketch);
}

int fingerprint_equal(const uint32_t a[static VERDICT_SKETCH],
                      const uint32_t b[static VERDICT_SKETCH])
{
    int same = 0;

    for (int k = 0; k < VERDICT_SKETCH; k++)
        same += a[k] == b[k];
    return same;
}
