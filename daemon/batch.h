/* daemon/batch.h - one transaction in the making: messages to the ledger in, a store_batch out. Nothing
 * here touches the store but look-ups, so a batch whose commit failed can be built again. */
#ifndef HUIYING_DAEMON_BATCH_H
#define HUIYING_DAEMON_BATCH_H

#include "alerts/desk.h"
#include "classifiers/verdict.h"
#include "daemon/config.h"
#include "feeds/fetch.h"
#include "store/store.h"

struct batch;

/* What the ledger remembers of each source, beside the store. */
struct batch_source {
    char *etag, *last_modified;
    int failures; /* deaths in a row */
    bool known;   /* has a row in the store */
};

struct batch_conf {
    const struct config *config;
    const struct roster *roster;
    struct store *store;
    struct batch_source *sources; /* one per source of the roster; changed by batch_applied() only */
};

struct batch *batch_new(const struct batch_conf *conf);
void batch_free(struct batch *b);

/* Forget everything and begin again with this desk at this instant. `polls` and `items` bound what will be
 * added. 0 or ERR_NOMEM. */
int batch_begin(struct batch *b, struct desk *desk, int64_t now, size_t polls, size_t items,
                size_t commands);

/* A poll's outcome. meta and verdicts must live until batch_applied(). 0 or ERR_NOMEM. */
int batch_poll(struct batch *b, const struct fetched *meta, const struct verdicts *verdicts,
               const char *death);
/* A command: *status 0 or why not, *reason static or NULL, *seq its first event. 0 or ERR_NOMEM. */
int batch_command(struct batch *b, const struct command *command, int *status, const char **reason,
                  uint64_t *seq);
int batch_cursor(struct batch *b, const struct store_cursor *cursor);
/* Due timers. */
int batch_tick(struct batch *b);

/* The transaction; borrowed until the next batch_begin(). False when there is nothing to write. */
bool batch_finish(struct batch *b, struct store_batch *out);
/* It is committed: remember the sources' new state. 0 or ERR_NOMEM. */
int batch_applied(struct batch *b);

/* How long a source rests after its nth death in a row (ms): 1 min doubling, at most 24 h. */
int64_t batch_quarantine(int failures);

#endif
