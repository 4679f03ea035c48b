/* store/memory/memory.h - the memory twin: the promises of store.h without a file, for tests. Plain
 * arrays and scans, so that it is easily seen to be right. Private to this folder. */
#ifndef HUIYING_STORE_MEMORY_H
#define HUIYING_STORE_MEMORY_H

#include <pthread.h>

#include "base/arena.h"
#include "store/backend.h"

struct memory_item {
    struct store_item item; /* strings point into block */
    char *block;
    bool gone; /* forgotten: its place stays */
};

struct memory_source {
    struct store_source source;
    char *block;
};

struct memory_note {
    uint64_t seq;
    struct buf text; /* empty: dropped */
};

struct memory_publication {
    struct store_publication p; /* without text */
    struct buf text;            /* empty: dropped */
};

struct memory_alias {
    uint64_t alias;
    size_t item;
};

/* Shared by the writer and its readers, under the lock. */
struct memory_state {
    pthread_mutex_t lock;
    int handles;
    struct memory_item *items; /* in the order they were first stored */
    size_t nitems;
    size_t *by_ident; /* indexes into items, sorted by ident */
    struct event *events;
    size_t nevents;
    struct concern *concerns; /* sorted by id */
    size_t nconcerns;
    struct memory_source *sources; /* sorted by id */
    size_t nsources;
    struct check_head *units; /* sorted by unit */
    size_t nunits;
    struct store_cursor *cursors;
    size_t ncursors;
    struct store_command *commands;
    size_t ncommands;
    struct memory_alias *aliases;
    size_t naliases;
    struct store_page *pages; /* without what comes from their items */
    size_t npages;
    struct store_reply *replies;
    size_t nreplies;
    struct account *accounts; /* sorted by name */
    size_t naccounts;
    struct account_token *tokens;
    size_t ntokens;
    struct trail_row *trail;
    size_t ntrail;
    struct source **added; /* sorted by id; a block each */
    size_t nadded;
    struct store_mark *marks; /* sorted by ident, then aspect; without what comes from items */
    size_t nmarks;
    struct memory_note *notes; /* sorted by seq */
    size_t nnotes;
    struct memory_publication *publications; /* by rising seq */
    size_t npublications;
    struct store_survey *surveys;
    size_t nsurveys;
    struct store_correction *corrections; /* in order */
    size_t ncorrections;
    struct store_shared *shared; /* by kind, then name; values are blocks */
    size_t nshared;
    struct burst_row *arrivals; /* by step, then topic */
    size_t narrivals;
    uint64_t rules, published;
    uint64_t forgotten, forget_at;     /* so many; number of the last one looked at */
    int64_t forgotten_before, forget_round;
    uint64_t *touched; /* numbers of items whose words changed */
    size_t ntouched, touched_before; /* kept; forgotten before them */
};

struct memory {
    struct store base;
    struct memory_state *state;
};

extern const struct backend memory_backend;

/* The state of a handle, locked; memory_unlock() it. */
struct memory_state *memory_lock(struct store *s);
void memory_unlock(struct memory_state *state);

/* Place of an ident in by_ident, and whether it is there. */
size_t memory_find_item(const struct memory_state *m, const unsigned char *ident, bool *there);
void memory_seen(const struct store_item *item, struct store_seen *out);
size_t memory_find_concern(const struct memory_state *m, uint64_t id, bool *there);
size_t memory_find_unit(const struct memory_state *m, const char *unit, bool *there);

/* memory_apply.c */
int memory_commit(struct store *s, const struct store_batch *batch,
                  const struct check_heads *heads);
bool memory_residue(const struct store *s);
int memory_expire(struct store *s, int64_t now, size_t max);
/* Title and text, and the sketch of an item of no concern. */
void memory_drop_words(struct store_item *item);

/* memory_forget.c */
int memory_forget(struct store *s, int64_t before, int64_t older, size_t max);

