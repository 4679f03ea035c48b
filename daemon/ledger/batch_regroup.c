/* What people do with the items of concerns: 并单, 拆分, 移出. The desk decides by what is looked up
 * here, and the store's items follow in the same transaction. */
#include <string.h>
#include <xxhash.h>

#include "alerts/desk/slots.h"
#include "base/err.h"
#include "daemon/ledger/batch_state.h"

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

enum { MERGED_MOST = 64 }; /* that went into a concern, one into another: those are asked about */

/* What went into the concern by hand, as its events tell. */
struct merged {
    uint64_t ids[MERGED_MOST + 1];
    size_t n;
};

static int take_joined(void *arg, const struct event *e)
{
    struct merged *m = arg;

    if (e->type == EVENT_JOINED && e->likeness.by == LIKE_HAND && e->other && m->n <= MERGED_MOST)
        m->ids[m->n++] = e->other;
    return 0;
}

static bool blank(const uint32_t sketch[static VERDICT_SKETCH])
{
    uint32_t any = 0;

    for (size_t i = 0; i < VERDICT_SKETCH; i++)
        any |= sketch[i];
    return !any;
}

static int keep_concern(struct batch *b, struct concern *c, const struct concern **out)
{
    struct concern *kept = arena_alloc(b->arena, 1, sizeof *kept);
    struct str url = c->reply_url ? arena_str(b->arena, str_from(c->reply_url)) : STR_NONE;

    if (!kept || (c->reply_url && !url.p))
        return ERR_NOMEM;
    *kept = *c;
    kept->reply_url = (char *)url.p;
    *out = kept;
    return 0;
}

/* The desk forgets what was merged long ago; its row stays. */
static int find_merged(struct batch *b, uint64_t concern, struct command_found *found)
{
    struct merged m = {.ids = {concern}, .n = 1};
    int err = found->items && !blank(found->sketches[0]) ? 0 : ERR_NOTFOUND;

    for (size_t i = 0; i < m.n && !err && !found->was; i++) {
        size_t k = m.n;
        err = store_concern_events(b->conf.store, m.ids[i], take_joined, &m);
        while (k < m.n && !err && !found->was) {
            struct concern c;
            err = store_concern(b->conf.store, m.ids[k], &c);
            if (err)
                break;
            if (c.merged != m.ids[i])
                m.ids[k] = m.ids[--m.n]; /* an item alone was moved from it */
            else if (!memcmp(c.sketch, found->sketches[0], sizeof c.sketch))
                err = keep_concern(b, &c, &found->was);
            else
                k++;
            concern_clear(&c);
        }
    }
    return err == ERR_NOTFOUND ? 0 : err;
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
    if (!err && c->act == COMMAND_SPLIT)
        err = find_merged(b, c->concern, m.found);
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
