/* Candidates out of the index, checked against the store. */
#include <stdlib.h>

#include "base/err.h"
#include "store/search/search_state.h"

enum {
    EXAMINED_MAX = 2000 /* items looked at for one page */
};

/* What one segment found, from its newest document down. Segments overlap: the documents of a page
 * come from several. A segment is asked only when its newest could be the next. */
struct source_of {
    const struct segment *segment;
    bool asked;
    uint64_t *numbers;
    size_t left;
};

struct finder {
    sqlite3 *db;
    const struct search_query *query;
    struct segment *segments;
    struct source_of *sources;
    int count;
    /* Of the page: */
    int (*each)(void *arg, const struct store_item *item, const struct search_hit *hits, size_t n);
    void *arg;
    size_t given;
};

static int ask_segment(struct finder *f, struct source_of *s)
{
    const struct grams *g = &f->query->words->grams;
    struct segment_doc *docs = NULL;
    uint32_t *ids = NULL;
    int n = segment_find(f->db, s->segment, g->list, g->n, &ids);
    int err = n < 0 ? n : n ? segment_docs(f->db, s->segment, &docs) : 0;

    s->asked = true;
    if (!err && n && !(s->numbers = calloc((size_t)n, sizeof *s->numbers)))
        err = ERR_NOMEM;
    for (int i = 0; i < n && !err; i++)
        if (!f->query->before || docs[ids[i]].number < f->query->before)
            s->numbers[s->left++] = docs[ids[i]].number;
    free(ids);
    free(docs);
    return err;
}

/* The next candidate: 1, 0 when there is none, or negative err. */
static int next_number(struct finder *f, uint64_t *number)
{
    for (;;) {
        struct source_of *best = NULL;
        uint64_t highest = 0;
        for (int i = 0; i < f->count; i++) {
            struct source_of *s = &f->sources[i];
            uint64_t head = !s->asked ? s->segment->last : s->left ? s->numbers[s->left - 1] : 0;
            if (head > highest || (head && head == highest && !s->asked)) {
                highest = head;
                best = s;
            }
        }
        if (!best)
            return 0;
        if (best->asked) {
            best->left--;
            *number = highest;
            return 1;
        }
        int err = ask_segment(f, best);
        if (err)
            return err;
    }
}

static int consider(void *arg, const struct store_item *item)
{
    struct finder *f = arg;
    const struct search_query *q = f->query;
    struct search_hit hits[SEARCH_HITS];

    if (item->found < q->since || (q->topic && !str_is(item->topic, q->topic)) ||
        (!item->title.n && !item->text.n))
        return 0;
    int n = search_words_match(q->words, item, hits);
    if (n <= 0)
        return n;
    f->given++;
    return f->each(f->arg, item, hits, (size_t)n);
}

static int fill_page(struct finder *f, struct store *store, struct search_page *page)
{
    uint64_t number = 0, last = 0;
    size_t examined = 0;
    int more, err = 0;

    while ((more = next_number(f, &number)) > 0) {
        if (number == last)
            continue;
        if (f->given == f->query->limit || examined++ == EXAMINED_MAX) {
            page->next = last;
            break;
        }
        err = store_numbered(store, number, consider, f);
        if (err && err != ERR_NOTFOUND)
            return err;
        last = number;
    }
    return more < 0 ? more : 0;
}

/* An index that is being made has no tables yet: that is no damage. */
static int identify(struct finder *f, struct store *store, struct search_page *page)
{
    struct store_counts counts;
    struct store_tail tail = {0};
    uint64_t event = 0;
    int err = search_file_identify(f->db, store_epoch(store), &tail, &event);

    if (!err)
        err = store_counts(store, &counts);
    if (!err)
        page->behind = counts.items > tail.item ? counts.items - tail.item : 0;
    return err;
}

int search_find(const char *path, struct store *store, const struct search_query *query,
                int (*each)(void *arg, const struct store_item *item, const struct search_hit *hits,
                            size_t nhits),
                void *arg, struct search_page *page)
{
    struct finder f = {.query = query, .each = each, .arg = arg};
    int err = search_file_read(path, &f.db);

    *page = (struct search_page){0};
    if (!err)
        err = identify(&f, store, page);
    int n = err ? err : segment_list(f.db, &f.segments);
    f.count = n > 0 ? n : 0;
    err = n < 0 ? n : 0;
    if (!err && !(f.sources = calloc((size_t)f.count + 1, sizeof *f.sources)))
        err = ERR_NOMEM;
    for (int i = 0; i < f.count && !err; i++)
        f.sources[i] = (struct source_of){.segment = &f.segments[i],
                                          .asked = f.segments[i].kind == SEGMENT_CONCERNS};
    if (!err)
        err = fill_page(&f, store, page);
    for (int i = 0; i < f.count && f.sources; i++)
        free(f.sources[i].numbers);
    free(f.sources);
    free(f.segments);
    sqlite3_close(f.db);
    return err;
}
