/* store/redis/redis.h - what the files of the Redis backend share. Private to this folder.
 *
 * A transaction is one Lua script (NAME.lua) or one command, on one hash slot. In front of a
 * commit's script many new items go by plain commands, all of it in one MULTI that a change of
 * `meta` voids (redis_plain.c). Every key begins with "{PREFIX}:" (huiying unless the address says
 * otherwise); all but `meta` are written by a commit and by expire.lua alone, for the writer that
 * holds the fence.
 *
 *   meta                hash    version epoch key fence writer batch head published rules items
 *                               concerns open overdue answers0.. changes residue owner replid
 *                               `fence` rises with each writer (claim.lua) and is checked by every
 *                               script that writes; `writer` is the connection of the last one, as
 *                               "RUN_ID CLIENT_ID", `owner` a number that it drew; `batch` the
 *                               id of the batch committed last, `replid` the replication id of
 *                               the server that it was last claimed on (settle.lua)
 *   events              stream  SEQ-0: e = the event
 *   outbox:UNIT         stream  UNITSEQ-0: s = seq
 *   units, lines        hashes  unit -> unitseq of its last event; -> 1 offline, 0 online again
 *   cursors             hash    unit NUL receiver -> unitseq
 *   command             hash    key -> time (8), outcome;     commands: set of time (8), key
 *   notes               hash    seq -> text
 *   i:IDENT             string  the record of an item (codec.h); IDENT is its 16 bytes
 *   numbers:N           string  idents of items 4096 N + 1 and following, 16 bytes each
 *   aliases             hash    alias (8) -> ident
 *                               None of these three has an expiry: see docs/scale.md
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
 *   dead                stream  m of those that were given up, the last 1000 or so; in `verdicts`
 *                               they stay until an event has told of it
 *   mail:NODE           list    what other machines send to this one, for 10 s after the last
 *   due:SLOT            hash    id of a source -> "AT DUE": ms at which it was polled last, and
 *                               is to be polled next
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
    SCRIPT_CLAIM, SCRIPT_COMMIT, SCRIPT_EXPIRE, SCRIPT_NOTE_DROP,
    SCRIPT_WALK, SCRIPT_CONCERNS, SCRIPT_TAIL, SCRIPT_WORDS, SCRIPT_BEAT,
    SCRIPT_OFFER, SCRIPT_POLLED, SCRIPT_TAKE, SCRIPT_SETTLE,
    SCRIPTS
};

enum { REDIS_SHA = 41 };

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
    char prefix[80];    /* "{PREFIX}:" */
    char sha[SCRIPTS][REDIS_SHA];
    /* Of the writer only: */
    char fence[REDIS_FENCE];
    char last[64];             /* id of the batch that the store says it committed last */
    unsigned replicas;         /* that must have a batch before it counts as committed */
    uint64_t head;
    uint64_t trail;            /* the last row of the audit trail, and its hash */
    unsigned char trail_hash[TRAIL_HASH];
    struct check_heads units;  /* as committed; nobody else writes */
    char owner[33];            /* random: it has not been claimed by another writer since */
    char token[100];           /* by which it leads (cluster.h); "" with one machine */
    uint64_t batches;          /* settled ones: tells two batches of equal content apart */
    char unsure[64];           /* id of a batch whose answer was lost, or "" */
    bool residue;              /* the AOF holds words that are dropped */
    bool rewriting, dropped;   /* the AOF is written anew; words were dropped since that began */
    int64_t began, rest_until; /* clock_mono() of that, and when it may begin again */
    struct spool *spool;       /* what a failover may take back, or NULL */
    char flight[SPOOL_ID];     /* id of the batch that is being settled, or "" */
    bool spooled;              /* it is in the spool */
    bool always;               /* appendfsync */
    unsigned seen;             /* replicas at most */
    unsigned coming;           /* those of the last look, up to date or still being made so */
    char replid[REDIS_REPLID]; /* of its server, as `meta` has it */
    struct {
        uint64_t number, offset; /* of an entry; of the stream behind it, 0: there is no mark */
        int64_t at;              /* clock_mono() of that */
    } mark;
    int64_t look_next;         /* clock_mono() at which entries may go again */
    struct redis_args args;    /* scratch */
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
 * ERR_AGAIN (it loads its data, or is a replica); ERR_REFUSED (it wants another password, or
 * another writer has taken the store); ERR_NOMEM. */
int redis_connect(struct redis *r);
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
/* The same of n commands. */
int redis_write_all(struct redis *r, struct redis_args *a, redisReply **replies, size_t n,
                    bool *unsure);

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
    uint64_t head;
};

/* redis_recover.c */
/* Put back what the spool has and the store lacks, or begin a new epoch, and bring *c up to it; the
 * fence is ours. Over the connection that there is: 0, or as redis_connect(). */
int redis_recover(struct redis *r, struct redis_claimed *c);
/* Before the batch is sent: into the spool with it, where it could be lost. 0 or ERR_IO,
 * ERR_NOMEM. */
