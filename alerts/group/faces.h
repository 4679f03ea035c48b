/* alerts/group/faces.h - what concerns are compared by, by slot, apart from all else that they are:
 * close together, so that of a million the candidates of a look-up are reached through few pages of
 * memory, and in whole lines of the cache. */
#ifndef HUIYING_ALERTS_FACES_H
#define HUIYING_ALERTS_FACES_H

#include <stdint.h>

#include "classifiers/verdict.h"

struct face {
    uint32_t traits[VERDICT_TRAITS], sketch[VERDICT_SKETCH];
};

struct faces;

struct faces *faces_new(void);
void faces_free(struct faces *f);
/* Room for slots below `end`: 0 or ERR_NOMEM. */
int faces_reserve(struct faces *f, uint32_t end);
/* Copy them in; the slot's room was made. */
void faces_set(struct faces *f, uint32_t slot, const uint32_t sketch[static VERDICT_SKETCH],
               const uint32_t traits[static VERDICT_TRAITS]);
/* Of a slot that was set before; its address never changes. */
const struct face *faces_at(const struct faces *f, uint32_t slot);

#endif
