/* Is a block what it says it is? Whoever reads it afterwards follows its numbers blindly. */
#include "base/utf8.h"
#include "classifiers/match/matcher.h"
#include "classifiers/rules/rules_block.h"

static bool text_fits(const struct rules *r, struct block_text t)
{
    uint32_t n = r->head->strings.count;

    return t.off < n && t.n < n - t.off && r->strings[t.off + t.n] == 0 &&
           utf8_valid(block_str(r, t));
}

static bool range_fits(uint32_t first, uint32_t count, uint32_t all)
{
    return first <= all && count <= all - first;
}

static bool check_set(const struct rules *r, const struct block_set *s)
{
    bool fits = text_fits(r, s->id) && text_fits(r, s->zh) && text_fits(r, s->en) &&
                text_fits(r, s->role) && s->grade < BLOCK_GRADES &&
                s->scope < r->head->scopes.count && s->ndeadlines <= RULES_DEADLINES_MAX &&
                s->threshold > 0 && s->threshold < 1 && s->learned <= 1 &&
                s->assess <= 1 && s->no_emergency <= 1;

    for (uint32_t i = 0; fits && i < s->ndeadlines; i++)
        fits = text_fits(r, s->deadlines[i]);
    return fits;
}

static bool check_sets(const struct rules *r)
{
    const struct block_header *h = r->head;

    if (h->ntopics > h->sets.count || h->sets.count - h->ntopics != BLOCK_CUES)
        return false;
    for (uint32_t i = 0; i < h->sets.count; i++)
        if (!check_set(r, &r->sets[i]))
            return false;
    for (uint32_t i = 0; i < h->scopes.count; i++)
        if (!range_fits(r->scopes[i].first_code, r->scopes[i].ncodes, h->codes.count))
            return false;
    for (uint32_t i = 0; i < h->codes.count; i++)
        if (!text_fits(r, r->codes[i]))
            return false;
    return true;
}

/* A leaf has no children; those of an inner node fill it exactly. */
static bool check_node(const struct rules *r, uint32_t at, uint32_t end)
{
    const struct block_header *h = r->head;
    const struct block_node *n = &r->nodes[at];
    uint32_t child = at + 1;

    if (n->kind >= NODE_KINDS || n->scope >= h->scopes.count || !n->size || n->size > end - at)
        return false;
    if (n->kind == NODE_NEAR &&
        (n->target >= h->patterns.count || r->patterns[n->target].node != at))
        return false;
    if (n->kind == NODE_REGEX &&
        (n->target >= h->regexes.count || r->regexes[n->target].node != at))
        return false;
    if (n->kind != NODE_GROUP && n->kind != NODE_NOT)
        return n->size == 1;
    while (child < at + n->size && r->nodes[child].size &&
           r->nodes[child].size <= at + n->size - child)
        child += r->nodes[child].size;
    return child == at + n->size;
}

static bool check_root(const struct rules *r, uint32_t root)
{
    const struct block_root *b = &r->roots[root];

    if (b->set >= r->head->sets.count || b->role > ROLE_GRADE || b->grade >= BLOCK_GRADES ||
        !(b->weight > 0 && b->weight < 100) || !b->nnodes || b->nnodes > BLOCK_NODES_MAX ||
        !range_fits(b->first_node, b->nnodes, r->head->nodes.count) ||
        r->nodes[b->first_node].size != b->nnodes)
        return false;
    for (uint32_t i = 0; i < b->nnodes; i++)
        if (r->nodes[b->first_node + i].root != root ||
            !check_node(r, b->first_node + i, b->first_node + b->nnodes))
            return false;
    return true;
}

static bool check_pattern(const struct rules *r, uint32_t at)
{
    const struct block_header *h = r->head;
    const struct block_pattern *p = &r->patterns[at];

    if (p->node >= h->nodes.count || r->nodes[p->node].kind != NODE_NEAR ||
        r->nodes[p->node].target != at || p->ngroups == 0 || p->ngroups > BLOCK_PATTERN_GROUPS ||
        p->within > BLOCK_WITHIN_MAX || !range_fits(p->first_group, p->ngroups, h->groups.count))
        return false;
    for (uint32_t g = 0; g < p->ngroups; g++)
        if (r->groups[p->first_group + g].pattern != at)
            return false;
    return true;
}

