/* 无需回应, once it is decided, says of the concern's items what the workbench learns from: marks.
 * They are taken back when the concern is reopened. */
#include "base/err.h"
#include "daemon/ledger/batch_state.h"

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
    bool back;         /* this batch took back what its dismissal before this one said: `was` */
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
    if (m->mark.aspect == STORE_MARK_KIND && !m->back)
        m->mark.was = item->kind;
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

    for (size_t i = 0; i < b->nmarks; i++) {
        const struct store_mark *newer = &b->marks[i];
        if (newer->aspect != m->mark.aspect || memcmp(newer->ident, m->mark.ident, STORE_IDENT))
            continue;
        m->there = !newer->drop;
        m->back = newer->drop;
        m->mark.was = newer->was;
    }
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
                                      .value = says[e->code].value, .at = b->now,
                                      .concern = e->concern}};
        memcpy(m.mark.ident, list->idents[i], STORE_IDENT);
        err = add(b, &m);
    }
    return err;
}

/* What a reopened concern's dismissal said of one item. */
struct taking {
    unsigned char ident[STORE_IDENT];
    uint64_t concern;
    struct store_mark back[STORE_ASPECTS];
    size_t n;
};

static int see_own(void *arg, const struct store_mark *stored)
{
    struct taking *t = arg;

    if (stored->concern == t->concern && !memcmp(stored->ident, t->ident, STORE_IDENT))
        t->back[t->n++] = *stored;
    return 0;
}

static int take_ident(void *arg, const struct store_item *item)
{
    return buf_add(arg, item->ident, STORE_IDENT);
}

/* Of what this batch says by now of the same item and aspect the last counts. */
static bool is_said_anew(const struct batch *b, const struct store_mark *mark)
{
    for (size_t i = 0; i < b->nmarks; i++)
        if (b->marks[i].aspect == mark->aspect &&
            !memcmp(b->marks[i].ident, mark->ident, STORE_IDENT))
            return true;
    return false;
}

static int take_back(struct batch *b, struct taking *t)
{
    struct store_mark from = {0};

    t->n = 0;
    memcpy(from.ident, t->ident, STORE_IDENT);
    int err = store_each_mark(b->conf.store, &from, STORE_ASPECTS, see_own, t);
    if (!err)
        err = make_room(b, t->n);
    for (size_t i = 0; !err && i < t->n; i++) {
        if (is_said_anew(b, &t->back[i]))
            continue;
        struct store_mark *mark = &b->marks[b->nmarks++];
        *mark = t->back[i];
        mark->drop = true;
        mark->source = mark->item_topic = mark->title = mark->text = STR_NONE;
    }
    return err;
}

int batch_state_reopened(struct batch *b, const struct event *e)
{
    struct taking t = {.concern = e->concern};
    struct buf idents = BUF_INIT;
    int err = store_each_member(b->conf.store, e->concern, take_ident, &idents);

    for (size_t i = 0; i < b->nmarks; i++) /* it was dismissed in this very batch */
        if (b->marks[i].concern == e->concern)
            b->marks[i].drop = true;
    for (size_t at = 0; !err && at < idents.len; at += STORE_IDENT) {
        memcpy(t.ident, idents.data + at, STORE_IDENT);
        err = take_back(b, &t);
    }
    buf_free(&idents);
    return err;
}
