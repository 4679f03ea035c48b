/* tests/helpers/wire.h - a server on loopback that says any bytes at all, without HTTP's help. */
#ifndef HUIYING_TESTS_WIRE_H
#define HUIYING_TESTS_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum wire_end {
    WIRE_CLOSE,   /* an orderly end */
    WIRE_RESET,   /* RST */
    WIRE_SILENT,  /* stays open and says nothing more */
    WIRE_REPEAT,  /* says `again` for ever, as fast as it is taken */
    WIRE_TRICKLE  /* says `again` for ever, a byte every 20 ms */
};

struct wire_script {
    struct str first; /* said once a head has come in; empty: nothing */
    struct str again;
    enum wire_end end;
    bool at_once;     /* before anything was asked */
};

struct wire;

/* Listens on a free port of 127.0.0.1 and gives every connection the script, which must outlive it;
 * asserts on failure. */
struct wire *wire_start(const struct wire_script *script);
int wire_port(const struct wire *w);
/* Bytes sent so far, all connections. */
size_t wire_sent(struct wire *w);
void wire_stop(struct wire *w);

#endif
