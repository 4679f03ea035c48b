/* store/search/segment.h - a piece of the search index: some documents, and which of them hold each
 * gram, in a table of its own that is written once, in order, and dropped whole. Private to this
 * folder.
 *
 * SQLite's secure_delete zeroes deleted cells, but not the copies that moved cells left in pages
 * (see sqlite_words.c); of a dropped table it zeroes every page. So no row of a segment is ever
 * changed or deleted: a document goes by writing the others again.
 *
 * A row holds a block of grams, rising, each with the documents that hold it:
 *   u32 checksum of the rest; per gram varints: gram less the one before, how many documents,
 *   bytes that follow, and of each document its place in the segment less the one before. */
#ifndef HUIYING_STORE_SEGMENT_H
#define HUIYING_STORE_SEGMENT_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/buf.h"

enum { SEGMENT_LEVELS = 4 }; /* the last one is never merged */

/* What its documents are: those of a segment expire at about one time. */
enum segment_kind {
    SEGMENT_LASTING, /* items that are kept for long; */
    SEGMENT_BRIEF,   /* … for a short time; */
    SEGMENT_CONCERNS, /* concerns, by the hashes of what they are about */
    SEGMENT_KINDS
};

struct segment {
    int64_t id;
    enum segment_kind kind;
    uint32_t count;       /* documents */
    uint64_t first, last; /* their numbers */
    int64_t soonest;      /* when the first of them expires, ms */
};

struct segment_doc {
    uint64_t number;
    int64_t expires;
};

/* By how many documents it has: 0 to SEGMENT_LEVELS - 1. */
int segment_level(const struct segment *s);
/* ERR_* of a failed call on db. */
int segment_failure(sqlite3 *db);

/* Write a segment within an open transaction. */
struct segment_writer {
    sqlite3 *db;
    sqlite3_stmt *insert;
    int64_t id;
    struct buf block;
    uint64_t first, last; /* grams of the block */
    struct buf ids;       /* scratch */
};
int segment_begin(struct segment_writer *w, sqlite3 *db, int64_t id);
/* A gram higher than the last one, with n > 0 places in the segment, rising: 0 or ERR_*. */
int segment_put(struct segment_writer *w, uint64_t gram, const uint32_t *ids, size_t n);
/* Documents by number. Fills *out with what is known of the segment: 0 or ERR_*. */
int segment_end(struct segment_writer *w, enum segment_kind kind, const struct segment_doc *docs,
                size_t n, struct segment *out);
/* Harmless on a zeroed one, and after segment_end(). */
void segment_abandon(struct segment_writer *w);

/* All grams of a segment, one after another. */
struct segment_reader {
    sqlite3 *db;
    sqlite3_stmt *select;
    const unsigned char *at, *end; /* in the current block */
    uint64_t gram;
    uint32_t *ids, count; /* of the document list of `gram` */
    size_t cap;
    uint32_t docs; /* in the segment */
};
int segment_open(struct segment_reader *r, sqlite3 *db, const struct segment *s);
/* 1 with gram, ids and count; 0 at the end; ERR_CORRUPT, ERR_IO, ERR_NOMEM. */
int segment_next(struct segment_reader *r);
void segment_close(struct segment_reader *r);

/* Places of the documents that hold all the grams (sorted, n > 0), rising, into *ids (free() it):
 * how many, or negative err. */
int segment_find(sqlite3 *db, const struct segment *s, const uint64_t *grams, size_t n,
                 uint32_t **ids);
/* Of each of the grams (sorted) that the segment holds, the places of its documents, rising,
 * borrowed for the call; NULL when more than `most` hold it. 0, an error, or what `each` returned
 * when not 0. */
int segment_each(sqlite3 *db, const struct segment *s, const uint64_t *grams, size_t n, size_t most,
                 int (*each)(void *arg, size_t gram, const uint32_t *ids, size_t count), void *arg);
/* Its documents, into *out (free() it): 0 or ERR_*. */
int segment_docs(sqlite3 *db, const struct segment *s, struct segment_doc **out);
int segment_drop(sqlite3 *db, const struct segment *s);
/* All segments, the one with the newest documents first, into *out (free() it): how many, or
 * negative err. */
int segment_list(sqlite3 *db, struct segment **out);

extern const char segment_schema[];

#endif
