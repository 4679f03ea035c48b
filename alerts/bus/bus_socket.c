#include "alerts/bus/bus_socket.h"

#include <stdint.h>
#include <zmq.h>

#include "alerts/bus/zap.h"
#include "base/log.h"

static const struct {
    int option, value;
} options[] = {
    {ZMQ_LINGER, 200},
    {ZMQ_IPV6, 1},
    {ZMQ_BACKLOG, 1024},
    {ZMQ_SNDBUF, 128 * 1024}, /* what a stalled peer may hold of the kernel's memory */
    {ZMQ_HANDSHAKE_IVL, 10000},
    {ZMQ_HEARTBEAT_IVL, 10000},
    {ZMQ_HEARTBEAT_TIMEOUT, 30000},
    {ZMQ_HEARTBEAT_TTL, 60000},
};

void *bus_socket_new(void *context, int type, const char *domain, const struct key_pair *server,
                     int queue)
{
    void *s = zmq_socket(context, type);
    int64_t longest = type == ZMQ_PUB ? BUS_TOPIC_MAX : BUS_FRAME_MAX;

    if (!s)
        goto fail;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (zmq_setsockopt(s, options[i].option, &options[i].value, sizeof(int)))
            goto fail;
    if (zmq_setsockopt(s, ZMQ_SNDHWM, &queue, sizeof queue) ||
        zmq_setsockopt(s, ZMQ_MAXMSGSIZE, &longest, sizeof longest) ||
        zap_guard(s, domain, server))
        goto fail;
    return s;
fail:
    log_error("bus.socket", "domain=%s error=\"%s\"", domain, zmq_strerror(zmq_errno()));
    if (s)
        zmq_close(s);
    return NULL;
}
