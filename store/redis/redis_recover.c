/* What a failover took back. Who claims the store finds out whether it is as it was left: by the
 * batch committed last, by the head, and by which server it is (redis_observe.h). Batches that are
 * missing are done again from the spool, in order and under their ids, so that every event keeps
 * its number. Where that cannot be, what was lost is void: a new epoch begins. So it does when more
 * is missing than this machine wrote: another one led after it, and a replica that had not heard of
 * that was made the master. Machines tell of that which have shown more (beat.lua); where none of
 * them is there, nobody knows.
 *
 * Redis 7.0 has no WAITAOF. A batch leaves the spool once a later look at INFO finds the stream's
 * offset behind it with as many replicas as there ever were, and the server's file synced: with
 * appendfsync always it was, before its answer; with everysec after SYNC_MS, when no fsync is
 * pending and none was put off since (it then writes behind the back of one that runs). Both can be
 * switched off while it runs, and with appendfsync no the server does not know: then nothing is
 * safe.
 *
 * So only with appendfsync always, and no replica, does a batch go without the spool, and whether
 * that is so still is looked at before such a batch (redis_recover_keep()). With everysec and no
 * each batch is in the spool before it is sent, whatever the last look said. */
#include "store/redis/redis_observe.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

enum { LOOK_EVERY_MS = 1000, SYNC_MS = 2500, SETTLED_MS = 100 };

/* As many replicas as must have a batch before it is safe. */
static unsigned needed(const struct redis *r)
{
    unsigned n = r->seen > r->replicas ? r->seen : r->replicas;

    return n || !r->address.sentinels ? n : 1;
}

/* Is a batch on its disk before it answers? */
static bool at_once(const struct redis *r)
{
    return r->always && !r->fileless;
}

/* Can a batch be lost that Redis answers for? As far as is known: nothing is without a connection.
 * A replica that is on its way counts, for it can be the master before the next look. */
