#define _GNU_SOURCE
#include "alerts/units/units.h"

#include <stdlib.h>

#include "alerts/gate/gate.h"
#include "alerts/units/place.h"
#include "alerts/units/routes.h"
#include "base/conf.h"
#include "base/err.h"

const struct conf_key units_name_keys[] = {
    {"zh", CONF_TEXT, true, NULL, NULL, NULL, 0, 0, NULL},
    {"en", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {NULL, 0, false, NULL, NULL, NULL, 0, 0, NULL},
};
static const struct conf_key role_element = {NULL, CONF_SLUG, true, NULL, NULL, NULL, 0, 0, NULL};
static const struct conf_key unit_keys[] = {
    {"id", CONF_SLUG, true, NULL, NULL, NULL, 0, 0, NULL},
    {"name", CONF_MAP, true, units_name_keys, NULL, NULL, 0, 0, NULL},
    {"parent", CONF_SLUG, false, NULL, NULL, NULL, 0, 0, NULL},
    {"roles", CONF_LIST, false, NULL, &role_element, NULL, 0, 0, NULL},
    {"region", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"duty", CONF_MAP, false, duty_keys, NULL, NULL, 0, 0, NULL},
    {"approver", CONF_SLUG, false, NULL, NULL, NULL, 0, 0, NULL},
    {NULL, 0, false, NULL, NULL, NULL, 0, 0, NULL},
};
static const struct conf_key unit_element = {NULL, CONF_MAP, true, unit_keys, NULL, NULL, 0, 0,
                                             NULL};
static const struct conf_key file_keys[] = {
    {"coordinator", CONF_SLUG, true, NULL, NULL, NULL, 0, 0, NULL},
    {"units", CONF_LIST, true, NULL, &unit_element, NULL, 0, 0, NULL},
    {"routes", CONF_LIST, false, NULL, &routes_element, NULL, 0, 0, NULL},
    {"outside", CONF_LIST, false, NULL, &outside_element, NULL, 0, 0, NULL},
    {NULL, 0, false, NULL, NULL, NULL, 0, 0, NULL},
};

static int keep(struct str s, char **out)
{
    *out = s.n ? strndup(s.p, s.n) : NULL;
    return s.n && !*out ? ERR_NOMEM : 0;
}

/* A name is shown to everybody: it passes the gate, and a person's name or number in it is told
 * instead of being masked in silence. */
int units_read_name(const struct conf_node *node, char **out, struct problems *problems)
{
    struct str text = conf_text(node);
    struct buf masked = BUF_INIT;
    const char *reason = "";
    int err = text.n ? gate_text(text, &masked, &reason) : 0;

    if (err == ERR_NOMEM)
        goto done;
    if (err)
        conf_problem(problems, node, "名称 “%.*s”: %s %s (name refused)", STR_ARG(text),
                     err_text(err), reason);
    else if (text.n && !str_eq(text, buf_str(&masked)))
        conf_problem(problems, node,
                     "名称里有个人信息，应只写单位 (name contains personal data: “%.*s”)",
                     STR_ARG(buf_str(&masked)));
    err = keep(text, out);
done:
    buf_free(&masked);
    return err;
}

static int read_roles(const struct conf_node *node, struct unit *u)
{
    int err = 0;

    u->roles = calloc(conf_count(node) + 1, sizeof *u->roles);
    if (!u->roles)
        return ERR_NOMEM;
    for (size_t i = 0, n = 0; !err && i < conf_count(node); i++) {
        err = keep(conf_text(conf_at(node, i)), &u->roles[n]);
        n += u->roles[n] != NULL;
    }
    return err;
}

static int read_unit(const struct conf_node *node, struct unit *u, struct problems *problems)
{
    struct str id = conf_text(conf_get(node, "id")), region = conf_text(conf_get(node, "region"));
    const struct conf_node *name = conf_get(node, "name");
    int err;

    u->parent = u->approver = -1;
    if (id.n < sizeof u->id)
        memcpy(u->id, id.p ? id.p : "", id.n);
    if (region.n && !place_is_code(region))
        conf_problem(problems, conf_get(node, "region"),
                     "“%.*s” 不是区划代码，应为 6、9 或 12 位数字 (not a 6-, 9- or 12-digit "
                     "division code)",
                     STR_ARG(region));
    duty_read(conf_get(node, "duty"), &u->duty, problems);
    err = keep(region, &u->region);
    if (!err)
        err = units_read_name(conf_get(name, "zh"), &u->name_zh, problems);
    if (!err)
        err = units_read_name(conf_get(name, "en"), &u->name_en, problems);
    return err ? err : read_roles(conf_get(node, "roles"), u);
}

static int by_id(const void *a, const void *b, void *arg)
{
    const struct units *units = arg;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int ids = strcmp(units->list[x].id, units->list[y].id);

    return ids ? ids : (x > y) - (x < y);
}

static int index_units(struct units *units)
{
    units->by_id = calloc(units->count + 1, sizeof *units->by_id);
    if (!units->by_id)
        return ERR_NOMEM;
    for (size_t i = 0; i < units->count; i++)
        units->by_id[i] = (uint32_t)i;
    qsort_r(units->by_id, units->count, sizeof *units->by_id, by_id, units);
    return 0;
}

static void check_twins(const struct units *units, const struct conf_node *list,
                        struct problems *problems)
{
    for (size_t i = 0; i < units->count; i++)
        for (size_t j = 0; j < i; j++) {
            const struct unit *a = &units->list[j], *b = &units->list[i];
            int line = conf_line(conf_get(conf_at(list, j), "id"));
            if (*a->id && strcmp(a->id, b->id) == 0)
                conf_problem(problems, conf_get(conf_at(list, i), "id"),
                             "单位 id “%s” 重复，已在第 %d 行 (duplicate unit id, first on line %d)",
                             b->id, line, line);
            if (a->name_zh && b->name_zh && strcmp(a->name_zh, b->name_zh) == 0)
                conf_problem(problems, conf_get(conf_get(conf_at(list, i), "name"), "zh"),
                             "单位名称 “%s” 重复 (duplicate unit name, also of “%s”)", b->name_zh,
                             a->id);
        }
}

static void set_parents(struct units *units, const struct conf_node *list,
                        struct problems *problems)
{
    for (size_t i = 0; i < units->count; i++) {
        const struct conf_node *node = conf_get(conf_at(list, i), "parent");
        struct str id = conf_text(node);
        if (!id.n)
            continue;
        units->list[i].parent = units_find(units, id);
        if (units->list[i].parent < 0)
            conf_problem(problems, node, "上级 “%.*s” 不存在 (parent is not among the units)",
                         STR_ARG(id));
    }
    for (size_t i = 0; i < units->count; i++) {
        size_t steps = 0;
        int up = units->list[i].parent;
        while (up >= 0 && up != (int)i && steps++ < units->count)
            up = units->list[up].parent;
        if (up == (int)i)
            conf_problem(problems, conf_get(conf_at(list, i), "parent"),
                         "单位 “%s” 的上级关系成环 (its parents lead back to itself)",
                         units->list[i].id);
    }
}

static void set_deputies(struct units *units, const struct conf_node *list,
                         struct problems *problems)
{
    for (size_t i = 0; i < units->count; i++) {
        const struct conf_node *node = conf_get(conf_get(conf_at(list, i), "duty"), "deputy");
        int deputy = units_find(units, conf_text(node));
        units->list[i].duty.deputy = deputy;
        if (conf_text(node).n && (deputy < 0 || deputy == (int)i))
            conf_problem(problems, node, "值守单位 “%.*s” %s", STR_ARG(conf_text(node)),
                         deputy < 0 ? "不存在 (deputy is not among the units)"
                                    : "是它自己 (a unit cannot be its own deputy)");
    }
}

static void set_approvers(struct units *units, const struct conf_node *list,
                          struct problems *problems)
{
    for (size_t i = 0; i < units->count; i++) {
        const struct conf_node *node = conf_get(conf_at(list, i), "approver");
        int approver = units_find(units, conf_text(node));
        units->list[i].approver = approver;
        if (conf_text(node).n && (approver < 0 || approver == (int)i))
            conf_problem(problems, node, "审签单位 “%.*s” %s", STR_ARG(conf_text(node)),
                         approver < 0 ? "不存在 (approver is not among the units)"
                                      : "是它自己 (a unit cannot approve its own words)");
    }
}

static int read_units(struct units *units, const struct conf_node *root, struct problems *problems)
{
    const struct conf_node *list = conf_get(root, "units"),
                           *coordinator = conf_get(root, "coordinator");
    int err = 0;

    units->count = conf_count(list);
    units->list = calloc(units->count + 1, sizeof *units->list);
    if (!units->list)
        return ERR_NOMEM;
    for (size_t i = 0; !err && i < units->count; i++)
        err = read_unit(conf_at(list, i), &units->list[i], problems);
    if (!err)
        err = index_units(units);
    if (err)
        return err;
    check_twins(units, list, problems);
    set_parents(units, list, problems);
    set_deputies(units, list, problems);
    set_approvers(units, list, problems);
    units->coordinator = units_find(units, conf_text(coordinator));
    if (coordinator && units->coordinator < 0)
        conf_problem(problems, coordinator,
                     "协调单位 “%.*s” 不存在 (coordinator is not among the units)",
                     STR_ARG(conf_text(coordinator)));
    err = outside_read(units, conf_get(root, "outside"), problems);
    return err ? err : routes_read(units, conf_get(root, "routes"), problems);
}

struct units *units_load(const char *path, struct problems *problems)
{
    size_t before = problems_count(problems);
    struct conf_doc *doc = conf_load(path, file_keys, problems);
    struct units *units = calloc(1, sizeof *units);
    int err = !units ? ERR_NOMEM : doc ? read_units(units, conf_root(doc), problems) : 0;

    if (!err && doc)
        err = routes_load_beside(units, path, problems);
    if (err)
        problems_add(problems, path, 0, "%s", err_text(err));
    conf_free(doc);
    if (problems_count(problems) == before)
        return units;
    units_free(units);
    return NULL;
}

void units_free(struct units *units)
{
    if (!units)
        return;
    for (size_t i = 0; units->list && i < units->count; i++) {
        struct unit *u = &units->list[i];
        for (char **role = u->roles; role && *role; role++)
            free(*role);
        free(u->roles);
        free(u->region);
        free(u->name_zh);
        free(u->name_en);
    }
    routes_free(units);
    outside_free(units);
    free(units->by_id);
    free(units->list);
    free(units);
}

int units_find(const struct units *units, struct str id)
{
    size_t low = 0, high = units->count;

    while (low < high) { /* the first whose id is not below: of twins, the first in the file */
        size_t middle = low + (high - low) / 2;
        struct str at = str_from(units->list[units->by_id[middle]].id);
        size_t shared = at.n < id.n ? at.n : id.n;
        int order = shared ? memcmp(at.p, id.p, shared) : 0;
        if (order < 0 || (order == 0 && at.n < id.n))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == units->count || !id.n || !str_is(id, units->list[units->by_id[low]].id))
        return -1;
    return (int)units->by_id[low];
}

static bool has_role(const struct unit *u, struct str role)
{
    for (char **r = u->roles; r && *r; r++)
        if (str_is(role, *r))
            return true;
    return false;
}

bool units_has_role(const struct units *units, struct str role)
{
    for (size_t i = 0; i < units->count; i++)
        if (has_role(&units->list[i], role))
            return true;
    return false;
}

int units_route(const struct units *units, struct str role, struct str region, bool *last_resort)
{
    int best = -1;
    size_t best_depth = 0;

    for (size_t i = 0; i < units->count; i++) {
        const struct unit *u = &units->list[i];
        struct str serves = str_from(u->region);
        size_t depth = place_stem(serves).n;
        bool better = region.n ? depth > best_depth : depth < best_depth;
        if (has_role(u, role) && (!region.n || place_within(region, serves)) &&
            (best < 0 || better)) {
            best = (int)i;
            best_depth = depth;
        }
    }
    if (last_resort)
        *last_resort = best < 0;
    return best < 0 ? units->coordinator : best;
}

bool units_below(const struct units *units, struct str unit, struct str above)
{
    int at = units_find(units, unit), top = units_find(units, above);

    while (at >= 0 && top >= 0) {
        at = units->list[at].parent;
        if (at == top)
            return true;
    }
    return false;
}
