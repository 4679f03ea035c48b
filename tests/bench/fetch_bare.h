/* tests/bench/fetch_bare.h - what a bare libcurl multi loop takes: the same requests to literal
 * addresses, nothing asked about robots.txt, no pauses; a body is kept until it is whole. */
#ifndef HUIYING_BENCH_FETCH_BARE_H
#define HUIYING_BENCH_FETCH_BARE_H

#include <stdbool.h>
#include <stddef.h>

struct fetch_bare_conf {
    unsigned port, addresses; /* of tests/bench/fetch_server.h, in turn */
    unsigned at_once;
    const char *path;
    bool conditional; /* with an If-None-Match */
    size_t warm, polls;
};

/* CPU seconds of this process for the polls after the warm ones; exits when one goes wrong. */
double fetch_bare_run(const struct fetch_bare_conf *conf);

#endif
