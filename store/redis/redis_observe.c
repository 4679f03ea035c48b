#include "store/redis/redis_observe.h"

#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "store/cluster.h"

enum { ID_HALF = 20 };

static uint64_t number_of(struct str text, const char *name)
{
    uint64_t n = 0;

    return redis_number(redis_info(text, name), &n) ? n : 0;
}

/* The value of "NAME=" in "NAME=…,NAME=…", a number. */
static bool number_in(struct str line, const char *name, uint64_t *out)
{
    size_t at = str_find(line, str_from(name), 0), n = strlen(name);

    if (at == (size_t)-1)
        return false;
    struct str digits = {line.p + at + n, line.n - at - n};
    const char *comma = digits.n ? memchr(digits.p, ',', digits.n) : NULL;
    digits.n = comma ? (size_t)(comma - digits.p) : digits.n;
    return redis_number(digits, out);
}

/* "slaveN:ip=…,port=…,state=online,offset=N,lag=N". One without a port takes a snapshot, and will
 * never be a replica. */
static void read_replicas(struct str text, uint64_t wanted, struct redis_observed *out)
{
    unsigned n = (unsigned)number_of(text, "connected_slaves");

    for (unsigned i = 0; i < n; i++) {
        char name[32];
        uint64_t port, offset;
        snprintf(name, sizeof name, "slave%u", i);
        struct str line = redis_info(text, name);
        if (!number_in(line, "port=", &port) || !port)
            continue;
        out->coming++;
        if (str_find(line, STR("state=online"), 0) == (size_t)-1)
            continue;
        out->replicas++;
        out->current += number_in(line, "offset=", &offset) && offset >= wanted;
    }
}

static int read_replication(struct str text, uint64_t wanted, struct redis_observed *out)
{
    struct str replid = redis_info(text, "master_replid"), run = redis_info(text, "run_id");
    struct str former = redis_info(text, "master_replid2");

    if (!replid.n || run.n < ID_HALF || former.n < ID_HALF)
        return ERR_CORRUPT;
    snprintf(out->replid, sizeof out->replid, "%.*s", STR_ARG(replid));
    snprintf(out->former, sizeof out->former, "%.*s", STR_ARG(former));
    snprintf(out->id, sizeof out->id, "%.*s-%.*s", ID_HALF, run.p, ID_HALF, former.p);
    out->offset = number_of(text, "master_repl_offset");
    read_replicas(text, wanted, out);
    return 0;
}

/* A file that was switched off and on again is whole once it has been written anew. */
static int read_persistence(struct redis *r, struct str text, struct redis_observed *out)
{
    bool on = number_of(text, "aof_enabled") == 1;
    bool writing = number_of(text, "aof_rewrite_in_progress") ||
                   number_of(text, "aof_rewrite_scheduled");
    struct str pending = redis_info(text, "aof_pending_bio_fsync");

    if (!on && !r->fileless && !r->aside)
        log_error("store.redis", "appendonly=no set=\"CONFIG SET appendonly yes\"");
    r->fileless = !on || (r->fileless && writing);
    out->delayed = number_of(text, "aof_delayed_fsync");
    out->synced = !r->fileless && str_is(pending, "0") &&
                  str_is(redis_info(text, "aof_last_write_status"), "ok");
    return redis_info(text, "aof_enabled").n ? 0 : ERR_CORRUPT;
}

int redis_observe(struct redis *r, uint64_t wanted, struct redis_observed *out)
{
    static const char *const sections[] = {"server", "replication", "persistence"};
    struct redis_args a = {0};
    redisReply *reply;
    bool unsure;

    *out = (struct redis_observed){0};
    redis_begin(&a, "INFO");
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        redis_put_text(&a, sections[i]);
    int err = redis_write(r, &a, &reply, &unsure);
    redis_args_free(&a);
    if (err)
        return err;
    err = read_replication(redis_str(reply), wanted, out);
    if (!err)
        err = read_persistence(r, redis_str(reply), out);
    freeReplyObject(reply);
    if (err)
        return err;
    /* One that says it has all may still be called on its way by its master. */
    r->seen = out->coming > r->seen ? out->coming : r->seen;
    r->coming = out->coming;
    err = r->aside ? 0 : redis_check_sync(r);
    out->synced &= !r->never;
    return err;
}

/* A server that was promoted forgets whom it came from once no replica has asked it for an hour
 * (repl-backlog-ttl), and then says zeros; nothing else makes them of a master. */
bool cluster_same_server(const char *then, const char *now)
{
    size_t run = ID_HALF + 1;

    return !strcmp(then, now) || (strlen(then) > run && strlen(now) > run &&
                                  !memcmp(then, now, run) && !now[run + strspn(now + run, "0")]);
}

bool redis_observe_same(const char *id, const struct redis_observed *server)
{
    return cluster_same_server(id, server->id) || !strcmp(id, server->replid);
}

bool redis_observe_psync(struct redis *r)
{
    struct redis_args a = {0};
    redisReply *reply;
    bool unsure;

    redis_begin(&a, "INFO");
    redis_put_text(&a, "commandstats");
    int err = redis_write(r, &a, &reply, &unsure);
    redis_args_free(&a);
    if (err)
        return true;
    bool came = str_find(redis_str(reply), STR("cmdstat_psync:"), 0) != (size_t)-1;
    freeReplyObject(reply);
    return came;
}
