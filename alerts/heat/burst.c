#include "alerts/heat/burst.h"

#include <stdlib.h>
#include <string.h>

#include "alerts/heat/surge.h"
#include "base/clock.h"
#include "base/err.h"

enum {
    QUIET_HOURS = 6,
    SUNDAY = 3, TUESDAY = 5 /* 1970-01-01, day 0 of the week here, was a Thursday */
};
#define HOUR (3600 * INT64_C(1000))
#define WEEK (7 * CLOCK_DAY)
#define TERM '=' /* no topic begins so */

static const double WEIGHT_KEEP = 0.8; /* of a term's hits, a week later */
static const double TERM_SHARE = 0.1;  /* of a topic's accidents: terms are many */

struct series {
    char name[SLUG_MAX]; /* of a topic, or of a term: TERM and its text */
    struct surge surge;
    double weight;        /* of a term: hits, fading (space-saving) */
    uint64_t batch;       /* of rows: `row` is its place there */
    size_t row;
    int64_t term_told;    /* of a topic: the step in which one of its terms was told */
};

struct burst {
    struct surge_steps steps;
    int64_t step; /* the running one */
    bool begun;
    struct pattern_when when; /* of the running step */
    const struct calendar *calendar;
    uint32_t items;      /* in the running step */
    size_t items_row;
    uint64_t items_batch;
    struct series *list; /* as they came */
    uint32_t *order;     /* of list, by name */
    size_t count, cap, nterms;
    struct burst_row *rows;
    size_t nrows, rows_cap;
    uint64_t batch; /* of rows, from 1 */
    bool rows_taken;
};

struct burst *burst_new(int64_t step)
{
    struct burst *b = calloc(1, sizeof *b);

    if (!b)
        return NULL;
    surge_steps(step, &b->steps);
    b->batch = 1;
    return b;
}

void burst_free(struct burst *b)
{
    if (!b)
        return;
    free(b->list);
    free(b->order);
    free(b->rows);
    free(b);
}

int64_t burst_step(const struct burst *b, int64_t now)
{
    return (now + CLOCK_CHINA) / b->steps.length;
}

/* A holiday is like a Sunday, a Saturday that is worked like any day of the week. */
static unsigned day_of(const struct burst *b, int64_t day)
{
    unsigned of_week = (unsigned)(day % 7);
    bool weekend = of_week == SUNDAY - 1 || of_week == SUNDAY;

    if (b->calendar && calendar_is_workday(b->calendar, day, NULL) == weekend)
        return weekend ? TUESDAY : SUNDAY;
    return of_week;
}

static struct pattern_when when(const struct burst *b, int64_t step)
{
    int64_t at = step * b->steps.length;
    unsigned day = day_of(b, at / CLOCK_DAY), a_day = (unsigned)(CLOCK_DAY / b->steps.length);

    return (struct pattern_when){day * a_day + (unsigned)(at % CLOCK_DAY / b->steps.length),
                                 (unsigned)(at % CLOCK_DAY / HOUR), day};
}

void burst_calendar(struct burst *b, const struct calendar *calendar)
{
    b->calendar = calendar;
    if (b->begun)
        b->when = when(b, b->step);
}

/* The running step is over. */
static void close_steps(struct burst *b)
{
    double keep = 1 - (1 - WEIGHT_KEEP) * (double)b->steps.length / (double)WEEK;

    for (size_t i = 0; i < b->count; i++) {
        surge_close(&b->steps, b->when, &b->list[i].surge);
        b->list[i].weight *= keep;
    }
    b->items = 0;
}

/* What was counted of the running step is dropped; the next one stands alone. */
static void break_off(struct burst *b, int64_t step)
{
    for (size_t i = 0; i < b->count; i++)
        surge_break(&b->list[i].surge);
    b->items = 0;
    b->step = step;
    b->when = when(b, step);
}

static void go_to(struct burst *b, int64_t step)
{
    if (!b->begun || step < b->step) {
        b->begun = true;
        break_off(b, step);
        return;
    }
    if (step == b->step)
        return;
    bool gap = (step - b->step) * b->steps.length > QUIET_HOURS * HOUR + b->steps.length;
    do {
        close_steps(b);
        b->step++;
        b->when = when(b, b->step);
    } while (!gap && b->step < step);
    if (gap)
        break_off(b, step);
}

