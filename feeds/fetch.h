/* feeds/fetch.h - the fetch thread: due source in, body out, politely. It never parses. */
#ifndef HUIYING_FEEDS_FETCH_H
#define HUIYING_FEEDS_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/queue.h"
#include "feeds/source.h"

/* What the store remembers of a source between runs. */
struct fetch_memory {
    char *etag;          /* NULL: none */
    char *last_modified; /* NULL: none */
    int64_t polled;      /* ms of the last poll that changed something; 0: never polled */
    int64_t quarantine_until; /* ms; 0: not quarantined */
    int failures;        /* consecutive */
    char *reason;        /* why quarantined, zh (en); NULL: not */
};
void fetch_memory_clear(struct fetch_memory *m); /* frees what it points to */

enum fetch_outcome {
    FETCH_BODY,        /* 200 with a body */
    FETCH_UNCHANGED,   /* 304, or the same bytes as last time */
    FETCH_GONE,        /* 404 or 410 */
    FETCH_DISALLOWED,  /* robots.txt */
    FETCH_REFUSED,     /* address guard, scheme change, person-like redirect */
    FETCH_FAILED       /* network, TLS, time-out, size, 4xx, 5xx */
};
const char *fetch_outcome_name(enum fetch_outcome outcome); /* "body", "unchanged", … */

/* One finished poll, handed over through the out queue; the taker frees it. */
struct fetched {
    uint32_t source;   /* index into the sources given at start */
    enum fetch_outcome outcome;
    int status;        /* HTTP status, 0 when none */
    struct buf body;   /* decoded, <= 8 MiB */
    char *mime;        /* Content-Type, or NULL */
    char *etag, *last_modified;
    char *final_url;   /* after redirects; NULL: the source's */
    const char *problem; /* static "zh (en)" text, or NULL */
    int64_t at;        /* clock_now() at completion */
    bool first;        /* nothing was remembered of this source: a baseline poll */
};
void fetch_fetched_free(struct fetched *f);

/* Bounds of one request; a 0 stands for the default. */
struct fetch_limits {
    int64_t total_ms;   /* 30 s for a whole poll's transfers */
    int64_t connect_ms; /* 10 s */
    int slow_seconds;   /* 10: so long may it stay under slow_bytes a second */
    int slow_bytes;     /* 64 */
    size_t body;        /* 8 MiB, decoded */
};

struct fetch_conf {
    const char *user_agent;     /* names the operator and a contact */
    const char *const *allow;   /* NULL-ended CIDR list that the address guard lets pass */
    int max_transfers;          /* at a time, all hosts */
    int64_t domain_spacing;     /* real ms between requests to one registrable domain */
    bool robots;                /* obey robots.txt; false only in unit tests */
    const char *dns_servers;    /* "IP:PORT,…"; NULL: the system's */
    struct fetch_limits limits; /* zeroed: the defaults */
};

struct fetch;

/* Start the thread. `sources` and `conf` must outlive it; `memory` (one per source, may be NULL)
 * is read before the call returns. Results go to `out` as struct fetched *; while `out` is full no
 * new transfer starts (back-pressure). NULL when a library or a thread could not start (logged). */
struct fetch *fetch_start(const struct fetch_conf *conf, const struct sources *sources,
                          const struct fetch_memory *memory, struct queue *out);
/* Keep a source from being polled before `until` (ms): a worker died on it. Any thread. */
void fetch_quarantine(struct fetch *f, uint32_t source, int64_t until);
/* Its body was lost before it was committed: forget validators and poll again soon. Any thread. */
void fetch_forget(struct fetch *f, uint32_t source);
/* Stop and join; transfers under way are dropped. Harmless on NULL. */
void fetch_stop(struct fetch *f);

/* A consistent copy of one source's schedule, for status pages. Any thread. */
struct fetch_state {
    int64_t next_due, last_poll; /* ms, clock_now() scale; 0 unknown */
    enum fetch_outcome last_outcome;
    int last_status, failures;
    const char *problem;         /* static text or NULL */
    uint64_t polls, unchanged;
};
void fetch_state(struct fetch *f, uint32_t source, struct fetch_state *out);

#endif
