#include "feeds/resolve.h"

#include <ares.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"
#include "feeds/address.h"
#include "feeds/cache.h"

/* A robots.txt, a page and its redirects in a row ask once; a name that moves is found soon. */
enum { CACHE_MAX = 4096, KEEP_MIN = 5, KEEP_MAX = 300 };

struct resolve {
    ares_channel channel;
    struct cache *known; /* host -> struct resolve_addresses, ports 0 */
    struct loop *loop;
    size_t asked;
};

struct question {
    struct resolve *resolve;
    uint16_t port;
    resolve_done *done;
    void *arg;
    char host[];
};

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

struct resolve *resolve_new(const char *servers, int try_ms, struct loop *loop)
{
    struct resolve *r = calloc(1, sizeof *r);
    /* Search domains would send a publisher's name to the operator's own zone. */
    struct ares_options options = {.flags = ARES_FLAG_NOSEARCH,
                                   .timeout = try_ms ? try_ms : 2000,
                                   .tries = 3,
                                   .sock_state_cb = watch,
                                   .sock_state_cb_data = r};
    int code = ARES_ENOMEM;

    if (!r)
        return NULL;
    r->loop = loop;
    r->known = cache_new(CACHE_MAX, free);
    if (r->known && !(code = ares_library_init(ARES_LIB_INIT_ALL))) {
        code = ares_init_options(&r->channel, &options,
                                 ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                                     ARES_OPT_SOCK_STATE_CB);
        if (!code && servers)
            code = ares_set_servers_ports_csv(r->channel, servers);
        if (!code)
            return r;
        ares_library_cleanup();
    }
    log_error("resolve.start", "code=%d", code);
    if (r->channel)
        ares_destroy(r->channel);
    cache_free(r->known);
    free(r);
    return NULL;
}

void resolve_free(struct resolve *r)
{
    if (!r)
        return;
    ares_destroy(r->channel);
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
    struct resolve_addresses *copy = malloc(sizeof *copy);
    int64_t now = clock_mono();

    if (!copy)
        return;
    *copy = *found;
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
    int err = code_of(status), ttl;

    (void)timeouts;
    q->resolve->asked--;
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

void resolve_ask(struct resolve *r, const char *host, uint16_t port, resolve_done *done, void *arg)
{
    const struct ares_addrinfo_hints hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = ARES_AI_NUMERICSERV};
    struct resolve_addresses found = {0};
    size_t n = strlen(host) + 1;
    const struct resolve_addresses *known;

    if (address_literal(host, port, &found.list[0])) {
        found.count = 1;
        done(arg, 0, &found);
        return;
    }
    known = cache_get(r->known, (struct str){host, n - 1}, clock_mono());
    if (known) {
        found = *known;
        set_ports(&found, port);
        done(arg, 0, &found);
        return;
    }
    struct question *q = malloc(sizeof *q + n);
    if (!q) {
        done(arg, ERR_NOMEM, &found);
        return;
    }
    *q = (struct question){r, port, done, arg};
    memcpy(q->host, host, n);
    r->asked++;
    ares_getaddrinfo(r->channel, host, NULL, &hints, answered, q);
}

int resolve_wait_ms(struct resolve *r, int most)
{
    struct timeval limit = {most / 1000, most % 1000 * 1000}, room;

    if (!r->asked)
        return most;
    const struct timeval *left = ares_timeout(r->channel, &limit, &room);
    return (int)(left->tv_sec * 1000 + (left->tv_usec + 999) / 1000);
}

void resolve_tick(struct resolve *r)
{
    if (r->asked)
        ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}
