/* feeds/fetch/transfer.h - HTTP requests under way: one GET each, to one address, followed
 * nowhere, with every bound that a hostile server might test. Not thread-shared. */
#ifndef HUIYING_FEEDS_TRANSFER_H
#define HUIYING_FEEDS_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/loop.h"
#include "feeds/fetch/address.h"
#include "feeds/fetch/fetch.h"
#include "feeds/fetch/guard.h"

struct transfer_pool;
struct transfer;

enum transfer_fault {
    TRANSFER_OK,      /* a whole answer, of any status */
    TRANSFER_CONNECT, /* this address did not take the connection: another may */
    TRANSFER_REFUSED, /* the guard refused the socket */
    TRANSFER_FAILED
};

enum transfer_header {
    HEADER_ETAG,
    HEADER_LAST_MODIFIED,
    HEADER_CONTENT_TYPE,
    HEADER_LOCATION,
    HEADER_RETRY_AFTER,
    HEADER_DATE,
    HEADER_CACHE_CONTROL,
    HEADER_EXPIRES,
    HEADER_COUNT
};

struct transfer_request {
    const struct address *to;
    const struct sockaddr_storage *at;       /* where its host is, already guarded; NULL: proxied */
    const char *proxy;                       /* of the operator; its own address is not guarded */
    char *const *headers;                    /* further "Name: value", NULL-ended; NULL: none */
    const char *etag, *last_modified;        /* for a conditional GET; NULL: none */
    int64_t now;                             /* clock_mono(), a few ms ago at most */
    int64_t budget;                          /* ms it may take in all */
    size_t body_max;                         /* decoded bytes */
    bool cut;                                /* at body_max end in peace, not in a fault */
    bool keep;                               /* its host is to be asked again within seconds */
    void *owner;
};

/* What became of a finished transfer; valid until transfer_release(). */
struct transfer_result {
    void *owner;
    enum transfer_fault fault;
    const char *problem; /* static "zh (en)" when fault is not TRANSFER_OK */
    int status;
    struct buf body;                   /* the taker may move it out and leave BUF_INIT */
    const char *headers[HEADER_COUNT]; /* NULL: absent */
    bool asked;                        /* something may have been sent */
};

/* conf, guard and loop, whose loop_wait() moves the transfers, must outlive it. NULL on failure
 * (logged). */
struct transfer_pool *transfer_pool_new(const struct fetch_conf *conf, const struct guard *guard,
                                        struct loop *loop);
/* Transfers under way are dropped. Harmless on NULL. */
void transfer_pool_free(struct transfer_pool *p);

/* 0 or ERR_NOMEM. */
int transfer_begin(struct transfer_pool *p, const struct transfer_request *request);
/* How long a loop_wait() may last, at most `most` ms. */
int transfer_wait_ms(struct transfer_pool *p, int most);
/* After a loop_wait(): time-outs. */
void transfer_tick(struct transfer_pool *p);
/* Each that has finished, one a call, NULL: no more. Not inside a loop_wait(). */
struct transfer *transfer_next(struct transfer_pool *p);
struct transfer_result *transfer_result(struct transfer *t);
void transfer_release(struct transfer_pool *p, struct transfer *t);

/* Static "zh (en)" text of a CURLcode. Any thread. */
const char *transfer_problem(int code);

#endif
