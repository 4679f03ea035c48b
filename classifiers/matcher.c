/* A table of two-character prefixes, one bit each, stays in the second-level cache and dismisses
 * nearly every position of a Chinese text with one look. Survivors are gathered, their hash slots
 * prefetched, and verified in a batch. Terms of one character have a bitmap of their own. */
#define _GNU_SOURCE
#include "classifiers/matcher.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "classifiers/fold.h"

enum { MAGIC = 0x48594d31, BITS_MIN = 14, BITS_MAX = 21, ONE_BITS = 12, BATCH = 64 };

struct tables {
    uint32_t magic, nterms, nentries, ncps;
    uint32_t bits;        /* log2 of the prefix bitmap */
    uint32_t slot_bits;   /* log2 of the hash table */
    uint32_t bitmap, slots, entries, cps; /* byte offsets */
    uint32_t singles, pad;                /* terms of one code point; 0: the path is skipped */
    uint64_t one[1 << (ONE_BITS - 6)];    /* bitmap of their hashed code points */
};

struct slot { /* a prefix and its run of entries; count 0: free */
    uint32_t a, b; /* b is NO_SECOND for terms of one code point */
    uint32_t first, count;
};

struct entry {
    uint32_t term;
    uint32_t text; /* index in cps of the whole term */
    uint32_t n;
};

enum { NO_SECOND = 0x110000 };

static uint32_t hash(uint32_t a, uint32_t b)
{
    return (a * 0x9E3779B1u) ^ (b * 0x85EBCA6Bu);
}

static uint32_t hash_one(uint32_t a)
{
    return (a * 0x9E3779B1u) >> (32 - ONE_BITS);
}

static bool bit(const uint64_t *map, uint32_t i)
{
    return map[i / 64] >> (i % 64) & 1;
}

static uint32_t second(const struct matcher_term *t)
{
    return t->n > 1 ? t->cp[1] : NO_SECOND;
}

static int by_prefix(const void *x, const void *y, void *arg)
{
    const struct matcher_term *terms = arg;
    uint32_t i = *(const uint32_t *)x, k = *(const uint32_t *)y;

    if (terms[i].cp[0] != terms[k].cp[0])
        return terms[i].cp[0] < terms[k].cp[0] ? -1 : 1;
    if (second(&terms[i]) != second(&terms[k]))
        return second(&terms[i]) < second(&terms[k]) ? -1 : 1;
    return (i > k) - (i < k);
}

static uint32_t log2_at_least(uint64_t n, uint32_t low, uint32_t high)
{
    while (low < high && (UINT64_C(1) << low) < n)
        low++;
    return low;
}

static void lay_out(struct tables *t, const struct matcher_term *terms, size_t n)
{
    size_t at = sizeof *t;

    *t = (struct tables){.magic = MAGIC, .nterms = (uint32_t)n, .nentries = (uint32_t)n};
    for (size_t i = 0; i < n; i++) {
        t->ncps += (uint32_t)terms[i].n;
        t->singles += terms[i].n == 1;
    }
    t->bits = log2_at_least(64 * (uint64_t)n, BITS_MIN, BITS_MAX);
    t->slot_bits = log2_at_least(2 * (uint64_t)n + 2, 4, 31);
    t->bitmap = (uint32_t)at;
    at += (size_t)1 << (t->bits - 3);
    t->slots = (uint32_t)at;
    at += ((size_t)1 << t->slot_bits) * sizeof(struct slot);
    t->entries = (uint32_t)at;
    at += n * sizeof(struct entry);
    t->cps = (uint32_t)at;
}

static size_t whole_size(const struct tables *t)
{
    return (t->cps + (size_t)t->ncps * sizeof(uint32_t) + 7) & ~(size_t)7;
}

static struct slot *slot_for(struct slot *slots, uint32_t slot_bits, uint32_t a, uint32_t b)
{
    uint32_t mask = (1u << slot_bits) - 1, i = hash(a, b) >> (32 - slot_bits);

    while (slots[i].count && (slots[i].a != a || slots[i].b != b))
        i = (i + 1) & mask;
    return &slots[i];
}

static void fill(char *base, const struct matcher_term *terms, const uint32_t *order)
{
    struct tables *t = (struct tables *)base;
    uint64_t *bitmap = (uint64_t *)(base + t->bitmap);
    struct slot *slots = (struct slot *)(base + t->slots);
    struct entry *entries = (struct entry *)(base + t->entries);
    uint32_t *cps = (uint32_t *)(base + t->cps), used = 0;

    for (uint32_t i = 0; i < t->nentries; i++) {
        const struct matcher_term *term = &terms[order[i]];
        uint32_t a = term->cp[0], b = second(term), h = hash(a, b) >> (32 - t->bits);
        entries[i] = (struct entry){order[i], used, (uint32_t)term->n};
        memcpy(cps + used, term->cp, term->n * sizeof *cps);
        used += (uint32_t)term->n;
        if (b == NO_SECOND)
            t->one[hash_one(a) / 64] |= UINT64_C(1) << (hash_one(a) % 64);
        else
            bitmap[h / 64] |= UINT64_C(1) << (h % 64);
        struct slot *s = slot_for(slots, t->slot_bits, a, b);
        if (!s->count)
            *s = (struct slot){a, b, i, 0};
        s->count++;
    }
}

