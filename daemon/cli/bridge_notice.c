/* What a bridge says of an event. */
#include "daemon/cli/bridge.h"

#include <string.h>

#include "alerts/event.h"
#include "base/drill.h"
#include "daemon/cli/human.h"

/* A name in the daemon's view, else the event's id. */
static const char *name_of(const json_t *event, const json_t *concern, const char *member)
{
    const char *name = human_text(concern, member, "name", NULL);

    return *name ? name : human_text(event, "data", member, NULL);
}

static const char *type_of(const json_t *event)
{
    const char *type = human_text(event, "type", NULL);
    int at = event_type_find(str_from(type));

    return at >= 0 ? event_type_zh((enum event_type)at) : type;
}

static void add_title(const json_t *event, const json_t *concern, struct buf *out)
{
    int grade = event_grade_find(str_from(human_text(event, "data", "grade", NULL)));
    const char *topic = name_of(event, concern, "topic");

    buf_add_text(out, type_of(event));
    if (grade >= 0)
        buf_addf(out, " · %s", event_grade_zh((enum grade)grade));
    if (*topic)
        buf_addf(out, " · %s", topic);
}

void bridge_notice_title(const json_t *event, const json_t *concern, struct buf *out)
{
    if (human_drill(event))
        buf_add_text(out, DRILL_MARK);
    add_title(event, concern, out);
}

static void add_line(struct buf *out, const char *label, const char *value)
{
    if (*value)
        buf_addf(out, "%s：%s\n", label, value);
}

void bridge_notice_lines(const json_t *event, const json_t *concern, const char *address,
                         struct buf *out)
{
    const char *id = human_text(event, "data", "concern", NULL);
    const char *due = human_text(event, "data", "due", NULL);
    int act = event_act_find(str_from(human_text(event, "data", "act", NULL)));
    struct buf when = BUF_INIT;

    buf_addf(out, "%s【", human_drill(event) ? DRILL_MARK : "");
    add_title(event, concern, out);
    buf_add_text(out, "】\n");
    if (human_drill(event))
        buf_add_text(out, "演练，不是真实警讯 (a drill, not real)\n");
    add_line(out, "地点 (place)", name_of(event, concern, "region"));
    add_line(out, "责任单位 (unit)", name_of(event, concern, "unit"));
    if (*due) {
        human_time(&when, due);
        if (act >= 0)
            buf_addf(&when, " %s (%s)", event_act_zh((enum act)act), event_act_name((enum act)act));
        buf_add_char(&when, '\0');
        add_line(out, "期限 (due)", buf_ok(&when) ? when.data : due);
    }
    if (*id)
        buf_addf(out, "%s#%s\n", address, id);
    buf_free(&when);
}

json_t *bridge_notice_event(const json_t *event, const char *address)
{
    static const char *const members[] = {
        "concern", "source", "topic", "unit",  "grade",  "region",  "due",      "act",    "items",
        "percent", "level",  "late",  "by",    "to",     "other",   "round",    "code",   "before",
        "after",   "noted",  "why",   "year",  "missed", "version", "previous", "topics",
        "hours",   "term",   "skipped", "reached", "criteria", "emergency",
    };
    const json_t *data = json_object_get(event, "data");
    const char *id = human_text(event, "data", "concern", NULL);
    json_t *out = json_copy((json_t *)event), *kept = json_object();
    struct buf place = BUF_INIT, notice = BUF_INIT;

    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        json_t *value = json_object_get(data, members[i]);
        if (value)
            json_object_set(kept, members[i], value);
    }
    buf_addf(&place, "%s#%s", address, id);
    if (*id && buf_ok(&place))
        json_object_set_new(out, "address", json_stringn(place.data, place.len));
    buf_free(&place);
    bridge_notice_title(event, NULL, &notice);
    if (buf_ok(&notice))
        json_object_set_new(out, "notice", json_stringn(notice.data, notice.len));
    buf_free(&notice);
    if (json_object_set_new(out, "data", kept)) {
        json_decref(out);
        out = NULL;
    }
    return out;
}
