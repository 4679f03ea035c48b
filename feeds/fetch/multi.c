#include "feeds/fetch/multi.h"

#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/heap.h"

/* Plain ones first, then those of https. */
enum { SECURE = 4, PARTS = 1 + SECURE };
/* Connections kept are for a robots.txt and its page, redirects, and short intervals. One of TLS
 * takes 60 KiB, a store 10 KiB. */
enum { KEPT = 16384, KEPT_SECURE = 32, IDLE_SECONDS = 10, STORES = 2048 };
/* Descriptors left to the rest of the process. */
enum { FILES_ASIDE = 256 };

struct multi_part {
    struct multi *all;
    CURLM *handle;
    bool touched, due; /* on the list; now rather than by the heap */
    size_t active;
    struct multi_part *next;
};

struct multi {
    struct loop *loop;
    struct heap *timers; /* parts, by clock_mono() */
    struct multi_part *touched; /* may have transfers that ended */
    size_t kept, active, open; /* connections beside those in use, at most; transfers; sockets */
    struct multi_part parts[PARTS];
    CURLSH *stores[STORES]; /* NULL: not needed yet */
};

static void touch(struct multi_part *p)
{
    if (p->touched)
        return;
    p->touched = true;
    p->next = p->all->touched;
    p->all->touched = p;
}

static void act(struct multi_part *p, curl_socket_t fd, int what)
{
    int running;

    curl_multi_socket_action(p->handle, fd, what, &running);
    touch(p);
}

static void ready(void *arg, int fd, int events)
{
    int what = (events & POLLIN ? CURL_CSELECT_IN : 0) |
               (events & POLLOUT ? CURL_CSELECT_OUT : 0) |
               (events & (POLLERR | POLLHUP) ? CURL_CSELECT_ERR : 0);

    act(arg, fd, what);
}

static int watch(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
    static const int events[] = {[CURL_POLL_NONE] = 0, [CURL_POLL_IN] = POLLIN,
                                 [CURL_POLL_OUT] = POLLOUT, [CURL_POLL_INOUT] = POLLIN | POLLOUT,
                                 [CURL_POLL_REMOVE] = 0};
    struct multi_part *p = arg;

    (void)easy;
    (void)unused;
    /* Not watched, the transfer ends by its time-out. */
    loop_watch(p->all->loop, fd, events[what], ready, p);
    return 0;
}

static int set_timer(CURLM *handle, long ms, void *arg)
{
    struct multi_part *p = arg;
    uint32_t id = (uint32_t)(p - p->all->parts);

    (void)handle;
    p->due = ms == 0;
    if (ms > 0)
        heap_set(p->all->timers, id, clock_mono() + ms);
    else
        heap_remove(p->all->timers, id);
    return 0;
}

static int opened_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
    struct multi *m = arg;

    (void)fd;
    (void)purpose;
    m->open++;
    return CURL_SOCKOPT_OK;
}

static int close_socket(void *arg, curl_socket_t fd)
{
    struct multi *m = arg;

    m->open -= m->open > 0; /* libcurl may close one before it tells of it */
    loop_forget(m->loop, fd);
    return close(fd);
}

/* Of the plain ones multi_may_keep() has a say. libcurl counts those in use too. */
static void count(struct multi_part *p, int change)
{
    p->active += (size_t)change;
    p->all->active += (size_t)change;
    if (p != p->all->parts)
        curl_multi_setopt(p->handle, CURLMOPT_MAXCONNECTS, KEPT_SECURE + (long)p->active);
}

