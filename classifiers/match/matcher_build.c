#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "classifiers/match/matcher_tables.h"
#include "classifiers/text/fold.h"

/* Terms of one text: order[first .. first + count). */
struct group {
    const struct matcher_term *term;
    uint32_t first, count;
    uint32_t shared; /* leading characters that it has in common with the group before it */
    uint32_t depth;  /* of its own node */
};

struct plan {
    const struct matcher_term *terms;
    uint32_t *order;
    struct group *groups;
    size_t ngroups;
    struct matcher_tables head;
};

static int by_text(const void *x, const void *y, void *arg)
{
    const struct matcher_term *terms = arg;
    uint32_t i = *(const uint32_t *)x, k = *(const uint32_t *)y;
    const struct matcher_term *a = &terms[i], *b = &terms[k];
    size_t n = a->n < b->n ? a->n : b->n;

    for (size_t at = 0; at < n; at++)
        if (a->cp[at] != b->cp[at])
            return a->cp[at] < b->cp[at] ? -1 : 1;
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    return (i > k) - (i < k);
}

static uint32_t in_common(const struct matcher_term *a, const struct matcher_term *b)
{
    uint32_t n = 0;

    while (n < a->n && n < b->n && a->cp[n] == b->cp[n])
        n++;
    return n;
}

static void find_groups(struct plan *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct matcher_term *t = &p->terms[p->order[i]];
        struct group *last = p->ngroups ? &p->groups[p->ngroups - 1] : NULL;
        uint32_t shared = last ? in_common(last->term, t) : 0;
        if (last && shared == t->n && shared == last->term->n)
            last->count++;
        else
            p->groups[p->ngroups++] = (struct group){t, (uint32_t)i, 1, shared, 0};
    }
}

/* A group's node stands where no other group goes on any more. */
static uint32_t depth_of(const struct plan *p, size_t g)
{
    const struct group *group = &p->groups[g];
    uint32_t next = g + 1 < p->ngroups ? group[1].shared : 0;
    uint32_t depth = (group->shared > next ? group->shared : next) + 1;

    depth = depth < 2 ? 2 : depth;
    return depth < group->term->n ? depth : (uint32_t)group->term->n;
}

static uint32_t first_new(const struct group *g)
{
    return g->shared + 1 > 2 ? g->shared + 1 : 2;
}

/* Characters of the tail behind the one that the node itself holds. */
static uint32_t tail(const struct group *g)
{
    return g->term->n > g->depth ? (uint32_t)g->term->n - g->depth - 1 : 0;
}

/* A Latin letter at either end is a word's edge, which the quick path does not look for. */
static bool needs_record(const struct group *g)
{
    const struct matcher_term *t = g->term;

    return g->count > 1 || tail(g) || fold_is_latin(t->cp[0]) || fold_is_latin(t->cp[t->n - 1]);
}

static uint32_t log2_at_least(uint64_t n, uint32_t low, uint32_t high)
{
    while (low < high && (UINT64_C(1) << low) < n)
        low++;
    return low;
}

static int lay_out(struct plan *p, size_t n)
{
    uint64_t nodes = 0, pairs = 0, records = 0;

    p->head = (struct matcher_tables){.magic = MATCHER_MAGIC, .nterms = (uint32_t)n};
    for (size_t i = 0; i < p->ngroups; i++) {
        struct group *g = &p->groups[i];
        g->depth = depth_of(p, i);
        if (g->term->n == 1)
            p->head.singles++, nodes++;
        else
            nodes += g->depth + 1 - first_new(g);
        pairs += g->term->n > 1 && first_new(g) == 2;
        if (needs_record(g))
            records += 1 + g->count + tail(g);
    }
    if (2 * nodes + MATCHER_SPARE + 1 > MATCHER_SLOTS_MAX || records > UINT32_MAX)
        return ERR_NOMEM;
    p->head.bits = log2_at_least(64 * pairs, MATCHER_BITS_MIN, MATCHER_BITS_MAX);
    if (n >= MATCHER_LARGE)
        p->head.bits = p->head.second_bits = MATCHER_BITS_LARGE;
    p->head.nslots = (uint32_t)(2 * nodes + MATCHER_SPARE + 1);
    p->head.nrecords = (uint32_t)records;
    return 0;
}

/* The slot of the node, which is there or is added; the last one, which stays free, where there is
 * no room. */
static uint32_t add_node(char *base, uint64_t key)
{
    const struct matcher_tables *t = (const struct matcher_tables *)base;
    struct matcher_slot *slots = (struct matcher_slot *)(base + matcher_slots_at(t));
    uint32_t i = matcher_probe(slots, key, matcher_home(matcher_hash(key), t->nslots));

    if (!slots[i].key && i + 1 < t->nslots)
        slots[i].key = key;
    return i;
}

