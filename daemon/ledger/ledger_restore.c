/* The ledger's memory as the store has it. */
#include <string.h>
#include <xxhash.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/ledger/ledger_state.h"
#include "feeds/fetch/address.h"

static int restore_concern(void *arg, const struct concern *c)
{
    return desk_restore_concern(arg, c);
}

static int restore_unit(void *arg, const char *unit, uint64_t head, bool offline)
{
    int err = desk_restore_unitseq(arg, unit, head);

    return !err && offline ? desk_restore_offline(arg, unit) : err;
}

static int restore_arrivals(void *arg, const struct burst_row *row)
{
    return desk_restore_arrivals(arg, row, clock_now());
}

int ledger_restore_desk(struct ledger *l)
{
    const struct deadlines *deadlines = l->desk_conf.deadlines;
    const int64_t needs[] = {HEAT_EFFECT + HEAT_EFFECT_KEPT, l->desk_conf.group_window,
                             deadlines ? deadlines->reopen.posts_within : 0};
    int64_t back = 0;
    uint64_t head;
    struct store_counts counts;
    int err = store_read_head(l->store, &head);
    struct desk *d = err ? NULL : desk_new(&l->desk_conf, head);

    if (!err && !d)
        err = ERR_NOMEM;

    /* A closed one may owe the effect of its answer yet, or be reopened by what comes. */
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        back = needs[i] > back ? needs[i] : back;
    if (!err)
        err = store_each_concern(l->store, clock_now() - back, restore_concern, d);
    if (!err)
        err = store_each_arrivals(l->store, restore_arrivals, d);
    if (!err)
        err = store_each_unit(l->store, restore_unit, d);
    if (!err)
        err = store_counts(l->store, &counts);
    if (err) {
        desk_free(d);
        return err;
    }
    desk_free(l->desk);
    l->desk = d;
    ledger_forgotten(l, counts.forgotten_before);
    return 0;
}

static void warn_gone(void *arg, const char *unit, size_t open)
{
    (void)arg;
    log_warn("units.gone", "unit=%s open=%zu note=\"not in units.yaml: huiying reassign\"", unit,
             open);
}

void ledger_warn_gone(const struct ledger *l)
{
    int err = desk_each_gone(l->desk, warn_gone, NULL);

    if (err)
        log_warn("units.gone", "err=%s", err_name(err));
}

/* The operator's file has the last word: an added source gives way to one of its id or address. */
int ledger_restore_added(void *arg, const struct source *s)
{
    struct ledger *l = arg;
    uint32_t index;
    int err = roster_add(l->roster, s, &index);

    if (err != ERR_EXISTS && err != ERR_SYNTAX)
        return err;
    log_warn("ledger.source", "source=%s err=%s note=\"gives way to %s\"", s->id, err_name(err),
             err == ERR_EXISTS ? roster_get(l->roster, index)->id : "its address");
    return 0;
}

/* It has moved, and is still told to be where it moved from. */
static int restore_move(struct ledger *l, uint32_t index, const struct store_source *src)
{
    const struct source *s = roster_get(l->roster, index);

    if (!src->moved_to.n || !str_is(src->moved_from, s->url))
        return 0;
    struct source there = *s;
    there.url = (char *)src->moved_to.p; /* ends in NUL: the store's copies do */
    int err = roster_replace(l->roster, index, &there);
    if (err && err != ERR_NOMEM)
        log_warn("ledger.moved", "source=%s err=%s", s->id, err_name(err));
    return err == ERR_NOMEM ? err : 0;
}

static uint64_t hash_validators(struct str etag, struct str last_modified)
{
    uint64_t h = etag.n ? XXH3_64bits(etag.p, etag.n) : 0;

    return last_modified.n ? XXH3_64bits_withSeed(last_modified.p, last_modified.n, h + 1) : h;
}

int ledger_restore_source(void *arg, const struct store_source *src)
{
    struct ledger *l = arg;
    uint32_t index;

    if (!roster_find(l->roster, src->id, &index))
        return 0;
    struct source_entry entry = source_table_get(l->sources, index);
    entry.known = true;
    entry.failures = (uint16_t)src->failures;
    entry.state = src->state;
    entry.strikes = src->strikes;
    entry.unread = src->owed;
    entry.unread_first = src->owed_first;
    entry.validators = hash_validators(src->etag, src->last_modified);
    source_table_set(l->sources, index, &entry);
    return restore_move(l, index, src);
}

int ledger_restore_sources(struct ledger *l)
{
    uint32_t configured = roster_count(l->roster);
    int err = store_each_added(l->store, ledger_restore_added, l);

    if (!err)
        err = source_table_grow(l->sources, roster_count(l->roster));
    for (uint32_t i = 0; i < configured && !err; i++)
        source_table_set(l->sources, i, &(struct source_entry){.configured = true});
    return err ? err : store_each_source(l->store, ledger_restore_source, l);
}
