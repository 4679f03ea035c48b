/* daemon/town_rules.h - the rules that all machines on one store go by: what was loaded at one of
 * them is in the store, and each reads it from there. */
#ifndef HUIYING_DAEMON_TOWN_RULES_H
#define HUIYING_DAEMON_TOWN_RULES_H

#include "daemon/rules_pack.h"
#include "daemon/rulebook.h"
#include "store/store.h"

struct town_rules {
    struct rules *rules;
    struct town *town;
    char name[RULES_PACK_NAME]; /* of its block; "": there is none */
    char *folder;               /* of its rules, laid out */
    bool none;                  /* the store was read, and has none; see house_rules.h */
};

/* The name of the block in the store, or "": 0 or as a reading call of store.h. */
int town_rules_name(struct store *s, char out[static RULES_PACK_NAME]);
/* Compile this block: 0; ERR_INVALID with problems; or as rules_pack_lay_out(). */
int town_rules_read(const struct config *c, struct str pack, struct problems *problems,
                    struct town_rules *out);
/* Compile the one in the store: the same; ERR_NOTFOUND: there is none; ERR_AGAIN: it is just being
 * replaced; or as a reading call of store.h. */
int town_rules_load(const struct config *c, struct store *s, struct problems *problems,
                    struct town_rules *out);
void town_rules_clear(struct town_rules *t);
/* The rows by which this block is everybody's; they borrow from it and from name. */
enum { TOWN_RULES_ROWS = 2 };
void town_rules_rows(struct str pack, const char name[static RULES_PACK_NAME],
                     struct store_shared out[static TOWN_RULES_ROWS]);

#endif
