/* What people do with the items of concerns: 并单, 拆分, 移出. The desk decides by what is looked up
 * here, and the store's items follow in the same transaction. */
#include <string.h>
#include <xxhash.h>

#include "alerts/slots.h"
#include "base/err.h"
#include "daemon/batch_state.h"

bool batch_regroups(const struct command *c)
{
    return c->act == COMMAND_MERGE || c->act == COMMAND_SPLIT || c->act == COMMAND_MOVE;
}

/* Distinct sources; past what a concern counts, more are one. */
struct distinct {
    uint64_t list[SLOT_SOURCES];
    uint32_t n;
};

static void count(struct distinct *s, struct str source)
{
    uint64_t hash = XXH3_64bits(source.p, source.n);
    uint32_t i = 0;

    while (i < s->n && s->list[i] != hash)
        i++;
    if (i == s->n && s->n < SLOT_SOURCES)
        s->list[s->n++] = hash;
}

struct members {
    const struct command *command;
    struct command_found *found;
    struct distinct named, rest, joint;
    size_t seen, stay;
};

static bool is_named(const struct command *c, const unsigned char *ident)
{
    for (size_t i = 0; i < c->nitems; i++)
        if (!memcmp(c->items[i], ident, STORE_IDENT))
            return true;
    return false;
}

/* An item of the concern; the first found come first. */
static int take_own(void *arg, const struct store_item *item)
{
    struct members *m = arg;
    struct command_found *found = m->found;

    if (is_named(m->command, item->ident)) {
        found->first = found->first || m->seen == 0;
        memcpy(found->sketches[found->items++], item->sketch, sizeof item->sketch);
        count(&m->named, item->source);
        count(&m->joint, item->source);
    } else {
        if (m->stay++ == 0)
            memcpy(found->rest, item->sketch, sizeof item->sketch);
        count(&m->rest, item->source);
        if (m->command->act == COMMAND_MERGE)
            count(&m->joint, item->source);
    }
    m->seen++;
    return 0;
}

static int take_other(void *arg, const struct store_item *item)
{
    count(&((struct members *)arg)->joint, item->source);
    return 0;
}

int batch_regroup_find(struct batch *b, const struct command *c,
                       const struct command_found **out)
{
    struct members m = {.command = c};

    *out = NULL;
    if (!batch_regroups(c))
        return 0;
    m.found = arena_alloc(b->arena, 1, sizeof *m.found);
    b->moves = arena_alloc(b->arena, COMMAND_ITEMS, sizeof *b->moves);
    if (!m.found || !b->moves)
        return ERR_NOMEM;
    int err = store_each_member(b->conf.store, c->concern, take_own, &m);
    if (!err && c->other && c->other != c->concern)
        err = store_each_member(b->conf.store, c->other, take_other, &m);
    m.found->sources = m.named.n;
    m.found->rest_sources = m.rest.n;
    m.found->joint_sources = m.joint.n;
    *out = m.found;
    return err;
}

void batch_regroup_done(struct batch *b, const struct command *c, const struct event *first)
{
    struct store_move move = {.all = c->act == COMMAND_MERGE, .from = c->concern,
                              .to = first->other};

    if (!batch_regroups(c))
        return;
    if (move.all)
        b->moves[b->nmoves++] = move;
    for (size_t i = 0; i < c->nitems; i++) {
        memcpy(move.ident, c->items[i], STORE_IDENT);
        b->moves[b->nmoves++] = move;
    }
}
