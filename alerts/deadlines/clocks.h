/* alerts/deadlines/clocks.h - a concern's clocks: which start, when, and when their next stage is
 * due. Pure. */
#ifndef HUIYING_ALERTS_CLOCKS_H
#define HUIYING_ALERTS_CLOCKS_H

#include "alerts/concern.h"
#include "alerts/deadlines/deadline.h"
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
 * in its turn, but of those that have passed the newest alone (the daemon was down, the clock was
 * set on): MOST in place of HALF, and straight to OVERDUE when the due time is past, for a reminder
 * of what is missed already helps nobody; then each level of 督办, which of the reply waits for an
 * approved extension. Nothing is announced twice, whichever way time steps. The reply's due follows
 * into c->due. */
enum clocks_news clocks_advance(struct concern *c, size_t which, const struct deadlines *d,
                                int64_t now);
/* The instant (ms) at which a clock reaches a stage that is announced. */
int64_t clocks_reaches(const struct concern_clock *clock, enum clock_stage stage);
/* The grade is proposed, not decided. */
bool clocks_undecided(const struct concern *c);
/* The grade that it is to be treated as: its own, or a higher one that is proposed and not decided
 * upon yet. */
enum grade clocks_grade(const struct concern *c);
/* Stop the running clocks of the act (ACT_NONE: of every act but what was promised). What is done
 * while its clock waits on the shelf is done, too. */
void clocks_meet(struct concern *c, enum act act, int64_t now);
/* The clock of an act that is due first, or NULL; one that waits on the shelf holds nobody to it.
 */
const struct concern_clock *clocks_find(const struct concern *c, enum act act);

/* clocks_promise.c. The published reply promises something by `due`: a clock of its own, which runs
 * until it is kept, through closing and through new rounds. False when it runs already, is past, or
 * as many that are due earlier run: CLOCKS_PROMISES, so that each act has room beside them. */
enum { CLOCKS_PROMISES = 3 };
bool clocks_promise(struct concern *c, int64_t due, int64_t now);
/* 并单: what was promised of the one is promised of the other, and followed there alone. */
void clocks_join_promises(struct concern *c, struct concern *from, int64_t now);
/* And when that is undone (after clocks_part()): of the one again, and of the other no more. */
void clocks_part_promises(const struct concern *c, struct concern *from);
/* The one due then was counted as so many working days from `at` on a year without holidays: it is
 * provisional, and counted again when the calendar has come. Its rule says how many. */
void clocks_guess_promise(struct concern *c, int64_t due, unsigned workdays, int64_t at);
bool clocks_same_promise(const struct concern_clock *a, const struct concern_clock *b);
/* Of a concern that nobody has replied to yet. */
void clocks_drop_promises(struct concern *c);
/* A new round begins: of the old one only what was promised and not kept goes on. */
void clocks_keep_running_promises(struct concern *c);
/* The same where the old one's clocks begin anew: what was shelved in it, or kept, is over. */
void clocks_drop_over(struct concern *c);
/* The one that is due first is kept. */
void clocks_keep_promise(struct concern *c, int64_t now);
/* The same of those that still run. */
const struct concern_clock *clocks_running(const struct concern *c, enum act act);
/* The clock of a rule (an id), shelved or not, or NULL. */
struct concern_clock *clocks_of_rule(struct concern *c, const char *rule);
/* It is shelved, and not missed: it may go on. */
bool clocks_waits(const struct concern_clock *clock);
/* It was done after its due time, while it waited on the shelf: nobody was held to that, so it is
 * neither missed nor late. What was missed before it was shelved has been announced as overdue. */
bool clocks_done_aside(const struct concern_clock *clock);
/* A clock that waits goes on as if it had run all the time. */
void clocks_resume(struct concern_clock *clock, bool provisional);

/* Another concern goes into this one (并单): of each act the clock that is due earlier runs on, with
 * what has been announced of it; what was done here stays done, and what is shelved in either is
 * remembered: a clock that runs goes by its earlier start. First information and briefing that were
 * given there are not due here, where they were not running. c->due follows. */
void clocks_join(struct concern *c, const struct concern *from);
/* The merge is undone: what it stopped in `c`, whose row is as the merge closed it, runs on as if
 * it had run all the time. Where the very clock ran on in `from`, what was announced of it there,
 * and what was published, is not due again. */
void clocks_part(struct concern *c, const struct concern *from);

/* clocks_start.c: which clocks there are. c->due follows the reply's clock. A clock of a rule
 * by_grade is provisional until the grade is decided (c->assessed, and no clock of 研判 runs). The
 * rules that hold are chosen by the topic's own list (none when `rules` knows
 * no such topic) and c->kind, request, grade and topic: see deadline_choose(). */

/* Of a concern that was found, or begins a new round, at `at`: those that start by finding, and
 * with `dispatched` (派单 happens with it) by dispatching. Earlier ones are dropped, but for what was
 * promised and not kept. */
void clocks_start(struct concern *c, const struct deadlines *d, const struct rules *rules,
                  int64_t at, bool dispatched);
/* Something happened for the first time: the clocks that it starts start, those that run stay. */
void clocks_trigger(struct concern *c, const struct deadlines *d, const struct rules *rules,
                    enum deadline_trigger trigger, int64_t at);
/* However grave, it is no 突发事件, and clocks of emergencies alone do not start: 研判 said so, or,
 * where it said neither, what was merged into it, else the topic (`rules` may not know that: then
 * it may be one). */
bool clocks_no_emergency(const struct concern *c, const struct rules *rules);
/* 研判 has said whether it is one. */
bool clocks_emergency_decided(const struct concern *c);
/* Heat or a rule proposes a grade: c->proposed follows, and until 研判 the grade itself; clocks of
 * the grade start provisionally. False when it is no higher than what was proposed or decided. */
bool clocks_propose(struct concern *c, const struct deadlines *d, const struct rules *rules,
                    enum grade grade, int64_t at);
/* 研判: the grade is decided. The clock of 研判 is met, those of the grade run on for good (or start
 * now, when nobody had proposed it), those of a higher grade are shelved: raised again, they go on
 * with the due time that they had and with what was announced of them by then, so that nobody winds
 * a clock back; but one that ran for a proposal alone, which is denied herewith, begins anew, and
 * one that is overdue ends as missed, and does not go on. c->grade and assessed
 * follow; c->emergency is as decided by then; call it before clocks_trigger(… DEADLINE_ASSESSED
 * …). */
void clocks_regrade(struct concern *c, const struct deadlines *d, const struct rules *rules,
                    enum grade grade, int64_t now);
/* 并单 (after clocks_join()) or another topic has raised its grade or its emergency: the clocks of
 * the grade start now, where they do not run, provisionally while nobody has decided it; where
 * it is no emergency any more, those of emergencies are shelved. */
void clocks_regroup(struct concern *c, const struct deadlines *d, const struct rules *rules,
                    int64_t now);
/* The request or the topic was corrected (c has the new one): a running clock changes to the rule
 * that holds now only when that is due earlier, and still to come; the original due time stays when
 * the new one is later, and nobody becomes overdue by a correction. */
void clocks_rechoose(struct concern *c, const struct deadlines *d, const struct rules *rules,
                     int64_t now);

#endif
