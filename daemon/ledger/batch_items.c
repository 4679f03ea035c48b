/* Items of a poll: new ones, edits, and those that come again under another identity. */
#include <assert.h>
#include <sodium.h>
#include <xxhash.h>

#include "base/err.h"
#include "daemon/ledger/batch_order.h"
#include "daemon/ledger/batch_state.h"

/* What is less doubtful than this is not worth anybody's time. */
static const float DOUBT_LEAST = 0.25f;

/* Keyed, so that a stolen database does not tell whether it holds a guessed GUID. */
void batch_items_ident(const struct store *store, const char *source, struct str identity,
                       unsigned char out[static STORE_IDENT])
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, store_hash_key(store), 16, STORE_IDENT);
    crypto_generichash_update(&state, (const unsigned char *)source, strlen(source) + 1);
    crypto_generichash_update(&state, (const unsigned char *)(identity.p ? identity.p : ""),
                              identity.n);
    crypto_generichash_final(&state, out, STORE_IDENT);
}

static uint64_t keyed(const struct batch *b, const void *p, size_t n)
{
    unsigned char out[crypto_shorthash_BYTES];
    uint64_t h;

    _Static_assert(crypto_shorthash_KEYBYTES == 16, "the store's key fits");
    crypto_shorthash(out, p, n, store_hash_key(b->conf.store));
    memcpy(&h, out, sizeof h);
    return h;
}

enum { ALIAS_LOW = 40 };
#define ALIAS_MASK ((UINT64_C(1) << ALIAS_LOW) - 1)

/* 24 bits of the source over 40 of the alias: see migrate.c. Never 0. */
uint64_t batch_items_link_alias(const struct batch *b, const char *source, struct str link)
{
    return keyed(b, source, strlen(source)) << ALIAS_LOW |
           ((keyed(b, link.p, link.n) & ALIAS_MASK) | 1);
}

static void hash_aliases(const struct batch *b, const struct source *s, const struct verdict *v,
                         uint64_t out[2])
{
    uint64_t source = keyed(b, s->id, strlen(s->id)) << ALIAS_LOW;

    if (v->alt_link.n)
        out[0] = batch_items_link_alias(b, s->id, v->alt_link);
    if (v->alt_content)
        out[1] = source | ((keyed(b, &v->alt_content, sizeof v->alt_content) & ALIAS_MASK &
                            ~UINT64_C(1)) | 2);
}

/* The slot of an ident in this batch: filled, or where it would go. */
static uint32_t *ident_slot(struct batch *b, const unsigned char ident[STORE_IDENT])
{
    size_t mask = b->by_ident.size - 1;
    uint64_t h;

    memcpy(&h, ident, sizeof h); /* a keyed hash already: any eight bytes of it spread well */
    for (size_t i = h & mask;; i = (i + 1) & mask) {
        uint32_t at = b->by_ident.list[i];
        if (!at || !memcmp(b->items[at - 1].ident, ident, STORE_IDENT))
            return &b->by_ident.list[i];
    }
}

static uint32_t *alias_slot(struct batch *b, uint64_t alias)
{
    size_t mask = b->by_alias.size - 1;

    for (size_t i = (alias ^ alias >> 40) & mask;; i = (i + 1) & mask) {
        uint32_t at = b->by_alias.list[i];
        if (!at || b->items[at - 1].aliases[0] == alias || b->items[at - 1].aliases[1] == alias)
            return &b->by_alias.list[i];
    }
}

struct store_item *batch_items_find(struct batch *b, const unsigned char ident[STORE_IDENT])
{
    uint32_t at = *ident_slot(b, ident);

    return at ? &b->items[at - 1] : NULL;
}

struct store_item *batch_items_new(struct batch *b, const unsigned char ident[STORE_IDENT])
{
    struct store_item *item = &b->items[b->nitems++];

    *ident_slot(b, ident) = (uint32_t)b->nitems;
    memcpy(item->ident, ident, STORE_IDENT);
    item->found = b->now;
    return item;
}

static void keep_corrected(const struct batch *b, const struct store_seen *seen,
                           struct store_item *item)
{
    item->marked = seen->marked;
    item->kind = seen->kind;
    item->request = seen->request;
    batch_marks_apply(b, item);
}

int batch_items_again(struct batch *b, const unsigned char ident[STORE_IDENT],
                      struct store_item **out)
{
    struct store_seen seen;
    int err = store_seen(b->conf.store, (const unsigned char(*)[STORE_IDENT])ident, 1, &seen);

    if (err)
        return err;
    *out = batch_items_new(b, ident);
    (*out)->update = true;
    keep_corrected(b, &seen, *out);
    return 0;
}

struct verdict batch_items_told(const struct store_item *item, const struct verdict *v)
{
    struct verdict told = *v;

