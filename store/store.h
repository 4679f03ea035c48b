/* store/store.h - whole transactions over the ledger, its state and the items. Backends are const
 * vtables (sqlite.c, redis.c, memory.c); one contract test runs on all of them. */
#ifndef HUIYING_STORE_STORE_H
#define HUIYING_STORE_STORE_H

#include <stdbool.h>

#include "alerts/desk/scope.h"
#include "base/buf.h"
#include "store/batch.h"

enum { STORE_EPOCH = 37 };

enum {
    STORE_PAGE_MAX = 1000, /* rows that one view hands out, whatever limit was asked for */
    STORE_TAIL_MAX = 4096  /* events that one call of the tails returns */
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
 * when it was committed. Where that call gives ERR_REFUSED, it stays unknown: who has the place now
 * can tell. Writer only. */
int store_commit(struct store *s, const struct store_batch *batch);
/* Is all that is there now safe from what a commit is safe from once it returned 0? It need not be
 * where the writer was opened while another one's last commit was under way, or where a commit has
 * failed since: 0; ERR_AGAIN (Redis, of several machines: as many replicas as are wanted do not
 * have it yet, and it waited for them a tenth of a second, once connected); or as a reading call.
 * A commit that returns 0 has settled what was there before it. SQLite: 0 at once. Writer only. */
int store_settled(struct store *s);
/* Has a call been refused since another writer has taken the place, and is that one's mark there?
 * Then this handle writes no more, however often it is tried. Of a Redis that has lost the store
 * there is none to tell of. Asks Redis; never of SQLite, whose lock is held. Writer only. */
bool store_fenced(struct store *s);
/* How many items at most are best committed at once when more of them wait: a Redis answers nobody
 * else meanwhile. */
size_t store_batch_items(const struct store *s);

/* Look up many idents at once: for each, found[i] and, when found, its content hash and concern. An
 * item is known until it is forgotten (forget.h); its words expire before, and with them the sketch
 * of one that is in no concern. */
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

/* Numbers, 0 when there is none. Returns 0, or why the store cannot be read (*out is 0 then): for
 * all that is decided by them. */
int store_read_head(struct store *s, uint64_t *out);
int store_read_unit_head(struct store *s, const char *unit, uint64_t *out);
int store_read_published(struct store *s, uint64_t *out);
int store_read_rules(struct store *s, uint64_t *out); /* version of the rules in force last */
int store_read_cursor(struct store *s, const char *unit, const char *receiver, uint64_t *out);
/* The same, for what is only shown: 0, and a line of the log, when the store cannot be read. */
uint64_t store_head(struct store *s);
uint64_t store_unit_head(struct store *s, const char *unit);
uint64_t store_published(struct store *s);
uint64_t store_rules(struct store *s);
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
/* Those items of n numbers that there are, in the order of the list; `at` is the place in it. In
 * two exchanges for each STORE_NUMBERED of them, where the store is on another machine. */
enum { STORE_NUMBERED = 256 };
int store_each_numbered(struct store *s, const uint64_t *numbers, size_t n,
                        int (*each)(void *arg, size_t at, const struct store_item *item),
                        void *arg);

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
 * (an expiry is no change: it is told by `expires`). How many, with *tail moved past them (those
 * that are forgotten may count, and have no call); 0: there is no more; ERR_STALE: too much has
 * changed, or the tail is of another store, begin again; or negative err. All is of one moment. */
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
    const char *const *units; /* in place of `unit`, when nunits: what any of these has, */
    size_t nunits;            /* each concern once; names, in any order */
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
/* Those concerns of n numbers that there are, in the order of the list; in one exchange for each
 * STORE_NUMBERED of them, where the store is on another machine. */
int store_concerns_of(struct store *s, const uint64_t *ids, size_t n,
                      int (*each)(void *arg, const struct concern *c), void *arg);
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
    uint64_t items, concerns, open, overdue, events; /* items: ever stored, the last one's number */
    uint64_t forgotten;       /* so many of them are not there any more: see forget.h */
    int64_t forgotten_before; /* a list that shows those dates them before it; 0: none */
    uint64_t reopened[REOPENINGS]; /* EVENT_REOPENED by what did it */
    uint64_t answers[SCOPES]; /* EVENT_ANSWERED that closed a concern, by their scope */
};
int store_counts(struct store *s, struct store_counts *out);

/* Drop the texts of items whose `expires` <= now, at most max, earliest first; returns how many, or
 * negative err. The bytes are overwritten in the file, and the WAL is cut to nothing (or, while a
 * reader is in the way, by a later call). Also forgets old commands. Writer only. */
int store_expire(struct store *s, int64_t now, size_t max);
/* Has store_expire() to be called again soon, in its own time? Words that were dropped may still be
 * in the WAL, because a reader was in the way, or in the file of a Redis; or words are in the spool
 * (cluster.h). Writer only. */
bool store_residue(const struct store *s);

#endif
