#define _GNU_SOURCE
#include "alerts/units/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "alerts/units/place.h"
#include "base/err.h"

static const char *const grades[] = {"ordinary", "larger", "major", "grave", NULL};
static const struct conf_key slug_element = {NULL, CONF_SLUG, true, NULL, NULL, NULL, 0, 0, NULL};
static const struct conf_key route_keys[] = {
    {"topic", CONF_SLUG | CONF_LIST, false, NULL, &slug_element, NULL, 0, 0, NULL},
    {"region", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"grade", CONF_CHOICE, false, NULL, NULL, grades, 0, 0, NULL},
    {"units", CONF_LIST, true, NULL, &slug_element, NULL, 0, 0, NULL},
    {NULL, 0, false, NULL, NULL, NULL, 0, 0, NULL},
};
const struct conf_key routes_element = {NULL, CONF_MAP, true, route_keys, NULL, NULL, 0, 0, NULL};
static const struct conf_key file_keys[] = {
    {"routes", CONF_LIST, true, NULL, &routes_element, NULL, 0, 0, NULL},
    {NULL, 0, false, NULL, NULL, NULL, 0, 0, NULL},
};

static const struct {
    const char *name, *zh;
} fates[] = {
    [ROUTES_WINS] = {"wins", "选中 (wins)"},
    [ROUTES_LESS_SPECIFIC] = {"less-specific", "相符，但有更具体的 (fits; another fits better)"},
    [ROUTES_OTHER_TOPIC] = {"other-topic", "事项不符 (for other topics)"},
    [ROUTES_OTHER_PLACE] = {"other-place", "地域不符 (for another place)"},
    [ROUTES_HIGHER_GRADE] = {"higher-grade", "级别未到 (for a higher grade)"},
    [ROUTES_NOT_ASKED] = {"not-asked", "前面已有承办单位 (not asked: one before it takes it)"},
};

static int read_topics(const struct conf_node *node, struct route *r)
{
    bool list = conf_is(node, CONF_LIST);
    size_t n = list ? conf_count(node) : node != NULL;

    r->topics = calloc(n + 1, sizeof *r->topics);
    if (!r->topics)
        return ERR_NOMEM;
    for (size_t i = 0; i < n; i++) {
        struct str topic = conf_text(list ? conf_at(node, i) : node);
        if (topic.n && topic.n < SLUG_MAX)
            memcpy(r->topics[r->ntopics++], topic.p, topic.n);
    }
    return 0;
}

static void read_units(const struct units *units, const struct conf_node *list, struct route *r,
                       struct problems *problems)
{
    if (conf_is(list, CONF_LIST) && (!conf_count(list) || conf_count(list) > PARTIES_MAX))
        conf_problem(problems, list, "应有 1 至 %d 个单位 (1 to %d units)", PARTIES_MAX,
                     PARTIES_MAX);
    for (size_t i = 0; i < conf_count(list) && r->nunits < PARTIES_MAX; i++) {
        const struct conf_node *node = conf_at(list, i);
        int unit = units_find(units, conf_text(node));
        bool twice = false;
        if (!conf_text(node).n)
            continue;
        for (size_t k = 0; k < r->nunits; k++)
            twice = twice || r->units[k] == unit;
        if (unit < 0)
            conf_problem(problems, node, "单位 “%.*s” 不存在 (not among the units)",
                         STR_ARG(conf_text(node)));
        else if (twice)
            conf_problem(problems, node, "单位 “%.*s” 重复 (named twice)",
                         STR_ARG(conf_text(node)));
        else
            r->units[r->nunits++] = unit;
    }
}

static int read_route(struct units *units, const struct conf_node *node, struct problems *problems)
{
    struct route *r = &units->routes[units->nroutes++];
    struct str region = conf_text(conf_get(node, "region"));
    int grade = event_grade_find(conf_text(conf_get(node, "grade")));

    *r = (struct route){.line = conf_line(node), .grade = grade < 0 ? 0 : (enum grade)grade};
    if (place_is_code(region))
        memcpy(r->region, region.p, region.n);
    else if (region.n)
        conf_problem(problems, conf_get(node, "region"),
                     "“%.*s” 不是区划代码，应为 6、9 或 12 位数字 (not a 6-, 9- or 12-digit "
                     "division code)",
                     STR_ARG(region));
    read_units(units, conf_get(node, "units"), r, problems);
    r->file = strdup(conf_file(node));
    return r->file ? read_topics(conf_get(node, "topic"), r) : ERR_NOMEM;
}

int routes_read(struct units *units, const struct conf_node *list, struct problems *problems)
{
    size_t n = conf_count(list);
    int err = 0;

    if (!n)
        return 0;
    struct route *more = reallocarray(units->routes, units->nroutes + n, sizeof *more);
    if (!more)
        return ERR_NOMEM;
    units->routes = more;
    for (size_t i = 0; i < n && !err; i++)
        err = read_route(units, conf_at(list, i), problems);
    return err;
}