static size_t place(const struct burst *b, struct str name, bool *there)
{
    size_t low = 0, high = b->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_order(str_from(b->list[b->order[middle]].name), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *there = low < b->count && str_is(name, b->list[b->order[low]].name);
    return low;
}

/* The term that is heard of least gives way: whoever has more hits than a BURST_TERMS_MAXth of all,
 * as they fade, is watched (space-saving). Its number in the list. */
static uint32_t give_way(struct burst *b, double *weight)
{
    uint32_t least = UINT32_MAX;
    bool there;

    for (uint32_t i = 0; i < b->count; i++)
        if (*b->list[i].name == TERM &&
            (least == UINT32_MAX || b->list[i].weight < b->list[least].weight))
            least = i;
    *weight = b->list[least].weight;
    size_t at = place(b, str_from(b->list[least].name), &there);
    memmove(&b->order[at], &b->order[at + 1], (--b->count - at) * sizeof *b->order);
    return least;
}

/* Room was made; NULL: there are too many. */
static struct series *series_of(struct burst *b, struct str name)
{
    bool there, term = name.n && *name.p == TERM;
    double weight = 0;
    size_t at = place(b, name, &there);
    uint32_t number = (uint32_t)b->count;

    if (there)
        return &b->list[b->order[at]];
    if (!name.n || name.n >= SLUG_MAX ||
        (!term && b->count - b->nterms == BURST_TOPICS_MAX))
        return NULL;
    if (term && b->nterms == BURST_TERMS_MAX) {
        number = give_way(b, &weight);
        at = place(b, name, &there);
    } else {
        b->nterms += term;
    }
    memmove(&b->order[at + 1], &b->order[at], (b->count++ - at) * sizeof *b->order);
    b->order[at] = number;
    struct series *s = &b->list[number];
    *s = (struct series){.weight = weight};
    memcpy(s->name, name.p, name.n);
    return s;
}

static int reserve_series(struct burst *b, size_t more)
{
    if (b->count + more <= b->cap)
        return 0;
    size_t cap = 2 * (b->count + more);
    struct series *list = reallocarray(b->list, cap, sizeof *list);
    if (list)
        b->list = list;
    uint32_t *order = list ? reallocarray(b->order, cap, sizeof *order) : NULL;
    if (!order)
        return ERR_NOMEM;
    b->order = order;
    b->cap = cap;
    return 0;
}

int burst_reserve(struct burst *b, size_t names)
{
    if (b->rows_taken) {
        b->nrows = 0;
        b->batch++;
    }
    b->rows_taken = false;
    if (b->nrows + names + 1 > b->rows_cap) {
        size_t cap = 2 * (b->nrows + names + 1);
        struct burst_row *more = reallocarray(b->rows, cap, sizeof *more);
        if (!more)
            return ERR_NOMEM;
        b->rows = more;
        b->rows_cap = cap;
    }
    return reserve_series(b, names);
}

/* One row a step and name; where time stepped to and fro, the later row says more. */
static void note_row(struct burst *b, const char *name, uint32_t count, uint64_t *batch,
                     size_t *row)
{
    if (*batch != b->batch || b->rows[*row].step != b->step) {
        *batch = b->batch;
        *row = b->nrows++;
        memset(b->rows[*row].topic, 0, sizeof b->rows[*row].topic);
        memcpy(b->rows[*row].topic, name, strlen(name));
        b->rows[*row].step = b->step;
    }
    b->rows[*row].count = count;
}

void burst_item(struct burst *b, int64_t now)
{
    go_to(b, burst_step(b, now));
    note_row(b, "", ++b->items, &b->items_batch, &b->items_row);
}

static bool look(const struct burst *b, struct series *s, struct burst_alarm *alarm)
{
    double share = *s->name == TERM ? TERM_SHARE : 1;

    return surge_begins(&b->steps, b->when, share, &s->surge, alarm);
}

static bool count(struct burst *b, struct str name, struct burst_alarm *alarm)
{
    struct series *s = series_of(b, name);

    if (!s)
        return false;
    s->surge.count++;
    s->weight++;
    note_row(b, s->name, s->surge.count, &s->batch, &s->row);
    return look(b, s, alarm);
}

bool burst_topic(struct burst *b, struct str topic, struct burst_alarm *alarm)
{
    return count(b, topic, alarm);
}

/* A surge of the topic is told as such, and its terms are not told one by one. */
static bool hidden(struct burst *b, struct str topic)
{
    bool there;
    size_t at = place(b, topic, &there);
    struct series *s = there ? &b->list[b->order[at]] : NULL;

    if (!s)
        return false;
    if (s->surge.told || (s->term_told && (b->step - s->term_told) * b->steps.length < CLOCK_DAY))
        return true;
    s->term_told = b->step;
    return false;
}

bool burst_term(struct burst *b, struct str topic, struct str term, struct burst_alarm *alarm)
{
    char name[SLUG_MAX];

    if (!term.n || term.n >= BURST_TERM_BYTES)
        return false;
    name[0] = TERM;
    memcpy(name + 1, term.p, term.n);
    return count(b, (struct str){name, term.n + 1}, alarm) && !hidden(b, topic);
}

int burst_watch(struct burst *b, struct str topic)
{
    int err = reserve_series(b, 1);

    if (!err)
        series_of(b, topic);
    return err;
}

int burst_restore(struct burst *b, const struct burst_row *row)
{
    struct burst_alarm alarm;
    int err = burst_reserve(b, 1);

    if (err)
        return err;
    go_to(b, row->step);
    struct series *s = *row->topic ? series_of(b, str_from(row->topic)) : NULL;
    if (!*row->topic)
        b->items = row->count;
    if (!s)
        return 0;
    if (row->count > s->surge.count)
        s->weight += row->count - s->surge.count;
    s->surge.count = row->count;
    look(b, s, &alarm);
    return 0;
}

double burst_expected(const struct burst *b, struct str topic, int64_t now)
{
    bool there;
    size_t at = place(b, topic, &there);

    if (!there)
        return 0;
    return pattern_usual(&b->list[b->order[at]].surge.pattern, when(b, burst_step(b, now))).mean;
}

const struct burst_row *burst_changed(struct burst *b, size_t *n)
{
    if (b->rows_taken) {
        b->nrows = 0;
        b->batch++;
    }
    *n = b->nrows;
    b->rows_taken = true;
    return b->rows;
}
