#include "daemon/workbench/explain_json.h"

static void add_set_json(struct buf *out, const struct explain_set *s, bool topic)
{
    buf_add_text(out, topic ? "{\"topic\":" : "{\"cue\":");
    buf_add_json(out, s->id);
    buf_addf(out, ",\"evidence\":%.4f", (double)s->evidence);
    if (topic)
        buf_addf(out, ",\"score\":%.4f,\"threshold\":%.4f,\"outcome\":\"%s\"", (double)s->score,
                 (double)s->threshold, explain_outcome_name(s->outcome));
    buf_add_text(out, ",\"hits\":[");
    for (size_t i = 0; i < s->nhits; i++) {
        const struct explain_hit *h = &s->hits[i];
        buf_add_text(out, i ? ",{\"rule\":" : "{\"rule\":");
        buf_add_json(out, h->rule);
        buf_addf(out, ",\"start\":%u,\"end\":%u,\"weight\":%.4f,\"condition\":%s,\"fate\":\"%s\"}",
                 h->start, h->end, (double)h->weight, h->condition ? "true" : "false",
                 explain_fate_name(h->fate));
    }
    buf_add_text(out, "]}");
}

const struct explain_set *explain_json_kind_cue(const struct explanation *e)
{
    return &e->cues[e->verdict.kind == VERDICT_RAISED ? BLOCK_RAISED : BLOCK_REPORTED];
}

const struct explain_set *explain_json_request_cue(const struct explanation *e)
{
    return &e->cues[BLOCK_REQUESTS + e->verdict.request];
}

size_t explain_json_decided(const struct explain_set *s,
                            const struct explain_hit *by[EXPLAIN_JSON_DECIDED])
{
    size_t n = 0;

    while (n < EXPLAIN_JSON_DECIDED) {
        const struct explain_hit *most = NULL;
        for (size_t i = 0; i < s->nhits; i++) {
            const struct explain_hit *h = &s->hits[i];
            bool told = h->fate != EVAL_COUNTS;
            for (size_t k = 0; k < n && !told; k++)
                told = str_eq(by[k]->rule, h->rule);
            if (!told && (!most || h->weight > most->weight))
                most = h;
        }
        if (!most)
            break;
        by[n++] = most;
    }
    return n;
}

static void add_decided_json(struct buf *out, const char *name, const struct explain_set *s)
{
    const struct explain_hit *by[EXPLAIN_JSON_DECIDED];
    size_t n = explain_json_decided(s, by);

    buf_addf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < n; i++) {
        buf_add_text(out, i ? "," : "");
        buf_add_json(out, by[i]->rule);
    }
    buf_add_char(out, ']');
}

static void add_model_tags(struct buf *out, const struct verdict_tag *tags, size_t n, bool counts,
                           bool *first)
{
    for (size_t i = 0; i < n; i++) {
        if (!tags[i].model)
            continue;
        buf_add_text(out, *first ? "{\"topic\":" : ",{\"topic\":");
        buf_add_json(out, tags[i].topic);
        buf_addf(out, ",\"score\":%.4f,\"counts\":%s}", (double)tags[i].score,
                 counts ? "true" : "false");
        *first = false;
    }
}

/* What the model says and no rule; it counts where the topic is `learned`. */
static void add_model_json(struct buf *out, const struct verdict *v)
{
    bool first = true;

    buf_addf(out, "],\"doubt\":%.4f,\"model\":[", (double)v->doubt);
    add_model_tags(out, v->tags, v->ntags, true, &first);
    add_model_tags(out, v->proposed, v->nproposed, false, &first);
    buf_add_char(out, ']');
}

void explain_json_write(struct buf *out, struct str id, const struct explanation *e,
                        const struct rules *rules)
{
    const char *comma = "";

    buf_add_text(out, "{\"id\":");
    buf_add_json(out, id);
    buf_add_text(out, ",\"title\":");
    buf_add_json(out, e->verdict.title);
    buf_add_text(out, ",\"content_text\":");
    buf_add_json(out, e->verdict.text);
    buf_addf(out, ",\"rules\":\"%s\",\"topics\":[", rules_version(rules));
    for (size_t i = 0; i < e->ntopics; i++) {
        buf_add_text(out, i ? "," : "");
        add_set_json(out, &e->topics[i], true);
    }
    add_model_json(out, &e->verdict);
    buf_addf(out, ",\"kind\":\"%s\",\"lean\":%.4f,\"prior\":%.4f,\"request\":\"%s\"",
             verdict_kind_name(e->verdict.kind), (double)e->lean, (double)e->prior,
             verdict_request_name(e->verdict.request));
    add_decided_json(out, "kind_by", explain_json_kind_cue(e));
    add_decided_json(out, "request_by", explain_json_request_cue(e));
    buf_add_text(out, ",\"cues\":[");
    for (size_t i = 0; i < BLOCK_CUES; i++)
        if (e->cues[i].nhits) {
            buf_add_text(out, comma);
            add_set_json(out, &e->cues[i], false);
            comma = ",";
        }
    buf_add_text(out, "],\"regions\":[");
    for (size_t i = 0; i < e->verdict.nregions; i++) {
        buf_add_text(out, i ? ",{\"code\":" : "{\"code\":");
        buf_add_json(out, e->verdict.regions[i].code);
        buf_add_text(out, ",\"name\":");
        buf_add_json(out, e->verdict.regions[i].name);
        buf_add_char(out, '}');
    }
    buf_addf(out, "],\"elsewhere\":%s}\n", e->verdict.elsewhere ? "true" : "false");
}
