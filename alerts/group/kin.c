#include "alerts/group/kin.h"

#include <stdlib.h>

#include "alerts/units/place.h"
#include "base/err.h"
#include "base/memory.h"
#include "classifiers/likeness/traits.h"

enum {
    BUCKET = 8,      /* entries: one cache line */
    KEY_NEWEST = 4,  /* concerns that one key keeps */
    KEYS = 12,       /* of one concern: its names, then rare pairs, those that come often first */
    KEYS_NAMES = 5,
    CANDIDATES = 64, /* that one look-up counts */
    KEYS_ANYWHERE = 4, /* of these, for posts that do not say where they are from */
    FILL = 6,        /* entries a bucket may hold on average */
    WORTH = 2,       /* two pairs that are said once: fewer say nothing */
    CITY = 4         /* digits of a city's code */
};
#define NONE UINT32_MAX

struct entry {
    uint32_t key, slot; /* slot NONE: free; newest first */
};

struct bucket {
    struct entry entries[BUCKET];
};

struct kin {
    struct bucket *buckets;
    uint32_t nbuckets; /* power of two */
    bool nowhere;      /* some concern's place is not known */
};

/* What a key is good for: a city's code, or one of these. */
enum { SEED_NOWHERE = 2, SEED_ANYWHERE = 4 };

struct kin *kin_new(void)
{
    return calloc(1, sizeof(struct kin));
}

void kin_free(struct kin *k)
{
    if (!k)
        return;
    free(k->buckets);
    free(k);
}

static void push(struct bucket *b, uint32_t key, uint32_t slot)
{
    size_t last = BUCKET - 1, same = 0;

    for (size_t i = 0; i < BUCKET; i++) {
        if (b->entries[i].slot == NONE) {
            last = i;
            break;
        }
        if (b->entries[i].key == key && ++same == KEY_NEWEST) {
            last = i;
            break;
        }
    }
    memmove(b->entries + 1, b->entries, last * sizeof *b->entries);
    b->entries[0] = (struct entry){key, slot};
}

static void pull(struct bucket *b, uint32_t key, uint32_t slot)
{
    for (size_t i = 0; i < BUCKET; i++) {
        if (b->entries[i].key != key || b->entries[i].slot != slot)
            continue;
        memmove(b->entries + i, b->entries + i + 1, (BUCKET - 1 - i) * sizeof *b->entries);
        b->entries[BUCKET - 1] = (struct entry){NONE, NONE};
        return;
    }
}

/* A bucket's entries go to it or to its twin in the upper half, the oldest first. */
static int grow(struct kin *k)
{
    uint32_t size = k->nbuckets ? 2 * k->nbuckets : 256;
    struct bucket *buckets = memory_table((size_t)size * sizeof *buckets);

    if (!buckets)
        return ERR_NOMEM;
    memset(buckets, 0xff, (size_t)size * sizeof *buckets);
    for (uint32_t i = 0; i < k->nbuckets; i++)
        for (size_t e = BUCKET; e-- > 0;) {
            const struct entry *entry = &k->buckets[i].entries[e];
            if (entry->slot != NONE)
                push(&buckets[entry->key & (size - 1)], entry->key, entry->slot);
        }
    free(k->buckets);
    k->buckets = buckets;
    k->nbuckets = size;
    return 0;
}

int kin_reserve(struct kin *k, uint32_t concerns)
{
    int err = 0;

    while (!err && (uint64_t)k->nbuckets * FILL < (uint64_t)concerns * KEYS)
        err = grow(k);
    return err;
}

/* SEED_NOWHERE: the place does not say which city. */
static uint64_t seed_of(struct str place)
{
    struct str stem = place_stem(place);

    if (stem.n < CITY)
        return SEED_NOWHERE;
    uint64_t seed = 1;
    for (size_t i = 0; i < CITY; i++)
        seed = (seed ^ (unsigned char)stem.p[i]) * UINT64_C(0x100000001B3);
    return seed | 1;
}

static uint32_t key_of(uint64_t seed, uint32_t trait)
{
    trait = trait_value(trait); /* a name finds the pair that it is elsewhere */
    return (uint32_t)(((seed ^ trait) * UINT64_C(0x9E3779B97F4A7C15)) >> 32);
}

/* What a trait says of the spot, of WORTH that a candidate must have: 0 is no key. */
static unsigned worth_of(uint32_t trait)
{
    switch (trait_class(trait)) {
    case TRAIT_GRAM:
        return 1;
    case TRAIT_KEY:
    case TRAIT_TOWN:
        return WORTH;
    default:
        return trait_is_name(trait) ? WORTH : 0;
    }
}

