/* store/sqlite/sqlite.h - what the files of the SQLite backend share. Private to this folder.
 *
 * One read-write connection, the writer, which alone checkpoints; readers open read-only. Every
 * view gathers its rows in one short read transaction and hands them out after it. */
#ifndef HUIYING_STORE_SQLITE_H
#define HUIYING_STORE_SQLITE_H

#include <sqlite3.h>

#include "store/backend.h"
#include "store/sqlite/row.h"

/* Kept statements; their texts are in sqlite.c. */
enum sqlite_sql {
    SQL_BEGIN, SQL_BEGIN_WRITE, SQL_COMMIT, SQL_ROLLBACK,
    SQL_META, SQL_SET_META, SQL_SET_CLEAN,
    SQL_EVENT_ADD, SQL_OUTBOX_ADD, SQL_UNIT_SET, SQL_UNIT_LINE,
    SQL_ARRIVALS_SET, SQL_ARRIVALS_CUT, SQL_EACH_ARRIVALS,
    SQL_SURVEY_SET, SQL_SURVEY, SQL_CORRECTION_SET, SQL_CORRECTIONS,
    SQL_SHARED_SET, SQL_SHARED_CUT, SQL_SHARED, SQL_EACH_SHARED,
    SQL_PUBLICATION_ADD, SQL_PUBLICATION_TEXT, SQL_PUBLICATION_SET, SQL_PUBLICATION_CUT,
    SQL_PUBLICATION_BLANK, SQL_PUBLICATIONS_BLANK, SQL_PUBLICATIONS,
    SQL_NOTE_ADD, SQL_NOTE, SQL_NOTE_BLANK, SQL_PARTY_ADD, SQL_PARTIES_CUT,
    SQL_CONCERN_OLD, SQL_CONCERN_ADD, SQL_CONCERN_SET, SQL_CLOCK_SET, SQL_CLOCKS_CUT,
    SQL_ITEM_ADD, SQL_ITEM_SET, SQL_ITEM_FIND, SQL_ITEM_REDACT,
    SQL_SHORT_ADD, SQL_LONG_ADD, SQL_SHORT_BLANK, SQL_LONG_BLANK,
    SQL_SHORT_HEAD, SQL_LONG_HEAD, SQL_SHORT_CUT, SQL_LONG_CUT,
    SQL_EXPIRED, SQL_ITEM_WORDLESS, SQL_FORGETTABLE, SQL_FORGET, SQL_SWEEP_END, SQL_SWEEP,
    SQL_COMMANDS_CUT,
    SQL_ALIAS_SET, SQL_SEEN_AS,
    SQL_PAGE_SET, SQL_PAGE_CUT, SQL_PAGE, SQL_PAGES_DUE, SQL_NEXT_PAGE,
    SQL_REPLY_SET, SQL_REPLY_CUT, SQL_REPLIES, SQL_REPLIES_DUE, SQL_NEXT_REPLY,
    SQL_ACCOUNT_SET, SQL_ACCOUNT, SQL_EACH_ACCOUNT,
    SQL_TOKEN_SET, SQL_TOKEN_CUT, SQL_TOKENS_CUT, SQL_TOKEN, SQL_EACH_TOKEN,
    SQL_TRAIL_ADD, SQL_TRAIL_AFTER,
    SQL_EACH_TEXT, SQL_EACH_DOUBT, SQL_TEXTS,
    SQL_MARK_SET, SQL_MARK_DROP, SQL_MARKED_REQUEST, SQL_MARKED_KIND, SQL_EACH_MARK,
    SQL_ITEM, SQL_NUMBERED,
    SQL_TOUCH, SQL_TOUCHED_CUT, SQL_TOUCHED_SPAN, SQL_WORDS_AFTER, SQL_WORDS_TOUCHED,
    SQL_ADDED_SET, SQL_ADDED_CUT, SQL_SOURCE_CUT, SQL_EACH_ADDED, SQL_SOURCE,
    SQL_SOURCE_SET, SQL_CURSOR_SET, SQL_COMMAND_SET,
    SQL_SEEN, SQL_UNIT_HEAD, SQL_CURSOR, SQL_COMMAND,
    SQL_EVENTS_AFTER, SQL_OUTBOX_AFTER, SQL_EVENT, SQL_CONCERN_EVENTS,
    SQL_EACH_CONCERN, SQL_EACH_SOURCE, SQL_EACH_UNIT,
    SQL_CONCERN, SQL_CLOCKS, SQL_CONCERN_ITEMS, SQL_MOVE_ALL, SQL_MOVE_ONE, SQL_MEMBERS,
    SQL_COUNT
};

