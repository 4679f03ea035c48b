#include "feeds/fetch/resolve.h"

#include <ares.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"
#include "feeds/fetch/address.h"
#include "feeds/fetch/cache.h"

/* A robots.txt, a page and its redirects in a row ask once; a name that moves is found soon. */
enum { CACHE_MAX = 65536, KEEP_MIN = 5, KEEP_MAX = 300 };
/* Questions sent and not answered for less than YOUNG_MS: more at once than a socket's buffer holds
 * answers would be lost, and cost a time-out each. Names that never answer soon count no more. */
enum { YOUNG_MAX = 64, YOUNG_MS = 500 };
/* How often the system's list of name servers is looked at. */
enum { SERVERS_MS = 5000 };

#define SERVERS_FILE "/etc/resolv.conf"

struct question {
    struct resolve *resolve;
    struct question *older, *newer; /* in its list */
    int64_t begun;
    uint16_t port;
    bool young;
    resolve_done *done;
    void *arg;
    char host[];
};

struct list {
    struct question *first, *last;
};

struct resolve {
    ares_channel channel;
    struct cache *known; /* host -> struct resolve_addresses as long as its count, ports 0 */
    struct loop *loop;
    struct list waiting, asked; /* oldest first */
    size_t young;
    int try_ms;
    const char *servers;
    struct timespec changed; /* of SERVERS_FILE */
    ino_t inode;
    int64_t looked; /* at it */
    bool closing;
    bool outdated;  /* the channel: nothing is asked until all that was has ended */
};

static void append(struct list *l, struct question *q)
{
    q->older = l->last;
    q->newer = NULL;
    *(l->last ? &l->last->newer : &l->first) = q;
    l->last = q;
}

static void unlink_from(struct list *l, struct question *q)
{
    *(q->older ? &q->older->newer : &l->first) = q->newer;
    *(q->newer ? &q->newer->older : &l->last) = q->older;
}

static void ready(void *arg, int fd, int events)
{
    struct resolve *r = arg;

    ares_process_fd(r->channel, events & ~POLLOUT ? fd : ARES_SOCKET_BAD,
                    events & POLLOUT ? fd : ARES_SOCKET_BAD);
}

static void watch(void *arg, ares_socket_t fd, int readable, int writable)
{
    struct resolve *r = arg;

    /* Unwatched, its questions end by their time-out. */
    if (readable || writable)
        loop_watch(r->loop, fd, (readable ? POLLIN : 0) | (writable ? POLLOUT : 0), ready, r);
    else
        loop_forget(r->loop, fd);
}

static int open_channel(struct resolve *r)
{
    /* Search domains would send a publisher's name to the operator's own zone. */
    struct ares_options options = {.flags = ARES_FLAG_NOSEARCH,
                                   .timeout = r->try_ms,
                                   .tries = 3,
                                   .sock_state_cb = watch,
                                   .sock_state_cb_data = r};
    int code = ares_init_options(&r->channel, &options,
                                 ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                                     ARES_OPT_SOCK_STATE_CB);

    if (!code && r->servers)
        code = ares_set_servers_ports_csv(r->channel, r->servers);
    if (!code)
        return 0;
    log_error("resolve.start", "code=%d", code);
    if (r->channel)
        ares_destroy(r->channel);
    r->channel = NULL;
    return ERR_NET;
}

/* Whether the system's name servers may have changed since the last call. */
static bool servers_changed(struct resolve *r)
{
    struct stat now;

    if (stat(SERVERS_FILE, &now) || (now.st_ino == r->inode &&
                                     now.st_mtim.tv_sec == r->changed.tv_sec &&
                                     now.st_mtim.tv_nsec == r->changed.tv_nsec))
        return false;
    r->inode = now.st_ino;
    r->changed = now.st_mtim;
    return true;
}

struct resolve *resolve_new(const char *servers, int try_ms, struct loop *loop)
{
    struct resolve *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->loop = loop;
    r->servers = servers;
    r->try_ms = try_ms ? try_ms : 2000;
    r->looked = clock_mono();
    servers_changed(r);
    r->known = cache_new(CACHE_MAX, free);
    if (r->known && !ares_library_init(ARES_LIB_INIT_ALL)) {
        if (!open_channel(r))
            return r;
        ares_library_cleanup();
    }
    cache_free(r->known);
    free(r);
    return NULL;
}

void resolve_free(struct resolve *r)
{
    const struct resolve_addresses none = {0};
    struct question *q;

    if (!r)
        return;
    r->closing = true;
    if (r->channel)
        ares_destroy(r->channel);
    while ((q = r->waiting.first)) {
        unlink_from(&r->waiting, q);
        q->done(q->arg, ERR_CLOSED, &none);
        free(q);
    }
    ares_library_cleanup();
    cache_free(r->known);
    free(r);
}

static void set_ports(struct resolve_addresses *a, uint16_t port)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->list[i].ss_family == AF_INET)
            ((struct sockaddr_in *)&a->list[i])->sin_port = htons(port);
        else
            ((struct sockaddr_in6 *)&a->list[i])->sin6_port = htons(port);
    }
}

