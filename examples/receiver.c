/* A unit's receiver, from huiying-bus(7) alone: prints COUNT events; with accept, takes them on.
 * receiver ENDPOINT SERVER.public UNIT.public UNIT.secret COUNT [accept]    (-lzmq -ljansson) */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>
static char epoch[128], text[1 << 20];
static json_int_t last, stored, left, head, seq;
static void *bus;
static void say(json_t *m) /* takes m */
{
    zmq_send(bus, text, json_dumpb(m, text, sizeof text, JSON_COMPACT), ZMQ_DONTWAIT);
    json_decref(m);
}
static int use_key(int option, const char *path)
{
    FILE *f = fopen(path, "r");
    return f && fgets(text, 41, f) ? zmq_setsockopt(bus, option, text, 40) : -1;
}
static void take(json_t *event, int accept)
{
    const char *id = "", *type = "", *concern = "";
    json_unpack(event, "{sI,ss,ss,s{s?s}}", "unitseq", &last, "id", &id, "type", &type, "data",
                "concern", &concern);
    json_dumpf(event, stdout, JSON_COMPACT), puts(""), fflush(stdout);
    if (accept && strcmp(type, "huiying.concern.opened") == 0)
        say(json_pack("{ss,ss,ss,ss}", "op", "command", "key", id, "act", "accept", "concern",
                      concern)); /* a repeated key is done once */
    say(json_pack("{ss,sI}", "op", "ack", "unitseq", last));
    say(json_pack("{ss,si}", "op", "credit", "add", 1));
    left--;
}
int main(int argc, char **argv)
{
    bus = zmq_socket(zmq_ctx_new(), ZMQ_DEALER);
    if (argc < 6 || use_key(ZMQ_CURVE_SERVERKEY, argv[2]) || use_key(ZMQ_CURVE_PUBLICKEY, argv[3])
        || use_key(ZMQ_CURVE_SECRETKEY, argv[4]) || zmq_connect(bus, argv[1]))
        return 1;
    left = atol(argv[5]);
    for (int lost = 1; left > 0 || stored < last;) {
        if (lost) /* a connection is a session: hello comes first, with the place to go on from */
            say(json_pack("{ss,ss,ss,sI,si}", "op", "hello", "receiver", "example-c", "epoch",
                          epoch, "last", last, "credit", 100));
        while (zmq_poll(&(zmq_pollitem_t){bus, 0, ZMQ_POLLIN, 0}, 1, 2500) < 1)
            say(json_pack("{ss}", "op", "ping")); /* something is said every 3 seconds */
        int n = zmq_recv(bus, text, sizeof text, 0);
        json_t *m = json_loadb(text, n > 0 ? (size_t)n : 0, 0, NULL), *event = NULL;
        const char *op = "", *reason = "", *name = epoch;
        json_unpack(m, "{ss,s?s,s?s,s?o,s?I,s?I,s?I}", "op", &op, "reason", &reason, "epoch", &name,
                    "event", &event, "resume", &last, "head", &head, "unitseq", &stored);
        if (event && left > 0 && !json_unpack(event, "{sI}", "unitseq", &seq) && seq == last + 1)
            take(event, argc > 6);
        if (strcmp(op, "canary") == 0)
            say(json_incref(m));
        lost = strstr(reason, "hello first") || (strcmp(op, "pong") == 0 && head > last);
        memmove(epoch, name, strlen(name) + 1);
        json_decref(m);
    }
}
