#include "daemon/routes/mark_view.h"

#include "daemon/http/json_out.h"
#include "daemon/routes/query.h"

static const char *const aspects[STORE_ASPECTS] = {
    [STORE_MARK_VERDICT] = "mark",
    [STORE_MARK_TOPIC] = "topic",
    [STORE_MARK_REQUEST] = "request",
    [STORE_MARK_KIND] = "kind",
};

static int find_value(enum store_aspect aspect, struct str value)
{
    switch (aspect) {
    case STORE_MARK_VERDICT: return str_is(value, "right") ? 1 : str_is(value, "wrong") ? 0 : -1;
    case STORE_MARK_REQUEST: return verdict_request_find(value);
    case STORE_MARK_KIND: return verdict_kind_find(value);
    default: return -1;
    }
}

static bool read_topic(struct str value, struct store_mark *out)
{
    if (!value.n || value.n >= SLUG_MAX)
        return false;
    memcpy(out->topic, value.p, value.n);
    return query_slug(out->topic);
}

bool mark_view_read(struct str name, struct str value, struct store_mark *out)
{
    for (int i = 0; i < STORE_ASPECTS; i++) {
        if (!str_is(name, aspects[i]))
            continue;
        out->aspect = (uint8_t)i;
        if (i == STORE_MARK_TOPIC)
            return read_topic(value, out);
        int found = find_value((enum store_aspect)i, value);
        out->value = (uint8_t)found;
        return found >= 0;
    }
    return false;
}

const char *mark_view_aspect(const struct store_mark *mark)
{
    return aspects[mark->aspect];
}

const char *mark_view_value(const struct store_mark *mark)
{
    switch (mark->aspect) {
    case STORE_MARK_VERDICT: return mark->value ? "right" : "wrong";
    case STORE_MARK_REQUEST: return verdict_request_name((enum verdict_request)mark->value);
    case STORE_MARK_KIND: return verdict_kind_name((enum verdict_kind)mark->value);
    default: return mark->topic;
    }
}

void mark_view_members(struct buf *b, const struct store_mark *mark)
{
    char version[EVENT_RULES_TEXT];

    json_out_text(b, "aspect", mark_view_aspect(mark));
    json_out_text(b, "value", mark_view_value(mark));
    json_out_text(b, "topic", mark->topic[0] ? mark->topic : NULL);
    json_out_text(b, "rules", mark->rules ? event_rules_text(mark->rules, version) : NULL);
    json_out_time(b, "at", mark->at);
}
