#include "daemon/views/asked_rows.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/err.h"
#include "base/log.h"
#include "base/utf8.h"

struct row {
    uint64_t hash;
    char topic[SLUG_MAX], term[ASKED_TERM];
    int64_t last;                /* the latest day that has a place in days[] */
    uint32_t days[ASKED_DAYS];   /* of day d at d % ASKED_DAYS */
    uint64_t concerns[ASKED_CONCERNS];
};

struct asked_rows {
    struct row *list;
    size_t count, room;
    bool told;
};

struct asked_rows *asked_rows_new(void)
{
    return calloc(1, sizeof(struct asked_rows));
}

void asked_rows_free(struct asked_rows *r)
{
    if (!r)
        return;
    free(r->list);
    free(r);
}

static bool is_over(const struct row *row, int64_t day)
{
    return day - row->last >= ASKED_DAYS;
}

/* One of which nothing is left, or a new one; NULL: there is no room. */
static struct row *make(struct asked_rows *r, int64_t day)
{
    for (size_t i = 0; r->count == ASKED_ROWS && i < r->count; i++)
        if (is_over(&r->list[i], day))
            return &r->list[i];
    if (r->count == r->room && r->room < ASKED_ROWS) {
        size_t room = r->room ? 2 * r->room : 64;
        struct row *list = reallocarray(r->list, room, sizeof *list);
        if (!list)
            return NULL;
        r->list = list;
        r->room = room;
    }
    if (r->count < r->room)
        return &r->list[r->count++];
    if (!r->told)
        log_warn("asked.rows", "most=%d", ASKED_ROWS);
    r->told = true;
    return NULL;
}

static struct row *find(struct asked_rows *r, struct str topic, struct str term, int64_t day)
{
    uint64_t hash = XXH3_64bits_withSeed(term.p, term.n, XXH3_64bits(topic.p, topic.n));

    for (size_t i = 0; i < r->count; i++)
        if (r->list[i].hash == hash)
            return &r->list[i];
    struct row *row = make(r, day);
    if (row) {
        *row = (struct row){.hash = hash, .last = day};
        memcpy(row->topic, topic.p, topic.n);
        memcpy(row->term, term.p, term.n);
    }
    return row;
}

/* The days that come in are empty yet. */
static void move_to(struct row *row, int64_t day)
{
    if (is_over(row, day)) {
        memset(row->days, 0, sizeof row->days);
        memset(row->concerns, 0, sizeof row->concerns);
    } else {
        for (int64_t d = row->last + 1; d <= day; d++)
            row->days[d % ASKED_DAYS] = 0;
    }
    row->last = day;
}

static void note_concern(struct row *row, uint64_t concern)
{
    size_t at = 0;

    while (at < ASKED_CONCERNS - 1 && row->concerns[at] != concern)
        at++;
    memmove(row->concerns + 1, row->concerns, at * sizeof *row->concerns);
    row->concerns[0] = concern;
}

void asked_rows_add(struct asked_rows *r, struct str topic, struct str term, int64_t day,
                    uint64_t concern)
{
    term.n = utf8_cut(term, ASKED_TERM - 1);
    if (topic.n >= SLUG_MAX || !term.n || day < 0)
        return;
    struct row *row = find(r, topic, term, day);
    if (!row || row->last - day >= ASKED_DAYS)
        return;
    if (day > row->last)
        move_to(row, day);
    row->days[day % ASKED_DAYS]++;
    if (concern)
        note_concern(row, concern);
}

static void sum(const struct row *row, int64_t day, struct asked_row *out)
{
    *out = (struct asked_row){0};
    memcpy(out->topic, row->topic, SLUG_MAX);
    memcpy(out->term, row->term, ASKED_TERM);
    memcpy(out->concerns, row->concerns, sizeof row->concerns);
    for (int64_t d = row->last; d >= 0 && d > row->last - ASKED_DAYS; d--) {
        uint32_t n = row->days[d % ASKED_DAYS];
        out->count += d > day - ASKED_DAYS ? n : 0;
        out->week += d > day - ASKED_WEEK ? n : 0;
    }
}

static int by_count(const void *a, const void *b)
{
    const struct asked_row *x = a, *y = b;

    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    int order = strcmp(x->topic, y->topic);
    return order ? order : strcmp(x->term, y->term);
}

int asked_rows_read(const struct asked_rows *r, int64_t day, uint32_t least, struct asked_row *out,
                    size_t max)
{
    struct asked_row *all = calloc(r->count ? r->count : 1, sizeof *all);
    size_t n = 0;

    if (!all)
        return ERR_NOMEM;
    for (size_t i = 0; i < r->count; i++) {
        sum(&r->list[i], day, &all[n]);
        n += all[n].count >= least;
    }
    qsort(all, n, sizeof *all, by_count);
    n = n < max ? n : max;
    memcpy(out, all, n * sizeof *out);
    free(all);
    return (int)n;
}
