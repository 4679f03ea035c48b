/* store/store.h - whole transactions over the ledger, its state and the items. Backends are const
 * vtables (sqlite.c, redis.c, memory.c); one contract test runs on all of them. */
#ifndef HUIYING_STORE_STORE_H
#define HUIYING_STORE_STORE_H

#include <stdbool.h>

#include "alerts/burst.h"
#include "alerts/concern.h"
#include "alerts/event.h"
#include "alerts/scope.h"
#include "base/buf.h"
#include "feeds/source/source.h"
#include "store/account.h"
#include "store/correction.h"
#include "store/polled.h"
#include "store/publication.h"
#include "store/reply.h"
#include "store/shared.h"
#include "store/survey.h"
#include "store/trail.h"

enum { STORE_IDENT = 16, STORE_EPOCH = 37, STORE_KEY_MAX = 129 };

enum {
    STORE_PAGE_MAX = 1000, /* rows that one view hands out, whatever limit was asked for */
    STORE_TAIL_MAX = 4096  /* events that one call of the tails returns */
};

/* How long an idempotency key is remembered (ms). */
#define STORE_COMMAND_KEEP (7 * 24 * 3600 * INT64_C(1000))

/* One stored item. On input all strings are borrowed for the call. */
struct store_item {
    unsigned char ident[STORE_IDENT]; /* keyed hash of (source, identity) */
    struct str source;                /* id */
    struct str link, title, text;     /* masked; title and text are dropped at `expires`, and come
                                         back empty then */
    struct str topic;                 /* best tag, or empty */
    struct str region;
    uint64_t content;                 /* hash of title and text as the list of items gives them: an
                                         edit changes it */
    uint64_t aliases[2];              /* keyed hashes by which it is known again when its identity
                                         changes; 0: none */
    int64_t published, found, expires;
    uint64_t concern;                 /* number, or 0 */
    uint32_t sketch[VERDICT_SKETCH];
    uint64_t rules;                   /* version that judged it (event_rules_number()), or 0 */
    uint8_t kind, request;            /* enum verdict_kind, verdict_request */
    struct str proposed;              /* best topic that only the model sees, or empty */
    uint16_t doubt;                   /* of its topics, 0 to STORE_DOUBT_MAX: for people's review */
    bool by_model;                    /* its topic is the model's, no rule's */
    uint8_t marked;                   /* STORE_MARKED_*: which of them somebody corrected */
    bool update;                      /* replaces the item with this ident, if there is one */
};

enum { STORE_DOUBT_MAX = 1000 };
enum { STORE_MARKED_REQUEST = 1, STORE_MARKED_KIND = 2 };
/* In the same place: its title, text and link were taken out, and do not come back. */
enum { STORE_REDACTED = 4 };

/* What somebody said of an item's verdict, or what its concern was dismissed for. No text, and
 * nobody's name. */
enum store_aspect {
    STORE_MARK_VERDICT, /* value 1: right, 0: wrong; topic: the item's at that time, or empty */
    STORE_MARK_TOPIC,   /* topic: the one that it should have */
    STORE_MARK_REQUEST, /* value: enum verdict_request */
    STORE_MARK_KIND,    /* value: enum verdict_kind */
    STORE_ASPECTS
};

struct store_mark {
    unsigned char ident[STORE_IDENT]; /* of the item */
    uint8_t aspect, value;
    char topic[SLUG_MAX];
    uint64_t rules; /* version whose verdict was looked at, or 0 */
    int64_t at;     /* ms */
    uint64_t concern; /* whose 无需回应 says so: its number; 0: a person does */
    uint8_t was;      /* with it, of a request or kind: the item's before */
    bool drop;        /* on input: forget what is said of this item and aspect, if anything is; a
                         request or kind is `was` again, and the rules' to say */
    /* From the item, on output; title and text are empty once they expired. */
    struct str source, item_topic, title, text;
    uint8_t kind, request;
};

enum store_page_kind {
    STORE_PAGE_TEXT,     /* not read yet */
    STORE_PAGE_BASELINE, /* the same, of an item of its source's first poll */
    STORE_PAGE_WATCH,    /* read again for its reply, and for being gone */
    STORE_PAGE_LAST      /* its concern is closed: read once more for being gone */
};

