/* tests/unit/crew.h - machines of store/cluster.h on one real Redis, which the tests of a program
 * share. */
#ifndef HUIYING_TESTS_CREW_H
#define HUIYING_TESTS_CREW_H

#include "store/cluster.h"
#include "tests/helpers/link_proxy.h"

/* The lease is waited for, and has to outlast some steps of a test on a busy machine, too. */
enum { CREW_LEASE = 2000, CREW_WAIT_MS = 60000, CREW_LOOK_MS = 5 };

/* cmocka's set-up and tear-down of a group: the server, where there is one. */
int crew_begin(void **state);
int crew_end(void **state);
/* NULL: there is none. */
struct redis_server *crew_server(void);
/* A prefix of its own for each test, free() it; skips where there is no server. */
char *crew_address(void);
struct cluster *crew_join(const char *where, const char *node, int64_t lease);
struct cluster_beat crew_beat(struct cluster *c);
/* Beats until this machine leads. */
struct cluster_beat crew_lead(struct cluster *c);
/* Append a letter and a blank to a text of 64 bytes. */
void crew_note(void *arg, struct str letter);

/* A machine whose way to Redis can be broken. */
struct crew_far {
    char *folder, *path, *where;
    struct link_proxy *proxy;
    struct cluster *cluster;
};

struct crew_far crew_far_join(const char *where, const char *node);
void crew_far_end(struct crew_far *f);

#endif