static CURLM *handle_of(struct multi_part *p)
{
    if (p->handle)
        return p->handle;
    p->handle = curl_multi_init();
    if (!p->handle)
        return NULL;
    curl_multi_setopt(p->handle, CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(p->handle, CURLMOPT_SOCKETDATA, p);
    curl_multi_setopt(p->handle, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(p->handle, CURLMOPT_TIMERDATA, p);
    curl_multi_setopt(p->handle, CURLMOPT_MAXCONNECTS, (long)INT_MAX);
    return p->handle;
}

/* NULL, which is no store, when memory is exhausted. */
static CURLSH *store_of(struct multi *m, uint64_t hash)
{
    CURLSH **store = &m->stores[hash % STORES];

    if (*store || !(*store = curl_share_init()))
        return *store;
    if (curl_share_setopt(*store, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT)) {
        curl_share_cleanup(*store);
        *store = NULL;
    }
    return *store;
}

static size_t most_kept(size_t transfers)
{
    struct rlimit files;
    long long spare = 0;

    if (!getrlimit(RLIMIT_NOFILE, &files))
        spare = (long long)(files.rlim_cur < 1 << 20 ? files.rlim_cur : 1 << 20);
    spare -= FILES_ASIDE + (long long)transfers;
    return spare > KEPT ? KEPT : spare > 1 ? (size_t)spare : 1;
}

struct multi *multi_new(struct loop *loop, size_t transfers)
{
    struct multi *m = calloc(1, sizeof *m);

    if (!m)
        return NULL;
    m->loop = loop;
    m->kept = most_kept(transfers);
    m->timers = heap_new();
    /* Each part's room in the heap, so that no timer is ever lost. */
    if (!m->timers || heap_set(m->timers, PARTS - 1, 0)) {
        multi_free(m);
        return NULL;
    }
    heap_remove(m->timers, PARTS - 1);
    for (size_t i = 0; i < PARTS; i++)
        m->parts[i].all = m;
    return m;
}

void multi_free(struct multi *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < PARTS; i++)
        curl_multi_cleanup(m->parts[i].handle);
    for (size_t i = 0; i < STORES; i++)
        curl_share_cleanup(m->stores[i]);
    heap_free(m->timers);
    free(m);
}

bool multi_prepare(struct multi *m, CURL *easy)
{
    /* A session is a few KiB kept for a host that is not asked again for minutes. */
    return !curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, opened_socket) &&
           !curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, m) &&
           !curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket) &&
           !curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, m) &&
           !curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)IDLE_SECONDS) &&
           !curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
}

int multi_add(struct multi *m, CURL *easy, struct str host, bool https, struct multi_part **part)
{
    uint64_t hash = XXH3_64bits(host.p, host.n);

    struct multi_part *p = &m->parts[https ? 1 + hash % SECURE : 0];
    CURLSH *store = https ? NULL : store_of(m, hash);

    if (!handle_of(p) || curl_easy_setopt(easy, CURLOPT_SHARE, store) ||
        curl_multi_add_handle(p->handle, easy))
        return ERR_NOMEM;
    *part = p;
    count(p, 1);
    /* What it asked to be called for at once: the request goes out before other work. */
    if (p->due)
        act(p, CURL_SOCKET_TIMEOUT, 0);
    return 0;
}

bool multi_may_keep(const struct multi *m)
{
    return m->open < m->kept + m->active;
}

void multi_remove(struct multi_part *part, CURL *easy)
{
    curl_multi_remove_handle(part->handle, easy);
    count(part, -1);
}

int multi_wait_ms(struct multi *m, int most)
{
    uint32_t id;
    int64_t when;

    if (m->touched)
        return 0;
    if (!heap_peek(m->timers, &id, &when))
        return most;
    int64_t rest = when - clock_mono();
    return rest < 0 ? 0 : rest < most ? (int)rest : most;
}

void multi_tick(struct multi *m)
{
    uint32_t id;
    int64_t when, now = clock_mono();

    while (heap_peek(m->timers, &id, &when) && when <= now) {
        heap_remove(m->timers, id);
        act(&m->parts[id], CURL_SOCKET_TIMEOUT, 0);
    }
}

bool multi_next(struct multi *m, CURL **easy, CURLcode *code)
{
    struct multi_part *p;
    int left;

    while ((p = m->touched)) {
        CURLMsg *message = curl_multi_info_read(p->handle, &left);
        if (message && message->msg == CURLMSG_DONE) {
            *easy = message->easy_handle;
            *code = message->data.result;
            multi_remove(p, *easy);
            return true;
        }
        if (message)
            continue;
        if (p->due) {
            p->due = false;
            act(p, CURL_SOCKET_TIMEOUT, 0);
            continue;
        }
        m->touched = p->next;
        p->touched = false;
    }
    return false;
}
