/* store/memory.h - the memory twin: the promises of store.h without a file, for tests. Plain arrays
 * and scans, so that it is easily seen to be right. Private to this folder. */
#ifndef HUIYING_STORE_MEMORY_H
#define HUIYING_STORE_MEMORY_H

#include <pthread.h>

#include "store/backend.h"

struct memory_item {
    struct store_item item; /* strings point into block */
    char *block;
};

struct memory_source {
    struct store_source source;
    char *block;
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
    uint64_t published;
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
size_t memory_find_concern(const struct memory_state *m, uint64_t id, bool *there);
size_t memory_find_unit(const struct memory_state *m, const char *unit, bool *there);

/* memory_apply.c */
int memory_commit(struct store *s, const struct store_batch *batch,
                  const struct check_heads *heads);
int memory_expire(struct store *s, int64_t now, size_t max);

/* memory_views.c */
int memory_each_concern(struct store *s, int64_t since,
                        int (*each)(void *arg, const struct concern *c), void *arg);
int memory_each_source(struct store *s, int (*each)(void *arg, const struct store_source *src),
                       void *arg);
int memory_each_unit(struct store *s, int (*each)(void *arg, const char *unit, uint64_t head),
                     void *arg);
int memory_concerns(struct store *s, const struct backend_query *q,
                    int (*each)(void *arg, const struct concern *c), void *arg);
int memory_concern(struct store *s, uint64_t id, struct concern *out);
int memory_concern_items(struct store *s, uint64_t concern, size_t limit,
                         int (*each)(void *arg, const struct store_item *item), void *arg);
int memory_concern_events(struct store *s, uint64_t concern,
                          int (*each)(void *arg, const struct event *e), void *arg);
int memory_counts(struct store *s, struct store_counts *out);

#endif