    told.kind = (enum verdict_kind)item->kind;
    told.request = (enum verdict_request)item->request;
    return told;
}

void batch_items_fill(const struct batch *b, const struct verdict *v, struct store_item *item)
{
    const struct config *c = b->conf.config;

    item->link = v->link;
    item->title = v->title;
    item->text = v->text;
    item->topic = v->ntags ? v->tags[0].topic : STR_NONE;
    item->proposed = v->nproposed ? v->proposed[0].topic : STR_NONE;
    item->by_model = v->ntags && v->tags[0].model;
    item->doubt = v->doubt < DOUBT_LEAST ? 0 : (uint16_t)(v->doubt * STORE_DOUBT_MAX);
    item->region = v->nregions ? v->regions[0].code : STR_NONE;
    item->content = v->content;
    item->published = v->published;
    item->expires = b->now + (v->ntags || item->concern ? c->matched_keep : c->unmatched_keep);
    item->rules = b->rules_judged;
    if (!(item->marked & STORE_MARKED_KIND))
        item->kind = (uint8_t)v->kind;
    if (!(item->marked & STORE_MARKED_REQUEST))
        item->request = (uint8_t)v->request;
    memcpy(item->sketch, v->sketch, sizeof item->sketch);
}

struct desk_origin batch_items_origin(const struct batch *b, const struct source *s, bool history)
{
    return (struct desk_origin){str_from(s->id), XXH3_64bits(s->id, strlen(s->id)),
                                str_from(s->region ? s->region : b->conf.config->home_region),
                                (enum source_kind)s->kind, history};
}

/* At the first poll of a source what is older than `since` is history: stored, alerting nobody.
 * What tells no date is not known to be old: it is history only where all is, with a `since` of 0.
 * An edit is as old as its latest date. */
static bool is_history(const struct batch_list *in, const struct verdict *v, bool edit)
{
    int64_t date = v->published;

    if ((edit || !date) && v->modified > date)
        date = v->modified;
    if (!date)
        return in->first && !edit && !in->source->since;
    return (in->first || edit) && date < in->at - in->source->since;
}

/* What a list says of an item, and whether it will still say when it was published. */
static void fill_listed(const struct batch *b, const struct verdict *v, struct store_item *item)
{
    batch_items_fill(b, v, item);
    item->marked &= (uint8_t)~STORE_DATED;
    if (v->published && !v->loose)
        item->marked |= STORE_DATED;
}

static int tell_desk(struct batch *b, const struct batch_list *in, const struct verdict *v,
                     struct store_item *item, bool history)
{
    struct desk_origin from = batch_items_origin(b, in->source, history);
    struct verdict told = batch_items_told(item, v);

    b->elsewhere += v->elsewhere;
    return desk_item(b->desk, &told, &from, b->now, &b->changes, &item->concern);
}

/* An item of a concern came again, edited or not. */
static int tell_again(struct batch *b, const struct batch_list *in, const struct verdict *v,
                      uint64_t concern, bool edited)
{
    int err = edited ? desk_update(b->desk, concern, v, b->now, &b->changes) : 0;

    if (!err && (v->reply.n || v->reply_url.n))
        err = desk_reply(b->desk, concern, v, str_from(in->source->id), b->now, &b->changes);
    return err;
}

static int edit_item(struct batch *b, const struct batch_list *in, const struct verdict *v,
                     struct store_item *item, bool raised)
{
    fill_listed(b, v, item);
    struct verdict told = batch_items_told(item, v);
    if (item->concern)
        return tell_again(b, in, &told, item->concern, true);
    /* What matched before and alerted nobody (history, a report) does not for a changed comma. */
    if (raised || !v->ntags)
        return 0;
    return tell_desk(b, in, v, item, is_history(in, v, true));
}

/* The item of this batch that this one is by its identity or an alias, or NULL. */
static struct store_item *find_waiting(struct batch *b, const unsigned char ident[STORE_IDENT],
                                       const uint64_t aliases[2])
{
    struct store_item *item = batch_items_find(b, ident);

    for (size_t i = 0; i < 2 && !item; i++) {
        uint32_t at = aliases[i] ? *alias_slot(b, aliases[i]) : 0;
        item = at ? &b->items[at - 1] : NULL;
    }
    return item;
}

static void set_aliases(struct batch *b, struct store_item *item, const uint64_t aliases[2])
{
    for (size_t i = 0; i < 2; i++) {
        item->aliases[i] = aliases[i];
        if (!aliases[i])
            continue;
        uint32_t *slot = alias_slot(b, aliases[i]);
        if (!*slot)
            *slot = (uint32_t)(item - b->items) + 1;
    }
}

