/* What a failover took back. Who claims the store finds out whether it is as it was left: by the
 * batch committed last, by the head, and by the replication id of the server, which each promotion
 * and each restart changes. Batches that are missing are done again from the spool, in order and
 * under their ids, so that every event keeps its number. Where that cannot be, what was lost is
 * void: a new epoch begins.
 *
 * Redis 7.0 has no WAITAOF. A batch leaves the spool once a later look at INFO finds the stream's
 * offset behind it with as many replicas as there ever were, and the server's file synced: with
 * appendfsync always it was, before its answer; else after SYNC_MS, when no fsync is pending. */
#include "store/redis/redis.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

enum { LOOK_EVERY_MS = 1000, SYNC_MS = 2500 };

struct server {
    char replid[REDIS_REPLID];
    char former[REDIS_REPLID];  /* of the server whose replica this one was, or zeros */
    uint64_t offset;            /* of the replication stream */
    unsigned coming;            /* replicas, those that are still being sent all of it too */
    unsigned replicas, current; /* online; those of them that have `wanted` */
    bool synced;                /* nothing waits for an fsync */
};

static uint64_t number_of(struct str text, const char *name)
{
    uint64_t n = 0;

    return redis_number(redis_info(text, name), &n) ? n : 0;
}

/* "slaveN:ip=…,port=…,state=online,offset=N,lag=N" */
static void read_replicas(struct str text, uint64_t wanted, struct server *out)
{
    out->coming = (unsigned)number_of(text, "connected_slaves");
    for (unsigned i = 0; i < out->coming; i++) {
        char name[32];
        snprintf(name, sizeof name, "slave%u", i);
        struct str line = redis_info(text, name);
        size_t at = str_find(line, STR("offset="), 0);
        if (at == (size_t)-1 || str_find(line, STR("state=online"), 0) == (size_t)-1)
            continue;
        struct str digits = {line.p + at + 7, line.n - at - 7};
        const char *comma = memchr(digits.p, ',', digits.n);
        digits.n = comma ? (size_t)(comma - digits.p) : digits.n;
        uint64_t offset;
        out->replicas++;
        out->current += redis_number(digits, &offset) && offset >= wanted;
    }
}

/* Over the connection that there is. */
static int look(struct redis *r, uint64_t wanted, struct server *out)
{
    static const char *const sections[] = {"replication", "persistence"};

    *out = (struct server){0};
    for (size_t i = 0; i < 2; i++) {
        struct redis_args a = {0};
        redisReply *reply;
        bool unsure;
        redis_begin(&a, "INFO");
        redis_put_text(&a, sections[i]);
        int err = redis_write(r, &a, &reply, &unsure);
        redis_args_free(&a);
        if (err)
            return err;
        struct str text = redis_str(reply);
        if (i) {
            out->synced = number_of(text, "aof_pending_bio_fsync") == 0 &&
                          str_is(redis_info(text, "aof_last_write_status"), "ok");
        } else {
            struct str replid = redis_info(text, "master_replid");
            struct str former = redis_info(text, "master_replid2");
            snprintf(out->replid, sizeof out->replid, "%.*s", STR_ARG(replid));
            snprintf(out->former, sizeof out->former, "%.*s", STR_ARG(former));
            out->offset = number_of(text, "master_repl_offset");
            read_replicas(text, wanted, out);
        }
        freeReplyObject(reply);
    }
    r->seen = out->replicas > r->seen ? out->replicas : r->seen;
    r->coming = out->coming;
    return 0;
}

/* As many replicas as must have a batch before it is safe. */
static unsigned needed(const struct redis *r)
{
    unsigned n = r->seen > r->replicas ? r->seen : r->replicas;

    return n || !r->address.sentinels ? n : 1;
}

/* Can a batch be lost that Redis answers for? As far as is known: nothing is without a connection.
 * A replica that is on its way counts, for it can be the master before the next look. */
static bool may_lose(const struct redis *r)
{
    return r->spool && (!r->always || needed(r) || r->coming || !r->link);
}

struct replay {
    struct redis *r;
    struct redis_claimed *claimed;
    unsigned batches;
    uint64_t events;
};

static int send(struct redis *r, struct redis_args *a, redisReply **reply)
{
    bool unsure;
    int err = redis_write(r, a, reply, &unsure);

    redis_args_free(a);
    return err;
}

