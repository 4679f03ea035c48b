/* tests/unit/bus_rig.h - a running bus on loopback with enrolled keys, and raw peers to try it. */
#ifndef HUIYING_TESTS_BUS_RIG_H
#define HUIYING_TESTS_BUS_RIG_H

#include "tests/unit/unit.h"

#include <jansson.h>

#include "alerts/bus/bus.h"
#include "alerts/bus/bus_client.h"
#include "alerts/bus/keys.h"
#include "tests/helpers/memory_ledger.h"
#include "tests/unit/scratch.h"

#define RIG_EPOCH "e1"
#define RIG_SITE "https://huiying.example"

struct rig {
    char dir[SCRATCH_PATH];
    char pub[64], units[64]; /* endpoints */
    struct presence_times times; /* of the bus when it starts: an hour each, so that no slow
                                    machine makes a unit silent */
    uint64_t snapshot_after;
    struct memory_ledger *ledger;
    struct bus *bus;
    struct key_pair server, wages, health, hall, gate, stranger, office;
    void *context, *raw[32]; /* of the raw peers */
};

/* Setup and teardown of one test; *state is the rig. Enrols the units wages and health, the
 * dashboards hall and gate. */
int rig_start(void **state);
int rig_stop(void **state);
/* Stop and start the bus on the same addresses, on the same ledger. */
void rig_restart(struct rig *r);
/* Make and enrol a key ("units/office"). */
void rig_enrol(struct rig *r, const char *stem, struct key_pair *out);
/* Remove a key's file ("units/wages") and have the bus notice. */
void rig_revoke(struct rig *r, const char *stem);

/* A client that said hello and read its welcome, whose resume is given out. */
struct bus_client *rig_client(struct rig *r, const struct key_pair *key, const char *receiver,
                              const char *epoch, uint64_t last, uint64_t *resume);
/* Next message of this op within 10 s, others skipped; the caller frees it. Fails the test. */
json_t *rig_await(struct bus_client *c, const char *op);
/* unitseq of the next event. */
uint64_t rig_next_event(struct bus_client *c);

/* A raw DEALER or SUB socket with CURVE; key NULL: without any security. */
void *rig_raw(struct rig *r, int type, const struct key_pair *key, const char *endpoint);
void rig_close(struct rig *r, void *socket); /* or leave it to rig_stop() */
void rig_send(void *socket, const char *text);
/* Next message of a raw DEALER within 10 s; the caller frees it. Fails the test. */
json_t *rig_read(void *socket);
/* The same, which must have this op; a pong that was not waited for is skipped. */
json_t *rig_expect(void *socket, const char *op);
void rig_expect_gone(void *socket, const char *op); /* expect and free */

/* Watch a socket for ZMQ_EVENT_*, opened before what it shall see: an event that nobody watches is
 * lost. The first watched event ends the watch. */
void *rig_watch(struct rig *r, void *socket, int events);
int rig_first_event(void *socket, void *monitor);

const char *rig_text(const json_t *object, const char *key);
uint64_t rig_number(const json_t *object, const char *key);

#endif
