/* A table of two-character prefixes, one bit each, stays in the second-level cache and dismisses
 * most positions of a Chinese text with one look. Those that pass are gathered, and taken through
 * the tree of terms in steps of a batch, so that the looks which one step finds needful are on
 * their way while the others are made. Terms of one character have a bitmap of their own. */
#include "classifiers/matcher.h"

#include <stdlib.h>

#include "base/err.h"
#include "classifiers/fold.h"
#include "classifiers/matcher_tables.h"

enum { BATCH = 128 };

struct scan {
    const struct matcher_tables *t;
    const uint64_t *bitmap;
    const struct matcher_slot *slots;
    const uint32_t *records;
    const uint32_t *cp;
    size_t n;
    struct matcher_hits *hits;
};

/* A position whose prefix has a node. */
struct survivor {
    uint32_t at;
    uint32_t slot;
    bool goes_on; /* perhaps, behind the prefix */
};

static struct scan begin(const void *tables, const uint32_t *cp, size_t n,
                         struct matcher_hits *hits)
{
    const struct matcher_tables *t = tables;
    const char *base = tables;

    return (struct scan){t,
                         (const uint64_t *)(base + matcher_bitmap_at()),
                         (const struct matcher_slot *)(base + matcher_slots_at(t)),
                         (const uint32_t *)(base + matcher_records_at(t)),
                         cp,
                         n,
                         hits};
}

/* Terms that the slot says end, one of a text; 0: what it says leaves the tables. */
static uint32_t count_terms(const struct scan *s, const struct matcher_slot *slot)
{
    uint64_t what = slot->key & (MATCHER_TERM | MATCHER_RECORD);
    uint32_t tail = slot->key & MATCHER_TAIL ? slot->next >> MATCHER_CP_BITS : 0;

    if (what == MATCHER_TERM)
        return slot->value < s->t->nterms && !tail;
    if (what != MATCHER_RECORD || slot->value >= s->t->nrecords)
        return 0;
    const uint32_t *record = s->records + slot->value;
    uint32_t room = s->t->nrecords - slot->value - 1;
    if (record[0] > room || tail > room - record[0])
        return 0;
    for (uint32_t i = 0; i < record[0]; i++)
        if (record[1 + i] >= s->t->nterms)
            return 0;
    return record[0];
}

bool matcher_check(const void *tables, size_t size, size_t nterms)
{
    const struct matcher_tables *t = tables;
    uint64_t terms = 0;
    bool has_free = false;

    if (size < sizeof *t || t->magic != MATCHER_MAGIC || t->nterms != nterms ||
        t->bits < MATCHER_BITS_MIN || t->bits > MATCHER_BITS_MAX || !t->nslots ||
        t->nslots > MATCHER_SLOTS_MAX || matcher_size(t) != size)
        return false;
    struct scan s = begin(tables, NULL, 0, NULL);
    for (uint32_t i = 0; i < t->nslots; i++) {
        const struct matcher_slot *slot = &s.slots[i];
        uint32_t count = count_terms(&s, slot);
        if (!count && slot->key & (MATCHER_TERM | MATCHER_RECORD | MATCHER_TAIL))
            return false;
        terms += count;
        if (terms > nterms) /* also the end of looking at records again and again */
            return false;
        has_free |= !slot->key;
    }
    return has_free; /* else a probe would not end */
}