int redis_recover_keep(struct redis *r, const struct store_batch *batch, const char *id);
/* It was sent with this outcome: what cannot have arrived is taken back, what is safe goes. */
void redis_recover_settled(struct redis *r, int err);

/* redis_notes.c */
/* As store_drop_note(); ERR_AGAIN: it is dropped, but as many replicas as are wanted do not know it
 * yet. */
int redis_drop_note(struct store *s, uint64_t seq);
/* The notes that were dropped and are there again go: as redis_recover(). */
int redis_notes_recover(struct redis *r, struct redis_claimed *c);

/* redis_open.c */
int redis_open(const char *address, struct store **out);
/* A connection alone; redis_close() it. */
int redis_link(const char *address, struct store **out);
int redis_reader(struct store *writer, struct store **out);
void redis_close(struct store *s);

/* redis_commit.c */
int redis_commit(struct store *s, const struct store_batch *batch,
                 const struct check_heads *heads);
bool redis_kept(struct store *s, const struct store_batch *batch);
int redis_expire(struct store *s, int64_t now, size_t max);
bool redis_residue(const struct store *s);
/* Everything that this connection wrote, of which the claim is the first, is on as many replicas as
 * are wanted: 0; ERR_AGAIN while it is not; or as redis_write(). */
int redis_wait(struct redis *r);
/* redis_batch.c */
/* Append the batch as commit.lua takes it, from its items on; with `plain` without those that go in
 * front of it (redis_plain.c). 0 or ERR_NOMEM, ERR_LIMIT (a number of a concern past 2^53). */
int redis_batch(const struct store_batch *batch, bool plain, struct redis_args *a,
                struct buf *scratch);
/* redis_batch_items.c: those of it. */
void redis_put_items(const struct store_batch *batch, bool plain, struct redis_args *a,
                     struct buf *scratch);

/* redis_plain.c */
/* Are the new items of this batch so many that they go by commands of their own? */
bool redis_plain(const struct store_batch *batch);
/* redis_new.c: the records of the new items, without their numbers, into r->records: 0; ERR_EXISTS
 * (two of them are one), ERR_NOMEM. */
int redis_plain_begin(struct redis *r, const struct store_batch *batch);
/* Commit: 0 or as store_commit(); ERR_UNSUPPORTED: it has to go through the script as a whole. The
 * script's call stands in `script`; its answer comes in *out. */
int redis_plain_send(struct redis *r, const struct store_batch *batch, const char *id,
                     struct redis_args *script, long long *out, bool *unsure);

/* redis_access.c */
/* The part of a batch that is accounts, tokens and the audit trail, without its hashes. */
void redis_put_access(const struct store_batch *batch, struct redis_args *a, struct buf *scratch);
/* Those, after the last one that the writer knows of. */
void redis_put_chain(const struct redis *r, const struct store_batch *batch, struct redis_args *a);
/* They are stored. */
void redis_advance_trail(struct redis *r, const struct store_batch *batch);
int redis_account(struct store *s, const char *name, struct account *out);
int redis_token(struct store *s, const unsigned char *hash, struct account_token *out);
int redis_each_account(struct store *s, int (*each)(void *arg, const struct account *a),
                       void *arg);
int redis_each_token(struct store *s, int (*each)(void *arg, const struct account_token *t),
                     void *arg);
int redis_trail_after(struct store *s, uint64_t after, size_t max,
                      int (*each)(void *arg, const struct trail_row *row), void *arg);
int redis_trail_head(struct store *s, uint64_t *seq, unsigned char *hash);

/* redis_publications.c */
void redis_publication_known(const struct store_publication *p, struct buf *out);
void redis_publication_published(const struct store_publication *p, struct buf *out);
int redis_publications(struct store *s, uint64_t concern,
                       int (*each)(void *arg, const struct store_publication *p), void *arg);

void redis_correction_name(const struct store_correction *row, struct buf *out);
void redis_correction_bytes(const struct store_correction *row, struct buf *out);
int redis_corrections(struct store *s, const struct store_correction *from, size_t limit,
                      int (*each)(void *arg, const struct store_correction *row), void *arg);
/* redis_shared.c */
void redis_shared_bytes(const struct store_shared *row, struct buf *out);
int redis_each_shared(struct store *s, const struct store_shared *which,
                      int (*each)(void *arg, const struct store_shared *row), void *arg);
void redis_survey_bytes(const struct store_survey *survey, struct buf *out);
void redis_survey_name(uint64_t concern, uint16_t round, struct buf *out);
int redis_survey(struct store *s, uint64_t concern, uint16_t round, struct store_survey *out);

/* A walk over a set: rows of walk.lua, in pieces. */
struct redis_walk {
    const char *kind;
    struct buf set;      /* name past the prefix */
    struct buf from, to; /* bounds; the first one moves on. redis_walk_free() it */
    bool falling, ended;
};

/* redis_walk.c */
/* From one end of the set to the other; then fill `from` or `to` with other bounds. */
void redis_walk_start(struct redis_walk *w, const char *kind, const char *set, bool falling);
/* '[' or '(', and n bytes. */
void redis_walk_bound(struct buf *bound, char type, const void *p, size_t n);
/* Up to `max` rows, each a value and more, of which the first is the member: until `row` gives
 * something else than 0, which is the result, or ERR_*. The walk is freed. */
