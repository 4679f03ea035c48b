/* alerts/desk/tally.h - what one concern's events count for: opened, in time, answered, declined …
 * by the unit that had it in hand. Pure: the same events give the same counts, so that what a part
 * of them counted for can be taken back when more have come. */
#ifndef HUIYING_ALERTS_TALLY_H
#define HUIYING_ALERTS_TALLY_H

#include <stdbool.h>

#include "alerts/desk/scope.h"
#include "alerts/event.h"

enum tally_count {
    TALLY_OPENED,          /* concerns */
    TALLY_OPEN,            /* of those, not closed by now */
    TALLY_OVERDUE,         /* of those, not answered by the original due time of the reply */
    TALLY_CAME_ANSWERED,   /* found together with their published reply: in no rate */
    TALLY_ACCEPT_DUE,      /* 签收 that was given, or whose time is over */
    TALLY_ACCEPTED_IN_TIME,
    TALLY_ANSWER_DUE,      /* rounds answered, or whose original due time is over */
    TALLY_ANSWERED_IN_TIME, /* by the original due time, whatever was extended */
    TALLY_GIVEN,           /* 派单, 改派, 转派 to this unit, 退单 that was denied it */
    TALLY_DECLINED,        /* 退单 by this unit */
    TALLY_ROUNDS,          /* that this unit led: dispatched, given on to it, and each 重开 */
    TALLY_EXTENDED,        /* of those, with an approved 延期 */
    TALLY_ANSWERED,        /* rounds closed by an answer */
    TALLY_REOPENED,        /* of those, 重开 and 退回重办 */
    TALLY_MERGED,
    TALLY_HANDED_OUT,      /* 转有关机构 */
    TALLY_ADVERTISEMENT,   /* 无需回应, by code, in the order of enum dismissal */
    TALLY_ELSEWHERE,
    TALLY_OLD_NEWS,
    TALLY_NOTICE,
    TALLY_FULL,            /* answers by scope, in the order of enum scope */
    TALLY_SUMMARY,
    TALLY_WITHHELD,
    TALLY_SOLVED,          /* 回访, of the unit whose answer it was; see tally_survey() */
    TALLY_NOT_YET,
    TALLY_ASSISTED,        /* concerns that this unit was to help with (协办) and did not decline */
    TALLY_ASSIST_ANSWERED, /* of those, with its own published part */
    TALLY_ASSIST_DECLINED,
    TALLY_COUNTS
};
const char *tally_name(enum tally_count count); /* "opened" … */

/* Answer times are counted in classes that are an eighth of an octave wide: a median read from them
 * is within 7 % of the true one. */
enum { TALLY_TIMES = 168, TALLY_UNITS = 16, TALLY_ROUNDS_MAX = 8 };

struct tally_sum {
    uint32_t counts[TALLY_COUNTS];
    uint32_t times[TALLY_TIMES];
};

/* What a unit did with it. */
struct tally_part {
    char unit[SLUG_MAX];
    uint16_t counts[TALLY_COUNTS];
    uint8_t times[TALLY_ROUNDS_MAX]; /* classes */
    uint8_t ntimes;
};

struct tally {
    uint64_t concern;
    int64_t opened; /* ms: its OPENED; 0: has none */
    char topic[SLUG_MAX], region[REGION_MAX]; /* as its last event has them */
    struct tally_part parts[TALLY_UNITS]; /* further units count for the last one */
    uint8_t assists[TALLY_UNITS];         /* parts that assist: how far they are */
    size_t nparts;
    /* Of the round that runs. */
    size_t lead, answers_for; /* parts */
    int64_t began;
    bool dispatched, open, overdue, accept_counted, answer_counted, answered, declined;
    uint16_t led, extended; /* parts, as bits */
    /* Rounds that were answered, as bits, and by whom: parts. */
    uint8_t rounds, answered_by[TALLY_ROUNDS_MAX];
};

/* Do events of this type count for anything? Those that do not are passed over by tally_add(). */
bool tally_counts(enum event_type type);
/* Begin with a tally of zeroes; the concern's events by rising seq. */
void tally_add(struct tally *t, const struct event *e);
/* Every event is in: what it is now goes to the unit that has it now. Once. */
void tally_end(struct tally *t);

/* What people said of a round's answer (回访), which no event tells; of a round in t->rounds. */
void tally_survey(struct tally *t, unsigned round, uint16_t solved, uint16_t not_yet);

/* Add the part to the sum, or take it back. */
void tally_put(struct tally_sum *sum, const struct tally_part *part);
void tally_take(struct tally_sum *sum, const struct tally_part *part);

/* A rate: `part` of `whole`, with what it is called. */
struct tally_rate {
    const char *name, *zh, *en;
    enum tally_count part, whole; /* see tally_whole() */
    const char *formula_zh, *formula_en;
};
enum { TALLY_RATES = 7, TALLY_RANK_LEAST = 10 }; /* nobody is ranked by fewer than this */
extern const struct tally_rate tally_rates[TALLY_RATES]; /* the first two are 签收及时率 and
                                                             按期答复率 */
/* What it divides by: n. */
uint32_t tally_whole(const struct tally_sum *sum, const struct tally_rate *rate);
/* Per mille, rounded; -1 when there is nothing to divide by. */
int tally_per_mille(const struct tally_sum *sum, const struct tally_rate *rate);
/* Of the answer times (ms); 0 without any. *n (may be NULL): how many there are. */
int64_t tally_median(const struct tally_sum *sum, uint32_t *n);

#endif
