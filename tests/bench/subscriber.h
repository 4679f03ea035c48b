/* tests/bench/subscriber.h - a dashboard in a process of its own, that counts what it is sent. */
#ifndef HUIYING_BENCH_SUBSCRIBER_H
#define HUIYING_BENCH_SUBSCRIBER_H

#include <stdint.h>
#include <sys/types.h>

#include "alerts/bus/keys.h"

struct subscriber {
    pid_t pid;
    int ready_fd; /* readable once it has joined */
};

/* Fork one that ends when it has received `expect` messages containing one of the needles (the
 * second may be NULL) under "concern/", or when none came for 30 s. Call before threads exist. 0 or
 * ERR_IO. */
int subscriber_start(const char *endpoint, const char *server_public, const struct key_pair *mine,
                     const char *const needles[2], uint64_t expect, struct subscriber *out);
/* Wait for its end: 0 when it got all. */
int subscriber_wait(struct subscriber *s);

#endif
