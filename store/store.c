#include "store/store.h"

#include "base/err.h"
#include "store/backend.h"
#include "store/forget.h"

int store_reader(struct store *writer, struct store **out)
{
    *out = NULL;
    return writer->writer || writer->shared ? writer->backend->reader(writer, out) : ERR_REFUSED;
}

void store_close(struct store *s)
{
    if (s)
        s->backend->close(s);
}

const char *store_epoch(const struct store *s)
{
    return s->epoch;
}

const unsigned char *store_hash_key(const struct store *s)
{
    return s->hash_key;
}

static bool empty(const struct store_batch *b)
{
    return !b->nitems && !b->nevents && !b->nconcerns && !b->nsources && !b->ncursors &&
           !b->ncommands && !b->npages && !b->nblanks && !b->nredacts && !b->nadds &&
           !b->nremoves && !b->nmarks && !b->nnotes && !b->narrivals && !b->nmoves &&
           !b->nreplies && !b->npublications && !b->nsurveys && !b->ncorrections &&
           !b->nshared && !b->naccounts && !b->ntokens && !b->ntrail && !b->naliases &&
           !b->rules && !b->published && !b->forgotten_before;
}

int store_commit(struct store *s, const struct store_batch *batch)
{
    struct check_heads heads = {0};
    int err;

    if (!s->writer)
        return ERR_REFUSED;
    if (empty(batch))
        return 0;
    err = check_batch(s, batch, &heads);
    if (err == ERR_STALE && s->backend->kept && s->backend->kept(s, batch))
        err = 0; /* its answer was lost: the head has moved by it */
    else if (!err)
        err = s->backend->commit(s, batch, &heads);
    check_free(&heads);
    return err;
}

int store_settled(struct store *s)
{
    if (!s->writer)
        return ERR_REFUSED;
    return s->backend->settled ? s->backend->settled(s) : 0;
}

bool store_fenced(struct store *s)
{
    return s->writer && s->backend->fenced && s->backend->fenced(s);
}

int store_seen(struct store *s, const unsigned char (*idents)[STORE_IDENT], size_t n,
               struct store_seen *out)
{
    return s->backend->seen(s, idents, n, out);
}

int store_seen_as(struct store *s, const uint64_t (*aliases)[2], size_t n, struct store_seen *out)
{
    return s->backend->seen_as(s, aliases, n, out);
}

size_t store_batch_items(const struct store *s)
{
    return s->backend->batch_items;
}

static size_t clamp(size_t asked, size_t most)
{
    return asked < most ? asked : most;
}

int store_events_after(struct store *s, uint64_t after, struct event *out, size_t max)
{
    return s->backend->events_after(s, after, out, clamp(max, STORE_TAIL_MAX));
}

int store_unit_events_after(struct store *s, const char *unit, uint64_t after, struct event *out,
                            size_t max)
{
    return s->backend->unit_events_after(s, unit, after, out, clamp(max, STORE_TAIL_MAX));
}

int store_command(struct store *s, const char *key, struct store_command *out)
{
    return s->backend->command(s, key, out);
}

int store_note(struct store *s, uint64_t seq, struct buf *out)
{
    return seq <= INT64_MAX ? s->backend->note(s, seq, out) : ERR_NOTFOUND;
}

int store_drop_note(struct store *s, uint64_t seq)
{
    if (!s->writer)
        return ERR_REFUSED;
    return seq <= INT64_MAX ? s->backend->drop_note(s, seq) : ERR_NOTFOUND;
}

int store_corrections(struct store *s, uint64_t concern, uint8_t wish, uint8_t reason, size_t limit,
                      int (*each)(void *arg, const struct store_correction *row), void *arg)
{
    const struct store_correction from = {.concern = concern, .wish = wish, .reason = reason};

    if (concern > INT64_MAX)
        return 0;
    return s->backend->corrections(s, &from, clamp(limit ? limit : STORE_PAGE_MAX, STORE_PAGE_MAX),
                                   each, arg);
}

int store_each_shared(struct store *s, enum store_shared_kind kind, const char *name,
                      int (*each)(void *arg, const struct store_shared *row), void *arg)
{
    struct store_shared which = {.kind = (uint8_t)kind};

    if (strlen(name) >= sizeof which.name)
        return ERR_NOTFOUND;
    memcpy(which.name, name, strlen(name));
    return s->backend->each_shared(s, &which, each, arg);
}

