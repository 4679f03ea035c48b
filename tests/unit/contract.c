#define _GNU_SOURCE
#include "tests/unit/contract.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/helpers/redis_server.h"

/* One for all tests; each has a prefix of its own in it. */
static struct redis_server *server;
static char *server_folder;

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
    if (!server)
        return 0;
    if (asprintf(&f->address, "redis+unix:%s?test-%u", redis_server_socket(server), ++number) < 0)
        return -1;
    return store_open(f->address, &f->store);
}

int contract_begin(void **state)
{
    (void)state;
    if (!redis_server_there())
        return 0;
    server_folder = samples_folder();
    server = redis_server_start(server_folder, (const char *[]){"--appendfsync", "everysec",
                                                                   NULL});
    return server ? 0 : -1;
}

int contract_end(void **state)
{
    (void)state;
    redis_server_kill(server);
    if (server_folder)
        samples_remove(server_folder);
    free(server_folder);
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
