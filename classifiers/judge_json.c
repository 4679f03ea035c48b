#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/member.h"
#include "classifiers/judge_scratch.h"

/* The text under a key; STR_NONE when absent or null. *bad is set when it is something else. */
static struct str text_of(const json_t *object, const char *key, bool *bad)
{
    const json_t *value = json_object_get(object, key);

    if (!value || json_is_null(value))
        return STR_NONE;
    if (!json_is_string(value)) {
        *bad = true;
        return STR_NONE;
    }
    return member_str(value);
}

static void add_id(const json_t *id, struct buf *out)
{
    if (json_is_string(id))
        buf_add_json(out, member_str(id));
    else if (json_is_integer(id))
        buf_addf(out, "%lld", (long long)json_integer_value(id));
    else
        buf_add_text(out, "null");
}

static void add_tag(const struct verdict_tag *tag, bool counts, struct buf *out)
{
    buf_add_text(out, "{\"topic\":");
    buf_add_json(out, tag->topic);
    buf_addf(out, ",\"score\":%.4f,\"by\":\"%s\"%s,\"grade\":\"%.*s\",\"why\":[",
             (double)tag->score, tag->model ? "model" : "rule",
             !tag->model ? "" : counts ? ",\"learned\":true" : ",\"learned\":false",
             STR_ARG(tag->grade));
    for (size_t i = 0; i < tag->nhits; i++) {
        buf_add_text(out, i ? ",{\"term\":" : "{\"term\":");
        buf_add_json(out, tag->hits[i].term);
        buf_addf(out, ",\"start\":%u,\"end\":%u}", tag->hits[i].start, tag->hits[i].end);
    }
    buf_add_text(out, "]}");
}

static void add_verdict(const struct judge *j, const json_t *id, const struct verdict *v,
                        struct buf *out)
{
    buf_add_text(out, "{\"id\":");
    add_id(id, out);
    buf_add_text(out, ",\"tags\":[");
    for (size_t i = 0; i < v->ntags; i++) {
        if (i)
            buf_add_char(out, ',');
        add_tag(&v->tags[i], true, out);
    }
    for (size_t i = 0; i < v->nproposed; i++) {
        if (i || v->ntags)
            buf_add_char(out, ',');
        add_tag(&v->proposed[i], false, out);
    }
    buf_add_text(out, "],\"regions\":[");
    for (size_t i = 0; i < v->nregions; i++) {
        buf_add_text(out, i ? ",{\"code\":" : "{\"code\":");
        buf_add_json(out, v->regions[i].code);
        buf_add_text(out, ",\"name\":");
        buf_add_json(out, v->regions[i].name);
        buf_add_char(out, '}');
    }
    buf_addf(out, "],\"kind\":\"%s\",\"request\":\"%s\",\"rules\":\"%s\"",
             verdict_kind_name(v->kind), verdict_request_name(v->request),
             rules_version(j->rules));
    if (v->elsewhere)
        buf_add_text(out, ",\"elsewhere\":true");
    if (v->doubt > 0)
        buf_addf(out, ",\"doubt\":%.3f", (double)v->doubt);
    if (v->limits)
        buf_addf(out, ",\"limits\":%u", v->limits);
    buf_add_text(out, "}\n");
}

/* The item that a line describes; *bad is set when a member is of another type. */
static struct judge_item item_of(const json_t *line, int64_t now, bool *bad)
{
    struct judge_item item = {.title = text_of(line, "title", bad),
                              .text = text_of(line, "content_text", bad),
                              .source = judge_source_find(text_of(line, "source", bad)),
                              .region = text_of(line, "region", bad),
                              .home = text_of(line, "home", bad), .at = now};
    struct str date = text_of(line, "date_published", &(bool){false});
    int64_t published;

    if (!item.text.n)
        item.text = text_of(line, "summary", bad);
    if (date.n && !clock_parse(date, &published) && published > 0)
        item.at = published;
    return item;
}

int judge_json_line(struct judge *j, struct str line, int64_t now, struct buf *out,
                    const char **problem)
{
    json_error_t error;
    json_t *item = json_loadb(line.p ? line.p : "", line.n, 0, &error);
    struct verdict v = {0};
    size_t before = out->len;
    bool bad = false;
    int err = ERR_SYNTAX;

    if (!json_is_object(item)) {
        *problem = item ? "应为 JSON 对象 (not a JSON object)" : "不是 JSON (not JSON)";
        goto done;
    }
    const struct judge_item view = item_of(item, now, &bad);
    if (bad) {
        *problem = "title, content_text, summary, source, region and home must be text";
        goto done;
    }
    arena_reset(j->arena);
    err = judge_one(j, &view, j->arena, &v);
    if (err)
        goto done;
    add_verdict(j, json_object_get(item, "id"), &v, out);
    if (!buf_ok(out)) {
        out->len = before;
        err = ERR_NOMEM;
    }
done:
    json_decref(item);
    return err;
}
