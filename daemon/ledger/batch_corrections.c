/* 更正与删除: what people ask for, by count, and what the coordinator decides of it. Of who asks
 * nothing is known, so what one may ask again and again is bounded by the hour. */
#include "base/err.h"
#include "daemon/ledger/batch_state.h"

#define HOUR (3600 * INT64_C(1000))

enum {
    CONCERN_HOUR_MAX = 10, /* requests of one kind about one concern in an hour */
    ALL_HOUR_MAX = 500     /* and about all of them */
};

static bool is_row(const struct store_correction *a, const struct store_correction *b)
{
    return a->concern == b->concern && a->wish == b->wish && a->reason == b->reason;
}

static struct store_correction *find(struct batch *b, const struct store_correction *key)
{
    struct store_correction *list = (struct store_correction *)b->corrections.data;

    for (size_t i = 0; i < b->corrections.len / sizeof *list; i++)
        if (is_row(&list[i], key))
            return &list[i];
    return NULL;
}

/* The first row from the wanted one on: it, or not. */
static int take(void *arg, const struct store_correction *row)
{
    struct store_correction *wanted = arg;

    if (is_row(row, wanted))
        *wanted = *row;
    return 0;
}

/* Its row in this batch, made from the store's; a later call may move it. */
static int load(struct batch *b, const struct store_correction *key)
{
    struct store_correction row = {.concern = key->concern, .wish = key->wish,
                                   .reason = key->reason};

    if (find(b, key))
        return 0;
    int err = store_corrections(b->conf.store, row.concern, row.wish, row.reason, 1, take, &row);
    return err ? err : buf_add(&b->corrections, &row, sizeof row);
}

static bool full(struct store_correction *row, int64_t hour, uint32_t most)
{
    if (row->hour != hour) {
        row->hour = hour;
        row->in_hour = 0;
    }
    return row->in_hour >= most;
}

static int refuse(int err, const char *why, int *status, const char **reason)
{
    *status = err;
    *reason = why;
    return 0;
}

static void ask(struct batch *b, struct store_correction *row, struct store_correction *sums)
{
    row->since = row->waiting ? row->since : b->now;
    row->waiting++;
    row->in_hour++;
    sums->waiting++;
    sums->in_hour++;
}

static void decide(struct batch *b, enum batch_correction_act act, struct store_correction *row,
                   struct store_correction *sums)
{
    uint32_t *mine = act == BATCH_CORRECTION_GRANT ? &row->granted : &row->refused;
    uint32_t *all = act == BATCH_CORRECTION_GRANT ? &sums->granted : &sums->refused;

    *mine += row->waiting;
    *all += row->waiting;
    sums->waiting -= row->waiting < sums->waiting ? row->waiting : sums->waiting;
    row->waiting = 0;
    row->since = 0;
    row->decided = sums->decided = b->now;
}

int batch_correct(struct batch *b, const struct batch_correction *what, int *status,
                  const char **reason)
{
    const struct store_correction key = {.concern = what->concern, .wish = what->wish,
                                         .reason = what->reason};
    static const struct store_correction all;
    int err = batch_state_recall(b, what->concern);

    if (err)
        return err;
    if (!desk_concern(b->desk, what->concern))
        return refuse(ERR_NOTFOUND, "没有这件关切 (no such concern)", status, reason);
    size_t kept = b->corrections.len;
    err = load(b, &key);
    if (!err)
        err = load(b, &all);
    if (err)
        return err;
    struct store_correction *row = find(b, &key), *sums = find(b, &all);
    if (what->act == BATCH_CORRECTION_ASK) {
        bool much = full(row, b->now / HOUR, CONCERN_HOUR_MAX);
        if (full(sums, b->now / HOUR, ALL_HOUR_MAX) || much) {
            b->corrections.len = kept; /* what was there before stays as it is */
            return refuse(ERR_AGAIN, "这一小时的申请已满，请稍后再来 (enough requests in this hour: try "
                                     "again later)", status, reason);
        }
        ask(b, row, sums);
    } else if (!row->waiting) {
        b->corrections.len = kept;
        return refuse(ERR_NOTFOUND, "没有待决定的这种申请 (no such request waits)", status, reason);
    } else {
        decide(b, what->act, row, sums);
    }
    *status = 0;
    *reason = NULL;
    return 0;
}