int routes_load_beside(struct units *units, const char *path, struct problems *problems)
{
    const char *slash = strrchr(path, '/');
    char *beside = NULL;
    int err = 0;

    if (asprintf(&beside, "%.*sroutes.yaml", slash ? (int)(slash + 1 - path) : 0, path) < 0)
        return ERR_NOMEM;
    if (access(beside, F_OK) == 0) {
        struct conf_doc *doc = conf_load(beside, file_keys, problems);
        err = routes_read(units, conf_get(conf_root(doc), "routes"), problems);
        conf_free(doc);
    }
    free(beside);
    return err;
}

void routes_free(struct units *units)
{
    for (size_t i = 0; i < units->nroutes; i++) {
        free(units->routes[i].topics);
        free(units->routes[i].file);
    }
    free(units->routes);
}

static bool has_topic(const struct route *r, struct str topic)
{
    for (size_t i = 0; i < r->ntopics; i++)
        if (str_is(topic, r->topics[i]))
            return true;
    return !r->ntopics;
}

/* As far as the route alone can say: ROUTES_WINS when it fits. */
static enum routes_fate fate_of(const struct route *r, const struct routes_case *what)
{
    if (!has_topic(r, what->topic))
        return ROUTES_OTHER_TOPIC;
    if (*r->region && (!what->region.n || !place_within(what->region, str_from(r->region))))
        return ROUTES_OTHER_PLACE;
    return what->grade < r->grade ? ROUTES_HIGHER_GRADE : ROUTES_WINS;
}

/* Of two that fit; the earlier one stays where they are equal. */
static bool more_specific(const struct route *a, const struct route *b)
{
    size_t place_a = place_stem(str_from(a->region)).n, place_b = place_stem(str_from(b->region)).n;

    if (!a->ntopics != !b->ntopics)
        return a->ntopics != 0;
    return place_a != place_b ? place_a > place_b : a->grade > b->grade;
}

static const struct route *best_route(const struct units *units, const struct routes_case *what)
{
    const struct route *best = NULL;

    for (size_t i = 0; i < units->nroutes; i++) {
        const struct route *r = &units->routes[i];
        if (fate_of(r, what) == ROUTES_WINS && (!best || more_specific(r, best)))
            best = r;
    }
    return best;
}

void routes_decide(const struct units *units, const struct routes_case *what,
                   struct routes_way *out)
{
    const struct route *r = best_route(units, what);
    bool last = false;

    *out = (struct routes_way){.by = ROUTES_BY_ROUTE, .route = r, .count = 1};
    if (r) {
        memcpy(out->units, r->units, sizeof out->units);
        out->count = r->nunits;
        return;
    }
    out->units[0] = units_route(units, what->role, what->region, &last);
    out->by = last ? ROUTES_LAST_RESORT : ROUTES_BY_ROLE;
}

static bool has_role(const struct unit *u, struct str role)
{
    for (char **r = u->roles; r && *r; r++)
        if (str_is(role, *r))
            return true;
    return false;
}

static enum routes_fate fate_of_unit(const struct units *units, const struct routes_case *what,
                                     const struct routes_way *way, size_t unit)
{
    struct str serves = str_from(units->list[unit].region);

    if (what->region.n && !place_within(what->region, serves))
        return ROUTES_OTHER_PLACE;
    if (way->by == ROUTES_BY_ROUTE)
        return ROUTES_NOT_ASKED;
    return way->units[0] == (int)unit ? ROUTES_WINS : ROUTES_LESS_SPECIFIC;
}

void routes_explain(const struct units *units, const struct routes_case *what,
                    void (*tell)(void *arg, const struct routes_candidate *candidate), void *arg)
{
    struct routes_way way;

    routes_decide(units, what, &way);
    for (size_t i = 0; i < units->nroutes; i++) {
        struct routes_candidate c = {ROUTES_BY_ROUTE, &units->routes[i], -1,
                                     fate_of(&units->routes[i], what)};
        if (c.fate == ROUTES_WINS && c.route != way.route)
            c.fate = ROUTES_LESS_SPECIFIC;
        tell(arg, &c);
    }
    for (size_t i = 0; i < units->count; i++)
        if (has_role(&units->list[i], what->role))
            tell(arg, &(struct routes_candidate){ROUTES_BY_ROLE, NULL, (int)i,
                                                 fate_of_unit(units, what, &way, i)});
    tell(arg, &(struct routes_candidate){
                  ROUTES_LAST_RESORT, NULL, units->coordinator,
                  way.by == ROUTES_LAST_RESORT ? ROUTES_WINS : ROUTES_NOT_ASKED});
}

const char *routes_fate_name(enum routes_fate fate)
{
    return fates[fate].name;
}

const char *routes_fate_zh(enum routes_fate fate)
{
    return fates[fate].zh;
}

bool routes_cover(const struct units *units, struct str topic)
{
    for (size_t i = 0; i < units->nroutes; i++) {
        const struct route *r = &units->routes[i];
        if (has_topic(r, topic) && !*r->region && r->grade == GRADE_ORDINARY)
            return true;
    }
    return false;
}
