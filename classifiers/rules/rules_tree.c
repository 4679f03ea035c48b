#include "classifiers/rules/rules_tree.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "classifiers/rules/rules_regex.h"

struct state { /* of a node */
    uint32_t hits;
    bool met, title;
};

struct pattern { /* a regex at work */
    struct regex *regex; /* NULL: it did not compile, and is never met */
    uint32_t tried;      /* up to this code point, in this turn */
    uint64_t off;        /* the item in which it ran into a limit */
};

struct trees {
    const struct rules *rules;
    const struct fold *f;
    const struct matcher_hits *hits;
    const struct eval_about *about;
    struct state *state;  /* of each node */
    uint32_t *group_last; /* of each group: 1 + its latest mark */
    struct pattern *regex;
    const uint32_t *stops, *sentence; /* see trees_sentences() */
    size_t nstops;
    uint64_t turn, item;
    uint64_t *root_turn;  /* of each root: the turn in which it was last fed */
    uint32_t *touched;
    size_t ntouched;
    uint64_t *scope_item; /* of each scope: the item for which scope_met holds */
    bool *scope_met;
    struct tree_found *found;
    size_t nfound, found_cap;
    size_t budget; /* code points that regexes may still look at */
    uint32_t limits;
};

static int start_regexes(struct trees *t)
{
    for (uint32_t i = 0; i < t->rules->head->regexes.count; i++) {
        struct buf why = BUF_INIT;
        bool empty;
        t->regex[i].regex = regex_new(block_str(t->rules, t->rules->regexes[i].folded), &empty,
                                      &why);
        bool nomem = !t->regex[i].regex && !empty && !why.len;
        buf_free(&why);
        if (nomem)
            return ERR_NOMEM;
    }
    return 0;
}

struct trees *trees_new(const struct rules *rules)
{
    const struct block_header *h = rules->head;
    struct trees *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->rules = rules;
    t->state = calloc(h->nodes.count + 1, sizeof *t->state);
    t->group_last = calloc(h->groups.count + 1, sizeof *t->group_last);
    t->regex = calloc(h->regexes.count + 1, sizeof *t->regex);
    t->root_turn = calloc(h->roots.count + 1, sizeof *t->root_turn);
    t->touched = calloc(h->roots.count + 1, sizeof *t->touched);
    t->scope_item = calloc(h->scopes.count + 1, sizeof *t->scope_item);
    t->scope_met = calloc(h->scopes.count + 1, sizeof *t->scope_met);
    if (t->state && t->group_last && t->regex && t->root_turn && t->touched && t->scope_item &&
        t->scope_met && !start_regexes(t))
        return t;
    trees_free(t);
    return NULL;
}

void trees_free(struct trees *t)
{
    if (!t)
        return;
    for (uint32_t i = 0; t->regex && i < t->rules->head->regexes.count; i++)
        regex_free(t->regex[i].regex);
    free(t->state);
    free(t->group_last);
    free(t->regex);
    free(t->root_turn);
    free(t->touched);
    free(t->scope_item);
    free(t->scope_met);
    free(t->found);
    free(t);
}

void trees_item(struct trees *t, const struct fold *f, const struct matcher_hits *hits,
                const struct eval_about *about)
{
    t->f = f;
    t->hits = hits;
    t->about = about;
    t->item++;
    t->nfound = 0;
    t->budget = REGEX_BUDGET;
    t->limits = 0;
    trees_turn(t);
}

void trees_sentences(struct trees *t, const uint32_t *stops, size_t n, const uint32_t *sentence)
{
    t->stops = stops;
    t->nstops = n;
    t->sentence = sentence;
}

void trees_turn(struct trees *t)
{
    t->turn++;
    t->ntouched = 0;
}

static bool fits_region(const struct trees *t, const struct block_scope *s)
{
    for (uint32_t i = 0; i < s->ncodes; i++) {
        struct str prefix = block_str(t->rules, t->rules->codes[s->first_code + i]);
        if (t->about->region.n && str_starts(t->about->region, prefix))
            return true;
        for (size_t k = 0; k < t->about->nregions; k++)
            if (str_starts(t->about->regions[k].code, prefix))
                return true;
    }
    return s->ncodes == 0;
}

