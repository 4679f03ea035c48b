#include "daemon/batch.h"

#include <sodium.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"

struct batch {
    struct batch_conf conf;
    struct arena *arena;
    struct desk *desk;
    int64_t now;
    uint64_t head_before;
    struct changes changes;
    struct store_item *items;
    struct store_source *sources;
    uint32_t *source_index; /* of each entry of sources, in the roster */
    struct store_cursor *cursors;
    struct store_command *commands;
    size_t nitems, nsources, ncursors, ncommands;
    /* Items of this batch by ident: two polls of one source may wait in the queue. */
    uint32_t *slots; /* index + 1 into items, 0 empty */
    size_t nslots;
};

struct batch *batch_new(const struct batch_conf *conf)
{
    struct batch *b = calloc(1, sizeof *b);

    if (b && !(b->arena = arena_new())) {
        free(b);
        return NULL;
    }
    if (b)
        b->conf = *conf;
    return b;
}

void batch_free(struct batch *b)
{
    if (!b)
        return;
    desk_changes_free(&b->changes);
    arena_free(b->arena);
    free(b);
}

int batch_begin(struct batch *b, struct desk *desk, int64_t now, size_t polls, size_t items,
                size_t commands)
{
    arena_reset(b->arena);
    desk_changes_reset(&b->changes);
    b->desk = desk;
    b->now = now;
    b->head_before = desk_head(desk);
    b->nitems = b->nsources = b->ncursors = b->ncommands = 0;
    for (b->nslots = 16; b->nslots < items * 2; b->nslots *= 2)
        ;
    b->items = arena_alloc(b->arena, items + 1, sizeof *b->items);
    b->sources = arena_alloc(b->arena, polls + 1, sizeof *b->sources);
    b->source_index = arena_alloc(b->arena, polls + 1, sizeof *b->source_index);
    b->cursors = arena_alloc(b->arena, commands + 1, sizeof *b->cursors);
    b->commands = arena_alloc(b->arena, commands + 1, sizeof *b->commands);
    b->slots = arena_alloc(b->arena, b->nslots, sizeof *b->slots);
    return b->items && b->sources && b->source_index && b->cursors && b->commands && b->slots
               ? 0
               : ERR_NOMEM;
}

/* Keyed, so that a stolen database does not tell whether it holds a guessed GUID. */
static void hash_ident(const struct batch *b, const struct source *s, struct str identity,
                       unsigned char out[STORE_IDENT])
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, store_hash_key(b->conf.store), 16, STORE_IDENT);
    crypto_generichash_update(&state, (const unsigned char *)s->id, strlen(s->id) + 1);
    crypto_generichash_update(&state, (const unsigned char *)(identity.p ? identity.p : ""),
                              identity.n);
    crypto_generichash_final(&state, out, STORE_IDENT);
}

/* The slot of an ident in this batch: filled, or where it would go. */
static uint32_t *find_slot(struct batch *b, const unsigned char ident[STORE_IDENT])
{
    uint64_t h;

    memcpy(&h, ident, sizeof h); /* a keyed hash already: any eight bytes of it spread well */
    for (size_t i = h & (b->nslots - 1);; i = (i + 1) & (b->nslots - 1)) {
        uint32_t at = b->slots[i];
        if (!at || !memcmp(b->items[at - 1].ident, ident, STORE_IDENT))
            return &b->slots[i];
    }
}

static void fill_item(const struct batch *b, const struct verdict *v, struct store_item *item)
{
    const struct config *c = b->conf.config;

    item->link = v->link;
    item->title = v->title;
    item->text = v->text;
    item->topic = v->ntags ? v->tags[0].topic : STR_NONE;
    item->region = v->nregions ? v->regions[0].code : STR_NONE;
    item->content = v->content;
    item->published = v->published;
    item->expires = b->now + (v->ntags ? c->matched_keep : c->unmatched_keep);
    item->kind = (uint8_t)v->kind;
    item->request = (uint8_t)v->request;
    memcpy(item->sketch, v->sketch, sizeof item->sketch);
}

/* At the first poll of a source what is older than `since` is history: stored, alerting nobody. */
static bool is_history(const struct source *s, const struct fetched *meta, const struct verdict *v)
{
    return meta->first && v->published && v->published < meta->at - s->since;
}

static int add_item(struct batch *b, const struct fetched *meta, const struct verdict *v,
                    const unsigned char ident[STORE_IDENT], const struct store_seen *seen)
{
    const struct source *s = roster_get(b->conf.roster, meta->source);
    uint32_t *slot = find_slot(b, ident);
    struct store_item *item;

    if (*slot) {
        item = &b->items[*slot - 1];
        if (item->content == v->content)
            return 0;
    } else {
        if (seen->found && seen->content == v->content)
            return 0;
        item = &b->items[b->nitems++];
        *slot = (uint32_t)b->nitems;
        memcpy(item->ident, ident, STORE_IDENT);
        item->source = str_from(s->id);
        item->found = b->now;
        item->update = seen->found;
        item->concern = seen->found ? seen->concern : 0;
    }
    fill_item(b, v, item);
    if (!v->ntags || item->concern || is_history(s, meta, v))
        return 0;
    struct desk_origin from = {
        str_from(s->id), XXH3_64bits(s->id, strlen(s->id)),
        str_from(s->region ? s->region : b->conf.config->home_region), false};
    return desk_item(b->desk, v, &from, b->now, &b->changes, &item->concern);
}

static bool differs(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") != 0;
}

