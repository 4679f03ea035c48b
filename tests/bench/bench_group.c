/* Rows "grouping": what it costs to find the concern of an item beside N stored ones. The posts are
 * made up: of N, each city has its share, and a tenth of the items belongs to a concern that is
 * there, half as copies and half in other words. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "alerts/desk/slots.h"
#include "alerts/group/faces.h"
#include "alerts/group/group.h"
#include "alerts/group/kin.h"
#include "alerts/group/likeness.h"
#include "classifiers/likeness/traits.h"

enum { ROUNDS = 60, LOOKS = 1000, NAMES = 2, KEYS = 5, GRAMS = 7, TERMS = 9,
       SUBJECTS = 2, CHARS = 4 };

/* How much there is to choose from: estates and roads of a city, rare pairs, words of the trouble.
 * A city has as many posts a window however many cities there are. */
enum { CITY_POSTS = 2500, CITY_NAMES = 2000, PAIRS = 40000, WORDS = 400, ALL_SUBJECTS = 80,
       ALL_CHARS = 600 };

struct post {
    uint32_t sketch[VERDICT_SKETCH], traits[VERDICT_TRAITS];
    char place[7];
};

struct held {
    struct slots *slots; /* as the desk's own, so that its memory is as far away */
    struct faces *faces;
    struct group *group;
    struct kin *kin;
    uint32_t n, cities;
};

static uint64_t seed = 1;

static uint32_t random_below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)((seed >> 32) * n >> 32);
}

static int rising(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Zeroes go to the end, as in a verdict. */
static void finish(struct post *p, size_t n)
{
    qsort(p->traits, n, sizeof *p->traits, rising);
}

static void make(struct post *p, uint32_t cities)
{
    static const struct {
        enum trait_class class;
        uint32_t n, of;
    } parts[] = {{TRAIT_GRAM, GRAMS, PAIRS},
                 {TRAIT_KEY, KEYS, PAIRS},
                 {TRAIT_TERM, TERMS, WORDS},
                 {TRAIT_SUBJECT, SUBJECTS, ALL_SUBJECTS},
                 {TRAIT_CHAR, CHARS, ALL_CHARS}};
    uint32_t city = random_below(cities);
    size_t n = 0;

    *p = (struct post){0};
    snprintf(p->place, sizeof p->place, "%04u%02u", 1000 + city % 9000, 1 + random_below(8));
    for (uint32_t i = 0; i < NAMES; i++)
        p->traits[n++] = trait_make(i ? TRAIT_ROAD : TRAIT_ESTATE, random_below(CITY_NAMES));
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        for (uint32_t i = 0; i < parts[k].n; i++)
            p->traits[n++] = trait_make(parts[k].class, 1 + random_below(parts[k].of));
    finish(p, n);
    for (size_t i = 0; i < VERDICT_SKETCH; i++)
        p->sketch[i] = random_below(UINT32_MAX);
}

/* Of a stored one: a copy with two slots other, or the same names and subjects in other words. */
static void resemble(struct post *p, const struct concern *of, bool copy)
{
    struct post fresh;
    size_t n = 0;

    make(&fresh, 1);
    memcpy(p->sketch, of->sketch, sizeof p->sketch);
    memcpy(p->traits, of->traits, sizeof p->traits);
    memcpy(p->place, of->region, sizeof p->place);
    if (copy) {
        p->sketch[3] ^= 1;
        p->sketch[8] ^= 1;
        return;
    }
    memcpy(p->sketch, fresh.sketch, sizeof p->sketch);
    for (; n < VERDICT_TRAITS && p->traits[n]; n++)
        if (trait_class(p->traits[n]) == TRAIT_GRAM || trait_class(p->traits[n]) == TRAIT_TERM)
            p->traits[n] = fresh.traits[n];
    finish(p, n);
}

static const struct concern *concern_at(const struct held *h, uint32_t at)
{
    return &slots_at(h->slots, at)->concern;
}

static bool fill(struct held *h, uint32_t n)
{
    struct post p;

    *h = (struct held){slots_new(), faces_new(), group_new(), kin_new(), n, n / CITY_POSTS};
    if (!h->slots || !h->faces || !h->group || !h->kin || group_reserve(h->group, n) ||
        kin_reserve(h->kin, n))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        make(&p, h->cities);
        /* the index's heads grow with what is held */
        if (slots_reserve(h->slots) || faces_reserve(h->faces, i + 1) ||
            group_reserve(h->group, i + 1))
            return false;
        struct concern *c = &slots_at(h->slots, slots_add(h->slots, i + 1))->concern;
        memcpy(c->sketch, p.sketch, sizeof c->sketch);
        memcpy(c->traits, p.traits, sizeof c->traits);
        memcpy(c->region, p.place, sizeof p.place);
        faces_set(h->faces, i, p.sketch, p.traits);
        group_add(h->group, i, p.sketch);
        kin_add(h->kin, i, str_from(p.place), p.traits);
    }
    return true;
}