static bool may_lose(const struct redis *r)
{
    return r->spool && (!at_once(r) || needed(r) || r->coming || !r->link);
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
    redis_put_prior(&a, e->before, e->prior);
    buf_add_str(&a.values, e->values);
    a.count += e->count;
    int err = send(p->r, &a, &reply);
    if (err)
        return err;
    bool dropped = false, fits = redis_committed(reply, &dropped, &c->items);
    freeReplyObject(reply);
    if (!fits)
        return ERR_CORRUPT;
    c->residue |= dropped;
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
static bool loses(struct redis *r, const struct redis_claimed *c,
                  const struct redis_observed *server)
{
    bool promoted = r->address.sentinels || server->former[strspn(server->former, "0")];
    bool trusted = at_once(r) && (!promoted || r->replicas);
    struct spool_entry last;

    if (r->spool && spool_last(r->spool, &last) && !strcmp(last.epoch, c->epoch) &&
        c->head < last.head)
        return true;
    if (!r->token[0] && !r->address.sentinels) /* one machine and one Redis, as they always were */
        return false;
    return c->head && c->replid[0] && !redis_observe_same(c->replid, server) && !trusted;
}

/* The server's id is the store's from now on; after a loss there is a new epoch. */
static int settle(struct redis *r, struct redis_claimed *c, const struct redis_observed *server,
                  bool lost)
{
    struct store fresh = {.writer = true};
    struct redis_args a = {0};
    redisReply *reply;

    memcpy(r->server, server->id, sizeof r->server);
    memcpy(r->replid, server->replid, sizeof r->replid);
    if (!lost && !strcmp(c->replid, server->id))
        return 0;
    backend_new_identity(&fresh);
    redis_begin_script(r, &a, SCRIPT_SETTLE);
    redis_put_text(&a, c->fence);
    redis_put_text(&a, server->id);
    redis_put_text(&a, lost ? fresh.epoch : "");
    int err = send(r, &a, &reply);
    if (err)
        return err;
    c->residue |= reply->type == REDIS_REPLY_INTEGER && reply->integer;
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

/* What is of no use any more holds texts: it goes. And that all which this machine wrote is there
 * says nothing from now on: of others more may be missing. */
static int forget(struct redis *r, const struct redis_claimed *c)
{
    uint64_t events = 0, forced;
    int n = spool_each(r->spool, 0, count_events, &events);

    if (n > 0)
        log_info("store.redis", "dropped=%d events=%llu note=\"others have written since\"", n,
                 (unsigned long long)events);
    if (n >= 0)
        n = spool_trim(r->spool, UINT64_MAX, clock_now(), &forced);
    return n ? n : spool_set_last(r->spool, c->epoch, "", c->head);
}

/* Is the batch that was committed last not there? A batch may have no event that would be missing.
 * One whose answer was lost is there or not. */
static bool lacks_batch(const struct redis *r, const struct redis_claimed *c,
                        const struct redis_observed *server)
{
    return !redis_observe_same(c->replid, server) && strcmp(c->batch, r->last) != 0 &&
           strcmp(c->batch, r->flight) != 0 && strcmp(c->batch, r->unsure) != 0;
}

/* Another epoch than the one that this machine wrote last: others began it, or this is another
 * store than it was. */
static void tell_other(struct redis *r, const struct redis_claimed *c)
{
    struct spool_entry last;

    if (!r->spool || !spool_last(r->spool, &last) || !strcmp(last.epoch, c->epoch))
        return;
    log_line(c->head ? LOG_WARN : LOG_ERROR, "store.redis", "head=%llu was=%llu note=\"%s\"",
             (unsigned long long)c->head, (unsigned long long)last.head,
             c->head ? "it is not of the epoch that this machine wrote last"
                     : "it is empty, and was not when this machine wrote last");
}

int redis_recover(struct redis *r, struct redis_claimed *c)
{
    bool known = r->fence[0] != '\0';
    struct redis_observed server;
    int err = redis_observe(r, 0, &server);

    if (err)
        return err;
    if (!known)
        tell_other(r, c);
    int bridged = bridge(r, c);
    if (bridged && bridged != ERR_NOTFOUND)
        return bridged;
    bool unseen = c->head < c->shown;
    bool lost = unseen || (bridged && (known ? c->head < r->head || lacks_batch(r, c, &server)
                                             : loses(r, c, &server)));
    err = redis_notes_recover(r, c);
    if (!err)
        err = settle(r, c, &server, lost);
    if (err)
        return err;
    if (unseen)
        log_error("store.redis", "head=%llu shown=%llu note=\"another machine led meanwhile, whose "
                  "events are gone; a new epoch begins\"", (unsigned long long)c->head,
                  (unsigned long long)c->shown);
    else if (lost && !known)
        log_error("store.redis", "head=%llu note=\"what was committed may be gone; "
                  "a new epoch begins\"", (unsigned long long)c->head);
    if ((bridged || lost) && !known && r->spool)
        err = forget(r, c);
    r->mark.offset = 0;
    /* What may have been committed is read from here on: not before its replicas have it. */
    return err || !known || !r->unsure[0] ? err : redis_wait(r);
}

/* A claim is the first thing that a connection writes: the replicas that have it have all that it
 * found. */
int redis_settled(struct store *s)
{
    struct redis *r = (struct redis *)s;
    long long have;
    int err = redis_ready(r);

    return err ? err : redis_wait_for(r, SETTLED_MS, &have);
}

/* That this is the server was perhaps not settled yet, or with an answer that was lost. */
static void follow_server(struct redis *r, const struct redis_observed *server)
{
    struct redis_claimed c = {0};

    memcpy(c.fence, r->fence, sizeof c.fence);
    memcpy(c.replid, r->server, sizeof c.replid);
    if (settle(r, &c, server, false))
        r->server[0] = '\0'; /* not known to be there: again with the next look */
    r->residue |= c.residue;
}

/* Of the entries up to the mark: are they safe? Then they go, and there is another mark. */
static void trim(struct redis *r)
{
    uint64_t last = spool_number(r->spool), forced = 0;
    struct redis_observed server;

    if (!r->link || redis_observe(r, r->mark.offset ? r->mark.offset : UINT64_MAX, &server)) {
        spool_trim(r->spool, 0, clock_now(), &forced);
        return;
    }
    if (!r->seen && *r->replid && strcmp(r->replid, server.replid) != 0)
        r->seen = redis_observe_psync(r); /* one may have come, and gone again */
    follow_server(r, &server);
    if (!last) {
        r->mark.offset = 0;
        return;
    }
    int64_t now = clock_mono();
    if (server.delayed != r->mark.delayed && !at_once(r))
        r->mark.offset = 0;
    bool safe = r->mark.offset && server.current >= needed(r) &&
                server.current >= server.coming &&
                (at_once(r) || (now - r->mark.at >= SYNC_MS && server.synced));
    if (spool_trim(r->spool, safe ? r->mark.number : 0, clock_now(), &forced))
        return;
    if (forced)
        log_warn("store.redis", "spool=full dropped=%llu replicas=%u need=%u",
                 (unsigned long long)forced, server.replicas, needed(r));
    if (safe || !r->mark.offset) {
        r->mark.number = last;
        r->mark.offset = server.offset ? server.offset : 1;
        r->mark.delayed = server.delayed;
        r->mark.at = now;
    }
}

void redis_recover_remember(struct redis *r)
{
    if (r->spool && r->loose)
        r->loose = spool_set_last(r->spool, r->base.epoch, "", r->head) != 0;
}

/* Now and then: who has what, and what is of no use any more. */
void redis_recover_look(struct redis *r)
{
    if (!r->spool || clock_mono() < r->look_next)
        return;
    redis_recover_remember(r);
    trim(r);
    r->look_next = clock_mono() + LOOK_EVERY_MS;
}

int redis_recover_keep(struct redis *r, const struct store_batch *batch, const char *id)
{
    struct spool_entry e = {.before = r->head};

    if (!may_lose(r)) /* it may be long ago that this was found out */
        redis_recover_look(r);
    snprintf(r->flight, sizeof r->flight, "%s", id);
    r->spooled = may_lose(r);
    if (!r->spooled)
        return 0;
    memcpy(e.epoch, r->base.epoch, sizeof e.epoch);
    snprintf(e.id, sizeof e.id, "%s", id);
    snprintf(e.prior, sizeof e.prior, "%s", r->last);
    e.head = batch->nevents ? batch->events[batch->nevents - 1].seq : r->head;
    e.count = r->values.count;
    e.values = buf_str(&r->values.values);
    int err = spool_add(r->spool, &e);
    r->spooled = !err;
    r->loose &= err != 0;
    return err;
}

void redis_recover_settled(struct redis *r, int err)
{
    bool sent = !err || !strcmp(r->unsure, r->flight);

    r->flight[0] = '\0';
    if (r->spooled && !sent && spool_take_back(r->spool))
        log_error("store.redis", "taken_back=0");
    r->loose |= !err && !r->spooled;
    r->spooled = false;
    if (!err)
        redis_recover_look(r);
}