/* The page of an item that is to be read. */
struct store_page {
    unsigned char ident[STORE_IDENT]; /* of the item */
    int64_t due;      /* ms */
    uint64_t content; /* hash of the title and text read last; 0: none */
    uint32_t tries;   /* readings since it was asked for */
    uint8_t gone;     /* 404 or 410 in a row */
    uint8_t kind;     /* enum store_page_kind */
    bool drop;        /* on input: forget it */
    /* From the item, on output: */
    struct str source, link, title;
    uint64_t concern, item_content;
    int64_t published;
    bool raised; /* as in struct store_seen */
};

/* How far a receiver has acked. A stored cursor never moves back: the highest unitseq stays. */
struct store_cursor {
    char unit[SLUG_MAX], receiver[SLUG_MAX];
    uint64_t unitseq;
};

/* Outcome of a command under its idempotency key (not empty). Forgotten by store_expire()
 * STORE_COMMAND_KEEP after `at`; the same key again replaces it. */
struct store_command {
    char key[STORE_KEY_MAX];
    int status;
    uint64_t seq; /* of its first event, 0 none */
    int64_t at;
    char reason[160];
};

/* Steps of arrivals that are kept, back from the latest one of a batch. */
enum { STORE_ARRIVALS_KEPT = BURST_WEEKS_KEPT * 7 * 24 };

/* What a person wrote with a command, as the gate passed it. */
struct store_note {
    uint64_t seq; /* of the event of the same batch that it belongs to (event.noted) */
    struct str text;
};

/* Items that belong to another concern from now on. */
struct store_move {
    bool all; /* those of `from`; else the one of `ident`, if it is one of them */
    unsigned char ident[STORE_IDENT];
    uint64_t from, to; /* numbers, not 0 */
};

/* Another keyed hash by which an item is known again, beside those of its last update. */
struct store_alias {
    uint64_t alias; /* not 0 */
    unsigned char ident[STORE_IDENT]; /* of the item; one that is not stored is passed over */
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
    const struct store_page *pages; /* upserted whole, or dropped, in this order */
    size_t npages;
    const unsigned char (*blanks)[STORE_IDENT]; /* items whose title and text go at once; what is
                                                   not stored is passed over */
    size_t nblanks;
    const unsigned char (*redacts)[STORE_IDENT]; /* items whose title, text, link and sketch go at
                                                    once and that keep none from then on, whatever
                                                    an update brings; their pages are forgotten. As
                                                    blanks */
    size_t nredacts;
    const struct source *const *adds; /* sources to be remembered, replacing what has their id */
    size_t nadds;
    const struct str *removes; /* ids of sources to be forgotten, with what was polled of them
                                  (items and their pages stay); done before `adds` and `sources` */
    size_t nremoves;
    const struct store_mark *marks; /* one an item and aspect: it replaces an earlier one. A request
                                       or kind becomes the item's too; done after `items` */
    size_t nmarks;
    const struct store_note *notes; /* by rising seq */
    size_t nnotes;
    const struct burst_row *arrivals; /* in steps of BURST_STEP; a row of the same step and topic is
                                         replaced; what is no longer kept is forgotten */
    size_t narrivals;
    const struct store_move *moves; /* in this order, after `items` */
    size_t nmoves;
    const struct store_reply *replies; /* upserted whole, or dropped */
    size_t nreplies;
    const struct account *accounts; /* upserted whole; a disabled one loses its tokens */
    size_t naccounts;
    const struct account_token *tokens; /* upserted whole, or dropped; done after `accounts` */
    size_t ntokens;
    const struct trail_row *trail; /* appended, without seq and hash */
    size_t ntrail;
    const struct store_alias *aliases; /* done after `items` */
    size_t naliases;
    const struct store_publication *publications; /* in this order, each beside its events */
    size_t npublications;
    const struct store_survey *surveys; /* upserted whole */
    size_t nsurveys;
    const struct store_correction *corrections; /* upserted whole */
    size_t ncorrections;
    const struct store_shared *shared; /* each replaced whole, or dropped */
    size_t nshared;
    uint64_t rules;     /* version in force, 0: unchanged */
    uint64_t published; /* PUB cursor, 0: unchanged */
};

