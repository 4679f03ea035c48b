#include "classifiers/fingerprint.h"

#include <string.h>

/* The finaliser of splitmix64. */
static inline uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

enum { LANES = 8, ROWS = VERDICT_SKETCH / LANES };
typedef int32_t lanes __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef uint32_t ulanes __attribute__((vector_size(LANES * sizeof(uint32_t))));

/* Slot k keeps the least of hash k over all trigrams. The 16 hashes of a trigram are two
 * independent halves combined, which is enough for min-hash (Kirsch and Mitzenmacher 2006). They
 * are made without a multiplication each, since (a + k·b)·c is a·c + k·(b·c), and compared as
 * signed numbers, which every machine's vectors can. */
static inline __attribute__((always_inline)) void sketch_lanes(const uint32_t *folded, size_t n,
                                                               uint32_t *sketch)
{
    const uint32_t odd = 0x9E3779B1u, top = 0x80000000u;
    const ulanes first = {0, 1, 2, 3, 4, 5, 6, 7};
    lanes least[ROWS];

    for (int r = 0; r < ROWS; r++)
        least[r] = (lanes)(first * 0) + INT32_MAX;
    uint64_t three = 0; /* code points, 21 bits each */
    for (size_t i = 0; i < 3; i++)
        three = three << 21 | (i < n ? folded[i] : 0);
    for (size_t i = 3;; i++) {
        uint64_t h = mix(three + UINT64_C(0x9E3779B97F4A7C15));
        uint32_t a = (uint32_t)h * odd, b = ((uint32_t)(h >> 32) | 1) * odd;
        ulanes v = first * b + a, step = first * 0 + LANES * b;
#pragma GCC unroll 2
        for (int r = 0; r < ROWS; r++, v += step) {
            lanes w = (lanes)((v ^ (v >> 15)) ^ top), less = w < least[r];
            least[r] = (w & less) | (least[r] & ~less);
        }
        if (i >= n)
            break;
        three = (three << 21 | folded[i]) & (UINT64_MAX >> 1);
    }
    for (int r = 0; r < ROWS; r++)
        least[r] ^= (lanes)(first * 0) + INT32_MIN;
    memcpy(sketch, least, sizeof least);
}

#ifdef __x86_64__
/* The same in registers twice as wide. */
__attribute__((target("avx2"))) static void sketch_avx2(const uint32_t *folded, size_t n,
                                                        uint32_t *sketch)
{
    sketch_lanes(folded, n, sketch);
}
#endif

void fingerprint_sketch(const uint32_t *folded, size_t n, uint32_t sketch[static VERDICT_SKETCH])
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) {
        sketch_avx2(folded, n, sketch);
        return;
    }
#endif
    sketch_lanes(folded, n, sketch);
}

int fingerprint_equal(const uint32_t a[static VERDICT_SKETCH],
                      const uint32_t b[static VERDICT_SKETCH])
{
    int same = 0;

    for (int k = 0; k < VERDICT_SKETCH; k++)
        same += a[k] == b[k];
    return same;
}
