/* daemon/reload/topic_edits.h - topics that were changed on the page: their texts stand over the
 * files of the folder of rules, in the store, at each start and load, until a file says the same or
 * the text is taken back. */
#ifndef HUIYING_DAEMON_TOPIC_EDITS_H
#define HUIYING_DAEMON_TOPIC_EDITS_H

#include <jansson.h>

#include "base/buf.h"
#include "base/problems.h"
#include "store/store.h"

enum { TOPIC_EDITS_MAX = 64 };

struct topic_edit {
    struct str topic; /* its id, as the text had it */
    struct str file;  /* of the folder's topics, that the text stands for */
    struct str text;
    struct str was; /* the file's own text when it was changed first; empty: there was none */
    struct str by;  /* account, or empty */
    int64_t at;     /* ms */
};

struct topic_edits {
    json_t *list; /* NULL: not read */
    bool changed; /* since it was read */
};

/* Those in the store: of STORE_SHARED_EDITS in force, of STORE_SHARED_STAGED with what waits for a
 * second person. 0 (of none too), ERR_CORRUPT, ERR_NOMEM, or as a reading call of store.h. */
int topic_edits_read(struct store *s, enum store_shared_kind kind, struct topic_edits *out);
/* From what topic_edits_write() appended: 0, ERR_CORRUPT, ERR_NOMEM. */
int topic_edits_parse(struct str text, struct topic_edits *out);
int topic_edits_write(const struct topic_edits *e, struct buf *out); /* 0 or ERR_NOMEM */
void topic_edits_clear(struct topic_edits *e);

size_t topic_edits_count(const struct topic_edits *e);
/* The i-th; borrowed. */
void topic_edits_get(const struct topic_edits *e, size_t i, struct topic_edit *out);
/* That of the topic, and where a text has no topic of its own yet, of the file. */
bool topic_edits_of_topic(const struct topic_edits *e, struct str topic, struct topic_edit *out);
bool topic_edits_of_file(const struct topic_edits *e, struct str file, struct topic_edit *out);
/* In the place of that of its file: 0, ERR_LIMIT (TOPIC_EDITS_MAX), ERR_INVALID (not UTF-8),
 * ERR_NOMEM. */
int topic_edits_put(struct topic_edits *e, const struct topic_edit *edit);
void topic_edits_drop(struct topic_edits *e, struct str file);

/* Replace a folder's block (rules_pack.h) by one with the edits over its files. Those that a file
 * says itself by now are dropped; one whose file says neither that nor what it was is a problem
 * (ERR_INVALID), or without `problems` stands over it all the same. 0 or as
 * rules_pack_put_topic(). */
int topic_edits_lay(struct topic_edits *e, struct buf *pack, struct problems *problems);

/* The row by which these are what is there, of the kind; an empty text: none. It borrows. */
void topic_edits_row(enum store_shared_kind kind, struct str text, struct store_shared *out);

#endif
