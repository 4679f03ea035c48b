/* What people say of verdicts. */
#include "base/err.h"
#include "daemon/ledger/batch_state.h"

enum { MEMBERS_MOST = 512 }; /* items of a concern, of which a majority is counted */

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
           a->concern == b->concern && a->drop == b->drop &&
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

/* The items of a concern, the first found first. */
struct members {
    unsigned char idents[MEMBERS_MOST][STORE_IDENT];
    size_t n;
};

static int take_member(void *arg, const struct store_item *item)
{
    struct members *m = arg;

    if (m->n < MEMBERS_MOST)
        memcpy(m->idents[m->n++], item->ident, STORE_IDENT);
    return 0;
}

struct sought {
    const struct store_mark *mark;
    bool found;
};

static int is_sought(void *arg, const struct store_mark *stored)
{
    struct sought *s = arg;

    s->found = stored->aspect == s->mark->aspect && !strcmp(stored->topic, s->mark->topic) &&
               !memcmp(stored->ident, s->mark->ident, STORE_IDENT);
    return 0;
}

/* Does somebody say of this item what the mark says? Marks of this batch are newer than stored
 * ones. */
static int says(struct batch *b, const unsigned char *ident, const struct store_mark *mark,
                bool *yes)
{
    struct store_mark of = *mark;
    struct sought sought = {&of, false};
    int err = 0;
    size_t i = b->nmarks;

    memcpy(of.ident, ident, STORE_IDENT);
    while (i > 0 && (b->marks[i - 1].aspect != mark->aspect ||
                     memcmp(b->marks[i - 1].ident, ident, STORE_IDENT)))
        i--;
    if (i > 0)
        sought.found = !b->marks[i - 1].drop && !strcmp(b->marks[i - 1].topic, mark->topic);
    else
        err = store_each_mark(b->conf.store, &of, 1, is_sought, &sought);
    *yes = sought.found;
    return err;
}

/* The first item is what the concern is about; else what most of its items are said to be. */
static int is_of_concern(struct batch *b, uint64_t concern, const struct store_mark *mark,
                         bool *yes)
{
    struct members *m = arena_alloc(b->arena, 1, sizeof *m);
    size_t said = 0;
    int err = m ? 0 : ERR_NOMEM;

    if (!err) {
        m->n = 0;
        err = store_each_member(b->conf.store, concern, take_member, m);
    }
    *yes = !err && (!m->n || !memcmp(m->idents[0], mark->ident, STORE_IDENT));
    for (size_t i = 0; !err && !*yes && i < m->n; i++) {
        bool same;
        err = says(b, m->idents[i], mark, &same);
        said += !err && same;
    }
    if (!err && !*yes)
        *yes = 2 * said > m->n;
    return err;
}

static int correct_topic(struct batch *b, uint64_t concern, const struct store_mark *mark)
{
    bool yes;
    int err = is_of_concern(b, concern, mark, &yes);

    if (err || !yes)
        return err;
    return desk_topic(b->desk, concern, str_from(mark->topic), b->now, &b->changes);
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
    int err = 0;
    if (mark->aspect == STORE_MARK_REQUEST && m.concern)
        err = desk_request(b->desk, m.concern, (enum verdict_request)mark->value, b->now,
                           &b->changes);
    if (mark->aspect == STORE_MARK_TOPIC && m.concern)
        err = correct_topic(b, m.concern, mark);
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
        uint8_t value = m->drop ? m->was : m->value, flag = 0;
        if (m->aspect == STORE_MARK_REQUEST) {
            item->request = value;
            flag = STORE_MARKED_REQUEST;
        }
        if (m->aspect == STORE_MARK_KIND) {
            item->kind = value;
            flag = STORE_MARKED_KIND;
        }
        item->marked = (uint8_t)((item->marked & ~flag) | (m->drop ? 0 : flag));
    }
}
