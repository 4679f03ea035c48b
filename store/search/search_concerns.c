/* The concerns that the index follows: by the events that tell of one that is new, or that is known
 * by another first item since. What they are found by are the hashes that the ledger itself keeps
 * to group by, as long as it does: no text, which may have expired. */
#include <stdlib.h>

#include "alerts/group/likeness.h"
#include "base/err.h"
#include "classifiers/likeness/traits.h"
#include "store/search/search_state.h"

enum { PIECE = 256 /* events in hand at once */ };
#define NEVER (INT64_C(1) << 52) /* ms: a concern does not expire */

static bool tells(const struct event *e)
{
    switch (e->type) {
    case EVENT_OPENED:
    case EVENT_UPDATED:
    case EVENT_SPLIT:
    case EVENT_MOVED:
    case EVENT_MERGED:
    case EVENT_ERASED:
        return e->concern != 0;
    default:
        return false;
    }
}

/* Events behind *seq: how many were looked at, or negative err. Of those that tell, the concern. */
static int read_events(struct search *x, uint64_t *seq, uint64_t *concerns, size_t *n)
{
    struct event *events = calloc(PIECE, sizeof *events);
    int looked = 0, got = events ? 1 : ERR_NOMEM;

    while (got > 0 && looked + PIECE <= STORE_TAIL_MAX) {
        got = store_events_after(x->store, *seq, events, PIECE);
        for (int i = 0; i < got; i++) {
            if (tells(&events[i]))
                concerns[(*n)++] = events[i].concern;
            *seq = events[i].seq;
        }
        looked += got > 0 ? got : 0;
    }
    free(events);
    return got < 0 ? got : looked;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

size_t search_concern_grams(const uint32_t traits[static VERDICT_TRAITS],
                            uint64_t grams[static VERDICT_TRAITS])
{
    size_t n = 0, kept = 0;

    for (size_t i = 0; i < VERDICT_TRAITS && traits[i]; i++)
        if (likeness_worth(traits[i]))
            grams[n++] = trait_value(traits[i]); /* of a name and a rare pair the same */
    qsort(grams, n, sizeof *grams, by_number);
    for (size_t i = 0; i < n; i++)
        if (!kept || grams[i] != grams[kept - 1])
            grams[kept++] = grams[i];
    return kept;
}

/* One that is gone, was taken out or went into another has no more to be found by. */
static int take(struct search *x, uint64_t number, struct search_intake *in)
{
    uint64_t grams[VERDICT_TRAITS];
    struct concern c = {0};
    int err = store_concern(x->store, number, &c);
    bool found = !err && c.outcome != OUTCOME_MERGED;
    size_t n = found ? search_concern_grams(c.traits, grams) : 0;

    concern_clear(&c);
    if (err && err != ERR_NOTFOUND)
        return err;
    err = 0;
    for (size_t i = 0; i < n && !err; i++)
        err = grams_put(&in->grams, grams[i], (uint32_t)in->n);
    in->docs[in->n++] = (struct segment_doc){number, n ? NEVER : 0};
    return err;
}

int search_read_concerns(struct search *x, uint64_t *seq, struct search_intake *in)
{
    uint64_t *concerns = calloc(STORE_TAIL_MAX, sizeof *concerns), seen = *seq, head = 0;
    size_t n = 0;
    int err = 0;

    *in = (struct search_intake){.concerns = true, .grams = GRAMS_INIT};
    in->docs = calloc(STORE_TAIL_MAX, sizeof *in->docs);
    in->dead = calloc(STORE_TAIL_MAX, sizeof *in->dead);
    int looked = concerns && in->docs && in->dead ? read_events(x, seq, concerns, &n) : ERR_NOMEM;
    if (looked == 0)
        err = store_read_head(x->store, &head);
    if (looked == 0 && !err && head < *seq)
        err = ERR_STALE;
    if (looked > 0)
        qsort(concerns, n, sizeof *concerns, by_number);
    for (size_t i = 0; i < n && looked > 0 && !err; i++) {
        if (i && concerns[i] == concerns[i - 1])
            continue;
        if (concerns[i] <= seen) /* a concern's number is that of its opening */
            in->dead[in->ndead++] = concerns[i];
        err = take(x, concerns[i], in);
    }
    free(concerns);
    return err ? err : looked;
}
