#define _GNU_SOURCE
#include "daemon/views/statistics_rows.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/err.h"
#include "base/log.h"

enum { COUNTY = 6, TOWN = 9, SLOTS_LEAST = 1024 };

struct row {
    char key[SLUG_MAX];
    uint8_t by;
    int month;
    struct tally_sum sum;
};

struct statistics_rows {
    int first;      /* month; those before it have no row */
    struct row **list; /* each in a block of its own */
    uint32_t count, *slots, nslots; /* slots: number of the row + 1; open addressing */
    bool full;
};

struct statistics_rows *statistics_rows_new(void)
{
    return calloc(1, sizeof(struct statistics_rows));
}

void statistics_rows_forget(struct statistics_rows *r, int first)
{
    for (uint32_t i = 0; i < r->count; i++)
        free(r->list[i]);
    r->count = 0;
    r->full = false;
    r->first = first;
    if (r->slots)
        memset(r->slots, 0, r->nslots * sizeof *r->slots);
}

void statistics_rows_free(struct statistics_rows *r)
{
    if (!r)
        return;
    statistics_rows_forget(r, 0);
    free(r->list);
    free(r->slots);
    free(r);
}

static uint64_t hash_of(enum statistics_by by, const char *key, int month)
{
    return XXH3_64bits_withSeed(key, strlen(key), (uint64_t)month * STATISTICS_BYS + by);
}

static uint32_t *slot_of(const struct statistics_rows *r, enum statistics_by by, const char *key,
                         int month)
{
    uint32_t at = (uint32_t)hash_of(by, key, month) & (r->nslots - 1);

    for (;; at = (at + 1) & (r->nslots - 1)) {
        const struct row *row = r->slots[at] ? r->list[r->slots[at] - 1] : NULL;
        if (!row || (row->by == by && row->month == month && strcmp(row->key, key) == 0))
            return &r->slots[at];
    }
}

/* At most half of the slots are taken. */
static int grow(struct statistics_rows *r)
{
    uint32_t nslots = r->nslots ? r->nslots * 2 : SLOTS_LEAST;
    uint32_t *slots = calloc(nslots, sizeof *slots);
    struct row **list = slots ? reallocarray(r->list, nslots / 2, sizeof *list) : NULL;

    if (list)
        r->list = list;
    if (!list) {
        free(slots);
        return ERR_NOMEM;
    }
    free(r->slots);
    r->slots = slots;
    r->nslots = nslots;
    for (uint32_t i = 0; i < r->count; i++)
        *slot_of(r, r->list[i]->by, r->list[i]->key, r->list[i]->month) = i + 1;
    return 0;
}

/* The row, made when there is none; NULL without memory or room. */
static struct row *row_of(struct statistics_rows *r, enum statistics_by by, const char *key,
                          int month)
{
    if (r->count >= r->nslots / 2 && grow(r))
        return NULL;
    uint32_t *slot = slot_of(r, by, key, month);
    if (*slot)
        return r->list[*slot - 1];
    if (r->count == STATISTICS_ROWS) {
        if (!r->full)
            log_warn("statistics.full", "rows=%d", (int)STATISTICS_ROWS);
        r->full = true;
        return NULL;
    }
    struct row *row = calloc(1, sizeof *row);
    if (!row)
        return NULL;
    memcpy(row->key, key, strlen(key) + 1);
    row->by = (uint8_t)by;
    row->month = month;
    r->list[r->count++] = row;
    *slot = r->count;
    return row;
}

static int put(struct statistics_rows *r, enum statistics_by by, const char *key, int month,
               const struct tally_part *part, bool back)
{
    const int months[] = {STATISTICS_EVERY_MONTH, month};

    for (size_t i = 0; i < 2 && (!i || month >= r->first); i++) {
        struct row *row = row_of(r, by, key, months[i]);
        if (!row && !r->full)
            return ERR_NOMEM;
        if (row && back)
            tally_take(&row->sum, part);
        else if (row)
            tally_put(&row->sum, part);
    }
    return 0;
}

int statistics_rows_enter(struct statistics_rows *r, const struct tally *t, bool back)
{
    char county[REGION_MAX] = "", town[REGION_MAX] = "";
    int month = statistics_month(t->opened), err = 0;

    memcpy(county, t->region, COUNTY);
    memcpy(town, t->region, TOWN);
    for (size_t i = 0; i < t->nparts && !err; i++) {
        const struct tally_part *part = &t->parts[i];
        err = put(r, STATISTICS_ALL, "", month, part, back);
        err = err ? err : put(r, STATISTICS_UNIT, part->unit, month, part, back);
        err = err ? err : put(r, STATISTICS_TOPIC, t->topic, month, part, back);
        err = err ? err : put(r, STATISTICS_REGION, county, month, part, back);
        err = err ? err : put(r, STATISTICS_PLACE, town, month, part, back);
    }
    return err;
}

static bool asked(const struct row *row, const struct statistics_query *q)
{
    static const struct tally_sum nothing;

    return row->by == q->by && (!q->key || strcmp(row->key, q->key) == 0) &&
           (q->months ? row->month != STATISTICS_EVERY_MONTH : row->month == q->month) &&
           memcmp(&row->sum, &nothing, sizeof nothing) != 0;
}

static int by_key(const void *a, const void *b)
{
    const struct row *x = *(const struct row *const *)a, *y = *(const struct row *const *)b;
    int order = strcmp(x->key, y->key);

    return order ? order : x->month - y->month;
}

int statistics_rows_read(const struct statistics_rows *r, const struct statistics_query *q,
                         int (*each)(void *arg, const struct statistics_row *row), void *arg)
{
    const struct row **found = malloc((r->count + 1) * sizeof *found);
    size_t n = 0;
    int err = found ? 0 : ERR_NOMEM;

    for (uint32_t i = 0; i < r->count && !err; i++)
        if (asked(r->list[i], q))
            found[n++] = r->list[i];
    if (n)
        qsort(found, n, sizeof *found, by_key);
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &(struct statistics_row){found[i]->key, found[i]->month, &found[i]->sum});
    free(found);
    return err;
}
