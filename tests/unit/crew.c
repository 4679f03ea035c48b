#define _GNU_SOURCE
#include "tests/unit/crew.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tests/helpers/redis_server.h"
#include "tests/unit/redis_own.h"
#include "tests/unit/store_samples.h"
#include "tests/unit/unit.h"

static struct redis_own redis;

int crew_begin(void **state)
{
    (void)state;
    return redis_own_start(&redis, (const char *[]){"--appendfsync", "everysec", NULL});
}

int crew_end(void **state)
{
    (void)state;
    redis_own_end(&redis);
    return 0;
}

struct redis_server *crew_server(void)
{
    return redis.server;
}

char *crew_address(void)
{
    static unsigned number;
    char *out = NULL;

    redis_own_need(&redis);
    assert_true(asprintf(&out, "%s?c%u", redis.address, ++number) > 0);
    return out;
}

struct cluster *crew_join(const char *where, const char *node, int64_t lease)
{
    const struct cluster_conf conf = {where, node, node, lease};
    struct cluster *c;

    assert_int_equal(cluster_open(&conf, &c), 0);
    return c;
}

struct cluster_beat crew_beat(struct cluster *c)
{
    struct cluster_beat b;

    assert_int_equal(cluster_beat(c, NULL, &b), 0);
    return b;
}

struct cluster_beat crew_lead(struct cluster *c)
{
    int64_t until = clock_mono() + CREW_WAIT_MS;
    struct cluster_beat b = crew_beat(c);

    while (!b.leads && clock_mono() < until) {
        clock_sleep(CREW_LOOK_MS);
        b = crew_beat(c);
    }
    assert_true(b.leads);
    return b;
}

void crew_note(void *arg, struct str letter)
{
    char *text = arg;
    size_t at = strlen(text);

    snprintf(text + at, 64 - at, "%.*s ", STR_ARG(letter));
}

struct crew_far crew_far_join(const char *where, const char *node)
{
    struct crew_far f = {.folder = samples_folder()};

    assert_true(asprintf(&f.path, "%s/link", f.folder) > 0);
    assert_true(asprintf(&f.where, "redis+unix:%s%s", f.path, strrchr(where, '?')) > 0);
    f.proxy = link_proxy_start(f.path, redis_server_socket(crew_server()));
    assert_non_null(f.proxy);
    f.cluster = crew_join(f.where, node, 60000);
    return f;
}

void crew_far_end(struct crew_far *f)
{
    cluster_close(f->cluster);
    link_proxy_stop(f->proxy);
    samples_remove(f->folder);
    free(f->folder);
    free(f->path);
    free(f->where);
}
