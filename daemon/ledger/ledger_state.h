/* daemon/ledger/ledger_state.h - inside of the ledger, for its own files only. */
#ifndef HUIYING_DAEMON_LEDGER_STATE_H
#define HUIYING_DAEMON_LEDGER_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "daemon/ledger/batch.h"
#include "daemon/ledger/ledger.h"
#include "store/cluster.h"

enum {
    LEDGER_WATCHES_MAX = 8,
    LEDGER_MESSAGES = 128,  /* in one transaction */
    LEDGER_PAGES_MAX = 256, /* pages of items asked for at a time */
    LEDGER_CROWDS = 1024,
    LEDGER_REGISTERING = 16, /* pages under way that people wait for */
    LEDGER_REPLIES_MAX = 64  /* pages of replies asked for at a time */
};

enum message_kind {
    MESSAGE_POLL,
    MESSAGE_RULES,
    MESSAGE_COMMAND,
    MESSAGE_CURSORS,
    MESSAGE_MARK,
    MESSAGE_REDACT,
    MESSAGE_SOURCES,
    MESSAGE_LINE,
    MESSAGE_REGISTER,
    MESSAGE_ACCESS,
    MESSAGE_TRAIL,
    MESSAGE_SURVEY,
    MESSAGE_ERASE,
    MESSAGE_CORRECT,
    MESSAGE_REACH,
    MESSAGE_SKIP,
    MESSAGE_SHARE,
    MESSAGE_LOAD
};

struct message {
    enum message_kind kind;
    /* POLL; SKIP, which has no verdicts */
    struct fetched *meta;
    struct verdicts *verdicts;
    const char *death;
    char entry[CLUSTER_ENTRY]; /* judged elsewhere: its entry; else "" */
    bool other_rules;          /* its verdicts were, and are not taken */
    /* RULES */
    struct rule_set *rules;
    /* COMMAND */
    struct command command;
    char *strings; /* what command points to */
    ledger_done *done;
    void *arg;
    int status;
    const char *reason;
    uint64_t seq;
    /* CURSORS */
    struct store_cursor *cursors;
    size_t ncursors;
    /* REACH: units, a blank between two */
    struct str names;
    /* MARK; of REDACT its ident alone */
    struct store_mark mark;
    /* ACCESS */
    struct batch_access *access;
    /* TRAIL; of what another machine handed on, the row that it leaves, or NULL */
    struct trail_row *trail;
    /* SURVEY: of the concern's number, in command */
    uint16_t round;
    bool solved;
    /* ERASE */
    struct batch_erasure *erasure;
    /* CORRECT */
    struct batch_correction correction;
    /* SHARE: values are in strings. LOAD: its texts, named as the members are; its verb and person
     * are in number and request */
    struct store_shared *shared;
    size_t nshared;
    /* LINE */
    char unit[SLUG_MAX];
    bool offline;
    uint32_t missed;
    /* SOURCES */
    enum ledger_source_act act;
    struct source **sources; /* copies, a block each */
    struct source *flat;     /* the same side by side, borrowing from them */
    size_t nsources;
    int *each;
    ledger_sources_done *sources_done;
    char key[STORE_KEY_MAX]; /* empty: none */
    uint64_t request, person;
    bool repeated; /* of COMMAND too: it was done before, under its key */
    /* REGISTER */
    struct str url;
    struct batch_page_asked asked;
    struct arena *arena; /* of asked.link */
    uint64_t number;     /* of the page */
    int64_t since;       /* clock_mono() */
    struct batch_registered registered;
};

/* A page of an item that was asked for. */
struct ledger_asked {
    unsigned char ident[STORE_IDENT];
    uint64_t number; /* 0: free */
    int64_t at; /* clock_mono() */
};

/* The page of a reply that was asked for. */
struct ledger_reply {
    uint64_t concern, address; /* 0: free */
    int64_t at; /* clock_mono() */
};

