#include "classifiers/rules/draft.h"

enum { WITHIN = 24, FORMS_MAX = 5000 };

bool draft_empty_list(struct draft *d, const struct conf_node *list)
{
    if (!conf_is(list, CONF_LIST) || conf_count(list))
        return false;
    conf_problem(d->problems, list, "列表是空的，请填写或删去此键 (empty list: fill it or drop the key)");
    return true;
}

/* Shared lists come after the topic's own terms, which they do not touch. */
static void add_forms(struct draft *d, const struct conf_node *list, uint32_t set,
                      enum block_role role)
{
    size_t n = conf_count(list);

    if (draft_empty_list(d, list))
        return;
    if (n > FORMS_MAX) {
        conf_problem(d->problems, list, "一个列表最多 %d 项 (a list has at most %d entries)",
                     FORMS_MAX, FORMS_MAX);
        return;
    }
    for (int shared = 0; shared < 2; shared++)
        for (size_t i = 0; i < n; i++)
            if (!conf_get(conf_at(list, i), "list") == !shared)
                draft_add_form(d, conf_at(list, i), set, role, BLOCK_ORDINARY);
}

void draft_add_terms(struct draft *d, const struct conf_node *map, uint32_t set)
{
    const struct conf_node *all = conf_get(map, "all");
    bool plain = false;

    add_forms(d, conf_get(map, "any"), set, ROLE_ANY);
    add_forms(d, conf_get(map, "none"), set, ROLE_NONE);
    draft_empty_list(d, all);
    for (size_t i = 0; i < conf_count(all); i++) {
        const struct conf_node *one = conf_at(all, i);
        if (conf_get(one, "of"))
            draft_add_pattern(d, conf_get(one, "of"), set,
                              conf_int(conf_get(one, "within"), WITHIN),
                              conf_number(conf_get(one, "weight"), 1));
        else
            plain = true;
    }
    if (plain && conf_get(conf_at(all, 0), "of")) {
        conf_problem(d->problems, all, "all 下不可混用 “of:” 与直接的列表 "
                                       "(do not mix \"of:\" entries and plain lists under all)");
    } else if (plain) {
        draft_add_pattern(d, all, set, WITHIN, 1);
    }
}
