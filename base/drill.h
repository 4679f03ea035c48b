/* base/drill.h - is this process part of a drill (演练)? What it then says to anybody is marked, so
 * that nobody takes it for real. */
#ifndef HUIYING_BASE_DRILL_H
#define HUIYING_BASE_DRILL_H

#include <stdbool.h>

/* What every title, notice and report of a drill begins with. */
#define DRILL_MARK "【演练】"

/* From here on it is. Call before threads start; there is no way back but in tests. */
void drill_set(bool on);
/* Any thread. */
bool drill_on(void);
/* DRILL_MARK, or "" in earnest. */
const char *drill_mark(void);

#endif