struct store;
/* Open "sqlite:PATH", "memory:", "redis://[[USER]:PASSWORD@]HOST[:PORT][/DB][?PREFIX]",
 * "redis+unix:PATH[?PREFIX]" or "redis+sentinel://…HOST:PORT[,HOST:PORT…]/MASTER[/DB][?PREFIX]",
 * create or upgrade the schema: the writer. A new file gets mode 0600,
 * missing folders above it 0700; an existing file loses group and other bits.
 * 0; ERR_REFUSED (another process or handle has it open as writer: PATH.lock; or a Redis that does
 * not keep what it is given, or wants another password); ERR_CORRUPT (not our file, or damaged);
 * ERR_STALE (written by a newer version); ERR_IO; ERR_NOMEM; ERR_INVALID (no path);
 * ERR_UNSUPPORTED (unknown scheme, or a Redis before 7); ERR_NET (no Redis there); ERR_AGAIN (it
 * loads its data, or is a replica). After a close of a file that was not clean it looks for damage
 * for a bounded time, most precious tables first. */
int store_open(const char *address, struct store **out);
/* A second, read-only view of the same store for another thread; closed before its writer. Any
 * thread may call it while the writer works. A reader sees each commit whole, at the latest with
 * its first call after store_commit() returned. */
int store_reader(struct store *writer, struct store **out);
/* Harmless on NULL. */
void store_close(struct store *s);

/* A handle, the writer as well as a reader, is used by one thread at a time. Calls marked "writer
 * only" return ERR_REFUSED on a reader. Reading calls return ERR_IO or ERR_CORRUPT when the
 * disk fails or rows contradict themselves, ERR_NET or ERR_AGAIN while Redis is not to be had. */

const char *store_epoch(const struct store *s); /* UUID made with the store */
/* 16 secret bytes made with the store, for keyed hashes. */
const unsigned char *store_hash_key(const struct store *s);

/* Durable when it returns 0 (WAL, synchronous=FULL; Redis: as its appendfsync says). An empty batch
 * writes nothing. Otherwise nothing of the batch is kept, and the same batch may be tried again:
 * ERR_STALE when events do not continue head or the unitseqs of a unit their head; ERR_EXISTS when
 * an item without `update` is already stored (or twice in the batch); ERR_INVALID for text without
 * its NUL, an enumeration or a number of clocks or receivers out of range, a receiver named twice
 * in an event, an id, key or number missing, a note that is empty or of no event of the batch;
 * ERR_IO on disk trouble, or when Redis has no memory left; ERR_NOMEM. Of Redis also ERR_AGAIN (it
 * is a replica, or loads), ERR_REFUSED (another writer has taken the place) and ERR_NET: only then
 * the outcome may be unknown; with the next call it is settled, and the same batch again gives 0
 * when it was committed. Writer only. */
int store_commit(struct store *s, const struct store_batch *batch);

/* Look up many idents at once: for each, found[i] and, when found, its content hash and concern. An
 * item is known for as long as the store is; only its words expire. */
struct store_seen {
    bool found;
    bool raised; /* raises a matter that a rule tagged */
    uint8_t kind, request, marked; /* as in struct store_item */
    uint64_t content, concern;
    unsigned char ident[STORE_IDENT]; /* of the stored item */
};
int store_seen(struct store *s, const unsigned char (*idents)[STORE_IDENT], size_t n,
               struct store_seen *out);
/* The same by aliases, the first of a pair before the second, for those of out[] that are not found
 * yet. */
int store_seen_as(struct store *s, const uint64_t (*aliases)[2], size_t n, struct store_seen *out);

/* Numbers; 0 when there is none, or (logged) when the store cannot be read. */
uint64_t store_head(struct store *s);
uint64_t store_unit_head(struct store *s, const char *unit);
uint64_t store_published(struct store *s);
uint64_t store_rules(struct store *s); /* version of the rules in force last */
uint64_t store_cursor(struct store *s, const char *unit, const char *receiver);

/* Up to max (at most STORE_TAIL_MAX) events with seq > after, in order: count or negative err.
 * Audience included. 0 means that there is none: a short count is not the end. */
int store_events_after(struct store *s, uint64_t after, struct event *out, size_t max);
/* Of one unit's outbox: unitseq > after, in unitseq order. */
int store_unit_events_after(struct store *s, const char *unit, uint64_t after, struct event *out,
                            size_t max);
int store_command(struct store *s, const char *key, struct store_command *out); /* or NOTFOUND */

