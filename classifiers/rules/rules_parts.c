#include "classifiers/rules/rules_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static bool has_aim(const struct block_use *use)
{
    return use->what == BLOCK_LEAF || use->what == BLOCK_NEEDS;
}

/* One more pattern, whole as soon as its one group is there: its part. */
static uint32_t add_pattern(struct parts *p, struct parts_aim aim)
{
    p->aims[p->npatterns] = aim;
    memset(&p->all[p->npatterns], 1, 1);
    return p->npatterns++ << PARTS_BITS;
}

static uint32_t part_of(struct parts *p, const struct rules *r, const struct block_use *use)
{
    if (has_aim(use))
        return add_pattern(p, (struct parts_aim){use->target, use->root});
    if (use->what != BLOCK_GROUP)
        return p->always;
    uint32_t pattern = r->groups[use->target].pattern;
    return pattern << PARTS_BITS | (use->target - r->patterns[pattern].first_group);
}

static uint8_t traits_of(const struct block_use *use)
{
    return (use->role == ROLE_NONE ? PARTS_VETO : 0) |
           (use->what != BLOCK_ANY ? PARTS_CONDITION : 0);
}

static bool is_part(const struct voices *voices, const struct block_use *use)
{
    return use->what != BLOCK_PLACE && !voices_takes(voices, use);
}

/* Room that a term's uses take. */
static size_t count_uses(const struct rules *r, const struct voices *voices,
                         const struct block_term *term)
{
    size_t n = 0;

    for (uint32_t k = term->first_use; k < term->first_use + term->nuses; k++)
        n += is_part(voices, &r->uses[k]);
    return (n + PARTS_FEW - 1) / PARTS_FEW * PARTS_FEW;
}

static void add_term(struct parts *p, const struct rules *r, const struct voices *voices,
                     const struct block_term *term, struct words_about *about)
{
    about->uses = (uint32_t)p->nuses;
    about->nuses = 0;
    for (uint32_t k = term->first_use; k < term->first_use + term->nuses; k++) {
        const struct block_use *use = &r->uses[k];
        if (!is_part(voices, use))
            continue;
        p->part[p->nuses] = part_of(p, r, use);
        p->uses[p->nuses] = (struct parts_use){
            .set = use->set, .weight = use->weight,
            .what = use->what, .role = (uint8_t)use->role, .traits = traits_of(use)};
        p->number[p->nuses++] = k;
    }
    about->nuses = (uint32_t)p->nuses - about->uses;
    if (!about->nuses)
        about->uses = 0;
    while (p->nuses % PARTS_FEW)
        p->part[p->nuses++] = p->always;
}

int parts_fill(struct parts *p, const struct rules *r, const struct voices *voices,
               struct words *words)
{
    const struct block_header *h = r->head;
    size_t uses = PARTS_FEW, patterns = h->patterns.count + (size_t)1;

    for (uint32_t i = 0; i < h->uses.count; i++)
        patterns += has_aim(&r->uses[i]);
    for (uint32_t i = 0; i < h->terms.count; i++)
        uses += count_uses(r, voices, &r->terms[i]);
    *p = (struct parts){.uses = calloc(uses, sizeof *p->uses),
                        .part = calloc(uses, sizeof *p->part),
                        .number = calloc(uses, sizeof *p->number),
                        .aims = calloc(patterns, sizeof *p->aims),
                        .all = calloc(patterns, sizeof *p->all)};
    if (!p->uses || !p->part || !p->number || !p->aims || !p->all)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < h->patterns.count; i++) {
        const struct block_pattern *pattern = &r->patterns[i];
        memset(&p->all[i], 1, pattern->ngroups);
        p->aims[i] = (struct parts_aim){pattern->first_group, r->nodes[pattern->node].root};
    }
    p->npatterns = h->patterns.count;
    p->always = add_pattern(p, (struct parts_aim){0});
    while (p->nuses < PARTS_FEW) /* of the terms that have none */
        p->part[p->nuses++] = p->always;
    for (uint32_t i = 0; i < h->terms.count; i++)
        add_term(p, r, voices, &r->terms[i], words_about(words, i));
    return 0;
}

void parts_free(struct parts *p)
{
    free(p->uses);
    free(p->part);
    free(p->number);
    free(p->aims);
    free(p->all);
}
