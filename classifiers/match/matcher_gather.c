/* Eight positions at once where the processor has AVX2, else one; the same result. */
#include "classifiers/match/matcher_tables.h"
#include "classifiers/text/threes.h"

static size_t gather_to(const uint32_t *bitmap, uint32_t bits, const uint32_t *cp, size_t at,
                        size_t end, uint32_t *batch, size_t n)
{
    uint32_t shift = 32 - bits;

    for (; at < end; at++) { /* no branch on what is found */
        uint32_t bit = matcher_pair_hash(cp[at], cp[at + 1]) >> shift;
        batch[n] = (uint32_t)at;
        n += bitmap[bit / 32] >> (bit % 32) & 1;
    }
    return n;
}

size_t matcher_pairs_plain(const uint32_t *bitmap, uint32_t bits, const uint32_t *cp, size_t n,
                           size_t *at, uint32_t *batch)
{
    size_t found = 0;

    while (*at + 1 < n && found <= MATCHER_BATCH - MATCHER_BLOCK) {
        size_t end = n - *at - 1 < MATCHER_BLOCK ? n - 1 : *at + MATCHER_BLOCK;
        found = gather_to(bitmap, bits, cp, *at, end, batch, found);
        *at = end;
    }
    return found;
}

#ifdef __x86_64__
#define BELOW(m, k) __builtin_popcount((m) & ((1u << (k)) - 1))
#define LANE(m, k) ((uint64_t)(((m) >> (k)&1) * (k)) << 8 * BELOW(m, k))
#define LANES(m) \
    (LANE(m, 1u) | LANE(m, 2u) | LANE(m, 3u) | LANE(m, 4u) | LANE(m, 5u) | LANE(m, 6u) | \
     LANE(m, 7u))
#define LANES_4(m) LANES(m), LANES((m) + 1u), LANES((m) + 2u), LANES((m) + 3u)
#define LANES_16(m) LANES_4(m), LANES_4((m) + 4u), LANES_4((m) + 8u), LANES_4((m) + 12u)
#define LANES_64(m) LANES_16(m), LANES_16((m) + 16u), LANES_16((m) + 32u), LANES_16((m) + 48u)
const uint64_t matcher_lanes[256] = {LANES_64(0u), LANES_64(64u), LANES_64(128u), LANES_64(192u)};

__attribute__((target("avx2,popcnt"))) static size_t
gather_avx2(const uint32_t *bitmap, uint32_t bits, const uint32_t *cp, size_t n, size_t *at,
            uint32_t *batch)
{
    const __m256i first = _mm256_set1_epi32((int)MATCHER_HASH_FIRST);
    const __m256i second = _mm256_set1_epi32((int)MATCHER_HASH_SECOND);
    const __m256i numbers = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m128i shift = _mm_cvtsi32_si128((int)(32 - bits));
    size_t i = *at, found = 0;

    for (; i + 8 < n && found <= MATCHER_BATCH - MATCHER_BLOCK; i += 8) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(cp + i));
        __m256i b = _mm256_loadu_si256((const __m256i *)(cp + i + 1));
        __m256i hash =
            _mm256_xor_si256(_mm256_mullo_epi32(a, first), _mm256_mullo_epi32(b, second));
        __m256i bit = _mm256_srl_epi32(hash, shift);
        __m256i word = _mm256_i32gather_epi32((const int *)bitmap, _mm256_srli_epi32(bit, 5), 4);
        /* The bit that is wanted becomes the sign. */
        __m256i up = _mm256_andnot_si256(bit, _mm256_set1_epi32(31));
        __m256i sign = _mm256_sllv_epi32(word, up);
        unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(sign));
        const __m128i *closed = (const __m128i *)&matcher_lanes[mask];
        __m256i order = _mm256_cvtepu8_epi32(_mm_loadl_epi64(closed));
        __m256i where = _mm256_add_epi32(numbers, _mm256_set1_epi32((int)i));
        _mm256_storeu_si256((__m256i *)(batch + found), _mm256_permutevar8x32_epi32(where, order));
        found += (unsigned)__builtin_popcount(mask);
    }
    if (i + 8 >= n) {
        found = gather_to(bitmap, bits, cp, i, n - 1, batch, found);
        i = n - 1;
    }
    *at = i;
    return found;
}

size_t matcher_pairs(const uint32_t *bitmap, uint32_t bits, const uint32_t *cp, size_t n,
                     size_t *at, uint32_t *batch)
{
    return (threes_wide() ? gather_avx2 : matcher_pairs_plain)(bitmap, bits, cp, n, at, batch);
}
#else
size_t matcher_pairs(const uint32_t *bitmap, uint32_t bits, const uint32_t *cp, size_t n,
                     size_t *at, uint32_t *batch)
{
    return matcher_pairs_plain(bitmap, bits, cp, n, at, batch);
}
#endif

size_t matcher_sift(const struct matcher_tables *t, const uint32_t *cp, size_t n, uint32_t *batch,
                    size_t nbatch)
{
    const uint32_t *bitmap = (const uint32_t *)((const char *)t + matcher_second_at(t));
    uint32_t shift = 32 - t->second_bits;
    size_t kept = 0;

    for (size_t k = 0; k < nbatch; k++) {
        uint32_t at = batch[k], pair = matcher_pair_hash(cp[at], cp[at + 1]);
        uint32_t whole = matcher_third_hash(pair, MATCHER_NO_SECOND) >> shift;
        uint32_t third = at + 2u < n ? cp[at + 2] : MATCHER_NO_SECOND;
        uint32_t part = matcher_third_hash(pair, third) >> shift;
        batch[kept] = at;
        kept += (bitmap[whole / 32] >> (whole % 32) | bitmap[part / 32] >> (part % 32)) & 1;
    }
    return kept;
}
