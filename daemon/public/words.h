/* daemon/public/words.h - how the public ledger speaks of a concern: composed from its topic, its
 * request and its place, never from a post (law 5). */
#ifndef HUIYING_DAEMON_PUBLIC_WORDS_H
#define HUIYING_DAEMON_PUBLIC_WORDS_H

#include "daemon/http/exchange.h"

enum { WORDS_ITEMS_LEAST = 3 }; /* with fewer the place is the county */

/* The place is told as the county: few raised it, or it is a matter of health, minors or relief, or
 * of a topic that the rules no longer know. */
bool words_coarse(struct exchange *x, const struct concern *c);
/* Its place as far as it is told; nothing when it is not known. */
void words_place(struct exchange *x, const struct concern *c, struct buf *out);
/* "青石镇：拖欠工资（投诉）"; in English "青石镇: Wage arrears (complaint)". */
void words_title(struct exchange *x, const struct concern *c, bool english, struct buf *out);
/* What became of it so far: 待签收 … 已答复, 无需回应：广告, 并入另一件. */
void words_state(const struct concern *c, bool english, struct buf *out);

/* Whether it is answered by the original due time. */
enum words_timing {
    WORDS_NOT_OWED, /* closed without an answer, or it came with it */
    WORDS_RUNNING,
    WORDS_OVERDUE,
    WORDS_IN_TIME,
    WORDS_LATE
};
enum words_timing words_timing(const struct concern *c, int64_t now);
const char *words_timing_text(enum words_timing timing, bool english);
const char *words_timing_name(enum words_timing timing); /* not-owed running overdue in-time late */

/* The day (UTC+8) of an instant: when something was raised is told no more closely. */
enum { WORDS_DAY = 11 };
char *words_day(int64_t at, char out[static WORDS_DAY]);

#endif
