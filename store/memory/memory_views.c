#include <stdlib.h>

#include "alerts/deadlines/clocks.h"
#include "base/arena.h"
#include "base/err.h"
#include "store/memory/memory.h"

/* Rows are copied under the lock and handed out after it, as the SQLite backend does after its
 * transaction: `each` may take its time and use the store. */
struct copies {
    struct concern *list;
    size_t count;
};

static int hand_out(struct copies *c, int err, int (*each)(void *arg, const struct concern *c),
                    void *arg)
{
    for (size_t i = 0; i < c->count && !err; i++)
        err = each(arg, &c->list[i]);
    for (size_t i = 0; i < c->count; i++)
        concern_clear(&c->list[i]);
    free(c->list);
    return err;
}

static int copy(struct copies *c, const struct concern *from)
{
    int err = concern_copy(&c->list[c->count], from);

    c->count += !err;
    return err;
}

int memory_each_concern(struct store *s, int64_t since,
                        int (*each)(void *arg, const struct concern *c), void *arg)
{
    struct memory_state *m = memory_lock(s);
    struct copies c = {calloc(m->nconcerns + 1, sizeof *c.list), 0};
    int err = c.list ? 0 : ERR_NOMEM;

    for (size_t i = 0; i < m->nconcerns && !err; i++)
        if (m->concerns[i].state != CONCERN_CLOSED || m->concerns[i].updated >= since ||
            clocks_running(&m->concerns[i], ACT_PROMISE))
            err = copy(&c, &m->concerns[i]);
    memory_unlock(m);
    return hand_out(&c, err, each, arg);
}

static bool involves(const struct concern *c, const struct backend_query *q)
{
    bool any = !q->unit && !q->nunits;

    if (q->unit)
        return concern_involves(c, q->unit);
    for (size_t i = 0; i < q->nunits && !any; i++)
        any = concern_involves(c, q->units[i]);
    return any;
}

static bool fits(const struct concern *c, const struct backend_query *q)
{
    static const bool shown[][CONCERN_STATES] = {
        [STATES_ANY] = {true, true, true, true, true},
        [STATES_OPEN] = {[CONCERN_OPEN] = true, [CONCERN_ACCEPTED] = true, [CONCERN_FOUND] = true,
                         [CONCERN_DECLINED] = true},
        [STATES_ACCEPTED] = {[CONCERN_ACCEPTED] = true},
        [STATES_CLOSED] = {[CONCERN_CLOSED] = true},
        [STATES_FOUND] = {[CONCERN_FOUND] = true},
        [STATES_DECLINED] = {[CONCERN_DECLINED] = true},
    };

    if (!shown[q->states][c->state] || c->grade < q->least)
        return false;
    if ((q->topic && strcmp(q->topic, c->topic)) || !involves(c, q))
        return false;
    if (!q->after)
        return true;
    if (q->order == STORE_BY_DUE)
        return c->due != q->after_key ? c->due > q->after_key : c->id > q->after_id;
    return c->opened != q->after_key ? c->opened < q->after_key : c->id < q->after_id;
}

#define THREE_WAY(a, b) (((a) > (b)) - ((a) < (b)))

static int by_due(const void *a, const void *b)
{
    const struct concern *x = *(const struct concern *const *)a;
    const struct concern *y = *(const struct concern *const *)b;

    return x->due != y->due ? THREE_WAY(x->due, y->due) : THREE_WAY(x->id, y->id);
}

static int by_newest(const void *a, const void *b)
{
    const struct concern *x = *(const struct concern *const *)a;
    const struct concern *y = *(const struct concern *const *)b;

    return x->opened != y->opened ? THREE_WAY(y->opened, x->opened) : THREE_WAY(y->id, x->id);
}

int memory_concerns(struct store *s, const struct backend_query *q,
                    int (*each)(void *arg, const struct concern *c), void *arg)
{
    struct memory_state *m = memory_lock(s);
    const struct concern **fitting = calloc(m->nconcerns + 1, sizeof *fitting);
    struct copies c = {calloc(q->limit, sizeof *c.list), 0};
    int err = fitting && c.list ? 0 : ERR_NOMEM;
    size_t n = 0;

    for (size_t i = 0; i < m->nconcerns && !err; i++)
        if (fits(&m->concerns[i], q))
            fitting[n++] = &m->concerns[i];
    if (!err)
        qsort(fitting, n, sizeof *fitting, q->order == STORE_BY_DUE ? by_due : by_newest);
    for (size_t i = 0; i < n && i < q->limit && !err; i++)
        err = copy(&c, fitting[i]);
    memory_unlock(m);
    free(fitting);
    return hand_out(&c, err, each, arg);
}

