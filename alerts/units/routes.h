/* alerts/units/routes.h - which units a concern goes to: routes by topic, place and grade, then
 * roles, then the coordinating unit. */
#ifndef HUIYING_ALERTS_ROUTES_H
#define HUIYING_ALERTS_ROUTES_H

#include "alerts/concern.h"
#include "alerts/units/units.h"
#include "base/conf.h"

/* {topic, region, grade, units}: what it names must fit; what it does not name fits. */
struct route {
    char (*topics)[SLUG_MAX];
    size_t ntopics;          /* 0: any */
    char region[REGION_MAX]; /* and what lies in it; "": everywhere */
    enum grade grade;        /* and above */
    int units[PARTIES_MAX];  /* indices: the first leads (主办), the others assist (协办) */
    size_t nunits;           /* >= 1 */
    char *file;              /* where it was read */
    int line;
};

extern const struct conf_key routes_element; /* form of one */
/* Add the routes of a list (NULL: none) to those of the units, whose tree is read already. Unknown
 * units, a unit twice, a wrong code become problems. 0 or ERR_NOMEM. */
int routes_read(struct units *units, const struct conf_node *list, struct problems *problems);
/* The same of a file routes.yaml (`routes: […]`) beside that path, if there is one. */
int routes_load_beside(struct units *units, const char *path, struct problems *problems);
void routes_free(struct units *units);

/* What is routed. */
struct routes_case {
    struct str topic, role, region; /* region may be empty: not known */
    enum grade grade;
};

enum routes_by { ROUTES_BY_ROUTE, ROUTES_BY_ROLE, ROUTES_LAST_RESORT };

struct routes_way {
    int units[PARTIES_MAX]; /* indices; the first leads */
    size_t count;           /* >= 1 */
    enum routes_by by;
    const struct route *route; /* of ROUTES_BY_ROUTE; borrowed */
};
/* Of the routes that fit the most specific one: one with topics before one without, then the one of
 * the smaller place, then the one of the higher grade, then the one that stands first. Where none
 * fits, the unit with the topic's role (units_route()); where there is none, the coordinating unit.
 * A route with a region does not fit a place that is not known. Any thread. */
void routes_decide(const struct units *units, const struct routes_case *what,
                   struct routes_way *out);

enum routes_fate {
    ROUTES_WINS,
    ROUTES_LESS_SPECIFIC, /* fits, and another fits better */
    ROUTES_OTHER_TOPIC,
    ROUTES_OTHER_PLACE,
    ROUTES_HIGHER_GRADE,  /* it is for a higher grade */
    ROUTES_NOT_ASKED,     /* fits, and is asked only where those before it have nobody */
    ROUTES_FATES
};
struct routes_candidate {
    enum routes_by by;
    const struct route *route; /* of ROUTES_BY_ROUTE */
    int unit;                  /* of the others */
    enum routes_fate fate;
};
/* Tell each candidate in the order in which they are asked: every route, every unit with the role,
 * the coordinating unit. */
void routes_explain(const struct units *units, const struct routes_case *what,
                    void (*tell)(void *arg, const struct routes_candidate *candidate), void *arg);
const char *routes_fate_name(enum routes_fate fate); /* wins less-specific other-topic … */
const char *routes_fate_zh(enum routes_fate fate);   /* zh (en) */

/* Some route takes the topic wherever it is raised and whatever its grade. */
bool routes_cover(const struct units *units, struct str topic);

#endif
