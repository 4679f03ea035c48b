/* Terms that add nothing: a shorter one of the same topic stands in them and does as much. */
#include "classifiers/lint/lint_draft.h"

struct look {
    const struct lint_run *l;
    const struct draft_use *outer, *found;
};

/* Where uses of the same kind do the same, whichever of them is met. */
static bool as_much(const struct lint_run *l, const struct block_use *in,
                    const struct block_use *out)
{
    if (in->what != out->what || in->set != out->set || in->role != out->role)
        return false;
    if (in->what == BLOCK_ANY)
        return in->weight >= out->weight && (double)in->weight >= lint_need(l->d, in->set) - 1e-6;
    if (in->what == BLOCK_LEAF) /* with a count each hit tells */
        return in->target == out->target &&
               DRAFT_AT(l->d, nodes, struct block_node, in->target)->min == 1;
    return in->what == BLOCK_NONE || in->target == out->target;
}

static bool look(void *arg, struct lint_inner inner)
{
    struct look *k = arg;
    const struct draft *d = k->l->d;
    size_t at = inner.term == k->outer->term
                    ? 0
                    : DRAFT_AT(d, terms, struct draft_term, inner.term)->last_use;

    while (at && !k->found) {
        const struct draft_use *u = DRAFT_AT(d, uses, struct draft_use, at - 1);
        if (as_much(k->l, &u->use, &k->outer->use) && lint_covers(d, &u->use, &k->outer->use))
            k->found = u;
        at = u->previous;
    }
    return !k->found;
}

static void tell(const struct lint_run *l, const struct draft_use *outer,
                 const struct draft_use *inner)
{
    const struct draft *d = l->d;
    bool here = strcmp(outer->at.file, inner->at.file) == 0;
    struct str longer = lint_text(d, outer), shorter = lint_text(d, inner);
    const char *weight = outer->use.what == BLOCK_ANY ? "，只多算一份权重" : "";
    const char *only = outer->use.what == BLOCK_ANY ? ", and adds nothing but its weight" : "";

    problems_warn(d->problems, outer->at.file, outer->at.line,
                  "词 “%.*s” 多余：%s%s%d 行的 “%.*s” 已含于其中且同样有效%s；删去长的，或改短的 "
                  "(this term adds nothing: the shorter one on line %d stands in it and does as "
                  "much%s; drop the longer one or change the shorter)",
                  STR_ARG(longer), here ? "第 " : inner->at.file, here ? "" : ":",
                  inner->at.line, STR_ARG(shorter), weight, inner->at.line, only);
}

void lint_contained(struct lint_run *l)
{
    const struct draft *d = l->d;

    for (size_t i = 0; i < d->uses.n; i++) {
        struct look k = {l, DRAFT_AT(d, uses, struct draft_use, i), NULL};
        if (k.outer->use.what == BLOCK_PLACE || k.outer->use.set >= d->ntopics)
            continue;
        lint_each_inner(d, k.outer->term, look, &k);
        /* What is vetoed wherever it stands is told as that. */
        if (k.found && (k.outer->use.what == BLOCK_NONE || !lint_veto(d, k.outer)))
            tell(l, k.outer, k.found);
    }
}
