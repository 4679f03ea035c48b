/* alerts/clocks.h - a concern's clocks: which start, when, and when their next stage is due. Pure.
 */
#ifndef HUIYING_ALERTS_CLOCKS_H
#define HUIYING_ALERTS_CLOCKS_H

#include "alerts/concern.h"
#include "alerts/deadline.h"
#include "classifiers/rules/rules.h"

/* What a clock has to announce. */
enum clocks_news {
    CLOCKS_NOTHING,
    CLOCKS_RECOMPUTED, /* its year's holidays are published by now: due has changed, or is final */
    CLOCKS_HALF,       /* 50 % has run */
    CLOCKS_MOST,       /* 80 % */
    CLOCKS_OVERDUE,
    CLOCKS_ESCALATED   /* clock.level is how often by now */
};

/* Instant (ms) of the next announcement and its clock, or INT64_MAX when none will come. What waits
 * for a calendar that has come is due at once: 0. */
int64_t clocks_next(const struct concern *c, const struct deadlines *d, size_t *which);
/* Move the clock to what `now` has reached next and say what that is: recomputed, HALF, MOST, each
 * in its turn; but straight to OVERDUE when the due time is past, for a reminder of what is missed
 * already helps nobody; then each level of 督办, which of the reply waits for an approved extension.
 * Nothing is announced twice, whichever way time steps. The reply's due follows into c->due. */
enum clocks_news clocks_advance(struct concern *c, size_t which, const struct deadlines *d,
                                int64_t now);
/* The grade that it is to be treated as: its own, or a higher one that is proposed and not decided
 * upon yet. */
enum grade clocks_grade(const struct concern *c);
/* Stop the running clocks of the act (ACT_NONE: of every act). */
void clocks_meet(struct concern *c, enum act act, int64_t now);
/* The clock of an act that is due first, or NULL. */
const struct concern_clock *clocks_find(const struct concern *c, enum act act);

/* The published reply promises something by `due`: a clock of its own, which runs after closing.
 * False when it runs already, is past, or there is no room. */
bool clocks_promise(struct concern *c, int64_t due, int64_t now);
/* The reply that made them answers no more. */
void clocks_drop_promises(struct concern *c);
/* The one that is due first is kept. */
void clocks_keep_promise(struct concern *c, int64_t now);
/* The same of those that still run. */
const struct concern_clock *clocks_running(const struct concern *c, enum act act);

/* Another concern goes into this one (并单): of each act the clock that is due earlier runs on, with
 * what has been announced of it; what was done here stays done. c->due follows. */
void clocks_join(struct concern *c, const struct concern *from);

/* clocks_start.c: which clocks there are. c->due follows the reply's clock. A clock of a rule
 * by_grade is provisional until the grade is decided (c->assessed, and no clock of 研判 runs). The
 * rules that hold are chosen by the topic's own list (none when `rules` knows
 * no such topic) and c->kind, request, grade and topic: see deadline_choose(). */

/* Of a concern that was found, or begins a new round, at `at`: those that start by finding, and
 * with `dispatched` (派单 happens with it) by dispatching. Earlier ones are dropped. */
void clocks_start(struct concern *c, const struct deadlines *d, const struct rules *rules,
                  int64_t at, bool dispatched);
/* Something happened for the first time: the clocks that it starts start, those that run stay. */
void clocks_trigger(struct concern *c, const struct deadlines *d, const struct rules *rules,
                    enum deadline_trigger trigger, int64_t at);
/* Heat or a rule proposes a grade: c->proposed follows, and until 研判 the grade itself; clocks of
 * the grade start provisionally. False when it is no higher than what was proposed or decided. */
bool clocks_propose(struct concern *c, const struct deadlines *d, enum grade grade, int64_t at);
/* 研判: the grade is decided. The clock of 研判 is met, those of the grade run on for good (or start
 * now, when nobody had proposed it), those of a higher grade are dropped. c->grade and assessed
 * follow; call it before clocks_trigger(… DEADLINE_ASSESSED …). */
void clocks_regrade(struct concern *c, const struct deadlines *d, enum grade grade, int64_t now);
/* The request was corrected (c->request is the new one): a running clock changes to the rule that
 * holds now only when that is due earlier, and still to come; the original due time stays when the
 * new one is later, and nobody becomes overdue by a correction. */
void clocks_rechoose(struct concern *c, const struct deadlines *d, const struct rules *rules,
                     int64_t now);

#endif
