/* daemon/ledger/batch.h - one transaction in the making: messages to the ledger in, a store_batch
 * out. Nothing here touches the store but look-ups, so a batch whose commit failed can be built
 * again. */
#ifndef HUIYING_DAEMON_BATCH_H
#define HUIYING_DAEMON_BATCH_H

#include "alerts/desk/desk.h"
#include "classifiers/verdict.h"
#include "daemon/config/config.h"
#include "daemon/ledger/source_table.h"
#include "feeds/fetch/fetch.h"
#include "store/store.h"

struct batch;

struct batch_conf {
    const struct config *config;
    const struct roster *roster;
    struct store *store;
    /* One entry per source of the roster; changed by batch_applied(). */
    struct source_table *sources;
};

/* What is to be done once the batch is committed, in order. Borrowed until the next batch_begin().
 */
enum batch_deed_kind {
    BATCH_ROSTER_ADD,    /* add: into the roster, and polled */
    BATCH_ROSTER_REMOVE,
    BATCH_MOVE,          /* url: the new address */
    BATCH_DROP,          /* paused, retired or quarantined: not polled */
    BATCH_RESUME,        /* polled again */
    BATCH_SOON,
    BATCH_NEXT,          /* url, depth, number: the next page of a list */
    BATCH_LEARN          /* lesson */
};

struct batch_deed {
    enum batch_deed_kind kind;
    uint32_t source;
    const struct source *add;
    const char *url;
    int depth;
    uint64_t number;
    struct fetch_lesson lesson;
};

enum batch_source_act { /* as enum ledger_source_act */
    BATCH_SOURCE_ADD,
    BATCH_SOURCE_REMOVE,
    BATCH_SOURCE_PAUSE,
    BATCH_SOURCE_RESUME,
    BATCH_SOURCE_POLL
};

struct batch *batch_new(const struct batch_conf *conf);
void batch_free(struct batch *b);

/* Forget everything and begin again with this desk at this instant. `polls`, `items`, `commands`,
 * `sources` and `cursors` bound what will be added. 0 or ERR_NOMEM. */
struct batch_bounds {
    size_t polls, items, commands, sources, cursors;
};
int batch_begin(struct batch *b, struct desk *desk, int64_t now, const struct batch_bounds *bounds);

/* What the store has forgotten was published before this (store_counts): a list's item that is not
 * known and as old may be one of those, and is not taken up. For this batch and all that follow. */
void batch_forgotten(struct batch *b, int64_t before);
/* Such items since batch_begin(). */
size_t batch_too_old(const struct batch *b);

/* Matched items since then that speak of other places than home, and so alert nobody. */
size_t batch_elsewhere(const struct batch *b);

/* A poll's outcome, of a source's own address or a next page of its list. meta and verdicts must
 * live until batch_applied(). 0 or ERR_NOMEM. */
int batch_poll(struct batch *b, const struct fetched *meta, const struct verdicts *verdicts,
               const char *death);
/* The same in parts, so that those of several polls can take turns: what batch_poll() does before
 * the first item (*out NULL: nothing is left to do), its items down to a rank that were not added
 * yet, what it does after the last. `ranks` (batch_order.h) are of its items; NULL: their own. Each
 * 0 or ERR_NOMEM. */
struct batch_intake;
int batch_poll_open(struct batch *b, const struct fetched *meta, const struct verdicts *verdicts,
                    const char *death, const uint8_t *ranks, struct batch_intake **out);
int batch_poll_items(struct batch *b, struct batch_intake *in, int rank);
int batch_poll_close(struct batch *b, struct batch_intake *in);
/* What a poll brought is given up: 0 or ERR_NOMEM. */
int batch_skipped(struct batch *b, const struct fetched *meta);
/* The outcome of the page of the item `ident`; the same. */
int batch_page(struct batch *b, const struct fetched *meta, const struct verdicts *verdicts,
               const char *death, const unsigned char ident[STORE_IDENT]);
