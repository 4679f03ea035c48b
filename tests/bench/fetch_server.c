#define _GNU_SOURCE
#include "tests/bench/fetch_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "tests/bench/fetch_tls.h"

enum { REQUEST_MAX = 2048, EVENTS = 256, FIRST_PIECE = 512, SYSTEM_CA_MAX = 1 << 20 };

#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"

enum kind { HTTP, TLS, DNS, CONNECTION };

struct peer {
    enum kind kind;
    int fd;
    SSL *ssl;
    char in[REQUEST_MAX];
    size_t nin;
    const char *out;
    size_t nout;
    bool close, writing;
};

struct answer {
    char *data;
    size_t n;
};

static struct {
    int epoll;
    SSL_CTX *tls;
    struct answer keep, close, unchanged, held, missing;
    struct fetch_server_counts *counts;
} server;

static _Noreturn void give_up(const char *what)
{
    perror(what);
    exit(1);
}

static struct answer answer(const char *status, const char *headers, size_t promised, size_t sent)
{
    struct answer a;
    char *head;
    int n = asprintf(&head, "HTTP/1.1 %s\r\nContent-Type: application/rss+xml\r\n%s"
                            "Content-Length: %zu\r\n\r\n", status, headers, promised);

    if (n < 0 || !(a.data = malloc((size_t)n + sent)))
        give_up("memory");
    memcpy(a.data, head, (size_t)n);
    memset(a.data + n, 'x', sent);
    a.n = (size_t)n + sent;
    free(head);
    return a;
}

static void make_answers(void)
{
    const char *tags = "ETag: \"5d8c72a5edda8-4a3f\"\r\n"
                       "Last-Modified: Sat, 21 Nov 2026 08:12:31 GMT\r\n";
    char closing[200];

    snprintf(closing, sizeof closing, "%sConnection: close\r\n", tags);
    server.keep = answer("200 OK", tags, FETCH_SERVER_BODY, FETCH_SERVER_BODY);
    server.close = answer("200 OK", closing, FETCH_SERVER_BODY, FETCH_SERVER_BODY);
    server.held = answer("200 OK", tags, FETCH_SERVER_BODY, FIRST_PIECE);
    server.missing = answer("404 Not Found", "", 0, 0);
    server.unchanged = answer("304 Not Modified", tags, 0, 0);
}

static void watch(struct peer *p, int op, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = p};

    epoll_ctl(server.epoll, op, p->fd, &e);
}

static void drop(struct peer *p)
{
    SSL_free(p->ssl);
    close(p->fd);
    free(p);
}

