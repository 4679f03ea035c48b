#define _GNU_SOURCE
#include "alerts/event.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

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
    [EVENT_PROPOSED] = {"huiying.concern.proposed", "级别建议"},
    [EVENT_ASSESSED] = {"huiying.concern.assessed", "研判"},
    [EVENT_PROGRESS] = {"huiying.concern.progress", "阶段性答复"},
    [EVENT_DECLINED] = {"huiying.concern.declined", "退单"},
    [EVENT_REASSIGNED] = {"huiying.concern.reassigned", "改派"},
    [EVENT_HANDED_ON] = {"huiying.concern.handed-on", "转派"},
    [EVENT_ASSISTED] = {"huiying.concern.assisted", "协办"},
    [EVENT_EXTENSION_ASKED] = {"huiying.concern.extension-asked", "申请延期"},
    [EVENT_EXTENDED] = {"huiying.concern.extended", "延期"},
    [EVENT_RETURNED] = {"huiying.concern.returned", "退回重办"},
    [EVENT_DISMISSAL_ASKED] = {"huiying.concern.dismissal-asked", "拟无需回应"},
    [EVENT_DISMISSED] = {"huiying.concern.dismissed", "无需回应"},
    [EVENT_DENIED] = {"huiying.concern.denied", "不予同意"},
    [EVENT_MERGED] = {"huiying.concern.merged", "并单"},
    [EVENT_SPLIT] = {"huiying.concern.split", "拆分"},
    [EVENT_MOVED] = {"huiying.concern.moved", "移出"},
    [EVENT_REOPENED] = {"huiying.concern.reopened", "重开"},
    [EVENT_REGISTERED] = {"huiying.concern.registered", "交办"},
    [EVENT_REPLY_CHECKED] = {"huiying.concern.reply-checked", "核对答复"},
    [EVENT_REPLY_GONE] = {"huiying.concern.reply-gone", "答复撤下"},
    [EVENT_PROMISED] = {"huiying.concern.promised", "承诺"},
    [EVENT_PROMISE_KEPT] = {"huiying.concern.promise-kept", "承诺兑现"},
    [EVENT_SURVEYED] = {"huiying.concern.surveyed", "回访"},
    [EVENT_EFFECT] = {"huiying.concern.effect", "成效"},
    [EVENT_RECOMPUTED] = {"huiying.concern.recomputed", "时限重算"},
    [EVENT_HANDED_OUT] = {"huiying.concern.handed-out", "转有关机构"},
    [EVENT_BURST] = {"huiying.topic.burst", "突增"},
    [EVENT_UNIT_OFFLINE] = {"huiying.unit.offline", "单位离线"},
    [EVENT_UNIT_ONLINE] = {"huiying.unit.online", "单位上线"},
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
    [EVENT_CALENDAR_MISSING] = {"huiying.calendar.missing", "日历未备"},
    [EVENT_DRAFTED] = {"huiying.concern.drafted", "送审"},
    [EVENT_PUBLISHED] = {"huiying.concern.published", "审签"},
    [EVENT_ERASED] = {"huiying.concern.erased", "抹去"},
    [EVENT_SOURCE_SKIPPED] = {"huiying.source.skipped", "结果搁置"},
};
static_assert(sizeof types / sizeof *types == EVENT_TYPES, "each event type has its names");

static const struct name acts[] = {
    [ACT_ACCEPT] = {"accept", "签收"},
    [ACT_FIRST_INFO] = {"first-info", "首次发布"},
    [ACT_BRIEFING] = {"briefing", "新闻发布会"},
    [ACT_REPLY] = {"reply", "答复"},
    [ACT_NONE] = {"none", "无"},
    [ACT_ASSESS] = {"assess", "研判"},
    [ACT_PROMISE] = {"promise", "承诺兑现"},
};

static const struct name grades[] = {
    [GRADE_ORDINARY] = {"ordinary", "一般"},
    [GRADE_LARGER] = {"larger", "较大"},
    [GRADE_MAJOR] = {"major", "重大"},
    [GRADE_GRAVE] = {"grave", "特别重大"},
};

