/* tests/bench/fetch_cost.h - what a contestant costs: each runs in a process of its own. */
#ifndef HUIYING_BENCH_FETCH_COST_H
#define HUIYING_BENCH_FETCH_COST_H

#include <stddef.h>

/* CPU seconds of this process, the kernel's for it included. */
double fetch_cost_cpu(void);
/* Its resident bytes. */
size_t fetch_cost_resident(void);

enum { FETCH_COST_MAX = 8 };

/* Run in a child, which fills out (FETCH_COST_MAX values); exits when it fails. */
void fetch_cost_in_child(void (*run)(const void *arg, double *out), const void *arg, double *out);
/* The median of n <= 64 values, which are put in order. */
double fetch_cost_median(double *values, size_t n);

#endif
