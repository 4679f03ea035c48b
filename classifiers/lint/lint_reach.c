/* What can never be met: terms that are always vetoed, conditions that contradict themselves or
 * have no room, scopes and thresholds out of reach. */
#include "classifiers/lint/lint_draft.h"

enum { NOTS_MAX = 64 };
#define TITLE_FACTOR 1.5

enum why { WHY_VETO = 1, WHY_NOT, WHY_SPAN, WHY_SCOPE };

struct cause {
    enum why why;
    const struct draft_use *use, *other;
    const char *scope;
    uint32_t within, least;
};

struct walk { /* of one root */
    const struct lint_run *l;
    bool vetoes;
    uint32_t nots[NOTS_MAX]; /* terms of these nodes may not stand in the item */
    size_t nnots;
    struct cause cause;
};

struct barred {
    const struct walk *w;
    const struct draft_use *use, *by;
};

static bool look_barred(void *arg, struct lint_inner inner)
{
    struct barred *b = arg;
    const struct draft *d = b->w->l->d;
    size_t at = DRAFT_AT(d, terms, struct draft_term, inner.term)->last_use;

    while (at && !b->by) {
        const struct draft_use *u = DRAFT_AT(d, uses, struct draft_use, at - 1);
        for (size_t i = 0; i < b->w->nnots && u->use.what == BLOCK_LEAF && u != b->use; i++)
            if (u->use.target == b->w->nots[i] && lint_covers(d, &u->use, &b->use->use))
                b->by = u;
        at = u->previous;
    }
    return !b->by;
}

/* Can this use never come to anything? */
static bool is_dead(struct walk *w, const struct draft_use *use)
{
    struct barred b = {w, use, NULL};
    const struct draft_use *veto = w->vetoes ? lint_veto(w->l->d, use) : NULL;

    if (!veto && w->nnots)
        lint_each_inner(w->l->d, use->term, look_barred, &b);
    if (veto || b.by)
        w->cause = (struct cause){.why = veto ? WHY_VETO : WHY_NOT, .use = use,
                                  .other = veto ? veto : b.by};
    return veto || b.by;
}

static bool all_dead(struct walk *w, uint32_t first)
{
    if (!first)
        return false; /* what was there was wrong, and is told as that */
    for (uint32_t u = first; u; u = w->l->next_use[u - 1])
        if (!is_dead(w, DRAFT_AT(w->l->d, uses, struct draft_use, u - 1)))
            return false;
    return true;
}

/* Code points that both take at least: they may lie over each other. */
static size_t span_of(const struct draft_term *a, const struct draft_term *b)
{
    const struct draft_term *s = a->n <= b->n ? a : b, *l = a->n <= b->n ? b : a;

    for (size_t at = 0; at + s->n <= l->n; at++)
        if (memcmp(l->cp + at, s->cp, s->n * sizeof *s->cp) == 0)
            return l->n;
    for (size_t k = s->n - 1; k; k--)
        if (memcmp(a->cp + a->n - k, b->cp, k * sizeof *b->cp) == 0 ||
            memcmp(b->cp + b->n - k, a->cp, k * sizeof *a->cp) == 0)
            return a->n + b->n - k;
    return a->n + b->n;
}

static const struct draft_term *term_of(const struct lint_run *l, uint32_t use)
{
    return DRAFT_AT(l->d, terms, struct draft_term,
                    DRAFT_AT(l->d, uses, struct draft_use, use - 1)->term);
}

/* The least span of a term of one group with one of another. */
static size_t least_span(const struct lint_run *l, uint32_t a, uint32_t b)
{
    size_t least = SIZE_MAX;

    for (; a; a = l->next_use[a - 1])
        for (uint32_t u = b; u; u = l->next_use[u - 1]) {
            size_t n = span_of(term_of(l, a), term_of(l, u));
            least = n < least ? n : least;
        }
    return least;
}

static size_t shortest(const struct lint_run *l, uint32_t use, size_t *count)
{
    size_t least = SIZE_MAX;

    for (*count = 0; use; use = l->next_use[use - 1], ++*count)
        least = term_of(l, use)->n < least ? term_of(l, use)->n : least;
    return least;
}

/* No window is shorter than that of any two groups; where no terms lie over each other, than all
 * the shortest together. Never more than what it takes. */