enum { SQLITE_PLANS = 512 }; /* forms of a page of concerns: see sqlite_views.c */

/* The row of meta that every commit rewrites. */
struct sqlite_tally {
    uint64_t head, published, items, concerns, open, overdue, rules, answers[SCOPES],
        reopened[REOPENINGS];
    uint64_t trail; /* its last row */
    unsigned char trail_hash[TRAIL_HASH];
    uint64_t forgotten;       /* items: see sqlite_forget.c */
    int64_t forgotten_before;
    uint64_t forget_at;       /* the last one looked at */
    int64_t forget_round;     /* `before`, when the walk began at the first one */
    int64_t sweep_at;         /* the next alias looked at; INT64_MIN: no sweep is under way */
    uint64_t swept;           /* `forgotten`, when the last one began */
};

struct sqlite {
    struct store base;
    sqlite3 *db;
    sqlite3_stmt *kept[SQL_COUNT];
    sqlite3_stmt *plans[SQLITE_PLANS];
    char *path;
    /* Of the writer only: */
    int lock;                  /* descriptor that holds PATH.lock, or -1 */
    struct sqlite_tally tally; /* as committed */
    bool dirty;                /* has committed since it was opened */
    bool residue;              /* the WAL may still hold words that are dropped */
    int wal_pages;
    struct buf scratch;
    struct buf aliases; /* of the batch: see sqlite_put_aliases() */
};

extern const struct backend sqlite_backend;

/* The kept statement, reset, with a binder on it; NULL (logged) when it cannot be prepared. */
sqlite3_stmt *sqlite_bind(struct sqlite *q, enum sqlite_sql id, struct row_binder *b);
/* Run a bound statement that gives no rows: 0 or ERR_*. */
int sqlite_run(struct sqlite *q, struct row_binder *b);
/* Step a bound statement: 1 with `row` on the next row, 0 at the end (reset then), or ERR_*. */
int sqlite_next(struct sqlite *q, struct row_binder *b, struct row *row);
/* Done with a statement before its end: its read transaction must not stay open. */
void sqlite_done(struct row_binder *b);
/* Run a statement without parameters. */
int sqlite_do(struct sqlite *q, enum sqlite_sql id);
/* ERR_* of the connection's last failure; logs it. */
int sqlite_failure(struct sqlite *q, int rc);

/* sqlite_open.c */
void sqlite_close_store(struct store *s);
int sqlite_open_reader(struct store *writer, struct store **out);

/* sqlite_commit.c */
int sqlite_commit_batch(struct store *s, const struct store_batch *batch,
                        const struct check_heads *heads);
/* End a write transaction as `err` says: commit (tally into meta, then into q) or roll back. */
int sqlite_end_write(struct sqlite *q, const struct sqlite_tally *tally, int err);

/* sqlite_outbox.c */
int sqlite_put_outbox(struct sqlite *q, const struct store_batch *batch,
                      const struct check_heads *heads);
int sqlite_unit_events_after(struct store *s, const char *unit, uint64_t after, struct event *out,
                             size_t max);
/* Seqs in a row: with 20 digits each they still take no overflow page. */
enum { SQLITE_PIECE = 32 };
/* The seqs of a row: how many, 0 when no writer of ours stored it. */
size_t sqlite_read_seqs(struct str text, uint64_t last, uint64_t out[static SQLITE_PIECE]);

/* sqlite_words.c: titles and texts, which must leave no trace once they are dropped. */
/* Store words that are kept for `keep` ms; *place is 0 when both are empty. */
int sqlite_add_words(struct sqlite *q, struct str title, struct str text, int64_t keep,
                     int64_t *place);
int sqlite_blank_words(struct sqlite *q, int64_t place);
int sqlite_expire_words(struct store *s, int64_t now, size_t max);
bool sqlite_residue(const struct store *s);

/* The dropped words leave the WAL, unless a reader is in the way: then a later call does it. */
void sqlite_cut_wal(struct sqlite *q);

/* sqlite_arrivals.c */
int sqlite_put_arrivals(struct sqlite *q, const struct store_batch *batch);
int sqlite_each_arrivals(struct store *s, int (*each)(void *arg, const struct burst_row *row),
                         void *arg);

