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

/* Slot k keeps the least of hash k over all trigrams. The 16 hashes of a trigram are two
 * independent halves combined, which is enough for min-hash (Kirsch and Mitzenmacher 2006). */
void fingerprint_sketch(const uint32_t *folded, size_t n, uint32_t sketch[static VERDICT_SKETCH])
{
    for (int k = 0; k < VERDICT_SKETCH; k++)
        sketch[k] = UINT32_MAX;
    for (size_t i = 0; i == 0 || i + 3 <= n; i++) {
        uint64_t h = trigram(folded + i, n - i);
        uint32_t a = (uint32_t)h, b = (uint32_t)(h >> 32) | 1;
        for (uint32_t k = 0; k < VERDICT_SKETCH; k++) {
            uint32_t v = (a + k * b) * 0x9E3779B1u;
            v ^= v >> 15;
            sketch[k] = v < sketch[k] ? v : sketch[k];
        }
    }
}

int fingerprint_equal(const uint32_t a[static VERDICT_SKETCH],
                      const uint32_t b[static VERDICT_SKETCH])
{
    int same = 0;

    for (int k = 0; k < VERDICT_SKETCH; k++)
        same += a[k] == b[k];
    return same;
}
