#include "alerts/burst.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"

enum { SLOTS = 168, HOURS = 24, DAYS = 7, QUIET_HOURS = 6, WARM_WEEKS = 3, CALM_STEPS = 6 };
#define HOUR (3600 * INT64_C(1000))
#define WEEK (7 * CLOCK_DAY)

static const double TAIL = 5e-4;     /* two steps so far out are a surge */
static const double LEAST = 8;       /* items; fewer are none, however rare */
static const double EACH = 1.5;      /* either step is so many times what is usual */
static const double BOTH = 2.0;      /* and both together */
static const double KEEP_SLOT = 0.85;  /* of what is known of a step of the week, a week later */
static const double KEEP_HOUR = 0.97;  /* of an hour of the day, a day later */
static const double KEEP_DAY = 0.995;  /* of a day of the week, an hour of it later */
static const double DRAWN = 2;       /* weeks that hour and day count for in a step of the week */
static const double DRIFT = 0.01;    /* squared: how far the pattern itself is off */
static const double SCATTER_KEEP = 0.995, SCATTER_MOST = 9;

struct mean { /* decayed */
    float sum, weight;
};

struct series {
    char topic[SLUG_MAX];
    struct mean slots[SLOTS], hours[HOURS], days[DAYS];
    float scatter;        /* variance over mean */
    uint32_t learned;     /* steps */
    uint32_t count;       /* in the running step */
    uint32_t before;      /* in the one before it, when that is known */
    float usual_before;
    uint32_t calm;        /* steps in a row; counted after an alarm */
    bool told;
};

struct burst {
    int64_t length; /* of a step, ms */
    int64_t step;   /* the running one */
    bool begun, before_known;
    uint32_t items; /* in the running step */
    struct series *list; /* sorted by topic */
    size_t count, cap;
    struct burst_row *rows;
    size_t nrows, rows_cap;
    bool rows_taken;
};

struct burst *burst_new(int64_t step)
{
    struct burst *b = calloc(1, sizeof *b);

    if (b)
        b->length = step;
    return b;
}

void burst_free(struct burst *b)
{
    if (!b)
        return;
    free(b->list);
    free(b->rows);
    free(b);
}

int64_t burst_step(const struct burst *b, int64_t now)
{
    return (now + CLOCK_CHINA) / b->length;
}

struct when {
    unsigned slot, hour, day;
};

/* 1970-01-01 was a Thursday; which day is called 0 does not matter. */
static struct when when(const struct burst *b, int64_t step)
{
    int64_t at = step * b->length;

    return (struct when){(unsigned)(at % WEEK / b->length), (unsigned)(at % CLOCK_DAY / HOUR),
                         (unsigned)(at % WEEK / CLOCK_DAY)};
}

static void learn(struct mean *m, double keep, double x, double weight)
{
    m->sum = (float)(m->sum * keep + x);
    m->weight = (float)(m->weight * keep + weight);
}

static double usual(const struct series *s, struct when w)
{
    const struct mean *slot = &s->slots[w.slot], *hour = &s->hours[w.hour], *day = &s->days[w.day];
    double by_hour = hour->weight > 0 ? hour->sum / hour->weight : 0;
    double likely = by_hour * (day->sum + 5.0) / (day->weight + 5.0);

    return (slot->sum + DRAWN * likely) / (slot->weight + DRAWN);
}

static double variance(const struct series *s, struct when w, double mean)
{
    double scatter = s->scatter > 1 ? s->scatter : 1;

    return scatter * mean * (1 + 1 / (s->slots[w.slot].weight + DRAWN)) + DRIFT * mean * mean;
}

/* P(X >= x) of a count with this mean and variance: negative binomial, Poisson at its limit. */
static double tail(double x, double mean, double var)
{
    double r = var > mean * 1.001 ? mean * mean / (var - mean) : 0;
    double p = r > 0 ? mean / (r + mean) : 0, sum = 0;
    double log_term = r > 0 ? lgamma(x + r) - lgamma(r) - lgamma(x + 1) + r * log1p(-p) +
                                  x * log(p)
                            : x * log(mean) - mean - lgamma(x + 1);
    double term = exp(log_term);

    for (double k = x; term > sum * 1e-6 && term > 0; k++) {
        sum += term;
        term *= r > 0 ? p * (k + r) / (k + 1) : mean / (k + 1);
    }
    return sum;
}

/* The running step is over: what it held is learned, but no more of it than is believable. */
static void close_step(const struct burst *b, struct series *s)
{
    struct when w = when(b, b->step);
    double mean = usual(s, w), x = s->count, most = mean + 3 * sqrt(variance(s, w, mean)) + 1;
    uint32_t warm = (uint32_t)(WARM_WEEKS * WEEK / b->length);
    bool calm = x <= EACH * mean || x <= mean + 2 * sqrt(variance(s, w, mean));

    s->calm = calm ? s->calm + 1 : 0;
    if (s->told && s->calm >= CALM_STEPS)
        s->told = false;
    if (s->learned >= warm / 3 && x > most)
        x = most;
    if (s->learned >= warm / 3) {
        double off = (x - mean) * (x - mean) / fmax(mean, 0.5);
        s->scatter = (float)(s->scatter * SCATTER_KEEP +
                             fmin(off, SCATTER_MOST) * (1 - SCATTER_KEEP));
    }
    const struct mean *hour = &s->hours[w.hour];
    if (hour->weight > 0)
        learn(&s->days[w.day], KEEP_DAY, x, hour->sum / hour->weight);
    learn(&s->slots[w.slot], KEEP_SLOT, x, 1);
    learn(&s->hours[w.hour], KEEP_HOUR, x, 1);
    s->learned++;
    s->before = s->count;
    s->usual_before = (float)mean;
    s->count = 0;
}

