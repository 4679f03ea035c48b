/* The sources of a ledger that follows, as the store has them by now: letters may be lost, come
 * late, or come from who leads no longer. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "daemon/ledger/ledger_state.h"

/* A source as it was before. */
struct was {
    const char *url;
    uint8_t state;
    bool there;    /* the store has it among those that were added */
    bool named;    /* and it says something of it */
    bool replaced; /* by another one of its id */
};

struct reread {
    struct ledger *l;
    struct str id;    /* this one alone; no text: all */
    struct was *was;  /* of each number that was given before */
    uint32_t count;
};

static int begin(struct ledger *l, struct str id, struct reread *out)
{
    *out = (struct reread){l, id, NULL, roster_count(l->roster)};
    out->was = calloc(out->count + 1, sizeof *out->was);
    for (uint32_t i = 0; out->was && i < out->count; i++)
        out->was[i] = (struct was){.url = roster_get(l->roster, i)->url,
                                   .state = source_table_get(l->sources, i).state};
    return out->was ? 0 : ERR_NOMEM;
}

static bool is_same(const struct source *one, const struct source *other)
{
    struct buf a = BUF_INIT, b = BUF_INIT;
    bool same = !source_write(one, &a) && !source_write(other, &b) &&
                str_eq(buf_str(&a), buf_str(&b));

    buf_free(&a);
    buf_free(&b);
    return same;
}

/* One that was removed and added again may be another one by now. */
static int add(void *arg, const struct source *s)
{
    struct reread *r = arg;
    uint32_t index;

    if (r->id.p && !str_is(r->id, s->id))
        return 0;
    if (!roster_find(r->l->roster, str_from(s->id), &index))
        return ledger_restore_added(r->l, s);
    if (index >= r->count || source_table_get(r->l->sources, index).configured)
        return 0;
    r->was[index].there = true;
    if (is_same(s, roster_get(r->l->roster, index)))
        return 0;
    int err = roster_replace(r->l->roster, index, s);
    r->was[index].replaced = !err;
    if (err && err != ERR_NOMEM)
        log_warn("ledger.source", "source=%s err=%s", s->id, err_name(err));
    return err == ERR_NOMEM ? err : 0;
}

static int restore(void *arg, const struct store_source *src)
{
    struct reread *r = arg;
    uint32_t index;

    if (roster_find(r->l->roster, src->id, &index) && index < r->count)
        r->was[index].named = true;
    return ledger_restore_source(r->l, src);
}

/* What the store says nothing of is as one that was just added: what is known here is of the one
 * that had its id before. */
static void begin_anew(struct reread *r, uint32_t i)
{
    if (i < r->count && !r->was[i].named)
        source_table_set(r->l->sources, i, &(struct source_entry){
            .configured = source_table_get(r->l->sources, i).configured});
}

static void settle(struct reread *r, uint32_t i, bool told)
{
    struct ledger *l = r->l;
    struct source_entry entry = source_table_get(l->sources, i);
    bool known = i < r->count;

    if (known && !entry.configured && !r->was[i].there) {
        roster_remove(l->roster, i);
        source_table_set(l->sources, i, &(struct source_entry){0});
        if (*l->fetch)
            fetch_drop(*l->fetch, i);
        return;
    }
    bool same = known && entry.state == r->was[i].state && !r->was[i].replaced &&
                !strcmp(roster_get(l->roster, i)->url, r->was[i].url);
    if ((same && !told) || !*l->fetch)
        return;
    if (entry.state == STORE_SOURCE_ACTIVE)
        fetch_add(*l->fetch, i);
    else
        fetch_drop(*l->fetch, i);
}

int ledger_reread_source(struct ledger *l, struct str id)
{
    struct reread r;
    uint32_t index;
    int err = begin(l, id, &r);

    if (!err)
        err = store_each_added(l->store, add, &r);
    if (!err)
        err = source_table_grow(l->sources, roster_count(l->roster));
    if (!err)
        err = store_source(l->store, id, restore, &r);
    if (err == ERR_NOTFOUND) /* nothing has been said of it yet */
        err = 0;
    if (!err && roster_find(l->roster, id, &index)) {
        begin_anew(&r, index);
        settle(&r, index, true);
    }
    free(r.was);
    return err;
}

/* A flag for each number; NULL when memory is exhausted. */
static bool *those(const struct roster *roster, const char (*ids)[SLUG_MAX], size_t n)
{
    bool *flags = calloc((size_t)roster_count(roster) + 1, sizeof *flags);
    uint32_t index;

    for (size_t i = 0; flags && i < n; i++)
        if (roster_find(roster, str_from(ids[i]), &index))
            flags[index] = true;
    return flags;
}

int ledger_reread_sources(struct ledger *l, const char (*told)[SLUG_MAX], size_t n)
{
    struct reread r;
    bool *flags = NULL;
    int err = begin(l, STR_NONE, &r);

    if (!err)
        err = store_each_added(l->store, add, &r);
    if (!err)
        err = source_table_grow(l->sources, roster_count(l->roster));
    if (!err)
        err = store_each_source(l->store, restore, &r);
    if (!err && !(flags = those(l->roster, told, n)))
        err = ERR_NOMEM;
    for (uint32_t i = 0; i < roster_count(l->roster) && !err; i++)
        if (roster_live(l->roster, i)) {
            begin_anew(&r, i);
            settle(&r, i, flags[i]);
        }
    free(flags);
    free(r.was);
    return err;
}
