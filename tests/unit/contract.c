#define _GNU_SOURCE
#include "tests/unit/contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/unit/redis_own.h"

enum { JOIN_MS = 60000, LOOK_MS = 20 };

/* One for all tests; each has a prefix of its own in it. */
static struct redis_own redis;

int contract_memory(void **state)
{
    struct contract *f = calloc(1, sizeof *f);

    *state = f;
    f->address = strdup("memory:");
    return store_open(f->address, &f->store);
}

int contract_sqlite(void **state)
{
    struct contract *f = calloc(1, sizeof *f);

    *state = f;
    f->folder = samples_folder();
    if (asprintf(&f->address, "sqlite:%s/deep/er/ledger.db", f->folder) < 0)
        return -1;
    return store_open(f->address, &f->store);
}

int contract_redis(void **state)
{
    struct contract *f = calloc(1, sizeof *f);
    static unsigned number;

    *state = f;
    if (!redis.server)
        return 0;
    if (asprintf(&f->address, "%s?test-%u", redis.address, ++number) < 0)
        return -1;
    return store_open(f->address, &f->store);
}

/* A cluster of one, which has all slots: it refuses a script, a transaction or a command whose keys
 * are of more than one. */
static int join_cluster(void)
{
    int64_t until = clock_mono() + JOIN_MS;
    bool joined = false;

    free(redis_server_say(redis.server,
                          (const char *[]){"CLUSTER", "ADDSLOTSRANGE", "0", "16383", NULL}));
    while (!joined && clock_mono() < until) {
        char *info = redis_server_say(redis.server, (const char *[]){"CLUSTER", "INFO", NULL});
        joined = info && strstr(info, "cluster_state:ok");
        free(info);
        if (!joined)
            clock_sleep(LOOK_MS);
    }
    return joined ? 0 : -1;
}

int contract_begin(void **state)
{
    char port[8];

    (void)state;
    redis_server_free_port(port);
    if (redis_own_start(&redis, (const char *[]){"--appendfsync", "everysec", "--bind",
                                                 "127.0.0.1", "--cluster-enabled", "yes",
                                                 "--cluster-port", port, NULL}))
        return -1;
    return redis.server ? join_cluster() : 0;
}

int contract_end(void **state)
{
    (void)state;
    redis_own_end(&redis);
    return 0;
}

int contract_close(void **state)
{
    struct contract *f = *state;

    store_close(f->store);
    if (f->folder)
        samples_remove(f->folder);
    free(f->folder);
    free(f->address);
    free(f);
    return 0;
}

struct store *contract_store(void **state)
{
    const struct contract *f = *state;

    if (!f->store) {
        print_message("no redis-server\n");
        skip();
    }
    return f->store;
}
