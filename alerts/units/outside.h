/* alerts/units/outside.h - bodies outside the tree that a concern may be handed to (转有关机构): those
 * that units.yaml lists, each with its public channel, and no others. */
#ifndef HUIYING_ALERTS_OUTSIDE_H
#define HUIYING_ALERTS_OUTSIDE_H

#include "base/conf.h"
#include "base/problems.h"
#include "base/str.h"

struct units;

struct outside {
    char *id, *name_zh, *name_en; /* name_en may be NULL */
    char *channel;                /* the page where it takes and answers concerns, for everybody */
    int line;                     /* of the channel in units.yaml */
};

/* The element of `outside`: {id, name: {zh, en}, channel}. */
extern const struct conf_key outside_element;
/* Read the list into units: what is wrong, as an id or channel of two, a name that the gate refuses
 * or an address that is no public one, becomes problems. 0 or ERR_NOMEM. */
int outside_read(struct units *units, const struct conf_node *list, struct problems *problems);
void outside_free(struct units *units);
/* The body whose channel this is, or NULL. */
const struct outside *outside_find(const struct units *units, struct str channel);

#endif
