#include "classifiers/mask_read.h"

#include "classifiers/threes.h"

/* The next code point, *i behind it. */
static inline uint32_t read_one(const struct scan *s, size_t *i)
{
    size_t next = *i + 1;
    uint32_t cp = (unsigned char)s->t[*i];

    if (cp >= 0x80)
        cp = scan_cp(s, *i, &next);
    *i = next;
    return cp;
}

static size_t read_narrow(const struct scan *s, size_t i, struct stretch *out)
{
    const size_t from = i;

    out->n = 0;
    for (uint32_t cp = 0; out->n < READ_LONGEST && i < s->n && !read_ends(cp); out->n++) {
        out->start[out->n] = (uint32_t)(i - from);
        out->cp[out->n] = cp = read_one(s, &i);
    }
    return i;
}

#ifdef __x86_64__
/* Up to THREES code points of three bytes that no stretch ends with: how many. */
__attribute__((target("avx2"))) static inline unsigned
read_threes(const char *p, size_t from, uint32_t *to, uint32_t *start)
{
    __m256i cp, is = threes_read(p, &cp);

    _mm256_storeu_si256((__m256i *)to, cp);
    _mm256_storeu_si256((__m256i *)start, threes_starts(from));
    return threes_count(_mm256_andnot_si256(_mm256_cmpeq_epi32(cp, THREES_EACH(0xFF20)), is));
}

/* read_narrow(), with long stretches of Chinese THREES at a time. What does not change is kept in
 * variables: what is stored could be any of it. */
__attribute__((target("avx2"))) static size_t read_wide(const struct scan *s, size_t i,
                                                        struct stretch *out)
{
    const struct scan text = *s;
    const size_t from = i;
    size_t n = 0;

    for (uint32_t cp = 0; n < READ_LONGEST && i < text.n && !read_ends(cp); n++) {
        while ((unsigned char)text.t[i] >= 0xE0 && i + THREES_READ <= text.n &&
               n + THREES < READ_LONGEST) {
            unsigned more = read_threes(text.t + i, i - from, out->cp + n, out->start + n);
            if (more < THREES) {
                n += more;
                i += 3 * (size_t)more;
                break;
            }
            n += THREES; /* the next eight need not wait for this count */
            i += 3 * (size_t)THREES;
        }
        out->start[n] = (uint32_t)(i - from);
        out->cp[n] = cp = read_one(&text, &i);
    }
    out->n = n;
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
    return threes_wide() ? read_wide(s, i, out) : read_narrow(s, i, out);
}
