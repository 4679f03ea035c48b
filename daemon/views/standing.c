#include "daemon/views/standing.h"

#include <stdlib.h>
#include <string.h>

#include "alerts/deadlines/clocks.h"
#include "base/err.h"

/* What puts 重大 ones before all others: more milliseconds than any time has. */
#define GRAVER (INT64_C(1) << 60)
enum { NONE = UINT16_MAX };

struct entry {
    uint64_t id;
    int64_t key;
    uint8_t state, nunits;
    bool overdue;
    uint16_t topic, units[PARTIES_MAX + 1]; /* in names */
};

struct name {
    char text[SLUG_MAX];
    size_t open, overdue; /* of this topic */
};

struct standing {
    struct entry *list;        /* by id */
    struct standing_row *rows; /* by key, then id */
    size_t count, cap;
    struct name *names; /* of topics and units; as many as there ever were */
    size_t nnames;
};

struct standing *standing_new(void)
{
    return calloc(1, sizeof(struct standing));
}

void standing_forget(struct standing *s)
{
    s->count = 0;
    for (size_t i = 0; i < s->nnames; i++)
        s->names[i].open = s->names[i].overdue = 0;
}

void standing_free(struct standing *s)
{
    if (!s)
        return;
    free(s->list);
    free(s->rows);
    free(s->names);
    free(s);
}

size_t standing_count(const struct standing *s)
{
    return s->count;
}

/* Where it stands in names; their number when it does not. */
static size_t look_up(const struct standing *s, const char *name)
{
    size_t i = 0;

    while (i < s->nnames && strcmp(s->names[i].text, name) != 0)
        i++;
    return i;
}

static int name_of(struct standing *s, const char *name, uint16_t *out)
{
    size_t i = look_up(s, name);

    if (i == NONE)
        return ERR_NOMEM;
    if (i == s->nnames) {
        struct name *more = reallocarray(s->names, i + 1, sizeof *more);
        if (!more)
            return ERR_NOMEM;
        s->names = more;
        s->names[i] = (struct name){0};
        memcpy(s->names[i].text, name, strlen(name) + 1);
        s->nnames++;
    }
    *out = (uint16_t)i;
    return 0;
}

static int64_t key_of(const struct concern *c)
{
    bool any = false;
    int64_t next = c->due;

    for (size_t i = 0; i < c->nclocks; i++)
        if (!c->clocks[i].met && (!any || c->clocks[i].due < next)) {
            next = c->clocks[i].due;
            any = true;
        }
    return clocks_grade(c) >= GRADE_MAJOR ? next - GRAVER : next;
}

static bool is_overdue(const struct concern *c)
{
    bool overdue = false;

    for (size_t i = 0; i < c->nclocks; i++)
        overdue = overdue || (!c->clocks[i].met && c->clocks[i].stage == STAGE_OVERDUE);
    return overdue;
}

/* Where a row with this key stands, or would. */
static size_t row_at(const struct standing *s, int64_t key, uint64_t id)
{
    size_t low = 0, high = s->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct standing_row *r = &s->rows[middle];
        if (r->key < key || (r->key == key && r->id < id))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t entry_at(const struct standing *s, uint64_t id)
{
    size_t low = 0, high = s->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->list[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void standing_drop(struct standing *s, uint64_t id)
{
    size_t at = entry_at(s, id);

    if (at == s->count || s->list[at].id != id)
        return;
    size_t row = row_at(s, s->list[at].key, id);
    struct name *topic = &s->names[s->list[at].topic];
    topic->open--;
    topic->overdue -= s->list[at].overdue;
    s->count--;
    memmove(&s->list[at], &s->list[at + 1], (s->count - at) * sizeof *s->list);
    memmove(&s->rows[row], &s->rows[row + 1], (s->count - row) * sizeof *s->rows);
}

static int make_room(struct standing *s)
{
    size_t cap = s->cap ? 2 * s->cap : 256;

    if (s->count < s->cap)
        return 0;
    struct entry *list = reallocarray(s->list, cap, sizeof *list);
    if (list)
        s->list = list;
    struct standing_row *rows = list ? reallocarray(s->rows, cap, sizeof *rows) : NULL;
    if (!rows)
        return ERR_NOMEM;
    s->rows = rows;
    s->cap = cap;
    return 0;
}

static int fill(struct standing *s, const struct concern *c, struct entry *e)
{
    struct concern_party parties[PARTIES_MAX];
    size_t n = concern_parties(c, parties);
    int err = name_of(s, c->topic, &e->topic);

    e->id = c->id;
    e->key = key_of(c);
    e->state = (uint8_t)c->state;
    e->overdue = is_overdue(c);
    err = err ? err : name_of(s, c->unit, &e->units[e->nunits++]);
    for (size_t i = 0; i < n && !err; i++)
        if (concern_involves(c, parties[i].unit))
            err = name_of(s, parties[i].unit, &e->units[e->nunits++]);
    return err;
}

int standing_put(struct standing *s, const struct concern *c)
{
    struct entry e = {0};

    standing_drop(s, c->id);
    if (c->state == CONCERN_CLOSED)
        return 0;
    int err = fill(s, c, &e);
    err = err ? err : make_room(s);
    if (err)
        return err;
    size_t at = entry_at(s, e.id), row = row_at(s, e.key, e.id);
    memmove(&s->list[at + 1], &s->list[at], (s->count - at) * sizeof *s->list);
    memmove(&s->rows[row + 1], &s->rows[row], (s->count - row) * sizeof *s->rows);
    s->list[at] = e;
    s->rows[row] = (struct standing_row){e.key, e.id};
    s->count++;
    s->names[e.topic].open++;
    s->names[e.topic].overdue += e.overdue;
    return 0;
}

void standing_topics(const struct standing *s, standing_topic *each, void *arg)
{
    for (size_t i = 0; i < s->nnames; i++)
        if (s->names[i].open)
            each(arg, s->names[i].text, s->names[i].open, s->names[i].overdue);
}

static bool fits(const struct entry *e, const struct standing_query *q, size_t topic, size_t unit)
{
    bool its = !q->unit;

    for (size_t i = 0; i < e->nunits && !its; i++)
        its = e->units[i] == unit;
    return its && (!q->topic || e->topic == topic) && (q->state < 0 || e->state == q->state);
}

size_t standing_page(const struct standing *s, const struct standing_query *q,
                     struct standing_row *out)
{
    size_t topic = q->topic ? look_up(s, q->topic) : 0, unit = q->unit ? look_up(s, q->unit) : 0;
    size_t n = 0, at = q->after_id ? row_at(s, q->after_key, q->after_id) : 0;

    if (at < s->count && q->after_id && s->rows[at].id == q->after_id &&
        s->rows[at].key == q->after_key)
        at++;
    for (; at < s->count && n < q->limit; at++)
        if (fits(&s->list[entry_at(s, s->rows[at].id)], q, topic, unit))
            out[n++] = s->rows[at];
    return n;
}