static size_t least_window(const struct lint_run *l, const struct block_pattern *p)
{
    size_t n[BLOCK_PATTERN_GROUPS], count, sum = 0, least = 0;
    bool apart = true;

    for (uint32_t g = 0; g < p->ngroups; g++) {
        n[g] = shortest(l, l->group_use[p->first_group + g], &count);
        if (!count || count > 2000)
            return 0;
        sum += n[g];
    }
    if (sum <= p->within)
        return sum;
    for (uint32_t g = 0; g < p->ngroups; g++)
        for (uint32_t h = g + 1; h < p->ngroups; h++) {
            size_t pair = least_span(l, l->group_use[p->first_group + g],
                                     l->group_use[p->first_group + h]);
            apart &= pair >= n[g] + n[h];
            least = pair > least ? pair : least;
        }
    return apart ? sum : least;
}

static bool near_fails(struct walk *w, const struct block_node *n)
{
    const struct block_pattern *p = DRAFT_AT(w->l->d, patterns, struct block_pattern, n->target);
    size_t least = least_window(w->l, p);

    if (least > p->within) {
        w->cause = (struct cause){.why = WHY_SPAN, .within = p->within, .least = (uint32_t)least};
        return true;
    }
    for (uint32_t g = p->first_group; g < p->first_group + p->ngroups; g++)
        if (all_dead(w, w->l->group_use[g]))
            return true;
    return false;
}

static struct block_node *node_at(const struct walk *w, uint32_t i)
{
    return DRAFT_AT(w->l->d, nodes, struct block_node, i);
}

static size_t children(const struct walk *w, uint32_t at)
{
    size_t n = 0;

    for (uint32_t k = at + 1; k < at + node_at(w, at)->size; k += node_at(w, k)->size)
        n++;
    return n;
}

/* What the `not` of an `and` shuts out for all of it. */
static void add_nots(struct walk *w, uint32_t at)
{
    for (uint32_t k = at + 1; k < at + node_at(w, at)->size; k += node_at(w, k)->size) {
        if (node_at(w, k)->kind != NODE_NOT || node_at(w, k)->scope)
            continue;
        for (uint32_t c = k + 1; c < k + node_at(w, k)->size; c += node_at(w, c)->size) {
            const struct block_node *n = node_at(w, c);
            if (n->kind == NODE_TERM && n->min == 1 && !n->scope && w->nnots < NOTS_MAX)
                w->nots[w->nnots++] = c;
        }
    }
}

static bool fails(struct walk *w, uint32_t at, uint32_t scope);

static bool group_fails(struct walk *w, uint32_t at, uint32_t scope)
{
    size_t before = w->nnots, all = children(w, at), left = 0;

    if (node_at(w, at)->min == all)
        add_nots(w, at);
    for (uint32_t k = at + 1; k < at + node_at(w, at)->size; k += node_at(w, k)->size)
        left += !fails(w, k, scope);
    w->nnots = before;
    return all && left < node_at(w, at)->min;
}

/* Can this node never be met, for the reason in w->cause? */
static bool fails(struct walk *w, uint32_t at, uint32_t scope)
{
    const struct block_node *n = node_at(w, at);
    const char *told = lint_scope(w->l, n->scope, scope);

    if (n->kind == NODE_NOT)
        return false;
    if (told) {
        w->cause = (struct cause){.why = WHY_SCOPE, .scope = told};
        return true;
    }
    scope = n->scope ? n->scope : scope;
    return n->kind == NODE_NEAR    ? near_fails(w, n)
           : n->kind == NODE_GROUP ? group_fails(w, at, scope)
                                   : all_dead(w, w->l->node_use[at]);
}

