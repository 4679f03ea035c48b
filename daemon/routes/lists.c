#include "alerts/deadlines/deadline.h"
#include "daemon/http/encoding.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"
#include "daemon/routes/routes.h"

enum MHD_Result routes_units(struct exchange *x)
{
    enum MHD_Result known;
    const struct units *units = exchange_units(x);
    struct buf b = BUF_INIT;

    if (encoding_current(x, &known))
        return known;
    encoding_tag(x, &(struct encoding_spell)ENCODING_ALWAYS);
    buf_add_text(&b, "{\"items\":[");
    for (size_t i = 0; i < units->count; i++) {
        const struct unit *u = &units->list[i];
        json_out_next(&b);
        buf_add_char(&b, '{');
        json_out_text(&b, "id", u->id);
        json_out_text(&b, "name", u->name_zh);
        json_out_text(&b, "name_en", u->name_en ? u->name_en : u->id);
        json_out_text(&b, "parent", u->parent >= 0 ? units->list[u->parent].id : NULL);
        json_out_name(&b, "roles");
        buf_add_char(&b, '[');
        for (char **role = u->roles; role && *role; role++) {
            json_out_next(&b);
            buf_add_json(&b, str_from(*role));
        }
        buf_add_char(&b, ']');
        views_region(&b, x->side->http->conf.config, exchange_rules(x), "region", u->region);
        json_out_bool(&b, "coordinator", (int)i == units->coordinator);
        json_out_count(&b, "head", store_unit_head(x->side->reader, u->id));
        buf_add_char(&b, '}');
    }
    buf_add_text(&b, "],\"outside\":[");
    for (size_t i = 0; i < units->noutside; i++) {
        const struct outside *o = &units->outside[i];
        json_out_next(&b);
        buf_add_char(&b, '{');
        json_out_text(&b, "id", o->id);
        json_out_text(&b, "name", o->name_zh);
        json_out_text(&b, "name_en", o->name_en ? o->name_en : o->id);
        json_out_text(&b, "channel", o->channel);
        buf_add_char(&b, '}');
    }
    buf_add_text(&b, "]}");
    return reply_json(x, &b);
}

enum MHD_Result routes_topics(struct exchange *x)
{
    enum MHD_Result known;
    const struct rules *rules = exchange_rules(x);
    struct buf b = BUF_INIT;

    if (encoding_current(x, &known))
        return known;
    encoding_tag(x, &(struct encoding_spell)ENCODING_ALWAYS);
    buf_add_text(&b, "{\"items\":[");
    for (size_t i = 0; i < rules_topics(rules); i++) {
        struct rules_topic topic = rules_topic(rules, i);
        json_out_next(&b);
        buf_add_char(&b, '{');
        json_out_str(&b, "id", topic.id);
        json_out_str(&b, "name", topic.name_zh);
        json_out_str(&b, "name_en", topic.name_en.n ? topic.name_en : topic.id);
        json_out_str(&b, "role", topic.role);
        json_out_str(&b, "grade", topic.grade);
        json_out_name(&b, "deadlines");
        buf_add_char(&b, '[');
        for (size_t k = 0; k < topic.ndeadlines; k++) {
            json_out_next(&b);
            buf_add_json(&b, topic.deadlines[k]);
        }
        buf_add_text(&b, "]}");
    }
    buf_add_text(&b, "]}");
    return reply_json(x, &b);
}

/* By what each clock runs (its `rule`), and on what basis. */
enum MHD_Result routes_deadlines(struct exchange *x)
{
    enum MHD_Result known;
    struct buf b = BUF_INIT;

    if (encoding_current(x, &known))
        return known;
    encoding_tag(x, &(struct encoding_spell)ENCODING_ALWAYS);
    exchange_rules(x);
    const struct deadlines *d = rule_set_town(x->rules)->deadlines;
    buf_add_text(&b, "{\"items\":[");
    for (size_t i = 0; d && i < d->count; i++) {
        json_out_next(&b);
        deadline_write_rule(&d->list[i], &b);
    }
    buf_add_char(&b, ']');
    json_out_name(&b, "escalation");
    buf_add_char(&b, '[');
    for (size_t i = 0; d && i < d->nescalations; i++) {
        json_out_next(&b);
        buf_addf(&b, "%jd", (intmax_t)(d->escalation[i] / 1000));
    }
    buf_add_text(&b, "]}");
    return reply_json(x, &b);
}