/* Append the note of an event: 0, ERR_NOTFOUND (there is none, or it was dropped) or ERR_NOMEM. */
int store_note(struct store *s, uint64_t seq, struct buf *out);
/* Drop it: its bytes are overwritten in the file, and leave the WAL now or, while a reader is in
 * the way, with a later store_expire(). 0, ERR_NOTFOUND, or ERR_AGAIN (Redis: it is gone, but the
 * replicas that are wanted do not know it yet; try again). Writer only. */
int store_drop_note(struct store *s, uint64_t seq);

/* What was said of a concern's reply in this round: 0, or ERR_NOTFOUND (nothing yet). */
int store_survey(struct store *s, uint64_t concern, uint16_t round, struct store_survey *out);
/* Up to `limit` (0, and more than it: STORE_PAGE_MAX) requests for correction, by rising concern,
 * wish and reason, from this one on; that of concern 0 comes first. */
int store_corrections(struct store *s, uint64_t concern, uint8_t wish, uint8_t reason, size_t limit,
                      int (*each)(void *arg, const struct store_correction *row), void *arg);

/* Call `each` per row; a non-zero return stops and is returned. Strings are borrowed for that
 * call. No transaction is open while `each` runs: it may take its time, and may use the store. A
 * long walk reads in pieces, so a row may be newer than the one before it. */
/* Every concern that is open, was touched at or after `since` (ms), or waits for what its reply
 * promised, by rising id. */
int store_each_concern(struct store *s, int64_t since,
                       int (*each)(void *arg, const struct concern *c), void *arg);
/* By id, respectively name, in byte order. A unit is offline when the last of the events that tell
 * of its receivers is EVENT_UNIT_OFFLINE. */
int store_each_source(struct store *s, int (*each)(void *arg, const struct store_source *src),
                      void *arg);
int store_each_unit(struct store *s,
                    int (*each)(void *arg, const char *unit, uint64_t head, bool offline),
                    void *arg);
/* The sources remembered by `adds`, by id in byte order. */
int store_each_added(struct store *s, int (*each)(void *arg, const struct source *source),
                     void *arg);
/* What is kept of one source: `each` is called once, or ERR_NOTFOUND. */
int store_source(struct store *s, struct str id,
                 int (*each)(void *arg, const struct store_source *src), void *arg);
/* Up to `max` (at most STORE_PAGE_MAX) pages with due <= now, earliest first. */
int store_pages_due(struct store *s, int64_t now, size_t max,
                    int (*each)(void *arg, const struct store_page *page), void *arg);
/* The page of one item: `each` is called once, or ERR_NOTFOUND. */
int store_page(struct store *s, const unsigned char ident[STORE_IDENT],
               int (*each)(void *arg, const struct store_page *page), void *arg);
/* Up to `max` (at most STORE_PAGE_MAX) replies with a due time <= now, earliest first. */
int store_replies_due(struct store *s, int64_t now, size_t max,
                      int (*each)(void *arg, const struct store_reply *reply), void *arg);
/* The texts of a concern's replies, by rising seq, at most STORE_PUBLICATIONS_MAX of the newest. */
enum { STORE_PUBLICATIONS_MAX = 100 };
int store_publications(struct store *s, uint64_t concern,
                       int (*each)(void *arg, const struct store_publication *p), void *arg);
/* Those of a concern, by rising `since`. */
int store_replies(struct store *s, uint64_t concern,
                  int (*each)(void *arg, const struct store_reply *reply), void *arg);
/* As store_next_page(). */
int64_t store_next_reply(struct store *s);
/* One item: `each` is called once, or ERR_NOTFOUND. */
int store_item(struct store *s, const unsigned char ident[STORE_IDENT],
               int (*each)(void *arg, const struct store_item *item), void *arg);
/* The item that was stored as the number-th, from 1: as store_item(). */
int store_numbered(struct store *s, uint64_t number,
                   int (*each)(void *arg, const struct store_item *item), void *arg);

/* Where somebody is who follows the words of all items. All zero: at the beginning. */
struct store_tail {
    uint64_t item;   /* number of the last item read */
    uint64_t change; /* of those, the last change of words that was seen */
};
struct store_words {
    uint64_t item; /* number, rising as items are first stored */
    int64_t expires;
    struct str title, text; /* both empty: there are none, or they were dropped */
};
/* Up to max (at most STORE_TAIL_MAX) items with number > tail->item, by number; past the last of
 * them, those items up to tail->item whose words were replaced or dropped since, as they are now
 * (an expiry is no change: it is told by `expires`). How many, with *tail moved past them; 0: there
 * is no more; ERR_STALE: too much has changed since then, begin again; or negative err. The words
 * and the new tail are of one moment. */