static const struct name dismissals[] = {
    [DISMISSAL_NONE] = {"", ""},
    [DISMISSAL_ADVERTISEMENT] = {"advertisement", "广告"},
    [DISMISSAL_ELSEWHERE] = {"elsewhere", "外地"},
    [DISMISSAL_OLD_NEWS] = {"old-news", "旧闻"},
    [DISMISSAL_NOTICE] = {"notice", "官方通告"},
};

static const struct name reopenings[] = {
    [REOPENING_NONE] = {"", ""},
    [REOPENING_SURVEY] = {"survey", "回访未解决"},
    [REOPENING_POSTS] = {"posts", "后续来帖"},
};

static const struct name losses[] = {
    [LOSS_NONE] = {"", ""},
    [LOSS_GONE] = {"gone", "网页不在"},
    [LOSS_CHANGED] = {"changed", "内容已换"},
};

static const struct name erasures[] = {
    [ERASURE_NONE] = {"", ""},
    [ERASURE_PERSONAL] = {"personal", "个人信息"},
    [ERASURE_WRONG] = {"wrong", "内容有误"},
    [ERASURE_SECRET] = {"secret", "依法不公开"},
    [ERASURE_ASKED] = {"asked", "本人申请"},
};

static const char *const likes[LIKES] = {"none", "copy", "matter", "hand"};

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

const char *event_dismissal_name(enum dismissal code)
{
    return dismissals[code].en;
}

const char *event_dismissal_zh(enum dismissal code)
{
    return dismissals[code].zh;
}

const char *event_proposal_name(enum proposal code)
{
    static const char *const names[PROPOSALS] = {"", "heat", "rule"};

    return code < PROPOSALS ? names[code] : "";
}

int event_dismissal_find(struct str name)
{
    return name.n ? find(dismissals, COUNT(dismissals), name) : -1;
}

const char *event_reopening_name(enum reopening code)
{
    return reopenings[code].en;
}

const char *event_reopening_zh(enum reopening code)
{
    return reopenings[code].zh;
}

const char *event_loss_name(enum event_loss loss)
{
    return losses[loss].en;
}

const char *event_loss_zh(enum event_loss loss)
{
    return losses[loss].zh;
}

const char *event_erasure_name(enum erasure code)
{
    return code < ERASURES ? erasures[code].en : "";
}

const char *event_erasure_zh(enum erasure code)
{
    return code < ERASURES ? erasures[code].zh : "";
}

int event_erasure_find(struct str name)
{
    return name.n ? find(erasures, COUNT(erasures), name) : -1;
}

const char *event_like_name(enum event_like like)
{
    return likes[like];
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

uint64_t event_term_code(struct str term)
{
    uint64_t code = XXH3_64bits(term.p, term.n);

    return code ? code : 1;
}

static bool of_unit(enum event_type type)
{
    return type == EVENT_UNIT_OFFLINE || type == EVENT_UNIT_ONLINE;
}

static size_t put_topic(char *out, const char *kind, const char *name, const char *more)
{
    const char *parts[] = {kind, name, more ? "/" : "", more ? more : ""};
    char *at = out;

    for (size_t i = 0; i < COUNT(parts); i++) {
        size_t n = strlen(parts[i]);
        memcpy(at, parts[i], n + 1);
        at += n;
    }
    return (size_t)(at - out);
}

size_t event_pub_topic(const struct event *e, const char *unit, char *out)
{
    if (e->concern)
        return put_topic(out, "concern/", unit, e->topic);
    if (e->type == EVENT_RULES_LOADED)
        return put_topic(out, "rules", "", NULL);
    if (e->type == EVENT_BURST)
        return put_topic(out, "topic/", e->topic, NULL);
    if (e->type == EVENT_CALENDAR_MISSING)
        return (size_t)snprintf(out, 2 * SLUG_MAX, "calendar/%" PRIu32, e->before);
    if (of_unit(e->type))
        return put_topic(out, "unit/", e->to, NULL);
    return put_topic(out, "source/", e->source, NULL);
}
