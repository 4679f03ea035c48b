/* Forms of evidence: a term, or a tree of conditions, put into the draft as its nodes. */
#include "classifiers/rules/draft.h"

enum { DEPTH_MAX = 8, GROUP_WORDS_MAX = 2000, NEAR_WITHIN = 24 };

struct tree { /* one condition while it is read */
    struct draft *d;
    uint32_t set, root;
    const struct conf_node *at; /* what stands for nodes that no form of their own says */
    enum block_role role;
    int depth;
    bool negated;
};

enum { KEY_IN = 1, KEY_MIN = 2, KEY_NEEDS = 4 };

static const struct {
    const char *name;
    unsigned bit;
} special_keys[] = {{"in", KEY_IN}, {"min", KEY_MIN}, {"needs", KEY_NEEDS}};

static void add_term(struct tree *t, const struct conf_node *form);
static void add_regex(struct tree *t, const struct conf_node *form);
static void add_near(struct tree *t, const struct conf_node *form);
static void add_and(struct tree *t, const struct conf_node *form);
static void add_or(struct tree *t, const struct conf_node *form);
static void add_not(struct tree *t, const struct conf_node *form);
static void add_list(struct tree *t, const struct conf_node *form);

static const struct form {
    const char *name;
    void (*add)(struct tree *, const struct conf_node *);
    unsigned keys; /* of special_keys, that it takes */
} forms[] = {
    {"term", add_term, KEY_IN | KEY_MIN}, {"regex", add_regex, KEY_IN | KEY_NEEDS},
    {"near", add_near, KEY_IN},           {"and", add_and, 0},
    {"or", add_or, KEY_MIN},              {"not", add_not, 0},
    {"list", add_list, KEY_IN | KEY_MIN},
};

/* Which form this is; NULL when it is none, which is told. */
static const struct form *form_of(struct draft *d, const struct conf_node *node, bool nested)
{
    const struct form *found = NULL;
    int count = 0;

    if (!conf_is(node, CONF_MAP))
        return conf_text(node).n ? &forms[0] : NULL; /* else the schema check has said so */
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (conf_get(node, forms[i].name)) {
            found = &forms[i];
            count++;
        }
    if (count != 1) {
        conf_problem(d->problems, node,
                     "每一项应有且只有 term、regex、near、and、or、not、list 之一 (each entry has "
                     "exactly one of term, regex, near, and, or, not, list)");
        return NULL;
    }
    for (size_t i = 0; i < sizeof special_keys / sizeof *special_keys; i++)
        if (conf_get(node, special_keys[i].name) && !(found->keys & special_keys[i].bit))
            conf_problem(d->problems, conf_get(node, special_keys[i].name),
                         "键 %s 不能与 %s 同用 (key \"%s\" does not go with \"%s\")",
                         special_keys[i].name, found->name, special_keys[i].name, found->name);
    if (nested && conf_get(node, "weight"))
        conf_problem(d->problems, conf_get(node, "weight"),
                     "权重写在最外层 (a weight belongs to the outermost entry)");
    return found;
}

static uint32_t open_node(struct tree *t, enum block_kind kind, int64_t min, uint32_t target,
                          const struct conf_node *form)
{
    struct block_node *n = draft_more(t->d, &t->d->nodes, sizeof *n);
    struct draft_mark *mark = draft_more(t->d, &t->d->node_marks, sizeof *mark);

    if (!n || !mark)
        return 0;
    *mark = draft_mark(t->d, form ? form : t->at);
    *n = (struct block_node){.kind = kind, .root = t->root, .target = target,
                             .min = (uint32_t)min, .scope = draft_scope(t->d, form), .size = 1,
                             .negated = t->negated};
    return (uint32_t)t->d->nodes.n - 1;
}

static void close_node(struct tree *t, uint32_t node)
{
    if (!t->d->nomem)
        DRAFT_AT(t->d, nodes, struct block_node, node)->size = (uint32_t)t->d->nodes.n - node;
}

static void add_node(struct tree *t, const struct conf_node *form)
{
    const struct form *f = form_of(t->d, form, t->depth > 0);

    if (!f)
        return;
    if (t->depth == DEPTH_MAX) {
        conf_problem(t->d->problems, form, "条件嵌套最多 %d 层 (conditions nest at most %d deep)",
                     DEPTH_MAX, DEPTH_MAX);
        return;
    }
    t->depth++;
    f->add(t, form);
    t->depth--;
}

static struct block_use leaf_use(const struct tree *t, const struct conf_node *form,
                                 enum block_what what, uint32_t target)
{
    return (struct block_use){.set = t->set, .target = target, .root = t->root,
                              .what = (uint8_t)what, .field = draft_field(form),
                              .role = (uint16_t)t->role, .weight = 1};
}

static const struct conf_node *term_text(const struct conf_node *form)
{
    return conf_is(form, CONF_MAP) ? conf_get(form, "term") : form;
}

