/* alerts/bus/bus_wire.h - the JSON messages of the ROUTER endpoint (docs/huiying-bus.7): requests
 * in, replies out. */
#ifndef HUIYING_ALERTS_BUS_WIRE_H
#define HUIYING_ALERTS_BUS_WIRE_H

#include "alerts/desk/desk.h"

enum wire_op {
    WIRE_HELLO,
    WIRE_ACK,
    WIRE_CREDIT,
    WIRE_COMMAND,
    WIRE_EVENTS,
    WIRE_PING,
    WIRE_SNAPSHOT,
    WIRE_CANARY,
    WIRE_OPS
};

enum {
    WIRE_REQUEST_MAX = 16 * 1024, /* bytes of a request */
    WIRE_KEY_MAX = 63             /* of a command's key: the unit is put before it */
};

struct json_t;

/* Members that an op does not have are 0 or empty. Texts are borrowed from `doc`. */
struct wire_request {
    enum wire_op op;
    struct json_t *doc;
    struct str receiver, epoch, key, act_name, concern_name;
    uint64_t last, credit, unitseq, add, from, to, number;
    struct command command; /* `by` and `key` are the receiver's to set */
    char asked[WIRE_KEY_MAX + 1]; /* a command's key, however wrong the rest is */
};

/* Read one request: 0; ERR_CORRUPT when it is no JSON object or too long, which nobody sends who
 * speaks this; ERR_SYNTAX / ERR_LIMIT / ERR_UNSUPPORTED for what its members say; each with *reason
 * a static "zh (en)" text. On 0 bus_wire_clear() it; else nothing of it is there but `asked`. */
int bus_wire_parse(struct str body, struct wire_request *out, const char **reason);
void bus_wire_clear(struct wire_request *r);

/* Each replaces what out holds; check buf_ok(). */
void bus_wire_welcome(struct buf *out, const char *epoch, uint64_t head, const char *unit,
                      uint64_t resume, bool snapshot, int64_t heartbeat);
void bus_wire_acked(struct buf *out, uint64_t unitseq);
void bus_wire_result(struct buf *out, struct str key, int status, const char *reason, uint64_t seq);
void bus_wire_pong(struct buf *out, uint64_t head, bool live); /* live: it said hello */
/* key: of the command that was not read; NULL or empty: it was another request. */
void bus_wire_error(struct buf *out, const char *reason, const char *key);
void bus_wire_events_end(struct buf *out, uint64_t to);
/* Where a snapshot begins and ends: as of seq and, of a unit, unitseq. */
struct wire_snapshot {
    uint64_t seq, unitseq, count;
    bool of_unit;
};
void bus_wire_snapshot(struct buf *out, const char *epoch, const struct wire_snapshot *s);
void bus_wire_snapshot_end(struct buf *out, const struct wire_snapshot *s);
/* A row of it; brief as in event_write_json(). */
void bus_wire_concern(struct buf *out, const struct concern *c, struct str brief);
void bus_wire_canary(struct buf *out, uint64_t number);
/* The event for one unit of its audience, with its concern's address. `topic` (may be NULL) is its
 * PUB topic, told where the receiver cannot know the unit. */
int bus_wire_event(struct buf *out, const struct event *e, const struct event_home *home,
                   uint64_t unitseq, struct str brief, const char *topic);

#endif
