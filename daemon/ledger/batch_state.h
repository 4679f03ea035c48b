/* daemon/ledger/batch_state.h - inside of a batch, for its own files only. */
#ifndef HUIYING_DAEMON_BATCH_STATE_H
#define HUIYING_DAEMON_BATCH_STATE_H

#include "base/arena.h"
#include "daemon/ledger/batch.h"
#include "feeds/fetch/guard.h"

/* A source that this batch has to do with, as it will be after the commit. */
struct batch_touched {
    uint32_t source;
    bool write;                 /* its row is to be written */
    bool becomes;               /* paused, retired, quarantined, silent or none of them */
    struct source_entry entry;
    const struct fetched *body; /* the last one: its validators are kept */
    const char *death;          /* reason of the last death since then */
    const char *reason;
    int64_t at;                 /* of that death */
    struct str moved_from, moved_to;
};

/* A table of indexes + 1, open addressing; 0 empty. */
struct batch_slots {
    uint32_t *list;
    size_t size; /* power of two */
};

struct batch {
    struct batch_conf conf;
    struct guard *guard; /* of addresses that people name */
    struct arena *arena;
    struct desk *desk;
    int64_t now;
    uint64_t head_before;
    uint64_t rules_new;    /* version in force from now on; 0: unchanged */
    uint64_t rules_judged; /* version that made the verdicts that are being added */
    struct changes changes;
    struct store_item *items;
    struct batch_slots by_ident, by_alias; /* items of this batch: two polls of one may wait */
    struct batch_touched *touched;
    struct batch_slots by_source;
    struct store_page *pages;
    unsigned char (*blanks)[STORE_IDENT], (*redacts)[STORE_IDENT];
    struct store_source *rows;
    const struct source **adds;
    uint64_t (*add_keys)[2]; /* hashes of id and address of each of adds */
    struct str *removes;
    struct store_cursor *cursors;
    struct store_command *commands;
    struct store_mark *marks;
    struct store_note *notes;
    struct store_move *moves;
    struct account *accounts;
    struct account_token *tokens;
    struct trail_row *trail;
    size_t nitems, ntouched, npages, nblanks, nredacts, nadds, nremoves, ncursors, ncommands;
    size_t marks_room; /* grows beyond what batch_begin() was told by batch_state_dismissed() */
    size_t nmarks, nmoves, naccounts, ntokens, ntrail, elsewhere, too_old;
    bool repeated; /* see batch_repeated() */
    int64_t forgotten_before; /* outlives the batch: see batch_forgotten() */
    struct buf deeds; /* struct batch_deed */
    struct buf replies; /* struct store_reply */
    struct buf surveys; /* struct store_survey */
    struct buf corrections; /* struct store_correction */
    struct buf shared;      /* struct store_shared */
    int64_t surveyed_hour; /* outlives the batch: so many were answered in this hour */
    uint32_t surveyed;
};

/* A list of items on its way in. */
struct batch_list {
    const struct source *source;
    const struct verdicts *verdicts;
    int64_t at;
    bool first;
    unsigned char (*idents)[STORE_IDENT];
    uint64_t (*aliases)[2];
    struct store_seen *seen;
    const uint8_t *ranks;
    size_t *order;
    size_t next; /* place in order */
};

/* The entry of a source in this batch, made from the table at its first touch. */
struct batch_touched *batch_state_touch(struct batch *b, uint32_t source);
/* Room for one more deed of this kind, or NULL. */
struct batch_deed *batch_state_deed(struct batch *b, enum batch_deed_kind kind, uint32_t source);
/* An event of a source: 0 or ERR_NOMEM. */
int batch_state_event(struct batch *b, uint32_t source, enum event_type type);

/* batch_items.c */
/* A list of items, looked up: 0 or ERR_*. `first`: a baseline; ranks as for batch_poll_open(). */
int batch_items_open(struct batch *b, const struct fetched *meta, bool first,
                     const struct verdicts *v, const uint8_t *ranks, struct batch_list *out);
/* Its items down to this rank, the highest first: 0 or ERR_*; *fresh counts those that are new. */
int batch_items_add(struct batch *b, struct batch_list *list, int rank, uint32_t *fresh);
/* The ident of an item of this source. */
void batch_items_ident(const struct store *store, const char *source, struct str identity,
                       unsigned char out[static STORE_IDENT]);
