/* 无需回应, once it is decided, says of the concern's items what the workbench learns from: marks. */
#include "base/err.h"
#include "daemon/batch_state.h"

enum { ITEMS_MOST = 64 }; /* of a concern: its further ones are mostly copies */

/* An advertisement is no matter of that topic at all. Of another place's matter the topic is right,
 * while nobody looked at more; old news and official notices tell of a matter, nobody raises it. */
static const struct {
    enum store_aspect aspect;
    uint8_t value;
} says[DISMISSALS] = {
    [DISMISSAL_ADVERTISEMENT] = {STORE_MARK_VERDICT, 0},
    [DISMISSAL_ELSEWHERE] = {STORE_MARK_TOPIC, 0},
    [DISMISSAL_OLD_NEWS] = {STORE_MARK_KIND, VERDICT_REPORTED},
    [DISMISSAL_NOTICE] = {STORE_MARK_KIND, VERDICT_REPORTED},
};

struct items {
    unsigned char idents[ITEMS_MOST][STORE_IDENT];
    size_t n;
};

static int take(void *arg, const struct store_item *item)
{
    struct items *list = arg;

    if (list->n < ITEMS_MOST)
        memcpy(list->idents[list->n++], item->ident, STORE_IDENT);
    return 0;
}

struct marking {
    struct store_mark mark;
    const char *topic; /* the concern's */
    bool there;        /* somebody said so, or otherwise, before */
};

static int see(void *arg, const struct store_mark *stored)
{
    struct marking *m = arg;

    m->there = stored->aspect == m->mark.aspect &&
               !memcmp(stored->ident, m->mark.ident, STORE_IDENT);
    return 0;
}

static int fill(void *arg, const struct store_item *item)
{
    struct marking *m = arg;
    bool verdict = m->mark.aspect == STORE_MARK_VERDICT;

    m->mark.rules = item->rules;
    if (verdict && item->topic.n < SLUG_MAX)
        memcpy(m->mark.topic, item->topic.p, item->topic.n);
    if (m->mark.aspect == STORE_MARK_TOPIC)
        memcpy(m->mark.topic, m->topic, SLUG_MAX);
    return 0;
}

/* What a person said of the item itself stays as it is. */
static int add(struct batch *b, struct marking *m)
{
    const struct store_item *here = batch_items_find(b, m->mark.ident);
    int err = store_each_mark(b->conf.store, &m->mark, 1, see, m);

    for (size_t i = 0; i < b->nmarks; i++)
        m->there = m->there || (b->marks[i].aspect == m->mark.aspect &&
                                !memcmp(b->marks[i].ident, m->mark.ident, STORE_IDENT));
    if (err || m->there)
        return err;
    err = here ? fill(m, here) : store_item(b->conf.store, m->mark.ident, fill, m);
    if (!err)
        b->marks[b->nmarks++] = m->mark;
    return err == ERR_NOTFOUND ? 0 : err; /* gone by now */
}

/* The room that the batch's own marks have stays theirs. */
static int make_room(struct batch *b, size_t more)
{
    size_t room = b->marks_room + more;
    struct store_mark *marks = arena_alloc(b->arena, room, sizeof *marks);

    if (!marks)
        return ERR_NOMEM;
    memcpy(marks, b->marks, b->nmarks * sizeof *marks);
    b->marks = marks;
    b->marks_room = room;
    return 0;
}

int batch_state_dismissed(struct batch *b, const struct event *e)
{
    struct items *list = arena_alloc(b->arena, 1, sizeof *list);
    struct marking m;

    if (e->code == DISMISSAL_NONE || e->code >= DISMISSALS)
        return 0;
    int err = list ? store_each_member(b->conf.store, e->concern, take, list) : ERR_NOMEM;
    for (size_t i = 0; !err && i < b->nitems; i++)
        if (b->items[i].concern == e->concern)
            take(list, &b->items[i]);
    if (!err)
        err = make_room(b, list->n);
    for (size_t i = 0; !err && i < list->n; i++) {
        m = (struct marking){.topic = e->topic,
                             .mark = {.aspect = (uint8_t)says[e->code].aspect,
                                      .value = says[e->code].value, .at = b->now}};
        memcpy(m.mark.ident, list->idents[i], STORE_IDENT);
        err = add(b, &m);
    }
    return err;
}
