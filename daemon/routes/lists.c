#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"
#include "daemon/routes/routes.h"

/* What the store remembers of each source, by index; times 0 where it remembers nothing. */
struct remembered {
    const struct roster *roster;
    struct {
        int64_t quarantine_until;
        struct buf reason;
    } *list;
};

static int remember(void *arg, const struct store_source *src)
{
    struct remembered *r = arg;

    uint32_t i;

    if (!roster_find(r->roster, src->id, &i))
        return 0;
    r->list[i].quarantine_until = src->quarantine_until;
    return buf_add_str(&r->list[i].reason, src->reason);
}

static void schedule(struct buf *b, struct fetch *fetch, uint32_t i)
{
    static const char *const outcomes[] = {
        [FETCH_BODY] = "body",           [FETCH_UNCHANGED] = "unchanged", [FETCH_GONE] = "gone",
        [FETCH_DISALLOWED] = "disallowed", [FETCH_REFUSED] = "refused",   [FETCH_FAILED] = "failed",
    };
    struct fetch_state s = {0};

    if (fetch)
        fetch_state(fetch, i, &s);
    json_out_time(b, "next_poll", s.next_due);
    json_out_time(b, "last_poll", s.last_poll);
    json_out_text(b, "last_outcome", s.last_poll ? outcomes[s.last_outcome] : NULL);
    json_out_int(b, "last_status", s.last_status);
    json_out_int(b, "failures", s.failures);
    json_out_text(b, "problem", s.problem ? s.problem : s.note);
    json_out_count(b, "polls", s.polls);
    json_out_count(b, "unchanged", s.unchanged);
}

static void source_view(struct buf *b, struct exchange *x, const struct remembered *r, uint32_t i)
{
    const struct config *config = x->side->http->conf.config;
    const struct source *source = roster_get(r->roster, i);
    bool quarantined = r->list[i].quarantine_until > clock_now();

    json_out_next(b);
    buf_add_char(b, '{');
    json_out_text(b, "id", source->id);
    json_out_text(b, "name", source->name);
    json_out_text(b, "kind", source_kind_name(source->kind));
    json_out_text(b, "url", source->url);
    views_region(b, config, "region", source->region ? source->region : config->home_region);
    json_out_int(b, "interval_seconds", source->interval / 1000);
    schedule(b, x->side->http->conf.fetch, i);
    json_out_time(b, "quarantine_until", quarantined ? r->list[i].quarantine_until : 0);
    if (quarantined && r->list[i].reason.len)
        json_out_str(b, "quarantine_reason", buf_str(&r->list[i].reason));
    else
        json_out_null(b, "quarantine_reason");
    buf_add_char(b, '}');
}

enum MHD_Result routes_sources(struct exchange *x)
{
    const struct roster *roster = x->side->http->conf.roster;
    struct remembered r = {.roster = roster};
    uint32_t count = roster_count(roster);
    struct buf b = BUF_INIT;

    r.list = calloc(count ? count : 1, sizeof *r.list);
    int err = r.list ? store_each_source(x->side->reader, remember, &r) : ERR_NOMEM;
    buf_add_text(&b, "{\"items\":[");
    for (uint32_t i = 0; !err && i < count; i++)
        if (roster_live(roster, i))
            source_view(&b, x, &r, i);
    buf_add_text(&b, "]}");
    for (uint32_t i = 0; r.list && i < count; i++)
        buf_free(&r.list[i].reason);
    free(r.list);
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return reply_json(x, &b);
}

enum MHD_Result routes_units(struct exchange *x)
{
    const struct units *units = x->side->http->conf.config->units;
    struct buf b = BUF_INIT;

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
        views_region(&b, x->side->http->conf.config, "region", u->region);
        json_out_bool(&b, "coordinator", (int)i == units->coordinator);
        json_out_count(&b, "head", store_unit_head(x->side->reader, u->id));
        buf_add_char(&b, '}');
    }
    buf_add_text(&b, "]}");
    return reply_json(x, &b);
}

enum MHD_Result routes_topics(struct exchange *x)
{
    const struct rules *rules = x->side->http->conf.config->rules;
    struct buf b = BUF_INIT;

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
