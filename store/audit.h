/* store/audit.h - does a store's file keep what store.h promises? Looks, and changes nothing. */
#ifndef HUIYING_STORE_AUDIT_H
#define HUIYING_STORE_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AUDIT_ROW = 256 };

/* A row that breaks a promise: which promise, in both languages, and which row (numbers, ids and
 * codes only; never a text). Borrowed for the call. */
struct audit_finding {
    const char *zh, *en, *row;
};

struct audit_watch {
    void (*found)(void *arg, const struct audit_finding *finding);
    void (*step)(void *arg, size_t done, size_t total); /* may be NULL; after each part of it */
    void *arg;
};

struct audit_result {
    uint64_t events, units, concerns, items, texts;
    uint64_t findings; /* all of them; of each promise only the first 20 rows are told */
    bool older;        /* its schema is an older one: only SQLite's own structure was looked at */
};

/* Look at the store in this file, in one read transaction, so that a daemon may go on writing. It
 * holds eight bytes an event in memory. 0 (with result->findings, 0: all promises are kept);
 * ERR_NOTFOUND; ERR_CORRUPT (no store of ours, or too damaged to be read on: what was found before
 * has been told); ERR_STALE (of a newer version); ERR_IO; ERR_NOMEM. Any thread. */
int audit_file(const char *path, const struct audit_watch *watch, struct audit_result *result);

#endif
