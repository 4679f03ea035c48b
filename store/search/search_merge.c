/* Segments into one: to keep them few, and to take documents out. */
#include <stdlib.h>

#include "base/err.h"
#include "store/search/search_state.h"

#define NOWHERE UINT32_MAX

struct part {
    struct segment_doc *docs;
    uint32_t count;
    uint32_t *place; /* of each document: in the new segment, or NOWHERE */
    struct segment_reader reader;
    bool more;       /* the reader stands on a gram */
};

struct merger {
    struct part *parts;
    size_t n;
    struct segment_doc *docs; /* of the new segment */
    size_t ndocs;
    uint32_t *ids; /* of one gram */
};

struct ordered {
    uint64_t number;
    uint32_t part, at;
};

static int by_number(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;

    return (x->number > y->number) - (x->number < y->number);
}

static int compare_dead(const void *key, const void *number)
{
    uint64_t x = *(const uint64_t *)key, y = *(const uint64_t *)number;

    return (x > y) - (x < y);
}

static bool is_dead(const struct search_intake *in, uint64_t number)
{
    return in->ndead && bsearch(&number, in->dead, in->ndead, sizeof *in->dead, compare_dead);
}

/* Who lives on, and where. */
static int choose(struct merger *m, const struct search_intake *in, int64_t now)
{
    size_t total = 0, n = 0;

    for (size_t p = 0; p < m->n; p++)
        total += m->parts[p].count;
    struct ordered *order = calloc(total + 1, sizeof *order);
    m->docs = calloc(total + 1, sizeof *m->docs);
    m->ids = calloc(total + 1, sizeof *m->ids);
    if (!order || !m->docs || !m->ids) {
        free(order);
        return ERR_NOMEM;
    }
    for (uint32_t p = 0; p < m->n; p++)
        for (uint32_t i = 0; i < m->parts[p].count; i++)
            order[n++] = (struct ordered){m->parts[p].docs[i].number, p, i};
    qsort(order, n, sizeof *order, by_number);
    for (size_t i = 0; i < n; i++) {
        struct part *part = &m->parts[order[i].part];
        const struct segment_doc *d = &part->docs[order[i].at];
        bool lives = d->expires > now && !is_dead(in, d->number) &&
                     (!m->ndocs || m->docs[m->ndocs - 1].number != d->number);
        part->place[order[i].at] = lives ? (uint32_t)m->ndocs : NOWHERE;
        if (lives)
            m->docs[m->ndocs++] = *d;
    }
    free(order);
    return 0;
}

static int open_parts(struct search *x, const struct segment *const *list, struct merger *m)
{
    int err = 0;

    for (size_t p = 0; p < m->n && !err; p++) {
        struct part *part = &m->parts[p];
        part->count = list[p]->count;
        part->place = calloc((size_t)part->count + 1, sizeof *part->place);
        err = part->place ? segment_docs(x->db, list[p], &part->docs) : ERR_NOMEM;
        if (!err)
            err = segment_open(&part->reader, x->db, list[p]);
    }
    return err;
}

static int step(struct part *part)
{
    int found = segment_next(&part->reader);

    part->more = found > 0;
    return found < 0 ? found : 0;
}

static int rising(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* The least gram that a part stands on: false at the end of all. */
static bool least_gram(const struct merger *m, uint64_t *gram)
{
    bool any = false;

    for (size_t p = 0; p < m->n; p++) {
        const struct part *part = &m->parts[p];
        if (part->more && (!any || part->reader.gram < *gram)) {
            *gram = part->reader.gram;
            any = true;
        }
    }
    return any;
}

static int put_gram(struct merger *m, uint64_t gram, struct segment_writer *w)
{
    bool sorted = true;
    size_t n = 0;
    int err = 0;

    for (size_t p = 0; p < m->n && !err; p++) {
        struct part *part = &m->parts[p];
        if (!part->more || part->reader.gram != gram)
            continue;
        for (uint32_t i = 0; i < part->reader.count; i++) {
            uint32_t at = part->place[part->reader.ids[i]];
            if (at == NOWHERE)
                continue;
            sorted = sorted && (!n || m->ids[n - 1] < at);
            m->ids[n++] = at;
        }
        err = step(part);
    }
    if (!sorted)
        qsort(m->ids, n, sizeof *m->ids, rising);
    return err || !n ? err : segment_put(w, gram, m->ids, n);
}

static int write_merged(struct search *x, struct merger *m, enum segment_kind kind,
                        int64_t id)
{
    struct segment_writer w;
    struct segment written;
    uint64_t gram = 0;
    int err = segment_begin(&w, x->db, id);

    for (size_t p = 0; p < m->n && !err; p++)
        err = step(&m->parts[p]);
    while (!err && least_gram(m, &gram))
        err = put_gram(m, gram, &w);
    if (!err)
        err = segment_end(&w, kind, m->docs, m->ndocs, &written);
    segment_abandon(&w);
    return err;
}

static void free_merger(struct merger *m)
{
    for (size_t p = 0; p < m->n && m->parts; p++) {
        free(m->parts[p].docs);
        free(m->parts[p].place);
        segment_close(&m->parts[p].reader);
    }
    free(m->parts);
    free(m->docs);
    free(m->ids);
}

int search_merge(struct search *x, const struct segment *const *list, size_t n,
                 const struct search_intake *in, int64_t now, int64_t *next_id)
{
    struct merger m = {.parts = calloc(n, sizeof *m.parts), .n = n};
    int err = m.parts ? open_parts(x, list, &m) : ERR_NOMEM;

    if (!err)
        err = choose(&m, in, now);
    if (!err && m.ndocs)
        err = write_merged(x, &m, list[0]->kind, (*next_id)++);
    free_merger(&m); /* a table that is being read cannot be dropped */
    for (size_t i = 0; i < n && !err; i++)
        err = segment_drop(x->db, list[i]);
    return err;
}
