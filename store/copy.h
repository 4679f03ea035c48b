/* store/copy.h - a whole SQLite store into another file: backups, and their way back. */
#ifndef HUIYING_STORE_COPY_H
#define HUIYING_STORE_COPY_H

#include "store/audit.h"
#include "store/store.h"

struct copy_watch {
    void (*step)(void *arg, size_t done, size_t total); /* pages; may be NULL */
    struct audit_watch audit; /* of what is wrong with the copy, or with the backup */
    void *arg;
    size_t wal_most;          /* bytes; 0: 96 MB */
};

/* Copy the store at `from` to the new file `to` (mode 0600), as it is at one moment; the daemon may
 * go on writing. The copy has no text that has expired, was looked at (audit_file()) and synced
 * before it gets its name. Meanwhile the WAL cannot shrink: when it grows past wal_most, the
 * snapshot is let go and another one taken, five times at most.
 * 0; ERR_EXISTS (`to` is there already); ERR_NOTFOUND (`from` is not); ERR_CORRUPT (`from` is
 * damaged; what is wrong has been told); ERR_STALE (`from` is of a newer version);
 * ERR_AGAIN (too much is being written); ERR_IO; ERR_NOMEM. Nothing is left of a copy that failed.
 * Any thread. */
int copy_backup(const char *from, const char *to, const struct copy_watch *watch,
                struct audit_result *result);

struct copy_restored {
    char epoch[STORE_EPOCH]; /* the new one */
    char *kept;              /* file that holds what was there before, free() it; NULL: nothing */
    struct audit_result result;
};

/* Put the backup `from` in place of the store at `to`, whose files are kept beside it. It comes
 * with a new epoch, so that receivers know that what came after the backup is void, with its
 * expired texts dropped and its schema brought up to date. 0; ERR_REFUSED (a daemon has `to` open);
 * ERR_NOTFOUND, ERR_CORRUPT, ERR_STALE (of a newer version): nothing has changed; ERR_IO,
 * ERR_NOMEM: `to` is as it was or restored. Any thread. */
int copy_restore(const char *from, const char *to, const struct copy_watch *watch,
                 struct copy_restored *out);

#endif
