#include "tests/unit/store_dump.h"

#include "tests/unit/store_samples.h"

static int dump_mark(void *arg, const struct store_mark *m)
{
    return buf_addf(arg, "m%02x%02x %d %d %s %ju %jd %.*s|%.*s|%.*s|%.*s|%d %d %ju %d\n",
                    m->ident[4], m->ident[5], m->aspect, m->value, m->topic, (uintmax_t)m->rules,
                    (intmax_t)m->at, STR_ARG(m->source), STR_ARG(m->item_topic),
                    STR_ARG(m->title), STR_ARG(m->text), m->kind, m->request,
                    (uintmax_t)m->concern, m->was);
}

static int dump_concern(void *arg, const struct concern *c)
{
    buf_addf(arg, "c%ju %d %d %d %s %s %s %jd %jd %jd %jd %jd %u %u %s %u\n", (uintmax_t)c->id,
             c->state, c->grade, c->request, c->topic, c->unit, c->region, (intmax_t)c->opened,
             (intmax_t)c->updated, (intmax_t)c->accepted, (intmax_t)c->answered, (intmax_t)c->due,
             c->items, c->sources, c->reply_url ? c->reply_url : "-", c->sketch[0]);
    buf_addf(arg, "  %d %d %jd %jd %jd %u %u %d %d %ju %d\n", c->proposed, c->emergency,
             (intmax_t)c->assessed, (intmax_t)c->extended, (intmax_t)c->extension_asked, c->round,
             c->misses, c->outcome, c->dismissal, (uintmax_t)c->merged, c->registered);
    buf_addf(arg, "  %jd %u %u %jd %u %u %u %u\n", (intmax_t)c->heat.at, c->heat.rate,
             c->heat.span, (intmax_t)c->heat.effect, c->heat.before, c->heat.items,
             c->heat.counts[0], c->heat.counts[HEAT_SPANS - 1]);
    for (size_t i = 0; i < c->nparties; i++) {
        const struct concern_party *p = &c->parties[i];
        buf_addf(arg, "  %s %d %d %jd %jd %jd\n", p->unit, p->lead, p->state, (intmax_t)p->told,
                 (intmax_t)p->accepted, (intmax_t)p->answered);
    }
    for (size_t i = 0; i < c->nclocks; i++) {
        const struct concern_clock *k = &c->clocks[i];
        buf_addf(arg, "  %s %d %jd %jd %jd %d %d %d %d\n", k->rule, k->act, (intmax_t)k->started,
                 (intmax_t)k->due, (intmax_t)k->met, k->stage, k->level,
                 k->provisional, k->shelved);
    }
    return 0;
}

static int dump_item(void *arg, const struct store_item *i)
{
    buf_addf(arg, "i%02x%02x %ju %ju %jd %jd %jd %d %d %d %ju %u "
             "%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%.*s %u %d\n",
             i->ident[4], i->ident[5], (uintmax_t)i->content, (uintmax_t)i->concern,
             (intmax_t)i->published, (intmax_t)i->found, (intmax_t)i->expires, i->kind, i->request,
             i->marked, (uintmax_t)i->rules, i->sketch[3], STR_ARG(i->source),
             STR_ARG(i->link), STR_ARG(i->title), STR_ARG(i->text), STR_ARG(i->topic),
             STR_ARG(i->region), STR_ARG(i->proposed), i->doubt, i->by_model);
    return 0;
}

static int dump_event(void *arg, const struct event *e)
{
    buf_addf(arg, "e%ju %jd %d %ju %s %s %s %d %d %jd %u %d %d %ju %ju %u %u %u",
             (uintmax_t)e->seq,
             (intmax_t)e->at, e->type, (uintmax_t)e->concern, e->topic, e->unit, e->region,
             e->grade, e->act, (intmax_t)e->due, e->items, e->percent, e->late,
             (uintmax_t)e->rules, (uintmax_t)e->previous, e->likeness.by, e->likeness.score,
             e->likeness.shared);
    buf_addf(arg, " %s %s %ju %u %u %u %d %d", e->by, e->to, (uintmax_t)e->other, e->before,
             e->after, e->round, e->code, e->noted);
    for (size_t i = 0; i < e->naudience; i++)
        buf_addf(arg, " %s=%ju", e->audience[i].unit, (uintmax_t)e->audience[i].unitseq);
    return buf_add_char(arg, '\n');
}