static int commit_again(void *arg, const struct spool_entry *e)
{
    struct replay *p = arg;
    struct redis_claimed *c = p->claimed;
    struct redis_args a = {0};
    redisReply *reply;

    if (e->note)
        return 0;
    redis_begin_script(p->r, &a, SCRIPT_COMMIT);
    redis_put_text(&a, c->fence);
    redis_put_text(&a, e->id);
    redis_put_number(&a, e->before);
    buf_add_str(&a.values, e->values);
    a.count += e->count;
    int err = send(p->r, &a, &reply);
    if (err)
        return err;
    c->residue |= reply->type == REDIS_REPLY_INTEGER && reply->integer;
    freeReplyObject(reply);
    p->batches++;
    p->events += e->head - e->before;
    c->head = e->head;
    snprintf(c->batch, sizeof c->batch, "%s", e->id);
    if (!strcmp(e->id, p->r->flight)) /* the one that is just being settled */
        snprintf(p->r->unsure, sizeof p->r->unsure, "%s", e->id);
    return 0;
}

/* 0: all that the spool knows of is there now; ERR_NOTFOUND: it does not go on from there. */
static int bridge(struct redis *r, struct redis_claimed *c)
{
    struct replay p = {r, c, 0, 0};
    uint64_t from;
    int err = r->spool ? spool_find(r->spool, c->epoch, c->batch, &from) : ERR_NOTFOUND;

    if (err)
        return err;
    int n = spool_each(r->spool, from, commit_again, &p);
    if (p.batches)
        log_warn("store.redis", "replayed=%u events=%llu note=\"Redis had lost them\"", p.batches,
                 (unsigned long long)p.events);
    /* A script that finds other things there than it left. */
    return n == ERR_STALE || n == ERR_EXISTS ? ERR_NOTFOUND : n < 0 ? n : 0;
}

/* Of a store that was not written by this handle before: may events be missing that somebody was
 * shown? The spool tells, of what this machine wrote. Of what another one wrote, a server that was
 * started again has all of it with appendfsync always, and a replica that was made the master has
 * what commits waited for. */
static bool loses(struct redis *r, const struct redis_claimed *c, const struct server *server)
{
    /* Whose former id is not that of the store: the id changed when its first replica came. */
    bool promoted = r->address.sentinels || server->former[strspn(server->former, "0")];
    bool trusted = r->always && (!promoted || r->replicas);
    struct spool_entry last;

    if (r->spool && spool_last(r->spool, &last) && !strcmp(last.epoch, c->epoch) &&
        c->head < last.head)
        return true;
    if (!r->token[0] && !r->address.sentinels) /* one machine and one Redis, as they always were */
        return false;
    return c->head && c->replid[0] && strcmp(c->replid, server->replid) != 0 && !trusted;
}

/* The server's replication id is the store's from now on; after a loss there is a new epoch. */
static int settle(struct redis *r, struct redis_claimed *c, const char *replid, bool lost)
{
    struct store fresh = {.writer = true};
    struct redis_args a = {0};
    redisReply *reply;

    snprintf(r->replid, sizeof r->replid, "%s", replid);
    if (!lost && !strcmp(c->replid, replid))
        return 0;
    backend_new_identity(&fresh);
    redis_begin_script(r, &a, SCRIPT_SETTLE);
    redis_put_text(&a, c->fence);
    redis_put_text(&a, replid);
    redis_put_text(&a, lost ? fresh.epoch : "");
    int err = send(r, &a, &reply);
    if (err)
        return err;
    freeReplyObject(reply);
    if (lost)
        memcpy(c->epoch, fresh.epoch, sizeof c->epoch);
    return 0;
}

static int count_events(void *arg, const struct spool_entry *e)
{
    *(uint64_t *)arg += e->head - e->before;
    return 0;
}

/* What is of no use any more holds texts: it goes. */
static int forget(struct redis *r)
{
    uint64_t events = 0, forced;
    int n = spool_each(r->spool, 0, count_events, &events);

    if (n > 0)
        log_info("store.redis", "dropped=%d events=%llu note=\"others have written since\"", n,
                 (unsigned long long)events);
    return n < 0 ? n : spool_trim(r->spool, INT64_MAX, clock_now(), &forced);
}

