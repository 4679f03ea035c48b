/* classifiers/promise.h - dates that a published reply promises: “9月底前完工”, “三个工作日内答复”.
 * Pure; any thread. */
#ifndef HUIYING_CLASSIFIERS_PROMISE_H
#define HUIYING_CLASSIFIERS_PROMISE_H

#include "classifiers/verdict.h"

/* The promises in a reply that was published at `at` (ms), the earliest first, each instant once:
 * how many. A date counts when its clause says what will be done by then, and neither speaks of
 * what was, nor of what the reader may or must do, nor cites a rule. What is said to the day is due
 * at that day's end in UTC+8 (“以前” and “前” include the day they name: 民法典 第1259条 of 以内, and
 * the reader's doubt is the unit's gain); to the month, quarter or year at its end. Working days
 * are left to be counted (`workdays`, due 0). What has passed by `at` is no promise. */
size_t promise_find(struct str text, int64_t at,
                    struct verdict_promise out[static VERDICT_PROMISES]);

#endif
