/* tests/helpers/link_proxy.h - a Unix socket in front of another one, that fails when told to. */
#ifndef HUIYING_TESTS_LINK_PROXY_H
#define HUIYING_TESTS_LINK_PROXY_H

enum link_fault {
    LINK_PASS,
    LINK_CUT,     /* the next request is lost with its connection */
    LINK_SWALLOW, /* it arrives; its answer is lost with the connection */
    LINK_CALL,    /* see link_proxy_call_after() */
    LINK_HOLD     /* its connection ends; it arrives when link_proxy_release() is called */
};

struct link_proxy;

/* Listens at `path`. One thread serves up to 8 connections. NULL on error. */
struct link_proxy *link_proxy_start(const char *path, const char *target);
/* Of the next request on any connection; what comes after it passes. */
void link_proxy_fail(struct link_proxy *p, enum link_fault fault);
/* Of the one that comes after so many. */
void link_proxy_fail_after(struct link_proxy *p, unsigned passes, enum link_fault fault);
/* `call` is called, on the proxy's thread, before the request that comes after so many goes on. */
void link_proxy_call_after(struct link_proxy *p, unsigned passes, void (*call)(void *arg),
                           void *arg);
/* Exchanges so far: how often a client wrote that had its answer. */
unsigned link_proxy_exchanges(const struct link_proxy *p);
/* Send on what is held, and wait for its answer: it was carried out. */
void link_proxy_release(struct link_proxy *p);
void link_proxy_stop(struct link_proxy *p); /* harmless on NULL */

#endif