static uint32_t add_record(const struct plan *p, const struct group *g, char *base, uint32_t used)
{
    uint32_t *to = (uint32_t *)(base + matcher_records_at(&p->head)) + used;

    *to++ = g->count;
    memcpy(to, p->order + g->first, g->count * sizeof *to);
    memcpy(to + g->count, g->term->cp + g->term->n - tail(g), tail(g) * sizeof *to);
    return used + 1 + g->count + tail(g);
}

static void mark(uint32_t *bitmap, uint32_t hash, uint32_t bits)
{
    uint32_t at = hash >> (32 - bits);

    bitmap[at / 32] |= 1u << (at % 32);
}

static void mark_prefix(char *base, const struct matcher_term *t)
{
    struct matcher_tables *head = (struct matcher_tables *)base;

    if (t->n == 1) {
        mark(head->one, matcher_one_hash(t->cp[0]), MATCHER_ONE_BITS);
        return;
    }
    uint32_t pair = matcher_pair_hash(t->cp[0], t->cp[1]);
    mark((uint32_t *)(base + matcher_bitmap_at()), pair, head->bits);
    if (head->second_bits)
        mark((uint32_t *)(base + matcher_second_at(head)),
             matcher_third_hash(pair, t->n > 2 ? t->cp[2] : MATCHER_NO_SECOND), head->second_bits);
}

/* The nodes that nearly all looks are for, while there is room for them in their first places. */
static void add_first_nodes(const struct plan *p, char *base)
{
    for (size_t i = 0; i < p->ngroups; i++) {
        const struct matcher_term *t = p->groups[i].term;
        add_node(base, matcher_pair(t->cp[0], t->n > 1 ? t->cp[1] : MATCHER_NO_SECOND));
    }
}

/* Add the nodes of a group's text, of which path[] has those that it shares: false where there is
 * no room. */
static bool add_path(const struct plan *p, const struct group *g, char *base, uint32_t *path)
{
    struct matcher_slot *slots = (struct matcher_slot *)(base + matcher_slots_at(&p->head));
    const uint32_t *cp = g->term->cp, last = p->head.nslots - 1;

    if (g->term->n == 1)
        path[1] = add_node(base, matcher_pair(cp[0], MATCHER_NO_SECOND));
    for (uint32_t d = first_new(g); d <= g->depth; d++) {
        path[d] = add_node(base, d == 2 ? matcher_pair(cp[0], cp[1])
                                        : matcher_child(path[d - 1], cp[d - 1]));
        if (d > 2)
            slots[path[d - 1]].next |= 1u << matcher_child_bit(cp[d - 1]);
        if (path[d] == last)
            return false;
    }
    return path[g->depth] != last;
}

/* Every group's path shares its first nodes with that of the group before it. ERR_NOMEM: nodes
 * crowd at the end of the slots, as they only do by intent. */
static int fill(const struct plan *p, char *base)
{
    struct matcher_slot *slots = (struct matcher_slot *)(base + matcher_slots_at(&p->head));
    uint32_t path[MATCHER_TERM_MAX + 1] = {0}, used = 0;

    for (size_t i = 0; i < p->ngroups; i++) {
        const struct group *g = &p->groups[i];
        const struct matcher_term *t = g->term;
        mark_prefix(base, t);
        if (!add_path(p, g, base, path))
            return ERR_NOMEM;
        struct matcher_slot *s = &slots[path[g->depth]];
        s->value = needs_record(g) ? used : p->order[g->first];
        if (t->n > g->depth) {
            s->key |= MATCHER_TAIL;
            s->next = tail(g) << MATCHER_CP_BITS | t->cp[g->depth];
        }
        s->key |= needs_record(g) ? MATCHER_RECORD : MATCHER_TERM;
        if (needs_record(g))
            used = add_record(p, g, base, used);
    }
    return 0;
}

int matcher_build(const struct matcher_term *terms, size_t n, struct buf *out)
{
    struct plan p = {.terms = terms};
    int err = ERR_NOMEM;

    p.order = malloc((n + 1) * sizeof *p.order);
    p.groups = malloc((n + 1) * sizeof *p.groups);
    if (!p.order || !p.groups || n > 1u << 24)
        goto done;
    for (size_t i = 0; i < n; i++)
        p.order[i] = (uint32_t)i;
    qsort_r(p.order, n, sizeof *p.order, by_text, (void *)terms);
    find_groups(&p, n);
    err = lay_out(&p, n);
    char *base = err ? NULL : buf_reserve(out, matcher_size(&p.head));
    if (!base) {
        err = ERR_NOMEM;
        goto done;
    }
    memset(base, 0, matcher_size(&p.head));
    memcpy(base, &p.head, sizeof p.head);
    add_first_nodes(&p, base);
    err = fill(&p, base);
    out->len += err ? 0 : matcher_size(&p.head);
done:
    free(p.order);
    free(p.groups);
    return err;
}
