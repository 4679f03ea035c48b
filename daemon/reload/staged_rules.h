/* daemon/reload/staged_rules.h - rules that wait for a second person, in the store: every machine
 * sees them, and they outlive each. Beside them who staged them, and of the last that were denied
 * why. */
#ifndef HUIYING_DAEMON_STAGED_RULES_H
#define HUIYING_DAEMON_STAGED_RULES_H

#include "base/buf.h"
#include "daemon/reload/rulebook.h"
#include "store/store.h"

struct staged_rules {
    struct rulebook_stage about; /* its stage is empty: nothing waits, nor was denied since */
    uint64_t person;             /* who staged them, see command_person() */
    char base[RULEBOOK_STAGE];   /* what was in force then, named as stages are */
    bool denied;                 /* they wait no more */
};

/* What is there, or nothing: 0, ERR_CORRUPT, or as a reading call of store.h. */
int staged_rules_read(struct store *s, struct staged_rules *out);
/* Append its block (rules_pack.h): 0; ERR_NOTFOUND: there is none; or as a reading call. */
int staged_rules_pack(struct store *s, struct buf *pack);
/* What came with it: its block, the topics that are edits then (topic_edits.h), and what it changes
 * of what is in force, as a JSON list of {"file", "was", "text"}, with neither text where they are
 * no UTF-8 or too long. All empty: nothing waits. */
struct staged_files {
    struct str pack, edits, changes;
};
enum { STAGED_CHANGES_MAX = 1 << 20 /* bytes of texts that are listed */ };
/* Append the changes from the block in force to another one: 0, ERR_CORRUPT, ERR_NOMEM. */
int staged_rules_compare(struct str force, struct str pack, struct buf *changes);
/* Append those that were staged: 0, with none too, or as a reading call. */
int staged_rules_changes(struct store *s, struct buf *changes);
/* The rows by which this is what is there; an empty stage: nothing, and `text` may be NULL. They
 * borrow from `with` and text, to which is appended: 0 or ERR_NOMEM. */
enum { STAGED_RULES_ROWS = 4 };
int staged_rules_rows(const struct staged_rules *what, const struct staged_files *with,
                      struct buf *text, struct store_shared out[static STAGED_RULES_ROWS]);

#endif
