#include "daemon/http/route_view.h"

#include "alerts/units/routes.h"
#include "daemon/http/json_out.h"

enum { CANDIDATES_MAX = 50 };

static const char *const bys[] = {
    [ROUTES_BY_ROUTE] = "route", [ROUTES_BY_ROLE] = "role", [ROUTES_LAST_RESORT] = "last-resort"};

struct view {
    struct buf *b;
    const struct units *units;
    size_t told;
};

static void put_units(struct view *v, const int *list, size_t n)
{
    json_out_name(v->b, "units");
    buf_add_char(v->b, '[');
    for (size_t i = 0; i < n; i++) {
        const struct unit *u = &v->units->list[list[i]];
        json_out_next(v->b);
        buf_add_char(v->b, '{');
        json_out_text(v->b, "id", u->id);
        json_out_text(v->b, "name", u->name_zh);
        json_out_text(v->b, "name_en", u->name_en ? u->name_en : u->id);
        buf_add_char(v->b, '}');
    }
    buf_add_char(v->b, ']');
}

static void put_candidate(void *arg, const struct routes_candidate *c)
{
    struct view *v = arg;

    if (v->told++ >= CANDIDATES_MAX)
        return;
    json_out_next(v->b);
    buf_add_char(v->b, '{');
    json_out_text(v->b, "by", bys[c->by]);
    put_units(v, c->route ? c->route->units : &c->unit, c->route ? c->route->nunits : 1);
    if (c->route)
        json_out_int(v->b, "line", c->route->line);
    else
        json_out_null(v->b, "line");
    json_out_text(v->b, "fate", routes_fate_name(c->fate));
    json_out_text(v->b, "fate_zh", routes_fate_zh(c->fate));
    buf_add_char(v->b, '}');
}

void route_view(struct buf *b, const struct rules *rules, const struct units *units,
                const struct concern *c)
{
    int at = rules_find(rules, str_from(c->topic));
    struct rules_topic topic = {0};
    struct view v = {b, units, 0};
    struct routes_way way;

    if (at >= 0)
        topic = rules_topic(rules, (size_t)at);
    struct routes_case what = {str_from(c->topic), topic.role, str_from(c->region), c->grade};
    routes_decide(units, &what, &way);
    json_out_name(b, "route");
    buf_add_char(b, '{');
    json_out_text(b, "by", bys[way.by]);
    if (topic.role.n)
        json_out_str(b, "role", topic.role);
    else
        json_out_null(b, "role");
    put_units(&v, way.units, way.count);
    json_out_name(b, "candidates");
    buf_add_char(b, '[');
    routes_explain(units, &what, put_candidate, &v);
    buf_add_text(b, "]}");
}
