/* daemon/views/searcher.h - the search thread: keeps the index of words behind the store, and
 * answers searches. */
#ifndef HUIYING_DAEMON_SEARCHER_H
#define HUIYING_DAEMON_SEARCHER_H

#include "classifiers/rules/refuse.h"
#include "daemon/config/config.h"
#include "store/search/search.h"

struct searcher;

/* Start the thread, with readers of `writer`, which outlives it. The index is search.db beside the
 * store. NULL without memory. */
struct searcher *searcher_start(const struct config *config, struct store *writer);
/* Harmless on NULL. */
void searcher_stop(struct searcher *s);

/* Read the words of a search: as search_words_read(), and ERR_REFUSED with the reason for what
 * nobody may look for (law 4). Any thread. */
int searcher_words(const struct searcher *s, struct str text, struct search_words **out,
                   struct refuse_hit *why);
/* search_find(), by a reader of the caller's. ERR_AGAIN: the index is being made; what it finds
 * wrong with it the thread sets right. Any thread. */
int searcher_find(struct searcher *s, struct store *reader, const struct search_query *query,
                  int (*each)(void *arg, const struct store_item *item,
                              const struct search_hit *hits, size_t nhits),
                  void *arg, struct search_page *page);

/* search_alike(), likewise. */
int searcher_alike(struct searcher *s, struct store *reader, const struct search_alike *of,
                   uint64_t *out, size_t max, uint64_t *behind);
/* Another one whenever searcher_alike() may find others than before. Any thread. */
uint64_t searcher_mark(const struct searcher *s);

#endif