static void tell(struct problems *p, struct draft_mark at, const struct draft *d,
                 const struct cause *c, bool whole)
{
    const char *zh = whole ? "条件永不成立：" : "";
    const char *en = whole ? "this condition can never be met: " : "";

    if (c->why == WHY_SCOPE)
        problems_warn(p, at.file, at.line, "%s", c->scope);
    else if (c->why == WHY_SPAN)
        problems_warn(p, at.file, at.line,
                      "%swithin: %u 放不下各项最短的词，至少要 %u (%sits shortest terms take %u "
                      "characters: raise within)",
                      zh, c->within, c->least, en, c->least);
    else if (c->why == WHY_NOT)
        problems_warn(p, at.file, at.line,
                      "%s所要的 “%.*s” 含有 not 排除的 “%.*s”；改其一 (%s\"not\" shuts out what stands in a "
                      "term that must be there: change one of them)",
                      zh, STR_ARG(lint_text(d, c->use)), STR_ARG(lint_text(d, c->other)), en);
    else if (c->why == WHY_VETO)
        problems_warn(p, at.file, at.line,
                      "%s词 “%.*s” 永不计数：其中的 “%.*s” 是本事项的否决词（%s:%d）；删去其一或改窄否决 "
                      "(%sthis term never counts, as a veto of its own topic stands in it: drop "
                      "one of them, or narrow the veto)",
                      zh, STR_ARG(lint_text(d, c->use)), STR_ARG(lint_text(d, c->other)),
                      c->other->at.file, c->other->at.line, en);
}

/* Roots whose own condition can be met may still name terms that never count. */
static bool reach_root(struct lint_run *l, uint32_t root)
{
    const struct draft *d = l->d;
    const struct block_root *r = DRAFT_AT(d, roots, struct block_root, root);
    struct walk w = {.l = l, .vetoes = r->role != ROLE_NONE};

    if (r->set >= d->ntopics || !r->nnodes)
        return true;
    uint32_t scope = DRAFT_AT(d, sets, struct draft_set, r->set)->scope;
    if (!fails(&w, r->first_node, scope))
        return true;
    tell(d->problems, *DRAFT_AT(d, root_marks, struct draft_mark, root), d, &w.cause, true);
    return false;
}

static bool reach_use(struct lint_run *l, const struct draft_use *u)
{
    struct walk w = {.l = l, .vetoes = u->use.what != BLOCK_NONE && u->use.role != ROLE_NONE};
    uint32_t scope = DRAFT_AT(l->d, sets, struct draft_set, u->use.set)->scope;
    const char *told = lint_scope(l, u->use.scope, scope);

    if (told)
        w.cause = (struct cause){.why = WHY_SCOPE, .scope = told};
    if (!told && !is_dead(&w, u))
        return true;
    tell(l->d->problems, u->at, l->d, &w.cause, false);
    return false;
}

static void reach_topic(struct lint_run *l, uint32_t set, double evidence)
{
    const struct draft_set *s = DRAFT_AT(l->d, sets, struct draft_set, set);
    const char *told = lint_scope(l, s->scope, 0);

    if (told)
        problems_warn(l->d->problems, s->file, s->valid_line ? s->valid_line : s->line, "%s", told);
    if (evidence > 0 && evidence < lint_need(l->d, set) - 1e-6)
        problems_warn(l->d->problems, s->file, s->threshold_line ? s->threshold_line : s->line,
                      "全部权重合计 %.2f，达不到 threshold %.2f 所要的 %.2f；降低它或加词 "
                      "(all weights together are less than the threshold asks for: lower it, or "
                      "add terms)",
                      evidence, (double)s->threshold, lint_need(l->d, set));
}

void lint_reach(struct lint_run *l)
{
    const struct draft *d = l->d;
    double *evidence = arena_alloc(d->arena, d->ntopics + 1, sizeof *evidence);
    bool *met = arena_alloc(d->arena, d->roots.n + 1, sizeof *met);

    if (!evidence || !met) {
        l->d->nomem = true;
        return;
    }
    for (uint32_t i = 0; i < d->roots.n; i++) {
        const struct block_root *r = DRAFT_AT(d, roots, struct block_root, i);
        met[i] = reach_root(l, i);
        if (met[i] && r->role == ROLE_ANY && r->set < d->ntopics)
            evidence[r->set] += (double)r->weight * TITLE_FACTOR;
    }
    for (size_t i = 0; i < d->uses.n; i++) {
        const struct draft_use *u = DRAFT_AT(d, uses, struct draft_use, i);
        bool tree = u->use.what != BLOCK_ANY && u->use.what != BLOCK_NONE;
        if (u->use.what == BLOCK_PLACE || u->use.set >= d->ntopics || (tree && !met[u->use.root]))
            continue;
        if (reach_use(l, u) && u->use.what == BLOCK_ANY)
            evidence[u->use.set] +=
                (double)u->use.weight * (u->use.field == BLOCK_TEXT ? 1 : TITLE_FACTOR);
    }
    for (uint32_t i = 0; i < d->ntopics; i++)
        reach_topic(l, i, evidence[i]);
}
