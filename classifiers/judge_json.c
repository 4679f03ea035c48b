#include <jansson.h>

#include "base/err.h"
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
    return (struct str){json_string_value(value), json_string_length(value)};
}

static void add_id(const json_t *id, struct buf *out)
{
    if (json_is_string(id))
        buf_add_json(out, (struct str){json_string_value(id), json_string_length(id)});
    else if (json_is_integer(id))
        buf_addf(out, "%lld", (long long)json_integer_value(id));
    else
        buf_add_text(out, "null");
}

static void add_tag(const struct verdict_tag *tag, struct buf *out)
{
    buf_add_text(out, "{\"topic\":");
    buf_add_json(out, tag->topic);
    buf_addf(out, ",\"score\":%.4f,\"why\":[", (double)tag->score);
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
        add_tag(&v->tags[i], out);
    }
    buf_add_text(out, "],\"regions\":[");
    for (size_t i = 0; i < v->nregions; i++) {
        buf_add_text(out, i ? ",{\"code\":" : "{\"code\":");
        buf_add_json(out, v->regions[i].code);
        buf_add_text(out, ",\"name\":");
        buf_add_json(out, v->regions[i].name);
        buf_add_char(out, '}');
    }
    buf_addf(out, "],\"kind\":\"%s\",\"request\":\"%s\",\"rules\":\"%s\"}\n",
             verdict_kind_name(v->kind), verdict_request_name(v->request),
             rules_version(j->rules));
}

int judge_json_line(struct judge *j, struct str line, struct buf *out, const char **problem)
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
    struct str title = text_of(item, "title", &bad);
    struct str text = text_of(item, "content_text", &bad);
    if (!text.n)
        text = text_of(item, "summary", &bad);
    if (bad) {
        *problem = "title, content_text and summary must be text";
        goto done;
    }
    arena_reset(j->arena);
    err = judge_one(j, title, text, JUDGE_UNKNOWN, STR_NONE, j->arena, &v);
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
