/* store/redis/redis.h - what the files of the Redis backend share; redis_reads.h has what its table
 * reads by. Private to this folder.
 *
 * A transaction is one Lua script (NAME.lua) or one command, on one hash slot. Every key begins
 * with "{PREFIX}:" (huiying unless the address says otherwise); all but `meta` are written by a
 * commit, by expire.lua, forget.lua and sweep.lua alone, for the writer that holds the fence.
 *
 *   meta                hash    version epoch key fence writer batch head published rules items
 *                               concerns open overdue answers0.. changes residue owner replid
 *                               packed (so many of `numbers` are as small as they can be)
 *                               forgotten forgotten_before; forget_at forget_round sweep swept
 *                               (where forget.lua and sweep.lua are)
 *                               `fence` rises with each writer (claim.lua) and is checked by every
 *                               script that writes; `writer` is the connection of the last one, as
 *                               "RUN_ID CLIENT_ID", `owner` a number that it drew; `batch` the
 *                               id of the batch committed last, `items` the number of the item
 *                               stored last; `replid` says which server it was last claimed on
 *                               (redis_observe.h, settle.lua); `shown`, "EPOCH SEQ", up to where
 *                               machines have shown it (beat.lua)
 *   events              stream  SEQ-0: e = the event
 *   outbox:UNIT         stream  UNITSEQ-0: s = seq
 *   units, lines        hashes  unit -> unitseq of its last event; -> 1 offline, 0 online again
 *   cursors             hash    unit NUL receiver -> unitseq
 *   command             hash    key -> time (8), outcome;     commands: set of time (8), key
 *   notes               hash    seq -> text
 *   i:IDENT             string  the record of an item (codec.h); IDENT is its 16 bytes
 *   numbers:N           string  idents of items 4096 N + 1 and following, 16 bytes each
 *                               (zeroes: forgotten)
 *   few:N               hash    place (from 0) -> ident, in place of a numbers:N of which most are
 *                               forgotten; neither: all are
 *   aliases             hash    alias (8) -> ident, which may be forgotten
 *   touched             stream  CHANGE-0: n = number (8) of an item whose words changed
 *   texts               set     expires (8), number (8), ident: items that have words
 *   doubt               set     doubt (2), number (8), ident: those of them in doubt and not judged
 *   of:CONCERN          set     found (8), number (8), ident; CONCERN as 8 bytes
 *   mark                hash    ident, aspect (1) -> what was said;  marks: set of the same fields
 *   page                hash    ident -> due (8), the page;   pages: set of due (8), ident
 *   concern:ID          hash    s state, o overdue, t topic, b the concern, u its reply's address,
 *                               x its places in the sets below
 *   concern:ID:events   list    seqs
 *   concerns:due, :new  sets    due (8) or opened (8), id (8)
 *   concerns:open       set     due (8), id (8) of those that are not closed
 *   concerns:live       set     id (8) of those that are not closed, or wait for what was promised
 *   concerns:closed     set     updated (8), id (8) of those that are closed
 *   unit:UNIT:due, :new, :open   the same of those that a unit leads or assists in
 *   reply:ID            hash    address (8) -> due (8), a page that replied to the concern
 *   replies             set     due (8), id (8), address (8) of those that are read again
 *   correction          hash    id (8), wish, reason -> counts; corrections: set of the same fields
 *   source:ID           hash    s state, p last poll, m move; sources: set of ids
 *   added               hash    id -> a source's definition;  additions: set of ids
 *   step:STEP           hash    topic -> count of arrivals;   steps: set of STEP (8)
 *   shared:KIND         hash    name -> time (8) and what all machines go by under that name
 *   accounts            hash    name -> the account;          tokens: hash -> account, token
 *   trail, chain        lists   rows of the audit trail, and their hashes
 *
 * A "set" is a sorted set whose scores are all 0: its order is that of its members' bytes, which is
 * exact where a score, a double, is not. Numbers in members are big-endian; times have their sign
 * bit turned, so that they sort (codec_order()).
 *
 * Of several machines (cluster.h), written by beat.lua:
 *
 *   leader              string  "TOKEN REACH" of who leads, gone after a lease
 *   nodes               set     token, by the ms at which its lease runs out
 *   slots               hash    slot of domains -> token of who polls them
 *   began               string  ms at which the first machine ever beat
 *   verdicts            stream  m = what is said of a poll, v = its verdicts: on the way to the
 *                               leader, who reads it as the group `ledger`
 *   dead                stream  source of those that were given up, the last 1000 or so; they stay
 *                               in `verdicts` until an event has told of it
 *   mail:NODE           list    what other machines send to this one, for 10 s after the last
 *   schedule:SLOT       zset    ids of sources, score: ms at which it is to be polled next
 *   polled:SLOT         hash    id of a source -> ms at which it was polled last
 *   rests:SLOT          zset    domains that are left alone yet, score: ms until when
 *   owed:SLOT           set     letters that no holder of the slot has obeyed yet, for a minute
 *   kept:NAME           string  what machines keep for a while; kept-until:NAME: it may still be
 *                               there; kept-of:OWNER: list of his names
 *   seen                string  of no meaning: written before a WAIT by who only reads, for that
 *                               counts the replicas that have what its own connection wrote
 *   letters             stream  l = what the leader tells those who poll, the last 10000 or so */
