#define _GNU_SOURCE
#include "tests/helpers/peer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum { ROUTES_MAX = 64, REQUESTS_MAX = 8192, HEAD_MAX = 8192, CONNECTIONS_MAX = 8192 };

struct route {
    const char *path;
    const struct peer_answer *answers;
    size_t n, asked;
};

struct request {
    char *head;
    int64_t begun, ended;
};

struct connection {
    struct peer *peer;
    pthread_t thread;
    int fd;
};

struct peer {
    int fd, port;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stop, open, six;
    struct route routes[ROUTES_MAX];
    size_t nroutes;
    struct request requests[REQUESTS_MAX];
    size_t nrequests;
    struct connection connections[CONNECTIONS_MAX];
    size_t nconnections;
};

static bool send_all(struct peer *p, int fd, const char *data, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, data, n, MSG_NOSIGNAL);
        pthread_mutex_lock(&p->lock);
        bool stop = p->stop;
        pthread_mutex_unlock(&p->lock);
        if (sent <= 0 || stop)
            return false;
        data += sent;
        n -= (size_t)sent;
    }
    return true;
}

static bool wait_for_gate(struct peer *p)
{
    pthread_mutex_lock(&p->lock);
    while (!p->open && !p->stop)
        pthread_cond_wait(&p->changed, &p->lock);
    bool stop = p->stop;
    pthread_mutex_unlock(&p->lock);
    return !stop;
}

static bool send_for_ever(struct peer *p, int fd, const char *piece)
{
    while (send_all(p, fd, piece, strlen(piece)))
        ;
    return false;
}

static bool send_slowly(struct peer *p, int fd)
{
    /* Pacing what is sent, not waiting for anything. */
    const struct timespec gap = {0, 20 * 1000 * 1000};

    while (send_all(p, fd, "x", 1))
        nanosleep(&gap, NULL);
    return false;
}

static bool answer(struct peer *p, int fd, const struct peer_answer *a, const char *head)
{
    static char piece[65537];
    char lines[2048], condition[256];
    size_t length = a->body.n + (a->trick == PEER_TRUNCATE ? 100 : 0);
    bool open = a->trick == PEER_HUGE || a->trick == PEER_SLOW;

    snprintf(condition, sizeof condition, "If-None-Match: %s\r\n", a->etag ? a->etag : "");
    bool same = a->etag && strstr(head, condition);
    int n = snprintf(lines, sizeof lines, "HTTP/1.1 %d X\r\n%s%s%s%s", same ? 304 : a->status,
                     a->etag ? "ETag: " : "", a->etag ? a->etag : "", a->etag ? "\r\n" : "",
                     a->headers ? a->headers : "");
    if (a->trick == PEER_HANG_UP || (a->trick == PEER_GATED && !wait_for_gate(p)))
        return false;
    if (a->trick == PEER_ENDLESS_HEAD) {
        send_all(p, fd, lines, (size_t)n);
        return send_for_ever(p, fd, "X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
    }
    if (same)
        n += snprintf(lines + n, sizeof lines - (size_t)n, "\r\n");
    else if (open)
        n += snprintf(lines + n, sizeof lines - (size_t)n, "Connection: close\r\n\r\n");
    else
        n += snprintf(lines + n, sizeof lines - (size_t)n, "Content-Length: %zu\r\n\r\n", length);
    if (!send_all(p, fd, lines, (size_t)n) || same)
        return same;
    if (a->trick == PEER_SLOW)
        return send_slowly(p, fd);
    if (a->trick == PEER_HUGE) {
        memset(piece, 'h', sizeof piece - 1);
        return send_for_ever(p, fd, piece);
    }
    return send_all(p, fd, a->body.p, a->body.n) && a->trick != PEER_TRUNCATE;
}

static const struct peer_answer *choose(struct peer *p, char *head, size_t *request)
{
    static const struct peer_answer none = {.status = 404};
    const struct peer_answer *a = &none;
    const char *path = strchr(head, ' ') + 1;
    size_t n = strcspn(path, " ");

    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < p->nroutes; i++) {
        struct route *r = &p->routes[i];
        if (strlen(r->path) == n && memcmp(r->path, path, n) == 0) {
            a = &r->answers[r->asked < r->n ? r->asked : r->n - 1];
            r->asked++;
        }
    }
    *request = p->nrequests++;
    assert(*request < REQUESTS_MAX);
    p->requests[*request] = (struct request){head, clock_mono(), 0};
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    return a;
}

static char *read_head(int fd)
{
    char *head = calloc(1, HEAD_MAX);
    size_t n = 0;

    while (n < HEAD_MAX - 1 && !strstr(head, "\r\n\r\n")) {
        ssize_t got = recv(fd, head + n, 1, 0);
        if (got <= 0) {
            free(head);
            return NULL;
        }
        n += (size_t)got;
    }
    return head;
}

