/* The index and its one writer. */
#define _GNU_SOURCE
#include "store/search/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "store/search/search_state.h"

enum { MERGED = 8 /* segments of one level that become one */ };
#define PURGE_EVERY (3600 * INT64_C(1000)) /* as the store drops texts */

static void forget(struct search *x)
{
    sqlite3_close(x->db);
    free(x->segments);
    x->db = NULL;
    x->segments = NULL;
    x->count = 0;
    x->tail = (struct store_tail){0};
    x->event = 0;
    x->purged = 0;
}

static int list_segments(struct search *x)
{
    struct segment *list;
    int n = segment_list(x->db, &list);

    if (n < 0)
        return n;
    free(x->segments);
    x->segments = list;
    x->count = n;
    return 0;
}

int search_remake(struct search *x, const char *reason)
{
    log_warn("search.rebuild", "reason=%s", reason);
    forget(x);
    int err = search_file_remove(x->path);
    if (!err)
        err = search_file_make(x);
    if (err)
        log_error("search.rebuild", "err=%s", err_name(err));
    return err;
}

static const char *why_remake(int err)
{
    return err == ERR_STALE ? "version" : "damaged";
}

int search_open(const char *path, struct store *store, struct search **out)
{
    struct search *x = calloc(1, sizeof *x);
    int err;

    *out = NULL;
    if (!x || !(x->path = strdup(path))) {
        free(x);
        return ERR_NOMEM;
    }
    x->store = store;
    if (access(path, F_OK)) {
        err = search_remake(x, "missing");
    } else {
        err = search_file_connect(x);
        if (!err)
            err = search_file_identify(x->db, store_epoch(store), &x->tail, &x->event);
        if (!err)
            err = search_file_numbers(x);
        if (!err)
            err = list_segments(x);
        if (err == ERR_STALE || err == ERR_CORRUPT)
            err = search_remake(x, why_remake(err));
    }
    if (err) {
        log_error("search.open", "err=%s", err_name(err));
        search_close(x);
        return err;
    }
    x->residue = true; /* of a process that was killed */
    *out = x;
    return 0;
}

void search_close(struct search *x)
{
    if (!x)
        return;
    forget(x);
    free(x->path);
    free(x);
}

static bool holds_dead(const struct segment *s, const struct segment_doc *docs,
                       const struct search_intake *in)
{
    for (size_t i = 0, k = 0; i < in->ndead && k < s->count;) {
        if (in->dead[i] == docs[k].number)
            return true;
        if (in->dead[i] < docs[k].number)
            i++;
        else
            k++;
    }
    return false;
}

/* Must it be written again? 1, 0, or negative err. */
static int is_stained(struct search *x, const struct segment *s, const struct search_intake *in,
                      bool purge, int64_t now)
{
    struct segment_doc *docs;

    if ((s->kind == SEGMENT_CONCERNS) != in->concerns) /* of other numbers */
        return 0;
    if (purge && s->soonest <= now)
        return 1;
    if (!in->ndead || in->dead[in->ndead - 1] < s->first || in->dead[0] > s->last)
        return 0;
    int err = segment_docs(x->db, s, &docs);
    if (err)
        return err;
    int stained = holds_dead(s, docs, in);
    free(docs);
    return stained;
}

static int clean(struct search *x, const struct search_intake *in, bool purge, int64_t now,
                 int64_t *next_id)
{
    int err = 0;

    for (int i = 0; i < x->count && !err; i++) {
        const struct segment *s = &x->segments[i];
        int stained = is_stained(x, s, in, purge, now);
        err = stained < 0 ? stained : 0;
        if (stained > 0) {
            err = search_merge(x, &s, 1, in, now, next_id);
            x->residue = true;
        }
    }
    return err ? err : list_segments(x);
}

/* Make one of MERGED segments of a level and kind: 1 when there were so many, 0, or an error. */
static int merge_some(struct search *x, int64_t now, int64_t *next_id)
{
    static const struct search_intake nobody;
    const struct segment *list[MERGED];

    for (int level = 0; level < SEGMENT_LEVELS - 1; level++)
        for (int kind = 0; kind < SEGMENT_KINDS; kind++) {
            size_t n = 0;
            for (int i = x->count - 1; i >= 0 && n < MERGED; i--) /* the oldest first */
                if ((int)x->segments[i].kind == kind && segment_level(&x->segments[i]) == level)
                    list[n++] = &x->segments[i];
            if (n < MERGED)
                continue;
            int err = search_merge(x, list, n, &nobody, now, next_id);
            return err ? err : 1;
        }
    return 0;
}

