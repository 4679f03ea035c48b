/* daemon/http/exchange.h - one HTTP request under way, and the two sides that requests come
 * from. */
#ifndef HUIYING_DAEMON_HTTP_EXCHANGE_H
#define HUIYING_DAEMON_HTTP_EXCHANGE_H

#include <microhttpd.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "daemon/http/caller.h"
#include "daemon/http/http.h"

struct hasher;
struct intake;
struct kept;
struct lockout;
struct metrics;
struct pages;
struct patience;
struct pending;
struct route;
struct streams;

enum { EXCHANGE_ETAG = 64 };
enum { EXCHANGE_BODY_MAX = 64 * 1024 }; /* unless its route says otherwise */

/* One libmicrohttpd daemon: its single thread is the only user of its reader. */
struct http_side {
    struct http *http;
    struct MHD_Daemon *mhd;
    struct store *reader;
    struct kept *kept; /* likewise its thread's */
    bool commands; /* the Unix socket: all rights; else by account, and with a checked Host */
    uint16_t port; /* TCP only */
};

struct http {
    struct http_conf conf;
    struct http_side tcp, local;
    struct pages *pages;
    struct streams *streams;
    struct metrics *metrics;
    struct sessions *sessions;
    struct lockout *lockout;
    struct hasher *hasher;
    struct patience *patience;
    atomic_bool accounts; /* there is one, or was */
    atomic_bool stopping;
};

struct exchange {
    struct http_side *side;
    struct MHD_Connection *conn;
    const struct route *route;
    const struct access_row *access; /* of the route */
    struct caller caller;
    char etag[EXCHANGE_ETAG]; /* of the answer; empty: none */
    uint64_t head; /* of the ledger, which the tag follows from */
    uint64_t also; /* what the route names besides, see encoding.h */
    uint64_t view; /* what else it follows from, but for the time: see encoding_current() */
    bool browsed; /* a page's address, asked for by who would rather read than parse */
    bool judged; /* its head was found good */
    bool traced; /* what the audit trail needs to know first stands there */
    uint64_t concern; /* number in the path, 0 none */
    char slug[SLUG_MAX]; /* id of a source or item in the path, empty: none */
    int page; /* which file of the dashboard is asked for, see pages_find() */
    struct buf body;
    struct buf link; /* Link header of an answer that is not kept (RFC 8288); empty: none */
    struct buf keep; /* what its answer is kept under, empty: it is not; see keeping.h */
    bool too_large;
    struct pending *pending; /* the command that the request waits for */
    struct intake *intake;   /* the sources that it brought */
    struct rule_set *rules;  /* see exchange_rules() */
};

/* MHD_AccessHandlerCallback and MHD_RequestCompletedCallback; cls is the side. */
enum MHD_Result exchange_handle(void *cls, struct MHD_Connection *conn, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_size, void **state);
void exchange_completed(void *cls, struct MHD_Connection *conn, void **state,
                        enum MHD_RequestTerminationCode why);

/* The rules in force when it was first asked, until the exchange is completed. */
const struct rules *exchange_rules(struct exchange *x);
/* The units in force with them. */
const struct units *exchange_units(struct exchange *x);

/* TRACE_SOUND: is its row in the audit trail, so that its handler may begin? If not, the handler
 * returns *result, and is called again, with the same request, when the row is there. */
bool exchange_traced(struct exchange *x, enum MHD_Result *result);

/* A query parameter or a header; NULL when absent. Borrowed from the connection. */
const char *exchange_query(struct exchange *x, const char *name);
const char *exchange_header(struct exchange *x, const char *name);

#endif
