/* What people say of verdicts. */
#include "base/err.h"
#include "daemon/batch_state.h"

/* What a mark needs to know of its item. */
struct marked {
    struct store_mark *mark;
    uint64_t concern;
    bool same; /* as what is stored already */
};

static int take_item(void *arg, const struct store_item *item)
{
    struct marked *m = arg;
    bool fits = item->topic.n < SLUG_MAX;

    m->concern = item->concern;
    m->mark->rules = item->rules;
    if (m->mark->aspect == STORE_MARK_VERDICT && item->topic.n && fits)
        memcpy(m->mark->topic, item->topic.p, item->topic.n);
    return 0;
}

static bool equal(const struct store_mark *a, const struct store_mark *b)
{
    return a->aspect == b->aspect && a->value == b->value && a->rules == b->rules &&
           !memcmp(a->ident, b->ident, STORE_IDENT) && !strcmp(a->topic, b->topic);
}

static int compare(void *arg, const struct store_mark *stored)
{
    struct marked *m = arg;

    m->same = equal(stored, m->mark);
    return 0;
}

/* An item of this very batch is newer than the stored one. */
static int look_up(struct batch *b, struct marked *m)
{
    const struct store_item *here = batch_items_find(b, m->mark->ident);
    int err = here ? take_item(m, here) : store_item(b->conf.store, m->mark->ident, take_item, m);

    if (!err)
        err = store_each_mark(b->conf.store, m->mark, 1, compare, m);
    for (size_t i = 0; i < b->nmarks; i++)
        if (b->marks[i].aspect == m->mark->aspect &&
            !memcmp(b->marks[i].ident, m->mark->ident, STORE_IDENT))
            m->same = equal(&b->marks[i], m->mark);
    return err;
}

int batch_mark(struct batch *b, const struct store_mark *asked, int *status, uint64_t *seq)
{
    struct store_mark *mark = &b->marks[b->nmarks];
    struct marked m = {.mark = mark};
    size_t before = b->changes.nevents;

    *seq = 0;
    *mark = (struct store_mark){.aspect = asked->aspect, .value = asked->value, .at = b->now};
    memcpy(mark->ident, asked->ident, STORE_IDENT);
    memcpy(mark->topic, asked->topic, SLUG_MAX);
    *status = look_up(b, &m);
    if (*status == ERR_NOMEM)
        return ERR_NOMEM;
    if (*status || m.same)
        return 0;
    b->nmarks++;
    if (mark->aspect != STORE_MARK_REQUEST || !m.concern)
        return 0;
    int err = desk_request(b->desk, m.concern, (enum verdict_request)mark->value, b->now,
                           &b->changes);
    if (b->changes.nevents > before)
        *seq = b->changes.events[before].seq;
    return err;
}

void batch_marks_apply(const struct batch *b, struct store_item *item)
{
    for (size_t i = 0; i < b->nmarks; i++) {
        const struct store_mark *m = &b->marks[i];
        if (memcmp(m->ident, item->ident, STORE_IDENT))
            continue;
        if (m->aspect == STORE_MARK_REQUEST) {
            item->request = m->value;
            item->marked |= STORE_MARKED_REQUEST;
        }
        if (m->aspect == STORE_MARK_KIND) {
            item->kind = m->value;
            item->marked |= STORE_MARKED_KIND;
        }
    }
}