static void release(struct held *h)
{
    slots_free(h->slots);
    faces_free(h->faces);
    group_free(h->group);
    kin_free(h->kin);
}

/* What the desk does for one item: copies first, then other words. True when it found one. */
static bool look(const struct held *h, const struct post *p)
{
    uint32_t near[GROUP_CANDIDATES], kin[KIN_CANDIDATES];
    const struct likeness_text text = {p->sketch, p->traits};
    struct likeness_probe probe;

    group_prefetch(h->group, p->sketch);
    kin_prefetch(h->kin, str_from(p->place), p->traits);
    likeness_prepare(&probe, &text);
    size_t n = group_find(h->group, p->sketch, near);
    for (size_t i = 0; i < n; i++) {
        const struct face *face = faces_at(h->faces, near[i]);
        const struct likeness_text other = {face->sketch, face->traits};
        if (likeness_copy(&probe, &other).by && !concern_at(h, near[i])->merged)
            return true;
    }
    n = kin_find(h->kin, str_from(p->place), p->traits, kin);
    for (size_t i = 0; i < n; i++)
        likeness_prefetch(faces_at(h->faces, kin[i])->traits);
    for (size_t i = 0; i < n; i++) {
        const struct face *face = faces_at(h->faces, kin[i]);
        const struct likeness_text other = {face->sketch, face->traits};
        if (likeness_matter(&probe, &other, true).by && !concern_at(h, kin[i])->merged)
            return true;
    }
    return false;
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* One round, in nanoseconds an item; what was found is added to *found. */
static double measure(const struct held *h, struct post *items, size_t *found)
{
    for (size_t i = 0; i < LOOKS; i++) {
        if (i % 10)
            make(&items[i], h->cities);
        else
            resemble(&items[i], concern_at(h, random_below(h->n)), i % 20);
    }
    double start = seconds();
    for (size_t i = 0; i < LOOKS; i++)
        *found += look(h, &items[i]);
    return (seconds() - start) / LOOKS * 1e9;
}

/* The sizes take turns, so that what else the machine does falls on all; the best round counts. */
int main(void)
{
    static const uint32_t sizes[] = {10000, 100000, 1000000};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    struct held h[SIZES];
    size_t found[SIZES] = {0};
    double best[SIZES] = {0};
    struct post *items = calloc(LOOKS, sizeof *items);

    for (size_t i = 0; i < SIZES; i++)
        if (!items || !fill(&h[i], sizes[i]))
            return 1;
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < SIZES; i++) {
            double took = measure(&h[i], items, &found[i]);
            if (!round || took < best[i])
                best[i] = took;
        }
    for (size_t i = 0; i < SIZES; i++) {
        release(&h[i]);
        printf("{\"row\":\"grouping: cost per item at N stored\",\"stored\":%u,"
               "\"ns_per_item\":%.0f,\"found_percent\":%.1f,\"to_10k\":%.2f,"
               "\"ceiling\":{\"to_10k\":1.2}}\n",
               sizes[i], best[i], 100.0 * (double)found[i] / (ROUNDS * LOOKS), best[i] / best[0]);
    }
    free(items);
    return 0;
}
