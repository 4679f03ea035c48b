#include "classifiers/draft.h"

enum { WITHIN = 24 };

static bool empty_list(struct draft *d, const struct conf_node *list)
{
    if (!conf_is(list, CONF_LIST) || conf_count(list))
        return false;
    conf_problem(d->problems, list, "列表是空的，请填写或删去此键 (empty list: fill it or drop the key)");
    return true;
}

static void add_list(struct draft *d, const struct conf_node *list, struct block_use use)
{
    if (empty_list(d, list))
        return;
    for (size_t i = 0; i < conf_count(list); i++)
        draft_add_term(d, conf_at(list, i), use);
}

static void add_group(struct draft *d, const struct conf_node *node, uint32_t set)
{
    struct block_group *g = draft_more(d, &d->groups, sizeof *g);

    if (!g)
        return;
    g->pattern = (uint32_t)d->patterns.n - 1;
    struct block_use use = {set, (uint32_t)d->groups.n - 1, BLOCK_GROUP, BLOCK_BOTH, 1};
    if (conf_is(node, CONF_LIST))
        add_list(d, node, use);
    else
        draft_add_term(d, node, use);
}

/* Groups of alternatives that must all be met near each other. */
static void add_pattern(struct draft *d, const struct conf_node *list, uint32_t set, int64_t within,
                        double weight)
{
    struct block_pattern *p = draft_more(d, &d->patterns, sizeof *p);
    size_t n = conf_count(list);

    if (!p || empty_list(d, list))
        return;
    if (n > BLOCK_PATTERN_GROUPS) {
        conf_problem(d->problems, list, "一组条件最多 %d 项 (at most %d groups together)",
                     BLOCK_PATTERN_GROUPS, BLOCK_PATTERN_GROUPS);
        n = BLOCK_PATTERN_GROUPS;
    }
    *p = (struct block_pattern){set, (uint32_t)d->groups.n, (uint32_t)n, (uint32_t)within,
                                (float)weight};
    for (size_t i = 0; i < n; i++)
        add_group(d, conf_at(list, i), set);
}

void draft_add_terms(struct draft *d, const struct conf_node *map, uint32_t set)
{
    const struct conf_node *all = conf_get(map, "all");
    struct draft_set *s = DRAFT_AT(d, sets, struct draft_set, set);
    bool plain = false;

    s->first_pattern = (uint32_t)d->patterns.n;
    add_list(d, conf_get(map, "any"), (struct block_use){set, 0, BLOCK_ANY, BLOCK_BOTH, 1});
    add_list(d, conf_get(map, "none"), (struct block_use){set, 0, BLOCK_NONE, BLOCK_BOTH, 1});
    empty_list(d, all);
    for (size_t i = 0; i < conf_count(all); i++) {
        const struct conf_node *one = conf_at(all, i);
        if (conf_get(one, "of"))
            add_pattern(d, conf_get(one, "of"), set, conf_int(conf_get(one, "within"), WITHIN),
                        conf_number(conf_get(one, "weight"), 1));
        else
            plain = true;
    }
    if (plain && conf_get(conf_at(all, 0), "of")) {
        conf_problem(d->problems, all, "all 下不可混用 “of:” 与直接的列表 "
                                       "(do not mix \"of:\" entries and plain lists under all)");
    } else if (plain) {
        add_pattern(d, all, set, WITHIN, 1);
    }
    s->npatterns = (uint32_t)d->patterns.n - s->first_pattern;
}