#ifndef HUIYING_STORE_REDIS_H
#define HUIYING_STORE_REDIS_H

#include <hiredis/hiredis.h>
#include <sys/time.h>

#include "base/arena.h"
#include "store/backend.h"
#include "store/sqlite/spool.h"

enum { REDIS_VERSION = 1, REDIS_PORT = 6379, REDIS_FENCE = 24, REDIS_HOST = 256,
       REDIS_REPLID = 48 };

enum redis_script {
    SCRIPT_CLAIM, SCRIPT_COMMIT, SCRIPT_EXPIRE, SCRIPT_FORGET, SCRIPT_SWEEP, SCRIPT_NOTE_DROP,
    SCRIPT_WALK, SCRIPT_CONCERNS, SCRIPT_TAIL, SCRIPT_WORDS, SCRIPT_BEAT,
    SCRIPT_OFFER, SCRIPT_POLLED, SCRIPT_DUES, SCRIPT_TAKE, SCRIPT_DONE, SCRIPT_SAY,
    SCRIPT_SETTLE, SCRIPT_CLEAN, SCRIPT_MAIL,
    SCRIPTS
};

enum { REDIS_SHA = 41, REDIS_WORD = 12 };

/* Commands in the protocol's form, the last of them in the making. redis_args_free() it. */
struct redis_args {
    struct buf done, values;
    size_t count; /* of values */
};

struct redis_address {
    char *host, *path, *user, *password, *prefix; /* host, path or sentinels; owned */
    char *sentinels, *master; /* "HOST:PORT,…", and the name that they know it by */
    int port, db;
};

