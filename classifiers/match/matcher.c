/* A table of two-character prefixes, one bit each, stays in the second-level cache and dismisses
 * most positions of a Chinese text with one look. Those that pass are gathered, and taken through
 * the tree of terms in steps of a batch, so that the looks which one step finds needful are on
 * their way while the others are made. Terms of one character have a bitmap of their own. */
#include "classifiers/match/matcher.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "classifiers/match/matcher_tables.h"
#include "classifiers/text/fold.h"

struct scan {
    const struct matcher_tables *t;
    const struct matcher_slot *slots;
    const uint32_t *records;
    const uint32_t *cp;
    size_t n;
    struct matcher_hits *hits;
};

static struct scan begin(const void *tables, const uint32_t *cp, size_t n,
                         struct matcher_hits *hits)
{
    const struct matcher_tables *t = tables;
    const char *base = tables;

    return (struct scan){t,
                         (const struct matcher_slot *)(base + matcher_slots_at(t)),
                         (const uint32_t *)(base + matcher_records_at(t)),
                         cp,
                         n,
                         hits};
}

/* Does the slot speak of a character that none is? What stands for "no character" behind a text's
 * end must be found nowhere. */
static bool is_no_character(const struct matcher_slot *slot)
{
    enum { CHARACTERS = 0x110000 };

    return (slot->key & MATCHER_TAIL && (slot->next & MATCHER_CP_MASK) >= CHARACTERS) ||
           (slot->key & MATCHER_CHILD && (slot->key & MATCHER_CP_MASK) >= CHARACTERS);
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

static bool is_bits(uint32_t bits)
{
    return bits >= MATCHER_BITS_MIN && bits <= MATCHER_BITS_MAX;
}

bool matcher_check(const void *tables, size_t size, size_t nterms)
{
    const struct matcher_tables *t = tables;
    uint64_t terms = 0;

    if (size < sizeof *t || t->magic != MATCHER_MAGIC || t->nterms != nterms ||
        !is_bits(t->bits) || (t->second_bits && !is_bits(t->second_bits)) ||
        t->nslots <= MATCHER_SPARE || t->nslots > MATCHER_SLOTS_MAX || matcher_size(t) != size)
        return false;
    struct scan s = begin(tables, NULL, 0, NULL);
    for (uint32_t i = 0; i < t->nslots; i++) {
        const struct matcher_slot *slot = &s.slots[i];
        uint32_t count = count_terms(&s, slot);
        if (is_no_character(slot) ||
            (!count && slot->key & (MATCHER_TERM | MATCHER_RECORD | MATCHER_TAIL)))
            return false;
        terms += count;
        if (terms > nterms) /* also the end of looking at records again and again */
            return false;
    }
    return !s.slots[t->nslots - 1].key; /* else a probe would not end */
}

/* Room for `more` hits. */
static int reserve(struct matcher_hits *hits, size_t more)
{
    if (hits->cap - hits->n >= more)
        return 0;
    size_t cap = 2 * hits->cap + more;
    struct matcher_hit *list = realloc(hits->list, cap * sizeof *list);
    if (!list)
        return ERR_NOMEM;
    hits->list = list;
    hits->cap = cap;
    return 0;
}

static bool same(const uint32_t *a, const uint32_t *b, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (a[k] != b[k])
            return false;
    return true;
}

/* A Latin term is a word: "ICU" is not in "circus". */
static bool word_edges(const struct scan *s, size_t start, size_t end)
{
    if (start && fold_is_latin(s->cp[start]) && fold_is_latin(s->cp[start - 1]))
        return false;
    return end == s->n || !fold_is_latin(s->cp[end - 1]) || !fold_is_latin(s->cp[end]);
}

/* The slot's terms end at `end`, or further on when the rest of the record's tail is there. start:
 * what the hits get as theirs. */
static int add_record(const struct scan *s, const struct matcher_slot *slot, size_t at, size_t end,
                      uint32_t start)
{
    const uint32_t *terms = s->records + slot->value + 1;
    uint32_t count = terms[-1];
    uint32_t tail = slot->key & MATCHER_TAIL ? slot->next >> MATCHER_CP_BITS : 0;

    if (tail > s->n - end || !same(terms + count, s->cp + end, tail) ||
        !word_edges(s, at, end + tail))
        return 0;
    if (reserve(s->hits, count))
        return ERR_NOMEM;
    for (uint32_t i = 0; i < count; i++)
        s->hits->list[s->hits->n++] =
            (struct matcher_hit){terms[i], start, (uint32_t)(end + tail)};
    return 0;
}

/* A look to be made: for the node `key` of the prefix of what stands at batch[k]. */
struct look {
    uint64_t key;
    uint32_t home, k;
};

/* Find out where its node is and have that fetched. */
static inline void aim(const struct scan *s, struct look *look, uint64_t key, uint32_t k)
{
    look->key = key;
    look->k = k;
    look->home = matcher_home(matcher_hash(key), s->t->nslots);
    __builtin_prefetch(&s->slots[look->home]);
    __builtin_prefetch(&s->slots[look->home + 1]); /* mostly in the same line */
}

static int add_records(const struct scan *s, const uint32_t *batch, size_t depth,
                       const struct look *looks, size_t n)
{
    int err = 0;

    for (size_t i = 0; i < n && !err; i++) {
        const struct matcher_slot *slot = &s->slots[looks[i].home];
        size_t at = batch[looks[i].k];
        err = add_record(s, slot, at, at + depth + !!(slot->key & MATCHER_TAIL), looks[i].k);
    }
    return err;
}

/* What stands at a place behind the beginning of the text, or what is nowhere. */
static inline uint32_t behind(const struct scan *s, size_t at)
{
    uint32_t cp = s->cp[at < s->n ? at : 0];

    return at < s->n ? cp : MATCHER_NO_SECOND;
}

/* Of the node in a slot: does what follows it in the text, cp, end its terms? */
static inline bool ends(const struct matcher_slot *slot, uint32_t cp)
{
    bool tail = slot->key >> 63;

    return !tail | ((slot->next & MATCHER_CP_MASK) == cp);
}

/* May it have a child with that character? */
static inline bool grows(const struct matcher_slot *slot, uint32_t cp)
{
    return ~slot->key >> 63 & slot->next >> matcher_child_bit(cp) & 1;
}

/* The slot of a look's node, or a free one. Nearly all are found in their first or second place: to
 * tell these apart without a branch saves more than the second look costs. */
static inline uint32_t find(const struct matcher_slot *slots, const struct look *look)
{
    uint32_t at = look->home + !matcher_is(&slots[look->home], look->key);
    uint64_t key = slots[at].key;

    return key && (key ^ look->key) & MATCHER_KEY ? matcher_probe(slots, look->key, at) : at;
}

/* Make the first n looks for nodes of `depth` characters. A node's one term is added as a hit, with
 * the place in the batch as its start; looks whose node has a record or a child that is worth while
 * stay: how many. No branch depends on what a single look finds: a free slot has neither. There
 * must be room for n more hits. within: something stands behind each of them. */
static inline __attribute__((always_inline)) size_t
meet_all(const struct scan *s, const uint32_t *batch, size_t depth, struct look *looks, size_t n,
         const bool within)
{
    const struct matcher_slot *const slots = s->slots;
    const struct scan text = *s;
    struct matcher_hit *hit = s->hits->list + s->hits->n;
    size_t stay = 0;

    for (size_t i = 0; i < n; i++) {
        const uint32_t k = looks[i].k, start = batch[k], found = find(slots, &looks[i]);
        const struct matcher_slot *slot = &slots[found];
        const uint64_t key = slot->key;
        const size_t end = start + depth;
        uint32_t cp = within ? text.cp[end] : behind(&text, end);
        bool met = ends(slot, cp);
        hit->term = slot->value;
        hit->start = k;
        hit->end = (uint32_t)end + (uint32_t)(key >> 63);
        hit += met & key >> 61;
        looks[stay].home = found;
        looks[stay].k = k;
        stay += grows(slot, cp) | (met & key >> 62);
    }
    s->hits->n = (size_t)(hit - s->hits->list);
    return stay;
}

/* The looks are in the order of the text: where the last one ends tells of all. */
static size_t meet(const struct scan *s, const uint32_t *batch, size_t depth, struct look *looks,
                   size_t n)
{
    return batch[looks[n - 1].k] + depth < s->n ? meet_all(s, batch, depth, looks, n, true)
                                                : meet_all(s, batch, depth, looks, n, false);
}

/* One step down the tree for the first n looks. Those at children that are worth while replace
 * them: how many, or ERR_NOMEM. */
static int step(const struct scan *s, const uint32_t *batch, size_t depth, struct look *looks,
                size_t n)
{
    size_t records = 0, children = 0;
    struct look record[MATCHER_BATCH];

    if (reserve(s->hits, n))
        return ERR_NOMEM;
    n = meet(s, batch, depth, looks, n);
    for (size_t i = 0; i < n; i++) {
        const struct look look = looks[i];
        const struct matcher_slot *slot = &s->slots[look.home];
        uint32_t cp = behind(s, batch[look.k] + depth);
        record[records] = look;
        records += ends(slot, cp) & slot->key >> 62;
        aim(s, &looks[children], matcher_child(look.home, cp), look.k);
        children += grows(slot, cp);
    }
    return add_records(s, batch, depth, record, records) ? ERR_NOMEM : (int)children;
}

/* Positions that are looked at together, and the first looks there. */
struct batch {
    uint32_t at[MATCHER_BATCH];
    struct look looks[MATCHER_BATCH];
    size_t n;
};

/* Gather the positions from *at on, and have what is to be looked at there fetched. */
static void gather(const struct scan *s, size_t *at, struct batch *b)
{
    b->n = 0;
    if (*at + 1 >= s->n)
        return;
    b->n = matcher_pairs(matcher_bitmap(s->t), s->t->bits, s->cp, s->n, at, b->at);
    if (s->t->second_bits)
        b->n = matcher_sift(s->t, s->cp, s->n, b->at, b->n);
    for (uint32_t k = 0; k < b->n; k++) {
        const uint32_t *cp = s->cp + b->at[k];
        aim(s, &b->looks[k], matcher_pair(cp[0], cp[1]), k);
    }
}

/* The hits from `from` on, which were found by depths, into the order of their starts: those of one
 * place are counted, and each goes where its place's begin. */
static int put_in_order(const struct batch *b, struct matcher_hits *hits, size_t from)
{
    const size_t n = hits->n - from;
    uint32_t first[MATCHER_BATCH + 1] = {0};

    if (reserve(hits, n))
        return ERR_NOMEM;
    struct matcher_hit *const list = hits->list + from, *const copy = list + n;
    for (size_t i = 0; i < n; i++) {
        copy[i] = list[i];
        first[list[i].start + 1]++;
    }
    for (size_t k = 1; k < b->n; k++)
        first[k] += first[k - 1];
    for (size_t i = 0; i < n; i++) {
        const uint32_t k = copy[i].start;
        struct matcher_hit *to = &list[first[k]++];
        to->term = copy[i].term;
        to->start = b->at[k];
        to->end = copy[i].end;
    }
    return 0;
}

static int verify(const struct scan *s, struct batch *b)
{
    const size_t from = s->hits->n;
    int n = (int)b->n;

    for (size_t depth = 2; n > 0 && depth <= MATCHER_TERM_MAX; depth++)
        n = step(s, b->at, depth, b->looks, (size_t)n);
    return n < 0 ? n : put_in_order(b, s->hits, from);
}

static int scan_ones(const struct scan *s)
{
    for (size_t i = 0; i < s->n; i++) {
        uint32_t at = matcher_one_hash(s->cp[i]) >> (32 - MATCHER_ONE_BITS);
        if (!(s->t->one[at / 32] >> (at % 32) & 1))
            continue;
        uint64_t key = matcher_pair(s->cp[i], MATCHER_NO_SECOND);
        uint32_t home = matcher_home(matcher_hash(key), s->t->nslots);
        const struct matcher_slot *slot = &s->slots[matcher_probe(s->slots, key, home)];
        if (slot->key & MATCHER_RECORD) {
            if (add_record(s, slot, i, i + 1, (uint32_t)i))
                return ERR_NOMEM;
        } else if (slot->key & MATCHER_TERM) {
            if (reserve(s->hits, 1))
                return ERR_NOMEM;
            s->hits->list[s->hits->n++] =
                (struct matcher_hit){slot->value, (uint32_t)i, (uint32_t)i + 1};
        }
    }
    return 0;
}

int matcher_scan(const void *tables, const uint32_t *cp, size_t n, struct matcher_hits *hits)
{
    struct scan s = begin(tables, cp, n, hits);
    struct batch batches[2]; /* what one needs comes while the other is verified */
    size_t at = 0;
    int err = 0;

    gather(&s, &at, &batches[0]);
    for (int now = 0; batches[now].n || at + 1 < n; now = !now) {
        gather(&s, &at, &batches[!now]);
        if ((err = verify(&s, &batches[now])))
            return err;
    }
    return s.t->singles ? scan_ones(&s) : 0;
}
