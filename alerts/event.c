#define _GNU_SOURCE
#include "alerts/event.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"

struct name {
    const char *en, *zh;
};

static const struct name types[] = {
    [EVENT_OPENED] = {"huiying.concern.opened", "发现"},
    [EVENT_JOINED] = {"huiying.concern.joined", "归并"},
    [EVENT_DISPATCHED] = {"huiying.concern.dispatched", "派单"},
    [EVENT_ACCEPTED] = {"huiying.concern.accepted", "签收"},
    [EVENT_REMINDED] = {"huiying.concern.reminded", "催办"},
    [EVENT_OVERDUE] = {"huiying.concern.overdue", "超期"},
    [EVENT_ESCALATED] = {"huiying.concern.escalated", "督办"},
    [EVENT_ANSWERED] = {"huiying.concern.answered", "答复"},
    [EVENT_CLOSED] = {"huiying.concern.closed", "办结"},
    [EVENT_UPDATED] = {"huiying.concern.updated", "更正"},
    [EVENT_WITHDRAWN] = {"huiying.concern.withdrawn", "撤下"},
    [EVENT_SOURCE_ADDED] = {"huiying.source.added", "添加信源"},
    [EVENT_SOURCE_REMOVED] = {"huiying.source.removed", "移除信源"},
    [EVENT_SOURCE_PAUSED] = {"huiying.source.paused", "暂停信源"},
    [EVENT_SOURCE_RESUMED] = {"huiying.source.resumed", "恢复轮询"},
    [EVENT_SOURCE_SILENT] = {"huiying.source.silent", "信源无声"},
    [EVENT_SOURCE_RESTORED] = {"huiying.source.restored", "信源复声"},
    [EVENT_SOURCE_MOVED] = {"huiying.source.moved", "信源迁址"},
    [EVENT_SOURCE_RETIRED] = {"huiying.source.retired", "信源停办"},
    [EVENT_SOURCE_QUARANTINED] = {"huiying.source.quarantined", "信源隔离"},
    [EVENT_RULES_LOADED] = {"huiying.rules.loaded", "更换规则"},
};
static_assert(sizeof types / sizeof *types == EVENT_TYPES, "each event type has its names");

static const struct name acts[] = {
    [ACT_ACCEPT] = {"accept", "签收"},
    [ACT_FIRST_INFO] = {"first-info", "首次发布"},
    [ACT_BRIEFING] = {"briefing", "新闻发布会"},
    [ACT_REPLY] = {"reply", "答复"},
    [ACT_NONE] = {"none", "无"},
};

static const struct name grades[] = {
    [GRADE_ORDINARY] = {"ordinary", "一般"},
    [GRADE_LARGER] = {"larger", "较大"},
    [GRADE_MAJOR] = {"major", "重大"},
    [GRADE_GRAVE] = {"grave", "特别重大"},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static int find(const struct name *table, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(name, table[i].en))
            return (int)i;
    return -1;
}

const char *event_type_name(enum event_type type)
{
    return types[type].en;
}

const char *event_type_zh(enum event_type type)
{
    return types[type].zh;
}

int event_type_find(struct str name)
{
    return find(types, COUNT(types), name);
}

const char *event_act_name(enum act act)
{
    return acts[act].en;
}

const char *event_act_zh(enum act act)
{
    return acts[act].zh;
}

int event_act_find(struct str name)
{
    return find(acts, COUNT(acts), name);
}

const char *event_grade_name(enum grade grade)
{
    return grades[grade].en;
}

const char *event_grade_zh(enum grade grade)
{
    return grades[grade].zh;
}

int event_grade_find(struct str name)
{
    return find(grades, COUNT(grades), name);
}

