/* classifiers/match/matcher_tables.h - how the matcher's tables lie in memory.
 *
 * A tree of the terms' first characters, kept in one hash table so that a step is one look: head,
 * bitmap of the first two characters, for large sets a second one of two that are a whole term and
 * of the first three of others, slots, records. A node stands for a prefix of two or more
 * characters, or for a term of one. Where only one text goes on behind a prefix, its node has no
 * children but says how it goes on. */
#ifndef HUIYING_CLASSIFIERS_MATCHER_TABLES_H
#define HUIYING_CLASSIFIERS_MATCHER_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifiers/match/matcher.h"

enum {
    MATCHER_MAGIC = 0x48594d33,
    MATCHER_BITS_MIN = 14,
    MATCHER_BITS_MAX = 21,   /* 256 KiB: it has to stay in the second-level cache */
    MATCHER_BITS_LARGE = 20, /* of each of two */
    MATCHER_ONE_BITS = 12,
    MATCHER_CP_BITS = 21,
    MATCHER_CP_MASK = (1 << MATCHER_CP_BITS) - 1,
    MATCHER_NO_SECOND = 0x110000, /* in the place of a second character: a term of one */
    MATCHER_SLOTS_MAX = 1 << 28,
    MATCHER_SPARE = 256, /* slots that are nobody's first place; the last of them is free */
    MATCHER_LARGE = 50000, /* terms; from here on a second bitmap pays */
    MATCHER_BATCH = 192, /* positions that are looked at together */
    MATCHER_BLOCK = 64,
};

/* Bits of matcher_slot.key above what tells nodes apart: the first two characters, or the parent's
 * slot and the last character. */
#define MATCHER_CHILD (UINT64_C(1) << 56)
#define MATCHER_USED (UINT64_C(1) << 57)
#define MATCHER_KEY ((UINT64_C(1) << 58) - 1)
#define MATCHER_TERM (UINT64_C(1) << 61)   /* value is the one term that ends */
#define MATCHER_RECORD (UINT64_C(1) << 62) /* value is the index of a record of those that do */
#define MATCHER_TAIL (UINT64_C(1) << 63)   /* they do not end here but behind what follows */

struct matcher_slot {
    uint64_t key;   /* 0: free */
    uint32_t value;
    uint32_t next; /* TAIL: the next character and, above it, how many the record has after it;
                      else a bit for the hash of each child's character */
};

struct matcher_tables { /* a record: how many terms, these, and the tail's characters */
    uint32_t magic, nterms, nslots, nrecords;
    uint32_t bits;        /* log2 of the bitmap's size */
    uint32_t second_bits; /* of the second's; 0: there is none */
    uint32_t singles;     /* terms of one character; 0: no look for them */
    uint32_t pad;
    uint32_t one[1 << (MATCHER_ONE_BITS - 5)]; /* bitmap of their hashes */
};

#define MATCHER_HASH_FIRST 0x9E3779B1u
#define MATCHER_HASH_SECOND 0x85EBCA6Bu

/* Its upper bits are the place in the bitmap. */
static inline uint32_t matcher_pair_hash(uint32_t first, uint32_t second)
{
    return (first * MATCHER_HASH_FIRST) ^ (second * MATCHER_HASH_SECOND);
}

/* Of a place in the second bitmap, that of two characters with no third being a whole term. */
static inline uint32_t matcher_third_hash(uint32_t pair_hash, uint32_t third)
{
    return (pair_hash ^ third * 0xC2B2AE35u) * 0x27D4EB2Fu;
}

static inline uint64_t matcher_hash(uint64_t key)
{
    return key * UINT64_C(0x9E3779B97F4A7C15);
}

/* The first place of a hash among nslots. */
static inline uint32_t matcher_home(uint64_t hash, uint32_t nslots)
{
    return (uint32_t)((hash >> 32) * (nslots - MATCHER_SPARE) >> 32);
}

static inline uint32_t matcher_one_hash(uint32_t cp)
{
    return cp * MATCHER_HASH_FIRST;
}

/* Of matcher_slot.next. */
static inline uint32_t matcher_child_bit(uint32_t cp)
{
    return (cp * MATCHER_HASH_FIRST) >> 27;
}

static inline uint64_t matcher_pair(uint32_t a, uint32_t b)
{
    return MATCHER_USED | (uint64_t)a << MATCHER_CP_BITS | b;
}

static inline uint64_t matcher_child(uint32_t parent, uint32_t cp)
{
    return MATCHER_USED | MATCHER_CHILD | (uint64_t)parent << MATCHER_CP_BITS | cp;
}

static inline size_t matcher_bitmap_at(void)
{
    return sizeof(struct matcher_tables);
}

static inline size_t matcher_second_at(const struct matcher_tables *t)
{
    return matcher_bitmap_at() + ((size_t)1 << (t->bits - 3));
}

static inline size_t matcher_slots_at(const struct matcher_tables *t)
{
    return matcher_second_at(t) + (t->second_bits ? (size_t)1 << (t->second_bits - 3) : 0);
}

static inline size_t matcher_records_at(const struct matcher_tables *t)
{
    return matcher_slots_at(t) + (size_t)t->nslots * sizeof(struct matcher_slot);
}

static inline size_t matcher_size(const struct matcher_tables *t)
{
    return (matcher_records_at(t) + (size_t)t->nrecords * sizeof(uint32_t) + 7) & ~(size_t)7;
}

static inline bool matcher_is(const struct matcher_slot *slot, uint64_t key)
{
    return ((slot->key ^ key) & MATCHER_KEY) == 0;
}

/* The slot of a node, or the free one where it would be; home is that of the key's hash. A probe
 * ends at the latest at the last slot. */
static inline uint32_t matcher_probe(const struct matcher_slot *slots, uint64_t key, uint32_t home)
{
    while (slots[home].key && !matcher_is(&slots[home], key))
        home++;
    return home;
}

/* Gather the positions from *at on (*at + 1 < n) whose two characters have their bit in a bitmap
 * of 2^bits into batch[MATCHER_BATCH], and move *at behind what was looked at: how many. The plain
 * form is for processors that have nothing better. */
size_t matcher_pairs(const uint32_t *bitmap, uint32_t bits, const uint32_t *cp, size_t n,
                     size_t *at, uint32_t *batch);
size_t matcher_pairs_plain(const uint32_t *bitmap, uint32_t bits, const uint32_t *cp, size_t n,
                           size_t *at, uint32_t *batch);

static inline const uint32_t *matcher_bitmap(const struct matcher_tables *t)
{
    return (const uint32_t *)((const char *)t + matcher_bitmap_at());
}

/* Drop those of the batch that the second bitmap, which must be there, rules out: how many stay. */
size_t matcher_sift(const struct matcher_tables *t, const uint32_t *cp, size_t n, uint32_t *batch,
                    size_t nbatch);

#ifdef __x86_64__
/* For each mask of eight: the numbers of its bits, a byte each, closed up. */
extern const uint64_t matcher_lanes[256];
#endif

#endif
