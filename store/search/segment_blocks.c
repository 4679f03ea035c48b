/* The blocks of a segment: grams and the documents that hold them. */
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/err.h"
#include "store/search/segment.h"
#include "store/varint.h"

enum {
    BLOCK = 16 * 1024, /* bytes at which one is closed; a look-up reads one whole */
    SUM = 4
};

static uint32_t sum_of(const void *p, size_t n)
{
    return (uint32_t)XXH3_64bits(p, n);
}

static int write_block(struct segment_writer *w)
{
    uint32_t sum = sum_of(w->block.data + SUM, w->block.len - SUM);

    if (!buf_ok(&w->block))
        return ERR_NOMEM;
    for (int i = 0; i < SUM; i++)
        w->block.data[i] = (char)(sum >> (8 * i));
    sqlite3_bind_int64(w->insert, 1, (int64_t)w->first);
    sqlite3_bind_blob64(w->insert, 2, w->block.data, w->block.len, SQLITE_STATIC);
    int err = sqlite3_step(w->insert) == SQLITE_DONE ? 0 : segment_failure(w->db);
    sqlite3_reset(w->insert);
    buf_reset(&w->block);
    return err;
}

/* n 0: write what is held. */
int segment_put(struct segment_writer *w, uint64_t gram, const uint32_t *ids, size_t n)
{
    int err = 0;

    if (w->block.len && (n == 0 || w->block.len >= BLOCK))
        err = write_block(w);
    if (err || n == 0)
        return err;
    if (!w->block.len) {
        buf_add_u32(&w->block, 0);
        w->first = w->last = gram;
    }
    buf_reset(&w->ids);
    for (size_t i = 0; i < n; i++)
        varint_put(&w->ids, i ? ids[i] - ids[i - 1] : ids[0]);
    varint_put(&w->block, gram - w->last);
    varint_put(&w->block, n);
    varint_put(&w->block, w->ids.len);
    buf_add_str(&w->block, buf_str(&w->ids));
    w->last = gram;
    return buf_ok(&w->ids) && buf_ok(&w->block) ? 0 : ERR_NOMEM;
}

/* The block of the current row, or ERR_CORRUPT. */
static int take_block(sqlite3_stmt *row, struct varint_reader *out, uint64_t *gram)
{
    const unsigned char *p = sqlite3_column_blob(row, 1);
    size_t n = (size_t)sqlite3_column_bytes(row, 1);

    if (n <= SUM || sum_of(p + SUM, n - SUM) !=
                        ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
                         (uint32_t)p[3] << 24))
        return ERR_CORRUPT;
    *out = (struct varint_reader){p + SUM, p + n, false};
    *gram = (uint64_t)sqlite3_column_int64(row, 0);
    return 0;
}

struct list {
    uint64_t count;
    struct varint_reader bytes;
};

/* The next gram of a block, with its documents still packed. */
static int take_list(struct varint_reader *block, uint32_t docs, uint64_t *gram, struct list *out)
{
    *gram += varint_get(block);
    out->count = varint_get(block);
    uint64_t n = varint_get(block);
    if (block->bad || n > (uint64_t)(block->end - block->at) || !out->count || out->count > docs)
        return ERR_CORRUPT;
    out->bytes = (struct varint_reader){block->at, block->at + n, false};
    block->at += n;
    return 0;
}

static int unpack(struct list *list, uint32_t docs, uint32_t *ids)
{
    uint64_t at = 0;

    for (uint64_t i = 0; i < list->count; i++) {
        uint64_t step = varint_get(&list->bytes);
        at += step;
        if (list->bytes.bad || at >= docs || step >= docs || (i && !step))
            return ERR_CORRUPT;
        ids[i] = (uint32_t)at;
    }
    return 0;
}

int segment_open(struct segment_reader *r, sqlite3 *db, const struct segment *s)
{
    char sql[64];

    *r = (struct segment_reader){.db = db, .docs = s->count};
    r->ids = calloc(s->count, sizeof *r->ids);
    if (!r->ids)
        return ERR_NOMEM;
    snprintf(sql, sizeof sql, "SELECT gram, block FROM s%lld ORDER BY gram", (long long)s->id);
    return sqlite3_prepare_v2(db, sql, -1, &r->select, NULL) == SQLITE_OK ? 0
                                                                        : segment_failure(db);
}

