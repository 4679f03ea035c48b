#include "store/sqlite/sqlite.h"

#include "base/err.h"

enum {
    WAL_PAGES = 4000,     /* 16 MB: a checkpoint then merges many rewrites of a page into one */
    WAL_PAGES_MAX = 32000 /* readers were in the way for long: wait for them, cut the file */
};

/* Failing is no fault of the commit, which is durable in the WAL: the next one tries again. */
static void checkpoint(struct sqlite *q)
{
    if (q->wal_pages < WAL_PAGES)
        return;
    int mode = q->wal_pages < WAL_PAGES_MAX ? SQLITE_CHECKPOINT_PASSIVE
                                            : SQLITE_CHECKPOINT_TRUNCATE;
    if (sqlite3_wal_checkpoint_v2(q->db, NULL, mode, NULL, NULL) == SQLITE_OK &&
        mode == SQLITE_CHECKPOINT_TRUNCATE)
        q->residue = false;
    q->wal_pages = 0; /* the next commit tells anew */
}

static int set_meta(struct sqlite *q, const struct sqlite_tally *t)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_SET_META, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)t->head);
    row_put_int(&b, (int64_t)t->published);
    row_put_int(&b, (int64_t)t->items);
    row_put_int(&b, (int64_t)t->concerns);
    row_put_int(&b, (int64_t)t->open);
    row_put_int(&b, (int64_t)t->overdue);
    row_put_int(&b, (int64_t)t->rules);
    for (size_t i = 0; i < SCOPES; i++)
        row_put_int(&b, (int64_t)t->answers[i]);
    for (size_t i = 0; i < REOPENINGS; i++)
        row_put_int(&b, (int64_t)t->reopened[i]);
    row_put_int(&b, (int64_t)t->trail);
    row_put_blob(&b, t->trail_hash, TRAIL_HASH);
    row_put_int(&b, (int64_t)t->forgotten);
    row_put_int(&b, t->forgotten_before);
    row_put_int(&b, (int64_t)t->forget_at);
    row_put_int(&b, t->forget_round);
    row_put_int(&b, t->sweep_at);
    row_put_int(&b, (int64_t)t->swept);
    return sqlite_run(q, &b);
}

int sqlite_end_write(struct sqlite *q, const struct sqlite_tally *tally, int err)
{
    if (!err)
        err = set_meta(q, tally);
    if (!err)
        err = sqlite_do(q, SQL_COMMIT);
    if (err) {
        /* Some failures have rolled back already. */
        if (!sqlite3_get_autocommit(q->db))
            sqlite_do(q, SQL_ROLLBACK);
        return err;
    }
    q->tally = *tally;
    q->dirty = true;
    checkpoint(q);
    return 0;
}

static int put_event(struct sqlite *q, const struct event *e, struct sqlite_tally *tally)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_EVENT_ADD, &b))
        return ERR_IO;
    row_put_event(&b, e, &q->scratch);
    tally->head = e->seq;
    if (backend_answer(e) >= 0)
        tally->answers[backend_answer(e)]++;
    if (backend_reopening(e) >= 0)
        tally->reopened[backend_reopening(e)]++;
    return sqlite_run(q, &b);
}

/* What the stored form of a concern, if any, contributes to the tally goes out of it. *more: it may
 * have parties. */
static int forget_concern(struct sqlite *q, uint64_t id, struct sqlite_tally *tally, bool *more)
{
    struct row_binder b;
    struct row row;

    if (!sqlite_bind(q, SQL_CONCERN_OLD, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)id);
    int found = sqlite_next(q, &b, &row);
    if (found <= 0)
        return found;
    tally->concerns--;
    tally->open -= row_int(&row) != CONCERN_CLOSED;
    tally->overdue -= row_int(&row) != 0;
    *more = row_int(&row) != 0;
    sqlite_done(&b);
    return 0;
}

static int put_clocks(struct sqlite *q, const struct concern *c)
{
    struct row_binder b;
    int err = 0;

    for (size_t i = 0; i < c->nclocks && !err; i++) {
        if (!sqlite_bind(q, SQL_CLOCK_SET, &b))
            return ERR_IO;
        row_put_clock(&b, c, i);
        err = sqlite_run(q, &b);
    }
    return err;
}

static int cut_clocks(struct sqlite *q, const struct concern *c)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_CLOCKS_CUT, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)c->id);
    row_put_int(&b, (int64_t)c->nclocks);
    return sqlite_run(q, &b);
}

