#include "classifiers/fold.h"

#include <stdlib.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "base/err.h"
#include "base/utf8.h"
#include "classifiers/fold_table.h"
#include "classifiers/matcher_tables.h"
#include "classifiers/pinyin.h"

/* Entry of the table: 0: cp stands for itself; an index of fold_special[]; or what cp becomes. */
static uint32_t entry(uint32_t cp)
{
    if (cp < FOLD_BMP)
        return fold_bmp[cp];
    return cp < FOLD_LIMIT
               ? fold_pages[fold_index[(cp - FOLD_BMP) / FOLD_PAGE]][cp % FOLD_PAGE]
               : 0;
}

static inline bool is_special(uint32_t entry)
{
    return entry - 1 < sizeof fold_special - 1;
}

static uint32_t map(uint32_t cp)
{
    uint32_t to = entry(cp);

    if (is_special(to))
        return (uint32_t)fold_special[to];
    return to ? to : cp;
}

/* Length of a gloss "(tuō)" whose opening bracket has been read up to `at`; 0: it is none. */
static size_t gloss(struct str s, size_t at)
{
    enum { LONGEST = 48 };
    size_t from = at;

    while (at < s.n && at - from <= LONGEST) {
        size_t here = at;
        uint32_t cp = map(utf8_read(s, &at));
        if (cp == ')' || cp == ']')
            return pinyin_is((struct str){s.p + from, here - from}) ? at - from : 0;
        if (fold_is_han(cp) || cp == '\n')
            return 0;
    }
    return 0;
}

static int reserve(struct fold *f, size_t n)
{
    if (n <= f->cap)
        return 0;
    if (n > UINT32_MAX / 2)
        return ERR_NOMEM;
    uint32_t *cp = realloc(f->cp, n * sizeof *cp);
    if (cp)
        f->cp = cp;
    uint32_t *start = realloc(f->start, n * sizeof *start);
    if (start)
        f->start = start;
    if (!cp || !start)
        return ERR_NOMEM;
    f->cap = n;
    return 0;
}

static void put(struct fold *f, uint32_t cp, size_t start)
{
    f->cp[f->n] = cp;
    f->start[f->n++] = (uint32_t)start;
}

/* White space waiting for what comes after it. */
struct gap {
    size_t start;
    unsigned lines;
    bool open;
};

static void close_gap(struct fold *f, struct gap *gap, uint32_t cp)
{
    bool inside = f->n && fold_is_han(f->cp[f->n - 1]) && fold_is_han(cp) && gap->lines < 2;

    if (!inside)
        put(f, gap->lines ? '\n' : ' ', gap->start);
    *gap = (struct gap){0};
}

/* A title and its text are two statements however they are written. */
static void close_title(struct fold *f, struct gap *gap, size_t start)
{
    *gap = (struct gap){0};
    put(f, '\n', start);
    f->title = f->n;
}

#ifdef __x86_64__
static bool has_wide(void)
{
    return __builtin_cpu_supports("avx2") != 0;
}

#define EACH(c) _mm256_set1_epi32(c)
/* Code points are small enough to be compared as signed numbers. */
#define WITHIN(v, low, end) \
    _mm256_and_si256(_mm256_cmpgt_epi32(v, EACH((low)-1)), _mm256_cmpgt_epi32(EACH(end), v))

enum { THREES = 8, THREES_READ = 12 + 16 /* bytes */ };

