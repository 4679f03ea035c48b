/* alerts/units/units.h - the tree of public units (units.yaml) and who must answer what. */
#ifndef HUIYING_ALERTS_UNITS_H
#define HUIYING_ALERTS_UNITS_H

#include "alerts/event.h"
#include "alerts/units/duty.h"
#include "alerts/units/outside.h"
#include "base/problems.h"

struct route;

struct unit {
    char id[SLUG_MAX];
    char *name_zh, *name_en; /* name_en may be NULL */
    int parent;              /* index, -1 at the top */
    int approver;            /* 审签: who may approve what it writes, besides the coordinator; or
                                -1 */
    char **roles;            /* roles that topics name: labour, health … NULL-ended */
    char *region;            /* division code it serves, or NULL: everywhere */
    struct duty duty;        /* 值守 */
};

struct units {
    struct unit *list;
    size_t count;
    uint32_t *by_id; /* indices in order of id, for units_find() */
    int coordinator; /* index of the coordinating unit: the last resort, receives overdue and 督办 */
    struct route *routes; /* see routes.h */
    size_t nroutes;
    struct outside *outside; /* bodies that are none of the tree, see outside.h */
    size_t noutside;
};

/* Load units.yaml: `coordinator: ID`, `units: [{id, name: {zh, en}, parent, roles, region, duty,
 * approver}]`, `routes` (routes.h; also of a routes.yaml beside it, after its own), `outside`
 * (outside.h). Unknown parent, loop, duplicate id or name, a name that the gate refuses or masks,
 * an unknown deputy or approver, no coordinator: problems. NULL when any. */
struct units *units_load(const char *path, struct problems *problems);
void units_free(struct units *units);
/* A name {zh, en}: the gate's to refuse, and what it would mask is a problem. *out is a copy, or
 * NULL of none: 0 or ERR_NOMEM. */
extern const struct conf_key units_name_keys[];
int units_read_name(const struct conf_node *node, char **out, struct problems *problems);
int units_find(const struct units *units, struct str id); /* index or -1 */
/* Is the unit in the tree below the other? Neither known: no. */
bool units_below(const struct units *units, struct str unit, struct str above);

/* Most specific unit for a role at a place: longest matching region prefix wins, then file order.
 * Where the place is not known, the unit that serves the widest area. The coordinator when no unit
 * has the role there (*last_resort set when not NULL). */
int units_route(const struct units *units, struct str role, struct str region, bool *last_resort);
/* Some unit has the role, at whatever place. */
bool units_has_role(const struct units *units, struct str role);

#endif
