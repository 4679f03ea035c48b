/* What published replies promise (承诺兑现). It was said in public: neither a new round nor the way in
 * which the concern ends takes it back, only its being kept does. */
#include <string.h>

#include "alerts/deadlines/clocks.h"

_Static_assert((int)CLOCKS_MAX - (int)CLOCKS_PROMISES >= (int)ACTS - 2,
               "each act has room beside them: all but ACT_NONE and their own");

static bool runs(const struct concern_clock *clock)
{
    return clock->act == ACT_PROMISE && !clock->met;
}

/* A place for one that is due then: a free one, that of one that was kept, that of a clock of a
 * closed concern, whose work is done, or NULL. Where there are too many, those due first are
 * followed. */
static struct concern_clock *room(struct concern *c, int64_t due)
{
    struct concern_clock *last = NULL;
    size_t n = 0;

    for (size_t i = 0; i < c->nclocks; i++)
        if (runs(&c->clocks[i])) {
            n++;
            last = last && last->due > c->clocks[i].due ? last : &c->clocks[i];
        }
    if (n >= CLOCKS_PROMISES)
        return last->due > due ? last : NULL;
    if (c->nclocks < CLOCKS_MAX)
        return &c->clocks[c->nclocks++];
    for (size_t i = 0; i < c->nclocks; i++)
        if (c->clocks[i].act == ACT_PROMISE && c->clocks[i].met)
            return &c->clocks[i];
    for (size_t i = c->nclocks; i-- > 0;)
        if (c->clocks[i].met && !c->clocks[i].shelved && c->clocks[i].met <= c->clocks[i].due)
            return &c->clocks[i];
    return NULL;
}

/* A due time that was counted in working days may have been counted again meanwhile. */
bool clocks_same_promise(const struct concern_clock *a, const struct concern_clock *b)
{
    return a->started == b->started && !strcmp(a->rule, b->rule) &&
           (a->due == b->due || strcmp(a->rule, "promise") != 0);
}

static bool known(const struct concern *c, int64_t due)
{
    for (size_t i = 0; i < c->nclocks; i++)
        if (c->clocks[i].act == ACT_PROMISE && c->clocks[i].due == due)
            return true;
    return false;
}

bool clocks_promise(struct concern *c, int64_t due, int64_t now)
{
    struct concern_clock *clock = due <= now || known(c, due) ? NULL : room(c, due);

    if (clock)
        *clock = (struct concern_clock){
            .rule = "promise", .act = ACT_PROMISE, .started = now, .due = due};
    return clock != NULL;
}

void clocks_join_promises(struct concern *c, struct concern *from, int64_t now)
{
    for (size_t i = 0; i < from->nclocks; i++) {
        struct concern_clock *k = &from->clocks[i];
        struct concern_clock *clock = runs(k) && !known(c, k->due) ? room(c, k->due) : NULL;
        if (clock)
            *clock = *k;
        if (runs(k))
            k->met = now;
    }
}

void clocks_part_promises(const struct concern *c, struct concern *from)
{
    size_t kept = 0;

    for (size_t i = 0; i < from->nclocks; i++) {
        const struct concern_clock k = from->clocks[i];
        bool theirs = false;
        for (size_t j = 0; j < c->nclocks && runs(&k); j++)
            theirs = theirs || (runs(&c->clocks[j]) && clocks_same_promise(&c->clocks[j], &k));
        if (!theirs)
            from->clocks[kept++] = k;
    }
    from->nclocks = kept;
}

static void keep(struct concern *c, bool which(const struct concern_clock *clock))
{
    size_t kept = 0;

    for (size_t i = 0; i < c->nclocks; i++)
        if (which(&c->clocks[i]))
            c->clocks[kept++] = c->clocks[i];
    c->nclocks = kept;
}

static bool is_other(const struct concern_clock *clock)
{
    return clock->act != ACT_PROMISE;
}

static bool holds_on(const struct concern_clock *clock)
{
    return runs(clock) || (clock->act != ACT_PROMISE && !clock->shelved);
}

void clocks_drop_promises(struct concern *c)
{
    keep(c, is_other);
}

void clocks_keep_running_promises(struct concern *c)
{
    keep(c, runs);
}

void clocks_drop_over(struct concern *c)
{
    keep(c, holds_on);
}

void clocks_keep_promise(struct concern *c, int64_t now)
{
    const struct concern_clock *first = clocks_running(c, ACT_PROMISE);

    if (first)
        c->clocks[first - c->clocks].met = now;
}