int store_survey(struct store *s, uint64_t concern, uint16_t round, struct store_survey *out)
{
    return concern <= INT64_MAX ? s->backend->survey(s, concern, round, out) : ERR_NOTFOUND;
}

int store_publications(struct store *s, uint64_t concern,
                       int (*each)(void *arg, const struct store_publication *p), void *arg)
{
    return concern <= INT64_MAX ? s->backend->publications(s, concern, each, arg) : 0;
}

int store_each_concern(struct store *s, int64_t since,
                       int (*each)(void *arg, const struct concern *c), void *arg)
{
    return s->backend->each_concern(s, since, each, arg);
}

int store_each_source(struct store *s, int (*each)(void *arg, const struct store_source *src),
                      void *arg)
{
    return s->backend->each_source(s, each, arg);
}

int store_each_unit(struct store *s,
                    int (*each)(void *arg, const char *unit, uint64_t head, bool offline),
                    void *arg)
{
    return s->backend->each_unit(s, each, arg);
}

int store_each_added(struct store *s, int (*each)(void *arg, const struct source *source),
                     void *arg)
{
    return s->backend->each_added(s, each, arg);
}

int store_source(struct store *s, struct str id,
                 int (*each)(void *arg, const struct store_source *src), void *arg)
{
    return s->backend->source(s, id, each, arg);
}

int store_pages_due(struct store *s, int64_t now, size_t max,
                    int (*each)(void *arg, const struct store_page *page), void *arg)
{
    return s->backend->pages_due(s, now, clamp(max, STORE_PAGE_MAX), each, arg);
}

int store_page(struct store *s, const unsigned char ident[STORE_IDENT],
               int (*each)(void *arg, const struct store_page *page), void *arg)
{
    return s->backend->page(s, ident, each, arg);
}

int store_item(struct store *s, const unsigned char ident[STORE_IDENT],
               int (*each)(void *arg, const struct store_item *item), void *arg)
{
    return s->backend->item(s, ident, each, arg);
}

int store_numbered(struct store *s, uint64_t number,
                   int (*each)(void *arg, const struct store_item *item), void *arg)
{
    return number <= INT64_MAX ? s->backend->numbered(s, number, each, arg) : ERR_NOTFOUND;
}

struct numbered {
    size_t at;
    int (*each)(void *arg, size_t at, const struct store_item *item);
    void *arg;
};

static int take_numbered(void *arg, const struct store_item *item)
{
    const struct numbered *n = arg;

    return n->each(n->arg, n->at, item);
}

int store_each_numbered(struct store *s, const uint64_t *numbers, size_t n,
                        int (*each)(void *arg, size_t at, const struct store_item *item),
                        void *arg)
{
    struct numbered one = {0, each, arg};
    int err = 0;

    if (s->backend->each_numbered)
        return s->backend->each_numbered(s, numbers, n, each, arg);
    for (; one.at < n && !err; one.at++) {
        err = store_numbered(s, numbers[one.at], take_numbered, &one);
        err = err == ERR_NOTFOUND ? 0 : err;
    }
    return err;
}

int store_words_after(struct store *s, struct store_tail *tail, size_t max,
                      int (*each)(void *arg, const struct store_words *words), void *arg)
{
    return s->backend->words_after(s, tail, clamp(max, STORE_TAIL_MAX), each, arg);
}

int store_each_text(struct store *s, struct store_place *place, size_t max,
                    int (*each)(void *arg, const struct store_item *item), void *arg)
{
    return s->backend->each_text(s, place, clamp(max, STORE_PAGE_MAX), each, arg);
}

int store_each_doubt(struct store *s, size_t max,
                     int (*each)(void *arg, const struct store_item *item), void *arg)
{
    return s->backend->each_doubt(s, clamp(max, STORE_PAGE_MAX), each, arg);
}

int store_each_mark(struct store *s, const struct store_mark *from, size_t limit,
                    int (*each)(void *arg, const struct store_mark *mark), void *arg)
{
    static const struct store_mark first;

    return s->backend->each_mark(s, from ? from : &first, limit ? limit : SIZE_MAX, each, arg);
}

int store_each_arrivals(struct store *s, int (*each)(void *arg, const struct burst_row *row),
                        void *arg)
{
    return s->backend->each_arrivals(s, each, arg);
}