/* fold_plain() of THREES code points as utf8_three() takes them; false: some are others. */
__attribute__((target("avx2"))) static bool fold_threes(const char *p, size_t at, uint32_t *to,
                                                        uint32_t *start)
{
    const __m128i sure = _mm_setr_epi8(-16, -64, -64, -16, -64, -64, -16, -64, -64, -16, -64, -64,
                                       0, 0, 0, 0);
    const __m128i lead = _mm_setr_epi8(-32, -128, -128, -32, -128, -128, -32, -128, -128, -32,
                                       -128, -128, 0, 0, 0, 0);
    const __m128i turn = _mm_setr_epi8(2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9, -1);
    const __m256i steps = _mm256_setr_epi32(0, 3, 6, 9, 12, 15, 18, 21);
    __m256i v = _mm256_set_m128i(_mm_loadu_si128((const __m128i *)(p + 12)),
                                 _mm_loadu_si128((const __m128i *)p));
    __m256i is = _mm256_cmpeq_epi8(_mm256_and_si256(v, _mm256_broadcastsi128_si256(sure)),
                                   _mm256_broadcastsi128_si256(lead));

    if (_mm256_movemask_epi8(is) != -1)
        return false;
    v = _mm256_shuffle_epi8(v, _mm256_broadcastsi128_si256(turn));
    v = _mm256_maddubs_epi16(_mm256_and_si256(v, EACH(0x0F3F3F)), EACH(0x014001));
    __m256i cp = _mm256_madd_epi16(v, EACH(0x10000001));
    /* An entry is read with the one after it, so the last code point is left out too. */
    __m256i not = _mm256_or_si256(_mm256_cmpgt_epi32(EACH(0x1000), cp), WITHIN(cp, 0xD000, 0xE000));
    not = _mm256_or_si256(not, _mm256_cmpeq_epi32(cp, EACH(0xFFFF)));
    if (!_mm256_testz_si256(not, not))
        return false;
    __m256i entry = _mm256_i32gather_epi32((const int *)(const void *)fold_bmp, cp, 2);
    entry = _mm256_and_si256(entry, EACH(0xFFFF));
    not = WITHIN(entry, 1, (int)sizeof fold_special);
    if (!_mm256_testz_si256(not, not))
        return false;
    __m256i same = _mm256_cmpeq_epi32(entry, _mm256_setzero_si256());
    _mm256_storeu_si256((__m256i *)to, _mm256_or_si256(entry, _mm256_and_si256(cp, same)));
    _mm256_storeu_si256((__m256i *)start, _mm256_add_epi32(EACH((int)at), steps));
    return true;
}
#else
static bool has_wide(void)
{
    return false;
}

enum { THREES = 8, THREES_READ = 3 * THREES };

static bool fold_threes(const char *p, size_t at, uint32_t *to, uint32_t *start)
{
    (void)p, (void)at, (void)to, (void)start;
    return false;
}
#endif

/* Take over what needs no thought, up to `end`; where the first other begins. Long stretches of
 * Chinese go THREES at a time. */
static size_t fold_plain(struct str s, size_t at, size_t end, bool wide, struct fold *f)
{
    uint32_t *restrict to = f->cp + f->n, *restrict start = f->start + f->n, cp;
    size_t n = 0, narrow = 0;

    for (; at + 4 <= end; n++) {
        size_t from = at;
        for (; wide && n >= narrow && at + THREES_READ <= end; at = from += 3 * (size_t)THREES) {
            if (!fold_threes(s.p + at, at, to + n, start + n)) {
                narrow = n + THREES / 2;
                break;
            }
            n += THREES;
        }
        if (utf8_three(s.p + at, &cp))
            at += 3;
        else if ((cp = (unsigned char)s.p[at]) < 0x80)
            at++;
        else
            break;
        uint32_t entry = fold_bmp[cp];
        to[n] = entry | (cp & -(uint32_t)!entry); /* no branch: punctuation comes too often */
        start[n] = (uint32_t)from;
        if (is_special(entry)) {
            at = from;
            break;
        }
    }
    f->n += n;
    return at;
}

int fold_text(struct str s, size_t title_n, struct fold *f)
{
    struct gap gap = {0};
    bool wide = has_wide();

    f->n = f->title = 0;
    if (reserve(f, s.n + 1))
        return ERR_NOMEM;
    for (size_t at = 0; at < s.n;) {
        if (!gap.open)
            at = fold_plain(s, at, at <= title_n && title_n < s.n ? title_n : s.n, wide,
                            f);
        if (at == s.n)
            break;
        size_t start = at;
        uint32_t cp = map(utf8_read(s, &at));
        if (start == title_n) {
            close_title(f, &gap, start);
        } else if (cp == ' ' || cp == '\n') {
            gap.start = gap.open ? gap.start : start;
            gap.open = true;
            gap.lines += cp == '\n';
        } else if (cp != FOLD_DROP) {
            if ((cp == '(' || cp == '[') && f->n && fold_is_han(f->cp[f->n - 1])) {
                size_t skip = gloss(s, at);
                at += skip;
                if (skip)
                    continue;
            }
            if (gap.open)
                close_gap(f, &gap, cp);
            put(f, cp, start);
        }
    }
    return 0;
}