/* A Latin term is a word: "ICU" is not in "circus". */
static bool word_edges(const struct scan *s, size_t start, size_t end)
{
    if (start && fold_is_latin(s->cp[start]) && fold_is_latin(s->cp[start - 1]))
        return false;
    return end == s->n || !fold_is_latin(s->cp[end - 1]) || !fold_is_latin(s->cp[end]);
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

static bool same(const uint32_t *a, const uint32_t *b, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (a[k] != b[k])
            return false;
    return true;
}

/* The slot's terms end at `end`, or `tail` characters later when the record's are there. */
static int add_terms(const struct scan *s, const struct matcher_slot *slot, size_t at, size_t end,
                     uint32_t tail)
{
    const uint32_t *terms = &slot->value;
    uint32_t count = 1;
    int err = 0;

    if (slot->key & MATCHER_RECORD) {
        terms = s->records + slot->value + 1;
        count = terms[-1];
        if (tail > s->n - end || !same(terms + count, s->cp + end, tail))
            return 0;
        end += tail;
    }
    if (!word_edges(s, at, end))
        return 0;
    for (uint32_t i = 0; i < count && !err; i++)
        err = add_hit(s->hits, (struct matcher_hit){terms[i], (uint32_t)at, (uint32_t)end});
    return err;
}

/* May the text go on at `end` as behind the slot's node? */
static bool may_go_on(const struct scan *s, const struct matcher_slot *slot, size_t end)
{
    if (end >= s->n)
        return false;
    uint32_t cp = s->cp[end];
    bool tail = (slot->next & MATCHER_CP_MASK) == cp;
    bool child = slot->next >> matcher_cp_hash(cp, 5) & 1;
    return slot->key & MATCHER_TAIL ? tail : child;
}

/* Fetch what will be looked at when the text goes on. */
static void fetch_next(const struct scan *s, const struct survivor *from)
{
    const struct matcher_slot *slot = &s->slots[from->slot];
    const void *next = s->records + (slot->key & MATCHER_RECORD ? slot->value : 0);

    if (!(slot->key & MATCHER_TAIL)) {
        uint64_t key = matcher_child(from->slot, s->cp[from->at + 2]);
        next = &s->slots[matcher_home(matcher_hash(key), s->t->nslots)];
    }
    __builtin_prefetch(next);
}

/* Every term along the text from a node of `depth` characters on. */
static int follow(const struct scan *s, const struct survivor *from)
{
    const struct matcher_slot *slot = &s->slots[from->slot];
    bool goes_on = from->goes_on;
    size_t end = from->at + 2u;
    int err = 0;

    for (;;) {
        if (slot->key & MATCHER_TAIL)
            return goes_on ? add_terms(s, slot, from->at, end + 1, slot->next >> MATCHER_CP_BITS)
                           : 0;
        if (slot->key & (MATCHER_TERM | MATCHER_RECORD))
            err = add_terms(s, slot, from->at, end, 0);
        if (err || !goes_on || end - from->at >= MATCHER_TERM_MAX)
            return err;
        uint64_t key = matcher_child((uint32_t)(slot - s->slots), s->cp[end]);
        slot = &s->slots[matcher_probe(s->slots, s->t->nslots, key, matcher_hash(key))];
        if (!slot->key)
            return 0;
        end++;
        goes_on = may_go_on(s, slot, end);
    }
}

static int verify(const struct scan *s, const uint32_t *batch, size_t nbatch)
{
    struct survivor kept[BATCH];
    size_t n = 0;
    int err = 0;

    for (size_t k = 0; k < nbatch; k++) {
        uint64_t key = matcher_pair(s->cp[batch[k]], s->cp[batch[k] + 1]);
        uint32_t i = matcher_probe(s->slots, s->t->nslots, key, matcher_hash(key));
        const struct matcher_slot *slot = &s->slots[i];
        bool goes_on = may_go_on(s, slot, batch[k] + 2u);
        bool ends = !(slot->key & MATCHER_TAIL) && slot->key & (MATCHER_TERM | MATCHER_RECORD);
        kept[n] = (struct survivor){batch[k], i, goes_on};
        if (goes_on)
            fetch_next(s, &kept[n]);
        n += goes_on | ends;
    }
    for (size_t k = 0; k < n && !err; k++)
        err = follow(s, &kept[k]);
    return err;
}

static int scan_ones(const struct scan *s)
{
    int err = 0;

    for (size_t i = 0; i < s->n && !err; i++) {
        uint32_t at = matcher_cp_hash(s->cp[i], MATCHER_ONE_BITS);
        if (!(s->t->one[at / 64] >> (at % 64) & 1))
            continue;
        uint64_t key = matcher_pair(s->cp[i], MATCHER_NO_SECOND);
        at = matcher_probe(s->slots, s->t->nslots, key, matcher_hash(key));
        if (s->slots[at].key)
            err = add_terms(s, &s->slots[at], i, i + 1, 0);
    }
    return err;
}

int matcher_scan(const void *tables, const uint32_t *cp, size_t n, struct matcher_hits *hits)
{
    struct scan s = begin(tables, cp, n, hits);
    uint32_t shift = 64 - s.t->bits, nslots = s.t->nslots, batch[BATCH];
    int err = 0;

    for (size_t i = 0; i + 1 < n && !err;) {
        size_t survivors = 0;
        for (; i + 1 < n && survivors < BATCH; i++) { /* no branch on what is found */
            uint64_t hash = matcher_hash(matcher_pair(cp[i], cp[i + 1]));
            uint64_t at = hash >> shift;
            batch[survivors] = (uint32_t)i;
            survivors += s.bitmap[at / 64] >> (at % 64) & 1;
        }
        for (size_t k = 0; k < survivors; k++) {
            uint64_t hash = matcher_hash(matcher_pair(cp[batch[k]], cp[batch[k] + 1]));
            __builtin_prefetch(&s.slots[matcher_home(hash, nslots)]);
        }
        err = verify(&s, batch, survivors);
    }
    return err || !s.t->singles ? err : scan_ones(&s);
}