uint64_t event_rules_number(struct str version)
{
    uint64_t n = 0;

    if (version.n != EVENT_RULES_TEXT - 1)
        return 0;
    for (size_t i = 0; i < version.n; i++) {
        char c = version.p[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            return 0;
        n = n << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return n;
}

const char *event_rules_text(uint64_t number, char out[static EVENT_RULES_TEXT])
{
    snprintf(out, EVENT_RULES_TEXT, "%016" PRIx64, number);
    return out;
}

static void add_text(struct buf *out, const char *key, const char *value)
{
    if (!*value)
        return;
    buf_add_text(out, key);
    buf_add_json(out, str_from(value));
}

static void add_number(struct buf *out, const char *key, uint64_t value)
{
    buf_add_text(out, key);
    buf_add_decimal(out, value);
}

static void add_rules(struct buf *out, const struct event *e)
{
    char version[EVENT_RULES_TEXT];

    add_text(out, ",\"data\":{\"version\":", event_rules_text(e->rules, version));
    add_text(out, ",\"previous\":", event_rules_text(e->previous, version));
    add_number(out, ",\"topics\":", e->items);
    buf_add_char(out, '}');
}

/* Appended piece by piece: this runs for each receiver of each event, and printf costs as much as
 * encrypting what it made. */
static void add_data(struct buf *out, const struct event *e, struct str brief)
{
    char due[CLOCK_TEXT];

    if (e->type == EVENT_RULES_LOADED) {
        add_rules(out, e);
        return;
    }
    if (!e->concern) {
        add_text(out, ",\"data\":{\"source\":", e->source);
        buf_add_char(out, '}');
        return;
    }
    add_number(out, ",\"data\":{\"concern\":\"c", e->concern);
    buf_add_char(out, '"');
    add_text(out, ",\"source\":", e->source);
    add_text(out, ",\"topic\":", e->topic);
    add_text(out, ",\"unit\":", e->unit);
    add_text(out, ",\"grade\":", event_grade_name(e->grade));
    add_text(out, ",\"region\":", e->region);
    if (e->due)
        add_text(out, ",\"due\":", clock_format(e->due, due));
    if (e->act != ACT_NONE)
        add_text(out, ",\"act\":", event_act_name(e->act));
    add_number(out, ",\"items\":", e->items);
    if (e->type == EVENT_REMINDED)
        add_number(out, ",\"percent\":", e->percent);
    if (e->type == EVENT_ACCEPTED || e->type == EVENT_ANSWERED)
        buf_add_text(out, e->late ? ",\"late\":true" : ",\"late\":false");
    if (brief.n) {
        buf_add_text(out, ",\"item\":");
        buf_add_str(out, brief);
    }
    buf_add_char(out, '}');
}

/* CloudEvents JSON Event Format 1.0.2, §2: extensions stand beside the context attributes. */
int event_write_json(const struct event *e, const char *epoch, uint64_t unitseq, struct str brief,
                     struct buf *out)
{
    char time[CLOCK_TEXT], version[EVENT_RULES_TEXT];

    buf_add_text(out, "{\"specversion\":\"1.0\",\"id\":\"");
    buf_add_text(out, epoch);
    add_number(out, "/", e->seq);
    buf_add_text(out, "\",\"source\":\"/huiying/");
    buf_add_text(out, epoch);
    buf_add_text(out, "\",\"type\":\"");
    buf_add_text(out, event_type_name(e->type));
    buf_add_text(out, "\",\"time\":\"");
    buf_add_text(out, clock_format(e->at, time));
    if (e->concern) {
        add_number(out, "\",\"subject\":\"concerns/c", e->concern);
    } else if (e->type == EVENT_RULES_LOADED) {
        buf_add_text(out, "\",\"subject\":\"rules/");
        buf_add_text(out, event_rules_text(e->rules, version));
    } else {
        buf_add_text(out, "\",\"subject\":\"sources/");
        buf_add_text(out, e->source); /* a slug */
    }
    buf_add_text(out, "\",\"datacontenttype\":\"application/json\",\"epoch\":\"");
    buf_add_text(out, epoch);
    add_number(out, "\",\"seq\":", e->seq);
    if (unitseq)
        add_number(out, ",\"unitseq\":", unitseq);
    add_data(out, e, brief);
    return buf_add_char(out, '}');
}

size_t event_pub_topic(const struct event *e, const char *unit, char *out)
{
    const struct str of_concern[] = {STR("concern/"), str_from(unit), STR("/"),
                                     str_from(e->topic)};
    const struct str of_source[] = {STR("source/"), str_from(e->source), STR_NONE, STR_NONE};
    const struct str of_rules[] = {STR("rules"), STR_NONE, STR_NONE, STR_NONE};
    const struct str *parts = e->concern                      ? of_concern
                              : e->type == EVENT_RULES_LOADED ? of_rules
                                                              : of_source;
    size_t n = 0;

    for (size_t i = 0; i < COUNT(of_concern); i++) {
        memcpy(out + n, parts[i].n ? parts[i].p : "", parts[i].n);
        n += parts[i].n;
    }
    out[n] = '\0';
    return n;
}