void fold_free(struct fold *f)
{
    free(f->cp);
    free(f->start);
    *f = FOLD_INIT;
}

size_t fold_end(const struct fold *f, struct str s, size_t i)
{
    size_t at = f->start[i];

    utf8_next(s, &at);
    return at;
}

enum { STEP = 16 };

/* Which of STEP code points are fold_is_stop(), a bit each. */
#ifdef __x86_64__
static unsigned find_stops(const uint32_t *cp)
{
    unsigned bits = 0;

    for (int k = 0; k < STEP; k += 4) {
        __m128i c = _mm_loadu_si128((const __m128i *)(cp + k)), any;
        any = _mm_cmpeq_epi32(_mm_andnot_si128(_mm_set1_epi32(4), c), _mm_set1_epi32(';'));
        any = _mm_or_si128(any, _mm_cmpeq_epi32(c, _mm_set1_epi32(0x3002))); /* above: ; and ? */
        any = _mm_or_si128(any, _mm_cmpeq_epi32(c, _mm_set1_epi32('\n')));
        any = _mm_or_si128(any, _mm_cmpeq_epi32(c, _mm_set1_epi32('!')));
        any = _mm_or_si128(any, _mm_cmpeq_epi32(c, _mm_set1_epi32(0xFF61)));
        bits |= (unsigned)_mm_movemask_ps(_mm_castsi128_ps(any)) << k;
    }
    return bits;
}
#else
static unsigned find_stops(const uint32_t *cp)
{
    unsigned bits = 0;

    for (int k = 0; k < STEP; k++)
        bits |= (unsigned)fold_is_stop(cp[k]) << k;
    return bits;
}
#endif

size_t fold_stops(const struct fold *f, uint32_t *stops)
{
    size_t n = 0, i = 0;

    for (; i + STEP <= f->n; i += STEP)
        for (unsigned bits = find_stops(f->cp + i); bits; bits &= bits - 1)
            stops[n++] = (uint32_t)i + (uint32_t)__builtin_ctz(bits);
    for (; i < f->n; i++)
        if (fold_is_stop(f->cp[i]))
            stops[n++] = (uint32_t)i;
    return n;
}

/* As fold_is_han() and fold_is_latin(), with no branch. */
static size_t words_plain(const uint32_t *cp, size_t n, uint32_t *words)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t c = cp[i];
        words[found] = c;
        found += (c - 0x3400 < 0xA000 - 0x3400) | (c >= 0x20000) | (c == 0x3007) |
                 (c - 'a' < 26) | (c - '0' < 10) | (c - 0xDF < 0x250 - 0xDF);
    }
    return found;
}

#ifdef __x86_64__
__attribute__((target("avx2,popcnt"))) static size_t words_avx2(const uint32_t *cp, size_t n,
                                                                uint32_t *words)
{
    size_t found = 0, i = 0;

    for (; i + 8 <= n; i += 8) {
        __m256i c = _mm256_loadu_si256((const __m256i *)(cp + i)), is;
        is = _mm256_or_si256(WITHIN(c, 0x3400, 0xA000), _mm256_cmpgt_epi32(c, EACH(0x1FFFF)));
        is = _mm256_or_si256(is, WITHIN(c, 'a', 'z' + 1));
        is = _mm256_or_si256(is, WITHIN(c, '0', '9' + 1));
        is = _mm256_or_si256(is, WITHIN(c, 0xDF, 0x250));
        is = _mm256_or_si256(is, _mm256_cmpeq_epi32(c, EACH(0x3007)));
        unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(is));
        __m128i numbers = _mm_loadl_epi64((const __m128i *)&matcher_lanes[mask]);
        __m256i order = _mm256_cvtepu8_epi32(numbers);
        _mm256_storeu_si256((__m256i *)(words + found), _mm256_permutevar8x32_epi32(c, order));
        found += (unsigned)__builtin_popcount(mask);
    }
    return found + words_plain(cp + i, n - i, words + found);
}

size_t fold_words(const struct fold *f, uint32_t *words)
{
    return (has_wide() ? words_avx2 : words_plain)(f->cp, f->n, words);
}
#else
size_t fold_words(const struct fold *f, uint32_t *words)
{
    return words_plain(f->cp, f->n, words);
}
#endif