/* A name's two characters are often a rare pair besides. */
static bool is_double(const uint32_t *traits, size_t at)
{
    for (size_t i = 0; i < at && trait_is_name(traits[i]); i++)
        if (trait_value(traits[i]) == trait_value(traits[at]))
            return true;
    return false;
}

/* The keys under which a concern is found: count. Traits are sorted by class: names come first,
 * rare pairs that come often before those that do not. */
static size_t keys_of(struct str place, const uint32_t *traits, uint32_t keys[KEYS + KEYS_ANYWHERE])
{
    uint64_t seed = seed_of(place);
    size_t names = 0, taken = 0, n = 0;

    for (size_t i = 0; i < VERDICT_TRAITS && traits[i] && taken < KEYS; i++) {
        if (!worth_of(traits[i]) || is_double(traits, i) ||
            (trait_is_name(traits[i]) && names++ >= KEYS_NAMES))
            continue;
        keys[n++] = key_of(seed, traits[i]);
        if (taken++ < KEYS_ANYWHERE && seed != SEED_NOWHERE)
            keys[n++] = key_of(SEED_ANYWHERE, traits[i]);
    }
    return n;
}

void kin_add(struct kin *k, uint32_t slot, struct str place,
             const uint32_t traits[static VERDICT_TRAITS])
{
    uint32_t keys[KEYS + KEYS_ANYWHERE];
    size_t n = keys_of(place, traits, keys);

    k->nowhere |= seed_of(place) == SEED_NOWHERE;
    for (size_t i = 0; i < n; i++)
        push(&k->buckets[keys[i] & (k->nbuckets - 1)], keys[i], slot);
}

void kin_remove(struct kin *k, uint32_t slot, struct str place,
                const uint32_t traits[static VERDICT_TRAITS])
{
    uint32_t keys[KEYS + KEYS_ANYWHERE];
    size_t n = k->nbuckets ? keys_of(place, traits, keys) : 0;

    for (size_t i = 0; i < n; i++)
        pull(&k->buckets[keys[i] & (k->nbuckets - 1)], keys[i], slot);
}

struct found {
    uint32_t slot, worth;
};

static size_t note(struct found *found, size_t n, uint32_t slot, unsigned worth)
{
    size_t i = 0;

    while (i < n && found[i].slot != slot)
        i++;
    if (i == n) {
        if (n == CANDIDATES)
            return n;
        found[n++] = (struct found){slot, 0};
    }
    found[i].worth += worth;
    for (; i > 0 && found[i].worth > found[i - 1].worth; i--) {
        struct found moved = found[i];
        found[i] = found[i - 1];
        found[i - 1] = moved;
    }
    return n;
}

struct look {
    uint32_t key;
    unsigned worth;
};

/* All lines of memory are asked for before the first is looked at. */
static size_t prepare(const struct kin *k, struct str place, const uint32_t *traits,
                      struct look looks[2 * VERDICT_TRAITS])
{
    uint64_t seed = seed_of(place);
    uint64_t other = seed == SEED_NOWHERE ? SEED_ANYWHERE : SEED_NOWHERE;
    bool look_other = other == SEED_ANYWHERE || k->nowhere;
    size_t n = 0;

    for (size_t i = 0; k->nbuckets && i < VERDICT_TRAITS && traits[i]; i++) {
        unsigned worth = worth_of(traits[i]);
        if (!worth || is_double(traits, i))
            continue;
        looks[n++] = (struct look){key_of(seed, traits[i]), worth};
        if (look_other)
            looks[n++] = (struct look){key_of(other, traits[i]), worth};
    }
    for (size_t i = 0; i < n; i++)
        __builtin_prefetch(&k->buckets[looks[i].key & (k->nbuckets - 1)]);
    return n;
}

void kin_prefetch(const struct kin *k, struct str place,
                  const uint32_t traits[static VERDICT_TRAITS])
{
    struct look looks[2 * VERDICT_TRAITS];

    prepare(k, place, traits, looks);
}

size_t kin_find(const struct kin *k, struct str place,
                const uint32_t traits[static VERDICT_TRAITS], uint32_t out[static KIN_CANDIDATES])
{
    struct found found[CANDIDATES];
    struct look looks[2 * VERDICT_TRAITS];
    size_t nlooks = prepare(k, place, traits, looks), n = 0, kept = 0;

    for (size_t i = 0; i < nlooks; i++) {
        const struct bucket *b = &k->buckets[looks[i].key & (k->nbuckets - 1)];
        for (size_t e = 0; e < BUCKET && b->entries[e].slot != NONE; e++)
            if (b->entries[e].key == looks[i].key)
                n = note(found, n, b->entries[e].slot, looks[i].worth);
    }
    while (kept < n && kept < KIN_CANDIDATES && found[kept].worth >= WORTH) {
        out[kept] = found[kept].slot;
        kept++;
    }
    return kept;
}