static bool fits_date(int64_t at, const struct block_scope *s)
{
    int64_t day = (at + CLOCK_CHINA) / CLOCK_DAY;

    return at <= 0 || (day >= s->from && day <= s->until);
}

bool trees_scope(struct trees *t, uint32_t scope)
{
    const struct block_scope *s = &t->rules->scopes[scope];

    if (!scope)
        return true;
    if (t->scope_item[scope] != t->item) {
        t->scope_item[scope] = t->item;
        t->scope_met[scope] = (!s->sources || s->sources & 1u << t->about->source) &&
                              fits_date(t->about->at, s) && fits_region(t, s);
    }
    return t->scope_met[scope];
}

static uint32_t node_of(const struct rules *r, const struct tree_mark *m)
{
    return m->what == BLOCK_GROUP ? r->patterns[r->groups[m->target].pattern].node : m->target;
}

static void touch(struct trees *t, uint32_t root)
{
    const struct rules *r = t->rules;
    const struct block_root *b = &r->roots[root];

    t->root_turn[root] = t->turn;
    t->touched[t->ntouched++] = root;
    memset(t->state + b->first_node, 0, b->nnodes * sizeof *t->state);
    for (uint32_t i = b->first_node; i < b->first_node + b->nnodes; i++) {
        const struct block_node *n = &r->nodes[i];
        if (n->kind == NODE_REGEX)
            t->regex[n->target].tried = 0;
        if (n->kind != NODE_NEAR)
            continue;
        const struct block_pattern *p = &r->patterns[n->target];
        memset(t->group_last + p->first_group, 0, p->ngroups * sizeof *t->group_last);
    }
}

static void meet(struct state *s, bool title)
{
    s->hits++;
    s->title |= title;
}

/* A group was met: do the latest hits of all groups of its pattern stand near enough? Looking
 * at the latest ones finds every smallest window. Hits rise by their starts: the first of them
 * begins it, and the one at hand ends it unless an earlier one is longer. */
static inline __attribute__((always_inline)) void
try_pattern(struct trees *t, struct tree_mark *marks, uint32_t mark, uint32_t group)
{
    const struct block_pattern *p = &t->rules->patterns[t->rules->groups[group].pattern];
    const struct matcher_hit *const hits = t->hits->list;
    const uint32_t hit = marks[mark].hit, n = p->ngroups;
    uint32_t *const latest = t->group_last + p->first_group, first = hit, end = 0;

    latest[group - p->first_group] = mark + 1;
    for (uint32_t g = 0; g < n; g++) {
        if (!latest[g])
            return;
        uint32_t other = marks[latest[g] - 1].hit;
        first = other < first ? other : first;
    }
    if (hits[hit].end - hits[first].start > p->within ||
        (p->sentence && t->sentence[first] != t->sentence[hit]))
        return;
    for (uint32_t g = 0; g < n; g++) {
        uint32_t other = hits[marks[latest[g] - 1].hit].end;
        end = other > end ? other : end;
    }
    if (end - hits[first].start > p->within)
        return;
    for (uint32_t g = 0; g < n; g++)
        marks[latest[g] - 1].near = true;
    meet(&t->state[p->node], end <= t->f->title);
}

static int add_found(struct trees *t, struct tree_found found)
{
    if (t->nfound == t->found_cap) {
        size_t cap = t->found_cap ? t->found_cap * 2 : 64;
        struct tree_found *more = realloc(t->found, cap * sizeof *more);
        if (!more)
            return ERR_NOMEM;
        t->found = more;
        t->found_cap = cap;
    }
    t->found[t->nfound++] = found;
    return 0;
}

