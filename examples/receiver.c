/* A unit's receiver, from huiying-bus(7) alone: prints COUNT events; with accept, takes them on.
 * receiver ENDPOINT SERVER.public UNIT.public UNIT.secret COUNT [accept]    (-lzmq -ljansson) */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>
static char epoch[128], text[1 << 20];
static json_int_t last, stored, seq;
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
int main(int argc, char **argv)
{
    bus = zmq_socket(zmq_ctx_new(), ZMQ_DEALER);
    if (argc < 6 || use_key(ZMQ_CURVE_SERVERKEY, argv[2]) || use_key(ZMQ_CURVE_PUBLICKEY, argv[3])
        || use_key(ZMQ_CURVE_SECRETKEY, argv[4]) /* a dead connection ends, and another begins: */
        || zmq_setsockopt(bus, ZMQ_HEARTBEAT_IVL, &(int){5000}, 4) || zmq_connect(bus, argv[1]))
        return 1;
    json_t *m = json_pack("{sb}", "live", 0), *command;
    json_t *asked = json_object(); /* commands without a result: a repeated key is done once */
    for (long left = atol(argv[5]); left > 0 || stored < last || json_object_size(asked);) {
        const char *op = "", *reason = "", *name = epoch, *key = "", *id = "", *type = "";
        json_unpack(m, "{s?s,s?s,s?s,s?I,s?I,s?s}", "op", &op, "reason", &reason, "epoch", &name,
                    "resume", &last, "unitseq", &stored, "key", &key);
        memmove(epoch, name, strlen(name) + 1), json_object_del(asked, key); /* its result */
        if (json_is_false(json_object_get(m, "live")) || strstr(reason, "hello first"))
            say(json_pack("{ss,ss,ss,sI,si}", "op", "hello", "receiver", "example-c", "epoch",
                          epoch, "last", last, "credit", 100)); /* a connection is a session */
        if (strcmp(op, "welcome") == 0)
            json_object_foreach(asked, key, command) say(json_incref(command));
        if (strcmp(op, "canary") == 0)
            say(json_incref(m));
        json_t *event = json_object_get(m, "event");
        json_unpack(event, "{sI,ss,ss}", "unitseq", &seq, "id", &id, "type", &type);
        if (event && left > 0 && seq == last + 1) {
            json_dumpf(event, stdout, JSON_COMPACT), puts(""), fflush(stdout), last = seq, left--;
            if (argc > 6 && strcmp(type, "huiying.concern.opened") == 0) {
                json_unpack(event, "{s{ss}}", "data", "concern", &name);
                command = json_pack("{ss,ss,ss,ss}", "op", "command", "key", id, "act", "accept",
                                    "concern", name);
                json_object_set(asked, id, command), say(command);
            }
            say(json_pack("{ss,sI}", "op", "ack", "unitseq", last));
            say(json_pack("{ss,si}", "op", "credit", "add", 1));
        }
        while (zmq_poll(&(zmq_pollitem_t){bus, 0, ZMQ_POLLIN, 0}, 1, 2500) < 1)
            say(json_pack("{ss}", "op", "ping")); /* something is said every 3 seconds */
        int n = zmq_recv(bus, text, sizeof text, 0);
        json_decref(m), m = json_loadb(text, n > 0 ? (size_t)n : 0, 0, NULL);
    }
}
