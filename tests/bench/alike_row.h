/* tests/bench/alike_row.h - the row "similar concerns". */
#ifndef HUIYING_BENCH_ALIKE_ROW_H
#define HUIYING_BENCH_ALIKE_ROW_H

#include <stddef.h>

/* In a new store in the folder, with so many concerns: what the index costs a concern, how long the
 * nearest ones take to be found by it and how many are, beside the latest ones. 0 or ERR_*. */
int alike_row(const char *folder, size_t concerns);

#endif
