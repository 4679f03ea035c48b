/* store/sqlite/spool.h - what the leader gave to Redis and a failover may still take back: batches
 * in their order, in a SQLite file of this machine. Each is written, synced, before it is sent, and
 * goes once enough servers have it on their disks (store/redis/redis_recover.c). Private to store/;
 * used by one thread at a time. The file is 0600, and what is removed from it is overwritten. */
#ifndef HUIYING_STORE_SPOOL_H
#define HUIYING_STORE_SPOOL_H

#include "store/store.h"

enum { SPOOL_ID = 64 }; /* id of a batch, with its NUL */
#define SPOOL_KEEP_MS (3600 * INT64_C(1000)) /* nothing stays longer, safe or not */
#define SPOOL_BYTES (64 << 20)               /* nor what is older than these together */

struct spool;

struct spool_entry {
    char epoch[STORE_EPOCH];
    char id[SPOOL_ID], prior[SPOOL_ID]; /* of the batch, and of the one before it ("": none) */
    uint64_t before, head;              /* the ledger's, without and with it */
    uint64_t note;                      /* not 0: no batch, but this note is dropped; id tells it */
    uint64_t count;                     /* of values */
    struct str values;                  /* for commit.lua, in the form of the protocol */
};

/* Open it, or make it; a file that is damaged, or none of ours, is replaced: 0, ERR_AGAIN (another
 * process has it), ERR_IO, ERR_NOMEM. */
int spool_open(const char *path, struct spool **out);
void spool_close(struct spool *s); /* harmless on NULL */
/* Add behind the others; synced when this returns: 0, or ERR_IO, ERR_NOMEM. */
int spool_add(struct spool *s, const struct spool_entry *e);
/* The batch added last never left this machine: it goes. 0 or ERR_IO. */
int spool_take_back(struct spool *s);
/* A batch was committed past the spool, up to this head: spool_last() tells of it. 0 or ERR_IO. Its
 * id is "", and then spool_find() finds nothing by it. */
int spool_set_last(struct spool *s, const char *epoch, const char *id, uint64_t head);
/* The batch added last, though it may have gone since: epoch, id and head. False: there is none. */
bool spool_last(struct spool *s, struct spool_entry *out);
/* Does what the spool holds of this epoch go on, without a gap, from where the batch committed last
 * is `id`? Then 0, with the number of the first entry that is missing there; ERR_NOTFOUND (no);
 * ERR_IO. */
int spool_find(struct spool *s, const char *epoch, const char *id, uint64_t *from);
/* Entries from this number on, in order; strings are borrowed for the call: how many `each` took,
 * or its first error, or ERR_IO. */
int spool_each(struct spool *s, uint64_t from, int (*each)(void *arg, const struct spool_entry *e),
               void *arg);
/* The number of the batch added last; 0: there is none, or it is unknown. */
uint64_t spool_number(struct spool *s);
/* Remove the batches up to this number, and those that are too old or too many at clock_now()
 * `now`: 0 or ERR_IO. *forced: how many went for the latter reason alone. What tells of a note
 * stays until it is too old, safe or not: it holds no text, and a replica may come back late.
 * UINT64_MAX: all batches, and spool_last() knows of none. */
int spool_trim(struct spool *s, uint64_t upto, int64_t now, uint64_t *forced);

#endif