/* 交办: a page that was asked for by a person, who waits. */
extern const char BATCH_REGISTERED[]; /* the source of its item */
struct batch_page_asked {
    struct desk_page page;
    struct str link; /* without user parts */
    unsigned char ident[STORE_IDENT];
};
struct batch_registered {
    int status;         /* 0 or ERR_* */
    const char *reason; /* static, or NULL; with status 0 BATCH_KNOWN or NULL */
    uint64_t concern;
};
/* "zh (en)": the page is an item of the concern already. */
extern const char BATCH_KNOWN[];
/* What becomes of it then, which out->concern names: see desk_register_known(). 0 or ERR_NOMEM. */
int batch_register_known(struct batch *b, const struct desk_page *page,
                         struct batch_registered *out);
/* The ident of the item that the page is. */
void batch_register_ident(const struct store *store, struct str link,
                          unsigned char out[static STORE_IDENT]);
/* Its outcome; as batch_poll(), and `asked` must live as long. */
int batch_register(struct batch *b, const struct fetched *meta, const struct verdicts *verdicts,
                   const char *death, const struct batch_page_asked *asked,
                   struct batch_registered *out);
/* The address of a reply's page, as it is told apart. */
uint64_t batch_reply_address(struct str url);
/* The outcome of the page of a published reply, asked for as page->number, its concern: 0 or ERR_*.
 * What became of it is an event when it is read for the first time, gone or there again. */
int batch_reply(struct batch *b, const struct fetched *meta, const struct verdicts *verdicts,
                const char *death);
/* Forget the page of an item: its source is gone. */
int batch_forget_page(struct batch *b, const unsigned char ident[STORE_IDENT]);
/* Look at it again at `due`; it counts as an item among the bounds. */
void batch_defer_page(struct batch *b, const struct store_page *page, int64_t due);
/* What an operator does to sources, which must live until batch_applied(); each[i] as
 * ledger_sources_done. One call a batch. 0 or ERR_NOMEM. */
int batch_sources(struct batch *b, enum batch_source_act act, const struct source *sources,
                  size_t n, int *each);
/* The same under an idempotency key; the same key again does nothing and gives the same outcome, in
 * *each, or *status ERR_REUSED: it was another request's. It counts as a command among the
 * bounds. 0 or ERR_*. */
struct batch_once {
    const char *key;  /* visible ASCII */
    uint64_t request; /* hash of all of it */
    uint64_t person;  /* whose key it is: see command_person() */
};
int batch_sources_once(struct batch *b, const struct batch_once *once, enum batch_source_act act,
                       const struct source *sources, size_t n, int *each, int *status);
/* A command: *status 0 or why not, *reason static or NULL, *seq its first event. One that regroups
 * items (batch_regroups()) has a batch to itself. The same one under the same key of the same
 * person (and receiver) does nothing and has the same outcome; another one under it has ERR_REUSED.
 * One that was refused is not kept. 0 or ERR_*. */
bool batch_regroups(const struct command *command);
int batch_command(struct batch *b, const struct command *command, int *status, const char **reason,
                  uint64_t *seq);
/* Was the last of batch_command() and batch_sources_once() done before, and not now? */
bool batch_repeated(const struct batch *b);
/* What somebody says of the reply in this round (回访): *status 0, ERR_REFUSED (it is not asked
 * about) or ERR_AGAIN (too many in this hour) with *reason. 0 or ERR_*. */
int batch_survey(struct batch *b, uint64_t concern, uint16_t round, bool solved, int *status,
                 const char **reason);
/* What somebody says of an item's verdict: ident, aspect, value and, of STORE_MARK_TOPIC, topic are
 * given. *status 0, ERR_NOTFOUND (no such item) or what the store says; *seq the event of a
 * concern that it corrected, else 0: its request, or, of its first item or of most of its items,
 * its topic (desk_topic()). The same once more changes nothing. 0 or ERR_*. */
int batch_mark(struct batch *b, const struct store_mark *mark, int *status, uint64_t *seq);
/* The item's title, text and link go, for good. *status 0 or ERR_NOTFOUND, *concern the one that it
 * belongs to, or 0. 0 or ERR_NOMEM. */
int batch_redact(struct batch *b, const unsigned char ident[STORE_IDENT], int *status,
                 uint64_t *concern);