int segment_next(struct segment_reader *r)
{
    struct varint_reader block = {r->at, r->end, false};
    struct list list;
    int err = 0;

    if (block.at == block.end) {
        int rc = sqlite3_step(r->select);
        if (rc == SQLITE_DONE)
            return 0;
        err = rc == SQLITE_ROW ? take_block(r->select, &block, &r->gram) : segment_failure(r->db);
    }
    if (!err)
        err = take_list(&block, r->docs, &r->gram, &list);
    if (!err)
        err = unpack(&list, r->docs, r->ids);
    if (err)
        return err;
    r->count = (uint32_t)list.count;
    r->at = block.at;
    r->end = block.end;
    return 1;
}

void segment_close(struct segment_reader *r)
{
    sqlite3_finalize(r->select);
    free(r->ids);
    *r = (struct segment_reader){0};
}

/* The documents of one gram: how many, or an error. Of more than `most` only their number. */
static int look_up(sqlite3 *db, sqlite3_stmt *select, uint32_t docs, uint64_t wanted, size_t most,
                   uint32_t *ids)
{
    struct varint_reader block;
    struct list list;
    uint64_t gram = 0;
    int n = 0;

    sqlite3_bind_int64(select, 1, (int64_t)wanted);
    int rc = sqlite3_step(select);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        n = segment_failure(db);
    else if (rc == SQLITE_ROW)
        n = take_block(select, &block, &gram);
    while (rc == SQLITE_ROW && !n && block.at != block.end) {
        n = take_list(&block, docs, &gram, &list);
        if (n || gram > wanted)
            break;
        if (gram == wanted) {
            n = list.count > most ? 0 : unpack(&list, docs, ids);
            n = n ? n : (int)list.count;
        }
    }
    sqlite3_reset(select);
    return n;
}

static int prepare_look(sqlite3 *db, const struct segment *s, sqlite3_stmt **select)
{
    char sql[96];

    snprintf(sql, sizeof sql,
             "SELECT gram, block FROM s%lld WHERE gram <= ? ORDER BY gram DESC LIMIT 1",
             (long long)s->id);
    return sqlite3_prepare_v2(db, sql, -1, select, NULL) == SQLITE_OK ? 0 : segment_failure(db);
}

static uint32_t keep_common(uint32_t *a, uint32_t n, const uint32_t *b, uint32_t m)
{
    uint32_t kept = 0;

    for (uint32_t i = 0, k = 0; i < n && k < m;) {
        if (a[i] == b[k])
            a[kept++] = a[i];
        uint32_t x = a[i], y = b[k];
        i += x <= y;
        k += y <= x;
    }
    return kept;
}

int segment_find(sqlite3 *db, const struct segment *s, const uint64_t *grams, size_t n,
                 uint32_t **ids)
{
    uint32_t *all = calloc(s->count, sizeof *all), *more = calloc(s->count, sizeof *more);
    sqlite3_stmt *select = NULL;
    int found = all && more ? prepare_look(db, s, &select) : ERR_NOMEM;

    if (!found)
        found = look_up(db, select, s->count, grams[0], SIZE_MAX, all);
    for (size_t i = 1; i < n && found > 0; i++) {
        int m = look_up(db, select, s->count, grams[i], SIZE_MAX, more);
        found = m > 0 ? (int)keep_common(all, (uint32_t)found, more, (uint32_t)m) : m;
    }
    sqlite3_finalize(select);
    free(more);
    if (found <= 0) {
        free(all);
        all = NULL;
    }
    *ids = all;
    return found;
}

int segment_each(sqlite3 *db, const struct segment *s, const uint64_t *grams, size_t n, size_t most,
                 int (*each)(void *arg, size_t gram, const uint32_t *ids, size_t count), void *arg)
{
    uint32_t *ids = calloc(s->count, sizeof *ids);
    sqlite3_stmt *select = NULL;
    int err = ids ? prepare_look(db, s, &select) : ERR_NOMEM;

    for (size_t i = 0; i < n && !err; i++) {
        int found = look_up(db, select, s->count, grams[i], most, ids);
        bool many = found > 0 && (size_t)found > most;
        if (found)
            err = found < 0 ? found : each(arg, i, many ? NULL : ids, (size_t)found);
    }
    sqlite3_finalize(select);
    free(ids);
    return err;
}