struct ledger {
    struct pulse *pulse; /* its thread's */
    const struct config *config;
    struct roster *roster;
    struct store *store;
    struct fetch **fetch;
    struct desk_conf desk_conf;
    struct rule_set *rules; /* that desk_conf names; NULL: the configuration's */
    struct desk *desk;
    struct batch *batch;
    struct source_table *sources;
    struct queue *polls, *commands; /* commands never wait behind polls */
    struct ledger_signs signs;
    int (*load)(void *arg, const struct ledger_load *load, ledger_done *done, void *done_arg);
    void *load_arg;
    struct ledger_among among; /* node NULL: there is one machine */
    struct ledger_watch watches[LEDGER_WATCHES_MAX];
    size_t nwatches;
    pthread_mutex_t watch_lock; /* of both, once the thread runs */
    int64_t rules_since; /* clock_mono(): when the rules in force became so */
    /* When texts, old items and calendars are looked at again. */
    int64_t expire_next, forget_next, calendar_next;
    bool expire_left; /* there may be more that have expired */
    uint64_t forgotten; /* items in all, as told last */
    int64_t forgotten_before; /* store_counts, as read last */
    bool forgotten_unread; /* that is to be read yet */
    uint64_t shown;     /* what the watches were told, or may be */
    bool unsettled;     /* the store may hold more, that a failover could take back */
    int64_t shown_next; /* clock_mono(): when that is looked at again */
    bool calendar_news; /* of a missing year somebody may have to be told */
    struct ledger_asked asked_pages[LEDGER_PAGES_MAX];
    uint64_t page_number; /* given last */
    int64_t crowded[LEDGER_CROWDS]; /* by source: due time of the page put off last */
    int64_t pages_next;   /* when pages are looked for again */
    uint32_t guest;       /* whose pages people point to */
    struct message *registering[LEDGER_REGISTERING]; /* NULL: free */
    uint64_t registered;  /* numbers given */
    struct ledger_reply asked_replies[LEDGER_REPLIES_MAX];
    int64_t replies_next; /* the same of replies */
    pthread_t thread;
    bool running;
    atomic_uint_fast64_t items, commits, failed, events, asked, elsewhere, too_old;
    atomic_int stalled, calendar_missing;
    _Atomic(bool) stopping;
    _Atomic(bool) fenced; /* alone, and another writer has the store */
};

/* ledger_ask.c */
void ledger_message_free(struct message *m);
/* Copy s and a NUL to *at, which moves behind them: the copy. */
struct str ledger_ask_pack(char **at, struct str s);

/* A message of a copy of this command, or NULL; not handed over yet. */
struct message *ledger_ask_command(const struct command *command);
/* m is the ledger's now, or is freed and the error returned. */
int ledger_ask_push(struct ledger *l, struct message *m, ledger_done *done, void *arg);
/* The same of one that a person asked for. */
int ledger_ask_hand_over(struct ledger *l, struct message *m, ledger_done *done, void *arg);

/* Messages of what is copied, as ledger_ask_command(). */
struct message *ledger_sources_message(enum ledger_source_act act, const struct source *sources,
                                       size_t count, const struct ledger_once *once);
struct message *ledger_register_message(struct str url, const struct desk_page *page);
struct message *ledger_erase_message(const struct batch_erasure *what);

/* ledger_text.c: what a machine that follows was asked for, as it goes to the leader */
/* Append it, and the row that it leaves in the audit trail (NULL: none): 0; ERR_UNSUPPORTED (such a
 * message is not handed on); ERR_NOMEM. */
int ledger_text_write(const struct message *m, const struct trail_row *row, struct buf *out);
/* 0 with a message of its own that nobody waits for yet; ERR_CORRUPT, ERR_NOMEM. */
int ledger_text_read(struct str text, struct message **out);

/* ledger_share.c */
/* Another machine handed on this load: as ledger_on_load(); m is freed. */
int ledger_share_load(struct ledger *l, struct message *m, ledger_done *done, void *arg);

/* ledger_watch.c */
/* Tell the watches that events up to head are committed. */
void ledger_tell_head(struct ledger *l, uint64_t head);
/* The other machines hear that watches may be told up to there. */
void ledger_note_shown(struct ledger *l, uint64_t head);
/* What the store was asked for last may have been refused (err; 0: it was not): among several
 * machines the node is told when its writer was, and this house makes way for one that opens the
 * store anew. Alone, the process gets SIGUSR1 once another writer has the store. */