int matcher_build(const struct matcher_term *terms, size_t n, struct buf *out)
{
    struct tables t;
    uint32_t *order = malloc((n + 1) * sizeof *order);
    int err = ERR_NOMEM;

    if (!order || n > 1u << 24)
        goto done;
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    qsort_r(order, n, sizeof *order, by_prefix, (void *)terms);
    lay_out(&t, terms, n);
    char *base = buf_reserve(out, whole_size(&t));
    if (!base)
        goto done;
    memset(base, 0, whole_size(&t));
    memcpy(base, &t, sizeof t);
    fill(base, terms, order);
    out->len += whole_size(&t);
    err = 0;
done:
    free(order);
    return err;
}

/* Offsets are what lay_out() computes from the counts; anything else is not ours. */
static bool check_layout(const struct tables *t, size_t size)
{
    size_t at = sizeof *t;

    if (t->bits < BITS_MIN || t->bits > BITS_MAX || t->slot_bits < 4 || t->slot_bits > 27 ||
        t->bitmap != at)
        return false;
    at += (size_t)1 << (t->bits - 3);
    if (t->slots != at)
        return false;
    at += ((size_t)1 << t->slot_bits) * sizeof(struct slot);
    if (t->entries != at)
        return false;
    at += (size_t)t->nentries * sizeof(struct entry);
    return t->cps == at && whole_size(t) == size;
}

bool matcher_check(const void *tables, size_t size, size_t nterms)
{
    const struct tables *t = tables;
    size_t free_slots = 0;

    if (size < sizeof *t || t->magic != MAGIC || t->nterms != nterms || !check_layout(t, size))
        return false;
    const struct slot *slots = (const void *)((const char *)tables + t->slots);
    for (size_t i = 0; i < (size_t)1 << t->slot_bits; i++) {
        free_slots += slots[i].count == 0;
        if (slots[i].first > t->nentries || slots[i].count > t->nentries - slots[i].first)
            return false;
    }
    const struct entry *entries = (const void *)((const char *)tables + t->entries);
    for (size_t i = 0; i < t->nentries; i++)
        if (entries[i].term >= nterms || entries[i].n == 0 || entries[i].text > t->ncps ||
            entries[i].n > t->ncps - entries[i].text)
            return false;
    return free_slots != 0; /* else a probe would not end */
}

static int add_hit(struct matcher_hits *hits, struct matcher_hit hit)
{
    if (hits->n == hits->cap) {
        size_t cap = hits->cap ? hits->cap * 2 : 64;
        struct matcher_hit *list = realloc(hits->list, cap * sizeof *list);
        if (!list)
            return ERR_NOMEM;
        hits->list = list;
        hits->cap = cap;
    }
    hits->list[hits->n++] = hit;
    return 0;
}

/* A Latin term is a word: "ICU" is not in "circus". */
static bool word_edges(const uint32_t *cp, size_t n, size_t start, size_t end)
{
    if (start && fold_is_latin(cp[start]) && fold_is_latin(cp[start - 1]))
        return false;
    return end == n || !fold_is_latin(cp[end - 1]) || !fold_is_latin(cp[end]);
}

static bool same(const uint32_t *a, const uint32_t *b, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (a[k] != b[k])
            return false;
    return true;
}

static int verify(const char *base, const uint32_t *cp, size_t n, size_t at, uint32_t b,
                  struct matcher_hits *hits)
{
    const struct tables *t = (const struct tables *)base;
    const struct entry *entries = (const struct entry *)(base + t->entries);
    const uint32_t *cps = (const uint32_t *)(base + t->cps);
    const struct slot *s = slot_for((struct slot *)(base + t->slots), t->slot_bits, cp[at], b);

    for (uint32_t i = 0; i < s->count; i++) {
        const struct entry *e = &entries[s->first + i];
        if (e->n > n - at || !same(cps + e->text, cp + at, e->n) ||
            !word_edges(cp, n, at, at + e->n))
            continue;
        int err = add_hit(hits, (struct matcher_hit){e->term, (uint32_t)at, (uint32_t)at + e->n});
        if (err)
            return err;
    }
    return 0;
}

static int scan_ones(const char *base, const uint32_t *cp, size_t n, struct matcher_hits *hits)
{
    const struct tables *t = (const struct tables *)base;
    int err = 0;

    for (size_t i = 0; i < n && !err; i++)
        if (bit(t->one, hash_one(cp[i])))
            err = verify(base, cp, n, i, NO_SECOND, hits);
    return err;
}

int matcher_scan(const void *tables, const uint32_t *cp, size_t n, struct matcher_hits *hits)
{
    const char *base = tables;
    const struct tables *t = tables;
    const uint64_t *bitmap = (const uint64_t *)(base + t->bitmap);
    const struct slot *slots = (const struct slot *)(base + t->slots);
    uint32_t shift = 32 - t->bits, slot_shift = 32 - t->slot_bits;
    uint32_t batch[BATCH];
    int err = 0;

    for (size_t i = 0; i + 1 < n && !err;) {
        size_t survivors = 0;
        for (; i + 1 < n && survivors < BATCH; i++) { /* no branch on what is found */
            batch[survivors] = (uint32_t)i;
            survivors += bit(bitmap, hash(cp[i], cp[i + 1]) >> shift);
        }
        for (size_t k = 0; k < survivors; k++)
            __builtin_prefetch(&slots[hash(cp[batch[k]], cp[batch[k] + 1]) >> slot_shift]);
        for (size_t k = 0; k < survivors && !err; k++)
            err = verify(base, cp, n, batch[k], cp[batch[k] + 1], hits);
    }
    return err || !t->singles ? err : scan_ones(base, cp, n, hits);
}
