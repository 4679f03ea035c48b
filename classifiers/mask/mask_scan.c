#include "classifiers/mask/mask_scan.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"

uint32_t scan_before(const struct scan *s, size_t i, size_t *start)
{
    enum { WIDE = 3 };
    size_t from = i, next;
    uint32_t three;

    if (i >= WIDE && i < s->n && utf8_three(s->t + i - WIDE, &three)) { /* nearly all are such */
        *start = i - WIDE;
        return three;
    }
    if (i == 0) {
        *start = 0;
        return SCAN_END;
    }
    if ((unsigned char)s->t[i - 1] < 0x80) {
        *start = i - 1;
        return (unsigned char)s->t[i - 1];
    }
    do
        from--;
    while (from && i - from < 4 && ((unsigned char)s->t[from] & 0xC0) == 0x80);
    uint32_t cp = scan_cp(s, from, &next);
    *start = next == i ? from : i - 1;
    return next == i ? cp : 0xFFFD;
}

size_t scan_place(const struct scan *s, size_t i)
{
    size_t low = 0, high = s->codes;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->base + s->start[middle] < i)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void scan_hide(struct scan *s, size_t from, size_t to)
{
    static const char *const of_length[] = {"", "*", "\xC3\x97", "\xE3\x80\x87",
                                            "\xF0\x9F\x9F\xAA"};
    size_t next;

    for (size_t i = from; i < to && i < s->n; i = next) {
        uint32_t cp = scan_cp(s, i, &next);
        if (cp != '\n' && cp != 0xFFFD)
            memcpy(s->t + i, of_length[next - i], next - i);
    }
    for (size_t k = scan_place(s, from); k < s->codes && s->base + s->start[k] < to; k++)
        s->cp[k] = scan_cp(s, s->base + s->start[k], &next);
    s->hidden = to > s->hidden ? to : s->hidden;
}

size_t scan_any(const struct scan *s, size_t i, const char *const *words)
{
    size_t end = 0;

    for (; *words && !end; words++)
        end = scan_word(s, i, *words);
    return end;
}

enum { POOL = 4096, HEAD = sizeof(uint64_t) };

/* Those of a bucket lie side by side: none waits for where the next one is. */
static struct {
    uint64_t head, mask; /* the word's first HEAD bytes; mask: which of them it has */
    const char *word;
    uint16_t which, n;
    bool last; /* of its bucket */
} pool[POOL];
static uint16_t pooled;

static uint32_t bucket_of(const char *word)
{
    return scan_bucket(utf8_next(str_from(word), &(size_t){0}));
}

static void fill(uint16_t at, const char *word, uint16_t which)
{
    size_t n = strlen(word), head = n < HEAD ? n : HEAD;

    memcpy(&pool[at].head, word, head);
    memset(&pool[at].mask, 0xFF, head);
    pool[at].word = word;
    pool[at].which = which;
    pool[at].n = (uint16_t)n;
}

void scan_index(struct scan_list *list)
{
    uint16_t left[SCAN_BUCKETS] = {0};

    for (uint16_t k = 0; list->words[k]; k++)
        left[bucket_of(list->words[k])]++;
    for (uint32_t b = 0; b < SCAN_BUCKETS; b++) {
        assert(pooled + left[b] <= POOL);
        list->bucket[b] = left[b] ? (uint16_t)(pooled + 1) : 0;
        pooled = (uint16_t)(pooled + left[b]);
        if (left[b])
            pool[pooled - 1].last = true;
    }
    for (uint16_t k = 0; list->words[k]; k++) {
        uint32_t b = bucket_of(list->words[k]);
        uint16_t at = list->bucket[b];
        while (pool[at - 1].word)
            at++;
        fill((uint16_t)(at - 1), list->words[k], k);
    }
}

void scan_openings(const struct scan_list *list, uint64_t *bits)
{
    for (const char *const *word = list->words; *word; word++) {
        uint32_t cp = utf8_next(str_from(*word), &(size_t){0});
        bits[cp / 64] |= UINT64_C(1) << cp % 64;
    }
}

size_t scan_chained(const struct scan *s, size_t i, uint16_t bucket, unsigned *which)
{
    size_t left = i < s->n ? s->n - i : 0, at = bucket - (size_t)1;
    const uint64_t here = scan_head(s, i);

    for (;; at++) {
        size_t n = pool[at].n;
        if (((here ^ pool[at].head) & pool[at].mask) == 0 &&
            (n <= HEAD ||
             (n <= left && !memcmp(s->t + i + HEAD, pool[at].word + HEAD, n - HEAD)))) {
            if (which)
                *which = pool[at].which;
            return i + n;
        }
        if (pool[at].last)
            return 0;
    }
}

size_t scan_past_blanks(const struct scan *s, size_t i)
{
    size_t next;

    for (;; i = next) {
        uint32_t cp = scan_cp(s, i, &next);
        if (cp != ' ' && cp != '\t' && cp != 0x3000 && cp != 0xA0)
            return i;
    }
}

uint8_t scan_marks[SCAN_MARKS];

static bool delimits(uint32_t cp)
{
    if (cp < 0x80)
        return !scan_alnum(cp) && cp != '_' && cp != '*';
    return cp == 0xA0 || cp == 0xB7 || (cp >= 0x2000 && cp < 0x2070) ||
           (cp >= 0x3000 && cp < 0x3007) || (cp >= 0x3008 && cp < 0x3020) ||
           (cp >= 0xFF01 && cp < 0xFF10) || (cp >= 0xFF1A && cp < 0xFF21) ||
           (cp >= 0xFF3B && cp < 0xFF41) || (cp >= 0xFF5B && cp < 0xFF66);
}

void scan_prepare(void)
{
    static const char digits[] = "一二三四五六七八九十零〇幺壹贰叁肆伍陆柒捌玖";
    struct str all = {digits, sizeof digits - 1};

    for (uint32_t cp = 0; cp < SCAN_MARKS; cp++)
        scan_marks[cp] = delimits(cp) ? SCAN_DELIMITS : 0;
    for (size_t at = 0; at < all.n;)
        scan_marks[utf8_next(all, &at)] |= SCAN_SPOKEN;
}
