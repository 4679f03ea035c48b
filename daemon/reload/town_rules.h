/* daemon/reload/town_rules.h - the rules that all machines on one store go by: what was loaded at
 * one of them is in the store, and each reads it from there. */
#ifndef HUIYING_DAEMON_TOWN_RULES_H
#define HUIYING_DAEMON_TOWN_RULES_H

#include "classifiers/lint/lint.h"
#include "daemon/reload/rules_pack.h"
#include "daemon/reload/rulebook.h"
#include "store/store.h"

struct town_rules {
    struct rules *rules;
    struct town *town;
    char name[RULES_PACK_NAME]; /* of its block; "": there is none */
    char *folder, *places;      /* of its rules, laid out; see rulebook.h */
    bool none;                  /* the store was read, and has none; see house_rules.h */
};

/* The name of the block in the store, or "": 0 or as a reading call of store.h. */
int town_rules_name(struct store *s, char out[static RULES_PACK_NAME]);
/* Append the block itself: 0; ERR_NOTFOUND: there is none; ERR_AGAIN: it is just being replaced; or
 * as a reading call. */
int town_rules_pack(struct store *s, struct buf *pack);
/* Compile this block: 0; ERR_INVALID with problems; or as rules_pack_lay_out(). Examples are run
 * and what `lint` asks for is looked at, unless that is NULL: they were when it was read. */
int town_rules_read(const struct config *c, struct str pack, const struct lint *lint,
                    struct problems *problems, struct town_rules *out);
/* Compile the one in the store: as both of these. */
int town_rules_load(const struct config *c, struct store *s, struct problems *problems,
                    struct town_rules *out);
void town_rules_clear(struct town_rules *t);
/* The rows by which this block is everybody's; they borrow from it and from name. */
enum { TOWN_RULES_ROWS = 2 };
void town_rules_rows(struct str pack, const char name[static RULES_PACK_NAME],
                     struct store_shared out[static TOWN_RULES_ROWS]);

#endif
