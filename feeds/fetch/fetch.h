/* feeds/fetch/fetch.h - the fetch thread: due source in, body out, politely. It never parses. */
#ifndef HUIYING_FEEDS_FETCH_H
#define HUIYING_FEEDS_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/queue.h"
#include "feeds/item.h"
#include "feeds/source/roster.h"

/* What the store remembers of a source between runs. Borrowed for the call that takes it. */
struct fetch_memory {
    struct str etag, last_modified; /* empty: none */
    int64_t polled;      /* ms of the last poll that changed something; 0: never polled */
    int64_t quarantine_until; /* ms; 0: not quarantined */
    int failures;        /* consecutive */
    bool paused;         /* by the operator, or retired: not polled */
    bool owed;           /* not all of its last poll was read: it is polled soon */
};

enum fetch_outcome {
    FETCH_BODY,        /* 200 with a body */
    FETCH_UNCHANGED,   /* 304, or the same bytes as last time */
    FETCH_GONE,        /* 404 or 410 */
    FETCH_DISALLOWED,  /* robots.txt */
    FETCH_REFUSED,     /* address guard, scheme change, person-like redirect */
    FETCH_FAILED,      /* network, TLS, time-out, size, 4xx, 5xx */
    FETCH_OUTCOMES
};
const char *fetch_outcome_name(enum fetch_outcome outcome); /* "body", "unchanged", … */

/* A page beside a source's own address, asked for by fetch_page(). */
enum fetch_page_kind {
    FETCH_PAGE_NEXT, /* the next page of a list (struct feed.next_url) */
    FETCH_PAGE_ITEM, /* the page that an item links to: its full text, its reply */
    FETCH_PAGE_REPLY /* the page of a published reply; of no source */
};

/* Of a page that belongs to no source: robots.txt, the guard and the domain's pace hold for it, and
 * it has neither headers nor a proxy of its own. */
#define FETCH_NO_SOURCE UINT32_MAX

struct fetch_page {
    uint32_t source;  /* whose it is: politeness, robots.txt, headers and proxy are the same; or
                         FETCH_NO_SOURCE */
    enum fetch_page_kind kind;
    uint64_t number;  /* the asker's, not 0; comes back with the outcome */
    int depth;        /* NEXT: how many pages of this poll came before */
    const char *url;
    const char *title; /* ITEM: masked title as the list gave it, for one that has none; or NULL */
    uint32_t share;    /* the fetch room's own */
};

/* One finished poll, handed over through the out queue; the taker frees it. */
struct fetched {
    uint32_t source;   /* number in the roster, or FETCH_NO_SOURCE */
    struct fetch_page *page; /* NULL: the source's own address; else as asked, owned */
    enum fetch_outcome outcome;
    int status;        /* HTTP status, 0 when none */
    struct buf body;   /* decoded, <= 8 MiB */
    char *mime;        /* Content-Type, or NULL */
    char *etag, *last_modified;
    char *final_url;   /* after redirects; NULL: as asked */
    char *moved_to;    /* where permanent redirects (301, 308) led for three polls; else NULL */
    const char *problem; /* static "zh (en)" text, or NULL */
    int64_t at;        /* clock_now() at completion */
    int64_t next;      /* when it is to be polled again; 0: not at all, or it is a page */
    int64_t late;      /* ms between when it was due and its first request's turn, 0 without one */
    bool first;        /* nothing was remembered of this source: a baseline poll */
};
void fetch_fetched_free(struct fetched *f);
/* A page with its texts. NULL when memory is exhausted; the other is harmless on NULL. */
struct fetch_page *fetch_page_copy(const struct fetch_page *page);
void fetch_page_free(struct fetch_page *page);

/* Bounds of one request; a 0 stands for the default. */
struct fetch_limits {
    int64_t total_ms;   /* 30 s for a whole poll's transfers */
    int64_t connect_ms; /* 10 s */
    int name_ms;        /* 2 s for the first of three tries at a name, each twice the one before */
    int slow_seconds;   /* 10: so long may it stay under slow_bytes a second */
    int slow_bytes;     /* 64 */
    size_t body;        /* 8 MiB, decoded */
};

