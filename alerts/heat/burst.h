/* alerts/heat/burst.h - when the arrivals of a topic or of a rule's term leave their own daily and
 * weekly pattern (pattern.h). Pure.
 *
 * Time is cut into steps (an hour, unless told otherwise) of Chinese time. Holidays and make-up
 * days count as the days of the week that they are like; of one step and two it is looked at by
 * how the day goes, too (level.h). After three weeks an alarm comes when a span that ends with the
 * running step, as far as it has come, holds several times what is usual, and so much that chance
 * brings it about once in half a year: one step, two, twelve hours, two days. It comes once: not
 * again before a quiet stretch; and where that much could still be chance, and the hours after it
 * fall back to what is usual, the month after it puts up with a thousandth of it, so that a topic
 * has no second false alarm in a month (of 40,452 simulated ones, one had).
 *
 * What cannot be told: a surge of two steps that is too small to leave what chance brings at so few
 * false alarms. Even who knew what is usual would want, for 99 in 100, 2.2 times as much where 20
 * are usual in a step, 2.7 times where 10, 3.7 where 5, 5.8 where 2, 8.8 where one, 15 where a half
 * (tests/unit/test_surges prints it beside what is told: where six an hour and more are usual, all
 * surges to five times as many are told within two hours, 96 in 100 of those to three times). Five
 * items and more in two hours where none are usual are told; slower surges as soon as twelve hours
 * or two days of them are beyond chance. */
#ifndef HUIYING_ALERTS_BURST_H
#define HUIYING_ALERTS_BURST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerts/deadlines/calendar.h"
#include "alerts/event.h"
#include "base/str.h"

#define BURST_STEP (3600 * INT64_C(1000)) /* ms: the daemon's */
enum {
    BURST_WEEKS_KEPT = 13, /* of counts that a store keeps, and a start learns from again */
    BURST_TOPICS_MAX = 1024, /* further ones are not watched */
    BURST_TERM_BYTES = SLUG_MAX - 1,
    BURST_TERMS_MAX = 512 /* every term is watched that has more than one in so many of all hits */
};

struct burst;

struct burst_alarm {
    uint32_t expected, seen; /* of the span that ends with the running step */
    uint32_t hours;          /* its length */
};

/* What a store keeps: so many of a topic, of a term ("=" and its text) or, when it is empty, items
 * of any or no topic, in a step. */
struct burst_row {
    char topic[SLUG_MAX];
    int64_t step;
    uint32_t count;
};

/* `step`: ms, a whole part of a week, an hour to a day. NULL without memory. */
struct burst *burst_new(int64_t step);
void burst_free(struct burst *b); /* harmless on NULL */
int64_t burst_step(const struct burst *b, int64_t now); /* number of the step that holds it */

/* Days off and make-up days from now on; NULL (as at first): plain weeks. Borrowed. */
void burst_calendar(struct burst *b, const struct calendar *calendar);
/* The topic is listened to from now on: that nothing comes of it is learned, too. 0 or
 * ERR_NOMEM. */
int burst_watch(struct burst *b, struct str topic);

/* Room for an item with so many topics and terms: 0 or ERR_NOMEM. */
int burst_reserve(struct burst *b, size_t names);
/* An item has come, whatever its topics: this is heard first. Steps up to it are closed. Six hours
 * and less in which nothing came at all were quiet; more, and nobody was listening: nothing is
 * learned of them. After a step back time goes on from there. Room was made. */
void burst_item(struct burst *b, int64_t now);
/* It has this topic (id of less than SLUG_MAX bytes): true, with the alarm, when that makes a
 * surge of it that was not told before. Room was made. */
bool burst_topic(struct burst *b, struct str topic, struct burst_alarm *alarm);
/* The same of a term by which a rule gives this topic, each once an item, after the topic. One of
 * BURST_TERM_BYTES and more is not watched, nor are those that come least when there are more than
 * BURST_TERMS_MAX. Terms are many: theirs is a tenth of a topic's chance to be told by accident,
 * one a day and topic is told, and none of a topic that surges itself. */
bool burst_term(struct burst *b, struct str topic, struct str term, struct burst_alarm *alarm);
/* Restore from a store, by rising step: what was counted is learned again, and was told. 0 or
 * ERR_NOMEM. */
int burst_restore(struct burst *b, const struct burst_row *row);

/* What is usual of the topic in the step at `now`; 0 when it is unknown. */
double burst_expected(const struct burst *b, struct str topic, int64_t now);
/* Rows that have changed since the last call; borrowed until the next burst_reserve(). */
const struct burst_row *burst_changed(struct burst *b, size_t *n);

#endif
