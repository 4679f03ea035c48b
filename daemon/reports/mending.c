#include "daemon/reports/mending.h"

#include "base/clock.h"
#include "daemon/public/listing.h"
#include "daemon/public/words.h"

enum { PAGE = 500 };

static const struct {
    const char *name, *zh, *en;
} faults[MENDING_FAULTS] = {
    [MENDING_OVERDUE] = {"overdue", "超期未答复", "reply overdue"},
    [MENDING_LATE] = {"late", "超期答复", "answered late"},
    [MENDING_MISSED] = {"missed", "前轮未按期", "missed in a round before"},
    [MENDING_REOPENED] = {"reopened", "重开或退回", "reopened or returned"},
};

const char *mending_fault_name(enum mending_fault fault)
{
    return faults[fault].name;
}

const char *mending_fault_text(enum mending_fault fault, bool english)
{
    return english ? faults[fault].en : faults[fault].zh;
}

/* Of those due from `end` on it is not said in this month that they were missed. */
static unsigned faults_of(const struct concern *c, int64_t now, int64_t end)
{
    enum words_timing timing = c->due < end ? words_timing(c, now) : WORDS_RUNNING;

    return (timing == WORDS_OVERDUE) << MENDING_OVERDUE |
           (timing == WORDS_LATE) << MENDING_LATE | (c->misses > 0) << MENDING_MISSED |
           (c->round > 0) << MENDING_REOPENED;
}

bool mending_done(const struct concern *c)
{
    return c->state == CONCERN_CLOSED;
}

struct walk {
    int64_t now, begin, end; /* what was mended before the one, or is due after the other, is out */
    mending_each_fn *each;
    void *arg;
};

static int step(void *arg, const struct concern *c)
{
    struct walk *w = arg;
    unsigned of = faults_of(c, w->now, w->end);

    if (!of || (mending_done(c) && (c->answered ? c->answered : c->updated) < w->begin))
        return 0;
    return w->each(w->arg, c, of);
}

/* However many pages there are. */
static int walk_all(struct exchange *x, struct listing *l, struct walk *w)
{
    int err;

    do
        err = listing_each(l, x, step, w);
    while (!err && listing_next(l));
    return err;
}

int mending_each(struct exchange *x, int month, mending_each_fn *each, void *arg)
{
    struct walk w = {clock_now(), INT64_MIN, INT64_MAX, each, arg};
    struct listing l;

    listing_month(&l, month, PAGE);
    return walk_all(x, &l, &w);
}

int mending_each_carried(struct exchange *x, int month, mending_each_fn *each, void *arg)
{
    struct walk w = {clock_now(), listing_begin(month), listing_begin(month + 1), each, arg};
    struct listing l;

    if (w.begin > w.now)
        return 0;
    listing_before(&l, month, PAGE);
    l.query.state = "open";
    int err = walk_all(x, &l, &w);
    for (int i = 1; i <= MENDING_LOOKS_BACK && !err; i++) {
        listing_month(&l, month - i, PAGE);
        l.query.state = "closed";
        err = walk_all(x, &l, &w);
    }
    return err;
}
