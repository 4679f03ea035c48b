/* daemon/ledger/ledger.h - the ledger thread: the only writer. Verdicts, commands and time in,
 * events out, one transaction a batch. */
#ifndef HUIYING_DAEMON_LEDGER_H
#define HUIYING_DAEMON_LEDGER_H

#include "alerts/desk/desk.h"
#include "classifiers/verdict.h"
#include "daemon/config/config.h"
#include "daemon/ledger/batch.h"
#include "daemon/reload/rulebook.h"
#include "feeds/fetch/fetch.h"
#include "store/store.h"

struct ledger;

/* Told after each commit, from the ledger thread, or on a machine that follows from that of tail.h;
 * must not block. */
struct ledger_watch {
    void (*committed)(void *arg, uint64_t head);
    void (*acked)(void *arg, const struct store_cursor *cursor); /* may be NULL */
    void *arg;
    void (*reached)(void *arg, const char *unit); /* may be NULL; see ledger_reach() */
};

/* Called once with a command's outcome, from the ledger thread, after its commit; must not block.
 * status 0 or ERR_*; seq of its first event, 0 none. */
typedef void ledger_done(void *arg, int status, const char *reason, uint64_t seq);

/* Restore the desk from the store, and add the sources that it remembers to the roster, which holds
 * those of huiying.yaml. `store` is the writer and stays with the ledger until
 * ledger_stop(); *fetch is read when a body was lost or killed a worker. NULL on failure (logged).
 */
struct ledger *ledger_open(const struct config *config, struct roster *roster, struct store *store,
                           struct fetch **fetch);
/* Before ledger_run(); at most 8. */
void ledger_add_watch(struct ledger *l, const struct ledger_watch *watch);
/* The watches with this arg are not called from here on; one that is being called has returned.
 * Any thread but the ledger's own. */
void ledger_drop_watch(struct ledger *l, const void *arg);
/* Before ledger_run(): of several machines. It leads in this term, with the store's writer; or it
 * follows, with a reader: then nothing is written, what is polled goes to the leader, and commands
 * go to it, too (forward.h), or are answered by ERR_AGAIN and where it is. The node is told when
 * another one has taken the lead. */
struct node;
struct remote;
struct ledger_among {
    struct node *node;
    struct remote *remote; /* to the others */
    bool leads;
    uint64_t term;
};
void ledger_join(struct ledger *l, const struct ledger_among *among);
/* Before ledger_run(), of one that leads or is alone: up to this event those that the store holds
 * may be told. Where a failover could take back more than that, the watches are told of it once it
 * could not. 0 or as a reading call of store.h. */
int ledger_shown(struct ledger *l, uint64_t *out);
/* Start the thread: 0 or ERR_NOMEM. What was submitted before waits for it. */
int ledger_run(struct ledger *l);

/* A poll's verdicts (owned from here on; may be NULL when the poll failed or the worker died) with
 * what it changed of its source. Waits while the queue is full: back-pressure. Any thread. */
int ledger_submit(struct ledger *l, struct fetched *meta, struct verdicts *verdicts,
                  const char *death);
/* The same of what another machine polled and judged; `death` is owned too. `entry` is told to
 * remote_committed() once it is committed. */
int ledger_submit_entry(struct ledger *l, struct fetched *meta, struct verdicts *verdicts,
                        char *death, const char *entry);
/* The same of what was taken too often and is given up: an event tells of it. */
int ledger_skip_entry(struct ledger *l, struct fetched *meta, const char *entry);
/* Number of the source of pages that people point to, which is in no list. Any thread. */
uint32_t ledger_guest(const struct ledger *l);
/* Of a ledger that follows, on its thread: this source becomes as the store has it, here and in the
 * fetch room, which is told of it even when it is as it was; one that the store has no longer goes.
 * 0, ERR_NOMEM, or as a reading call of store.h: then it is to be done again. */
int ledger_reread_source(struct ledger *l, struct str id);
/* The same of all sources; the fetch room is told of what is new or has changed, and of these n. */
int ledger_reread_sources(struct ledger *l, const char (*told)[SLUG_MAX], size_t n);
/* These rules (held by the ledger then) judged what is submitted from now on: once all that was
 * submitted before is committed, its desk takes their topics and town over, and an event tells of
 * them, unless they are those that the store knows as the last in force. `done` (may be NULL) is
 * called after that commit. Waits as ledger_submit() does. 0, ERR_CLOSED, ERR_NOMEM. Any thread. */