static int cut_parties(struct sqlite *q, uint64_t concern)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_PARTIES_CUT, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)concern);
    return sqlite_run(q, &b);
}

/* Units that concern_involves() beside its own. */
static int put_parties(struct sqlite *q, const struct concern *c)
{
    struct row_binder b;
    int err = 0;

    for (size_t i = 0; i < c->nparties && !err; i++) {
        const char *unit = c->parties[i].unit;
        if (!concern_party_active(&c->parties[i]) || strcmp(unit, c->unit) == 0)
            continue;
        if (!sqlite_bind(q, SQL_PARTY_ADD, &b))
            return ERR_IO;
        row_put_int(&b, (int64_t)c->id);
        row_put_text(&b, unit);
        row_put_int(&b, c->due);
        row_put_int(&b, c->state != CONCERN_CLOSED);
        err = sqlite_run(q, &b);
    }
    return err;
}

static int write_concern(struct sqlite *q, enum sqlite_sql id, const struct concern *c)
{
    unsigned char bytes[ROW_CONCERN_BYTES];
    struct row_binder b;

    if (!sqlite_bind(q, id, &b))
        return ERR_IO;
    row_put_concern(&b, c, bytes, &q->scratch);
    return sqlite_run(q, &b);
}

/* Most concerns of a batch are new: they go in without a look at what was there. */
static int put_concern(struct sqlite *q, const struct concern *c, struct sqlite_tally *tally)
{
    bool added = false, parties = false;
    int err = 0;

    if (c->id > q->tally.head) {
        int before = sqlite3_total_changes(q->db);
        err = write_concern(q, SQL_CONCERN_ADD, c);
        added = sqlite3_total_changes(q->db) != before;
    }
    if (!err && !added) {
        err = forget_concern(q, c->id, tally, &parties);
        if (!err)
            err = write_concern(q, SQL_CONCERN_SET, c);
    }
    if (!err)
        err = put_clocks(q, c);
    if (!err && !added)
        err = cut_clocks(q, c);
    if (!err && parties)
        err = cut_parties(q, c->id);
    if (!err)
        err = put_parties(q, c);
    tally->concerns++;
    tally->open += c->state != CONCERN_CLOSED;
    tally->overdue += backend_overdue(c);
    return err;
}

static int put_cursor(struct sqlite *q, const struct store_cursor *c)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_CURSOR_SET, &b))
        return ERR_IO;
    row_put_text(&b, c->unit);
    row_put_text(&b, c->receiver);
    row_put_int(&b, (int64_t)c->unitseq);
    return sqlite_run(q, &b);
}

static int put_command(struct sqlite *q, const struct store_command *c)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_COMMAND_SET, &b))
        return ERR_IO;
    row_put_text(&b, c->key);
    row_put_int(&b, c->status);
    row_put_int(&b, (int64_t)c->seq);
    row_put_int(&b, c->at);
    row_put_text(&b, c->reason);
    return sqlite_run(q, &b);
}

static int put_head(struct sqlite *q, const struct check_head *head)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_UNIT_SET, &b))
        return ERR_IO;
    row_put_text(&b, head->unit);
    row_put_int(&b, (int64_t)head->head);
    return sqlite_run(q, &b);
}

/* What the ledger last told of each unit's receivers. */
static int put_lines(struct sqlite *q, const struct store_batch *batch)
{
    struct row_binder b;
    int err = 0;

    for (size_t i = 0; i < batch->nevents && !err; i++) {
        const struct event *e = &batch->events[i];
        if (e->type != EVENT_UNIT_OFFLINE && e->type != EVENT_UNIT_ONLINE)
            continue;
        if (!sqlite_bind(q, SQL_UNIT_LINE, &b))
            return ERR_IO;
        row_put_text(&b, e->to);
        row_put_int(&b, e->type == EVENT_UNIT_OFFLINE);
        err = sqlite_run(q, &b);
    }
    return err;
}