/* Texts that go for good, in a batch of its own. */
enum batch_erase_what {
    BATCH_ERASE_ITEM,    /* ident */
    BATCH_ERASE_LINK,    /* link: every item that has it, of sources that are polled or of 交办 */
    BATCH_ERASE_CONCERN, /* concern: of all its items, its draft and the titles of its replies */
    BATCH_ERASE_REPLY    /* concern, round: of the reply that the ledger publishes */
};
struct batch_erasure {
    enum batch_erase_what what;
    enum erasure code;
    unsigned char ident[STORE_IDENT];
    struct str link; /* without user parts */
    uint64_t concern;
    uint16_t round;
};
/* *status 0 or ERR_NOTFOUND; *concern the (last) one that it was of, or 0. 0 or ERR_*. */
int batch_erase(struct batch *b, const struct batch_erasure *what, int *status, uint64_t *concern);
/* 更正与删除: somebody asks for it, or all that wait of one kind are decided. */
enum batch_correction_act {
    BATCH_CORRECTION_ASK,
    BATCH_CORRECTION_GRANT,
    BATCH_CORRECTION_REFUSE
};
struct batch_correction {
    enum batch_correction_act act;
    uint64_t concern;
    enum store_wish wish;
    enum erasure reason;
};
/* *status 0, ERR_NOTFOUND (no such concern, or nothing waits) or ERR_AGAIN (too many in this hour)
 * with *reason. 0 or ERR_*. */
int batch_correct(struct batch *b, const struct batch_correction *what, int *status,
                  const char **reason);
/* Rows that all machines go by, which must live until batch_applied(); when is this batch's to say.
 * *status 0, or ERR_EXISTS: the key is another one's. In a batch of its own. 0 or ERR_*. */
int batch_share(struct batch *b, const struct store_shared *rows, size_t n, int *status);
/* These rules take the place of those that the store knows as the last in force: an event tells of
 * it (*seq, else 0), unless they are the same or the store knows none yet. 0 or ERR_NOMEM. */
int batch_rules(struct batch *b, const struct rules *rules, uint64_t *seq);
void batch_cursors(struct batch *b, const struct store_cursor *cursors, size_t n);
/* A change of who may use the API, in a batch of its own. */
enum batch_access_act {
    BATCH_ACCOUNT_ADD,    /* ERR_EXISTS: one of this name is in use */
    BATCH_ACCOUNT_CHANGE, /* of password, or disabled; ERR_NOTFOUND */
    BATCH_TOKEN_ADD,      /* ERR_NOTFOUND: no account of this name is in use */
    BATCH_TOKEN_REMOVE    /* by its hash; ERR_NOTFOUND */
};
struct batch_access {
    enum batch_access_act act;
    struct account account;
    struct account_token token;
};
/* *status 0, ERR_NOTFOUND or ERR_EXISTS. 0 or ERR_*. */
int batch_access(struct batch *b, const struct batch_access *access, int *status);
/* A row for the audit trail; its instant is the batch's. At most one a message. */
void batch_trail(struct batch *b, const struct trail_row *row);
/* Whether a unit's receivers are out of reach (see desk_unit()). */
int batch_line(struct batch *b, struct str unit, bool offline, uint32_t missed);
/* The calendar of this year is missing, which is told once: 0 or ERR_NOMEM. */
int batch_calendar(struct batch *b, int year);
/* Due timers. */
int batch_tick(struct batch *b);
/* At the end: what this batch's events say was published is to be read, and what was published here
 * is read for its promises. 0 or ERR_*. */
int batch_replies_want(struct batch *b);

/* The transaction; borrowed until the next batch_begin(). False when there is nothing to write. */
bool batch_finish(struct batch *b, struct store_batch *out);
/* It is committed, or there was nothing to write: remember the sources' new state. */
void batch_applied(struct batch *b);
const struct batch_deed *batch_deeds(const struct batch *b, size_t *n);
/* Does the worker read the page of this source's items, beside looking whether it is there? */
bool batch_reads_pages(const struct source *s);

/* How long a source rests after its nth death in a row (ms): 1 min doubling, at most 24 h. */
int64_t batch_quarantine(int failures);

#endif
