#include "daemon/ledger/batch.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/ledger/batch_state.h"

struct batch *batch_new(const struct batch_conf *conf)
{
    struct batch *b = calloc(1, sizeof *b);

    if (!b)
        return NULL;
    b->conf = *conf;
    b->arena = arena_new();
    b->guard = guard_new((const char *const *)conf->config->allow);
    if (b->arena && b->guard)
        return b;
    batch_free(b);
    return NULL;
}

void batch_free(struct batch *b)
{
    if (!b)
        return;
    desk_changes_free(&b->changes);
    buf_free(&b->deeds);
    buf_free(&b->replies);
    buf_free(&b->surveys);
    buf_free(&b->corrections);
    buf_free(&b->shared);
    arena_free(b->arena);
    guard_free(b->guard);
    free(b);
}

static int make_slots(struct batch *b, struct batch_slots *slots, size_t count)
{
    for (slots->size = 16; slots->size < 2 * count; slots->size *= 2)
        ;
    slots->list = arena_alloc(b->arena, slots->size, sizeof *slots->list);
    return slots->list ? 0 : ERR_NOMEM;
}

void batch_forgotten(struct batch *b, int64_t before)
{
    b->forgotten_before = before;
}

size_t batch_too_old(const struct batch *b)
{
    return b->too_old;
}

size_t batch_elsewhere(const struct batch *b)
{
    return b->elsewhere;
}

int batch_begin(struct batch *b, struct desk *desk, int64_t now, const struct batch_bounds *bounds)
{
    size_t items = bounds->items + bounds->polls, sources = bounds->polls + bounds->sources;

    arena_reset(b->arena);
    desk_changes_reset(&b->changes);
    buf_reset(&b->deeds);
    buf_reset(&b->replies);
    buf_reset(&b->surveys);
    buf_reset(&b->corrections);
    buf_reset(&b->shared);
    b->desk = desk;
    b->now = now;
    b->head_before = desk_head(desk);
    b->rules_new = 0;
    b->nitems = b->ntouched = b->npages = b->nblanks = b->nredacts = b->nadds = b->nremoves = 0;
    b->ncursors = b->ncommands = b->nmarks = b->nmoves = b->elsewhere = b->too_old = 0;
    b->items = arena_alloc(b->arena, items + 1, sizeof *b->items);
    b->pages = arena_alloc(b->arena, 2 * items + 1, sizeof *b->pages);
    b->blanks = arena_alloc(b->arena, bounds->polls + 1, STORE_IDENT);
    b->redacts = arena_alloc(b->arena, bounds->commands + 1, STORE_IDENT);
    b->touched = arena_alloc(b->arena, sources + 1, sizeof *b->touched);
    b->rows = arena_alloc(b->arena, sources + 1, sizeof *b->rows);
    b->adds = arena_alloc(b->arena, bounds->sources + 1, sizeof *b->adds);
    b->add_keys = arena_alloc(b->arena, bounds->sources + 1, sizeof *b->add_keys);
    b->removes = arena_alloc(b->arena, bounds->sources + 1, sizeof *b->removes);
    b->cursors = arena_alloc(b->arena, bounds->cursors + 1, sizeof *b->cursors);
    b->commands = arena_alloc(b->arena, bounds->commands + 1, sizeof *b->commands);
    b->marks_room = bounds->commands + 1;
    b->marks = arena_alloc(b->arena, b->marks_room, sizeof *b->marks);
    b->notes = arena_alloc(b->arena, bounds->commands + 1, sizeof *b->notes);
    if (!b->items || !b->pages || !b->blanks || !b->redacts || !b->touched || !b->rows ||
        !b->adds || !b->add_keys || !b->removes || !b->cursors || !b->commands || !b->marks ||
        !b->notes)
        return ERR_NOMEM;
    int err = batch_access_begin(b, bounds);
    if (!err)
        err = make_slots(b, &b->by_ident, items);
    if (!err)
        err = make_slots(b, &b->by_alias, 2 * items);
    return err ? err : make_slots(b, &b->by_source, sources);
}

struct batch_touched *batch_state_touch(struct batch *b, uint32_t source)
{
    size_t i = source * 0x9E3779B1u & (b->by_source.size - 1);