struct redis {
    struct store base;
    struct redis_address address;
    redisContext *link; /* NULL: not connected */
    bool down;          /* it was told that there is no connection */
    bool shut;          /* and that the server has too many clients */
    unsigned asked;     /* with the next exchange: a script's number and 1, or 0 */
    char refused[SCRIPTS + 1][REDIS_WORD]; /* in which word each was refused last, as was told */
    char prefix[80];    /* "{PREFIX}:" */
    char sha[SCRIPTS][REDIS_SHA];
    /* Of the writer only: */
    char fence[REDIS_FENCE];
    bool fenced;               /* it was told so, and has claimed nothing since */
    char last[64];             /* id of the batch that the store says it committed last */
    unsigned replicas;         /* that must have a batch before it counts as committed */
    uint64_t head;
    uint64_t items;            /* the number of the one stored last */
    uint64_t trail;            /* the last row of the audit trail, and its hash */
    unsigned char trail_hash[TRAIL_HASH];
    struct check_heads units;  /* as committed; nobody else writes */
    char owner[33];            /* random: it has not been claimed by another writer since */
    char token[100];           /* by which it leads (cluster.h); "" with one machine */
    uint64_t batches;          /* settled ones: tells two batches of equal content apart */
    char unsure[64];           /* id of a batch whose answer was lost, or "" */
    bool aside;                /* its server has no file, and is gone with us */
    bool residue;              /* the AOF holds words that are dropped */
    bool rewriting, dropped;   /* the AOF is written anew; words were dropped since that began */
    int64_t began, rest_until; /* clock_mono() of that, and when it may begin again */
    struct spool *spool;       /* what a failover may take back, or NULL */
    char flight[SPOOL_ID];     /* id of the batch that is being settled, or "" */
    bool spooled;              /* it is in the spool */
    bool loose;                /* some went past it since it was told of the last one */
    char sync[12];             /* appendfsync, as it was told last */
    bool always, never;        /* of that: before each answer; when the system likes */
    bool fileless;             /* appendonly is off, or its file not whole again */
    unsigned seen;             /* replicas at most, those on their way too */
    unsigned coming;           /* those of the last look, up to date or still being made so */
    char server[REDIS_REPLID]; /* which it is (redis_observe.h), as `meta` has it */
    char replid[REDIS_REPLID]; /* its replication id, as of the last look */
    struct {
        uint64_t number, offset; /* of an entry; of the stream behind it, 0: there is no mark */
        uint64_t delayed;        /* fsyncs of the server that were put off by then */
        int64_t at;              /* clock_mono() of that */
    } mark;
    int64_t look_next;         /* clock_mono() at which entries may go again */
    struct redis_args args;    /* scratch: a batch, behind its new items */
    struct redis_args values;  /* the same with all that commit.lua takes of it */
    struct buf scratch;
    struct buf records, ends;  /* scratch: of a batch's new items, one behind the other */
};

extern const struct backend redis_backend;

/* redis_address.c */
/* "redis://[[USER]:PASSWORD@]HOST[:PORT][/DB][?PREFIX]", "redis+unix:PATH[?PREFIX]" or
 * "redis+sentinel://[[USER]:PASSWORD@]HOST:PORT[,HOST:PORT…]/MASTER[/DB][?PREFIX]": 0 or
 * ERR_INVALID, ERR_NOMEM. redis_address_free() it either way. */
int redis_address_parse(const char *text, struct redis_address *out);
void redis_address_free(struct redis_address *a);
int redis_address_copy(const struct redis_address *from, struct redis_address *to);

/* redis_sentinel.c */
/* Are these addresses, "HOST:PORT,…"? */
bool redis_sentinel_check(struct str list);
/* Where the master is now: 0, or ERR_NET (none of them knows). */
int redis_sentinel_ask(const struct redis_address *a, const struct timeval wait,
                       char host[static REDIS_HOST], int *port);

/* redis_args.c */
/* Begin a command; values follow. */
void redis_begin(struct redis_args *a, const char *command);
void redis_put(struct redis_args *a, const void *p, size_t n);
void redis_put_str(struct redis_args *a, struct str s);
void redis_put_text(struct redis_args *a, const char *c);
void redis_put_number(struct redis_args *a, uint64_t n);
/* End the last command: the bytes to be sent, or an empty str without memory. */
struct str redis_args_bytes(struct redis_args *a);
void redis_args_reset(struct redis_args *a);
void redis_args_free(struct redis_args *a);

/* redis_link.c */
/* Connected, with the scripts loaded and, for the writer, its fence renewed: 0; ERR_NET;
 * ERR_AGAIN (it loads its data, or is a replica); ERR_DENIED (it wants another password, or this
 * user lacks a right); ERR_LIMIT (it has no database of this number); ERR_REFUSED (another writer
 * has taken the store); ERR_NOMEM. */
