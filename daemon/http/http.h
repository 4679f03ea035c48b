/* daemon/http/http.h - the HTTP API and the pages: read-only views, server-sent events, and on the
 * Unix socket commands. docs/openapi.yaml describes it. */
#ifndef HUIYING_DAEMON_HTTP_HTTP_H
#define HUIYING_DAEMON_HTTP_HTTP_H

#include "alerts/bus/bus.h"
#include "daemon/config/config.h"
#include "daemon/ledger/ledger.h"
#include "daemon/reload/reload.h"
#include "daemon/views/asked.h"
#include "daemon/workers/tryout.h"
#include "feeds/fetch/fetch.h"
#include "store/store.h"

struct http;
struct node;
struct searcher;
struct statistics;
struct workbench;

/* What the daemon says of itself under /api/v1/status, beside what the store counts. */
struct http_health {
    uint64_t workers_started, workers_killed;
    int workers_live;
    /* A machine that follows: the last event that it shows, and how long ago (ms) it last knew that
     * there was none after it. -1: this machine leads, or is alone. */
    int64_t lag;
    uint64_t head;
    size_t played; /* items of the recorded day that were given out, in a drill */
};

struct http_conf {
    const struct config *config;
    const struct roster *roster;
    struct store *writer;   /* only to open readers of it */
    struct ledger *ledger;
    struct fetch *fetch;
    struct bus *bus;
    struct rulebook *rules;
    struct searcher *searcher; /* NULL: nothing is searched */
    struct node *node;         /* this machine among several, or NULL */
    bool leads;                /* it does, and this is the leader's API */
    uint64_t shown;            /* streams tell of later events once http_committed() names them */
    struct statistics *statistics; /* NULL: nothing is counted */
    struct asked *asked;           /* NULL: no questions are counted */
    struct tryout *tryout;         /* NULL: no source is tried */
    struct workbench *workbench;   /* NULL: no rules are measured */
    void (*health)(void *arg, struct http_health *out); /* any thread */
    /* See reload_ask(); any thread. */
    int (*load_rules)(void *arg, const struct reload_order *order, reload_done *done,
                      void *done_arg);
    int (*check_rules)(void *arg, struct str topic, struct str text, reload_check_done *done,
                       void *done_arg); /* see reload_check(); any thread */
    void *arg; /* of them */
};

/* Listen on config->http (TCP, loopback; Host must be localhost, 127.0.0.1 or [::1] with our port,
 * or that of config->site; rights by account, see access.h) and config->socket_path (0600; all
 * rights). NULL on failure (logged). Before ledger_run(). */
struct http *http_start(const struct http_conf *conf);
/* The TCP port in use (config->http may ask for port 0, any free one). */
uint16_t http_port(const struct http *h);
/* Events up to head are committed: wakes the streams. Any thread; never blocks. */
void http_committed(struct http *h, uint64_t head);
void http_stop(struct http *h);

#endif
