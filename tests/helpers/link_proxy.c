#include "tests/helpers/link_proxy.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PAIRS = 8, PIECE = 1 << 18 /* grows */, LOOK_MS = 5 };

struct pair {
    int client, server; /* -1: free */
    bool asks;          /* nothing was answered since it wrote */
    bool swallow;       /* the connection ends with the next answer */
};

struct link_proxy {
    char target[108];
    int listener;
    pthread_t thread;
    atomic_bool stop;
    atomic_int fault, passes; /* requests that pass before it */
    atomic_uint exchanges;
    void (*call)(void *arg);
    void *call_arg;
    struct pair pairs[PAIRS];
    char *piece; /* what has come last */
    size_t room;
    atomic_int held; /* a connection to the target, or -1 */
    char *kept;      /* what is to be sent on it */
    size_t kept_len;
};

static int dial(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool send_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

static void end(struct pair *p)
{
    if (p->client >= 0)
        close(p->client);
    if (p->server >= 0)
        close(p->server);
    *p = (struct pair){-1, -1, false, false};
}

static void take_client(struct link_proxy *p)
{
    int fd = accept(p->listener, NULL, NULL);

    for (size_t i = 0; i < PAIRS && fd >= 0; i++)
        if (p->pairs[i].client < 0) {
            p->pairs[i] = (struct pair){fd, dial(p->target), false, false};
            if (p->pairs[i].server < 0)
                end(&p->pairs[i]);
            return;
        }
    if (fd >= 0)
        close(fd);
}

static void hold(struct link_proxy *p, struct pair *pair, size_t n)
{
    p->kept = malloc(n);
    if (!p->kept)
        abort();
    memcpy(p->kept, p->piece, n);
    p->kept_len = n;
    int server = pair->server;
    pair->server = -1;
    end(pair);
    p->held = server;
}

/* The number of a line that begins with `sign`, behind which *at then stands; -1: not all there. */
static long number(const char **at, const char *end, char sign)
{
    const char *p = *at, *line = memchr(p, '\n', (size_t)(end - p));

    if (!line)
        return -1;
    if (*p != sign)
        abort(); /* no client of ours asks in another form */
    *at = line + 1;
    return strtol(p + 1, NULL, 10);
}

/* Whether the last of these commands is all there (RESP: arrays of strings with their lengths). */
static bool whole(const char *p, size_t n)
{
    const char *end = p + n;

    while (p < end) {
        long words = number(&p, end, '*');
        if (words < 0)
            return false;
        for (; words > 0; words--) {
            long len = p < end ? number(&p, end, '$') : -1;
            if (len < 0 || end - p < len + 2)
                return false;
            p += len + 2;
        }
    }
    return true;
}

/* A long request comes in pieces, whose number is chance: it is one. Its length; 0 or less when the
 * client has gone. */
static ssize_t take_request(struct link_proxy *p, int client)
{
    size_t n = 0;

    do {
        if (n == p->room && !(p->piece = realloc(p->piece, p->room *= 2)))
            abort();
        ssize_t got = recv(client, p->piece + n, p->room - n, 0);
        if (got <= 0)
            return got;
        n += (size_t)got;
    } while (!whole(p->piece, n));
    return (ssize_t)n;
}

/* Of the request that has come. */
static int draw_fault(struct link_proxy *p)
{
    if (p->fault == LINK_PASS || p->passes == 0)
        return atomic_exchange(&p->fault, LINK_PASS);
    p->passes--;
    return LINK_PASS;
}

static void from_client(struct link_proxy *p, struct pair *pair)
{
    ssize_t n = take_request(p, pair->client);
    int fault = n > 0 ? draw_fault(p) : LINK_CUT;

    if (fault == LINK_CUT) {
        end(pair);
    } else if (fault == LINK_HOLD) {
        hold(p, pair, (size_t)n);
    } else {
        pair->swallow |= fault == LINK_SWALLOW;
        p->exchanges += !pair->asks;
        pair->asks = true;
        if (fault == LINK_CALL)
            p->call(p->call_arg);
        if (!send_all(pair->server, p->piece, (size_t)n))
            end(pair);
    }
}

static void from_server(struct link_proxy *p, struct pair *pair)
{
    ssize_t n = recv(pair->server, p->piece, p->room, 0);

    pair->asks = false;
    if (n <= 0 || pair->swallow || !send_all(pair->client, p->piece, (size_t)n))
        end(pair);
}

static void *serve(void *arg)
{
    struct link_proxy *p = arg;

    while (!p->stop) {
        struct pollfd fds[1 + 2 * PAIRS] = {{p->listener, POLLIN, 0}};
        for (size_t i = 0; i < PAIRS; i++) {
            fds[1 + 2 * i] = (struct pollfd){p->pairs[i].client, POLLIN, 0};
            fds[2 + 2 * i] = (struct pollfd){p->pairs[i].server, POLLIN, 0};
        }
        if (poll(fds, 1 + 2 * PAIRS, LOOK_MS) <= 0)
            continue;
        for (size_t i = 0; i < PAIRS; i++) {
            if (fds[1 + 2 * i].revents)
                from_client(p, &p->pairs[i]);
            if (fds[2 + 2 * i].revents && p->pairs[i].server >= 0)
                from_server(p, &p->pairs[i]);
        }
        if (fds[0].revents)
            take_client(p);
    }
    return NULL;
}

struct link_proxy *link_proxy_start(const char *path, const char *target)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct link_proxy *p = calloc(1, sizeof *p);

    if (!p || !(p->piece = malloc(PIECE)))
        abort();
    p->room = PIECE;
    snprintf(p->target, sizeof p->target, "%s", target);
    snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    p->held = -1;
    for (size_t i = 0; i < PAIRS; i++)
        p->pairs[i] = (struct pair){-1, -1, false, false};
    p->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (p->listener < 0 || bind(p->listener, (struct sockaddr *)&at, sizeof at) ||
        listen(p->listener, PAIRS) || pthread_create(&p->thread, NULL, serve, p)) {
        close(p->listener);
        free(p->piece);
        free(p);
        return NULL;
    }
    return p;
}

void link_proxy_fail(struct link_proxy *p, enum link_fault fault)
{
    link_proxy_fail_after(p, 0, fault);
}

void link_proxy_fail_after(struct link_proxy *p, unsigned passes, enum link_fault fault)
{
    p->passes = (int)passes;
    p->fault = (int)fault;
}

void link_proxy_call_after(struct link_proxy *p, unsigned passes, void (*call)(void *arg),
                           void *arg)
{
    p->call = call;
    p->call_arg = arg;
    link_proxy_fail_after(p, passes, LINK_CALL);
}

unsigned link_proxy_exchanges(const struct link_proxy *p)
{
    return p->exchanges;
}

void link_proxy_release(struct link_proxy *p)
{
    char byte;
    int fd = p->held;

    if (fd < 0 || !send_all(fd, p->kept, p->kept_len) || recv(fd, &byte, 1, 0) != 1)
        abort();
    close(fd);
    free(p->kept);
    p->kept = NULL;
    p->held = -1;
}

void link_proxy_stop(struct link_proxy *p)
{
    if (!p)
        return;
    p->stop = true;
    pthread_join(p->thread, NULL);
    for (size_t i = 0; i < PAIRS; i++)
        end(&p->pairs[i]);
    close(p->listener);
    free(p->piece);
    free(p);
}
