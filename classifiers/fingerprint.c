#include "classifiers/fingerprint.h"

/* The finaliser of splitmix64. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

static uint64_t trigram(const uint32_t *p, size_t n)
{
    uint64_t h = 0;

    for (size_t i = 0; i < 3; i++)
        h = h << 21 | (i < n ? p[i] : 0);
    return mix(h + UINT64_C(0x9E3779B97F4A7C15));
}

enum { LANES = 4, ROWS = VERDICT_SKETCH / LANES };
typedef int32_t lanes __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef uint32_t ulanes __attribute__((vector_size(LANES * sizeof(uint32_t))));

/* Slot k keeps the least of hash k over all trigrams. The 16 hashes of a trigram are two
 * independent halves combined, which is enough for min-hash (Kirsch and Mitzenmacher 2006). They
 * are made without a multiplication each, since (a + k·b)·c is a·c + k·(b·c), and compared as
 * signed numbers, which every machine's vectors can. */
void fingerprint_sketch(const uint32_t *folded, size_t n, uint32_t sketch[static VERDICT_SKETCH])
{
    const uint32_t odd = 0x9E3779B1u, top = 0x80000000u;
    lanes least[ROWS];

    for (int r = 0; r < ROWS; r++)
        least[r] = (lanes){INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX};
    for (size_t i = 0; i == 0 || i + 3 <= n; i++) {
        uint64_t h = trigram(folded + i, n - i);
        uint32_t a = (uint32_t)h * odd, b = ((uint32_t)(h >> 32) | 1) * odd;
        ulanes v = {a, a + b, a + 2 * b, a + 3 * b}, step = {4 * b, 4 * b, 4 * b, 4 * b};
#pragma GCC unroll 4
        for (int r = 0; r < ROWS; r++, v += step) {
            lanes w = (lanes)((v ^ (v >> 15)) ^ top), less = w < least[r];
            least[r] = (w & less) | (least[r] & ~less);
        }
    }
    for (int k = 0; k < VERDICT_SKETCH; k++)
        sketch[k] = (uint32_t)least[k / LANES][k % LANES] ^ top;
}

int fingerprint_equal(const uint32_t a[static VERDICT_SKETCH],
                      const uint32_t b[static VERDICT_SKETCH])
{
    int same = 0;

    for (int k = 0; k < VERDICT_SKETCH; k++)
        same += a[k] == b[k];
    return same;
}