int memory_concern(struct store *s, uint64_t id, struct concern *out)
{
    struct memory_state *m = memory_lock(s);
    bool there;
    size_t at = memory_find_concern(m, id, &there);
    int err = there ? concern_copy(out, &m->concerns[at]) : ERR_NOTFOUND;

    memory_unlock(m);
    if (err)
        memset(out, 0, sizeof *out);
    return err;
}

static int newest_found(const void *a, const void *b)
{
    const struct memory_item *x = *(const struct memory_item *const *)a;
    const struct memory_item *y = *(const struct memory_item *const *)b;

    return x->item.found != y->item.found ? THREE_WAY(y->item.found, x->item.found)
                                          : THREE_WAY(y, x); /* later stored stands later */
}

void memory_copy_item(struct store_item *to, const struct store_item *from, struct arena *arena)
{
    *to = *from;
    to->source = arena_str(arena, from->source);
    to->link = arena_str(arena, from->link);
    to->title = arena_str(arena, from->title);
    to->text = arena_str(arena, from->text);
    to->topic = arena_str(arena, from->topic);
    to->region = arena_str(arena, from->region);
    to->proposed = arena_str(arena, from->proposed);
}

int memory_concern_items(struct store *s, uint64_t concern, size_t limit,
                         int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct memory_state *m = memory_lock(s);
    size_t n;
    const struct memory_item **of = memory_members(m, concern, newest_found, &n);
    struct store_item *copies = calloc(limit, sizeof *copies);
    struct arena *arena = arena_new();
    int err = of && copies && arena ? 0 : ERR_NOMEM;

    n = n < limit ? n : limit;
    for (size_t i = 0; i < n && !err; i++)
        memory_copy_item(&copies[i], &of[i]->item, arena);
    memory_unlock(m);
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &copies[i]);
    arena_free(arena);
    free(copies);
    free(of);
    return err;
}

int memory_item(struct store *s, const unsigned char *ident,
                int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct memory_state *m = memory_lock(s);
    struct arena *arena = arena_new();
    struct store_item copy;
    bool there;
    size_t at = memory_find_item(m, ident, &there);

    if (arena && there)
        memory_copy_item(&copy, &m->items[m->by_ident[at]].item, arena);
    memory_unlock(m);
    int err = !arena ? ERR_NOMEM : there ? each(arg, &copy) : ERR_NOTFOUND;
    arena_free(arena);
    return err;
}

int memory_concern_events(struct store *s, uint64_t concern,
                          int (*each)(void *arg, const struct event *e), void *arg)
{
    struct memory_state *m = memory_lock(s);
    struct event *copies = calloc(m->nevents + 1, sizeof *copies);
    int err = copies ? 0 : ERR_NOMEM;
    size_t n = 0;

    for (size_t i = 0; i < m->nevents && !err; i++)
        if (m->events[i].concern == concern)
            copies[n++] = m->events[i];
    memory_unlock(m);
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &copies[i]);
    free(copies);
    return err;
}

int memory_each_unit(struct store *s,
                     int (*each)(void *arg, const char *unit, uint64_t head, bool offline),
                     void *arg)
{
    struct memory_state *m = memory_lock(s);
    size_t n = m->nunits;
    struct check_head *copies = calloc(n + 1, sizeof *copies);
    int err = copies ? 0 : ERR_NOMEM;

    if (copies && n)
        memcpy(copies, m->units, n * sizeof *copies);
    memory_unlock(m);
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, copies[i].unit, copies[i].head, copies[i].offline);
    free(copies);
    return err;
}

int memory_counts(struct store *s, struct store_counts *out)
{
    struct memory_state *m = memory_lock(s);

    out->items = m->nitems;
    out->forgotten = m->forgotten;
    out->forgotten_before = m->forgotten_before;
    out->concerns = m->nconcerns;
    out->events = m->nevents;
    for (size_t i = 0; i < m->nevents; i++) {
        if (backend_answer(&m->events[i]) >= 0)
            out->answers[backend_answer(&m->events[i])]++;
        if (backend_reopening(&m->events[i]) >= 0)
            out->reopened[backend_reopening(&m->events[i])]++;
    }
    for (size_t i = 0; i < m->nconcerns; i++) {
        out->open += m->concerns[i].state != CONCERN_CLOSED;
        out->overdue += backend_overdue(&m->concerns[i]);
    }
    memory_unlock(m);
    return 0;
}
