#include "classifiers/text/codes.h"

#include "base/utf8.h"
#include "classifiers/match/matcher_tables.h"
#include "classifiers/text/threes.h"

bool threes_plain;

static inline uint32_t read_one(struct str s, size_t *at)
{
    size_t next = *at + 1;
    uint32_t cp = (unsigned char)s.p[*at];

    if (cp >= 0x80) {
        next = *at;
        cp = utf8_read(s, &next);
    }
    *at = next;
    return cp;
}

static size_t read_narrow(struct str s, size_t *at, uint32_t *cp, uint32_t *start, size_t max)
{
    const size_t from = *at;
    size_t i = from, n = 0;

    for (; n < max && i < s.n; n++) {
        start[n] = (uint32_t)(i - from);
        cp[n] = read_one(s, &i);
    }
    *at = i;
    return n;
}

#ifdef __x86_64__
/* Up to THREES code points of three bytes: how many. */
__attribute__((target("avx2"))) static inline unsigned
read_threes(const char *p, size_t from, uint32_t *to, uint32_t *start)
{
    __m256i cp, is = threes_read(p, &cp);

    _mm256_storeu_si256((__m256i *)to, cp);
    _mm256_storeu_si256((__m256i *)start, threes_starts(from));
    return threes_count(is);
}

/* read_narrow(), with long stretches of Chinese THREES at a time. */
__attribute__((target("avx2"))) static size_t read_wide(struct str s, size_t *at, uint32_t *cp,
                                                        uint32_t *start, size_t max)
{
    const size_t from = *at;
    size_t i = from, n = 0;

    for (; n < max && i < s.n; n++) {
        while ((unsigned char)s.p[i] >= 0xE0 && i + THREES_READ <= s.n && n + THREES < max) {
            unsigned more = read_threes(s.p + i, i - from, cp + n, start + n);
            if (more < THREES) {
                n += more;
                i += 3 * (size_t)more;
                break;
            }
            n += THREES; /* the next eight need not wait for this count */
            i += 3 * (size_t)THREES;
        }
        start[n] = (uint32_t)(i - from);
        cp[n] = read_one(s, &i);
    }
    *at = i;
    return n;
}
#else
static size_t read_wide(struct str s, size_t *at, uint32_t *cp, uint32_t *start, size_t max)
{
    return read_narrow(s, at, cp, start, max);
}
#endif

size_t codes_read(struct str s, size_t *at, uint32_t *cp, uint32_t *start, size_t max)
{
    return (threes_wide() ? read_wide : read_narrow)(s, at, cp, start, max);
}

static size_t seek_narrow(const uint32_t *cp, size_t at, size_t n, const uint32_t *what)
{
    while (at < n && cp[at] != what[0] && cp[at] != what[1] && cp[at] != what[2])
        at++;
    return at;
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static size_t seek_wide(const uint32_t *cp, size_t at, size_t n,
                                                        const uint32_t *what)
{
    for (; at + THREES <= n; at += THREES) {
        __m256i c = _mm256_loadu_si256((const __m256i *)(cp + at));
        __m256i is = _mm256_or_si256(_mm256_cmpeq_epi32(c, THREES_EACH((int)what[0])),
                                     _mm256_cmpeq_epi32(c, THREES_EACH((int)what[1])));
        is = _mm256_or_si256(is, _mm256_cmpeq_epi32(c, THREES_EACH((int)what[2])));
        unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(is));
        if (mask)
            return at + (unsigned)__builtin_ctz(mask);
    }
    return seek_narrow(cp, at, n, what);
}
#else
static size_t seek_wide(const uint32_t *cp, size_t at, size_t n, const uint32_t *what)
{
    return seek_narrow(cp, at, n, what);
}
#endif

size_t codes_seek(const uint32_t *cp, size_t at, size_t n, const uint32_t what[CODES_SOUGHT])
{
    return (threes_wide() ? seek_wide : seek_narrow)(cp, at, n, what);
}

/* No branch on what is found. */
static size_t in_order_narrow(const uint32_t *cp, size_t from, size_t to, const uint8_t *marks,
                              uint32_t *places)
{
    size_t found = 0;

    for (size_t k = from + 2; k < to; k++) {
        places[found] = (uint32_t)k;
        found += marks[cp[k - 2] % CODES_MARKS] & marks[cp[k - 1] % CODES_MARKS] >> 1 &
                 marks[cp[k] % CODES_MARKS] >> 2 & 1;
    }
    return found;
}

#ifdef __x86_64__
/* Lanes of `now` moved up by as many as `turn` says, those of `before` ahead of them. */
#define FOLLOWING(now, before, turn, lanes) \
    _mm256_blend_epi32(_mm256_permutevar8x32_epi32(now, turn), \
                       _mm256_permutevar8x32_epi32(before, turn), lanes)

/* Each mark is looked up once: the two before it are those of the last THREES. */
__attribute__((target("avx2,popcnt"))) static size_t
in_order_wide(const uint32_t *cp, size_t from, size_t to, const uint8_t *marks, uint32_t *places)
{
    const __m256i numbers = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i one = _mm256_setr_epi32(7, 0, 1, 2, 3, 4, 5, 6);
    const __m256i two = _mm256_setr_epi32(6, 7, 0, 1, 2, 3, 4, 5);
    __m256i before = _mm256_setzero_si256(); /* before the first none counts */
    size_t found = 0, k = from;

    for (; k + THREES <= to; k += THREES) {
        __m256i c = _mm256_loadu_si256((const __m256i *)(cp + k));
        __m256i now = _mm256_i32gather_epi32((const int *)(const void *)marks,
                                             _mm256_and_si256(c, THREES_EACH(0xFFFF)), 1);
        __m256i first = FOLLOWING(now, before, two, 3), second = FOLLOWING(now, before, one, 1);
        __m256i all = _mm256_and_si256(_mm256_slli_epi32(first, 2), _mm256_slli_epi32(second, 1));
        all = _mm256_slli_epi32(_mm256_and_si256(all, now), 29); /* the mark 4 becomes the sign */
        unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(all));
        __m128i lanes = _mm_loadl_epi64((const __m128i *)&matcher_lanes[mask]);
        __m256i where = _mm256_add_epi32(numbers, THREES_EACH((int)k));
        _mm256_storeu_si256((__m256i *)(places + found),
                            _mm256_permutevar8x32_epi32(where, _mm256_cvtepu8_epi32(lanes)));
        found += (unsigned)__builtin_popcount(mask);
        before = now;
    }
    k = k > from ? k - 2 : k; /* the first two of the rest follow on those */
    return found + in_order_narrow(cp, k, to, marks, places + found);
}
#else
static size_t in_order_wide(const uint32_t *cp, size_t from, size_t to, const uint8_t *marks,
                            uint32_t *places)
{
    return in_order_narrow(cp, from, to, marks, places);
}
#endif

size_t codes_in_order(const uint32_t *cp, size_t from, size_t to,
                      const uint8_t marks[static CODES_MARKS + CODES_SPARE], uint32_t *places)
{
    return (threes_wide() ? in_order_wide : in_order_narrow)(cp, from, to, marks, places);
}
