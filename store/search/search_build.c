/* New documents into new segments. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "store/search/search_state.h"

enum {
    BRIEF_DAYS = 31,
    READ_MAX = STORE_TAIL_MAX
};
#define NOWHERE UINT32_MAX

struct reading {
    struct search_intake *in;
    uint64_t seen; /* numbers up to here were read before */
    struct fold fold;
    struct buf whole;
};

static int take(void *arg, const struct store_words *w)
{
    struct reading *r = arg;
    struct search_intake *in = r->in;
    bool words = w->title.n || w->text.n;

    in->docs[in->n] = (struct segment_doc){w->item, words ? w->expires : 0};
    if (w->item <= r->seen)
        in->dead[in->ndead++] = w->item;
    buf_reset(&r->whole);
    buf_add_str(&r->whole, w->title);
    buf_add_char(&r->whole, '\n');
    buf_add_str(&r->whole, w->text);
    int err = buf_ok(&r->whole) ? 0 : ERR_NOMEM;
    if (!err && words)
        err = fold_text(buf_str(&r->whole), w->title.n, &r->fold);
    if (!err && words)
        err = grams_add(&in->grams, r->fold.cp, r->fold.n, (uint32_t)in->n);
    in->n += !err;
    return err;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

int search_read(struct search *x, struct store_tail *tail, struct search_intake *in)
{
    struct reading r = {.in = in, .seen = tail->item};

    *in = (struct search_intake){.grams = GRAMS_INIT};
    in->docs = calloc(READ_MAX, sizeof *in->docs);
    in->dead = calloc(READ_MAX, sizeof *in->dead);
    int n = in->docs && in->dead ? store_words_after(x->store, tail, READ_MAX, take, &r)
                                 : ERR_NOMEM;
    fold_free(&r.fold);
    buf_free(&r.whole);
    if (n > 0)
        qsort(in->dead, in->ndead, sizeof *in->dead, by_number);
    return n;
}

void search_intake_free(struct search_intake *in)
{
    grams_free(&in->grams);
    free(in->docs);
    free(in->dead);
    *in = (struct search_intake){0};
}

/* What becomes of the documents that were read. */
struct plan {
    struct segment_doc *docs[SEGMENT_KINDS]; /* by number */
    size_t n[SEGMENT_KINDS];
    uint32_t *place; /* of each that was read: in its segment, or NOWHERE */
    uint8_t *kind; /* enum segment_kind */
    uint32_t *ids[SEGMENT_KINDS]; /* scratch: of one gram */
};

struct ordered {
    uint64_t number;
    uint32_t read;
};

static int by_number_then_read(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;

    return x->number != y->number ? (x->number > y->number) - (x->number < y->number)
                                  : (x->read > y->read) - (x->read < y->read);
}

/* Of an item that was read twice the later words count. */
static int make_plan(const struct search_intake *in, int64_t now, struct plan *p)
{
    struct ordered *order = calloc(in->n + 1, sizeof *order);
    bool ok = order != NULL;

    *p = (struct plan){.place = calloc(in->n + 1, sizeof *p->place),
                       .kind = calloc(in->n + 1, sizeof *p->kind)};
    ok = ok && p->place && p->kind;
    for (int k = 0; k < SEGMENT_KINDS; k++) {
        p->docs[k] = calloc(in->n + 1, sizeof *p->docs[k]);
        p->ids[k] = calloc(in->n + 1, sizeof *p->ids[k]);
        ok = ok && p->docs[k] && p->ids[k];
    }
    for (uint32_t i = 0; ok && i < in->n; i++)
        order[i] = (struct ordered){in->docs[i].number, i};
    if (ok)
        qsort(order, in->n, sizeof *order, by_number_then_read);
    for (size_t i = 0; ok && i < in->n; i++) {
        const struct segment_doc *d = &in->docs[order[i].read];
        bool last = i + 1 == in->n || order[i + 1].number != order[i].number;
        uint8_t kind = in->concerns                                    ? SEGMENT_CONCERNS
                       : d->expires - now <= BRIEF_DAYS * CLOCK_DAY ? SEGMENT_BRIEF
                                                                    : SEGMENT_LASTING;
        p->place[order[i].read] = NOWHERE;
        if (!last || d->expires <= now)
            continue;
        p->kind[order[i].read] = kind;
        p->place[order[i].read] = (uint32_t)p->n[kind];
        p->docs[kind][p->n[kind]++] = *d;
    }
    free(order);
    return ok ? 0 : ERR_NOMEM;
}

static void drop_plan(struct plan *p)
{
    for (int k = 0; k < SEGMENT_KINDS; k++) {
        free(p->docs[k]);
        free(p->ids[k]);
    }
    free(p->place);
    free(p->kind);
}

static int rising(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* The documents of list[from, to), all of one gram. */
static int put_gram(const struct plan *p, const uint64_t *list, size_t n,
                    struct segment_writer *writers)
{
    size_t count[SEGMENT_KINDS] = {0};
    bool sorted[SEGMENT_KINDS] = {true, true};
    int err = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t read = list[i] & (GRAMS_DOCS - 1), at = p->place[read];
        uint8_t k = p->kind[read];
        if (at == NOWHERE)
            continue;
        sorted[k] = sorted[k] && (!count[k] || p->ids[k][count[k] - 1] < at);
        p->ids[k][count[k]++] = at;
    }
    for (int k = 0; k < SEGMENT_KINDS && !err; k++) {
        if (!sorted[k])
            qsort(p->ids[k], count[k], sizeof *p->ids[k], rising);
        if (count[k])
            err = segment_put(&writers[k], list[0] >> GRAMS_DOC_BITS, p->ids[k], count[k]);
    }
    return err;
}

static int write_plan(struct search *x, const struct plan *p, const struct grams *g,
                      int64_t *next_id)
{
    struct segment_writer writers[SEGMENT_KINDS] = {0};
    struct segment written;
    int err = 0;

    for (int k = 0; k < SEGMENT_KINDS && !err; k++)
        if (p->n[k])
            err = segment_begin(&writers[k], x->db, (*next_id)++);
    for (size_t from = 0, to; from < g->n && !err; from = to) {
        for (to = from + 1; to < g->n; to++)
            if (g->list[to] >> GRAMS_DOC_BITS != g->list[from] >> GRAMS_DOC_BITS)
                break;
        err = put_gram(p, g->list + from, to - from, writers);
    }
    for (int k = 0; k < SEGMENT_KINDS && !err; k++)
        if (p->n[k])
            err = segment_end(&writers[k], (enum segment_kind)k, p->docs[k], p->n[k], &written);
    for (int k = 0; k < SEGMENT_KINDS; k++)
        segment_abandon(&writers[k]);
    return err;
}

int search_add(struct search *x, struct search_intake *in, int64_t now, int64_t *next_id)
{
    struct plan p;
    int err = make_plan(in, now, &p);

    if (!err)
        err = grams_sort(&in->grams);
    if (!err)
        err = write_plan(x, &p, &in->grams, next_id);
    drop_plan(&p);
    return err;
}