static void add_term(struct tree *t, const struct conf_node *form)
{
    uint32_t node = open_node(t, NODE_TERM, conf_int(conf_get(form, "min"), 1), 0, form);
    struct str text = conf_text(term_text(form));

    if (text.n)
        draft_add_text(t->d, term_text(form), text, leaf_use(t, form, BLOCK_LEAF, node));
}

/* Without a count any of its terms will do: one leaf. With it each different term counts. */
static void add_list(struct tree *t, const struct conf_node *form)
{
    const struct draft_words *w = draft_words_find(t->d, conf_get(form, "list"));
    int64_t min = conf_int(conf_get(form, "min"), 1);
    uint32_t node = open_node(t, min > 1 ? NODE_GROUP : NODE_TERM, min, 0, form);

    if (w && (size_t)min > w->n)
        conf_problem(t->d->problems, conf_get(form, "min"),
                     "min 大于词表的词数 %zu (min exceeds the %zu terms of the list)", w->n, w->n);
    for (size_t i = 0; w && i < w->n; i++) {
        uint32_t leaf = min > 1 ? open_node(t, NODE_TERM, 1, 0, NULL) : node;
        draft_add_shared(t->d, w->terms[i], conf_text(w->terms[i]),
                         leaf_use(t, form, BLOCK_LEAF, leaf));
    }
    close_node(t, node);
}

static void add_regex(struct tree *t, const struct conf_node *form)
{
    uint32_t node = open_node(t, NODE_REGEX, 1, (uint32_t)t->d->regexes.n, form);

    draft_add_regex(t->d, form, node, leaf_use(t, form, BLOCK_NEEDS, node));
}

static void add_children(struct tree *t, const struct conf_node *list, enum block_kind kind,
                         size_t min, const struct conf_node *form)
{
    size_t n = conf_count(list);

    if (draft_empty_list(t->d, list))
        return;
    if (min > n)
        conf_problem(t->d->problems, conf_get(form, "min"),
                     "min 大于条件数 %zu (min exceeds the %zu conditions)", n, n);
    uint32_t node = open_node(t, kind, (int64_t)min, 0, form);
    t->negated ^= kind == NODE_NOT;
    for (size_t i = 0; i < n; i++)
        add_node(t, conf_at(list, i));
    t->negated ^= kind == NODE_NOT;
    close_node(t, node);
}

static void add_and(struct tree *t, const struct conf_node *form)
{
    const struct conf_node *list = conf_get(form, "and");

    add_children(t, list, NODE_GROUP, conf_count(list), form);
}

static void add_or(struct tree *t, const struct conf_node *form)
{
    add_children(t, conf_get(form, "or"), NODE_GROUP, (size_t)conf_int(conf_get(form, "min"), 1),
                 form);
}

static void add_not(struct tree *t, const struct conf_node *form)
{
    add_children(t, conf_get(form, "not"), NODE_NOT, 0, form);
}

/* One alternative of a group: a text, {term, in} or {list}. */
static void add_word(struct tree *t, const struct conf_node *word, struct block_use use)
{
    const struct conf_node *list = conf_get(word, "list");
    const struct draft_words *w = list ? draft_words_find(t->d, list) : NULL;
    struct str text = conf_text(term_text(word));

    if (conf_is(word, CONF_MAP) && !list == !conf_get(word, "term"))
        conf_problem(t->d->problems, word, "写 term 或 list 之一 (write either term or list)");
    if (conf_get(word, "in"))
        use.field = draft_field(word);
    for (size_t i = 0; w && i < w->n; i++)
        draft_add_shared(t->d, w->terms[i], conf_text(w->terms[i]), use);
    if (!list && text.n)
        draft_add_text(t->d, term_text(word), text, use);
}

static void add_group(struct tree *t, const struct conf_node *group, uint32_t pattern,
                      const struct conf_node *form)
{
    struct block_group *g = draft_more(t->d, &t->d->groups, sizeof *g);

    if (!g)
        return;
    g->pattern = pattern;
    struct block_use use = leaf_use(t, form, BLOCK_GROUP, (uint32_t)t->d->groups.n - 1);
    if (!conf_is(group, CONF_LIST)) {
        add_word(t, group, use);
        return;
    }
    if (draft_empty_list(t->d, group))
        return;
    if (conf_count(group) > GROUP_WORDS_MAX)
        conf_problem(t->d->problems, group, "一项最多 %d 个词 (at most %d terms)", GROUP_WORDS_MAX,
                     GROUP_WORDS_MAX);
    for (size_t i = 0; i < conf_count(group); i++)
        add_word(t, conf_at(group, i), use);
}

