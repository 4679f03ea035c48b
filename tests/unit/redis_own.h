/* tests/unit/redis_own.h - one real Redis in a folder of its own, for a test or for all those of a
 * program. Where there is no redis-server, all of it does nothing and the tests are skipped. */
#ifndef HUIYING_TESTS_REDIS_OWN_H
#define HUIYING_TESTS_REDIS_OWN_H

#include "store/store.h"
#include "tests/helpers/link_proxy.h"
#include "tests/helpers/redis_server.h"

struct redis_own {
    char *folder;
    struct redis_server *server; /* NULL: there is none to be run */
    char *address;               /* a store's; "?PREFIX" may follow */
    struct link_proxy *proxy;    /* after redis_own_proxy(), as the next two */
    char *proxy_path, *proxied;  /* its socket; the store's address through it */
    struct store *store;         /* after redis_own_open() */
};

/* Start it, with redis_server_start()'s options; a broken connection is an error and no signal
 * from here on. What a set-up returns. */
int redis_own_start(struct redis_own *o, const char *const *options);
/* A proxy in front of it. What a set-up returns. */
int redis_own_proxy(struct redis_own *o);
/* A store in it, at one of its addresses. What a set-up returns. */
int redis_own_open(struct redis_own *o, const char *address);
/* With its store. Harmless on one that is all zero. */
void redis_own_end(struct redis_own *o);
/* Skip the test if there is none. */
void redis_own_need(const struct redis_own *o);
/* One that is the state of a test, all zero; the test's tear-down; and the test's own, as
 * redis_own_need(). */
struct redis_own *redis_own_new(void **state);
int redis_own_tear_down(void **state);
struct redis_own *redis_own_there(void **state);
/* A command of up to four words, NULL for those that it does not have; it says OK, or the test
 * fails. */
void redis_own_say(const struct redis_own *o, const char *one, const char *two, const char *three,
                   const char *four);

#endif