/* sqlite_notes.c */
int sqlite_put_note(struct sqlite *q, const struct store_note *note);
/* sqlite_members.c */
int sqlite_put_move(struct sqlite *q, const struct store_move *move);
int sqlite_each_member(struct store *s, uint64_t concern,
                       int (*each)(void *arg, const struct store_item *item), void *arg);
int sqlite_note(struct store *s, uint64_t seq, struct buf *out);
int sqlite_drop_note(struct store *s, uint64_t seq);

/* sqlite_corrections.c */
int sqlite_put_correction(struct sqlite *q, const struct store_correction *row);
int sqlite_corrections(struct store *s, const struct store_correction *from, size_t limit,
                       int (*each)(void *arg, const struct store_correction *row), void *arg);

/* sqlite_shared.c */
int sqlite_put_shared(struct sqlite *q, const struct store_shared *row);
int sqlite_each_shared(struct store *s, const struct store_shared *which,
                       int (*each)(void *arg, const struct store_shared *row), void *arg);

/* sqlite_surveys.c */
int sqlite_put_survey(struct sqlite *q, const struct store_survey *survey);
int sqlite_survey(struct store *s, uint64_t concern, uint16_t round, struct store_survey *out);

/* sqlite_publications.c */
int sqlite_put_publication(struct sqlite *q, const struct store_publication *p);
int sqlite_publications(struct store *s, uint64_t concern,
                        int (*each)(void *arg, const struct store_publication *p), void *arg);

/* sqlite_replies.c */
int sqlite_put_reply(struct sqlite *q, const struct store_reply *reply);
int sqlite_replies_due(struct store *s, int64_t now, size_t max,
                       int (*each)(void *arg, const struct store_reply *reply), void *arg);
int sqlite_replies(struct store *s, uint64_t concern,
                   int (*each)(void *arg, const struct store_reply *reply), void *arg);
int sqlite_next_reply(struct store *s, uint64_t *out);

/* sqlite_accounts.c */
int sqlite_put_accounts(struct sqlite *q, const struct store_batch *batch);
int sqlite_account(struct store *s, const char *name, struct account *out);
int sqlite_token(struct store *s, const unsigned char *hash, struct account_token *out);
int sqlite_each_account(struct store *s, int (*each)(void *arg, const struct account *a),
                        void *arg);
int sqlite_each_token(struct store *s, int (*each)(void *arg, const struct account_token *t),
                      void *arg);

/* sqlite_trail.c */
int sqlite_put_trail(struct sqlite *q, const struct store_batch *batch,
                     struct sqlite_tally *tally);
void sqlite_read_trail(struct row *row, struct trail_row *out);
int sqlite_trail_after(struct store *s, uint64_t after, size_t max,
                       int (*each)(void *arg, const struct trail_row *row), void *arg);
int sqlite_trail_head(struct store *s, uint64_t *seq, unsigned char *hash);

/* sqlite_sources.c */
int sqlite_put_source(struct sqlite *q, const struct store_source *src);
int sqlite_put_added(struct sqlite *q, const struct source *source);
int sqlite_cut_source(struct sqlite *q, struct str id);
int sqlite_each_source(struct store *s, int (*each)(void *arg, const struct store_source *src),
                       void *arg);
int sqlite_each_added(struct store *s, int (*each)(void *arg, const struct source *source),
                      void *arg);
int sqlite_source(struct store *s, struct str id,
                  int (*each)(void *arg, const struct store_source *src), void *arg);

/* sqlite_items.c */
int sqlite_put_item(struct sqlite *q, const struct store_item *item, struct sqlite_tally *tally);
/* What the items of this batch are known by, after all of them. */
int sqlite_put_aliases(struct sqlite *q);
int sqlite_put_alias(struct sqlite *q, const struct store_alias *alias);
int sqlite_blank_item(struct sqlite *q, const unsigned char *ident);
int sqlite_redact_item(struct sqlite *q, const unsigned char *ident);
int sqlite_put_page(struct sqlite *q, const struct store_page *page);
int sqlite_seen(struct store *s, const unsigned char (*idents)[STORE_IDENT], size_t n,
                struct store_seen *out);
int sqlite_seen_as(struct store *s, const uint64_t (*aliases)[2], size_t n,
                   struct store_seen *out);
int sqlite_pages_due(struct store *s, int64_t now, size_t max,
                     int (*each)(void *arg, const struct store_page *page), void *arg);
int sqlite_page(struct store *s, const unsigned char *ident,
                int (*each)(void *arg, const struct store_page *page), void *arg);
int sqlite_next_page(struct store *s, uint64_t *out);