static int put_sources(struct sqlite *q, const struct store_batch *batch)
{
    int err = sqlite_put_accounts(q, batch);

    for (size_t i = 0; i < batch->nreplies && !err; i++)
        err = sqlite_put_reply(q, &batch->replies[i]);
    for (size_t i = 0; i < batch->ncorrections && !err; i++)
        err = sqlite_put_correction(q, &batch->corrections[i]);
    for (size_t i = 0; i < batch->nshared && !err; i++)
        err = sqlite_put_shared(q, &batch->shared[i]);
    for (size_t i = 0; i < batch->nsurveys && !err; i++)
        err = sqlite_put_survey(q, &batch->surveys[i]);
    for (size_t i = 0; i < batch->npages && !err; i++)
        err = sqlite_put_page(q, &batch->pages[i]);
    for (size_t i = 0; i < batch->nblanks && !err; i++)
        err = sqlite_blank_item(q, batch->blanks[i]);
    for (size_t i = 0; i < batch->nredacts && !err; i++)
        err = sqlite_redact_item(q, batch->redacts[i]);
    for (size_t i = 0; i < batch->nremoves && !err; i++)
        err = sqlite_cut_source(q, batch->removes[i]);
    for (size_t i = 0; i < batch->nadds && !err; i++)
        err = sqlite_put_added(q, batch->adds[i]);
    for (size_t i = 0; i < batch->nsources && !err; i++)
        err = sqlite_put_source(q, &batch->sources[i]);
    return err;
}

/* Events and concerns are large, and a batch of them does not stay in the cache: each is asked for
 * while the one before it is put. */
static void ask(const void *next, size_t size)
{
    enum { LINE = 64 };

    for (size_t at = 0; at < size; at += LINE)
        __builtin_prefetch((const char *)next + at);
}

static int put_events(struct sqlite *q, const struct store_batch *batch, struct sqlite_tally *tally)
{
    int err = 0;

    for (size_t i = 0; i < batch->nevents && !err; i++) {
        if (i + 1 < batch->nevents)
            ask(&batch->events[i + 1], sizeof *batch->events);
        err = put_event(q, &batch->events[i], tally);
    }
    return err;
}

static int put_concerns(struct sqlite *q, const struct store_batch *batch,
                        struct sqlite_tally *tally)
{
    int err = 0;

    for (size_t i = 0; i < batch->nconcerns && !err; i++) {
        if (i + 1 < batch->nconcerns)
            ask(batch->concerns[i + 1], sizeof **batch->concerns);
        err = put_concern(q, batch->concerns[i], tally);
    }
    return err;
}

int sqlite_commit_batch(struct store *s, const struct store_batch *batch,
                        const struct check_heads *heads)
{
    struct sqlite *q = (struct sqlite *)s;
    struct sqlite_tally tally = q->tally;
    int err = sqlite_do(q, SQL_BEGIN_WRITE);

    buf_reset(&q->aliases);
    for (size_t i = 0; i < batch->nitems && !err; i++)
        err = sqlite_put_item(q, &batch->items[i], &tally);
    if (!err)
        err = sqlite_put_aliases(q);
    for (size_t i = 0; i < batch->naliases && !err; i++)
        err = sqlite_put_alias(q, &batch->aliases[i]);
    for (size_t i = 0; i < batch->nmoves && !err; i++)
        err = sqlite_put_move(q, &batch->moves[i]);
    for (size_t i = 0; i < batch->nmarks && !err; i++)
        err = sqlite_put_mark(q, &batch->marks[i]);
    if (!err)
        err = put_events(q, batch, &tally);
    for (size_t i = 0; i < batch->nnotes && !err; i++)
        err = sqlite_put_note(q, &batch->notes[i]);
    for (size_t i = 0; i < batch->npublications && !err; i++)
        err = sqlite_put_publication(q, &batch->publications[i]);
    if (!err)
        err = sqlite_put_arrivals(q, batch);
    if (!err)
        err = sqlite_put_outbox(q, batch, heads);
    for (size_t i = 0; i < heads->count && !err; i++)
        err = put_head(q, &heads->list[i]);
    if (!err)
        err = put_lines(q, batch);
    if (!err)
        err = put_concerns(q, batch, &tally);
    if (!err)
        err = put_sources(q, batch);
    for (size_t i = 0; i < batch->ncursors && !err; i++)
        err = put_cursor(q, &batch->cursors[i]);
    for (size_t i = 0; i < batch->ncommands && !err; i++)
        err = put_command(q, &batch->commands[i]);
    if (!err)
        err = sqlite_put_trail(q, batch, &tally);
    if (batch->rules)
        tally.rules = batch->rules;
    if (batch->published)
        tally.published = batch->published;
    if (!err && batch->forgotten_before)
        tally.forgotten_before = batch->forgotten_before;
    return sqlite_end_write(q, &tally, err);
}