int ledger_rules(struct ledger *l, struct rule_set *rules, ledger_done *done, void *arg);
/* Do a command; strings are copied. Never blocks: 0, or ERR_AGAIN (too many wait), ERR_CLOSED,
 * ERR_NOMEM (done is not called then). Any thread. */
int ledger_command(struct ledger *l, const struct command *command, ledger_done *done, void *arg);
/* Keep a mark (see batch_mark()). As ledger_command(). */
int ledger_mark(struct ledger *l, const struct store_mark *mark, ledger_done *done, void *arg);
/* Count what somebody says of a reply (see batch_survey()). As ledger_command(). */
int ledger_survey(struct ledger *l, uint64_t concern, uint16_t round, bool solved,
                  ledger_done *done, void *arg);
/* Take an item's title, text and link out (see batch_redact()); `seq` is the number of its concern.
 * As ledger_command(). */
int ledger_redact(struct ledger *l, const unsigned char ident[STORE_IDENT], ledger_done *done,
                  void *arg);
/* Take texts out for good (see batch_erase()); of a whole concern the notes of its acts go, too.
 * `seq` is the number of the concern. As ledger_command(). */
int ledger_erase(struct ledger *l, const struct batch_erasure *what, ledger_done *done, void *arg);
/* Ask for a correction, or decide (see batch_correct()). As ledger_command(). */
int ledger_correct(struct ledger *l, const struct batch_correction *what, ledger_done *done,
                   void *arg);
/* Admit the page at this address (see desk_register()): it is fetched with all manners, judged by a
 * worker, and `done` is called with what became of it; `seq` is the number of its concern. A page
 * that was admitted before has its concern again, where it is open: the reason is BATCH_KNOWN then;
 * with the concern's number it is refused where it is not. As ledger_command(). */
int ledger_register(struct ledger *l, struct str url, const struct desk_page *page,
                    ledger_done *done, void *arg);
/* Change an account or token (see batch_access()). As ledger_command(). */
int ledger_access(struct ledger *l, const struct batch_access *access, ledger_done *done,
                  void *arg);
/* Change what all machines go by (see batch_share()); rows are copied. As ledger_command(). */
int ledger_share(struct ledger *l, const struct store_shared *rows, size_t n, ledger_done *done,
                 void *arg);
/* A load of rules, or what a second person says of one (struct reload_order), for the leader; texts
 * that are not there have no p. `pack` is what was read here (rules_pack.h), and `edits` the topics
 * that stand over files in it (topic_edits.h), made of the block of the name `base`. */
struct ledger_load {
    uint8_t verb;
    uint64_t person;
    struct str name, stage, reason, base; /* end with a NUL */
    struct str pack, edits;
};
/* Of a ledger that follows: the leader is to do it. As ledger_command(); the reason of status 0 is
 * what waits for a second person then, or NULL. */
int ledger_load(struct ledger *l, const struct ledger_load *load, ledger_done *done, void *arg);
/* Before ledger_run(), of one that leads: who does what others were asked for; as
 * reload_forwarded(). Called by any thread. */
void ledger_on_load(struct ledger *l,
                    int (*load)(void *arg, const struct ledger_load *load, ledger_done *done,
                                void *done_arg),
                    void *arg);
/* Append a row to the audit trail; `at` is set. As ledger_command(); `done` may be NULL. */
int ledger_trail(struct ledger *l, const struct trail_row *row, ledger_done *done, void *arg);
/* What is asked for with one of these `done` goes into the audit trail when it is done, in the same
 * transaction: sign(), called by the ledger thread, says who asked for what, false: no row. Before
 * ledger_run(). */
struct ledger_signs {
    ledger_done *done;
    void (*sources_done)(void *arg, int status, const char *reason, const int *each, size_t count);
    bool (*sign)(void *arg, struct trail_row *row);
};
void ledger_sign(struct ledger *l, const struct ledger_signs *signs);
/* What an operator does to the sources (law 2 holds: source_refusal() was asked before).
 */
