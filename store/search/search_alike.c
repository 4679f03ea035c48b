/* Concerns that may be like one: those that have the rarest of its traits in common. All that have
 * any are weighed; the traits that too many have are passed over, which bounds what it costs. */
#include <stdlib.h>

#include "alerts/group/likeness.h"
#include "base/err.h"
#include "classifiers/likeness/traits.h"
#include "store/search/search_state.h"

enum {
    FEW = 1024, /* of a segment may have a trait, however small it is; */
    SHARE = 4   /* … of a larger one each fourth */
};

/* The concerns of one segment that have one trait. */
struct holders {
    size_t segment, gram, from, count; /* in places[] */
};

struct near {
    uint64_t concern;
    uint32_t worth;
};

struct look {
    sqlite3 *db;
    const struct search_alike *of;
    struct segment *segments;
    size_t nsegments, at; /* the one that is asked */
    uint64_t grams[VERDICT_TRAITS];
    size_t ngrams;
    uint64_t have[VERDICT_TRAITS];   /* concerns that have it */
    uint32_t worth[VERDICT_TRAITS];
    uint64_t concerns;               /* all of them */
    struct buf holders, places;      /* struct holders, by segment; uint32_t */
    struct near *heap;               /* the least telling one first */
    size_t n, max;
};

static int note_holders(void *arg, size_t gram, const uint32_t *ids, size_t count)
{
    struct look *l = arg;
    struct holders h = {l->at, gram, l->places.len / sizeof *ids, count};

    l->have[gram] += count;
    if (!ids)
        return 0;
    buf_add(&l->places, ids, count * sizeof *ids);
    buf_add(&l->holders, &h, sizeof h);
    return buf_ok(&l->places) && buf_ok(&l->holders) ? 0 : ERR_NOMEM;
}

static int ask_segments(struct look *l)
{
    int err = 0;

    for (l->at = 0; l->at < l->nsegments && !err; l->at++) {
        const struct segment *s = &l->segments[l->at];
        if (s->kind != SEGMENT_CONCERNS)
            continue;
        l->concerns += s->count;
        err = segment_each(l->db, s, l->grams, l->ngrams, s->count > FEW * SHARE ? s->count / SHARE
                                                                                 : FEW,
                           note_holders, l);
    }
    return err;
}

/* By the best of the classes that have it, and once more for each halving of those that have it. */
static void weigh(struct look *l)
{
    for (size_t i = 0; i < VERDICT_TRAITS && l->of->traits[i]; i++) {
        uint64_t gram = trait_value(l->of->traits[i]);
        for (size_t k = 0; k < l->ngrams; k++)
            if (l->grams[k] == gram && l->worth[k] < likeness_worth(l->of->traits[i]))
                l->worth[k] = likeness_worth(l->of->traits[i]);
    }
    for (size_t k = 0; k < l->ngrams; k++) {
        unsigned halvings = 0;
        while (l->have[k] && l->have[k] << (halvings + 1) <= l->concerns)
            halvings++;
        l->worth[k] *= 1 + halvings;
    }
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a < b ? b - a : a - b;
}

static bool tells_less(const struct look *l, const struct near *a, const struct near *b)
{
    if (a->worth != b->worth)
        return a->worth < b->worth;
    uint64_t from_a = distance(a->concern, l->of->concern);
    uint64_t from_b = distance(b->concern, l->of->concern);
    return from_a != from_b ? from_a > from_b : a->concern < b->concern;
}

static void sink(struct look *l, size_t at, size_t n)
{
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && tells_less(l, &l->heap[child + 1], &l->heap[child]))
            child++;
        if (!tells_less(l, &l->heap[child], &l->heap[at]))
            return;
        struct near moved = l->heap[at];
        l->heap[at] = l->heap[child];
        l->heap[child] = moved;
    }
}

static void offer(struct look *l, const struct near *found)
{
    if (found->concern == l->of->concern)
        return;
    if (l->n < l->max) {
        l->heap[l->n++] = *found;
        if (l->n == l->max)
            for (size_t i = l->n / 2; i-- > 0;)
                sink(l, i, l->n);
    } else if (tells_less(l, &l->heap[0], found)) {
        l->heap[0] = *found;
        sink(l, 0, l->n);
    }
}

/* Each concern of a segment with what its traits add up to; *h moves behind its holders. */
static int add_up(struct look *l, size_t segment, const struct holders **h,
                  const struct holders *end)
{
    const uint32_t *places = (const uint32_t *)l->places.data;
    struct segment_doc *docs = NULL;
    uint32_t *sums = calloc(l->segments[segment].count, sizeof *sums);
    int err = sums ? segment_docs(l->db, &l->segments[segment], &docs) : ERR_NOMEM;

    for (; *h < end && (*h)->segment == segment; ++*h)
        for (size_t i = 0; i < (*h)->count && !err; i++)
            sums[places[(*h)->from + i]] += l->worth[(*h)->gram];
    for (size_t i = 0; i < l->segments[segment].count && !err; i++)
        if (sums[i])
            offer(l, &(struct near){docs[i].number, sums[i]});
    free(docs);
    free(sums);
    return err;
}

static int choose(struct look *l)
{
    const struct holders *h = (const struct holders *)l->holders.data;
    const struct holders *end = h + l->holders.len / sizeof *h;
    int err = 0;

    while (h < end && !err)
        err = add_up(l, h->segment, &h, end);
    if (l->n < l->max)
        for (size_t i = l->n / 2; i-- > 0;)
            sink(l, i, l->n);
    return err;
}

/* The most telling one first. */
static void give(struct look *l, uint64_t *out)
{
    for (size_t n = l->n; n > 0; n--) {
        out[n - 1] = l->heap[0].concern;
        l->heap[0] = l->heap[n - 1];
        sink(l, 0, n - 1);
    }
}

static int identify(struct look *l, struct store *store, uint64_t *behind)
{
    struct store_tail tail = {0};
    uint64_t event = 0, head = 0;
    int err = search_file_identify(l->db, store_epoch(store), &tail, &event);

    if (!err)
        err = store_read_head(store, &head);
    if (!err)
        *behind = head > event ? head - event : 0;
    return err;
}

int search_alike(const char *path, struct store *store, const struct search_alike *of,
                 uint64_t *out, size_t max, uint64_t *behind)
{
    struct look l = {.of = of, .max = max, .holders = BUF_INIT, .places = BUF_INIT};
    int err = search_file_read(path, &l.db);

    *behind = 0;
    if (!err)
        err = identify(&l, store, behind);
    l.ngrams = search_concern_grams(of->traits, l.grams);
    int n = err ? err : segment_list(l.db, &l.segments);
    l.nsegments = n > 0 ? (size_t)n : 0;
    err = n < 0 ? n : 0;
    if (!err && !(l.heap = calloc(max, sizeof *l.heap)))
        err = ERR_NOMEM;
    if (!err)
        err = ask_segments(&l);
    if (!err) {
        weigh(&l);
        err = choose(&l);
    }
    if (!err)
        give(&l, out);
    buf_free(&l.holders);
    buf_free(&l.places);
    free(l.segments);
    free(l.heap);
    sqlite3_close(l.db);
    return err ? err : (int)l.n;
}
