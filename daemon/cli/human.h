/* daemon/cli/human.h - what people read: spans of time, the clock in force, members of JSON. */
#ifndef HUIYING_DAEMON_CLI_HUMAN_H
#define HUIYING_DAEMON_CLI_HUMAN_H

#include <jansson.h>

#include "base/buf.h"

/* Seconds left: "剩 2天03时", "剩 03时12分", "剩 4分09秒"; negative: "超期 1时05分". */
void human_left(struct buf *out, int64_t seconds);
/* Does it, an event or an answer of the API, come from a drill (演练)? */
bool human_drill(const json_t *answer);
/* "【演练】…\n" when the answer is a drill's; "演示时钟 ×60 (demonstration clock)，现在 2026-01-02
 * 03:04:05\n" when it says that the clock is a demonstration's; nothing otherwise. */
void human_clock(struct buf *out, const json_t *answer);
/* Print a line of each of its units_gone: units.yaml has them no more, and what they answered for
 * is to be reassigned. */
void human_gone(const json_t *answer);
/* A member's text by path ("topic", "name"; NULL ends); "" when absent. */
const char *human_text(const json_t *object, ...) __attribute__((sentinel));
/* "2026-01-02T03:04:05+08:00" as "01-02 03:04", with its year when that is not this one; anything
 * else unchanged. */
void human_time(struct buf *out, const char *rfc3339);

#endif