int store_words_after(struct store *s, struct store_tail *tail, size_t max,
                      int (*each)(void *arg, const struct store_words *words), void *arg);
/* Where a walk over the texts stands; zeroes: at its beginning. */
struct store_place {
    int64_t expires; /* ms */
    uint64_t id;
};
/* Up to `max` (at most STORE_PAGE_MAX) items whose texts are kept, those that expire first before
 * the others, from behind *place on, which moves to the last one that `each` was called with. */
int store_each_text(struct store *s, struct store_place *place, size_t max,
                    int (*each)(void *arg, const struct store_item *item), void *arg);
/* Up to `max` (at most STORE_PAGE_MAX) items with their texts that are in doubt and of whose topic
 * nothing was said, the most doubtful first, of equals the ones stored last. */
int store_each_doubt(struct store *s, size_t max,
                     int (*each)(void *arg, const struct store_item *item), void *arg);
/* How many items have their texts; 0 also (logged) when the store cannot be read. */
uint64_t store_texts(struct store *s);
/* Up to `limit` marks (0: all), by ident in byte order, then aspect, beginning with that of `from`
 * or the first one after it (NULL: the very first). */
int store_each_mark(struct store *s, const struct store_mark *from, size_t limit,
                    int (*each)(void *arg, const struct store_mark *mark), void *arg);
/* Every row of arrivals, by rising step, then topic in byte order. */
int store_each_arrivals(struct store *s, int (*each)(void *arg, const struct burst_row *row),
                        void *arg);
/* When the next page is due (ms), INT64_MAX: none; also (logged) when the store cannot be read. */
int64_t store_next_page(struct store *s);

/* Views for the API. */
enum store_order {
    STORE_BY_DUE,   /* rising due, then id */
    STORE_BY_NEWEST /* falling opened, then falling id */
};
struct store_query {
    const char *state, *topic, *unit; /* names or NULL: any; state "open" means not closed; of the
                                         unit is what it leads and what it assists in */
    enum grade least;    /* those of lower grades are left out */
    enum store_order order;
    int64_t after_key;   /* cursor: (due or -opened) and id of the last row of the page before */
    uint64_t after_id;   /* 0: from the start, whatever after_key */
    size_t limit;        /* 0, and more than it: STORE_PAGE_MAX */
};
/* ERR_INVALID for a state that there is not. */
int store_concerns(struct store *s, const struct store_query *q,
                   int (*each)(void *arg, const struct concern *c), void *arg);
int store_concern(struct store *s, uint64_t id, struct concern *out); /* concern_clear() it */
/* Items of a concern, latest found first (ties: last stored first); limit as above. */
int store_concern_items(struct store *s, uint64_t concern, size_t limit,
                        int (*each)(void *arg, const struct store_item *item), void *arg);
/* Every item of a concern without its words, first found first (ties: first stored first). */
int store_each_member(struct store *s, uint64_t concern,
                      int (*each)(void *arg, const struct store_item *item), void *arg);
/* Events of a concern, oldest first. */
int store_concern_events(struct store *s, uint64_t concern,
                         int (*each)(void *arg, const struct event *e), void *arg);
/* Kept with each commit, never counted by a scan. `overdue`: with a clock that is not met and
 * has been announced as overdue, not closed or closed by a reply whose promise it is. */
struct store_counts {
    uint64_t items, concerns, open, overdue, events;
    uint64_t reopened[REOPENINGS]; /* EVENT_REOPENED by what did it */
    uint64_t answers[SCOPES]; /* EVENT_ANSWERED that closed a concern, by their scope */
};
int store_counts(struct store *s, struct store_counts *out);

/* Drop the texts of items whose `expires` <= now, at most max, earliest first; returns how many, or
 * negative err. The bytes are overwritten in the file, and the WAL is cut to nothing (or, while a
 * reader is in the way, by a later call). Also forgets old commands. Writer only. */
int store_expire(struct store *s, int64_t now, size_t max);
/* May words that were dropped still be in the WAL, because a reader was in the way? Writer only. */
bool store_residue(const struct store *s);

#endif
