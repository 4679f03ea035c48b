/* tests/bench/fetch_million.h - one fetch room with very many sources. */
#ifndef HUIYING_BENCH_FETCH_MILLION_H
#define HUIYING_BENCH_FETCH_MILLION_H

#include "tests/bench/fetch_server.h"

struct fetch_million_conf {
    const struct fetch_server *server;
    unsigned feeds, domains, polls_a_second, seconds;
    const char *timetable; /* file kept from run to run, or NULL */
};

/* What fetch_million_run() puts out. */
enum {
    FETCH_MILLION_START,    /* s from nothing to the first poll: all sources added and recalled */
    FETCH_MILLION_POLLS,    /* a second */
    FETCH_MILLION_FAILED,
    FETCH_MILLION_LATE,     /* s, 99th percentile, from due to the first request's turn */
    FETCH_MILLION_CPU,      /* us a poll */
    FETCH_MILLION_RESIDENT, /* MB */
};

/* Its arg is a struct fetch_million_conf; for fetch_cost_in_child(). */
void fetch_million_run(const void *arg, double *out);

#endif
