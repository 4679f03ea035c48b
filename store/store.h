/* store/store.h - whole transactions over the ledger, its state and the items. Backends are const
 * vtables (sqlite.c, memory.c); one contract test runs on all of them. */
#ifndef HUIYING_STORE_STORE_H
#define HUIYING_STORE_STORE_H

#include <stdbool.h>

#include "alerts/concern.h"
#include "alerts/event.h"
#include "base/buf.h"

enum { STORE_IDENT = 16, STORE_EPOCH = 37, STORE_KEY_MAX = 129 };

/* One stored item. On input all strings are borrowed for the call. */
struct store_item {
    unsigned char ident[STORE_IDENT]; /* keyed hash of (source, identity) */
    struct str source;                /* id */
    struct str link, title, text;     /* masked; text and title are dropped at `expires` */
    struct str topic;                 /* best tag, or empty */
    struct str region;
    uint64_t content;                 /* hash of title and text: an edit changes it */
    int64_t published, found, expires;
    uint64_t concern;                 /* number, or 0 */
    uint32_t sketch[VERDICT_SKETCH];
    uint8_t kind, request;            /* enum verdict_kind, verdict_request */
    bool update;                      /* replaces the item with this ident */
};

/* What a poll changed of a source; unchanged polls are not written. */
struct store_source {
    struct str id;
    struct str etag, last_modified;
    int64_t polled, quarantine_until;
    int failures;
    struct str reason;
};

struct store_cursor {
    char unit[SLUG_MAX], receiver[SLUG_MAX];
    uint64_t unitseq;
};

/* Outcome of a command under its idempotency key. */
struct store_command {
    char key[STORE_KEY_MAX];
    int status;
    uint64_t seq; /* of its first event, 0 none */
    int64_t at;
    char reason[160];
};

/* One transaction. All or nothing; events must continue head without a gap, unitseqs likewise. */
struct store_batch {
    const struct store_item *items;
    size_t nitems;
    const struct event *events;
    size_t nevents;
    const struct concern *const *concerns; /* upserted whole */
    size_t nconcerns;
    const struct store_source *sources;
    size_t nsources;
    const struct store_cursor *cursors;
    size_t ncursors;
    const struct store_command *commands;
    size_t ncommands;
    uint64_t published; /* PUB cursor, 0: unchanged */
};

struct store;

/* Open "sqlite:PATH" or "memory:", create or upgrade the schema: 0; ERR_CORRUPT (integrity), ERR_STALE (written by a newer
 * version), ERR_IO, ERR_UNSUPPORTED (unknown scheme). The writer; one per store. */
int store_open(const char *address, struct store **out);
/* A second, read-only view of the same store for another thread; closes before its writer. */
int store_reader(struct store *writer, struct store **out);
void store_close(struct store *s);

const char *store_epoch(const struct store *s); /* UUID made with the store */
/* 16 secret bytes made with the store, for keyed hashes. */
const unsigned char *store_hash_key(const struct store *s);

/* Durable when it returns 0 (WAL, synchronous=FULL). ERR_STALE when events do not continue head;
 * ERR_IO on disk trouble: nothing of the batch is kept. Writer only. */
int store_commit(struct store *s, const struct store_batch *batch);

/* Look up many idents at once: for each, found[i] and, when found, its content hash and concern. */
struct store_seen {
    bool found;
    uint64_t content, concern;
};
int store_seen(struct store *s, const unsigned char (*idents)[STORE_IDENT], size_t n,
               struct store_seen *out);

uint64_t store_head(struct store *s);
uint64_t store_unit_head(struct store *s, const char *unit);
uint64_t store_published(struct store *s);
/* Up to max events with seq > after, in order: count or negative err. Audience included. */
int store_events_after(struct store *s, uint64_t after, struct event *out, size_t max);
/* Of one unit's outbox: unitseq > after, in unitseq order. */
int store_unit_events_after(struct store *s, const char *unit, uint64_t after, struct event *out,
                            size_t max);
uint64_t store_cursor(struct store *s, const char *unit, const char *receiver);
int store_command(struct store *s, const char *key, struct store_command *out); /* or NOTFOUND */

/* Call `each` per row; a non-zero return stops and is returned. Strings are borrowed. */
/* Every concern that is open, or was touched at or after `since` (ms). */
int store_each_concern(struct store *s, int64_t since,
                       int (*each)(void *arg, const struct concern *c), void *arg);
int store_each_source(struct store *s, int (*each)(void *arg, const struct store_source *src),
                      void *arg);
int store_each_unit(struct store *s, int (*each)(void *arg, const char *unit, uint64_t head),
                    void *arg);

/* Views for the API. */
enum store_order { STORE_BY_DUE, STORE_BY_NEWEST };
struct store_query {
    const char *state, *topic, *unit; /* names or NULL: any; state "open" means not closed */
    enum store_order order;
    int64_t after_key;   /* cursor: (due or -opened) and id of the last row of the page before */
    uint64_t after_id;   /* 0: from the start */
    size_t limit;
};
int store_concerns(struct store *s, const struct store_query *q,
                   int (*each)(void *arg, const struct concern *c), void *arg);
int store_concern(struct store *s, uint64_t id, struct concern *out); /* concern_clear() it */
/* Items of a concern, newest first. */
int store_concern_items(struct store *s, uint64_t concern, size_t limit,
                        int (*each)(void *arg, const struct store_item *item), void *arg);
/* Events of a concern, oldest first. */
int store_concern_events(struct store *s, uint64_t concern,
                         int (*each)(void *arg, const struct event *e), void *arg);
struct store_counts {
    uint64_t items, concerns, open, overdue, events;
};
int store_counts(struct store *s, struct store_counts *out);

/* Drop the texts of items whose `expires` <= now, at most max; returns how many, or negative err. The
 * bytes are overwritten (secure_delete). Writer only. */
int store_expire(struct store *s, int64_t now, size_t max);

#endif
