/* store/search/search_state.h - inside of the index, for its own files only. */
#ifndef HUIYING_STORE_SEARCH_STATE_H
#define HUIYING_STORE_SEARCH_STATE_H

#include "classifiers/text/fold.h"
#include "store/search/grams.h"
#include "store/search/search.h"
#include "store/search/segment.h"

struct search {
    char *path;
    struct store *store;
    sqlite3 *db;
    struct store_tail tail;
    struct segment *segments; /* as committed, the newest first */
    int count;
    int64_t purged;  /* when expired documents were looked for last */
    bool residue;    /* the WAL may still hold what was dropped */
};

/* search_build.c: what search_follow() does within one transaction of x->db. */

/* Documents read from the store, and their grams. */
struct search_intake {
    struct grams grams;
    struct segment_doc *docs; /* in the order they were read; expires 0: no words */
    size_t n;
    uint64_t *dead; /* numbers of those that the index may hold already, sorted */
    size_t ndead;
};
/* Read from the store: how many items, or negative err. *tail moves on. */
int search_read(struct search *x, struct store_tail *tail, struct search_intake *in);
void search_intake_free(struct search_intake *in);
/* New segments of what was read. */
int search_add(struct search *x, struct search_intake *in, int64_t now, int64_t *next_id);

/* search_merge.c */
/* Write these segments again as one, without the dead and what has expired, and drop them. */
int search_merge(struct search *x, const struct segment *const *list, size_t n,
                 const struct search_intake *in, int64_t now, int64_t *next_id);

/* Is this our index of this store? 0, ERR_STALE, ERR_CORRUPT, …. Reads *tail. */
int search_identify(sqlite3 *db, const char *epoch, struct store_tail *tail);

/* search_words.c */
enum { SEARCH_WORDS = 8, SEARCH_WORD = 64, SEARCH_HITS = 64 };
struct search_words {
    struct {
        uint32_t cp[SEARCH_WORD];
        size_t n;
    } list[SEARCH_WORDS];
    size_t n;
    struct grams grams; /* of them all */
};
/* Where they stand in an item, at most SEARCH_HITS places: how many, 0 when one of them is
 * missing, or ERR_NOMEM. */
int search_words_match(const struct search_words *w, const struct store_item *item,
                       struct search_hit *hits);

#endif
