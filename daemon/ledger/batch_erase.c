/* Texts that somebody has taken out for good. What was counted and promised stays. */
#include <string.h>

#include "base/err.h"
#include "classifiers/likeness/identity.h"
#include "daemon/ledger/batch_state.h"

struct erasing {
    struct batch *b;
    const struct batch_erasure *what;
    struct str link; /* as identity_link() has it */
    struct buf idents;
    uint64_t concern; /* of the item looked at last */
    bool redacted;    /* and it was erased before */
    size_t done;
};

static int take_member(void *arg, const struct store_item *item)
{
    struct erasing *e = arg;

    return buf_add(&e->idents, item->ident, STORE_IDENT);
}

/* All that were found go; room for them is made here. */
static int redact(struct erasing *e)
{
    struct batch *b = e->b;
    size_t n = e->idents.len / STORE_IDENT;
    unsigned char(*list)[STORE_IDENT] = arena_alloc(b->arena, b->nredacts + n + 1, STORE_IDENT);

    if (!list)
        return ERR_NOMEM;
    if (b->nredacts)
        memcpy(list, b->redacts, b->nredacts * STORE_IDENT);
    if (n)
        memcpy(list + b->nredacts, e->idents.data, n * STORE_IDENT);
    b->redacts = list;
    b->nredacts += n;
    e->done += n;
    return 0;
}

static int tell(struct batch *b, uint64_t concern, const struct desk_erasure *what)
{
    int err = batch_state_recall(b, concern);

    return err ? err : desk_erase(b->desk, concern, what, b->now, &b->changes);
}

static int take_concern(void *arg, const struct store_item *item)
{
    struct erasing *e = arg;
    struct str link = STR_NONE;

    if (e->link.n && identity_link(item->link, e->b->arena, &link))
        return ERR_NOMEM;
    if (e->link.n && !str_eq(link, e->link))
        return ERR_NOTFOUND; /* its alias alone is the same */
    e->concern = item->concern;
    e->redacted = item->marked & STORE_REDACTED;
    return 0;
}

static int erase_item(struct erasing *e, const unsigned char ident[STORE_IDENT])
{
    int err = store_item(e->b->conf.store, ident, take_concern, e);

    if (err)
        return err == ERR_NOTFOUND ? 0 : err;
    e->done += e->redacted;
    if (e->redacted)
        return 0;
    buf_reset(&e->idents);
    err = buf_add(&e->idents, ident, STORE_IDENT);
    if (!err)
        err = redact(e);
    if (err || !e->concern)
        return err;
    return tell(e->b, e->concern, &(struct desk_erasure){.code = e->what->code, .items = 1});
}

/* What a source's items with this link are known by. */
static int erase_of_source(struct erasing *e, const char *source)
{
    const uint64_t aliases[1][2] = {{batch_items_link_alias(e->b, source, e->link), 0}};
    unsigned char ident[1][STORE_IDENT];
    struct store_seen seen = {0};

    batch_items_ident(e->b->conf.store, source, e->link, ident[0]);
    int err = store_seen(e->b->conf.store, (const unsigned char(*)[STORE_IDENT])ident, 1, &seen);
    if (!err)
        err = store_seen_as(e->b->conf.store, aliases, 1, &seen);
    return err || !seen.found ? err : erase_item(e, seen.ident);
}

static int erase_link(struct erasing *e)
{
    const struct roster *roster = e->b->conf.roster;
    unsigned char registered[STORE_IDENT];
    int err = identity_link(e->what->link, e->b->arena, &e->link);

    for (uint32_t i = 0; i < roster_count(roster) && !err; i++)
        err = erase_of_source(e, roster_get(roster, i)->id);
    batch_register_ident(e->b->conf.store, e->what->link, registered);
    return err ? err : erase_item(e, registered);
}

static int erase_concern(struct erasing *e)
{
    uint64_t id = e->what->concern;
    int err = batch_state_recall(e->b, id);

    if (err || !desk_concern(e->b->desk, id))
        return err;
    err = store_each_member(e->b->conf.store, id, take_member, e);
    if (!err)
        err = redact(e);
    if (!err)
        err = batch_replies_untitle(e->b, id);
    e->concern = id;
    e->done++;
    return err ? err : tell(e->b, id, &(struct desk_erasure){.code = e->what->code, .whole = true,
                                                             .items = (uint32_t)(e->done - 1)});
}

struct newest {
    struct desk_erasure what;
    uint16_t round;
};

static int take_edition(void *arg, const struct store_publication *p)
{
    struct newest *n = arg;

    if (!p->edition || p->round != n->round)
        return 0;
    n->what.text = p->text.n ? p->seq : 0; /* the editions before it have no text any more */
    n->what.edition = p->edition;
    return 0;
}

static int erase_reply(struct erasing *e)
{
    struct newest n = {.what = {.code = e->what->code, .round = e->what->round},
                       .round = e->what->round};
    int err = store_publications(e->b->conf.store, e->what->concern, take_edition, &n);

    if (err || !n.what.text)
        return err == ERR_NOTFOUND ? 0 : err;
    e->concern = e->what->concern;
    e->done++;
    return tell(e->b, e->concern, &n.what);
}

int batch_erase(struct batch *b, const struct batch_erasure *what, int *status, uint64_t *concern)
{
    struct erasing e = {.b = b, .what = what, .idents = BUF_INIT};
    int err = 0;

    switch (what->what) {
    case BATCH_ERASE_ITEM: err = erase_item(&e, what->ident); break;
    case BATCH_ERASE_LINK: err = erase_link(&e); break;
    case BATCH_ERASE_CONCERN: err = erase_concern(&e); break;
    case BATCH_ERASE_REPLY: err = erase_reply(&e); break;
    }
    buf_free(&e.idents);
    *status = e.done ? 0 : ERR_NOTFOUND;
    *concern = e.concern;
    return err;
}
