/* tests/bench/fetch_ours.h - the fetch room at work on tests/bench/fetch_server.h: robots.txt asked
 * and obeyed, names looked up, bodies compared and handed over through the queue. */
#ifndef HUIYING_BENCH_FETCH_OURS_H
#define HUIYING_BENCH_FETCH_OURS_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/bench/fetch_server.h"

struct fetch_ours_conf {
    const struct fetch_server *server;
    const char *path;
    unsigned names;   /* each a source, a domain and an address of its own */
    unsigned at_once; /* transfers */
    bool tls;
    size_t warm, polls;
};

/* CPU seconds of this process for the polls after the warm ones; exits when one goes wrong. */
double fetch_ours_run(const struct fetch_ours_conf *conf);
/* Resident bytes while all of names transfers are held open by the server. */
size_t fetch_ours_hold(const struct fetch_ours_conf *conf);

#endif