enum ledger_source_act {
    LEDGER_SOURCE_ADD,
    LEDGER_SOURCE_REMOVE, /* one of huiying.yaml is refused: it is taken out there */
    LEDGER_SOURCE_PAUSE,
    LEDGER_SOURCE_RESUME, /* also of a retired or quarantined one */
    LEDGER_SOURCE_POLL    /* as soon as its domain allows */
};

enum { LEDGER_SOURCES_MAX = 1000 };

/* Called once, as ledger_done; each[i] is 0 or the ERR_* of sources[i]: ERR_EXISTS (id or address
 * is there already), ERR_NOTFOUND, ERR_REFUSED, ERR_LIMIT. NULL when status is not 0. */
typedef void ledger_sources_done(void *arg, int status, const char *reason, const int *each,
                                 size_t count);
/* Do act to count sources (at most LEDGER_SOURCES_MAX) in one transaction; ADD copies them whole,
 * the other acts look at their ids only. Never blocks: 0, ERR_AGAIN, ERR_CLOSED, ERR_LIMIT,
 * ERR_NOMEM (done is not called then). Any thread. Under a key the outcome is kept as that of a
 * command is, over a restart too; status is ERR_REUSED when the key was another request's. */
struct ledger_once {
    const char *key;  /* visible ASCII, shorter than STORE_KEY_MAX; NULL: none */
    uint64_t request; /* hash of all of it */
    uint64_t person;  /* whose key it is: see command_person() */
};
int ledger_sources(struct ledger *l, enum ledger_source_act act, const struct source *sources,
                   size_t count, const struct ledger_once *once, ledger_sources_done *done,
                   void *arg);
/* Do what another machine was asked for and sent on (forward.h), with the row that it leaves in the
 * audit trail there; one of the two is called in the end. As ledger_command(), and ERR_CORRUPT;
 * ERR_AGAIN also when it was asked for in another epoch, whose numbers stand for other things. */
int ledger_forwarded(struct ledger *l, struct str epoch, struct str text, ledger_done *done,
                     ledger_sources_done *sources_done, void *arg);
/* What the ledger knows of a source by its number, for status pages; reasons and moves are in the
 * store (store_source()). Any thread. */
struct ledger_source {
    enum store_source_state state;
    bool silent;     /* no feed, or nothing selected, at two polls in a row */
    bool configured; /* of huiying.yaml */
    int failures;    /* bodies in a row on which a worker died */
};
void ledger_source(struct ledger *l, uint32_t source, struct ledger_source *out);
/* Store receivers' cursors, handed over at once. Never blocks: all of them were taken, or none. A
 * commit that fails drops them. Any thread. */
size_t ledger_cursors(struct ledger *l, const struct store_cursor *cursors, size_t n);

/* None of a unit's receivers is heard any more, or one is again (see desk_unit()). What the ledger
 * knows already changes nothing; a failing disk delays it. As ledger_mark(). */
int ledger_line(struct ledger *l, const char *unit, bool offline, uint32_t missed);
/* The bus of a machine that follows has receivers of these units in reach (ids, a blank between
 * two; copied): the watches of the leader's ledger are told of each. As ledger_mark(). */
int ledger_reach(struct ledger *l, struct str names);

/* The daemon is about to stop: a commit that fails from here on is not tried again, so that a full
 * disk cannot hold up the way out. What it held was never accepted. */
void ledger_quit(struct ledger *l);

/* Has another writer taken the store of this one, which is alone? The process got SIGUSR1 then: it
 * is to end, for nothing can be accepted any more, and what it shows grows old. Any thread. */
bool ledger_fenced(const struct ledger *l);
/* Commit what waits, join, free. The store is closed by its opener. Harmless on NULL. */
void ledger_stop(struct ledger *l);

struct ledger_counters {
    uint64_t items, commits, failed_commits, events, commands;
    uint64_t elsewhere; /* matched items that were kept out: of other places than home */
    uint64_t too_old; /* items that were not taken up: they may have been forgotten */
    int stalled; /* ERR_* of the last failing commit; 0: writing */
    uint32_t retired, paused, quarantined, silent; /* sources */
    int calendar_missing; /* year without published holidays, now or within 60 days; 0: none */
};
void ledger_counters(struct ledger *l, struct ledger_counters *out); /* any thread */

#endif
