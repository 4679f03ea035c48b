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
    uint64_t event; /* of the ledger, up to which its concerns are known */
    struct segment *segments; /* as committed, the newest first */
    int count;
    int64_t purged;  /* when expired documents were looked for last */
    bool residue;    /* the WAL may still hold what was dropped */
};

/* search_build.c: what search_follow() does within one transaction of x->db. */

/* Documents read from the store, and their grams. */
struct search_intake {
    bool concerns; /* they are; else items */
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

/* search_concerns.c */
/* As search_read(), of the concerns that events behind *seq tell of; *seq moves on:
 * how many events. */
int search_read_concerns(struct search *x, uint64_t *seq, struct search_intake *in);
/* What a concern with these traits is found by, rising, each once: how many. */
size_t search_concern_grams(const uint32_t traits[static VERDICT_TRAITS],
                            uint64_t grams[static VERDICT_TRAITS]);

/* search_merge.c */
/* Write these segments again as one, without the dead and what has expired, and drop them. */
int search_merge(struct search *x, const struct segment *const *list, size_t n,
                 const struct search_intake *in, int64_t now, int64_t *next_id);

/* search_file.c */
int search_file_run(sqlite3 *db, const char *sql);
/* The first column of the first row. */
int search_file_ask(sqlite3 *db, const char *sql, int64_t *out);
/* Is this our index of this store? 0, ERR_STALE, ERR_CORRUPT, …. Reads how far it has come. */
int search_file_identify(sqlite3 *db, const char *epoch, struct store_tail *tail, uint64_t *event);
/* A copy of a store has its epoch, and numbers of its own, since it leaves out what is forgotten:
 * 0, ERR_STALE, …. */
int search_file_numbers(struct search *x);
/* Open the index at path to be read, all of it of one moment: 0, ERR_NOTFOUND, ERR_IO, …. *db is
 * to be closed, whatever comes back. */
int search_file_read(const char *path, sqlite3 **db);
/* Open x->path for writing; make it, where there is none; remove it, with what stands beside. */
int search_file_connect(struct search *x);
int search_file_make(struct search *x);
int search_file_remove(const char *path);

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