int redis_recover(struct redis *r, struct redis_claimed *c)
{
    bool known = r->fence[0] != '\0';
    struct server server;
    int err = look(r, 0, &server);

    if (err)
        return err;
    int bridged = bridge(r, c);
    if (bridged && bridged != ERR_NOTFOUND)
        return bridged;
    bool lost = bridged && (known ? c->head < r->head : loses(r, c, &server));
    err = redis_notes_recover(r, c);
    if (!err)
        err = settle(r, c, server.replid, lost);
    if (err)
        return err;
    if (lost && !known)
        log_error("store.redis", "head=%llu note=\"what was committed may be gone; "
                  "a new epoch begins\"", (unsigned long long)c->head);
    if (bridged && !known && r->spool)
        err = forget(r);
    r->mark.offset = 0;
    /* What may have been committed is read from here on: not before its replicas have it. */
    return err || !known || !r->unsure[0] ? err : redis_wait(r);
}

/* A server's replication id changes when its first replica comes, too: nothing is lost by that. */
static void follow_replid(struct redis *r, const struct server *server)
{
    struct redis_claimed c = {0};

    memcpy(c.fence, r->fence, sizeof c.fence);
    memcpy(c.replid, r->replid, sizeof c.replid);
    if (settle(r, &c, server->replid, false))
        r->replid[0] = '\0'; /* not known to be there: again with the next look */
}

/* Of the entries up to the mark: are they safe? Then they go, and there is another mark. */
static void trim(struct redis *r)
{
    uint64_t last = spool_number(r->spool), forced = 0;
    struct server server;

    if (look(r, r->mark.offset ? r->mark.offset : UINT64_MAX, &server))
        return;
    if (!r->seen && *r->replid && strcmp(r->replid, server.replid) != 0)
        r->seen = 1; /* one has come, and gone again */
    follow_replid(r, &server);
    if (!last) {
        r->mark.offset = 0;
        return;
    }
    int64_t now = clock_mono();
    bool safe = r->mark.offset && server.current >= needed(r) &&
                server.current >= server.coming &&
                (r->always || (now - r->mark.at >= SYNC_MS && server.synced));
    if (spool_trim(r->spool, safe ? r->mark.number : 0, clock_now(), &forced))
        return;
    if (forced)
        log_warn("store.redis", "spool=full dropped=%llu replicas=%u need=%u",
                 (unsigned long long)forced, server.replicas, needed(r));
    if (safe || !r->mark.offset) {
        r->mark.number = last;
        r->mark.offset = server.offset ? server.offset : 1;
        r->mark.at = now;
    }
}

/* Now and then: who has what, and what is of no use any more. */
static void look_again(struct redis *r)
{
    if (!r->spool || clock_mono() < r->look_next)
        return;
    trim(r);
    r->look_next = clock_mono() + LOOK_EVERY_MS;
}

int redis_recover_keep(struct redis *r, const struct store_batch *batch, const char *id)
{
    struct spool_entry e = {.before = r->head};
    struct redis_args a = {0};

    if (!may_lose(r)) /* it may be long ago that this was found out */
        look_again(r);
    snprintf(r->flight, sizeof r->flight, "%s", id);
    r->spooled = may_lose(r);
    if (!r->spooled)
        return 0;
    memcpy(e.epoch, r->base.epoch, sizeof e.epoch);
    snprintf(e.id, sizeof e.id, "%s", id);
    snprintf(e.prior, sizeof e.prior, "%s", r->last);
    e.head = batch->nevents ? batch->events[batch->nevents - 1].seq : r->head;
    /* All of it by the script, as it is replayed. */
    int err = redis_batch(batch, false, &a, &r->scratch);
    redis_put_chain(r, batch, &a);
    e.count = a.count;
    e.values = buf_str(&a.values);
    if (!err)
        err = buf_ok(&a.values) ? spool_add(r->spool, &e) : ERR_NOMEM;
    redis_args_free(&a);
    r->spooled = !err;
    return err;
}

void redis_recover_settled(struct redis *r, int err)
{
    bool sent = !err || !strcmp(r->unsure, r->flight);

    r->flight[0] = '\0';
    if (r->spooled && !sent && spool_take_back(r->spool))
        log_error("store.redis", "taken_back=0");
    r->spooled = false;
    if (!err)
        look_again(r);
}