int redis_connect(struct redis *r);
/* Connected, and no more. The same results. */
int redis_greet(struct redis *r);
void redis_disconnect(struct redis *r);
/* What an error reply means; logs it. */
int redis_failure(struct redis *r, const redisReply *reply);
/* Not connected yet: with the names of scripts in place, call this first. */
int redis_ready(struct redis *r);
/* Begin the call of a script with the store's prefix; its values follow. */
void redis_begin_script(struct redis *r, struct redis_args *a, enum redis_script script);
/* "{PREFIX}:", `name` and `rest`: a key. */
void redis_put_key(struct redis *r, struct redis_args *a, const char *name, struct str rest);
/* Send the commands and take their answers, n in number; they are sent once more over a new
 * connection when the old one has failed. 0, or an error (no answer is kept then): error replies
 * too. freeReplyObject() each. */
int redis_read(struct redis *r, struct redis_args *a, redisReply **replies, size_t n);
/* The same of one command; *reply is of this type, or nil where `nil` allows it, else
 * ERR_CORRUPT. */
int redis_ask(struct redis *r, struct redis_args *a, int type, bool nil, redisReply **reply);
/* Send one command once: ERR_NET with *unsure set when it may have been done. */
int redis_write(struct redis *r, struct redis_args *a, redisReply **reply, bool *unsure);

static inline struct str redis_str(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING ? (struct str){reply->str, reply->len} : STR_NONE;
}

/* redis_claim.c */
/* The value of a line "NAME:VALUE" of INFO's text, or nothing. */
struct str redis_info(struct str text, const char *name);
int redis_ask_info(struct redis *r, const char *section, redisReply **reply);
/* Become the writer of what is connected, from `expected` on; what it has lost is put back, or a
 * new epoch begun: 0, or as redis_connect(). */
int redis_claim(struct redis *r, const char *expected);
/* Wait until no other writer lives, then put oneself in its place: 0, or as redis_connect(). */
int redis_take_over(struct redis *r);

/* What the store was like when it was claimed. */
struct redis_claimed {
    char fence[REDIS_FENCE], epoch[STORE_EPOCH], batch[SPOOL_ID], replid[REDIS_REPLID];
    unsigned char key[HASH_KEY];
    bool residue;
    uint64_t head, items;
    uint64_t shown; /* event of its epoch that machines which are there have shown, 0: none */
};

/* redis_recover.c */
int redis_settled(struct store *s);
/* redis_claim.c */
bool redis_fenced(struct store *s);
/* Put back what the spool has and the store lacks, or begin a new epoch, and bring *c up to it; the
 * fence is ours. Over the connection that there is: 0, or as redis_connect(). */
int redis_recover(struct redis *r, struct redis_claimed *c);
/* Before the batch is sent, which r->values has: into the spool with it, where it could be lost. 0
 * or ERR_IO, ERR_NOMEM. */
int redis_recover_keep(struct redis *r, const struct store_batch *batch, const char *id);
/* It was sent with this outcome: what cannot have arrived is taken back, what is safe goes. */
void redis_recover_settled(struct redis *r, int err);

/* Now and then, while the writer rests too: what is safe, or too old, leaves the spool. Over the
 * connection that there is, if there is one. */
void redis_recover_look(struct redis *r);
/* The spool knows how far the store has come, though no batch is in it: a store that is put back to
 * an earlier state is noticed by that. */
void redis_recover_remember(struct redis *r);

/* redis_notes.c */
/* As store_drop_note(); ERR_AGAIN: it is dropped, but as many replicas as are wanted do not know it
 * yet. */
int redis_drop_note(struct store *s, uint64_t seq);
/* The notes that were dropped and are there again go: as redis_recover(). */
int redis_notes_recover(struct redis *r, struct redis_claimed *c);

