#include "classifiers/text/codes.h"

#include "base/utf8.h"
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
