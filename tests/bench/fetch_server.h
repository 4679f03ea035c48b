/* tests/bench/fetch_server.h - a fast web server and name server in a process of their own, on all
 * loopback addresses, for measuring who fetches from them. */
#ifndef HUIYING_BENCH_FETCH_SERVER_H
#define HUIYING_BENCH_FETCH_SERVER_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

enum { FETCH_SERVER_BODY = 18 * 1024 };

/* Names n0.test, n1.test … are at 127.1.0.0, 127.1.0.1 … What a path's first letter brings:
 *   k  200, FETCH_SERVER_BODY bytes and an ETag; the connection stays
 *   c  the same; the connection is closed
 *   n  304 to a request with If-None-Match, else as k
 *   h  the head of a 200 and a first piece of its body, then nothing more
 *   r  404 */
struct fetch_server {
    pid_t pid;
    uint16_t http, tls, dns; /* ports */
    const char *ca;          /* a file: the system's certificates and ours */
    /* Shared with the server's process. */
    struct fetch_server_counts {
        atomic_ulong requests, held, names;
    } *counts;
};

/* tls 0: without. Exits with a message on failure. Call before any thread is made. */
struct fetch_server fetch_server_start(int tls);
void fetch_server_stop(struct fetch_server *s);

/* The number in "n123.test", or -1. */
long fetch_server_number(const char *name);

#endif
