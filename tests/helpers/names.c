#include "tests/helpers/names.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TYPE_A = 1, PACKET_MAX = 512, RECORDS_MAX = 64 };

struct names {
    const struct names_record *records;
    size_t n;
    int fd;
    pthread_t thread;
    atomic_size_t asked;
    bool told[RECORDS_MAX];
    const char *silent;
    char server[32];
};

/* The question's name with dots: offset past the question, 0 when ill-formed. */
static size_t read_question(const unsigned char *p, size_t n, char name[256], int *type)
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
    if (at + 5 > n)
        return 0;
    *type = p[at + 1] << 8 | p[at + 2];
    return at + 5;
}

static size_t write_answer(unsigned char *p, size_t end, const struct names_record *r, int type)
{
    unsigned count = 0;

    for (; r && type == TYPE_A && count < 3 && r->addresses[count]; count++) {
        /* Pointer to the name, A, IN, TTL 60, 4 octets. */
        static const unsigned char fixed[] = {0xc0, 12, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4};
        memcpy(p + end, fixed, sizeof fixed);
        inet_pton(AF_INET, r->addresses[count], p + end + sizeof fixed);
        end += sizeof fixed + 4;
    }
    p[2] = 0x81;
    p[3] = r ? 0x80 : 0x83; /* no error, or no such name */
    p[6] = 0;
    p[7] = (unsigned char)count;
    memset(p + 8, 0, 4);
    return end;
}

/* The first row of that name that was not told yet, else its last. */
static const struct names_record *find(struct names *s, const char *name, int type)
{
    const struct names_record *found = NULL;

    for (size_t i = 0; i < s->n; i++) {
        if (strcasecmp(s->records[i].name, name) != 0)
            continue;
        found = &s->records[i];
        if (s->told[i])
            continue;
        s->told[i] = type == TYPE_A;
        break;
    }
    return found;
}

static void *serve(void *arg)
{
    struct names *s = arg;
    unsigned char p[PACKET_MAX + 64];
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    ssize_t n;

    while ((n = recvfrom(s->fd, p, PACKET_MAX, 0, (struct sockaddr *)&from, &size)) > 1) {
        char name[256];
        int type;
        size_t end = n > 12 ? read_question(p, (size_t)n, name, &type) : 0;
        if (!end)
            continue;
        s->asked++;
        if (s->silent && strcasecmp(s->silent, name) == 0)
            continue;
        end = write_answer(p, end, find(s, name, type), type);
        sendto(s->fd, p, end, 0, (struct sockaddr *)&from, size);
        size = sizeof from;
    }
    return NULL;
}

struct names *names_start(const struct names_record *records, size_t n)
{
    struct names *s = calloc(1, sizeof *s);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;

    if (!s || n > RECORDS_MAX)
        abort();
    s->records = records;
    s->n = n;
    s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (bind(s->fd, (struct sockaddr *)&at, size) ||
        getsockname(s->fd, (struct sockaddr *)&at, &size) ||
        pthread_create(&s->thread, NULL, serve, s))
        abort();
    snprintf(s->server, sizeof s->server, "127.0.0.1:%u", ntohs(at.sin_port));
    return s;
}

void names_silence(struct names *s, const char *name)
{
    s->silent = name;
}

const char *names_server(const struct names *s)
{
    return s->server;
}

size_t names_asked(struct names *s)
{
    return s->asked;
}

void names_stop(struct names *s)
{
    struct sockaddr_in at;
    socklen_t size = sizeof at;

    /* A datagram of one octet ends the thread. */
    getsockname(s->fd, (struct sockaddr *)&at, &size);
    sendto(s->fd, "", 1, 0, (struct sockaddr *)&at, size);
    pthread_join(s->thread, NULL);
    close(s->fd);
    free(s);
}
