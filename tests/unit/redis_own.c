#define _GNU_SOURCE
#include "tests/unit/redis_own.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/store_samples.h"
#include "tests/unit/unit.h"

int redis_own_start(struct redis_own *o, const char *const *options)
{
    *o = (struct redis_own){0};
    if (!redis_server_there())
        return 0;
    signal(SIGPIPE, SIG_IGN); /* as the daemon does */
    o->folder = samples_folder();
    o->server = redis_server_start(o->folder, options);
    if (!o->server || asprintf(&o->address, "redis+unix:%s", redis_server_socket(o->server)) < 0)
        return -1;
    return 0;
}

int redis_own_proxy(struct redis_own *o)
{
    if (!o->server)
        return 0;
    if (asprintf(&o->proxy_path, "%s/proxy.sock", o->folder) < 0 ||
        asprintf(&o->proxied, "redis+unix:%s", o->proxy_path) < 0)
        return -1;
    o->proxy = link_proxy_start(o->proxy_path, redis_server_socket(o->server));
    return o->proxy ? 0 : -1;
}

int redis_own_open(struct redis_own *o, const char *address)
{
    return o->server ? store_open(address, &o->store) : 0;
}

void redis_own_end(struct redis_own *o)
{
    store_close(o->store);
    link_proxy_stop(o->proxy);
    redis_server_kill(o->server);
    if (o->folder)
        samples_remove(o->folder);
    free(o->folder);
    free(o->address);
    free(o->proxy_path);
    free(o->proxied);
    *o = (struct redis_own){0};
}

void redis_own_need(const struct redis_own *o)
{
    if (!o->server) {
        print_message("no redis-server\n");
        skip();
    }
}

struct redis_own *redis_own_new(void **state)
{
    struct redis_own *o = calloc(1, sizeof *o);

    assert_non_null(o);
    *state = o;
    return o;
}

int redis_own_tear_down(void **state)
{
    redis_own_end(*state);
    free(*state);
    return 0;
}

struct redis_own *redis_own_there(void **state)
{
    redis_own_need(*state);
    return *state;
}

void redis_own_say(const struct redis_own *o, const char *one, const char *two, const char *three,
                   const char *four)
{
    char *text = redis_server_say(o->server, (const char *[]){one, two, three, four, NULL});

    assert_non_null(text);
    assert_string_equal(text, "OK");
    free(text);
}
