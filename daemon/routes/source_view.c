#include "daemon/routes/source_view.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/cluster/handover.h"
#include "daemon/http/json_out.h"
#include "daemon/http/views.h"

const char *const source_view_states[SOURCE_STATES + 1] = {
    [SOURCE_RETIRED] = "retired", [SOURCE_PAUSED] = "paused",
    [SOURCE_QUARANTINED] = "quarantined", [SOURCE_SILENT] = "silent",
    [SOURCE_FAILING] = "failing", [SOURCE_ACTIVE] = "active", NULL,
};

static int remember(void *arg, const struct store_source *row)
{
    struct source_facts *f = arg;

    if (row->quarantine_until > clock_now())
        f->quarantine_until = row->quarantine_until;
    if (f->state == SOURCE_QUARANTINED)
        buf_add_str(&f->reason, row->reason);
    buf_add_str(&f->moved_from, row->moved_from);
    f->moved_at = row->moved_at;
    if (f->state != SOURCE_ACTIVE && f->state != SOURCE_FAILING)
        f->since = row->since;
    return buf_ok(&f->reason) && buf_ok(&f->moved_from) ? 0 : ERR_NOMEM;
}

/* Deaths put a source to rest until a time, a verdict for good: the ledger says the one, the
 * store when the rest ends. */
static enum source_state state_of(const struct ledger_source *known, const struct fetch_state *f)
{
    if (known->state == STORE_SOURCE_RETIRED)
        return SOURCE_RETIRED;
    if (known->state == STORE_SOURCE_PAUSED)
        return SOURCE_PAUSED;
    if (known->state == STORE_SOURCE_QUARANTINED || known->failures)
        return SOURCE_QUARANTINED;
    if (known->silent)
        return SOURCE_SILENT;
    return f->failures ? SOURCE_FAILING : SOURCE_ACTIVE;
}

/* The first of the failures in a row, as far back as polls are remembered. */
static int64_t failing_since(const struct fetch_state *f)
{
    int64_t since = 0;

    for (int i = 0; i < FETCH_HISTORY && i < f->failures && f->history[i].at; i++)
        since = f->history[i].at;
    return since;
}

int source_view_facts(struct exchange *x, uint32_t index, struct source_facts *out)
{
    const struct http_conf *conf = &x->side->http->conf;
    const struct source *s = roster_get(conf->roster, index);
    struct ledger_source known = {0};

    *out = (struct source_facts){.index = index};
    if (conf->fetch)
        fetch_state(conf->fetch, index, &out->fetch);
    ledger_source(conf->ledger, index, &known);
    out->state = state_of(&known, &out->fetch);
    out->configured = known.configured;
    if (out->state == SOURCE_FAILING)
        out->since = failing_since(&out->fetch);
    int err = store_source(x->side->reader, str_from(s->id), remember, out);
    return err == ERR_NOTFOUND ? 0 : err;
}

void source_view_clear(struct source_facts *facts)
{
    buf_free(&facts->reason);
    buf_free(&facts->moved_from);
}

static void text_or_null(struct buf *b, const char *name, const struct buf *text)
{
    if (text->len)
        json_out_str(b, name, buf_str(text));
    else
        json_out_null(b, name);
}

/* Those of a slot that is another one's wait here without a time. */
static bool is_polled_elsewhere(const struct source_facts *f)
{
    return !f->fetch.next_due && (f->state == SOURCE_ACTIVE || f->state == SOURCE_FAILING ||
                                  f->state == SOURCE_SILENT || f->state == SOURCE_QUARANTINED);
}

int source_view_elsewhere(struct exchange *x, struct source_facts *list, size_t n)
{
    const struct http_conf *conf = &x->side->http->conf;
    struct cluster_due *dues = conf->node ? calloc(n + 1, sizeof *dues) : NULL;
    size_t some = 0, at = 0;

    if (!dues)
        return conf->node ? ERR_NOMEM : 0;
    for (size_t i = 0; i < n; i++) {
        const struct source *s = roster_get(conf->roster, list[i].index);
        if (is_polled_elsewhere(&list[i]))
            dues[some++] = (struct cluster_due){.slot = handover_slot(s->url),
                                                .source = str_from(s->id)};
    }
    int err = store_next_polls(x->side->reader, dues, some);
    for (size_t i = 0; i < n && !err; i++)
        if (is_polled_elsewhere(&list[i]))
            list[i].fetch.next_due = dues[at++].due;
    free(dues);
    return err;
}

void source_view_members(struct buf *b, struct exchange *x, const struct source_facts *facts)
{
    const struct http_conf *conf = &x->side->http->conf;
    const struct source *s = roster_get(conf->roster, facts->index);
    const struct fetch_state *f = &facts->fetch;

    json_out_text(b, "id", s->id);
    json_out_text(b, "name", s->name);
    json_out_text(b, "kind", source_kind_name(s->kind));
    json_out_text(b, "category", s->category);
    json_out_text(b, "url", s->url);
    text_or_null(b, "moved_from", &facts->moved_from);
    json_out_time(b, "moved_at", facts->moved_at);
    views_region(b, conf->config, exchange_rules(x), "region",
                 s->region ? s->region : conf->config->home_region);
    json_out_bool(b, "configured", facts->configured);
    json_out_text(b, "state", source_view_states[facts->state]);
    json_out_time(b, "since", facts->since);
    json_out_int(b, "interval_seconds", (f->interval ? f->interval : s->interval) / 1000);
    json_out_time(b, "next_poll", f->next_due);
    json_out_time(b, "last_poll", f->last_poll);
    json_out_text(b, "last_outcome", f->last_poll ? fetch_outcome_name(f->last_outcome) : NULL);
    json_out_int(b, "last_status", f->last_status);
    json_out_int(b, "failures", f->failures);
    json_out_text(b, "problem", f->problem ? f->problem : f->note);
    json_out_count(b, "polls", f->polls);
    json_out_count(b, "unchanged", f->unchanged);
    json_out_time(b, "quarantine_until", facts->quarantine_until);
    text_or_null(b, "quarantine_reason", &facts->reason);
}

void source_view_history(struct buf *b, const struct source_facts *facts)
{
    json_out_name(b, "history");
    buf_add_char(b, '[');
    for (size_t i = 0; i < FETCH_HISTORY && facts->fetch.history[i].at; i++) {
        const struct fetch_poll *p = &facts->fetch.history[i];
        json_out_next(b);
        buf_add_char(b, '{');
        json_out_time(b, "at", p->at);
        json_out_text(b, "outcome", fetch_outcome_name(p->outcome));
        json_out_int(b, "status", p->status);
        buf_add_char(b, '}');
    }
    buf_add_char(b, ']');
}