/* sqlite_whole.c */
int sqlite_each_alias(struct store *s, int (*each)(void *arg, const struct store_alias *alias),
                      void *arg);
int sqlite_each_cursor(struct store *s, int (*each)(void *arg, const struct store_cursor *cursor),
                       void *arg);
int sqlite_each_command(struct store *s,
                        int (*each)(void *arg, const struct store_command *command), void *arg);
int sqlite_adopt(struct store *s, const struct store *other);

/* sqlite_forget.c */
int sqlite_forget(struct store *s, int64_t before, int64_t older, size_t max);

/* sqlite_tail.c */
/* The words of a stored item are no longer what they were. */
int sqlite_touch(struct sqlite *q, int64_t item);
int sqlite_forget_touched(struct sqlite *q);
int sqlite_words_after(struct store *s, struct store_tail *tail, size_t max,
                       int (*each)(void *arg, const struct store_words *words), void *arg);
/* sqlite_texts.c */
int sqlite_each_text(struct store *s, struct store_place *place, size_t max,
                     int (*each)(void *arg, const struct store_item *item), void *arg);
int sqlite_each_doubt(struct store *s, size_t max,
                      int (*each)(void *arg, const struct store_item *item), void *arg);
int sqlite_texts(struct store *s, uint64_t *out);

/* sqlite_marks.c */
int sqlite_put_mark(struct sqlite *q, const struct store_mark *mark);
int sqlite_each_mark(struct store *s, const struct store_mark *from, size_t limit,
                     int (*each)(void *arg, const struct store_mark *mark), void *arg);

/* sqlite_read.c */
int sqlite_read_tally(struct sqlite *q, struct sqlite_tally *out);
int sqlite_head(struct store *s, uint64_t *out);
int sqlite_unit_head(struct store *s, const char *unit, uint64_t *out);
int sqlite_published(struct store *s, uint64_t *out);
int sqlite_rules(struct store *s, uint64_t *out);
int sqlite_cursor(struct store *s, const char *unit, const char *receiver, uint64_t *out);
int sqlite_events_after(struct store *s, uint64_t after, struct event *out, size_t max);
int sqlite_command(struct store *s, const char *key, struct store_command *out);
int sqlite_each_unit(struct store *s,
                     int (*each)(void *arg, const char *unit, uint64_t head, bool offline),
                     void *arg);
int sqlite_counts(struct store *s, struct store_counts *out);

/* sqlite_views.c */
int sqlite_concerns_of(struct store *s, const uint64_t *ids, size_t n,
                       int (*each)(void *arg, const struct concern *c), void *arg);
int sqlite_each_concern(struct store *s, int64_t since,
                        int (*each)(void *arg, const struct concern *c), void *arg);
int sqlite_concerns(struct store *s, const struct backend_query *query,
                    int (*each)(void *arg, const struct concern *c), void *arg);
int sqlite_concern(struct store *s, uint64_t id, struct concern *out);
int sqlite_concern_items(struct store *s, uint64_t concern, size_t limit,
                         int (*each)(void *arg, const struct store_item *item), void *arg);
int sqlite_item(struct store *s, const unsigned char *ident,
                int (*each)(void *arg, const struct store_item *item), void *arg);
int sqlite_numbered(struct store *s, uint64_t number,
                    int (*each)(void *arg, const struct store_item *item), void *arg);
/* The clocks of a concern that was read, onto it. */
int sqlite_read_clocks(struct sqlite *q, struct concern *c);
/* The statement of a page, bound: 0 or ERR_IO. */
int sqlite_bind_page(struct sqlite *q, const struct backend_query *query, struct row_binder *b);
/* Read a row of SQLITE_ITEM; strings go to the arena. */
void sqlite_read_item(struct row *row, struct arena *arena, struct store_item *item);
int sqlite_concern_events(struct store *s, uint64_t concern,
                          int (*each)(void *arg, const struct event *e), void *arg);
/* sqlite_page.c */
/* The SQL of a page, and its number below SQLITE_PLANS. One of several units that is not as
 * sqlite_units_page() has it walks the order, and looks at each row's units. */
unsigned sqlite_page_sql(const struct backend_query *query, struct buf *sql);
/* Is there an index of what each unit has, in the order of the page? */
bool sqlite_page_by_unit(const struct backend_query *query);

/* sqlite_units.c */
/* A page of several units, for which sqlite_page_by_unit() holds. */
int sqlite_units_page(struct sqlite *q, const struct backend_query *query,
                      int (*each)(void *arg, const struct concern *c), void *arg);

#endif
