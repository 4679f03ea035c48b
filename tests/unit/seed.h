/* tests/unit/seed.h - randomness of a test that can be repeated: HUIYING_TEST_SEED=NUMBER. */
#ifndef HUIYING_TESTS_SEED_H
#define HUIYING_TESTS_SEED_H

#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tests/unit/unit.h"

/* The seed that was given, else the time; printed. */
static inline uint64_t seed_begin(void)
{
    const char *given = getenv("HUIYING_TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)clock_now();

    print_message("HUIYING_TEST_SEED=%ju\n", (uintmax_t)seed);
    return seed;
}

/* 0 to below - 1; the seed moves on. */
static inline uint32_t seed_roll(uint64_t *seed, uint32_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33) % below;
}

#endif
