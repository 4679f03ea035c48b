/* classifiers/text/threes.h - UTF-8 of three bytes each, which nearly all of a Chinese text is,
 * eight at a time where the processor has AVX2. */
#ifndef HUIYING_CLASSIFIERS_THREES_H
#define HUIYING_CLASSIFIERS_THREES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For tests: do as where the processor has nothing better. Set before other threads run. */
extern bool threes_plain;

#ifdef __x86_64__
#include <immintrin.h>

enum { THREES = 8, THREES_READ = 12 + 16 /* bytes that must be readable */ };

#define THREES_EACH(c) _mm256_set1_epi32(c)
/* Code points are small enough to be compared as signed numbers. */
#define THREES_WITHIN(v, low, end) \
    _mm256_and_si256(_mm256_cmpgt_epi32(v, THREES_EACH((low)-1)), \
                     _mm256_cmpgt_epi32(THREES_EACH(end), v))

static inline bool threes_wide(void) /* may the others be called? */
{
    return !threes_plain && __builtin_cpu_supports("avx2");
}

/* How many of the lanes that are set come before the first that is not. */
__attribute__((target("avx2"))) static inline unsigned threes_count(__m256i lanes)
{
    return (unsigned)__builtin_ctz(~(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(lanes)));
}

/* THREES code points, and the lanes in which they are such as utf8_three() takes. */
__attribute__((target("avx2"))) static inline __m256i threes_read(const char *p, __m256i *out)
{
    const __m256i turn = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9, -1));
    __m256i v = _mm256_set_m128i(_mm_loadu_si128((const __m128i *)(p + 12)),
                                 _mm_loadu_si128((const __m128i *)p));

    v = _mm256_shuffle_epi8(v, turn);
    __m256i is = _mm256_cmpeq_epi32(_mm256_and_si256(v, THREES_EACH(0xF0C0C0)),
                                    THREES_EACH(0xE08080));
    v = _mm256_maddubs_epi16(_mm256_and_si256(v, THREES_EACH(0x0F3F3F)), THREES_EACH(0x014001));
    *out = _mm256_madd_epi16(v, THREES_EACH(0x10000001));
    is = _mm256_andnot_si256(THREES_WITHIN(*out, 0xD000, 0xE000), is);
    return _mm256_and_si256(is, _mm256_cmpgt_epi32(*out, THREES_EACH(0xFFF)));
}

/* The bytes where they begin, the first at `at`. */
__attribute__((target("avx2"))) static inline __m256i threes_starts(size_t at)
{
    return _mm256_add_epi32(THREES_EACH((int)at), _mm256_setr_epi32(0, 3, 6, 9, 12, 15, 18, 21));
}
#else
static inline bool threes_wide(void)
{
    return false;
}
#endif

#endif