static void *serve(void *arg)
{
    struct connection *c = arg;
    struct peer *p = c->peer;
    bool go = true;
    char *head;

    while (go && (head = read_head(c->fd))) {
        size_t request;
        const struct peer_answer *a = choose(p, head, &request);
        go = answer(p, c->fd, a, head);
        pthread_mutex_lock(&p->lock);
        p->requests[request].ended = clock_mono();
        pthread_mutex_unlock(&p->lock);
    }
    shutdown(c->fd, SHUT_RDWR);
    return NULL;
}

static void *listen_loop(void *arg)
{
    struct peer *p = arg;
    int fd;

    while ((fd = accept4(p->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        pthread_mutex_lock(&p->lock);
        assert(p->nconnections < CONNECTIONS_MAX);
        struct connection *c = &p->connections[p->nconnections++];
        *c = (struct connection){.peer = p, .fd = fd};
        if (p->stop)
            shutdown(fd, SHUT_RDWR);
        int err = pthread_create(&c->thread, NULL, serve, c);
        assert(!err);
        (void)err;
        pthread_mutex_unlock(&p->lock);
    }
    return NULL;
}

static struct peer *start(int fd)
{
    struct peer *p = calloc(1, sizeof *p);
    struct sockaddr_storage at;
    socklen_t n = sizeof at;
    pthread_condattr_t attr;

    assert(p);
    p->fd = fd;
    if (listen(p->fd, 128) || getsockname(p->fd, (struct sockaddr *)&at, &n))
        abort();
    p->six = at.ss_family == AF_INET6;
    p->port = ntohs(p->six ? ((struct sockaddr_in6 *)&at)->sin6_port
                           : ((struct sockaddr_in *)&at)->sin_port);
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&p->changed, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&p->thread, NULL, listen_loop, p))
        abort();
    return p;
}

struct peer *peer_start(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(fd, (struct sockaddr *)&at, sizeof at))
        abort();
    return start(fd);
}

struct peer *peer_start_six(void)
{
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && !bind(fd, (struct sockaddr *)&at, sizeof at))
        return start(fd);
    if (fd >= 0)
        close(fd);
    return NULL;
}

void peer_stop(struct peer *p)
{
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    shutdown(p->fd, SHUT_RDWR);
    pthread_join(p->thread, NULL);
    for (size_t i = 0; i < p->nconnections; i++) {
        shutdown(p->connections[i].fd, SHUT_RDWR);
        pthread_join(p->connections[i].thread, NULL);
        close(p->connections[i].fd);
    }
    for (size_t i = 0; i < p->nrequests; i++)
        free(p->requests[i].head);
    close(p->fd);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->changed);
    free(p);
}

int peer_port(const struct peer *p)
{
    return p->port;
}

void peer_script(struct peer *p, const char *path, const struct peer_answer *answers, size_t n)
{
    pthread_mutex_lock(&p->lock);
    assert(p->nroutes < ROUTES_MAX);
    p->routes[p->nroutes++] = (struct route){path, answers, n, 0};
    pthread_mutex_unlock(&p->lock);
}

char *peer_url(const struct peer *p, const char *path)
{
    char *url;

    const char *host = p->six ? "[::1]" : "127.0.0.1";

    return asprintf(&url, "http://%s:%d%s", host, p->port, path) < 0 ? NULL : url;
}

void peer_open(struct peer *p)
{
    pthread_mutex_lock(&p->lock);
    p->open = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static size_t count_locked(struct peer *p, const char *path)
{
    size_t n = 0;

    for (size_t i = 0; i < p->nrequests; i++) {
        const char *at = strchr(p->requests[i].head, ' ') + 1;
        n += !path || (strncmp(at, path, strlen(path)) == 0 && at[strlen(path)] == ' ');
    }
    return n;
}

size_t peer_count(struct peer *p, const char *path)
{
    pthread_mutex_lock(&p->lock);
    size_t n = count_locked(p, path);
    pthread_mutex_unlock(&p->lock);
    return n;
}

int peer_wait(struct peer *p, const char *path, size_t n)
{
    struct timespec until;
    int late = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 60;
    pthread_mutex_lock(&p->lock);
    while (!late && count_locked(p, path) < n)
        late = pthread_cond_timedwait(&p->changed, &p->lock, &until);
    pthread_mutex_unlock(&p->lock);
    return late ? -1 : 0;
}

const char *peer_request(struct peer *p, size_t i, int64_t *begun, int64_t *ended)
{
    const char *head = NULL;

    pthread_mutex_lock(&p->lock);
    if (i < p->nrequests) {
        head = p->requests[i].head;
        if (begun)
            *begun = p->requests[i].begun;
        if (ended)
            *ended = p->requests[i].ended;
    }
    pthread_mutex_unlock(&p->lock);
    return head;
}

size_t peer_connections(struct peer *p)
{
    pthread_mutex_lock(&p->lock);
    size_t n = p->nconnections;
    pthread_mutex_unlock(&p->lock);
    return n;
}