/* The item of this ident in this batch, or NULL. */
struct store_item *batch_items_find(struct batch *b, const unsigned char ident[STORE_IDENT]);
/* A zeroed item of this ident, which is not in this batch. */
struct store_item *batch_items_new(struct batch *b, const unsigned char ident[STORE_IDENT]);
/* The same of one that is stored: what somebody corrected of it is filled in. 0 or ERR_*. */
int batch_items_again(struct batch *b, const unsigned char ident[STORE_IDENT],
                      struct store_item **out);
/* A verdict as it is handled: with what was corrected of its item. */
struct verdict batch_items_told(const struct store_item *item, const struct verdict *v);
/* What a verdict says into a stored item, but for what was corrected. */
void batch_items_fill(const struct batch *b, const struct verdict *v, struct store_item *item);
/* Where the desk is told that an item of this source comes from. */
struct desk_origin batch_items_origin(const struct batch *b, const struct source *s, bool history);

/* batch_access.c */
int batch_access_begin(struct batch *b, const struct batch_bounds *bounds);
/* Into the transaction; is there anything? */
bool batch_access_finish(const struct batch *b, struct store_batch *out);

/* The second alias of an item with this link, as identity_link() has it. */
uint64_t batch_items_link_alias(const struct batch *b, const char *source, struct str link);

/* batch_replies.c */
/* Can others than this machine or its network open it, as far as it tells itself? */
bool batch_replies_public(const struct batch *b, struct str url);
/* The titles of the pages of a concern's replies are kept no more: 0 or ERR_*. */
int batch_replies_untitle(struct batch *b, uint64_t concern);

/* batch_marks.c */
/* What this batch corrects of an item, into it. */
void batch_marks_apply(const struct batch *b, struct store_item *item);

/* batch_dismissed.c: EVENT_DISMISSED; its concern's items get marks: 0 or ERR_*. */
int batch_state_dismissed(struct batch *b, const struct event *e);
/* EVENT_REOPENED: they are taken back, but for what a person has said since then. */
int batch_state_reopened(struct batch *b, const struct event *e);

/* batch_regroup.c */
/* Look up what a command names of items: 0, *found NULL when it names none, or ERR_*. Nothing that
 * is stored may wait in this batch. */
int batch_regroup_find(struct batch *b, const struct command *c,
                       const struct command_found **found);
/* It was done, and this is its first event: the items follow. */
void batch_regroup_done(struct batch *b, const struct command *c, const struct event *first);
/* batch_once.c */
/* What is kept under this name, in the store or in this very batch: 0 and *out; ERR_NOTFOUND: it
 * was not done; else nobody knows. */
int batch_state_done(struct batch *b, const char *name, struct store_command *out);
/* The same of a command that has a key: its *status, 0 or ERR_REUSED, and *seq. ERR_NOTFOUND:
 * *keep, once it is done, is what to keep it by. */
int batch_state_command_done(struct batch *b, const struct command *c, struct store_command *keep,
                             int *status, uint64_t *seq);

/* batch.c */
/* The desk knows the concern if the store does: 0 or ERR_*. */
int batch_state_recall(struct batch *b, uint64_t concern);

/* batch_pages.c */
/* Ask for the page of a new or edited item where its source has such. */
void batch_pages_want(struct batch *b, const struct source *s, const struct store_item *item,
                      bool first, bool history);
/* Read the page of an item again whose words are these, in case it is gone. */
void batch_pages_watch(struct batch *b, const struct store_item *item, uint64_t content);

/* batch_next.c */
/* A page of a list is no longer on its way: if it is owed still, the next poll asks for it. */
void batch_next_answered(struct batch *b, const struct fetched *meta);
/* One of a source that is read, its own address included, came or failed. */
void batch_next_came(struct batch *b, const struct fetched *meta, bool first,
                     const struct verdicts *v, const char *death);
/* Ask for the page after this one where it may hold something unread; `fresh`: items that were new
 * on this one. 0 or ERR_NOMEM. */
int batch_next_want(struct batch *b, const struct fetched *meta, const struct verdicts *v,
                    bool first, uint32_t fresh);

/* batch_texts.c */
/* What became of texts of replies, one for each of changes.texts; NULL without memory. */
const struct store_publication *batch_texts_list(struct batch *b);
/* What those promise that were published here is followed: 0 or ERR_*. */
int batch_texts_promise(struct batch *b);

/* batch_sources.c */
/* What a poll of its own address means for the source itself: 0 or ERR_NOMEM. */
int batch_sources_polled(struct batch *b, const struct fetched *meta, const struct verdicts *v,
                         const char *death, uint32_t fresh);
/* It turned out to be the page of one or two people. */
int batch_sources_quarantine(struct batch *b, uint32_t source);
/* The rows of touched sources. */
size_t batch_sources_rows(struct batch *b);

#endif