static int copy_addresses(const struct ares_addrinfo *info, struct resolve_addresses *out, int *ttl)
{
    *ttl = KEEP_MAX;
    for (const struct ares_addrinfo_node *n = info->nodes; n; n = n->ai_next) {
        bool usable = (n->ai_family == AF_INET || n->ai_family == AF_INET6) &&
                      n->ai_addrlen <= sizeof out->list[0];
        if (!usable || out->count == RESOLVE_MAX)
            continue;
        memcpy(&out->list[out->count++], n->ai_addr, n->ai_addrlen);
        *ttl = n->ai_ttl < *ttl ? n->ai_ttl : *ttl;
    }
    *ttl = *ttl < KEEP_MIN ? KEEP_MIN : *ttl;
    return out->count ? 0 : ERR_NOTFOUND;
}

static void remember(struct question *q, const struct resolve_addresses *found, int ttl)
{
    size_t size = offsetof(struct resolve_addresses, list) + found->count * sizeof *found->list;
    struct resolve_addresses *copy = malloc(size);
    int64_t now = clock_mono();

    if (!copy)
        return;
    memcpy(copy, found, size);
    if (cache_put(q->resolve->known, str_from(q->host), copy, now, now + ttl * 1000))
        free(copy);
}

static int code_of(int status)
{
    static const struct {
        int status, err;
    } codes[] = {
        {ARES_SUCCESS, 0},           {ARES_ENOTFOUND, ERR_NOTFOUND}, {ARES_ENODATA, ERR_NOTFOUND},
        {ARES_ENOMEM, ERR_NOMEM},    {ARES_EDESTRUCTION, ERR_CLOSED}, {ARES_ECANCELLED, ERR_CLOSED},
        {ARES_EBADNAME, ERR_NOTFOUND},
    };

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].status == status)
            return codes[i].err;
    return ERR_NET;
}

static void answered(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
    struct question *q = arg;
    struct resolve_addresses found = {0};
    /* Half a pair of questions answered before the channel goes counts as success for c-ares. */
    int err = q->resolve->closing ? ERR_CLOSED : code_of(status), ttl;

    (void)timeouts;
    unlink_from(&q->resolve->asked, q);
    q->resolve->young -= q->young;
    if (!err)
        err = info ? copy_addresses(info, &found, &ttl) : ERR_NOTFOUND;
    if (!err) {
        remember(q, &found, ttl);
        set_ports(&found, q->port);
    }
    if (info)
        ares_freeaddrinfo(info);
    q->done(q->arg, err, &found);
    free(q);
}

static void ask(struct resolve *r, struct question *q)
{
    const struct ares_addrinfo_hints hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = ARES_AI_NUMERICSERV};

    append(&r->asked, q);
    q->begun = clock_mono();
    q->young = true;
    r->young++;
    ares_getaddrinfo(r->channel, q->host, NULL, &hints, answered, q);
}

static void look_at_servers(struct resolve *r, int64_t now)
{
    if (r->servers || now - r->looked < SERVERS_MS)
        return;
    r->looked = now;
    if (servers_changed(r)) {
        log_info("resolve.servers", "changed=%s", SERVERS_FILE);
        r->outdated = true;
    }
}

/* Ask those that wait, as far as may be. */
static void ask_more(struct resolve *r)
{
    int64_t now = clock_mono();
    struct question *q;

    look_at_servers(r, now);
    for (q = r->asked.first; q && now - q->begun >= YOUNG_MS; q = q->newer) {
        r->young -= q->young;
        q->young = false;
    }
    while (!r->outdated && r->young < YOUNG_MAX && (q = r->waiting.first)) {
        unlink_from(&r->waiting, q);
        ask(r, q);
    }
}

static void recall(const struct resolve_addresses *known, uint16_t port, resolve_done *done,
                   void *arg)
{
    struct resolve_addresses found;

    found.count = known->count;
    memcpy(found.list, known->list, known->count * sizeof *known->list);
    set_ports(&found, port);
    done(arg, 0, &found);
}

void resolve_ask(struct resolve *r, const char *host, uint16_t port, resolve_done *done, void *arg)
{
    size_t n = strlen(host) + 1;
    const struct resolve_addresses *known;
    struct resolve_addresses literal;

    if (address_literal(host, port, &literal.list[0])) {
        literal.count = 1;
        done(arg, 0, &literal);
        return;
    }
    known = cache_get(r->known, (struct str){host, n - 1}, clock_mono());
    if (known) {
        recall(known, port, done, arg);
        return;
    }
    struct question *q = malloc(sizeof *q + n);
    if (!q) {
        literal.count = 0;
        done(arg, ERR_NOMEM, &literal);
        return;
    }
    *q = (struct question){.resolve = r, .port = port, .done = done, .arg = arg};
    memcpy(q->host, host, n);
    append(&r->waiting, q);
    ask_more(r);
}

int resolve_wait_ms(struct resolve *r, int most)
{
    struct timeval limit, room;

    /* Looked at again when the oldest of the young is so no more. */
    if (r->waiting.first && most > YOUNG_MS / 4)
        most = YOUNG_MS / 4;
    if (!r->asked.first)
        return most;
    limit = (struct timeval){most / 1000, most % 1000 * 1000};
    const struct timeval *left = ares_timeout(r->channel, &limit, &room);
    return (int)(left->tv_sec * 1000 + (left->tv_usec + 999) / 1000);
}

/* Not inside an answer, which is the old channel's. */
static void renew_channel(struct resolve *r)
{
    if (r->channel)
        ares_destroy(r->channel);
    r->channel = NULL;
    r->outdated = open_channel(r) != 0; /* what waits is asked when one can be had */
}

void resolve_tick(struct resolve *r)
{
    if (r->asked.first)
        ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    if (r->outdated && !r->asked.first)
        renew_channel(r);
    if (r->waiting.first)
        ask_more(r);
}