/* redis_open.c */
int redis_open(const char *address, struct store **out);
/* The same of a server that nobody else knows, and that keeps nothing. */
int redis_open_aside(const char *address, struct store **out);
/* A connection without scripts, to one that may be a replica: as redis_connect(). */
int redis_greet_at(const struct redis_address *where, struct redis **out);
/* A connection alone; redis_close() it. */
int redis_link(const char *address, struct store **out);
int redis_reader(struct store *writer, struct store **out);
/* Is it set to keep what it is given? What is not so is told. By the connection there is:
 * 0, ERR_REFUSED, or as redis_write(). */
int redis_check_settings(struct redis *r);
/* Of them, appendfsync alone, which may be set while it runs; what was written before it was set to
 * always was not synced by that. The same results. */
int redis_check_sync(struct redis *r);
void redis_close(struct store *s);

/* redis_commit.c */
int redis_commit(struct store *s, const struct store_batch *batch,
                 const struct check_heads *heads);
bool redis_kept(struct store *s, const struct store_batch *batch);
int redis_expire(struct store *s, int64_t now, size_t max);
/* redis_forget.c */
int redis_forget(struct store *s, int64_t before, int64_t older, size_t max);
bool redis_residue(const struct store *s);
/* What commit.lua finds before the batch: this head, and the id of the batch committed last. */
void redis_put_prior(struct redis_args *a, uint64_t head, const char *batch);
/* What commit.lua answered: were words dropped, and the number of the last item. False: neither. */
bool redis_committed(const redisReply *reply, bool *dropped, uint64_t *items);
/* Everything that this connection wrote, of which the claim is the first, is on as many replicas as
 * are wanted: 0; ERR_AGAIN while it is not, which is told; or as redis_write(). */
int redis_wait(struct redis *r);
/* The same within so many ms, untold; *have: on so many it is, where they were asked. */
int redis_wait_for(struct redis *r, int ms, long long *have);

/* redis_batch.c */
/* Append the batch as commit.lua takes it behind its new items. 0 or ERR_NOMEM, ERR_LIMIT (a number
 * of a concern past 2^53). */
int redis_batch(const struct store_batch *batch, struct redis_args *a, struct buf *scratch);

/* redis_batch_items.c */
/* The records of the new items, without their numbers, into r->records: 0; ERR_EXISTS (two of them
 * are one), ERR_NOMEM. */
int redis_items_begin(struct redis *r, const struct store_batch *batch);
/* Number them from r->items on, and append what commit.lua takes of them. */
void redis_put_new(struct redis *r, const struct store_batch *batch, struct redis_args *a);
/* The other items. */
void redis_put_edits(const struct store_batch *batch, struct redis_args *a, struct buf *scratch);

/* redis_access.c */
/* The part of a batch that is accounts, tokens and the audit trail, without its hashes. */
void redis_put_access(const struct store_batch *batch, struct redis_args *a, struct buf *scratch);
/* Those, after the last one that the writer knows of. */
void redis_put_chain(const struct redis *r, const struct store_batch *batch, struct redis_args *a);
/* They are stored. */
void redis_advance_trail(struct redis *r, const struct store_batch *batch);

/* redis_publications.c */
void redis_publication_known(const struct store_publication *p, struct buf *out);
void redis_publication_published(const struct store_publication *p, struct buf *out);
void redis_survey_bytes(const struct store_survey *survey, struct buf *out);
void redis_survey_name(uint64_t concern, uint16_t round, struct buf *out);

/* redis_corrections.c */
void redis_correction_name(const struct store_correction *row, struct buf *out);
void redis_correction_bytes(const struct store_correction *row, struct buf *out);

/* redis_shared.c */
void redis_shared_bytes(const struct store_shared *row, struct buf *out);

/* redis_read.c */
/* Heads and lines of all units, by name. check_free() them. */
int redis_read_units(struct redis *r, struct check_heads *out);
/* The unit's head has moved on: false without memory. */
bool redis_set_unit(struct redis *r, const struct event_audience *to);
/* A decimal number: false when it is none. */
bool redis_number(struct str text, uint64_t *out);

#endif