static bool check_trees(const struct rules *r)
{
    const struct block_header *h = r->head;

    for (uint32_t i = 0; i < h->roots.count; i++)
        if (!check_root(r, i))
            return false;
    for (uint32_t i = 0; i < h->nodes.count; i++)
        if (r->nodes[i].root >= h->roots.count ||
            i - r->roots[r->nodes[i].root].first_node >= r->roots[r->nodes[i].root].nnodes)
            return false;
    for (uint32_t i = 0; i < h->patterns.count; i++)
        if (!check_pattern(r, i))
            return false;
    for (uint32_t i = 0; i < h->groups.count; i++)
        if (r->groups[i].pattern >= h->patterns.count ||
            i - r->patterns[r->groups[i].pattern].first_group >=
                r->patterns[r->groups[i].pattern].ngroups)
            return false;
    for (uint32_t i = 0; i < h->regexes.count; i++) {
        const struct block_regex *x = &r->regexes[i];
        if (!text_fits(r, x->written) || !text_fits(r, x->folded) || x->node >= h->nodes.count ||
            r->nodes[x->node].kind != NODE_REGEX || r->nodes[x->node].target != i)
            return false;
    }
    return true;
}

static bool check_use(const struct rules *r, const struct block_use *u)
{
    const struct block_header *h = r->head;
    uint32_t node = u->target;

    if (u->field > BLOCK_TEXT || !(u->weight > 0 && u->weight < 100) ||
        u->scope >= h->scopes.count || u->what > BLOCK_PLACE)
        return false;
    if (u->what == BLOCK_PLACE)
        return u->set < NAME_KINDS && u->target < h->places.count;
    if (u->set >= h->sets.count)
        return false;
    if (u->what == BLOCK_ANY || u->what == BLOCK_NONE)
        return u->role == (u->what == BLOCK_ANY ? ROLE_ANY : ROLE_NONE);
    if (u->what == BLOCK_GROUP) {
        if (u->target >= h->groups.count)
            return false;
        node = r->patterns[r->groups[u->target].pattern].node;
    }
    if (node >= h->nodes.count || r->nodes[node].root != u->root ||
        r->roots[u->root].set != u->set || r->roots[u->root].role != u->role)
        return false;
    return r->nodes[node].kind == (u->what == BLOCK_LEAF    ? NODE_TERM
                                   : u->what == BLOCK_NEEDS ? NODE_REGEX
                                                            : NODE_NEAR);
}

/* first: where the uses of the term before it end. No two share one. */
static bool check_term(const struct rules *r, const struct block_term *t, uint32_t first)
{
    uint32_t nplaces = 0, ntopics = 0;

    if (!text_fits(r, t->text) || t->first_use != first ||
        !range_fits(t->first_use, t->nuses, r->head->uses.count))
        return false;
    for (uint32_t u = t->first_use; u < t->first_use + t->nuses; u++) {
        nplaces += r->uses[u].what == BLOCK_PLACE;
        ntopics += block_of_topic(&r->uses[u], r->head->ntopics);
    }
    return nplaces == t->nplaces && ntopics == t->ntopics;
}

static bool check_places(const struct rules *r)
{
    const struct block_header *h = r->head;

    for (const struct block_place *p = r->places; p < r->places + h->places.count; p++)
        if (!text_fits(r, p->code) || !text_fits(r, p->name) || p->code.n < 6 ||
            p->code.n > 12 || p->code.n % 3)
            return false;
    for (uint32_t i = 0; i < h->bycode.count; i++)
        if (r->bycode[i] >= h->places.count)
            return false;
    for (uint32_t i = 0; i < h->notbefore.count; i++)
        if (!text_fits(r, r->notbefore[i]))
            return false;
    for (uint32_t i = 0; i < h->streets.count; i++)
        if (r->streets[i].place >= h->places.count)
            return false;
    for (uint32_t i = 0; i < h->buckets.count; i++)
        if (r->buckets[i] > h->streets.count || (i && r->buckets[i] < r->buckets[i - 1]))
            return false;
    return h->nnotbefore <= h->notbefore.count && h->buckets.count == BLOCK_BUCKETS + 1 &&
           h->tails.count == (1 << BLOCK_TAIL_BITS) / 32 && h->ends.count == BLOCK_ENDS / 32;
}

static bool check_terms(const struct rules *r)
{
    const struct block_header *h = r->head;
    uint32_t first = 0;

    if (h->named.count != h->terms.count / 8 + 1)
        return false;
    for (uint32_t i = 0; i < h->terms.count; first += r->terms[i++].nuses)
        if (!check_term(r, &r->terms[i], first) ||
            block_names_place(r, i) != (r->terms[i].nplaces != 0))
            return false;
    for (uint32_t i = 0; i < h->uses.count; i++)
        if (!check_use(r, &r->uses[i]))
            return false;
    return check_places(r) && matcher_check(r->matcher, h->matcher.count, h->terms.count);
}

bool block_check(const struct rules *r)
{
    return check_sets(r) && check_trees(r) && check_terms(r);
}