    while (b->by_source.list[i]) {
        struct batch_touched *t = &b->touched[b->by_source.list[i] - 1];
        if (t->source == source)
            return t;
        i = (i + 1) & (b->by_source.size - 1);
    }
    struct batch_touched *t = &b->touched[b->ntouched++];
    b->by_source.list[i] = (uint32_t)b->ntouched;
    t->source = source;
    t->entry = source_table_get(b->conf.sources, source);
    return t;
}

struct batch_deed *batch_state_deed(struct batch *b, enum batch_deed_kind kind, uint32_t source)
{
    struct batch_deed deed = {.kind = kind, .source = source};

    if (buf_add(&b->deeds, &deed, sizeof deed))
        return NULL;
    return (struct batch_deed *)(b->deeds.data + b->deeds.len) - 1;
}

int batch_state_event(struct batch *b, uint32_t source, enum event_type type)
{
    return desk_source(b->desk, str_from(roster_get(b->conf.roster, source)->id), type, b->now,
                       &b->changes);
}

const struct batch_deed *batch_deeds(const struct batch *b, size_t *n)
{
    *n = b->deeds.len / sizeof(struct batch_deed);
    return (const struct batch_deed *)b->deeds.data;
}

/* One that was closed long ago is still in the store when the desk has forgotten it. */
int batch_state_recall(struct batch *b, uint64_t id)
{
    struct concern c;

    if (desk_concern(b->desk, id))
        return 0;
    int err = store_concern(b->conf.store, id, &c);
    if (err)
        return err == ERR_NOTFOUND ? 0 : err;
    err = desk_restore_concern(b->desk, &c);
    concern_clear(&c);
    return err;
}

/* What the events from this one on say of items. */
static int tell_marks(struct batch *b, size_t from)
{
    int err = 0;

    for (size_t i = from; !err && i < b->changes.nevents; i++) {
        if (b->changes.events[i].type == EVENT_DISMISSED)
            err = batch_state_dismissed(b, &b->changes.events[i]);
        if (b->changes.events[i].type == EVENT_REOPENED)
            err = batch_state_reopened(b, &b->changes.events[i]);
    }
    return err;
}

int batch_command(struct batch *b, const struct command *asked, int *status, const char **reason,
                  uint64_t *seq)
{
    struct command of = *asked, *c = &of;
    struct store_command keep;
    size_t before = b->changes.nevents;
    int err;

    *reason = NULL;
    *seq = 0;
    b->repeated = false;
    if (c->key.n >= STORE_KEY_MAX) {
        *status = ERR_INVALID;
        *reason = "幂等键过长，最多 128 字节 (idempotency key over 128 bytes)";
        return 0;
    }
    if (c->key.n && (err = batch_state_command_done(b, c, &keep, status, seq)) != ERR_NOTFOUND) {
        *reason = !err && *status == ERR_REUSED ? err_text(*status) : NULL;
        b->repeated = true;
        return err;
    }
    if (c->url.n && !batch_replies_public(b, c->url)) {
        *status = ERR_INVALID;
        *reason = "网址不在公网上，公众打不开 (the address is none of the public network: nobody can open "
                  "it)";
        return 0;
    }
    err = batch_state_recall(b, c->concern);
    if (!err && c->other)
        err = batch_state_recall(b, c->other);
    if (!err)
        err = batch_regroup_find(b, c, &c->found);
    if (err)
        return err;
    *status = desk_command(b->desk, c, b->now, &b->changes, reason);
    if (*status == ERR_NOMEM)
        return ERR_NOMEM;
    if (*status)
        return 0;
    err = tell_marks(b, before);
    if (err)
        return err;
    if (b->changes.nevents > before) {
        *seq = b->changes.events[before].seq;
        batch_regroup_done(b, c, &b->changes.events[before]);
    }
    keep.seq = *seq;
    if (c->key.n)
        b->commands[b->ncommands++] = keep;
    return 0;
}

int batch_rules(struct batch *b, const struct rules *rules, uint64_t *seq)
{
    uint64_t now = event_rules_number(str_from(rules_version(rules)));
    size_t events = b->changes.nevents;
    uint64_t before;

    *seq = 0;
    int err = store_read_rules(b->conf.store, &before);
    if (err || now == before)
        return err;
    b->rules_new = now;
    err = before ? desk_rules(b->desk, now, before, rules_topics(rules), b->now, &b->changes)
                     : 0;
    if (b->changes.nevents > events)
        *seq = b->changes.events[events].seq;
    return err;
}

void batch_cursors(struct batch *b, const struct store_cursor *cursors, size_t n)
{
    for (size_t i = 0; i < n; i++)
        b->cursors[b->ncursors++] = cursors[i];
}