/* Groups of alternatives that must all be met near each other. */
static void add_groups(struct tree *t, const struct conf_node *list, int64_t within,
                       bool sentence, const struct conf_node *form)
{
    struct draft *d = t->d;
    size_t n = conf_count(list);
    uint32_t pattern = (uint32_t)d->patterns.n;

    if (draft_empty_list(d, list))
        return;
    if (n > BLOCK_PATTERN_GROUPS) {
        conf_problem(d->problems, list, "一组条件最多 %d 项 (at most %d groups together)",
                     BLOCK_PATTERN_GROUPS, BLOCK_PATTERN_GROUPS);
        n = BLOCK_PATTERN_GROUPS;
    }
    uint32_t node = open_node(t, NODE_NEAR, 1, pattern, form);
    struct block_pattern *p = draft_more(d, &d->patterns, sizeof *p);
    if (!p)
        return;
    *p = (struct block_pattern){node, (uint32_t)d->groups.n, (uint32_t)n, (uint32_t)within,
                                sentence};
    for (size_t i = 0; i < n; i++)
        add_group(t, conf_at(list, i), pattern, form);
}

static void add_near(struct tree *t, const struct conf_node *form)
{
    const struct conf_node *near = conf_get(form, "near"), *list = conf_get(near, "terms");

    if (conf_count(list) == 1)
        conf_problem(t->d->problems, list, "near 至少要有两项词 (near takes at least two terms)");
    add_groups(t, list, conf_int(conf_get(near, "within"), NEAR_WITHIN), true, form);
}

static bool open_root(struct draft *d, uint32_t set, enum block_role role, enum block_grade grade,
                      double weight, const struct conf_node *at, struct tree *t)
{
    struct block_root *r = draft_more(d, &d->roots, sizeof *r);
    struct draft_mark *mark = draft_more(d, &d->root_marks, sizeof *mark);

    if (!r || !mark)
        return false;
    *mark = draft_mark(d, at);
    *r = (struct block_root){.set = set, .first_node = (uint32_t)d->nodes.n, .role = role,
                             .grade = grade, .weight = (float)weight};
    *t = (struct tree){.d = d, .set = set, .role = role, .at = at,
                       .root = (uint32_t)d->roots.n - 1};
    return true;
}

/* Is this node met where nothing stands at all? */
static bool is_idle(const struct draft *d, uint32_t at)
{
    const struct block_node *n = DRAFT_AT(d, nodes, struct block_node, at);
    uint32_t idle = 0;

    for (uint32_t k = at + 1; k < at + n->size;) {
        idle += is_idle(d, k);
        k += DRAFT_AT(d, nodes, struct block_node, k)->size;
    }
    return n->kind == NODE_NOT ? idle == 0 : n->kind == NODE_GROUP && idle >= n->min;
}

static void close_root(struct tree *t, const struct conf_node *at)
{
    struct draft *d = t->d;

    if (d->nomem)
        return;
    struct block_root *r = DRAFT_AT(d, roots, struct block_root, t->root);
    r->nnodes = (uint32_t)(d->nodes.n - r->first_node);
    if (r->nnodes > BLOCK_NODES_MAX)
        conf_problem(d->problems, at, "一个条件最多 %d 个节点 (a condition has at most %d nodes)",
                     BLOCK_NODES_MAX, BLOCK_NODES_MAX);
    if (r->nnodes && is_idle(d, r->first_node))
        conf_problem(d->problems, at,
                     "条件不能只靠 not 成立，至少要有一个须出现的词 (a condition cannot hold by "
                     "\"not\" alone: it needs a term that must be there)");
}

/* Evidence by itself, with no tree around it. */
static void add_plain(struct draft *d, const struct conf_node *node, struct block_use use)
{
    const struct conf_node *list = conf_get(node, "list");
    const struct draft_words *w = list ? draft_words_find(d, list) : NULL;

    for (size_t i = 0; w && i < w->n; i++)
        draft_add_shared(d, w->terms[i], conf_text(w->terms[i]), use);
    if (!list && conf_text(term_text(node)).n)
        draft_add_text(d, term_text(node), conf_text(term_text(node)), use);
}

void draft_add_form(struct draft *d, const struct conf_node *node, uint32_t set,
                    enum block_role role, enum block_grade grade)
{
    struct tree t;
    double weight = conf_number(conf_get(node, "weight"), 1);
    bool word = !conf_is(node, CONF_MAP) || conf_get(node, "term") || conf_get(node, "list");

    if (word && role != ROLE_GRADE && conf_int(conf_get(node, "min"), 1) == 1) {
        if (form_of(d, node, false))
            add_plain(d, node, (struct block_use){
                                   .set = set, .scope = draft_scope(d, node),
                                   .what = role == ROLE_NONE ? BLOCK_NONE : BLOCK_ANY,
                                   .role = (uint16_t)role,
                                   .field = draft_field(node), .weight = (float)weight});
        return;
    }
    if (!open_root(d, set, role, grade, weight, node, &t))
        return;
    add_node(&t, node);
    close_root(&t, node);
}

void draft_add_pattern(struct draft *d, const struct conf_node *groups, uint32_t set,
                       int64_t within, double weight)
{
    struct tree t;

    if (!open_root(d, set, ROLE_ANY, BLOCK_ORDINARY, weight, groups, &t))
        return;
    add_groups(&t, groups, within, false, NULL);
    close_root(&t, groups);
}