/* memory_texts.c */
int memory_each_text(struct store *s, struct store_place *place, size_t max,
                     int (*each)(void *arg, const struct store_item *item), void *arg);
int memory_each_doubt(struct store *s, size_t max,
                      int (*each)(void *arg, const struct store_item *item), void *arg);
int memory_texts(struct store *s, uint64_t *out);

/* memory_views.c */
/* Its strings go to the arena. */
void memory_copy_item(struct store_item *to, const struct store_item *from, struct arena *arena);
int memory_each_concern(struct store *s, int64_t since,
                        int (*each)(void *arg, const struct concern *c), void *arg);
int memory_each_unit(struct store *s,
                     int (*each)(void *arg, const char *unit, uint64_t head, bool offline),
                     void *arg);
int memory_concerns(struct store *s, const struct backend_query *q,
                    int (*each)(void *arg, const struct concern *c), void *arg);
int memory_concern(struct store *s, uint64_t id, struct concern *out);
int memory_concern_items(struct store *s, uint64_t concern, size_t limit,
                         int (*each)(void *arg, const struct store_item *item), void *arg);
int memory_concern_events(struct store *s, uint64_t concern,
                          int (*each)(void *arg, const struct event *e), void *arg);
int memory_counts(struct store *s, struct store_counts *out);

int memory_item(struct store *s, const unsigned char *ident,
                int (*each)(void *arg, const struct store_item *item), void *arg);

/* memory_members.c */
/* The concern's items, by a qsort() order of pointers to them; free() it. NULL without memory. The
 * state is locked. */
const struct memory_item **memory_members(const struct memory_state *m, uint64_t concern,
                                          int (*order)(const void *a, const void *b), size_t *n);
void memory_apply_move(struct memory_state *m, const struct store_move *move);
int memory_each_member(struct store *s, uint64_t concern,
                       int (*each)(void *arg, const struct store_item *item), void *arg);

/* memory_tail.c */
/* Room for it was made. */
void memory_touch(struct memory_state *m, size_t item);
void memory_forget_touched(struct memory_state *m);
int memory_numbered(struct store *s, uint64_t number,
                    int (*each)(void *arg, const struct store_item *item), void *arg);
int memory_words_after(struct store *s, struct store_tail *tail, size_t max,
                       int (*each)(void *arg, const struct store_words *words), void *arg);

/* memory_notes.c */
/* Copies of the batch's notes, NULL without memory, and what becomes of them. Room was made. */
struct memory_note *memory_stage_notes(const struct store_batch *b);
void memory_unstage_notes(struct memory_note *staged, size_t n);
void memory_apply_notes(struct memory_state *m, struct memory_note *staged, size_t n);
int memory_note(struct store *s, uint64_t seq, struct buf *out);
int memory_drop_note(struct store *s, uint64_t seq);

/* memory_publications.c: the same of published replies. */
struct memory_publication *memory_stage_publications(const struct store_batch *b);
void memory_unstage_publications(struct memory_publication *staged, size_t n);
void memory_apply_publications(struct memory_state *m, struct memory_publication *staged,
                               size_t n);
int memory_publications(struct store *s, uint64_t concern,
                        int (*each)(void *arg, const struct store_publication *p), void *arg);

/* memory_corrections.c */
void memory_apply_correction(struct memory_state *m, const struct store_correction *row);
int memory_corrections(struct store *s, const struct store_correction *from, size_t limit,
                       int (*each)(void *arg, const struct store_correction *row), void *arg);

/* memory_shared.c: as memory_notes.c of what all machines go by. */
struct store_shared *memory_stage_shared(const struct store_batch *b);
void memory_unstage_shared(struct store_shared *staged, size_t n);
void memory_apply_shared(struct memory_state *m, struct store_shared *staged, size_t n);
int memory_each_shared(struct store *s, const struct store_shared *which,
                       int (*each)(void *arg, const struct store_shared *row), void *arg);

/* memory_surveys.c */
/* Room for it was made. */
void memory_apply_survey(struct memory_state *m, const struct store_survey *survey);
int memory_survey(struct store *s, uint64_t concern, uint16_t round, struct store_survey *out);