static void close_all(struct burst *b)
{
    for (size_t i = 0; i < b->count; i++)
        close_step(b, &b->list[i]);
    b->before_known = true;
    b->items = 0;
}

/* What was counted of the running step is dropped; the next one stands alone. */
static void break_off(struct burst *b, int64_t step)
{
    for (size_t i = 0; i < b->count; i++)
        b->list[i].count = 0;
    b->items = 0;
    b->before_known = false;
    b->step = step;
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
    bool gap = (step - b->step) * b->length > QUIET_HOURS * HOUR + b->length;
    do {
        close_all(b);
        b->step++;
    } while (!gap && b->step < step);
    if (gap)
        break_off(b, step);
}

static size_t place(const struct burst *b, struct str topic, bool *there)
{
    size_t low = 0, high = b->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_order(str_from(b->list[middle].topic), topic) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *there = low < b->count && str_is(topic, b->list[low].topic);
    return low;
}

/* Room was made; NULL: there are too many. */
static struct series *series_of(struct burst *b, struct str topic)
{
    bool there;
    size_t at = place(b, topic, &there);

    if (there)
        return &b->list[at];
    if (b->count == BURST_TOPICS_MAX || !topic.n || topic.n >= SLUG_MAX)
        return NULL;
    memmove(&b->list[at + 1], &b->list[at], (b->count++ - at) * sizeof *b->list);
    struct series *s = &b->list[at];
    *s = (struct series){.scatter = 1.5f};
    memcpy(s->topic, topic.p, topic.n);
    return s;
}

int burst_reserve(struct burst *b, size_t topics)
{
    if (b->rows_taken)
        b->nrows = 0;
    b->rows_taken = false;
    if (b->count + topics > b->cap) {
        size_t cap = 2 * (b->count + topics);
        struct series *more = realloc(b->list, cap * sizeof *more);
        if (!more)
            return ERR_NOMEM;
        b->list = more;
        b->cap = cap;
    }
    if (b->nrows + topics + 1 > b->rows_cap) {
        size_t cap = 2 * (b->nrows + topics + 1);
        struct burst_row *more = realloc(b->rows, cap * sizeof *more);
        if (!more)
            return ERR_NOMEM;
        b->rows = more;
        b->rows_cap = cap;
    }
    return 0;
}

/* Rows of one step stand together; where time stepped to and fro, the later row says more. */
static void note_row(struct burst *b, const char *topic, uint32_t count)
{
    size_t i = b->nrows;

    while (i > 0 && b->rows[i - 1].step == b->step && strcmp(b->rows[i - 1].topic, topic) != 0)
        i--;
    bool there = i > 0 && b->rows[i - 1].step == b->step;
    struct burst_row *row = there ? &b->rows[i - 1] : &b->rows[b->nrows++];
    memset(row->topic, 0, sizeof row->topic);
    memcpy(row->topic, topic, strlen(topic));
    row->step = b->step;
    row->count = count;
}

void burst_item(struct burst *b, int64_t now)
{
    go_to(b, burst_step(b, now));
    note_row(b, "", ++b->items);
}

/* Is the running step the second of a surge? */
static bool surges(const struct burst *b, const struct series *s, struct burst_alarm *alarm)
{
    struct when now = when(b, b->step), then = when(b, b->step - 1);
    double mean = usual(s, now), before = s->usual_before;
    double seen = (double)s->count + s->before, both = mean + before;

    if (!b->before_known || s->learned < WARM_WEEKS * WEEK / b->length || seen < LEAST ||
        s->count < EACH * mean || s->before < EACH * before || seen < BOTH * both ||
        !s->count || !s->before)
        return false;
    *alarm = (struct burst_alarm){(uint32_t)lrint(both), s->count + s->before};
    if (both <= 0)
        return true;
    return tail(seen, both, variance(s, now, mean) + variance(s, then, before)) < TAIL;
}

static bool look(const struct burst *b, struct series *s, struct burst_alarm *alarm)
{
    if (!surges(b, s, alarm))
        return false;
    bool told = s->told;
    s->told = true;
    s->calm = 0;
    return !told;
}

bool burst_topic(struct burst *b, struct str topic, struct burst_alarm *alarm)
{
    struct series *s = series_of(b, topic);

    if (!s)
        return false;
    s->count++;
    note_row(b, s->topic, s->count);
    return look(b, s, alarm);
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
    s->count = row->count;
    look(b, s, &alarm);
    return 0;
}

double burst_expected(const struct burst *b, struct str topic, int64_t now)
{
    bool there;
    size_t at = place(b, topic, &there);

    return there ? usual(&b->list[at], when(b, burst_step(b, now))) : 0;
}

const struct burst_row *burst_changed(struct burst *b, size_t *n)
{
    if (b->rows_taken)
        b->nrows = 0;
    *n = b->nrows;
    b->rows_taken = true;
    return b->rows;
}