static int dump_source(void *arg, const struct store_source *s)
{
    return buf_addf(arg, "s%.*s %.*s %.*s %jd %jd %d %.*s\n", STR_ARG(s->id), STR_ARG(s->etag),
                    STR_ARG(s->last_modified), (intmax_t)s->polled,
                    (intmax_t)s->quarantine_until, s->failures, STR_ARG(s->reason));
}

static int dump_unit(void *arg, const char *unit, uint64_t head, bool offline)
{
    return buf_addf(arg, "u%s %ju %d\n", unit, (uintmax_t)head, offline);
}

static void dump_pages(struct store *store, struct buf *out)
{
    static const char *const states[] = {NULL, "open", "accepted", "closed", "found", "declined"};
    static const char *const topics[] = {NULL, "topic-1"}, *const units[] = {NULL, "housing"};

    for (unsigned i = 0; i < 96; i++) {
        struct store_query q = {.state = states[i % 6],
                                .topic = topics[i / 6 & 1],
                                .unit = units[i / 12 & 1],
                                .order = i / 24 & 1 ? STORE_BY_DUE : STORE_BY_NEWEST,
                                .limit = 7};
        if (i / 48) {
            q.after_key = q.order == STORE_BY_DUE ? 6 : -6;
            q.after_id = 4;
        }
        buf_addf(out, "page %u: %d\n", i, store_concerns(store, &q, dump_concern, out));
    }
    for (uint64_t seq = 1; seq <= store_head(store); seq++)
        buf_addf(out, " n%d", store_note(store, seq, out));
}

void store_dump(struct store *store, struct buf *out)
{
    struct event events[SAMPLES_MAX];
    struct store_counts n;
    struct store_command command;
    uint64_t after = 0;
    int got;

    while ((got = store_events_after(store, after, events, SAMPLES_MAX)) > 0)
        for (int i = 0; i < got; i++, after++)
            dump_event(out, &events[i]);
    for (unsigned u = 0; u < SAMPLES_UNITS; u++)
        for (after = 3; (got = store_unit_events_after(store, samples_unit(u), after, events,
                                                       SAMPLES_MAX)) > 0; after += (uint64_t)got)
            for (int i = 0; i < got; i++)
                dump_event(out, &events[i]);
    store_counts(store, &n);
    buf_addf(out, "n %ju %ju %ju %ju %ju, %ju %ju %ju\n", (uintmax_t)n.items,
             (uintmax_t)n.concerns, (uintmax_t)n.open, (uintmax_t)n.overdue, (uintmax_t)n.events,
             (uintmax_t)store_head(store), (uintmax_t)store_published(store),
             (uintmax_t)store_cursor(store, "health", "desk-1"));
    store_each_concern(store, 25, dump_concern, out);
    store_each_source(store, dump_source, out);
    store_each_unit(store, dump_unit, out);
    for (uint64_t id = 1; id <= n.concerns; id++) {
        store_concern_items(store, id, 5, dump_item, out);
        store_concern_events(store, id, dump_event, out);
    }
    for (unsigned i = 0; i < 9; i++) {
        char key[8];
        snprintf(key, sizeof key, "key-%u", i);
        buf_addf(out, "%d", store_command(store, key, &command));
        buf_addf(out, " %s %d %ju %jd %s\n", command.key, command.status, (uintmax_t)command.seq,
                 (intmax_t)command.at, command.reason);
    }
    dump_pages(store, out);
    buf_addf(out, "rules %ju\n", (uintmax_t)store_rules(store));
    store_each_mark(store, NULL, 0, dump_mark, out);
    for (unsigned i = 0; i < 20; i++)
        buf_addf(out, "%d\n", store_item(store, samples_item(i, "").ident, dump_item, out));
    struct store_place place = {0};
    buf_addf(out, "doubts %d\n", store_each_doubt(store, 1000, dump_item, out));
    buf_addf(out, "texts %ju\n", (uintmax_t)store_texts(store));
    buf_addf(out, "walk %d\n", store_each_text(store, &place, 1000, dump_item, out));
}