/* memory_arrivals.c */
/* Room for it was made. */
void memory_apply_arrivals(struct memory_state *m, const struct store_batch *b);
int memory_each_arrivals(struct store *s, int (*each)(void *arg, const struct burst_row *row),
                         void *arg);
/* memory_replies.c */
/* Room for it was made. */
void memory_apply_reply(struct memory_state *m, const struct store_reply *reply);
int memory_replies_due(struct store *s, int64_t now, size_t max,
                       int (*each)(void *arg, const struct store_reply *reply), void *arg);
int memory_replies(struct store *s, uint64_t concern,
                   int (*each)(void *arg, const struct store_reply *reply), void *arg);
int memory_next_reply(struct store *s, uint64_t *out);

/* memory_accounts.c */
/* Room for them was made. */
void memory_apply_accounts(struct memory_state *m, const struct store_batch *b);
int memory_account(struct store *s, const char *name, struct account *out);
int memory_token(struct store *s, const unsigned char *hash, struct account_token *out);
int memory_each_account(struct store *s, int (*each)(void *arg, const struct account *a),
                        void *arg);
int memory_each_token(struct store *s, int (*each)(void *arg, const struct account_token *t),
                      void *arg);

/* memory_trail.c */
/* Room for it was made. */
void memory_apply_trail(struct memory_state *m, const struct store_batch *b);
int memory_trail_after(struct store *s, uint64_t after, size_t max,
                       int (*each)(void *arg, const struct trail_row *row), void *arg);
int memory_trail_head(struct store *s, uint64_t *seq, unsigned char *hash);

/* memory_whole.c */
int memory_each_alias(struct store *s, int (*each)(void *arg, const struct store_alias *alias),
                      void *arg);
int memory_each_cursor(struct store *s, int (*each)(void *arg, const struct store_cursor *cursor),
                       void *arg);
int memory_each_command(struct store *s,
                        int (*each)(void *arg, const struct store_command *command), void *arg);
int memory_adopt(struct store *s, const struct store *other);

/* memory_marks.c */
/* Room for it was made. */
void memory_apply_mark(struct memory_state *m, const struct store_mark *mark);
int memory_each_mark(struct store *s, const struct store_mark *from, size_t limit,
                     int (*each)(void *arg, const struct store_mark *mark), void *arg);

/* memory_sources.c */
/* Copies of `adds`, and room for all that the batch holds: 0 or ERR_NOMEM. */
int memory_stage_sources(struct memory_state *m, const struct store_batch *b,
                         struct source ***staged);
void memory_unstage_sources(struct source **staged, size_t n);
/* Cannot fail; what it takes out of staged is NULL then. */
void memory_apply_sources(struct memory_state *m, const struct store_batch *b,
                          struct source **staged);
size_t memory_find_source(const struct memory_state *m, struct str id, bool *there);
void memory_apply_source(struct memory_state *m, struct memory_source *from);
void memory_apply_alias(struct memory_state *m, const struct store_alias *alias);
void memory_apply_aliases(struct memory_state *m, const struct store_item *item, size_t at);
int memory_seen_as(struct store *s, const uint64_t (*aliases)[2], size_t n,
                   struct store_seen *out);
int memory_each_source(struct store *s, int (*each)(void *arg, const struct store_source *src),
                       void *arg);
int memory_each_added(struct store *s, int (*each)(void *arg, const struct source *source),
                      void *arg);
int memory_source(struct store *s, struct str id,
                  int (*each)(void *arg, const struct store_source *src), void *arg);
int memory_pages_due(struct store *s, int64_t now, size_t max,
                     int (*each)(void *arg, const struct store_page *page), void *arg);
int memory_page(struct store *s, const unsigned char *ident,
                int (*each)(void *arg, const struct store_page *page), void *arg);
int memory_next_page(struct store *s, uint64_t *out);

#endif