static int save_tail(struct search *x, const struct store_tail *tail, uint64_t event)
{
    struct store_counts counts;
    char sql[200];
    int err = store_counts(x->store, &counts);

    if (err)
        return err;
    snprintf(sql, sizeof sql,
             "UPDATE meta SET item = %llu, change = %llu, forgotten = %llu, event = %llu",
             (unsigned long long)tail->item, (unsigned long long)tail->change,
             (unsigned long long)counts.forgotten, (unsigned long long)event);
    return search_file_run(x->db, sql);
}

/* The WAL still holds what was dropped; a reader in the way keeps it there until the next pass. */
static void cut_wal(struct search *x)
{
    if (sqlite3_wal_checkpoint_v2(x->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) == SQLITE_OK)
        x->residue = false;
}

static int change(struct search *x, struct search_intake *in, bool purge, int64_t now)
{
    int64_t next_id = 1;
    int more = 1;
    int err = search_file_ask(x->db, "SELECT coalesce(max(id), 0) + 1 FROM segments", &next_id);

    if (!err)
        err = clean(x, in, purge, now, &next_id);
    if (!err && in->n)
        err = search_add(x, in, now, &next_id);
    while (!err && more) {
        err = list_segments(x);
        more = err ? 0 : merge_some(x, now, &next_id);
        err = more < 0 ? more : err;
    }
    return err;
}

/* What was read of both, in one transaction. */
static int write_pass(struct search *x, struct search_intake *items, struct search_intake *concerns,
                      const struct store_tail *tail, uint64_t event, bool purge, int64_t now)
{
    int err = search_file_run(x->db, "BEGIN IMMEDIATE");

    if (!err)
        err = change(x, items, purge, now);
    if (!err && concerns->n)
        err = change(x, concerns, false, now);
    if (!err)
        err = save_tail(x, tail, event);
    if (!err)
        err = search_file_run(x->db, "COMMIT");
    if (!sqlite3_get_autocommit(x->db))
        search_file_run(x->db, "ROLLBACK");
    if (!err) {
        x->tail = *tail;
        x->event = event;
        x->purged = purge ? now : x->purged;
        return 0;
    }
    int again = list_segments(x);
    return err != ERR_CORRUPT && again ? again : err;
}

int search_follow(struct search *x, int64_t now)
{
    struct search_intake items, concerns = {0};
    struct store_tail tail = x->tail;
    uint64_t event = x->event;
    bool purge = search_expires(x) <= now &&
                 (now >= x->purged + PURGE_EVERY || now < x->purged - PURGE_EVERY);
    int n = search_read(x, &tail, &items);
    int told = n < 0 ? n : search_read_concerns(x, &event, &concerns);

    n = told < 0 ? told : n + told;
    if (n > 0 || (n == 0 && purge)) {
        int err = write_pass(x, &items, &concerns, &tail, event, purge, now);
        n = err ? err : n;
    }
    search_intake_free(&items);
    search_intake_free(&concerns);
    if (n >= 0 && x->residue)
        cut_wal(x);
    return n;
}

int64_t search_expires(const struct search *x)
{
    int64_t soonest = INT64_MAX;

    for (int i = 0; i < x->count; i++)
        if (x->segments[i].kind != SEGMENT_CONCERNS && x->segments[i].soonest < soonest)
            soonest = x->segments[i].soonest;
    return soonest;
}

uint64_t search_event(const struct search *x)
{
    return x->event;
}

int search_check(struct search *x)
{
    int err = 0;

    for (int i = 0; i < x->count && !err; i++) {
        struct segment_doc *docs = NULL;
        struct segment_reader r;
        int more = 1;
        err = segment_docs(x->db, &x->segments[i], &docs);
        free(docs);
        if (err)
            break;
        err = segment_open(&r, x->db, &x->segments[i]);
        while (!err && more) {
            more = segment_next(&r);
            err = more < 0 ? more : 0;
        }
        segment_close(&r);
    }
    return err;
}
