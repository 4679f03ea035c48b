/* daemon/drill/drill_file.h - a recorded day in one file: JSON Lines, of which the first says what
 * the others are, and their hash. huiying-drill(5) describes it. */
#ifndef HUIYING_DAEMON_DRILL_FILE_H
#define HUIYING_DAEMON_DRILL_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/problems.h"
#include "feeds/source/source.h"

enum { DRILL_FILE_VERSION = 1, DRILL_FILE_MAX = 256 * 1024 * 1024 };
/* Longest stretch that is recorded, ms: a drill rehearses a day or a few. */
#define DRILL_FILE_SPAN (7 * 24 * 3600 * INT64_C(1000))

struct drill_source {
    struct str id, name, url; /* slug; name may be empty */
    struct str region;        /* division code, or empty: the home region */
    enum source_kind kind;
};

/* One published item, masked, as it was stored. */
struct drill_item {
    int64_t at;        /* ms: when it was found */
    int64_t published; /* ms; 0: not told */
    uint32_t source;   /* which of the file's */
    struct str id, link, title, text;
    bool quiet;        /* it alerted nobody: an old one, a notice, or of elsewhere */
};

/* Texts are borrowed from the arena, or by whoever writes one, from the writer. */
struct drill_file {
    struct arena *arena;
    struct str place, home; /* where it was recorded */
    int64_t from, to;       /* ms: items were found at or after the one and before the other */
    int64_t recorded;       /* ms */
    int64_t expires;        /* ms: the first of its texts may not be kept any longer */
    struct drill_source *sources;
    size_t nsources;
    struct drill_item *items; /* by rising `at` */
    size_t nitems;
};

/* Read and check all of it: NULL when problems were added (its version, its hash, a line that is
 * not as it should be), which quote nothing of it. */
struct drill_file *drill_file_read(const char *path, struct problems *problems);
/* The same of a text, which is called `name` in problems. */
struct drill_file *drill_file_parse(struct str text, const char *name, struct problems *problems);
void drill_file_free(struct drill_file *f); /* harmless on NULL */

/* Append it as drill_file_read() takes it: 0 or ERR_NOMEM. Items must be in order. */
int drill_file_write(const struct drill_file *f, struct buf *out);

#endif