/* Bytes, 0: later, -1: the connection is over. */
static ssize_t outcome(struct peer *p, ssize_t n)
{
    if (n > 0)
        return n;
    if (!p->ssl)
        return n < 0 && errno == EAGAIN ? 0 : -1;
    int why = SSL_get_error(p->ssl, (int)n);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

/* False when the connection is gone. */
static bool flush(struct peer *p)
{
    while (p->nout) {
        ssize_t n = outcome(p, p->ssl ? SSL_write(p->ssl, p->out, (int)p->nout)
                                      : send(p->fd, p->out, p->nout, MSG_NOSIGNAL));
        if (n > 0) {
            p->out += n;
            p->nout -= (size_t)n;
        } else if (n < 0) {
            drop(p);
            return false;
        } else {
            if (!p->writing)
                watch(p, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
            p->writing = true;
            return true;
        }
    }
    if (p->writing)
        watch(p, EPOLL_CTL_MOD, EPOLLIN);
    p->writing = false;
    if (p->close) {
        if (p->ssl)
            SSL_shutdown(p->ssl);
        drop(p);
        return false;
    }
    return true;
}

static const struct answer *choose(struct peer *p)
{
    switch (p->nin > 5 ? p->in[5] : 0) {
    case 'k': return &server.keep;
    case 'c': p->close = true; return &server.close;
    case 'n':
        return memmem(p->in, p->nin, "If-None-Match", 13) ? &server.unchanged : &server.keep;
    case 'h': server.counts->held++; return &server.held;
    default: return &server.missing;
    }
}

static void converse(struct peer *p)
{
    ssize_t n = outcome(p, p->ssl ? SSL_read(p->ssl, p->in + p->nin, (int)(REQUEST_MAX - p->nin))
                                  : recv(p->fd, p->in + p->nin, REQUEST_MAX - p->nin, 0));

    if (n < 0 || (n && (p->nin += (size_t)n) == REQUEST_MAX)) {
        drop(p);
        return;
    }
    if (p->nin >= 4 && memcmp(p->in + p->nin - 4, "\r\n\r\n", 4) == 0) {
        const struct answer *a = choose(p);
        server.counts->requests++;
        p->nin = 0;
        p->out = a->data;
        p->nout = a->n;
        flush(p);
    }
}

static void welcome(struct peer *at)
{
    int fd;

    while ((fd = accept4(at->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct peer *p = calloc(1, sizeof *p);
        int on = 1;
        if (!p)
            give_up("memory");
        *p = (struct peer){.kind = CONNECTION, .fd = fd};
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (at->kind == TLS) {
            p->ssl = SSL_new(server.tls);
            SSL_set_fd(p->ssl, fd);
            SSL_set_accept_state(p->ssl);
        }
        watch(p, EPOLL_CTL_ADD, EPOLLIN);
    }
}

long fetch_server_number(const char *name)
{
    char *end;
    long n = name[0] == 'n' ? strtol(name + 1, &end, 10) : -1;

    return n >= 0 && end > name + 1 && strcmp(end, ".test") == 0 ? n : -1;
}

/* Offset past the question, whose name goes to name; 0 when ill-formed. */
static size_t question(const unsigned char *p, size_t n, char name[256])
{
    size_t at = 12, out = 0;

    while (at < n && p[at]) {
        size_t label = p[at++];
        if (label > 63 || at + label >= n || out + label + 2 > 255)
            return 0;
        if (out)
            name[out++] = '.';
        memcpy(name + out, p + at, label);
        out += label;
        at += label;
    }
    name[out] = '\0';
    return at + 5 > n ? 0 : at + 5;
}

static void tell_address(struct peer *at)
{
    static const unsigned char fixed[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4};
    unsigned char p[600];
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    ssize_t n;

    while ((n = recvfrom(at->fd, p, 512, 0, (struct sockaddr *)&from, &size)) > 12) {
        char name[256];
        size_t end = question(p, (size_t)n, name);
        long number = end ? fetch_server_number(name) : -1;
        bool a = end && p[end - 3] == 1 && number >= 0;
        p[2] = 0x81;
        p[3] = number < 0 ? 0x83 : 0x80;
        p[6] = 0;
        p[7] = a;
        memset(p + 8, 0, 4);
        if (a) {
            uint32_t address = htonl(0x7f010000u + (uint32_t)number);
            memcpy(p + end, fixed, sizeof fixed);
            memcpy(p + end + sizeof fixed, &address, 4);
            end += sizeof fixed + 4;
        }
        server.counts->names++;
        sendto(at->fd, p, end, 0, (struct sockaddr *)&from, size);
        size = sizeof from;
    }
}

static uint16_t open_port(struct peer *p, enum kind kind)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof at;
    int type = kind == DNS ? SOCK_DGRAM : SOCK_STREAM, room = 4 << 20;

    *p = (struct peer){.kind = kind};
    p->fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (kind == DNS)
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (bind(p->fd, (struct sockaddr *)&at, size) || (kind != DNS && listen(p->fd, 4096)) ||
        getsockname(p->fd, (struct sockaddr *)&at, &size))
        give_up("listen");
    return ntohs(at.sin_port);
}

static _Noreturn void serve(struct peer *ports, int n)
{
    struct epoll_event events[EVENTS];

    server.epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < n; i++)
        watch(&ports[i], EPOLL_CTL_ADD, EPOLLIN);
    for (;;) {
        int count = epoll_wait(server.epoll, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            struct peer *p = events[i].data.ptr;
            if (p->kind == DNS)
                tell_address(p);
            else if (p->kind != CONNECTION)
                welcome(p);
            else if (!p->nout || (!(events[i].events & EPOLLOUT) || flush(p)))
                converse(p);
        }
    }
}

/* As a real store: a hundred authorities beside the one that matters. */
static const char *write_ca(X509 *ca)
{
    static char path[] = "/tmp/huiying-bench-XXXXXX";
    char *system = malloc(SYSTEM_CA_MAX);
    FILE *in = fopen(SYSTEM_CA, "r"), *out = fdopen(mkstemp(path), "w");
    size_t n = in && system ? fread(system, 1, SYSTEM_CA_MAX, in) : 0;

    if (!out || fwrite(system, 1, n, out) != n || !PEM_write_X509(out, ca) || fclose(out))
        give_up(path);
    if (in)
        fclose(in);
    free(system);
    return path;
}

struct fetch_server fetch_server_start(int tls)
{
    static struct peer ports[3];
    struct fetch_server s = {0};
    struct rlimit files;
    X509 *ca = NULL;

    s.counts = mmap(NULL, sizeof *s.counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                    -1, 0);
    if (s.counts == MAP_FAILED)
        give_up("mmap");
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    server.counts = s.counts;
    make_answers();
    s.http = open_port(&ports[0], HTTP);
    s.dns = open_port(&ports[1], DNS);
    if (tls) {
        s.tls = open_port(&ports[2], TLS);
        server.tls = fetch_tls_new(&ca);
        if (!server.tls)
            give_up("certificates");
        s.ca = write_ca(ca);
    }
    s.pid = fork();
    if (s.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(ports, tls ? 3 : 2);
    }
    if (s.pid < 0)
        give_up("fork");
    for (int i = 0; i < (tls ? 3 : 2); i++)
        close(ports[i].fd);
    return s;
}

void fetch_server_stop(struct fetch_server *s)
{
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
    if (s->ca)
        unlink(s->ca);
    munmap(s->counts, sizeof *s->counts);
}