/* A registrable domain that is to be asked more or less often. */
struct fetch_domain {
    const char *name;
    int64_t spacing; /* real ms */
};

/* Several machines have the same sources, parted by their addresses, and each asks those of the
 * parts that it holds, from when it was told of them by fetch_begin_parts(). */
enum { FETCH_PARTS = 256 };
struct letter;
struct fetch_shared {
    unsigned (*part)(void *arg, const char *url); /* which it belongs to. Any thread */
    /* Is this part held here now? 0: no; else a number that is another one each time that it was
     * taken anew. Any thread */
    uint64_t (*held)(void *arg, unsigned part);
    /* What is asked of this room is to be asked of the others too; borrowed for the call. NULL:
     * they are not told from here. Any thread */
    void (*tell)(void *arg, const struct letter *letter);
    /* A domain that was asked for something of this part rests now for `rest` real ms: for who
     * takes the part. Shorter rests than `long_rest` are over by then, and not told. The fetch
     * thread; NULL: nobody is told */
    void (*rests)(void *arg, unsigned part, const char *domain, int64_t rest);
    int64_t long_rest;
    void *arg;
};

struct fetch_conf {
    const char *user_agent;     /* names the operator and a contact */
    const char *const *allow;   /* NULL-ended CIDR list that the address guard lets pass */
    const char *const *own;     /* NULL-ended "127.0.0.1:8420" where this program listens: never
                                   asked, whatever is allowed; may be NULL */
    int max_transfers;          /* at a time, all hosts */
    int64_t domain_spacing;     /* real ms between requests to one registrable domain */
    const struct fetch_domain *domains; /* other spacings, ended by a NULL name; NULL: none */
    const char *timetable;      /* file that keeps due times and intervals over a restart, rebuilt
                                   when it is absent or damaged; NULL: none */
    bool robots;                /* obey robots.txt; false only in unit tests */
    const char *dns_servers;    /* "IP:PORT,…"; NULL: the system's */
    const char *ca_file;        /* PEM: authorities trusted; NULL: the system's */
    const struct fetch_shared *shared; /* NULL: there is one machine */
    struct fetch_limits limits; /* zeroed: the defaults */
};

struct fetch;

/* A fetch room over the roster, which with `conf` must outlive it. Results go to `out` as
 * struct fetched *; while `out` is full no new transfer starts (back-pressure). NULL when a library
 * could not start (logged). */
struct fetch *fetch_new(const struct fetch_conf *conf, const struct roster *roster,
                        struct queue *out);
/* Tell what is remembered of a source, before fetch_run(): 0 or ERR_NOMEM. Untold: never polled. */
int fetch_recall(struct fetch *f, uint32_t source, const struct fetch_memory *memory);
/* Start the thread, with every live source of the roster: 0, ERR_NOMEM or ERR_IO (logged). */
int fetch_run(struct fetch *f);

/* The following may be called by any thread; they are letters to the fetch thread, which obeys
 * soon. What memory is too short for is logged and lost; each may be said again. */

/* The roster has a new source, one under another address, or one that is to be polled again. */
void fetch_add(struct fetch *f, uint32_t source);
/* It was removed, paused or retired: not polled until fetch_add(). */
void fetch_drop(struct fetch *f, uint32_t source);
/* Poll it as soon as its domain allows. */
void fetch_soon(struct fetch *f, uint32_t source);
/* Keep a source from being polled before `until` (ms): a worker died on it. */
void fetch_quarantine(struct fetch *f, uint32_t source, int64_t until);
/* Its body was lost before it was committed: forget validators and poll again soon, in a minute
 * when that is so again. */
void fetch_forget(struct fetch *f, uint32_t source);
/* The next poll asks for all of it, changed or not. */
void fetch_whole(struct fetch *f, uint32_t source);

