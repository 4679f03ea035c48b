#include "alerts/bus/peers.h"

#include <stdlib.h>

#include "base/err.h"

enum { BUCKETS = 1024, BACKLOG_MAX = 64 * 1024, RETRY_MS = 20, RETRY_LONGEST_MS = 640 };

struct peers {
    struct peers_link link;
    struct bus_tally *tally;
    int64_t now;
    size_t count;
    struct peer *first;
    struct peer *buckets[BUCKETS];
};

struct peers *peers_new(const struct peers_link *link, struct bus_tally *tally)
{
    struct peers *ps = calloc(1, sizeof *ps);

    if (ps) {
        ps->link = *link;
        ps->tally = tally;
    }
    return ps;
}

static void release(struct peer *p)
{
    buf_free(&p->backlog);
    free(p);
}

void peers_free(struct peers *ps)
{
    if (!ps)
        return;
    for (struct peer *p = ps->first, *next; p; p = next) {
        next = p->following;
        release(p);
    }
    free(ps);
}

void peers_set_now(struct peers *ps, int64_t now)
{
    ps->now = now;
}

int64_t peers_now(const struct peers *ps)
{
    return ps->now;
}

struct peer *peers_find(struct peers *ps, uint32_t id)
{
    struct peer *p = ps->buckets[id % BUCKETS];

    while (p && p->id != id)
        p = p->chain;
    return p;
}

static bool has_room(const struct peers *ps, const char *owner, bool dashboard)
{
    size_t own = 0;

    for (const struct peer *p = ps->first; p; p = p->following)
        own += p->dashboard == dashboard && strcmp(p->owner, owner) == 0;
    return ps->count < PEERS_MAX && own < PEERS_PER_OWNER;
}

struct peer *peers_add(struct peers *ps, uint32_t id, const unsigned char key[static 32],
                       const char *owner, bool dashboard)
{
    struct peer *p = has_room(ps, owner, dashboard) ? calloc(1, sizeof *p) : NULL;

    if (!p)
        return NULL;
    p->id = id;
    p->dashboard = dashboard;
    memcpy(p->key, key, sizeof p->key);
    memcpy(p->owner, owner, strlen(owner) + 1);
    p->said_at = ps->now;
    p->chain = ps->buckets[id % BUCKETS];
    ps->buckets[id % BUCKETS] = p;
    p->following = ps->first;
    if (ps->first)
        ps->first->prev = p;
    ps->first = p;
    ps->count++;
    return p;
}

struct peer *peers_first(struct peers *ps)
{
    return ps->first;
}

static void unlink_peer(struct peers *ps, struct peer *p)
{
    struct peer **at = &ps->buckets[p->id % BUCKETS];

    while (*at != p)
        at = &(*at)->chain;
    *at = p->chain;
    if (p->prev)
        p->prev->following = p->following;
    else
        ps->first = p->following;
    if (p->following)
        p->following->prev = p->prev;
    ps->count--;
}

void peers_reap(struct peers *ps)
{
    uint32_t live = 0;

    for (struct peer *p = ps->first, *next; p; p = next) {
        next = p->following;
        if (p->gone) {
            unlink_peer(ps, p);
            release(p);
        } else {
            live += p->state == PEER_LIVE;
        }
    }
    ps->tally->receivers = live;
}

int peers_send(struct peers *ps, struct peer *p, struct str json)
{
    int err = p->gone ? ERR_CLOSED : ps->link.send(ps->link.arg, p->id, json);

    if (!err) {
        p->said_at = ps->now;
        p->retry_at = p->retry_after = 0;
    } else if (err == ERR_AGAIN) { /* one that reads nothing shall cost less and less */
        p->retry_after = p->retry_after ? 2 * p->retry_after : RETRY_MS;
        if (p->retry_after > RETRY_LONGEST_MS)
            p->retry_after = RETRY_LONGEST_MS;
        p->retry_at = ps->now + p->retry_after;
    } else {
        p->gone = true;
    }
    return err;
}

void peers_say(struct peers *ps, struct peer *p, struct str json)
{
    if (!p->backlog.len && peers_send(ps, p, json) != ERR_AGAIN)
        return;
    if (p->backlog.len + json.n + sizeof(uint32_t) > BACKLOG_MAX)
        return;
    size_t whole = p->backlog.len;
    if (buf_add_lstr(&p->backlog, json)) {
        p->backlog.len = whole;
        p->backlog.failed = false;
    }
}

bool peers_flush(struct peers *ps, struct peer *p)
{
    while (p->backlog_at < p->backlog.len) {
        struct buf_reader r = {p->backlog.data + p->backlog_at, p->backlog.len - p->backlog_at,
                               false};
        struct str json = buf_read_lstr(&r);
        if (peers_send(ps, p, json))
            return false;
        p->backlog_at = p->backlog.len - r.left;
    }
    buf_reset(&p->backlog);
    p->backlog_at = 0;
    return true;
}

int64_t peers_retry_at(struct peers *ps)
{
    int64_t first = INT64_MAX;

    for (const struct peer *p = ps->first; p; p = p->following)
        if (p->retry_at && p->retry_at < first)
            first = p->retry_at;
    return first;
}