/* A literal of the regex stands here: look at its sentence, if that was not looked at already. */
static int try_regex(struct trees *t, uint32_t hit, uint32_t node)
{
    uint32_t index = t->rules->nodes[node].target, number = t->sentence[hit], low, high;
    const struct matcher_hit *h = &t->hits->list[hit];
    struct pattern *p = &t->regex[index];
    size_t start, end;

    low = number ? t->stops[number - 1] + 1 : 0;
    high = number < t->nstops ? t->stops[number] : (uint32_t)t->f->n;
    low = h->start - low > REGEX_REACH ? h->start - REGEX_REACH : low;
    high = high < h->end ? h->end : high; /* a term may itself hold a stop */
    high = high - h->end > REGEX_REACH ? h->end + REGEX_REACH : high;
    if (!p->regex || p->off == t->item || high <= p->tried)
        return 0;
    p->tried = high;
    bool spent = high - low > t->budget;
    int found = spent ? REGEX_LIMIT
                      : regex_try(p->regex, t->f->cp + low, high - low, &start, &end);
    if (found == REGEX_LIMIT) {
        p->off = t->item;
        t->limits++;
        return 0;
    }
    t->budget -= high - low;
    if (found == REGEX_NONE)
        return 0;
    meet(&t->state[node], low + end <= t->f->title);
    return add_found(t, (struct tree_found){index, low + (uint32_t)start, low + (uint32_t)end,
                                            false});
}

static inline __attribute__((always_inline)) int
feed(struct trees *t, struct tree_mark *marks, uint32_t mark)
{
    const struct tree_mark *m = &marks[mark];

    if (t->root_turn[m->root] != t->turn)
        touch(t, m->root);
    if (m->what == BLOCK_GROUP)
        try_pattern(t, marks, mark, m->target);
    else if (m->what == BLOCK_NEEDS)
        return try_regex(t, m->hit, m->target);
    else
        meet(&t->state[m->target], t->hits->list[m->hit].start < t->f->title);
    return 0;
}

int trees_feed(struct trees *t, struct tree_mark *marks, uint32_t mark)
{
    return feed(t, marks, mark);
}

int trees_feed_heard(struct trees *t, struct tree_mark *marks, const uint32_t *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct tree_mark *mark = &marks[list[i]];
        if (!mark->silent & (mark->role != ROLE_NONE) && feed(t, marks, list[i]))
            return ERR_NOMEM;
    }
    return 0;
}

size_t trees_touched(const struct trees *t, const uint32_t **roots)
{
    *roots = t->touched;
    return t->ntouched;
}

/* All of an `and`, any of an `or` must stand in the title; what is not there stands anywhere. */
static void meet_children(struct trees *t, uint32_t at)
{
    const struct block_node *n = &t->rules->nodes[at], *child;
    uint32_t count = 0, met = 0, titles = 0, seen = 0;

    for (uint32_t k = at + 1; k < at + n->size; k += child->size) {
        child = &t->rules->nodes[k];
        bool real = t->state[k].met && child->kind != NODE_NOT;
        count++;
        met += t->state[k].met;
        seen += real;
        titles += real && t->state[k].title;
    }
    t->state[at].met = n->kind == NODE_NOT ? met == 0 : met >= n->min;
    t->state[at].title = titles && (n->min < count || titles == seen);
}

bool trees_met(struct trees *t, uint32_t root, bool *title)
{
    const struct block_root *b = &t->rules->roots[root];

    for (uint32_t i = b->first_node + b->nnodes; i-- > b->first_node;) {
        const struct block_node *n = &t->rules->nodes[i];
        struct state *s = &t->state[i];
        if (n->kind == NODE_GROUP || n->kind == NODE_NOT)
            meet_children(t, i);
        else
            s->met = s->hits >= n->min;
        s->met = s->met && trees_scope(t, n->scope);
    }
    *title = t->state[b->first_node].title;
    return t->state[b->first_node].met;
}

static bool helped(const struct trees *t, uint32_t node)
{
    return t->state[node].met && !t->rules->nodes[node].negated;
}

void trees_count(struct trees *t, uint32_t root, struct tree_mark *marks, const uint32_t *list,
                 size_t n)
{
    const struct rules *r = t->rules;

    for (size_t i = 0; i < n; i++) {
        struct tree_mark *mark = &marks[list[i]];
        if ((mark->root == root) & (mark->near | (mark->what == BLOCK_LEAF)))
            mark->counts |= helped(t, node_of(r, mark));
    }
    for (size_t i = 0; i < t->nfound; i++) {
        uint32_t node = r->regexes[t->found[i].regex].node;
        t->found[i].counts |= r->nodes[node].root == root && helped(t, node);
    }
}

size_t trees_finds(const struct trees *t, const struct tree_found **found)
{
    *found = t->found;
    return t->nfound;
}

uint32_t trees_limits(const struct trees *t)
{
    return t->limits;
}
