#define _GNU_SOURCE
#include "tests/bench/subscriber.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "base/err.h"

static bool holds(const char *body, size_t n, const char *needle)
{
    return needle && memmem(body, n, needle, strlen(needle));
}

static int receive(const char *endpoint, const char *server_public, const struct key_pair *mine,
                   const char *const needles[2], uint64_t expect, int ready)
{
    int patience = 30000, unlimited = 0;
    void *ctx = zmq_ctx_new(), *sub = zmq_socket(ctx, ZMQ_SUB);
    char topic[512], body[65536];
    uint64_t got = 0;

    zmq_setsockopt(sub, ZMQ_CURVE_SERVERKEY, server_public, KEY_TEXT);
    zmq_setsockopt(sub, ZMQ_CURVE_PUBLICKEY, mine->public_key, KEY_TEXT);
    zmq_setsockopt(sub, ZMQ_CURVE_SECRETKEY, mine->secret_key, KEY_TEXT);
    zmq_setsockopt(sub, ZMQ_RCVTIMEO, &patience, sizeof patience);
    zmq_setsockopt(sub, ZMQ_RCVHWM, &unlimited, sizeof unlimited);
    zmq_setsockopt(sub, ZMQ_SUBSCRIBE, "", 0);
    if (zmq_connect(sub, endpoint))
        return 1;
    for (bool told = false; got < expect;) {
        int more = 0, n = zmq_recv(sub, topic, sizeof topic, 0);
        size_t size = sizeof more;
        if (n < 0)
            return 2;
        if (!told && write(ready, "r", 1) == 1)
            told = true;
        zmq_getsockopt(sub, ZMQ_RCVMORE, &more, &size);
        if (!more)
            continue;
        int m = zmq_recv(sub, body, sizeof body, 0);
        if (n > 8 && !memcmp(topic, "concern/", 8) && m > 0 &&
            (holds(body, (size_t)m, needles[0]) || holds(body, (size_t)m, needles[1])))
            got++;
    }
    return 0;
}

int subscriber_start(const char *endpoint, const char *server_public, const struct key_pair *mine,
                     const char *const needles[2], uint64_t expect, struct subscriber *out)
{
    int fds[2];

    if (pipe(fds))
        return ERR_IO;
    out->ready_fd = fds[0];
    out->pid = fork();
    if (out->pid == 0) {
        close(fds[0]);
        _exit(receive(endpoint, server_public, mine, needles, expect, fds[1]));
    }
    close(fds[1]);
    return out->pid < 0 ? ERR_IO : 0;
}

int subscriber_wait(struct subscriber *s)
{
    int status = -1;

    waitpid(s->pid, &status, 0);
    close(s->ready_fd);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : ERR_TIMEOUT;
}