static int add_item(struct batch *b, const struct batch_list *in, const struct verdict *v, size_t i,
                    uint32_t *fresh)
{
    const struct store_seen *seen = &in->seen[i];
    struct store_item *item = find_waiting(b, seen->found ? seen->ident : in->idents[i],
                                           in->aliases[i]);
    uint64_t content = item ? item->content : seen->content;
    uint64_t concern = item ? item->concern : seen->concern;
    bool known = item || seen->found, history = false;
    int err;

    /* What was redacted stays so, whatever its source makes of it. */
    if (known && (content == v->content || (seen->marked & STORE_REDACTED)))
        return concern ? tell_again(b, in, v, concern, false) : 0;
    if (!known && v->published > 0 && v->published < b->forgotten_before) {
        b->too_old++;
        return 0;
    }
    bool raised = item ? item->topic.n && item->kind == VERDICT_RAISED : seen->raised;
    if (!item) {
        item = batch_items_new(b, seen->found ? seen->ident : in->idents[i]);
        item->source = str_from(in->source->id);
        item->update = seen->found;
        item->concern = seen->concern;
        if (seen->found)
            keep_corrected(b, seen, item);
        set_aliases(b, item, in->aliases[i]);
    }
    if (known) {
        err = edit_item(b, in, v, item, raised);
    } else {
        history = is_history(in, v, false);
        fill_listed(b, v, item);
        err = v->ntags || v->traits[0] ? tell_desk(b, in, v, item, history) : 0;
        ++*fresh;
    }
    if (!err)
        batch_pages_want(b, in->source, item, in->first, history && v->published);
    return err;
}

/* What the store knows of each item; where its identity is new, by its aliases. */
static int look_up(struct batch *b, struct batch_list *in, const struct verdicts *v, bool known)
{
    size_t n = v->count;
    bool unknown = false;

    for (size_t i = 0; i < n; i++)
        batch_items_ident(b->conf.store, in->source->id, v->list[i].identity, in->idents[i]);
    int err = store_seen(b->conf.store, (const unsigned char(*)[STORE_IDENT])in->idents, n,
                         in->seen);
    for (size_t i = 0; i < n && !err; i++) {
        if (in->seen[i].found && in->seen[i].content == v->list[i].content)
            continue;
        hash_aliases(b, in->source, &v->list[i], in->aliases[i]);
        unknown |= !in->seen[i].found;
    }
    if (err || !unknown || !known) /* of a source that was never stored nothing is there */
        return err;
    return store_seen_as(b->conf.store, (const uint64_t(*)[2])in->aliases, n, in->seen);
}

static const uint8_t *own_ranks(struct batch *b, const struct verdicts *v)
{
    uint8_t *ranks = arena_alloc(b->arena, v->count, 1);

    if (ranks)
        batch_order_ranks(v, ranks);
    return ranks;
}

int batch_items_open(struct batch *b, const struct fetched *meta, bool first,
                     const struct verdicts *v, const uint8_t *ranks, struct batch_list *out)
{
    size_t n = v->count;

    *out = (struct batch_list){.source = roster_get(b->conf.roster, meta->source),
                               .verdicts = v, .at = meta->at, .first = first};
    if (!n)
        return 0;
    out->idents = arena_alloc(b->arena, n, STORE_IDENT);
    out->aliases = arena_alloc(b->arena, n, sizeof *out->aliases);
    out->seen = arena_alloc(b->arena, n, sizeof *out->seen);
    out->order = arena_alloc(b->arena, n, sizeof *out->order);
    out->ranks = ranks ? ranks : own_ranks(b, v);
    if (!out->idents || !out->aliases || !out->seen || !out->order || !out->ranks)
        return ERR_NOMEM;
    batch_order_items(v, out->ranks, out->order);
    return look_up(b, out, v, batch_state_touch(b, meta->source)->entry.known);
}

int batch_items_add(struct batch *b, struct batch_list *list, int rank, uint32_t *fresh)
{
    const struct verdicts *v = list->verdicts;
    int err = 0;

    for (; v && list->next < v->count && !err; list->next++) {
        size_t i = list->order[list->next];
        if (list->ranks[i] < rank)
            break;
        err = add_item(b, list, &v->list[i], i, fresh);
    }
    return err;
}

static int take_concern(void *arg, const struct store_item *item)
{
    *(uint64_t *)arg = item->concern;
    return 0;
}

int batch_redact(struct batch *b, const unsigned char ident[STORE_IDENT], int *status,
                 uint64_t *concern)
{
    const struct store_item *here = batch_items_find(b, ident);

    *concern = 0;
    *status = here ? take_concern(concern, here)
                   : store_item(b->conf.store, ident, take_concern, concern);
    if (*status)
        return *status == ERR_NOMEM ? ERR_NOMEM : 0;
    memcpy(b->redacts[b->nredacts++], ident, STORE_IDENT);
    return 0;
}
