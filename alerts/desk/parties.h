/* alerts/desk/parties.h - who of a concern's units leads (主办), who assists (协办), and how far each
 * of them is. Pure. */
#ifndef HUIYING_ALERTS_PARTIES_H
#define HUIYING_ALERTS_PARTIES_H

#include "alerts/concern.h"

/* From here on they are listed, also when the unit stands alone; nothing changes while it waits for
 * its dispatch. */
void parties_list(struct concern *c);
/* An active party by its unit, or NULL; also of one that stands alone, when it is listed. */
struct concern_party *parties_find(struct concern *c, struct str unit);
size_t parties_active(const struct concern *c); /* of those listed */
/* The unit is told now: a new party, or one that had gone and comes back; when the list is full, it
 * takes the place of the one that was told first among those who have gone, of whom there must be
 * one. */
void parties_tell(struct concern *c, struct str unit, bool lead, int64_t now);
/* The unit leads from now on; who led is `gone` (PARTY_LEFT, or PARTY_DECLINED as it may be). */
void parties_pass(struct concern *c, struct str unit, int64_t now);
/* What the lead has done, on its record if there is one. */
void parties_lead(struct concern *c, enum party_state state, int64_t now);
/* Note on a record what was done at that time. */
void parties_mark(struct concern_party *p, enum party_state state, int64_t now);
/* A new round: everybody who has to do with it is told again. */
void parties_renew(struct concern *c, int64_t now);

#endif
