#include "classifiers/mask_read.h"

#include "classifiers/threes.h"

#ifdef __x86_64__
/* Up to THREES code points of three bytes that no stretch ends with, behind those of *out: how
 * many. */
__attribute__((target("avx2"))) static unsigned read_threes(const char *p, size_t from,
                                                            struct stretch *out)
{
    __m256i cp;
    unsigned n = threes_read(p, &cp);
    unsigned before = threes_before(_mm256_cmpeq_epi32(cp, THREES_EACH(0xFF20)));

    n = n < before ? n : before;
    _mm256_storeu_si256((__m256i *)(out->cp + out->n), cp);
    _mm256_storeu_si256((__m256i *)(out->start + out->n), threes_starts(from));
    return n;
}
#else
enum { THREES = 8, THREES_READ = 3 * THREES };

static unsigned read_threes(const char *p, size_t from, struct stretch *out)
{
    (void)p, (void)from, (void)out;
    return 0;
}
#endif

size_t read_stretch(const struct scan *s, size_t i, struct stretch *out)
{
    const size_t from = i;
    const bool wide = threes_wide();
    uint32_t cp = 0;

    for (out->n = 0; out->n < READ_LONGEST && i < s->n && !read_ends(cp);) {
        if (wide && (unsigned char)s->t[i] >= 0xE0 && i + THREES_READ <= s->n &&
            out->n + THREES <= READ_LONGEST) {
            unsigned n = read_threes(s->t + i, i - from, out);
            if (n == THREES) { /* the next eight need not wait for this count */
                out->n += THREES;
                i += 3 * (size_t)THREES;
                continue;
            }
            out->n += n;
            i += 3 * (size_t)n;
        }
        size_t next = i + 1;
        cp = (unsigned char)s->t[i];
        if (cp >= 0x80)
            cp = scan_cp(s, i, &next);
        out->cp[out->n] = cp;
        out->start[out->n++] = (uint32_t)(i - from);
        i = next;
    }
    return i;
}
