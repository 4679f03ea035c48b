/* store/search/search.h - which items hold these words. The index is a file of its own beside the
 * store, which it follows at some distance; it can be thrown away and made again at any time. It
 * holds no text: what it finds is looked up, and checked, in the store.
 *
 * Texts are looked at as rules look at them (fold.h): width, case and Traditional forms make no
 * difference, and Latin words count whole. */
#ifndef HUIYING_STORE_SEARCH_H
#define HUIYING_STORE_SEARCH_H

#include "store/store.h"

struct search;

/* Open the index at path for writing, or make it (mode 0600, WAL); one that is damaged, of another
 * version or of another store is made again (logged). `store` is a reader or the writer, used by
 * the calls below, and outlives it. The words of no item are read yet. 0; ERR_IO; ERR_NOMEM. */
int search_open(const char *path, struct store *store, struct search **out);
/* Harmless on NULL. */
void search_close(struct search *x);
/* Throw it away and begin again; `reason` is logged. 0, ERR_IO or ERR_NOMEM; after an error only
 * this call or search_close() may follow. */
int search_remake(struct search *x, const char *reason);

/* Take in up to STORE_TAIL_MAX items whose words are new or changed, and the concerns that as many
 * events tell of, and drop what was replaced, blanked or expired by `now`: how many items and
 * events were looked at, 0 when the index is where the store is.
 * What is dropped is overwritten in the file, and the WAL is cut. ERR_CORRUPT and ERR_STALE ask for
 * search_remake(); ERR_IO, ERR_NOMEM, ERR_AGAIN: nothing is done, try again later. */
int search_follow(struct search *x, int64_t now);
/* When the next document expires (ms); INT64_MAX: there is none. */
int64_t search_expires(const struct search *x);
/* The event up to which concerns were taken in. */
uint64_t search_event(const struct search *x);
/* Read all of it: 0, or ERR_CORRUPT when damage is found. */
int search_check(struct search *x);

/* What is looked for: several words, all of which must stand in an item. */
struct search_words;

/* Read words out of text, parted by white space. ERR_SYNTAX: none; ERR_LIMIT: too many (8), or too
 * long (64 characters); ERR_INVALID: one has a single character, or nothing but signs; ERR_NOMEM.
 */
int search_words_read(struct str text, struct search_words **out);
void search_words_free(struct search_words *w); /* harmless on NULL */

/* Where a word stands in an item: bytes [start, end) of the title or text. */
struct search_hit {
    bool in_title;
    size_t start, end;
};

struct search_query {
    const struct search_words *words;
    const char *topic;   /* or NULL: any */
    int64_t since;       /* found at or after (ms) */
    uint64_t before;     /* cursor: number of the last item of the page before; 0: the newest */
    size_t limit;        /* at most STORE_PAGE_MAX */
};

struct search_page {
    uint64_t next;   /* `before` of the next page; 0: this was the last one */
    uint64_t behind; /* items that the index has not seen yet */
};

/* Items that hold all the words, the one stored last first, each with its hits by their place, the
 * title's first. A page may hold fewer than there are, even none, when many had to be looked at;
 * `next` leads on. Opens the index at path for itself. ERR_NOTFOUND: there is none yet;
 * ERR_CORRUPT: it is damaged (search_check() would tell); ERR_STALE: of another version or store;
 * ERR_AGAIN, ERR_IO, ERR_NOMEM; or what `each` returned when not 0. Any thread that owns `store`.
 */
int search_find(const char *path, struct store *store, const struct search_query *query,
                int (*each)(void *arg, const struct store_item *item, const struct search_hit *hits,
                            size_t nhits),
                void *arg, struct search_page *page);

/* Whom to compare with a concern: those that may be the nearest. */
struct search_alike {
    const uint32_t *traits; /* VERDICT_TRAITS, sorted, as of a concern */
    uint64_t concern;       /* whose they are: it is left out */
};
/* Numbers of up to `max` (> 0) concerns that have traits in common with it, those first that have
 * the more telling ones: rare ones tell more, and what every fourth of many has tells nothing. Of
 * equal ones those whose numbers are nearest. Nothing is said of how near they are, nor whether
 * they are still what they were: the store knows. Opens the index at path for itself; *behind:
 * events that it has not seen yet. How many; or errors as of search_find(). Any thread that owns
 * `store`. */
int search_alike(const char *path, struct store *store, const struct search_alike *of,
                 uint64_t *out, size_t max, uint64_t *behind);

#endif
