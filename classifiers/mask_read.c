#include "classifiers/mask_read.h"

#include "classifiers/threes.h"

/* The next code point, *i behind it. */
static inline uint32_t read_one(const struct scan *s, size_t from, size_t *i, struct stretch *out)
{
    size_t next = *i + 1;
    uint32_t cp = (unsigned char)s->t[*i];

    if (cp >= 0x80)
        cp = scan_cp(s, *i, &next);
    out->cp[out->n] = cp;
    out->start[out->n++] = (uint32_t)(*i - from);
    *i = next;
    return cp;
}

static size_t read_narrow(const struct scan *s, size_t i, struct stretch *out)
{
    const size_t from = i;

    for (uint32_t cp = 0; out->n < READ_LONGEST && i < s->n && !read_ends(cp);)
        cp = read_one(s, from, &i, out);
    return i;
}

#ifdef __x86_64__
/* Up to THREES code points of three bytes that no stretch ends with, behind those of *out: how
 * many. */
__attribute__((target("avx2"))) static inline unsigned
read_threes(const char *p, size_t from, struct stretch *out)
{
    __m256i cp;
    unsigned n = threes_read(p, &cp);
    unsigned before = threes_before(_mm256_cmpeq_epi32(cp, THREES_EACH(0xFF20)));

    _mm256_storeu_si256((__m256i *)(out->cp + out->n), cp);
    _mm256_storeu_si256((__m256i *)(out->start + out->n), threes_starts(from));
    return n < before ? n : before;
}

/* read_narrow(), with long stretches of Chinese THREES at a time. */
__attribute__((target("avx2"))) static size_t read_wide(const struct scan *s, size_t i,
                                                        struct stretch *out)
{
    const size_t from = i;

    for (uint32_t cp = 0; out->n < READ_LONGEST && i < s->n && !read_ends(cp);) {
        while ((unsigned char)s->t[i] >= 0xE0 && i + THREES_READ <= s->n &&
               out->n + THREES <= READ_LONGEST) {
            unsigned n = read_threes(s->t + i, i - from, out);
            if (n < THREES) {
                out->n += n;
                i += 3 * (size_t)n;
                break;
            }
            out->n += THREES; /* the next eight need not wait for this count */
            i += 3 * (size_t)THREES;
        }
        if (out->n < READ_LONGEST)
            cp = read_one(s, from, &i, out);
    }
    return i;
}
#else
static size_t read_wide(const struct scan *s, size_t i, struct stretch *out)
{
    return read_narrow(s, i, out);
}
#endif

size_t read_stretch(const struct scan *s, size_t i, struct stretch *out)
{
    out->n = 0;
    return threes_wide() ? read_wide(s, i, out) : read_narrow(s, i, out);
}