int batch_line(struct batch *b, struct str unit, bool offline, uint32_t missed)
{
    return desk_unit(b->desk, unit, offline, missed, b->now, &b->changes);
}

/* That it was told is remembered as a command is, until the year is over. */
int batch_calendar(struct batch *b, int year)
{
    struct store_command told = {.at = clock_days(year + 1, 1, 1) * CLOCK_DAY};
    struct store_command before;

    /* No client's: theirs begin with other words. Stores of older programs have it with a dash. */
    snprintf(told.key, sizeof told.key, "calendar-%d", year);
    int err = batch_state_done(b, told.key, &before);
    *strchr(told.key, '-') = ' ';
    if (err == ERR_NOTFOUND)
        err = batch_state_done(b, told.key, &before);
    if (err != ERR_NOTFOUND)
        return err;
    told.seq = b->head_before + b->changes.nevents + 1;
    err = desk_calendar(b->desk, year, b->now, &b->changes);
    if (!err)
        b->commands[b->ncommands++] = told;
    return err;
}

int batch_tick(struct batch *b)
{
    return desk_tick(b->desk, b->now, 1000, &b->changes);
}

static void fill_notes(struct batch *b)
{
    const struct changes *c = &b->changes;

    for (size_t i = 0; i < c->nnotes; i++)
        b->notes[i] = (struct store_note){c->notes[i].seq,
                                          {c->words.data + c->notes[i].off, c->notes[i].n}};
}

bool batch_finish(struct batch *b, struct store_batch *out)
{
    const struct concern **concerns =
        arena_alloc(b->arena, b->changes.nconcerns + 1, sizeof *concerns);
    size_t n = 0, narrivals, rows = batch_sources_rows(b);
    const struct burst_row *arrivals = desk_arrivals(b->desk, &narrivals);

    const struct store_publication *publications = batch_texts_list(b);
    fill_notes(b);
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
        .sources = b->rows,
        .nsources = rows,
        .cursors = b->cursors,
        .ncursors = b->ncursors,
        .commands = b->commands,
        .ncommands = b->ncommands,
        .pages = b->pages,
        .npages = b->npages,
        .blanks = (const unsigned char(*)[STORE_IDENT])b->blanks,
        .nblanks = b->nblanks,
        .redacts = (const unsigned char(*)[STORE_IDENT])b->redacts,
        .nredacts = b->nredacts,
        .adds = b->adds,
        .nadds = b->nadds,
        .removes = b->removes,
        .nremoves = b->nremoves,
        .marks = b->marks,
        .nmarks = b->nmarks,
        .notes = b->notes,
        .nnotes = b->changes.nnotes,
        .arrivals = arrivals,
        .narrivals = narrivals,
        .moves = b->moves,
        .nmoves = b->nmoves,
        .replies = (const struct store_reply *)b->replies.data,
        .nreplies = b->replies.len / sizeof(struct store_reply),
        .surveys = (const struct store_survey *)b->surveys.data,
        .nsurveys = b->surveys.len / sizeof(struct store_survey),
        .corrections = (const struct store_correction *)b->corrections.data,
        .ncorrections = b->corrections.len / sizeof(struct store_correction),
        .shared = (const struct store_shared *)b->shared.data,
        .nshared = b->shared.len / sizeof(struct store_shared),
        .publications = publications,
        .npublications = publications ? b->changes.ntexts : 0,
        .rules = b->rules_new,
        /* Lags by a batch, so that a crash right after a commit announces it again. */
        .published = b->changes.nevents ? b->head_before : 0,
    };
    bool access = batch_access_finish(b, out);
    return access || b->nitems || b->changes.nevents || rows || b->ncursors || b->ncommands ||
           b->npages ||
           b->nblanks || b->nredacts || b->nadds || b->nremoves || b->nmarks || narrivals ||
           b->replies.len || b->surveys.len || b->corrections.len || b->shared.len ||
           b->rules_new;
}

void batch_applied(struct batch *b)
{
    for (size_t i = 0; i < b->ntouched; i++)
        source_table_set(b->conf.sources, b->touched[i].source, &b->touched[i].entry);
}

int64_t batch_quarantine(int failures)
{
    int64_t rest = 60000;

    while (--failures > 0 && rest < CLOCK_DAY)
        rest *= 2;
    return rest < CLOCK_DAY ? rest : CLOCK_DAY;
}
