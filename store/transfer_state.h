/* store/transfer_state.h - what the files of a transfer share. Private to them. */
#ifndef HUIYING_STORE_TRANSFER_STATE_H
#define HUIYING_STORE_TRANSFER_STATE_H

#include "base/arena.h"
#include "store/transfer.h"

struct transfer {
    struct store *from, *to; /* to: NULL when they are only read */
    struct transfer_census *census;
    const struct transfer_watch *watch;
    size_t done, total;
    struct arena *arena; /* of what the rows point to, until they are committed */
    struct buf rows;     /* of one kind, for the next batch */
    struct buf bytes;    /* scratch */
};

struct transfer_row_kind {
    const char *name;
    size_t size; /* of a row in t->rows; 0: none are written */
    int (*walk)(struct transfer *t);
    int (*fill)(struct transfer *t, struct store_batch *b, size_t n);
};

/* What is written of TRANSFER_META. */
struct transfer_numbers {
    uint64_t rules, published;
    int64_t forgotten_before;
};

/* transfer_events.c */
int transfer_events_meta(struct transfer *t);
int transfer_events_fill_meta(struct transfer *t, struct store_batch *b, size_t n);
int transfer_events_walk(struct transfer *t);
int transfer_events_fill(struct transfer *t, struct store_batch *b, size_t n); /* notes too */
int transfer_events_none(struct transfer *t); /* of notes: they go with their events */
int transfer_events_outbox(struct transfer *t);

/* transfer_access.c */
int transfer_access_accounts(struct transfer *t);
int transfer_access_fill_accounts(struct transfer *t, struct store_batch *b, size_t n);
int transfer_access_tokens(struct transfer *t);
int transfer_access_fill_tokens(struct transfer *t, struct store_batch *b, size_t n);
int transfer_access_trail(struct transfer *t);
int transfer_access_fill_trail(struct transfer *t, struct store_batch *b, size_t n);
int transfer_access_shared(struct transfer *t);

/* transfer_texts.c */
int transfer_texts_publications(struct transfer *t);
int transfer_texts_fill_publications(struct transfer *t, struct store_batch *b, size_t n);
int transfer_texts_surveys(struct transfer *t);
int transfer_texts_fill_surveys(struct transfer *t, struct store_batch *b, size_t n);
int transfer_texts_corrections(struct transfer *t);
int transfer_texts_fill_corrections(struct transfer *t, struct store_batch *b, size_t n);

extern const struct transfer_row_kind transfer_kinds[TRANSFER_KINDS];

/* Count a row by what stands in t->bytes, and empty that: 0 or ERR_NOMEM. */
int transfer_count(struct transfer *t, enum transfer_kind kind);
/* Put a row of this kind off for the next batch; it is written when there are enough. */
int transfer_put(struct transfer *t, enum transfer_kind kind, const void *row);
/* A copy that lasts until then; *err is set without memory. */
struct str transfer_str(struct transfer *t, struct str s, int *err);

#endif