/* What a body taught of how often to come. */
struct fetch_lesson {
    struct feed_hints hints;
    uint32_t fresh; /* items that were new */
    int64_t newest; /* ms: latest `published` among all items, 0 unknown */
};
void fetch_learn(struct fetch *f, uint32_t source, const struct fetch_lesson *lesson);

/* Parts that were taken from another machine, and what it knew of their sources. One of which
 * nothing is known, or what is known is older than its last poll here, keeps its own time. */
struct fetch_due {
    uint32_t source;
    int64_t at, due; /* last and next poll: clock_now() ms */
};
enum { FETCH_DOMAIN = 256 };
struct fetch_rest {
    char domain[FETCH_DOMAIN];
    int64_t rest; /* real ms */
};
struct fetch_parts {
    uint64_t held[FETCH_PARTS]; /* as fetch_shared has it; 0: not one of them */
    size_t n;
    struct fetch_due *list; /* owned */
    size_t nrests;
    struct fetch_rest *rests; /* owned: domains that rest yet */
};
void fetch_parts_free(struct fetch_parts *parts); /* harmless on NULL */
/* Ask what belongs to these from now on, for as long as they are held by these numbers: 0 or
 * ERR_NOMEM. Takes *parts in any case. */
int fetch_begin_parts(struct fetch *f, struct fetch_parts **parts);
/* By which number this part was begun, 0: it is not asked here. False while a letter of that kind
 * is not obeyed yet. Any thread. */
bool fetch_part(const struct fetch *f, unsigned part, uint64_t *held);

/* Ask for a page (copied), here or, when it is not asked here, by telling the others: its outcome
 * comes through `out`, or there. 0, ERR_AGAIN (too many wait), ERR_LIMIT
 * (enough of its domain wait: ask for others meanwhile), ERR_NOMEM; source_refusal() and
 * robots.txt hold for it as for any address. */
int fetch_page(struct fetch *f, const struct fetch_page *page);

/* What its reader found wrong with the last body; static "zh (en)" text or NULL. Shown until the
 * next body. Any thread. */
void fetch_note(struct fetch *f, uint32_t source, const char *note);
/* Stop the thread; transfers under way are dropped. Other threads may go on calling what is above
 * and below, which nobody obeys any longer. In place of fetch_run(): nothing is ever asked for.
 * Harmless on NULL. */
void fetch_halt(struct fetch *f);
/* fetch_halt(), and free. Harmless on NULL. */
void fetch_stop(struct fetch *f);

/* One poll that was; for `huiying feeds show`. */
struct fetch_poll {
    int64_t at; /* ms */
    enum fetch_outcome outcome;
    int status;
};
enum { FETCH_HISTORY = 8 };

/* A consistent copy of one source's schedule, for status pages. Any thread. */
struct fetch_state {
    int64_t next_due, last_poll; /* ms, clock_now() scale; 0 unknown, or not scheduled */
    int64_t interval;            /* ms, as it follows the publishing rate now */
    enum fetch_outcome last_outcome;
    int last_status, failures;
    const char *problem;         /* static text or NULL */
    const char *note;            /* from fetch_note() */
    uint64_t polls, unchanged;
    struct fetch_poll history[FETCH_HISTORY]; /* latest first; at 0: none */
};
void fetch_state(struct fetch *f, uint32_t source, struct fetch_state *out);

/* Lateness of polls is counted up to each of these (ms), and past the last. */
enum { FETCH_LATE = 9 };
extern const int64_t fetch_late_bounds[FETCH_LATE];

/* Sums over all sources, for metrics. Any thread. */
struct fetch_counters {
    uint64_t polls[FETCH_OUTCOMES]; /* by outcome */
    uint64_t bytes;                 /* decoded body bytes */
    uint64_t late_ms;               /* how late polls began, summed */
    uint64_t late[FETCH_LATE + 1];  /* how many were so late, each poll once */
    uint32_t scheduled, under_way, waiting_pages, quarantined;
    uint32_t healthy, failing; /* of the scheduled, by their last poll; others were never polled */
};
void fetch_counters(struct fetch *f, struct fetch_counters *out);

#endif