void ledger_tell_lost(struct ledger *l, int err);
/* Tell them of these cursors. */
void ledger_tell_acked(struct ledger *l, const struct store_cursor *cursors, size_t n);
/* Tell them what ledger_reach() told of these units, a blank between two. */
void ledger_tell_reached(struct ledger *l, struct str names);

/* ledger_shown.c */
/* A commit has failed: it may be there all the same, and on no replica. */
void ledger_shown_doubt(struct ledger *l);
/* While in doubt: is all safe by now? Then the watches are told. */
void ledger_shown_look(struct ledger *l);
/* Before it is committed: who opens the store after us takes what it names as published for told.
 */
void ledger_shown_limit(const struct ledger *l, struct store_batch *batch);
/* It is committed, and so is all before it: the watches are told. */
void ledger_shown_committed(struct ledger *l, const struct store_batch *batch);

/* ledger_follow.c: the thread of a ledger that follows */
void *ledger_follow(void *arg);

/* ledger_restore.c */
/* The desk as the store has it: at start, and again after a commit that failed. 0 or ERR_*. */
int ledger_restore_desk(struct ledger *l);
/* Log each unit that is in the tree no more and leads open concerns: nobody answers them. */
void ledger_warn_gone(const struct ledger *l);
/* The roster's sources as the store knows them, those that were added too. 0 or ERR_*. */
int ledger_restore_sources(struct ledger *l);
/* For store_each_added() and store_each_source(), with the ledger. */
int ledger_restore_added(void *arg, const struct source *s);
int ledger_restore_source(void *arg, const struct store_source *src);

/* ledger_hourly.c */
/* Drop texts that expired; forget old items; notice a year whose holidays are missing. */
void ledger_hourly(struct ledger *l);
/* What the store says of how old those are (store_counts). */
void ledger_forgotten(struct ledger *l, int64_t before);

/* ledger_sources.c */
void ledger_sources_free(struct message *m);
/* What a committed batch wants done to the roster and told to the fetch room. */
void ledger_sources_settle(struct ledger *l);
/* A next page of this source's list was committed, or failed. */
void ledger_sources_next_came(struct ledger *l, uint32_t source);

/* ledger_access.c */
void ledger_access_free(struct message *m);
/* What is built of the message goes into the audit trail, if it is to. */
void ledger_trace(struct ledger *l, const struct message *m);

/* ledger_erase.c */
void ledger_erase_free(struct message *m);
/* It is committed: notes that belong to what was erased go, too. 0 or ERR_*. */
int ledger_erase_notes(struct ledger *l, const struct message *m);

/* ledger_pages.c */
/* The ident of a page that was asked for, or NULL: not, or too long ago. */
const unsigned char *ledger_pages_ident(const struct ledger *l, uint64_t number);
/* Its outcome is committed, or lost: it may be asked for again. */
void ledger_pages_release(struct ledger *l, uint64_t number);
/* Ask for pages that are due. */
void ledger_pages_ask(struct ledger *l);
/* Pages may be due sooner than was known. */
void ledger_pages_changed(struct ledger *l);

/* ledger_register.c */
/* Once the roster is whole: 0 or ERR_*. */
int ledger_register_open(struct ledger *l);
/* Ask for the pages among these messages, which are taken out unless they are known: how many
 * messages stay. */
int ledger_register_take(struct ledger *l, struct message **messages, int n);
/* One that stayed, because a concern has its page already, into l->batch: 0 or ERR_NOMEM. */
int ledger_register_known(struct ledger *l, struct message *m);
/* Is this the outcome of such a page? Then it goes into l->batch. */
bool ledger_register_build(struct ledger *l, const struct message *poll, int *err);
/* It is committed (err 0), or lost: who waits is told. Harmless on any other outcome. */
void ledger_register_done(struct ledger *l, const struct fetched *f, int err);
/* Who waits still will hear nothing more. */
void ledger_register_close(struct ledger *l);
/* ledger_replies.c */
/* Ask for the pages of replies that are due. */
void ledger_replies_ask(struct ledger *l);
/* The outcome of this page is committed, or lost: it may be asked for again. */
void ledger_replies_release(struct ledger *l, const struct fetch_page *page);

/* ledger_build.c */
/* One transaction of at most LEDGER_MESSAGES messages, in l->batch: 0 or ERR_*. */
int ledger_build(struct ledger *l, struct message **messages, size_t n);

#endif
