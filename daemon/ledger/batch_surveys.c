/* 回访: what people say of a reply, by count. Of who says it nothing is known, so what one may say
 * again and again is bounded by the hour. */
#include "base/err.h"
#include "daemon/ledger/batch_state.h"

#define HOUR (3600 * INT64_C(1000))

enum {
    CONCERN_HOUR_MAX = 30, /* answers about one concern in an hour */
    ALL_HOUR_MAX = 2000    /* and about all of them, since the start */
};

static struct store_survey *find(struct batch *b, uint64_t concern, uint16_t round)
{
    struct store_survey *list = (struct store_survey *)b->surveys.data;

    for (size_t i = 0; i < b->surveys.len / sizeof *list; i++)
        if (list[i].concern == concern && list[i].round == round)
            return &list[i];
    return NULL;
}

/* Its row in this batch, made from the store's: NULL on error. */
static struct store_survey *row_of(struct batch *b, uint64_t concern, uint16_t round, int *err)
{
    struct store_survey row = {0}, *there = find(b, concern, round);

    *err = 0;
    if (there)
        return there;
    *err = store_survey(b->conf.store, concern, round, &row);
    if (*err == ERR_NOTFOUND)
        *err = 0;
    row.concern = concern;
    row.round = round;
    if (!*err)
        *err = buf_add(&b->surveys, &row, sizeof row);
    return *err ? NULL : find(b, concern, round);
}

static bool bounded(struct batch *b, struct store_survey *row)
{
    int64_t hour = b->now / HOUR;

    if (row->hour != hour) {
        row->hour = hour;
        row->in_hour = 0;
    }
    if (b->surveyed_hour != hour) {
        b->surveyed_hour = hour;
        b->surveyed = 0;
    }
    return row->in_hour >= CONCERN_HOUR_MAX || b->surveyed >= ALL_HOUR_MAX;
}

static bool asked(const struct concern *c, uint16_t round)
{
    return c && c->state == CONCERN_CLOSED && c->outcome == OUTCOME_ANSWERED && c->round == round;
}

int batch_survey(struct batch *b, uint64_t concern, uint16_t round, bool solved, int *status,
                 const char **reason)
{
    int err = batch_state_recall(b, concern);

    *status = ERR_REFUSED;
    *reason = "这件关切现在没有待回访的答复 (no reply of this concern is asked about now)";
    if (err || !asked(desk_concern(b->desk, concern), round))
        return err;
    struct store_survey *row = row_of(b, concern, round, &err);
    if (!row)
        return err;
    *status = ERR_AGAIN;
    *reason = "这一小时的作答已满，请稍后再来 (enough answers in this hour: try again later)";
    if (bounded(b, row))
        return 0;
    row->in_hour++;
    b->surveyed++;
    uint32_t *count = solved ? &row->solved : &row->not_yet;
    *count += *count < UINT32_MAX;
    *status = 0;
    *reason = NULL;
    return desk_survey(b->desk, concern, row->solved, row->not_yet, b->now, &b->changes);
}
