#include "classifiers/text/fold.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/utf8.h"
#include "classifiers/match/matcher_tables.h"
#include "classifiers/text/codes.h"
#include "classifiers/text/fold_table.h"
#include "classifiers/text/pinyin.h"
#include "classifiers/text/threes.h"

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

/* How many code points a gloss "(tuō)" has whose opening bracket stands before code point k, all
 * not folded yet; 0: it is none. */
static size_t gloss(struct str s, const struct fold *f, size_t k, size_t n)
{
    enum { LONGEST = 48 };
    const size_t from = k;

    for (; k < n && f->start[k] - f->start[from] <= LONGEST; k++) {
        uint32_t cp = map(f->cp[k]);
        const char *p = s.p + f->start[from];
        if (cp == ')' || cp == ']')
            return pinyin_is((struct str){p, f->start[k] - f->start[from]}) ? k + 1 - from : 0;
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

/* Fold code points from k to `end` that need no thought; where the first other stands. No branch on
 * whether one changes: punctuation comes too often. What is folded is put before what is read. */
static size_t fold_narrow(struct fold *f, size_t k, size_t end)
{
    size_t n = f->n;

    for (; k < end && f->cp[k] < FOLD_BMP; k++, n++) {
        uint32_t cp = f->cp[k], to = fold_bmp[cp];
        if (is_special(to))
            break;
        f->cp[n] = to | (cp & -(uint32_t)!to);
        f->start[n] = f->start[k];
    }
    f->n = n;
    return k;
}

#ifdef __x86_64__
/* The same THREES at a time. */
__attribute__((target("avx2"))) static size_t fold_wide(struct fold *f, size_t k, size_t end)
{
    size_t n = f->n;

    for (; k + THREES <= end; k += THREES, n += THREES) {
        /* An entry is read with the one after it, so the last code point is left out. */
        __m256i cp = _mm256_loadu_si256((const __m256i *)(f->cp + k));
        __m256i index = _mm256_min_epu32(cp, THREES_EACH(0xFFFE));
        __m256i entry = _mm256_i32gather_epi32((const int *)(const void *)fold_bmp, index, 2);
        entry = _mm256_and_si256(entry, THREES_EACH(0xFFFF));
        __m256i other = _mm256_or_si256(THREES_WITHIN(entry, 1, (int)sizeof fold_special),
                                        _mm256_cmpgt_epi32(cp, THREES_EACH(0xFFFE)));
        if (_mm256_movemask_epi8(other))
            break;
        __m256i same = _mm256_cmpeq_epi32(entry, _mm256_setzero_si256());
        __m256i start = _mm256_loadu_si256((const __m256i *)(f->start + k));
        _mm256_storeu_si256((__m256i *)(f->cp + n),
                            _mm256_or_si256(entry, _mm256_and_si256(cp, same)));
        _mm256_storeu_si256((__m256i *)(f->start + n), start);
    }
    f->n = n;
    return fold_narrow(f, k, end);
}
#else
static size_t fold_wide(struct fold *f, size_t k, size_t end)
{
    return fold_narrow(f, k, end);
}
#endif

int fold_read(struct str s, struct fold *f)
{
    size_t at = 0;

    f->n = f->title = 0;
    if (reserve(f, s.n + 1))
        return ERR_NOMEM;
    f->n = codes_read(s, &at, f->cp, f->start, f->cap);
    return 0;
}

size_t fold_place(const struct fold *f, size_t byte)
{
    size_t low = 0, high = f->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (f->start[middle] < byte)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void fold_over(struct str s, size_t title_n, struct fold *f)
{
    struct gap gap = {0};
    size_t (*plain)(struct fold *, size_t, size_t) = threes_wide() ? fold_wide : fold_narrow;
    const size_t n = f->n, title = title_n < s.n ? fold_place(f, title_n) : n;

    f->n = 0;
    for (size_t k = 0; k < n;) {
        if (!gap.open)
            k = plain(f, k, k <= title ? title : n);
        if (k == n)
            break;
        size_t start = f->start[k];
        uint32_t cp = map(f->cp[k++]);
        if (start == title_n) {
            close_title(f, &gap, start);
        } else if (cp == ' ' || cp == '\n') {
            gap.start = gap.open ? gap.start : start;
            gap.open = true;
            gap.lines += cp == '\n';
        } else if (cp != FOLD_DROP) {
            if ((cp == '(' || cp == '[') && f->n && fold_is_han(f->cp[f->n - 1])) {
                size_t skip = gloss(s, f, k, n);
                k += skip;
                if (skip)
                    continue;
            }
            if (gap.open)
                close_gap(f, &gap, cp);
            put(f, cp, start);
        }
    }
}

int fold_text(struct str s, size_t title_n, struct fold *f)
{
    if (fold_read(s, f))
        return ERR_NOMEM;
    fold_over(s, title_n, f);
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

    utf8_read(s, &at);
    return at;
}

static size_t among_plain(const uint32_t *cp, size_t from, size_t n, const uint32_t *set,
                          uint32_t *places)
{
    size_t found = 0;

    for (size_t i = from; i < n; i++) {
        places[found] = (uint32_t)i;
        found += cp[i] < FOLD_SET && set[cp[i] / 32] >> cp[i] % 32 & 1;
    }
    return found;
}

#ifdef __x86_64__
__attribute__((target("avx2,popcnt"))) static size_t
among_avx2(const uint32_t *cp, size_t n, const uint32_t *set, uint32_t *places)
{
    const __m256i numbers = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    size_t found = 0, i = 0;

    for (; i + 8 <= n; i += 8) {
        __m256i c = _mm256_loadu_si256((const __m256i *)(cp + i));
        c = _mm256_and_si256(c, _mm256_cmpgt_epi32(THREES_EACH(FOLD_SET), c)); /* others: as 0 */
        __m256i word = _mm256_i32gather_epi32((const int *)(const void *)set,
                                              _mm256_srli_epi32(c, 5), 4);
        /* The bit that is wanted becomes the sign. */
        __m256i sign = _mm256_sllv_epi32(word, _mm256_andnot_si256(c, THREES_EACH(31)));
        unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(sign));
        __m128i lanes = _mm_loadl_epi64((const __m128i *)&matcher_lanes[mask]);
        __m256i where = _mm256_add_epi32(numbers, THREES_EACH((int)i));
        _mm256_storeu_si256((__m256i *)(places + found),
                            _mm256_permutevar8x32_epi32(where, _mm256_cvtepu8_epi32(lanes)));
        found += (unsigned)__builtin_popcount(mask);
    }
    return found + among_plain(cp, i, n, set, places + found);
}

size_t fold_among(const uint32_t *cp, size_t n, const uint32_t set[static FOLD_SET / 32],
                  uint32_t *places)
{
    return threes_wide() ? among_avx2(cp, n, set, places) : among_plain(cp, 0, n, set, places);
}
#else
size_t fold_among(const uint32_t *cp, size_t n, const uint32_t set[static FOLD_SET / 32],
                  uint32_t *places)
{
    return among_plain(cp, 0, n, set, places);
}
#endif

static size_t stops_plain(const uint32_t *cp, size_t from, size_t n, uint32_t *stops)
{
    size_t found = 0;

    for (size_t i = from; i < n; i++) {
        stops[found] = (uint32_t)i;
        found += fold_is_stop(cp[i]);
    }
    return found;
}

#ifdef __x86_64__
/* They are so few that comparing with each costs less than a look at a table. */
__attribute__((target("avx2,popcnt"))) static size_t stops_avx2(const uint32_t *cp, size_t n,
                                                                uint32_t *stops)
{
    const __m256i numbers = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    size_t found = 0, i = 0;

    for (; i + 8 <= n; i += 8) {
        __m256i c = _mm256_loadu_si256((const __m256i *)(cp + i));
        __m256i is = _mm256_or_si256(_mm256_cmpeq_epi32(c, THREES_EACH(0x3002)),
                                     _mm256_cmpeq_epi32(c, THREES_EACH('\n')));
        is = _mm256_or_si256(is, _mm256_cmpeq_epi32(c, THREES_EACH('!')));
        is = _mm256_or_si256(is, _mm256_cmpeq_epi32(c, THREES_EACH('?')));
        is = _mm256_or_si256(is, _mm256_cmpeq_epi32(c, THREES_EACH(';')));
        is = _mm256_or_si256(is, _mm256_cmpeq_epi32(c, THREES_EACH(0xFF61)));
        unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(is));
        __m128i lanes = _mm_loadl_epi64((const __m128i *)&matcher_lanes[mask]);
        __m256i where = _mm256_add_epi32(numbers, THREES_EACH((int)i));
        _mm256_storeu_si256((__m256i *)(stops + found),
                            _mm256_permutevar8x32_epi32(where, _mm256_cvtepu8_epi32(lanes)));
        found += (unsigned)__builtin_popcount(mask);
    }
    return found + stops_plain(cp, i, n, stops + found);
}

size_t fold_stops(const struct fold *f, uint32_t *stops)
{
    return threes_wide() ? stops_avx2(f->cp, f->n, stops) : stops_plain(f->cp, 0, f->n, stops);
}
#else
size_t fold_stops(const struct fold *f, uint32_t *stops)
{
    return stops_plain(f->cp, 0, f->n, stops);
}
#endif

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
        is = _mm256_or_si256(THREES_WITHIN(c, 0x3400, 0xA000),
                             _mm256_cmpgt_epi32(c, THREES_EACH(0x1FFFF)));
        is = _mm256_or_si256(is, THREES_WITHIN(c, 'a', 'z' + 1));
        is = _mm256_or_si256(is, THREES_WITHIN(c, '0', '9' + 1));
        is = _mm256_or_si256(is, THREES_WITHIN(c, 0xDF, 0x250));
        is = _mm256_or_si256(is, _mm256_cmpeq_epi32(c, THREES_EACH(0x3007)));
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
    return (threes_wide() ? words_avx2 : words_plain)(f->cp, f->n, words);
}
#else
size_t fold_words(const struct fold *f, uint32_t *words)
{
    return words_plain(f->cp, f->n, words);
}
#endif