int redis_walk_each(struct redis *r, struct redis_walk *w, size_t max,
                    int (*row)(const redisReply *row, void *to), void *to);
void redis_walk_free(struct redis_walk *w);

/* redis_read.c: numbers and tails */
int redis_head(struct store *s, uint64_t *out);
int redis_unit_head(struct store *s, const char *unit, uint64_t *out);
int redis_published(struct store *s, uint64_t *out);
int redis_rules(struct store *s, uint64_t *out);
int redis_cursor(struct store *s, const char *unit, const char *receiver, uint64_t *out);
int redis_events_after(struct store *s, uint64_t after, struct event *out, size_t max);
int redis_unit_events_after(struct store *s, const char *unit, uint64_t after, struct event *out,
                            size_t max);
int redis_concern_events(struct store *s, uint64_t concern,
                         int (*each)(void *arg, const struct event *e), void *arg);
int redis_each_unit(struct store *s,
                    int (*each)(void *arg, const char *unit, uint64_t head, bool offline),
                    void *arg);
int redis_counts(struct store *s, struct store_counts *out);
/* Heads and lines of all units, by name. check_free() them. */
int redis_read_units(struct redis *r, struct check_heads *out);
/* The unit's head has moved on: false without memory. */
bool redis_set_unit(struct redis *r, const struct event_audience *to);
/* A decimal number: false when it is none. */
bool redis_number(struct str text, uint64_t *out);

/* redis_items.c */
int redis_seen(struct store *s, const unsigned char (*idents)[STORE_IDENT], size_t n,
               struct store_seen *out);
int redis_seen_as(struct store *s, const uint64_t (*aliases)[2], size_t n, struct store_seen *out);
int redis_item(struct store *s, const unsigned char *ident,
               int (*each)(void *arg, const struct store_item *item), void *arg);
int redis_numbered(struct store *s, uint64_t number,
                   int (*each)(void *arg, const struct store_item *item), void *arg);
int redis_words_after(struct store *s, struct store_tail *tail, size_t max,
                      int (*each)(void *arg, const struct store_words *words), void *arg);
int redis_each_text(struct store *s, struct store_place *place, size_t max,
                    int (*each)(void *arg, const struct store_item *item), void *arg);
int redis_each_doubt(struct store *s, size_t max,
                     int (*each)(void *arg, const struct store_item *item), void *arg);
int redis_texts(struct store *s, uint64_t *out);
int redis_concern_items(struct store *s, uint64_t concern, size_t limit,
                        int (*each)(void *arg, const struct store_item *item), void *arg);
int redis_each_member(struct store *s, uint64_t concern,
                      int (*each)(void *arg, const struct store_item *item), void *arg);

/* redis_pages.c */
int redis_pages_due(struct store *s, int64_t now, size_t max,
                    int (*each)(void *arg, const struct store_page *page), void *arg);
int redis_page(struct store *s, const unsigned char *ident,
               int (*each)(void *arg, const struct store_page *page), void *arg);
int redis_next_page(struct store *s, uint64_t *out);
int redis_replies_due(struct store *s, int64_t now, size_t max,
                      int (*each)(void *arg, const struct store_reply *reply), void *arg);
int redis_replies(struct store *s, uint64_t concern,
                  int (*each)(void *arg, const struct store_reply *reply), void *arg);
int redis_next_reply(struct store *s, uint64_t *out);
int redis_each_mark(struct store *s, const struct store_mark *from, size_t limit,
                    int (*each)(void *arg, const struct store_mark *mark), void *arg);

/* redis_whole.c */
int redis_each_alias(struct store *s, int (*each)(void *arg, const struct store_alias *alias),
                     void *arg);
int redis_each_cursor(struct store *s, int (*each)(void *arg, const struct store_cursor *cursor),
                      void *arg);
int redis_each_command(struct store *s,
                       int (*each)(void *arg, const struct store_command *command), void *arg);
int redis_adopt(struct store *s, const struct store *other);

/* redis_concerns.c */
int redis_each_concern(struct store *s, int64_t since,
                       int (*each)(void *arg, const struct concern *c), void *arg);
int redis_concerns(struct store *s, const struct backend_query *q,
                   int (*each)(void *arg, const struct concern *c), void *arg);
int redis_concern(struct store *s, uint64_t id, struct concern *out);

/* redis_rows.c */
int redis_command(struct store *s, const char *key, struct store_command *out);
int redis_note(struct store *s, uint64_t seq, struct buf *out);
int redis_each_arrivals(struct store *s, int (*each)(void *arg, const struct burst_row *row),
                        void *arg);
int redis_each_source(struct store *s, int (*each)(void *arg, const struct store_source *src),
                      void *arg);
int redis_source(struct store *s, struct str id,
                 int (*each)(void *arg, const struct store_source *src), void *arg);
int redis_each_added(struct store *s, int (*each)(void *arg, const struct source *source),
                     void *arg);

#endif
