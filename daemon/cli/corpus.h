/* daemon/cli/corpus.h - the daemon's stored items whose texts are kept, a page at a time. */
#ifndef HUIYING_DAEMON_CLI_CORPUS_H
#define HUIYING_DAEMON_CLI_CORPUS_H

#include "classifiers/workbench/backtest.h"
#include "daemon/cli/client.h"

struct corpus_info {
    size_t looked_at, texts; /* for progress: items passed, of so many with a text */
    int64_t now;             /* of the daemon, ms */
    int64_t oldest[2];       /* found first, of those that no rule matched, and others; 0: none */
    int64_t keep[2];         /* how long their texts are kept, ms */
    bool backtest;           /* they are kept for that */
};

/* The rules in force, whatever became of their folder: NULL, and the exit status after the reason
 * was told. */
struct rules *corpus_rules(struct client *c, int *status);

/* A member of what the daemon answers that is a time, ms; 0: there is none. */
int64_t corpus_time(const json_t *object, const char *key);

/* What `object` says of a source under these keys: false when it does not say its kind. The region
 * is borrowed. */
bool corpus_context(const json_t *object, const char *kind, const char *region,
                    struct judge_context *out);

/* "30d", "12h", "90m" before now, or a time of RFC 3339: false when it is neither. */
bool corpus_since(const char *text, int64_t now, int64_t *out);

/* Call `page` with the items found since `since` (NULL: all); borrowed for the call, it returns 0
 * or the exit status to end with. 0, or the exit status after the reason was told. */
int corpus_read(struct client *c, const char *since,
                int (*page)(void *arg, const struct backtest_item *items, size_t n,
                            const struct corpus_info *info),
                void *arg, struct corpus_info *out);

#endif