int store_replies_due(struct store *s, int64_t now, size_t max,
                      int (*each)(void *arg, const struct store_reply *reply), void *arg)
{
    return s->backend->replies_due(s, now, clamp(max, STORE_PAGE_MAX), each, arg);
}

int store_replies(struct store *s, uint64_t concern,
                  int (*each)(void *arg, const struct store_reply *reply), void *arg)
{
    return concern <= INT64_MAX ? s->backend->replies(s, concern, each, arg) : 0;
}

static size_t page(size_t limit)
{
    return limit ? clamp(limit, STORE_PAGE_MAX) : STORE_PAGE_MAX;
}

static int find_states(const char *name, enum backend_states *out)
{
    static const struct {
        const char *name;
        enum backend_states states;
    } table[] = {
        {"open", STATES_OPEN},   {"accepted", STATES_ACCEPTED}, {"closed", STATES_CLOSED},
        {"found", STATES_FOUND}, {"declined", STATES_DECLINED}};

    *out = STATES_ANY;
    if (!name)
        return 0;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].name, name) == 0) {
            *out = table[i].states;
            return 0;
        }
    return ERR_INVALID;
}

int store_concerns(struct store *s, const struct store_query *q,
                   int (*each)(void *arg, const struct concern *c), void *arg)
{
    struct backend_query b = {.topic = q->topic,
                              .unit = q->nunits == 1 ? q->units[0] : q->nunits ? NULL : q->unit,
                              .units = q->units,
                              .nunits = q->nunits > 1 ? q->nunits : 0,
                              .least = q->least,
                              .order = q->order,
                              .after = q->after_id != 0,
                              .after_key = q->after_key,
                              .after_id = clamp(q->after_id, INT64_MAX),
                              .limit = page(q->limit)};
    int err = find_states(q->state, &b.states);

    if (err)
        return err;
    if (q->order == STORE_BY_NEWEST) /* -INT64_MIN does not exist */
        b.after_key = q->after_key == INT64_MIN ? INT64_MAX : -q->after_key;
    return s->backend->concerns(s, &b, each, arg);
}

int store_concern(struct store *s, uint64_t id, struct concern *out)
{
    return s->backend->concern(s, id, out);
}

int store_each_member(struct store *s, uint64_t concern,
                      int (*each)(void *arg, const struct store_item *item), void *arg)
{
    return concern ? s->backend->each_member(s, concern, each, arg) : 0;
}

int store_concerns_of(struct store *s, const uint64_t *ids, size_t n,
                      int (*each)(void *arg, const struct concern *c), void *arg)
{
    int err = 0;

    if (s->backend->concerns_of)
        return s->backend->concerns_of(s, ids, n, each, arg);
    for (size_t i = 0; i < n && !err; i++) {
        struct concern c = {0};
        err = store_concern(s, ids[i], &c);
        err = err == ERR_NOTFOUND ? 0 : err ? err : each(arg, &c);
        concern_clear(&c);
    }
    return err;
}

int store_concern_items(struct store *s, uint64_t concern, size_t limit,
                        int (*each)(void *arg, const struct store_item *item), void *arg)
{
    /* 0 is what items without a concern carry. */
    return concern ? s->backend->concern_items(s, concern, page(limit), each, arg) : 0;
}

int store_concern_events(struct store *s, uint64_t concern,
                         int (*each)(void *arg, const struct event *e), void *arg)
{
    return s->backend->concern_events(s, concern, each, arg);
}

int store_counts(struct store *s, struct store_counts *out)
{
    *out = (struct store_counts){0};
    return s->backend->counts(s, out);
}

int store_expire(struct store *s, int64_t now, size_t max)
{
    return s->writer ? s->backend->expire(s, now, clamp(max, INT32_MAX)) : ERR_REFUSED;
}

int store_forget(struct store *s, int64_t before, size_t max)
{
    size_t done = 0;
    int n = 0;

    if (!s->writer)
        return ERR_REFUSED;
    if (before <= STORE_FORGET_SLACK)
        return 0;
    max = clamp(max, INT32_MAX);
    do {
        size_t piece = max - done < STORE_FORGET_PIECE ? max - done : STORE_FORGET_PIECE;
        n = s->backend->forget(s, before, before - STORE_FORGET_SLACK, piece);
        done += n > 0 ? (size_t)n : 0;
    } while (n > 0 && done < max);
    return n < 0 ? n : (int)done;
}

bool store_residue(const struct store *s)
{
    return s->writer && s->backend->residue(s);
}