/* A source's row is written when something of it changed: an unchanged poll costs no write. */
static void add_source(struct batch *b, const struct fetched *meta, const char *death, bool grew)
{
    const struct batch_source *was = &b->conf.sources[meta->source];
    bool changed = grew || death || was->failures || !was->known ||
                   differs(was->etag, meta->etag) ||
                   differs(was->last_modified, meta->last_modified);

    if (!changed)
        return;
    int failures = death ? was->failures + 1 : 0;
    b->source_index[b->nsources] = meta->source;
    b->sources[b->nsources++] = (struct store_source){
        .id = str_from(roster_get(b->conf.roster, meta->source)->id),
        /* The bytes that killed a worker must be fetched again, so their validators are not kept. */
        .etag = str_from(death ? NULL : meta->etag),
        .last_modified = str_from(death ? NULL : meta->last_modified),
        .polled = meta->at,
        .quarantine_until = death ? meta->at + batch_quarantine(failures) : 0,
        .failures = failures,
        .reason = str_from(death),
    };
}

int batch_poll(struct batch *b, const struct fetched *meta, const struct verdicts *v,
               const char *death)
{
    const struct source *s = roster_get(b->conf.roster, meta->source);
    size_t n = v ? v->count : 0, before = b->nitems;
    unsigned char(*idents)[STORE_IDENT] = arena_alloc(b->arena, n, STORE_IDENT);
    struct store_seen *seen = arena_alloc(b->arena, n, sizeof *seen);
    int err = 0;

    if (n && (!idents || !seen))
        return ERR_NOMEM;
    for (size_t i = 0; i < n; i++)
        hash_ident(b, s, v->list[i].identity, idents[i]);
    if (n)
        err = store_seen(b->conf.store, (const unsigned char(*)[STORE_IDENT])idents, n, seen);
    for (size_t i = 0; i < n && !err; i++)
        err = add_item(b, meta, &v->list[i], idents[i], &seen[i]);
    if (!err && (v || death))
        add_source(b, meta, death, b->nitems > before);
    return err;
}

/* The same key again gives the same answer, from the store or from this very batch. */
static bool find_done(struct batch *b, struct str key, struct store_command *out)
{
    char text[STORE_KEY_MAX];

    if (!key.n || key.n >= sizeof text)
        return false;
    memcpy(text, key.p, key.n);
    text[key.n] = '\0';
    for (size_t i = 0; i < b->ncommands; i++)
        if (!strcmp(b->commands[i].key, text)) {
            *out = b->commands[i];
            return true;
        }
    return store_command(b->conf.store, text, out) == 0;
}

int batch_command(struct batch *b, const struct command *c, int *status, const char **reason,
                  uint64_t *seq)
{
    struct store_command done = {0};
    size_t before = b->changes.nevents;

    *reason = NULL;
    *seq = 0;
    if (find_done(b, c->key, &done)) {
        *status = done.status;
        *seq = done.seq;
        return 0;
    }
    if (c->key.n >= STORE_KEY_MAX) {
        *status = ERR_INVALID;
        *reason = "幂等键过长，最多 128 字节 (idempotency key over 128 bytes)";
        return 0;
    }
    *status = desk_command(b->desk, c, b->now, &b->changes, reason);
    if (*status == ERR_NOMEM)
        return ERR_NOMEM;
    if (*status)
        return 0;
    if (b->changes.nevents > before)
        *seq = b->changes.events[before].seq;
    if (c->key.n) {
        memcpy(done.key, c->key.p, c->key.n);
        done.key[c->key.n] = '\0';
        done.seq = *seq;
        done.at = b->now;
        b->commands[b->ncommands++] = done;
    }
    return 0;
}

int batch_cursor(struct batch *b, const struct store_cursor *cursor)
{
    b->cursors[b->ncursors++] = *cursor;
    return 0;
}

int batch_tick(struct batch *b)
{
    return desk_tick(b->desk, b->now, 1000, &b->changes);
}

bool batch_finish(struct batch *b, struct store_batch *out)
{
    const struct concern **concerns =
        arena_alloc(b->arena, b->changes.nconcerns + 1, sizeof *concerns);
    size_t n = 0;

    for (size_t i = 0; concerns && i < b->changes.nconcerns; i++)
        if ((concerns[n] = desk_concern(b->desk, b->changes.concerns[i])))
            n++;
    *out = (struct store_batch){
        .items = b->items,
        .nitems = b->nitems,
        .events = b->changes.events,
        .nevents = b->changes.nevents,
        .concerns = concerns,
        .nconcerns = n,
        .sources = b->sources,
        .nsources = b->nsources,
        .cursors = b->cursors,
        .ncursors = b->ncursors,
        .commands = b->commands,
        .ncommands = b->ncommands,
        /* Lags by a batch, so that a crash right after a commit announces it again. */
        .published = b->changes.nevents ? b->head_before : 0,
    };
    return b->nitems || b->changes.nevents || b->nsources || b->ncursors || b->ncommands;
}

static int keep_text(char **to, struct str s)
{
    char *copy = s.n ? strndup(s.p, s.n) : NULL;

    if (s.n && !copy)
        return ERR_NOMEM;
    free(*to);
    *to = copy;
    return 0;
}

int batch_applied(struct batch *b)
{
    int err = 0;

    for (size_t i = 0; i < b->nsources && !err; i++) {
        struct batch_source *to = &b->conf.sources[b->source_index[i]];
        to->failures = b->sources[i].failures;
        to->known = true;
        err = keep_text(&to->etag, b->sources[i].etag);
        if (!err)
            err = keep_text(&to->last_modified, b->sources[i].last_modified);
    }
    return err;
}

int64_t batch_quarantine(int failures)
{
    int64_t rest = 60000;

    while (--failures > 0 && rest < CLOCK_DAY)
        rest *= 2;
    return rest < CLOCK_DAY ? rest : CLOCK_DAY;
}
